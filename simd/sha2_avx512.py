"""SHA-256 and SHA-512 in rows of 256 bits with AVX-512: two or four independent compressions.

The generators sha256_avx512.py and sha512_avx512.py say what is particular to each. The functions are

    void compress2(const struct rows_pair pairs[2], row work[GROUP * WORK_ROWS]);
    void compress4(const struct rows_pair pairs[4], row work[GROUP * WORK_ROWS]);

A row has one word of every lane in 32 bytes, and a slot is eight rows, so that a digest can be used as a part
of a block as it is. Two compressions make a stream: its registers have the rows of pair 2s in their low
halves, and those of pair 2s + 1 in their high halves. To join and split the rows costs 2 %. In return, a few
jobs, or jobs of two shapes, fill what rows of 512 bits would leave empty. The two pairs of a stream may be
the same pair.

compress2 has one stream and is limited by latency, from one e to the next. It adds up d + h + K + W + Ch
beforehand, so that the new e is one addition behind Sigma1, and gets T1 as the new e minus d: that is one
operation more, but one less between one e and the next. All words of the schedule are in registers, where
they are never late. A body is sixteen rounds. There is one for the words of the block, and one for words that
are computed.

A jump leads to each loop: where the code above runs into it, handshakes take 2 to 3 % longer on Zen 5.

compress4 has two streams, which are evenly mixed. It is limited by the number of operations. The words of the
schedule are in memory, and a body is eight rounds.

Registers
    rdi, rsi         pairs and work
    rax, rcx         K, and the times that a body is still to run
    rdx, r8          rows of pairs 0 and 1
    r9, r10          rows of pairs 2 and 3
    rsi, r11         in compress4, which exchanges them: where the words t to t + 7 go, and t - 8 to t - 1
    compress2        a to d in zmm0 to zmm3, e to h in zmm4 to zmm7, W[t % 16] in zmm16 to zmm31
    compress4        a to h of the streams in zmm0 to zmm7 and in zmm8 to zmm15; in the first rounds the
                     patterns that the blocks are xored with in zmm16 and zmm17
registers() gives out the others. The stack is not used.

Memory, from rsi on: W[t % 16] of both streams, and then the a to h that both began with.
"""
from functools import partial

from sha2_streams import ROW, RingStream, Stream, in_order, registers, write_assembler

N_WORDS = 16
HALF = 8 * ROW
RING = 2 * HALF
INITIAL = 2 * RING
SLOT_ROW = 32
DST, STATE, LO, HI, XOR, PAIR = 0, 8, 16, 24, 32, 40  # struct rows_pair
FIRST, LAST = (4, 5, 6, 7, 3, 0, 1, 2), (7, 3, 6, 2, 5, 1, 4, 0)  # a to h as rounds need and finish them
POINTERS = ("rdx", "r8"), ("r9", "r10")  # to rows of the low halves and the high halves of a stream


def point_to(operand, stream):
    low, high = POINTERS[stream]
    return [f"mov {low}, [rdi+{2 * PAIR * stream + operand}]",
            f"mov {high}, [rdi+{2 * PAIR * stream + PAIR + operand}]"]


def join(register, row, stream):
    low, high = POINTERS[stream]
    return [f"vmovdqa32 ymm{register}, [{low}+{SLOT_ROW * row}]",
            f"vinserti64x4 zmm{register}, zmm{register}, [{high}+{SLOT_ROW * row}], 1"]


def load_state(stream):
    """Joins the rows of a stream's state, and keeps them for the end."""
    lines = point_to(STATE, stream)
    for j in FIRST:
        lines += join(8 * stream + j, j, stream)
    for j in FIRST:
        lines.append(f"vmovdqa32 [rsi+{INITIAL + HALF * stream + ROW * j}], zmm{8 * stream + j}")
    return lines


def load_pattern(register, other, stream):
    """What the block of each half is xored with."""
    at = 2 * PAIR * stream + XOR
    return [f"vpbroadcastd ymm{register}, dword ptr [rdi+{at}]",
            f"vpbroadcastd ymm{other}, dword ptr [rdi+{at + PAIR}]",
            f"vinserti64x4 zmm{register}, zmm{register}, ymm{other}, 1"]


def store_state(sha, stream):
    """Adds the state that a stream began with, and splits the rows."""
    low, high = POINTERS[stream]
    lines = point_to(DST, stream)
    for j in LAST:
        x = 8 * stream + j
        lines += [f"vpadd{sha.suffix} zmm{x}, zmm{x}, [rsi+{INITIAL + HALF * stream + ROW * j}]",
                  f"vmovdqa32 [{low}+{SLOT_ROW * j}], ymm{x}",
                  f"vextracti64x4 [{high}+{SLOT_ROW * j}], zmm{x}, 1"]
    return lines


# ---- compress2 ----


