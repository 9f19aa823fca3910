/* tls12-prf and tls10-prf: out = PRF(secret, label, seed). p-hash is the same without a label, and ssl3-prf
 * what SSLv3 has in the place of the PRF. */
#include "algorithms.h"

static const struct lanekdf_bytes *read_seed(struct line *line)
{
    struct lanekdf_bytes *seed = arena_take(line->arena, sizeof(*seed));

    return line_bytes(line, FIELD_SEED, 0, LANEKDF_MAX_SEED, seed) ? seed : NULL;
}

static bool add_output(struct line *line, size_t max, struct lanekdf_span *out)
{
    if (!line_out_len(line, FIELD_OUT, 0, max, &out->len)) {
        return false;
    }
    out->data = line_memory(line, out->len);
    return line_answer(line, FIELD_OUT, out->data, out->len);
}

static bool fill_prf(struct line *line, bool has_label)
{
    struct lanekdf_prf *job = line_job(line, 0, LANEKDF_KIND_PRF, sizeof(*job));

    job->n_seed = 1;
    return line_hash(line, &job->hash) &&
           line_bytes(line, FIELD_SECRET, 0, LANEKDF_MAX_SECRET, &job->secret) &&
           (!has_label || line_label(line, 0, LANEKDF_MAX_SEED, &job->label)) &&
           (job->seed = read_seed(line)) && add_output(line, LANEKDF_MAX_OUT, &job->out);
}

bool prf_fill(struct line *line)
{
    return fill_prf(line, true);
}

bool p_hash_fill(struct line *line)
{
    return fill_prf(line, false);
}

bool ssl3_prf_fill(struct line *line)
{
    struct lanekdf_ssl3_prf *job = line_job(line, 0, LANEKDF_KIND_SSL3_PRF, sizeof(*job));
    uint32_t hash;

    job->n_seed = 1;
    return line_hash(line, &hash) && line_bytes(line, FIELD_SECRET, 0, LANEKDF_MAX_SECRET, &job->secret) &&
           (job->seed = read_seed(line)) && add_output(line, LANEKDF_MAX_SSL3_OUT, &job->out);
}
