/*
 * Plans: which kernel takes how many jobs. Costs are made up here, those of real CPUs and random ones, so
 * that nothing depends on what this machine measures; only the last test looks at this machine's own plans.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "context.h"
#include "rng.h"

enum { MAX_KERNELS = SIMD_MAX_KERNELS, N_RANDOM_TABLES = 500, MAX_JOBS = PLAN_MAX_JOBS };

/* ---- tables of kernels and their costs ---- */

struct table {
    struct simd_kernel kernels[MAX_KERNELS];
    struct simd_candidate candidates[MAX_KERNELS];
    size_t n;
};

static void add_kernel(struct table *table, const char *name, unsigned lanes, unsigned tasks_in_flight,
    const double cost[SIMD_MAX_TASKS_IN_FLIGHT])
{
    struct simd_kernel *kernel = &table->kernels[table->n];
    struct simd_candidate *candidate = &table->candidates[table->n++];

    *kernel = (struct simd_kernel){.name = name,
        .family = SIMD_SHA256,
        .lanes = (uint16_t)lanes,
        .tasks_in_flight = (uint16_t)tasks_in_flight};
    *candidate = (struct simd_candidate){.kernel = kernel, .state = SIMD_USABLE};
    for (unsigned t = 1; t <= tasks_in_flight; t++) {
        candidate->cost[t] = cost[t - 1];
    }
}

/* What start-up measures, in nanoseconds or cycles, for kernels of so many lanes. */
static const struct {
    const char *cpu;
    struct {
        unsigned lanes, tasks_in_flight;
        double cost[SIMD_MAX_TASKS_IN_FLIGHT];
    } kernels[MAX_KERNELS];
} known[] = {
    {"SHA-256 on Zen 4", {{1, 1, {258}}, {1, 4, {25.7, 39.9, 60.3, 76.5}}, {8, 3, {109.4, 189.9, 281.2}},
                             {8, 2, {262, 503}}, {8, 4, {169.5, 261.2, 415.2, 511.5}}}},
    {"SHA-256 on another Zen 4",
        {{1, 1, {233}}, {1, 4, {28.9, 40.2, 60.5, 75.7}}, {8, 3, {126.3, 209.5, 303.5}}, {8, 2, {276, 523}},
            {8, 4, {201.8, 275, 431.4, 524}}, {16, 2, {286.5, 523.9}}}},
    {"SHA-384 on Zen 4",
        {{1, 1, {320}}, {1, 1, {175.3}}, {4, 2, {330, 635}}, {4, 4, {212.6, 326.6, 518.5, 639.5}}}},
    {"SHA-256 on Zen 5", {{1, 1, {807}}, {1, 4, {95, 158, 235, 300}}, {8, 3, {629, 1101, 1640}},
                             {8, 2, {984, 1888}}, {8, 4, {410, 560, 930, 1010}}}},
    {"SHA-384 on Zen 5",
        {{1, 1, {1069}}, {1, 1, {515}}, {4, 2, {1196, 2312}}, {4, 4, {500, 690, 1150, 1250}}}},
    {"sixteen lanes beside eight",
        {{1, 1, {807}}, {1, 4, {95, 158, 235, 300}}, {8, 4, {410, 560, 930, 1010}}, {16, 2, {620, 890}}}},
    {"sixteen lanes that need two tasks",
        {{1, 1, {807}}, {1, 4, {95, 158, 235, 300}}, {8, 4, {410, 560, 930, 1010}}, {16, 2, {840, 890}}}},
    {"SHA-256 on an Intel server core",
        {{1, 1, {201}}, {1, 4, {30.9, 56, 80, 106.4}}, {8, 2, {246, 421}}, {8, 2, {321, 604}},
            {8, 4, {157, 256, 410, 494}}, {16, 2, {258, 483}}}},
    {"portable", {{1, 1, {807}}}},
};
enum { N_KNOWN = sizeof(known) / sizeof(*known) };

static void known_table(struct table *table, size_t index)
{
    table->n = 0;
    for (size_t i = 0; i < MAX_KERNELS && known[index].kernels[i].lanes; i++) {
        add_kernel(table, known[index].cpu, known[index].kernels[i].lanes,
            known[index].kernels[i].tasks_in_flight, known[index].kernels[i].cost);
    }
}

static double between(struct rng *rng, double low, double high)
{
    return low + (high - low) * rng_below(rng, 1 << 20) / (1 << 20);
}

/* The costs of up to `most` tasks of a kernel that computes them side by side: each one more adds a part of
 * the first, and the more lanes a kernel has, the less a full lane costs. */
static void random_costs(
    struct rng *rng, unsigned lanes, unsigned most, double cost[SIMD_MAX_TASKS_IN_FLIGHT])
{
    const double one_more = between(rng, 0.3, 1);

