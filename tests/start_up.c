/*
 * Start-up: it happens once per process, in the first call of any function, with the options of the first
 * lanekdf_start and of the environment. Every test runs in a process of its own, in which nothing has started
 * up yet.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include "call_filter.h"
#endif

#include "child.h"
#include "emulated.h"
#include "good_jobs.h"
#include "kernel_argument.h"
#include "run_and_compare.h"

/* Ends the process, which is a child of the test, and says which condition failed. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                          \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

static void in_child(void (*function)(void))
{
    const pid_t child = child_begin();

    if (child == 0) {
        function();
        exit(0);
    }
    assert_int_equal(child_status(child), 0);
}

/* `legacy` is what the options in force allow. */
static void derive_some_under(uint32_t legacy)
{
    struct rng rng = rng_from(test_seed());
    struct guarded_memory *memory = guarded_new(PACKED, &rng);
    struct job_case cases[10];

    for (size_t i = 0; i < 10; i++) {
        cases[i] = good_job(memory, SHORT_LENGTHS);
    }
    CHECK(run_and_compare(memory, cases, 10, NULL, legacy));
    guarded_free(memory);
}

static void derive_some(void)
{
    derive_some_under(0);
}

/* Derives a job that must fail with this status and zero its output. */
static void derive_fails(int status)
{
    uint8_t out[48];
    struct lanekdf_prf prf = {
        .job.kind = LANEKDF_KIND_PRF, .hash = LANEKDF_SHA256, .out = {out, sizeof(out)}};
    lanekdf_context *context = (lanekdf_context *)(void *)out;

    memset(out, 1, sizeof(out));
    CHECK(lanekdf_derive_one(&prf.job) == status);
    CHECK(prf.job.status == status);
    for (size_t i = 0; i < sizeof(out); i++) {
        CHECK(out[i] == 0);
    }
    CHECK(lanekdf_context_new(&context, NULL) == status);
    CHECK(!context);
    CHECK(lanekdf_kernel_choice(LANEKDF_SHA256, 1, NULL) == (size_t)-1);
}

static size_t kernel_by_name(const char *name, struct lanekdf_kernel *kernel)
{
    for (size_t i = 0;; i++) {
        kernel->size = sizeof(*kernel);
        CHECK(lanekdf_kernel_query(i, kernel) == LANEKDF_OK);
        if (!strcmp(kernel->name, name)) {
            return i;
        }
    }
}

/*
 * Races
 */

enum { N_THREADS = 16 };
static pthread_barrier_t barrier;

static void *first_call(void *argument)
{
    static const struct lanekdf_options width = {.size = sizeof(width), .max_vector_width = 256};
    lanekdf_context *context = NULL;
    int status;

    pthread_barrier_wait(&barrier);
    switch ((uintptr_t)argument % 6) {
    case 0:
        status = lanekdf_start(NULL);
        CHECK(status == LANEKDF_OK);
        break;
    case 1: /* This thread may be the first or not. */
        status = lanekdf_start(&width);
        CHECK(status == LANEKDF_OK || status == LANEKDF_ERROR_STARTED);
        break;
    case 2:
        CHECK(lanekdf_context_new(&context, NULL) == LANEKDF_OK);
        break;
    case 3:
        CHECK(lanekdf_kernel_choice(LANEKDF_SHA256, 5, NULL) != (size_t)-1);
        break;
    case 4:
        CHECK(lanekdf_start_one() == LANEKDF_OK);
        break;
    default: /* the first call is that of a job */
        break;
    }
    derive_some();
    lanekdf_context_free(context);
    return NULL;
}

static void race(void)
{
    pthread_t threads[N_THREADS];

    CHECK(!pthread_barrier_init(&barrier, NULL, N_THREADS));
    for (size_t i = 0; i < N_THREADS; i++) {
        CHECK(!pthread_create(&threads[i], NULL, first_call, (void *)i));
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        CHECK(!pthread_join(threads[i], NULL));
    }
}

/* Catches: a start-up that another thread sees half done, or that two threads put in force. */
static void test_many_threads_at_once(void **state)
{
    (void)state;
    for (int repeat = 0; repeat < 20; repeat++) {
        in_child(race);
    }
}

/*
 * A start-up that is interrupted, after a delay that grows from round to round
 */

