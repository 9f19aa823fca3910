/*
 * The program that start-up tests and measures kernels with, and that the benchmark times them with. It
 * computes an HMAC, and then the chain A(i) of TLS 1.2's PRF with an output block beside every A(i).
 *
 * As in the PRF that derives a master secret or a key block, which is the commonest program, nine of thirteen
 * operations wait for each other. How many may run side by side decides how a kernel of one lane compares
 * with one of sixteen, so that with another path some numbers of jobs would go to the wrong kernel.
 */
#ifndef SIMD_SAMPLE_PROGRAM_H
#define SIMD_SAMPLE_PROGRAM_H

#include "simd.h"

enum {
    SAMPLE_N_OPS = 13,
    SAMPLE_N_HMAC_OPS = 4, /* the first operations, which are an HMAC by themselves */
    SAMPLE_N_SLOTS = 13
};

/* The bytes of one lane, of six messages at most. Several lines of the cache apart, as above all lanes of a
 * batch are, rows do not meet in the same few sets. */
typedef uint8_t sample_row[(6 * SIMD_MAX_LANE_BYTES / 64 | 1) * 64];

/* A feed that gives a kernel n_tasks tasks of the program. */
struct sample {
    struct simd_feed
        feed; /* must be the first member: next() is given its address and takes it for that of the struct */
    const struct simd_kernel *kernel;
    struct simd_op ops[SAMPLE_N_OPS];
    struct simd_program program;
    uint8_t *banks;   /* one for each task, 64-byte aligned, sample_bank_bytes() apart */
    sample_row *rows; /* SIMD_MAX_LANES of them, whatever they hold */
    size_t n_tasks, n_given;
};

/* The distance from one bank to the next: an odd number of cache lines, since banks that are a power of two
 * apart would all meet in the same few sets of the cache. */
static inline size_t sample_bank_bytes(const struct simd_kernel *kernel)
{
    return ((SAMPLE_N_SLOTS * simd_slot_bytes(kernel) + 63) / 64 | 1) * 64;
}

typedef uint8_t sample_results[SIMD_MAX_LANES][SIMD_MAX_LANE_BYTES];

/* What the check of stage() has in each lane: 32 bytes, and 16 that half of the lanes lack; and how many
 * slots it writes. */
enum { SAMPLE_N_COLUMN_SLOTS = 3 };
struct sample_column_lane {
    const uint8_t *bytes, *more;
    size_t has_more;
    uint8_t memory[48];
};

/* The memory of start-up, beside what it finds out. It is enough for every kernel that keeps to the limits.
 */
enum { SAMPLE_BANKS_BYTES = SAMPLE_N_SLOTS * SIMD_MAX_TASKS_BYTES + SIMD_MAX_TASKS_IN_FLIGHT * 64 };
struct sample_memory {
    _Alignas(64) uint8_t banks[SAMPLE_BANKS_BYTES];
    _Alignas(64) uint8_t scalar_bank[(SAMPLE_N_SLOTS * SIMD_MAX_LANE_BYTES / 64 | 1) * 64];
    _Alignas(64) uint8_t scratch[SIMD_MAX_SCRATCH_BYTES];
    _Alignas(64) sample_row rows[SIMD_MAX_LANES];
    sample_results results, scalar_results;
    struct simd_columns columns;
    struct sample_column_lane column_lanes[SIMD_COLUMN_LANES];
    uint8_t expected_columns[SIMD_COLUMN_LANES][SAMPLE_N_COLUMN_SLOTS * SIMD_MAX_LANE_BYTES];
};
_Static_assert(sizeof(struct sample_memory) <= SIMD_START_BYTES, "start-up has room for it");

void sample_init(struct sample *sample, const struct simd_kernel *kernel, uint8_t *banks, sample_row *rows,
    size_t n_tasks);

/*
 * Fills the banks. All lanes get the data of test case 1 of RFC 4231 (SHA-2) or RFC 2202 (MD5, SHA-1). Each
 * lane has a key of its own: over all tasks, the lanes get the keys number first_key and up. Key number 0 is
 * that of the test case, and the others differ from it.
 */
void sample_load(const struct sample *sample, size_t first_key);

/* Runs the first n_ops operations of every task. They overwrite no input, so that the same banks may be run
 * again. */
void sample_run(struct sample *sample, unsigned n_ops, void *scratch);

/* The same for the first task alone, by a kernel that has run_tasks(). */
void sample_run_alone(struct sample *sample, unsigned n_ops, void *scratch);

/* Stores the result of every lane of a task. After SAMPLE_N_HMAC_OPS operations it is the HMAC, after
 * SAMPLE_N_OPS the last chaining value. */
void sample_store(const struct sample *sample, size_t task, sample_results results);

/*
 * What the engine does around a kernel: sample_stage() loads the bank of a task, every lane from a row of its
 * own, sample_unstage() stores two outputs of every lane, and sample_wipe() zeroes the banks of so many
 * tasks, the rows and the kernel's scratch. The rows hold nothing of use, since the time that a kernel takes
 * does not depend on it.
 */
void sample_stage(const struct sample *sample, size_t task);
void sample_unstage(const struct sample *sample, size_t task);
void sample_wipe(const struct sample *sample, size_t n_tasks, void *scratch);

#endif
