#include "batch.h"

#include "published.h"
#include "wipe.h"

/* ---- a record's way from phase to phase ---- */

static struct group *find_group(struct batch *b, const struct shape *shape)
{
    struct group *unused = NULL;
    for (unsigned i = 0; i < b->n_groups; i++) {
        struct group *g = &b->groups[i];
        if (shape_equal(&g->shape, shape))
            return g;
        if (!g->n)
            unused = g;
    }
    if (b->n_groups < b->max_groups) {
        unused = &b->groups[b->n_groups++];
        unused->n = 0;
        unused->first = NULL;
    }
    if (unused) { /* else every group has jobs waiting */
        unused->shape = *shape;
        unused->program = published_program(shape, &b->work->writer);
    }
    return unused;
}

static void push(struct batch *b, struct group *g, struct record *r)
{
    const uint64_t bit = (uint64_t)1 << (g - b->groups);
    r->next = g->first;
    g->first = r;
    g->n++;
    b->waiting |= bit;
    if (g->n >= b->plan->bulk->lanes)
        b->full |= bit;
}

static void complete(struct batch *b, struct record *r)
{
    r->job->status = LANEKDF_OK;
    if (r->has_secrets) {
        wipe(r->secret, sizeof r->secret);
        wipe(r->chain, sizeof r->chain);
    }
    r->next = b->free;
    b->free = r;
}

/* Puts a record where its next phase's jobs wait, or completes its job. */
static void advance(struct batch *b, struct record *r)
{
    for (; r->phase < JOB_MAX_PHASES && r->kind->phases[r->phase]; r->phase++) {
        struct shape shape = {.derivation = r->kind->phases[r->phase], .hash = r->hash};
        if (!shape.derivation->shape(r, &shape))
            continue;
        struct group *g = b->last;
        if (!g || !shape_equal(&g->shape, &shape))
            g = find_group(b, &shape);
        if (g && g->program) {
            b->last = g;
            push(b, g, r);
        } else {
            r->next = b->long_records;
            b->long_records = r;
        }
        return;
    }
    complete(b, r);
}

static int can_admit(const struct batch *b)
{
    return b->jobs < b->jobs_end && b->free;
}

/* Of many jobs the next ones are in no cache. */
static void prefetch_job(const struct batch *b)
{
    enum { AHEAD = 24 };
    if (b->jobs_end - b->jobs <= AHEAD)
        return;
    const uint8_t *job = (const uint8_t *)b->jobs[AHEAD];
    for (size_t line = 0; line < sizeof(struct lanekdf_handshake); line += 64)
        __builtin_prefetch(job + line, 1);
}

static void admit(struct batch *b)
{
    struct record *r = b->free;
    prefetch_job(b);
    if (job_begin(*b->jobs++, r) != LANEKDF_OK) {
        b->n_failed++;
        return;
    }
    b->free = r->next;
    advance(b, r);
}

/* ---- a task ---- */

static void finish_lane(struct batch *b, struct record *r, const struct shape *shape, const uint8_t *digests)
{
    if (!shape->derivation->finish(r, shape, digests))
        r->phase++;
    advance(b, r);
}

static void take_back(struct batch *b, struct cursor *c)
{
    const struct program *p = c->program;
    const size_t digest = p->hash->digest_bytes, stride = p->n_outputs * digest;
    for (unsigned i = 0; i < p->n_outputs; i++)
        b->kernel->store_state(
            b->digests + i * digest, stride, c->bank + p->outputs[i] * simd_slot_bytes(b->kernel));
    const uint8_t *digests = b->digests;
    struct record *r = c->first;
    for (unsigned n = c->n; n; n--, digests += stride) {
        struct record *next = r->next;
        finish_lane(b, r, &c->shape, digests);
        r = next;
    }
    c->n = 0;
}

/* The lanes' bytes to rows, the rows to message slots; then what the program has of
 * its own. */
static void load(struct batch *b, struct cursor *c)
{
    const struct program *p = c->program;
    const struct simd_kernel *kernel = b->kernel;
    const size_t slot = simd_slot_bytes(kernel);
    struct lane lane = {.program = p, .row = b->rows};
    for (struct record *r = c->first; r; r = r->next, lane.row += b->row_stride) {
        c->shape.derivation->stage(r, &c->shape, &lane);
        lane_finish(&lane);
    }
    for (unsigned l = c->n; l < kernel->lanes; l++, lane.row += b->row_stride)
        memset(lane.row, 0, (size_t)p->n_message_slots * hash_slot_bytes(p->hash));
    if (p->n_message_slots)
        kernel->load_message(c->bank, b->rows, b->row_stride, p->n_message_slots);
    for (unsigned i = p->first_state; i < PROGRAM_MAX_INPUTS; i++)
        if (p->inputs[i].state_slot != SIMD_NO_SLOT)
            kernel->load_state(
                c->bank + p->inputs[i].state_slot * slot, b->rows + p->inputs[i].offset, b->row_stride);
    if (c->bound == p)
        return;
    for (unsigned i = 0; i < p->n_constants; i++) {
        uint8_t *to = c->bank + p->constants[i].slot * slot;
        if (p->constants[i].is_state)
            kernel->load_state(to, p->constants[i].bytes, 0);
        else
            kernel->load_message(to, p->constants[i].bytes, 0, 1);
    }
    c->bound = p;
}

