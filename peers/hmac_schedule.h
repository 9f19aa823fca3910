/*
 * The key schedule of a connection as HMACs, one after the other, for libraries that have no function for a
 * whole stage. HKDF-Extract is an HMAC of its input under the salt, and HKDF-Expand-Label one of its info
 * under the secret for each digest of its output, in which the last digest stands before the info (RFC 5869).
 * Connections of a pool that are alike have their steps in common, and each has its own bases of the places
 * that the steps name.
 */
#ifndef HMAC_SCHEDULE_H
#define HMAC_SCHEDULE_H

#include "workload.h"

/* Where bytes lie: in the inputs, in the outputs or among the intermediate secrets of a connection, where
 * what recorded_connection.h has counts by itself, or among the constants that all connections share. */
enum schedule_base {
    SCHEDULE_INPUT,
    SCHEDULE_OUTPUT,
    SCHEDULE_RECORDED_INPUT,
    SCHEDULE_RECORDED_OUTPUT,
    SCHEDULE_INTERMEDIATE,
    SCHEDULE_CONSTANT,
    N_SCHEDULE_BASES
};
struct schedule_place {
    enum schedule_base base;
    size_t offset; /* bytes */
    size_t len;    /* bytes */
};
struct schedule_bases {
    uint8_t *of[N_SCHEDULE_BASES];
};

/* An info of HKDF-Expand-Label and the counter of HKDF-Expand behind it. A transcript hash is filled in by
 * each connection, in a copy; the hash of nothing stands there already. Of T(2) and later ones the digest
 * before it, which the connection fills in, stands where a context would begin, and the info behind that. */
enum { MAX_INFO_LEN = 128 };
struct schedule_label {
    const char *text; /* without the prefix */
    uint8_t info[MAX_INFO_LEN];
    size_t info_len;
    size_t context_at; /* where the context begins in the info */
    size_t context_len;
};

enum schedule_operation { SCHEDULE_EXTRACT, SCHEDULE_EXPAND_LABEL, SCHEDULE_HMAC, SCHEDULE_HASH };

struct schedule_step {
    enum schedule_operation operation;
    unsigned level;    /* from 0: it waits for steps of its call that have a lower level, and for no others */
    bool has_last_key; /* the key is that of the step before, which has the same level */
    bool is_salt_alone; /* the output is the salt of a later step and nothing else */
    struct schedule_place key;
    const struct schedule_label *label; /* of an expand-label; else NULL */
    /* The input of an extract, the message of an HMAC or a hash, or the context of an expand-label as far as
     * it is filled in: of 0 bytes where the info is complete. */
    struct schedule_place message;
    /* Of a later part of an expand-label whose context is filled in, too: that context, and where it goes in
     * the info. Its len is 0 elsewhere. */
    struct schedule_place also;
    size_t also_at;
    struct schedule_place out; /* as many bytes as are wanted of the digest */
    /* Of an expand-label: the bytes of output of which `out` is a part, and whether it is a later one than
     * the first, which those have already who expand the whole label at once. */
    size_t whole_len;
    bool is_later_part;
    /* Of an extract whose salt is Derive-Secret(secret, "derived", ""): that secret. Its len is 0 elsewhere.
     */
    struct schedule_place derived_from;
    bool is_first_secret; /* an extract with the salt that there is without a PSK */
};

enum { MAX_SCHEDULE_STEPS = 16 /* of a call */, MAX_SCHEDULE_CONSTANTS = 512 /* bytes */ };
struct schedule {
    struct workload_batch pool;
    unsigned hash; /* enum lanekdf_hash */
    size_t hash_len;
    size_t n_calls;
    struct schedule_call {
        struct schedule_step steps[MAX_SCHEDULE_STEPS];
        size_t n_steps;
        unsigned n_levels;
    } calls[CONNECTION_MAX_CALLS];
    /* A key that is a constant is one of the pool: what is kept of it may be kept for good. */
    uint8_t constants[MAX_SCHEDULE_CONSTANTS];
    size_t constants_len;
    uint8_t (*intermediates)[8][MAX_HASH_LEN]; /* of each connection of the pool */
};

/* The schedules of a pool, whose connections have one hash. */
struct schedules {
    struct schedule **all;
    size_t n;
    size_t *of;     /* for each connection: which of them is its own */
    size_t n_calls; /* the most that one of them has */
};

/* Makes the schedules of a pool, which live as long as the program. The program ends if the workload has no
 * connections. */
struct schedules schedules_new(const struct workload_batch *pool);

/* The bytes of item i where each has `len` of them; `bytes` may be NULL. */
static inline uint8_t *schedule_blob(const uint8_t *bytes, size_t len, size_t i)
{
    return (uint8_t *)((uintptr_t)bytes + i * len);
}

/* The bases of connection i of the pool. */
static inline struct schedule_bases schedule_bases(const struct schedule *schedule, size_t i)
{
    return (struct schedule_bases){{
        [SCHEDULE_INPUT] = (uint8_t *)(uintptr_t)&schedule->pool.connection_inputs[i],
        [SCHEDULE_OUTPUT] = (uint8_t *)&schedule->pool.connection_outputs[i],
        [SCHEDULE_RECORDED_INPUT] =
            schedule_blob(schedule->pool.recorded_inputs, schedule->pool.recorded_inputs_len, i),
        [SCHEDULE_RECORDED_OUTPUT] =
            schedule_blob(schedule->pool.recorded_outputs, schedule->pool.recorded_outputs_len, i),
        [SCHEDULE_INTERMEDIATE] = (uint8_t *)schedule->intermediates[i],
        [SCHEDULE_CONSTANT] = (uint8_t *)(uintptr_t)schedule->constants,
    }};
}

static inline uint8_t *schedule_at(const struct schedule_bases *bases, const struct schedule_place *place)
{
    return bases->of[place->base] + place->offset;
}

#endif
