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
    X(SERVER_FINISHED, "server_finished")

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
#define KEY_BLOCK_LEN_FIELDS FIELD_KEY_BLOCK, FIELD_KEY_BLOCK_LEN, FIELD_OUT_LEN, KEY_LEN_FIELDS
#define KEY_FIELDS                                                                                           \
    FIELD_CLIENT_WRITE_MAC_KEY, FIELD_SERVER_WRITE_MAC_KEY, FIELD_CLIENT_WRITE_KEY, FIELD_SERVER_WRITE_KEY,  \
        FIELD_CLIENT_WRITE_IV, FIELD_SERVER_WRITE_IV, FIELD_FINAL_CLIENT_WRITE_KEY,                          \
        FIELD_FINAL_SERVER_WRITE_KEY

extern const char *const field_names[N_FIELDS];

/* Whether the key of a line, which is no field, may be meant for this one: a misspelling, or another name. */
bool field_is_meant(enum field field, const char *key, size_t len);

#endif
