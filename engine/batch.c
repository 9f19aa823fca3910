#include "batch.h"

#include "admit.h"
#include "advance.h"
#include "choose.h"

static void raise_to(unsigned *most, unsigned n)
{
    if (*most < n) {
        *most = n;
    }
}

/* Forgets which constants rows and banks hold. Another kernel, which runs next, has other lanes and another
 * layout of slots. */
static void forget_constants(struct batch *b)
{
    b->rows_bound = NULL;
    for (unsigned i = 0; b->kernel && i < b->kernel->tasks_in_flight; i++) {
        b->cursors[i].bound = NULL;
    }
}

/* ---- a task ---- */

static struct staging_lanes lanes_of(const struct cursor *c)
{
    return (struct staging_lanes){
        .bases = {(const void *const *)c->jobs, (const void *const *)c->records}, .n = c->n};
}

/* Takes back the task of a cursor, whose program has run: delivers its outputs, and sends its records on. */
static void take_back(struct batch *b, struct cursor *c)
{
    const struct program *p = c->program;
    const struct staging_lanes lanes = lanes_of(c);
    const unsigned n = c->n;
    if (b->kernel->lanes == 1) {
        staging_deliver_bank(b->kernel, p, &lanes, c->bank, b->digests);
    } else {
        staging_store(b->kernel, p, c->bank, b->digests);
        staging_deliver(&p->list, p->output_bytes, &lanes, b->digests, staging_output_bytes(p));
    }
    c->n = 0;
    if (c->shape.then) { /* no phase comes behind two that are one program */
        for (unsigned l = 0; l < n; l++) {
            advance_complete(b, c->records[l]);
        }
        return;
    }
    for (unsigned l = 0; l < n; l++) {
        record_end_run(c->records[l], &c->shape);
        advance_record(b, c->records[l]);
    }
}

/* Stages the bytes of every lane, and loads them into the bank. */
static void load(struct batch *b, struct cursor *c)
{
    const struct program *p = c->program;
    const struct staging_lanes lanes = lanes_of(c);
    const bool is_bound = c->bound == p;
    if (b->kernel->lanes == 1) { /* its bank is the row, and nothing goes from one to the other */
        staging_fill_bank(b->kernel, p, &lanes, c->bank);
        return;
    }
    if (!is_bound) {
        staging_bind(b->kernel, p, c->bank); /* first, since it may write slots that are loaded afterwards */
        c->bound = p;
    }
    if (staging_uses_columns(b->kernel, p)) {
        const bool stays_bound =
            staging_by_columns(b->kernel, p, &lanes, is_bound, c->bank, b->rows, b->row_stride, b->scratch);
        c->bound = stays_bound ? p : NULL;
        b->rows_bound = NULL;
        return;
    }
    if (b->rows_bound != p) {
        staging_begin_rows(p, b->rows, b->row_stride, b->kernel->lanes);
        b->rows_bound = p;
    }
    staging_fill_rows(p, &lanes, b->rows, b->row_stride);
    staging_load(b->kernel, p, c->bank, b->rows, b->row_stride);
}

/* Makes the first n records of a group the lanes of a task. */
static void take(struct batch *b, struct cursor *c, struct group *g, unsigned n)
{
    struct record *r = g->first;
    for (unsigned l = 0; l < n; l++, r = r->next) {
        c->records[l] = r;
        c->jobs[l] = r->job;
    }
    g->first = r;
    g->n -= n;
    b->n_waiting[g->family] -= n;
    if (!g->n || b->full & g->bit) { /* else no set changes */
        group_update_sets(b, g);
    }
    c->n = n;
    c->shape = g->shape;
    c->phase = g->phase;
    c->program = g->program;
}

/* Makes the sets and the banks ready for the kernel that runs next. */
static void use_kernel(struct batch *b, const struct simd_kernel *kernel)
{
    if (b->kernel != kernel) {
        forget_constants(b);
    }
    for (unsigned i = 0; i < kernel->tasks_in_flight; i++) {
        batch_place_lanes(b, i, kernel->lanes);
    }
    b->finished_lot = b->lot++;
    b->kernel = kernel;
    b->ready = 0;
    for (uint64_t left = b->full; left; left &= left - 1) {
        group_update_sets(b, group_first(b, left));
    }
    choose_begin_run(b);
    raise_to(&b->most_lanes, kernel->lanes);
}

/* ---- the feed ---- */

/* Notes that a task of this lot is finished. The next tasks begin a new lot: they have far to go when the
 * rest of this one, which began together, is finished as well. */
