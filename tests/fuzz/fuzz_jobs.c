/*
 * Jobs that a fuzzer chooses, good and wrong ones together, in a batch on the kernel that it chooses and then
 * one by one. Reference and libcrypto judge them, and all of memory is compared (run_and_compare.h).
 */
#include "fuzz_rng.h"
#include "good_jobs.h"
#include "must.h"
#include "run_and_compare.h"
#include "wrong_jobs.h"

enum { MAX_JOBS = 40, MAX_CONTEXTS = 24 };

static struct guarded_memory *memory;
static struct rng rng;
static lanekdf_context *contexts[MAX_CONTEXTS];
static size_t n_contexts;

/* Makes a context with the measured choice of kernels, and one for each kernel that this CPU can run. */
static void start(void)
{
    struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};

    must(lanekdf_start(&options) == LANEKDF_OK, "lanekdf_start");
    must(lanekdf_context_new(&contexts[n_contexts++], NULL) == LANEKDF_OK, "lanekdf_context_new");
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        options.kernel = kernel.name;
        if (kernel.state == LANEKDF_KERNEL_USABLE) {
            must(n_contexts < MAX_CONTEXTS, "raise MAX_CONTEXTS");
            must(lanekdf_context_new(&contexts[n_contexts++], &options) == LANEKDF_OK, kernel.name);
        }
    }
    memory = guarded_new(GUARDED, &rng);
}

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
        start();
    }
    rng = fuzz_rng_from(input, len);
    lanekdf_context *context = contexts[rng_below(&rng, (uint32_t)n_contexts)];
    const size_t n = 1 + rng_below(&rng, MAX_JOBS);
    const struct rng before = rng;

    run(context, n);
    rng = before;
    run(NULL, n);
    return 0;
}
