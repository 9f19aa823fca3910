"""SHA-256 and SHA-512 in rows of 512 bits with AVX-512: a pipeline of operations, two at a time.

The generators of the kernels say what is particular to each.

A register has one word of every lane, and so has a row of a slot. Operations go through a pipeline. In a
step, the *old* operation does the second half of its rounds and the *new* one the first half, and these two
streams of instructions become one. In the next step the new operation is the old one. When an operation ends,
its state is added and stored, and that of the next one is loaded; the other operation, which is half done
then and stays in registers, fills the time that this takes.

Functions; rows_pipeline.h declares them.
    _steps           several steps
    _begin, _end     the first half of an operation, and the second half, alone

Code
    A body is eight rounds, after which a to h are in the same registers as before. A step runs two bodies
    again and again: one in which the new stream finds the words of its rounds in memory, and one in which it
    computes them. The old stream computes its words in both. Where words of the padding are known, a digest
    has two bodies in the place of the second one. Two more bodies are for a stream alone. The code is small
    because it is to stay in the CPU's cache of decoded instructions whatever else runs between the calls.

Registers
    rdi, rsi         struct operation of the old operation, behind which is that of the new one; the steps
                     that are still to be done
    rdx, r11         the old stream: its words t - 16 to t - 9, which become t to t + 7; and t - 8 to t - 1
    r8, r9           the new stream: its words t - 16 to t - 9, first lo; and t - 8 to t - 1, first hi
    rcx, r10         the new stream: the place of its words t to t + 7, and that of the next eight
    rax, rbx         K of the new stream, and how often a body is still to be run
    zmm0 to zmm7     a to h of the old stream
    zmm8 to zmm15    a to h of the new stream
    zmm16 to zmm31   everything else; registers() gives them out

Memory
    struct ring has two halves of eight words each, which words of the schedule replace in turn. A block that
    is xored, or made of several parts, is put there at first. The words of other blocks are read from their
    slots, so that the first 16 rounds need no instructions of their own for them.

Pipes of Zen 5, for which this was made
    Rotates go to two of the four pipes, and shifts to the other two. A result is there after 2 cycles; that
    of vpternlog comes 3 cycles after two of its inputs, and 2 after the one that it overwrites, for which the
    rotate that comes last is taken. From one e to the next it is 9 cycles: three rotates, of which two are
    issued in a cycle, vpternlog, and two additions. A round of two streams takes 14 cycles, in which that is
    done if the streams are evenly mixed.

Order
    The times of operations (sha2_streams.py) are in the parameters, for each body: the new stream has words
    that are given, or that are computed, or some that are known, or is alone. The new stream begins `lag`
    rounds behind the old one.
"""
from sha2_streams import ROW, RingStream, in_order, registers, write_assembler
from sha256_words import M32, sigma0, sigma1

HALF = 8 * ROW
STATE = 2 * HALF  # struct ring
DST, STATE_BEFORE, DIGEST, LO, HI_DIGEST, HI, XOR_BYTE, HINTS = range(0, 8 * 8, 8)  # struct operation
DIGEST_WORDS, HI_DIGEST_WORDS = HINTS + 4, HINTS + 6
OPERATION_BYTES = 64
PADDED_DIGEST = 1
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


def body(sha, constants, parameters, together, computed, known=None):
    """The lines of a body.

    together: with the old stream. computed: the new stream computes its words; known: those of the sixteen
    words before that are known, by number.
    """
    k = f"rax+{sha.rounds // 2 * sha.word_bytes}"
    old = RingStream(0, "rdx", "r11", "rdx", k, sha, "old", parameters)
    new = 8, "r8", "r9", "rcx", "rax", sha, "new", parameters, parameters["lag"] if together else 0
    new = PaddedStream(known, constants, *new) if known else RingStream(*new)
    ops = new.rounds(new.schedule if computed else lambda i: None)
    lines = registers(in_order(ops + old.rounds(old.schedule) if together else ops), TEMPORARIES)
    if together:
        lines.append("xchg rdx, r11")
    if computed:
        lines += ["mov r8, r9", "mov r9, rcx", "xchg rcx, r10"]
    else:
        lines.append("xchg r8, r9")
    return [*lines, f"add rax, {8 * sha.word_bytes}"]


