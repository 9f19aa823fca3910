/*
 * The engine under every subset of the features of this CPU. Each subset has a process of its own, in which
 * start-up sees no other features. Catches: a choice of a kernel that the CPU cannot run; faults of kernels
 * that are never chosen with all features; a table of kernels that says the wrong thing about what is
 * missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "good_jobs.h"
#include "run_and_compare.h"
#include "simd.h"
#include "start.h"
#include "wrong_jobs.h"

static bool right(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "wrong: %s\n", what);
    }
    return condition;
}

/* Whether the table says the right thing about each kernel under these features. */
static bool table_is_right(uint32_t features)
{
    const struct simd_candidate *candidates;
    size_t n = simd_candidates(&candidates);
    bool all = true;

    for (size_t i = 0; i < n; i++) {
        struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
        bool supported = !(candidates[i].kernel->features & ~features);

        all &= right(lanekdf_kernel_query(i, &kernel) == LANEKDF_OK, "lanekdf_kernel_query");
        all &= right(
            kernel.state == (supported ? LANEKDF_KERNEL_USABLE : LANEKDF_KERNEL_UNSUPPORTED), kernel.name);
        all &= right(!*kernel.missing == supported, "missing features in words");
        all &= right(supported == (lanekdf_kernel_cost(i, 1) > 0), "cost");
    }
    for (unsigned hash = LANEKDF_SHA256; hash <= LANEKDF_SHA1; hash++) {
        for (size_t n_jobs = 1; n_jobs < 200; n_jobs++) {
            size_t taken = 0, choice = lanekdf_kernel_choice((enum lanekdf_hash)hash, n_jobs, &taken);

            all &= right(choice < n && candidates[choice].state == SIMD_USABLE, "choice");
            all &= right(taken >= 1 && taken <= n_jobs, "jobs taken");
        }
    }
    return all;
}

static bool jobs_are_right(struct guarded_memory *memory, lanekdf_context *context)
{
    static struct job_case cases[70];
    bool all = true;

    for (size_t n = 1; n <= 70; n += 1 + n / 4) {
        for (size_t i = 0; i < n; i++) {
            cases[i] = i % 16 == 15 ? any_wrong_job(memory) : good_job(memory, LONG_LENGTHS);
        }
        all &= run_and_compare(memory, cases, n, n % 3 ? context : NULL, LANEKDF_LEGACY_ALL);
    }
    for (size_t k = 0; k < n_tested_hashes(); k++) {
        for (size_t i = 0; i < 40; i++) { /* enough jobs of one shape to fill banks */
            cases[i] = good_prf(memory, tested_hash(k), 48, 13, 64, 2, 48);
        }
        all &= run_and_compare(memory, cases, 40, context, LANEKDF_LEGACY_ALL);
    }
    return all;
}

static int run_under(uint32_t mask)
{
    struct rng rng = rng_from(test_seed() + mask);
    struct guarded_memory *memory = guarded_new(PACKED, &rng);
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};
    lanekdf_context *context;
    bool all;

    start_cpu_mask = mask;
    all = right(lanekdf_start(&options) == LANEKDF_OK, "lanekdf_start");
    all &= right(lanekdf_context_new(&context, NULL) == LANEKDF_OK, "lanekdf_context_new");
    all = all && table_is_right(simd_cpu_features() & mask) && jobs_are_right(memory, context);
    lanekdf_context_free(context);
    guarded_free(memory);
    return !all;
}

static void test_subsets(void **state)
{
    uint32_t features = simd_cpu_features(), mask = features;
    size_t n_failed = 0, n = 0;

    (void)state;
    do { /* mask goes down through all subsets; the empty one comes last */
        char names[SIMD_CPU_NAMES_BYTES];
        const pid_t child = child_begin();

        if (child == 0) {
            exit(run_under(mask));
        }
        const int status = child_status(child);
        n++;
        if (status) {
            n_failed++;
            simd_cpu_names(names, mask);
            fprintf(stderr, "failed with: %s (status 0x%x)\n", names, (unsigned)status);
        }
        if (!mask) {
            break;
        }
        mask = (mask - 1) & features;
    } while (true);
    printf("%zu subsets of this CPU's features, %zu failed\n", n, n_failed);
    assert_int_equal(n_failed, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_subsets)};

    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
