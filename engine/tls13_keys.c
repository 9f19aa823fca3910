/*
 * The keys of a stage of TLS 1.3, DTLS 1.3 or QUIC: how long the block of one direction is, where each key
 * lies in it, and what a cipher suite sets in the job.
 */
#include "tls13.h"

/* ---- blocks ---- */

enum { N_ROLES = 2, N_PURPOSES = LANEKDF_FINISHED_KEY + 1 };

/* The blocks of a stage. Those of both directions have the same lengths. */
struct blocks {
    uint8_t lens[N_PURPOSES]; /* by enum lanekdf_purpose, which is the order of a block */
    uint8_t *data[N_ROLES];   /* by the role that writes; NULL: not wanted, or not of this stage */
};

/* Sets the lengths of a stage without a finished key; none for a version that no stage has. */
static void set_lens(
    struct blocks *blocks, uint32_t version, uint32_t n_updates, uint8_t key_len, uint8_t iv_len)
{
    const struct protocol *protocol = protocol_find(version);
    if (protocol) {
        blocks->lens[LANEKDF_KEY] = key_len;
        blocks->lens[LANEKDF_IV] = iv_len;
        blocks->lens[LANEKDF_NUMBER_KEY] = tls13_has_number_key(protocol, n_updates) ? key_len : 0;
    }
}

static void read_early(const struct lanekdf_job *stage, struct blocks *blocks)
{
    const struct lanekdf_tls13_early *job = (const struct lanekdf_tls13_early *)stage;
    set_lens(blocks, job->version, 0, job->key_len, job->iv_len);
    blocks->data[LANEKDF_CLIENT] = job->client_early_keys;
}

static void read_handshake(const struct lanekdf_job *stage, struct blocks *blocks)
{
    const struct lanekdf_tls13_handshake *job = (const struct lanekdf_tls13_handshake *)stage;
    set_lens(blocks, job->version, 0, job->key_len, job->iv_len);
    if (protocol_find(job->version)) {
        blocks->lens[LANEKDF_FINISHED_KEY] = (uint8_t)lanekdf_hash_len(job->hash);
    }
    blocks->data[LANEKDF_CLIENT] = job->client_keys;
    blocks->data[LANEKDF_SERVER] = job->server_keys;
}

static void read_application(const struct lanekdf_job *stage, struct blocks *blocks)
{
    const struct lanekdf_tls13_application *job = (const struct lanekdf_tls13_application *)stage;
    set_lens(blocks, job->version, 0, job->key_len, job->iv_len);
    blocks->data[LANEKDF_CLIENT] = job->client_keys;
    blocks->data[LANEKDF_SERVER] = job->server_keys;
}

/* A traffic secret belongs to one side, and the job does not say to which: its block is that of both. */
static void read_traffic(const struct lanekdf_job *stage, struct blocks *blocks)
{
    const struct lanekdf_tls13_traffic *job = (const struct lanekdf_tls13_traffic *)stage;
    set_lens(blocks, job->version, job->n_updates, job->key_len, job->iv_len);
    blocks->data[LANEKDF_CLIENT] = job->keys;
    blocks->data[LANEKDF_SERVER] = job->keys;
}

/* RFC 9001 section 5.2: Initial packets have AES-128-GCM. */
static void read_quic_initial(const struct lanekdf_job *stage, struct blocks *blocks)
{
    const struct lanekdf_quic_initial *job = (const struct lanekdf_quic_initial *)stage;
    set_lens(blocks, LANEKDF_QUIC_V1, 0, 16, 12);
    blocks->data[LANEKDF_CLIENT] = job->client_keys;
    blocks->data[LANEKDF_SERVER] = job->server_keys;
}

/* The blocks of the stage: of no length, and in no direction, if it is none that has keys. */
static struct blocks blocks_of(const struct lanekdf_job *stage)
{
    struct blocks blocks = {.lens = {0}};
    switch (stage ? stage->kind : 0) {
    case LANEKDF_KIND_TLS13_EARLY:
        read_early(stage, &blocks);
        break;
    case LANEKDF_KIND_TLS13_HANDSHAKE:
        read_handshake(stage, &blocks);
        break;
    case LANEKDF_KIND_TLS13_APPLICATION:
        read_application(stage, &blocks);
        break;
    case LANEKDF_KIND_TLS13_TRAFFIC:
        read_traffic(stage, &blocks);
        break;
    case LANEKDF_KIND_QUIC_INITIAL:
        read_quic_initial(stage, &blocks);
        break;
    default: /* a stage without keys, or no stage at all */
        break;
    }
    return blocks;
}

size_t lanekdf_tls13_key_block_len(const struct lanekdf_job *stage)
{
    const struct blocks blocks = blocks_of(stage);
    size_t len = 0;
    for (unsigned i = 0; i < N_PURPOSES; i++) {
        len += blocks.lens[i];
    }
    return len;
}

