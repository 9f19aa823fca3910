#include "route.h"

#include "overlap.h"

/* ---- the routes of a context ---- */

/* What the route that is never made does with a job of kind 0. */
static int follow_nothing(struct lanekdf_job *job, struct record *record, struct route *route)
{
    (void)job, (void)record, (void)route;
    return ROUTE_OF_OTHERS;
}

void routes_begin(struct routes *routes)
{
    routes->routes[0].follow = follow_nothing;
    routes->last = &routes->routes[0];
}

/* ---- making a route ---- */

static void sort_outputs(struct route *route, const struct lanekdf_job *job)
{
    for (unsigned i = 1; i < route->n_outputs; i++) {
        const struct route_buffer buffer = route->outputs[i];
        unsigned at = i;
        for (; at && route_address(job, &route->outputs[at - 1]) > route_address(job, &buffer); at--) {
            route->outputs[at] = route->outputs[at - 1];
        }
        route->outputs[at] = buffer;
    }
}

static uint64_t pointers_of(const struct kind *kind)
{
    return kind->optional | kind->buffers;
}

/* A copy of a job in which each pointer that is not NULL tells its own offset. */
union marked_job {
    struct lanekdf_job job;
    uint64_t words[ROUTE_MAX_JOB_WORDS];
};

enum { MARK = 0x10000 }; /* greater than any offset in a job */

static void mark(union marked_job *marked, const struct kind *kind, const struct lanekdf_job *job)
{
    memcpy(marked, job, kind->job_bytes);
    for (size_t i = 0; i < kind->job_bytes / sizeof(*marked->words); i++) {
        if (pointers_of(kind) >> i & 1 && marked->words[i]) {
            marked->words[i] = MARK + i * sizeof(*marked->words);
        }
    }
}

/* Finds the pointer that a marked job has for a buffer. Returns false if there is none. */
static bool find_buffer(struct route_buffer *buffer, const struct kind *kind, const void *data, size_t len)
{
    const uintptr_t offset = (uintptr_t)data - MARK;
    *buffer = (struct route_buffer){(uint16_t)offset, (uint16_t)len};
    return offset < kind->job_bytes && offset % sizeof(uint64_t) == 0 && len <= UINT16_MAX &&
           pointers_of(kind) >> offset / sizeof(uint64_t) & 1;
}

/* Finds out which buffers jobs like this have. The kind's view, which knows it, is given a job whose pointers
 * are marks. Returns false if the view names a buffer that a route cannot have. */
static bool learn_buffers(struct route *route, const struct kind *kind, const struct lanekdf_job *job)
{
    union marked_job marked;
    struct view view;
    bool done = true;
    mark(&marked, kind, job);
    view_begin(&view, VIEW_LISTS_ALL);
    kind->view(&marked.job, &view);
    if (view.n_listed_outputs > ROUTE_MAX_OUTPUTS || view.n_listed_inputs > ROUTE_MAX_INPUTS) {
        return false;
    }
    route->n_outputs = (uint8_t)view.n_listed_outputs;
    route->n_inputs = (uint8_t)view.n_listed_inputs;
    for (unsigned i = 0; i < route->n_outputs; i++) {
        done &= find_buffer(&route->outputs[i], kind, view.outputs[i].data, view.outputs[i].len);
    }
    for (unsigned i = 0; i < route->n_inputs; i++) {
        done &= find_buffer(&route->inputs[i], kind, view.inputs[i].data, view.inputs[i].len);
    }
    return done && route->n_outputs && route->n_inputs;
}

bool route_is_followed(const struct kind *kind, const struct lanekdf_job *job)
{
    for (uint64_t left = kind->followed; left; left &= left - 1) {
        if (route_word(job, (size_t)__builtin_ctzll(left))) {
            return true;
        }
    }
    for (size_t i = 0; i < KIND_MAX_PIECES && kind->pieces[i].at; i++) {
        size_t n;
        route_pieces(&kind->pieces[i], job, &n);
        if (n > ROUTE_MAX_PIECES) {
            return true;
        }
    }
    return false;
}

static void put_on_route(struct record *record, struct route *route)
{
    record->route = route;
    record->route_stamp = route->stamp;
    record->has_route = true;
}