enum { N_DELAYS = 24, MAX_WAIT = 20 /* seconds: a process that takes longer hangs */ };
static useconds_t delay;
static bool start_is_whole;

static const struct lanekdf_options tls10 = {.size = sizeof(tls10), .legacy = LANEKDF_LEGACY_TLS10};

static void derive_everything(void)
{
    lanekdf_context *context;

    derive_some_under(start_is_whole ? LANEKDF_LEGACY_TLS10 : 0);
    CHECK(lanekdf_start(&tls10) == LANEKDF_OK);
    derive_some_under(LANEKDF_LEGACY_TLS10);
    CHECK(lanekdf_context_new(&context, NULL) == LANEKDF_OK);
    lanekdf_context_free(context);
}

static void *start_in_thread(void *argument)
{
    (void)argument;
    CHECK((start_is_whole ? lanekdf_start(&tls10) : lanekdf_start_one()) == LANEKDF_OK);
    return NULL;
}

static void child_of_start(void)
{
    alarm(MAX_WAIT);
    if (start_is_whole) { /* the options are in force, or will be */
        CHECK(lanekdf_start(&tls10) == LANEKDF_OK);
    }
    derive_everything();
}

static void fork_in_start(void)
{
    pthread_t thread;
    pid_t child;
    int status = -1;

    CHECK(!pthread_create(&thread, NULL, start_in_thread, NULL));
    usleep(delay);
    child = fork();
    if (child == 0) {
        child_of_start();
        /* The memory of a thread that was not forked along is nobody's here, and LeakSanitizer, which exit()
         * runs, would count it as lost. */
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(!pthread_join(thread, NULL));
    derive_everything();
}

static volatile sig_atomic_t n_handled;

static void derive_in_handler(int signal)
{
    uint8_t out[48];
    struct lanekdf_prf prf = {
        .job.kind = LANEKDF_KIND_PRF, .hash = LANEKDF_SHA256, .out = {out, sizeof(out)}};

    (void)signal;
    CHECK(lanekdf_derive_one(&prf.job) == LANEKDF_OK);
    CHECK(!start_is_whole || lanekdf_start(&tls10) == LANEKDF_OK);
    n_handled++;
}

static pthread_t interrupted;

static void *interrupt(void *argument)
{
    (void)argument;
    usleep(delay);
    CHECK(!pthread_kill(interrupted, SIGUSR1));
    return NULL;
}

static void signal_in_start(void)
{
    struct sigaction action = {.sa_handler = derive_in_handler};
    pthread_t thread;

    alarm(MAX_WAIT);
    interrupted = pthread_self();
    CHECK(!sigaction(SIGUSR1, &action, NULL));
    CHECK(!pthread_create(&thread, NULL, interrupt, NULL));
    start_in_thread(NULL);
    CHECK(!pthread_join(thread, NULL));
    derive_everything();
    CHECK(n_handled == 1);
}

static void in_children_with_delays(void (*function)(void))
{
    for (int i = 0; i < 2 * N_DELAYS; i++) {
        start_is_whole = i % 2;
        delay = (useconds_t)(i / 2 * (start_is_whole ? 400 : 20));
        in_child(function);
    }
}

/* Catches: a child that waits for ever, since the thread that it waits for was not forked with it. */
static void test_fork_in_the_middle(void **state)
{
    (void)state;
    if (UNDER_ASAN) { /* A lock of its allocator that another thread holds at the fork stays locked. */
        puts("skipped: AddressSanitizer's allocator may hang in a child of threads; run in the other builds");
        skip();
    }
    in_children_with_delays(fork_in_start);
}

/* Catches: a handler that waits for the thread which it has interrupted. */
static void test_signal_in_the_middle(void **state)
{
    (void)state;
    in_children_with_delays(signal_in_start);
}

/*
 * Options and environment
 */

static void start_by_derive(void)
{
    derive_some();
}

static void start_by_query(void)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};

    CHECK(lanekdf_kernel_query(0, &kernel) == LANEKDF_OK);
    CHECK(kernel.lanes == 1 && kernel.state == LANEKDF_KERNEL_USABLE && kernel.block_len == 64);
    CHECK(*kernel.name && *kernel.description && !*kernel.missing);
    CHECK(lanekdf_kernel_query(1000, &kernel) == LANEKDF_ERROR_LENGTH);
    kernel.size = 3;
    CHECK(lanekdf_kernel_query(0, &kernel) == LANEKDF_ERROR_OPTIONS);
    CHECK(lanekdf_cpu_text() != NULL);
    CHECK(lanekdf_kernel_cost(0, 1) > 0);
    CHECK(lanekdf_kernel_cost(1000, 1) == 0);
    CHECK(lanekdf_kernel_choice((enum lanekdf_hash)99, 1, NULL) == (size_t)-1);
    derive_some();
}

