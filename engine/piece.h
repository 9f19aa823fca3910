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

/* Whether a piece has the same lengths in n jobs, whose structs are in `bases`. */
static inline bool piece_is_alike(const struct piece *piece, const void *const *bases, unsigned n)
{
    const struct place *place = &piece->place;
    const bool is_array = place->piece == PIECE_ARRAY;
    size_t differs = 0;
    if (place->piece == PIECE_TEXT || (place->piece == PIECE_BYTES && place->rule != PLACE_GIVEN)) {
        return true;
    }
    const size_t first = place_size_at(bases[0], place->len_at);
    for (unsigned l = 1; l < n; l++) {
        differs |= place_size_at(bases[l], place->len_at) ^ first;
    }
    for (size_t i = 0; is_array && !differs && i < first; i++) {
        const size_t len = ((const struct lanekdf_bytes *)place_address(place, bases[0]))[i].len;
        for (unsigned l = 1; l < n; l++) {
            differs |= ((const struct lanekdf_bytes *)place_address(place, bases[l]))[i].len ^ len;
        }
    }
    return !differs;
}

/* Puts a piece of n jobs in which it is alike, in as many parts as it has: put_same() is given a part that is
 * the same in all jobs, and put_each() where it lies in each of them. `bytes` has room for n addresses. */
static inline __attribute__((always_inline)) void piece_put(const struct piece *piece,
    const void *const *bases, unsigned n, const uint8_t **bytes,
    void (*put_same)(void *to, const uint8_t *bytes, size_t len),
    void (*put_each)(void *to, const uint8_t *const *bytes, size_t len), void *to)
{
    static const uint8_t zeros[UINT8_MAX];
    const struct place *place = &piece->place;
    size_t size;
    switch ((enum piece_kind)piece->place.piece) {
    case PIECE_TEXT:
        put_same(to, piece->text, place->len);
        return;
    case PIECE_BYTES:
        for (unsigned l = 0; l < n; l++) {
            bytes[l] = place_len(place, bases[l]) ? place_address(place, bases[l]) : zeros;
        }
        put_each(to, bytes, place->rule == PLACE_IF ? place->len : place_len(place, bases[0]));
        return;
    case PIECE_ARRAY:
        size = place_size_at(bases[0], place->len_at);
        for (size_t i = 0; i < size; i++) {
            for (unsigned l = 0; l < n; l++) {
                bytes[l] = ((const struct lanekdf_bytes *)place_address(place, bases[l]))[i].data;
            }
            put_each(to, bytes, ((const struct lanekdf_bytes *)place_address(place, bases[0]))[i].len);
        }
        return;
    case PIECE_NUMBER:
    case PIECE_VECTOR:
        size = place_size_at(bases[0], place->len_at) + place->skip;
        /* Copies of many bytes are left out where the compiler sees that there are one or two. */
        if (place->len == 2) {
            put_same(to, (const uint8_t[]){(uint8_t)(size >> 8), (uint8_t)size}, 2);
        } else {
            put_same(to, (const uint8_t[]){(uint8_t)size}, 1);
        }
        if (place->piece == PIECE_VECTOR) {
            for (unsigned l = 0; l < n; l++) {
                memcpy(&bytes[l], (const uint8_t *)bases[l] + place->offset, sizeof(bytes[l]));
            }
            put_same(to, piece->text, place->skip);
            put_each(to, bytes, size - place->skip);
        }
        return;
    }
}

#endif
