#include "batch.h"

#include "bank.h"
#include "kind.h"
#include "published.h"
#include "wipe.h"

/* ---- groups ---- */

static uint64_t bit_of(const struct batch *b, const struct group *g)
{
    return (uint64_t)1 << (g - b->groups);
}

static struct group *first_of(const struct batch *b, uint64_t set)
{
    return &b->groups[__builtin_ctzll(set)];
}

/* Where the search for a shape begins. */
static unsigned home_of(const struct shape *shape)
{
    return (unsigned)(shape_mixed(shape) >> 58);
}
_Static_assert(BATCH_MAX_GROUPS == 64, "as many as home_of() has values");

/* A shape that is not at home: it may be further on, or new. NULL: there is no group for it,
 * all have jobs waiting. */
__attribute__((noinline)) static struct group *find_away(struct batch *b, const struct shape *shape)
{
    struct group *group = NULL;
    for (unsigned i = home_of(shape), left = BATCH_MAX_GROUPS; left; i++, left--) {
        struct group *g = &b->groups[i % BATCH_MAX_GROUPS];
        if (shape_equal(&g->shape, shape)) {
            return g;
        }
        if (!g->shape.derivation) { /* never used: no shape went past it */
            group = g;
            break;
        }
        if (!g->n && !group) {
            group = g;
        }
    }
    if (group) {
        group->shape = *shape;
        group->vain = 0;
        group->plan = &b->plans[shape->hash->family];
        group->lanes = group->plan->bulk->lanes;
        group->program = published_program(shape, &b->work->compiler);
    }
    return group;
}

/* Groups keep their shapes from batch to batch. Nearly all are found at the first try: no
 * branch depends on which one it is, as jobs come in any order. */
static inline struct group *find_group(struct batch *b, const struct shape *shape)
{
    struct group *home = &b->groups[home_of(shape)];
    return shape_equal(&home->shape, shape) ? home : find_away(b, shape);
}

/* After the number of those that wait has changed. */
static void mark(struct batch *b, const struct group *g)
{
    const uint64_t bit = bit_of(b, g);
    const int is_full = g->n >= g->lanes;
    b->waiting = g->n ? b->waiting | bit : b->waiting & ~bit;
    b->full = is_full ? b->full | bit : b->full & ~bit;
    b->ready = is_full && g->plan->bulk == b->kernel ? b->ready | bit : b->ready & ~bit;
}

static void push(struct batch *b, struct group *g, struct record *r)
{
    r->next = g->first;
    g->first = r;
    g->n++;
    b->n_pushed++;
    b->n_waiting++;
    if (g->n == 1) {
        g->phase = r->phase; /* of the first; jobs of different kinds may meet in different phases */
    }
    if (g->n == 1 || g->n == g->lanes) {
        mark(b, g);
    }
}

/* ---- a record's way from phase to phase ---- */

static void release(struct batch *b, struct record *r)
{
    record_wipe(r);
    r->next = b->free;
    b->free = r;
}

static void complete(struct batch *b, struct record *r)
{
    r->job->status = LANEKDF_OK;
    release(b, r);
}

static void fail(struct batch *b, struct record *r, int status)
{
    kinds_fail_job(r->job, status);
    b->n_failed++;
    release(b, r);
}