    cost[0] = between(rng, 20, 200) * pow(lanes, between(rng, 0.1, 1));
    for (unsigned t = 1; t < most; t++) {
        cost[t] = fmin(cost[t - 1] + cost[0] * one_more * between(rng, 0.95, 1.05), cost[t - 1] + cost[0]);
    }
}

static void random_table(struct rng *rng, struct table *table)
{
    static const unsigned lanes[] = {1, 1, 4, 8, 16};
    enum { N = sizeof(lanes) / sizeof(*lanes) };
    double cost[SIMD_MAX_TASKS_IN_FLIGHT];

    table->n = 0;
    for (size_t i = 0; i < N; i++) {
        if (i == 0 || rng_one_in(rng, 2)) {
            const unsigned most = 1 + rng_below(rng, 4);
            random_costs(rng, lanes[i], most, cost);
            add_kernel(table, "random", lanes[i], most, cost);
        }
    }
}

static void plan_of(const struct table *table, enum plan_use use, struct plan *plan)
{
    static const struct plan_limits none = {0};

    assert_true(plan_make(plan, table->candidates, table->n, SIMD_SHA256, &none, use));
}

/* ---- what a plan is worth ---- */

static double cost_of(const struct simd_candidate *candidate, size_t n_jobs)
{
    const size_t lanes = candidate->kernel->lanes;

    return simd_cost(candidate, (n_jobs + lanes - 1) / lanes);
}

/* The least cost of n jobs, each kernel taking any number of them. */
static void least_costs(
    const struct simd_candidate *candidates, size_t n_candidates, double least[MAX_JOBS + 1])
{
    double more[MAX_JOBS + 1];
    for (size_t n = 0; n <= MAX_JOBS; n++) {
        least[n] = n ? INFINITY : 0;
    }
    if (!n_candidates) {
        return;
    }
    least_costs(candidates + 1, n_candidates - 1, more);
    for (size_t n = 0; n <= MAX_JOBS; n++) {
        for (size_t m = 0; m <= n; m++) {
            least[n] = fmin(least[n], cost_of(candidates, m) + more[n - m]);
        }
    }
}

/* The same for a plan, which in mixed batches leaves out kernels that are wider than the one for throughput.
 */
static void least_costs_of_use(
    const struct table *table, const struct plan *plan, enum plan_use use, double least[MAX_JOBS + 1])
{
    struct simd_candidate allowed[MAX_KERNELS];
    size_t n = 0;

    for (size_t i = 0; i < table->n; i++) {
        if (use == PLAN_UNIFORM || table->kernels[i].lanes <= plan->throughput_kernel->lanes) {
            allowed[n++] = table->candidates[i];
        }
    }
    least_costs(allowed, n, least);
}

/* What n jobs cost by the plan's choices, at the costs of the candidates. */
static double cost_by_choices(const struct plan *plan, const struct simd_candidate *candidates, size_t n)
{
    double cost = 0;

    for (size_t n_taken; n; n -= n_taken) {
        n_taken = plan->choices[n].n_jobs;
        assert_in_range(n_taken, 1, n);
        const struct simd_candidate *candidate = candidates;
        while (candidate->kernel != plan->choices[n].kernel) {
            candidate++;
        }
        cost += cost_of(candidate, n_taken);
    }
    return cost;
}

/* ---- plans by themselves ---- */

static void print_table(const struct table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        fprintf(stderr, "%u lanes:", (unsigned)table->kernels[i].lanes);
        for (unsigned t = 1; t <= table->kernels[i].tasks_in_flight; t++) {
            fprintf(stderr, " %.1f", table->candidates[i].cost[t]);
        }
        fprintf(stderr, "\n");
    }
}

/* Calls a function for every known table, and for many random ones. */
static void for_each_table(void (*check)(const struct table *table, struct rng *rng))
{
    struct rng rng = rng_from(test_seed());
    struct table table;

    for (size_t i = 0; i < N_KNOWN + N_RANDOM_TABLES; i++) {
        if (i < N_KNOWN) {
            known_table(&table, i);
        } else {
            random_table(&rng, &table);
        }
        check(&table, &rng);
    }
}

/* Fails with the table and the seed unless a cost is at most `most`, but for what floats round off. */
static void assert_at_most(double cost, double most, size_t n, const struct table *table)
{
    if (cost > 1.00001 * most) {
        print_table(table);
        fail_msg("%zu jobs cost %.2f, and not %.2f at most; %s", n, cost, most, test_seed_text());
    }
}

static void choices_are_cheap(const struct table *table, struct rng *rng)
{
    struct plan plan;
    double least[MAX_JOBS + 1];

    (void)rng;
    for (enum plan_use use = 0; use < PLAN_N_USES; use++) {
        plan_of(table, use, &plan);
        least_costs_of_use(table, &plan, use, least);
        for (size_t n = 1; n <= MAX_JOBS; n++) {
            assert_at_most(
                cost_by_choices(&plan, table->candidates, n), (double)PLAN_TIE * least[n], n, table);
        }
    }
}

