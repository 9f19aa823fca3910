/* The jobs whose instructions are counted: handshakes, exporters and PRFs of TLS 1.2, and stages of TLS 1.3
 * and QUIC. */
#ifndef COUNTED_JOBS_H
#define COUNTED_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lanekdf.h"

/* The lengths of a handshake of TLS 1.2, and which outputs it wants besides its key block and master secret.
 */
struct lengths {
    uint16_t pre_master; /* bytes; 0: the handshake is resumed */
    uint8_t mac_key, enc_key, fixed_iv;
    bool is_extended, has_client_finished, has_server_finished;
};

/* What one call derives, a job for each connection. */
enum counted_stage {
    NO_STAGE,
    TLS12_HANDSHAKE,         /* all with the same lengths */
    TLS12_MIX,               /* with the lengths that a server may meet, in random order */
    TLS12_EXPORTER,          /* the 32 bytes of RFC 9266 */
    TLS12_PREPARED_EXPORTER, /* the same from a prepared master secret */
    TLS12_PRF,               /* a master secret, as a PRF job with a label and two randoms */
    TLS13_EARLY,             /* binder and handshake salt from a PSK of 32 bytes */
    TLS13_HANDSHAKE,         /* all outputs but a prepared secret, from a shared secret of 32 bytes */
    TLS13_FINISHED,
    TLS13_APPLICATION, /* all outputs but a prepared secret */
    TLS13_RESUMPTION,  /* the resumption master secret alone */
    TLS13_TICKET,      /* the same and the PSK of a ticket */
    TLS13_TRAFFIC,     /* a key update */
    TLS13_EXPORTER,    /* the 32 bytes of RFC 9266 */
    QUIC_INITIAL       /* the keys of both sides */
};

enum { MAX_JOBS = 256, MAX_CALLS = 5 };

struct counted_inputs {
    uint8_t pre_master[256], secret[LANEKDF_MASTER_SECRET_LEN];
    uint8_t client_random[LANEKDF_RANDOM_LEN], server_random[LANEKDF_RANDOM_LEN];
    uint8_t session_hash[48], client_hash[48], server_hash[48];
    uint8_t connection_id[8], nonce[8];
    struct lanekdf_bytes nonces[1], seed[2];
    struct lanekdf_prepared_secret prepared;
};

/* Of one job. */
struct counted_outputs {
    uint8_t secrets[4][LANEKDF_MASTER_SECRET_LEN], keys[2][104];
    uint8_t client_verify_data[LANEKDF_VERIFY_DATA_LEN], server_verify_data[LANEKDF_VERIFY_DATA_LEN];
};

/* The jobs of one to MAX_CALLS calls. */
struct counted_jobs {
    size_t n_calls, n_jobs; /* n_jobs: of each call */
    struct lanekdf_job *jobs[MAX_CALLS][MAX_JOBS];
    union {
        struct lanekdf_job job;
        struct lanekdf_handshake handshake;
        struct lanekdf_exporter tls12_exporter;
        struct lanekdf_prf prf;
        struct lanekdf_tls13_early early;
        struct lanekdf_tls13_handshake tls13_handshake;
        struct lanekdf_tls13_finished finished;
        struct lanekdf_tls13_application application;
        struct lanekdf_tls13_resumption resumption;
        struct lanekdf_tls13_traffic traffic;
        struct lanekdf_tls13_exporter exporter;
        struct lanekdf_quic_initial initial;
    } any[MAX_CALLS][MAX_JOBS];
    struct counted_inputs inputs[MAX_JOBS];
    struct counted_outputs outputs[MAX_CALLS][MAX_JOBS];
};

/* Makes the jobs of each stage up to the first NO_STAGE, for n connections, whose inputs depend on the seed.
 * `lengths` is for TLS12_HANDSHAKE. */
void counted_jobs_make(struct counted_jobs *jobs, const uint8_t stages[MAX_CALLS], size_t n, uint16_t hash,
    const struct lengths *lengths, uint64_t seed);

#endif
