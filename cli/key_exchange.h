/*
 * Where the pre-master secret of a cipher suite comes from.
 */
#ifndef KEY_EXCHANGE_H
#define KEY_EXCHANGE_H

#include <stdbool.h>

struct key_exchange {
    const char *prefix; /* of the suite's name, up to "_WITH_" */
    const char *name;
    const char *made_by;     /* who makes the pre-master secret, how the other side gets it */
    const char *private_key; /* what a certificate's private key, or a pre-shared key, does in it */
    bool is_forward_secret;  /* long-lived keys, found later, do not open what was recorded */
};

/* Never NULL: there is one for suites that it does not know. */
const struct key_exchange *key_exchange_of(const char *suite);

#endif
