/* tls13-traffic-keys: the keys of a traffic secret. tls13-key-update: the secret after a number of updates,
 * and its keys. */
#include "algorithms.h"
#include "line_stage.h"

static const struct block_fields block = {FIELD_KEY, FIELD_IV, FIELD_NUMBER_KEY, N_FIELDS};

static struct lanekdf_tls13_traffic *read_traffic(struct line *line, struct stage *stage)
{
    struct lanekdf_tls13_traffic *job = line_job(line, 0, LANEKDF_KIND_TLS13_TRAFFIC, sizeof(*job));

    if (!stage_read(line, stage) || !stage_read_key_lengths(line, stage, &block, &block) ||
        !stage_bytes(line, stage, FIELD_SECRET, &job->traffic_secret)) {
        return NULL;
    }
    job->hash = stage->hash;
    job->version = stage->version;
    job->key_len = stage->key_len;
    job->iv_len = stage->iv_len;
    return job;
}

static bool add_keys(struct line *line, struct lanekdf_tls13_traffic *job)
{
    job->keys = stage_block(line, &job->job);
    return stage_answer_block(line, &job->job, LANEKDF_CLIENT, &block);
}

bool tls13_traffic_keys_fill(struct line *line)
{
    struct stage stage;
    struct lanekdf_tls13_traffic *job = read_traffic(line, &stage);

    if (job && stage.key_len == 0) {
        return line_fail(line, "the lengths of the keys are missing: key_len and iv_len, or cipher_suite%s",
            line_hint(line, FIELD_KEY_LEN));
    }
    return job && add_keys(line, job);
}

bool tls13_key_update_fill(struct line *line)
{
    struct stage stage;
    struct lanekdf_tls13_traffic *job = read_traffic(line, &stage);
    size_t n_updates;

    if (!job || !line_number(line, FIELD_UPDATES, LANEKDF_MAX_UPDATES, &n_updates)) {
        return false;
    }
    if (n_updates == 0) {
        return line_fail(line, "updates: 0, must be 1 or more");
    }
    job->n_updates = (uint32_t)n_updates;
    return stage_answer(line, &stage, FIELD_NEXT_SECRET, &job->next_secret) &&
           (stage.key_len == 0 || add_keys(line, job));
}
