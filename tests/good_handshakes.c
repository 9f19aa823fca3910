#include "good_jobs.h"

#include "must.h"

/*
 * What a suite says: version, hash and key lengths
 */

/* Key lengths that no suite has. */
static void give_key_lengths(struct lanekdf_handshake *suite, struct rng *rng)
{
    static const uint8_t extremes[][3] = {{1, 0, 0}, {0, 0, 1}, {255, 255, 255}};
    const uint8_t *lengths = extremes[rng_below(rng, sizeof(extremes) / sizeof(*extremes))];

    suite->mac_key_len = lengths[0];
    suite->enc_key_len = lengths[1];
    suite->fixed_iv_len = lengths[2];
    if (!rng_one_in(rng, 4)) {
        suite->mac_key_len = (uint8_t)rng_next(rng);
        suite->enc_key_len = (uint8_t)(1 + rng_below(rng, 255));
        suite->fixed_iv_len = (uint8_t)rng_next(rng);
    }
    if (suite->version == LANEKDF_SSL3) { /* LANEKDF_MAX_SSL3_OUT */
        suite->mac_key_len /= 4;
        suite->enc_key_len = (uint8_t)(1 + suite->enc_key_len / 4);
        suite->fixed_iv_len /= 4;
    }
    if (suite->version != LANEKDF_TLS12 && rng_one_in(rng, 3)) { /* an export suite */
        suite->enc_key_len = (uint8_t)(1 + rng_below(rng, 16));
        suite->fixed_iv_len = (uint8_t)rng_below(rng, 17);
        suite->final_key_len = (uint8_t)(1 + rng_below(rng, 16));
    }
}

static uint16_t any_version_of(uint32_t hash, struct rng *rng)
{
    static const uint16_t old[] = {LANEKDF_SSL3, LANEKDF_TLS10, LANEKDF_TLS11};

    return hash == LANEKDF_MD5_SHA1 ? old[rng_below(rng, 3)] : LANEKDF_TLS12;
}

/* Any suite that a handshake may have: not one of TLS 1.3. */
static const struct lanekdf_suite *any_suite(struct rng *rng)
{
    const struct lanekdf_suite *suite;
    size_t n = 0;

    while (lanekdf_suite_query(n, &suite) == LANEKDF_OK) {
        n++;
    }
    do {
        must(lanekdf_suite_query(rng_below(rng, (uint32_t)n), &suite) == LANEKDF_OK, "no suites");
    } while (suite->min_version > LANEKDF_TLS12);
    return suite;
}

/*
 * What is given, and what is wanted
 */

static size_t final_keys_len(const struct lanekdf_handshake *job)
{
    return job->final_key_len ? 2 * ((size_t)job->final_key_len + job->fixed_iv_len) : 0;
}

static size_t any_pre_master_secret_len(struct guarded_memory *memory, enum job_lengths lengths)
{
    static const uint16_t usual[] = {32, 48, 48, 48, 56, 66, 128, 256, 384, 512};
    struct rng *rng = guarded_rng(memory);

    return rng_one_in(rng, 2) ? usual[rng_below(rng, sizeof(usual) / sizeof(*usual))]
                              : any_length(memory, lengths, 1, LANEKDF_MAX_SECRET);
}

static void give_secret(
    struct lanekdf_handshake *job, struct guarded_memory *memory, enum job_lengths lengths)
{
    struct rng *rng = guarded_rng(memory);

    if (rng_one_in(rng, 3)) {
        job->known_master_secret = take_input(memory, LANEKDF_MASTER_SECRET_LEN);
        job->pre_master_secret = take_bytes(memory, 0); /* with an address or without */
        job->session_hash = take_bytes(memory, 0);
        return;
    }
    job->pre_master_secret = take_bytes(memory, any_pre_master_secret_len(memory, lengths));
    if (job->version != LANEKDF_SSL3 && rng_one_in(rng, 2)) {
        job->session_hash = take_bytes(memory, lanekdf_hash_len(job->hash));
    }
}

static void want_key_block(
    struct job_case *job_case, struct guarded_memory *memory, const struct lanekdf_handshake *suite)
{
    struct lanekdf_handshake *job = &job_case->any->handshake;

    job->mac_key_len = suite->mac_key_len;
    job->enc_key_len = suite->enc_key_len;
    job->fixed_iv_len = suite->fixed_iv_len;
    job->final_key_len = suite->final_key_len;
    job->key_block = take_output(job_case, memory, lanekdf_handshake_key_block_len(job)).data;
    if (job->final_key_len) {
        job->final_keys = take_output(job_case, memory, final_keys_len(job)).data;
    }
}

