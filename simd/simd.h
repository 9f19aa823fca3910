/*
 * The contract between the engine and the kernels, which compute hashes in lanes.
 *
 * A kernel is a small vector machine. Its registers are called *slots*: a slot holds eight words of a hash
 * for each of the kernel's independent *lanes*. A chaining value takes one slot; a message block takes two,
 * `lo` with words 0 to 7 and `hi` with words 8 to 15. Where a chaining value has fewer than eight words, a
 * kernel ignores the others when it reads the slot and makes them zero when it stores it.
 *
 * Slots lie in a *bank*, an array of slots in the engine's memory. The machine has one operation,
 *
 *     slot[dst] = compress(slot[state], block)
 *
 * and a *program* is a straight line of such operations, which all lanes of a bank go through in lockstep. A
 * kernel knows nothing of HMAC, TLS, padding or the lengths of jobs: to a kernel all of these are words in
 * message slots.
 *
 * The layout of a slot is the kernel's own. There may be two layouts, one of *state* slots (written by `dst`
 * and load_state(), read by `state`, `digest`, `hi_digest` and store_state()) and one of *message* slots
 * (written by load_message(), read by `lo` and `hi`). The engine computes addresses of slots and never looks
 * inside.
 *
 * A kernel always computes all of its lanes, so that no kernel needs masks. In lanes that the engine has no
 * job for, inputs may be anything, and the engine never reads the outputs.
 *
 * No branch and no address in a kernel may depend on the contents of a slot, since these are secret.
 */
#ifndef SIMD_SIMD_H
#define SIMD_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- limits ---- */

/* By the ABI of s390x every frame has room for the registers that a callee saves: what is said of the stack
 * for other CPUs does not hold without these bytes. */
#ifdef __s390x__
enum { SIMD_FRAME_BYTES = 160 };
#else
enum { SIMD_FRAME_BYTES = 0 };
#endif

/* Start-up refuses a kernel that exceeds one of these limits: the engine has no room for it, or would not
 * wipe all that it leaves behind. */
enum {
    SIMD_MAX_LANES = 64,
    SIMD_MAX_TASKS_IN_FLIGHT = 16,
    SIMD_MAX_SLOT_BYTES = 2048,                     /* all lanes together */
    SIMD_MAX_TASKS_BYTES = 8 * SIMD_MAX_SLOT_BYTES, /* a slot of each task in flight together */
    SIMD_MIN_LANE_BYTES = 32,                       /* a lane's part of a slot: eight words of four bytes */
    SIMD_MAX_LANE_BYTES = 64,                       /* and of eight bytes */
    SIMD_MAX_STACK_BYTES = 640 + 2 * SIMD_FRAME_BYTES,
    SIMD_MAX_SCRATCH_BYTES = 8192
};

/* The scratch of a kernel that has run_tasks() may lie on a stack and is no larger than the first number, and
 * the scratch of a portable kernel is never larger than the second. */
enum { SIMD_ONE_LANE_SCRATCH = 512, SIMD_SCALAR_SCRATCH = 128 };

/* ---- families of hash functions ---- */

/* The hash functions of a family have the same compression function. Every family has blocks of 16 words. */
enum simd_family {
    SIMD_SHA256, /* SHA-256, SHA-224 */
    SIMD_SHA512, /* SHA-512, SHA-384 */
    SIMD_MD5,
    SIMD_SHA1,
    SIMD_N_FAMILIES
};

/* families.c: what the kernels of a family have in common. */
struct simd_family_properties {
    const char *name; /* that of the first hash of the family: "sha256" */
    uint8_t word_bytes;
    uint8_t state_words; /* words of a chaining value, up to 8 */
    bool little_endian;  /* of a word, and of the length of a message, the lowest byte comes first */
    const struct simd_kernel *scalar;     /* the portable kernel, which may be used before simd_start() */
    uint8_t initial[SIMD_MAX_LANE_BYTES]; /* the first hash's initial chaining value, in its byte order */
};
extern const struct simd_family_properties simd_families[SIMD_N_FAMILIES];