# ---- functions ----

OLD, NEW = range(8), range(8, 16)  # registers of a to h


def each_word(text, state, offset=0, order=(4, 5, 6, 7, 3, 0, 1, 2)):
    """An instruction for each word of a state, those first that the next round needs first."""
    return [text.format(f"zmm{state[j]}", offset=offset + ROW * j) for j in order]


def load_half_done(state, ring):
    return each_word(f"vmovdqa32 {{}}, [{ring}+{{offset}}]", state, STATE)


def store_half_done(state, ring):
    return each_word(f"vmovdqa32 [{ring}+{{offset}}], {{}}", state, STATE)


def begin_operation(operation, block):
    """Loads the state of an operation, and makes r8 and r9 point to its block. `block` is a label."""
    return [f"mov rax, [{operation}+{STATE_BEFORE}]", *each_word("vmovdqa32 {}, [rax+{offset}]", NEW),
            f"mov r8, [{operation}+{LO}]", f"mov r9, [{operation}+{HI}]",
            f"mov rax, [{operation}+{DIGEST}]", "test rax, rax", "cmovnz r8, rax",
            f"cmp qword ptr [{operation}+{XOR_BYTE}], 0", f"jne make_{block}",
            f"cmp qword ptr [{operation}+{HI_DIGEST}], 0", f"jne make_{block}",
            f"cmp word ptr [{operation}+{DIGEST_WORDS}], 8", f"jne make_lo_of_{block}", f"{block}:"]


def make_block(operation, block):
    """Puts a block that is xored, or whose second half begins with a digest, in the place of the first words
    of the schedule, and makes r8 and r9 point to that. Where words behind a digest are all that the block
    needs, this is done for the first half alone."""
    def half(pointer, to, message, n_digest_words):
        lines = [f"vpbroadcastb zmm16, byte ptr [{operation}+{XOR_BYTE}]"]
        for i in range(8):
            if i:  # the pointer is that to the digest up to its last word
                lines += [f"cmp word ptr [{operation}+{n_digest_words}], {i}", f"cmovbe {pointer}, {message}"]
            lines += [f"vpxord zmm{17 + i}, zmm16, [{pointer}+{ROW * i}]",
                      f"vmovdqa32 [{to}+{ROW * i}], zmm{17 + i}"]
        return [*lines, f"mov {pointer}, {to}"]

    return [f"make_{block}:", f"mov rax, [{operation}+{HI_DIGEST}]", "test rax, rax", "cmovnz r9, rax",
            *half("r9", "r10", f"[{operation}+{HI}]", HI_DIGEST_WORDS),
            f"make_lo_of_{block}:", *half("r8", "rcx", f"[{operation}+{LO}]", DIGEST_WORDS), f"jmp {block}"]


def end_operation(sha, operation, state):
    """Adds the old state and stores the new one, beginning with the words that are there first."""
    order = (7, 3, 6, 2, 5, 1, 4, 0)
    return [f"mov rax, [{operation}+{STATE_BEFORE}]",
            *each_word(f"vpadd{sha.suffix} {{0}}, {{0}}, [rax+{{offset}}]", state, order=order),
            f"mov rax, [{operation}+{DST}]",
            *each_word("vmovdqa32 [rax+{offset}], {}", state, order=order)]


def loop(label, lines):
    """Lines that run ebx times. A jump leads to them: where the code above runs into such a loop, handshakes
    take 2 % longer on Zen 5."""
    return [".balign 64", f"{label}:", *lines, "dec ebx", f"jnz {label}"]


# What debuggers and profilers need to find the caller goes with each change of the stack pointer.
SAVE_RBX = ["push rbx", ".cfi_adjust_cfa_offset 8", ".cfi_rel_offset rbx, 0"]
RESTORE_RBX = ["pop rbx", ".cfi_adjust_cfa_offset -8", ".cfi_restore rbx"]


