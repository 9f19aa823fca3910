"""What the generators of kernels in rows have in common: the order of instructions comes from numbers.

A generator lists the operations of some rounds in an order that is right. Each kind of operation has a time,
in rounds since its round began: `sum1` is the operation that xors the rotates `sum1_0` to `sum1_2`. They come
in the order of their times, as far as they do not wait for each other. So a few numbers, which a search can
change, decide the order of all instructions. The order is worth 5 to 15 %, and compilers undo it.
"""
import heapq
import json
import sys
from functools import partial

ROW = 64  # bytes of a register


class Hash:
    """What differs between SHA-256 and SHA-512 (FIPS 180-4, sections 4.1.2 and 4.1.3)."""

    def __init__(self, rounds, word_bytes, suffix, sum0, sum1, sigma0, sigma1):
        self.rounds, self.word_bytes, self.suffix = rounds, word_bytes, suffix
        self.sum0, self.sum1, self.sigma0, self.sigma1 = sum0, sum1, sigma0, sigma1
        self.k = f"sha{8 * self.word_bytes * 8}_k"

    def word(self, address):
        """An operand that is a word of memory in all lanes."""
        size = {4: "dword", 8: "qword"}[self.word_bytes]
        return f"{size} ptr [{address}]{{1to{ROW // self.word_bytes}}}"


SHA256 = Hash(64, 4, "d", (2, 13, 22), (6, 11, 25), (7, 18, 3), (17, 19, 10))
SHA512 = Hash(80, 8, "q", (28, 34, 39), (14, 18, 41), (1, 8, 7), (19, 61, 6))


class Op:
    """An instruction.

    `to` is what it writes and `inputs` are what it reads: registers, which are numbers; values, which are
    names and get registers later; or rows of memory, which are pairs of an array and an index. In the text,
    {to}, {0}, {1} and {2} are registers, {low} is the lower half of {to}, and {row} the address of a row.
    """

    def __init__(self, time, text, to, inputs, address):
        self.time, self.text, self.to, self.inputs, self.address = time, text, to, inputs, address


class Stream:
    """The operations of some rounds of one stream, in an order that is right."""

    def __init__(self, sha, name, times, lag=0):
        self.sha, self.name, self.times, self.lag = sha, name, times, lag
        self.ops = []

    def op(self, i, kind, text, to, *inputs, address=None):
        """An operation of round i."""
        self.ops.append(Op(i + self.times[kind] + self.lag, text, to, inputs, address))
        return to

    def value(self, i, kind):
        return f"{self.name} {i} {kind}"

    def add(self, i, kind, to, x, y):
        return self.op(i, kind, f"vpadd{self.sha.suffix} {{to}}, {{0}}, {{1}}", to, x, y)

    def subtract(self, i, kind, to, x, y):
        return self.op(i, kind, f"vpsub{self.sha.suffix} {{to}}, {{0}}, {{1}}", to, x, y)

    def add_word(self, i, kind, to, x, address):
        """Adds a word of memory in all lanes."""
        text = f"vpadd{self.sha.suffix} {{to}}, {{0}}, {{row}}"
        return self.op(i, kind, text, to, x, address=self.sha.word(address))

    def add_all(self, i, to, terms):
        """Adds terms, in the order of their times. A term is a way to add it, and what to add."""
        for kind, (add, x) in sorted(terms.items(), key=lambda term: self.times[term[0]]):
            add(i, kind, to, to, x)

    def sigma(self, i, kind, x, distances, last):
        """x rotated by two distances, and rotated or shifted by a third one, all xored."""
        parts = []
        for n, instruction in enumerate(("vpror", "vpror", last)):
            text = f"{instruction}{self.sha.suffix} {{to}}, {{0}}, {distances[n]}"
            parts.append(self.op(i, f"{kind}_{n}", text, self.value(i, f"{kind}_{n}"), x))
        text = f"vpternlog{self.sha.suffix} {{to}}, {{1}}, {{2}}, 0x96"
        return self.op(i, kind, text, parts[2], *parts[::-1])

    def sum0(self, i, a):
        return self.sigma(i, "sum0", a, self.sha.sum0, "vpror")

    def sum1(self, i, e):
        return self.sigma(i, "sum1", e, self.sha.sum1, "vpror")

    def sigma0(self, i, w):
        return self.sigma(i, "sigma0", w, self.sha.sigma0, "vpsrl")

    def sigma1(self, i, w):
        return self.sigma(i, "sigma1", w, self.sha.sigma1, "vpsrl")

    def function(self, i, kind, table, x, y, z):
        """A function of three registers, given by its table, which leaves them as they are."""
        to = self.op(i, f"{kind}_copy", "vmovdqa32 {to}, {0}", self.value(i, kind), x)
        text = f"vpternlog{self.sha.suffix} {{to}}, {{1}}, {{2}}, {table}"
        return self.op(i, kind, text, to, to, y, z)

    def choose(self, i, e, f, g):
        return self.function(i, "choose", "0xca", e, f, g)

    def majority(self, i, a, b, c):
        return self.function(i, "majority", "0xe8", a, b, c)


