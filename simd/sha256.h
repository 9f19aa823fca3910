/*
 * What the SHA-256 kernels share. FIPS 180-4: K in section 4.2.2.
 */
#ifndef SIMD_SHA256_H
#define SIMD_SHA256_H

#include "simd.h"

/* The round constants, 64-byte aligned. */
extern const uint32_t sha256_k[64];

extern const struct simd_kernel sha256_scalar;
#ifdef SIMD_X86
extern const struct simd_kernel sha256_shani;
extern const struct simd_kernel sha256_shani_avx512vl;
extern const struct simd_kernel sha256_avx2;
extern const struct simd_kernel sha256_avx512;
#endif

#endif
