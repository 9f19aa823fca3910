/*
 * SHA-512 (FIPS 180-4, section 6.4.2) with BMI2 and AVX-512VL: one compression, and the blocks of a message,
 * which come last in this file.
 *
 *   void sha512_bmi2_avx512vl_compress_block(uint64_t *dst, const uint64_t *state, const uint64_t w[16]);
 *
 * has its rounds in general registers with BMI2, beside a message schedule of two words in a vector with the
 * rotates of AVX-512VL.
 *
 * A round has 22 operations in general registers. Two words of the schedule take 14 vector operations, where
 * plain AVX takes 22: a rotate is one, and so is the xor of three words. These are 80 x 22 + 32 x 14 = 2,208
 * operations, or 552 cycles where four start in each cycle, vectors or not (Intel); with plain AVX they are
 * 2,464, or 616. The rounds alone wait for each other for 400 cycles.
 *
 * The order of a round puts first what the next e waits for: both of its rotates that can start at once, then
 * Ch beside the rest of Sigma1, and the sums. What the next a waits for comes behind. Of some dozen orders
 * this is among the best on an Intel core, and the worst of them takes 8 % longer.
 *
 * W is in xmm0 to xmm7, two words in each, and the stack has W + K of the next 16 rounds. Each two words are
 * renewed beside the rounds that use them. The names a to h move from round to round, and the words stay
 * where they are. Maj(a, b, c) is b ^ ((a ^ b) & (b ^ c)), where b ^ c is the a ^ b of the round before.
 */
#ifdef __CET__
#include <cet.h> /* marks the object as fit for CET */
#endif
        .intel_syntax noprefix
#include "saved_registers.inc"

        .text
        .hidden sha512_k

/* A round, in five parts. h becomes the new a, and d the new e. bc is b ^ c, and ab becomes a ^ b. r15, rsi
 * and rdi are free. */
        .macro round_w h, e, w
        add \h, [rsp+\w]
        rorx rsi, \e, 14
        rorx rdi, \e, 18
        .endm
        .macro round_ch e, f, g
        mov r15, \f
        xor r15, \g
        xor rsi, rdi
        and r15, \e
        xor r15, \g
        .endm
        .macro round_sum d, e, h
        rorx rdi, \e, 41
        xor rsi, rdi
        add \h, r15
        add \h, rsi
        add \d, \h
        .endm
        .macro round_maj a, b, h, ab, bc
        mov \ab, \a
        xor \ab, \b
        and \bc, \ab
        xor \bc, \b
        add \h, \bc
        .endm
        .macro round_sigma a, h
        rorx rsi, \a, 28
        rorx rdi, \a, 34
        xor rsi, rdi
        rorx rdi, \a, 39
        xor rsi, rdi
        add \h, rsi
        .endm

/* A vector operation of the schedule, unless there is none. */
        .macro vector renews, operation:vararg
        .if \renews
        \operation
        .endif
        .endm

/*
 * Rounds 2i and 2i + 1. If `renews` is 1, W[t] and W[t + 1], which are in xmm(i), become W[t + 16] and W[t +
 * 17], and W + K goes to where these rounds found theirs. i1 stands for (i + 1) % 8, and so on.
 */
        .macro two_rounds a, b, c, d, e, f, g, h, renews, i, i1, i4, i5, i7
        round_w \h, \e, 16*\i
        vector \renews, vpalignr xmm8, xmm\i1, xmm\i, 8
        round_ch \e, \f, \g
        vector \renews, vpalignr xmm11, xmm\i5, xmm\i4, 8
        vector \renews, vprorq xmm9, xmm8, 1
        round_sum \d, \e, \h
        vector \renews, vprorq xmm10, xmm8, 8
        round_maj \a, \b, \h, r14, r13
        vector \renews, vpsrlq xmm8, xmm8, 7
        vector \renews, vpaddq xmm\i, xmm\i, xmm11
        round_sigma \a, \h
        vector \renews, vpternlogq xmm8, xmm9, xmm10, 0x96
        vector \renews, vprorq xmm12, xmm\i7, 19
        round_w \g, \d, 16*\i+8
        vector \renews, vprorq xmm13, xmm\i7, 61
        round_ch \d, \e, \f
        vector \renews, vpsrlq xmm14, xmm\i7, 6
        vector \renews, vpaddq xmm\i, xmm\i, xmm8
        round_sum \c, \d, \g
        vector \renews, vpternlogq xmm12, xmm13, xmm14, 0x96
        round_maj \h, \a, \g, r13, r14
        vector \renews, vpaddq xmm\i, xmm\i, xmm12
        round_sigma \h, \g
        vector \renews, vpaddq xmm15, xmm\i, [rdx+16*\i]
        vector \renews, vmovdqa [rsp+16*\i], xmm15
        .endm

        .macro sixteen_rounds renews
        two_rounds rax, rbx, rcx, r8, r9, r10, r11, r12, \renews, 0, 1, 4, 5, 7
        two_rounds r11, r12, rax, rbx, rcx, r8, r9, r10, \renews, 1, 2, 5, 6, 0
        two_rounds r9, r10, r11, r12, rax, rbx, rcx, r8, \renews, 2, 3, 6, 7, 1
        two_rounds rcx, r8, r9, r10, r11, r12, rax, rbx, \renews, 3, 4, 7, 0, 2
        two_rounds rax, rbx, rcx, r8, r9, r10, r11, r12, \renews, 4, 5, 0, 1, 3
        two_rounds r11, r12, rax, rbx, rcx, r8, r9, r10, \renews, 5, 6, 1, 2, 4
        two_rounds r9, r10, r11, r12, rax, rbx, rcx, r8, \renews, 6, 7, 2, 3, 5
        two_rounds rcx, r8, r9, r10, r11, r12, rax, rbx, \renews, 7, 0, 3, 4, 6
        .endm

        .macro add_k i
        vmovdqa xmm\i, [rdx+16*\i]
        vpaddq xmm15, xmm\i, [rbp+16*\i]
        vmovdqa [rsp+16*\i], xmm15
        .endm

        .macro feed_forward i, word
        add \word, [rsi+8*\i]
        mov [rdi+8*\i], \word
        .endm

        .globl sha512_bmi2_avx512vl_compress_block
        .hidden sha512_bmi2_avx512vl_compress_block
        .type sha512_bmi2_avx512vl_compress_block, @function
        .balign 64
