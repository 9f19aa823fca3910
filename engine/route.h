/*
 * Routes: what a batch has found out about one job, for later jobs that equal it in all that decides their
 * way.
 *
 * Most jobs of a batch are like one before: the same kind, version, hash, lengths and flags, and the same
 * pointers given. Neither the full check (kinds_begin_job()) nor a shape function can tell two such jobs
 * apart. So a route holds the words of a job that passed the full check. A job with equal words takes the
 * route: its buffers must not overlap, and that is all of its check. Its record goes, phase by phase, to the
 * groups where the first records of the route went.
 *
 * The full check is the only text of the rules. A route is made of a job that passed it, and a job that no
 * route fits, or whose buffers overlap, goes through the full check.
 *
 * Any kind can have routes: it names its pointers (struct kind), and has the functions that ROUTE_FUNCTIONS()
 * defines. A member that is not named as a pointer is compared exactly, which is never wrong. Where check or
 * shapes read what lies behind a pointer, the kind names that as well, and a route keeps it: the beginning of
 * a label, the tag of a prepared secret, the lengths of a few pieces. All of that is public.
 */
#ifndef ENGINE_ROUTE_H
#define ENGINE_ROUTE_H

#include "kind.h"

enum {
    ROUTE_MAX_JOB_WORDS = 32, /* of a job, eight bytes each: struct kind has bits for so many */
    ROUTE_MAX_OUTPUTS = 6,    /* a job with more buffers has no route */
    ROUTE_MAX_INPUTS = 8,
    ROUTE_MAX_WORDS = 10, /* of those that are compared exactly */
    ROUTE_MAX_PIECES = 4, /* of a message; a job with more has no route */
    ROUTE_BYTES_WORDS = KIND_LABEL_BYTES / 8,
    ROUTE_MAX_BEHIND = 1 + KIND_MAX_PIECES * ROUTE_MAX_PIECES, /* a tag, and two messages or a label */
    ROUTE_MAX_STEPS = 10, /* of five phases; a record that goes on after these asks the shape functions */
    ROUTES_MAX = 160,     /* in a context */
    ROUTE_BUCKET_BITS = 9
};
#define ROUTE_UNKNOWN_STAMP ((UINT64_C(1) << 48) - 1) /* of a step that no record has made so far */

/* Whether each pointer of a job is one of its words, and each length: else no job has a route. */
enum { ROUTE_WORDS_HOLD_POINTERS = sizeof(void *) == sizeof(uint64_t) };

/* The words of a job that decide its way. */
struct route_words {
    uint64_t exact[ROUTE_MAX_WORDS]; /* all but ignored ones and pointers, in the order of the struct */
    uint64_t nulls; /* a digit in base 3 for each optional pointer, in their order: 1 if it is NULL, or 0 */
};

/* A buffer of every job of a route. */
struct route_buffer {
    uint16_t offset; /* of the pointer in the job, bytes */
    uint16_t len;    /* bytes, at least one */
};

/* Where records go from one point of their route. A phase that takes several runs is one point, for the first
 * of them. */
struct route_step {
    uint64_t group : 8;     /* an index */
    uint64_t n_skipped : 8; /* phases that these records do not need */
    uint64_t stamp : 48;    /* of the group: when it gets another shape, it gets another stamp */
};

struct route {
    _Alignas(64) int (*follow)(struct lanekdf_job *job, struct record *record, struct route *route);
    /* What the record of a checked job had, when it had entered the first phase that it needs: in the order
     * of struct record, so that wide moves copy it. */
    uint64_t stamp; /* of the routes of a context no two ever have the same */
    const struct derivation *const *phases;
    const struct hash *hashes[2];
    uint64_t message_len;
    uint64_t progress;
    uint64_t out_len;
    uint32_t kind; /* enum lanekdf_kind; 0: the route was never made */
    uint8_t n_outputs, n_inputs;
    uint8_t first_step;                             /* of `steps` */
    struct route_buffer outputs[ROUTE_MAX_OUTPUTS]; /* in the order of addresses that they had in some job */
    struct route_buffer inputs[ROUTE_MAX_INPUTS];
    struct route_words words;
    struct route_step steps[ROUTE_MAX_STEPS]; /* by phase, and in each phase by pass */
    /* What lies behind pointers, one after the other: the bytes that the kind names, then the lengths of
     * pieces. Most kinds have none of these, so they come last. */
    uint64_t behind[ROUTE_MAX_BEHIND];
};

