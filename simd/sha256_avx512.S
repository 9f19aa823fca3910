/*
 * SHA-256 in rows of 8 lanes, AVX-512: two or four independent compressions. GNU as:
 * compilers undo the order of instructions, which is worth 5 to 15 %.
 *
 *   void sha256_avx512_two(const struct rows_pair pairs[2], __m256i w[4][16]);
 *   void sha256_avx512_four(const struct rows_pair pairs[4], __m256i w[4][16]);
 *
 * A row is one word of 8 lanes, 32 bytes, a slot eight rows; so a digest is a message as
 * it stands. Two compressions make a stream: the rows of pair 2s are the low halves of
 * its registers, those of pair 2s + 1 the high ones. Joining and splitting costs 2 %, and
 * lets 8 jobs, or 16 of two shapes, fill what 16 lanes of one program would leave empty.
 * Both pairs of a stream may be the same one.
 *
 * Stream s, 0 or 1: a-h in zmm(8s) to zmm(8s+7), renamed from round to round; zmm(16+8s)
 * to zmm(23+8s) for use within a round; the ring W[t % 16] in memory, w[2s] and w[2s+1].
 * No stack.
 *
 * Operations: a round has 6 rotates, 4 ternary logic, 7 additions; a step of the
 * schedule 4 rotates, 2 shifts, 2 ternary, 3 additions: 64 x 17 + 48 x 11 = 1,616. At
 * four per cycle (Zen 5) that is 25.3 cycles per compression and lane of 16, at two (Zen
 * 4, Intel) 50.5; rotates are not the limit.
 *
 * Latency is, for one stream: the chain from e to the next e is rotate, ternary, two
 * additions, and on Zen 5 simple operations mostly take 2 cycles. One takes 37 to 38
 * cycles, two together 27.7 each. One alone is 1 cycle faster if d + h + K + W + Ch is
 * added up beside Sigma1, at the price of 64 more additions.
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

/* to = x rotated by i, j and k, all xored; or shifted by k. u, v: for use meanwhile. */
        .macro sigma to, x, i, j, k, u, v
        vprord zmm\u, zmm\x, \i
        vprord zmm\v, zmm\x, \j
        vprord zmm\to, zmm\x, \k
        vpternlogd zmm\to, zmm\u, zmm\v, 0x96
        .endm
        .macro small_sigma to, w, i, j, shift, u, v
        vmovdqa32 zmm\to, [rsi+64*\w]
        vprord zmm\u, zmm\to, \i
        vprord zmm\v, zmm\to, \j
        vpsrld zmm\to, zmm\to, \shift
        vpternlogd zmm\to, zmm\u, zmm\v, 0x96
        .endm

/* Of the next round: ch = Ch, s1 = Sigma1, h += K + W[w]. k: offset of K. */
        .macro prepare e, f, g, h, w, k, ch, s1, u, v
        vmovdqa32 zmm\ch, zmm\e
        vpternlogd zmm\ch, zmm\f, zmm\g, 0xca
        sigma \s1, \e, 6, 11, 25, \u, \v
        vpaddd zmm\h, zmm\h, dword ptr [rax+\k]{1to16}
        vpaddd zmm\h, zmm\h, [rsi+64*\w]
        .endm

/* Word w becomes the one 16 further on. */
        .macro schedule w, w1, w9, w14, x, y, u, v
        small_sigma \x, \w1, 7, 18, 3, \u, \v
        small_sigma \y, \w14, 17, 19, 10, \u, \v
        vpaddd zmm\x, zmm\x, [rsi+64*\w]
        vpaddd zmm\x, zmm\x, [rsi+64*\w9]
        vpaddd zmm\x, zmm\x, zmm\y
        vmovdqa32 [rsi+64*\w], zmm\x
        .endm

/* Round t of stream s; ring words from 16s on. */
        .macro round n, a, b, c, d, e, f, g, h, s, t, renew, last
        with_registers \n, \a, \b, \c, \d, \e, \f, \g, \h, \t, %(16*\s), \renew, \last, %(16+8*\s), %(17+8*\s), %(18+8*\s), %(19+8*\s), %(20+8*\s), %(21+8*\s), %(22+8*\s), %(23+8*\s)
        .endm
        .macro with_registers n, a, b, c, d, e, f, g, h, t, ring, renew, last, ch, s1, s0, maj, x, y, u, v
        vpaddd zmm\h, zmm\h, zmm\ch
        .if \n == 1
        vpaddd zmm\d, zmm\d, zmm\h
        vpaddd zmm\d, zmm\d, zmm\s1     /* new e */
        vpaddd zmm\h, zmm\h, zmm\s1     /* T1 */
        .else
        vpaddd zmm\h, zmm\h, zmm\s1
        vpaddd zmm\d, zmm\d, zmm\h
        .endif
        .if \last == 0
        prepare \d, \e, \f, \g, %(\ring+(\t+1)%16), %(4*\t+4), \ch, \s1, \u, \v
        .endif
        .if \renew
        schedule %(\ring+\t), %(\ring+(\t+1)%16), %(\ring+(\t+9)%16), %(\ring+(\t+14)%16), \x, \y, \u, \v
        .endif
        sigma \s0, \a, 2, 13, 22, \u, \v
        vmovdqa32 zmm\maj, zmm\a
        vpternlogd zmm\maj, zmm\b, zmm\c, 0xe8
        vpaddd zmm\h, zmm\h, zmm\maj
        vpaddd zmm\h, zmm\h, zmm\s0     /* new a */
        .endm

