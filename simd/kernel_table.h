/*
 * The table of kernels. A row has the name of a kernel, which is that of its file and of its constant, too.
 * The portable kernel of a family stands before the others of the family. kernel.h and kernel_table.c include
 * the table and define KERNEL.
 */
KERNEL(sha256_scalar)
#ifdef SIMD_X86
KERNEL(sha256_shani)
KERNEL(sha256_shani_x1)
KERNEL(sha256_shani_avx512vl)
KERNEL(sha256_avx2)
KERNEL(sha256_avx512)
KERNEL(sha256_avx512_x1)
KERNEL(sha256_avx512_x16)
#endif
KERNEL(sha512_scalar)
#ifdef SIMD_X86
KERNEL(sha512_bmi2_avx2)
KERNEL(sha512_bmi2)
KERNEL(sha512_bmi2_avx512vl)
KERNEL(sha512_avx2)
KERNEL(sha512_avx512_x1)
KERNEL(sha512_avx512)
KERNEL(sha512_avx512_x8)
#endif
KERNEL(md5_scalar)
KERNEL(sha1_scalar)
