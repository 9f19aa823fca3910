/*
 * SHA-256 with the SHA extensions, one compression after the other: the operations of a task, and the blocks
 * of a message. The file is for GNU as, and uses only SSE encodings and 16 registers.
 *
 * Where the round instruction shares its port with the schedule, as on an Ice Lake, a compression is bound by
 * its instructions, and chains side by side gain nothing: one takes 166 cycles there, and two take 199 each.
 * It counts where the instructions stand, too. With the steps that sha256_shani.S has for a lone task a block
 * takes 7 % longer than with the one below.
 *
 * The state is in xmm1 and xmm2, W in xmm5 and the three registers behind it, and W + K of a step in xmm14.
 */
#ifdef __CET__
#include <cet.h> /* marks the object as fit for CET */
#endif
        .intel_syntax noprefix
        .altmacro
#include "saved_registers.inc"
#include "sha256_shani.inc"

/* Runs four rounds with words 4q to 4q + 3 of the ring. Then words 4a to 4a + 3 of the ring are renewed,
 * unless a is negative. k is the offset of the constants in K. n is always 1. */
        .macro step n, q, k, a=-1
        begin_schedule 5, \a
        .if \k
        w_k 14, %(5+\q), \k
        .endif
        first_rounds 14, 1, 2
        pshufd xmm0, xmm14, 0x0e
        end_schedule 5, \a
        sha256rnds2 xmm1, xmm2
        .endm
        .macro first_step n
        step \n, 0, 0
        .endm

/*
 *   void sha256_shani_x1_operations(struct pair *pair, const struct simd_op *end);
 *
 * runs the operations from pair->op up to `end` in their order. The result of one stays in registers for the
 * next. rbx is the operation, rbp the end, and r8 the dst of the operation before, or 0.
 */
        .globl sha256_shani_x1_operations
        .hidden sha256_shani_x1_operations
        .type sha256_shani_x1_operations, @function
        .balign 64
sha256_shani_x1_operations:
        .cfi_startproc
        endbr64
        save rbx
        save rbp
        mov rbx, [rdi+PAIR_OP]
        mov rbp, rsi
        xor r8d, r8d
        .balign 32
operation:
        mov [rdi+PAIR_OP], rbx
        movdqa xmm0, [rip+turned]
        load 0, 1, 2, 5, 6, 7, 8, r8, 14, 1
        lea rcx, [rip+sha256_k]
        all_rounds 1
        store 0, 1, 2, r8, 1
        add rbx, OP
        cmp rbx, rbp
        jb operation
        restore rbp
        restore rbx
        ret
        .cfi_endproc
        .size sha256_shani_x1_operations, .-sha256_shani_x1_operations

/*
 *   void sha256_shani_x1_blocks(uint8_t *state, const uint8_t *blocks, size_t n_blocks);
 *
 * hashes blocks one after the other. The chain waits for nothing but its own rounds: the words of a block do
 * not depend on the block before, and so are loaded and turned while that is still under way.
 */
        .globl sha256_shani_x1_blocks
        .hidden sha256_shani_x1_blocks
        .type sha256_shani_x1_blocks, @function
        .balign 64
sha256_shani_x1_blocks:
        .cfi_startproc
        endbr64
        test rdx, rdx
        jz 2f
        movdqa xmm15, [rip+turned]
        movdqu xmm3, [rdi]
        movdqu xmm2, [rdi+16]
        pshufb xmm3, xmm15              /* A B C D */
        pshufb xmm2, xmm15              /* E F G H */
        movdqa xmm1, xmm2
        shufps xmm1, xmm3, 0x11         /* F E B A */
        shufps xmm2, xmm3, 0xbb         /* H G D C */
        .balign 32
1:      movdqu xmm5, [rsi]
        movdqu xmm6, [rsi+16]
        movdqu xmm7, [rsi+32]
        movdqu xmm8, [rsi+48]
        pshufb xmm5, xmm15
        pshufb xmm6, xmm15
        pshufb xmm7, xmm15
        pshufb xmm8, xmm15
        first_w_k 14, 5
        movdqa xmm3, xmm1
        movdqa xmm4, xmm2
        lea rcx, [rip+sha256_k]
        all_rounds 1
        paddd xmm1, xmm3
        paddd xmm2, xmm4
        add rsi, 64
        dec rdx
        jnz 1b
        movdqa xmm3, xmm1
        shufps xmm1, xmm2, 0xbb         /* A B C D */
        shufps xmm3, xmm2, 0x11         /* E F G H */
        pshufb xmm1, xmm15
        pshufb xmm3, xmm15
        movdqu [rdi], xmm1
        movdqu [rdi+16], xmm3
2:      ret
        .cfi_endproc
        .size sha256_shani_x1_blocks, .-sha256_shani_x1_blocks

        .section .note.GNU-stack, "", @progbits