/* Catches: an empty lane that is charged for, and so jobs that go to a narrow kernel although a wide one
 * takes them in less time; jobs that are left to a kernel which takes longer than a lane of the running one.
 */
static void test_choices_are_cheap(void **state)
{
    (void)state;
    for_each_table(choices_are_cheap);
}

static void more_jobs_cost_more(const struct table *table, struct rng *rng)
{
    struct plan plan;

    (void)rng;
    for (enum plan_use use = 0; use < PLAN_N_USES; use++) {
        plan_of(table, use, &plan);
        for (size_t n = 1; n < MAX_JOBS; n++) {
            assert_at_most(cost_by_choices(&plan, table->candidates, n),
                (double)PLAN_TIE * cost_by_choices(&plan, table->candidates, n + 1), n, table);
        }
    }
}

/* Catches: five jobs that take longer than six. */
static void test_more_jobs_cost_more(void **state)
{
    (void)state;
    for_each_table(more_jobs_cost_more);
}

/* Where the kernel for throughput takes as many full tasks as it can run and what is left behind them at the
 * least cost, no other kernel gets any job. Catches: thirty jobs, of which six are left behind three tasks of
 * eight, and go elsewhere for a gain that is noise. Random costs may ask of it to take so many jobs behind
 * one lot of tasks, and not behind two. */
static void test_one_kernel_if_one_will_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_KNOWN; i++) {
        struct table table;
        struct plan plan;
        double least[MAX_JOBS + 1];
        known_table(&table, i);
        plan_of(&table, PLAN_UNIFORM, &plan);
        least_costs(table.candidates, table.n, least);
        const struct simd_candidate *wide = &table.candidates[plan.throughput_kernel - table.kernels];
        const size_t lanes = wide->kernel->lanes, full = lanes * wide->kernel->tasks_in_flight;
        for (size_t n = full + 1; n <= full + lanes && n <= MAX_JOBS; n++) {
            if (cost_of(wide, n) <= 0.999 * (double)PLAN_TIE * least[n] && plan.choices[n].n_jobs != n) {
                fail_msg("%s: %zu jobs are divided", known[i].cpu, n);
            }
        }
    }
}

/* Costs as another process may measure them: each one is up to `noise` more or less. */
static void add_noise(struct table *noisy, const struct table *table, double noise, struct rng *rng)
{
    *noisy = *table;
    for (size_t i = 0; i < table->n; i++) {
        noisy->candidates[i].kernel = &noisy->kernels[i];
        for (unsigned t = 1; t <= table->kernels[i].tasks_in_flight; t++) {
            noisy->candidates[i].cost[t] *= between(rng, 1 - noise, 1 + noise);
        }
    }
}

static void noise_costs_no_more_than_itself(const struct table *table, struct rng *rng)
{
    static const double noise = 0.04;
    struct table noisy, real;
    struct plan plan;
    double least[MAX_JOBS + 1];

    least_costs(table->candidates, table->n, least);
    for (int repeat = 0; repeat < 5; repeat++) {
        add_noise(&noisy, table, noise, rng);
        plan_of(&noisy, PLAN_UNIFORM, &plan);
        add_noise(&real, table, 0, rng);
        for (size_t i = 0; i < table->n; i++) {
            real.candidates[i].kernel = &noisy.kernels[i]; /* the kernels that the plan chooses from */
        }
        for (size_t n = 1; n <= MAX_JOBS; n++) {
            assert_at_most(cost_by_choices(&plan, real.candidates, n),
                (double)PLAN_TIE * (1 + noise) / (1 - noise) * least[n], n, &noisy);
        }
    }
}

/* Whatever a plan makes of a wrong figure, it loses no more time than the figure is wrong by. Catches: a
 * choice that rests on differences of costs, in which a small noise is a large one. */
static void test_noise_costs_no_more_than_itself(void **state)
{
    (void)state;
    for_each_table(noise_costs_no_more_than_itself);
}

/* ---- the kernel for throughput ---- */

/* Of a kernel of many tasks. */
static double cost_per_task(const struct simd_candidate *candidate)
{
    const unsigned most = candidate->kernel->tasks_in_flight;

    return candidate->cost[most] / most;
}

/* The average cost of a job on such a kernel, if groups of 1 job, of 2 and so on to n_jobs wait. */
static double cost_in_groups(const struct simd_candidate *candidate, unsigned n_jobs)
{
    double cost = 0;

    for (unsigned n = 1; n <= n_jobs; n++) {
        cost += ceil((double)n / candidate->kernel->lanes) * cost_per_task(candidate);
    }
    return 2 * cost / (n_jobs * (n_jobs + 1));
}

