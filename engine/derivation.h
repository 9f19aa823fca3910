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
#include "program.h"
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

static inline int shape_equal(const struct shape *a, const struct shape *b)
{
    return a->counts == b->counts && a->derivation == b->derivation && a->hash == b->hash;
}

/* parts: those that change what a program reads or how it ends, and those that are
 * more outputs beside the others. */
enum { SHAPE_EXACT = 0x0f, SHAPE_OPTIONAL = 0xf0 };

/*
 * The shape whose program has all outputs of a's and of b's and reads the same messages; 0
 * if there is none. Outputs that a job does not want are dropped by finish(), what it
 * lacks for them stage() fills with zeros.
 */
static inline int shape_union(const struct shape *a, const struct shape *b, struct shape *both)
{
    if (a->derivation != b->derivation || a->hash != b->hash || a->n_blocks != b->n_blocks ||
        a->n_digest_blocks != b->n_digest_blocks || ((a->parts ^ b->parts) & SHAPE_EXACT))
        return 0;
    *both = *a;
    both->parts |= b->parts;
    if (both->n_out_blocks < b->n_out_blocks)
        both->n_out_blocks = b->n_out_blocks;
    return 1;
}

/* A job on its way, in the arena: what one phase leaves for the next. */
struct record {
    struct lanekdf_job *job;
    const struct job_kind *kind;
    const struct hash *hash;
    struct record *next;  /* in a list */
    const uint8_t *key;   /* the secret of the next phase: the job's, or `secret` below */
    size_t key_len;       /* bytes */
    uint64_t message_len; /* bytes: label and seed, or message */
    uint32_t n_done;      /* bytes of P_hash that earlier phases delivered */
    uint8_t phase;
    uint8_t has_secrets;               /* below: to be wiped */
    uint8_t secret[HASH_MAX_DIGEST];   /* derived */
    uint8_t chain[HASH_MAX_BLOCK / 2]; /* A(i), where a long P_hash goes on */
};

/* When its job is done. */
static inline void record_wipe(struct record *record)
{
    if (record->has_secrets) {
        wipe(record->secret, sizeof record->secret);
        wipe(record->chain, sizeof record->chain);
    }
}

struct derivation {
    const char *name;
    /* Fills shape->counts; 0: this job does not need this phase. */
    int (*shape)(const struct record *record, struct shape *shape);
    /* The RFC's text for this shape. Runs once per shape. */
    void (*formula)(struct program_writer *w, const struct shape *shape);
    /* This job's bytes into its lane: secret, label, randoms. Runs per job. */
    void (*stage)(const struct record *record, const struct shape *shape, struct lane *lane);
    /* Digests, one after the other, to the job's outputs and the record. Runs per job.
     * 1: this phase has to run again. */
    int (*finish)(struct record *record, const struct shape *shape, const uint8_t *digests);
};

/* A block count for a shape; more than PROGRAM_MAX_BLOCKS is all the same. */
static inline uint8_t shape_blocks(uint64_t n)
{
    return n > PROGRAM_MAX_BLOCKS ? PROGRAM_MAX_BLOCKS + 1 : (uint8_t)n;
}

/* Too long for a program: evaluate. */
static inline int shape_is_long(const struct shape *shape)
{
    return shape->n_blocks > PROGRAM_MAX_BLOCKS || shape->n_digest_blocks > PROGRAM_MAX_BLOCKS;
}

/* RFC 5246 section 6.3; of an export suite RFC 2246 section 6.3.1, which takes the IVs from
 * a block of their own. */
static inline size_t handshake_key_block_len(const struct lanekdf_handshake *job)
{
    return 2 * ((size_t)job->mac_key_len + job->enc_key_len + (job->final_key_len ? 0 : job->fixed_iv_len));
}

enum { JOB_MAX_OUTPUTS = 4, JOB_MAX_INPUTS = 8 };

/* A job's buffers, whatever its kind: for checks, and for zeroing when it fails. */
struct job_view {
    struct lanekdf_span outputs[JOB_MAX_OUTPUTS];
    struct lanekdf_bytes inputs[JOB_MAX_INPUTS]; /* the array of pieces among them */
    unsigned n_outputs, n_inputs;
    const struct lanekdf_bytes *pieces; /* inputs too */
    size_t n_pieces;
    uint64_t head_len;        /* bytes before the pieces in the same message */
    uint64_t max_message_len; /* bytes, head and pieces together */
};

enum { JOB_MAX_PHASES = 3 };

/* kinds.c: one row per job kind; the only place that lists them. */
struct job_kind {
    size_t job_bytes;
    const struct derivation *phases[JOB_MAX_PHASES];
    /* Checks a job, and what the first phase needs to the record. A status. */
    int (*begin)(struct lanekdf_job *job, struct record *record);
    void (*view)(const struct lanekdf_job *job, struct job_view *view);
};

/* Checks a job: LANEKDF_OK and a record at its first phase, or the job has failed. */
int job_begin(struct lanekdf_job *job, struct record *record);

/* Sets the status of a job that is not derived, zeroes its outputs; returns status. */
int job_fail(struct lanekdf_job *job, int status);

/* digest.c */
extern const struct derivation derivation_secret_hash, derivation_message_hash, derivation_hmac;
/* tls12.c */
extern const struct derivation derivation_prf, derivation_master_secret, derivation_session_keys;

#endif
