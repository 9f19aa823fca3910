/* tls12-prf: out = PRF(secret, label, seed). */
#include "algorithms.h"

bool prf_fill(struct line *line)
{
    struct lanekdf_prf *job = line_job(line, 0, LANEKDF_KIND_PRF, sizeof(*job));
    struct lanekdf_bytes *seed = arena_take(&line->work->arena, sizeof(*seed));

    if (!line_hash(line, &job->hash) ||
        !line_bytes(line, FIELD_SECRET, 0, LANEKDF_MAX_SECRET, &job->secret) ||
        !line_bytes(line, FIELD_LABEL, 0, LANEKDF_MAX_SEED, &job->label) ||
        !line_bytes(line, FIELD_SEED, 0, LANEKDF_MAX_SEED, seed) ||
        !line_out_len(line, FIELD_OUT, 0, LANEKDF_MAX_OUT, &job->out.len)) {
        return false;
    }
    job->seed = seed;
    job->n_seed = 1;
    job->out.data = line_memory(line, job->out.len);
    return line_answer(line, FIELD_OUT, job->out.data, job->out.len);
}
