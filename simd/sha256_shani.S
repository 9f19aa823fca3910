/*
 * SHA-256 with the SHA extensions: one to four independent compressions at a time. The file is for GNU as,
 * and uses only SSE encodings and 16 registers, so that it runs on CPUs without AVX (Goldmont). How an
 * operation gets its block and leaves its result is in sha256_shani.inc.
 *
 *   void sha256_shani_groups(struct walks *walks, struct scratch *scratch);
 *
 * runs the programs of the open tasks until one of them has no more operations. It goes from one group of
 * independent operations, which it interleaves, to the next. Operation l of each group is in "lane" l, and
 * scratch->pairs[l] says which one it is.
 *
 * A task that is alone fills the lanes of a group with its next operations, as long as the gap of each
 * reaches back to the first. Of two to four tasks each has one operation in a group, and a second one as long
 * as a lane is left and the second is independent of the first.
 *
 * sha256rnds2 does two rounds in 4 cycles, so that a chain alone takes 32 x 4 = 128 cycles on any CPU. One of
 * them starts in each cycle (Zen 4, where four pairs take 4 x 49 cycles), or in every second one (Zen 5 and
 * Intel, where two pairs are as good as four, and take 64 each).
 *
 * Between operations that depend on each other the only other latency is that of the feed-forward, and for a
 * digest that of a shuffle as well: 1 cycle each, or 2 on Zen 5, as long as neither goes through memory (9 to
 * 11 cycles). A lane therefore keeps the result of its last operation in registers, and takes its state or
 * digest from there if the operation before it in the same lane wrote it. Of two lanes the second may have
 * its digest from the first, too, as in the PRF, where A(i) goes into the messages of A(i + 1) and of P(i).
 * Which way is taken, and which operations make a group, depends on the program alone, so that the CPU runs
 * through these branches ahead of the rounds.
 *
 * The message schedule is a chain as well, and that of a digest can only start when the rounds do. Four words
 * of it should not take longer than four rounds, which are 8 cycles. W[t-7] of the last of four words is the
 * first of the four before. Usually W[t-7] is added before sha256msg2, which makes a chain of palignr, paddd
 * and sha256msg2; on Zen 5 it takes 2 + 2 + 6 cycles, and the rounds wait for it. But sha256msg2 adds its
 * first operand, and uses the last word of the sum for nothing else. So W[t-7] may be added behind it, in 6 +
 * 2 cycles. That takes three instructions more. A chain alone has room for them; with two lanes they cost
 * more than they gain.
 *
 * A message slot holds the bytes as they came, and each operation turns the bytes of its words around when it
 * loads them. No chain waits for that, since messages are known long before their rounds. The slots of a lone
 * job then need no pass over them, for which its first rounds would wait. The mask for pshufb is in xmm0
 * while the blocks of a group are loaded: on Zen 4, four jobs take 1.5 to 2 % longer with it in memory.
 *
 * The state of lane l is F E B A in xmm(1+2l) and H G D C in xmm(2+2l), the lowest word first. xmm0 has W +
 * K, as the instruction wants it. With one and two lanes ("narrow"), W is in xmm(5+4l) and the three
 * registers behind it. With three and four lanes ("wide"), the last 16 words of W are in a ring in memory,
 * w[l], and the newest four also in xmm(9+l), since the next four wait for them. xmm13-15 are free for use
 * between instructions, with three lanes also xmm7, 8 and 12. Between groups xmm14 and xmm13 are xmm1 and
 * xmm2 + K.
 *
 * rdi points to the pairs, rdx to w, and r8-r11 to the dst of lanes 0 to 3 in the group before, or they are 0
 * if there was none. rcx is the operation and rsi the bank; during the rounds rcx is K. If a task is alone,
 * rbx is its next operation and rbp its last one. If there are several, rbx points to the walks, and rbp is 1
 * if the group has the last operation of one of them, or else 0.
 */
#ifdef __CET__
#include <cet.h> /* marks the object as fit for CET */
#endif
        .intel_syntax noprefix
        .altmacro
