/* tls12-finished and tls10-finished: out = PRF(master, "client finished" or "server finished",
 * transcript_hash), the verify_data of one side's Finished. */
#include "algorithms.h"

bool tls_finished_fill(struct line *line)
{
    struct lanekdf_finished *job = line_job(line, 0, LANEKDF_KIND_FINISHED, sizeof(*job));
    uint8_t *verify_data = line_memory(line, LANEKDF_VERIFY_DATA_LEN);
    struct lanekdf_bytes master, transcript_hash;
    enum lanekdf_role role;
    size_t hash_len;

    if (!line_hash(line, &job->hash) ||
        !line_bytes(line, FIELD_MASTER, LANEKDF_MASTER_SECRET_LEN, LANEKDF_MASTER_SECRET_LEN, &master) ||
        !line_side(line, &role)) {
        return false;
    }
    hash_len = lanekdf_hash_len(job->hash);
    if (!line_bytes(line, FIELD_TRANSCRIPT_HASH, hash_len, hash_len, &transcript_hash)) {
        return false;
    }
    job->master_secret = master.data;
    if (role == LANEKDF_CLIENT) {
        job->client_finished_hash = transcript_hash;
        job->client_verify_data = verify_data;
    } else {
        job->server_finished_hash = transcript_hash;
        job->server_verify_data = verify_data;
    }
    return line_answer(line, FIELD_OUT, verify_data, LANEKDF_VERIFY_DATA_LEN);
}
