/*
 * The stack is wiped as deep as the functions of a kernel may write to it. A kernel says how many bytes its
 * functions take; wherever the engine calls one of them, these bytes must lie within the WIPE_STACK_BYTES
 * that wipe_stack() zeroes. Every kernel of the table that this CPU can run is watched in turn. kernels.c
 * tests that a kernel takes no more than it says, and nothing_left.c that nothing secret stays in the frames
 * of the engine itself. How deep those frames lie is tested here, too. Catches: a frame of the engine that
 * has grown; a wiping call that has moved to a deeper frame; a kernel that says it takes more than the engine
 * expects.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "context.h"
#include "good_jobs.h"
#include "kernel_argument.h"
#include "probe.h"
#include "wipe.h"

/* The stack pointer of the caller, as it is before the call. */
#define CALLERS_STACK ((const uint8_t *)__builtin_dwarf_cfa())

/* ---- a kernel under watch: it passes every call on to `kernel`, and notes how deep the caller was ---- */

static const struct simd_kernel *kernel;
static const uint8_t *lowest; /* byte that a function of the kernel may have written */
static const char *deepest;   /* the function that may have written it */

/*
 * A task is asked for from within run(), whose stack the kernel may not have taken as far as it says. The
 * bytes that it has left are counted as taken in all that the engine calls from there.
 */
static ptrdiff_t left_by_run;

/* While a formula is compiled, a kernel computes what constants alone decide, and has no secrets. */
static bool is_compiling;

static void note(const char *function, const uint8_t *stack)
{
    const uint8_t *end = stack - left_by_run - kernel->stack_bytes;

    if (is_compiling) {
        return;
    }
    if (!lowest || end < lowest) {
        lowest = end;
        deepest = function;
    }
}

static void load_message(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    note("load_message", CALLERS_STACK);
    kernel->load_message(slots, bytes, stride, n_slots);
}

static void load_state(void *slot, const uint8_t *bytes, size_t stride)
{
    note("load_state", CALLERS_STACK);
    kernel->load_state(slot, bytes, stride);
}

static void store_state(uint8_t *bytes, size_t stride, const void *slot)
{
    note("store_state", CALLERS_STACK);
    kernel->store_state(bytes, stride, slot);
}

static void hash_blocks(uint8_t *state, const uint8_t *blocks, size_t n_blocks)
{
    note("hash_blocks", CALLERS_STACK);
    kernel->hash_blocks(state, blocks, n_blocks);
}

static void clear(void *scratch)
{
    note("clear", CALLERS_STACK);
    kernel->clear(scratch);
}

struct watched_feed {
    struct simd_feed feed, *engine;
    const uint8_t *end; /* of what run() may take */
};

static int next(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    const struct watched_feed *watched = (const struct watched_feed *)feed;

    left_by_run = CALLERS_STACK - watched->end;
    const int is_given = watched->engine->next(watched->engine, cursor, task);
    left_by_run = 0;
    return is_given;
}

static void run_watched(struct simd_feed *feed, void *scratch)
{
    struct watched_feed watched = {{next}, feed, CALLERS_STACK - kernel->stack_bytes};

    note("run", CALLERS_STACK);
    kernel->run(&watched.feed, scratch);
}

static void run_tasks_watched(const struct simd_task *tasks, unsigned n_tasks, void *scratch)
{
    note("run_tasks", CALLERS_STACK);
    kernel->run_tasks(tasks, n_tasks, scratch);
}

/* ---- the engine's calls of the function that wipes: the linker makes them calls of the function here ----
 */

static const uint8_t *wiped_from; /* the stack pointer of the function that called it */
static size_t wiped_bytes;        /* that it wipes */

__typeof__(wipe_frames) __real_lanekdf_wipe_frames, __wrap_lanekdf_wipe_frames;
WIPE_ARGUMENTS_IN_REGISTERS void __wrap_lanekdf_wipe_frames(
    size_t len, void *(*set_memory)(void *, int, size_t))
{
    wiped_from = CALLERS_STACK;
    wiped_bytes = len;
    __real_lanekdf_wipe_frames(len, set_memory);
}

/* ---- the compiler, in the same way ---- */

struct formula *__real_lanekdf_compiler_begin(struct compiler *compiler, const struct hash *hash);
struct formula *__wrap_lanekdf_compiler_begin(struct compiler *compiler, const struct hash *hash);
struct formula *__wrap_lanekdf_compiler_begin(struct compiler *compiler, const struct hash *hash)
{
    is_compiling = true;
    return __real_lanekdf_compiler_begin(compiler, hash);
}

bool __real_lanekdf_compiler_finish(struct compiler *compiler, struct program *program);
bool __wrap_lanekdf_compiler_finish(struct compiler *compiler, struct program *program);
bool __wrap_lanekdf_compiler_finish(struct compiler *compiler, struct program *program)
{
    is_compiling = false;
    return __real_lanekdf_compiler_finish(compiler, program);
}

