#include "kind.h"

#include <string.h>

#include "overlap.h"

/* ---- the table ---- */

#define KIND(id, name) [id] = &kind_##name,
static const struct kind *const kinds[] = {
#include "kind_table.h"
};
#undef KIND

const struct kind *kinds_find(uint32_t id)
{
    return id < sizeof(kinds) / sizeof(*kinds) ? kinds[id] : NULL;
}

/* ---- overlaps ---- */

/* Callers may have their outputs in any order of addresses, so kind_begin() asks this often. */
bool kinds_outputs_overlap(const struct kind *kind, const struct lanekdf_job *job)
{
    struct view v;
    bool result = false;
    view_begin(&v, VIEW_LISTS_OUTPUTS);
    kind->view(job, &v);
    for (unsigned i = 1; i < v.n_listed_outputs; i++) {
        for (unsigned k = 0; k < i; k++) {
            result |= overlap(v.outputs[i].data, v.outputs[i].len, v.outputs[k].data, v.outputs[k].len);
        }
    }
    return result;
}

/* Whether an output overlaps an input or a piece. What begins at NULL, or is longer than any object, is no
 * buffer: it has a status of its own, and is no reason to leave an output as it was. */
static bool overlaps_bytes(const struct lanekdf_span *out, const struct lanekdf_bytes *bytes)
{
    return (bytes->data != NULL) & (bytes->len <= PTRDIFF_MAX) &
           overlap(out->data, out->len, bytes->data, bytes->len);
}

static bool overlaps_pieces(const struct lanekdf_span *out, const struct view_pieces *pieces)
{
    bool result = false;
    for (size_t k = 0; k < pieces->n && pieces->list; k++) {
        result |= overlaps_bytes(out, &pieces->list[k]);
    }
    return result;
}

/* Whether output i overlaps another output, the job itself, an input or a piece. */
static bool output_overlaps(
    const struct kind *kind, const struct lanekdf_job *job, const struct view *view, unsigned i)
{
    const struct lanekdf_span *out = &view->outputs[i];
    bool result = overlap(out->data, out->len, job, kind->job_bytes);
    for (unsigned k = 0; k < view->n_listed_outputs; k++) {
        result |= k != i && overlap(out->data, out->len, view->outputs[k].data, view->outputs[k].len);
    }
    for (unsigned k = 0; k < view->n_listed_inputs; k++) {
        result |= overlaps_bytes(out, &view->inputs[k]);
    }
    return result || overlaps_pieces(out, &view->message) || overlaps_pieces(out, &view->info);
}

bool kinds_has_overlap(const struct kind *kind, const struct lanekdf_job *job)
{
    struct view v;
    bool result = false;
    view_begin(&v, VIEW_LISTS_ALL);
    kind->view(job, &v);
    for (unsigned i = 0; i < v.n_listed_outputs; i++) {
        result |= output_overlaps(kind, job, &v, i);
    }
    return result;
}

/* ---- jobs ---- */

/* Forgets pieces of an array that may not be there, since there are too many. */
static void drop_impossible(struct view_pieces *pieces)
{
    if (pieces->n > LANEKDF_MAX_PIECES) {
        pieces->n = 0;
    }
}

/* Zeroes the outputs of a bad job as far as that can do no harm: not an output that overlaps something else
 * of the caller's, nor one whose length cannot be right. */
static void zero_outputs(const struct kind *kind, const struct lanekdf_job *job)
{
    const size_t max_len = kind->max_output_bytes ? kind->max_output_bytes : LANEKDF_MAX_OUT;
    struct view view;
    view_begin(&view, VIEW_LISTS_ALL);
    kind->view(job, &view);
    drop_impossible(&view.message);
    drop_impossible(&view.info);
    for (unsigned i = 0; i < view.n_listed_outputs; i++) {
        if (view.outputs[i].len > max_len) {
            view.outputs[i].len = 0; /* or the outputs behind it would seem to overlap it */
        }
    }
    for (unsigned i = 0; i < view.n_listed_outputs; i++) {
        const struct lanekdf_span *out = &view.outputs[i];
        if (out->data && out->len && !output_overlaps(kind, job, &view, i)) {
            memset(out->data, 0, out->len);
        }
    }
}

__attribute__((cold)) int kinds_fail_job(struct lanekdf_job *job, int status)
{
    const struct kind *kind = kinds_find(job->kind);
    if (kind) {
        zero_outputs(kind, job);
    }
    job->status = status;
    return status;
}

int kinds_begin_job(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct kind *kind = kinds_find(job->kind);
    const int status = kind ? kind->begin(job, record, legacy) : LANEKDF_ERROR_KIND;
    if (status != LANEKDF_OK) {
        return kinds_fail_job(job, status);
    }
    record->job = job;
    return LANEKDF_OK;
}