static void start_by_cost(void)
{
    CHECK(lanekdf_kernel_cost(0, 7) > 0);
}

static void start_by_cpu_text(void)
{
    CHECK(lanekdf_cpu_text() != NULL);
}

static void start_by_one(void)
{
    CHECK(lanekdf_start_one() == LANEKDF_OK);
    CHECK(lanekdf_start_one() == LANEKDF_OK);
    derive_some();
}

/* Catches: a public function that reads zeros because it does not start up. */
static void test_any_function_may_be_the_first(void **state)
{
    (void)state;
    in_child(start_by_derive);
    in_child(start_by_query);
    in_child(start_by_cost);
    in_child(start_by_cpu_text);
    in_child(start_by_one);
}

static void started_again(void)
{
    struct lanekdf_options scalar = {.size = sizeof(scalar), .kernel = "sha256_scalar"};
    char copy[] = "sha256_scalar";
    struct lanekdf_kernel kernel;

    CHECK(lanekdf_start(&scalar) == LANEKDF_OK);
    CHECK(lanekdf_start(&scalar) == LANEKDF_OK);
    scalar.kernel = copy; /* the same name, at another address */
    CHECK(lanekdf_start(&scalar) == LANEKDF_OK);
    scalar.max_vector_width = 256;
    CHECK(lanekdf_start(&scalar) == LANEKDF_ERROR_STARTED);
    scalar.max_vector_width = 0;
    scalar.kernel = NULL;
    CHECK(lanekdf_start(&scalar) == LANEKDF_ERROR_STARTED);
    CHECK(lanekdf_kernel_choice(LANEKDF_SHA256, 1000, NULL) == kernel_by_name("sha256_scalar", &kernel));
    derive_some();
}

static void kernel_excludes_others(void)
{
    struct lanekdf_options scalar = {.size = sizeof(scalar), .kernel = "sha256_scalar"};
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};

    CHECK(lanekdf_start(&scalar) == LANEKDF_OK);
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (strcmp(kernel.family, "sha256") != 0) {
            CHECK(kernel.state != LANEKDF_KERNEL_EXCLUDED);
        } else {
            CHECK((kernel.state == LANEKDF_KERNEL_USABLE) == !strcmp(kernel.name, "sha256_scalar"));
        }
    }
}

static void unknown_kernel(void)
{
    struct lanekdf_options options = {.size = sizeof(options), .kernel = "sha256_avx1024"};

    CHECK(lanekdf_start(&options) == LANEKDF_ERROR_KERNEL);
    CHECK(lanekdf_start(&options) == LANEKDF_ERROR_KERNEL);
    derive_fails(LANEKDF_ERROR_KERNEL);
}

static void kernel_prefix(void)
{
    struct lanekdf_options options = {.size = sizeof(options), .kernel = "sha256"};

    CHECK(lanekdf_start(&options) == LANEKDF_ERROR_KERNEL);
}

static void bad_size(void)
{
    struct lanekdf_options options = {.size = sizeof(options) + 8};

    CHECK(lanekdf_start(&options) == LANEKDF_ERROR_OPTIONS);
    derive_fails(LANEKDF_ERROR_OPTIONS);
}

static void sizes_of_options(void)
{
    struct {
        struct lanekdf_options options;
        uint8_t more[64];
    } memory = {.options.legacy = 0};
    const size_t before_verify_one_in = offsetof(struct lanekdf_options, verify_one_in);
    lanekdf_context *context;

    for (size_t size = 0; size < sizeof(memory); size++) {
        memory.options.size = size;
        if (size == sizeof(struct lanekdf_options) || size == before_verify_one_in) {
            CHECK(lanekdf_context_new(&context, &memory.options) == LANEKDF_OK);
            lanekdf_context_free(context);
        } else {
            CHECK(lanekdf_context_new(&context, &memory.options) == LANEKDF_ERROR_OPTIONS);
        }
    }
}