def functions(sha, constants, parameters, padding):
    """The name and the lines of each function."""
    def rounds(part, *arguments):
        return body(sha, constants, parameters[part], *arguments)

    # Half an operation has two bodies of words that are given, and so many of words that are computed.
    n_computed = sha.rounds // 16 - 2
    # The halves of a ring have changed places when an operation is half done, if that number is odd.
    halves = (0, HALF) if n_computed % 2 == 0 else (HALF, 0)
    old, new = "rdi", f"rdi+{OPERATION_BYTES}"

    def point_to_halves(far, near, ring):
        return [f"lea {near}, [{ring}+{halves[1]}]", f"lea {far}, [{ring}+{halves[0]}]"]

    steps = [
        *SAVE_RBX, f"lea r10, [rcx+{HALF}]", *load_half_done(OLD, "rdx"),
        *point_to_halves("rdx", "r11", "rdx"),
        ".balign 64", "step:", *begin_operation(new, "block_of_step"), f"lea rax, [rip+{sha.k}]",
        "mov ebx, 2", "jmp given_words", *loop("given_words", rounds("given", True, False)),
        f"mov ebx, {n_computed}"]
    if padding:
        near, far = ({t - 8 - distance: word for t, word in padding.items()} for distance in (8, 16))
        steps += [f"test byte ptr [{new}+{HINTS}], {PADDED_DIGEST}", "jz computed_words",
                  *rounds("near_padding", True, True, near), *rounds("far_padding", True, True, far),
                  "jmp end_of_step"]
    else:
        steps.append("jmp computed_words")
    steps += [
        *loop("computed_words", rounds("computed", True, True)),
        "end_of_step:", *end_operation(sha, old, OLD), f"add rdi, {OPERATION_BYTES}", "dec rsi",
        "jz end_of_steps", *(f"vmovdqa32 zmm{x}, zmm{y}" for x, y in zip(OLD, NEW)),
        "xchg rdx, rcx", "xchg r11, r10", "jmp step",
        "end_of_steps:", *store_half_done(NEW, f"rcx-{halves[0]}"),
        ".cfi_remember_state", *RESTORE_RBX, "vzeroupper", "ret", ".cfi_restore_state"]
    yield "steps", [*steps, *make_block(new, "block_of_step")]
    yield "begin", [
        *SAVE_RBX, "mov rcx, rsi", f"lea r10, [rsi+{HALF}]", *begin_operation("rdi", "block_of_begin"),
        f"lea rax, [rip+{sha.k}]",
        "mov ebx, 2", "jmp given_words_alone", *loop("given_words_alone", rounds("alone", False, False)),
        f"mov ebx, {n_computed}", "call computed_words_alone",
        *store_half_done(NEW, f"rcx-{halves[0]}"),
        ".cfi_remember_state", *RESTORE_RBX, "vzeroupper", "ret", ".cfi_restore_state",
        *make_block("rdi", "block_of_begin")]
    yield "end", [
        *SAVE_RBX, *load_half_done(NEW, "rsi"), *point_to_halves("r8", "r9", "rsi"), "mov rcx, r8",
        "mov r10, r9",
        f"lea rax, [rip+{sha.k}+{sha.rounds // 2 * sha.word_bytes}]",
        f"mov ebx, {n_computed + 2}", "call computed_words_alone",
        *end_operation(sha, "rdi", NEW), *RESTORE_RBX, "vzeroupper", "ret",
        *loop("computed_words_alone", rounds("alone", False, True)), "ret"]


def generator(sha, name, padding=None):
    """The function write() of a kernel's generator. padding: the words behind a digest of eight words as the
    second half of a block, by number, if the kernel is to compute with them as constants."""
    def write(file, parameters):
        constants = Constants()
        lines = list(functions(sha, constants, parameters, padding))
        write_assembler(file, sha, name, lines, constants.words)
    return write
