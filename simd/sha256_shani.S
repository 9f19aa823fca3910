/*
 * SHA-256 on the SHA extensions: compressions of one to four independent pairs
 * (operation, bank) at a time. GNU as; SSE encodings only, so that it runs on
 * CPUs without AVX (Goldmont), and 16 registers.
 *
 *   void sha256_shani_groups(const struct pair *pair, uint32_t w[4][16]);
 *
 * runs a list of groups up to one of size 0; the pairs of a group are independent
 * and interleaved, pair l of it in "lane" l. struct pair: sha256_shani.c.
 *
 * sha256rnds2 does two rounds: latency 4, so one chain takes 32 x 4 = 128 cycles
 * however wide the CPU; throughput one per cycle (Zen 4: four pairs take 4 x 49)
 * or per two cycles (Zen 5, Intel: two pairs are as good as four, 64 each).
 * Between dependent operations the only other latency is the feed-forward (1),
 * or feed-forward, shuffle and + K for a digest (3), as long as they need not go
 * through memory (9-10): so a lane keeps the result of its last operation, and
 * takes state or digest from there if the pair before in the same lane wrote it.
 * All dispatch hangs on the program alone and runs ahead of the rounds.
 *
 * State (lane l): xmm(1+2l) = F E B A, xmm(2+2l) = H G D C, lowest word first.
 * xmm0 = W + K, as the instruction wants it. One and two lanes ("narrow"): W in
 * xmm(5+4l) and the three above. Three and four ("wide"): the last 16 words of W
 * in a ring in memory, w[l]; the newest four also in xmm(9+l), since the next
 * four wait for them. xmm13-15 are free for use between instructions.
 * rdi = pair, rdx = w, r8-r11 = dst of lanes 0-3 in the group before, 0 if there
 * was none; rcx = operation, rsi = bank (rcx = K during the rounds). No stack.
 */
#ifdef __CET__
#include <cet.h> /* marks the object */
#endif
        .intel_syntax noprefix
        .altmacro

        /* struct simd_op */
        .equ OP_DST, 0
        .equ OP_STATE, 1
        .equ OP_DIGEST, 2
        .equ OP_LO, 3
        .equ OP_HI, 4
        .equ OP_XOR, 5
        .equ NO_SLOT, 0xff

        /* struct pair */
        .equ PAIR_OP, 0
        .equ PAIR_BANK, 8
        .equ PAIR_GROUP, 16
        .equ PAIR_DIGEST_WORDS, 17
        .equ PAIR, 24

        .section .rodata
        .balign 16
        /* Ones where a digest of n words covers the block: 32 bytes at kept + 32 - 4n. */
kept:   .fill 8, 4, -1
        .fill 8, 4, 0

        .text
        .hidden sha256_k

/* Four rounds on state s0, s1; xmm0 = W + K. */
        .macro rounds s0, s1
        sha256rnds2 xmm\s1, xmm\s0
        pshufd xmm0, xmm0, 0x0e
        sha256rnds2 xmm\s0, xmm\s1
        .endm

/* Words 4a .. 4a + 3 of the ring become those 16 later; b, c, d follow them. */
        .macro schedule a, b, c, d
        movdqa xmm13, xmm\d
        palignr xmm13, xmm\c, 4
        sha256msg1 xmm\a, xmm\b
        paddd xmm\a, xmm13
        sha256msg2 xmm\a, xmm\d
        .endm
        .macro schedule_wide w, a, b, c, newest
        movdqa xmm13, xmm\newest
        movdqa xmm14, [rdx+\w+16*\a]
        palignr xmm13, [rdx+\w+16*\c], 4
        sha256msg1 xmm14, [rdx+\w+16*\b]
        paddd xmm14, xmm13
        sha256msg2 xmm14, xmm\newest
        movdqa xmm\newest, xmm14
        movdqa [rdx+\w+16*\a], xmm14
        .endm

