#!/usr/bin/env python3
"""SHA-256 in sixteen lanes with AVX-512: two operations at a time, one half an operation behind the other.

    sha256_avx512_x16.py PARAMETERS.json OUTPUT.S

A register has one word of sixteen lanes, and so has a row of a slot. Operations go through a pipeline. In a
step, the *old* operation does its rounds 32 to 63 and the *new* one its rounds 0 to 31, and these two streams
of instructions become one. In the next step the new operation is the old one. When an operation ends, its
state is added and stored, and that of the next one is loaded; the other operation, which is half done then,
fills the time that this takes.

Functions; sha256_avx512_x16.c declares them.
    _step            the second half of one operation and the first half of another one
    _begin, _end     the first half of an operation, and the second half, alone

Code
    A body is eight rounds, after which a to h are in the same registers as before. A step runs two bodies two
    times each: one in which the new stream finds the words of its rounds in memory, and one in which it
    computes them. The old stream computes its words in both. In the place of the second one, a digest and its
    padding have two bodies, in which words that are known save 59 operations. Two more bodies are for a
    stream alone. All this is 17 KB, 14 KB for a step. It is small because it is to stay in the CPU's cache of
    decoded instructions whatever else runs between the calls.

Registers
    rdi, rsi         the old operation and the new one, each a struct operation
    rdx, r11         the old stream: its words t - 16 to t - 9, which become t to t + 7; and t - 8 to t - 1
    r8, r9           the new stream: its words t - 16 to t - 9, first lo; and t - 8 to t - 1, first hi
    rcx, r10         the new stream: the place of its words t to t + 7, and that of the next eight
    rax              K of the new stream; that of the old one is 32 words further
    zmm0 to zmm7     a to h of the old stream
    zmm8 to zmm15    a to h of the new stream
    zmm16 to zmm31   everything else; registers() gives them out

Memory
    struct operation has two halves of eight words each, which words of the schedule replace in turn. A block
    that is xored is put there at first. The words of other blocks are read from their slots, so that rounds
    0 to 15 need no instructions of their own for them.

Pipes of Zen 5, for which this was made
    Sixteen compressions take 64 x 17 + 48 x 11 = 1,616 operations, 25.3 cycles for each at four per cycle. Of
    these, 576 are rotates, which go to two of the four pipes, and 96 are shifts, which go to the other two. A
    result is there after 2 cycles; that of vpternlogd comes 3 cycles after two of its inputs, and 2 after the
    one that it overwrites, for which the rotate that comes last is taken. From one e to the next it is 9
    cycles: three rotates, of which two are issued in a cycle, vpternlogd, and two additions. A round of two
    streams takes 14 cycles, in which that is done if the streams are evenly mixed.

Order
    The times of operations (sha2_streams.py) are in the parameters. The new stream begins `lag` rounds
    behind the old one.
"""
from functools import partial

from sha2_streams import ROW, SHA256, RingStream, in_order, main, registers, write_assembler
from sha256_words import M32, PADDING, sigma0, sigma1

HALF = 8 * ROW
STATE, SLOTS = 2 * HALF, 3 * HALF  # struct operation
DST, STATE_BEFORE, DIGEST, LO, HI_DIGEST, HI = range(SLOTS, SLOTS + 48, 8)
OP = SLOTS + 64
OP_DIGEST, OP_XOR_BYTE, OP_HINTS = 2, 6, 7  # struct simd_op
NO_SLOT, PADDED_DIGEST = 0xff, 1
TEMPORARIES = range(16, 32)

# ---- bodies ----


class Constants:
    """Words that the code needs in memory."""

    def __init__(self):
        self.words = []

    def address(self, word):
        if word & M32 not in self.words:
            self.words.append(word & M32)
        return f"rip+constants+{4 * self.words.index(word & M32)}"


class PaddedStream(RingStream):
    """A stream of which some of the sixteen words before are known, by number, which is negative."""

    def __init__(self, known, constants, *stream):
        super().__init__(*stream)
        self.known, self.constants = known, constants

    def schedule(self, i):
        known, w, constant = self.known, None, 0
        if i - 15 in known:
            constant += sigma0(known[i - 15])
        else:
            w = self.sigma0(i, self.load(i, "load_15", i - 15))
        for distance in (16, 7):
            if i - distance in known:
                constant += known[i - distance]
            elif w:
                self.add_row(i, f"add_{distance}", w, w, i - distance)
            else:
                w = self.load(i, f"add_{distance}", i - distance)
        if i - 2 in known:
            constant += sigma1(known[i - 2])
        else:
            self.add(i, "add_sigma1", w, w, self.sigma1(i, self.load(i, "load_2", i - 2)))
        if constant:
            self.add_word(i, "add_constant", w, w, self.constants.address(constant))
        self.store(i, "store", w)
        return w


def body(parameters, constants, together, computed, known=None):
    """The lines of a body.

    together: with the old stream. computed: the new stream computes its words; known: those of the sixteen
    words before that are known, by number.
    """
    times, lag = parameters["times"], parameters["lag"] if together else 0
    old = RingStream(0, "rdx", "r11", "rdx", "rax+128", SHA256, "old", times)
    new = 8, "r8", "r9", "rcx", "rax", SHA256, "new", times, lag
    new = PaddedStream(known, constants, *new) if known else RingStream(*new)
    ops = new.rounds(new.schedule if computed else lambda i: None)
    lines = registers(in_order(ops + old.rounds(old.schedule) if together else ops), TEMPORARIES)
    if together:
        lines.append("xchg rdx, r11")
    if computed:
        lines += ["mov r8, r9", "mov r9, rcx", "xchg rcx, r10"]
    else:
        lines.append("xchg r8, r9")
    return [*lines, "add rax, 32"]


