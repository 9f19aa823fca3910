/*
 * A kind of job: the facts of its struct in lanekdf.h, and the functions that know the members of that
 * struct.
 *
 * A kind is one constant, which stands beside the derivations of its protocol, and one row of kind_table.h.
 * An author of a new kind writes its view, its check and its fill, and a begin that names the kind and its
 * hash to kind_begin(), which does what all kinds have in common.
 *
 * kind_begin() and what it calls are inlined into the begin of every kind, so that the compiler sees the kind
 * as a constant: its functions become part of the text and its number of buffers a number. A check that loops
 * over lists of buffers instead takes about as long as a compression.
 */
#ifndef ENGINE_KIND_H
#define ENGINE_KIND_H

#include "derivation.h"
#include "view.h"

struct route;
struct routes;

/* Bytes behind a pointer of a struct that check() reads: n of them or, of a span, as many as it has and n at
 * most. They are public. */
struct kind_bytes {
    uint16_t at; /* of the pointer, bytes into the struct */
    uint8_t n;   /* 0: there are none */
    bool is_span;
};

/* An array of struct lanekdf_bytes that a struct points to. */
struct kind_pieces {
    uint16_t at, n_at; /* of the pointer and of the number, bytes into the struct; 0: there is none */
};

enum { KIND_MAX_BYTES = 2, KIND_MAX_PIECES = 2, KIND_LABEL_BYTES = 32 };

struct kind {
    size_t job_bytes; /* sizeof the kind's struct */
    /* The most bytes that an output of the kind may have, if that is more than LANEKDF_MAX_OUT; else 0. */
    size_t max_output_bytes;
    /* The phases of a job, up to a NULL; choose() may give a record others. */
    const struct derivation *const *phases;
    /* Names the buffers of a job to a view; their lengths may still be out of range. */
    void (*view)(const struct lanekdf_job *job, struct view *view);
    /* Checks whatever is not a buffer. `legacy` is what this job may use. Returns a status. */
    int (*check)(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy);
    /* Puts into the record of a good job what all jobs of its route have in common (route.h), beyond what
     * kind_begin() does: other phases or hashes, the length of the output. NULL: nothing. */
    void (*choose)(const struct lanekdf_job *job, struct record *record);
    /* Puts into the record of a good job what the phases need of this job alone: the secret, above all. What
     * it needs of the kind and the hash is there already. NULL: nothing. */
    void (*fill)(const struct lanekdf_job *job, struct record *record);
    /* Calls kind_begin(). Returns a status. */
    int (*begin)(struct lanekdf_job *job, struct record *record, uint32_t legacy);
    /* What ROUTE_FUNCTIONS() defines, if jobs of the kind may have routes; or NULL: the job takes this route,
     * if it is one of it; it takes that one of a context's routes that fits it (both return ROUTE_TAKEN and
     * so on); what decides its way is written to the route, unless that is NULL, and the hash of that
     * returned.
     */
    int (*follow)(struct lanekdf_job *job, struct record *record, struct route *route);
    int (*find)(struct lanekdf_job *job, struct record *record, struct routes *routes);
    uint64_t (*read)(const struct lanekdf_job *job, struct route *route);
    /* Pointers of the struct, each a KIND_POINTER(): */
    uint64_t optional; /* those of which it decides something whether they are NULL */
    uint64_t buffers;  /* those that may be NULL or not where the view has no bytes for them */
    uint64_t followed; /* those whose bytes a route cannot have: a job that has one of them has no route */
    uint64_t ignored;  /* KIND_JOB_IGNORED, and KIND_IGNORED() of what decides nothing else */
    /* What lies behind pointers and decides something: bytes, and the lengths of pieces. */
    struct kind_bytes bytes[KIND_MAX_BYTES];
    struct kind_pieces pieces[KIND_MAX_PIECES];
};

/* A bit for each eight bytes, or each four bytes, of a struct. */
#define KIND_POINTER(type, member) ((uint64_t)1 << offsetof(struct type, member) / sizeof(uint64_t))
#define KIND_IGNORED(type, member) ((uint64_t)1 << offsetof(struct type, member) / sizeof(uint32_t))
#define KIND_JOB_IGNORED (KIND_IGNORED(lanekdf_job, status) | KIND_IGNORED(lanekdf_job, owner) * 3)

/* The tag of a prepared secret; a label, of which check() reads KIND_LABEL_BYTES at most; pieces. */
#define KIND_TAG(type, member)                                                                               \
    {                                                                                                        \
        .at = offsetof(struct type, member), .n = sizeof(uint64_t)                                           \
    }
#define KIND_LABEL(type, member)                                                                             \
    {                                                                                                        \
        .at = offsetof(struct type, member.data), .n = KIND_LABEL_BYTES, .is_span = true                     \
    }
