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
    struct lanekdf_exporter exporter;
    struct lanekdf_finished finished;
    struct lanekdf_prepare prepare;
    struct lanekdf_ssl3_prf ssl3_prf;
    struct lanekdf_ssl3_finished ssl3_finished;
};
size_t any_job_size(uint32_t kind);

enum { TRIAL_MAX_OUTPUTS = 8 }; /* a handshake has 6, and to make it wrong 2 are exchanged */

/* What becomes of the outputs of a job that fails. EITHER: of an input whose length
 * is absurd it cannot be said whether the output lies in it. */
enum trial_outputs { LEFT, ZEROED, EITHER };

struct trial {
    union any_job *any;
    int32_t status; /* what it must come to */
    enum trial_outputs fate;
    const char *name;
    struct lanekdf_bytes secret; /* what its prepared secret was made of */
    struct lanekdf_span outputs[TRIAL_MAX_OUTPUTS];
    size_t n_outputs;
};

/* Lengths: mostly around the edges of hash blocks; LONG: now and then up to the maximum. */
enum trial_length { SHORT, LONG };

/*
 * Hashes. Once a kernel is favoured, every second job has a hash of its family; NULL: all are
 * alike. trial_hash(i): those of the family (or all) in turn.
 */
void favour_kernel(const char *name);
uint32_t trial_hash(size_t i);
size_t n_trial_hashes(void);
size_t hash_len(uint32_t hash);

struct trial trial_random(struct guarded_memory *memory, struct rng *rng, enum trial_length length);
struct trial trial_of_kind(
    uint32_t kind, struct guarded_memory *memory, struct rng *rng, enum trial_length length);

struct trial trial_prf(struct guarded_memory *memory, struct rng *rng, uint32_t hash, size_t secret_len,
    size_t label_len, size_t seed_len, size_t n_seed, size_t out_len);
/* Of LANEKDF_MD5_SHA1 there is no HMAC: SHA-1 alone then. */
struct trial trial_hmac(struct guarded_memory *memory, struct rng *rng, uint32_t hash, size_t key_len,
    size_t message_len, size_t n_message);
struct trial trial_message_hash(
    struct guarded_memory *memory, struct rng *rng, uint32_t hash, size_t message_len, size_t n_message);
struct trial trial_ssl3_prf(
    struct guarded_memory *memory, struct rng *rng, size_t secret_len, size_t seed_len, size_t out_len);
struct trial trial_ssl3_finished(
    struct guarded_memory *memory, struct rng *rng, size_t message_len, size_t n_message);
/* Known master secret or pre-master secret, session hash or not, any outputs. Of any suite and
 * version, or with lengths that no suite has. */
struct trial trial_handshake(struct guarded_memory *memory, struct rng *rng, enum trial_length length);
/* Of this suite, in a version that may have it. */
struct trial trial_handshake_of_suite(
    struct guarded_memory *memory, struct rng *rng, const struct lanekdf_suite *suite);
/* Of this version and hash, without final keys: for tests that change it. */
struct trial trial_plain_handshake(
    struct guarded_memory *memory, struct rng *rng, uint16_t version, uint16_t hash);

/* The job, with bytes in the place of a prepared secret. */
union any_job trial_of_bytes(const struct trial *trial);

/* The ways in which a job can be wrong, counted from 0 over all kinds. */
size_t n_spoils(void);
/* A job that is wrong in way `i`. */
struct trial trial_spoiled(size_t i, struct guarded_memory *memory, struct rng *rng);

/*
 * Runs the jobs in one call, or, if context is NULL, one by one through
 * lanekdf_derive_one, and compares all of memory with what it must be: what `legacy`, the
 * option that is in force for this call, does not allow must have failed. Says on
 * stderr what is wrong, if anything. memory is clear afterwards.
 *
 * What a prepared secret is worth is judged by what it derives. As an input it was made by
 * the engine, in a call before; the reference has the bytes of which it was made.
 */
bool trials_run(struct guarded_memory *memory, struct rng *rng, struct trial *trials, size_t n,
    lanekdf_context *context, uint32_t legacy);

#endif
