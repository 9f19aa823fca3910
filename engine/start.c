#define _GNU_SOURCE /* secure_getenv, MAP_ANONYMOUS */
#include "start.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common_programs.h"
#include "service.h"
#include "struct_sizes.h"

uint32_t start_cpu_mask = UINT32_MAX;

/*
 * What holds: NULL, then what a start-up for one job has found, or at once what a whole one has, which stays.
 *
 * No thread waits for another one. A child that was forked in the middle of another thread's start-up would
 * wait for ever, and so would a signal handler that derives a job in the middle of its own. Whoever finds
 * nothing here starts up by himself, in memory of his own; of those who are done, the first one puts in force
 * what he has found, and the others drop theirs. To test and measure once more is all that a race costs.
 */
static const struct start_one *_Atomic in_force;

/* ---- memory ---- */

/* The memory of whoever comes first. It is taken for good in a child that was forked while somebody had it,
 * as others who come at that time find it taken: they get memory of the system. */
struct memory {
    atomic_flag is_taken;
    void *bytes;
    size_t size;
};
static struct simd_start first_work;
static struct start first_start;
static struct start_one first_start_one;
static struct memory work_memory = {ATOMIC_FLAG_INIT, &first_work, sizeof(first_work)};
static struct memory start_memory = {ATOMIC_FLAG_INIT, &first_start, sizeof(first_start)};
static struct memory start_one_memory = {ATOMIC_FLAG_INIT, &first_start_one, sizeof(first_start_one)};

/* Returns NULL if there is no memory. */
static void *take(struct memory *memory)
{
    if (!atomic_flag_test_and_set_explicit(&memory->is_taken, memory_order_acquire)) {
        return memory->bytes;
    }
    const int saved_errno = errno;
    void *own = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    errno = saved_errno;
    return own == MAP_FAILED ? NULL : own;
}

static void give_back(struct memory *memory, void *taken)
{
    if (taken == memory->bytes) {
        atomic_flag_clear_explicit(&memory->is_taken, memory_order_release);
    } else {
        const int saved_errno = errno;
        munmap(taken, memory->size);
        errno = saved_errno;
    }
}

/* What is found by whoever needs memory of the system, and gets none. It is not put in force: the next call
 * tries again. */
static const struct start without_memory = {.one.status = LANEKDF_ERROR_MEMORY};

/* ---- options ---- */

/* Finds a kernel that can run. A kernel of many lanes may be untested: if it turns out to be faulty, no plan
 * can be made. */
static int find_kernel(
    const struct start_candidates *candidates, const char *name, const struct simd_kernel **kernel)
{
    const uint32_t withdrawn = service_withdrawn();
    *kernel = NULL;
    for (size_t i = 0; i < candidates->n; i++) {
        const struct simd_candidate *c = &candidates->all[i];
        const bool may_run = (c->state == SIMD_USABLE || c->state == SIMD_UNTESTED) && !(withdrawn >> i & 1);
        if (may_run && strcmp(c->kernel->name, name) == 0) {
            *kernel = c->kernel;
            return LANEKDF_OK;
        }
    }
    return LANEKDF_ERROR_KERNEL;
}

static struct start_environment read_environment(const struct start_candidates *candidates)
{
    struct start_environment environment = {LANEKDF_OK, NULL};
    const char *name = secure_getenv("LANEKDF_KERNEL");
    if (name && name[0]) {
        environment.status = find_kernel(candidates, name, &environment.kernel);
    }
    return environment;
}

static bool is_vector_width(uint32_t bits)
{
    return bits == 0 || bits == 128 || bits == 256 || bits == 512;
}

int start_read_options(
    const struct start *start, const struct lanekdf_options *options, struct start_options *wanted)
{
    const struct start_environment *environment = &start->one.environment;
    struct lanekdf_options known = {0};
    if (options) {
        if (!is_size_of_options(options->size)) {
            return LANEKDF_ERROR_OPTIONS;
        }
        memcpy(&known, options, options->size);
    }
    if (!is_vector_width(known.max_vector_width) || known.legacy & ~(uint32_t)LANEKDF_LEGACY_ALL ||
        known.reserved) {
        return LANEKDF_ERROR_OPTIONS;
    }
    *wanted = (struct start_options){
        .limits = {.kernel = environment->kernel, .max_vector_width = known.max_vector_width},
        .legacy = known.legacy,
        .verify = {.one_in = known.verify_one_in,
            .seed = known.verify_one_in ? verify_seed() : 0,
            .on_fault = known.on_fault,
            .user = known.user}};
    return known.kernel ? find_kernel(&start->candidates, known.kernel, &wanted->limits.kernel)
                        : environment->status;
}

/* ---- plans ---- */

