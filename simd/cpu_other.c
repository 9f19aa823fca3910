/* CPUs that only the portable kernels run on: none of their features is asked for. */
#include "simd.h"

uint32_t simd_cpu_features(void)
{
    return 0;
}

/* Portable kernels leave secrets in vector registers as well: compilers vectorise loops, and libc copies
 * memory through these registers. */
#if defined(__aarch64__)

#define ZERO_VECTORS                                                                                         \
    ".irp r,0,1,2,3,4,5,6,7,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"                             \
    "movi v\\r\\().2d, #0\n\t"                                                                               \
    ".endr"
#define V0_TO_7 "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"
#define V16_TO_31                                                                                            \
    "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", \
        "v31"

#define ZERO_GENERAL                                                                                         \
    ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\n\t"                                                 \
    "mov x\\r, #0\n\t"                                                                                       \
    ".endr"
#define X0_TO_17                                                                                             \
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",    \
        "x16", "x17"

/* v8 to v15 are left out. Their low halves belong to the caller, and a function that used one has restored
 * it. x18 is left out, too, since some systems keep it for themselves. */
void simd_clear_registers(void)
{
    __asm__ volatile(ZERO_VECTORS : : : V0_TO_7, V16_TO_31, "memory");
    __asm__ volatile(ZERO_GENERAL : : : X0_TO_17, "memory");
}

#elif defined(__i386__)

/* A compiler for CPUs without SSE does not know these registers, and keeps nothing there. */
#ifdef __SSE__
#define XMM_0_TO_7 "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
#else
#define XMM_0_TO_7
#endif

/* libc chooses its copies by what the CPU has, whatever the library was compiled for. */
void simd_clear_registers(void)
{
    if (__builtin_cpu_supports("avx512f")) {
        __asm__ volatile(".irp r,0,1,2,3,4,5,6,7\n\tkxorw %%k\\r, %%k\\r, %%k\\r\n\t.endr" : : : "memory");
    }
    if (__builtin_cpu_supports("avx")) {
        __asm__ volatile("vzeroall" : : : XMM_0_TO_7 "memory"); /* zeroes all of zmm0 to zmm7, too */
    } else if (__builtin_cpu_supports("sse")) {
        __asm__ volatile(".irp r,0,1,2,3,4,5,6,7\n\txorps %%xmm\\r, %%xmm\\r\n\t.endr"
                         :
                         :
                         : XMM_0_TO_7 "memory");
    }
    /* Last, since the compiler may use these registers before. */
    __asm__ volatile("xorl %%eax, %%eax\n\txorl %%ecx, %%ecx\n\txorl %%edx, %%edx"
                     :
                     :
                     : "eax", "ecx", "edx", "cc", "memory");
}

#else

/* Other CPUs' registers are not cleared: lanekdf.h says so. */
void simd_clear_registers(void) {}

#endif
