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
    Each kind of operation has a time, in rounds since its round began: `sum1` is the operation that xors the
    rotates `sum1_0` to `sum1_2`. The new stream begins `lag` rounds behind the old one. Operations come in
    the order of their times, as far as they do not wait for each other.
"""
import heapq
import json
import sys
from functools import partial

from sha256_words import M32, PADDING, sigma0, sigma1

NAME = "sha256_avx512_x16"
N_ROUNDS = 8  # of a body
ROW = 64
HALF = 8 * ROW
STATE, ROWS = 2 * HALF, 3 * HALF  # struct operation
ROWS_DST, ROWS_STATE, ROWS_LO, ROWS_HI, ROWS_XOR, IS_PADDED = range(ROWS, ROWS + 48, 8)
TEMPORARIES = range(16, 32)

constants = []  # the words that the code needs in memory


def label_of(word):
    word &= M32
    if word not in constants:
        constants.append(word)
    return f"constants+{4 * constants.index(word)}"


# ---- operations, and their order ----


class Op:
    """An instruction.

    `to` is what it writes and `inputs` are what it reads: registers, which are numbers; values, which are
    names and get registers later; or rows of memory, which are pairs of an array and an index. In the text,
    {to}, {0}, {1} and {2} are registers, and {row} is the address of the row.
    """

    def __init__(self, time, text, to, inputs, address=None):
        self.time, self.text, self.to, self.inputs, self.address = time, text, to, inputs, address


class Stream:
    """Eight rounds of one stream: operations, in an order that is right.

    state is the register of a, and those of b to h follow it. far, near and out are the registers that point
    to the words t - 16 to t - 9, to t - 8 to t - 1, and to the place of t to t + 7. out may be the same place
    as far, so that these rows have one name. k is the offset of the first constant.
    """

    def __init__(self, name, state, far, near, out, k, times, lag=0):
        self.name, self.state, self.k, self.times, self.lag = name, state, k, times, lag
        self.pointers = {"far": far, "near": near, "out": out}
        self.ops = []

    def op(self, i, kind, text, to, *inputs, address=None):
        self.ops.append(Op(i + self.times[kind] + self.lag, text, to, inputs, address))
        return to

    def value(self, i, name):
        return f"{self.name} {i} {name}"

    def row(self, i):
        """Word i of these eight, which is one of the sixteen words before if i is negative: row, address."""
        array, index = ("out", i) if i >= 0 else ("near", i + 8) if i >= -8 else ("far", i + 16)
        name = f"{self.name} {'near' if array == 'near' else 'far or out'}"
        return (name, index), f"[{self.pointers[array]}+{ROW * index}]"

    def load(self, i, kind, word):
        row, address = self.row(word)
        return self.op(i, kind, "vmovdqa32 {to}, {row}", self.value(i, kind), row, address=address)

    def store(self, i, kind, x):
        row, address = self.row(i)
        self.op(i, kind, "vmovdqa32 {row}, {0}", row, x, address=address)

    def add(self, i, kind, to, x):
        self.op(i, kind, "vpaddd {to}, {0}, {1}", to, to, x)

    def add_row(self, i, kind, to, word):
        row, address = self.row(word)
        self.op(i, kind, "vpaddd {to}, {0}, {row}", to, to, row, address=address)

    def add_word(self, i, kind, to, address):
        """Adds a word of memory in all lanes."""
        self.op(i, kind, "vpaddd {to}, {0}, {row}", to, to, address=f"dword ptr [{address}]{{1to16}}")

    def sigma(self, i, kind, x, distances, shift="vprord"):
        """x rotated by two distances, and rotated or shifted by a third one, all xored."""
        parts = []
        for n, instruction in enumerate(("vprord", "vprord", shift)):
            text = f"{instruction} {{to}}, {{0}}, {distances[n]}"
            parts.append(self.op(i, f"{kind}_{n}", text, self.value(i, f"{kind}_{n}"), x))
        return self.op(i, kind, "vpternlogd {to}, {1}, {2}, 0x96", parts[2], *parts[::-1])

    def function(self, i, kind, table, x, y, z):
        """A function of three registers, given by its table, which leaves them as they are."""
        to = self.op(i, f"{kind}_copy", "vmovdqa32 {to}, {0}", self.value(i, kind), x)
        return self.op(i, kind, f"vpternlogd {{to}}, {{1}}, {{2}}, {table}", to, to, y, z)

    def schedule(self, i, known):
        """Computes word i: W[t-16] + sigma0(W[t-15]) + W[t-7] + sigma1(W[t-2]).

        Of these words, those in known are constants.
        """
        w, constant = None, 0
        if i - 15 in known:
            constant += sigma0(known[i - 15])
        else:
            w = self.sigma(i, "sigma0", self.load(i, "load_15", i - 15), (7, 18, 3), "vpsrld")
        for distance in (16, 7):
            if i - distance in known:
                constant += known[i - distance]
            elif w:
                self.add_row(i, f"add_{distance}", w, i - distance)
            else:
                w = self.load(i, f"add_{distance}", i - distance)
        if i - 2 in known:
            constant += sigma1(known[i - 2])
        else:
            x = self.load(i, "load_2", i - 2)
            self.add(i, "add_sigma1", w, self.sigma(i, "sigma1", x, (17, 19, 10), "vpsrld"))
        if constant:
            self.add_word(i, "add_constant", w, f"rip+{label_of(constant)}")
        self.store(i, "store", w)
        return w

    def round(self, i, w):
        """The new e takes the place of d, and the new a that of h. w is a value; None: the word is in far."""
        a, b, c, d, e, f, g, h = (self.state + (j - i) % 8 for j in range(8))
        self.add_word(i, "add_k", h, f"rax+{self.k + 4 * i}")
        if w:
            self.add(i, "add_w", h, w)
        else:
            self.add_row(i, "add_w", h, i - 16)
        self.add(i, "add_choose", h, self.function(i, "choose", "0xca", e, f, g))
        self.add(i, "add_sum1", h, self.sigma(i, "sum1", e, (6, 11, 25)))
        self.add(i, "new_e", d, h)
        self.add(i, "add_majority", h, self.function(i, "majority", "0xe8", a, b, c))
        self.add(i, "add_sum0", h, self.sigma(i, "sum0", a, (2, 13, 22)))

    def rounds(self, computed, known=()):
        """The operations, if the words of the rounds are computed, or if they are there already."""
        for i in range(N_ROUNDS):
            self.round(i, self.schedule(i, known) if computed else None)
        return self.ops


def in_order(ops):
    """The operations in the order of their times. Each comes after those that it must not overtake."""
    written, read = {}, {}  # by operand: the last operation that writes it, and those that read it since
    before, after = [], [[] for _ in ops]
    for n, op in enumerate(ops):
        earlier = {written[x] for x in (*op.inputs, op.to) if x in written} | read.get(op.to, set())
        before.append(len(earlier))
        for other in earlier:
            after[other].append(n)
        for x in op.inputs:
            read.setdefault(x, set()).add(n)
        written[op.to], read[op.to] = n, set()
    ready = [(op.time, n) for n, op in enumerate(ops) if not before[n]]
    heapq.heapify(ready)
    ordered = []
    while ready:
        n = heapq.heappop(ready)[1]
        ordered.append(ops[n])
        for other in after[n]:
            before[other] -= 1
            if not before[other]:
                heapq.heappush(ready, (ops[other].time, other))
    return ordered


def registers(ops, free):
    """The text of the operations. A value has a register from its first operation to its last one."""
    def is_value(x):
        return isinstance(x, str)

    last = {x: op for op in ops for x in (*op.inputs, op.to) if is_value(x)}
    free, given, lines = list(free), {}, []
    for op in ops:
        inputs = [f"zmm{given.get(x, x)}" for x in op.inputs]
        free += [given[x] for x in dict.fromkeys(op.inputs) if is_value(x) and last[x] is op]
        if is_value(op.to) and op.to not in given:
            if not free:
                raise SystemExit("the order needs more registers: shorten the times")
            given[op.to] = free.pop(0)
        lines.append(op.text.format(*inputs, to=f"zmm{given.get(op.to, op.to)}", row=op.address))
    return lines


# ---- bodies ----


def body(parameters, together, computed, known=()):
    """The lines of a body.

    together: with the old stream. computed: the new stream computes its words; known: those words of the
    sixteen before that are known, by their number, which is negative.
    """
    times, lag = parameters["times"], parameters["lag"] if together else 0
    old = Stream("old", 0, "rdx", "r11", "rdx", 128, times)
    new = Stream("new", 8, "r8", "r9", "rcx", 0, times, lag)
    ops = new.rounds(computed, known) + (old.rounds(True) if together else [])
    lines = registers(in_order(ops), TEMPORARIES)
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
    return [f"mov rax, [{operation}+{ROWS_STATE}]", *each_word("vmovdqa32 {}, [rax+{offset}]", NEW),
            f"mov r8, [{operation}+{ROWS_LO}]", f"mov r9, [{operation}+{ROWS_HI}]",
            f"cmp dword ptr [{operation}+{ROWS_XOR}], 0", f"jne {block}_is_xored", f"{block}:"]


def xor_block(operation, block):
    """Puts the xored block in the place of the first words, and makes r8 and r9 point to that."""
    lines = [f"{block}_is_xored:", f"vpbroadcastd zmm16, dword ptr [{operation}+{ROWS_XOR}]"]
    for pointer, half in (("r8", "rcx"), ("r9", "r10")):
        for i in range(8):
            lines += [f"vpxord zmm{17 + i}, zmm16, [{pointer}+{ROW * i}]",
                      f"vmovdqa32 [{half}+{ROW * i}], zmm{17 + i}"]
    return [*lines, "mov r8, rcx", "mov r9, r10", f"jmp {block}"]


def end_operation(operation, state):
    """Adds the old state and stores the new one, beginning with the words that are there first."""
    order = (7, 3, 6, 2, 5, 1, 4, 0)
    return [f"mov rax, [{operation}+{ROWS_STATE}]",
            *each_word("vpaddd {0}, {0}, [rax+{offset}]", state, order=order),
            f"mov rax, [{operation}+{ROWS_DST}]",
            *each_word("vmovdqa32 [rax+{offset}], {}", state, order=order)]


def two_times(label, lines):
    """A body twice. K begins at a multiple of 64 bytes, of which a body takes 32."""
    return [".balign 64", f"{label}:", *lines, "test al, 32", f"jnz {label}"]


def functions(parameters):
    """The name and the lines of each function."""
    rounds = partial(body, parameters)
    known_near, known_far = ({t - 8 - distance: word for t, word in PADDING.items()} for distance in (8, 16))

    yield "step", [
        "mov rdx, rdi", f"lea r11, [rdi+{HALF}]", *load_half_done(OLD, "rdi"),
        "mov rcx, rsi", f"lea r10, [rsi+{HALF}]", *begin_operation("rsi", "block_of_step"),
        "lea rax, [rip+sha256_k]", *two_times("given_words", rounds(True, False)),
        f"cmp dword ptr [rsi+{IS_PADDED}], 0", "jne padded",
        *two_times("computed_words", rounds(True, True)),
        "end_of_step:", *end_operation("rdi", OLD), *store_half_done(NEW, "rsi"), "vzeroupper", "ret",
        ".balign 64", "padded:", *rounds(True, True, known_near), *rounds(True, True, known_far),
        "jmp end_of_step", *xor_block("rsi", "block_of_step")]
    yield "begin", [
        "mov rcx, rdi", f"lea r10, [rdi+{HALF}]", *begin_operation("rdi", "block_of_begin"),
        "lea rax, [rip+sha256_k]", *two_times("given_words_alone", rounds(False, False)),
        "mov esi, 2", "call computed_words_alone",
        *store_half_done(NEW, "rdi"), "vzeroupper", "ret",
        *xor_block("rdi", "block_of_begin")]
    yield "end", [
        "mov rcx, rdi", f"lea r10, [rdi+{HALF}]", *load_half_done(NEW, "rdi"),
        "mov r8, rcx", "mov r9, r10", "lea rax, [rip+sha256_k+128]",
        "mov esi, 4", "call computed_words_alone",
        *end_operation("rdi", NEW), "vzeroupper", "ret",
        ".balign 64", "computed_words_alone:", *rounds(False, True), "dec esi", "jnz computed_words_alone",
        "ret"]


def write(file, parameters):
    put = partial(print, file=file)
    put(f"/* {NAME}.py wrote this, and says how to read it. */")
    put("#ifdef __CET__\n#include <cet.h> /* marks the object as fit for CET */\n#endif")
    put("        .intel_syntax noprefix\n        .text\n        .hidden sha256_k")
    constants.clear()
    for name, lines in functions(parameters):
        symbol = f"{NAME}_{name}"
        put(f"\n        .globl {symbol}\n        .hidden {symbol}\n        .type {symbol}, @function")
        put(f"        .balign 64\n{symbol}:\n        endbr64")
        for line in lines:
            put(line if line.endswith(":") else f"        {line}")
        put(f"        .size {symbol}, .-{symbol}")
    put("\n        .section .rodata\n        .balign 4\nconstants:")
    for word in constants:
        put(f"        .long {word:#010x}")
    put("\n        .section .note.GNU-stack, \"\", @progbits")


def main(parameters, assembler):
    with open(parameters, encoding="ascii") as file:
        values = json.load(file)
    with open(assembler, "w", encoding="ascii") as file:
        write(file, values)


if __name__ == "__main__":
    main(*sys.argv[1:])
