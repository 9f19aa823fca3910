/*
 * What a recorded connection may have and those of workloads have not: a shared secret of finite-field DH, a
 * PSK of any length and one without a binder, early data, several tickets, key updates and exporters. How
 * many of these there are and how long they are decides the steps of the derivation; it stands in a struct
 * without pointers, so that two connections are alike if the bytes of these structs are. The inputs of a
 * connection stand behind each other, in the order of the functions below, and so do its outputs. Of all this
 * a recorded handshake up to TLS 1.2 has exporters alone.
 */
#ifndef RECORDED_CONNECTION_H
#define RECORDED_CONNECTION_H

#include "workload_connection.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    RECORDED_MAX_SHARED_SECRET_LEN = 1024, /* bytes; of ffdhe8192 */
    RECORDED_MAX_PSK_LEN = 255,
    RECORDED_MAX_TICKETS = 8,
    RECORDED_MAX_NONCE_LEN = 64,
    RECORDED_MAX_UPDATES = 8, /* jobs */
    RECORDED_MAX_STEPS = 8,   /* key updates of a job */
    RECORDED_MAX_EXPORTERS = 4,
    RECORDED_MAX_LABEL_LEN = 64,
    RECORDED_MAX_CONTEXT_LEN = 255,
    RECORDED_MAX_EXPORTED_LEN = 256,
    RECORDED_MAX_INPUTS_LEN = RECORDED_MAX_SHARED_SECRET_LEN + RECORDED_MAX_PSK_LEN + MAX_HASH_LEN +
                              RECORDED_MAX_TICKETS * RECORDED_MAX_NONCE_LEN +
                              RECORDED_MAX_EXPORTERS * RECORDED_MAX_CONTEXT_LEN,
    RECORDED_MAX_OUTPUTS_LEN = 2 * MAX_HASH_LEN + MAX_KEYS_LEN + RECORDED_MAX_TICKETS * MAX_HASH_LEN +
                               RECORDED_MAX_UPDATES * (MAX_HASH_LEN + MAX_KEYS_LEN) +
                               RECORDED_MAX_EXPORTERS * RECORDED_MAX_EXPORTED_LEN
};

struct recorded_connection {
    uint16_t shared_secret_len; /* bytes */
    uint16_t psk_len;
    bool has_binder, has_early_data; /* of the early stage */
    uint8_t n_tickets, n_updates, n_exporters;
    uint8_t nonce_len[RECORDED_MAX_TICKETS];
    struct {
        uint8_t side;    /* enum lanekdf_role */
        uint8_t after;   /* the job, counted from 1, whose secret it begins with; 0: the application stage */
        uint8_t n_steps; /* key updates of the job, from 1 on */
    } updates[RECORDED_MAX_UPDATES];
    struct {
        char label[RECORDED_MAX_LABEL_LEN + 1]; /* a string */
        bool has_context; /* which up to TLS 1.2 is another thing than one of no bytes */
        uint8_t context_len;
        uint16_t out_len;
    } exporters[RECORDED_MAX_EXPORTERS];
};

/* --- where the inputs are: their bytes from here on, and of the last one where it ends --- */

static inline size_t recorded_psk_at(const struct recorded_connection *recorded)
{
    return recorded->shared_secret_len;
}

static inline size_t recorded_client_hello_hash_at(const struct recorded_connection *recorded)
{
    return recorded_psk_at(recorded) + recorded->psk_len;
}

static inline size_t recorded_nonce_at(const struct recorded_connection *recorded, size_t number)
{
    size_t at = recorded_client_hello_hash_at(recorded) + (recorded->has_early_data ? MAX_HASH_LEN : 0);
    for (size_t i = 0; i < number; i++) {
        at += recorded->nonce_len[i];
    }
    return at;
}

