#define _GNU_SOURCE /* secure_getenv */
#include "start.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "struct_sizes.h"

uint32_t engine_cpu_mask = UINT32_MAX;

static struct start started;
static _Atomic(int) is_started;
static pthread_once_t once = PTHREAD_ONCE_INIT; /* glibc's survives a fork in the middle */
static pthread_mutex_t first_options_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct lanekdf_options *_Atomic first_options;

/* ---- options ---- */

/* The environment's kernel, copied: a later setenv must not change it. */
static char environment_kernel[64];

static int is_kernel_usable(const char *name)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(candidates[i].kernel->name, name) == 0) {
            return candidates[i].state == SIMD_USABLE;
        }
    }
    return 0;
}

/* The name in the table, which lives as long as the process. */
static const char *kernel_name(const char *name)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(candidates[i].kernel->name, name) == 0) {
            return candidates[i].kernel->name;
        }
    }
    return NULL;
}

int options_read(const struct lanekdf_options *options, struct plan_limits *limits, uint32_t *legacy)
{
    struct lanekdf_options known = {0}, *o = &known;
    memset(limits, 0, sizeof(*limits));
    if (options) {
        if (!is_size_of_options(options->size)) {
            return LANEKDF_ERROR_OPTIONS;
        }
        memcpy(o, options, options->size);
    }
    if (o->legacy & ~(uint32_t)LANEKDF_LEGACY_ALL) {
        return LANEKDF_ERROR_OPTIONS;
    }
    if (o->max_vector_width != 0 && o->max_vector_width != 128 && o->max_vector_width != 256 &&
        o->max_vector_width != 512) {
        return LANEKDF_ERROR_OPTIONS;
    }
    limits->max_vector_width = o->max_vector_width;
    *legacy = o->legacy;
    const char *name = o->kernel ? o->kernel : environment_kernel[0] ? environment_kernel : NULL;
    if (name && !is_kernel_usable(name)) {
        return LANEKDF_ERROR_KERNEL;
    }
    limits->kernel = name ? kernel_name(name) : NULL;
    return LANEKDF_OK;
}

static enum simd_family kernel_family(const char *name)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].kernel->name == name) {
            return candidates[i].kernel->family;
        }
    }
    return SIMD_N_FAMILIES;
}

static int plan_family(enum simd_family family, struct plan_limits limits, struct plans *plans)
{
    static const struct plan_limits any_one = {.one_lane = 1};
    struct plan one;
    if (limits.kernel && kernel_family(limits.kernel) != family) {
        limits.kernel = NULL;
    }
    if (!plan_make(&plans->many[family], family, &limits)) {
        return 0;
    }
    limits.one_lane = 1;
    /* else the kernel asked for is a wide one, for contexts */
    if (!plan_make(&one, family, &limits) && !plan_make(&one, family, &any_one)) {
        return 0;
    }
    plans->one[family] = one.bulk;
    return 1;
}

int plans_make(const struct plan_limits *limits, struct plans *plans)
{
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        if (!plan_family((enum simd_family)family, *limits, plans)) {
            return LANEKDF_ERROR_KERNEL;
        }
    }
    return LANEKDF_OK;
}

/* ---- start-up ---- */

static void write_texts(void)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    simd_cpu_names(started.cpu_text, started.features);
    for (size_t i = 0; i < n; i++) {
        simd_cpu_names(started.missing_texts[i], candidates[i].missing);
    }
}

static void start_up(void)
{
    const char *name = secure_getenv("LANEKDF_KERNEL");
    if (name && name[0]) {
        strncpy(environment_kernel, name, sizeof(environment_kernel) - 1);
    }
    started.features = simd_cpu_features() & engine_cpu_mask;
    simd_start(started.features);
    write_texts();
    started.status = options_read(first_options, &started.limits, &started.legacy);
    if (started.status == LANEKDF_OK) {
        started.status = plans_make(&started.limits, &started.plans);
    }
    atomic_store_explicit(&is_started, 1, memory_order_release);
}

const struct start *engine_start(void)
{
    if (!atomic_load_explicit(&is_started, memory_order_acquire)) {
        pthread_once(&once, start_up);
    }
    return &started;
}

int lanekdf_start(const struct lanekdf_options *options)
{
    struct plan_limits limits;
    uint32_t legacy;
    if (!atomic_load_explicit(&is_started, memory_order_acquire)) {
        pthread_mutex_lock(&first_options_lock); /* whose options are the first? */
        first_options = options;
        pthread_once(&once, start_up);
        first_options = NULL;
        pthread_mutex_unlock(&first_options_lock);
    }
    if (!options) {
        return started.status;
    }
    const int status = options_read(options, &limits, &legacy);
    if (status != LANEKDF_OK) {
        return status;
    }
    if (limits.kernel != started.limits.kernel ||
        limits.max_vector_width != started.limits.max_vector_width || legacy != started.legacy) {
        return LANEKDF_ERROR_STARTED; /* somebody else was first */
    }
    return started.status;
}
