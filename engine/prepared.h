/*
 * The layout of a struct lanekdf_prepared_secret: a tag that names its hash; then, for each pass of a phase,
 * the chaining values after the inner and the outer padded key of the HMAC. A chaining value is a whole slot,
 * in the byte order of the hash. With one hash there is one pass, whose values may take all of the room; with
 * two there are two.
 */
#ifndef ENGINE_PREPARED_H
#define ENGINE_PREPARED_H

#include <stdbool.h>
#include <string.h>

#include "hash.h"
#include "lanekdf.h"

enum {
    PREPARED_STATES_OFFSET = 32, /* bytes before the chaining values */
    PREPARED_PASS_BYTES = 64     /* of the chaining values of one pass where there are two */
};
_Static_assert(PREPARED_STATES_OFFSET + HASH_MAX_BLOCK <= sizeof(struct lanekdf_prepared_secret),
    "the two slots of the widest hash fit");
_Static_assert(PREPARED_STATES_OFFSET + 2 * PREPARED_PASS_BYTES <= sizeof(struct lanekdf_prepared_secret),
    "the two slots of each of two passes fit");

/* The tag tells a prepared secret from memory that no job has written, and from a prepared secret of another
 * hash. */
static inline uint64_t prepared_tag(uint32_t hash_id)
{
    return UINT64_C(0x707265706172ed00) + hash_id;
}

/*
 * Completes a prepared secret whose chaining values, of all passes together state_bytes, are written. What
 * they leave of the struct becomes zero: the caller's memory may have had anything there, perhaps the values
 * of a longer hash, and two prepared secrets of one secret are to be equal byte for byte.
 */
static inline void prepared_complete(
    struct lanekdf_prepared_secret *prepared, uint32_t hash_id, size_t state_bytes)
{
    const size_t used = PREPARED_STATES_OFFSET + state_bytes;
    memset(prepared, 0, PREPARED_STATES_OFFSET);
    prepared->opaque[0] = prepared_tag(hash_id);
    memset((uint8_t *)prepared + used, 0, sizeof(*prepared) - used);
}

static inline bool prepared_is_for(const struct lanekdf_prepared_secret *prepared, uint32_t hash_id)
{
    return prepared->opaque[0] == prepared_tag(hash_id);
}

/* Where the inner chaining value of a pass lies, in bytes; the outer one lies behind it. */
static inline unsigned prepared_offset(unsigned pass)
{
    return PREPARED_STATES_OFFSET + pass * PREPARED_PASS_BYTES;
}

#endif
