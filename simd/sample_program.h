/*
 * The program that start-up tries kernels with, and that the benchmark times them with: HMAC, and then the
 * chain A(i) of TLS 1.2's PRF with an output block beside every A(i). The two pads of the key are independent
 * of each other and most of what follows is a chain, as in the programs of jobs, so that what a kernel costs
 * here says what it costs there.
 */
#ifndef SIMD_SAMPLE_PROGRAM_H
#define SIMD_SAMPLE_PROGRAM_H

#include "simd.h"

enum {
    SAMPLE_N_OPS = 13,
    SAMPLE_N_HMAC_OPS = 4, /* the first of them: an HMAC by itself */
    SAMPLE_N_SLOTS = 13
};

/* So many tasks of the program, as a feed for one kernel. */
struct sample {
    struct simd_feed feed; /* first: next() is given its address, and takes it for that of the sample */
    const struct simd_kernel *kernel;
    struct simd_op ops[SAMPLE_N_OPS];
    struct simd_program program;
    uint8_t *banks; /* one for each task, 64-byte aligned, sample_bank_bytes() apart */
    size_t n_tasks, n_given;
};

/* From the beginning of a bank to that of the next. */
static inline size_t sample_bank_bytes(const struct simd_kernel *kernel)
{
    /* An odd number of cache lines: banks a power of two apart would share the sets of the cache. */
    return ((SAMPLE_N_SLOTS * simd_slot_bytes(kernel) + 63) / 64 | 1) * 64;
}

/* Start-up's memory, enough for every kernel that keeps to the limits. */
enum { SAMPLE_MAX_TASKS = SIMD_MAX_COST_TASKS };
struct sample_memory {
    _Alignas(64) uint8_t banks[SAMPLE_MAX_TASKS * ((SAMPLE_N_SLOTS * SIMD_MAX_SLOT_BYTES / 64 | 1) * 64)];
    _Alignas(64) uint8_t scalar_bank[(SAMPLE_N_SLOTS * SIMD_MAX_LANE_BYTES / 64 | 1) * 64];
    _Alignas(64) uint8_t scratch[SIMD_MAX_SCRATCH_BYTES];
};

void sample_init(struct sample *sample, const struct simd_kernel *kernel, uint8_t *banks, size_t n_tasks);

/*
 * Fills the banks: the lanes of all tasks in turn get the keys number first_key and up, and all of them the
 * data of test case 1 of RFC 4231 (SHA-2) or RFC 2202 (MD5, SHA-1). Key number 0 is the key of that test
 * case, the others differ from it.
 */
void sample_load(const struct sample *sample, size_t first_key);

/* Runs the first n_ops operations of every task. They overwrite no input: the banks may be run again as they
 * are. */
void sample_run(struct sample *sample, unsigned n_ops, void *scratch);

/* The results of a task, by lane: the HMAC if SAMPLE_N_HMAC_OPS operations were run, otherwise what the
 * whole program comes to. */
typedef uint8_t sample_results[SIMD_MAX_LANES][SIMD_MAX_LANE_BYTES];
void sample_store(const struct sample *sample, size_t task, sample_results results);

#endif