/* In each of n lanes: four rounds with words 4q .. 4q + 3 of the ring, then, if a
 * is not negative, words 4a .. 4a + 3 of it renewed. k: offset of K. */
        .macro step n, q, k, a=-1
        .if \n == 1
        one %(5+\q), \k
        schedule_narrow 5, \a
        .elseif \n == 2
        two %(5+\q), %(9+\q), \k, \a
        .else
        wide 1, 2, 9, 0, \q, \k, \a
        wide 3, 4, 10, 64, \q, \k, \a
        wide 5, 6, 11, 128, \q, \k, \a
        .if \n == 4
        wide 7, 8, 12, 192, \q, \k, \a
        .endif
        .endif
        .endm
        .macro one w, k
        movdqa xmm0, [rcx+\k]
        paddd xmm0, xmm\w
        rounds 1, 2
        .endm
/* Two chains fill the round unit of Zen 5 to the brim, so their rounds must take
 * turns: lane after lane, as above, they take 81 cycles, so 70. */
        .macro two w0, w1, k, a
        movdqa xmm14, [rcx+\k]
        movdqa xmm15, xmm14
        paddd xmm14, xmm\w0
        paddd xmm15, xmm\w1
        movdqa xmm0, xmm14
        sha256rnds2 xmm2, xmm1
        movdqa xmm0, xmm15
        sha256rnds2 xmm4, xmm3
        schedule_narrow 5, \a
        pshufd xmm0, xmm14, 0x0e
        sha256rnds2 xmm1, xmm2
        pshufd xmm0, xmm15, 0x0e
        sha256rnds2 xmm3, xmm4
        schedule_narrow 9, \a
        .endm
        .macro schedule_narrow w, a
        .if \a >= 0
        schedule %(\w+\a), %(\w+(\a+1)%4), %(\w+(\a+2)%4), %(\w+(\a+3)%4)
        .endif
        .endm
        .macro wide s0, s1, newest, w, q, k, a
        movdqa xmm0, [rcx+\k]
        paddd xmm0, [rdx+\w+16*\q]
        rounds \s0, \s1
        .if \a >= 0
        schedule_wide \w, \a, %((\a+1)%4), %((\a+2)%4), \newest
        .endif
        .endm

/* The 64 rounds of n lanes, rcx = K. A step of the schedule stands two steps
 * behind the last use of what it replaces, so that it never holds up a round that
 * is ready; with four lanes there is no need, and one step shortens the ring's
 * life. */
        .macro all_rounds n
        step \n, 0, 0
        .if \n < 4
        step \n, 1, 16
        .endif
        mov eax, 3
        .balign 32
9:
        .if \n < 4
        step \n, 2, 32, 0
        step \n, 3, 48, 1
        step \n, 0, 64, 2
        step \n, 1, 80, 3
        .else
        step \n, 1, 16, 0
        step \n, 2, 32, 1
        step \n, 3, 48, 2
        step \n, 0, 64, 3
        .endif
        add rcx, 64
        dec eax
        jnz 9b
        .if \n == 4
        step \n, 1, 16
        .endif
        step \n, 2, 32
        step \n, 3, 48
        .endm

/* Address of the slot that an operand of operation rcx on bank rsi names. */
        .macro slot to32, to, operand
        movzx \to32, byte ptr [rcx+\operand]
        shl \to32, 5
        add \to, rsi
        .endm

/* Block of the pair at rdi + p to m0-m3, its state to s0, s1; dst = its dst, which
 * before was what s0, s1 hold. */
        .macro load p, s0, s1, m0, m1, m2, m3, dst
        mov rcx, [rdi+\p+PAIR_OP]
        mov rsi, [rdi+\p+PAIR_BANK]
        cmp byte ptr [rcx+OP_DIGEST], NO_SLOT
        je 3f
        slot eax, rax, OP_DIGEST
        cmp rax, \dst
        jne 1f
        movdqa xmm\m0, xmm\s0
        movdqa xmm\m1, xmm\s0
        shufps xmm\m0, xmm\s1, 0xbb     /* A B C D */
        shufps xmm\m1, xmm\s1, 0x11     /* E F G H */
        jmp 2f
1:      movdqa xmm\m0, [rax]
        movdqa xmm15, [rax+16]
        movdqa xmm\m1, xmm\m0
        shufps xmm\m0, xmm15, 0xbb
        shufps xmm\m1, xmm15, 0x11
2:      movzx eax, byte ptr [rdi+\p+PAIR_DIGEST_WORDS]
        cmp eax, 8
        je 4f
        fill_from_lo \p, \m0, \m1
        jmp 4f
3:      slot eax, rax, OP_LO
        movdqa xmm\m0, [rax]
        movdqa xmm\m1, [rax+16]
