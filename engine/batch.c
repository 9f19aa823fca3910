#include "batch.h"

#include "group.h"
#include "kind.h"
#include "published.h"
#include "wipe.h"

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

/* The group of a shape, or NULL if there is none with a program. A program that was not there when the group
 * was made may have come since, from another thread. */
static struct group *group_with_program(struct batch *b, const struct shape *shape)
{
    struct group *g = group_find(b, shape);
    if (g && !g->program) {
        g->program = published_program(shape, &b->work->compiler);
    }
    return g && g->program ? g : NULL;
}

/* The group of a shape, or of its first phase alone where there is none of both. Returns NULL if there is no
 * program. */
static struct group *group_of(struct batch *b, const struct shape *shape)
{
    struct group *g = group_with_program(b, shape);
    if (!g && shape->then) {
        const struct shape first = shape_first(*shape);
        g = group_with_program(b, &first);
    }
    return g;
}

/* advance() for a record that has no route, or whose step is not known. `step` is to become known, unless it
 * is NULL. */
__attribute__((noinline)) static void advance_by_shape(
    struct batch *b, struct record *r, struct route_step *step)
{
    const unsigned phase = r->phase;
    struct shape shape;
    if (!record_enter(r, &shape)) {
        complete(b, r);
        return;
    }
    struct group *g = group_of(b, &shape);
    if (!g) {
        r->next = b->long_records;
        b->long_records = r;
        return;
    }
    if (step && !shape.derivation->enter) {
        *step = (struct route_step){(g - b->groups) & 0xff, (r->phase - phase) & 0xff, g->stamp};
    }
    group_push(b, g, r);
}

/* Puts a record into the group of its next phase, or completes its job. Records of one route go to the same
 * groups, so the shape is asked for the first of them alone. */
static void advance(struct batch *b, struct record *r)
{
    if (!*r->phases) {
        complete(b, r);
        return;
    }
    struct route_step *step = route_next_step(r);
    if (!step || b->groups[step->group].stamp != step->stamp) {
        advance_by_shape(b, r, step);
        return;
    }
    record_skip_phases(r, step->n_skipped);
    group_push(b, &b->groups[step->group], r);
}

/* Whether a job can become a record. */
static bool can_admit(const struct batch *b)
{
    return b->jobs < b->jobs_end && b->free;
}

/* Asks for a job whose turn is to come. In a long batch it is in no cache, and to wait for it would take
 * longer than to check it. */
static inline void prefetch_job(const struct batch *b, struct lanekdf_job *const *job)
{
    enum { AHEAD = 24 };
    if (b->jobs_end - job <= AHEAD) {
        return;
    }
    const uint8_t *bytes = (const uint8_t *)job[AHEAD];
    for (size_t line = 0; line < sizeof(struct lanekdf_handshake); line += 64) {
        __builtin_prefetch(bytes + line, 1);
    }
}

/* Makes a record of the next job, which has taken no route for the reason `found`, unless the job is a bad
 * one. */
static void admit_other(struct batch *b, int found)
{
    struct record *r = b->free;
    if (routes_begin_job(b->routes, *b->jobs++, r, b->legacy, found) != LANEKDF_OK) {
        b->n_failed++;
        return;
    }
    b->free = r->next;
    advance(b, r);
}

/* The group in which the last route begins; NULL if it is not known any more. */
static struct group *first_group(const struct batch *b)
{
    const struct route_step *step = &b->routes->last->steps[b->routes->last->first_step];
    struct group *g = &b->groups[step->group];
    return step->stamp == g->stamp ? g : NULL;
}

/* Sends the first free record on, which the next job has, since it has taken the last route. */
static void admit_taken(struct batch *b, struct group *g)
{
    struct record *r = b->free;
    b->jobs++;
    b->free = r->next;
    if (g) {
        group_push(b, g, r);
    } else {
        advance(b, r);
    }
}

/* Goes on with jobs that take the last route, which begins in group g, until the group is full. The next job
 * has its record already, the first free one. Returns ROUTE_TAKEN, or why the job behind the last of them
 * does not take the route. */
static int admit_run(struct batch *b, struct group *g)
{
    struct record *first = b->free, *last = first;
    struct lanekdf_job *const *job = b->jobs + 1;
    const size_t n_left = (size_t)(b->jobs_end - b->jobs),
                 n_most = g->n < g->n_full[b->mode] ? g->n_full[b->mode] - g->n : 1;
    struct lanekdf_job *const *const stop = b->jobs + (n_left < n_most ? n_left : n_most);
    int found = ROUTE_TAKEN;
    for (; job < stop && last->next; job++, last = last->next) {
        prefetch_job(b, job);
        found = route_try(b->routes->last, *job, last->next);
        if (found != ROUTE_TAKEN) {
            break;
        }
    }
    b->free = last->next;
    group_push_list(b, g, first, last, (unsigned)(job - b->jobs));
    b->jobs = job;
    return found;
}