static inline const char *simd_family_name(enum simd_family family)
{
    return simd_families[family].name;
}

static inline const struct simd_kernel *simd_scalar(enum simd_family family)
{
    return simd_families[family].scalar;
}

static inline size_t simd_word_bytes(enum simd_family family)
{
    return simd_families[family].word_bytes;
}

static inline unsigned simd_state_words(enum simd_family family)
{
    return simd_families[family].state_words;
}

/* A lane's part of a slot. */
static inline size_t simd_lane_bytes(enum simd_family family)
{
    return 8 * simd_word_bytes(family);
}

/* ---- programs ---- */

/* What stands in an operation in the place of a slot that it does not use. */
enum { SIMD_NO_SLOT = 0xff };

/* The values of xor_byte besides 0: ipad and opad of HMAC (RFC 2104). The pads of SSLv3 have the same bytes.
 */
enum { SIMD_IPAD = 0x36, SIMD_OPAD = 0x5c };

/* A hint tells a kernel of a shortcut that gives the same result. A kernel may ignore any hint. */
enum simd_hint {
    /* `digest` is a slot of eight words, `hi_digest` is SIMD_NO_SLOT, xor_byte is 0, and `hi` holds in every
     * lane the padding that follows a digest as the second block of a message. This is the outer hash of an
     * HMAC, and the inner one of A(i) for i > 1. The kernel may compute with the words of that padding as
     * constants. */
    SIMD_PADDED_DIGEST = 1
};

/*
 * One compression in every lane. The operands are numbers of slots in the bank.
 *
 * The block is made in three steps. It begins as lo | hi. Unless `digest` is SIMD_NO_SLOT, its first
 * `digest_words` words (the program's number) are replaced by those of the state slot `digest`; and unless
 * `hi_digest` is SIMD_NO_SLOT, the first `hi_digest_words` words of hi by those of the state slot
 * `hi_digest`. Then every byte is xored with `xor_byte`. `lo` may be SIMD_NO_SLOT if a digest of eight words
 * takes its place; `hi` is always a slot. `dst` may be the same slot as `state`, `digest` or `hi_digest`.
 *
 * With both digests a program can take for a key what it has computed itself, and what is longer than one
 * digest: a master secret of 48 bytes is eight words of a digest of SHA-256 and four of another one.
 *
 * `gap` says how many of the operations directly before this one are independent of it: none of them writes a
 * slot that this operation reads or writes, and none reads the slot that it writes. Operations in a row are
 * independent of each other, and may run in any order or interleaved, if the gap of each reaches back to the
 * first of them.
 */
struct simd_op {
    uint8_t dst, state;
    uint8_t digest, lo;
    uint8_t hi_digest, hi;
    uint8_t xor_byte;
    uint8_t hints; /* enum simd_hint, or-ed */
    uint8_t gap;
};

/* A program never changes, holds no secrets, and is the same for every kernel of its family. */
struct simd_program {
    const struct simd_op *ops; /* which no other program has */
    uint16_t n_ops;            /* 1 or more */
    uint8_t n_slots;           /* the operations use slots 0 to n_slots - 1 of a bank */
    uint8_t digest_words;      /* 1 .. simd_state_words(): of a digest that is a part of a block */
    uint8_t hi_digest_words;   /* 4 or 8, at most simd_state_words(): of a digest that begins hi */
};

/* A program, and a bank to run it on. */
struct simd_task {
    const struct simd_program *program;
    uint8_t *bank; /* 64-byte aligned */
};

