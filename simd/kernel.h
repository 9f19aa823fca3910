/*
 * The constants that the table of kernels names: sha256_scalar and so on. Objects have them under a name with
 * the library's prefix, as all that is global has (cmake/private_names.h).
 */
#ifndef SIMD_KERNEL_H
#define SIMD_KERNEL_H

#include "simd.h"

#define KERNEL(name) extern const struct simd_kernel name __asm__("lanekdf_" #name);
#include "kernel_table.h"
#undef KERNEL

#endif