static void sizes_of_verification(void)
{
    union {
        struct lanekdf_verification verification;
        uint8_t bytes[sizeof(struct lanekdf_verification) + 64];
    } memory, untouched;

    for (size_t size = 0; size < sizeof(memory); size++) {
        memset(&memory, 0xa5, sizeof(memory));
        memory.verification.size = size;
        untouched = memory;
        if (size == sizeof(struct lanekdf_verification)) {
            CHECK(lanekdf_verification_query(&memory.verification) == LANEKDF_OK);
            CHECK(memory.verification.n_verified == 0 && memory.verification.n_withdrawn == 0);
        } else {
            CHECK(lanekdf_verification_query(&memory.verification) == LANEKDF_ERROR_OPTIONS);
            CHECK(!memcmp(&memory, &untouched, sizeof(memory)));
        }
    }
}

static void sizes_of_kernel(void)
{
    static const struct lanekdf_kernel whole = {.size = sizeof(whole)};
    const size_t before_family = offsetof(struct lanekdf_kernel, family);
    struct lanekdf_kernel expected = whole;
    union {
        struct lanekdf_kernel kernel;
        uint8_t bytes[sizeof(struct lanekdf_kernel) + 64];
    } memory, untouched;

    CHECK(lanekdf_kernel_query(0, &expected) == LANEKDF_OK);
    for (size_t size = 0; size < sizeof(memory); size++) {
        memset(&memory, 0xa5, sizeof(memory));
        memory.kernel.size = expected.size = size;
        untouched = memory;
        if (size == before_family || size == sizeof(whole)) {
            CHECK(lanekdf_kernel_query(0, &memory.kernel) == LANEKDF_OK);
            CHECK(!memcmp(&memory, &expected, size));
            CHECK(!memcmp(memory.bytes + size, untouched.bytes + size, sizeof(memory) - size));
        } else {
            CHECK(lanekdf_kernel_query(0, &memory.kernel) == LANEKDF_ERROR_OPTIONS);
            CHECK(!memcmp(&memory, &untouched, sizeof(memory)));
        }
    }
}

/* Catches: a program that stops working when a struct grows, bytes written behind an older and smaller
 * struct, members read that an older struct does not have. */
static void test_sizes(void **state)
{
    (void)state;
    in_child(sizes_of_options);
    in_child(sizes_of_kernel);
    in_child(sizes_of_verification);
}

static void bad_reserved(void)
{
    struct lanekdf_options options = {.size = sizeof(options), .legacy = 64};

    CHECK(lanekdf_start(&options) == LANEKDF_ERROR_OPTIONS);
}

static void bad_width(void)
{
    struct lanekdf_options options = {.size = sizeof(options), .max_vector_width = 64};

    CHECK(lanekdf_start(&options) == LANEKDF_ERROR_OPTIONS);
}

/* Catches: options that are compared by address or not at all, a kernel that another one silently stands in
 * for. */
static void test_options(void **state)
{
    (void)state;
    in_child(started_again);
    in_child(kernel_excludes_others);
    in_child(unknown_kernel);
    in_child(kernel_prefix);
    in_child(bad_size);
    in_child(bad_reserved);
    in_child(bad_width);
}

static void width_is_obeyed(uint32_t width)
{
    struct lanekdf_options options = {.size = sizeof(options), .max_vector_width = width};
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};

    CHECK(lanekdf_start(&options) == LANEKDF_OK);
    for (size_t n = 1; n < 300; n++) {
        CHECK(lanekdf_kernel_query(lanekdf_kernel_choice(LANEKDF_SHA256, n, NULL), &kernel) == LANEKDF_OK);
        CHECK(kernel.vector_width <= width);
    }
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        CHECK(kernel.vector_width <= width || kernel.state != LANEKDF_KERNEL_USABLE);
    }
    derive_some();
}

static void width_128(void)
{
    width_is_obeyed(128);
}

static void width_256(void)
{
    width_is_obeyed(256);
}

/* Catches: a choice of kernels that forgot the limit on the width of vectors. */
static void test_vector_width(void **state)
{
    (void)state;
    in_child(width_128);
    in_child(width_256);
}

