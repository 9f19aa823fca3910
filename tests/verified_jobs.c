/*
 * Verification in service (verify_one_in), with kernels that flip a bit (faulty_kernels.h).
 *
 * What a process takes out of service stays so. Each trial is a process of its own therefore, forked from one
 * that has started: all outputs must be right whatever happened, and what the library says of it, too.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "faulty_kernels.h"
#include "good_jobs.h"
#include "kernel_argument.h"
#include "must.h"
#include "run_and_compare.h"
#include "simd.h"
#include "single_step.h"

static struct guarded_memory *memory;
static struct rng rng;

#define CHECK(condition) check(condition, #condition, __LINE__)

/* Ends the trial. */
static void check(bool holds, const char *what, int line)
{
    if (!holds) {
        fprintf(stderr, "verified_jobs.c:%d: not so: %s; to repeat: %s\n", line, what, test_seed_text());
        fflush(NULL);
        _exit(1);
    }
}

/* ---- processes ---- */

/* Runs a function in a process of its own. Returns what it returned, as a number from 0 to 255. */
static int in_child(int (*function)(const void *), const void *argument)
{
    const pid_t child = child_begin();

    if (child == 0) {
        const int result = function(argument);
        fflush(NULL);
        _exit(result);
    }
    const int status = child_status(child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* What a trial returns. */
enum {
    RIGHT = 0,
    WRONG = 1,
    KERNEL_IS_UNSUPPORTED = 70, /* this machine lacks what the kernel needs */
    KERNEL_RUNS_NOTHING = 71    /* the form of the call runs no kernel of several lanes on these jobs */
};

/* ---- what the callback is told ---- */

static struct {
    unsigned n;
    char kernels[8][32], families[8][16];
    uint32_t n_left[8], n_withdrawn[8];
} told;

static int user;

static void on_fault(void *who, const struct lanekdf_fault *fault)
{
    CHECK(who == &user && told.n < 8 && fault->size == sizeof(*fault));
    snprintf(told.kernels[told.n], sizeof(told.kernels[0]), "%s", fault->kernel);
    snprintf(told.families[told.n], sizeof(told.families[0]), "%s", fault->family);
    told.n_left[told.n] = fault->n_left;
    told.n_withdrawn[told.n++] = fault->n_withdrawn;
}

static struct lanekdf_verification query(void)
{
    struct lanekdf_verification found = {.size = sizeof(found)};

    CHECK(lanekdf_verification_query(&found) == LANEKDF_OK);
    return found;
}

/* A kernel that the library does not know is one of another architecture. */
/* Whether jobs that come alone may run on the kernel. */
static bool is_for_one_job(const char *name)
{
    const struct simd_candidate *all;

    for (size_t i = 0, n = simd_candidates(&all); i < n; i++) {
        if (!strcmp(all[i].kernel->name, name)) {
            return all[i].kernel->run_tasks;
        }
    }
    return false;
}

static struct lanekdf_kernel find_kernel(const char *name)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};

    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (!strcmp(kernel.name, name)) {
            return kernel;
        }
    }
    return (struct lanekdf_kernel){.state = LANEKDF_KERNEL_UNSUPPORTED, .lanes = UINT32_MAX};
}

static uint32_t state_of(const char *name)
{
    return find_kernel(name).state;
}

static bool was_told_of(const char *name)
{
    for (unsigned i = 0; i < told.n; i++) {
        if (!strcmp(told.kernels[i], name)) {
            return true;
        }
    }
    return false;
}

/* ---- trials ---- */

enum { N_JOBS = 35 }; /* full tasks of every kernel, and a rest */

/* What a process starts with. */
struct setting {
    const char *kernel; /* NULL: any */
    uint32_t hash;
    bool one; /* by lanekdf_derive_one, else in a context */
};

static lanekdf_context *context;

static struct job_case a_job(uint32_t hash)
{
    if (hash == LANEKDF_SHA256 || hash == LANEKDF_SHA384 || hash == LANEKDF_SHA512) {
        return rng_one_in(&rng, 2) ? good_handshake_of_version(memory, LANEKDF_TLS12, (uint16_t)hash)
                                   : good_prf(memory, hash, 48, 13, 64, 2, 48);
    }
    return good_prf(memory, hash, 48, 13, 64, 2, 48);
}

