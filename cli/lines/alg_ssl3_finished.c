/* ssl3-finished: out = the 36 bytes of one side's Finished over the handshake so far. */
#include "algorithms.h"

#include <string.h>

static bool read_sender(struct line *line, uint32_t *sender)
{
    struct lanekdf_bytes bytes;

    if (!line_bytes(line, FIELD_SENDER, 4, 4, &bytes)) {
        return false;
    }
    *sender = memcmp(bytes.data, "SRVR", 4) == 0;
    return *sender != 0 || memcmp(bytes.data, "CLNT", 4) == 0 ||
           line_fail(line, "sender: CLNT or SRVR expected, in hexadecimal");
}

bool ssl3_finished_fill(struct line *line)
{
    struct lanekdf_ssl3_finished *job = line_job(line, 0, LANEKDF_KIND_SSL3_FINISHED, sizeof(*job));
    struct lanekdf_bytes *messages = arena_take(line->arena, sizeof(*messages)), master;
    uint32_t hash;

    if (!line_hash(line, &hash) || !read_sender(line, &job->sender) ||
        !line_bytes(line, FIELD_MASTER, LANEKDF_MASTER_SECRET_LEN, LANEKDF_MASTER_SECRET_LEN, &master) ||
        !line_bytes(line, FIELD_HANDSHAKE, 0, SIZE_MAX, messages)) {
        return false;
    }
    job->master_secret = master.data;
    job->handshake_messages = messages;
    job->n_handshake_messages = 1;
    job->out = line_memory(line, LANEKDF_SSL3_FINISHED_LEN);
    return line_answer(line, FIELD_OUT, job->out, LANEKDF_SSL3_FINISHED_LEN);
}