class RingStream(Stream):
    """Eight rounds whose words lie in memory: for two streams, which are bound by the number of operations.

    state is the register of a, and those of b to h follow it; the new e takes the place of d, and the new a
    that of h. far, near and out point to the words t - 16 to t - 9, to t - 8 to t - 1, and to the place of t
    to t + 7. out may be the same place as far, so that these rows have one name. k is the address of the
    first round's constant.
    """

    def __init__(self, state, far, near, out, k, *stream):
        super().__init__(*stream)
        self.state, self.k = state, k
        self.pointers = {"far": far, "near": near, "out": out}

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

    def add_row(self, i, kind, to, x, word):
        row, address = self.row(word)
        return self.op(i, kind, f"vpadd{self.sha.suffix} {{to}}, {{0}}, {{row}}", to, x, row, address=address)

    def schedule(self, i):
        """Computes word i: W[t-16] + sigma0(W[t-15]) + W[t-7] + sigma1(W[t-2])."""
        w = self.sigma0(i, self.load(i, "load_15", i - 15))
        self.add_row(i, "add_16", w, w, i - 16)
        self.add_row(i, "add_7", w, w, i - 7)
        self.add(i, "add_sigma1", w, w, self.sigma1(i, self.load(i, "load_2", i - 2)))
        self.store(i, "store", w)
        return w

    def round(self, i, w):
        """w is a value; None: the word is in far."""
        a, b, c, d, e, f, g, h = (self.state + (j - i) % 8 for j in range(8))
        self.add_all(i, h, {
            "add_k": (self.add_word, f"{self.k}+{self.sha.word_bytes * i}"),
            "add_w": (self.add, w) if w else (self.add_row, i - 16),
            "add_choose": (self.add, self.choose(i, e, f, g)),
            "add_sum1": (self.add, self.sum1(i, e))})
        self.add(i, "new_e", d, d, h)
        self.add_all(i, h, {
            "add_majority": (self.add, self.majority(i, a, b, c)),
            "add_sum0": (self.add, self.sum0(i, a))})

    def rounds(self, words):
        """The operations; words makes the word of a round."""
        for i in range(8):
            self.round(i, words(i))
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
        to = given.get(op.to, op.to)
        lines.append(op.text.format(*inputs, to=f"zmm{to}", low=f"ymm{to}", row=op.address))
    return lines


# ---- the file ----


def write_assembler(file, sha, name, functions, constants=()):
    """functions are the name and the lines of each. constants are words, of which the label is the first."""
    put = partial(print, file=file)
    put(f"/* {name}.py wrote this, and says how to read it. */")
    put("#ifdef __CET__\n#include <cet.h> /* marks the object as fit for CET */\n#endif")
    put("        .intel_syntax noprefix\n        .text")
    put(f"        .hidden {sha.k}")
    for function, lines in functions:
        symbol = f"{name}_{function}"
        put(f"\n        .globl {symbol}\n        .hidden {symbol}\n        .type {symbol}, @function")
        put(f"        .balign 64\n{symbol}:\n        .cfi_startproc\n        endbr64")
        for line in lines:
            put(line if line.endswith(":") else f"        {line}")
        put(f"        .cfi_endproc\n        .size {symbol}, .-{symbol}")
    if constants:
        put("\n        .section .rodata\n        .balign 4\nconstants:")
    for word in constants:
        put(f"        .long {word:#010x}")
    put("\n        .section .note.GNU-stack, \"\", @progbits")


def main(write):
    """write(file, parameters) writes the assembler. The arguments are the files' names."""
    parameters, assembler = sys.argv[1:]
    with open(parameters, encoding="ascii") as file:
        values = json.load(file)
    with open(assembler, "w", encoding="ascii") as file:
        write(file, values)