/* Jobs of one shape fill the lanes of a kernel. */
static bool jobs_are_right(const struct setting *setting, size_t n)
{
    static struct job_case cases[N_JOBS];

    for (size_t i = 0; i < n; i++) {
        cases[i] = good_prf(memory, setting->hash, 48, 13, 64, 2, 48);
    }
    return run_and_compare(memory, cases, n, setting->one ? NULL : context, LANEKDF_LEGACY_ALL);
}

static bool mixed_jobs_are_right(const struct setting *setting, size_t n)
{
    static struct job_case cases[N_JOBS];

    for (size_t i = 0; i < n; i++) {
        cases[i] = a_job(setting->hash);
    }
    return run_and_compare(memory, cases, n, setting->one ? NULL : context, LANEKDF_LEGACY_ALL);
}

/* How many jobs of a trial: enough for the lanes; one by one they are all alike. */
static size_t n_jobs_of(const struct setting *setting)
{
    return setting->one ? 2 : N_JOBS;
}

/* After a trial: whoever flipped a bit is out of service, nobody else, and all are told. */
static void check_reports(unsigned n_kernels)
{
    const struct lanekdf_verification found = query();

    CHECK(found.n_wrong > 0 && found.n_verified >= found.n_wrong);
    CHECK(told.n == n_kernels && found.n_withdrawn == n_kernels && told.n_withdrawn[0] <= n_kernels);
    for (unsigned i = 0; i < told.n; i++) {
        CHECK(state_of(told.kernels[i]) == LANEKDF_KERNEL_WITHDRAWN);
        CHECK(!strncmp(told.kernels[i], told.families[i], strlen(told.families[i])));
    }
}

/* Neither this context, nor a new one, nor lanekdf_derive_one runs a kernel that is out of service. */
static void check_out_of_service(const struct setting *setting)
{
    const unsigned n_flips = faulty.n_flips;
    lanekdf_context *const first = context;
    struct setting other = *setting;

    CHECK(mixed_jobs_are_right(setting, n_jobs_of(setting)));
    other.one = !setting->one;
    CHECK(mixed_jobs_are_right(&other, 4));
    CHECK(lanekdf_context_new(&context, NULL) == LANEKDF_OK);
    other.one = false;
    CHECK(mixed_jobs_are_right(&other, N_JOBS));
    lanekdf_context_free(context);
    context = first;
    CHECK(faulty.n_flips == n_flips);
    for (size_t n = 1; n <= N_JOBS; n++) {
        struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
        const size_t choice = lanekdf_kernel_choice((enum lanekdf_hash)setting->hash, n, NULL);
        CHECK(choice == (size_t)-1 || (lanekdf_kernel_query(choice, &kernel) == LANEKDF_OK &&
                                          kernel.state != LANEKDF_KERNEL_WITHDRAWN));
    }
}

struct trial {
    struct setting setting;
    struct faulty fault;
};

/* Faults of one kernel: all outputs are right, and the kernel is out of service. */
static int try_fault(const void *argument)
{
    const struct trial *trial = argument;

    faulty = trial->fault;
    CHECK(jobs_are_right(&trial->setting, n_jobs_of(&trial->setting)));
    CHECK(faulty.n_flips > 0);
    check_reports(1);
    CHECK(was_told_of(trial->fault.kernels[0]));
    CHECK(query().n_failed == 0);
    check_out_of_service(&trial->setting);
    return RIGHT;
}

/* How many operations the program of the jobs has on this kernel; 0: the kernel does not run it. */
static int count_ops(const void *argument)
{
    const struct trial *trial = argument;

    faulty = trial->fault;
    CHECK(jobs_are_right(&trial->setting, n_jobs_of(&trial->setting)));
    CHECK(query().n_wrong == 0 && query().n_withdrawn == 0 && told.n == 0);
    return (int)faulty.n_ops;
}

static void start_trials(const struct setting *setting)
{
    const struct lanekdf_options options = {.size = sizeof(options),
        .kernel = setting->kernel,
        .legacy = LANEKDF_LEGACY_ALL,
        .verify_one_in = 1,
        .on_fault = on_fault,
        .user = &user};
    const int status = lanekdf_start(&options);

    if (status == LANEKDF_ERROR_KERNEL && state_of(setting->kernel) == LANEKDF_KERNEL_UNSUPPORTED) {
        _exit(KERNEL_IS_UNSUPPORTED);
    }
    CHECK(status == LANEKDF_OK);
    CHECK(lanekdf_context_new(&context, NULL) == LANEKDF_OK);
}

