/*
 * Random jobs that must succeed. The row of a kind in job_kinds.c says what its jobs may have; jobs of some
 * kinds can also be had with given lengths.
 */
#ifndef GOOD_JOBS_H
#define GOOD_JOBS_H

#include "job_case.h"

/* Lengths lie mostly around the edges of hash blocks. With LONG_LENGTHS some of them reach up to the maximum.
 */
enum job_lengths { SHORT_LENGTHS, LONG_LENGTHS };
/* With BYTES_ONLY all secrets are bytes, and none is a prepared secret. */
enum job_secrets { ANY_SECRETS, BYTES_ONLY };

/*
 * Hashes. favour_family() names the family of a kernel ("sha512"; NULL: none). From then on every second job
 * has a hash of that family, so that the kernel has work. tested_hash(i) goes through the hashes of the
 * family or, without one, through all hashes.
 */
void favour_family(const char *family);
uint32_t tested_hash(size_t i);
size_t n_tested_hashes(void);

/* Makes a job of any kind. A fourth of the jobs are handshakes, and some have a permission of their own. */
struct job_case good_job(struct guarded_memory *memory, enum job_lengths lengths);
struct job_case good_job_of_kind(
    uint32_t kind, struct guarded_memory *memory, enum job_secrets secrets, enum job_lengths lengths);

/* These functions make a job with the given lengths. The secrets are bytes. */
struct job_case good_prf(struct guarded_memory *memory, uint32_t hash, size_t secret_len, size_t label_len,
    size_t seed_len, size_t n_seed, size_t out_len);
/* LANEKDF_MD5_SHA1 stands for SHA-1 here, since there is no HMAC of both. */
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
/* Makes a handshake of any suite and version, or one with lengths that no suite has. */
struct job_case good_handshake(struct guarded_memory *memory, enum job_lengths lengths);
/* Makes a handshake of this suite, which is not one of TLS 1.3, in a version that may have it. */
struct job_case good_handshake_of_suite(struct guarded_memory *memory, const struct lanekdf_suite *suite);
/* Makes a handshake of this version and hash, with the key lengths of one suite, which is no export suite. */
struct job_case good_handshake_of_version(struct guarded_memory *memory, uint16_t version, uint16_t hash);

/*
 * Stages of TLS 1.3, DTLS 1.3 and QUIC, and jobs of HKDF (good_stages.c), with any of the inputs and outputs
 * that their kind may have. The secrets are bytes.
 */
bool is_stage(uint32_t kind);
struct job_case good_stage(uint32_t kind, struct guarded_memory *memory, enum job_lengths lengths);
/* Makes a job for the PSKs of tickets, whose nonces have from nonce_len to nonce_len + 15 bytes. */
struct job_case good_tickets(struct guarded_memory *memory, uint32_t hash, size_t n_nonces, size_t nonce_len);

/*
 * Random choices, for whoever makes jobs
 */
/* Choose one of all hashes, or one of those that the kind may have, and often one of the favoured family. */
uint32_t any_hash(struct guarded_memory *memory);
uint32_t any_hash_of_kind(struct guarded_memory *memory, const struct job_kind *kind);
/* Chooses a length from min to max bytes. A max that no caller comes near is fine. */
size_t any_length(struct guarded_memory *memory, enum job_lengths lengths, size_t min, size_t max);

#endif
