#!/usr/bin/env python3
"""SHA-256 in eight lanes: SHA-NI rounds of one bank beside the AVX-512VL message schedule of another.

    sha256_shani_avx512vl.py PARAMETERS.json OUTPUT.S

Two streams of instructions that are independent of each other become one, since together they fill the pipes
of the CPU:

    rounds     256 times: load 8 bytes of W + K to xmm0, then sha256rnds2; these are eight chains, and do two
               rounds at a time
    schedule   W of eight other messages, a word of all lanes in each register, and W + K as the rounds want
               it

The streams begin with a *front* of 16 sha256rnds2, two of each chain, during which the block becomes
W[0..15]. Then come three turns of a *loop* of 80 sha256rnds2, during each of which the sixteen words of W are
replaced by the next sixteen: 16 + 3 x 80 = 256, and 16 + 3 x 16 = 64. So the streams end together and run at
an even rate. The code is small, 12 KB in all and 4 KB for an operation, because it is to stay in the CPU's
cache of decoded instructions whatever else runs between the calls. Unrolled it would be three times as long;
such a kernel lost 4 cycles on Zen 4 to 600 instructions of other code.

Functions; all have the parameters that sha256_shani_avx512vl.c declares.
    _message         rounds; schedule of a block of two message slots, xored
    _digest          rounds; schedule of a block whose first half is a digest, xored
    _padded          rounds; schedule of a digest and its padding, so that half of the block is constant
    _message_alone, _digest_alone   no rounds: for the first operation of the pipeline
    _rounds          no schedule: for the last one

Registers
    rdi              W + K to read; moves on
    rsi, rdx         the state to read, and the dst to write
    rcx              W + K to write; moves on. At first, the word that the block is xored with lies in the
                     first lane of what will be W[15] in the ring.
    r8, r9           lo or the digest, and hi
    r10              the ring
    r11              K; moves on
    eax              the turns that are left
    xmm0             the W + K of the next sha256rnds2, which wants it there
    xmm1 to xmm15    states: 15 of the 16 halves, since SHA-NI can name no other registers. A half of lane 3
                     and one of lane 7 share xmm1, and the one that waits is in xmm16 or xmm17. To exchange
                     them takes two moves, which cost no pipe.
    ymm18 to ymm31   the schedule; registers() gives them out

Memory
    message slot     eight rows; a row has one word of lanes 0 to 7
    state slot       F E B A (the lowest word first) of lanes 0 4 1 5 2 6 3 7, then H G D C of the same lanes.
                     The rounds load and store it as it is, and eight shuffles of four such 16 bytes make rows
                     of a digest.
    W + K            for each two words, 8 bytes of each of the lanes 0 1 4 5 2 3 6 7, as unpacking two rows
                     leaves them
    ring             row t % 16 is W[t]. The ring lies behind the W + K that are made with it. No load from
                     one then has the lower 12 bits of the address of a recent store to the other, which would
                     cost 1.5 cycles.

Pipes of Zen 4, for which this was made; vectors of 256 bits or less, per compression
    sha256rnds2 goes to FP0 or FP1, one per cycle, with a latency of 4: 32 cycles, which are the limit. 24
    rotates share FP0 and FP1 with it, 12 shifts go to FP2 or FP3, and 26 xors, 28 additions and 8 unpacks go
    to any of the four: 130 operations, 32.5 cycles. A padded digest takes 119. For eight lanes these are
    1,596 instructions, which at six a cycle take 33 cycles per compression. There are two xors in the place
    of a vpternlogd, since that is never issued in the same cycle as a sha256rnds2. xmm0 is loaded by the EVEX
    form of vmovq. The legacy form merges, which costs 25 %; and EVEX counts displacements in operands, so
    that one byte is enough for them. Operations are given to pipes by their place among the six that are
    dispatched together, so that a sha256rnds2 should not always have the same place. Its distances from the
    one before are a pattern, `distances`, and the order of the schedule comes from the times at which its
    operations would like to run. sha256_shani_avx512vl_search.py looks for better ones.
On Zen 5, as on Intel's CPUs, a sha256rnds2 is issued every second cycle: there the limit is 64, with room
beside it.
"""
import json
import sys
from functools import partial

