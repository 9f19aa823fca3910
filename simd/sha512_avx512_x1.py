#!/usr/bin/env python3
"""SHA-512 with AVX-512: up to four or eight operations, each in one lane and of whatever program.

    sha512_avx512_x1.py PARAMETERS.json OUTPUT.S

    void compress4(const struct operation operations[4]);
    void compress8(const struct operation operations[8]);

sha512_avx512_x1.c declares them. A slot has the eight words of its one lane. Slots are transposed on the way
to registers, which have one word of every operation, and results on the way back, where the state before is
added. To transpose 8 x 8 words takes 24 shuffles; those of state, block and result are 96, beside the 80 x 17
+ 64 x 11 = 2,064 operations of a compression (sha512_avx512.py).

compress4 has registers of 256 bits, of which an Intel core issues three in the time of two of 512. Rounds and
words of the schedule are those of compress2 in sha2_avx512.py.

Registers
    rdi              operations
    rax, rcx, rdx    a bank and slots in it; then rax is K, and rcx the times that the body is still to run
    k1               the words that a digest gives
    0 to 7           a to h
    8 to 15          what is transposed, and then temporaries
    16 to 31         W[t % 16]
"""
from sha2_avx512 import N_WORDS, OneStream, word
from sha2_streams import SHA512, main, write_assembler

DST, STATE, LO, DIGEST, HI, HI_DIGEST, DIGEST_MASK, HI_DIGEST_MASK = range(8, 24, 2)  # struct operation
PATTERN = 24
OPERATION = 32
A_TO_H, FREE = range(8), range(8, 16)


def unpack(to, of, words="qdq"):
    """The lower words and the higher words of every 128 bits of two registers."""
    return [f"vpunpck{half}{words} zmm{to[i + (half == 'h')]}, zmm{of[i]}, zmm{of[i + 1]}"
            for i in range(0, len(of), 2) for half in "lh"]


def choose(to, of, first, second):
    """Of two registers, half of them apart, the pairs of words that each of two numbers says."""
    n = len(of) // 2
    return [f"vshufi64x2 zmm{to[i + part * n]}, zmm{of[i]}, zmm{of[i + n]}, {pairs:#x}"
            for i in range(n) for part, pairs in enumerate((first, second))]


class Width:
    """What depends on the number of operations. Text is written for 512 bits, and narrowed."""

    def __init__(self, n):
        self.n = n

    def text(self, lines):
        if self.n == 8:
            return lines
        narrow = ("zmm", "ymm"), ("{1to8}", "{1to4}"), ("{1to16}", "{1to8}")
        for wide, narrowed in narrow:
            lines = [line.replace(wide, narrowed) for line in lines]
        return lines

    def transposed(self, registers):
        """Where words lie that become these registers, by operation and by part of the slot; and how."""
        if self.n == 8:
            return [[x] for x in FREE], [
                *unpack(registers, FREE), *choose(FREE[:4], registers[:4], 0x88, 0xdd),
                *choose(FREE[4:], registers[4:], 0x88, 0xdd), *choose(registers, FREE, 0x88, 0xdd)]
        lines = []
        for part in (registers[:4], registers[4:]):
            lines += [*unpack(FREE[:4], part), *choose(part, FREE[:4], 0, 3)]
        return list(zip(registers[:4], registers[4:])), lines

    def each(self, places, load):
        """What load() gives for the registers of each operation and the bytes of a slot that they are for."""
        lines = []
        for i, parts in enumerate(places):
            lines += load(OPERATION * i, [(x, 8 * self.n * part) for part, x in enumerate(parts)])
        return lines

    def load(self, registers, slot, digest=None, mask=None):
        def load(at, parts):
            lines = [f"mov rax, [rdi+{at}]", f"movzx ecx, word ptr [rdi+{at + slot}]"]
            if digest:
                lines += [f"movzx edx, word ptr [rdi+{at + digest}]", f"kmovw k1, [rdi+{at + mask}]"]
            for x, offset in parts:
                lines.append(f"vmovdqa64 zmm{x}, [rax+rcx+{offset}]")
                if digest:
                    lines += [*["kshiftrw k1, k1, 4"] * (offset > 0),
                              f"vmovdqa64 zmm{x}{{k1}}, [rax+rdx+{offset}]",
                              f"vpxord zmm{x}, zmm{x}, dword ptr [rdi+{at + PATTERN}]{{1to16}}"]
            return lines

        places, transpose = self.transposed(registers)
        return [*self.each(places, load), *transpose]

    def store(self):
        """All results are there before the first one is stored: operations may be the same one."""
        def add(at, parts):
            return [f"mov rax, [rdi+{at}]", f"movzx ecx, word ptr [rdi+{at + STATE}]",
                    *(f"vpaddq zmm{x}, zmm{x}, [rax+rcx+{offset}]" for x, offset in parts)]

        def store(at, parts):
            return [f"mov rax, [rdi+{at}]", f"movzx ecx, word ptr [rdi+{at + DST}]",
                    *(f"vmovdqa64 [rax+rcx+{offset}], zmm{x}" for x, offset in parts)]

        if self.n == 8:
            places = [[x] for x in FREE]
            lines = [*unpack(FREE, A_TO_H), *choose(A_TO_H[:4], FREE[:4], 0x88, 0xdd),
                     *choose(A_TO_H[4:], FREE[4:], 0x88, 0xdd), *choose(FREE, A_TO_H, 0x88, 0xdd)]
        else:
            places, lines = self.transposed(A_TO_H)
        return [*lines, *self.each(places, add), *self.each(places, store)]


def compress(n, times):
    width = Width(n)

    def rounds(computed):
        return [*OneStream(SHA512, "", times).lines(computed), f"add rax, {N_WORDS * SHA512.word_bytes}"]

    return width.text([
        *width.load(A_TO_H, STATE),
        *width.load([word(t) for t in range(8)], LO, DIGEST, DIGEST_MASK),
        *width.load([word(t) for t in range(8, 16)], HI, HI_DIGEST, HI_DIGEST_MASK),
        f"lea rax, [rip+{SHA512.k}]", *rounds(False), f"mov ecx, {SHA512.rounds // N_WORDS - 1}",
        ".balign 64", f"rounds_of_{n}:", *rounds(True), "dec ecx", f"jnz rounds_of_{n}",
        *width.store(), "vzeroupper", "ret"])


def write(file, parameters):
    functions = [(f"compress{n}", compress(n, parameters[f"compress{n}"])) for n in (4, 8)]
    write_assembler(file, SHA512, "sha512_avx512_x1", functions)


if __name__ == "__main__":
    main(write)
