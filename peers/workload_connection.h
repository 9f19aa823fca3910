/*
 * Connections of TLS 1.3, DTLS 1.3 and QUIC: what one of them has and wants, stage by stage. A workload of
 * such connections derives in one call what all connections of a batch want in their first stage, then what
 * they want in the next one, as a server does that waits for messages in between. Connections of a mix may
 * be in different stages, and have different numbers of them.
 */
#ifndef WORKLOAD_CONNECTION_H
#define WORKLOAD_CONNECTION_H

#include "lanekdf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In the order in which a connection reaches them. */
enum connection_stage {
    STAGE_INITIAL,         /* QUIC: both sides */
    STAGE_INITIAL_CLIENT,  /* QUIC: the client's side alone */
    STAGE_EARLY,           /* binder and handshake salt */
    STAGE_HANDSHAKE,       /* all that the stage gives, as all of the following */
    STAGE_SERVER_FINISHED, /* to send it */
    STAGE_APPLICATION,
    STAGE_CLIENT_FINISHED, /* to check it */
    STAGE_RESUMPTION,
    STAGE_TRAFFIC, /* one key update of the client's traffic secret */
    STAGE_EXPORTER,
    N_STAGES
};

enum { /* bytes */
    MAX_HASH_LEN = 48,
    MAX_SHARED_SECRET_LEN = 80, /* of SecP384r1MLKEM1024 */
    MAX_KEY_LEN = 32,
    IV_LEN = 12,
    MAX_KEYS_LEN = 2 * MAX_KEY_LEN + IV_LEN,              /* key, IV and number key of one direction */
    MAX_HANDSHAKE_KEYS_LEN = MAX_KEYS_LEN + MAX_HASH_LEN, /* the same and the finished key */
    NONCE_LEN = 8,
    MAX_KEYING_MATERIAL_LEN = 160
};
#define EXPORTER_LABEL "EXPORTER-Channel-Binding" /* RFC 9266 */
enum { MAX_TICKETS = 1, N_ROLES = 2 /* the client, the server */ };

struct connection {
    uint32_t version;             /* enum lanekdf_version */
    uint16_t stages;              /* 1 << enum connection_stage, or-ed */
    uint8_t hash;                 /* enum lanekdf_hash */
    uint8_t key_len;              /* bytes; the IV has IV_LEN */
    uint8_t shared_secret_len[2]; /* bytes of the two pieces; the second is 0 but for a hybrid group */
    uint8_t n_tickets;            /* of the resumption stage */
    uint8_t connection_id_len;    /* bytes; QUIC */
    uint16_t psk_kind;            /* of the early stage, enum lanekdf_psk_kind */
    uint16_t exporter_len;        /* bytes of keying material that the exporter stage gives */
};

/* The inputs of one connection. What the connection does not have is there and not used. */
struct connection_inputs {
    uint8_t connection_id[LANEKDF_MAX_CONNECTION_ID];
    uint8_t nonce[NONCE_LEN];
    uint8_t shared_secret[MAX_SHARED_SECRET_LEN]; /* its pieces behind each other */
    uint8_t transcript_hash[N_STAGES][MAX_HASH_LEN];
    uint8_t psk[MAX_HASH_LEN];
    uint8_t
        secret[MAX_HASH_LEN]; /* what a stage begins with whose predecessor the connection does not have */
};

/* The outputs of one connection. What it does not want stays as it was. */
struct connection_outputs {
    uint8_t initial_keys[N_ROLES][LANEKDF_QUIC_INITIAL_KEYS_LEN];
    uint8_t binder[MAX_HASH_LEN];
    uint8_t handshake_salt[MAX_HASH_LEN];
    uint8_t handshake_traffic_secret[N_ROLES][MAX_HASH_LEN];
    uint8_t handshake_keys[N_ROLES][MAX_HANDSHAKE_KEYS_LEN];
    uint8_t master_secret[MAX_HASH_LEN];
    uint8_t verify_data[N_ROLES][MAX_HASH_LEN];
    uint8_t application_traffic_secret[N_ROLES][MAX_HASH_LEN];
    uint8_t application_keys[N_ROLES][MAX_KEYS_LEN];
    uint8_t exporter_master_secret[MAX_HASH_LEN];
    uint8_t resumption_master_secret[MAX_HASH_LEN];
    uint8_t psk[MAX_TICKETS][MAX_HASH_LEN];
    uint8_t next_secret[MAX_HASH_LEN];
    uint8_t next_keys[MAX_KEYS_LEN];
    uint8_t keying_material[MAX_KEYING_MATERIAL_LEN];
};

static inline bool connection_has(const struct connection *connection, enum connection_stage stage)
{
    return connection->stages >> stage & 1;
}

/* Whether there is a key that hides record or packet numbers. */
static inline bool connection_has_number_key(const struct connection *connection)
{
    return connection->version != LANEKDF_TLS13;
}

static inline bool connection_is_quic(const struct connection *connection)
{
    return connection->version == LANEKDF_QUIC_V1 || connection->version == LANEKDF_QUIC_V2;
}

/* The length of key, IV and number key of one direction, and so the place of the finished key behind them. */
static inline size_t connection_keys_len(const struct connection *connection)
{
    return connection->key_len + IV_LEN +
           (connection_has_number_key(connection) ? (size_t)connection->key_len : 0);
}

/* One connection of a batch. The last three are those of a recorded one (recorded_connection.h); else NULL.
 */
struct recorded_connection;
struct connection_view {
    const struct connection *connection;
    const struct connection_inputs *in;
    struct connection_outputs *out;
    const struct recorded_connection *recorded;
    const uint8_t *recorded_in;
    uint8_t *recorded_out;
};

/*
 * What a stage begins with: the output of an earlier stage where the connection has that stage, else an
 * input. All of them are as long as the digest of the hash. There is no handshake salt without a PSK, and the
 * pointer is NULL then.
 */
static inline const uint8_t *connection_secret(
    const struct connection_view *view, enum connection_stage from, const uint8_t *output)
{
    return connection_has(view->connection, from) ? output : view->in->secret;
}

static inline const uint8_t *connection_handshake_salt(const struct connection_view *view)
{
    return connection_has(view->connection, STAGE_EARLY) ? view->out->handshake_salt : NULL;
}

static inline const uint8_t *connection_finished_key(
    const struct connection_view *view, enum lanekdf_role side)
{
    return connection_secret(
        view, STAGE_HANDSHAKE, view->out->handshake_keys[side] + connection_keys_len(view->connection));
}

static inline const uint8_t *connection_master_secret(const struct connection_view *view)
{
    return connection_secret(view, STAGE_HANDSHAKE, view->out->master_secret);
}

static inline const uint8_t *connection_exporter_master_secret(const struct connection_view *view)
{
    return connection_secret(view, STAGE_APPLICATION, view->out->exporter_master_secret);
}

#ifdef __cplusplus
}
#endif
#endif