/*
 * A kernel asks the feed for work. It numbers the tasks that it works on at the same time by *cursors*, 0 to
 * tasks_in_flight - 1. When a cursor's task is finished, or the cursor has had none yet, the kernel calls
 * next(): the engine takes back the finished task, gives the cursor another one and returns 1, or returns 0
 * if it has none at the moment. The cursor is idle then. The engine stages jobs and stores results in this
 * call, so that jobs of all shapes and phases flow through the kernel and never wait for each other.
 *
 * A task that is taken back may bring work for idle cursors. A kernel therefore calls next() for its idle
 * cursors again whenever tasks have been taken back, and returns from run() only when all cursors are idle.
 * The engine gives any task to any cursor: if it has no work for one idle cursor, it has none for the others
 * either, and the kernel need not ask for them.
 *
 * The compressions of other tasks may still be under way in the CPU when next() begins, but it overlaps with
 * them very little: the time of its instructions adds to that of the kernel. It gains by doing less, and
 * nothing by keeping to one kind of registers.
 */
struct simd_feed {
    int (*next)(struct simd_feed *feed, unsigned cursor, struct simd_task *task);
};

/* ---- columns ---- */

/* What a kernel with a stage() function has room for. Such a kernel has at most SIMD_COLUMN_LANES lanes, and
 * its message slots are eight rows of words of 32 or of 64 bits, one of each lane. Rows are numbered in steps
 * of SIMD_ROW_STEP, which saves a multiplication. */
enum {
    SIMD_COLUMN_LANES = 16,
    SIMD_ROW_STEP = 8,
    SIMD_MAX_COLUMNS = 12,
    SIMD_MAX_ROW_OPS = 128,
    SIMD_RAW_ROWS = 58,         /* of all columns, and one of zeros; an even number */
    SIMD_COLUMN_ALWAYS = 0xffff /* in the place of an offset: every lane has the bytes */
};

/* The kinds of row operations. The first kinds are those with shifts: by 0 bytes, 1, and so on, as many as a
 * word has. */
enum simd_row_op_kind { SIMD_COPIED_ROW = 8, SIMD_CONSTANT_ROW, SIMD_N_ROW_OP_KINDS };

/* What stage() does besides columns and row operations. */
enum simd_stage {
    SIMD_STAGE_KEYS = 1,     /* loads the columns of keys */
    SIMD_STAGE_CONSTANTS = 2 /* writes the rows that are the same in every lane: the bank lacks them */
};

/*
 * How the messages of a program are made of what lies behind pointers: the same for the lanes of all tasks of
 * the program. Every lane has some structs; they are told apart by a small number.
 *
 * A *column* is 16 or 32 bytes of each lane, whose words become rows of one word of every lane. They are
 * *raw* rows, in the kernel's scratch, or, where the words of a message are those of the column, rows of the
 * bank. A *row operation* makes one row of a message: of two raw rows and a constant word,
 *
 *     row of the bank = constant | first << shift | second >> (bits of a word - shift)
 *
 * where the shift is a multiple of 8. This does for a piece that begins in the middle of a word, for the word
 * in which two pieces meet, for the label in front of them and for the padding behind. A raw row of zeros
 * stands where there is only one source. Other operations copy a row of the bank that an operation with a
 * shift has made, or write a row that is the same in every lane.
 */
struct simd_columns {
    uint8_t n_columns;     /* 0: the program has none, and its messages go by load_message() */
    uint8_t n_key_columns; /* behind these: of keys whose length differs from job to job */
    /* By kind, in whose order they stand. */
    uint8_t n_ops[SIMD_N_ROW_OP_KINDS];
    uint8_t n_all_ops;
    struct simd_column {
        uint16_t pointer_at; /* where the struct of a lane has the pointer */
        uint16_t skip;       /* bytes between what it points to and the column */
        /* Where the struct has a size_t that is less than if_least if the lane has zeros in place of the
         * bytes; or SIMD_COLUMN_ALWAYS. */
        uint16_t if_at;
        uint16_t to; /* a raw row, or a row of the bank */
        uint8_t if_least;
        uint8_t which_struct;
        uint8_t n_words; /* those of 16 or of 32 bytes */
        bool is_in_bank;
    } columns[SIMD_MAX_COLUMNS];
    struct simd_row_op {
        uint16_t to;            /* a row of the bank */
        uint16_t first, second; /* raw rows, the row of zeros is the first of them; `first`: what is copied */
        uint64_t constant;
    } ops[SIMD_MAX_ROW_OPS];
};