/* Every operation in turn, in every lane over all of them. */
static int try_every_op(const void *argument)
{
    const struct setting *setting = argument;
    struct trial trial = {
        .setting = *setting, .fault = {.kernels = {setting->kernel}, .op = FAULTY_NO_OP, .in_blocks = true}};

    start_trials(setting);
    const int n_ops = in_child(count_ops, &trial);
    if (!n_ops) {
        CHECK(setting->one && !is_for_one_job(setting->kernel));
        return KERNEL_RUNS_NOTHING;
    }
    CHECK(n_ops >= 5 && n_ops < 100);
    for (trial.fault.op = 0; trial.fault.op < n_ops; trial.fault.op++) {
        trial.fault.lane = (int)rng_below(&rng, 16);
        trial.fault.once = rng_one_in(&rng, 4);
        if (in_child(try_fault, &trial) != RIGHT) {
            fprintf(stderr, "%s, operation %d of %d, lane %d%s, %s\n", setting->kernel, trial.fault.op, n_ops,
                trial.fault.lane, trial.fault.once ? ", once" : "",
                setting->one ? "one job" : "in a context");
            return WRONG;
        }
    }
    return RIGHT;
}

static uint32_t hash_of_kernel(const char *kernel)
{
    return !strncmp(kernel, "sha256", 6)   ? LANEKDF_SHA256
           : !strncmp(kernel, "sha512", 6) ? LANEKDF_SHA384
           : !strncmp(kernel, "md5", 3)    ? LANEKDF_MD5
                                           : LANEKDF_SHA1;
}

#define KERNEL(name) #name,
static const char *const kernels[] = {
#include "kernel_table.h"
};
#undef KERNEL
enum { N_KERNELS = sizeof(kernels) / sizeof(*kernels) };

static void on_every_kernel(int (*function)(const void *))
{
    for (size_t i = 0; i < N_KERNELS; i++) {
        for (int one = 0; one < 2; one++) {
            const struct setting setting = {kernels[i], hash_of_kernel(kernels[i]), one};
            const int result = in_child(function, &setting);
            if (result == KERNEL_IS_UNSUPPORTED) {
                printf("skipped: this machine lacks what %s needs\n", kernels[i]);
            } else if (result == KERNEL_RUNS_NOTHING) {
                printf("not for %s: it has several lanes, and %s runs these jobs in one\n", kernels[i],
                    one ? "lanekdf_derive_one" : "a context");
            } else {
                assert_int_equal(result, RIGHT);
            }
        }
    }
}

/* Catches: an operation whose fault gets past the comparison; a kernel that stays in service, in this context
 * or elsewhere; jobs that keep what it gave; a callback or a count that misses it. */
static void test_every_op(void **state)
{
    (void)state;
    on_every_kernel(try_every_op);
}

static void run_or_skip(int (*function)(const void *), const struct setting *setting)
{
    const int result = in_child(function, setting);

    if (setting->kernel && result == KERNEL_IS_UNSUPPORTED) {
        printf("skipped: this machine lacks what %s needs\n", setting->kernel);
        skip();
    }
    assert_int_equal(result, RIGHT);
}

/* ---- faults of the second kernel ---- */

/* The kernel that derives a second time is faulty, and what is verified was right. */
static int try_second(const void *argument)
{
    const struct setting *setting = argument;

    start_trials(setting);
    faulty = (struct faulty){.kernels = {"sha256_scalar"}, .op = 3, .lane = FAULTY_ALL_LANES};
    CHECK(jobs_are_right(setting, 1));
    CHECK(faulty.n_flips == 1);
    CHECK(told.n == 1 && was_told_of("sha256_scalar") && query().n_wrong == 0 && query().n_failed == 0);
    CHECK(state_of("sha256_scalar") == LANEKDF_KERNEL_WITHDRAWN);
    CHECK(state_of(setting->kernel) == LANEKDF_KERNEL_USABLE);
    check_out_of_service(setting);
    return RIGHT;
}

/* Catches: a right kernel that is taken out of service because a wrong one was to verify it. */
static void test_second_kernel_is_wrong(void **state)
{
    (void)state;
    for (int one = 0; one < 2; one++) {
        const struct setting setting = {"sha256_shani", LANEKDF_SHA256, one};
        run_or_skip(try_second, &setting);
    }
}