static const struct simd_candidate *throughput_candidate(const struct table *table, enum plan_use use)
{
    struct plan plan;

    plan_of(table, use, &plan);
    for (size_t n = 1; n <= MAX_JOBS; n++) {
        assert_true(use == PLAN_UNIFORM || plan.choices[n].kernel->lanes <= plan.throughput_kernel->lanes);
    }
    return &table->candidates[plan.throughput_kernel - table->kernels];
}

static void throughput_is_cheap(const struct table *table, struct rng *rng)
{
    const struct simd_candidate *uniform = throughput_candidate(table, PLAN_UNIFORM),
                                *mixed = throughput_candidate(table, PLAN_MIXED);
    const unsigned lanes = uniform->kernel->lanes;

    (void)rng;
    for (size_t i = 0; i < table->n; i++) {
        const struct simd_candidate *other = &table->candidates[i];
        assert_at_most(cost_per_task(uniform) / lanes,
            (double)PLAN_TIE * cost_per_task(other) / other->kernel->lanes, lanes, table);
        if (other->kernel->lanes > 1) {
            assert_at_most(
                cost_in_groups(mixed, lanes), (double)PLAN_TIE * cost_in_groups(other, lanes), lanes, table);
        }
    }
}

/* Full tasks go to the kernel that is cheapest for them, and jobs of many shapes to the one that is cheapest
 * where lanes stay empty, and to none that is wider. Catches: sixteen lanes half of which are empty, beside
 * eight that cost half; jobs of many shapes whose kernel is exchanged for a wider one now and then. */
static void test_throughput_is_cheap(void **state)
{
    (void)state;
    for_each_table(throughput_is_cheap);
}

/* Two kernels cost the same per job, but for noise. Catches: processes that choose now the one and now the
 * other, and so a different speed of the engine, whose work for a task is the same for sixteen jobs as for
 * eight. */
static void test_equals_are_wide(void **state)
{
    struct rng rng = rng_from(test_seed());

    (void)state;
    for (int repeat = 0; repeat < 100; repeat++) {
        static const double eight[SIMD_MAX_TASKS_IN_FLIGHT] = {160, 250, 400, 480},
                            sixteen[SIMD_MAX_TASKS_IN_FLIGHT] = {260, 480};
        struct table table = {.n = 0}, noisy;
        add_kernel(&table, "eight", 8, 4, eight);
        add_kernel(&table, "sixteen", 16, 2, sixteen);
        add_noise(&noisy, &table, 0.01, &rng);
        assert_int_equal(throughput_candidate(&noisy, PLAN_UNIFORM)->kernel->lanes, 16);
        assert_int_equal(throughput_candidate(&noisy, PLAN_MIXED)->kernel->lanes, 8);
    }
}

/* How many choices differ between two plans of kernels in the same order. */
static unsigned n_different(
    const struct plan *a, const struct table *of_a, const struct plan *b, const struct table *of_b)
{
    unsigned n_different = 0;

    for (size_t n = 1; n <= MAX_JOBS; n++) {
        n_different += a->choices[n].kernel - of_a->kernels != b->choices[n].kernel - of_b->kernels ||
                       a->choices[n].n_jobs != b->choices[n].n_jobs;
    }
    return n_different;
}

/* Noise as start-up has it on a quiet machine, on the costs of real CPUs: hardly any choice may change.
 * Catches: a tie between a kernel and the same kernel in other portions, which noise decides anew for every
 * number of jobs. */
static void test_noise_changes_few_choices(void **state)
{
    enum { N_REPEATS = 200 };
    struct rng rng = rng_from(test_seed());

    (void)state;
    for (size_t i = 0; i < N_KNOWN; i++) {
        struct table table, noisy;
        struct plan plan, noisy_plan;
        unsigned n_changed = 0;
        known_table(&table, i);
        plan_of(&table, PLAN_UNIFORM, &plan);
        for (int repeat = 0; repeat < N_REPEATS; repeat++) {
            add_noise(&noisy, &table, 0.01, &rng);
            plan_of(&noisy, PLAN_UNIFORM, &noisy_plan);
            n_changed += n_different(&plan, &table, &noisy_plan, &noisy);
        }
        printf("%s: %.2f %% of choices change with a noise of 1 %%\n", known[i].cpu,
            100.0 * n_changed / (N_REPEATS * MAX_JOBS));
        assert_true(n_changed < N_REPEATS * MAX_JOBS / 20);
    }
}

/* ---- this machine ---- */