from sha256_words import K, M32, PADDING, sigma0, sigma1

ORDER = [7, 0, 1, 2, 4, 5, 7, 6, 3, 0, 1, 2, 4, 5, 3, 6]  # the lanes of 16 sha256rnds2
SHARED, WAITING, SPARE = 1, 16, 17  # registers of lanes 3 and 7
CDGH = {7: SHARED, 3: SHARED, 0: 2, 1: 3, 2: 4, 4: 5, 5: 6, 6: 7}  # by lane, the register
ABEF = {lane: 8 + lane for lane in range(8)}
SCHEDULE = range(18, 32)
IN_STATE = {lane: place for place, lane in enumerate([0, 4, 1, 5, 2, 6, 3, 7])}
IN_PAIR = {lane: place for place, lane in enumerate([0, 1, 4, 5, 2, 3, 6, 7])}
FRONT, LOOP = len(ORDER), 5 * len(ORDER)
PAIR = 64  # bytes of two words + K of all lanes
N_PAIRS = 32

constants = []  # the words that the code needs in memory; rax points to them


def constant(*words):
    """The operand that names these words in memory."""
    constants.extend(word & M32 for word in words)
    return f"[rax+{4 * (len(constants) - len(words))}]"


# ---- the schedule: operations, and the times at which they would like to run ----


class Op:
    """An instruction of the schedule, and the register that it writes, if it writes one.

    In its text, {0} and {1} are the registers of its inputs and {to} is its own; vpternlogd writes to that of
    its first input. It runs after its inputs, and after the operations on memory that it must not overtake.
    """

    def __init__(self, text, time, inputs, after, latency):
        self.text, self.inputs, self.before = text, inputs, [*inputs, *after]
        self.latency = latency
        self.time = max([time] + [op.time + op.latency for op in self.before])


class Schedule:
    """The operations that make W + K of a block, or a part of them. Times count in sha256rnds2."""

    def __init__(self, alone=False):
        self.alone = alone  # without rounds
        self.ops = []
        self.rows = {}  # by t, the operation whose register has W[t]
        self.stored, self.loads = {}, {}  # by t, what stores W[t] to the ring and what loads it

    def op(self, time, text, *inputs, after=(), latency=1):
        self.ops.append(Op(text, time, inputs, after, latency))
        return self.ops[-1]

    def load(self, time, address):
        return self.op(time, f"vmovdqa32 ymm{{to}}, {address}", latency=4)

    def binary(self, time, name, x, y, *immediate):
        return self.op(time, ", ".join([f"{name} ymm{{to}}, ymm{{0}}, ymm{{1}}", *immediate]), x, y)

    def shift(self, time, name, x, n):
        return self.op(time, f"{name} ymm{{to}}, ymm{{0}}, {n}", x)

    def add_word(self, time, x, address):
        return self.op(time, f"vpaddd ymm{{to}}, ymm{{0}}, dword ptr {address}{{{{1to8}}}}", x)

    def store(self, time, x, address, after=()):
        return self.op(time, f"vmovdqa32 {address}, ymm{{0}}", x, after=after)

    # ---- the ring ----

    def from_ring(self, time, text, t, *inputs, latency=1):
        after = [self.stored[t]] if t in self.stored else []
        op = self.op(time, f"{text}, [r10+{t % 16 * 32}]", *inputs, after=after, latency=latency)
        self.loads.setdefault(t, []).append(op)
        return op

    def row(self, time, t):
        """W[t] in a register."""
        if t not in self.rows:
            self.rows[t] = self.from_ring(time, "vmovdqa32 ymm{to}", t, latency=4)
        return self.rows[t]

    def add_row(self, time, x, t):
        if x is None:
            return self.from_ring(time - 4, "vmovdqa32 ymm{to}", t, latency=4)
        if t in self.rows:
            return self.binary(time, "vpaddd", x, self.rows[t])
        return self.from_ring(time, "vpaddd ymm{to}, ymm{0}", t, x)

    def new_row(self, time, t, x):
        self.rows[t] = x
        self.stored[t] = self.store(time, x, f"[r10+{t % 16 * 32}]", self.loads.get(t - 16, []))

    # ---- parts of the schedule ----

    def sigma(self, times, x, i, j, shift):
        a, b = self.shift(times[0], "vprord", x, i), self.shift(times[1], "vprord", x, j)
        c = self.shift(times[2], "vpsrld", x, shift)
        if self.alone:
            return self.op(times[3], "vpternlogd ymm{0}, ymm{1}, ymm{2}, 0x96", a, b, c)
        return self.binary(times[4], "vpxord", self.binary(times[3], "vpxord", a, b), c)

    def pair(self, time, t, out, k):
        """Stores W + K of words t and t + 1 at offset out. k is the offset of their constants in K."""
        x = self.add_word(time, self.rows[t], f"[r11+{k}]")
        y = self.add_word(time + .5, self.rows[t + 1], f"[r11+{k + 4}]")
        self.store(time + 3, self.binary(time + 1.5, "vpunpckldq", x, y), f"[rcx+{out}]")
        self.store(time + 4, self.binary(time + 2, "vpunpckhdq", x, y), f"[rcx+{out + 32}]")

    def constant_pair(self, time, word, next_word, out):
        x = self.op(time, f"vpbroadcastq ymm{{to}}, qword ptr {constant(word, next_word)}", latency=4)
        self.store(time + 4, x, f"[rcx+{out}]")
        self.store(time + 4.5, x, f"[rcx+{out + 32}]")


