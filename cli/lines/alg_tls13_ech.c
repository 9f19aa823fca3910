/* tls13-ech-confirmation: what tells that a server has accepted ECH, RFC 9849 section 7.2. */
#include "algorithms.h"
#include "line_stage.h"

bool tls13_ech_confirmation_fill(struct line *line)
{
    struct lanekdf_ech_confirmation *job = line_job(line, 0, LANEKDF_KIND_ECH_CONFIRMATION, sizeof(*job));
    struct lanekdf_bytes inner_random;
    bool is_hello_retry = false;
    struct stage stage;

    if (!stage_read(line, &stage) ||
        (line_has(line, FIELD_HELLO_RETRY) && !line_flag(line, FIELD_HELLO_RETRY, &is_hello_retry)) ||
        !line_bytes(line, FIELD_INNER_RANDOM, LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, &inner_random) ||
        !stage_bytes(line, &stage, FIELD_TRANSCRIPT_HASH, &job->transcript_hash)) {
        return false;
    }
    job->hash = stage.hash;
    job->version = stage.version;
    job->is_hello_retry = is_hello_retry;
    job->inner_random = inner_random.data;
    job->confirmation = line_memory(line, LANEKDF_ECH_CONFIRMATION_LEN);
    return line_answer(line, FIELD_OUT, job->confirmation, LANEKDF_ECH_CONFIRMATION_LEN);
}
