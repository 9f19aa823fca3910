/*
 * SHA-256 in rows of 16 lanes, AVX-512. GNU as: compilers undo the order of
 * instructions, which is worth 5 to 15 %.
 *
 *   void sha256_avx512_compress(void *dst, const void *state, const void *lo,
 *                               const void *hi, uint32_t xor_pattern);
 *
 * A row is one word of all lanes, a slot eight rows; so a digest is a message as it
 * stands. All 32 registers: a-h in zmm0-7, renamed from round to round; W[t % 16]
 * in zmm8-23; zmm24-31 for use within a round. Nothing is spilled, no stack.
 *
 * Operations: a round has 6 rotates, 4 ternary logic, 7 additions; a step of the
 * schedule 4 rotates, 2 shifts, 2 ternary, 3 additions: 64 x 17 + 48 x 11 = 1,616.
 * At four per cycle (Zen 5) that is 25.3 cycles per compression and lane, at two
 * (Zen 4, Intel) 50.5; rotates, two or one per cycle, are not the limit.
 *
 * The chain from e to the next e is rotate, ternary, two additions: 5 cycles. The
 * order keeps it ahead of all else: the new e; at once Ch and Sigma1 of the next
 * round; h + K + W of the next round; a step of the schedule; then the new a.
 */
#ifdef __CET__
#include <cet.h> /* marks the object */
#endif
        .intel_syntax noprefix
        .altmacro

        .text
        .hidden sha256_k

/* s = a rotated by i, j and k, all xored. */
        .macro sigma s, x, i, j, k
        vprord zmm30, zmm\x, \i
        vprord zmm31, zmm\x, \j
        vprord zmm\s, zmm\x, \k
        vpternlogd zmm\s, zmm30, zmm31, 0x96
        .endm
        .macro small_sigma s, x, i, j, shift
        vprord zmm30, zmm\x, \i
        vpsrld zmm31, zmm\x, \shift
        vprord zmm\s, zmm\x, \j
        vpternlogd zmm\s, zmm30, zmm31, 0x96
        .endm

/* Of the next round: zmm24 = Ch, zmm25 = Sigma1, h += K + W. k: offset of K. */
        .macro prepare e, f, g, h, w, k
        vmovdqa32 zmm24, zmm\e
        vpternlogd zmm24, zmm\f, zmm\g, 0xca
        sigma 25, \e, 6, 11, 25
        vpaddd zmm\h, zmm\h, dword ptr [rax+\k]{1to16}
        vpaddd zmm\h, zmm\h, zmm\w
        .endm

/* w becomes the word 16 further on. */
        .macro schedule w, w1, w9, w14
        small_sigma 28, \w1, 7, 18, 3
        small_sigma 29, \w14, 17, 19, 10
        vpaddd zmm\w, zmm\w, zmm\w9
        vpaddd zmm\w, zmm\w, zmm28
        vpaddd zmm\w, zmm\w, zmm29
        .endm

        .macro round a, b, c, d, e, f, g, h, t, renew, last
        vpaddd zmm\h, zmm\h, zmm24
        vpaddd zmm\d, zmm\d, zmm\h
        vpaddd zmm\d, zmm\d, zmm25      /* new e */
        vpaddd zmm\h, zmm\h, zmm25      /* T1 */
        .if \last == 0
        prepare \d, \e, \f, \g, %(8+(\t+1)%16), %(4*\t+4)
        .endif
        .if \renew
        schedule %(8+\t), %(8+(\t+1)%16), %(8+(\t+9)%16), %(8+(\t+14)%16)
        .endif
        sigma 26, \a, 2, 13, 22
        vmovdqa32 zmm27, zmm\a
        vpternlogd zmm27, zmm\b, zmm\c, 0xe8
        vpaddd zmm\h, zmm\h, zmm27
        vpaddd zmm\h, zmm\h, zmm26      /* new a */
        .endm

/* In eight rounds the names come round. */
        .macro eight_rounds t, renew, last
        round 0, 1, 2, 3, 4, 5, 6, 7, %(\t), \renew, 0
        round 7, 0, 1, 2, 3, 4, 5, 6, %(\t+1), \renew, 0
        round 6, 7, 0, 1, 2, 3, 4, 5, %(\t+2), \renew, 0
        round 5, 6, 7, 0, 1, 2, 3, 4, %(\t+3), \renew, 0
        round 4, 5, 6, 7, 0, 1, 2, 3, %(\t+4), \renew, 0
        round 3, 4, 5, 6, 7, 0, 1, 2, %(\t+5), \renew, 0
        round 2, 3, 4, 5, 6, 7, 0, 1, %(\t+6), \renew, 0
        round 1, 2, 3, 4, 5, 6, 7, 0, %(\t+7), \renew, \last
        .endm

        .macro each_row what
        .irp row, 0, 1, 2, 3, 4, 5, 6, 7
        \what \row, %(8+\row), %(16+\row)
        .endr
        .endm
        .macro load_state row, lo, hi
        vmovdqa32 zmm\row, [rsi+64*\row]
        .endm
        .macro load_block row, lo, hi
        vmovdqa32 zmm\lo, [rdx+64*\row]
        vmovdqa32 zmm\hi, [rcx+64*\row]
        .endm
        .macro xor_block row, lo, hi
        vpxord zmm\lo, zmm\lo, zmm31
        vpxord zmm\hi, zmm\hi, zmm31
        .endm
        .macro feed_forward row, lo, hi
        vpaddd zmm\row, zmm\row, [rsi+64*\row]
        vmovdqa32 [rdi+64*\row], zmm\row
        .endm

        .globl sha256_avx512_compress
        .hidden sha256_avx512_compress
        .type sha256_avx512_compress, @function
        .balign 64
sha256_avx512_compress:
        endbr64
        each_row load_block
        each_row load_state
        test r8d, r8d
        jz 1f
        vpbroadcastd zmm31, r8d
        each_row xor_block
1:      lea rax, [rip+sha256_k]
        prepare 4, 5, 6, 7, 8, 0
        mov ecx, 3
        .balign 64
2:      eight_rounds 0, 1, 0
        eight_rounds 8, 1, 0
        add rax, 64
        dec ecx
        jnz 2b
        eight_rounds 0, 0, 0
        eight_rounds 8, 0, 1
        each_row feed_forward
        vzeroupper
        ret
        .size sha256_avx512_compress, .-sha256_avx512_compress

        .section .note.GNU-stack, "", @progbits
