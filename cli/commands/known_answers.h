/*
 * Known answers for selftest: each row is one job, in hexadecimal.
 */
#ifndef KNOWN_ANSWERS_H
#define KNOWN_ANSWERS_H

#include "lanekdf.h"

enum { KNOWN_OUTPUTS = 4 };

struct known_answer {
    const char *name;
    enum lanekdf_kind kind;
    enum lanekdf_hash hash;
    uint16_t version;                     /* of a handshake */
    const char *secret, *label, *message; /* secret: also an HMAC key, a pre-master secret;
                                           * message: also a seed, an exporter's context */
    const char *master, *session_hash;
    const char *client_random, *server_random;
    const char *client_hash, *server_hash; /* of a handshake, like the lengths */
    uint8_t lens[3];
    /* The output; of a handshake master secret, key block, and the client's and the
     * server's verify_data. NULL: not asked for. */
    const char *out[KNOWN_OUTPUTS];
};

extern const struct known_answer known_answers[];
extern const size_t n_known_answers;

#endif
