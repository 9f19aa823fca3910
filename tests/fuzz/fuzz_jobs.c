/*
 * Jobs that a fuzzer chooses, good and wrong ones together, in a batch on the kernel that it chooses and then
 * one by one. Reference and libcrypto judge them, and all of memory is compared (run_and_compare.h).
 */
#include <stdlib.h>

#include "fuzz_rng.h"
#include "good_jobs.h"
#include "kernel_contexts.h"
#include "run_and_compare.h"
#include "wrong_jobs.h"

enum { MAX_JOBS = 40 };

static struct guarded_memory *memory;
static struct rng rng;
static struct kernel_context contexts[KERNEL_CONTEXTS_MAX];
static size_t n_contexts;

static void run(lanekdf_context *context, size_t n)
{
    static struct job_case cases[MAX_JOBS];

    for (size_t i = 0; i < n; i++) {
        cases[i] = rng_one_in(&rng, 8) ? any_wrong_job(memory) : good_job(memory, SHORT_LENGTHS);
    }
    if (!run_and_compare(memory, cases, n, context, LANEKDF_LEGACY_ALL)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
    if (!memory) {
        n_contexts = kernel_contexts_new(contexts);
        kernel_contexts_say_what_is_skipped();
        memory = guarded_new(GUARDED, &rng);
    }
    rng = fuzz_rng_from(input, len);
    lanekdf_context *context = contexts[rng_below(&rng, (uint32_t)n_contexts)].context;
    const size_t n = 1 + rng_below(&rng, MAX_JOBS);
    const struct rng before = rng;

    run(context, n);
    rng = before;
    run(NULL, n);
    return 0;
}
