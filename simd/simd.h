/*
 * The kernel contract: everything the engine knows about hashing in lanes.
 *
 * A kernel is a small vector machine. Its registers are *slots*: one slot holds
 * eight hash words for each of `lanes` independent lanes. A chaining value is
 * one slot; a message block is two, `lo` (words 0-7) and `hi` (words 8-15). Where a
 * chaining value has fewer than eight words, those behind it are ignored when it is
 * read and zero when it is stored.
 * Slots live in a *bank*, an array of slots in the engine's arena; all lanes of
 * a bank run the same program in lockstep. The machine has one operation,
 *
 *     slot[dst] = compress(slot[state], block)
 *
 * and a *program* is a straight line of them. Nothing here knows of HMAC, TLS,
 * padding or job lengths: those are contents of message slots.
 *
 * What a slot looks like inside is the kernel's secret, and there are two
 * layouts: *state* slots (written by dst and load_state; read by state, digest
 * and store_state) and *message* slots (written by load_message; read by lo and
 * hi). The engine computes nothing but addresses of slots.
 *
 * A kernel always computes all of its lanes. The engine zeroes the inputs of
 * unused lanes and never reads their outputs, so a kernel needs no masks.
 *
 * No branch or address in a kernel may depend on the contents of a slot.
 */
#ifndef SIMD_SIMD_H
#define SIMD_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most that a kernel may have or take; start-up refuses a kernel that exceeds them. */
enum {
    SIMD_MAX_LANES = 64,
    SIMD_MAX_TASKS_IN_FLIGHT = 8,
    SIMD_MAX_SLOT_BYTES = 2048,
    SIMD_MAX_LANE_BYTES = 64, /* of a slot: eight words of eight bytes */
    SIMD_MAX_STACK_BYTES = 640,
    SIMD_MAX_SCRATCH_BYTES = 8192,
    SIMD_ONE_LANE_SCRATCH = 512, /* bytes, if it has one lane: the scratch may be on a stack */
    SIMD_SCALAR_SCRATCH = 128    /* and if it is a scalar one */
};

/* Hash functions that share a compression function form a family. All have blocks of 16
 * words, and bytes in an order of their own. */
enum simd_family {
    SIMD_SHA256, /* 32-bit words, the highest byte first: SHA-256, SHA-224 */
    SIMD_SHA512, /* 64-bit words, the highest byte first: SHA-512, SHA-384 */
    SIMD_MD5,    /* 32-bit words, the lowest byte first; four make a chaining value */
    SIMD_SHA1,   /* 32-bit words, the highest byte first; five */
    SIMD_N_FAMILIES
};

/* families.c: what the kernels of a family have in common. */
struct simd_family_properties {
    const char *name; /* that of its first hash: "sha256" */
    uint8_t word_bytes;
    uint8_t state_words;              /* words of a chaining value, up to 8 */
    bool little_endian;               /* of a word, and of a message's length, the lowest byte comes first */
    const struct simd_kernel *scalar; /* the portable kernel, usable before simd_start() */
    uint8_t initial[SIMD_MAX_LANE_BYTES]; /* what the first hash begins with, in its byte order */
};
extern const struct simd_family_properties simd_families[SIMD_N_FAMILIES];

enum { SIMD_NO_SLOT = 0xff };

/* What xor_byte may be besides 0: ipad and opad of HMAC (RFC 2104). The pads of SSLv3 have the same bytes. */
enum { SIMD_IPAD = 0x36, SIMD_OPAD = 0x5c };

/* Hints never change a result: a kernel may ignore any of them. */
enum simd_hint {
    /* digest is a slot, digest_words is 8, xor_byte is 0, and `hi` holds, in every
     * lane, the family's padding of a digest that follows one full block: the
     * outer half of an HMAC, or A(i), i > 1. Those words are constants. */
    SIMD_PADDED_DIGEST = 1
};

/*
 * One compression in every lane. All operands are slot numbers within a bank.
 *
 * block = lo | hi; then, unless `digest` is SIMD_NO_SLOT, the first
 * `digest_words` words (a property of the program) are replaced by those of state
 * slot `digest`; then every byte is xored with `xor_byte` (0, SIMD_IPAD or SIMD_OPAD).
 * `lo` may be SIMD_NO_SLOT if a digest of 8 words takes its place.
 * `dst` may equal `state` or `digest`.
 *
 * Independence: this operation and the `gap` operations directly before it, taken
 * together, may be interleaved with each other at will as far as this operation is
 * concerned: none of them writes a slot it reads or writes, none reads the slot it
 * writes. A group of consecutive operations, each of whose gap reaches back to
 * the first of the group, is therefore independent throughout.
 */
struct simd_op {
    uint8_t dst, state;
    uint8_t digest, lo, hi;
    uint8_t xor_byte;
    uint8_t hints; /* enum simd_hint, or-ed */
    uint8_t gap;
};

/* Immutable, free of secrets, the same for every kernel of the family. */
struct simd_program {
    const struct simd_op *ops;
    uint16_t n_ops;       /* 1 or more; = compressions per lane */
    uint8_t n_slots;      /* slots 0 .. n_slots - 1 of each bank */
    uint8_t digest_words; /* words of a digest used as message: 1 .. simd_state_words() */
};

/* One bank's worth of work. */
struct simd_task {
    const struct simd_program *program;
    uint8_t *bank; /* 64-byte aligned */
};