/* ---- faults of one of several kernels ---- */

/* The least number of jobs of which one kernel takes the first and another the rest, with the name of the
 * first. 0 if one kernel takes as many as there are, whatever their number. */
static size_t n_for_two_kernels(uint32_t hash, struct lanekdf_kernel *first)
{
    for (size_t n = 2; n <= N_JOBS; n++) {
        size_t n_taken;
        const size_t choice = lanekdf_kernel_choice((enum lanekdf_hash)hash, n, &n_taken);
        if (n_taken < n && lanekdf_kernel_choice((enum lanekdf_hash)hash, n - n_taken, NULL) != choice) {
            CHECK(lanekdf_kernel_query(choice, first) == LANEKDF_OK);
            return n;
        }
    }
    return 0;
}

static int try_shared_batch(const void *argument)
{
    const struct setting *setting = argument;
    struct lanekdf_kernel first = {.size = sizeof(first)};

    start_trials(setting);
    const size_t n = n_for_two_kernels(setting->hash, &first);
    if (!n) {
        return KERNEL_RUNS_NOTHING;
    }
    faulty = (struct faulty){.kernels = {first.name}, .op = 4, .lane = FAULTY_ALL_LANES};
    CHECK(jobs_are_right(setting, n));
    check_reports(1);
    CHECK(was_told_of(first.name) && query().n_failed == 0);
    check_out_of_service(setting);
    return RIGHT;
}

/* Catches: a right kernel that is taken out of service because a wrong one ran in the same batch. */
static void test_batch_of_two_kernels(void **state)
{
    static const uint32_t hashes[] = {LANEKDF_SHA256, LANEKDF_SHA384};
    int n_found = 0;

    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct setting setting = {NULL, hashes[i], false};
        const int result = in_child(try_shared_batch, &setting);
        assert_true(result == RIGHT || result == KERNEL_RUNS_NOTHING);
        n_found += result == RIGHT;
    }
    if (!n_found) {
        puts("skipped: on this machine no number of jobs is shared by two kernels");
        skip();
    }
}

/* The kernel is faulty before the process begins. */
static int try_fault_at_start(const void *argument)
{
    const struct setting *setting = argument;
    const struct setting any = {NULL, setting->hash, setting->one};

    faulty = (struct faulty){
        .kernels = {setting->kernel}, .op = 0, .lane = FAULTY_ALL_LANES, .in_blocks = setting->one};
    start_trials(&any);
    if (state_of(setting->kernel) == LANEKDF_KERNEL_UNSUPPORTED) {
        return KERNEL_IS_UNSUPPORTED;
    }
    CHECK(state_of(setting->kernel) == LANEKDF_KERNEL_FAULTY && faulty.n_flips > 0);
    check_out_of_service(&any);
    CHECK(told.n == 0 && query().n_wrong == 0);
    return RIGHT;
}

/* Catches: a test at start-up that takes a wrong kernel for right, and a kernel that runs all the same. */
static void test_fault_at_start(void **state)
{
    static const struct setting settings[] = {
        {"sha256_avx2", LANEKDF_SHA256, false}, {"sha512_bmi2", LANEKDF_SHA512, true}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        run_or_skip(try_fault_at_start, &settings[i]);
    }
}

/* ---- jobs that fail ---- */

/* The kernel for one job is faulty, and so is the one that takes its place. */
static void fail_alone(struct job_case job_case)
{
    struct job_case cases[2] = {job_case, good_prf(memory, LANEKDF_SHA256, 48, 13, 64, 2, 48)};

    faulty = (struct faulty){.kernels = {"sha256_shani", "sha256_shani_x1"}, .op = 0};
    cases[0].status = LANEKDF_ERROR_FAULT;
    cases[0].outputs_of_failure = OUTPUTS_ZEROED;
    CHECK(run_and_compare(memory, cases, 2, NULL, LANEKDF_LEGACY_ALL));
    check_reports(2);
    CHECK(query().n_failed == 1);
}

static int try_failing_alone(const void *argument)
{
    const struct setting *setting = argument;

    start_trials(setting);
    fail_alone(good_prf(memory, LANEKDF_SHA256, 48, 13, 64, 2, 48));
    check_out_of_service(setting);
    return RIGHT;
}