sha512_bmi2_avx512vl_compress_block:
        .cfi_startproc
        endbr64
        save rbx
        save rbp
        save r12
        save r13
        save r14
        save r15
        push rdi
        .cfi_adjust_cfa_offset 8
        push rsi
        .cfi_adjust_cfa_offset 8
        sub rsp, 136 /* W + K, at a multiple of 16 */
        .cfi_adjust_cfa_offset 136
        mov rax, [rsi]
        mov rbx, [rsi+8]
        mov rcx, [rsi+16]
        mov r8, [rsi+24]
        mov r9, [rsi+32]
        mov r10, [rsi+40]
        mov r11, [rsi+48]
        mov r12, [rsi+56]
        mov r13, rbx
        xor r13, rcx
        lea rbp, [rip+sha512_k]
        .irp i, 0, 1, 2, 3, 4, 5, 6, 7
        add_k \i
        .endr
        lea rdx, [rbp+128] /* K of the next 16 rounds */
        add rbp, 640       /* the end of K */
        .balign 32
1:
        sixteen_rounds 1
        sub rdx, -128
        cmp rdx, rbp
        jne 1b
        sixteen_rounds 0
        add rsp, 136
        .cfi_adjust_cfa_offset -136
        pop rsi
        .cfi_adjust_cfa_offset -8
        pop rdi
        .cfi_adjust_cfa_offset -8
        feed_forward 0, rax
        feed_forward 1, rbx
        feed_forward 2, rcx
        feed_forward 3, r8
        feed_forward 4, r9
        feed_forward 5, r10
        feed_forward 6, r11
        feed_forward 7, r12
        restore r15
        restore r14
        restore r13
        restore r12
        restore rbp
        restore rbx
        ret
        .cfi_endproc
        .size sha512_bmi2_avx512vl_compress_block, .-sha512_bmi2_avx512vl_compress_block

/*
 *   void sha512_bmi2_avx512vl_blocks(uint64_t state[8], const uint8_t *blocks, size_t n_blocks);
 *
 * sha512_bmi2_pairs.inc says what it does. Two words of the schedule of two blocks take 14 vector operations.
 * Of a block these are 16 x 14 = 224 where it is one of a pair, beside 1,920 operations in general registers:
 * 536 cycles where four start in each cycle, vectors or not. A block by itself has 448, which makes 592;
 * compress_block above has fewer operations in its rounds, and takes 4 % less on an Ice Lake.
 */
#define BLOCKS sha512_bmi2_avx512vl_blocks

        .macro schedule slot, i, i1, i4, i5, i7
        .if \slot == 0
        vpalignr ymm8, ymm\i1, ymm\i, 8
        .elseif \slot == 1
        vpalignr ymm11, ymm\i5, ymm\i4, 8
        vprorq ymm9, ymm8, 1
        .elseif \slot == 2
        vprorq ymm10, ymm8, 8
        .elseif \slot == 3
        vpsrlq ymm8, ymm8, 7
        vpaddq ymm\i, ymm\i, ymm11
        .elseif \slot == 4
        vpternlogq ymm8, ymm9, ymm10, 0x96
        vprorq ymm12, ymm\i7, 19
        .elseif \slot == 5
        vprorq ymm13, ymm\i7, 61
        .elseif \slot == 6
        vpsrlq ymm14, ymm\i7, 6
        vpaddq ymm\i, ymm\i, ymm8
        .elseif \slot == 7
        vpternlogq ymm12, ymm13, ymm14, 0x96
        .elseif \slot == 8
        vpaddq ymm\i, ymm\i, ymm12
        .else
        put_w_k \i
        .endif
        .endm

#include "sha512_bmi2_pairs.inc"