/* What is promised of plans holds for the ones that this machine makes. */
static void test_this_machine(void **state)
{
    const struct start *start = start_once();
    const struct simd_candidate *all;
    const size_t n_all = simd_candidates(&all);

    (void)state;
    assert_int_equal(start->one.status, LANEKDF_OK);
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        struct table table = {.n = 0};
        double least[MAX_JOBS + 1];
        for (size_t i = 0; i < n_all; i++) {
            if (all[i].kernel->family == family && all[i].state == SIMD_USABLE && table.n < MAX_KERNELS) {
                table.candidates[table.n] = all[i];
                table.kernels[table.n++] = *all[i].kernel;
            }
        }
        least_costs(table.candidates, table.n, least);
        for (size_t n = 1; n <= MAX_JOBS; n++) {
            assert_at_most(cost_by_choices(&start->plans.many[PLAN_UNIFORM][family], table.candidates, n),
                (double)PLAN_TIE * least[n], n, &table);
        }
    }
}

/* ---- batches ---- */

static const uint8_t secret[100], randoms[2][32];
static uint8_t key_blocks[MAX_JOBS][40];
static struct lanekdf_prf prfs[MAX_JOBS];
static struct lanekdf_handshake handshakes[MAX_JOBS];
static const struct lanekdf_bytes seed = {randoms[0], sizeof(randoms)};

static void set_jobs(void)
{
    for (size_t i = 0; i < MAX_JOBS; i++) {
        prfs[i] = (struct lanekdf_prf){.job.kind = LANEKDF_KIND_PRF,
            .hash = LANEKDF_SHA256,
            .secret = {secret, 48},
            .seed = &seed,
            .n_seed = 1,
            .out = {key_blocks[i], sizeof(key_blocks[i])}};
        handshakes[i] = (struct lanekdf_handshake){.job.kind = LANEKDF_KIND_HANDSHAKE,
            .version = LANEKDF_TLS12,
            .hash = LANEKDF_SHA256,
            .pre_master_secret = {secret, sizeof(secret)},
            .client_random = randoms[0],
            .server_random = randoms[1],
            .enc_key_len = 16,
            .fixed_iv_len = 4,
            .key_block = key_blocks[i]};
    }
}

/* What each kernel of the table does for a batch. */
struct work {
    unsigned n_tasks[SIMD_MAX_KERNELS], n_jobs[SIMD_MAX_KERNELS];
};
static lanekdf_context *context;
static struct work done;

static size_t index_of(const struct simd_kernel *kernel)
{
    const struct simd_candidate *all;
    size_t i = 0;

    simd_candidates(&all);
    while (all[i].kernel != kernel) {
        i++;
    }
    return i;
}

static int next_counted(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    const int is_given = batch_next(feed, cursor, task);
    const size_t i = index_of(context->batch.kernel);

    if (is_given) {
        done.n_tasks[i]++;
        done.n_jobs[i] += context->batch.cursors[cursor].n;
    }
    return is_given;
}

/* Derives n jobs as a batch, which lanekdf_context_derive() does not make of a job that comes alone. */
static void derive_batch(struct lanekdf_job *const *jobs, size_t n)
{
    done = (struct work){0};
    assert_int_equal(batch_derive(&context->batch, jobs, n), 0);
}

/* How many phases a job goes through: a batch of one job makes one task in each. */
static unsigned count_phases(struct lanekdf_job *const *jobs)
{
    unsigned n = 0;

    derive_batch(jobs, 1);
    for (size_t i = 0; i < SIMD_MAX_KERNELS; i++) {
        n += done.n_tasks[i];
    }
    return n;
}

/* n jobs, all of one shape in each phase. */
static void batch_does_as_planned(struct lanekdf_job *const *jobs, size_t n)
{
    const struct plan *plan = &context->plans.many[PLAN_UNIFORM][SIMD_SHA256];
    const unsigned n_phases = count_phases(jobs);
    struct work planned = {0};

    for (size_t left = n; left; left -= plan->choices[left].n_jobs) {
        const unsigned lanes = plan->choices[left].kernel->lanes, n_jobs = plan->choices[left].n_jobs;
        const size_t i = index_of(plan->choices[left].kernel);
        planned.n_tasks[i] += n_phases * ((n_jobs + lanes - 1) / lanes);
        planned.n_jobs[i] += n_phases * n_jobs;
    }
    derive_batch(jobs, n);
    for (size_t i = 0; i < SIMD_MAX_KERNELS; i++) {
        if (done.n_tasks[i] != planned.n_tasks[i] || done.n_jobs[i] != planned.n_jobs[i]) {
            fail_msg("%zu jobs of %u phases: kernel %zu gets %u jobs in %u tasks, not %u in %u; %s", n,
                n_phases, i, done.n_jobs[i], done.n_tasks[i], planned.n_jobs[i], planned.n_tasks[i],
                test_seed_text());
        }
    }
}