/* A wide kernel that the limits name is for contexts; one job then takes the fastest of one lane. */
static bool choose_for_one(const struct start_candidates *candidates, enum simd_family family,
    const struct plan_limits *limits, const struct simd_kernel **kernel)
{
    const struct plan_limits none = {.one_lane = true, .withdrawn = limits->withdrawn};
    struct plan_limits one_lane = *limits;
    one_lane.one_lane = true;
    *kernel = plan_one_job(candidates->all, candidates->n, family, &one_lane);
    if (!*kernel) {
        *kernel = plan_one_job(candidates->all, candidates->n, family, &none);
    }
    return *kernel;
}

static bool plan_family(const struct start_candidates *candidates, enum simd_family family,
    const struct plan_limits *limits, struct plans *plans)
{
    for (enum plan_use use = 0; use < PLAN_N_USES; use++) {
        if (!plan_make(&plans->many[use][family], candidates->all, candidates->n, family, limits, use)) {
            return false;
        }
    }
    return choose_for_one(candidates, family, limits, &plans->one[family]);
}

/* One at least, unless the plans are kept to a kernel of many lanes, which a batch of one would have. MD5 and
 * SHA-1 have one lane everywhere: if they counted, the first job of nearly every small call would be checked
 * in vain, before it is found to be of another hash. */
static size_t most_one_by_one(const struct plans *plans)
{
    const size_t sha256 = plans->many[PLAN_UNIFORM][SIMD_SHA256].n_one_by_one,
                 sha512 = plans->many[PLAN_UNIFORM][SIMD_SHA512].n_one_by_one;
    const size_t most = sha256 > sha512 ? sha256 : sha512;
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        if (plans->many[PLAN_UNIFORM][family].choices[1].kernel != plans->one[family]) {
            return 0;
        }
    }
    return most > 1 ? most : 1;
}

int start_make_plans(
    const struct start *start, const struct plan_limits *limits, uint32_t withdrawn, struct plans *plans)
{
    struct plan_limits left = *limits;
    service_limit(&left, &start->candidates, withdrawn);
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        if (!plan_family(&start->candidates, (enum simd_family)family, &left, plans)) {
            return LANEKDF_ERROR_KERNEL;
        }
    }
    plans->most_one_by_one = most_one_by_one(plans);
    return LANEKDF_OK;
}

void start_renew_plans(
    const struct start *start, const struct plan_limits *limits, uint32_t withdrawn, struct plans *plans)
{
    static const struct plan_limits none = {0};
    if (start_make_plans(start, limits, withdrawn, plans) != LANEKDF_OK) {
        (void)start_make_plans(start, &none, withdrawn, plans);
    }
}

/* ---- start-up for one job ---- */

static uint32_t features(void)
{
    return simd_cpu_features() & start_cpu_mask;
}

/* Chooses the kernels for one job among those that are in service. What the options limit is known, and so is
 * whether they can be honoured. */
static void choose_kernels_for_one(
    struct start_one *one, const struct start_candidates *candidates, uint32_t withdrawn)
{
    struct plan_limits limits = one->options.limits;
    service_limit(&limits, candidates, withdrawn);
    for (unsigned family = 0; family < SIMD_N_FAMILIES && one->status == LANEKDF_OK; family++) {
        if (!choose_for_one(candidates, (enum simd_family)family, &limits, &one->kernels[family])) {
            one->status = LANEKDF_ERROR_KERNEL;
        }
    }
    one->families_without = service_families_without(candidates, withdrawn);
    one->is_plain = one->status == LANEKDF_OK && !one->options.verify.one_in && !one->families_without;
}

static void start_up_for_one(struct simd_start *work, struct start_one *one)
{
    memset(one, 0, sizeof(*one)); /* others may have had the memory before */
    simd_start_one_lane(features(), work);
    const struct start_candidates candidates = {work->candidates, work->n_candidates};
    one->environment = read_environment(&candidates);
    one->options.limits.kernel = one->environment.kernel;
    one->status = one->environment.status;
    choose_kernels_for_one(one, &candidates, 0);
}

static const struct start_one *now_in_force(void)
{
    return atomic_load_explicit(&in_force, memory_order_acquire);
}

/* Not inlined into lanekdf_derive_one(). */
__attribute__((noinline)) static const struct start_one *start_one_by_oneself(void)
{
    struct simd_start *work = take(&work_memory);
    struct start_one *one = work ? take(&start_one_memory) : NULL;
    const struct start_one *before = NULL;
    if (one) {
        start_up_for_one(work, one);
        if (!atomic_compare_exchange_strong(&in_force, &before, one)) {
            give_back(&start_one_memory, one);
        }
    }
    if (work) {
        give_back(&work_memory, work);
    }
    const struct start_one *found = now_in_force();
    return found ? found : &without_memory.one;
}

