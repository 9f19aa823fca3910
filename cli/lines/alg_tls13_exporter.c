/* tls13-exporter: exported keying material of TLS 1.3, RFC 8446 section 7.5. */
#include "algorithms.h"
#include "line_stage.h"

enum { MAX_DIGESTS = 255 };

bool tls13_exporter_fill(struct line *line)
{
    struct lanekdf_tls13_exporter *job = line_job(line, 0, LANEKDF_KIND_TLS13_EXPORTER, sizeof(*job));
    struct stage stage;

    if (!stage_read(line, &stage)) {
        return false;
    }
    job->hash = stage.hash;
    job->version = stage.version;
    /* No context and one of no bytes are the same here, other than before TLS 1.3. */
    if (!stage_bytes(line, &stage, FIELD_EXPORTER_MASTER_SECRET, &job->exporter_master_secret) ||
        !line_label(line, 1, LANEKDF_MAX_LABEL, &job->label) ||
        (line_has(line, FIELD_CONTEXT) &&
            !line_bytes(line, FIELD_CONTEXT, 0, LANEKDF_MAX_CONTEXT, &job->context)) ||
        !line_out_len(line, FIELD_OUT, 0, MAX_DIGESTS * stage.hash_len, &job->out.len)) {
        return false;
    }
    job->out.data = line_memory(line, job->out.len);
    return line_answer(line, FIELD_OUT, job->out.data, job->out.len);
}