#include "saved_registers.inc"
#include "sha256_shani.inc"

        /* struct walks */
        .equ WALK_OP, 0
        .equ WALK_END, 8
        .equ WALK, 32
        .equ WALKS_N_OPEN, 128

        /* struct scratch */
        .equ SCRATCH_PAIRS, 256
        .equ SCRATCH_HAS_MESSAGES, 352

/* t = W + K, with words 4q to 4q + 3 of the ring of lane l. */
        .macro w_k_wide t, l, q, k
        movdqa xmm\t, [rcx+\k]
        paddd xmm\t, [rdx+64*\l+16*\q]
        .endm

/* The schedule in two more forms: with W[t-7] added behind sha256msg2, as described above, and for a ring in
 * memory, by way of xmm(m) and xmm0. */
        .macro end_schedule_sooner w, a
        .if \a >= 0
        end_schedule_sooner_of %(\w+\a), %(\w+(\a+2)%4), %(\w+(\a+3)%4)
        .endif
        .endm
        .macro end_schedule_sooner_of a, c, d
        movdqa xmm13, xmm\c
        psrldq xmm13, 4
        paddd xmm\a, xmm13
        movdqa xmm13, xmm\d
        sha256msg2 xmm\a, xmm\d
        pslldq xmm13, 12
        paddd xmm\a, xmm13
        .endm
        .macro begin_schedule_wide m, l, a
        .if \a >= 0
        movdqa xmm\m, [rdx+64*\l+16*\a]
        sha256msg1 xmm\m, [rdx+64*\l+16*((\a+1)%4)]
        .endif
        .endm
        .macro end_schedule_wide m, l, a
        .if \a >= 0
        end_schedule_wide_of \m, \l, \a, %(9+\l)
        .endif
        .endm
        .macro end_schedule_wide_of m, l, a, newest
        movdqa xmm0, xmm\newest
        palignr xmm0, [rdx+64*\l+16*((\a+2)%4)], 4
        paddd xmm\m, xmm0
        sha256msg2 xmm\m, xmm\newest
        movdqa xmm\newest, xmm\m
        movdqa [rdx+64*\l+16*\a], xmm\m
        .endm

/*
 * Runs four rounds in each of n lanes with words 4q to 4q + 3 of the ring. Then words 4a to 4a + 3 of the
 * ring are renewed, unless a is negative. k is the offset of the constants in K.
 *
 * Two chains use the round unit of Zen 5 all the time, so that the rounds of the lanes must take turns. Where
 * the other instructions stand among them matters as much there as how many they are, in ways that no count
 * of ports explains. The orders below were found by trying some thousand for two lanes, some hundred for
 * three and ten for four, and are the simplest ones among the good. The cycles for an operation in each lane,
 * from chains of messages to chains of digests:
 *
 *   two lanes     141 to 155    (other orders: 140 to 190)
 *   three lanes   213 to 226    (if all of a lane stands together: 226 to 236)
 *   four lanes    267 to 280    (if all of a lane stands together: 275 to 284)
 */
        .macro step n, q, k, a=-1
        .if \n == 1
        step_of_1 \q, \k, \a
        .elseif \n == 2
        step_of_2 \q, \k, \a
        .elseif \n == 3
        step_of_3 \q, \k, \a
        .else
        step_of_2_in_4 0, 1, 2, 1, 3, 4, \q, \k, \a
        step_of_2_in_4 2, 5, 6, 3, 7, 8, \q, \k, \a
        .endif
        .endm
        .macro step_of_1 q, k, a
        .if \k
        w_k 14, %(5+\q), \k
        .endif
        first_rounds 14, 1, 2
        last_rounds 14, 1, 2
        begin_schedule 5, \a
        end_schedule_sooner 5, \a
        .endm
        .macro step_of_2 q, k, a
        .if \k
        w_k 14, %(5+\q), \k
        w_k 15, %(9+\q), \k
        .endif
        begin_schedule 5, \a
        begin_schedule 9, \a
        first_rounds 14, 1, 2
        first_rounds 15, 3, 4
        end_schedule 5, \a
        last_rounds 14, 1, 2
        end_schedule 9, \a
        last_rounds 15, 3, 4
        .endm
        .macro step_of_3 q, k, a
        w_k_wide 13, 0, \q, \k
        w_k_wide 14, 1, \q, \k
        w_k_wide 15, 2, \q, \k
        first_rounds 13, 1, 2
        first_rounds 14, 3, 4
        first_rounds 15, 5, 6
        begin_schedule_wide 7, 0, \a
        end_schedule_wide 7, 0, \a
        begin_schedule_wide 8, 1, \a
        last_rounds 13, 1, 2
        last_rounds 14, 3, 4
        last_rounds 15, 5, 6
        end_schedule_wide 8, 1, \a
        begin_schedule_wide 12, 2, \a
        end_schedule_wide 12, 2, \a
        .endm
        .macro step_of_2_in_4 l, s0, s1, m, t0, t1, q, k, a
        w_k_wide 13, \l, \q, \k
        w_k_wide 14, \m, \q, \k
        first_rounds 13, \s0, \s1
        first_rounds 14, \t0, \t1
        begin_schedule_wide 15, \l, \a
        end_schedule_wide 15, \l, \a
        last_rounds 13, \s0, \s1
        last_rounds 14, \t0, \t1
        begin_schedule_wide 15, \m, \a
        end_schedule_wide 15, \m, \a
        .endm

        .macro first_step n
        .if \n <= 2
        step \n, 0, 0
        .else
        first_step_wide \n
        .endif
        .endm

