/*
 * SHA-512 of a message's blocks, two at a time, with the message schedule in AVX2. sha512_bmi2_pairs.inc says
 * how it works.
 *
 * A rotate takes two shifts and an xor, but a rotate by 8 is one shuffle. Two words of the schedule of two
 * blocks take 22 vector operations: two to put words next to each other, sigmas of 7 and of 9, three sums and
 * that with K. Of a block these are 16 x 22 = 352 where it is one of a pair, and 704 where it is by itself,
 * beside 1,920 operations in general registers. Where four operations start in each cycle, vectors or not
 * (Intel), that is 568 or 656 cycles.
 */
#define BLOCKS sha512_bmi2_avx2_blocks
#define COMPRESS sha512_bmi2_avx2_compress_block

        .macro schedule slot, i, i1, i4, i5, i7
        .if \slot == 0
        vpalignr ymm8, ymm\i1, ymm\i, 8
        vpalignr ymm11, ymm\i5, ymm\i4, 8
        .elseif \slot == 1
        vpsrlq ymm9, ymm8, 1
        vpsllq ymm10, ymm8, 63
        vpsrlq ymm12, ymm8, 7
        .elseif \slot == 2
        vpshufb ymm8, ymm8, [rip+rotate_8]
        vpxor ymm9, ymm9, ymm10
        vpaddq ymm\i, ymm\i, ymm11
        .elseif \slot == 3
        vpxor ymm8, ymm8, ymm12
        vpsrlq ymm10, ymm\i7, 19
        vpsllq ymm11, ymm\i7, 45
        .elseif \slot == 4
        vpxor ymm8, ymm8, ymm9
        vpsrlq ymm12, ymm\i7, 61
        .elseif \slot == 5
        vpsllq ymm13, ymm\i7, 3
        vpsrlq ymm14, ymm\i7, 6
        .elseif \slot == 6
        vpaddq ymm\i, ymm\i, ymm8
        vpxor ymm10, ymm10, ymm11
        vpxor ymm12, ymm12, ymm13
        .elseif \slot == 7
        vpxor ymm10, ymm10, ymm14
        .elseif \slot == 8
        vpxor ymm10, ymm10, ymm12
        vpaddq ymm\i, ymm\i, ymm10
        .else
        put_w_k \i
        .endif
        .endm

#include "sha512_bmi2_pairs.inc"

        .section .rodata
        .balign 32
rotate_8:
        .rept 2
        .byte 1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8
        .endr
