#define _GNU_SOURCE
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "kernel_argument.h"

#if defined(__x86_64__)

/* clang-format off */
#define EACH_16(M, size)                                                                                     \
    M(0, size) M(1, size) M(2, size) M(3, size) M(4, size) M(5, size) M(6, size) M(7, size)                  \
    M(8, size) M(9, size) M(10, size) M(11, size) M(12, size) M(13, size) M(14, size) M(15, size)
/* clang-format on */
#define SAVE_XMM(i, size) "movups %%xmm" #i ", " #size "*" #i "(%0)\n\t"
#define SAVE_YMM(i, size) "vmovups %%ymm" #i ", " #size "*" #i "(%0)\n\t"
#define SAVE_ZMM(i, size) "vmovups %%zmm" #i ", " #size "*" #i "(%0)\n\t"
#define CLEAR_XMM(i, size) "xorps %%xmm" #i ", %%xmm" #i "\n\t"

__attribute__((noinline)) static size_t save_xmm(uint8_t *to)
{
    __asm__ volatile(EACH_16(SAVE_XMM, 16) : : "r"(to) : "memory");
    return 16 * 16;
}

__attribute__((noinline, target("avx"))) static size_t save_ymm(uint8_t *to)
{
    __asm__ volatile(EACH_16(SAVE_YMM, 32) : : "r"(to) : "memory");
    return 16 * 32;
}

#define HIGH(M)                                                                                              \
    M(16) M(17) M(18) M(19) M(20) M(21) M(22) M(23) M(24) M(25) M(26) M(27) M(28) M(29) M(30) M(31)
#define SAVE_HIGH_ZMM(i) "vmovups %%zmm" #i ", 64*" #i "(%0)\n\t"
#define CLEAR_HIGH_ZMM(i) "vpxorq %%zmm" #i ", %%zmm" #i ", %%zmm" #i "\n\t"

__attribute__((noinline, target("avx512f"))) static size_t save_zmm(uint8_t *to)
{
    __asm__ volatile(EACH_16(SAVE_ZMM, 64) HIGH(SAVE_HIGH_ZMM) : : "r"(to) : "memory");
    return 32 * 64;
}

static size_t save_registers(uint8_t *to)
{
    if (__builtin_cpu_supports("avx512f")) {
        return save_zmm(to);
    }
    return __builtin_cpu_supports("avx") ? save_ymm(to) : save_xmm(to);
}

__attribute__((noinline, target("avx"))) static void clear_ymm(void)
{
    __asm__ volatile("vzeroall");
}

__attribute__((noinline, target("avx512f"))) static void clear_high_zmm(void)
{
    __asm__ volatile(HIGH(CLEAR_HIGH_ZMM) : : : "memory");
}

static void clear_registers(void)
{
    if (__builtin_cpu_supports("avx")) {
        clear_ymm();
    } else {
        __asm__ volatile(EACH_16(CLEAR_XMM, 0) : : : "memory");
    }
    if (__builtin_cpu_supports("avx512f")) {
        clear_high_zmm();
    }
}

__attribute__((noinline, target("avx512f"))) static void load_zmm27(const uint8_t *bytes)
{
    __asm__ volatile("vbroadcasti32x4 (%0), %%zmm27" : : "r"(bytes) : "memory");
}

bool probe_load_register(const uint8_t bytes[16])
{
    if (__builtin_cpu_supports("avx512f")) {
        load_zmm27(bytes);
    } else {
        __asm__ volatile("movups (%0), %%xmm11" : : "r"(bytes) : "memory");
    }
    return true;
}

bool probe_load_general_register(const uint8_t bytes[8])
{
    __asm__ volatile("movq (%0), %%r10" : : "r"(bytes) : "memory", "r10");
    return true;
}

/* Between the end of the function and the first of these stores, a compiler would use the registers. The
 * caller calls other functions, too, and so has no red zone; but the compiler does not know of this call, and
 * in small code it does not align the stack for it. */