static void environment_scalar(void)
{
    struct lanekdf_kernel kernel;

    setenv("LANEKDF_KERNEL", "sha256_scalar", 1);
    CHECK(lanekdf_start(NULL) == LANEKDF_OK);
    CHECK(lanekdf_kernel_choice(LANEKDF_SHA256, 1000, NULL) == kernel_by_name("sha256_scalar", &kernel));
    setenv("LANEKDF_KERNEL", "none", 1); /* too late: start-up has read it */
    CHECK(lanekdf_start(NULL) == LANEKDF_OK);
    derive_some();
}

static void environment_unknown(void)
{
    setenv("LANEKDF_KERNEL", "sha256_avx1024", 1);
    CHECK(lanekdf_start(NULL) == LANEKDF_ERROR_KERNEL);
    derive_fails(LANEKDF_ERROR_KERNEL);
}

static void environment_long(void)
{
    char name[5000];

    memset(name, 'x', sizeof(name) - 1);
    memcpy(name, "sha256_scalar", 13);
    name[sizeof(name) - 1] = 0;
    setenv("LANEKDF_KERNEL", name, 1);
    derive_fails(LANEKDF_ERROR_KERNEL);
}

static void option_over_environment(void)
{
    struct lanekdf_options options = {.size = sizeof(options), .kernel = "sha256_scalar"};

    setenv("LANEKDF_KERNEL", "sha256_avx1024", 1);
    CHECK(lanekdf_start(&options) == LANEKDF_OK);
    derive_some();
}

static void environment_empty(void)
{
    setenv("LANEKDF_KERNEL", "", 1);
    CHECK(lanekdf_start(NULL) == LANEKDF_OK);
    derive_some();
}

/* Catches: an environment variable that is read again later, ignored, or cut to a name that fits. */
static void test_environment(void **state)
{
    (void)state;
    in_child(environment_scalar);
    in_child(environment_unknown);
    in_child(environment_long);
    in_child(option_over_environment);
    in_child(environment_empty);
}

/*
 * Start-up for one job at a time
 */

/* An old PRF, which the options may allow and a start without options does not. */
static int derive_old(void)
{
    uint8_t out[16];
    struct lanekdf_prf prf = {
        .job.kind = LANEKDF_KIND_PRF, .hash = LANEKDF_MD5_SHA1, .out = {out, sizeof(out)}};

    return lanekdf_derive_one(&prf.job);
}

static void full_start_after_one(void)
{
    const struct lanekdf_options options = {
        .size = sizeof(options), .max_vector_width = 256, .legacy = LANEKDF_LEGACY_TLS10};
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    lanekdf_context *context;

    CHECK(lanekdf_start_one() == LANEKDF_OK);
    CHECK(derive_old() == LANEKDF_ERROR_DISABLED);
    derive_some();
    CHECK(lanekdf_start(&options) == LANEKDF_OK);
    CHECK(lanekdf_start_one() == LANEKDF_OK);
    CHECK(derive_old() == LANEKDF_OK);
    derive_some_under(options.legacy);
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        CHECK(kernel.vector_width <= 256 || kernel.state != LANEKDF_KERNEL_USABLE);
        CHECK((lanekdf_kernel_cost(i, 3) > 0) ==
              (kernel.state == LANEKDF_KERNEL_USABLE || kernel.state == LANEKDF_KERNEL_EXCLUDED));
    }
    CHECK(lanekdf_context_new(&context, NULL) == LANEKDF_OK);
    lanekdf_context_free(context);
}

static void context_after_one(void)
{
    struct rng rng = rng_from(test_seed());
    struct guarded_memory *memory = guarded_new(PACKED, &rng);
    struct job_case cases[40];
    lanekdf_context *context;

    CHECK(lanekdf_start_one() == LANEKDF_OK);
    CHECK(lanekdf_context_new(&context, NULL) == LANEKDF_OK);
    for (size_t i = 0; i < 40; i++) {
        cases[i] = good_prf(memory, LANEKDF_SHA256, 48, 13, 64, 2, 48);
    }
    CHECK(run_and_compare(memory, cases, 40, context, 0));
    lanekdf_context_free(context);
    guarded_free(memory);
    CHECK(lanekdf_start(NULL) == LANEKDF_OK);
}