enum outputs { MASTER_SECRET = 1, KEY_BLOCK = 2, CLIENT = 4, SERVER = 8, PREPARED = 16 };

static unsigned any_outputs(const struct lanekdf_handshake *suite, struct rng *rng)
{
    unsigned possible = MASTER_SECRET | KEY_BLOCK | CLIENT | SERVER, wanted;

    if (rng_one_in(rng, 4)) {
        possible |= PREPARED;
    }
    if (suite->version == LANEKDF_SSL3) {
        possible &= MASTER_SECRET | KEY_BLOCK;
    }
    if (!lanekdf_handshake_key_block_len(suite)) {
        possible &= ~(unsigned)KEY_BLOCK;
    }
    wanted = possible & (unsigned)rng_next(rng);
    return wanted ? wanted : MASTER_SECRET;
}

static void want_outputs(struct job_case *job_case, struct guarded_memory *memory,
    const struct lanekdf_handshake *suite, unsigned wanted)
{
    struct lanekdf_handshake *job = &job_case->any->handshake;
    const size_t digest_len = lanekdf_hash_len(job->hash);

    if (wanted & MASTER_SECRET) {
        job->master_secret = take_output(job_case, memory, LANEKDF_MASTER_SECRET_LEN).data;
    }
    if (wanted & KEY_BLOCK) {
        want_key_block(job_case, memory, suite);
    }
    if (wanted & CLIENT) {
        job->client_finished_hash = take_bytes(memory, digest_len);
        job->client_verify_data = take_output(job_case, memory, LANEKDF_VERIFY_DATA_LEN).data;
    }
    if (wanted & SERVER) {
        job->server_finished_hash = take_bytes(memory, digest_len);
        job->server_verify_data = take_output(job_case, memory, LANEKDF_VERIFY_DATA_LEN).data;
    }
    if (wanted & PREPARED) {
        job->prepared_master_secret = take_prepared_output(job_case, memory);
    }
}

/* suite: version, hash and lengths. */
static struct job_case handshake(
    struct guarded_memory *memory, enum job_lengths lengths, const struct lanekdf_handshake *suite)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_HANDSHAKE, memory);
    struct lanekdf_handshake *job = &job_case.any->handshake;
    struct rng *rng = guarded_rng(memory);

    job->version = suite->version;
    job->hash = suite->hash;
    give_secret(job, memory, lengths);
    want_outputs(&job_case, memory, suite, any_outputs(suite, rng));
    if (job->key_block || !(job->known_master_secret || job->session_hash.len) || rng_one_in(rng, 2)) {
        job->client_random = take_input(memory, LANEKDF_RANDOM_LEN);
        job->server_random = take_input(memory, LANEKDF_RANDOM_LEN);
    }
    return job_case;
}

struct job_case good_handshake_of_suite(struct guarded_memory *memory, const struct lanekdf_suite *suite)
{
    static const uint16_t versions[] = {LANEKDF_SSL3, LANEKDF_TLS10, LANEKDF_TLS11, LANEKDF_TLS12};
    struct lanekdf_handshake set = {.version = 0};

    while (
        lanekdf_handshake_set_suite(&set, versions[rng_below(guarded_rng(memory), 4)], suite) != LANEKDF_OK)
        ;
    return handshake(memory, SHORT_LENGTHS, &set);
}

struct job_case good_handshake_of_version(struct guarded_memory *memory, uint16_t version, uint16_t hash)
{
    const struct lanekdf_handshake suite = {
        .version = version, .hash = hash, .mac_key_len = 20, .enc_key_len = 16, .fixed_iv_len = 16};

    return handshake(memory, SHORT_LENGTHS, &suite);
}

struct job_case good_handshake(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct rng *rng = guarded_rng(memory);
    struct lanekdf_handshake suite = {.version = 0};

    if (rng_one_in(rng, 2)) {
        return good_handshake_of_suite(memory, any_suite(rng));
    }
    suite.hash = (uint16_t)any_hash_of_kind(memory, job_kind(LANEKDF_KIND_HANDSHAKE));
    suite.version = any_version_of(suite.hash, rng);
    give_key_lengths(&suite, rng);
    return handshake(memory, lengths, &suite);
}