static void batches_do_as_planned(void)
{
    struct lanekdf_job *prf_jobs[MAX_JOBS], *handshake_jobs[MAX_JOBS];

    assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_OK);
    const struct plan *plan = &context->plans.many[PLAN_UNIFORM][SIMD_SHA256];
    const struct simd_kernel *wide = plan->throughput_kernel;
    context->batch.feed.next = next_counted;
    for (size_t n = 1; n <= MAX_JOBS; n++) {
        prf_jobs[n - 1] = &prfs[n - 1].job;
        handshake_jobs[n - 1] = &handshakes[n - 1].job;
        batch_does_as_planned(prf_jobs, n);
        /* Where tasks of both phases run side by side, other jobs are left over than those of the plan. */
        if (plan->choices[n].kernel == wide && plan->choices[n].n_jobs == n &&
            n < (size_t)wide->lanes * wide->tasks_in_flight && wide->lanes > 1) {
            batch_does_as_planned(handshake_jobs, n);
        }
    }
    lanekdf_context_free(context);
}

/* The kernels of a context get as many jobs, in as many tasks, as the plan says, whatever the kernels cost.
 * Catches: a plan that is right and that nobody follows, as where jobs are left over that would have been
 * cheaper beside the running tasks. */
static void test_batches_do_as_planned(void **state)
{
    const struct simd_candidate *all;
    struct rng rng = rng_from(test_seed());

    (void)state;
    assert_int_equal(lanekdf_start(NULL), LANEKDF_OK);
    const size_t n_all = simd_candidates(&all);
    struct simd_candidate *costly = (struct simd_candidate *)(uintptr_t)all;
    for (int repeat = 0; repeat < 100; repeat++) {
        for (size_t i = 0; i < n_all; i++) {
            random_costs(&rng, all[i].kernel->lanes, all[i].kernel->tasks_in_flight, costly[i].cost + 1);
        }
        batches_do_as_planned();
    }
}

/* ---- batches of many shapes ---- */

enum { N_SHAPES = 4, N_OF_A_SHAPE = 12, N_LARGE = 3, N_OF_A_LARGE = 20 };

/* Two kernels of SHA-256 with several lanes, the second of them with more. Returns false if this CPU has no
 * two. */
static bool find_two_widths(size_t *narrow, size_t *wide)
{
    const struct simd_candidate *all;
    const size_t n_all = simd_candidates(&all);

    *narrow = *wide = n_all;
    for (size_t i = 0; i < n_all; i++) {
        if (all[i].kernel->family == SIMD_SHA256 && all[i].state == SIMD_USABLE && all[i].kernel->lanes > 1) {
            *narrow = *narrow == n_all || all[i].kernel->lanes < all[*narrow].kernel->lanes ? i : *narrow;
            *wide = *wide == n_all || all[i].kernel->lanes > all[*wide].kernel->lanes ? i : *wide;
        }
    }
    return *narrow < n_all && all[*narrow].kernel->lanes < all[*wide].kernel->lanes;
}

/* Makes one task of kernel number k cost so much, and each one more beside it 0.6 times as much. */
static void set_cost(size_t k, double cost)
{
    const struct simd_candidate *all;

    simd_candidates(&all);
    for (unsigned t = 1; t <= all[k].kernel->tasks_in_flight; t++) {
        ((struct simd_candidate *)(uintptr_t)all)[k].cost[t] = cost * (0.4 + 0.6 * t);
    }
}

enum { TOO_MUCH = 10000 };

/* Makes a context in which a task of the narrower of two kernels costs 100, one of one lane `one_lane`, and
 * as many lanes of the wider one as the narrower has `wide_lanes`. No other kernel is cheap enough. Returns
 * false, and says so, if this CPU has no two. */
static bool make_context(double one_lane, double wide_lanes, size_t *narrow, size_t *wide)
{
    const struct simd_candidate *all;
    const size_t n_all = simd_candidates(&all);

    if (!find_two_widths(narrow, wide)) {
        puts("not tested: this CPU has no kernels of several lanes that differ in their number");
        return false;
    }
    for (size_t i = 0; i < n_all; i++) {
        set_cost(i, all[i].kernel->lanes == 1 ? one_lane : TOO_MUCH);
    }
    set_cost(*narrow, 100);
    set_cost(*wide, wide_lanes * all[*wide].kernel->lanes / all[*narrow].kernel->lanes);
    assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_OK);
    context->batch.feed.next = next_counted;
    return true;
}

/* Jobs of so many shapes, which have seeds of other lengths, in turn. */
static void set_shapes(struct lanekdf_job **jobs, size_t n_jobs, size_t n_shapes)
{
    static const uint8_t bytes[64 * N_SHAPES];
    static struct lanekdf_bytes seeds[N_SHAPES];

    for (size_t i = 0; i < n_jobs; i++) {
        seeds[i % n_shapes] = (struct lanekdf_bytes){bytes, 64 * (i % n_shapes)};
        prfs[i].seed = &seeds[i % n_shapes];
        jobs[i] = &prfs[i].job;
    }
}