/* The routes of a context. A bucket has the two routes of its hash that were made last. */
struct routes {
    struct route *last; /* the route that was taken last */
    bool repeats;       /* the last job that was looked up had the route of the job before, or a new one */
    uint64_t n_made;
    uint32_t n_unknown;                         /* good jobs that no route fitted, since the table is full */
    uint8_t buckets[1 << ROUTE_BUCKET_BITS][2]; /* indexes; 0: none */
    struct route routes[1 + ROUTES_MAX];        /* the first is never made */
};

/* Makes the table ready; it must be all zero before. */
void routes_begin(struct routes *routes);

/* What comes of a job that is to follow a route. */
enum {
    ROUTE_TAKEN,    /* the record is begun */
    ROUTE_OVERLAPS, /* the job is one of this route, but its buffers overlap or are NULL */
    ROUTE_OF_OTHERS /* the job is another */
};

/* Takes a job on this route, if it is one of it, and begins its record then. The kind is compared first: the
 * structs of other kinds may be shorter. */
static inline int route_try(struct route *route, struct lanekdf_job *job, struct record *record)
{
    return route->kind == job->kind ? route->follow(job, record, route) : ROUTE_OF_OTHERS;
}

/* Takes a job on the last route. Where jobs come in random order, they are not even compared with the job
 * before. */
static inline int routes_try_last(struct routes *routes, struct lanekdf_job *job, struct record *record)
{
    return routes->repeats ? route_try(routes->last, job, record) : ROUTE_OF_OTHERS;
}

/* The places of the routes that a job may take whose words have this hash. */
static inline uint8_t *routes_bucket(struct routes *routes, uint64_t mixed)
{
    return routes->buckets[mixed >> (64 - ROUTE_BUCKET_BITS)];
}

/* Takes a job on the route that fits it, which becomes the last one. */
static inline int routes_find(struct routes *routes, struct lanekdf_job *job, struct record *record)
{
    const struct kind *kind = kinds_find(job->kind);
    return ROUTE_WORDS_HOLD_POINTERS && kind && kind->find ? kind->find(job, record, routes)
                                                           : ROUTE_OF_OTHERS;
}

/* Does what kinds_begin_job() does, for a job that has taken no route: none fits it, and one is made, or its
 * buffers overlap. */
int routes_begin_job(
    struct routes *routes, struct lanekdf_job *job, struct record *record, uint32_t legacy, int found);

/* Whether a job has something behind a pointer that a route cannot have. */
bool route_is_followed(const struct kind *kind, const struct lanekdf_job *job);

/* Whether a job of this kind can have a route. */
static inline bool route_may_have(const struct kind *kind, const struct lanekdf_job *job)
{
    return ROUTE_WORDS_HOLD_POINTERS && kind->read &&
           !((kind->followed || kind->pieces[0].at) && route_is_followed(kind, job));
}

/* Makes a route of a job that the full check has found good, and enters its record into the first phase that
 * it needs, which has this shape. *mixed becomes the hash of its words. Returns false if the job can have no
 * route. */
bool route_make(struct route *route, const struct kind *kind, const struct lanekdf_job *job,
    struct record *record, struct shape *shape, uint64_t *mixed);

static inline unsigned route_step_index(const struct record *r)
{
    return 2u * r->phase + r->pass;
}

/* What is known about where a record goes next. NULL: it has no route, or its route does not tell. If no
 * record has been at this point of the route so far, the step has the stamp of no group. */
