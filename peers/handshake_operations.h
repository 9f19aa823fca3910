/*
 * What a TLS handshake computes beside the derivation of its keys, with libcrypto: the key exchange,
 * signatures and their verification. Keys and contexts are kept where a server can keep them.
 */
#ifndef HANDSHAKE_OPERATIONS_H
#define HANDSHAKE_OPERATIONS_H

#include <stddef.h>

struct handshake_operation {
    const char *name; /* for programs */
    const char *what; /* for people */
    void *(*prepare)(const struct handshake_operation *operation);
    void (*run)(void *state);
    const char *algorithm; /* of the keys, as libcrypto names it */
    const char *group;     /* of keys of an elliptic curve that is named apart; else NULL */
};

extern const struct handshake_operation handshake_operations[];
extern const size_t n_handshake_operations;

#endif
