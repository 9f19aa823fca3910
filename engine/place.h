/*
 * Where bytes of a job lie that a formula reads, and where its outputs go.
 *
 * A place says this once for all jobs of a shape: it has offsets into a struct and never an address. The
 * struct is the job, or the record that goes with the job from phase to phase. So a list of places, which a
 * formula gives once, takes the bytes of any number of jobs to their lanes (staging.c).
 */
#ifndef ENGINE_PLACE_H
#define ENGINE_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Which struct a place is in. */
enum place_base { PLACE_JOB, PLACE_RECORD, PLACE_N_BASES };

/* How many bytes a place has. */
enum place_rule {
    PLACE_FIXED, /* len */
    PLACE_GIVEN, /* as many as the size_t at len_at says, and len at most */
    PLACE_IF     /* len, or none if the size_t at len_at is 0; a pointer is such a size_t, too */
};
_Static_assert(sizeof(size_t) == sizeof(void *), "PLACE_IF reads a pointer as a size_t");

struct place {
    uint32_t len;
    uint16_t len_at; /* an offset in the same struct */
    uint16_t offset; /* of the bytes in the struct or, if is_pointer, of a pointer to them */
    uint16_t skip;   /* bytes between what the pointer points to and the place */
    uint8_t base;    /* enum place_base */
    uint8_t rule;    /* enum place_rule */
    bool is_pointer;
    bool is_xored; /* of an output: the bytes are xored to those that the place has */
    uint8_t piece; /* enum piece_kind, where a piece of a message has the place (piece.h) */
};

static inline uint8_t *place_address(const struct place *place, const void *base)
{
    uint8_t *at = (uint8_t *)(uintptr_t)base + place->offset;
    uint8_t *pointer;
    if (!place->is_pointer) {
        return at;
    }
    memcpy(&pointer, at, sizeof(pointer));
    return (uint8_t *)((uintptr_t)pointer + place->skip); /* a pointer to no bytes may be NULL */
}

static inline size_t place_size_at(const void *base, size_t offset)
{
    size_t n;
    memcpy(&n, (const uint8_t *)base + offset, sizeof(n));
    return n;
}

static inline size_t place_len(const struct place *place, const void *base)
{
    if (place->rule == PLACE_FIXED) {
        return place->len;
    }
    const size_t n = place_size_at(base, place->len_at);
    return place->rule == PLACE_IF ? (n ? place->len : 0) : n < place->len ? n : place->len;
}

/* ---- places, as derivations write them ---- */

/* n bytes behind a pointer, which is a member of the job or of the record. */
#define JOB_POINTER(type, member, n)                                                                         \
    ((struct place){.base = PLACE_JOB, .offset = offsetof(type, member), .is_pointer = true, .len = (n)})
#define RECORD_POINTER(member, n)                                                                            \
    ((struct place){                                                                                         \
        .base = PLACE_RECORD, .offset = offsetof(struct record, member), .is_pointer = true, .len = (n)})

/* n bytes behind a pointer of the job, unless the pointer is NULL. */
#define JOB_POINTER_IF_GIVEN(type, member, n)                                                                \
    ((struct place){.base = PLACE_JOB,                                                                       \
        .offset = offsetof(type, member),                                                                    \
        .is_pointer = true,                                                                                  \
        .len = (n),                                                                                          \
        .rule = PLACE_IF,                                                                                    \
        .len_at = offsetof(type, member)})

/* n bytes behind a pointer of the job if the span `given` has any; that span itself may be the place. */
#define JOB_POINTER_IF(type, member, n, given)                                                               \
    ((struct place){.base = PLACE_JOB,                                                                       \
        .offset = offsetof(type, member),                                                                    \
        .is_pointer = true,                                                                                  \
        .len = (n),                                                                                          \
        .rule = PLACE_IF,                                                                                    \
        .len_at = offsetof(type, given.len)})
#define JOB_SPAN_OR_ZEROS(type, member, n) JOB_POINTER_IF(type, member.data, n, member)

/* The bytes of a span, of which there are `most` at most. */
#define JOB_SPAN(type, member, most)                                                                         \
    ((struct place){.base = PLACE_JOB,                                                                       \
        .offset = offsetof(type, member.data),                                                               \
        .is_pointer = true,                                                                                  \
        .len = (most),                                                                                       \
        .rule = PLACE_GIVEN,                                                                                 \
        .len_at = offsetof(type, member.len)})
#define RECORD_SPAN(member, most)                                                                            \
    ((struct place){.base = PLACE_RECORD,                                                                    \
        .offset = offsetof(struct record, member.data),                                                      \
        .is_pointer = true,                                                                                  \
        .len = (most),                                                                                       \
        .rule = PLACE_GIVEN,                                                                                 \
        .len_at = offsetof(struct record, member.len)})

/* n bytes that lie in the record itself; of the second, none if the size_t `given` of the record is 0. */
#define IN_RECORD(member, n)                                                                                 \
    ((struct place){.base = PLACE_RECORD, .offset = offsetof(struct record, member), .len = (n)})
#define IN_RECORD_IF(member, n, given)                                                                       \
    ((struct place){.base = PLACE_RECORD,                                                                    \
        .offset = offsetof(struct record, member),                                                           \
        .len = (n),                                                                                          \
        .rule = PLACE_IF,                                                                                    \
        .len_at = offsetof(struct record, given)})

#endif
