/*
 * What is decided once per process: which kernels this CPU can run, and what the options of lanekdf_start
 * make of them.
 */
#ifndef ENGINE_START_H
#define ENGINE_START_H

#include <stdbool.h>

#include "lanekdf.h"
#include "plan.h"
#include "verification.h"

/* The kernels of each family of hashes. */
struct plans {
    struct plan many[PLAN_N_USES][SIMD_N_FAMILIES]; /* for the jobs of a context */
    const struct simd_kernel *one[SIMD_N_FAMILIES]; /* for one job, in one lane */
    size_t most_one_by_one; /* so many jobs may go one by one, if the plans of their families allow it */
};

/* The CPU features that start-up may use. Tests take some away before the first call. */
extern uint32_t start_cpu_mask;

/* The kernel that LANEKDF_KERNEL names, looked up once: a later setenv must not change which kernels a
 * process uses. NULL if the variable names none; or none that can run, which the status says. */
struct start_environment {
    int status;
    const struct simd_kernel *kernel;
};

/* What options say. */
struct start_options {
    struct plan_limits limits;
    uint32_t legacy; /* enum lanekdf_legacy */
    struct verify_options verify;
};

/* All that one job needs to know of start-up. */
struct start_one {
    bool is_plain; /* a job is derived and that is all: the status is LANEKDF_OK, nothing is verified, and
                    * every family has a kernel */
    int status;    /* LANEKDF_OK, or why nothing can be derived */
    struct start_options options;
    const struct simd_kernel *kernels[SIMD_N_FAMILIES]; /* of one lane */
    uint32_t families_without;                          /* a kernel (service.h) */
    struct start_environment environment;
    const struct start *whole; /* that this is a part of; NULL after a start-up for one job */
};

/* The kernels, and what start-up found out about each. */
struct start_candidates {
    const struct simd_candidate *all;
    size_t n;
};

/* Nothing in here changes after start-up; service.h says which kernels are out of service. */
struct start {
    struct start_one one;
    struct simd_candidate all_candidates[SIMD_MAX_KERNELS];
    struct start_candidates candidates; /* these */
    struct plans plans;                 /* what the options of lanekdf_start make of the kernels */
    char cpu_text[SIMD_CPU_NAMES_BYTES];
    char missing_texts[SIMD_MAX_KERNELS][SIMD_CPU_NAMES_BYTES]; /* by index of the candidate */
};

/* Start up if nobody has, and return what is in force then. Any thread may call them at any time, also in a
 * signal handler and in a forked child; no call waits for another one. start_one_once() leaves all kernels
 * without run_tasks() untested; what it returns holds until lanekdf_start() puts other options in force, and
 * whoever has begun a job with it may finish the job with it. */
const struct start *start_once(void);
const struct start_one *start_one_once(void);

/* Puts in force for one job what is left of the kernels when some were taken out of service. */
void start_one_renew(void);

/* Gives what is in force without any kernel that is out of service, even if the thread that took it out has
 * not put that in force yet. */
void start_one_in_service(struct start_one *one);

/* Checks options, and says what they limit, allow and ask for. NULL stands for options that are all 0.
 * LANEKDF_OK, LANEKDF_ERROR_OPTIONS or LANEKDF_ERROR_KERNEL. */
int start_read_options(
    const struct start *start, const struct lanekdf_options *options, struct start_options *wanted);

/* Plans for every family, without the kernels of the set `withdrawn` (service.h). A kernel that the limits
 * name limits its own family alone. LANEKDF_OK, or LANEKDF_ERROR_KERNEL if a family is left without a kernel.
 */
int start_make_plans(
    const struct start *start, const struct plan_limits *limits, uint32_t withdrawn, struct plans *plans);

/* The same for whoever has to go on when kernels were taken out of service: where the limits leave a family
 * no kernel, one that they would leave out is better than none. */
void start_renew_plans(
    const struct start *start, const struct plan_limits *limits, uint32_t withdrawn, struct plans *plans);

#endif
