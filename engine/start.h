/*
 * What is decided once per process: which kernels there are, and what the options
 * of lanekdf_start make of them.
 */
#ifndef ENGINE_START_H
#define ENGINE_START_H

#include "lanekdf.h"
#include "plan.h"

/* CPU features that start-up may see; tests narrow it before the first call. */
extern uint32_t engine_cpu_mask;

enum { START_MAX_KERNELS = 16, START_TEXT_BYTES = 96 };

struct start {
    int status;       /* what start-up came to: LANEKDF_OK, or why nothing can be derived */
    struct plan plan; /* of the options of lanekdf_start */
    struct plan one;  /* the same, for one job on the stack */
    struct plan_limits limits;
    uint32_t features; /* enum simd_cpu */
    char cpu_text[START_TEXT_BYTES];
    char missing_texts[START_MAX_KERNELS][START_TEXT_BYTES]; /* by candidate */
};

/* Starts up if that has not been done. */
const struct start *engine_start(void);

/* What options ask for, checked; options NULL: what lanekdf_start was given.
 * LANEKDF_OK or a status. */
int options_read(const struct lanekdf_options *options, struct plan_limits *limits);

/* The plan of these limits, and one for single jobs; LANEKDF_OK or LANEKDF_ERROR_KERNEL. */
int plans_make(const struct plan_limits *limits, struct plan *plan, struct plan *one);

#endif
