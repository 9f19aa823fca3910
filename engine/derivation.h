/*
 * A derivation is one lockstep phase: many lanes, one program. A job kind is a row
 * of phases. The batch loop (batch.c) knows nothing else.
 *
 * A handshake is: hash the pre-master secret if it exceeds a block (rare) ->
 * master secret -> key block and Finished. Between phases jobs are grouped anew: a
 * phase's shape holds only what changes *its* program, so that a job with Finished
 * and one without still share lanes for the master secret.
 */
#ifndef ENGINE_DERIVATION_H
#define ENGINE_DERIVATION_H

#include "lanekdf.h"
#include "formula.h"
#include "wipe.h"

struct lane;

/* What decides a program. Block counts, never byte lengths: padding and length words
 * are lane data, so jobs of different lengths share lanes. */
struct shape {
    const struct derivation *derivation;
    const struct hash *hash;
    union {
        struct {
            uint8_t n_blocks;        /* of the message, after a key block if it is an HMAC's */
            uint8_t n_digest_blocks; /* of digest and message, after a key block */
            uint8_t n_out_blocks;    /* digests of output */
            uint8_t parts;           /* the derivation's own */
        };
        uint32_t counts; /* all of them */
    };
};

/* All counts at once: they are compared together, right after they were made, and four
 * stores of a byte would make that wait. */
static inline void shape_set(
    struct shape *shape, uint8_t n_blocks, uint8_t n_digest_blocks, uint8_t n_out_blocks, uint8_t parts)
{
    const uint32_t a = n_blocks, b = n_digest_blocks, c = n_out_blocks, d = parts;
    shape->counts = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? a | b << 8 | c << 16 | d << 24
                                                              : a << 24 | b << 16 | c << 8 | d;
}

static inline int shape_equal(const struct shape *a, const struct shape *b)
{
    return a->counts == b->counts && a->derivation == b->derivation && a->hash == b->hash;
}

/* For tables of shapes. Of addresses only bits that are the same in every process, so that
 * speed is, too. */
