#define _GNU_SOURCE /* secure_getenv */
#include "start.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "struct_sizes.h"

uint32_t start_cpu_mask = UINT32_MAX;

static struct start started;
static atomic_bool is_started;
static struct start_one started_for_one;
/* What holds for one job: NULL, then &started_for_one or at once &started.one, which stays. */
static const struct start_one *_Atomic in_force;
/* In a child that was forked while another thread started up, glibc's pthread_once starts up anew. */
static pthread_once_t once = PTHREAD_ONCE_INIT, once_for_one = PTHREAD_ONCE_INIT;

/* ---- options ---- */

/* The kernel that LANEKDF_KERNEL names, looked up once: a later setenv must not change which kernels a
 * process uses. NULL if the variable names none; or none that can run, which the status says. A kernel of
 * many lanes is untested then: if it turns out to be faulty, no plan can be made. */
static const struct simd_kernel *environment_kernel;
static int environment_status;

static int find_kernel(const char *name, const struct simd_kernel **kernel)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    *kernel = NULL;
    for (size_t i = 0; i < n; i++) {
        const bool may_run = candidates[i].state == SIMD_USABLE || candidates[i].state == SIMD_UNTESTED;
        if (may_run && strcmp(candidates[i].kernel->name, name) == 0) {
            *kernel = candidates[i].kernel;
            return LANEKDF_OK;
        }
    }
    return LANEKDF_ERROR_KERNEL;
}

static void read_environment(void)
{
    const char *name = secure_getenv("LANEKDF_KERNEL");
    if (name && name[0]) {
        environment_status = find_kernel(name, &environment_kernel);
    }
}

static bool is_vector_width(uint32_t bits)
{
    return bits == 0 || bits == 128 || bits == 256 || bits == 512;
}

int start_read_options(const struct lanekdf_options *options, struct plan_limits *limits, uint32_t *legacy)
{
    struct lanekdf_options known = {0};
    if (options) {
        if (!is_size_of_options(options->size)) {
            return LANEKDF_ERROR_OPTIONS;
        }
        memcpy(&known, options, options->size);
    }
    if (!is_vector_width(known.max_vector_width) || known.legacy & ~(uint32_t)LANEKDF_LEGACY_ALL) {
        return LANEKDF_ERROR_OPTIONS;
    }
    *legacy = known.legacy;
    *limits = (struct plan_limits){.kernel = environment_kernel, .max_vector_width = known.max_vector_width};
    return known.kernel ? find_kernel(known.kernel, &limits->kernel) : environment_status;
}

/* ---- plans ---- */

/* A wide kernel that the limits name is for contexts; one job then takes the fastest of one lane. */
static bool choose_for_one(
    enum simd_family family, const struct plan_limits *limits, const struct simd_kernel **kernel)
{
    static const struct plan_limits none = {.one_lane = true};
    struct plan_limits one_lane = *limits;
    const struct simd_candidate *all;
    const size_t n = simd_candidates(&all);
    one_lane.one_lane = true;
    *kernel = plan_one_job(all, n, family, &one_lane);
    if (!*kernel) {
        *kernel = plan_one_job(all, n, family, &none);
    }
    return *kernel;
}

static bool plan_family(enum simd_family family, const struct plan_limits *limits, struct plans *plans)
{
    const struct simd_candidate *all;
    const size_t n = simd_candidates(&all);
    for (enum plan_use use = 0; use < PLAN_N_USES; use++) {
        if (!plan_make(&plans->many[use][family], all, n, family, limits, use)) {
            return false;
        }
    }
    return choose_for_one(family, limits, &plans->one[family]);
}

int start_make_plans(const struct plan_limits *limits, struct plans *plans)
{
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        if (!plan_family((enum simd_family)family, limits, plans)) {
            return LANEKDF_ERROR_KERNEL;
        }
    }
    return LANEKDF_OK;
}

/* ---- start-up ---- */

static void write_texts(uint32_t present)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    simd_cpu_names(started.cpu_text, present);
    for (size_t i = 0; i < n; i++) {
        simd_cpu_names(started.missing_texts[i], candidates[i].missing);
    }
}

static uint32_t features(void)
{
    return simd_cpu_features() & start_cpu_mask;
}

static void start_up_for_one(void)
{
    struct start_one *one = &started_for_one;
    struct plan_limits limits;
    simd_start_one_lane(features());
    read_environment();
    one->status = start_read_options(NULL, &limits, &one->legacy);
    for (unsigned family = 0; family < SIMD_N_FAMILIES && one->status == LANEKDF_OK; family++) {
        if (!choose_for_one((enum simd_family)family, &limits, &one->kernels[family])) {
            one->status = LANEKDF_ERROR_KERNEL;
        }
    }
    atomic_store_explicit(&in_force, one, memory_order_release);
}

const struct start_one *start_one_once(void)
{
    const struct start_one *one = atomic_load_explicit(&in_force, memory_order_acquire);
    if (!one) {
        pthread_once(&once_for_one, start_up_for_one);
        one = atomic_load_explicit(&in_force, memory_order_acquire);
    }
    return one;
}

/* The start-up for one job comes first, so that no other thread is in it while the kernels are tested again.
 */
static void start_up(const struct lanekdf_options *options)
{
    (void)start_one_once();
    simd_start(features());
    write_texts(features());
    started.one.status = start_read_options(options, &started.limits, &started.one.legacy);
    if (started.one.status == LANEKDF_OK) {
        started.one.status = start_make_plans(&started.limits, &started.plans);
    }
    memcpy(started.one.kernels, started.plans.one, sizeof(started.one.kernels));
    atomic_store_explicit(&in_force, &started.one, memory_order_release);
    atomic_store_explicit(&is_started, true, memory_order_release);
}

static void start_up_with_defaults(void)
{
    start_up(NULL);
}

const struct start *start_once(void)
{
    if (!atomic_load_explicit(&is_started, memory_order_acquire)) {
        pthread_once(&once, start_up_with_defaults);
    }
    return &started;
}

/* What pthread_once runs takes no argument. So the options come through a variable, which belongs to whoever
 * holds the lock. */
static const struct lanekdf_options *first_options;
static pthread_mutex_t first_options_lock = PTHREAD_MUTEX_INITIALIZER;

static void start_up_with_first_options(void)
{
    start_up(first_options);
}

static void start_once_with(const struct lanekdf_options *options)
{
    if (!atomic_load_explicit(&is_started, memory_order_acquire)) {
        pthread_mutex_lock(&first_options_lock);
        first_options = options;
        pthread_once(&once, start_up_with_first_options);
        pthread_mutex_unlock(&first_options_lock);
    }
}

int lanekdf_start_one(void)
{
    return start_one_once()->status;
}

int lanekdf_start(const struct lanekdf_options *options)
{
    struct plan_limits limits;
    uint32_t legacy;
    if (!options) {
        return start_once()->one.status;
    }
    start_once_with(options);
    const int status = start_read_options(options, &limits, &legacy);
    if (status != LANEKDF_OK) {
        return status;
    }
    const bool is_same = limits.kernel == started.limits.kernel &&
                         limits.max_vector_width == started.limits.max_vector_width &&
                         legacy == started.one.legacy;
    return is_same ? started.one.status : LANEKDF_ERROR_STARTED;
}
