#!/usr/bin/env python3
"""SHA-256 with AVX-512: up to eight or sixteen operations, each in one lane and of whatever program.

    sha256_avx512_x1.py PARAMETERS.json OUTPUT.S

    void compress8(const struct group *group);
    void compress16(const struct group *group);

sha256_avx512_x1.c declares them. A slot has the eight words of its one lane. Slots are transposed on the way
to registers, which have one word of every operation, and results on the way back, where the state before is
added. To transpose the slots of 16 operations takes 96 shuffles, 24 instructions that join the halves of
registers and 8 that split them, beside the 64 x 17 + 48 x 11 = 1,616 operations of a compression
(sha256_avx512.py). compress8 has registers of 256 bits. Rounds and words of the schedule are those of
compress2 in sha2_avx512.py: one stream, which is limited by latency.

Registers
    rdi              the group
    rax, rdx         slots; then rax is K
    ecx              the times that the body is still to run
    k1, k2           parts that two registers exchange
    0 to 7           a to h
    8 to 15          what is transposed, and then temporaries
    16 to 31         W[t % 16]
"""
from sha2_avx512 import N_WORDS, OneStream, word
from sha2_streams import SHA256, main, write_assembler
from sha512_avx512_x1 import choose, unpack

POINTER = 8
DST, STATE, LO, HI, PATTERNS = range(0, 5 * 24 * POINTER, 24 * POINTER)  # struct group
A_TO_H, FREE = range(8), range(8, 16)


def transpose_words(of, other):
    """Transposes the words in every 128 bits of registers 0 to 3, and of 4 to 7, by way of others."""
    lines = []
    for i in (0, 4):
        lines += [*unpack(other[i:i + 4], of[i:i + 4], "dq"),
                  *unpack(of[i:i + 4], [other[i + j] for j in (0, 2, 1, 3)])]
    return lines


class Eight:
    """Eight operations."""
    n = 8

    @staticmethod
    def text(lines):
        """Text is written for 512 bits."""
        return [line.replace("zmm", "ymm").replace("{1to16}", "{1to8}") for line in lines]

    @staticmethod
    def load(to, slot):
        lines = []
        for i, x in enumerate(FREE):
            lines += [f"mov rax, [rdi+{POINTER * i + slot}]", f"vmovdqa64 zmm{x}, [rax]"]
        return [*lines, *transpose_words(FREE, to), *choose(to, FREE, 0, 3)]

    @staticmethod
    def load_patterns():
        return [f"vmovdqa64 zmm8, [rdi+{PATTERNS}]"]

    @staticmethod
    def results():
        """Instructions after which registers have the slots of the operations, and these registers."""
        return [*transpose_words(A_TO_H, FREE), *choose(FREE, A_TO_H, 0, 3)], FREE


class Sixteen:
    """Sixteen operations. A register has slots of two."""
    n = 16

    @staticmethod
    def text(lines):
        return lines

    @staticmethod
    def load(to, slot):
        """The upper halves are those of the operations four further on."""
        lines = []
        for i, x in zip((0, 1, 2, 3, 8, 9, 10, 11), FREE):
            lines += [f"mov rax, [rdi+{POINTER * i + slot}]", f"mov rdx, [rdi+{POINTER * (i + 4) + slot}]",
                      f"vmovdqa64 ymm{x}, [rax]", f"vinserti64x4 zmm{x}, zmm{x}, [rdx], 1"]
        return [*lines, *transpose_words(FREE, to), *choose(to, FREE, 0x88, 0xdd)]

    @staticmethod
    def load_patterns():
        """They are stored eight at a time, and what is loaded as it was stored comes back sooner."""
        return [f"vmovdqa64 ymm8, [rdi+{PATTERNS}]", f"vinserti64x4 zmm8, zmm8, [rdi+{PATTERNS + 32}], 1"]

    @staticmethod
    def results():
        """The upper halves are those of the operations eight further on."""
        lines = ["mov eax, 0xcc", "kmovw k1, eax", "knotw k2, k1"]
        for x, y, to in zip(A_TO_H[:4], A_TO_H[4:], FREE):
            lines += [f"vmovdqa64 zmm{to}, zmm{x}", f"vshufi64x2 zmm{to}{{k1}}, zmm{y}, zmm{y}, 0x80",
                      f"vmovdqa64 zmm{to + 4}, zmm{y}",
                      f"vshufi64x2 zmm{to + 4}{{k2}}, zmm{x}, zmm{x}, 0x31"]
        lines += transpose_words(FREE, A_TO_H)
        lines += [f"vextracti64x4 ymm{x}, zmm{y}, 1" for x, y in zip(A_TO_H, FREE)]
        return lines, [*FREE, *A_TO_H]


def store(width):
    """All results are there before the first one is stored: operations may be the same one."""
    lines, of = width.results()
    for i, x in enumerate(of):
        lines += [f"mov rax, [rdi+{POINTER * i + STATE}]", f"vpaddd ymm{x}, ymm{x}, [rax]"]
    for i, x in enumerate(of):
        lines += [f"mov rax, [rdi+{POINTER * i + DST}]", f"vmovdqa64 [rax], ymm{x}"]
    return lines


def compress(width, times):
    def rounds(computed):
        return [*OneStream(SHA256, "", times).lines(computed), f"add rax, {N_WORDS * SHA256.word_bytes}"]

    block = [word(t) for t in range(N_WORDS)]
    return width.text([
        *width.load(A_TO_H, STATE), *width.load(block[:8], LO), *width.load(block[8:], HI),
        *width.load_patterns(), *(f"vpxord zmm{w}, zmm{w}, zmm8" for w in block),
        f"lea rax, [rip+{SHA256.k}]", *rounds(False), f"mov ecx, {SHA256.rounds // N_WORDS - 1}",
        ".balign 64", f"rounds_of_{width.n}:", *rounds(True), "dec ecx", f"jnz rounds_of_{width.n}",
        *store(width), "vzeroupper", "ret"])


def write(file, parameters):
    write_assembler(file, SHA256, "sha256_avx512_x1", [
        (f"compress{width.n}", compress(width, parameters[f"compress{width.n}"]))
        for width in (Eight, Sixteen)])


if __name__ == "__main__":
    main(write)