/* Round t of n streams; i = t % 8 says how the names have moved. */
        .macro rounds n, i, t, renew, last
        round \n, %((8-\i)%8), %((9-\i)%8), %((10-\i)%8), %((11-\i)%8), %((12-\i)%8), %((13-\i)%8), %((14-\i)%8), %((15-\i)%8), 0, \t, \renew, \last
        .if \n == 2
        round \n, %(8+(8-\i)%8), %(8+(9-\i)%8), %(8+(10-\i)%8), %(8+(11-\i)%8), %(8+(12-\i)%8), %(8+(13-\i)%8), %(8+(14-\i)%8), %(8+(15-\i)%8), 1, \t, \renew, \last
        .endif
        .endm
        .macro sixteen_rounds n, renew, last
        .irp t, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
        rounds \n, %(\t%8), \t, \renew, 0
        .endr
        rounds \n, 7, 15, \renew, \last
        .endm

/* struct rows_pair */
        .equ PAIR_DST, 0
        .equ PAIR_STATE, 8
        .equ PAIR_LO, 16
        .equ PAIR_HI, 24
        .equ PAIR_XOR, 32
        .equ PAIR, 40

        /* A row of both pairs of a stream. */
        .macro join zmm_, ymm_, low, high, row
        vmovdqa32 \ymm_, [\low+32*\row]
        vinserti64x4 \zmm_, \zmm_, [\high+32*\row], 1
        .endm
        .macro each_row what, s
        .irp row, 0, 1, 2, 3, 4, 5, 6, 7
        \what \row, %(8*\s+\row), %(16*\s+\row)
        .endr
        .endm
        .macro copy_block row, reg, w
        join zmm18, ymm18, rdx, r8, \row
        join zmm19, ymm19, rcx, r9, \row
        vpxord zmm18, zmm16, zmm18
        vpxord zmm19, zmm16, zmm19
        vmovdqa32 [rsi+64*\w], zmm18
        vmovdqa32 [rsi+512+64*\w], zmm19
        .endm
        .macro load_state row, reg, w
        join zmm\reg, ymm\reg, rax, r10, \row
        .endm
        .macro feed_forward row, reg, w
        join zmm18, ymm18, rax, r10, \row
        vpaddd zmm\reg, zmm\reg, zmm18
        vmovdqa [rdx+32*\row], ymm\reg
        vextracti64x4 [r8+32*\row], zmm\reg, 1
        .endm
        .macro load s
        mov rdx, [rdi+PAIR*2*\s+PAIR_LO]
        mov rcx, [rdi+PAIR*2*\s+PAIR_HI]
        mov rax, [rdi+PAIR*2*\s+PAIR_STATE]
        mov r8, [rdi+PAIR*(2*\s+1)+PAIR_LO]
        mov r9, [rdi+PAIR*(2*\s+1)+PAIR_HI]
        mov r10, [rdi+PAIR*(2*\s+1)+PAIR_STATE]
        vpbroadcastd ymm16, dword ptr [rdi+PAIR*2*\s+PAIR_XOR]
        vpbroadcastd ymm17, dword ptr [rdi+PAIR*(2*\s+1)+PAIR_XOR]
        vinserti64x4 zmm16, zmm16, ymm17, 1
        each_row copy_block, \s
        each_row load_state, \s
        .endm
        .macro store s
        mov rax, [rdi+PAIR*2*\s+PAIR_STATE]
        mov rdx, [rdi+PAIR*2*\s+PAIR_DST]
        mov r10, [rdi+PAIR*(2*\s+1)+PAIR_STATE]
        mov r8, [rdi+PAIR*(2*\s+1)+PAIR_DST]
        each_row feed_forward, \s
        .endm

        /* n streams */
        .macro compress name, n
        .globl \name
        .hidden \name
        .type \name, @function
        .balign 64
\name:
        endbr64
        load 0
        .if \n == 2
        load 1
        .endif
        lea rax, [rip+sha256_k]
        prepare 4, 5, 6, 7, 0, 0, 16, 17, 22, 23
        .if \n == 2
        prepare 12, 13, 14, 15, 16, 0, 24, 25, 30, 31
        .endif
        mov ecx, 3
        .balign 64
1:      sixteen_rounds \n, 1, 0
        add rax, 64
        dec ecx
        jnz 1b
        sixteen_rounds \n, 0, 1
        store 0
        .if \n == 2
        store 1
        .endif
        vzeroupper
        ret
        .size \name, .-\name
        .endm

        compress sha256_avx512_two, 1
        compress sha256_avx512_four, 2

        .section .note.GNU-stack, "", @progbits