/* Catches: a batch of many shapes that goes to sixteen lanes, of which a group of twelve leaves four empty
 * and a group of four twelve; one that stays with them because they are running; a batch of one shape that
 * comes later and does not get them back; groups of twenty, each of which would go to eight lanes if it were
 * alone, and which fill sixteen lanes side by side. */
static void test_many_shapes_get_fewer_lanes(void **state)
{
    struct lanekdf_job *jobs[MAX_JOBS], *alike[MAX_JOBS];
    const struct simd_candidate *all;
    size_t narrow, wide;

    (void)state;
    simd_candidates(&all);
    if (!make_context(TOO_MUCH, 78, &narrow, &wide)) {
        return;
    }
    for (size_t i = 0; i < MAX_JOBS; i++) {
        alike[i] = &handshakes[i].job;
    }
    for (int repeat = 0; repeat < 3; repeat++) {
        const unsigned lanes = all[narrow].kernel->lanes;
        set_shapes(jobs, N_SHAPES * N_OF_A_SHAPE, N_SHAPES);
        done = (struct work){0};
        assert_int_equal(lanekdf_context_derive(context, jobs, N_SHAPES * N_OF_A_SHAPE), 0);
        assert_int_equal(done.n_jobs[narrow], N_SHAPES * N_OF_A_SHAPE);
        assert_int_equal(done.n_tasks[narrow], N_SHAPES * ((N_OF_A_SHAPE + lanes - 1) / lanes));
        done = (struct work){0};
        assert_int_equal(lanekdf_context_derive(context, alike, MAX_JOBS), 0);
        assert_int_equal(done.n_jobs[narrow], 0);
        assert_true(done.n_jobs[wide] >= MAX_JOBS);
        set_shapes(jobs, N_LARGE * N_OF_A_LARGE, N_LARGE);
        done = (struct work){0};
        assert_int_equal(lanekdf_context_derive(context, jobs, N_LARGE * N_OF_A_LARGE), 0);
        assert_true(done.n_jobs[wide] >= (unsigned)N_LARGE * all[wide].kernel->lanes);
    }
    lanekdf_context_free(context);
    set_jobs();
}

/* n jobs of as many shapes, which have seeds of other lengths, but for the first n_alike, which have one. */
static void set_few(struct lanekdf_job **jobs, size_t n, size_t n_alike)
{
    static const uint8_t bytes[64 * MAX_JOBS];
    static struct lanekdf_bytes seeds[MAX_JOBS];

    for (size_t i = 0; i < n; i++) {
        seeds[i] = (struct lanekdf_bytes){bytes, i < n_alike ? 0 : 64 * i};
        prfs[i].seed = &seeds[i];
        jobs[i] = &prfs[i].job;
    }
}

static unsigned n_in_several_lanes(struct lanekdf_job **jobs, size_t n)
{
    const struct simd_candidate *all;
    const size_t n_all = simd_candidates(&all);
    unsigned n_jobs = 0;

    done = (struct work){0};
    assert_int_equal(lanekdf_context_derive(context, jobs, n), 0);
    for (size_t i = 0; i < n_all; i++) {
        n_jobs += all[i].kernel->lanes > 1 ? done.n_jobs[i] : 0;
    }
    return n_jobs;
}

/* A task of several lanes costs more than five jobs one by one, and less than six. So eight of eight shapes
 * still go one by one. Catches: a few jobs of many shapes for which the engine looks for company that
 * they cannot have; jobs of one shape that lose theirs because others came along. */
static void test_few_of_many_shapes_stay_apart(void **state)
{
    struct lanekdf_job *jobs[MAX_JOBS];
    size_t narrow, wide;

    (void)state;
    if (!make_context(25, TOO_MUCH, &narrow, &wide)) {
        return;
    }
    for (size_t n = 1; n <= 8; n++) {
        set_few(jobs, n, 1);
        assert_int_equal(n_in_several_lanes(jobs, n), 0);
    }
    set_few(jobs, 8, 6);
    assert_int_equal(n_in_several_lanes(jobs, 8), 6);
    lanekdf_context_free(context);
    set_jobs();
}

/* Tasks of one lane in which a secret is hashed first. */
static unsigned n_first_alone;

static int next_first_counted(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    const struct batch *b = (const struct batch *)feed;
    const int is_given = next_counted(feed, cursor, task);

    n_first_alone += is_given && b->kernel->lanes == 1 && b->cursors[cursor].phase == 0;
    return is_given;
}

