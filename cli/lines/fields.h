/*
 * The fields that the command knows: their names as JSON keys, and their numbers. A line may have other
 * fields, which are ignored, but may not occur twice.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "json.h"

#include <stdbool.h>
#include <stddef.h>

#define FIELDS(X)                                                                                            \
    X(ID, "id")                                                                                              \
    X(ALG, "alg")                                                                                            \
    X(HASH, "hash")                                                                                          \
    X(VERSION, "version")                                                                                    \
    /* PRF, hash and HMAC */                                                                                 \
    X(SECRET, "secret")                                                                                      \
    X(LABEL, "label")                                                                                        \
    X(LABEL_TEXT, "label_text")                                                                              \
    X(SEED, "seed")                                                                                          \
    X(KEY, "key")                                                                                            \
    X(MSG, "msg")                                                                                            \
    X(OUT, "out")                                                                                            \
    X(MAC, "mac")                                                                                            \
    X(DIGEST, "digest")                                                                                      \
    X(CONTEXT, "context")                                                                                    \
    X(SENDER, "sender")                                                                                      \
    /* lengths */                                                                                            \
    X(OUT_LEN, "out_len")                                                                                    \
    X(KEY_BLOCK_LEN, "key_block_len")                                                                        \
    X(MAC_LEN, "mac_len")                                                                                    \
    X(KEY_LEN, "key_len")                                                                                    \
    X(IV_LEN, "iv_len")                                                                                      \
    X(FINAL_KEY_LEN, "final_key_len")                                                                        \
    /* keys of a connection */                                                                               \
    X(PMS, "pms")                                                                                            \
    X(CLIENT_HELLO_RANDOM, "client_hello_random")                                                            \
    X(SERVER_HELLO_RANDOM, "server_hello_random")                                                            \
    X(CLIENT_RANDOM, "client_random")                                                                        \
    X(SERVER_RANDOM, "server_random")                                                                        \
    X(SESSION_HASH, "session_hash")                                                                          \
    X(MASTER, "master")                                                                                      \
    X(KEY_BLOCK, "key_block")                                                                                \
    X(CLIENT_WRITE_MAC_KEY, "client_write_MAC_key")                                                          \
    X(SERVER_WRITE_MAC_KEY, "server_write_MAC_key")                                                          \
    X(CLIENT_WRITE_KEY, "client_write_key")                                                                  \
    X(SERVER_WRITE_KEY, "server_write_key")                                                                  \
    X(CLIENT_WRITE_IV, "client_write_IV")                                                                    \
    X(SERVER_WRITE_IV, "server_write_IV")                                                                    \
    X(FINAL_CLIENT_WRITE_KEY, "final_client_write_key")                                                      \
    X(FINAL_SERVER_WRITE_KEY, "final_server_write_key")                                                      \
    /* a recorded session */                                                                                 \
    X(EMS, "ems")                                                                                            \
    X(ETM, "etm")                                                                                            \
    X(RESUMED, "resumed")                                                                                    \
    X(CIPHER_SUITE, "cipher_suite")                                                                          \
    X(CIPHER_SUITE_NAME, "cipher_suite_name")                                                                \
    X(CIPHER, "cipher")                                                                                      \
    X(MAC_HASH, "mac_hash")                                                                                  \
    X(HANDSHAKE, "handshake")                                                                                \
    X(SESSION_HASH_MSGS, "session_hash_msgs")                                                                \
    X(FINISHED_ORDER, "finished_order")                                                                      \
    X(EXPORTERS, "exporters")                                                                                \
    X(CLIENT_FINISHED_MSGS, "client_finished_msgs")                                                          \
    X(SERVER_FINISHED_MSGS, "server_finished_msgs")                                                          \
    X(CLIENT_FINISHED, "client_finished")                                                                    \
    X(SERVER_FINISHED, "server_finished")                                                                    \
    /* HKDF */                                                                                               \
    X(IKM, "ikm")                                                                                            \
    X(SALT, "salt")                                                                                          \
    X(INFO, "info")                                                                                          \
    X(PRK, "prk")                                                                                            \
    X(OKM, "okm")                                                                                            \
    X(LENGTH, "length")                                                                                      \
    /* stages of the key schedule of TLS 1.3, DTLS 1.3 and QUIC */                                           \
    X(PROTOCOL, "protocol")                                                                                  \
    X(PREV, "prev")                                                                                          \
    X(PSK, "psk")                                                                                            \
    X(PSK_KIND, "psk_kind")                                                                                  \
    X(BINDER_LABEL, "binder_label")                                                                          \
    X(BINDER_HASH, "binder_hash")                                                                            \
    X(CLIENT_HELLO_HASH, "client_hello_hash")                                                                \
    X(TRANSCRIPT_HASH, "transcript_hash")                                                                    \
    X(SHARED_SECRET, "shared_secret")                                                                        \
    X(IDENTITY, "identity")                                                                                  \
    X(TARGET_HASH, "target_hash")                                                                            \
    X(UPDATES, "updates")                                                                                    \
    X(NONCES, "nonces")                                                                                      \
    X(EARLY_SECRET, "early_secret")                                                                          \
    X(BINDER, "binder")                                                                                      \
    X(HANDSHAKE_SALT, "handshake_salt")                                                                      \
    X(CLIENT_EARLY_TRAFFIC_SECRET, "client_early_traffic_secret")                                            \
    X(CLIENT_EARLY_KEY, "client_early_key")                                                                  \
    X(CLIENT_EARLY_IV, "client_early_iv")                                                                    \
    X(CLIENT_EARLY_NUMBER_KEY, "client_early_number_key")                                                    \
    X(EARLY_EXPORTER_MASTER_SECRET, "early_exporter_master_secret")                                          \
    X(HANDSHAKE_SECRET, "handshake_secret")                                                                  \
    X(CLIENT_HANDSHAKE_TRAFFIC_SECRET, "client_handshake_traffic_secret")                                    \
    X(SERVER_HANDSHAKE_TRAFFIC_SECRET, "server_handshake_traffic_secret")                                    \
    X(CLIENT_KEY, "client_key")                                                                              \
    X(SERVER_KEY, "server_key")                                                                              \
    X(CLIENT_IV, "client_iv")                                                                                \
    X(SERVER_IV, "server_iv")                                                                                \
    X(CLIENT_NUMBER_KEY, "client_number_key")                                                                \
    X(SERVER_NUMBER_KEY, "server_number_key")                                                                \
    X(FINISHED_KEY, "finished_key")                                                                          \
    X(CLIENT_FINISHED_KEY, "client_finished_key")                                                            \
    X(SERVER_FINISHED_KEY, "server_finished_key")                                                            \
    X(MASTER_SECRET, "master_secret")                                                                        \
    X(CLIENT_APPLICATION_TRAFFIC_SECRET_0, "client_application_traffic_secret_0")                            \
    X(SERVER_APPLICATION_TRAFFIC_SECRET_0, "server_application_traffic_secret_0")                            \
    X(EXPORTER_MASTER_SECRET, "exporter_master_secret")                                                      \
    X(RESUMPTION_MASTER_SECRET, "resumption_master_secret")                                                  \
    X(PSKS, "psks")                                                                                          \
    X(NEXT_SECRET, "next_secret")                                                                            \
    X(IV, "iv")                                                                                              \
    X(NUMBER_KEY, "number_key")                                                                              \
    /* the same as ACVP names it */                                                                          \
    X(DHE, "dhe")                                                                                            \
    X(ACVP_CLIENT_HELLO, "helloClientRandom")                                                                \
    X(ACVP_SERVER_HELLO, "helloServerRandom")                                                                \
    X(ACVP_SERVER_FINISHED, "finishedServerRandom")                                                          \
    X(ACVP_CLIENT_FINISHED, "finishedClientRandom")                                                          \
    X(ACVP_CLIENT_EARLY, "clientEarlyTrafficSecret")                                                         \
    X(ACVP_EARLY_EXPORTER, "earlyExporterMasterSecret")                                                      \
    X(ACVP_CLIENT_HANDSHAKE, "clientHandshakeTrafficSecret")                                                 \
    X(ACVP_SERVER_HANDSHAKE, "serverHandshakeTrafficSecret")                                                 \
    X(ACVP_CLIENT_APPLICATION, "clientApplicationTrafficSecret")                                             \
    X(ACVP_SERVER_APPLICATION, "serverApplicationTrafficSecret")                                             \
    X(ACVP_EXPORTER, "exporterMasterSecret")                                                                 \
    X(ACVP_RESUMPTION, "resumptionMasterSecret")                                                             \
    /* packets of QUIC */                                                                                    \
    X(DCID, "dcid")                                                                                          \
    X(INITIAL_SECRET, "initial_secret")                                                                      \
    X(CLIENT_INITIAL_SECRET, "client_initial_secret")                                                        \
    X(SERVER_INITIAL_SECRET, "server_initial_secret")                                                        \
    X(CLIENT_HP, "client_hp")                                                                                \
    X(SERVER_HP, "server_hp")                                                                                \
    X(SIDE, "side")                                                                                          \
    X(AEAD, "aead")                                                                                          \
    X(KEY_UPDATE, "key_update")                                                                              \
    X(HP, "hp")                                                                                              \
    X(SAMPLE, "sample")                                                                                      \
    X(MASK, "mask")                                                                                          \
    /* a recorded session of TLS 1.3 */                                                                      \
    X(SECRETS, "secrets")                                                                                    \
    X(TRAFFIC_KEYS, "traffic_keys")                                                                          \
    X(TICKETS, "tickets")                                                                                    \
    X(GROUP, "group")                                                                                        \
    X(HELLO_RETRY, "hello_retry")                                                                            \
    X(FIRST_CLIENT_HELLO, "first_client_hello")                                                              \
    X(INNER_RANDOM, "inner_random")

