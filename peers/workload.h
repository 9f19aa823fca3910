/*
 * What is measured: workloads, with the inputs and outputs that every implementation works on.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "recorded_connection.h"
#include "lanekdf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { /* bytes */
    PRE_MASTER_LEN = 48,
    MAX_PRE_MASTER_LEN = 256,
    RECORDED_MAX_PRE_MASTER_LEN = 1024, /* of a group of 8192 bits */
    MASTER_LEN = 48,
    RANDOM_LEN = 32,
    MAX_TRANSCRIPT_HASH_LEN = 48,
    MAX_KEY_BLOCK_LEN = 160,
    MAX_FINAL_KEYS_LEN = 64,
    VERIFY_DATA_LEN = 12
};

/* What one handshake has and wants. Transcript hashes are as long as the digest of its hash. */
struct handshake {
    uint16_t version;        /* enum lanekdf_version */
    uint16_t pre_master_len; /* 0: a resumed session, whose master secret is known */
    uint8_t hash;            /* enum lanekdf_hash, of the PRF */
    bool extended;           /* RFC 7627, an extended master secret */
    bool client_finished, server_finished;
    uint8_t mac_key_len, enc_key_len, fixed_iv_len; /* RFC 5246 section 6.3; all 0: no key block */
    uint8_t final_key_len;                          /* of an export suite, else 0 */
    uint16_t exporter_len;  /* bytes of keying material (RFC 5705) that a known master secret gives to
                             * key_block, and nothing else is derived; 0: a handshake */
    uint16_t key_block_len; /* follows from these lengths; workload_batch_of() sets it */
};

/* The inputs of one handshake. What the handshake does not have is there and not used. */
struct handshake_inputs {
    uint8_t pre_master[PRE_MASTER_LEN]; /* for longer ones see workload_batch_pre_master() */
    uint8_t known_master[MASTER_LEN];
    uint8_t client_random[RANDOM_LEN];
    uint8_t server_random[RANDOM_LEN];
    uint8_t session_hash[MAX_TRANSCRIPT_HASH_LEN];
    uint8_t client_finished_hash[MAX_TRANSCRIPT_HASH_LEN];
    uint8_t server_finished_hash[MAX_TRANSCRIPT_HASH_LEN];
};

/* The outputs of one handshake. What it does not want stays as it was. */
struct handshake_outputs {
    uint8_t master[MASTER_LEN];
    uint8_t client_verify_data[VERIFY_DATA_LEN];
    uint8_t server_verify_data[VERIFY_DATA_LEN];
    uint8_t key_block[MAX_KEY_BLOCK_LEN];
    uint8_t final_keys[MAX_FINAL_KEYS_LEN];
};

enum { MAX_BATCH = 10000 /* handshakes or connections */ };

/* Handshakes or connections that were recorded: their inputs, and the outputs that they had. */
struct workload_recording {
    size_t n;
    const struct handshake_inputs *inputs;
    const uint8_t *long_pre_masters; /* RECORDED_MAX_PRE_MASTER_LEN bytes for each */
    const struct connection_inputs *connection_inputs;
    const struct recorded_connection *recorded;
    const uint8_t *recorded_inputs; /* recorded_inputs_len bytes for each */
    size_t recorded_inputs_len, recorded_outputs_len;
    const void *answers; /* as the outputs of a batch */
};

/* A workload has handshakes up to TLS 1.2, or connections. */
struct workload {
    const char *name;
    const char *description;
    /* All handshakes are like this one. Where there is deal(), it says only what all have in common, and its
     * hash is 0 if that differs, too. */
    struct handshake handshake;
    void (*deal)(struct handshake handshakes[MAX_BATCH]); /* makes the handshakes of a mix; else NULL */
    unsigned compressions, path; /* of one item (compressions.h), where items are no handshakes; else 0 */
    /* The same of connections. Its stages are 0 where the workload has handshakes, and those that any
     * connection of a mix has. */
    struct connection connection;
    void (*deal_connections)(struct connection connections[MAX_BATCH]);
    const struct workload_recording *recording; /* of the first handshakes; NULL: inputs are random */
};

/* All workloads that are handshakes. */
extern const struct workload workloads[];
extern const size_t n_workloads;

/* All workloads that are connections: whole ones and mixes of stages; and one stage each. */
extern const struct workload connection_workloads[];
extern const size_t n_connection_workloads;
extern const struct workload stage_workloads[];
extern const size_t n_stage_workloads;

/* The workload of this name in these lists; NULL: there is none. */
const struct workload *workload_find(const char *name);

static inline bool workload_has_connections(const struct workload *workload)
{
    return workload->connection.stages != 0;
}

