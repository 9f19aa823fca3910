/*
 * Random jobs that must succeed: of any kind, from its row in job_kinds.c, and of some kinds with given
 * lengths.
 */
#ifndef GOOD_JOBS_H
#define GOOD_JOBS_H

#include "job_case.h"

/* Lengths lie mostly around the edges of hash blocks. LONG_LENGTHS: now and then up to the maximum. */
enum job_lengths { SHORT_LENGTHS, LONG_LENGTHS };
/* BYTES_ONLY: secrets are bytes, never prepared. */
enum job_secrets { ANY_SECRETS, BYTES_ONLY };

/*
 * Hashes. Once the family of a kernel is favoured ("sha512"; NULL: none is), every second job has a hash of
 * it, so that the kernel has work. tested_hash(i): those of the family in turn, or all.
 */
void favour_family(const char *family);
uint32_t tested_hash(size_t i);
size_t n_tested_hashes(void);

/* Of any kind, a fourth of them handshakes, some with a permission of their own. */
struct job_case good_job(struct guarded_memory *memory, enum job_lengths lengths);
struct job_case good_job_of_kind(
    uint32_t kind, struct guarded_memory *memory, enum job_secrets secrets, enum job_lengths lengths);

/* Of these lengths. The secrets are bytes. */
struct job_case good_prf(struct guarded_memory *memory, uint32_t hash, size_t secret_len, size_t label_len,
    size_t seed_len, size_t n_seed, size_t out_len);
/* Of LANEKDF_MD5_SHA1 there is no HMAC: SHA-1 alone then. */
struct job_case good_hmac(
    struct guarded_memory *memory, uint32_t hash, size_t key_len, size_t message_len, size_t n_message);
struct job_case good_message_hash(
    struct guarded_memory *memory, uint32_t hash, size_t message_len, size_t n_message);
struct job_case good_ssl3_prf(
    struct guarded_memory *memory, size_t secret_len, size_t seed_len, size_t out_len);
struct job_case good_ssl3_finished(struct guarded_memory *memory, size_t message_len, size_t n_message);

/*
 * Handshakes (good_handshakes.c): with a known master secret or a pre-master secret, with a session hash or
 * without, and with any outputs.
 */
/* Of any suite and version, or with lengths that no suite has. */
struct job_case good_handshake(struct guarded_memory *memory, enum job_lengths lengths);
/* Of this suite, in a version that may have it. */
struct job_case good_handshake_of_suite(struct guarded_memory *memory, const struct lanekdf_suite *suite);
/* Of this version and hash, with the key lengths of one suite: never that of an export suite. */
struct job_case good_handshake_of_version(struct guarded_memory *memory, uint16_t version, uint16_t hash);

/*
 * Random choices, for whoever makes jobs
 */
/* Any hash that there is, or any that the kind may have; often of the family that is favoured. */
uint32_t any_hash(struct guarded_memory *memory);
uint32_t any_hash_of_kind(struct guarded_memory *memory, const struct job_kind *kind);
/* min .. max bytes, where max may be far beyond what is likely. */
size_t any_length(struct guarded_memory *memory, enum job_lengths lengths, size_t min, size_t max);

#endif
