/*
 * What a key exchange gave, on its way into a job: what pre-master secrets (pre_master.c) and the shared
 * secrets of TLS 1.3 (shared_secret.c) have in common.
 *
 * No branch and no address depends on a secret byte: a mask of all ones or all zeros selects, and every byte
 * is read and written whatever the secret is.
 */
#ifndef ENGINE_EXCHANGE_H
#define ENGINE_EXCHANGE_H

#include "lanekdf.h"

#include <stdbool.h>

#include "overlap.h"
#include "simd.h"
#include "wipe.h"

/* ---- masks ---- */

/* A compiler that knew that a mask is all ones or all zeros could make a branch of it; the xor with a value
 * that it cannot know keeps it from that. */
static const volatile uint32_t unknown_zero = 0;

/* The mask of all ones if x is 0, else that of all zeros. */
static inline uint32_t mask_of_zero(uint32_t x)
{
    return (((x | (0 - x)) >> 31) - 1) ^ unknown_zero;
}

static inline uint8_t select_byte(uint32_t mask, uint8_t if_ones, uint8_t if_zeros)
{
    return (uint8_t)((if_ones & mask) | (if_zeros & ~mask));
}

/* ---- before and after each call ---- */

/* Checks the buffers of a call. Returns a status; unless that is LANEKDF_OK, the output is zeroed if it
 * overlaps no input. */
static inline int exchange_check(
    bool lengths_fit, struct lanekdf_span out, const struct lanekdf_bytes *in, size_t n_in)
{
    bool has_null = out.len && !out.data, overlaps = false;
    for (size_t i = 0; i < n_in; i++) {
        has_null |= in[i].len && !in[i].data;
        overlaps |= overlap(out.data, out.len, in[i].data, in[i].len);
    }
    if (!has_null && lengths_fit && !overlaps) {
        return LANEKDF_OK;
    }
    if (out.data && out.len <= LANEKDF_MAX_SECRET && !overlaps) {
        memset(out.data, 0, out.len);
    }
    return has_null ? LANEKDF_ERROR_NULL : lengths_fit ? LANEKDF_ERROR_OVERLAP : LANEKDF_ERROR_LENGTH;
}

/* LANEKDF_ERROR_SECRET if the mask is all ones, else LANEKDF_OK. The status is public, but computing it
 * without a branch lets the tests treat every input byte as secret. */
static inline int exchange_status(uint32_t is_zero)
{
    return (int)(is_zero & LANEKDF_ERROR_SECRET);
}

/* Wipes what the functions called before have left on the stack and in registers. A function of its
 * own would have its frame where theirs were. */
static inline __attribute__((always_inline)) void exchange_wipe_traces(void)
{
    wipe_stack();
    simd_clear_registers();
}

/* ---- pre_master.c ---- */

/* Copies the bytes to the right end of the output and fills it up with zeros on the left. Returns the mask
 * that says whether all bytes are 0. */
uint32_t exchange_copy_padded(struct lanekdf_bytes in, struct lanekdf_span out);

#endif
