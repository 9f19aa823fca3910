#include "wipe.h"

#include "lanekdf.h"

void *(*const volatile wipe_dead)(void *, int, size_t) = memset;

/* From 2,048 bytes on memset() of glibc on x86 takes rep stosb, which needs longer to begin than so many
 * bytes take otherwise. */
void *wipe_dead_in_halves(void *dead, int zero, size_t len)
{
    void *(*const set_memory)(void *, int, size_t) = wipe_dead;
    set_memory(dead, zero, len / 2);
    return set_memory((unsigned char *)dead + len / 2, zero, len - len / 2);
}

#define UNUSED __attribute__((unused))
#ifdef __GCC_HAVE_DWARF2_CFI_ASM
#define CFI(directive) ".cfi_" directive "\n\t"
#else
#define CFI(directive)
#endif
#define NAKED_WIPE_FRAMES                                                                                    \
    __attribute__((naked, noinline, no_stack_protector)) WIPE_ARGUMENTS_IN_REGISTERS void wipe_frames(       \
        UNUSED size_t len, UNUSED void *(*set_memory)(void *, int, size_t))

/*
 * A compiler lays out the frame of a function as it likes: between an array there and the frame of the caller
 * may be padding, which keeps what a callee left in it. So no compiler makes the frame of this function.
 * Below the stack pointer of the caller stand the return address and the saved frame pointer, and from there
 * on everything is zeroed. The stack is aligned for the call, which rounds the length up. Debuggers find the
 * caller by the frame pointer. With -fstack-protector-all gcc gives even such a function a canary, which it
 * would write into the caller's frame.
 */
#if defined(__x86_64__) && defined(__LP64__)
NAKED_WIPE_FRAMES
{
    __asm__("push %rbp\n\t" /* clang-format off */
            CFI("def_cfa_offset 16")
            CFI("offset 6, -16")
            "mov %rsp, %rbp\n\t"
            CFI("def_cfa_register 6")
            "sub %rdi, %rsp\n\t"
            "and $-64, %rsp\n\t"
            "mov %rsi, %rax\n\t"
            "mov %rsp, %rdi\n\t"
            "xor %esi, %esi\n\t"
            "mov %rbp, %rdx\n\t"
            "sub %rsp, %rdx\n\t"
            "call *%rax\n\t"
            "leave\n\t"
            CFI("def_cfa 7, 8")
            "ret"); /* clang-format on */
}
#elif defined(__i386__)
NAKED_WIPE_FRAMES
{
    __asm__("push %ebp\n\t" /* clang-format off */
            CFI("def_cfa_offset 8")
            CFI("offset 5, -8")
            "mov %esp, %ebp\n\t"
            CFI("def_cfa_register 5")
            "sub %eax, %esp\n\t"
            "and $-64, %esp\n\t"
            "mov %esp, %eax\n\t"
            "mov %ebp, %ecx\n\t"
            "sub %esp, %ecx\n\t"
            "sub $4, %esp\n\t" /* with three arguments the stack is aligned to 16 again */
            "push %ecx\n\t"
            "push $0\n\t"
            "push %eax\n\t"
            "call *%edx\n\t"
            "leave\n\t"
            CFI("def_cfa 4, 4")
            "ret"); /* clang-format on */
}
#else
/* Not inlined, so that the frame lies where the callees of the caller had theirs. Of a frame that a compiler
 * makes, what lies above the memory of alloca() is not zeroed. */
__attribute__((noinline)) void wipe_frames(size_t len, void *(*set_memory)(void *, int, size_t))
{
    set_memory(__builtin_alloca(len), 0, len);
    /* Were the call the last, its frame might take the place of this one. */
    __asm__ volatile("" : : : "memory");
}
#endif

void lanekdf_prepared_secret_clear(struct lanekdf_prepared_secret *prepared)
{
    if (prepared) {
        wipe(prepared, sizeof(*prepared));
    }
}