/* The first four rounds of three or four lanes. Lane l has W + K of them in xmm(9+l), which takes its newest
 * words afterwards: were W + K read from the ring like that of the other rounds, a chain of digests would go
 * through memory. */
        .macro first_step_wide n
        first_rounds 9, 1, 2
        first_rounds 10, 3, 4
        first_rounds 11, 5, 6
        .if \n == 4
        first_rounds 12, 7, 8
        .endif
        last_rounds 9, 1, 2
        last_rounds 10, 3, 4
        last_rounds 11, 5, 6
        .if \n == 4
        last_rounds 12, 7, 8
        movdqa xmm12, [rdx+192+48]
        .endif
        movdqa xmm9, [rdx+48]
        movdqa xmm10, [rdx+64+48]
        movdqa xmm11, [rdx+128+48]
        .endm

        .macro load_wide p, s0, s1, first, w, dst
        load \p, \s0, \s1, \first, 13, 14, 15, \dst
        movdqa [rdx+\w], xmm\first
        movdqa [rdx+\w+16], xmm13
        movdqa [rdx+\w+32], xmm14
        movdqa [rdx+\w+48], xmm15
        paddd xmm\first, [rip+sha256_k]
        .endm

/* A group of n pairs. Behind it the lanes from n on hold nothing of use: their registers may have been used
 * for W, and another lane may have written the slot that they wrote. Their r9 to r11 therefore become 0. */
        .macro group n
        .balign 64
group\n:
        movdqa xmm0, [rip+turned]
        .if \n <= 2
        .if \n == 2 /* lane 1 comes first, or lane 0 would replace the result that both may take */
        load PAIR, 3, 4, 9, 10, 11, 12, r9, 15, 0, 1
        .endif
        load 0, 1, 2, 5, 6, 7, 8, r8, 14, 1
        .else
        mov dword ptr [rdx+SCRATCH_HAS_MESSAGES], 1
        load_wide 0, 1, 2, 9, 0, r8
        load_wide PAIR, 3, 4, 10, 64, r9
        load_wide 2*PAIR, 5, 6, 11, 128, r10
        .if \n == 4
        load_wide 3*PAIR, 7, 8, 12, 192, r11
        .endif
        .endif
        lea rcx, [rip+sha256_k]
        all_rounds \n
        .if \n == 1
        store 0, 1, 2, r8, 1
        .else /* with more lanes, fewer instructions are worth more than an addition sooner */
        store 0, 1, 2, r8
        movdqa xmm14, [rip+k_feba]
        movdqa xmm13, [rip+k_hgdc]
        paddd xmm14, xmm1
        paddd xmm13, xmm2
        .endif
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
        jmp next
        .endm

