/*
 * How jobs are put together. No output shows it, since jobs that are derived apart get the same keys: the
 * tests see the groups of a context's batch, and count the tasks that its kernels get.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "context.h"

enum { MAX_JOBS = 128, MAX_OUT = 256, MAX_SEED = 900 };

static const uint8_t secret[48], long_secret[100], seed[MAX_SEED];
static struct lanekdf_bytes seeds[MAX_SEED];
static struct lanekdf_prf prfs[MAX_JOBS];
static struct lanekdf_job *jobs[MAX_JOBS];
static uint8_t outs[MAX_JOBS][MAX_OUT];
static lanekdf_context *context;
static unsigned lanes;

/* ---- a feed that counts ---- */

static unsigned n_tasks;

static int next_counted(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    const int is_given = batch_next(feed, cursor, task);

    n_tasks += (unsigned)is_given;
    return is_given;
}

/* Derives the first n jobs, and leaves in n_tasks how many tasks the kernel got for them. */
static void derive(size_t n)
{
    n_tasks = 0;
    assert_int_equal(lanekdf_context_derive(context, jobs, n), 0);
}

/* ---- jobs ---- */

static void set_job(size_t i, size_t seed_len, size_t out_len)
{
    prfs[i] = (struct lanekdf_prf){.job.kind = LANEKDF_KIND_PRF,
        .hash = LANEKDF_SHA256,
        .secret = {secret, sizeof(secret)},
        .out = {outs[i], out_len}};
    jobs[i] = &prfs[i].job;
    seeds[seed_len] = (struct lanekdf_bytes){seed, seed_len};
    prfs[i].seed = &seeds[seed_len];
    prfs[i].n_seed = 1;
}

/* The jobs want three different sets of outputs. Those of one set do not fill a task, and all together fill
 * two. Catches: jobs that are never merged, or not merged again with those that a full task has left over. */
static void test_tasks_are_filled(void **state)
{
    size_t n = 0;

    (void)state;
    for (unsigned set = 0; set < 3; set++) {
        for (; n < 2 * lanes * (set + 1) / 3; n++) {
            set_job(n, 64, 32 * (set + 1));
        }
    }
    for (int repeat = 0; repeat < 3; repeat++) {
        derive(n);
        assert_int_equal(n_tasks, 2);
    }
}

/* The batches have more shapes than there are groups, and share some of them. Catches: a shape with two
 * groups, between which its jobs would be divided; jobs of new shapes that are evaluated one by one because
 * the table is full of old shapes. */
static void test_each_shape_has_one_group(void **state)
{
    enum { N = 40 };
    const struct group *groups = context->batch.groups;

    (void)state;
    for (unsigned first = 0; first < 200; first += 13) {
        for (unsigned i = 0; i < N; i++) { /* 28 lengths of the seed and 8 of the output */
            set_job(i, (first + i) % 28 * 32, 32 * (1 + (first + i) / 28 % 8));
        }
        derive(N);
        assert_true(n_tasks >= N / lanes);
        for (unsigned i = 0; i < BATCH_MAX_GROUPS; i++) {
            assert_int_equal(groups[i].n, 0);
            for (unsigned k = 0; k < i; k++) {
                assert_false(groups[i].shape.derivation && shape_equal(&groups[i].shape, &groups[k].shape));
            }
        }
    }
}

/* One batch has more shapes than there are groups. Catches: a record that is put into a group which is none,
 * or has another shape. */
static void test_more_shapes_than_groups_at_once(void **state)
{
    enum { N = 112 };
    static uint8_t together[N][MAX_OUT];

    (void)state;
    for (unsigned i = 0; i < N; i++) {
        set_job(i, i % 28 * 32, 32 * (1 + i / 28));
    }
    derive(N);
    memcpy(together, outs, sizeof(together));
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(lanekdf_derive_one(jobs[i]), LANEKDF_OK);
    }
    assert_memory_equal(together, outs, sizeof(together));
}

static int set_up(void **state)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    struct lanekdf_options options = {.size = sizeof(options)};

    (void)state;
    for (size_t k = 0; lanekdf_kernel_query(k, &kernel) == LANEKDF_OK; k++) {
        if (kernel.lanes > lanes && kernel.state != LANEKDF_KERNEL_UNSUPPORTED &&
            strcmp(kernel.family, "sha256") == 0) {
            options.kernel = kernel.name;
            lanes = kernel.lanes;
        }
    }
    if (lanes < 4) {
        return 0;
    }
    if (lanekdf_context_new(&context, &options) != LANEKDF_OK) {
        return -1;
    }
    context->batch.feed.next = next_counted;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lanekdf_context_free(context);
    return 0;
}

/* Catches: groups that are forgotten and stay in the set of their family, so that a later group in the same
 * place, of another hash, is given to kernels of both. */
static void test_forgotten_groups_have_no_family(void **state)
{
    static const uint16_t in_turn[] = {LANEKDF_SHA384, LANEKDF_SHA256};
    enum { N = 112 };

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        uint64_t of_all = 0;
        for (unsigned i = 0; i < N; i++) {
            set_job(i, i % 28 * 32, 32 * (1 + i / 28));
            prfs[i].hash = in_turn[round];
        }
        derive(N);
        for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
            assert_int_equal(of_all & context->batch.of_family[family], 0);
            of_all |= context->batch.of_family[family];
        }
        batch_forget_groups(&context->batch);
    }
}

/* ---- groups that stay apart ---- */

/* What an Intel server core measured: a kernel of one lane that takes operations of many programs together,
 * and one of several lanes, for which jobs of a shape of their own are too few. */