/* Makes records of the next jobs: one at least, unless the next job is a bad one. */
static void admit(struct batch *b)
{
    prefetch_job(b, b->jobs);
    int found = routes_try_last(b->routes, *b->jobs, b->free);
    if (found == ROUTE_TAKEN) {
        struct group *g = first_group(b);
        if (!g) {
            admit_taken(b, g);
            return;
        }
        found = admit_run(b, g);
        if (found == ROUTE_TAKEN) {
            return;
        }
    }
    if (found == ROUTE_OF_OTHERS) {
        found = routes_find(b->routes, *b->jobs, b->free);
    }
    if (found == ROUTE_TAKEN) {
        admit_taken(b, first_group(b));
    } else {
        admit_other(b, found);
    }
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
            complete(b, c->records[l]);
        }
        return;
    }
    for (unsigned l = 0; l < n; l++) {
        record_end_run(c->records[l], &c->shape);
        advance(b, c->records[l]);
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

/* ---- which kernel, which group ---- */

/* Of two groups that fill no task, the one that is taken from first has the lesser number. Early phases come
 * first, since they bring work for later ones; then the longest program, which the records of most others can
 * be merged into. */
static uint32_t place_of(const struct group *g)
{
    return (uint32_t)g->phase << 16 | (uint16_t)~g->program->simd.n_ops;
}

/* The group to take from first when no group fills a task. */
static struct group *first_unfilled(const struct batch *b, uint64_t groups)
{
    struct group *first = group_first(b, groups);
    uint32_t least_place = place_of(first);
    for (uint64_t left = groups & (groups - 1); left; left &= left - 1) {
        struct group *g = group_first(b, left);
        const uint32_t place = place_of(g);
        if (place < least_place) {
            least_place = place;
            first = g;
        }
    }
    return first;
}

/* Whether several groups wait, of which none fills a task. */
static bool is_mixed(const struct batch *b)
{
    return !b->full && b->waiting & (b->waiting - 1);
}

/* The kernel of one lane that takes each record of a group: because so few records of the family wait, which
 * spares the look at all groups, or because choose_kernel() found that to be best. NULL: there is none. */
static const struct simd_kernel *kernel_for_each(const struct batch *b, const struct group *g)
{
    const struct plan *plan = group_plan(b, g);
    return b->apart & g->bit                               ? b->apart_kernel[g->family]
           : b->n_waiting[g->family] <= plan->n_one_by_one ? plan->choices[1].kernel
                                                           : NULL;
}

/*
 * Lets records whose shapes have two phases go through them one by one, when no group fills a task and there
 * is more than one group: records that differ in one of the phases may share the lanes of the other.
 */
static void split_phases(struct batch *b)
{
    if (!is_mixed(b)) {
        return;
    }
    for (uint64_t left = b->waiting & b->of_two_phases & ~b->apart; left; left &= left - 1) {
        struct group *g = group_first(b, left);
        if (!kernel_for_each(b, g)) {
            const struct shape first = shape_first(g->shape);
            struct group *to = group_find(b, &first);
            if (to && to->program) {
                group_move(b, g, to, g->n);
            }
        }
    }
}

/* Whether a task that is running may bring more records to g, so that g had better wait. */
static bool may_grow(const struct batch *b, const struct group *g)
{
    for (unsigned i = 0; i < b->kernel->tasks_in_flight; i++) {
        if (b->cursors[i].n && b->cursors[i].phase < g->phase) {
            return true;
        }
    }
    return false;
}

/* The kernel for a group that fills no task, and how many of its records that kernel takes, task by task. */
static const struct simd_kernel *kernel_for_unfilled(
    const struct batch *b, const struct group *g, unsigned *n)
{
    const struct plan *plan = group_plan(b, g);
    const size_t i = plan_index(g->n);
    if (b->n_chosen && b->chosen_stamp == g->stamp) {
        *n = least(b->n_chosen, g->n);
        return b->kernel;
    }
    const struct plan_company company = group_company(b, plan, group_waiting(b, g->family) & ~b->apart);
    if (plan_prefers_throughput(plan, g->n, &company)) {
        *n = least(g->n, plan->throughput_kernel->lanes);
        return plan->throughput_kernel;
    }
    *n = plan->choices[i].n_jobs;
    return plan->choices[i].kernel;
}

/* The waiting groups of which the running kernel may take records: those that stay apart, if it is the kernel
 * for these, or the others of its family. It does not change until no such group is left. */
static uint64_t groups_for(const struct batch *b, const struct simd_kernel *kernel)
{
    const uint64_t groups = group_waiting(b, kernel->family), apart = groups & b->apart;
    return apart && b->apart_kernel[kernel->family] == kernel ? apart : groups & ~b->apart;
}

/* Orders groups that stay apart, and whose records the running kernel takes one by one: to look through all
 * groups for each of them would take longer. */
static void order_apart(struct batch *b, uint64_t groups)
{
    unsigned n = 0;
    for (; groups; groups &= groups - 1) {
        const struct group *g = group_first(b, groups);
        const uint32_t place = place_of(g) << 8 | (uint32_t)(g - b->groups);
        unsigned at = n++;
        for (; at && place < b->apart_order[at - 1]; at--) {
            b->apart_order[at] = b->apart_order[at - 1];
        }
        b->apart_order[at] = place;
    }
    b->n_apart = n;
    b->apart_turn = 0;
}

/* The first group in that order whose records still wait and stay apart; NULL: there is none. */
static struct group *next_apart(struct batch *b)
{
    for (; b->apart_turn < b->n_apart; b->apart_turn++) {
        struct group *g = &b->groups[b->apart_order[b->apart_turn] & 0xff];
        if (b->waiting & b->apart & g->bit) {
            return g;
        }
    }
    return NULL;
}

/* Takes the first group of a set out of it, and those whose records could run one program with its own.
 * Returns them if they had better stay apart, where an operation costs `each`; else no group. */
static uint64_t apart_of_mates(const struct batch *b, const struct plan *plan,
    const struct plan_company *company, float each, uint64_t *groups)
{
    const uint64_t mates = *groups & group_first(b, *groups)->mates;
    unsigned n = 0, n_ops = 0, most_ops = 0;
    for (uint64_t left = mates; left; left &= left - 1) {
        const struct group *g = group_first(b, left);
        n += g->n;
        n_ops += g->n * g->program->simd.n_ops;
        most_ops = most_ops < g->program->simd.n_ops ? g->program->simd.n_ops : most_ops;
    }
    *groups &= ~mates;
    return each * (float)n_ops <= PLAN_APART * (float)most_ops * plan_least_cost(plan, n, company) ? mates
                                                                                                   : 0;
}

/* Whether the jobs of these records have other phases, too, in which they may find company. */
static bool has_other_phases(const struct group *g)
{
    return g->shape.then || g->phase || g->first->phases[1];
}

/* Of the waiting groups of a family, none of which fills a task, those whose records had better go to the
 * kernel for jobs that stay apart: too few could share lanes for that to take less time. */
static uint64_t apart_of_family(const struct batch *b, enum simd_family family)
{
    const struct plan *plan = &b->plans[BATCH_MIXED][family];
    const uint64_t groups = group_waiting(b, family);
    const float each = plan_apart_cost_each(plan, b->n_waiting[family]);
    uint64_t several = 0, apart = 0; /* several phases */
    unsigned n = 0, most = 0;
    for (uint64_t left = groups; left; left &= left - 1) {
        const struct group *g = group_first(b, left);
        if (has_other_phases(g)) {
            several |= g->bit;
            n += g->n;
            most = most < g->n ? g->n : most;
        }
    }
    if (several && most <= plan->n_one_by_one && each <= PLAN_SHARING * plan_least_cost_each(plan, n)) {
        apart = several;
    }
    /* Groups that stay apart are no company for the others, of which some may then have none that helps. */
    for (uint64_t undecided = groups & ~several; undecided;) {
        const struct plan_company company = group_company(b, plan, groups & ~apart);
        uint64_t found = 0;
        for (uint64_t left = undecided; left;) {
            found |= apart_of_mates(b, plan, &company, each, &left);
        }
        apart |= found;
        undecided = found ? undecided & ~found : 0;
    }
    return apart;
}

/* The records of a set of groups. */
static unsigned count_records(const struct batch *b, uint64_t groups)
{
    unsigned n = 0;
    for (; groups; groups &= groups - 1) {
        n += group_first(b, groups)->n;
    }
    return n;
}

/* Finds out which groups stay apart, and which kernels take their records, unless that is known. What was
 * found holds until choose_kernel() meets no full group: a kernel that takes the full tasks in between would
 * else take the records of these groups as well. */
static void find_apart(struct batch *b)
{
    if (b->apart_is_known || !is_mixed(b)) {
        return;
    }
    b->apart_is_known = true;
    for (uint64_t left = b->waiting; left;) {
        const enum simd_family family = group_first(b, left)->family;
        const struct plan *plan = &b->plans[BATCH_MIXED][family];
        const uint64_t groups = group_waiting(b, family);
        left &= ~groups;
        if (groups & (groups - 1) && b->n_waiting[family] > plan->n_one_by_one && plan->apart[1].kernel) {
            const uint64_t apart = apart_of_family(b, family);
            b->apart |= apart;
            b->apart_kernel[family] = plan->apart[plan_index(count_records(b, apart))].kernel;
        }
    }
}

/* The group that the running kernel takes records from next, and how many. Returns NULL if it is another
 * kernel's turn or nothing is left. */
static struct group *choose_group(struct batch *b, unsigned *n)
{
    const struct simd_kernel *kernel = b->kernel;
    while (!b->ready && can_admit(b)) {
        admit(b);
    }
    *n = kernel->lanes;
    find_apart(b);
    split_phases(b);
    const uint64_t groups = groups_for(b, kernel);
    if (!b->full && groups) {
        if (groups & b->apart) {
            order_apart(b, groups);
            return next_apart(b);
        }
        struct group *g = first_unfilled(b, groups);
        if (kernel_for_each(b, g) == kernel) {
            return g;
        }
        g = group_merge(b, g);
        unsigned n_taken;
        if (!b->full && kernel_for_unfilled(b, g, &n_taken) == kernel &&
            (kernel->lanes == 1 || !may_grow(b, g))) {
            *n = least(n_taken, kernel->lanes);
            b->chosen_stamp = g->stamp;
            b->n_chosen = n_taken - *n;
            return g;
        }
    }
    return b->ready ? group_first(b, b->ready) : NULL;
}

static void forget_apart(struct batch *b)
{
    b->apart = 0;
    b->apart_is_known = false;
}

/* Goes to another mode, in which other numbers of records fill a task. */
static void enter_mode(struct batch *b, enum batch_mode mode)
{
    if (b->mode == mode) {
        return;
    }
    b->mode = mode;
    for (uint64_t left = b->waiting; left; left &= left - 1) {
        group_update_sets(b, group_first(b, left));
    }
}

/* The kernel whose turn it is; NULL: no record waits. As long as jobs come, they are likely to fill a group.
 * When no more come and several groups are left, full tasks are run as long as there are any, and then the
 * plans for mixed batches hold until the end. */
static const struct simd_kernel *choose_kernel(struct batch *b)
{
    b->n_chosen = b->n_in_lot = b->n_in_last_lot = 0;
    if (can_admit(b)) {
        enter_mode(b, BATCH_UNIFORM);
        forget_apart(b);
    }
    while (!b->full && can_admit(b)) {
        admit(b);
    }
    if (is_mixed(b) && b->mode == BATCH_UNIFORM) {
        enter_mode(b, BATCH_SEVERAL);
    }
    if (!b->full) {
        forget_apart(b);
    }
    find_apart(b);
    split_phases(b);
    if (is_mixed(b)) {
        enter_mode(b, BATCH_MIXED);
    }
    if (b->full) {
        return group_plan(b, group_first(b, b->full))->throughput_kernel;
    }
    if (!b->waiting) {
        return NULL;
    }
    struct group *g = first_unfilled(b, b->waiting);
    const struct simd_kernel *for_each = kernel_for_each(b, g);
    if (for_each) {
        return for_each;
    }
    unsigned n;
    g = group_merge(b, g);
    const struct simd_kernel *kernel = kernel_for_unfilled(b, g, &n);
    b->chosen_stamp = g->stamp;
    b->n_chosen = n;
    return kernel;
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
    order_apart(b, groups_for(b, kernel) & b->apart);
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
    unsigned n = 1;
    if (c->n) {
        finish_lot(b, c->lot);
        take_back(b, c);
    }
    struct group *g = next_apart(b);
    if (!g) {
        g = choose_group(b, &n);
    }
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
    if (!b->cursors[cursor].n && !b->waiting && !can_admit(b)) {
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
            advance(b, r);
        } else {
            fail(b, r, LANEKDF_ERROR_INTERNAL);
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
    forget_apart(b);
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
    } while (b->waiting || can_admit(b));
    wipe_all(b);
    return b->n_failed;
}