/* Whether its items differ from each other. */
static inline bool workload_is_mix(const struct workload *workload)
{
    return workload->deal || workload->deal_connections;
}

/* The first items of which each other one has its like: of a workload whose items are alike the first. */
static inline size_t workload_n_different(const struct workload *workload)
{
    return !workload_is_mix(workload) ? 1 : workload->recording ? workload->recording->n : (size_t)MAX_BATCH;
}

/* enum lanekdf_hash; 0 where items differ in it. */
static inline unsigned workload_hash(const struct workload *workload)
{
    return workload_has_connections(workload) ? workload->connection.hash : workload->handshake.hash;
}

/* The bytes of the outputs of one item, without and with those of recorded_connection.h. */
static inline size_t workload_common_output_len(const struct workload *workload)
{
    return workload_has_connections(workload) ? sizeof(struct connection_outputs)
                                              : sizeof(struct handshake_outputs);
}

static inline size_t workload_recorded_output_len(const struct workload *workload)
{
    return workload->recording ? workload->recording->recorded_outputs_len : 0;
}

static inline size_t workload_output_len(const struct workload *workload)
{
    return workload_common_output_len(workload) + workload_recorded_output_len(workload);
}

/* The master secret alone: a PRF of a 48-byte secret and a 77-byte seed (label included) to 48 bytes. */
extern const struct workload workload_prf;

/* Keying material (RFC 5705) to the first bytes of key_block, from the known master secret and from the
 * prepared secret. It is channel binding as in RFC 9266: label "EXPORTER-Channel-Binding", an empty context.
 */
enum { EXPORTED_LEN = 32 /* bytes */ };
extern const struct workload workload_exporter, workload_exporter_prepared;

/* n handshakes, or n connections, that lie next to each other: a pool, of which each call derives a window.
 * It is itself a window on the MAX_BATCH items of a workload. Pointers to what the workload does not have are
 * NULL. */
struct workload_batch {
    const struct workload *workload;
    size_t n;
    const struct handshake *handshakes;
    const struct handshake_inputs *inputs;
    const uint8_t *long_pre_masters; /* long_pre_master_len bytes for each */
    size_t long_pre_master_len;
    struct handshake_outputs *outputs;
    const struct connection *connections;
    const struct connection_inputs *connection_inputs;
    struct connection_outputs *connection_outputs;
    const struct recorded_connection *recorded;
    const uint8_t *recorded_inputs; /* recorded_inputs_len bytes for each */
    uint8_t *recorded_outputs;      /* recorded_outputs_len bytes for each */
    size_t recorded_inputs_len, recorded_outputs_len;
    unsigned worker; /* the thread that derives it, counted from 0: workers share nothing that changes */
};

/* Items `first` to `first + n - 1` of the workload. They are the same in every run, and the inputs of no two
 * are equal. The outputs are n times workload_output_len() bytes: first n times those that all items have,
 * then n times those of recorded_connection.h. The program ends if the workload has no such items, or asks
 * for more than the structs above have room for. */
struct workload_batch workload_batch_of(
    const struct workload *workload, size_t first, size_t n, void *outputs);

static inline uint8_t *workload_batch_outputs(const struct workload_batch *batch)
{
    return batch->connection_outputs ? (uint8_t *)batch->connection_outputs : (uint8_t *)batch->outputs;
}

static inline const uint8_t *workload_batch_pre_master(const struct workload_batch *batch, size_t i)
{
    return batch->handshakes[i].pre_master_len > PRE_MASTER_LEN
               ? batch->long_pre_masters + i * batch->long_pre_master_len
               : batch->inputs[i].pre_master;
}

/* Exporters that a recorded handshake i has: how many, and one of them. */
static inline size_t workload_batch_n_exporters(const struct workload_batch *batch, size_t i)
{
    return batch->recorded ? batch->recorded[i].n_exporters : 0;
}

static inline struct connection_exporter workload_batch_exporter(
    const struct workload_batch *batch, size_t i, size_t number)
{
    return recorded_exporter(&batch->recorded[i], batch->recorded_inputs + i * batch->recorded_inputs_len,
        batch->recorded_outputs + i * batch->recorded_outputs_len, number);
}

static inline struct connection_view workload_batch_connection(const struct workload_batch *batch, size_t i)
{
    struct connection_view view = {&batch->connections[i], &batch->connection_inputs[i],
        &batch->connection_outputs[i], NULL, NULL, NULL};
    if (batch->recorded) {
        view.recorded = &batch->recorded[i];
        view.recorded_in = batch->recorded_inputs + i * batch->recorded_inputs_len;
        view.recorded_out = batch->recorded_outputs + i * batch->recorded_outputs_len;
    }
    return view;
}

#ifdef __cplusplus
}
#endif
#endif
