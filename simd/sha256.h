/* The SHA-256 kernels, and the constants that they share. */
#ifndef SIMD_SHA256_H
#define SIMD_SHA256_H

#include "simd.h"

/* The round constants K of FIPS 180-4, section 4.2.2; 64-byte aligned. */
extern const uint32_t sha256_k[64];

extern const struct simd_kernel sha256_scalar;
#ifdef SIMD_X86
extern const struct simd_kernel sha256_shani;
extern const struct simd_kernel sha256_shani_avx512vl;
extern const struct simd_kernel sha256_avx2;
extern const struct simd_kernel sha256_avx512;
#endif

#endif
