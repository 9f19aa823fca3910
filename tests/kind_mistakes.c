#include "good_jobs.h"
#include "mistakes.h"

#include <string.h>

static struct rng *rng_of(struct mistake_site *site)
{
    return guarded_rng(site->memory);
}

/*
 * Any kind
 */

static bool set_unknown_kind(struct mistake_site *site)
{
    const uint32_t unknown[] = {0, job_kind_unknown(), 0x80000000 | site->kind->id, UINT32_MAX};

    site->job_case->any->job.kind = unknown[rng_below(rng_of(site), 4)];
    return true;
}

/*
 * PRF
 */

/* Label and seed are one message: each fits, both do not. */
static bool label_and_seed_long(struct mistake_site *site)
{
    struct lanekdf_prf *prf = &site->job_case->any->prf;
    const struct job_pieces seed = take_pieces(site->memory, LANEKDF_MAX_SEED + 1 - prf->label.len, 2);

    prf->seed = seed.list;
    prf->n_seed = seed.n;
    return prf->label.len > 0;
}

/*
 * Handshakes
 */

static struct lanekdf_handshake *handshake_of(struct mistake_site *site)
{
    return &site->job_case->any->handshake;
}

static bool set_unknown_version(struct mistake_site *site)
{
    static const uint16_t unknown[] = {0, 0x0002, 0x02ff, 0x0304, 0x0400, 0x8303, 0xfeff};

    handshake_of(site)->version = unknown[rng_below(rng_of(site), sizeof(unknown) / sizeof(*unknown))];
    return true;
}

static bool set_hash_of_other_version(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);

    job->hash = (uint16_t)(job->version == LANEKDF_TLS12 ? LANEKDF_MD5_SHA1 : LANEKDF_SHA256);
    return true;
}

static bool want_nothing(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);

    *job = (struct lanekdf_handshake){.job = job->job, .version = job->version, .hash = job->hash};
    job->known_master_secret = take_input(site->memory, LANEKDF_MASTER_SECRET_LEN);
    return true;
}

static bool know_master_secret_of_pre_master_secret(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);

    job->known_master_secret = take_input(site->memory, LANEKDF_MASTER_SECRET_LEN);
    return job->pre_master_secret.len > 0;
}

static bool lack_secret(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);
    const bool has_secret = job->known_master_secret || job->pre_master_secret.len;

    job->known_master_secret = NULL;
    job->pre_master_secret = take_bytes(site->memory, 0); /* with an address or without */
    return has_secret;
}

static bool know_master_secret_of_session_hash(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);

    job->known_master_secret = take_input(site->memory, LANEKDF_MASTER_SECRET_LEN);
    job->pre_master_secret.len = 0;
    return job->session_hash.len > 0;
}

static bool needs_randoms(const struct lanekdf_handshake *job)
{
    return job->key_block || !(job->known_master_secret || job->session_hash.len);
}

static bool lack_random(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);

    *(rng_one_in(rng_of(site), 2) ? &job->client_random : &job->server_random) = NULL;
    return needs_randoms(job);
}

static bool overlap_random(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);
    const struct job_field *output = any_other_output(site, NULL);
    uint8_t *moved = take_room(site, output, LANEKDF_RANDOM_LEN);

    rng_fill(rng_of(site), moved, LANEKDF_RANDOM_LEN);
    *(rng_one_in(rng_of(site), 2) ? &job->client_random : &job->server_random) = moved;
    overlap_with(site, output, moved, LANEKDF_RANDOM_LEN);
    return needs_randoms(job);
}

/* The lengths are those of a handshake for which lanekdf_handshake_set_suite() failed and nobody looked. The
 * caller would take what is in the buffer for keys. */
static bool want_key_block_without_suite(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);

    job->mac_key_len = job->enc_key_len = job->fixed_iv_len = 0;
    return job->key_block && !job->final_key_len;
}

/* SSLv3 has no extended master secret, its Finished is a job of its own, and its PRF is no HMAC. */

static bool give_ssl3_session_hash(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);

    job->session_hash = take_bytes(site->memory, lanekdf_hash_len(job->hash));
    return job->version == LANEKDF_SSL3 && !job->known_master_secret;
}

static bool want_ssl3_verify_data(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);

    job->client_finished_hash = take_bytes(site->memory, lanekdf_hash_len(job->hash));
    job->client_verify_data = take_output(site->job_case, site->memory, LANEKDF_VERIFY_DATA_LEN).data;
    return job->version == LANEKDF_SSL3;
}

static bool want_ssl3_prepared(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);

    job->prepared_master_secret = take_prepared_output(site->job_case, site->memory);
    return job->version == LANEKDF_SSL3;
}

static bool want_long_ssl3_key_block(struct mistake_site *site)
{
    struct lanekdf_handshake *job = handshake_of(site);
    const size_t others = (size_t)job->enc_key_len + job->fixed_iv_len;

    if (job->version != LANEKDF_SSL3 || !job->key_block || job->final_key_len) {
        return false;
    }
    forget_output(site->job_case, job->key_block);
    job->mac_key_len = (uint8_t)(LANEKDF_MAX_SSL3_OUT / 2 + 1 - others);
    job->key_block = take_output(site->job_case, site->memory, lanekdf_handshake_key_block_len(job)).data;
    return true;
}

/* The final keys of an export suite, with these lengths. */
static bool want_final_keys(
    struct mistake_site *site, uint8_t enc_key_len, uint8_t fixed_iv_len, uint8_t final_key_len)
{
    struct lanekdf_handshake *job = handshake_of(site);
    const size_t final_keys_len = 2 * ((size_t)final_key_len + fixed_iv_len);

