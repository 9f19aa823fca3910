/* The MD5 kernels. */
#ifndef SIMD_MD5_H
#define SIMD_MD5_H

#include "simd.h"

extern const struct simd_kernel md5_scalar;

#endif
