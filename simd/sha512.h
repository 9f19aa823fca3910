/*
 * What the SHA-512 kernels share. FIPS 180-4: K in section 4.2.3.
 */
#ifndef SIMD_SHA512_H
#define SIMD_SHA512_H

#include "simd.h"

/* The round constants, 64-byte aligned. */
extern const uint64_t sha512_k[80];

extern const struct simd_kernel sha512_scalar;
#ifdef SIMD_X86
extern const struct simd_kernel sha512_bmi2;
extern const struct simd_kernel sha512_avx2;
extern const struct simd_kernel sha512_avx512;
#endif

#endif
