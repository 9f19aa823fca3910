/*
 * A view is a walk over the buffers of a job, whatever its kind: each kind has a function that names its
 * outputs, then its inputs, to the view.
 *
 * The view answers whether a buffer is NULL that must not be, and whether an output can overlap anything. For
 * the latter it keeps the range of addresses from the first to the last byte of the outputs named so far. A
 * buffer outside that range overlaps none of them, and since most jobs have their outputs in one struct and
 * their inputs elsewhere, that settles nearly every job. Where it does not, the buffers are named once more
 * to be listed, and are compared in pairs.
 */
#ifndef ENGINE_VIEW_H
#define ENGINE_VIEW_H

#include <stdbool.h>

#include "lanekdf.h"

/* How many buffers of each sort a kind may have. A kind with more is refused: see view_exceeds_lists(). */
enum { VIEW_MAX_OUTPUTS = 8, VIEW_MAX_INPUTS = 18 };

enum view_lists { VIEW_LISTS_NOTHING, VIEW_LISTS_OUTPUTS, VIEW_LISTS_ALL };

/* Pieces that are a message; their array counts as an input, and the pieces themselves are in no list. */
struct view_pieces {
    const struct lanekdf_bytes *list;
    size_t n;
    uint64_t max_len; /* bytes of all together, at most */
};

struct view {
    bool has_null;           /* a buffer of at least one byte is NULL */
    bool is_output_in_range; /* an output reaches into the range of the outputs before it */
    bool is_input_in_range;  /* an input reaches into the range of all outputs */
    uintptr_t first, end;    /* the range: the lowest address of an output, and the one behind the highest */
    unsigned n_outputs, n_inputs; /* of the kind: buffers of no byte count, too */
    struct view_pieces message;   /* max_len: with the head */
    uint64_t head_len;            /* bytes of the message before its pieces */
    struct view_pieces info;      /* of HKDF: a second message */
    /* Buffers of at least one byte, if they were to be listed. */
    enum view_lists lists;
    unsigned n_listed_outputs, n_listed_inputs;
    struct lanekdf_span outputs[VIEW_MAX_OUTPUTS];
    struct lanekdf_bytes inputs[VIEW_MAX_INPUTS];
};

/* Inlined into the check of each kind, where the compiler then knows how many buffers there are: see kind.h.
 */
#define VIEW_INLINE static inline __attribute__((always_inline))

VIEW_INLINE void view_begin(struct view *view, enum view_lists lists)
{
    view->has_null = view->is_output_in_range = view->is_input_in_range = false;
    view->first = UINTPTR_MAX;
    view->end = 0;
    view->n_outputs = view->n_inputs = 0;
    view->message = view->info = (struct view_pieces){NULL, 0, 0};
    view->head_len = 0;
    view->lists = lists;
    view->n_listed_outputs = view->n_listed_inputs = 0;
}

/* Whether a buffer reaches into the range of the outputs. */
VIEW_INLINE bool view_is_in_range(const struct view *view, const void *data, size_t len)
{
    return ((uintptr_t)data < view->end) & ((uintptr_t)data + len > view->first);
}

/* Whether the kind has more buffers than the lists hold, so that an overlap might be missed. The number of
 * buffers is a constant of each kind, so in a check this test costs nothing. */
VIEW_INLINE bool view_exceeds_lists(const struct view *view)
{
    return view->n_outputs > VIEW_MAX_OUTPUTS || view->n_inputs > VIEW_MAX_INPUTS;
}

/* Names an output. It is fetched into the cache ahead of time: it will be written when its lane's program has
 * run. */
VIEW_INLINE void view_add_output(struct view *view, void *data, size_t len)
{
    const uintptr_t first = (uintptr_t)data, end = first + len;
    view->n_outputs++;
    if (!len) {
        return;
    }
    __builtin_prefetch(data, 1);
    view->has_null |= !data;
    view->is_output_in_range |= view_is_in_range(view, data, len);
    view->first = first < view->first ? first : view->first;
    view->end = end > view->end ? end : view->end;
    if (view->lists && view->n_outputs <= VIEW_MAX_OUTPUTS) {
        view->outputs[view->n_listed_outputs++] = (struct lanekdf_span){data, len};
    }
}

/* Names an input, after all outputs. It is fetched into the cache ahead of time: it will be read when its
 * lane is staged. */
VIEW_INLINE void view_add_input(struct view *view, const void *data, size_t len)
{
    view->n_inputs++;
    if (!len || view->lists == VIEW_LISTS_OUTPUTS) {
        return;
    }
    __builtin_prefetch(data);
    view->has_null |= !data;
    view->is_input_in_range |= view_is_in_range(view, data, len);
    if (view->lists && view->n_inputs <= VIEW_MAX_INPUTS) {
        view->inputs[view->n_listed_inputs++] = (struct lanekdf_bytes){data, len};
    }
}

/* Names the pieces of a message, of which a job has at most one; a head of view->head_len bytes may come
 * before them. */
VIEW_INLINE void view_add_pieces(
    struct view *view, const struct lanekdf_bytes *pieces, size_t n_pieces, uint64_t max_message_len)
{
    view_add_input(view, pieces, n_pieces * sizeof(*pieces));
    view->message = (struct view_pieces){pieces, n_pieces, max_message_len};
}

/* Names the pieces of the info of HKDF-Expand, which a job may have beside a message. */
VIEW_INLINE void view_add_info(
    struct view *view, const struct lanekdf_bytes *pieces, size_t n_pieces, uint64_t max_len)
{
    view_add_input(view, pieces, n_pieces * sizeof(*pieces));
    view->info = (struct view_pieces){pieces, n_pieces, max_len};
}

/* The two arguments of an optional buffer, which is left out if its pointer is NULL. */
#define VIEW_IF_GIVEN(pointer, len) (pointer), (pointer) ? (len) : 0

#endif
