/*
 * The hash by which connections are found.
 */
#ifndef STREAM_HASH_H
#define STREAM_HASH_H

#include <stdint.h>

/* Returns a salt of 64 random bits: nobody can make a capture whose connections all have similar hashes. */
uint64_t stream_hash_salt(void);

/* Returns the hash of a stream of a file, whose name is told by its address; several transports may number
 * their streams alike. */
uint64_t stream_hash(uint64_t salt, const char *file, uint64_t stream, unsigned transport);

#endif