static inline uint64_t shape_mixed(const struct shape *shape)
{
    const uint64_t names = ((uintptr_t)shape->derivation * 3 ^ (uintptr_t)shape->hash) & 0xfff;
    return ((uint64_t)shape->counts << 12 | names) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Those of parts that change what a program reads or how it ends; the others are more
 * outputs. */
enum { SHAPE_EXACT = 0x0f };

/*
 * The shape whose program has all outputs of a's and of b's and reads the same messages; 0
 * if there is none. Outputs that a job does not want are dropped by finish(), what it
 * lacks for them stage() fills with zeros.
 */
static inline int shape_union(const struct shape *a, const struct shape *b, struct shape *both)
{
    if (a->derivation != b->derivation || a->hash != b->hash || a->n_blocks != b->n_blocks ||
        a->n_digest_blocks != b->n_digest_blocks || ((a->parts ^ b->parts) & SHAPE_EXACT)) {
        return 0;
    }
    *both = *a;
    both->parts |= b->parts;
    if (both->n_out_blocks < b->n_out_blocks) {
        both->n_out_blocks = b->n_out_blocks;
    }
    return 1;
}

/*
 * A job on its way, in the arena: what one phase leaves for the next.
 *
 * Up to TLS 1.1 there are two hashes, and every phase has two passes, one with each, over
 * one half of the secret each; what the second delivers is xored to what the first did
 * (RFC 2246 section 5). The derivations are the same: they hash with the hash and the key of
 * the pass, deliver through prf_deliver(), and ask record_next_pass() when they are done.
 */
struct record {
    struct lanekdf_job *job;
    const struct derivation *const *phases;         /* the next and those after it, up to a NULL */
    struct record *next;                            /* in a list */
    const struct hash *hashes[2];                   /* by pass; [1] NULL: there is one pass */
    struct lanekdf_bytes keys[2];                   /* by pass: the job's memory, or `secrets` below */
    const struct lanekdf_prepared_secret *prepared; /* instead of keys */
    struct lanekdf_span out;                        /* of a PRF */
    uint64_t message_len;                           /* bytes: label and seed, or message */
    uint32_t n_done; /* steps, or bytes of P_hash, that this pass has done before */
    uint8_t phase;   /* how many there were before */
    uint8_t pass;
    uint8_t has_secrets; /* below: to be wiped */
    _Alignas(16) struct {
        uint8_t hashed[HASH_MAX_DIGEST];   /* what stands for a secret longer than a block */
        uint8_t chain[HASH_MAX_BLOCK / 2]; /* A(i), where a long P_hash goes on */
        uint8_t master_secret[LANEKDF_MASTER_SECRET_LEN];
    } secrets;
};

static inline const struct lanekdf_handshake *record_handshake(const struct record *r)
{
    return (const struct lanekdf_handshake *)r->job;
}

static inline const struct hash *record_hash(const struct record *r)
{
    return r->hashes[r->pass];
}

/* The part of a secret that the PRF of a pass works on: all of it, or a half; the halves
 * of an odd length share the middle byte (RFC 2246 section 5). */
static inline struct lanekdf_bytes record_half(
    const struct record *r, unsigned pass, const uint8_t *secret, size_t len)
{
    const size_t half = r->hashes[1] ? (len + 1) / 2 : len;
    return (struct lanekdf_bytes){pass && half < len ? secret + (len - half) : secret, half};
}

/* The secret of the phases that follow. Between passes only. */
static inline void record_set_secret(struct record *r, const uint8_t *secret, size_t len)
{
    r->keys[0] = record_half(r, 0, secret, len);
    r->keys[1] = record_half(r, 1, secret, len);
}

/* A phase has done this pass. 1: it has to run once more, with the other hash. */
static inline int record_next_pass(struct record *r)
{
    r->n_done = 0;
    r->pass = !r->pass && r->hashes[1];
    return r->pass;
}

/* When its job is done. */
static inline void record_wipe(struct record *r)
{
    if (!r->has_secrets) {
        return;
    }
    /* Each by itself: of all together a compiler makes a slow rep stos. */
    wipe(r->secrets.hashed, sizeof(r->secrets.hashed));
    wipe(r->secrets.chain, sizeof(r->secrets.chain));
    wipe(r->secrets.master_secret, sizeof(r->secrets.master_secret));
}

struct derivation {
    const char *name;
    /* Fills shape->counts, and may change shape->hash, which is record_hash(); 0: this
     * job does not need this phase. */
    int (*shape)(const struct record *record, struct shape *shape);
    /* The RFC's text for this shape. Runs once per shape. */
    void (*formula)(struct formula *f, const struct shape *shape);
    /* This job's bytes into its lane: secret, label, randoms. Runs per job. */
    void (*stage)(const struct record *record, const struct shape *shape, struct lane *lane);
    /* Digests, one after the other, to the job's outputs and the record. Runs per job.
     * 1: this phase has to run again. */
    int (*finish)(struct record *record, const struct shape *shape, const uint8_t *digests);
};

/* The next phase of a record, its counts to be filled in. */
static inline struct shape record_shape(const struct record *r)
{
    return (struct shape){.derivation = *r->phases, .hash = record_hash(r)};
}

static inline void record_next_phase(struct record *r)
{
    r->phases++;
    r->phase++;
}

/* A block count for a shape; more than FORMULA_MAX_BLOCKS is all the same. */
static inline uint8_t shape_blocks(uint64_t n)
{
    return n > FORMULA_MAX_BLOCKS ? FORMULA_MAX_BLOCKS + 1 : (uint8_t)n;
}

/* Too long for a program: evaluate. */
static inline int shape_is_long(const struct shape *shape)
{
    return shape->n_blocks > FORMULA_MAX_BLOCKS || shape->n_digest_blocks > FORMULA_MAX_BLOCKS;
}

/* RFC 5246 section 6.3; of an export suite RFC 2246 section 6.3.1, which takes the IVs from
 * a block of their own. */
static inline size_t handshake_key_block_len(const struct lanekdf_handshake *job)
{
    return 2 * ((size_t)job->mac_key_len + job->enc_key_len + (job->final_key_len ? 0 : job->fixed_iv_len));
}

enum { JOB_MAX_OUTPUTS = 6, JOB_MAX_INPUTS = 8 };

enum job_lists { JOB_LISTS_NONE, JOB_LISTS_OUTPUTS, JOB_LISTS_ALL };

/*
 * A job's buffers of at least one byte, whatever its kind. Outputs come first, and what
 * lies outside the box of all outputs before it overlaps none of them. Only where that
 * does not settle it, and when a job has failed, buffers are listed.
 */
struct job_view {
    int has_null, is_output_in_box, is_in_box; /* a buffer; an output in the box of those before; an input */
    uintptr_t low, high;                       /* the box */
    const struct lanekdf_bytes *pieces;
    size_t n_pieces;
    uint64_t head_len;        /* bytes before the pieces in the same message */
    uint64_t max_message_len; /* bytes, head and pieces together */
    enum job_lists lists;
    unsigned n_outputs, n_inputs;
    struct lanekdf_span outputs[JOB_MAX_OUTPUTS];
    struct lanekdf_bytes inputs[JOB_MAX_INPUTS]; /* the array of pieces among them */
};

/* kinds.c: one row per job kind; the only place that lists them. */
struct job_kind {
    size_t job_bytes;
    /* Checks a job; its phases, and what the first of them needs, to the record. A status. */
    int (*begin)(struct lanekdf_job *job, struct record *record, uint32_t legacy);
    void (*view)(const struct lanekdf_job *job, struct job_view *view);
};

/* Checks a job: LANEKDF_OK and a record at its first phase, or the job has failed. legacy:
 * enum lanekdf_legacy, what is allowed. */
int job_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy);

/* Sets the status of a job that is not derived, zeroes its outputs; returns status. */
int job_fail(struct lanekdf_job *job, int status);

/* digest.c */
extern const struct derivation derivation_secret_hash, derivation_message_hash, derivation_hmac;
/* prf.c */
extern const struct derivation derivation_prf, derivation_exporter, derivation_prepare;
/* tls.c */
extern const struct derivation derivation_master_secret, derivation_session_keys, derivation_final_keys;
/* ssl3.c */
extern const struct derivation derivation_ssl3_prf, derivation_ssl3_master_secret, derivation_ssl3_key_block,
    derivation_ssl3_final_keys, derivation_ssl3_finished;

#endif
