/* CPUs that only the portable kernels run on: none of their features is asked for. */
#include "simd.h"

uint32_t simd_cpu_features(void)
{
    return 0;
}

#define ZERO_VECTORS                                                                                         \
    ".irp r,0,1,2,3,4,5,6,7,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"                             \
    "movi v\\r\\().2d, #0\n\t"                                                                               \
    ".endr"
#define V0_TO_7 "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"
#define V16_TO_31                                                                                            \
    "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", \
        "v31"

/* Portable kernels leave secrets in vector registers as well: compilers vectorise loops, and libc copies
 * memory through these registers. */
void simd_clear_registers(void)
{
#ifdef __aarch64__
    /* v8 to v15 are left out. Their low halves belong to the caller, and a function that used one has
     * restored it. */
    __asm__ volatile(ZERO_VECTORS : : : V0_TO_7, V16_TO_31, "memory");
#endif
}
