/*
 * Contexts and the library in processes that fork, have little stack, are refused what they ask the system
 * for, or load and unload the library. The linker makes the library's calls of mmap(), mlock() and madvise()
 * those of the functions here.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#include "call_filter.h"
#endif

#include "child.h"
#include "context.h"
#include "emulated.h"
#include "good_jobs.h"
#include "kernel_argument.h"
#include "run_and_compare.h"
#include "service.h"

static struct guarded_memory *memory;
static struct rng rng;
static const char *shared_library;

/* ---- calls of the system ---- */

static bool is_mmap_refused, is_other_refused;
static unsigned n_refused;

static int refuse(void)
{
    n_refused++;
    errno = EPERM;
    return -1;
}

void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *address, size_t len, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *address, size_t len, int protection, int flags, int file, off_t offset)
{
    return is_mmap_refused ? (refuse(), MAP_FAILED)
                           : __real_mmap(address, len, protection, flags, file, offset);
}

int __real_mlock(const void *, size_t);
int __wrap_mlock(const void *address, size_t len);
int __wrap_mlock(const void *address, size_t len)
{
    return is_other_refused ? refuse() : __real_mlock(address, len);
}

int __real_madvise(void *, size_t, int);
int __wrap_madvise(void *address, size_t len, int advice);
int __wrap_madvise(void *address, size_t len, int advice)
{
    return is_other_refused ? refuse() : __real_madvise(address, len, advice);
}

static void derive_some(lanekdf_context *context)
{
    static struct job_case cases[40];

    for (size_t i = 0; i < 40; i++) {
        cases[i] = good_job(memory, SHORT_LENGTHS);
    }
    assert_true(run_and_compare(memory, cases, 40, context, LANEKDF_LEGACY_ALL));
}

/* Runs a function in a process of its own, which exits with what it returns; a failed assertion ends it with
 * another status. */
static int in_child(bool (*function)(void))
{
    const pid_t child = child_begin();

    if (child == 0) {
        const bool is_right = function();
        fflush(NULL);
        _exit(is_right ? 0 : 1);
    }
    return child_status(child);
}

/* The jobs of a process that may ask the system for nothing: they take no memory and print nothing. */
static struct lanekdf_prf quiet_jobs[20];
static struct lanekdf_job *quiet_pointers[20];
static uint8_t quiet_outputs[20][48];

static void make_quiet_jobs(void)
{
    static const uint8_t secret[48] = {1};

    for (size_t i = 0; i < 20; i++) {
        quiet_jobs[i] = (struct lanekdf_prf){.job.kind = LANEKDF_KIND_PRF,
            .hash = i % 2 ? LANEKDF_SHA256 : LANEKDF_SHA384,
            .secret = {secret, sizeof(secret)},
            .label = {secret, i},
            .out = {quiet_outputs[i], sizeof(quiet_outputs[i])}};
        quiet_pointers[i] = &quiet_jobs[i].job;
    }
}

/* Whether all jobs have the outputs that they had when this was called first. */
static bool quiet_jobs_are_right(lanekdf_context *context)
{
    static uint8_t first[sizeof(quiet_outputs)];
    static bool has_first;
    bool is_right = true;

    memset(quiet_outputs, 0, sizeof(quiet_outputs));
    if (context) {
        is_right = !lanekdf_context_derive(context, quiet_pointers, 20);
    }
    for (size_t i = 0; i < 20 && !context; i++) {
        is_right &= lanekdf_derive_one(quiet_pointers[i]) == LANEKDF_OK;
    }
    if (!has_first) {
        memcpy(first, quiet_outputs, sizeof(first));
        has_first = true;
    }
    return is_right && !memcmp(first, quiet_outputs, sizeof(first));
}

static bool starts_without_memory(void)
{
    is_mmap_refused = true;
    setenv("LANEKDF_KERNEL", "none", 1);
    return lanekdf_start(NULL) == LANEKDF_ERROR_KERNEL && lanekdf_start_one() == LANEKDF_ERROR_KERNEL &&
           n_refused == 0;
}

static bool starts_one_without_memory(void)
{
    is_mmap_refused = true;
    make_quiet_jobs();
    return lanekdf_start_one() == LANEKDF_OK && lanekdf_start(NULL) == LANEKDF_OK &&
           quiet_jobs_are_right(NULL) && n_refused == 0;
}

/* It runs before this process starts up. Catches: a first start that takes more memory of the system than its
 * own, and reads no environment where it gets none. */
static int start_without_memory(void)
{
    return in_child(starts_without_memory) || in_child(starts_one_without_memory);
}

