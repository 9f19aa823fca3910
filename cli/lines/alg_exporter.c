/* tls-exporter: out = PRF(master, label, client_random + server_random [+ context]). */
#include "algorithms.h"

bool exporter_fill(struct line *line)
{
    struct lanekdf_exporter *job = line_job(line, 0, LANEKDF_KIND_EXPORTER, sizeof(*job));
    struct lanekdf_bytes master, client_random, server_random;

    if (!line_hash(line, &job->hash) ||
        !line_bytes(line, FIELD_MASTER, LANEKDF_MASTER_SECRET_LEN, LANEKDF_MASTER_SECRET_LEN, &master) ||
        !line_bytes(line, FIELD_CLIENT_RANDOM, LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, &client_random) ||
        !line_bytes(line, FIELD_SERVER_RANDOM, LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, &server_random) ||
        !line_label(line, 1, LANEKDF_MAX_SEED, &job->label)) {
        return false;
    }
    /* A context of no bytes gives another output than no context: RFC 5705 section 4. */
    if (line_has(line, FIELD_CONTEXT)) {
        job->flags = LANEKDF_EXPORTER_HAS_CONTEXT;
        if (!line_bytes(line, FIELD_CONTEXT, 0, LANEKDF_MAX_CONTEXT, &job->context)) {
            return false;
        }
    }
    if (!line_out_len(line, FIELD_OUT, 0, LANEKDF_MAX_OUT, &job->out.len)) {
        return false;
    }
    job->master_secret = master.data;
    job->client_random = client_random.data;
    job->server_random = server_random.data;
    job->out.data = line_memory(line, job->out.len);
    return line_answer(line, FIELD_OUT, job->out.data, job->out.len);
}