/* PSKs of more than LANEKDF_MAX_OUT bytes, which several programs derive. */
static int try_failing_tickets(const void *argument)
{
    enum { N_NONCES = 2049 };

    start_trials(argument);
    fail_alone(good_tickets(memory, LANEKDF_SHA256, N_NONCES, 0));
    return RIGHT;
}

/* The first two kernels of a batch are faulty, in all lanes. The jobs fill tasks: a rest might go to a third
 * kernel, with the first job in it. */
static int try_failing_in_batch(const void *argument)
{
    const struct setting *setting = argument;
    enum { N_FULL = 32 };
    struct job_case cases[N_FULL];

    start_trials(setting);
    faulty = (struct faulty){.any_wide = true, .op = 7, .lane = FAULTY_ALL_LANES};
    for (int i = 0; i < N_FULL; i++) {
        cases[i] = good_prf(memory, LANEKDF_SHA256, 48, 13, 64, 2, 48);
    }
    cases[0].status = LANEKDF_ERROR_FAULT;
    cases[0].outputs_of_failure = OUTPUTS_ZEROED;
    CHECK(run_and_compare(memory, cases, N_FULL, context, LANEKDF_LEGACY_ALL));
    check_reports(2);
    CHECK(query().n_failed == 1);
    check_out_of_service(setting);
    return RIGHT;
}

/* Catches: wrong bytes that are handed out because there was one try only; a job that fails and keeps them;
 * jobs of the call that fail with it. */
static void test_job_fails(void **state)
{
    static const struct setting alone = {"sha256_shani", LANEKDF_SHA256, true};

    (void)state;
    run_or_skip(try_failing_alone, &alone);
    run_or_skip(try_failing_tickets, &alone);
}

static void test_job_of_batch_fails(void **state)
{
    static const struct setting batch = {"sha256_avx512", LANEKDF_SHA256, false};

    (void)state;
    run_or_skip(try_failing_in_batch, &batch);
}

/* ---- a family without a kernel ---- */

static int try_without_kernel(const void *argument)
{
    const struct setting *setting = argument;
    static const struct lanekdf_bytes key = {(const uint8_t *)"key", 3};
    struct lanekdf_prepared_secret prepared;
    struct lanekdf_hmac_state running;
    const struct lanekdf_prepare prepare = {
        .job = {.kind = LANEKDF_KIND_PREPARE, .legacy = LANEKDF_LEGACY_ALL},
        .hash = LANEKDF_SHA1,
        .secret = key,
        .prepared = &prepared};

    start_trials(setting);
    struct lanekdf_prepare job = prepare;
    CHECK(lanekdf_derive_one(&job.job) == LANEKDF_OK);
    faulty =
        (struct faulty){.kernels = {"sha1_scalar"}, .op = 2, .lane = FAULTY_ALL_LANES, .in_blocks = true};
    CHECK(jobs_are_right(setting, n_jobs_of(setting)));
    check_reports(1);
    CHECK(told.n_left[0] == 0 && query().n_failed == 0);
    check_out_of_service(setting);
    for (int i = 0; i < 10; i++) { /* jobs of all kinds, with and without that family */
        struct job_case cases[8];
        for (int k = 0; k < 8; k++) {
            cases[k] = good_job(memory, SHORT_LENGTHS);
        }
        CHECK(run_and_compare(memory, cases, 8, i % 2 ? context : NULL, LANEKDF_LEGACY_ALL));
    }
    CHECK(lanekdf_hmac_start(&running, LANEKDF_SHA1, &prepared) == LANEKDF_OK);
    CHECK(lanekdf_hmac_update(&running, key) == LANEKDF_ERROR_FAULT);
    CHECK(lanekdf_kernel_choice(LANEKDF_SHA1, 1, NULL) == (size_t)-1);
    return RIGHT;
}

/* Catches: a family that goes on with its last kernel, which is known to be wrong. */
static void test_family_without_kernel(void **state)
{
    (void)state;
    for (int one = 0; one < 2; one++) {
        const struct setting setting = {NULL, LANEKDF_SHA1, one};
        run_or_skip(try_without_kernel, &setting);
    }
}

/* ---- messages that are evaluated, and every kind of job ---- */

