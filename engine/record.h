/*
 * A record is a job on its way: what one phase leaves for the next. Records lie in the arena of the call.
 *
 * Up to TLS 1.1 the PRF is that of two hashes, MD5 and SHA-1, each over one half of the secret, and the two
 * outputs are xored (RFC 2246 section 5). No derivation is written twice for that. A record makes two passes
 * through each phase, with the hash and the key of the pass; the second pass xors its output to that of the
 * first (SHAPE_SECOND_PASS), and record_next_pass() says whether a phase has another pass to make.
 */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include <stdbool.h>

#include "hash.h"
#include "lanekdf.h"
#include "wipe.h"

struct derivation;
struct route;

struct record {
    struct lanekdf_job *job;
    struct record *next; /* the next record in whatever list holds this one */
    /* What a job has of its route, where it has one (route.h), beginning with the route itself. */
    struct route *route;                    /* in a batch */
    uint64_t route_stamp;                   /* of the route, which may become another in the meantime */
    const struct derivation *const *phases; /* the next phase and those after it, up to a NULL */
    const struct hash *hashes[2];           /* by pass; [1] is NULL if phases have one pass */
    uint64_t message_len;                   /* bytes of the job's message, or of label and seed of its PRF */
    union {
        struct {
            uint32_t n_done;  /* bytes of P_hash, or steps, that earlier runs of this phase in this pass have
                               * done */
            uint8_t phase;    /* how many phases came before */
            uint8_t pass;     /* 0 or 1 */
            bool has_secrets; /* `secrets` has been written and must be wiped */
            bool has_route;   /* `route` and `route_stamp` are set */
        };
        uint64_t progress; /* all of these together */
    };
    /* The secret, by pass: in the job's memory, or in `secrets`. [1] is not set if phases have one pass. */
    struct lanekdf_bytes keys[2];
    const struct lanekdf_prepared_secret *prepared; /* the secret if it is prepared: instead of `keys` */
    struct lanekdf_prepared_secret *prepared_out;   /* what derivation_prepare makes; NULL: nothing */
    struct lanekdf_span out;                        /* of P_hash: what is still to be written */
    /* What a derivation's enter() finds out about a run, for its formula to list. */
    union {
        struct lanekdf_span to;       /* the output */
        struct lanekdf_span final[3]; /* the outputs of derivation_final_keys */
    };
    struct lanekdf_bytes pieces[4]; /* n_pieces of them are a part of the message, or each is a key */
    size_t n_pieces;
    size_t n_expanded; /* of HKDF-Expand: how many T(i) earlier runs have made */
    _Alignas(16) struct {
        uint8_t hashed[HASH_MAX_DIGEST];   /* the digests that stand for a secret longer than a block */
        uint8_t chain[HASH_MAX_BLOCK / 2]; /* A(i) where P_hash goes on, or a digest between two steps */
        union {
            uint8_t master_secret[LANEKDF_MASTER_SECRET_LEN];
            struct lanekdf_prepared_secret prepared; /* what later phases of the same job go on with */
        };
    } secrets;
};

/* Begins the record of a job: its phases, and the one or two hashes that a row of `hashes` stands for. */
static inline void record_begin(
    struct record *r, const struct derivation *const *phases, const struct hash *hash)
{
    r->phases = phases;
    r->prepared = NULL;
    r->progress = 0;
    r->out.len = 0;
    r->hashes[0] = hash->components[0] ? &hashes[hash->components[0]] : hash;
    r->hashes[1] = hash->components[0] ? &hashes[hash->components[1]] : NULL;
}

/* The hash of this pass. */
static inline const struct hash *record_hash(const struct record *r)
{
    return r->hashes[r->pass];
}

/* The part of a secret that the PRF of a pass works on: with one hash all of it, with two a half. The halves
 * of a secret of odd length share its middle byte (RFC 2246 section 5). */
static inline struct lanekdf_bytes record_half(
    const struct record *r, unsigned pass, const uint8_t *secret, size_t len)
{
    const size_t half = r->hashes[1] ? (len + 1) / 2 : len;
    return (struct lanekdf_bytes){pass && half < len ? secret + (len - half) : secret, half};
}

/* Sets the secret of the phases that follow, which must not happen between the two passes of a phase. */
static inline void record_set_secret(struct record *r, const uint8_t *secret, size_t len)
{
    if (!r->hashes[1]) {
        r->keys[0] = (struct lanekdf_bytes){secret, len};
        return;
    }
    r->keys[0] = record_half(r, 0, secret, len);
    r->keys[1] = record_half(r, 1, secret, len);
}

/* Ends a pass of a phase. Returns true if the phase has to run once more, with the other hash. */
static inline bool record_next_pass(struct record *r)
{
    r->n_done = 0;
    r->pass = !r->pass && r->hashes[1];
    return r->pass;
}

static inline void record_skip_phases(struct record *r, unsigned n)
{
    r->phases += n;
    r->phase = (uint8_t)(r->phase + n);
}

static inline void record_next_phase(struct record *r)
{
    record_skip_phases(r, 1);
}

/* Wipes a record whose job is done. The arrays are wiped one by one, since a compiler makes a slow `rep
 * stos` of all together. */
static inline void record_wipe(struct record *r)
{
    if (!r->has_secrets) {
        return;
    }
    wipe(r->secrets.hashed, sizeof(r->secrets.hashed));
    wipe(r->secrets.chain, sizeof(r->secrets.chain));
    wipe(r->secrets.master_secret, sizeof(r->secrets.master_secret));
    if (r->prepared == &r->secrets.prepared) {
        wipe(&r->secrets.prepared, sizeof(r->secrets.prepared));
    }
}

#endif
