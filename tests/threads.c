/*
 * Threads that meet in what the library shares: the tables of programs and of routes, the counts of
 * verification, and kernels that are taken out of service while others run them. Each trial is a process of
 * its own, in which nothing has started up yet. (start_up.c has races of first calls.)
 *
 * All outputs must be right. What was right by luck is for ThreadSanitizer to find: tests/threads.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "good_jobs.h"
#include "run_and_compare.h"
#include "simd.h"

/* Ends the trial. */
#define CHECK(condition) check(condition, #condition, __LINE__)
static void check(bool holds, const char *what, int line)
{
    if (!holds) {
        fprintf(stderr, "threads.c:%d: not so: %s; to repeat: %s\n", line, what, test_seed_text());
        fflush(NULL);
        _exit(1);
    }
}

/* ---- two portable kernels that flip a bit in what they give, once that is asked for ---- */

static atomic_bool is_faulty;

#define FAULTY_KERNEL(name)                                                                                  \
    extern const struct simd_kernel real_##name __asm__("__real_lanekdf_" #name);                            \
    extern struct simd_kernel wrapped_##name __asm__("__wrap_lanekdf_" #name);                               \
    struct simd_kernel wrapped_##name;                                                                       \
    static void run_tasks_##name(const struct simd_task *tasks, unsigned n_tasks, void *scratch)             \
    {                                                                                                        \
        real_##name.run_tasks(tasks, n_tasks, scratch);                                                      \
        for (unsigned i = 0; i < n_tasks; i++) {                                                             \
            const struct simd_op *last = &tasks[i].program->ops[tasks[i].program->n_ops - 1];                \
            tasks[i].bank[last->dst * simd_slot_bytes(&real_##name)] ^= atomic_load(&is_faulty);             \
        }                                                                                                    \
    }                                                                                                        \
    static void run_##name(struct simd_feed *feed, void *scratch)                                            \
    {                                                                                                        \
        for (struct simd_task task; feed->next(feed, 0, &task);) {                                           \
            run_tasks_##name(&task, 1, scratch);                                                             \
        }                                                                                                    \
    }                                                                                                        \
    static void wrap_##name(void)                                                                            \
    {                                                                                                        \
        wrapped_##name = real_##name;                                                                        \
        wrapped_##name.run_tasks = run_tasks_##name;                                                         \
        wrapped_##name.run = run_##name;                                                                     \
    }
FAULTY_KERNEL(sha256_scalar)
FAULTY_KERNEL(sha512_scalar)

/* ---- threads ---- */

enum { N_THREADS = 8 };
static pthread_barrier_t barrier;
static void (*body)(unsigned number, struct guarded_memory *memory, lanekdf_context *context);

/* Threads of even numbers derive one job at a time, the others in contexts. The random numbers of all are the
 * same, so that they come to the same shapes at the same time. */
static void *run_thread(void *number)
{
    struct rng rng = rng_from(test_seed());
    struct guarded_memory *memory = guarded_new(PACKED, &rng);
    lanekdf_context *context = NULL;

    if ((uintptr_t)number % 2) {
        CHECK(lanekdf_context_new(&context, NULL) == LANEKDF_OK);
    }
    pthread_barrier_wait(&barrier);
    body((unsigned)(uintptr_t)number, memory, context);
    lanekdf_context_free(context);
    guarded_free(memory);
    return NULL;
}

static void run_threads(void)
{
    pthread_t threads[N_THREADS];

    CHECK(!pthread_barrier_init(&barrier, NULL, N_THREADS));
    for (uintptr_t i = 0; i < N_THREADS; i++) {
        CHECK(!pthread_create(&threads[i], NULL, run_thread, (void *)i));
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        CHECK(!pthread_join(threads[i], NULL));
    }
}

static void in_child(void (*trial)(void))
{
    const pid_t child = child_begin();

    if (child == 0) {
        alarm(300); /* a trial that hangs ends */
        trial();
        fflush(NULL);
        _exit(0);
    }
    assert_int_equal(child_status(child), 0);
}

/* ---- new shapes ---- */

enum { N_JOBS = 10, N_CALLS = 40 };

static void derive_new_shapes(unsigned number, struct guarded_memory *memory, lanekdf_context *context)
{
    struct job_case cases[N_JOBS];

    (void)number;
    for (int call = 0; call < N_CALLS; call++) {
        for (int i = 0; i < N_JOBS; i++) {
            cases[i] = good_job(memory, SHORT_LENGTHS);
        }
        CHECK(run_and_compare(memory, cases, N_JOBS, context, LANEKDF_LEGACY_ALL));
    }
}

static void start(const char *kernel, uint32_t verify_one_in, const struct lanekdf_options *more)
{
    struct lanekdf_options options = *more;

    options.size = sizeof(options);
    options.kernel = kernel;
    options.legacy = LANEKDF_LEGACY_ALL;
    options.verify_one_in = verify_one_in;
    CHECK(lanekdf_start(&options) == LANEKDF_OK);
}

static void try_new_shapes(void)
{
    static const struct lanekdf_options none;

    start(NULL, 0, &none);
    body = derive_new_shapes;
    run_threads();
}

/* Catches: a program or a route that another thread finds half written, or that two threads write. */
static void test_new_shapes(void **state)
{
    (void)state;
    in_child(try_new_shapes);
}

/* ---- kernels that are taken out of service ---- */

static atomic_uint n_told;

static void on_fault(void *user, const struct lanekdf_fault *fault)
{
    CHECK(user == &n_told && fault->kernel);
    atomic_fetch_add(&n_told, 1);
}

/* Every fourth thread has SHA-384, so that kernels of two families are taken out at the same time. */
static void derive_verified(unsigned number, struct guarded_memory *memory, lanekdf_context *context)
{
    const uint32_t hash = number / 2 % 2 ? LANEKDF_SHA384 : LANEKDF_SHA256;
    struct job_case cases[N_JOBS];

    for (int call = 0; call < N_CALLS; call++) {
        if (call == 3) {
            pthread_barrier_wait(&barrier);
            atomic_store(&is_faulty, true);
        }
        for (int i = 0; i < N_JOBS; i++) {
            cases[i] = good_prf(memory, hash, 48, 13, 64, 2, 32);
        }
        CHECK(run_and_compare(memory, cases, N_JOBS, context, LANEKDF_LEGACY_ALL));
    }
}

static void try_faults(const char *kernel)
{
    const struct lanekdf_options options = {.on_fault = on_fault, .user = &n_told};
    struct lanekdf_verification found = {.size = sizeof(found)};

    start(kernel, 1, &options);
    body = derive_verified;
    run_threads();
    CHECK(lanekdf_verification_query(&found) == LANEKDF_OK);
    CHECK(found.n_withdrawn == 2 && atomic_load(&n_told) == 2 && found.n_failed == 0);
}

/* The portable kernels verify others, and are wrong. */
static void try_faults_of_verifiers(void)
{
    try_faults(NULL);
}

/* One of them is verified, and is wrong. */
static void try_faults_of_verified(void)
{
    try_faults("sha256_scalar");
}

/* Catches: a kernel that is reported twice, or is still run after all threads have been told; what one
 * thread puts in force while another one reads it. */
static void test_faults(void **state)
{
    (void)state;
    in_child(try_faults_of_verifiers);
    in_child(try_faults_of_verified);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_shapes),
        cmocka_unit_test(test_faults),
    };

    wrap_sha256_scalar();
    wrap_sha512_scalar();
    unsetenv("LANEKDF_KERNEL");
    puts(test_seed_text());
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
