/*
 * How much of a secret is shown without --secrets.
 */
#ifndef SECRET_SHOWN_H
#define SECRET_SHOWN_H

#include <stddef.h>

enum { MAX_SECRET_SHOWN = 4 }; /* bytes */

/* Bytes of a secret of this length that are shown: never all of it. */
static inline size_t secret_shown_len(size_t len)
{
    return len / 2 < MAX_SECRET_SHOWN ? len / 2 : MAX_SECRET_SHOWN;
}

#endif
