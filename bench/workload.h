/*
 * What is measured: workloads, and the inputs and outputs that every
 * implementation works on.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "lanekdf.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { /* bytes */
    PRE_MASTER_LEN = 48,
    MAX_PRE_MASTER_LEN = 256,
    MASTER_LEN = 48,
    RANDOM_LEN = 32,
    MAX_TRANSCRIPT_HASH_LEN = 48,
    MAX_KEY_BLOCK_LEN = 160,
    MAX_FINAL_KEYS_LEN = 64,
    VERIFY_DATA_LEN = 12
};

/* What one handshake has and wants. */
struct handshake {
    uint16_t version;
    uint16_t pre_master_len; /* 0: a resumed session, from the known master secret */
    uint8_t hash;            /* enum lanekdf_hash, of the PRF */
    uint8_t extended;        /* an extended master secret, RFC 7627 */
    uint8_t client_finished, server_finished;
    uint8_t mac_key_len, enc_key_len, fixed_iv_len; /* all 0: no key block */
    uint8_t final_key_len;                          /* of an export suite */
};

static inline size_t workload_key_block_len(const struct handshake *handshake)
{
    const size_t iv_len = handshake->final_key_len > 0 ? 0 : handshake->fixed_iv_len;
    return 2 * ((size_t)handshake->mac_key_len + handshake->enc_key_len + iv_len);
}

/* What session_hash and both Finished hashes have. */
size_t handshake_transcript_hash_len(const struct handshake *handshake);

/* Compressions of one handshake, by the RFC's formulas: of each secret the two pads once,
 * however many PRFs it serves. */
unsigned handshake_compressions(const struct handshake *handshake);

/* One handshake's inputs; its shape says which of them count. */
struct handshake_inputs {
    uint8_t pre_master[PRE_MASTER_LEN]; /* if it is longer: workload_batch_pre_master() */
    uint8_t known_master[MASTER_LEN];
    uint8_t client_random[RANDOM_LEN];
    uint8_t server_random[RANDOM_LEN];
    uint8_t session_hash[MAX_TRANSCRIPT_HASH_LEN];
    uint8_t client_finished_hash[MAX_TRANSCRIPT_HASH_LEN];
    uint8_t server_finished_hash[MAX_TRANSCRIPT_HASH_LEN];
};

/* One handshake's outputs; what is not derived stays zero. */
struct handshake_outputs {
    uint8_t master[MASTER_LEN];
    uint8_t client_verify_data[VERIFY_DATA_LEN];
    uint8_t server_verify_data[VERIFY_DATA_LEN];
    uint8_t key_block[MAX_KEY_BLOCK_LEN];
    uint8_t final_keys[MAX_FINAL_KEYS_LEN];
};

enum { MAX_BATCH = 10000 };

struct workload {
    const char *name;
    const char *description;
    struct handshake handshake; /* of all handshakes; of a mix only what they have in common: if its hash
                                 * is 0, they differ in that too */
    /* Deals the shapes of a mix; else NULL. */
    void (*deal)(struct handshake handshakes[MAX_BATCH]);
    unsigned compressions; /* of one, if it is no handshake; otherwise its shape says: 0 */
};

extern const struct workload workloads[];
extern const size_t n_workloads;

/* The master secret alone: a PRF of a 48-byte secret and a 77-byte seed (label
 * included) to 48 bytes. */
extern const struct workload workload_prf;

/* Keying material of a known master secret (RFC 5705) to the first 32 bytes of key_block, and
 * the same from the prepared secret. Channel binding as in RFC 9266: label
 * "EXPORTER-Channel-Binding", an empty context. */
enum { EXPORTED_LEN = 32 };
extern const struct workload workload_exporter, workload_exporter_prepared;

/* n handshakes to derive in one call; a batch is a window on a workload's MAX_BATCH
 * handshakes. */
struct workload_batch {
    const struct workload *workload;
    size_t n;
    const struct handshake *handshakes;
    const struct handshake_inputs *inputs;
    const uint8_t (*long_pre_masters)[MAX_PRE_MASTER_LEN];
    struct handshake_outputs *outputs;
    unsigned worker; /* the thread that it is for, from 0: workers share nothing that changes */
};

/* Handshakes `first` to `first + n - 1` of the workload, the same in every run; the bytes
 * of all sessions differ. Outputs are `keys`. */
struct workload_batch workload_batch_of(
    const struct workload *workload, size_t first, size_t n, struct handshake_outputs *outputs);

static inline const uint8_t *workload_batch_pre_master(const struct workload_batch *batch, size_t i)
{
    return batch->handshakes[i].pre_master_len > PRE_MASTER_LEN ? batch->long_pre_masters[i]
                                                                : batch->inputs[i].pre_master;
}

/* Of the whole batch. */
size_t workload_batch_compressions(const struct workload_batch *batch);

/* The next number of a sequence that is the same in every run: splitmix64. */
uint64_t workload_random(uint64_t *state);

/* Zeroed, in cache lines of its own, which no other thread's memory shares; ends the
 * program if there is no memory. Not aligned to pages: all would meet in the same few
 * sets of the cache. */
void *workload_alloc(size_t bytes);

/* Prints to stderr and ends the program: a benchmark that cannot do its work
 * must not print figures. */
void workload_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif
#endif
