/*
 * SHA-256 in rows of eight lanes, AVX2. GNU as: compilers undo the order of
 * instructions, which is worth a fifth.
 *
 *   void sha256_avx2_compress(const struct rows_pair *pair, row w[16]);
 *
 * A row is one word of all lanes, a slot eight rows; so a digest is a message as it
 * stands. a-h in ymm0-7, renamed from round to round; the ring W[t % 16] in memory,
 * w; ymm8-15 for use within a round, but ymm15 or ymm10, taking turns, carries b ^ c,
 * which is the a ^ b of the round before. No stack.
 *
 * Operations: a rotate is two shifts and an xor. A round has twice 11 for the
 * Sigmas, Ch 3, Maj = ((a ^ b) & (b ^ c)) ^ b 3, 7 additions; a step of the schedule
 * twice 9, 3 additions: 64 x 35 + 48 x 21 = 3,248, four per cycle (Zen): 101.5
 * cycles per compression and lane. Shifts, 1,248 at two per cycle, are not the limit.
 *
 * Order: the new e; at once Ch and Sigma1 of the next round; h + K + W of the next
 * round; a step of the schedule; then the new a.
 */
#ifdef __CET__
#include <cet.h> /* marks the object */
#endif
        .intel_syntax noprefix
        .altmacro

        .text
        .hidden sha256_k

/* s = x rotated by i, j and k, all xored, as a tree. */
        .macro sigma s, x, i, j, k
        vpsrld ymm\s, ymm\x, \i
        vpslld ymm12, ymm\x, 32-\i
        vpsrld ymm13, ymm\x, \j
        vpxor ymm\s, ymm\s, ymm12
        vpslld ymm12, ymm\x, 32-\j
        vpsrld ymm14, ymm\x, \k
        vpxor ymm13, ymm13, ymm12
        vpslld ymm12, ymm\x, 32-\k
        vpxor ymm\s, ymm\s, ymm13
        vpxor ymm14, ymm14, ymm12
        vpxor ymm\s, ymm\s, ymm14
        .endm
/* s = ymm11 rotated by i and j and shifted; ymm11 is used up. */
        .macro small_sigma s, i, j, shift
        vpsrld ymm\s, ymm11, \i
        vpslld ymm12, ymm11, 32-\i
        vpsrld ymm13, ymm11, \j
        vpxor ymm\s, ymm\s, ymm12
        vpslld ymm12, ymm11, 32-\j
        vpsrld ymm11, ymm11, \shift
        vpxor ymm13, ymm13, ymm12
        vpxor ymm\s, ymm\s, ymm11
        vpxor ymm\s, ymm\s, ymm13
        .endm

/* Of the next round: ymm8 = Ch, ymm9 = Sigma1, h += K + W. k: offset of K. */
        .macro prepare e, f, g, h, w, k
        vpxor ymm8, ymm\f, ymm\g
        vpand ymm8, ymm8, ymm\e
        vpxor ymm8, ymm8, ymm\g
        sigma 9, \e, 6, 11, 25
        vpbroadcastd ymm11, dword ptr [rax+\k]
        vpaddd ymm\h, ymm\h, [rsi+32*\w]
        vpaddd ymm\h, ymm\h, ymm11
        .endm

/* Word w becomes the one 16 further on. */
        .macro schedule w, w1, w9, w14, sum
        vmovdqa ymm11, [rsi+32*\w1]
        small_sigma \sum, 7, 18, 3
        vmovdqa ymm11, [rsi+32*\w14]
        vpaddd ymm\sum, ymm\sum, [rsi+32*\w]
        small_sigma 14, 17, 19, 10
        vpaddd ymm\sum, ymm\sum, [rsi+32*\w9]
        vpaddd ymm\sum, ymm\sum, ymm14
        vmovdqa [rsi+32*\w], ymm\sum
        .endm

