#include "few.h"

#include "advance.h"
#include "published_route.h"
#include "wipe.h"

/* ---- a record's way from phase to phase ---- */

static void end_job(struct batch *b, struct few_job *few, int status)
{
    if (status == LANEKDF_OK) {
        advance_complete(b, few->record);
    } else {
        advance_fail(b, few->record, status);
    }
    few->record = NULL;
    few->program = NULL;
}

/* Finds the program of the phase that a record is at, or ends its job. */
static void enter_phase(struct batch *b, struct few_job *few)
{
    if (!record_enter(few->record, &few->shape)) {
        end_job(b, few, LANEKDF_OK);
        return;
    }
    few->family = (uint8_t)few->shape.hash->family;
    few->program = published_program(&few->shape, &b->work->compiler);
    if (!few->program && few->shape.then) {
        few->shape = shape_first(few->shape);
        few->program = published_program(&few->shape, &b->work->compiler);
    }
}

static void end_phase(struct batch *b, struct few_job *few)
{
    few->program = NULL;
    record_end_run(few->record, &few->shape);
    if (*few->record->phases) {
        enter_phase(b, few);
    } else {
        end_job(b, few, LANEKDF_OK);
    }
}

/* Evaluates phases that have no program, up to one that has. */
static void evaluate_long(struct batch *b, struct few_job *few)
{
    while (few->record && !few->program) {
        b->evaluated |= 1u << few->family;
        if (evaluate(
                &b->work->evaluation, b->one_lane[few->family], few->record, &few->shape, b->work->digests)) {
            end_phase(b, few);
        } else {
            end_job(b, few, LANEKDF_ERROR_INTERNAL);
        }
    }
}

/* ---- a kernel's tasks ---- */

/* Finds the jobs that wait for a kernel of this family, and returns how many they are. */
static unsigned find_waiting(struct batch *b, unsigned family, struct few_job *waiting[BATCH_MAX_FEW])
{
    unsigned n = 0;
    for (struct few_job *few = b->few; few < b->few_end; few++) {
        if (few->program && few->family == family) {
            waiting[n++] = few;
        }
    }
    return n;
}

static struct staging_lanes lane_of(const struct few_job *few)
{
    return (struct staging_lanes){
        .bases = {(const void *const *)&few->record->job, (const void *const *)&few->record}, .n = 1};
}

static void begin_task(struct batch *b, const struct simd_kernel *kernel, unsigned i,
    const struct few_job *few, struct simd_task *task)
{
    const struct program *p = few->program;
    const struct staging_lanes lane = lane_of(few);
    const unsigned bank_bytes = p->simd.n_slots * (unsigned)hash_slot_bytes(p->hash) + LANE_SLACK;
    uint8_t *const bank = b->cursors[i].bank;
    staging_fill_bank(kernel, p, &lane, bank);
    if (b->most_bank_bytes[i] < bank_bytes) {
        b->most_bank_bytes[i] = bank_bytes;
    }
    *task = (struct simd_task){&p->simd, bank};
}

static void end_task(struct batch *b, const struct simd_kernel *kernel, unsigned i, struct few_job *few)
{
    const struct staging_lanes lane = lane_of(few);
    staging_deliver_bank(kernel, few->program, &lane, b->cursors[i].bank, b->digests);
    if (b->most_digest_bytes < few->program->digest_bytes) {
        b->most_digest_bytes = few->program->digest_bytes;
    }
    end_phase(b, few);
}

/* Takes the jobs that wait for a kernel through one phase, or as many of them as it has in flight: if they
 * are more, about half of them, since one that is left over would be alone. */
static void run_tasks(struct batch *b, const struct simd_kernel *kernel)
{
    struct few_job *waiting[BATCH_MAX_FEW];
    struct simd_task tasks[BATCH_MAX_FEW];
    unsigned n = find_waiting(b, kernel->family, waiting);
    while (n > kernel->tasks_in_flight) {
        n = (n + 1) / 2;
    }
    for (unsigned i = 0; i < n; i++) {
        begin_task(b, kernel, i, waiting[i], &tasks[i]);
    }
    kernel->run_tasks(tasks, n, b->scratch);
    if (kernel->clear) {
        kernel->clear(b->scratch);
    }
    for (unsigned i = 0; i < n; i++) {
        end_task(b, kernel, i, waiting[i]);
    }
}

/* ---- the whole ---- */

/* Makes records of the jobs. Returns false if they are too many for one of their families. */
static bool begin(struct batch *b, struct lanekdf_job *const *jobs, size_t n_jobs)
{
    const struct published_phase *phase = NULL;
    for (size_t i = 0; i < n_jobs; i++) {
        struct record *r = b->free;
        struct few_job *few = b->few_end;
        if (published_route_begin(jobs[i], r, b->legacy, &b->work->compiler, &phase) != LANEKDF_OK) {
            b->n_failed++;
            continue;
        }
        b->free = r->next;
        b->few_end++;
        few->record = r;
        if (phase) {
            few->shape = phase->shape;
            few->family = (uint8_t)phase->shape.hash->family;
            few->program = phase->program;
        } else {
            enter_phase(b, few);
        }
        if (few->record && n_jobs > b->plans[BATCH_UNIFORM][few->family].n_one_by_one) {
            return false;
        }
    }
    return true;
}

/* The kernel for the first job that waits; NULL: none does. */
static const struct simd_kernel *choose_kernel(struct batch *b)
{
    for (struct few_job *few = b->few; few < b->few_end; few++) {
        evaluate_long(b, few);
        if (few->record) {
            return b->one_lane[few->family];
        }
    }
    return NULL;
}

static void wipe_all(struct batch *b)
{
    if (b->most_digest_bytes) {
        wipe(b->digests, b->most_digest_bytes);
    }
    for (unsigned i = 0; i < BATCH_MAX_FEW && b->most_bank_bytes[i]; i++) {
        wipe(b->cursors[i].bank, b->most_bank_bytes[i]);
    }
}

/* Not inlined, as the wipe of the stack demands (wipe.h). */
__attribute__((noinline)) bool few_derive(
    struct batch *b, struct lanekdf_job *const *jobs, size_t n_jobs, size_t *n_failed)
{
    b->few_end = b->few;
    b->n_failed = 0;
    b->evaluated = 0;
    b->most_digest_bytes = 0;
    memset(b->most_bank_bytes, 0, BATCH_MAX_FEW * sizeof(*b->most_bank_bytes));
    const bool done = begin(b, jobs, n_jobs);
    if (done) {
        const struct simd_kernel *kernel;
        while ((kernel = choose_kernel(b))) {
            run_tasks(b, kernel);
        }
        wipe_all(b);
    } else {
        for (struct few_job *few = b->few; few < b->few_end; few++) {
            if (few->record) {
                advance_release(b, few->record);
            }
        }
    }
    *n_failed = b->n_failed;
    return done;
}