enum field {
#define FIELD(name, text) FIELD_##name,
    FIELDS(FIELD)
#undef FIELD
        N_FIELDS
};

_Static_assert((int)N_FIELDS <= (int)JSON_MAX_FIELDS, "the reader has room for all fields");

/* A list of fields, which N_FIELDS ends. */
#define FIELD_LIST(...) ((const enum field[]){__VA_ARGS__, N_FIELDS})

/* The lengths that a key block is divided by, all fields that tell its length, and the keys in it. */
#define KEY_LEN_FIELDS FIELD_MAC_LEN, FIELD_KEY_LEN, FIELD_IV_LEN
#define KEY_BLOCK_LEN_FIELDS                                                                                 \
    FIELD_KEY_BLOCK, FIELD_KEY_BLOCK_LEN, FIELD_OUT_LEN, KEY_LEN_FIELDS, FIELD_FINAL_KEY_LEN
#define KEY_FIELDS                                                                                           \
    FIELD_CLIENT_WRITE_MAC_KEY, FIELD_SERVER_WRITE_MAC_KEY, FIELD_CLIENT_WRITE_KEY, FIELD_SERVER_WRITE_KEY,  \
        FIELD_CLIENT_WRITE_IV, FIELD_SERVER_WRITE_IV, FIELD_FINAL_CLIENT_WRITE_KEY,                          \
        FIELD_FINAL_SERVER_WRITE_KEY

extern const char *const field_names[N_FIELDS];

/* What the value of a field is in JSON, of those that lines have which are no recorded sessions. */
enum field_form {
    FORM_HEX, /* a string of hexadecimal digits */
    FORM_TEXT,
    FORM_NUMBER,
    FORM_FLAG,
    FORM_HEX_ARRAY
};
enum field_form field_form(enum field field);

/* Whether one field is what others call another field. */
bool field_is_other_name(enum field field, enum field other);

/* Whether the key of a line, which is no field, may be meant for this one: a misspelling, or another name. */
bool field_is_meant(enum field field, const char *key, size_t len);

#endif
