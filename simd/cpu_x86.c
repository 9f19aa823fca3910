/*
 * The features of an x86-64 CPU, and its vector registers. This file is compiled for the oldest x86-64 CPUs:
 * newer instructions stand in assembler, and run only after a test of their feature.
 */
#include "simd.h"

#include <cpuid.h>
#include <stdatomic.h>

/* Bits of ecx in CPUID leaf 1, and of ebx in leaf 7. The compilers have names for them, but not the same
 * ones. */
enum { LEAF1_SSSE3 = 1 << 9, LEAF1_SSE41 = 1 << 19, LEAF1_OSXSAVE = 1 << 27, LEAF1_AVX = 1 << 28 };
enum {
    LEAF7_BMI1 = 1 << 3,
    LEAF7_AVX2 = 1 << 5,
    LEAF7_BMI2 = 1 << 8,
    LEAF7_AVX512F = 1 << 16,
    LEAF7_SHA = 1 << 29,
    LEAF7_AVX512BW = 1 << 30
};
#define LEAF7_AVX512VL (UINT32_C(1) << 31)

/* Bits of XCR0: the registers that the operating system saves when it switches tasks. */
enum { XCR0_YMM = 0x06, XCR0_ZMM = 0xe6 };

/* This bit says that the features are known. They are asked for once, because CPUID is slow in a virtual
 * machine. */
#define KNOWN (UINT32_C(1) << 31)
_Static_assert(SIMD_N_CPU <= 31, "KNOWN is no feature's bit");

static uint32_t saved_registers(void)
{
    uint32_t eax, edx;

    __asm__("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
    return eax;
}

static uint32_t detect(void)
{
    uint32_t eax, ebx, ecx, edx, leaf1, leaf7 = 0, found = 0;

    if (!__get_cpuid(1, &eax, &ebx, &leaf1, &edx)) {
        return 0;
    }
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
        leaf7 = ebx;
    }
    uint32_t saved = leaf1 & LEAF1_OSXSAVE ? saved_registers() : 0;

    if (leaf7 & LEAF7_SHA && leaf1 & LEAF1_SSSE3 && leaf1 & LEAF1_SSE41) {
        found |= SIMD_CPU_SHANI;
    }
    if (leaf7 & LEAF7_BMI1 && leaf7 & LEAF7_BMI2) {
        found |= SIMD_CPU_BMI2;
    }
    if ((saved & XCR0_YMM) == XCR0_YMM && leaf1 & LEAF1_AVX) {
        found |= SIMD_CPU_AVX;
        if (leaf7 & LEAF7_AVX2) {
            found |= SIMD_CPU_AVX2;
        }
    }
    if ((saved & XCR0_ZMM) == XCR0_ZMM && leaf7 & LEAF7_AVX512F && found & SIMD_CPU_AVX2) {
        found |= SIMD_CPU_AVX512F;
        if (leaf7 & LEAF7_AVX512BW) {
            found |= SIMD_CPU_AVX512BW;
        }
        if (leaf7 & LEAF7_AVX512VL) {
            found |= SIMD_CPU_AVX512VL;
        }
    }
    return found;
}

uint32_t simd_cpu_features(void)
{
    static _Atomic uint32_t known;
    uint32_t features = atomic_load_explicit(&known, memory_order_relaxed);

    if (!features) {
        features = detect() | KNOWN; /* if two threads come here, both find the same */
        atomic_store_explicit(&known, features, memory_order_relaxed);
    }
    return features & ~KNOWN;
}

#define XMM_0_TO_15                                                                                          \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",        \
        "xmm12", "xmm13", "xmm14", "xmm15"
#define ZERO_HIGH_ZMM_AND_MASKS                                                                              \
    ".irp r,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"                                             \
    "vpxord %%zmm\\r, %%zmm\\r, %%zmm\\r\n\t"                                                                \
    ".endr\n\t"                                                                                              \
    ".irp r,0,1,2,3,4,5,6,7\n\t"                                                                             \
    "kxorw %%k\\r, %%k\\r, %%k\\r\n\t"                                                                       \
    ".endr"
#define ZERO_XMM                                                                                             \
    ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"                                                       \
    "pxor %%xmm\\r, %%xmm\\r\n\t"                                                                            \
    ".endr"

#define ZERO_GENERAL                                                                                         \
    ".irp r,eax,ecx,edx,esi,edi,r8d,r9d,r10d,r11d\n\t"                                                       \
    "xorl %%\\r, %%\\r\n\t"                                                                                  \
    ".endr"

/* Which vector registers are zeroed depends on the CPU and not on the kernels that ran: libc's memcpy() uses
 * ymm16 and up on its own account. */
void simd_clear_registers(void)
{
    uint32_t features = simd_cpu_features();

    if (features & SIMD_CPU_AVX512F) {
        __asm__ volatile(ZERO_HIGH_ZMM_AND_MASKS : : : "memory");
    }
    if (features & SIMD_CPU_AVX) {
        /* This zeroes all of zmm0 to zmm15, and avoids the penalty for mixing AVX with SSE code. */
        __asm__ volatile("vzeroall" : : : XMM_0_TO_15, "memory");
    } else {
        __asm__ volatile(ZERO_XMM : : : XMM_0_TO_15, "memory");
    }
    /* Last, since the compiler may use these registers before. */
    __asm__ volatile(ZERO_GENERAL
                     :
                     :
                     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "memory");
}