/* Catches: a refusal that is taken for a failure, or makes one later; memory that is used though there is
 * none; an errno that a call changes. */
static void test_refusals(void **state)
{
    lanekdf_context *context = (lanekdf_context *)(void *)memory;

    (void)state;
    errno = 77;
    is_mmap_refused = true;
    assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_ERROR_MEMORY);
    is_mmap_refused = false;
    assert_null(context);
    assert_int_equal(errno, 77);
    assert_int_equal(n_refused, 1);
    is_other_refused = true;
    assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_OK);
    is_other_refused = false;
    assert_int_equal(errno, 77);
    assert_true(n_refused >= 3);
    derive_some(context);
    lanekdf_context_free(context);
}

#ifdef __linux__
/* A filter that refuses every call of the system but those that a thread needs to end. */
static bool refuse_all_calls(void)
{
    struct sock_filter filter[] = {
        LOAD_CALL,
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };

    return set_call_filter(filter, sizeof(filter) / sizeof(*filter));
}

static lanekdf_context *made_before;

static bool derives_under_filter(void)
{
    lanekdf_context *context;

    if (!refuse_all_calls()) {
        return false;
    }
    return quiet_jobs_are_right(NULL) && quiet_jobs_are_right(made_before) &&
           lanekdf_context_new(&context, NULL) == LANEKDF_ERROR_MEMORY && !context;
}

/* Catches: a refusal by the kernel that is anything else than a status. (one_job.c sees to it that jobs make
 * no call at all.) */
static void test_sandbox(void **state)
{
    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer asks the system for memory of its own");
        skip();
    }
    need_call_filter();
    make_quiet_jobs();
    assert_int_equal(lanekdf_context_new(&made_before, NULL), LANEKDF_OK);
    assert_true(quiet_jobs_are_right(NULL));
    assert_int_equal(in_child(derives_under_filter), 0);
    lanekdf_context_free(made_before);
}
#endif

/* ---- little stack ---- */

static void *derive_with_little_stack(void *context)
{
    return quiet_jobs_are_right(NULL) && quiet_jobs_are_right(context) ? context : NULL;
}

/* The least stack that a thread may have, of which the C library takes a part. Catches: frames that outgrow
 * it, in both forms. one_job.c measures lanekdf_derive_one's. */
static void test_little_stack(void **state)
{
    const size_t size = (size_t)sysconf(_SC_THREAD_STACK_MIN) + (UNDER_ASAN ? 65536 : 0);
    lanekdf_context *context;
    pthread_attr_t attributes;
    pthread_t thread;
    void *result = NULL;

    (void)state;
    make_quiet_jobs();
    assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_OK);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, size), 0);
    assert_int_equal(pthread_create(&thread, &attributes, derive_with_little_stack, context), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, context);
    pthread_attr_destroy(&attributes);
    lanekdf_context_free(context);
}

/* ---- fork ---- */

static bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i]) {
            return false;
        }
    }
    return true;
}

/* Catches: a child that inherits what a thread of its parent has derived so far; one that cannot use the
 * context then. */
static void test_fork(void **state)
{
    lanekdf_context *context;

    (void)state;
    if (is_emulated()) {
        puts("skipped: emulators of one process leave MADV_WIPEONFORK out");
        skip();
    }
    assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_OK);
    for (int round = 0; round < 3; round++) {
        derive_some(context);
        /* as if another thread were in the middle of a batch */
        memset(context->records[CONTEXT_N_RECORDS - 1].secrets.hashed, 0x5a, 48);
        const pid_t child = child_begin();
        if (child == 0) {
            const uint8_t *const secrets = (const uint8_t *)&context->batch;
            assert_true(is_zero(secrets, context->size - (size_t)(secrets - (const uint8_t *)context)));
            derive_some(context);
            derive_some(NULL);
            lanekdf_context_free(context);
            exit(0);
        }
        assert_int_equal(child_status(child), 0);
        memset(context->records[CONTEXT_N_RECORDS - 1].secrets.hashed, 0, 48);
        derive_some(context);
    }
    lanekdf_context_free(context);
}

static atomic_bool is_over;
static lanekdf_context *of_other_thread;

static void *derive_until_over(void *unused)
{
    while (!atomic_load(&is_over)) {
        lanekdf_context_derive(of_other_thread, quiet_pointers, 20);
    }
    return unused;
}

static bool goes_on_in_child(void)
{
    make_quiet_jobs(); /* the other thread was at them */
    return quiet_jobs_are_right(of_other_thread) && quiet_jobs_are_right(NULL);
}

/* A child at any moment of a batch of another thread goes on with the context of that. Catches: a context of
 * which a child inherits a part, as a lock or a list that is half changed. */