static inline struct route_step *route_next_step(const struct record *r)
{
    const unsigned i = route_step_index(r);
    if (!r->has_route || r->n_done || i >= ROUTE_MAX_STEPS || r->route->stamp != r->route_stamp) {
        return NULL;
    }
    return &r->route->steps[i];
}

/* ---- words ---- */

static inline uint64_t route_word(const struct lanekdf_job *job, size_t i)
{
    uint64_t word;
    memcpy(&word, (const uint8_t *)job + i * sizeof(word), sizeof(word));
    return word;
}

/* The bits of word i that decide something. */
KIND_INLINE uint64_t route_mask(const struct kind *kind, size_t i)
{
    const uint32_t halves[2] = {
        kind->ignored >> 2 * i & 1 ? 0 : UINT32_MAX, kind->ignored >> (2 * i + 1) & 1 ? 0 : UINT32_MAX};
    uint64_t mask;
    memcpy(&mask, halves, sizeof(mask));
    return mask;
}

/* A loop of so few rounds that all of it may be unrolled. */
#ifdef __clang__
#define ROUTE_UNROLLED _Pragma("clang loop unroll(full)")
#else
#define ROUTE_UNROLLED _Pragma("GCC unroll 32")
#endif

/* Whether word i of a job is compared exactly. That of the kind is not: it is compared before. */
KIND_INLINE bool route_is_exact(const struct kind *kind, size_t i)
{
    return i && route_mask(kind, i) && !((kind->optional | kind->buffers) >> i & 1);
}

/* The functions below walk over the words of a job. Where the kind is a constant, the loops are unrolled, and
 * no test of the kind is left. */

/* Which optional pointers are NULL (struct route_words). Base 3 takes an instruction less than base 2. */
KIND_INLINE uint64_t route_nulls(const struct kind *kind, const struct lanekdf_job *job)
{
    uint64_t nulls = 0;
    ROUTE_UNROLLED
    for (size_t i = 1; i < kind->job_bytes / sizeof(uint64_t); i++) {
        if (kind->optional >> i & 1) {
            nulls = 3 * nulls + (route_word(job, i) == 0);
        }
    }
    return nulls;
}

/* Whether a job has other words. */
KIND_INLINE bool route_differs(
    const struct kind *kind, const struct lanekdf_job *job, uint64_t nulls, const struct route_words *words)
{
    uint64_t differs = nulls ^ words->nulls;
    size_t n = 0;
    ROUTE_UNROLLED
    for (size_t i = 0; i < kind->job_bytes / sizeof(uint64_t); i++) {
        if (route_is_exact(kind, i)) {
            differs |= (route_word(job, i) & route_mask(kind, i)) ^ words->exact[n++];
        }
    }
    return differs != 0;
}

/* ---- what lies behind pointers ---- */

/* Reads n bytes, KIND_LABEL_BYTES at most, into words. Of two that have as many bytes, the words are equal if
 * the bytes are. */
KIND_INLINE void route_read_bytes(uint64_t words[ROUTE_BYTES_WORDS], const uint8_t *from, size_t n)
{
    _Static_assert(ROUTE_BYTES_WORDS == 4, "two words at the beginning, two at the end");
    words[0] = words[1] = words[2] = words[3] = 0;
    if (n >= 16) {
        memcpy(&words[0], from, 16);
        memcpy(&words[2], from + n - 16, 16);
    } else if (n >= 8) {
        memcpy(&words[0], from, 8);
        memcpy(&words[1], from + n - 8, 8);
    } else {
        for (size_t i = 0; i < n; i++) {
            words[0] = words[0] << 8 | from[i];
        }
    }
}

/* Reads the bytes that the kind names. Where the job lacks them, or has a number of them that cannot be
 * right, there are zeros. */