static int try_long_messages(const void *argument)
{
    const struct setting *setting = argument;
    struct job_case job_case;

    start_trials(setting);
    faulty = (struct faulty){.kernels = {setting->kernel}, .op = FAULTY_NO_OP, .in_blocks = true};
    job_case = good_message_hash(memory, setting->hash, 5000, 3);
    CHECK(run_and_compare(memory, &job_case, 1, setting->one ? NULL : context, LANEKDF_LEGACY_ALL));
    if (!faulty.n_flips) {
        CHECK(!is_for_one_job(setting->kernel));
        return KERNEL_RUNS_NOTHING;
    }
    check_reports(1);
    CHECK(was_told_of(setting->kernel));
    return RIGHT;
}

/* Catches: evaluations that nobody takes note of, so that a kernel verifies itself or another one is blamed.
 */
static void test_long_messages(void **state)
{
    (void)state;
    on_every_kernel(try_long_messages);
}

static int try_all_kinds(const void *argument)
{
    const struct setting *setting = argument;
    struct job_case cases[N_JOBS];
    uint64_t n = 0;

    start_trials(setting);
    for (size_t i = 0; i < 12 * n_job_kinds / N_JOBS; i++) {
        for (size_t k = 0; k < N_JOBS; k++) {
            cases[k] = good_job_of_kind(
                job_kinds[(i * N_JOBS + k) % n_job_kinds].id, memory, ANY_SECRETS, LONG_LENGTHS);
        }
        n += N_JOBS;
        CHECK(run_and_compare(memory, cases, N_JOBS, setting->one ? NULL : context, LANEKDF_LEGACY_ALL));
    }
    CHECK(query().n_verified >= n); /* and those that made prepared secrets for others */
    CHECK(query().n_wrong == 0 && query().n_withdrawn == 0 && told.n == 0);
    return RIGHT;
}

/* Catches: jobs of some kind, with prepared secrets for example, of which kernels and reference are not of
 * one mind, so that a kernel that is right is taken out of service. SHA-1 and MD5 have the reference alone.
 */
static void test_all_kinds(void **state)
{
    (void)state;
    for (int one = 0; one < 2; one++) {
        const struct setting setting = {NULL, LANEKDF_SHA256, one};
        run_or_skip(try_all_kinds, &setting);
    }
}

/* ---- which jobs ---- */

enum { ONE_IN = 16, MANY = 8000 };

static void start_one_in(uint32_t one_in)
{
    const struct lanekdf_options options = {
        .size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL, .verify_one_in = one_in};

    CHECK(lanekdf_start(&options) == LANEKDF_OK);
    CHECK(lanekdf_context_new(&context, NULL) == LANEKDF_OK);
}

static int try_share_of_batches(const void *argument)
{
    struct job_case cases[N_JOBS];
    const uint64_t expected = MANY / ONE_IN;

    (void)argument;
    start_one_in(ONE_IN);
    for (size_t i = 0; i < N_JOBS; i++) {
        cases[i] = good_prf(memory, LANEKDF_SHA256, 48, 13, 64, 2, 32);
    }
    for (size_t done = 0; done < MANY;) {
        struct lanekdf_job *jobs[N_JOBS];
        size_t n = 0;
        for (; n < 1 + done % N_JOBS && done < MANY; n++, done++) {
            jobs[n] = &cases[n].any->job;
        }
        CHECK(lanekdf_context_derive(context, jobs, n) == 0);
    }
    CHECK(query().n_verified >= expected - 1 && query().n_verified <= expected + 1);
    return RIGHT;
}

static bool is_verified_alone(struct lanekdf_job *job)
{
    const uint64_t before = query().n_verified;

    CHECK(lanekdf_derive_one(job) == LANEKDF_OK);
    return query().n_verified != before;
}

/* The same job time and again. Of 500 that are expected to be verified the standard deviation is 22; of the
 * 31 at each place of a period of 16 jobs, 6. */
static int try_share_alone(const void *argument)
{
    const struct job_case job_case = good_prf(memory, LANEKDF_SHA256, 48, 13, 64, 2, 32);
    unsigned n_at[ONE_IN] = {0}, n = 0;

    (void)argument;
    start_one_in(ONE_IN);
    for (size_t i = 0; i < MANY; i++) {
        n_at[i % ONE_IN] += is_verified_alone(&job_case.any->job);
    }
    for (size_t i = 0; i < ONE_IN; i++) {
        n += n_at[i];
        CHECK(n_at[i] > 0 && n_at[i] < 80);
    }
    CHECK(n > MANY / ONE_IN - 150 && n < MANY / ONE_IN + 150);
    return RIGHT;
}

