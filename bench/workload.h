/*
 * What is measured: workloads, and the inputs and outputs that every
 * implementation works on.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { /* bytes */
    PRE_MASTER_LEN = 48,
    MASTER_LEN = 48,
    RANDOM_LEN = 32,
    TRANSCRIPT_HASH_LEN = 32,
    KEY_LEN = 16, /* AES-128-GCM: per direction a 16-byte key and a 4-byte IV, no MAC key */
    IV_LEN = 4,
    KEY_BLOCK_LEN = 2 * (KEY_LEN + IV_LEN),
    VERIFY_DATA_LEN = 12
};

/* One handshake's inputs; a workload uses some of them. */
struct session {
    uint8_t pre_master[PRE_MASTER_LEN];
    uint8_t known_master[MASTER_LEN];
    uint8_t client_random[RANDOM_LEN];
    uint8_t server_random[RANDOM_LEN];
    uint8_t client_finished_hash[TRANSCRIPT_HASH_LEN];
    uint8_t server_finished_hash[TRANSCRIPT_HASH_LEN];
};

/* One handshake's outputs; what a workload does not derive stays zero. */
struct session_keys {
    uint8_t master[MASTER_LEN];
    uint8_t key_block[KEY_BLOCK_LEN];
    uint8_t client_verify_data[VERIFY_DATA_LEN];
    uint8_t server_verify_data[VERIFY_DATA_LEN];
};

/* The unit of work, one handshake. Without `master` the key block and the
 * Finished come from the known master secret: a resumed session. */
struct workload {
    const char *name;
    const char *description;
    int master, key_block, finished; /* derive it? */
};

extern const struct workload workloads[];
extern const size_t n_workloads;

/* The master secret alone: a PRF of a 48-byte secret and a 77-byte seed (label
 * included) to 48 bytes. */
extern const struct workload workload_prf;

/* n handshakes to derive in one call. */
struct batch {
    const struct workload *workload;
    size_t n;
    const struct session *sessions;
    struct session_keys *keys;
};

enum { MAX_BATCH = 1024 };

/* MAX_BATCH sessions, distinct, the same in every run. */
const struct session *workload_sessions(void);

/* Zeroed, aligned to a cache line; ends the program if there is no memory. */
void *workload_alloc(size_t bytes);

/* Prints to stderr and ends the program: a benchmark that cannot do its work
 * must not print figures. */
void workload_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif
#endif