static void test_fork_beside_a_batch(void **state)
{
    enum { N_FORKS = 100 };
    pthread_t thread;

    (void)state;
    if (is_emulated()) {
        puts("skipped: emulators of one process leave MADV_WIPEONFORK out");
        skip();
    }
    make_quiet_jobs();
    assert_true(quiet_jobs_are_right(NULL));
    assert_int_equal(lanekdf_context_new(&of_other_thread, NULL), LANEKDF_OK);
    assert_int_equal(pthread_create(&thread, NULL, derive_until_over, NULL), 0);
    for (int i = 0; i < N_FORKS; i++) {
        assert_int_equal(in_child(goes_on_in_child), 0);
    }
    atomic_store(&is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    lanekdf_context_free(of_other_thread);
}

/* All kernels of SHA-512 that a context may use are taken out of service, so that its plans have others. */
static bool forks_without_own_kernels(void)
{
    const struct lanekdf_options narrow = {.size = sizeof(narrow), .max_vector_width = 128};
    const struct start_candidates *const candidates = &start_once()->candidates;
    uint32_t kernels = 0;

    assert_int_equal(lanekdf_context_new(&of_other_thread, &narrow), LANEKDF_OK);
    for (size_t i = 0; i < candidates->n; i++) {
        const struct simd_kernel *kernel = candidates->all[i].kernel;
        kernels |= (uint32_t)(kernel->family == SIMD_SHA512 && kernel->vector_width <= 128) << i;
    }
    service_withdraw(kernels);
    return quiet_jobs_are_right(of_other_thread) && !in_child(goes_on_in_child);
}

/* Catches: a child that makes plans anew as if its parent had made them of what the options allow. */
static void test_fork_without_own_kernels(void **state)
{
    (void)state;
    assert_int_equal(in_child(forks_without_own_kernels), 0);
}

/* ---- loading ---- */

static size_t n_mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    size_t n = 0;

    for (int c; maps && (c = getc(maps)) != EOF;) {
        n += c == '\n';
    }
    if (maps) {
        fclose(maps);
    }
    return n;
}

static void load_and_derive(void)
{
    uint8_t own[48], loaded[48];
    struct lanekdf_prf prf = {
        .job.kind = LANEKDF_KIND_PRF, .hash = LANEKDF_SHA384, .out = {own, sizeof(own)}};
    void *library = dlopen(shared_library, RTLD_NOW | RTLD_LOCAL);
    int (*derive_one)(struct lanekdf_job *);
    int (*context_new)(lanekdf_context **, const struct lanekdf_options *);
    void (*context_free)(lanekdf_context *);
    lanekdf_context *context;

    assert_non_null(library);
    *(void **)&derive_one = dlsym(library, "lanekdf_derive_one");
    *(void **)&context_new = dlsym(library, "lanekdf_context_new");
    *(void **)&context_free = dlsym(library, "lanekdf_context_free");
    assert_true(derive_one != lanekdf_derive_one);
    assert_int_equal(lanekdf_derive_one(&prf.job), LANEKDF_OK);
    prf.out.data = loaded;
    assert_int_equal(derive_one(&prf.job), LANEKDF_OK);
    assert_memory_equal(own, loaded, sizeof(own));
    assert_int_equal(context_new(&context, NULL), LANEKDF_OK);
    context_free(context);
    dlclose(library);
}

/* Catches: memory of the library that outlives it; two copies in one process that share a name. */
static void test_loading(void **state)
{
    enum { N_LOADS = 50 };

    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: the shared library needs the run-time library of AddressSanitizer first");
        skip();
    }
    load_and_derive();
    const size_t before = n_mappings();
    for (int i = 0; i < N_LOADS; i++) {
        load_and_derive();
    }
    assert_true(n_mappings() <= before + 2);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
#ifdef __linux__
        cmocka_unit_test(test_sandbox),
#endif
        cmocka_unit_test(test_little_stack),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_fork_beside_a_batch),
        cmocka_unit_test(test_fork_without_own_kernels),
        cmocka_unit_test(test_loading),
    };
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};

    unsetenv("LANEKDF_KERNEL");
    if (start_without_memory()) {
        fputs("FAILED: a first start needs memory of the system\n", stderr);
        return 1;
    }
    if (argc != 2 || lanekdf_start(&options) != LANEKDF_OK) {
        return 1;
    }
    shared_library = argv[1];
    rng = rng_from(test_seed());
    memory = guarded_new(PACKED, &rng);
    puts(test_seed_text());
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    guarded_free(memory);
    return n_failed != 0;
}
