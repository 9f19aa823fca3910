/*
 * What lanekdf.h promises of lanekdf_derive_one: at most LANEKDF_ONE_STACK bytes of stack, after start-up no
 * allocation and no system call; re-entrant, usable from many threads, after fork and after chroot.
 * lanekdf_context_derive, too, allocates nothing.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "good_jobs.h"
#include "kernel_argument.h"
#include "probe.h"
#include "run_and_compare.h"
#include "temporary.h"
#include "wrong_jobs.h"

static struct kernel_argument kernel;
static struct guarded_memory *memory;
static struct rng rng;

/*
 * Stack
 */

static void derive_one(void *argument)
{
    lanekdf_derive_one(argument);
}

static void nothing(void *argument)
{
    (void)argument;
}

/* Job i of a row that takes every path of the engine: short and long keys, seeds and outputs, all kinds. */
static struct job_case varied_job(size_t i)
{
    static const size_t secrets[] = {0, 48, 64, 65, 300, 16384};
    size_t secret_len = secrets[i / 8 % 6];

    switch (i % 8) {
    case 0:
        return good_prf(memory, tested_hash(i), secret_len, 13, 64, 2, 48);
    case 1:
        return good_hmac(memory, tested_hash(i), secret_len, 100 * (i / 48), 3);
    case 2:
        return good_message_hash(memory, tested_hash(i), 500 * (i / 8), 2);
    case 3:
        return good_prf(memory, tested_hash(i), secret_len, 13, 1200, 5, 40);
    case 4:
        return good_prf(memory, tested_hash(i), secret_len, 13, 64, 2, 3000);
    default: /* the kinds in turn */
        return good_job_of_kind(job_kinds[i % n_job_kinds].id, memory, ANY_SECRETS, LONG_LENGTHS);
    }
}

static size_t depth;        /* the deepest so far */
static const char *deepest; /* the name of the job that went there */

static void measure(struct job_case job_case)
{
    struct probe probe;

    probe_call(&probe, derive_one, &job_case.any->job);
    if (probe.depth > depth) {
        depth = probe.depth;
        deepest = job_case.name;
    }
    guarded_clear(memory);
}

/* Catches: an arena, a compiler of formulas or a kernel that outgrew the limit, above all on the paths that
 * are taken once per shape, or never in a benchmark. This test comes first in its process, so that no shape
 * is published yet, and leaves behind more shapes than the table of programs has places. */
static void test_stack(void **state)
{
    struct probe empty;

    (void)state;
    if (UNDER_ASAN || (kernel.is_verified && !IS_OPTIMISED)) {
        puts("skipped: without optimisation, or with AddressSanitizer, frames are larger; measured in the "
             "release build");
        skip();
    }
    probe_call(&empty, nothing, NULL);
    for (size_t i = 0; i < 400; i++) {
        measure(varied_job(i));
    }
    for (size_t i = 0; i < 16 * 34; i++) {
        measure(good_prf(memory, tested_hash(i), 48, 5, (i % 16) * 64, 1, 1 + i / 16 * 32));
    }
    for (size_t i = 0; i < 400; i++) {
        measure(varied_job(i));
    }
    for (size_t i = 0; i < n_wrong_jobs(); i++) {
        measure(wrong_job(i, memory));
    }
    printf("lanekdf_derive_one: at most %zu bytes of stack (%s)\n", depth - empty.depth, deepest);
    assert_true(depth > empty.depth + 256); /* or the probe has seen nothing */
    assert_true(depth - empty.depth <= LANEKDF_ONE_STACK);
}

/*
 * Memory from the system: the linker makes each call of these functions one of the function here.
 */

static size_t n_allocations;
static bool no_memory, no_lock; /* the system refuses memory, or to lock it, while these are true */

#define WRAPPED(type, name, parameters)                                                                      \
    type __real_##name parameters;                                                                           \
    type __wrap_##name parameters;                                                                           \
    type __wrap_##name parameters
#define COUNTED(type, name, parameters, arguments)                                                           \
    WRAPPED(type, name, parameters)                                                                          \
    {                                                                                                        \
        n_allocations++;                                                                                     \
        return __real_##name arguments;                                                                      \
    }
COUNTED(void *, malloc, (size_t len), (len))
COUNTED(void *, calloc, (size_t n, size_t len), (n, len))
COUNTED(void *, realloc, (void *old, size_t len), (old, len))
COUNTED(void *, aligned_alloc, (size_t align, size_t len), (align, len))
COUNTED(int, posix_memalign, (void **out, size_t align, size_t len), (out, align, len))