/* Handshakes whose key blocks have eight lengths fill no lanes as a whole, but those of their master secrets.
 * They are too few for the wide kernel to run full tasks for long. Three have a secret that is hashed first,
 * which one lane would do for a little less. Catches: the wide kernel, which runs the master secrets and
 * leaves the key blocks to the other; a change to one lane and back, where all tasks end before and none
 * begins beside. */
static void test_a_few_of_several_phases_stay_with_a_kernel(void **state)
{
    enum { N_LENGTHS = 8, MOST = 40 + 32 * (N_LENGTHS - 1) };
    static uint8_t outs[MAX_JOBS][MOST];
    struct lanekdf_job *jobs[MAX_JOBS];
    const struct simd_candidate *all;
    size_t narrow, wide;

    (void)state;
    simd_candidates(&all);
    if (!make_context(25, 78, &narrow, &wide)) {
        return;
    }
    const unsigned many = 3u * all[wide].kernel->lanes * all[wide].kernel->tasks_in_flight;
    const size_t n = many > MAX_JOBS ? MAX_JOBS : many - 1;
    for (size_t i = 0; i < n; i++) {
        handshakes[i].pre_master_secret.len = i < 3 ? sizeof(secret) : 48;
        handshakes[i].mac_key_len = (uint8_t)(i % N_LENGTHS * 16);
        handshakes[i].key_block = outs[i];
        jobs[i] = &handshakes[i].job;
    }
    context->batch.feed.next = next_first_counted;
    done = (struct work){0};
    n_first_alone = 0;
    assert_int_equal(lanekdf_context_derive(context, jobs, n), 0);
    assert_int_equal(done.n_jobs[wide], 0);
    assert_int_equal(n_first_alone, 0);
    lanekdf_context_free(context);
    set_jobs();
}

/* Of two kernels of one lane, one takes as long for any number of tasks, and the other is made for two or
 * more. Catches: eight jobs of several shapes that go to the first because eight alike take less there. Their
 * programs have several lengths, so that most of the time fewer than eight tasks run. */
static void test_jobs_of_several_shapes_end_one_by_one(void **state)
{
    const struct simd_candidate *all;
    const size_t n_all = simd_candidates(&all);
    struct simd_candidate table[2];
    struct plan plan;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < n_all; i++) {
        const char *const name = all[i].kernel->name;
        const bool is_flat = !strcmp(name, "sha256_avx512_x1");
        if (all[i].state != SIMD_USABLE || (!is_flat && strcmp(name, "sha256_shani"))) {
            continue;
        }
        table[n] = all[i];
        for (unsigned t = 1; t <= all[i].kernel->tasks_in_flight; t++) {
            table[n].cost[t] = is_flat ? 76 : 10 * t;
        }
        n++;
    }
    if (n < 2) {
        skip();
    }
    assert_true(plan_make(&plan, table, n, SIMD_SHA256, &(struct plan_limits){0}, PLAN_MIXED));
    assert_string_equal(plan.choices[8].kernel->name, "sha256_avx512_x1");
    assert_string_equal(plan.apart[8].kernel->name, "sha256_shani");
    assert_string_equal(plan.apart[12].kernel->name, "sha256_avx512_x1");
}

/* Catches: few jobs that go the way of a large batch where one lane is all that a family has, since each of
 * them is a full task already. */
static void test_each_is_alone_in_one_lane(void **state)
{
    static const struct plan_limits narrow = {.max_vector_width = 128};
    const struct start_candidates *candidates = &start_once()->candidates;
    struct plan plan;

    (void)state;
    for (int family = 0; family < SIMD_N_FAMILIES; family++) {
        assert_true(plan_make(
            &plan, candidates->all, candidates->n, (enum simd_family)family, &narrow, PLAN_UNIFORM));
        assert_int_equal(plan.throughput_kernel->lanes, 1);
        assert_int_equal(plan.n_one_by_one, PLAN_MAX_JOBS);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices_are_cheap),
        cmocka_unit_test(test_more_jobs_cost_more),
        cmocka_unit_test(test_one_kernel_if_one_will_do),
        cmocka_unit_test(test_noise_costs_no_more_than_itself),
        cmocka_unit_test(test_noise_changes_few_choices),
        cmocka_unit_test(test_throughput_is_cheap),
        cmocka_unit_test(test_equals_are_wide),
        cmocka_unit_test(test_each_is_alone_in_one_lane),
        cmocka_unit_test(test_this_machine),
        /* The last ones: they change what start-up measured. */
        cmocka_unit_test(test_batches_do_as_planned),
        cmocka_unit_test(test_many_shapes_get_fewer_lanes),
        cmocka_unit_test(test_few_of_many_shapes_stay_apart),
        cmocka_unit_test(test_a_few_of_several_phases_stay_with_a_kernel),
        cmocka_unit_test(test_jobs_of_several_shapes_end_one_by_one),
    };

    set_jobs();
    test_seed();
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