static const struct {
    const char *kernel;
    double cost[SIMD_MAX_TASKS_IN_FLIGHT]; /* of 1, 2, ... tasks side by side */
} measured[] = {
    {"sha256_avx512_x1", {93, 140, 176, 188, 229, 229, 229, 229, 310, 327, 345, 348, 376, 376, 376, 376}},
    {"sha256_avx512", {212, 300, 478, 579}},
    {"sha256_shani", {80, 120, 180, 240}},
    {"sha512_avx512_x1", {171, 198, 240, 245, 335, 359, 408, 414}},
    {"sha512_avx512", {254, 364, 586, 714}},
};
enum { N_MEASURED = sizeof(measured) / sizeof(*measured) };

/* The kernels with these costs. Returns false if this CPU lacks one of them. */
static bool find_measured(struct simd_candidate candidates[N_MEASURED])
{
    const struct simd_candidate *all;
    const size_t n_all = simd_candidates(&all);
    size_t n = 0;

    for (size_t k = 0; k < N_MEASURED; k++) {
        for (size_t i = 0; i < n_all; i++) {
            if (!strcmp(all[i].kernel->name, measured[k].kernel) && all[i].state == SIMD_USABLE) {
                candidates[n] = all[i];
                for (unsigned t = 0; t < all[i].kernel->tasks_in_flight; t++) {
                    candidates[n].cost[t + 1] = measured[k].cost[t];
                }
                n++;
            }
        }
    }
    return n == N_MEASURED;
}

static unsigned n_unfilled; /* tasks with empty lanes */
static unsigned n_alone;    /* tasks of the kernel that is best for a job by itself */

static int next_filled(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    const struct batch *b = (const struct batch *)feed;
    const int is_given = batch_next(feed, cursor, task);

    n_unfilled += is_given && b->cursors[cursor].n < b->kernel->lanes;
    n_alone += is_given && !strcmp(b->kernel->name, "sha256_shani");
    return is_given;
}

static struct plan measured_plans[PLAN_N_USES][SIMD_N_FAMILIES];

/* A context with plans by the measured costs. NULL: this CPU lacks one of the kernels. */
static lanekdf_context *measured_context(void)
{
    struct simd_candidate candidates[N_MEASURED];
    lanekdf_context *c;

    assert_int_equal(lanekdf_context_new(&c, NULL), LANEKDF_OK);
    if (!find_measured(candidates)) {
        lanekdf_context_free(c);
        return NULL;
    }
    for (unsigned use = 0; use < PLAN_N_USES; use++) {
        for (enum simd_family family = SIMD_SHA256; family <= SIMD_SHA512; family++) {
            assert_true(plan_make(&measured_plans[use][family], candidates, N_MEASURED, family,
                &(struct plan_limits){0}, (enum plan_use)use));
        }
    }
    c->batch.plans[BATCH_UNIFORM] = c->batch.plans[BATCH_SEVERAL] = measured_plans[PLAN_UNIFORM];
    c->batch.plans[BATCH_MIXED] = measured_plans[PLAN_MIXED];
    c->batch.feed.next = next_filled;
    n_unfilled = n_alone = 0;
    return c;
}

/* Derives the first n jobs in that context, which ends with it. */
static void derive_measured(lanekdf_context *c, size_t n)
{
    assert_int_equal(lanekdf_context_derive(c, jobs, n), 0);
    lanekdf_context_free(c);
}

/* Of each hash there are jobs that fill a task, and jobs of a shape of their own. Catches: a kernel of
 * several lanes that takes the latter, too, when it has run what fills its lanes, since which groups stay
 * apart is found out while no group is full, and is forgotten. */
static void test_groups_stay_apart_behind_full_ones(void **state)
{
    static const struct {
        uint16_t hash;
        uint8_t n_alike;
    } of_hash[] = {{LANEKDF_SHA256, 8}, {LANEKDF_SHA384, 4}};
    lanekdf_context *const measured_one = measured_context();
    size_t n = 0;

    (void)state;
    if (!measured_one) {
        skip();
    }
    for (unsigned h = 0; h < 2; h++) {
        for (unsigned i = 0; i < of_hash[h].n_alike + 10u; i++, n++) {
            const unsigned shape = i < of_hash[h].n_alike ? 0 : 1 + i - of_hash[h].n_alike;
            set_job(n, 20 + shape * 64, 48);
            prfs[n].hash = of_hash[h].hash;
        }
    }
    derive_measured(measured_one, n);
    assert_int_equal(n_unfilled, 0);
}

/* Twelve jobs have shapes of their own, and the secret of one is longer than a block, so that it is hashed
 * first. Catches: the second phase of that job, which waits until all others are done, and then has no
 * company. */
static void test_a_late_record_joins_those_that_run(void **state)
{
    enum { N = 12 };
    lanekdf_context *const measured_one = measured_context();

    (void)state;
    if (!measured_one) {
        skip();
    }
    for (size_t i = 0; i < N; i++) {
        set_job(i, 20 + i * 64, 48);
    }
    prfs[N - 1].secret = (struct lanekdf_bytes){long_secret, sizeof(long_secret)};
    derive_measured(measured_one, N);
    assert_int_equal(n_unfilled, 0);
    assert_int_equal(n_alone, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tasks_are_filled),
        cmocka_unit_test(test_each_shape_has_one_group),
        cmocka_unit_test(test_more_shapes_than_groups_at_once),
        cmocka_unit_test(test_forgotten_groups_have_no_family),
        cmocka_unit_test(test_groups_stay_apart_behind_full_ones),
        cmocka_unit_test(test_a_late_record_joins_those_that_run),
    };

    set_up(NULL);
    if (!context) {
        puts("skipped: no kernel of several lanes on this CPU");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, tear_down) != 0;
}