bool route_make(struct route *route, const struct kind *kind, const struct lanekdf_job *job,
    struct record *record, struct shape *shape, uint64_t *mixed)
{
    if (!record_enter(record, shape) || route_step_index(record) >= ROUTE_MAX_STEPS) {
        return false;
    }
    record->has_route = true;
    *route = (struct route){.follow = kind->follow,
        .kind = job->kind,
        .first_step = (uint8_t)route_step_index(record),
        .phases = record->phases,
        .hashes = {record->hashes[0], record->hashes[1]},
        .message_len = record->message_len,
        .progress = record->progress,
        .out_len = record->out.len};
    record->has_route = false;
    *mixed = kind->read(job, route);
    for (unsigned i = 0; i < ROUTE_MAX_STEPS; i++) {
        route->steps[i].stamp = ROUTE_UNKNOWN_STAMP;
    }
    if (!learn_buffers(route, kind, job)) {
        return false;
    }
    sort_outputs(route, job);
    return true;
}

/* Makes a route of a job that no route fits. Where the table is full, only one in RARELY of such jobs takes
 * the place of the oldest route: if there are more sorts of jobs than places, a route would be replaced
 * before it is taken again, and making it costs more than a full check. */
static void learn(
    struct routes *routes, const struct kind *kind, const struct lanekdf_job *job, struct record *record)
{
    enum { RARELY = 16 };
    struct route route;
    struct shape shape;
    uint64_t mixed;
    if ((routes->n_made >= ROUTES_MAX && ++routes->n_unknown % RARELY) ||
        !route_make(&route, kind, job, record, &shape, &mixed)) {
        return;
    }
    const unsigned index = 1 + (unsigned)(routes->n_made % ROUTES_MAX);
    uint8_t *bucket = routes_bucket(routes, mixed);
    route.stamp = ++routes->n_made;
    routes->routes[index] = route;
    routes->last = &routes->routes[index];
    routes->repeats = true;
    bucket[1] = bucket[0];
    bucket[0] = (uint8_t)index;
    put_on_route(record, routes->last);
}

/* ---- jobs ---- */

/* Whether a buffer overlaps one of n buffers of a job. */
static bool overlaps_buffers(
    const struct lanekdf_job *job, uintptr_t data, size_t len, const struct route_buffer *buffers, unsigned n)
{
    bool result = false;
    for (unsigned i = 0; i < n; i++) {
        result |=
            overlap((const void *)data, len, (const void *)route_address(job, &buffers[i]), buffers[i].len);
    }
    return result;
}

/* Whether a buffer overlaps one of the pieces, or a piece is NULL. */
static bool overlaps_pieces(
    const struct lanekdf_job *job, uintptr_t data, size_t len, const struct kind_pieces *pieces)
{
    size_t n = 0;
    bool result = false;
    for (const struct lanekdf_bytes *piece = pieces->at ? route_pieces(pieces, job, &n) : NULL; n;
         n--, piece++) {
        result |= piece->len && (!piece->data || overlap((const void *)data, len, piece->data, piece->len));
    }
    return result;
}

static bool has_null(const struct lanekdf_job *job, const struct route_buffer *buffers, unsigned n)
{
    bool result = false;
    for (unsigned i = 0; i < n; i++) {
        result |= !route_address(job, &buffers[i]);
    }
    return result;
}

bool route_is_apart_in_pairs(
    const struct kind *kind, const struct lanekdf_job *job, const struct route *route)
{
    const struct route_buffer *out = route->outputs;
    bool bad = has_null(job, out, route->n_outputs) || has_null(job, route->inputs, route->n_inputs);
    for (unsigned i = 0; i < route->n_outputs && !bad; i++) {
        const uintptr_t data = route_address(job, &out[i]);
        bad = overlap((const void *)data, out[i].len, job, kind->job_bytes) ||
              overlaps_buffers(job, data, out[i].len, out, i) ||
              overlaps_buffers(job, data, out[i].len, route->inputs, route->n_inputs) ||
              overlaps_pieces(job, data, out[i].len, &kind->pieces[0]) ||
              overlaps_pieces(job, data, out[i].len, &kind->pieces[1]);
    }
    return !bad;
}

/* Begins a job that no route fits. */
__attribute__((noinline)) static int begin_unknown(
    struct routes *routes, struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct kind *kind = kinds_find(job->kind);
    const int status = kinds_begin_job(job, record, legacy);
    if (status == LANEKDF_OK && route_may_have(kind, job)) {
        learn(routes, kind, job, record);
    }
    return status;
}

int routes_begin_job(
    struct routes *routes, struct lanekdf_job *job, struct record *record, uint32_t legacy, int found)
{
    return found == ROUTE_OVERLAPS ? kinds_begin_job(job, record, legacy)
                                   : begin_unknown(routes, job, record, legacy);
}