/* The first n records of a group become the lanes of a task. */
static void take(struct batch *b, struct cursor *c, struct group *g, unsigned n)
{
    const uint64_t bit = (uint64_t)1 << (g - b->groups);
    struct record *last = c->first = g->first;
    for (unsigned i = 1; i < n; i++)
        last = last->next;
    g->first = last->next;
    last->next = NULL;
    g->n -= n;
    if (!g->n)
        b->waiting &= ~bit;
    if (g->n < b->plan->bulk->lanes)
        b->full &= ~bit;
    c->n = n;
    c->shape = g->shape;
    c->program = g->program;
}

/* The group that the running kernel should take from next, and how many; NULL if it
 * is another kernel's turn or nothing is left. */
static struct group *choose(struct batch *b, unsigned *n)
{
    const struct simd_kernel *kernel = b->kernel;
    while (!b->full && can_admit(b))
        admit(b);
    if (b->full) {
        *n = kernel->lanes;
        return kernel == b->plan->bulk ? &b->groups[__builtin_ctzll(b->full)] : NULL;
    }
    for (uint64_t left = b->waiting; left; left &= left - 1) {
        struct group *g = &b->groups[__builtin_ctzll(left)];
        const size_t i = plan_index(g->n);
        if (b->plan->choices[i].kernel == kernel) {
            *n = b->plan->choices[i].n_jobs < kernel->lanes ? b->plan->choices[i].n_jobs : kernel->lanes;
            return g;
        }
    }
    return NULL;
}

static void raise_to(unsigned *most, unsigned n)
{
    if (*most < n)
        *most = n;
}

/* Apart from next(), which is called far more often than there is work. */
__attribute__((noinline)) static int give_task(struct batch *b, unsigned cursor, struct simd_task *task)
{
    struct cursor *c = &b->cursors[cursor];
    unsigned n;
    if (c->n)
        take_back(b, c);
    struct group *g = choose(b, &n);
    if (!g)
        return 0;
    take(b, c, g, n);
    load(b, c);
    raise_to(&b->most_row_bytes, c->program->n_message_slots * hash_slot_bytes(c->program->hash));
    raise_to(&b->most_digest_bytes, c->program->n_outputs * c->program->hash->digest_bytes);
    raise_to(&b->most_bank_bytes[cursor], (unsigned)(c->program->simd.n_slots * simd_slot_bytes(b->kernel)));
    *task = (struct simd_task){&c->program->simd, c->bank};
    return 1;
}

static int next(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct batch *b = (struct batch *)feed;
    if (!b->cursors[cursor].n && !b->waiting && !can_admit(b))
        return 0;
    return give_task(b, cursor, task);
}

/* ---- the whole ---- */

/* Before a kernel other than the last runs, and after evaluations, whose memory may be
 * that of a bank: no bank holds a program's constants any more. */
static void forget_banks(struct batch *b)
{
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT; i++)
        b->cursors[i].bound = NULL;
}

static void evaluate_long(struct batch *b)
{
    if (b->long_records)
        forget_banks(b);
    while (b->long_records) {
        struct record *r = b->long_records;
        struct shape shape = {.derivation = r->kind->phases[r->phase], .hash = r->hash};
        b->long_records = r->next;
        shape.derivation->shape(r, &shape);
        evaluate(
            &b->work->evaluation, &b->work->writer, b->one_lane, b->scratch, r, &shape, b->work->digests);
        finish_lane(b, r, &shape, b->work->digests);
        wipe(b->work->digests, sizeof b->work->digests);
    }
}

/* Whose turn it is. */
static const struct simd_kernel *choose_kernel(const struct batch *b)
{
    if (b->full)
        return b->plan->bulk;
    if (can_admit(b))
        return b->plan->choices[plan_index((size_t)(b->jobs_end - b->jobs))].kernel;
    if (b->waiting)
        return b->plan->choices[plan_index(b->groups[__builtin_ctzll(b->waiting)].n)].kernel;
    return NULL;
}

static void wipe_all(struct batch *b)
{
    for (unsigned l = 0; l < b->most_lanes; l++)
        wipe(b->rows + l * b->row_stride, b->most_row_bytes + LANE_SLACK);
    wipe(b->digests, b->most_lanes * (size_t)b->most_digest_bytes);
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT; i++)
        if (b->most_bank_bytes[i])
            wipe(b->cursors[i].bank, b->most_bank_bytes[i]);
    forget_banks(b);
}

size_t batch_derive(struct batch *b, struct lanekdf_job *const *jobs, size_t n_jobs)
{
    const struct simd_kernel *kernel;
    b->feed.next = next;
    b->jobs = jobs;
    b->jobs_end = jobs + n_jobs;
    b->n_failed = 0;
    b->long_records = NULL;
    b->last = NULL;
    b->waiting = b->full = 0;
    b->n_groups = 0;
    b->most_lanes = b->most_row_bytes = b->most_digest_bytes = 0;
    memset(b->most_bank_bytes, 0, sizeof b->most_bank_bytes);
    while ((kernel = choose_kernel(b))) {
        if (b->kernel != kernel)
            forget_banks(b);
        b->kernel = kernel;
        raise_to(&b->most_lanes, kernel->lanes);
        kernel->run(&b->feed, b->scratch);
        if (kernel->clear)
            kernel->clear(b->scratch);
        evaluate_long(b);
    }
    wipe_all(b);
    return b->n_failed;
}