/*
 * Gives lane t the next operation of task t. If `second` is a lane, and the operation after that is
 * independent of it, gives it to this lane and goes on at `then`. rbp becomes 1 if it was the task's last.
 */
        .macro take t, second=-1, then=0
        mov rcx, [rbx+\t*WALK+WALK_OP]
        mov [rdi+\t*PAIR+PAIR_OP], rcx
        add rcx, OP
        cmp rcx, [rbx+\t*WALK+WALK_END]
        .if \second < 0
        jne 2f
        .else
        je 1f
        cmp byte ptr [rcx+OP_GAP], 0
        je 2f
        mov [rdi+\second*PAIR+PAIR_OP], rcx
        mov rax, [rdi+\t*PAIR+PAIR_BANK]
        mov [rdi+\second*PAIR+PAIR_BANK], rax
        mov rax, [rdi+\t*PAIR+PAIR_WORDS]
        mov [rdi+\second*PAIR+PAIR_WORDS], rax
        add rcx, OP
        mov [rbx+\t*WALK+WALK_OP], rcx
        cmp rcx, [rbx+\t*WALK+WALK_END]
        jne \then
        mov ebp, 1
        jmp \then
        .endif
1:      mov ebp, 1
2:      mov [rbx+\t*WALK+WALK_OP], rcx
        .endm

/* Gives the operation at rbx, of a task that is alone, to lane l. The group ends with it if it is the last
 * one, or if the next one is not independent of all in the group. For lane 0 it is not the last one. */
        .macro take_alone l
        mov [rdi+\l*PAIR+PAIR_OP], rbx
        add rbx, OP
        take_alone_end %(\l+1)
        .endm
        .macro take_alone_end n
        .if \n > 1
        cmp rbx, rbp
        ja group\n
        .endif
        cmp byte ptr [rbx+OP_GAP], \n
        jb group\n
        .endm

        .globl sha256_shani_groups
        .hidden sha256_shani_groups
        .type sha256_shani_groups, @function
        .balign 64
sha256_shani_groups:
        .cfi_startproc
        endbr64
        save rbx
        save rbp
        push rdi
        .cfi_adjust_cfa_offset 8
        mov rbx, rdi
        mov rdx, rsi
        lea rdi, [rsi+SCRATCH_PAIRS]
        xor r8d, r8d
        xor r9d, r9d
        xor r10d, r10d
        xor r11d, r11d
        xor ebp, ebp
        cmp dword ptr [rbx+WALKS_N_OPEN], 1
        jne next
        mov rbp, [rbx+WALK_END]
        mov rbx, [rbx+WALK_OP]
        sub rbp, OP
/* The next group of a task that is alone. */
next:   cmp rbx, rbp
        jae 1f
        take_alone 0
        take_alone 1
        take_alone 2
        mov [rdi+3*PAIR+PAIR_OP], rbx
        add rbx, OP
        jmp group4
1:      jne 2f
        mov [rdi+PAIR_OP], rbx
        add rbx, OP
        jmp group1
/* There is no next group, or there are several tasks. Then rbx, an address, is never below rbp. */
2:      cmp rbp, 1
        jb several
        .cfi_remember_state
        pop rcx
        .cfi_adjust_cfa_offset -8
        je 3f
        mov [rcx+WALK_OP], rbx
3:      restore rbp
        restore rbx
        ret
        .cfi_restore_state
several:
        cmp dword ptr [rbx+WALKS_N_OPEN], 3
        jb two
        je three
        take 0
        take 1
        take 2
        take 3
        jmp group4
three:  take 0, 3, three_first
        take 1, 3, three_second
        take 2, 3, group4
        jmp group3
three_first:
        take 1
three_second:
        take 2
        jmp group4
two:    take 0, 2, two_first
        take 1, 2, group3
        jmp group2
two_first:
        take 1, 3, group4
        jmp group3
        group 1
        group 2
        group 3
        group 4
        .cfi_endproc
        .size sha256_shani_groups, .-sha256_shani_groups

        .section .note.GNU-stack, "", @progbits