4:      slot eax, rax, OP_HI
        movdqa xmm\m2, [rax]
        movdqa xmm\m3, [rax+16]
        movzx eax, byte ptr [rcx+OP_XOR]
        test eax, eax
        jz 5f
        imul eax, eax, 0x01010101
        movd xmm15, eax
        pshufd xmm15, xmm15, 0
        pxor xmm\m0, xmm15
        pxor xmm\m1, xmm15
        pxor xmm\m2, xmm15
        pxor xmm\m3, xmm15
5:      slot eax, rax, OP_STATE
        cmp rax, \dst
        je 6f
        movdqa xmm\s0, [rax]
        movdqa xmm\s1, [rax+16]
6:      movzx eax, byte ptr [rcx+OP_DST]
        shl eax, 5
        lea \dst, [rsi+rax]
        .endm
/* Words eax and up of m0, m1 become those of lo. */
        .macro fill_from_lo p, m0, m1
        slot ecx, rcx, OP_LO
        lea rsi, [rip+kept+32]
        shl eax, 2
        sub rsi, rax
        movdqu xmm15, [rsi]
        pand xmm\m0, xmm15
        pandn xmm15, [rcx]
        por xmm\m0, xmm15
        movdqu xmm15, [rsi+16]
        pand xmm\m1, xmm15
        pandn xmm15, [rcx+16]
        por xmm\m1, xmm15
        mov rcx, [rdi+\p+PAIR_OP]
        mov rsi, [rdi+\p+PAIR_BANK]
        .endm
        .macro load_wide p, s0, s1, newest, w, dst
        load \p, \s0, \s1, 0, 13, 14, \newest, \dst
        movdqa [rdx+\w], xmm0
        movdqa [rdx+\w+16], xmm13
        movdqa [rdx+\w+32], xmm14
        movdqa [rdx+\w+48], xmm\newest
        .endm

/* Feed-forward. The state is read a second time rather than kept. */
        .macro store p, s0, s1, dst
        mov rcx, [rdi+\p+PAIR_OP]
        mov rsi, [rdi+\p+PAIR_BANK]
        slot eax, rax, OP_STATE
        paddd xmm\s0, [rax]
        paddd xmm\s1, [rax+16]
        movdqa [\dst], xmm\s0
        movdqa [\dst+16], xmm\s1
        .endm

/* Lanes above n hold nothing of use behind a group: their registers may have been
 * used for W, and another lane may write the slot that they wrote. */
        .macro group n
        .balign 64
group\n:
        .if \n <= 2
        load 0, 1, 2, 5, 6, 7, 8, r8
        .if \n == 2
        load PAIR, 3, 4, 9, 10, 11, 12, r9
        .endif
        .else
        load_wide 0, 1, 2, 9, 0, r8
        load_wide PAIR, 3, 4, 10, 64, r9
        load_wide 2*PAIR, 5, 6, 11, 128, r10
        .if \n == 4
        load_wide 3*PAIR, 7, 8, 12, 192, r11
        .endif
        .endif
        lea rcx, [rip+sha256_k]
        all_rounds \n
        store 0, 1, 2, r8
        .if \n >= 2
        store PAIR, 3, 4, r9
        .else
        xor r9d, r9d
        .endif
        .if \n >= 3
        store 2*PAIR, 5, 6, r10
        .else
        xor r10d, r10d
        .endif
        .if \n >= 4
        store 3*PAIR, 7, 8, r11
        .else
        xor r11d, r11d
        .endif
        add rdi, \n*PAIR
        jmp next
        .endm

        .globl sha256_shani_groups
        .hidden sha256_shani_groups
        .type sha256_shani_groups, @function
        .balign 64
sha256_shani_groups:
        endbr64
        mov rdx, rsi
        xor r8d, r8d
        xor r9d, r9d
        xor r10d, r10d
        xor r11d, r11d
next:   movzx eax, byte ptr [rdi+PAIR_GROUP]
        cmp eax, 2
        je group2
        jb 1f
        cmp eax, 3
        je group3
        jmp group4
1:      test eax, eax
        jnz group1
        ret
        group 1
        group 2
        group 3
        group 4
        .size sha256_shani_groups, .-sha256_shani_groups

        .section .note.GNU-stack, "", @progbits
