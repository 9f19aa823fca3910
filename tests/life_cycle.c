/*
 * Contexts and the library in processes that fork, are refused what they ask the system for, or load and
 * unload the library. The linker makes the library's calls of mmap(), mlock() and madvise() those of the
 * functions here.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "context.h"
#include "emulated.h"
#include "good_jobs.h"
#include "kernel_argument.h"
#include "run_and_compare.h"

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
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_loading),
    };
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};

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
