/* lanekdf_derive_one(): one job in one lane, phase after phase. All of its memory is on the stack. */
#include "bank.h"
#include "evaluate.h"
#include "kind.h"
#include "one_task.h"
#include "published.h"
#include "start.h"
#include "wipe.h"

/* Bank, compiler and evaluation share memory: a phase is compiled before anything of it is in the bank, and
 * one that is evaluated has no bank. The bank is the lane's row as well, as a kernel of one lane allows. */
struct one_arena {
    struct record record;
    uint8_t digests[FORMULA_MAX_OUTPUTS * HASH_MAX_DIGEST];
    union {
        _Alignas(64) uint8_t bank[PROGRAM_MAX_SLOT_BYTES + LANE_SLACK];
        struct compiler compiler;
        struct evaluation evaluation;
    };
    _Alignas(64) uint8_t scratch[SIMD_ONE_LANE_SCRATCH];
    size_t bank_used, digests_used; /* bytes that have to be wiped */
};

static void raise_to(size_t *most, size_t n)
{
    if (*most < n) {
        *most = n;
    }
}

static void run_program(
    struct one_arena *a, const struct simd_kernel *kernel, const struct shape *shape, const struct program *p)
{
    struct lane lane = {.program = p, .row = a->bank};
    shape->derivation->stage(&a->record, shape, &lane);
    lane_finish(&lane);
    bank_load_rows(kernel, p, a->bank, a->bank, 0);
    bank_load_constants(kernel, p, a->bank);
    one_task_run(kernel, &p->simd, a->bank, a->scratch);
    if (kernel->clear) {
        kernel->clear(a->scratch);
    }
    bank_store_outputs(kernel, p, a->bank, a->digests);
    raise_to(&a->bank_used, p->simd.n_slots * simd_slot_bytes(kernel) + LANE_SLACK);
    raise_to(&a->digests_used, bank_output_bytes(p));
}

/* Computes the digests of one phase. Returns false if its formula fails: then there are none. */
static bool make_digests(struct one_arena *a, const struct simd_kernel *kernel, const struct shape *shape)
{
    const struct program *p = published_program(shape, &a->compiler);
    if (p) {
        run_program(a, kernel, shape, p);
        return true;
    }
    raise_to(&a->digests_used, sizeof(a->digests));
    return evaluate(&a->evaluation, kernel, a->scratch, &a->record, shape, a->digests);
}

/* Takes the record through all of its phases. Returns false if the formula of one fails. */
static bool derive_phases(struct one_arena *a, const struct start *start)
{
    struct record *r = &a->record;
    while (*r->phases) {
        struct shape shape = record_shape(r);
        if (!shape.derivation->shape(r, &shape)) {
            record_next_phase(r);
            continue;
        }
        if (!make_digests(a, start->plans.one[shape.hash->family], &shape)) {
            return false;
        }
        if (!shape.derivation->finish(r, &shape, a->digests)) {
            record_next_phase(r);
        }
    }
    return true;
}

static void derive(const struct start *start, struct lanekdf_job *job)
{
    struct one_arena arena;
    struct one_arena *a = &arena;
    if (kinds_begin_job(job, &a->record, start->legacy) != LANEKDF_OK) {
        return;
    }
    a->bank_used = a->digests_used = 0;
    if (derive_phases(a, start)) {
        job->status = LANEKDF_OK;
    } else {
        kinds_fail_job(job, LANEKDF_ERROR_INTERNAL);
    }
    wipe(a->bank, a->bank_used);
    wipe(a->digests, a->digests_used);
    record_wipe(&a->record);
    wipe_stack(); /* called from this frame, below which the frames of all others were */
}

int lanekdf_derive_one(struct lanekdf_job *job)
{
    const struct start *start = start_once();
    if (start->status != LANEKDF_OK) {
        return kinds_fail_job(job, start->status);
    }
    derive(start, job);
    simd_clear_registers();
    return job->status;
}