WRAPPED(void *, mmap, (void *at, size_t len, int prot, int flags, int fd, off_t offset))
{
    n_allocations++;
    if (no_memory) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap(at, len, prot, flags, fd, offset);
}

WRAPPED(int, mlock, (const void *at, size_t len))
{
    if (no_lock) {
        errno = EPERM;
        return -1;
    }
    return __real_mlock(at, len);
}

WRAPPED(int, madvise, (void *at, size_t len, int advice))
{
    if (no_lock) {
        errno = EINVAL;
        return -1;
    }
    return __real_madvise(at, len, advice);
}

/* All calls of an HMAC that runs, without a look at the result. Returns whether one failed. */
static bool run_hmac(const struct lanekdf_prepared_secret *key, uint32_t hash, struct lanekdf_bytes message)
{
    struct lanekdf_hmac_state state;
    uint8_t out[16];
    int failed = lanekdf_hmac_start(&state, hash, key);

    for (int i = 0; i < 2; i++) {
        failed |= lanekdf_hmac_update(&state, message) | lanekdf_hmac_update(&state, message);
        failed |= lanekdf_hmac_finish(&state, (struct lanekdf_span){out, sizeof(out)});
        failed |= lanekdf_hmac_restart(&state);
    }
    lanekdf_hmac_state_clear(&state);
    return failed;
}

/* Catches: a derivation that allocates, and so would fail where there is no memory. */
static void test_no_allocation(void **state)
{
    enum { N = 200 };
    struct lanekdf_job *jobs[N];
    lanekdf_context *context;
    size_t before;

    (void)state;
    before = n_allocations;
    assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_OK);
    assert_true(n_allocations > before); /* or nothing is counted */
    for (size_t i = 0; i < N; i++) {
        jobs[i] = &(i % 9 ? varied_job(i) : wrong_job(i % n_wrong_jobs(), memory)).any->job;
    }
    const struct lanekdf_bytes message = take_bytes(memory, 300);
    const uint32_t hash = LANEKDF_SHA384;
    const struct lanekdf_prepared_secret *key = take_prepared(memory, hash, take_bytes(memory, 48));
    before = n_allocations;
    for (size_t i = 0; i < N; i++) {
        lanekdf_derive_one(jobs[i]);
    }
    assert_false(run_hmac(key, hash, message));
    for (size_t n = 1; n <= N; n += n) {
        lanekdf_context_derive(context, jobs, n);
    }
    assert_int_equal(n_allocations, before);
    lanekdf_context_free(context);
    guarded_clear(memory);
}

/*
 * System calls, processes, threads
 */

/* The status of a child that exited with what function() returned. */
static int in_child(int (*function)(void))
{
    const pid_t child = child_begin();

    if (child == 0) {
        _exit(function());
    }
    return child_status(child);
}

enum { N_CONFINED = 300 };
static struct lanekdf_job *confined[N_CONFINED];
static const struct lanekdf_prepared_secret *confined_key; /* of SHA-256 */
static struct lanekdf_bytes confined_message;

/* In this mode of seccomp the kernel kills a process for any system call but read, write and exit. */
static int derive_confined(void)
{
    int wrong = 0;

    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)) {
        return 100;
    }
    for (size_t i = 0; i < N_CONFINED; i++) {
        wrong |= lanekdf_derive_one(confined[i]) != LANEKDF_OK;
    }
    wrong |= run_hmac(confined_key, LANEKDF_SHA256, confined_message);
    syscall(SYS_exit, wrong);
    return 101;
}

/* Catches: a system call after start-up, be it for time, memory, random numbers or a lock. Some of the shapes
 * are new in the confined process. */
static void test_no_system_call(void **state)
{
    int status;

    (void)state;
    for (size_t i = 0; i < N_CONFINED; i++) {
        confined[i] = &(i < 200 ? varied_job(i)
                                : good_prf(memory, tested_hash(i), 48, 30, (i % 16) * 64, 1, 1 + i / 16 * 32))
                           .any->job;
    }
    confined_key = take_prepared(memory, LANEKDF_SHA256, take_bytes(memory, 32));
    confined_message = take_bytes(memory, 100);
    status = in_child(derive_confined);
    guarded_clear(memory);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 100) {
        puts("skipped: this kernel has no seccomp");
        skip();
    }
    if (WIFSIGNALED(status)) {
        fail_msg("killed by signal %d: a system call (or a crash) in lanekdf_derive_one", WTERMSIG(status));
    }
    assert_int_equal(status, 0);
}