static size_t worst; /* bytes of stack, from where the wipe begins */

static void check(const char *call)
{
    if (!lowest) {
        return; /* no job was for the kernel under watch */
    }
    const size_t taken = (size_t)(wiped_from - lowest);
    worst = taken > worst ? taken : worst;
    if (taken > wiped_bytes) {
        fail_msg("%s, %s: %s() may write %zu bytes down, %zu are wiped", kernel->name, call, deepest, taken,
            wiped_bytes);
    }
    lowest = NULL;
}

/* ---- the calls ---- */

enum { MAX_JOBS = 24, N_ROUNDS = 150 };

static struct guarded_memory *memory;
static struct rng rng;
static struct lanekdf_job *jobs[MAX_JOBS];

static size_t make_jobs(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        jobs[i] = &good_job(memory, LONG_LENGTHS).any->job;
        jobs[i]->legacy = LANEKDF_LEGACY_ALL; /* some have a permission that does not do */
    }
    lowest = NULL; /* good_job() derives as well, to prepare a secret, and from a deeper frame */
    return n;
}

static void watch_batches(const struct simd_kernel *watched)
{
    const struct lanekdf_options options = {
        .size = sizeof(options), .kernel = kernel->name, .legacy = LANEKDF_LEGACY_ALL};
    lanekdf_context *context;

    assert_int_equal(lanekdf_context_new(&context, &options), LANEKDF_OK);
    for (unsigned use = 0; use < PLAN_N_USES; use++) {
        struct plan *plan = &context->plans.many[use][kernel->family];
        plan->throughput_kernel = watched;
        for (size_t i = 1; i <= PLAN_MAX_JOBS; i++) {
            plan->choices[i].kernel = watched;
            plan->apart[i].kernel = kernel->lanes == 1 ? watched : plan->apart[i].kernel;
        }
    }
    if (kernel->run_tasks) {
        context->plans.one[kernel->family] = watched;
    }
    for (size_t i = 0; i < N_ROUNDS; i++) {
        lanekdf_context_derive(context, jobs, make_jobs(1 + i % MAX_JOBS));
        check("lanekdf_context_derive");
        guarded_clear(memory);
    }
    lanekdf_context_free(context);
}

static void watch_single_jobs(const struct simd_kernel *watched)
{
    struct start *start = (struct start *)(uintptr_t)start_once(); /* this process is the test's */
    const struct simd_kernel *chosen = start->one.kernels[kernel->family];

    start->one.kernels[kernel->family] = watched;
    for (size_t i = 0; i < N_ROUNDS; i++) {
        make_jobs(1);
        lanekdf_derive_one(jobs[0]);
        check("lanekdf_derive_one");
        guarded_clear(memory);
    }
    start->one.kernels[kernel->family] = chosen;
}

/* HMACs that run, of every hash that the kernel serves. */
static void watch_hmacs(const struct simd_kernel *watched)
{
    struct start *start = (struct start *)(uintptr_t)start_once();
    const struct simd_kernel *chosen = start->one.kernels[kernel->family];

    start->one.kernels[kernel->family] = watched;
    for (size_t i = 0; i < N_ROUNDS; i++) {
        const struct lanekdf_hmac *job =
            &good_hmac(memory, tested_hash(i), 48, rng_below(&rng, 600), 1).any->hmac;
        const struct lanekdf_prepared_secret *key = take_prepared(memory, job->hash, job->key);
        struct lanekdf_hmac_state state;

        lanekdf_hmac_start(&state, job->hash, key);
        lowest = NULL;
        lanekdf_hmac_update(&state, job->message[0]);
        check("lanekdf_hmac_update");
        lanekdf_hmac_finish(&state, job->out);
        check("lanekdf_hmac_finish");
        guarded_clear(memory);
    }
    start->one.kernels[kernel->family] = chosen;
}

static void end_watch(const char *of_what, int n_wiped)
{
    printf("%-24s %-12s %zu of %d bytes\n", kernel->name, of_what, worst, n_wiped);
    assert_true(worst > kernel->stack_bytes); /* or no job has reached the kernel */
    worst = 0;
}

static void watch_kernel(void)
{
    struct simd_kernel watched = *kernel;

    watched.run = run_watched;
    watched.run_tasks = kernel->run_tasks ? run_tasks_watched : NULL;
    watched.load_message = load_message;
    watched.load_state = load_state;
    watched.store_state = store_state;
    watched.hash_blocks = kernel->hash_blocks ? hash_blocks : NULL;
    watched.clear = kernel->clear ? clear : NULL;
    favour_family(simd_family_name(kernel->family));
    watch_batches(&watched);
    end_watch("batches", WIPE_BATCH_BYTES);
    if (kernel->run_tasks) {
        watch_single_jobs(&watched);
        end_watch("single jobs", WIPE_STACK_BYTES);
        watch_hmacs(&watched);
        end_watch("HMACs", WIPE_STACK_BYTES);
    }
}

