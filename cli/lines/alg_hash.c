/* hash: digest = Hash(msg), and hmac: mac = HMAC(key, msg). */
#include "algorithms.h"

static bool read_message(struct line *line, const struct lanekdf_bytes **message, size_t *n_message)
{
    struct lanekdf_bytes *piece = arena_take(line->arena, sizeof(*piece));

    *message = piece;
    *n_message = 1;
    return line_bytes(line, FIELD_MSG, 0, SIZE_MAX, piece);
}

static bool add_output(struct line *line, enum field answer, uint32_t hash, struct lanekdf_span *out)
{
    if (!line_out_len(line, answer, lanekdf_hash_len(hash), lanekdf_hash_len(hash), &out->len)) {
        return false;
    }
    out->data = line_memory(line, out->len);
    return line_answer(line, answer, out->data, out->len);
}

bool hash_fill(struct line *line)
{
    struct lanekdf_message_hash *job = line_job(line, 0, LANEKDF_KIND_HASH, sizeof(*job));

    return line_hash(line, &job->hash) && read_message(line, &job->message, &job->n_message) &&
           add_output(line, FIELD_DIGEST, job->hash, &job->out);
}

bool hmac_fill(struct line *line)
{
    struct lanekdf_hmac *job = line_job(line, 0, LANEKDF_KIND_HMAC, sizeof(*job));

    return line_hash(line, &job->hash) && line_bytes(line, FIELD_KEY, 0, LANEKDF_MAX_SECRET, &job->key) &&
           read_message(line, &job->message, &job->n_message) &&
           add_output(line, FIELD_MAC, job->hash, &job->out);
}
