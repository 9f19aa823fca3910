/*
 * Random jobs that know what they must come to: valid ones of every kind, and ones
 * that are wrong in exactly one way. Judged by the reference (all) and by libcrypto
 * (some of them, judge_openssl.h).
 */
#ifndef RANDOM_JOBS_H
#define RANDOM_JOBS_H

#include <stdbool.h>

#include "guarded_memory.h"
#include "lanekdf.h"

/* A job of any kind. */
union any_job {
    struct lanekdf_job job;
    struct lanekdf_prf prf;
    struct lanekdf_handshake handshake;
    struct lanekdf_message_hash message_hash;
    struct lanekdf_hmac hmac;
};
size_t any_job_size(uint32_t kind);

enum { TRIAL_MAX_OUTPUTS = 4 };

/* What becomes of the outputs of a job that fails. EITHER: of an input whose length
 * is absurd it cannot be said whether the output lies in it. */
enum trial_outputs { LEFT, ZEROED, EITHER };

struct trial {
    union any_job *any;
    int32_t status; /* what it must come to */
    enum trial_outputs fate;
    const char *name;
    struct lanekdf_span outputs[TRIAL_MAX_OUTPUTS];
    size_t n_outputs;
};

/* Lengths: mostly around the edges of hash blocks; LONG: now and then up to the maximum. */
enum trial_length { SHORT, LONG };

struct trial trial_random(struct guarded_memory *memory, struct rng *rng, enum trial_length length);
struct trial trial_of_kind(
    uint32_t kind, struct guarded_memory *memory, struct rng *rng, enum trial_length length);

struct trial trial_prf(struct guarded_memory *memory, struct rng *rng, size_t secret_len, size_t label_len,
    size_t seed_len, size_t n_seed, size_t out_len);
struct trial trial_hmac(
    struct guarded_memory *memory, struct rng *rng, size_t key_len, size_t message_len, size_t n_message);
struct trial trial_message_hash(
    struct guarded_memory *memory, struct rng *rng, size_t message_len, size_t n_message);
/* Known master secret or pre-master secret, session hash or not, any outputs. */
struct trial trial_handshake(struct guarded_memory *memory, struct rng *rng, enum trial_length length);

/* The ways in which a job can be wrong, counted from 0 over all kinds. */
size_t n_spoils(void);
/* A job that is wrong in way `i`. */
struct trial trial_spoiled(size_t i, struct guarded_memory *memory, struct rng *rng);

/*
 * Runs the jobs in one call, or, if context is NULL, one by one through
 * lanekdf_derive_one, and compares all of memory with what it must be. Says on
 * stderr what is wrong, if anything. memory is clear afterwards.
 */
bool trials_run(
    struct guarded_memory *memory, struct rng *rng, struct trial *trials, size_t n, lanekdf_context *context);

#endif