KIND_INLINE void route_read_behind(
    const struct kind_bytes *bytes, const struct lanekdf_job *job, uint64_t words[ROUTE_BYTES_WORDS])
{
    const uint8_t *from = (const uint8_t *)(uintptr_t)route_word(job, bytes->at / sizeof(uint64_t));
    const size_t len = bytes->is_span ? (size_t)route_word(job, bytes->at / sizeof(uint64_t) + 1) : bytes->n,
                 n = len < bytes->n ? len : bytes->n;
    route_read_bytes(words, from, from && len <= LANEKDF_MAX_SEED ? n : 0);
}
_Static_assert(offsetof(struct lanekdf_bytes, len) == sizeof(uint64_t) || sizeof(void *) != sizeof(uint64_t),
    "the length of a span is the next word");

/* The pieces of a job: their number, and NULL if there are none or more than a route may have. */
KIND_INLINE const struct lanekdf_bytes *route_pieces(
    const struct kind_pieces *pieces, const struct lanekdf_job *job, size_t *n)
{
    *n = (size_t)route_word(job, pieces->n_at / sizeof(uint64_t));
    return *n <= ROUTE_MAX_PIECES
               ? (const struct lanekdf_bytes *)(uintptr_t)route_word(job, pieces->at / sizeof(uint64_t))
               : NULL;
}

/* Calls use() for each word that lies behind a pointer, in their order. is_hashed: whether it makes a
 * difference between jobs of the same words; a tag follows from the hash. */
KIND_INLINE void route_walk_behind(const struct kind *kind, const struct lanekdf_job *job,
    void (*use)(void *to, size_t number, uint64_t word, bool is_hashed), void *to)
{
    size_t number = 0;
    ROUTE_UNROLLED
    for (size_t i = 0; i < KIND_MAX_BYTES; i++) {
        if (kind->bytes[i].n) {
            uint64_t words[ROUTE_BYTES_WORDS];
            route_read_behind(&kind->bytes[i], job, words);
            for (size_t k = 0; k < (kind->bytes[i].is_span ? ROUTE_BYTES_WORDS : 1); k++) {
                use(to, number++, words[k], kind->bytes[i].is_span);
            }
        }
    }
    ROUTE_UNROLLED
    for (size_t i = 0; i < KIND_MAX_PIECES; i++) {
        if (kind->pieces[i].at) {
            size_t n;
            const struct lanekdf_bytes *piece = route_pieces(&kind->pieces[i], job, &n);
            for (size_t k = 0; piece && k < n; k++) {
                use(to, number++, piece[k].len, true);
            }
        }
    }
}

/* What route_walk_behind() does for a comparison, a hash, and a copy. */
struct route_comparison {
    const uint64_t *behind;
    uint64_t differs;
};

KIND_INLINE void route_compare_word(void *to, size_t number, uint64_t word, bool is_hashed)
{
    struct route_comparison *comparison = to;
    (void)is_hashed;
    comparison->differs |= word ^ comparison->behind[number];
}

KIND_INLINE void route_mix_word(void *to, size_t number, uint64_t word, bool is_hashed)
{
    uint64_t *sum = to;
    (void)number;
    if (is_hashed) {
        *sum = (*sum << 9 | *sum >> 55) + word;
    }
}

KIND_INLINE void route_keep_word(void *to, size_t number, uint64_t word, bool is_hashed)
{
    (void)is_hashed;
    ((struct route *)to)->behind[number] = word;
}

/* Whether a job whose own words are those of a route has others behind its pointers. */
KIND_INLINE bool route_differs_behind(
    const struct kind *kind, const struct lanekdf_job *job, const struct route *route)
{
    struct route_comparison comparison = {.behind = route->behind};
    route_walk_behind(kind, job, route_compare_word, &comparison);
    return comparison.differs != 0;
}

/* Whether the job is one of this route. */
KIND_INLINE bool route_fits(
    const struct kind *kind, const struct lanekdf_job *job, uint64_t nulls, const struct route *route)
{
    return !route_differs(kind, job, nulls, &route->words) && !route_differs_behind(kind, job, route);
}

