/* The constants that the SHA-512 kernels share. */
#ifndef SIMD_SHA512_H
#define SIMD_SHA512_H

#include "kernel.h"

/* The round constants K of FIPS 180-4, section 4.2.3; 64-byte aligned. */
extern const uint64_t sha512_k[80];

#endif
