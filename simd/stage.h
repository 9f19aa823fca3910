/* Columns, as simd.h describes them: the functions that kernels share whose slots have the same layout. */
#ifndef SIMD_STAGE_H
#define SIMD_STAGE_H

#include "simd.h"

/* stage() of kernels of 8 and of 16 lanes, whose message slots are eight rows of words of 32 bits, one of
 * each lane; and of kernels of 4 and of 8 lanes, whose words have 64 bits. `raw`, in the kernel's scratch,
 * has room for SIMD_RAW_ROWS rows and is aligned like one. The first function of each pair takes AVX2,
 * AVX-512F and AVX-512VL, the second one AVX-512F and AVX-512BW. */
void simd_stage_avx512vl(void *bank, const struct simd_columns *columns, unsigned parts,
    const void *const *const *lanes, void *raw);
void simd_stage_avx512(void *bank, const struct simd_columns *columns, unsigned parts,
    const void *const *const *lanes, void *raw);
void simd_stage_avx512vl_x4(void *bank, const struct simd_columns *columns, unsigned parts,
    const void *const *const *lanes, void *raw);
void simd_stage_avx512_x8(void *bank, const struct simd_columns *columns, unsigned parts,
    const void *const *const *lanes, void *raw);

#endif