static struct lanekdf_span key_of_writer(const struct lanekdf_job *stage, unsigned writer, unsigned purpose)
{
    const struct blocks blocks = blocks_of(stage);
    size_t offset = 0;
    if (writer >= N_ROLES || purpose >= N_PURPOSES || !blocks.data[writer] || !blocks.lens[purpose]) {
        return (struct lanekdf_span){NULL, 0};
    }
    for (unsigned i = 0; i < purpose; i++) {
        offset += blocks.lens[i];
    }
    return (struct lanekdf_span){blocks.data[writer] + offset, blocks.lens[purpose]};
}

struct lanekdf_span lanekdf_tls13_write_key(
    const struct lanekdf_job *stage, enum lanekdf_role role, enum lanekdf_purpose purpose)
{
    return key_of_writer(stage, role, purpose);
}

struct lanekdf_span lanekdf_tls13_read_key(
    const struct lanekdf_job *stage, enum lanekdf_role role, enum lanekdf_purpose purpose)
{
    return key_of_writer(stage, (unsigned)role ^ 1, purpose);
}

/* ---- cipher suites ---- */

/* Where the fields that a suite decides lie in the job of a stage; NULL: the stage does not have the field.
 */
struct suite_fields {
    uint32_t *hash, *version;
    uint8_t *key_len, *iv_len;
};

/* Finds the fields. Returns whether the job is of a kind whose fields a suite decides. */
static bool find_suite_fields(struct lanekdf_job *stage, struct suite_fields *fields)
{
#define STAGE(type) ((struct type *)stage)
#define WITH_KEYS(type)                                                                                      \
    (struct suite_fields)                                                                                    \
    {                                                                                                        \
        &STAGE(type)->hash, &STAGE(type)->version, &STAGE(type)->key_len, &STAGE(type)->iv_len               \
    }
#define WITHOUT_KEYS(type)                                                                                   \
    (struct suite_fields)                                                                                    \
    {                                                                                                        \
        &STAGE(type)->hash, &STAGE(type)->version, NULL, NULL                                                \
    }
    switch (stage->kind) {
    case LANEKDF_KIND_TLS13_EARLY:
        *fields = WITH_KEYS(lanekdf_tls13_early);
        return true;
    case LANEKDF_KIND_TLS13_HANDSHAKE:
        *fields = WITH_KEYS(lanekdf_tls13_handshake);
        return true;
    case LANEKDF_KIND_TLS13_APPLICATION:
        *fields = WITH_KEYS(lanekdf_tls13_application);
        return true;
    case LANEKDF_KIND_TLS13_TRAFFIC:
        *fields = WITH_KEYS(lanekdf_tls13_traffic);
        return true;
    case LANEKDF_KIND_TLS13_RESUMPTION:
        *fields = WITHOUT_KEYS(lanekdf_tls13_resumption);
        return true;
    case LANEKDF_KIND_TLS13_EXPORTER:
        *fields = WITHOUT_KEYS(lanekdf_tls13_exporter);
        return true;
    case LANEKDF_KIND_EXPAND_LABEL:
        *fields = WITHOUT_KEYS(lanekdf_expand_label);
        return true;
    case LANEKDF_KIND_ECH_CONFIRMATION:
        *fields = WITHOUT_KEYS(lanekdf_ech_confirmation);
        return true;
    case LANEKDF_KIND_TLS13_FINISHED:
        *fields = (struct suite_fields){&STAGE(lanekdf_tls13_finished)->hash, NULL, NULL, NULL};
        return true;
    default: /* a stage of one hash and no others, or no stage at all */
        return false;
    }
#undef WITHOUT_KEYS
#undef WITH_KEYS
#undef STAGE
}

/* QUIC takes no suite without header protection, nor that with the short tag (RFC 9001 section 5.3). */
static bool has_header_protection(const struct lanekdf_suite *suite)
{
    return suite->cipher != LANEKDF_CIPHER_AES_128_CCM_8 && suite->cipher != LANEKDF_CIPHER_HMAC_SHA256 &&
           suite->cipher != LANEKDF_CIPHER_HMAC_SHA384;
}

int lanekdf_tls13_set_suite(struct lanekdf_job *stage, uint32_t version, const struct lanekdf_suite *suite)
{
    const struct protocol *protocol = protocol_find(version);
    struct suite_fields fields;
    if (!stage || !suite) {
        return LANEKDF_ERROR_NULL;
    }
    if (!find_suite_fields(stage, &fields)) {
        return LANEKDF_ERROR_KIND;
    }
    if (!protocol) {
        return LANEKDF_ERROR_VERSION;
    }
    if (suite->max_version != LANEKDF_TLS13 || (protocol->is_quic && !has_header_protection(suite))) {
        return LANEKDF_ERROR_SUITE_VERSION;
    }
    *fields.hash = suite->hash;
    if (fields.version) {
        *fields.version = version;
    }
    if (fields.key_len) {
        *fields.key_len = suite->enc_key_len;
        *fields.iv_len = suite->fixed_iv_len;
    }
    return LANEKDF_OK;
}