static bool some_right(struct guarded_memory *own, lanekdf_context *context, int repeats)
{
    struct job_case cases[20];

    for (int repeat = 0; repeat < repeats; repeat++) {
        for (size_t i = 0; i < 20; i++) {
            cases[i] = good_job(own, SHORT_LENGTHS);
        }
        if (!run_and_compare(own, cases, 20, context, LANEKDF_LEGACY_ALL)) {
            return false;
        }
    }
    return true;
}

static int derive_after_fork(void)
{
    lanekdf_context *context;

    return !(some_right(memory, NULL, 5) && lanekdf_context_new(&context, NULL) == LANEKDF_OK &&
             some_right(memory, context, 5));
}

/* Catches: findings of start-up that lie in memory which a child does not have. */
static void test_after_fork(void **state)
{
    (void)state;
    assert_int_equal(in_child(derive_after_fork), 0);
}

static char empty_folder[4096];

static int derive_after_chroot(void)
{
    if (chroot(empty_folder)) {
        return 100;
    }
    return chdir("/") || derive_after_fork();
}

/* Catches: a file that is read after start-up. */
static void test_after_chroot(void **state)
{
    int status;

    (void)state;
    temporary_template(empty_folder, sizeof(empty_folder), "lanekdf-chroot");
    assert_non_null(mkdtemp(empty_folder));
    status = in_child(derive_after_chroot);
    assert_int_equal(rmdir(empty_folder), 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 100) {
        puts("skipped: chroot is not allowed");
        skip();
    }
    assert_int_equal(status, 0);
}

/* Catches: an errno that is not what it was: callers such as OpenSSL read it long after the call. */
static void test_errno_is_left_alone(void **state)
{
    lanekdf_context *context;

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        struct lanekdf_job *job = &(i % 2 ? varied_job(i) : wrong_job(i % n_wrong_jobs(), memory)).any->job;

        errno = 12345;
        no_lock = i % 4 > 1;
        assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_OK);
        no_lock = false;
        lanekdf_derive_one(job);
        lanekdf_context_derive(context, &job, 1);
        lanekdf_context_free(context);
        assert_int_equal(errno, 12345);
        guarded_clear(memory);
    }
}

/* Catches: a context that is handed out without memory, and one that is refused because its memory cannot be
 * locked. */
static void test_system_refuses(void **state)
{
    lanekdf_context *context = (lanekdf_context *)(void *)&context;

    (void)state;
    errno = 12345;
    no_memory = true;
    assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_ERROR_MEMORY);
    no_memory = false;
    assert_null(context);
    assert_int_equal(errno, 12345);
    no_lock = true;
    assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_OK);
    no_lock = false;
    assert_true(some_right(memory, context, 3));
    lanekdf_context_free(context);
}

static void *derive_in_thread(void *argument)
{
    struct rng own = rng_from(test_seed() + (uintptr_t)argument);
    struct guarded_memory *own_memory = guarded_new(PACKED, &own);
    lanekdf_context *context = NULL;
    bool right = true;

    if ((uintptr_t)argument % 2) {
        right = lanekdf_context_new(&context, NULL) == LANEKDF_OK;
    }
    right = right && some_right(own_memory, context, UNDER_ASAN ? 10 : 50);
    lanekdf_context_free(context);
    guarded_free(own_memory);
    return right ? NULL : argument;
}

/* Catches: something that threads share and that changes, and a shape that two threads publish at once. */
static void test_threads(void **state)
{
    enum { N = 8 };
    pthread_t threads[N];
    void *failed = NULL, *result;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, derive_in_thread, (void *)(i + 1)), 0);
    }
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        failed = result ? result : failed;
    }
    assert_null(failed);
}

static int set_up(void **state)
{
    (void)state;
    memory = guarded_new(PACKED, &rng);
    rng = rng_from(test_seed());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    guarded_free(memory);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stack), /* must be the first, see there */
        cmocka_unit_test(test_no_allocation),
        cmocka_unit_test(test_no_system_call),
        cmocka_unit_test(test_after_fork),
        cmocka_unit_test(test_after_chroot),
        cmocka_unit_test(test_errno_is_left_alone),
        cmocka_unit_test(test_system_refuses),
        cmocka_unit_test(test_threads),
    };

    kernel = kernel_argument(argc, argv);
    favour_family(kernel.family);
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}
