/* One job in one lane, phase after phase. */
#include "one.h"

#include "kind.h"
#include "published_route.h"
#include "staging.h"
#include "start.h"
#include "verification.h"
#include "wipe.h"

static void raise_to(size_t *most, size_t n)
{
    if (*most < n) {
        *most = n;
    }
}

static void run_program(struct one_arena *a, const struct simd_kernel *kernel, const struct program *p)
{
    const void *const job = a->record.job, *const record = &a->record;
    const struct staging_lanes lane = {.bases = {&job, &record}, .n = 1};
    staging_fill_bank(kernel, p, &lane, a->bank);
    const struct simd_task task = {&p->simd, a->bank};
    kernel->run_tasks(&task, 1, a->scratch);
    if (kernel->clear) {
        kernel->clear(a->scratch);
    }
    staging_deliver_bank(kernel, p, &lane, a->bank, a->digests);
    raise_to(&a->bank_used, p->simd.n_slots * (size_t)hash_slot_bytes(p->hash) + LANE_SLACK);
    raise_to(&a->digests_used, p->digest_bytes);
}

/* Runs one phase, or two of them if there is a program for both; the shape is then that of what was run.
 * Returns false if a formula fails. */
static bool run_phase(struct one_arena *a, const struct simd_kernel *kernel, struct shape *shape)
{
    const struct program *p = published_program(shape, &a->compiler);
    if (!p && shape->then) {
        *shape = shape_first(*shape);
        p = published_program(shape, &a->compiler);
    }
    if (p) {
        run_program(a, kernel, p);
        return true;
    }
    a->is_evaluated = true;
    return evaluate(&a->evaluation, kernel, &a->record, shape, a->evaluation_digests);
}

/* Takes the record through all of its phases. If `phase` is not NULL, the record is at it. Returns false if
 * the formula of a phase fails. */
static bool derive_phases(
    struct one_arena *a, const struct simd_kernel *const *kernels, const struct published_phase *phase)
{
    struct record *r = &a->record;
    struct shape shape;
    if (phase) {
        run_program(a, kernels[phase->shape.hash->family], phase->program);
        record_end_run(r, &phase->shape);
    }
    while (record_enter(r, &shape)) {
        if (!run_phase(a, kernels[shape.hash->family], &shape)) {
            return false;
        }
        record_end_run(r, &shape);
    }
    return true;
}

/* Returns false if the job has failed its check, and nothing is to be wiped. Not inlined, as wipe_stack()
 * demands: compilers keep bytes of secrets in the frame of this function. */
__attribute__((noinline)) static bool derive_in(
    struct one_arena *a, const struct simd_kernel *const *kernels, uint32_t legacy, struct lanekdf_job *job)
{
    const struct published_phase *phase = NULL;
    if (published_route_begin(job, &a->record, legacy, &a->compiler, &phase) != LANEKDF_OK) {
        return false;
    }
    a->bank_used = a->digests_used = 0;
    a->is_evaluated = false;
    if (derive_phases(a, kernels, phase)) {
        job->status = LANEKDF_OK;
    } else {
        kinds_fail_job(job, LANEKDF_ERROR_INTERNAL);
    }
    return true;
}

/* Inlined, since a call more would be 1 % of what the engine does for a small stage. */
static inline __attribute__((always_inline)) void derive_and_wipe(
    struct one_arena *a, const struct simd_kernel *const *kernels, uint32_t legacy, struct lanekdf_job *job)
{
    if (derive_in(a, kernels, legacy, job)) {
        wipe(a->bank, a->bank_used);
        if (a->digests_used) {
            wipe(a->digests, a->digests_used);
        }
        record_wipe(&a->record);
        /* Called from this frame, below which the frames of all others were. */
        if (a->is_evaluated) {
            wipe_stack();
        } else {
            wipe_program_stack();
        }
    }
}

void one_derive_in(struct one_arena *arena, const struct simd_kernel *const *kernels, uint32_t legacy,
    struct lanekdf_job *job)
{
    derive_and_wipe(arena, kernels, legacy, job);
}

/* Not inlined: lanekdf_derive_one() would have room for the arena in its frame, and a job that is verified
 * would need that room twice. */
__attribute__((noinline)) void one_derive(
    const struct simd_kernel *const *kernels, uint32_t legacy, struct lanekdf_job *job)
{
    struct one_arena arena;
    derive_and_wipe(&arena, kernels, legacy, job);
}

int lanekdf_derive_one(struct lanekdf_job *job)
{
    const struct start_one *start = start_one_once();
    if (!start->is_plain) {
        return verify_derive_one(start, job);
    }
    one_derive(start->kernels, start->options.legacy, job);
    simd_clear_registers();
    return job->status;
}