static inline size_t recorded_context_at(const struct recorded_connection *recorded, size_t number)
{
    size_t at = recorded_nonce_at(recorded, recorded->n_tickets);
    for (size_t i = 0; i < number; i++) {
        at += recorded->exporters[i].context_len;
    }
    return at;
}

static inline size_t recorded_inputs_len(const struct recorded_connection *recorded)
{
    return recorded_context_at(recorded, recorded->n_exporters);
}

/* --- where the outputs are --- */

static inline size_t recorded_early_exporter_at(const struct recorded_connection *recorded)
{
    return recorded->has_early_data ? MAX_HASH_LEN : 0; /* behind client_early_traffic_secret */
}

static inline size_t recorded_early_keys_at(const struct recorded_connection *recorded)
{
    return recorded_early_exporter_at(recorded) + (recorded->has_early_data ? MAX_HASH_LEN : 0);
}

/* PSKs of tickets stand behind each other, each as long as the hash. */
static inline size_t recorded_psks_at(const struct recorded_connection *recorded)
{
    return recorded_early_keys_at(recorded) + (recorded->has_early_data ? MAX_KEYS_LEN : 0);
}

static inline size_t recorded_next_secret_at(const struct recorded_connection *recorded, size_t number)
{
    const size_t len = MAX_HASH_LEN + MAX_KEYS_LEN;
    return recorded_psks_at(recorded) + (size_t)recorded->n_tickets * MAX_HASH_LEN + number * len;
}

static inline size_t recorded_next_keys_at(const struct recorded_connection *recorded, size_t number)
{
    return recorded_next_secret_at(recorded, number) + MAX_HASH_LEN;
}

static inline size_t recorded_exported_at(const struct recorded_connection *recorded, size_t number)
{
    size_t at = recorded_next_secret_at(recorded, recorded->n_updates);
    for (size_t i = 0; i < number; i++) {
        at += recorded->exporters[i].out_len;
    }
    return at;
}

static inline size_t recorded_outputs_len(const struct recorded_connection *recorded)
{
    return recorded_exported_at(recorded, recorded->n_exporters);
}

/* The name of the output that has this byte. */
const char *recorded_output_name(const struct recorded_connection *recorded, size_t at);

/* --- what a connection has, whether it was recorded or not --- */

/* A call that a connection needs: its stage, and which of several of that stage. The stage is N_STAGES where
 * the connection needs fewer calls. */
struct connection_call {
    enum connection_stage stage;
    size_t number;
};

enum { CONNECTION_MAX_CALLS = N_STAGES + RECORDED_MAX_UPDATES - 1 + RECORDED_MAX_EXPORTERS - 1 };

struct connection_call connection_call_of_number(
    const struct connection *connection, const struct recorded_connection *recorded, size_t number);

/* One of the two pieces of the shared secret, by its number. */
struct lanekdf_bytes connection_shared_secret(const struct connection_view *view, size_t piece);

struct lanekdf_bytes connection_psk(const struct connection_view *view);
bool connection_has_binder(const struct connection_view *view);
bool connection_has_early_data(const struct connection_view *view);

size_t connection_n_tickets(const struct connection_view *view);
struct lanekdf_bytes connection_nonce(const struct connection_view *view, size_t i);
uint8_t *connection_ticket_psks(const struct connection_view *view); /* of all, behind each other */

struct connection_update {
    unsigned n_steps;
    const uint8_t *secret; /* before the first step */
    uint8_t *next_secret, *keys;
};
struct connection_update connection_update_of(const struct connection_view *view, size_t i);

struct connection_exporter {
    const char *label;
    bool has_context;
    struct lanekdf_bytes context;
    struct lanekdf_span out;
};
struct connection_exporter connection_exporter_of(const struct connection_view *view, size_t i);

/* The same of what was recorded, with its inputs and outputs. */
struct connection_exporter recorded_exporter(
    const struct recorded_connection *recorded, const uint8_t *inputs, uint8_t *outputs, size_t i);

#ifdef __cplusplus
}
#endif
#endif