static void test_declared_stack_is_wiped(void **state)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);

    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer makes frames larger; measured in the other builds");
        skip();
    }
    for (size_t i = 0; i < n; i++) {
        kernel = candidates[i].kernel;
        if (candidates[i].state == SIMD_USABLE) {
            watch_kernel();
        } else {
            char names[SIMD_CPU_NAMES_BYTES];
            simd_cpu_names(names, candidates[i].missing);
            printf("%-24s skipped: this CPU lacks %s\n", kernel->name, names);
        }
    }
}

/* ---- everything else that writes to the stack ---- */

/* The frames of the function that wipes, below what it wipes. They hold no secrets. */
enum { FRAMES_OF_WIPE = 256 + 2 * SIMD_FRAME_BYTES };

struct probed_call {
    lanekdf_context *context; /* NULL: lanekdf_derive_one */
    size_t n;
};

static void make_probed_call(void *argument)
{
    const struct probed_call *call = argument;

    if (call->context) {
        lanekdf_context_derive(call->context, jobs, call->n);
    } else {
        lanekdf_derive_one(jobs[0]);
    }
}

static void check_depth(struct probed_call *call, const char *what)
{
    static struct probe probe;
    size_t untouched = 0;

    wiped_from = NULL;
    make_probed_call(call); /* compiles the programs, which takes more stack and has no secrets */
    probe_call(&probe, make_probed_call, call);
    /* What hash_blocks() took beyond stack_bytes it has zeroed itself. */
    while (probe.stack[untouched] == PROBE_FILL || probe.stack[untouched] == 0) {
        untouched++;
    }
    assert_non_null(wiped_from);
    const size_t depth = (size_t)(wiped_from - probe.stack) - untouched;
    if (depth > wiped_bytes + FRAMES_OF_WIPE) {
        fail_msg(
            "%s of a %u job wrote %zu bytes down, %zu are wiped", what, jobs[0]->kind, depth, wiped_bytes);
    }
    guarded_clear(memory);
}

/* Catches: a function of the engine or of libc, called on the way of any kind of job, whose frame lies deeper
 * than what is wiped. */
static void test_no_frame_is_deeper(void **state)
{
    struct probed_call one = {NULL, 1}, batch = {NULL, 0};

    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer makes frames larger; measured in the other builds");
        skip();
    }
    assert_int_equal(lanekdf_context_new(&batch.context, NULL), LANEKDF_OK);
    for (size_t i = 0; i < N_ROUNDS; i++) {
        make_jobs(1);
        check_depth(&one, "lanekdf_derive_one");
        batch.n = make_jobs(1 + i % MAX_JOBS);
        check_depth(&batch, "lanekdf_context_derive");
    }
    lanekdf_context_free(batch.context);
}

/* The bytes below the stack pointer of a function, which its callees wrote to, are written here without a
 * call, and read after the wipe without a call. Catches: words next to the caller's frame that the wipe
 * leaves out, as the frame of a C function leaves them out that wipes an array of its own. */
static void test_every_byte_is_wiped(void **state)
{
    (void)state;
#if defined(__x86_64__) || defined(__i386__)
    if (!UNDER_ASAN) {
        enum { OWN = 2 * sizeof(void *) }; /* the return address and the frame pointer of wipe_frames() */
        volatile uint8_t *stack;
        size_t n_left = 0;

#ifdef __x86_64__
        __asm__ volatile("movq %%rsp, %0" : "=r"(stack));
#else
        __asm__ volatile("movl %%esp, %0" : "=r"(stack));
#endif
        for (int i = 1; i <= WIPE_STACK_BYTES; i++) {
            stack[-i] = 0xa5;
        }
        __real_lanekdf_wipe_frames(
            WIPE_STACK_BYTES, wipe_dead); /* past the linker's function, as wipe_stack() */
        for (int i = OWN + 1; i <= WIPE_STACK_BYTES; i++) {
            n_left += stack[-i] != 0;
        }
        assert_int_equal(n_left, 0);
        return;
    }
#endif
    puts("skipped: the stack pointer and the frames of this build are not known");
    skip();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_declared_stack_is_wiped),
        cmocka_unit_test(test_no_frame_is_deeper),
        cmocka_unit_test(test_every_byte_is_wiped),
    };
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};

    if (lanekdf_start(&options) != LANEKDF_OK) {
        return 1;
    }
    rng = rng_from(test_seed());
    memory = guarded_new(PACKED, &rng);
    puts(test_seed_text());
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    guarded_free(memory);
    return n_failed != 0;
}
