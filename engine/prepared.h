/*
 * What is in a struct lanekdf_prepared_secret: which hash it is for; then for each pass the
 * chaining values after the inner and the outer pad of the HMAC, whole slots in the
 * hash's byte order.
 */
#ifndef ENGINE_PREPARED_H
#define ENGINE_PREPARED_H

#include "hash.h"
#include "lanekdf.h"

enum {
    PREPARED_FIRST = 32,     /* bytes before the states */
    PREPARED_PASS_BYTES = 64 /* of the states of one pass where there are two */
};
_Static_assert(PREPARED_FIRST + HASH_MAX_BLOCK <= sizeof(struct lanekdf_prepared_secret) &&
                   PREPARED_FIRST + 2 * PREPARED_PASS_BYTES <= sizeof(struct lanekdf_prepared_secret),
    "room for two slots, or for two in each of two passes");

/* Catches memory that nobody prepared, and a secret of another hash. */
static inline uint64_t prepared_tag(uint32_t hash_id)
{
    return UINT64_C(0x707265706172ed00) + hash_id;
}

static inline int prepared_is_for(const struct lanekdf_prepared_secret *prepared, uint32_t hash_id)
{
    return prepared->opaque[0] == prepared_tag(hash_id);
}

static inline uint8_t *prepared_states(const struct lanekdf_prepared_secret *prepared, unsigned pass)
{
    return (uint8_t *)(uintptr_t)prepared + PREPARED_FIRST + pass * PREPARED_PASS_BYTES;
}

#endif