    if (!job->key_block) {
        return false;
    }
    forget_output(site->job_case, job->key_block);
    forget_output(site->job_case, job->final_keys);
    job->mac_key_len = 16;
    job->enc_key_len = enc_key_len;
    job->fixed_iv_len = fixed_iv_len;
    job->final_key_len = final_key_len;
    job->key_block = take_output(site->job_case, site->memory, lanekdf_handshake_key_block_len(job)).data;
    job->final_keys = take_output(site->job_case, site->memory, final_keys_len).data;
    return true;
}

static bool want_final_keys_of_tls12(struct mistake_site *site)
{
    return handshake_of(site)->version == LANEKDF_TLS12 && want_final_keys(site, 5, 8, 16);
}

static bool has_export_suites(struct mistake_site *site)
{
    return handshake_of(site)->version != LANEKDF_TLS12;
}

static bool want_final_keys_of_long_keys(struct mistake_site *site)
{
    return has_export_suites(site) && want_final_keys(site, 17, 8, 16);
}

static bool want_final_keys_of_no_keys(struct mistake_site *site)
{
    return has_export_suites(site) && want_final_keys(site, 0, 8, 16);
}

static bool want_long_final_ivs(struct mistake_site *site)
{
    return has_export_suites(site) && want_final_keys(site, 5, 17, 16);
}

static bool want_long_final_keys(struct mistake_site *site)
{
    return has_export_suites(site) && want_final_keys(site, 5, 8, 17);
}

/*
 * Exporter and Finished
 */

static bool give_context_without_flag(struct mistake_site *site)
{
    struct lanekdf_exporter *job = &site->job_case->any->exporter;

    job->flags &= ~(uint32_t)LANEKDF_EXPORTER_HAS_CONTEXT;
    job->context = take_bytes(site->memory, 1);
    return true;
}

static bool set_label_of_tls(struct mistake_site *site)
{
    static const char *const labels[] = {
        "client finished", "server finished", "master secret", "key expansion", "extended master secret"};
    const char *label = labels[rng_below(rng_of(site), sizeof(labels) / sizeof(*labels))];
    uint8_t *copy = guarded_take(site->memory, strlen(label), 1);

    memcpy(copy, label, strlen(label));
    site->job_case->any->exporter.label = (struct lanekdf_bytes){copy, strlen(label)};
    return true;
}

static bool want_no_finished(struct mistake_site *site)
{
    struct lanekdf_finished *job = &site->job_case->any->finished;

    job->client_finished_hash.len = job->server_finished_hash.len = 0;
    return true;
}

/*
 * The table
 */

#define MISTAKE(kind, name, status, outputs, make)                                                           \
    {                                                                                                        \
        LANEKDF_KIND_##kind,                                                                                 \
        {                                                                                                    \
            name, LANEKDF_ERROR_##status, OUTPUTS_##outputs, make                                            \
        }                                                                                                    \
    }

const struct kind_mistake kind_mistakes[] = {
    {ANY_KIND, {"unknown kind", LANEKDF_ERROR_KIND, OUTPUTS_LEFT, set_unknown_kind}},
    MISTAKE(PRF, "label and seed too long together", LENGTH, ZEROED, label_and_seed_long),
    MISTAKE(HANDSHAKE, "unknown version", VERSION, ZEROED, set_unknown_version),
    MISTAKE(HANDSHAKE, "hash of another version", HASH, ZEROED, set_hash_of_other_version),
    MISTAKE(HANDSHAKE, "nothing wanted", LENGTH, LEFT, want_nothing),
    MISTAKE(
        HANDSHAKE, "known and pre-master secret", CONFLICT, ZEROED, know_master_secret_of_pre_master_secret),
    MISTAKE(HANDSHAKE, "neither secret", CONFLICT, ZEROED, lack_secret),
    MISTAKE(HANDSHAKE, "known secret and session hash", CONFLICT, ZEROED, know_master_secret_of_session_hash),
    MISTAKE(HANDSHAKE, "a random is NULL", NULL, ZEROED, lack_random),
    MISTAKE(HANDSHAKE, "a random is overlapped", OVERLAP, ZEROED, overlap_random),
    MISTAKE(HANDSHAKE, "key block without suite", LENGTH, EITHER, want_key_block_without_suite),
    MISTAKE(HANDSHAKE, "SSLv3 with session hash", CONFLICT, ZEROED, give_ssl3_session_hash),
    MISTAKE(HANDSHAKE, "SSLv3 with verify_data", CONFLICT, ZEROED, want_ssl3_verify_data),
    MISTAKE(HANDSHAKE, "SSLv3 with prepared secret", CONFLICT, ZEROED, want_ssl3_prepared),
    MISTAKE(HANDSHAKE, "SSLv3 with long key block", LENGTH, ZEROED, want_long_ssl3_key_block),
    MISTAKE(HANDSHAKE, "final keys of TLS 1.2", CONFLICT, ZEROED, want_final_keys_of_tls12),
    MISTAKE(HANDSHAKE, "final keys of long keys", LENGTH, ZEROED, want_final_keys_of_long_keys),
    MISTAKE(HANDSHAKE, "final keys of no keys", LENGTH, ZEROED, want_final_keys_of_no_keys),
    MISTAKE(HANDSHAKE, "long final IVs", LENGTH, ZEROED, want_long_final_ivs),
    MISTAKE(HANDSHAKE, "long final keys", LENGTH, ZEROED, want_long_final_keys),
    MISTAKE(EXPORTER, "context without flag", CONFLICT, ZEROED, give_context_without_flag),
    MISTAKE(EXPORTER, "label of TLS", LABEL, ZEROED, set_label_of_tls),
    MISTAKE(FINISHED, "nothing wanted", LENGTH, LEFT, want_no_finished),
};
const size_t n_kind_mistakes = sizeof(kind_mistakes) / sizeof(*kind_mistakes);