/* The hash of all words of a job. */
KIND_INLINE uint64_t route_mixed(const struct kind *kind, const struct lanekdf_job *job, uint64_t nulls)
{
    uint64_t sum = nulls;
    ROUTE_UNROLLED
    for (size_t i = 0; i < kind->job_bytes / sizeof(uint64_t); i++) {
        if (route_is_exact(kind, i)) {
            sum = (sum << 9 | sum >> 55) + (route_word(job, i) & route_mask(kind, i));
        }
    }
    route_walk_behind(kind, job, route_mix_word, &sum);
    return sum * UINT64_C(0x9e3779b97f4a7c15);
}

/* Hashes the words of a job, and writes them to the route unless that is NULL. */
KIND_INLINE uint64_t route_read(const struct kind *kind, const struct lanekdf_job *job, struct route *route)
{
    const uint64_t nulls = route_nulls(kind, job);
    size_t n = 0;
    if (route) {
        route->words.nulls = nulls;
        for (size_t i = 0; i < kind->job_bytes / sizeof(uint64_t); i++) {
            if (route_is_exact(kind, i)) {
                route->words.exact[n++] = route_word(job, i) & route_mask(kind, i);
            }
        }
        route_walk_behind(kind, job, route_keep_word, route);
    }
    return route_mixed(kind, job, nulls);
}

/* ---- following a route ---- */

static inline uintptr_t route_address(const struct lanekdf_job *job, const struct route_buffer *buffer)
{
    uintptr_t address;
    memcpy(&address, (const uint8_t *)job + buffer->offset, sizeof(address));
    return address;
}

/* Whether the buffers of a job of this route are there, its outputs lie one behind the other, and nothing
 * else lies among these: then they do not overlap. Fetches them into the cache ahead of time, as a view does.
 */
KIND_INLINE bool route_is_in_order(
    const struct kind *kind, const struct lanekdf_job *job, const struct route *route)
{
    uintptr_t end = 1; /* of the output before; NULL is less */
    size_t i = 0;
    ROUTE_UNROLLED
    do {
        const uintptr_t output = route_address(job, &route->outputs[i]);
        if (output < end) {
            return false;
        }
        __builtin_prefetch((void *)output, 1);
        end = output + route->outputs[i].len;
    } while (++i < ROUTE_MAX_OUTPUTS && route->outputs[i].len);
    /* A buffer of len bytes at p shares a byte with the range of the outputs if p is in it or less than len
     * bytes before it. One comparison says so, since the difference wraps for buffers further before. */
    const uintptr_t second = route_address(job, &route->outputs[0]) + 1, range = end - second;
    if ((uintptr_t)job + kind->job_bytes - second < range + kind->job_bytes) {
        return false;
    }
    i = 0;
    ROUTE_UNROLLED
    do {
        const uintptr_t input = route_address(job, &route->inputs[i]), len = route->inputs[i].len;
        __builtin_prefetch((const void *)input);
        if (!input || input + len - second < range + len) {
            return false;
        }
    } while (++i < ROUTE_MAX_INPUTS && route->inputs[i].len);
    bool is_apart = true;
    ROUTE_UNROLLED
    for (i = 0; i < KIND_MAX_PIECES; i++) {
        size_t n;
        const struct lanekdf_bytes *piece =
            kind->pieces[i].at ? route_pieces(&kind->pieces[i], job, &n) : (n = 0, NULL);
        for (; n; n--, piece++) {
            const uintptr_t data = (uintptr_t)piece->data;
            is_apart &= !piece->len || (data && data + piece->len - second >= range + piece->len);
        }
    }
    return is_apart;
}

/* The same where the outputs have another order, or lie among the inputs: each is compared with each. */
bool route_is_apart_in_pairs(
    const struct kind *kind, const struct lanekdf_job *job, const struct route *route);

/* What a record has of its route lies in the same order in both, so that one copy takes it. A compiler does
 * not make one of copies of the members. */
