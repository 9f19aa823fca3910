/*
 * A recorded connection of TLS 1.3, DTLS 1.3 or QUIC, as explain shows it. What is derived is there once the
 * line's jobs have run.
 */
#ifndef TLS13_SESSION_H
#define TLS13_SESSION_H

#include "exports.h"
#include "secret_label.h"
#include "session.h"
#include "line_stage.h"

/* A secret that has a label in key logs. */
struct tls13_secret {
    enum secret_id id;
    unsigned number; /* of key updates before it */
    char label[SECRET_LABEL_LEN];
    const uint8_t *value; /* NULL: unknown */
    bool is_derived;      /* false: the line has it, and nothing that it could be derived from */
    struct lanekdf_bytes recorded;
    struct lanekdf_bytes key, iv, number_key;       /* empty: none */
    const struct lanekdf_tls13_traffic *update_job; /* NULL: no key update of another one gives it */
};

struct tls13_finished {
    const uint8_t *key; /* NULL: unknown */
    uint8_t *message;   /* derived: a header of 4 bytes, then verify_data; NULL: not derived */
    const struct lanekdf_tls13_finished *job; /* NULL likewise */
    size_t n_msgs;                            /* how many handshake messages it covers */
    bool is_known;                            /* what it covers */
    struct lanekdf_bytes recorded;
};

struct tls13_session {
    struct stage stage;
    const struct lanekdf_suite *suite; /* NULL: not named, or unknown */
    const char *suite_name, *group;    /* "" where the line does not tell */

    /* Whether the secrets of each part of the schedule are derived. The others are those of the line. */
    bool has_early, has_handshake;

    bool has_psk; /* the line has one, and the handshake is with it */
    struct lanekdf_bytes psk;
    uint16_t psk_kind;
    bool has_binder;
    struct lanekdf_bytes shared_secret;  /* empty: none */
    bool is_with_psk, is_with_key_share; /* what ServerHello says, if it is there */
    bool has_server_hello;               /* whole, and no HelloRetryRequest: what it lacks is not there */

    struct lanekdf_bytes *messages;
    size_t n_messages;
    const struct lanekdf_bytes *client_hello; /* NULL: unknown */
    size_t n_server_hello, n_server_finished; /* messages up to and with these; 0: not there */

    const uint8_t *early_secret, *binder, *handshake_salt, *handshake_secret, *master_secret;
    const uint8_t *resumption_master_secret; /* each NULL: unknown */
    struct tls13_finished finished[N_SIDES];
    /* The jobs of the stages; NULL: the line has not what they begin with. */
    const struct lanekdf_tls13_early *early_job;
    const struct lanekdf_tls13_handshake *handshake_job;
    const struct lanekdf_tls13_application *application_job;
    const struct lanekdf_tls13_resumption *resumption_job;
    struct exporter_jobs exporter_jobs;
    struct lanekdf_bytes *nonces; /* of n_tickets tickets */
    const uint8_t *psks;
    size_t n_tickets;

    struct tls13_secret *secrets; /* first the N_SECRETS, then those behind key updates */
    size_t n_secrets;
};

#endif
