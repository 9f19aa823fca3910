/*
 * What is decided once per process: which kernels there are, and what the options
 * of lanekdf_start make of them.
 */
#ifndef ENGINE_START_H
#define ENGINE_START_H

#include "lanekdf.h"
#include "plan.h"

/* Plans, by family of hashes. */
struct plans {
    struct plan many[SIMD_N_FAMILIES];
    const struct simd_kernel *one[SIMD_N_FAMILIES]; /* for one job, in one lane */
};

/* CPU features that start-up may see; tests narrow it before the first call. */
extern uint32_t engine_cpu_mask;

struct start {
    int status;         /* what start-up came to: LANEKDF_OK, or why nothing can be derived */
    struct plans plans; /* of the options of lanekdf_start */
    struct plan_limits limits;
    uint32_t legacy;   /* enum lanekdf_legacy */
    uint32_t features; /* enum simd_cpu */
    char cpu_text[SIMD_CPU_NAMES_BYTES];
    char missing_texts[SIMD_MAX_KERNELS][SIMD_CPU_NAMES_BYTES]; /* by candidate */
};

/* Starts up if that has not been done. */
const struct start *engine_start(void);

/* What options ask for, checked; options NULL: what lanekdf_start was given.
 * LANEKDF_OK or a status. */
int options_read(const struct lanekdf_options *options, struct plan_limits *limits, uint32_t *legacy);

/* LANEKDF_OK, or LANEKDF_ERROR_KERNEL if these limits leave nothing. A kernel that is asked
 * for is asked for its own family; the others take what is fastest. */
int plans_make(const struct plan_limits *limits, struct plans *plans);

#endif
