#define _GNU_SOURCE
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "kernel_argument.h"

#if defined(__x86_64__) || defined(__i386__)

#ifdef __x86_64__
#define LOW "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
#define HIGH "16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
enum { N_LOW = 16, N_ZMM = 32, N_GENERAL = 9 };
#else
#define LOW "0,1,2,3,4,5,6,7"
enum { N_LOW = 8, N_ZMM = 8, N_GENERAL = 3 };
#endif
/* An instruction for each register of a list, in which \\r is its number. */
#define FOR_EACH(list, instruction) ".irp r," list "\n\t" instruction "\n\t.endr\n\t"

__attribute__((noinline)) static size_t save_xmm(uint8_t *to)
{
    __asm__ volatile(FOR_EACH(LOW, "movups %%xmm\\r, 16*\\r(%0)") : : "r"(to) : "memory");
    return N_LOW * 16;
}

__attribute__((noinline, target("avx"))) static size_t save_ymm(uint8_t *to)
{
    __asm__ volatile(FOR_EACH(LOW, "vmovups %%ymm\\r, 32*\\r(%0)") : : "r"(to) : "memory");
    return N_LOW * 32;
}

__attribute__((noinline, target("avx512f"))) static size_t save_zmm(uint8_t *to)
{
    __asm__ volatile(FOR_EACH(LOW, "vmovups %%zmm\\r, 64*\\r(%0)") : : "r"(to) : "memory");
#ifdef __x86_64__
    __asm__ volatile(FOR_EACH(HIGH, "vmovups %%zmm\\r, 64*\\r(%0)") : : "r"(to) : "memory");
#endif
    return N_ZMM * 64;
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
#ifdef __x86_64__
    __asm__ volatile(FOR_EACH(HIGH, "vpxorq %%zmm\\r, %%zmm\\r, %%zmm\\r") : : : "memory");
#endif
}

static void clear_registers(void)
{
    if (__builtin_cpu_supports("avx")) {
        clear_ymm();
    } else {
        __asm__ volatile(FOR_EACH(LOW, "xorps %%xmm\\r, %%xmm\\r") : : : "memory");
    }
    if (__builtin_cpu_supports("avx512f")) {
        clear_high_zmm();
    }
}

__attribute__((noinline, target("avx512f"))) static void load_last_zmm(const uint8_t *bytes)
{
#ifdef __x86_64__
    __asm__ volatile("vbroadcasti32x4 (%0), %%zmm27" : : "r"(bytes) : "memory");
#else
    __asm__ volatile("vbroadcasti32x4 (%0), %%zmm7" : : "r"(bytes) : "memory");
#endif
}

bool probe_load_register(const uint8_t bytes[16])
{
    if (__builtin_cpu_supports("avx512f")) {
        load_last_zmm(bytes);
    } else {
        __asm__ volatile("movups (%0), %%xmm5" : : "r"(bytes) : "memory");
    }
    return true;
}

bool probe_load_general_register(const uint8_t bytes[8])
{
#ifdef __x86_64__
    __asm__ volatile("movq (%0), %%r10" : : "r"(bytes) : "memory", "r10");
#else
    __asm__ volatile("movl (%0), %%ecx\n\t"
                     "movl 4(%0), %%edx"
                     :
                     : "a"(bytes)
                     : "memory", "ecx", "edx");
#endif
    return true;
}

/* Between the end of the function and the first of these stores, a compiler would use the registers. The
 * caller calls other functions, too, and so has no red zone; but the compiler does not know of this call, and
 * in small code it does not align the stack for it. */
static inline __attribute__((always_inline)) void call_and_save_general(
    void (*function)(void *argument), void *argument, uint64_t general[N_GENERAL])
{
#ifdef __x86_64__
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
#else
    __asm__ volatile("movl %%esp, %%esi\n\t"
                     "andl $-16, %%esp\n\t"
                     "subl $12, %%esp\n\t"
                     "pushl %%eax\n\t"
                     "call *%%edx\n\t"
                     "movl %%esi, %%esp\n\t"
                     "movl %%eax, (%[to])\n\t"
                     "movl %%ecx, 8(%[to])\n\t"
                     "movl %%edx, 16(%[to])"
                     : "+a"(argument), "+d"(function)
                     : [to] "D"(general)
                     : "ecx", "esi", "cc", "memory");
#endif
}

#elif defined(__aarch64__)

enum { N_GENERAL = 18 };

__attribute__((noinline)) static size_t save_registers(uint8_t *to)
{
    __asm__ volatile(".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,"
                     "30,31\n\t"
                     "str q\\r, [%0, #16*\\r]\n\t"
                     ".endr"
                     :
                     : "r"(to)
                     : "memory");
    return 32 * 16;
}

/* The low halves of v8 to v15 belong to the caller. */
static void clear_registers(void)
{
    __asm__ volatile(".irp r,0,1,2,3,4,5,6,7,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
                     "movi v\\r\\().2d, #0\n\t"
                     ".endr"
                     :
                     :
                     : "memory");
}

bool probe_load_register(const uint8_t bytes[16])
{
    __asm__ volatile("ldr q27, [%0]" : : "r"(bytes) : "memory");
    return true;
}

bool probe_load_general_register(const uint8_t bytes[8])
{
    __asm__ volatile("ldr x13, [%0]" : : "r"(bytes) : "memory", "x13");
    return true;
}

/* Between the end of the function and the first of these stores, a compiler would use the registers. */
static inline __attribute__((always_inline)) void call_and_save_general(
    void (*function)(void *argument), void *argument, uint64_t general[N_GENERAL])
{
    register void *first __asm__("x0") = argument;

    __asm__ volatile("blr %[function]\n\t"
                     ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\n\t"
                     "str x\\r, [%[to], #8*\\r]\n\t"
                     ".endr"
                     : "+r"(first)
                     : [function] "r"(function), [to] "r"(general)
                     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                     "x14", "x15", "x16", "x17", "x18", "x30", "cc", "memory");
}

#else

enum { N_GENERAL = 1 };

static size_t save_registers(uint8_t *to)
{
    (void)to;
    return 0;
}

static void call_and_save_general(
    void (*function)(void *argument), void *argument, uint64_t general[N_GENERAL])
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
static void append_general(struct probe *probe, const uint64_t general[N_GENERAL])
{
    uint8_t *const to = probe->registers + probe->registers_len;

    for (size_t i = 0; i < N_GENERAL; i++) {
        memcpy(to + 8 * i, &general[i], 8);
        memcpy(to + 8 * N_GENERAL + 4 * i, &(uint32_t){(uint32_t)general[i]}, 4);
    }
    probe->registers_len += 12 * N_GENERAL;
}

static uint64_t general[N_GENERAL];

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
