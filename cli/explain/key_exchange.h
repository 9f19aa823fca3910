/*
 * Where the pre-master secret of a cipher suite comes from.
 */
#ifndef KEY_EXCHANGE_H
#define KEY_EXCHANGE_H

#include "lanekdf.h"

#include <stdbool.h>

struct key_exchange {
    enum lanekdf_key_exchange id;               /* 0: not known, nor whether it is forward secret */
    enum lanekdf_authentication authentication; /* 0: whichever */
    const char *name;
    const char *made_by;     /* who makes the pre-master secret, how the other side gets it */
    const char *bytes;       /* what it consists of, with lengths */
    const char *private_key; /* what a certificate's private key, or a pre-shared key, does in it */
    bool is_forward_secret;  /* long-lived keys, found later, do not open what was recorded */
};

/* Returns the key exchange of a suite; for NULL, a text that says that the suite is not known. Never NULL. */
const struct key_exchange *key_exchange_of(const struct lanekdf_suite *suite);

/* Returns what an export suite does to its key exchange. NULL: nothing, or the suite is no export suite. */
const char *key_exchange_export(const struct lanekdf_suite *suite);

#endif