def word(t):
    return 16 + t % N_WORDS


class OneStream(Stream):
    """Sixteen rounds. The new e takes the place of h, and the new a that of d."""

    def schedule(self, i):
        """Computes word i: W[t-16] + sigma0(W[t-15]) + W[t-7] + sigma1(W[t-2])."""
        self.add_all(i, word(i), {
            "add_sigma0": (self.add, self.sigma0(i, word(i + 1))), "add_7": (self.add, word(i + 9)),
            "add_sigma1": (self.add, self.sigma1(i, word(i + 14)))})

    def round(self, i):
        a, b, c, d = ((j - i) % 4 for j in range(4))
        e, f, g, h = (4 + (j - i) % 4 for j in range(4))
        self.add_all(i, h, {
            "add_d": (self.add, d), "add_k": (self.add_word, f"rax+{self.sha.word_bytes * i}"),
            "add_w": (self.add, word(i)), "add_choose": (self.add, self.choose(i, e, f, g)),
            "add_sum1": (self.add, self.sum1(i, e))})
        self.subtract(i, "subtract_d", d, h, d)
        self.add_all(i, d, {
            "add_majority": (self.add, self.majority(i, a, b, c)), "add_sum0": (self.add, self.sum0(i, a))})

    def lines(self, computed):
        for i in range(N_WORDS):
            if computed:
                self.schedule(i)
            self.round(i)
        return registers(in_order(self.ops), range(8, 16))


def compress2(sha, times):
    def rounds(computed):
        return [*OneStream(sha, "", times).lines(computed), f"add rax, {N_WORDS * sha.word_bytes}"]

    lines = load_state(0)
    for operand, first in ((LO, 0), (HI, 8)):
        lines += point_to(operand, 0)
        for i in range(8):
            lines += join(word(first + i), i, 0)
    return [*lines,
            f"mov eax, [rdi+{XOR}]", f"or eax, [rdi+{PAIR + XOR}]", "jz block", *load_pattern(8, 9, 0),
            *(f"vpxord zmm{word(t)}, zmm{word(t)}, zmm8" for t in range(N_WORDS)),
            "block:", f"lea rax, [rip+{sha.k}]", *rounds(False),
            f"mov ecx, {sha.rounds // N_WORDS - 1}", "jmp one_stream",
            ".balign 64", "one_stream:", *rounds(True), "dec ecx", "jnz one_stream",
            *store_state(sha, 0), "vzeroupper", "ret"]


# ---- compress4 ----


class JoinedStream(RingStream):
    """One of two streams."""

    def __init__(self, sha, stream, times, lag):
        ring, before = f"rsi+{RING * stream}", f"r11+{RING * stream}"
        super().__init__(8 * stream, ring, before, ring, "rax", sha, f"stream {stream}", times, lag)
        self.stream = stream

    def join(self, i):
        """Word i of the block."""
        low, high = (f"[{pointer}+{SLOT_ROW * i}]" for pointer in POINTERS[self.stream])
        w = self.op(i, "load", "vmovdqa32 {low}, {row}", self.value(i, "word"), address=low)
        self.op(i, "join", "vinserti64x4 {to}, {0}, {row}, 1", w, w, address=high)
        self.op(i, "xor", "vpxord {to}, {0}, {1}", w, w, 16 + self.stream)
        self.store(i, "store", w)
        return w


def compress4(sha, times, lag):
    def rounds(joined):
        streams = [JoinedStream(sha, stream, times, lag * stream) for stream in (0, 1)]
        ops = [op for x in streams for op in x.rounds(x.join if joined else x.schedule)]
        lines = registers(in_order(ops), range(18 if joined else 16, 32))
        return [*lines, f"add rax, {8 * sha.word_bytes}", "xchg rsi, r11"]

    def both(part, *arguments):
        return [*part(*arguments, 0), *part(*arguments, 1)]

    return [*both(load_state), *load_pattern(16, 18, 0), *load_pattern(17, 18, 1),
            *both(point_to, LO), f"lea rax, [rip+{sha.k}]", f"lea r11, [rsi+{HALF}]", "xor ecx, ecx",
            "jmp joined_words", ".balign 64", "joined_words:", *rounds(True), *both(point_to, HI),
            "xor ecx, 1", "jnz joined_words", f"mov ecx, {sha.rounds // 8 - 2}",
            "jmp two_streams", ".balign 64", "two_streams:", *rounds(False), "dec ecx", "jnz two_streams",
            *both(partial(store_state, sha)), "vzeroupper", "ret"]


def generator(sha, name):
    """The function write() of a kernel's generator."""
    def write(file, parameters):
        functions = [("compress2", compress2(sha, parameters["compress2"])),
                     ("compress4", compress4(sha, parameters["compress4"], parameters["lag"]))]
        write_assembler(file, sha, name, functions)
    return write