/*
 * Where a kernel gets its work. next() takes back what cursor `cursor` (0 ..
 * tasks_in_flight - 1) ran before, if anything, and gives it its next task; it
 * returns 0 if there is none for it now, and the cursor is idle then. The engine
 * stages and stores in there, so that jobs of any shape and phase flow without a
 * barrier. A task that is taken back may bring work for idle cursors: when finished
 * ones have been taken back, a kernel asks for the idle ones again, and it returns
 * when all of its cursors are idle. Work hangs on no cursor: if there is none for an
 * idle one, there is none for the others, and they need not ask.
 *
 * next() runs while the rounds of open tasks are in flight. It should move small
 * things in general registers: a vector move queues up behind those rounds.
 */
struct simd_feed {
    int (*next)(struct simd_feed *feed, unsigned cursor, struct simd_task *task);
};

struct simd_kernel {
    const char *name;        /* "sha256_avx2": file, test, bench, LANEKDF_KERNEL */
    const char *description; /* one line for `lanekdf info` */
    enum simd_family family;
    uint32_t features;        /* enum simd_cpu bits that must all be present */
    uint16_t lanes;           /* 1 .. SIMD_MAX_LANES */
    uint16_t tasks_in_flight; /* cursors: 1 .. SIMD_MAX_TASKS_IN_FLIGHT */
    uint16_t vector_width;    /* bits */
    uint16_t stack_bytes;   /* that any of the functions may write below its caller's frame, its feed aside */
    uint32_t scratch_bytes; /* private working memory, multiple of 64; may be 0 */

    /* Pulls tasks from the feed and runs each program on its bank. A kernel may
     * have up to `tasks_in_flight` tasks open at a time and interleave any
     * operations that are independent: those of different tasks always are, those
     * of one task as `gap` says. Writes only dst slots and scratch. scratch is
     * 64-byte aligned, of any content. */
    void (*run)(struct simd_feed *feed, void *scratch);

    /* Lane l's message words, in the hash's own byte order, are the n_slots * 8
     * words at bytes + l * stride (any alignment); they go to n_slots
     * consecutive slots. Stride 0 gives every lane the same. In a kernel of one
     * lane, bytes may be slots. */
    void (*load_message)(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots);

    /* The same for one chaining value: an IV, a stored midstate, a digest. */
    void (*load_state)(void *slot, const uint8_t *bytes, size_t stride);

    /* Lane l's eight words to bytes + l * stride, in the hash's own byte order. Lanes do
     * not overlap, and are not stored in any order: stride is eight words or more, or
     * anything if there is one lane. */
    void (*store_state)(uint8_t *bytes, size_t stride, const void *slot);

    /* Zeroes what run() may have left of messages and states in scratch; NULL if
     * scratch_bytes is 0. Registers are not its business: simd_clear_registers(). */
    void (*clear)(void *scratch);
};

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

static inline size_t simd_slot_bytes(const struct simd_kernel *kernel)
{
    return kernel->lanes * simd_lane_bytes(kernel->family);
}

/* cpu_x86.c, cpu_other.c. A bit is set only if the CPU has the instructions and
 * the operating system saves the registers they need. */
enum simd_cpu {
    SIMD_CPU_SHANI = 1 << 0, /* SHA extensions, with SSSE3 and SSE4.1 */
    SIMD_CPU_AVX = 1 << 1,
    SIMD_CPU_AVX2 = 1 << 2,
    SIMD_CPU_AVX512F = 1 << 3,
    SIMD_CPU_AVX512BW = 1 << 4,
    SIMD_CPU_AVX512VL = 1 << 5,
    SIMD_CPU_BMI2 = 1 << 6,
    SIMD_N_CPU = 7
};
uint32_t simd_cpu_features(void);

/* cpu_names.c: the names of these features, in the order of their bits, "sha avx avx2". */
enum { SIMD_CPU_NAMES_BYTES = 64 };
void simd_cpu_names(char text[SIMD_CPU_NAMES_BYTES], uint32_t features);

/* Zeroes every vector register of this CPU that a caller may not rely on. */
void simd_clear_registers(void);

/* kernel_table.c: the one table of kernels, and what start-up found out about each. */
enum { SIMD_MAX_KERNELS = 16 };

enum simd_state {
    SIMD_USABLE,
    SIMD_UNSUPPORTED, /* features are missing */
    SIMD_FAULTY       /* wrong answers */
};

/* The numbers of waiting tasks for which costs are measured, in ascending order; the last is
 * SIMD_MAX_COST_TASKS. */
enum { SIMD_N_COSTS = 5, SIMD_MAX_COST_TASKS = 8 };
extern const unsigned simd_cost_tasks[SIMD_N_COSTS];

struct simd_candidate {
    const struct simd_kernel *kernel;
    enum simd_state state;
    uint32_t missing;          /* enum simd_cpu bits */
    double cost[SIMD_N_COSTS]; /* ns of one operation of all the tasks together */
};

/*
 * Tests and measures every kernel, 10 ms at most. `features` are those to go by:
 * simd_cpu_features(), or fewer. Not thread-safe: once per process, by the
 * engine's start-up (tests call it again with fewer features).
 */
void simd_start(uint32_t features);

/* All kernels, after simd_start(); of each family the scalar one comes first and
 * is always usable. */
size_t simd_candidates(const struct simd_candidate **candidates);

/* ns of one operation in each of n_tasks (1 or more) waiting tasks, all together. */
double simd_cost(const struct simd_candidate *candidate, size_t n_tasks);

#endif