/* Catches: another share of jobs than was asked for; batches whose remainder is not counted; a job that
 * repeats, or comes each time at the same place of a period, and is never verified or always. */
static void test_share(void **state)
{
    (void)state;
    assert_int_equal(in_child(try_share_of_batches, NULL), RIGHT);
    assert_int_equal(in_child(try_share_alone, NULL), RIGHT);
}

/* Returns how many jobs a process derives before one is verified. */
static int count_unverified(const void *by_one)
{
    const struct job_case job_case = good_prf(memory, LANEKDF_SHA256, 48, 13, 64, 2, 32);
    struct lanekdf_job *const job = &job_case.any->job;
    int n = 0;

    start_one_in(100);
    for (; n < 250 && !(by_one ? is_verified_alone(job)
                               : lanekdf_context_derive(context, &job, 1) || query().n_verified);
         n++) {
    }
    return n;
}

/* Catches: processes that begin alike, so that of those which live shortly the same jobs are never verified.
 * That eight agree by chance will not be seen. */
static void test_processes_differ(void **state)
{
    static const char by_one[] = "lanekdf_derive_one";

    (void)state;
    for (int one = 0; one < 2; one++) {
        const int first = in_child(count_unverified, one ? by_one : NULL);
        bool differs = false;
        for (int i = 0; i < 7; i++) {
            differs |= in_child(count_unverified, one ? by_one : NULL) != first;
        }
        assert_true(differs);
    }
}

/* ---- what the choice costs ---- */

static void derive_one(void *job)
{
    CHECK(lanekdf_derive_one(job) == LANEKDF_OK);
}

/* How many instructions a call takes whose job is not chosen, as good as certainly, and 0 for no verification
 * at all. The count is too large for the status of a process. */
static uint64_t *n_steps;

static int count_steps(const void *one_in)
{
    const struct job_case job_case = good_handshake_of_version(memory, LANEKDF_TLS12, LANEKDF_SHA256);
    struct step_counts counts = step_counts_new();

    start_one_in(*(const uint32_t *)one_in);
    derive_one(&job_case.any->job);
    derive_one(&job_case.any->job);
    single_step(derive_one, &job_case.any->job, &counts);
    *n_steps = 0;
    for (size_t i = 0; i < counts.n; i++) {
        *n_steps += counts.at[i].here + (uint64_t)counts.at[i].elsewhere;
    }
    step_counts_free(&counts);
    return RIGHT;
}

/* Catches: a choice that costs more than a few nanoseconds of each job: that it walks through the job's
 * buffers, say, which cost a Finished of TLS 1.3 13 percent. */
static void test_choice_is_cheap(void **state)
{
    enum { MOST_STEPS = 60 };
    static const uint32_t one_in[2] = {0, UINT32_MAX};
    uint64_t n[2];

    (void)state;
    if (!IS_OPTIMISED || UNDER_ASAN) {
        puts("skipped: the limit is for an optimised build without sanitizers");
        skip();
    }
    if (!single_step_is_possible()) {
        puts("skipped: this system does not step through instructions");
        skip();
    }
    n_steps = mmap(NULL, sizeof(*n_steps), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(n_steps != MAP_FAILED, "mmap");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(in_child(count_steps, &one_in[i]), RIGHT);
        n[i] = *n_steps;
    }
    munmap(n_steps, sizeof(*n_steps));
    printf("the choice takes %u instructions of %u\n", (unsigned)(n[1] - n[0]), (unsigned)n[1]);
    assert_true(n[1] > n[0] && n[1] - n[0] <= MOST_STEPS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_op),
        cmocka_unit_test(test_second_kernel_is_wrong),
        cmocka_unit_test(test_batch_of_two_kernels),
        cmocka_unit_test(test_fault_at_start),
        cmocka_unit_test(test_job_fails),
        cmocka_unit_test(test_job_of_batch_fails),
        cmocka_unit_test(test_family_without_kernel),
        cmocka_unit_test(test_long_messages),
        cmocka_unit_test(test_all_kinds),
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_processes_differ),
        cmocka_unit_test(test_choice_is_cheap),
    };

    faulty_kernels_begin();
    rng = rng_from(test_seed());
    memory = guarded_new(PACKED, &rng);
    puts(test_seed_text());
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    guarded_free(memory);
    return n_failed != 0;
}