/* ---- kernels ---- */

struct simd_kernel {
    const char *name;        /* "sha256_avx2": also that of its files and tests, and for LANEKDF_KERNEL */
    const char *description; /* a line for `lanekdf info` */
    enum simd_family family;
    uint32_t features;        /* enum simd_cpu, or-ed: the CPU must have all of them */
    uint16_t lanes;           /* 1 .. SIMD_MAX_LANES */
    uint16_t tasks_in_flight; /* cursors: 1 .. SIMD_MAX_TASKS_IN_FLIGHT */
    uint16_t vector_width;    /* bits */
    uint16_t stack_bytes;     /* that each function may write below its caller's frame, not counting next() */
    uint32_t scratch_bytes;   /* a multiple of 64, or 0 */

    /* Takes tasks from the feed and runs their programs, up to tasks_in_flight of them at the same time. It
     * may interleave operations that are independent: those of different tasks always are, those of one task
     * as `gap` says. It writes the dst slots and scratch, and nothing else. scratch is 64-byte aligned and
     * may hold anything. */
    void (*run)(struct simd_feed *feed, void *scratch);

    /* Runs n_tasks tasks, 1 .. tasks_in_flight, as run() does with a feed that has no others, and asks nobody
     * for more. A kernel of one lane has it if jobs that come alone may run on it; NULL for the others. */
    void (*run_tasks)(const struct simd_task *tasks, unsigned n_tasks, void *scratch);

    /* Fills n_slots message slots in a row. The words of lane l are the n_slots * 8 words at bytes + l *
     * stride, in the hash's byte order and of any alignment. With a stride of 0 every lane gets the same
     * words. If the kernel has one lane, `bytes` may be the slots themselves. */
    void (*load_message)(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots);

    /* Fills one state slot from bytes that are laid out as for load_message(): initial values, digests, or
     * what store_state() gave. */
    void (*load_state)(void *slot, const uint8_t *bytes, size_t stride);

    /* Writes the eight words of lane l to bytes + l * stride, in the hash's byte order. The lanes may be
     * written in any order and so must not overlap: stride is eight words or more, or anything if there is
     * one lane. */
    void (*store_state)(uint8_t *bytes, size_t stride, const void *slot);

    /* Stages the messages of a task by columns: reads them from the structs of every lane, which are at
     * lanes[which_struct][lane], and writes rows of the bank. `parts` are enum simd_stage, or-ed. It reads
     * the bytes of each column and none around them. It uses scratch, but what run() keeps there while it
     * asks for a task stays as it is. NULL: the kernel's messages go by load_message() alone. */
    void (*stage)(void *bank, const struct simd_columns *columns, unsigned parts,
        const void *const *const *lanes, void *scratch);

    /* Hashes n_blocks blocks, which lie one behind the other at `blocks`. `state` has the chaining value
     * before them, and then that behind them: the eight words that store_state() gives. Neither needs
     * alignment, and no slot and no scratch is used: this is for a message that is longer than any program,
     * whose bytes are read where they lie. Of two blocks and more it may write more of the stack than
     * stack_bytes, of which it has zeroed what lies below these when it returns. Kernels of one lane have the
     * function; it is NULL in others. */
    void (*hash_blocks)(uint8_t *state, const uint8_t *blocks, size_t n_blocks);

    /* Zeroes what run() and stage() may have left of messages and states in scratch; NULL if scratch_bytes is
     * 0. What it left in registers is zeroed by simd_clear_registers(). */
    void (*clear)(void *scratch);
};

static inline size_t simd_slot_bytes(const struct simd_kernel *kernel)
{
    return kernel->lanes * simd_lane_bytes(kernel->family);
}

/* ---- the CPU: cpu_x86.c, cpu_other.c, cpu_names.c ---- */