# ---- functions ----

OLD, NEW = range(8), range(8, 16)  # registers of a to h


def each_word(text, state, offset=0, order=(4, 5, 6, 7, 3, 0, 1, 2)):
    """An instruction for each word of a state, those first that the next round needs first."""
    return [text.format(f"zmm{state[j]}", offset=offset + ROW * j) for j in order]


def load_half_done(state, operation):
    return each_word(f"vmovdqa32 {{}}, [{operation}+{{offset}}]", state, STATE)


def store_half_done(state, operation):
    return each_word(f"vmovdqa32 [{operation}+{{offset}}], {{}}", state, STATE)


def begin_operation(operation, block):
    """Loads the state of an operation, and makes r8 and r9 point to its block. `block` is a label."""
    return [f"mov rax, [{operation}+{STATE_BEFORE}]", *each_word("vmovdqa32 {}, [rax+{offset}]", NEW),
            f"mov rax, [{operation}+{OP}]", f"mov r8, [{operation}+{LO}]", f"mov r9, [{operation}+{HI}]",
            f"cmp byte ptr [rax+{OP_DIGEST}], {NO_SLOT}", f"cmovne r8, [{operation}+{DIGEST}]",
            f"cmp byte ptr [rax+{OP_XOR_BYTE}], 0", f"jne {block}_is_xored", f"{block}:"]


def xor_block(block):
    """Puts the xored block in the place of the first words, and makes r8 and r9 point to that."""
    lines = [f"{block}_is_xored:", f"vpbroadcastb zmm16, byte ptr [rax+{OP_XOR_BYTE}]"]
    for pointer, half in (("r8", "rcx"), ("r9", "r10")):
        for i in range(8):
            lines += [f"vpxord zmm{17 + i}, zmm16, [{pointer}+{ROW * i}]",
                      f"vmovdqa32 [{half}+{ROW * i}], zmm{17 + i}"]
    return [*lines, "mov r8, rcx", "mov r9, r10", f"jmp {block}"]


def end_operation(operation, state):
    """Adds the old state and stores the new one, beginning with the words that are there first."""
    order = (7, 3, 6, 2, 5, 1, 4, 0)
    return [f"mov rax, [{operation}+{STATE_BEFORE}]",
            *each_word("vpaddd {0}, {0}, [rax+{offset}]", state, order=order),
            f"mov rax, [{operation}+{DST}]",
            *each_word("vmovdqa32 [rax+{offset}], {}", state, order=order)]


def two_times(label, lines):
    """A body twice. K begins at a multiple of 64 bytes, of which a body takes 32."""
    return [".balign 64", f"{label}:", *lines, "test al, 32", f"jnz {label}"]


def functions(parameters, constants):
    """The name and the lines of each function."""
    rounds = partial(body, parameters, constants)
    known_near, known_far = ({t - 8 - distance: word for t, word in PADDING.items()} for distance in (8, 16))

    yield "step", [
        "mov rdx, rdi", f"lea r11, [rdi+{HALF}]", *load_half_done(OLD, "rdi"),
        "mov rcx, rsi", f"lea r10, [rsi+{HALF}]", *begin_operation("rsi", "block_of_step"),
        "lea rax, [rip+sha256_k]", *two_times("given_words", rounds(True, False)),
        f"mov rax, [rsi+{OP}]", f"test byte ptr [rax+{OP_HINTS}], {PADDED_DIGEST}",
        "lea rax, [rip+sha256_k+64]", "jnz padded",
        *two_times("computed_words", rounds(True, True)),
        "end_of_step:", *end_operation("rdi", OLD), *store_half_done(NEW, "rsi"), "vzeroupper", "ret",
        ".balign 64", "padded:", *rounds(True, True, known_near), *rounds(True, True, known_far),
        "jmp end_of_step", *xor_block("block_of_step")]
    yield "begin", [
        "mov rcx, rdi", f"lea r10, [rdi+{HALF}]", *begin_operation("rdi", "block_of_begin"),
        "lea rax, [rip+sha256_k]", *two_times("given_words_alone", rounds(False, False)),
        "mov esi, 2", "call computed_words_alone",
        *store_half_done(NEW, "rdi"), "vzeroupper", "ret",
        *xor_block("block_of_begin")]
    yield "end", [
        "mov rcx, rdi", f"lea r10, [rdi+{HALF}]", *load_half_done(NEW, "rdi"),
        "mov r8, rcx", "mov r9, r10", "lea rax, [rip+sha256_k+128]",
        "mov esi, 4", "call computed_words_alone",
        *end_operation("rdi", NEW), "vzeroupper", "ret",
        ".balign 64", "computed_words_alone:", *rounds(False, True), "dec esi", "jnz computed_words_alone",
        "ret"]


def write(file, parameters):
    constants = Constants()
    functions_ = list(functions(parameters, constants))
    write_assembler(file, SHA256, "sha256_avx512_x16", functions_, constants.words)


if __name__ == "__main__":
    main(write)
