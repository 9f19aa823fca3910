/*
 * Which kernel gets which task. A kernel must get tasks of its own family alone: with those of another hash
 * its registers run over nothing that would tell, and the keys are wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "context.h"
#include "emulated.h"
#include "good_jobs.h"
#include "kernel_argument.h"
#include "rng.h"

enum { MAX_JOBS = 48, N_BATCHES = UNDER_ASAN ? 4000 : 20000 };

static lanekdf_context *context;
static unsigned n_misled; /* tasks of another family than the kernel's */

static int next_checked(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    const int is_given = batch_next(feed, cursor, task);
    const struct batch *b = &context->batch;

    n_misled += is_given && b->kernel->family != b->cursors[cursor].program->hash->family;
    return is_given;
}

/* Catches: a kernel that was chosen for the jobs of a group, and still gets the jobs of the group when it has
 * got another shape, of another hash. */
static void test_kernels_get_tasks_of_their_family(void **state)
{
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};
    struct rng rng = rng_from(test_seed());
    struct guarded_memory *memory = guarded_new(PACKED, &rng);

    (void)state;
    assert_int_equal(lanekdf_context_new(&context, &options), LANEKDF_OK);
    context->batch.feed.next = next_checked;
    for (size_t i = 0; i < repetitions(N_BATCHES) && !n_misled; i++) {
        struct lanekdf_job *jobs[MAX_JOBS];
        const size_t n = 1 + rng_below(&rng, MAX_JOBS);
        guarded_clear(memory);
        for (size_t k = 0; k < n; k++) {
            jobs[k] = &good_job(memory, SHORT_LENGTHS).any->job;
        }
        (void)lanekdf_context_derive(context, jobs, n); /* some jobs may not use what they ask for */
    }
    if (n_misled) {
        fail_msg("a task came to a kernel of another family; %s", test_seed_text());
    }
    lanekdf_context_free(context);
    guarded_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kernels_get_tasks_of_their_family)};

    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
