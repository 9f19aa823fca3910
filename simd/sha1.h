/* The SHA-1 kernels. */
#ifndef SIMD_SHA1_H
#define SIMD_SHA1_H

#include "simd.h"

extern const struct simd_kernel sha1_scalar;

#endif
