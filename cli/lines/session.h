/*
 * A recorded connection of SSLv3 to TLS 1.2, as explain shows it. What is derived is there once the line's
 * jobs have run.
 */
#ifndef SESSION_H
#define SESSION_H

#include "key_block.h"

enum side { CLIENT, SERVER, N_SIDES };

extern const char *const side_names[N_SIDES];

struct finished {
    bool is_wanted;
    enum side side;
    size_t n_msgs;    /* handshake messages that this Finished covers, the other Finished not counted */
    uint8_t *hash;    /* of these messages and the Finished before this one; SSLv3: NULL */
    uint8_t *message; /* derived: session_header_len() bytes, then verify_data */
    bool is_recorded;
    struct lanekdf_bytes recorded;
};

/* Exporters in their order: lanekdf_exporter or, of TLS 1.3, lanekdf_tls13_exporter. */
struct exporter_jobs {
    const struct lanekdf_job **at;
    size_t n;
};

struct session {
    uint16_t protocol;                 /* as ServerHello has it: of DTLS feff or fefd */
    uint16_t version;                  /* enum lanekdf_version: whose derivations it has */
    uint32_t hash;                     /* of the PRF and of transcripts */
    const struct lanekdf_suite *suite; /* NULL: not named, or unknown */
    bool is_extended;                  /* the master secret: RFC 7627 */
    bool is_resumed;
    struct lanekdf_bytes client_random, server_random;

    bool has_pms;
    struct lanekdf_bytes pms;
    bool has_recorded_master;
    struct lanekdf_bytes recorded_master;
    const uint8_t *master; /* derived if there is a pre-master secret, else recorded */

    bool has_handshake;
    struct lanekdf_bytes *messages;
    size_t n_messages;
    struct lanekdf_bytes session_hash; /* empty: unknown, or not needed */
    size_t session_hash_msgs;          /* 0: not from the messages */

    const struct lanekdf_handshake *job; /* of master secret and key block */
    bool has_key_block;
    struct key_block block;

    bool has_finished_order;
    struct finished finished[2]; /* in the order in which they were sent */

    struct exporter_jobs exporter_jobs;

    /* For people; "" or NULL where the line does not tell. */
    const struct lanekdf_suite *named_suite; /* by cipher_suite or by cipher_suite_name */
    const char *suite_name, *cipher, *mac_hash;
    bool has_etm, is_etm; /* whether the line tells if encrypt-then-MAC is used, and what it tells */
};

/* The field that named_suite is from. */
static inline enum field session_suite_field(const struct session *session)
{
    return session->suite ? FIELD_CIPHER_SUITE : FIELD_CIPHER_SUITE_NAME;
}

/* Bytes of the header of a message. */
size_t session_header_len(const struct session *session);

/* Bytes of verify_data: what each Finished consists of. */
static inline size_t session_verify_len(const struct session *session)
{
    return session->version == LANEKDF_SSL3 ? (size_t)LANEKDF_SSL3_FINISHED_LEN
                                            : (size_t)LANEKDF_VERIFY_DATA_LEN;
}

#endif
