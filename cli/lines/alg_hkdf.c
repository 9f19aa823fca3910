/* hkdf, hkdf-extract and hkdf-expand of RFC 5869, and hkdf-expand-label of RFC 8446 section 7.1. */
#include "algorithms.h"
#include "line_stage.h"

enum { MAX_DIGESTS = 255, MAX_LABEL_CONTEXT = 255 };

/* Reads bytes that may be absent, which is the same as none. */
static bool read_optional(struct line *line, enum field field, size_t max, struct lanekdf_bytes *bytes)
{
    *bytes = (struct lanekdf_bytes){0};
    return !line_has(line, field) || line_bytes(line, field, 0, max, bytes);
}

static bool read_piece(struct line *line, enum field field, bool is_optional, size_t max,
    const struct lanekdf_bytes **pieces, size_t *n_pieces)
{
    struct lanekdf_bytes *piece = arena_take(line->arena, sizeof(*piece));

    *pieces = piece;
    *n_pieces = 1;
    return is_optional ? read_optional(line, field, max, piece) : line_bytes(line, field, 0, max, piece);
}

static struct lanekdf_hkdf *hkdf_job(struct line *line)
{
    return line_job(line, 0, LANEKDF_KIND_HKDF, sizeof(struct lanekdf_hkdf));
}

static bool read_extract(struct line *line, struct lanekdf_hkdf *job)
{
    job->flags = LANEKDF_HKDF_EXTRACT;
    return line_hash(line, &job->hash) && read_optional(line, FIELD_SALT, LANEKDF_MAX_SECRET, &job->salt) &&
           read_piece(line, FIELD_IKM, false, SIZE_MAX, &job->input, &job->n_input);
}

static bool add_okm(struct line *line, struct lanekdf_hkdf *job)
{
    if (!read_piece(line, FIELD_INFO, true, LANEKDF_MAX_SEED, &job->info, &job->n_info) ||
        !line_out_len(line, FIELD_OKM, 0, MAX_DIGESTS * lanekdf_hash_len(job->hash), &job->out.len)) {
        return false;
    }
    job->out.data = line_memory(line, job->out.len);
    return line_answer(line, FIELD_OKM, job->out.data, job->out.len);
}

bool hkdf_fill(struct line *line)
{
    struct lanekdf_hkdf *job = hkdf_job(line);

    return read_extract(line, job) && add_okm(line, job);
}

bool hkdf_extract_fill(struct line *line)
{
    struct lanekdf_hkdf *job = hkdf_job(line);

    if (!read_extract(line, job)) {
        return false;
    }
    job->prk_out = line_memory(line, lanekdf_hash_len(job->hash));
    return line_answer(line, FIELD_PRK, job->prk_out, lanekdf_hash_len(job->hash));
}

bool hkdf_expand_fill(struct line *line)
{
    struct lanekdf_hkdf *job = hkdf_job(line);

    return line_hash(line, &job->hash) && line_bytes(line, FIELD_PRK, 1, LANEKDF_MAX_SECRET, &job->prk) &&
           add_okm(line, job);
}

bool hkdf_expand_label_fill(struct line *line)
{
    struct lanekdf_expand_label *job = line_job(line, 0, LANEKDF_KIND_EXPAND_LABEL, sizeof(*job));
    struct lanekdf_label *label = &job->labels[0];

    job->n_labels = 1;
    if (!line_hash(line, &job->hash) || !stage_read_version(line, &job->version) ||
        !line_bytes(line, FIELD_SECRET, 1, LANEKDF_MAX_SECRET, &job->secret) ||
        !line_label(line, 0, LANEKDF_MAX_LABEL, &label->label) ||
        !read_optional(line, FIELD_CONTEXT, MAX_LABEL_CONTEXT, &label->context) ||
        !line_out_len(line, FIELD_OUT, 0, MAX_DIGESTS * lanekdf_hash_len(job->hash), &label->out.len)) {
        return false;
    }
    label->out.data = line_memory(line, label->out.len);
    return line_answer(line, FIELD_OUT, label->out.data, label->out.len);
}
