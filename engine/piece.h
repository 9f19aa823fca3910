/* The pieces of a message: a formula lists them, and the bytes of a job are put together as they say. */
#ifndef ENGINE_PIECE_H
#define ENGINE_PIECE_H

#include "lanekdf.h"
#include "place.h"

enum piece_kind {
    PIECE_BYTES, /* those of a place; zeros in a lane whose job lacks them (PLACE_IF) */
    PIECE_TEXT,  /* constant bytes */
    PIECE_ARRAY, /* an array of struct lanekdf_bytes, whose number is at len_at; a pointer to it, or itself */
    PIECE_NUMBER, /* the size_t at len_at plus `skip`, as a number of one or two bytes, the higher one first
                   */
    PIECE_VECTOR  /* RFC 8446 section 3.4: the bytes of a text and of a span, behind a number of one or two
                   * bytes  that says how many there are of both together */
};

struct piece {
    const void *text;
    /* place.piece says which kind it is. PIECE_TEXT has only the len; of PIECE_NUMBER and PIECE_VECTOR the
     * len is that of the number. PIECE_VECTOR has the text's length in `skip`. */
    struct place place;
};

#define TEXT(string)                                                                                         \
    ((struct piece){.text = (string), .place = {.piece = PIECE_TEXT, .len = sizeof(string) - 1}})
#define BYTES(...) ((struct piece){.place = __VA_ARGS__})
#define JOB_ARRAY(type, member, n_member)                                                                    \
    ((struct piece){.place = {.piece = PIECE_ARRAY,                                                          \
                        .base = PLACE_JOB,                                                                   \
                        .offset = offsetof(type, member),                                                    \
                        .is_pointer = true,                                                                  \
                        .len_at = offsetof(type, n_member)}})
#define RECORD_ARRAY(member, n_member)                                                                       \
    ((struct piece){.place = {.piece = PIECE_ARRAY,                                                          \
                        .base = PLACE_RECORD,                                                                \
                        .offset = offsetof(struct record, member),                                           \
                        .len_at = offsetof(struct record, n_member)}})
/* The value of a size_t of the job or the record plus a constant, in n bytes, 1 or 2. */
#define JOB_NUMBER(n, type, member, plus)                                                                    \
    ((struct piece){.place = {.piece = PIECE_NUMBER,                                                         \
                        .base = PLACE_JOB,                                                                   \
                        .len = (n),                                                                          \
                        .len_at = offsetof(type, member),                                                    \
                        .skip = (plus)}})
#define RECORD_NUMBER(n, member, plus)                                                                       \
    ((struct piece){.place = {.piece = PIECE_NUMBER,                                                         \
                        .base = PLACE_RECORD,                                                                \
                        .len = (n),                                                                          \
                        .len_at = offsetof(struct record, member),                                           \
                        .skip = (plus)}})
/* A vector: n bytes, 1 or 2, of length; the text, without its terminating zero; the bytes of a span of the
 * job.
 */
#define JOB_VECTOR(n, type, member, string, string_len)                                                      \
    ((struct piece){.text = (string),                                                                        \
        .place = {.piece = PIECE_VECTOR,                                                                     \
            .base = PLACE_JOB,                                                                               \
            .len = (n),                                                                                      \
            .offset = offsetof(type, member.data),                                                           \
            .len_at = offsetof(type, member.len),                                                            \
            .is_pointer = true,                                                                              \
            .skip = (string_len)}})

/* Puts the bytes of a piece to `to`, in as many parts as there are. `base` is the struct of its place. */
static inline __attribute__((always_inline)) void piece_put(
    const struct piece *piece, const void *base, void (*put)(void *to, const void *bytes, size_t n), void *to)
{
    static const uint8_t zeros[UINT8_MAX];
    const struct place *place = &piece->place;
    const void *bytes;
    size_t n;
    switch ((enum piece_kind)piece->place.piece) {
    case PIECE_TEXT:
        put(to, piece->text, place->len);
        return;
    case PIECE_BYTES:
        n = place_len(place, base);
        put(to, n ? place_address(place, base) : zeros, place->rule == PLACE_IF ? place->len : n);
        return;
    case PIECE_ARRAY:
        bytes = place_address(place, base);
        memcpy(&n, (const uint8_t *)base + place->len_at, sizeof(n));
        for (const struct lanekdf_bytes *array = bytes; n; n--, array++) {
            put(to, array->data, array->len);
        }
        return;
    case PIECE_NUMBER:
    case PIECE_VECTOR:
        memcpy(&n, (const uint8_t *)base + place->len_at, sizeof(n));
        n += place->skip;
        /* Copies of many bytes are left out where the compiler sees that there are one or two. */
        if (place->len == 2) {
            put(to, (const uint8_t[]){(uint8_t)(n >> 8), (uint8_t)n}, 2);
        } else {
            put(to, (const uint8_t[]){(uint8_t)n}, 1);
        }
        if (place->piece == PIECE_VECTOR) {
            memcpy(&bytes, (const uint8_t *)base + place->offset, sizeof(bytes));
            put(to, piece->text, place->skip);
            put(to, bytes, n - place->skip);
        }
        return;
    }
}

#endif