/* Puts a record where its next phase's jobs wait, or completes its job. */
static void advance(struct batch *b, struct record *r)
{
    for (; *r->phases; record_next_phase(r)) {
        struct shape shape = record_shape(r);
        if (!shape.derivation->shape(r, &shape)) {
            continue;
        }
        struct group *g = find_group(b, &shape);
        if (g && g->program) {
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
    if (b->jobs_end - b->jobs <= AHEAD) {
        return;
    }
    const uint8_t *job = (const uint8_t *)b->jobs[AHEAD];
    for (size_t line = 0; line < sizeof(struct lanekdf_handshake); line += 64) {
        __builtin_prefetch(job + line, 1);
    }
}

static void admit(struct batch *b)
{
    struct record *r = b->free;
    prefetch_job(b);
    if (kinds_begin_job(*b->jobs++, r, b->legacy) != LANEKDF_OK) {
        b->n_failed++;
        return;
    }
    b->free = r->next;
    advance(b, r);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static void raise_to(unsigned *most, unsigned n)
{
    if (*most < n) {
        *most = n;
    }
}

/* Before a kernel other than the last runs: no bank holds a program's constants. */
static void forget_banks(struct batch *b)
{
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT; i++) {
        b->cursors[i].bound = NULL;
    }
}

/* ---- a task ---- */

static void finish_lane(struct batch *b, struct record *r, const struct shape *shape, const uint8_t *digests)
{
    if (!shape->derivation->finish(r, shape, digests)) {
        record_next_phase(r);
    }
    advance(b, r);
}

static void take_back(struct batch *b, struct cursor *c)
{
    const size_t stride = bank_output_bytes(c->program);
    const uint8_t *digests = b->digests;
    struct record *r = c->first;
    bank_store_outputs(b->kernel, c->program, c->bank, b->digests);
    for (unsigned n = c->n; n; n--, digests += stride) {
        struct record *next = r->next;
        finish_lane(b, r, &c->shape, digests);
        r = next;
    }
    c->n = 0;
}

/* The lanes' bytes to rows, the rows to the bank. */
static void load(struct batch *b, struct cursor *c)
{
    const struct program *p = c->program;
    const struct simd_kernel *kernel = b->kernel;
    struct lane lane = {.program = p, .row = b->rows};
    for (struct record *r = c->first; r; r = r->next, lane.row += b->row_stride) {
        c->shape.derivation->stage(r, &c->shape, &lane);
        lane_finish(&lane);
    }
    for (unsigned l = c->n; l < kernel->lanes; l++, lane.row += b->row_stride) {
        memset(lane.row, 0, (size_t)p->n_message_slots * hash_slot_bytes(p->hash));
    }
    bank_load_rows(kernel, p, c->bank, b->rows, b->row_stride);
    if (c->bound != p) {
        bank_load_constants(kernel, p, c->bank);
    }
    c->bound = p;
}

/* The first n records of a group become the lanes of a task. */
static void take(struct batch *b, struct cursor *c, struct group *g, unsigned n)
{
    struct record *last = c->first = g->first;
    for (unsigned i = 1; i < n; i++) {
        last = last->next;
    }
    g->first = last->next;
    last->next = NULL;
    g->n -= n;
    b->n_waiting -= n;
    mark(b, g);
    c->n = n;
    c->shape = g->shape;
    c->phase = g->phase;
    c->program = g->program;
}

/* ---- what is left when no task is full ---- */

/* The first n records of one group to another. */
static void move(struct batch *b, struct group *from, struct group *to, unsigned n)
{
    struct record *last = from->first;
    for (unsigned i = 1; i < n; i++) {
        last = last->next;
    }
    struct record *rest = last->next;
    last->next = to->first;
    to->first = from->first;
    if (!to->n || to->phase > from->phase) {
        to->phase = from->phase;
    }
    to->n += n;
    to->vain = 0;
    from->first = rest;
    from->n -= n;
    mark(b, from);
    mark(b, to);
}

/* Tasks that may run side by side on the bulk kernel: those that do; and those of groups that
 * fill at least half of one, or as many as all waiting jobs would fill. */
static unsigned n_tasks(const struct batch *b, const struct plan *plan)
{
    const unsigned lanes = plan->bulk->lanes;
    unsigned n_jobs = 0, n_half = 0, n_running = 0;
    for (uint64_t left = b->waiting; left; left &= left - 1) {
        const struct group *g = first_of(b, left);
        if (g->plan == plan) {
            n_jobs += g->n;
            n_half += 2 * g->n >= lanes;
        }
    }
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT && b->kernel == plan->bulk; i++) {
        n_running += b->cursors[i].n > 0;
    }
    const unsigned n_waiting = n_half > n_jobs / lanes ? n_half : n_jobs / lanes;
    return n_running + n_waiting ? n_running + n_waiting : 1;
}

/* The least time for n jobs of a group's program, as one of n_tasks tasks. */
static double cost_of(const struct group *g, unsigned n, unsigned n_tasks)
{
    return g->program->simd.n_ops * plan_best(g->plan, n, n_tasks);
}

/* Of the groups in the set, the one of the longest program that one for `shape`, too, could
 * replace; both: the shape of that. NULL: there is none. */
static struct group *longest_mate(
    const struct batch *b, uint64_t set, const struct shape *shape, struct shape *both)
{
    struct group *longest = NULL;
    struct shape s;
    for (; set; set &= set - 1) {
        struct group *g = first_of(b, set);
        if ((!longest || g->program->simd.n_ops > longest->program->simd.n_ops) &&
            shape_union(shape, &g->shape, &s)) {
            longest = g;
            *both = s;
        }
    }
    return longest;
}

/*
 * Jobs whose programs differ in outputs alone may all run one that has every output: a lane
 * that would be empty costs as much. Looks for jobs to fill a task with that g's jobs
 * begin, those of long programs first, and takes as many as save the most time, if they
 * save any; returns where g's jobs are then. A few more may save nothing and many
 * more a lot, as soon as a wide kernel is worth it.
 */
static struct group *merge(struct batch *b, struct group *g)
{
    if (g->vain == b->n_pushed) { /* with fewer jobs than before it is, too */
        return g;
    }
    const unsigned tasks = n_tasks(b, g->plan);
    struct {
        uint8_t group, n;
    } mates[SIMD_MAX_LANES];
    unsigned n_mates = 0, n_best = 0, n = g->n;
    struct shape shape = g->shape, both, best = shape;
    double apart = cost_of(g, n, tasks), most_saved = 0;
    uint64_t left = b->waiting & ~bit_of(b, g);
    while (n < g->lanes) {
        const struct group *h = longest_mate(b, left, &shape, &both);
        if (!h) {
            break;
        }
        left &= ~bit_of(b, h);
        const struct group *all = find_group(b, &both);
        if (!all || !all->program) {
            continue;
        }
        const unsigned k = least(h->n, g->lanes - n);
        mates[n_mates].group = (uint8_t)(h - b->groups);
        mates[n_mates++].n = (uint8_t)k;
        n += k;
        shape = both;
        apart += cost_of(h, h->n, tasks) * k / h->n; /* others may join what stays behind */
        const double saved = apart - cost_of(all, n, tasks);
        if (saved > most_saved && saved > 0.1 * apart) { /* moving costs, too */
            most_saved = saved;
            n_best = n_mates;
            best = shape;
        }
    }
    struct group *to = n_best ? find_group(b, &best) : NULL;
    if (!to || !to->program) {
        g->vain = b->n_pushed;
        return g;
    }
    if (to != g) {
        move(b, g, to, g->n);
    }
    for (unsigned i = 0; i < n_best; i++) {
        if (&b->groups[mates[i].group] != to) {
            move(b, &b->groups[mates[i].group], to, mates[i].n);
        }
    }
    return to;
}

/* Early phases first, they bring work for later ones; then the longest program, which
 * most others can be merged into. */
static struct group *first_rest(const struct batch *b)
{
    struct group *first = first_of(b, b->waiting);
    for (uint64_t left = b->waiting; left; left &= left - 1) {
        struct group *g = first_of(b, left);
        if (g->phase < first->phase ||
            (g->phase == first->phase && g->program->simd.n_ops > first->program->simd.n_ops)) {
            first = g;
        }
    }
    return first;
}

/* Whether a task that is running may bring jobs for g. */
static int is_fed(const struct batch *b, const struct group *g)
{
    for (unsigned i = 0; i < b->kernel->tasks_in_flight; i++) {
        if (b->cursors[i].n && b->cursors[i].phase < g->phase) {
            return 1;
        }
    }
    return 0;
}

/* ---- which kernel, which group ---- */

/* For what waits in a group that fills no task: which kernel, and how many of these jobs it
 * takes, task by task. */
static const struct simd_kernel *rest_kernel(const struct batch *b, const struct group *g, unsigned *n)
{
    const struct plan *plan = g->plan;
    const size_t i = plan_index(g->n);
    const int is_bulk = plan_is_bulk(plan, g->n, n_tasks(b, plan));
    *n = is_bulk ? g->n : plan->choices[i].n_jobs;
    return is_bulk ? plan->bulk : plan->choices[i].kernel;
}

/* Whether it is plain that so few jobs go to a kernel of one lane. Those of other plans count
 * as well: what is not plain is looked into. */
static int is_narrow(const struct batch *b, const struct plan *plan)
{
    return b->n_waiting <= plan->n_narrow;
}

/* The group that the running kernel should take from next, and how many; NULL if it
 * is another kernel's turn or nothing is left. */
static struct group *choose(struct batch *b, unsigned *n)
{
    const struct simd_kernel *kernel = b->kernel;
    while (!b->ready && can_admit(b)) {
        admit(b);
    }
    *n = kernel->lanes;
    if (!b->full && b->waiting) {
        struct group *g = first_rest(b);
        if (is_narrow(b, g->plan) && g->plan->choices[1].kernel == kernel) {
            return g;
        }
        g = merge(b, g);
        unsigned n_taken;
        if (!b->full && rest_kernel(b, g, &n_taken) == kernel && (kernel->lanes == 1 || !is_fed(b, g))) {
            *n = least(n_taken, kernel->lanes);
            return g;
        }
    }
    return b->ready ? first_of(b, b->ready) : NULL;
}

/* Whose turn it is; NULL: all is done. */
static const struct simd_kernel *choose_kernel(struct batch *b)
{
    while (!b->full && can_admit(b)) {
        admit(b);
    }
    if (b->full) {
        return first_of(b, b->full)->plan->bulk;
    }
    if (!b->waiting) {
        return NULL;
    }
    struct group *g = first_rest(b);
    unsigned n;
    return is_narrow(b, g->plan) ? g->plan->choices[1].kernel : rest_kernel(b, merge(b, g), &n);
}

static void use_kernel(struct batch *b, const struct simd_kernel *kernel)
{
    if (b->kernel != kernel) {
        forget_banks(b);
    }
    b->kernel = kernel;
    b->ready = 0;
    for (uint64_t left = b->full; left; left &= left - 1) {
        mark(b, first_of(b, left));
    }
    raise_to(&b->most_lanes, kernel->lanes);
}

/* ---- the feed ---- */

/* Apart from batch_next(), which is called far more often than there is work. */
__attribute__((noinline)) static int give_task(struct batch *b, unsigned cursor, struct simd_task *task)
{
    struct cursor *c = &b->cursors[cursor];
    unsigned n;
    if (c->n) {
        take_back(b, c);
    }
    struct group *g = choose(b, &n);
    if (!g) {
        return 0;
    }
    take(b, c, g, n);
    load(b, c);
    raise_to(&b->most_row_bytes, c->program->n_row_slots * hash_slot_bytes(c->program->hash));
    raise_to(&b->most_digest_bytes, (unsigned)bank_output_bytes(c->program));
    raise_to(&b->most_bank_bytes[cursor], (unsigned)(c->program->simd.n_slots * simd_slot_bytes(b->kernel)));
    *task = (struct simd_task){&c->program->simd, c->bank};
    return 1;
}

int batch_next(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct batch *b = (struct batch *)feed;
    if (!b->cursors[cursor].n && !b->waiting && !can_admit(b)) {
        return 0;
    }
    return give_task(b, cursor, task);
}

/* ---- the whole ---- */

static void evaluate_long(struct batch *b)
{
    while (b->long_records) {
        struct record *r = b->long_records;
        struct shape shape = record_shape(r);
        b->long_records = r->next;
        shape.derivation->shape(r, &shape);
        if (evaluate(&b->work->evaluation, b->one_lane[shape.hash->family], b->scratch, r, &shape,
                b->work->digests)) {
            finish_lane(b, r, &shape, b->work->digests);
        } else {
            fail(b, r, LANEKDF_ERROR_INTERNAL);
        }
        wipe(b->work->digests, sizeof(b->work->digests));
    }
}

static void wipe_all(struct batch *b)
{
    for (unsigned l = 0; l < b->most_lanes; l++) {
        wipe(b->rows + l * b->row_stride, b->most_row_bytes + LANE_SLACK);
    }
    wipe(b->digests, b->most_lanes * (size_t)b->most_digest_bytes);
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT; i++) {
        if (b->most_bank_bytes[i]) {
            wipe(b->cursors[i].bank, b->most_bank_bytes[i]);
        }
    }
    forget_banks(b);
}

size_t batch_derive(struct batch *b, struct lanekdf_job *const *jobs, size_t n_jobs)
{
    const struct simd_kernel *kernel;
    b->jobs = jobs;
    b->jobs_end = jobs + n_jobs;
    b->n_failed = 0;
    b->long_records = NULL;
    b->waiting = b->full = b->ready = 0;
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
    } while (b->waiting || can_admit(b));
    wipe_all(b);
    return b->n_failed;
}