static inline __attribute__((always_inline)) void call_and_save_general(
    void (*function)(void *argument), void *argument, uint64_t general[PROBE_N_GENERAL])
{
    __asm__ volatile("movq %%rsp, %%rbx\n\t"
                     "andq $-16, %%rsp\n\t"
                     "call *%[function]\n\t"
                     "movq %%rbx, %%rsp\n\t"
                     "movq %%rax, (%[to])\n\t"
                     "movq %%rcx, 8(%[to])\n\t"
                     "movq %%rdx, 16(%[to])\n\t"
                     "movq %%rsi, 24(%[to])\n\t"
                     "movq %%rdi, 32(%[to])\n\t"
                     "movq %%r8, 40(%[to])\n\t"
                     "movq %%r9, 48(%[to])\n\t"
                     "movq %%r10, 56(%[to])\n\t"
                     "movq %%r11, 64(%[to])"
                     : "+D"(argument)
                     : [function] "r"(function), [to] "r"(general)
                     : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "cc", "memory");
}

#else

static size_t save_registers(uint8_t *to)
{
    (void)to;
    return 0;
}

static void call_and_save_general(
    void (*function)(void *argument), void *argument, uint64_t general[PROBE_N_GENERAL])
{
    (void)general;
    function(argument);
}

bool probe_load_general_register(const uint8_t bytes[8])
{
    (void)bytes;
    return false;
}

static void clear_registers(void) {}

bool probe_load_register(const uint8_t bytes[16])
{
    (void)bytes;
    return false;
}

#endif

/* What the caller's context hands to the call's, and back. */
static struct {
    struct probe *probe;
    void (*function)(void *argument);
    void *argument;
    uint8_t *frame; /* where the call's stack begins */
    ucontext_t caller;
} now;

/* Appends the general registers to those that were saved before. A portable kernel has words of 32 bits in
 * the low halves, and a search finds two words side by side. */
static void append_general(struct probe *probe, const uint64_t general[PROBE_N_GENERAL])
{
    uint8_t *const to = probe->registers + probe->registers_len;

    for (size_t i = 0; i < PROBE_N_GENERAL; i++) {
        memcpy(to + 8 * i, &general[i], 8);
        memcpy(to + 8 * PROBE_N_GENERAL + 4 * i, &(uint32_t){(uint32_t)general[i]}, 4);
    }
    probe->registers_len += 12 * PROBE_N_GENERAL;
}

static uint64_t general[PROBE_N_GENERAL];

__attribute__((noinline)) static void call(void)
{
    now.frame = __builtin_frame_address(0);
    clear_registers();
    call_and_save_general(now.function, now.argument, general);
    now.probe->registers_len = save_registers(now.probe->registers);
    if (now.probe->registers_len) {
        append_general(now.probe, general);
    }
}

static uint8_t *stack_new(void)
{
    uint8_t *stack =
        mmap(NULL, PROBE_STACK_BYTES + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (stack == MAP_FAILED || mprotect(stack, 4096, PROT_NONE)) {
        perror("mmap");
        abort();
    }
    return stack + 4096;
}

void probe_call(struct probe *probe, void (*function)(void *argument), void *argument)
{
    static uint8_t *stack;
    ucontext_t callee;
    size_t untouched = 0;

    memset(probe, 0, sizeof(*probe));
    now.probe = probe;
    now.function = function;
    now.argument = argument;
    if (UNDER_ASAN) {
        call();
        return;
    }
    if (!stack) {
        stack = stack_new();
    }
    memset(stack, PROBE_FILL, PROBE_STACK_BYTES);
    if (getcontext(&callee)) {
        abort();
    }
    callee.uc_stack.ss_sp = stack;
    callee.uc_stack.ss_size = PROBE_STACK_BYTES;
    callee.uc_link = &now.caller;
    makecontext(&callee, call, 0);
    if (swapcontext(&now.caller, &callee)) {
        abort();
    }
    while (stack[untouched] == PROBE_FILL) {
        untouched++;
    }
    probe->stack = stack;
    probe->depth = (size_t)(now.frame - stack) - untouched;
}
