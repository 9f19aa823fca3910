/* A handshake out of calls of a PRF, for implementations that offer nothing more. */
#ifndef HANDSHAKE_BY_PRF_H
#define HANDSHAKE_BY_PRF_H

#include "workload.h"

#include <string.h>

enum { EXPORTER_CONTEXT_LEN_LEN = 2 /* bytes, RFC 5705 section 4 */ };

struct prf_input {
    const uint8_t *data; /* NULL if len is 0 */
    size_t len;          /* bytes */
};

/* out = PRF(secret, label, a + b). The label ends with a zero byte, which does not belong to it. */
typedef void one_prf(void *state, uint8_t *out, size_t out_len, struct prf_input secret, const char *label,
    struct prf_input a, struct prf_input b);

/* The seed of an exporter is one piece: behind the randoms stands the length of its empty context. */
static inline void exporter_by_prf(const struct workload_batch *batch, size_t i, one_prf *prf, void *state)
{
    const struct handshake_inputs *in = &batch->inputs[i];
    uint8_t seed[2 * RANDOM_LEN + EXPORTER_CONTEXT_LEN_LEN] = {0};
    memcpy(seed, in->client_random, RANDOM_LEN);
    memcpy(seed + RANDOM_LEN, in->server_random, RANDOM_LEN);
    prf(state, batch->outputs[i].key_block, batch->handshakes[i].exporter_len,
        (struct prf_input){in->known_master, MASTER_LEN}, EXPORTER_LABEL,
        (struct prf_input){seed, sizeof(seed)}, (struct prf_input){NULL, 0});
}

/* The exporters of a recorded handshake, from its master secret. */
static inline void recorded_exporters_by_prf(
    const struct workload_batch *batch, size_t i, one_prf *prf, void *state, struct prf_input master)
{
    uint8_t seed[2 * RANDOM_LEN + EXPORTER_CONTEXT_LEN_LEN + RECORDED_MAX_CONTEXT_LEN];
    memcpy(seed, batch->inputs[i].client_random, RANDOM_LEN);
    memcpy(seed + RANDOM_LEN, batch->inputs[i].server_random, RANDOM_LEN);
    for (size_t number = 0; number < workload_batch_n_exporters(batch, i); number++) {
        const struct connection_exporter exporter = workload_batch_exporter(batch, i, number);
        uint8_t *end = seed + 2 * RANDOM_LEN;
        if (exporter.has_context) {
            *end++ = 0;
            *end++ = (uint8_t)exporter.context.len;
            memcpy(end, exporter.context.data, exporter.context.len);
            end += exporter.context.len;
        }
        prf(state, exporter.out.data, exporter.out.len, master, exporter.label,
            (struct prf_input){seed, (size_t)(end - seed)}, (struct prf_input){NULL, 0});
    }
}

/* RFC 2246 section 6.3.1, of an export suite: its keys make the keys, and an empty secret both IVs. */
static inline void final_keys_by_prf(const struct workload_batch *batch, size_t i, one_prf *prf, void *state)
{
    static const uint8_t no_secret[1];
    const struct handshake *handshake = &batch->handshakes[i];
    const struct handshake_inputs *in = &batch->inputs[i];
    const struct prf_input client_random = {in->client_random, RANDOM_LEN};
    const struct prf_input server_random = {in->server_random, RANDOM_LEN};
    const size_t key_len = handshake->enc_key_len, final_len = handshake->final_key_len;
    const uint8_t *keys = batch->outputs[i].key_block + 2 * handshake->mac_key_len;
    uint8_t *out = batch->outputs[i].final_keys;
    prf(state, out, final_len, (struct prf_input){keys, key_len}, "client write key", client_random,
        server_random);
    prf(state, out + final_len, final_len, (struct prf_input){keys + key_len, key_len}, "server write key",
        client_random, server_random);
    if (handshake->fixed_iv_len > 0) {
        prf(state, out + 2 * final_len, 2u * handshake->fixed_iv_len, (struct prf_input){no_secret, 0},
            "IV block", client_random, server_random);
    }
}

/* Derives handshake i of the batch. It is inline, so that the calls of prf() are direct ones. */
static inline void handshake_by_prf(const struct workload_batch *batch, size_t i, one_prf *prf, void *state)
{
    const struct handshake *handshake = &batch->handshakes[i];
    const struct handshake_inputs *in = &batch->inputs[i];
    struct handshake_outputs *out = &batch->outputs[i];
    const size_t hash_len = lanekdf_hash_len(handshake->hash);
    const struct prf_input client_random = {in->client_random, RANDOM_LEN};
    const struct prf_input server_random = {in->server_random, RANDOM_LEN};
    const struct prf_input nothing = {NULL, 0};
    struct prf_input master = {in->known_master, MASTER_LEN};
    if (handshake->exporter_len > 0) {
        exporter_by_prf(batch, i, prf, state);
        return;
    }
    if (handshake->pre_master_len > 0) {
        const struct prf_input pre_master = {workload_batch_pre_master(batch, i), handshake->pre_master_len};
        const struct prf_input session_hash = {in->session_hash, hash_len};
        if (handshake->extended) {
            prf(state, out->master, MASTER_LEN, pre_master, "extended master secret", session_hash, nothing);
        } else {
            prf(state, out->master, MASTER_LEN, pre_master, "master secret", client_random, server_random);
        }
        master.data = out->master;
    }
    if (handshake->key_block_len > 0) {
        prf(state, out->key_block, handshake->key_block_len, master, "key expansion", server_random,
            client_random);
    }
    if (handshake->final_key_len > 0) {
        final_keys_by_prf(batch, i, prf, state);
    }
    if (handshake->client_finished) {
        prf(state, out->client_verify_data, VERIFY_DATA_LEN, master, "client finished",
            (struct prf_input){in->client_finished_hash, hash_len}, nothing);
    }
    if (handshake->server_finished) {
        prf(state, out->server_verify_data, VERIFY_DATA_LEN, master, "server finished",
            (struct prf_input){in->server_finished_hash, hash_len}, nothing);
    }
    if (batch->recorded) {
        recorded_exporters_by_prf(batch, i, prf, state, master);
    }
}

#endif