/* bc = b ^ c; ab becomes a ^ b. */
        .macro round a, b, c, d, e, f, g, h, t, bc, ab, renew, last
        vpaddd ymm\h, ymm\h, ymm8
        vpaddd ymm\h, ymm\h, ymm9       /* T1 */
        vpaddd ymm\d, ymm\d, ymm\h      /* new e */
        .if \last == 0
        prepare \d, \e, \f, \g, %((\t+1)%16), %(4*\t+4)
        .endif
        .if \renew
        schedule \t, %((\t+1)%16), %((\t+9)%16), %((\t+14)%16), \ab
        .endif
        vpxor ymm\ab, ymm\a, ymm\b
        vpand ymm\bc, ymm\bc, ymm\ab
        vpxor ymm\bc, ymm\bc, ymm\b     /* Maj */
        vpaddd ymm\h, ymm\h, ymm\bc
        sigma 11, \a, 2, 13, 22
        vpaddd ymm\h, ymm\h, ymm11      /* new a */
        .endm

/* In eight rounds the names come round. */
        .macro eight_rounds t, renew, last
        round 0, 1, 2, 3, 4, 5, 6, 7, %(\t), 15, 10, \renew, 0
        round 7, 0, 1, 2, 3, 4, 5, 6, %(\t+1), 10, 15, \renew, 0
        round 6, 7, 0, 1, 2, 3, 4, 5, %(\t+2), 15, 10, \renew, 0
        round 5, 6, 7, 0, 1, 2, 3, 4, %(\t+3), 10, 15, \renew, 0
        round 4, 5, 6, 7, 0, 1, 2, 3, %(\t+4), 15, 10, \renew, 0
        round 3, 4, 5, 6, 7, 0, 1, 2, %(\t+5), 10, 15, \renew, 0
        round 2, 3, 4, 5, 6, 7, 0, 1, %(\t+6), 15, 10, \renew, 0
        round 1, 2, 3, 4, 5, 6, 7, 0, %(\t+7), 10, 15, \renew, \last
        .endm

/* struct rows_pair */
        .equ PAIR_DST, 0
        .equ PAIR_STATE, 8
        .equ PAIR_LO, 16
        .equ PAIR_HI, 24
        .equ PAIR_XOR, 32

/* W[0 .. 15] = lo, hi, xored with ymm15. */
        .macro copy_block row
        vpxor ymm8, ymm15, [rdx+32*\row]
        vpxor ymm9, ymm15, [rcx+32*\row]
        vmovdqa [rsi+32*\row], ymm8
        vmovdqa [rsi+256+32*\row], ymm9
        .endm
        .macro load_state row
        vmovdqa ymm\row, [rax+32*\row]
        .endm
        .macro feed_forward row
        vpaddd ymm\row, ymm\row, [rax+32*\row]
        vmovdqa [rdx+32*\row], ymm\row
        .endm
        .macro each_row what
        .irp row, 0, 1, 2, 3, 4, 5, 6, 7
        \what \row
        .endr
        .endm

        .globl sha256_avx2_compress
        .hidden sha256_avx2_compress
        .type sha256_avx2_compress, @function
        .balign 64
sha256_avx2_compress:
        endbr64
        mov rdx, [rdi+PAIR_LO]
        mov rcx, [rdi+PAIR_HI]
        mov rax, [rdi+PAIR_STATE]
        vpbroadcastd ymm15, dword ptr [rdi+PAIR_XOR]
        each_row copy_block
        each_row load_state
        vpxor ymm15, ymm1, ymm2
        lea rax, [rip+sha256_k]
        prepare 4, 5, 6, 7, 0, 0
        mov ecx, 3
        .balign 64
1:      eight_rounds 0, 1, 0
        eight_rounds 8, 1, 0
        add rax, 64
        dec ecx
        jnz 1b
        eight_rounds 0, 0, 0
        eight_rounds 8, 0, 1
        mov rax, [rdi+PAIR_STATE]
        mov rdx, [rdi+PAIR_DST]
        each_row feed_forward
        vzeroupper
        ret
        .size sha256_avx2_compress, .-sha256_avx2_compress

        .section .note.GNU-stack, "", @progbits