#define KIND_PIECES(type, member)                                                                            \
    {                                                                                                        \
        .at = offsetof(struct type, member), .n_at = offsetof(struct type, n_##member)                       \
    }

/* The constants that the table of kinds names: kind_prf and so on. Objects have them under a name with the
 * library's prefix, as all that is global has (cmake/private_names.h). */
#define KIND(id, name) extern const struct kind kind_##name __asm__("lanekdf_kind_" #name);
#include "kind_table.h"
#undef KIND

/* The kind with this public id, or NULL. */
const struct kind *kinds_find(uint32_t id);

/* Checks a job. Returns LANEKDF_OK, and the record is at the job's first phase; or another status, and the
 * job has failed. legacy: what a job may use that has no permission of its own (enum lanekdf_legacy). */
int kinds_begin_job(struct lanekdf_job *job, struct record *record, uint32_t legacy);

/* Gives a job that is not derived this status, zeroes its outputs, and returns the status. */
int kinds_fail_job(struct lanekdf_job *job, int status);

/* Whether two outputs of a job overlap, and whether an output overlaps anything at all: what kind_begin()
 * asks where a view alone cannot tell. */
bool kinds_outputs_overlap(const struct kind *kind, const struct lanekdf_job *job);
bool kinds_has_overlap(const struct kind *kind, const struct lanekdf_job *job);

/* ---- for checks ---- */

#define KIND_INLINE static inline __attribute__((always_inline))

/* Whether a length lies in a range. */
static inline bool kind_is_between(size_t n, size_t least, size_t most)
{
    return n >= least && n <= most;
}

/* ---- what every begin does ---- */

/* Checks pieces, which `len` bytes come before. Sets *len to the bytes of all together. Returns a status. */
KIND_INLINE int kind_check_pieces(struct view *v, const struct view_pieces *pieces, uint64_t *len)
{
    uint64_t sum = *len;
    for (size_t i = 0; i < pieces->n; i++) {
        const struct lanekdf_bytes *piece = &pieces->list[i];
        if (piece->len && !piece->data) {
            return LANEKDF_ERROR_NULL;
        }
        if (piece->len > pieces->max_len - sum) {
            return LANEKDF_ERROR_LENGTH;
        }
        sum += piece->len;
        v->is_input_in_range |= view_is_in_range(v, piece->data, piece->len);
    }
    *len = sum;
    return sum > pieces->max_len ? LANEKDF_ERROR_LENGTH : LANEKDF_OK;
}

/* Checks every buffer of a job, and finds the length of its message in bytes. */
KIND_INLINE int kind_check_buffers(
    const struct kind *kind, const struct lanekdf_job *job, uint64_t *message_len)
{
    struct view v;
    view_begin(&v, VIEW_LISTS_NOTHING);
    kind->view(job, &v);
    v.is_input_in_range |= view_is_in_range(&v, job, kind->job_bytes);
    if (view_exceeds_lists(&v)) {
        return LANEKDF_ERROR_KIND;
    }
    if (v.has_null) {
        return LANEKDF_ERROR_NULL;
    }
    uint64_t info_len = 0;
    *message_len = v.head_len;
    int status = kind_check_pieces(&v, &v.message, message_len);
    if (status == LANEKDF_OK) {
        status = kind_check_pieces(&v, &v.info, &info_len);
    }
    if (status != LANEKDF_OK) {
        return status;
    }
    if ((v.is_output_in_range && kinds_outputs_overlap(kind, job)) ||
        (v.is_input_in_range && kinds_has_overlap(kind, job))) {
        return LANEKDF_ERROR_OVERLAP;
    }
    return LANEKDF_OK;
}

/* Checks a job, and begins the record of a good one. The hash is given by its public id. Returns a status. */
KIND_INLINE int kind_begin(const struct kind *kind, const struct lanekdf_job *job, uint32_t hash_id,
    struct record *record, uint32_t legacy)
{
    const struct hash *hash = hash_find(hash_id);
    if (job->reserved | (job->legacy & ~(uint32_t)LANEKDF_LEGACY_ALL)) {
        return LANEKDF_ERROR_RESERVED;
    }
    legacy = job->legacy ? job->legacy : legacy;
    if (!hash) {
        return LANEKDF_ERROR_HASH;
    }
    if (hash->legacy && !(hash->legacy & legacy)) {
        return LANEKDF_ERROR_DISABLED;
    }
    int status = kind->check(job, hash, legacy);
    if (status == LANEKDF_OK) {
        status = kind_check_buffers(kind, job, &record->message_len);
    }
    if (status != LANEKDF_OK) {
        return status;
    }
    record_begin(record, kind->phases, hash);
    if (kind->choose) {
        kind->choose(job, record);
    }
    if (kind->fill) {
        kind->fill(job, record);
    }
    return LANEKDF_OK;
}

#endif