static void finish_lot(struct batch *b, unsigned lot)
{
    b->finished_lot = lot;
    if (b->lot == lot) {
        b->lot++;
        b->n_in_last_lot = b->n_in_lot;
        b->n_in_lot = 0;
    }
}

/* Gives a cursor its next task. Not inlined into batch_next(), which is called far more often than there is
 * work. */
__attribute__((noinline)) static bool give_task(struct batch *b, unsigned cursor, struct simd_task *task)
{
    struct cursor *c = &b->cursors[cursor];
    unsigned n;
    if (c->n) {
        finish_lot(b, c->lot);
        take_back(b, c);
    }
    struct group *g = choose_group(b, &n);
    if (!g) {
        return false;
    }
    take(b, c, g, n);
    c->lot = b->lot;
    b->n_in_lot++;
    load(b, c);
    if (b->kernel->lanes == 1) {
        raise_to(&b->most_digest_bytes, c->program->digest_bytes);
    } else {
        raise_to(
            &b->most_row_bytes, c->program->n_row_slots * hash_slot_bytes(c->program->hash) + LANE_SLACK);
        raise_to(&b->most_digest_bytes, (unsigned)staging_output_bytes(c->program));
    }
    raise_to(&b->most_bank_bytes[cursor],
        (unsigned)(c->program->simd.n_slots * simd_slot_bytes(b->kernel)) + LANE_SLACK);
    *task = (struct simd_task){&c->program->simd, c->bank};
    return true;
}

int batch_next(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct batch *b = (struct batch *)feed;
    if (!b->cursors[cursor].n && !b->waiting && !admit_is_possible(b)) {
        return 0;
    }
    return give_task(b, cursor, task);
}

/* ---- the whole ---- */

/* Evaluates one phase of every record whose shape has no program. */
static void evaluate_long(struct batch *b)
{
    while (b->long_records) {
        struct record *r = b->long_records;
        struct shape shape;
        b->long_records = r->next;
        record_shape(r, &shape);
        shape.derivation->shape(r, &shape);
        shape = shape_first(shape);
        b->evaluated |= 1u << shape.hash->family;
        if (evaluate(&b->work->evaluation, b->one_lane[shape.hash->family], r, &shape, b->work->digests)) {
            record_end_run(r, &shape);
            advance_record(b, r);
        } else {
            advance_fail(b, r, LANEKDF_ERROR_INTERNAL);
        }
    }
}

/* Wipes what the batch has used of rows, digests and banks. Records are wiped when their jobs are done, and
 * evaluate_long() wipes its own memory. */
static void wipe_all(struct batch *b)
{
    for (unsigned l = 0; b->most_row_bytes && l < b->most_lanes; l++) {
        wipe(b->rows + l * b->row_stride, b->most_row_bytes);
    }
    if (b->most_digest_bytes) {
        wipe(b->digests, b->most_lanes * (size_t)b->most_digest_bytes);
    }
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT; i++) {
        if (b->most_bank_bytes[i]) {
            wipe(b->cursors[i].bank, b->most_bank_bytes[i]);
        }
    }
    forget_constants(b);
}

/* The stamps of groups go on, so that no route takes a new group for an old one. */
void batch_forget_groups(struct batch *b)
{
    memset(b->groups, 0, BATCH_MAX_GROUPS * sizeof(*b->groups));
    memset(b->tags, 0, sizeof(b->tags));
    memset(b->kin_tags, 0, sizeof(b->kin_tags));
    memset(b->of_family, 0, sizeof(b->of_family));
    b->of_two_phases = 0;
    b->kernel = NULL;
}

/* Not inlined, as wipe_batch_stack() demands. */
__attribute__((noinline)) size_t batch_derive(struct batch *b, struct lanekdf_job *const *jobs, size_t n_jobs)
{
    const struct simd_kernel *kernel;
    b->jobs = jobs;
    b->jobs_end = jobs + n_jobs;
    b->n_failed = 0;
    b->long_records = NULL;
    b->evaluated = 0;
    b->waiting = b->full = b->ready = 0;
    b->lot = 0;
    b->most_lanes = b->most_row_bytes = b->most_digest_bytes = 0;
    memset(b->most_bank_bytes, 0, sizeof(b->most_bank_bytes));
    do {
        while ((kernel = choose_kernel(b))) {
            use_kernel(b, kernel);
            kernel->run(&b->feed, b->scratch);
            if (kernel->clear) {
                kernel->clear(b->scratch);
            }
        }
        evaluate_long(b);
    } while (b->waiting || admit_is_possible(b));
    wipe_all(b);
    return b->n_failed;
}