const struct start_one *start_one_once(void)
{
    const struct start_one *one = now_in_force();
    return one ? one : start_one_by_oneself();
}

/* ---- the whole start-up ---- */

static void write_texts(struct start *start, uint32_t present)
{
    simd_cpu_names(start->cpu_text, present);
    for (size_t i = 0; i < start->candidates.n; i++) {
        simd_cpu_names(start->missing_texts[i], start->candidates.all[i].missing);
    }
}

static void start_up(struct simd_start *work, struct start *start, const struct lanekdf_options *options,
    const struct start_environment *environment)
{
    memset(start, 0, sizeof(*start));
    start->one.environment = *environment;
    simd_start(features(), work);
    memcpy(start->all_candidates, work->candidates, sizeof(start->all_candidates));
    start->candidates = (struct start_candidates){start->all_candidates, work->n_candidates};
    write_texts(start, features());
    /* Nothing is out of service yet: only what a whole start puts in force verifies. */
    start->one.status = start_read_options(start, options, &start->one.options);
    if (start->one.status == LANEKDF_OK) {
        start->one.status = start_make_plans(start, &start->one.options.limits, 0, &start->plans);
    }
    choose_kernels_for_one(&start->one, &start->candidates, 0);
    start->one.whole = start;
    (void)common_programs_publish(work->memory);
}

/* Puts a start in force unless a whole one is in force already. */
static bool put_in_force(const struct start *start)
{
    const struct start_one *before = now_in_force();
    while (!before || !before->whole) {
        if (atomic_compare_exchange_strong(&in_force, &before, &start->one)) {
            simd_publish(start->all_candidates);
            return true;
        }
    }
    return false;
}

static void start_by_oneself(
    const struct lanekdf_options *options, const struct start_environment *environment)
{
    struct simd_start *work = take(&work_memory);
    struct start *start = work ? take(&start_memory) : NULL;
    if (start) {
        start_up(work, start, options, environment);
        if (!put_in_force(start)) {
            give_back(&start_memory, start);
        }
    }
    if (work) {
        give_back(&work_memory, work);
    }
}

/* What the environment says is asked once in a process, by the start-up for one job. That comes first, before
 * the whole one takes the memory for the work. */
static const struct start *start_once_with(const struct lanekdf_options *options)
{
    const struct start_one *one = start_one_once();
    if (one != &without_memory.one && !one->whole) {
        start_by_oneself(options, &one->environment);
        one = now_in_force();
    }
    return one->whole ? one->whole : &without_memory;
}

const struct start *start_once(void)
{
    return start_once_with(NULL);
}

/* ---- kernels out of service ---- */

/* Each kernel is taken out of service once, and each time one of these takes the place of what is in force.
 * None is written again when it is in force, since jobs that have begun go on with it. */
static struct start_one renewed[SIMD_MAX_KERNELS];
static _Atomic(unsigned) n_renewed;

/* Makes `one` of `before`, which belongs to a whole start-up. */
static void leave_out_withdrawn(struct start_one *one, const struct start_one *before)
{
    *one = *before;
    choose_kernels_for_one(one, &before->whole->candidates, service_withdrawn());
}

/* Where two threads take kernels out of service at once, the one that comes second finds that the first has
 * put something else in force, and begins anew: so what is in force last lacks both kernels. */
void start_one_renew(void)
{
    const unsigned i = atomic_fetch_add(&n_renewed, 1);
    if (i >= SIMD_MAX_KERNELS) {
        return; /* there are no more kernels than that */
    }
    const struct start_one *before = atomic_load(&in_force);
    do {
        leave_out_withdrawn(&renewed[i], before);
    } while (!atomic_compare_exchange_strong(&in_force, &before, &renewed[i]));
}

void start_one_in_service(struct start_one *one)
{
    leave_out_withdrawn(one, atomic_load(&in_force));
}

/* ---- public ---- */

int lanekdf_start_one(void)
{
    return start_one_once()->status;
}

static bool is_same_verify(const struct verify_options *a, const struct verify_options *b)
{
    return a->one_in == b->one_in && a->on_fault == b->on_fault && a->user == b->user;
}

int lanekdf_start(const struct lanekdf_options *options)
{
    struct start_options wanted;
    const struct start *start = start_once_with(options);
    if (!options || start == &without_memory) {
        return start->one.status;
    }
    const int status = start_read_options(start, options, &wanted);
    if (status != LANEKDF_OK) {
        return status;
    }
    const struct start_options *found = &start->one.options;
    const bool is_same = wanted.limits.kernel == found->limits.kernel &&
                         wanted.limits.max_vector_width == found->limits.max_vector_width &&
                         wanted.legacy == found->legacy && is_same_verify(&wanted.verify, &found->verify);
    return is_same ? start->one.status : LANEKDF_ERROR_STARTED;
}
