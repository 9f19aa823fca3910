/* The constants that the SHA-256 kernels share. */
#ifndef SIMD_SHA256_H
#define SIMD_SHA256_H

#include "kernel.h"

/* The round constants K of FIPS 180-4, section 4.2.2; 64-byte aligned. */
extern const uint32_t sha256_k[64];

#endif