def digest(s, pattern):
    """Makes rows 0 to 7 of the digest in a state slot, and xors them unless pattern is None."""
    for plane in (0, 1):
        y = [s.load(plane, f"[r8+{128 * plane + 32 * i}]") for i in range(4)]
        for t, unpack in ((2 * plane, "vpunpckhqdq"), (2 * plane + 4, "vpunpcklqdq")):
            # two words of lanes 0 1 4 5 and two of lanes 2 3 6 7; the shuffles make one word of all lanes
            left, right = s.binary(t, unpack, y[0], y[1]), s.binary(t, unpack, y[2], y[3])
            for row, pick in ((t, "0xdd"), (t + 1, "0x88")):
                x = s.binary(t + 1, "vshufps", left, right, pick)
                s.new_row(t + 3, row, s.binary(t + 2, "vpxord", x, pattern) if pattern else x)


def message(s, pattern, first, base):
    """Makes rows first to first + 7 of a message slot, and xors them."""
    for i in range(8):
        t = first + i
        s.new_row(t, t, s.op(t - 2, f"vpxord ymm{{to}}, ymm{{0}}, [{base}+{32 * i}]", pattern))


def front(head, tail):
    """Puts W[0..15] into the ring, and their pairs into W + K.

    head says what the first half of the block is, "message" or "digest", and tail the second half, "message"
    or "padding".
    """
    s = Schedule()
    pattern = None
    if tail == "message":
        pattern = s.op(0, f"vpbroadcastd ymm{{to}}, dword ptr [r10+{15 * 32}]", latency=4)
        message(s, pattern, 8, "r9")
    if head == "message":
        message(s, pattern, 0, "r8")
    else:
        digest(s, pattern)
    for t in range(0, 16, 2):
        if t in s.rows:
            s.pair(t + 1, t, t // 2 * PAIR, 4 * t)
        else:
            s.constant_pair(t, PADDING[t] + K[t], PADDING[t + 1] + K[t + 1], t // 2 * PAIR)
    return s


def turn(part, known={}, alone=False):
    """Computes W[16..31] from W[0..15], and their pairs.

    known has those of the words that are constants. The times in part are: from each two words to the next
    two (step) and from the first of the two to the second (second); from there to the operations of sigma0
    and of sigma1, of which the first is a load, and to the additions of W[t-16], W[t-7] and a constant (add);
    and from the sum to the pair (pair). alone says that no rounds run beside it.
    """
    s = Schedule(alone)
    for q in range(8):
        for t in (16 + 2 * q, 17 + 2 * q):
            base = part["step"] * q + part["second"] * (t % 2)
            at = {name: [base + time for time in part[name]] for name in ("sigma0", "add", "sigma1")}
            x, c = None, 0
            if t - 15 in known:
                c += sigma0(known[t - 15])
            else:
                x = s.sigma(at["sigma0"][1:], s.row(at["sigma0"][0], t - 15), 7, 18, 3)
            if t - 2 in known:
                c += sigma1(known[t - 2])
            for i, term in enumerate((t - 16, t - 7)):
                if term in known:
                    c += known[term]
                else:
                    x = s.add_row(at["add"][i], x, term)
            if c & M32:
                x = s.add_word(at["add"][2], x, constant(c))
            if t - 2 not in known:
                y = s.sigma(at["sigma1"][1:], s.row(at["sigma1"][0], t - 2), 17, 19, 10)
                x = s.binary(at["sigma1"][6], "vpaddd", x, y)
            s.new_row(x.time + 1, t, x)
        s.pair(s.rows[t].time + part["pair"], t - 1, (8 + q) * PAIR, 4 * (t - 1))
        s.rows = {row: s.rows[row] for row in (t - 15, t - 1, t) if row in s.rows}  # the ring has the others
    return s


# ---- the rounds: groups of instructions, of which the last is a sha256rnds2 ----

# Before the sha256rnds2 with these numbers, lanes 3 and 7 exchange what is in their shared register.
EXCHANGE = {0: [f"vmovdqa32 xmm{SPARE}, xmm{SHARED}", f"vmovdqa32 xmm{SHARED}, xmm{WAITING}"],
            8: [f"vmovdqa32 xmm{WAITING}, xmm{SHARED}", f"vmovdqa32 xmm{SHARED}, xmm{SPARE}"]}


def rounds(n, first_pair):
    """Makes n groups, a multiple of len(ORDER). Lane 3 has the shared register before and after them."""
    groups, done = [], dict.fromkeys(range(8), 0)
    for i in range(n):
        lane = ORDER[i % len(ORDER)]
        to, other = (CDGH[lane], ABEF[lane])[::-1 if done[lane] % 2 else 1]
        offset = PAIR * (first_pair + done[lane]) + 8 * IN_PAIR[lane]
        groups.append([*EXCHANGE.get(i % len(ORDER), []),
                       f"{{evex}} vmovq xmm0, [rdi+{offset}]", f"sha256rnds2 xmm{to}, xmm{other}"])
        done[lane] += 1
    return groups


def state(lane):
    """The two registers of a lane before and after rounds(), and their places in a state slot."""
    place = 16 * IN_STATE[lane]
    return (ABEF[lane], place), (WAITING if lane == 7 else CDGH[lane], 128 + place)


def load(lane):
    return [f"vmovdqa32 xmm{register}, [rsi+{place}]" for register, place in state(lane)]


def front_rounds():
    """Loads each lane before its first sha256rnds2.

    Lane 3 is loaded before all others, since it has the register that lane 7 wants.
    """
    groups = rounds(FRONT, 0)
    for lane in range(8):
        first = groups[0 if lane == 3 else ORDER.index(lane)]
        first[:0] = load(lane)
    return groups


def feed_forward():
    """Adds the old state and stores the new one, beginning with the lanes that are done first."""
    lines = []
    for lane in sorted(range(8), key=lambda lane: -ORDER[::-1].index(lane)):
        for register, place in state(lane):
            lines += [f"vpaddd xmm{register}, xmm{register}, [rsi+{place}]",
                      f"vmovdqa32 [rdx+{place}], xmm{register}"]
    return lines


# ---- two streams of instructions become one ----


def merge(groups, ops, distances):
    """Puts the operations of the schedule between the groups of the rounds.

    distances says, as a pattern, how many instructions there are from one sha256rnds2 to the next. The
    pattern is kept as long as the operations stay within three of an even rate. Those that are left come
    last.
    """
    merged, n = [], 0
    for i, group in enumerate(groups):
        even = len(ops) * (i + 1) / len(groups)
        take = distances[i % len(distances)] - len(group)
        take = int(min(max(take, even - 3 - n, 0), max(even + 3 - n, 0)))
        merged += ops[n:n + take] + group
        n += take
    return merged + ops[n:]


def registers(merged):
    """The text of the instructions. A value has a register from its operation to its last use."""
    last = {value: op for op in merged if isinstance(op, Op) for value in op.inputs}
    free, given, seen, lines = list(SCHEDULE), {}, set(), []
    for op in merged:
        if isinstance(op, str):
            lines.append(op)
            continue
        assert seen.issuperset(op.before), f"this operation is before one that it needs: {op.text}"
        seen.add(op)
        inputs = [given[value] for value in op.inputs]
        free += [given[value] for value in dict.fromkeys(op.inputs) if last[value] is op]
        if op.text.startswith("vpternlogd"):
            free.remove(inputs[0])
            given[op] = inputs[0]
        if "{to}" in op.text:
            if not free:
                raise SystemExit("the schedule needs more registers: shorten the times")
            given[op] = free.pop(0)
        lines.append(op.text.format(*inputs, to=given.get(op)))
    return lines


# ---- the file ----

NAME = "sha256_shani_avx512vl"
BEGIN = ["vzeroupper", "lea rax, [rip+constants]", f"lea r10, [rcx+{N_PAIRS * PAIR}]",
         "lea r11, [rip+sha256_k]"]
SCHEDULE_ON = [f"add rcx, {8 * PAIR}", "add r11, 64"]


def rounds_on(n):
    return [f"add rdi, {n // 8 * PAIR}"]


def loop(label, turns, lines):
    return [f"mov eax, {turns}", ".balign 64", f"{label}:", *lines, "dec eax", f"jnz {label}"]


def functions(parameters):
    """The name and the lines of each function, in their order in memory."""
    def code(name, groups, schedule):
        part = parameters[name]
        ops = sorted(schedule.ops, key=lambda op: op.time)
        return registers(merge(groups, ops, part["distances"]))

    def start(head, tail="message"):
        return [*BEGIN, *code("front", front_rounds(), front(head, tail))]

    def start_alone(head):
        return [*BEGIN, *code("front", [], front(head, "message"))]

    turn_rounds = rounds(LOOP, FRONT // 8)
    turn_on = [*SCHEDULE_ON, *rounds_on(LOOP)]
    any_turn = turn(parameters["loop"])
    padded_turn = turn(parameters["padded"], PADDING)
    turn_alone = turn(parameters["loop"], alone=True)

    yield "padded", [*start("digest", "padding"), *code("padded", turn_rounds, padded_turn), *turn_on,
                     "mov eax, 2", "jmp turns"]
    yield "digest", [*start("digest"), "mov eax, 3", "jmp turns"]
    yield "message", [*start("message"), *loop("turns", 3, code("loop", turn_rounds, any_turn) + turn_on),
                      "finish:", *feed_forward(), "ret"]
    yield "rounds", ["vzeroupper", *(line for lane in range(8) for line in load(lane)),
                     *loop("rounds", 16, sum(rounds(FRONT, 0), []) + rounds_on(FRONT)), "jmp finish"]
    yield "digest_alone", [*start_alone("digest"), "mov eax, 3", "jmp turns_alone"]
    yield "message_alone", [*start_alone("message"),
                            *loop("turns_alone", 3, code("loop", [], turn_alone) + SCHEDULE_ON), "ret"]


def write(file, parameters):
    put = partial(print, file=file)
    put(f"/* {NAME}.py wrote this, and says how to read it. */")
    put("#ifdef __CET__\n#include <cet.h> /* marks the object as fit for CET */\n#endif")
    put("        .intel_syntax noprefix\n        .text\n        .hidden sha256_k")
    constants.clear()
    for name, lines in functions(parameters):
        symbol = f"{NAME}_{name}"
        put(f"\n        .globl {symbol}\n        .hidden {symbol}\n        .type {symbol}, @function")
        put(f"        .balign 64\n{symbol}:\n        .cfi_startproc\n        endbr64")
        for line in lines:
            put(line if line.endswith(":") else f"        {line}")
        put(f"        .cfi_endproc\n        .size {symbol}, .-{symbol}")
    put("\n        .section .rodata\n        .balign 64\nconstants:")
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