enum { ROUTE_BEGINNING_BYTES = offsetof(struct route, out_len) - offsetof(struct route, stamp) };
#define ROUTE_SAME_PLACE(in_route, in_record)                                                                \
    _Static_assert(offsetof(struct route, in_route) - offsetof(struct route, stamp) ==                       \
                       offsetof(struct record, in_record) - offsetof(struct record, route_stamp),            \
        "routes and records have the same order")
ROUTE_SAME_PLACE(phases, phases);
ROUTE_SAME_PLACE(hashes, hashes);
ROUTE_SAME_PLACE(message_len, message_len);
ROUTE_SAME_PLACE(progress, progress);

/* Checks a job that has the words of this route, and begins its record. */
KIND_INLINE int route_take(
    const struct kind *kind, struct lanekdf_job *job, struct record *record, struct route *route)
{
    if (!route_is_in_order(kind, job, route) && !route_is_apart_in_pairs(kind, job, route)) {
        return ROUTE_OVERLAPS;
    }
    /* What the job says is read once more from here on. To keep it in registers all the way takes more of
     * them than need not be saved. */
    __asm__ volatile("" : : : "memory");
    record->job = job;
    record->route = route;
    memcpy((uint8_t *)record + offsetof(struct record, route_stamp),
        (const uint8_t *)route + offsetof(struct route, stamp), ROUTE_BEGINNING_BYTES);
    record->out.len = route->out_len;
    record->prepared = NULL;
    if (kind->fill) {
        kind->fill(job, record);
    }
    return ROUTE_TAKEN;
}

/* Takes a job on this route, if it is one of it. */
KIND_INLINE int route_follow(const struct kind *kind, struct lanekdf_job *job, struct record *record,
    struct route *route, int (*take)(struct lanekdf_job *, struct record *, struct route *))
{
    return route_fits(kind, job, route_nulls(kind, job), route) ? take(job, record, route) : ROUTE_OF_OTHERS;
}

/* Takes a job on one of the routes that its hash allows, if it is one of them. */
KIND_INLINE int route_find(const struct kind *kind, struct lanekdf_job *job, struct record *record,
    struct routes *routes, int (*take)(struct lanekdf_job *, struct record *, struct route *))
{
    const uint64_t nulls = route_nulls(kind, job);
    const uint8_t *bucket = routes_bucket(routes, route_mixed(kind, job, nulls));
    for (unsigned i = 0; i < 2; i++) {
        struct route *route = &routes->routes[bucket[i]];
        __asm__ volatile("" : : : "memory"); /* as above */
        if (route->kind == job->kind && route_fits(kind, job, nulls, route)) {
            routes->repeats = route == routes->last;
            routes->last = route;
            return take(job, record, route);
        }
    }
    return ROUTE_OF_OTHERS;
}

/* Defines the functions that a kind has for its routes. To take a route is long, and so a function of its
 * own. */
#define ROUTE_FUNCTIONS(name, kind)                                                                          \
    __attribute__((noinline)) static int name##_take(                                                        \
        struct lanekdf_job *job, struct record *record, struct route *route)                                 \
    {                                                                                                        \
        return route_take(&kind, job, record, route);                                                        \
    }                                                                                                        \
    static int name##_follow(struct lanekdf_job *job, struct record *record, struct route *route)            \
    {                                                                                                        \
        return route_follow(&kind, job, record, route, name##_take);                                         \
    }                                                                                                        \
    static int name##_find(struct lanekdf_job *job, struct record *record, struct routes *routes)            \
    {                                                                                                        \
        return route_find(&kind, job, record, routes, name##_take);                                          \
    }                                                                                                        \
    static uint64_t name##_read(const struct lanekdf_job *job, struct route *route)                          \
    {                                                                                                        \
        return route_read(&kind, job, route);                                                                \
    }

/* These functions as members of the kind. */
#define ROUTE_MEMBERS(name) .follow = name##_follow, .find = name##_find, .read = name##_read

#endif
