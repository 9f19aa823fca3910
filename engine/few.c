#include "few.h"

#include "kind.h"
#include "published_route.h"
#include "wipe.h"

/* ---- a record's way from phase to phase ---- */

static void release(struct batch *b, struct record *r)
{
    record_wipe(r);
    r->next = b->free;
    b->free = r;
}

static void end_job(struct batch *b, struct few_job *few, int status)
{
    struct lanekdf_job *job = few->record->job;
    if (status == LANEKDF_OK) {
        job->status = status;
    } else {
        kinds_fail_job(job, status);
        b->n_failed++;
    }
    release(b, few->record);
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
        if (evaluate(
                &b->work->evaluation, b->one_lane[few->family], few->record, &few->shape, b->work->digests)) {
            end_phase(b, few);
        } else {
            end_job(b, few, LANEKDF_ERROR_INTERNAL);
        }
    }
}

/* ---- the feed ---- */

static struct staging_lanes lane_of(const struct cursor *c)
{
    return (struct staging_lanes){
        .bases = {(const void *const *)c->jobs, (const void *const *)c->records}, .n = 1};
}

/* Whether a job waits for the running kernel. */
static bool is_waiting(const struct batch *b, const struct few_job *few)
{
    return few->program && !few->is_running && few->family == b->kernel->family;
}

static void give(struct batch *b, unsigned cursor, struct few_job *few, struct simd_task *task)
{
    struct cursor *c = &b->cursors[cursor];
    const unsigned bank_bytes =
        few->program->simd.n_slots * (unsigned)hash_slot_bytes(few->program->hash) + LANE_SLACK;
    few->is_running = true;
    b->few_running[cursor] = few;
    batch_place_lanes(b, cursor, 1);
    c->n = 1;
    c->program = few->program;
    c->records[0] = few->record;
    c->jobs[0] = few->record->job;
    const struct staging_lanes lane = lane_of(c);
    staging_fill_bank(b->kernel, few->program, &lane, c->bank);
    if (b->most_bank_bytes[cursor] < bank_bytes) {
        b->most_bank_bytes[cursor] = bank_bytes;
    }
    *task = (struct simd_task){&few->program->simd, c->bank};
}

static struct few_job *take_back(struct batch *b, unsigned cursor)
{
    struct cursor *c = &b->cursors[cursor];
    struct few_job *few = b->few_running[cursor];
    const struct staging_lanes lane = lane_of(c);
    staging_deliver_bank(b->kernel, few->program, &lane, c->bank, b->digests);
    if (b->most_digest_bytes < few->program->digest_bytes) {
        b->most_digest_bytes = few->program->digest_bytes;
    }
    c->n = 0;
    few->is_running = false;
    end_phase(b, few);
    return few;
}

int few_next(struct batch *b, unsigned cursor, struct simd_task *task)
{
    if (b->cursors[cursor].n) {
        struct few_job *few = take_back(b, cursor);
        if (is_waiting(b, few)) {
            give(b, cursor, few, task);
            return 1;
        }
    }
    for (; b->few_at < b->few_end; b->few_at++) {
        if (is_waiting(b, b->few_at)) {
            give(b, cursor, b->few_at++, task);
            return 1;
        }
    }
    return 0;
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
        few->is_running = false;
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

static void run(struct batch *b)
{
    const struct simd_kernel *kernel;
    while ((kernel = choose_kernel(b))) {
        b->kernel = kernel;
        b->few_at = b->few;
        kernel->run(&b->feed, b->scratch);
        if (kernel->clear) {
            kernel->clear(b->scratch);
        }
    }
}

static void wipe_all(struct batch *b)
{
    if (b->most_digest_bytes) {
        wipe(b->digests, b->most_digest_bytes);
    }
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT; i++) {
        if (b->most_bank_bytes[i]) {
            wipe(b->cursors[i].bank, b->most_bank_bytes[i]);
            b->cursors[i].bound = NULL;
        }
    }
}

/* Not inlined, as wipe_batch_stack() demands. */
__attribute__((noinline)) bool few_derive(
    struct batch *b, struct lanekdf_job *const *jobs, size_t n_jobs, size_t *n_failed)
{
    b->few_end = b->few;
    b->n_failed = 0;
    b->most_digest_bytes = 0;
    memset(b->most_bank_bytes, 0, sizeof(b->most_bank_bytes));
    const bool done = begin(b, jobs, n_jobs);
    if (done) {
        b->is_few = true;
        run(b);
        b->is_few = false;
        wipe_all(b);
    } else {
        for (struct few_job *few = b->few; few < b->few_end; few++) {
            if (few->record) {
                release(b, few->record);
            }
        }
    }
    *n_failed = b->n_failed;
    return done;
}
