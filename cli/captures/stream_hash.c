#include "stream_hash.h"

#include <sys/random.h>

/* Where the system has no random bits yet, the address of a variable has some. */
uint64_t stream_hash_salt(void)
{
    uint64_t salt;

    return getrandom(&salt, sizeof(salt), GRND_NONBLOCK) == (ssize_t)sizeof(salt)
               ? salt
               : (uint64_t)(uintptr_t)&salt * UINT64_C(0x9e3779b97f4a7c15);
}

/* This is the finalizer of MurmurHash3, with the salt in it. */
uint64_t stream_hash(uint64_t salt, const char *file, uint64_t stream, unsigned transport)
{
    uint64_t hash = salt ^ ((uint64_t)(uintptr_t)file << 1) ^ transport;

    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd) + stream;
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53) + salt;
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ (hash >> 33);
}
