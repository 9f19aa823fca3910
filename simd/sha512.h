/* The SHA-512 kernels, and the constants that they share. */
#ifndef SIMD_SHA512_H
#define SIMD_SHA512_H

#include "simd.h"

/* The round constants K of FIPS 180-4, section 4.2.3; 64-byte aligned. */
extern const uint64_t sha512_k[80];

extern const struct simd_kernel sha512_scalar;
#ifdef SIMD_X86
extern const struct simd_kernel sha512_bmi2;
extern const struct simd_kernel sha512_avx2;
extern const struct simd_kernel sha512_avx512;
#endif

#endif