static void one_after_full_start(void)
{
    const struct lanekdf_options options = {
        .size = sizeof(options), .max_vector_width = 128, .legacy = LANEKDF_LEGACY_TLS10};

    CHECK(lanekdf_start(&options) == LANEKDF_OK);
    CHECK(lanekdf_start_one() == LANEKDF_OK);
    CHECK(derive_old() == LANEKDF_OK);
}

static void one_after_failed_start(void)
{
    const struct lanekdf_options options = {.size = sizeof(options), .kernel = "sha256_avx1024"};

    CHECK(lanekdf_start(&options) == LANEKDF_ERROR_KERNEL);
    CHECK(lanekdf_start_one() == LANEKDF_ERROR_KERNEL);
}

static void one_with_unknown_kernel(void)
{
    setenv("LANEKDF_KERNEL", "sha256_avx1024", 1);
    CHECK(lanekdf_start_one() == LANEKDF_ERROR_KERNEL);
    derive_fails(LANEKDF_ERROR_KERNEL);
}

#ifdef __x86_64__
/* A kernel of several lanes, which a start for one job has not tested. */
static void one_with_wide_kernel(void)
{
    const struct lanekdf_options none = {.size = sizeof(none)};
    struct lanekdf_kernel kernel;

    setenv("LANEKDF_KERNEL", "sha256_avx2", 1);
    CHECK(lanekdf_start_one() == LANEKDF_OK);
    derive_some();
    setenv("LANEKDF_KERNEL", "none", 1); /* too late: the first start has read it */
    CHECK(lanekdf_start(&none) == LANEKDF_OK);
    CHECK(lanekdf_kernel_choice(LANEKDF_SHA256, 1, NULL) == kernel_by_name("sha256_avx2", &kernel));
}
#endif

/* Catches: a part of a program that keeps another one from starting with options of its own; options that
 * jobs do not obey because a start came before; a start for one job that stands for the whole one; kernels
 * that stay untested. */
static void test_one_job_at_a_time(void **state)
{
    (void)state;
    in_child(full_start_after_one);
    in_child(context_after_one);
    in_child(one_after_full_start);
    in_child(one_after_failed_start);
    in_child(one_with_unknown_kernel);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        in_child(one_with_wide_kernel);
    }
#endif
}

/* Every kernel of the table, named in options: a context with it can be made just if the table calls the
 * kernel usable. */
static void each_kernel_by_name(void)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    lanekdf_context *context;

    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        struct lanekdf_options options = {.size = sizeof(options), .kernel = kernel.name};
        int status = lanekdf_context_new(&context, &options);

        CHECK(status == (kernel.state == LANEKDF_KERNEL_USABLE ? LANEKDF_OK : LANEKDF_ERROR_KERNEL));
        CHECK(kernel.state != LANEKDF_KERNEL_FAULTY);
        CHECK((kernel.state == LANEKDF_KERNEL_UNSUPPORTED) == !!*kernel.missing);
        CHECK(kernel.lanes >= 1 && kernel.vector_width >= 32);
        CHECK(kernel.block_len == 64 || kernel.block_len == 128);
        lanekdf_context_free(context);
    }
}

/* Catches: a kernel that the table calls usable and options refuse, or the other way round. */
static void test_each_kernel_by_name(void **state)
{
    (void)state;
    in_child(each_kernel_by_name);
}

/*
 * Time
 */

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int time_pipe[2];

static void send_time_since(double before)
{
    const double taken = seconds(CLOCK_PROCESS_CPUTIME_ID) - before;

    CHECK(write(time_pipe[1], &taken, sizeof(taken)) == sizeof(taken));
}

static void start_and_send_time(void)
{
    const double before = seconds(CLOCK_PROCESS_CPUTIME_ID);

    CHECK(lanekdf_start(NULL) == LANEKDF_OK);
    send_time_since(before);
}

static void start_one_and_send_time(void)
{
    const double before = seconds(CLOCK_PROCESS_CPUTIME_ID);

    CHECK(lanekdf_start_one() == LANEKDF_OK);
    send_time_since(before);
}