/* A bit is set if the CPU has the instructions and the operating system saves the registers that they use. */
enum simd_cpu {
    SIMD_CPU_SHANI = 1 << 0, /* SHA extensions, SSSE3 and SSE4.1 */
    SIMD_CPU_AVX = 1 << 1,
    SIMD_CPU_AVX2 = 1 << 2,
    SIMD_CPU_AVX512F = 1 << 3,
    SIMD_CPU_AVX512BW = 1 << 4,
    SIMD_CPU_AVX512VL = 1 << 5,
    SIMD_CPU_BMI2 = 1 << 6, /* and BMI1 */
    SIMD_N_CPU = 7
};
uint32_t simd_cpu_features(void);

/* The names of these features, in the order of their bits: "sha avx avx2". */
enum { SIMD_CPU_NAMES_BYTES = 64 };
void simd_cpu_names(char text[SIMD_CPU_NAMES_BYTES], uint32_t features);

/* Zeroes memory. The empty asm might read it, so that no compiler takes the stores for dead ones. Few bytes,
 * of a number that the compiler knows, are zeroed in pieces: of all together gcc makes a `rep stos`, which
 * takes longer to begin than the stores. */
static inline __attribute__((always_inline)) void simd_wipe(void *memory, size_t len)
{
    enum { PIECE = 64, FEW = 512 };
    if (__builtin_constant_p(len) && len <= FEW) {
        uint8_t *to = memory;
        for (size_t i = 0; i < len / PIECE; i++, to += PIECE) {
            memset(to, 0, PIECE);
        }
        memset(to, 0, len % PIECE);
    } else {
        memset(memory, 0, len);
    }
    __asm__ volatile("" : : "r"(memory) : "memory");
}

/* Zeroes every vector and general register that a caller may not rely on. Kernels, and libc's functions too,
 * leave parts of secrets there. Called last, when nothing secret is touched any more. */
void simd_clear_registers(void);

/* ---- the table of kernels, and what start-up found out about each: kernel_table.c ---- */

enum { SIMD_MAX_KERNELS = 20 };

enum simd_state {
    SIMD_USABLE,
    SIMD_UNSUPPORTED, /* the CPU lacks features */
    SIMD_FAULTY,      /* the kernel gave wrong answers, or exceeds a limit */
    SIMD_UNTESTED     /* a kernel without run_tasks(), after simd_start_one_lane() */
};

struct simd_candidate {
    const struct simd_kernel *kernel;
    enum simd_state state;
    uint32_t missing; /* enum simd_cpu, or-ed: the features that the CPU lacks */
    /* Measured: the ns in which one operation runs in all of so many tasks, 1 .. tasks_in_flight. */
    double cost[SIMD_MAX_TASKS_IN_FLIGHT + 1];
};

/* What start-up finds out, and the memory that it works in, which never holds a secret. All zero at first. */
enum { SIMD_START_BYTES = 272 << 10 };
struct simd_start {
    struct simd_candidate candidates[SIMD_MAX_KERNELS];
    size_t n_candidates;
    _Alignas(64) uint8_t memory[SIMD_START_BYTES];
};

/*
 * Tests every kernel that needs no more than `features`, which are simd_cpu_features() or fewer, and measures
 * it: 10 ms at most, all together. The portable kernel of a family comes before the others of the family, and
 * is always usable. The functions write nothing but *start, so threads may start up at the same time.
 */
void simd_start(uint32_t features, struct simd_start *start);

/* The same for kernels that have run_tasks() alone, which are measured with one task: a fraction of a
 * millisecond. */
void simd_start_one_lane(uint32_t features, struct simd_start *start);

/* Tells tests and benchmarks the candidates of a start, which stay in their place, by simd_candidates(): that
 * returns their number. */
void simd_publish(const struct simd_candidate *candidates);
size_t simd_candidates(const struct simd_candidate **candidates);

/* The ns in which one operation runs in all of n_tasks waiting tasks, with the loading, storing and
 * wiping of all their lanes. More tasks than the kernel has in flight run one lot after the other. */
double simd_cost(const struct simd_candidate *candidate, size_t n_tasks);

#endif