static int compare_times(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The least CPU time of several processes counts, since the machine may be busy. A machine that is busy for
 * as long as all of them run gets more; a start-up that does too much is slow in each process. */
static void check_time(const char *what, void (*start)(void), double most)
{
    enum { N = 21, MAX_TRIES = 10 };
    double taken[N];
    bool is_short = false;

    assert_int_equal(pipe(time_pipe), 0);
    for (int try = 0; try < MAX_TRIES && !is_short; try++) {
        for (int i = 0; i < N; i++) {
            in_child(start);
            assert_int_equal(read(time_pipe[0], &taken[i], sizeof(taken[i])), sizeof(taken[i]));
        }
        qsort(taken, N, sizeof(*taken), compare_times);
        printf("%s: median %.2f ms of CPU, least %.2f\n", what, taken[N / 2] * 1e3, taken[0] * 1e3);
        is_short = taken[0] <= most;
    }
    close(time_pipe[0]);
    close(time_pipe[1]);
    assert_true(is_short);
}

/* Catches: a measurement that takes longer the more kernels there are; a start for one job that does what
 * only contexts need. The limits are half as much again as what lanekdf.h says, since a busy neighbour on the
 * same core makes every instruction take longer. */
static void test_time(void **state)
{
    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer is slow; timed in the release build");
        skip();
    }
    if (is_emulated()) {
        puts("skipped: an emulator takes a time of its own");
        skip();
    }
    check_time("lanekdf_start", start_and_send_time, 0.015);
    check_time("lanekdf_start_one", start_one_and_send_time, 0.0015);
}

#ifdef __linux__
/* Refuses clocks that the C library cannot read without the system, as that of a thread's CPU time is. CPUs
 * of 32 bits have one more call for them. */
static bool refuse_clocks(void)
{
    struct sock_filter filter[] = {
        LOAD_CALL,
#ifdef SYS_clock_gettime64
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime64, 1, 0),
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    return set_call_filter(filter, sizeof(filter) / sizeof(*filter));
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6;
}

static void start_without_clock(void)
{
    struct timespec t;

    CHECK(refuse_clocks());
    CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == -1);
    errno = 77;
    const double before = cpu_seconds();
    CHECK(lanekdf_start(NULL) == LANEKDF_OK);
    const double taken = cpu_seconds() - before;
    CHECK(errno == 77);
    CHECK(write(time_pipe[1], &taken, sizeof(taken)) == sizeof(taken));
}

/* Catches: a budget of start-up's that never ends, since the clock that counts it is refused; an errno that
 * the refusal leaves behind. */
static void test_clock_is_refused(void **state)
{
    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer is slow; timed in the release build");
        skip();
    }
    need_call_filter();
    check_time("lanekdf_start without a clock of CPU time", start_without_clock, 0.015);
}
#endif

/*
 * Texts
 */

/* Catches: a number without words, two statuses with the same ones, a version other than the header's. */
static void test_texts(void **state)
{
    char version[40];

    (void)state;
    for (int status = -3; status < 100; status++) {
        assert_non_null(lanekdf_status_text(status));
        assert_true(*lanekdf_status_text(status));
    }
    for (int status = LANEKDF_OK; status < 100; status++) {
        const char *text = lanekdf_status_text(status);

        for (int other = LANEKDF_OK; other < status && strcmp(text, lanekdf_status_text(-1)) != 0; other++) {
            assert_string_not_equal(text, lanekdf_status_text(other));
        }
    }
    snprintf(version, sizeof(version), "%d.%d.%d", LANEKDF_VERSION_MAJOR, LANEKDF_VERSION_MINOR,
        LANEKDF_VERSION_PATCH);
    assert_string_equal(lanekdf_version_text(), version);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts), /* The only test that calls lanekdf in this process: its functions do
                                         not start up. */
        cmocka_unit_test(test_many_threads_at_once),
        cmocka_unit_test(test_fork_in_the_middle),
        cmocka_unit_test(test_signal_in_the_middle),
        cmocka_unit_test(test_any_function_may_be_the_first),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_vector_width),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_one_job_at_a_time),
        cmocka_unit_test(test_each_kernel_by_name),
        cmocka_unit_test(test_time),
#ifdef __linux__
        cmocka_unit_test(test_clock_is_refused),
#endif
    };

    unsetenv("LANEKDF_KERNEL");
    test_seed(); /* Its first call must not be made by several threads. */
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
