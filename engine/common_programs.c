#include "common_programs.h"

#include "kind.h"
#include "published.h"

/* Buffers that no job fills: nothing is derived. Outputs must not overlap. */
struct room {
    uint8_t secret[64], randoms[2][LANEKDF_RANDOM_LEN], hashes[2][HASH_MAX_DIGEST], nonce[8];
    uint8_t blocks[2][LANEKDF_MAX_KEYS_LEN], secrets[3][HASH_MAX_DIGEST];
    struct record record;
    struct compiler compiler;
};
_Static_assert(sizeof(struct room) <= COMMON_PROGRAMS_BYTES, "the caller brings enough memory");

static void publish_shape(struct room *room, struct shape *shape)
{
    if (!published_program(shape, &room->compiler) && shape->then) {
        *shape = shape_first(*shape);
        (void)published_program(shape, &room->compiler);
    }
}

/* Publishes the programs of all phases of a job. */
static bool publish(struct room *room, struct lanekdf_job *job)
{
    struct shape shape;
    if (kinds_begin_job(job, &room->record, 0) != LANEKDF_OK) {
        return false;
    }
    while (record_enter(&room->record, &shape)) {
        publish_shape(room, &shape);
        record_end_run(&room->record, &shape);
    }
    return true;
}

/* What the suites of one line have in common for programs: key and IV of an AEAD. */
struct suite {
    uint32_t hash;
    uint8_t hash_len, key_len, iv_len12, iv_len13;
};
static const struct suite suites[] = {
    {LANEKDF_SHA256, 32, 16, 4, 12},  /* AES_128_GCM_SHA256 */
    {LANEKDF_SHA384, 48, 32, 4, 12},  /* AES_256_GCM_SHA384 */
    {LANEKDF_SHA256, 32, 32, 12, 12}, /* CHACHA20_POLY1305_SHA256 */
};
enum { N_SUITES = sizeof(suites) / sizeof(*suites) };

/* A handshake as a server on a live connection derives it, and one with both Finished. */
static bool publish_tls12(struct room *room, const struct suite *suite)
{
    const struct lanekdf_bytes transcripts[2] = {
        {room->hashes[0], suite->hash_len}, {room->hashes[1], suite->hash_len}};
    struct lanekdf_handshake live = {.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = LANEKDF_TLS12,
        .hash = (uint16_t)suite->hash,
        .pre_master_secret = {room->secret, 32},
        .session_hash = transcripts[0],
        .client_random = room->randoms[0],
        .server_random = room->randoms[1],
        .enc_key_len = suite->key_len,
        .fixed_iv_len = suite->iv_len12,
        .master_secret = room->secrets[0],
        .key_block = room->blocks[0]};
    struct lanekdf_handshake whole = live;
    whole.client_finished_hash = transcripts[0];
    whole.server_finished_hash = transcripts[1];
    whole.client_verify_data = room->secrets[1];
    whole.server_verify_data = room->secrets[2];
    struct lanekdf_finished finished = {.job.kind = LANEKDF_KIND_FINISHED,
        .hash = suite->hash,
        .master_secret = room->secret,
        .client_finished_hash = transcripts[0],
        .server_finished_hash = transcripts[1],
        .client_verify_data = room->secrets[1],
        .server_verify_data = room->secrets[2]};
    return publish(room, &live.job) && publish(room, &whole.job) && publish(room, &finished.job);
}

/* The stages of a connection without a PSK, and its first ticket. */
static bool publish_tls13(struct room *room, const struct suite *suite)
{
    const struct lanekdf_bytes nonce = {room->nonce, sizeof(room->nonce)};
    struct lanekdf_tls13_handshake handshake = {.job.kind = LANEKDF_KIND_TLS13_HANDSHAKE,
        .hash = suite->hash,
        .version = LANEKDF_TLS13,
        .key_len = suite->key_len,
        .iv_len = suite->iv_len13,
        .shared_secret = {{room->secret, 32}},
        .transcript_hash = room->hashes[0],
        .client_handshake_traffic_secret = room->secrets[0],
        .server_handshake_traffic_secret = room->secrets[1],
        .client_keys = room->blocks[0],
        .server_keys = room->blocks[1],
        .master_secret = room->secrets[2]};
    struct lanekdf_tls13_application application = {.job.kind = LANEKDF_KIND_TLS13_APPLICATION,
        .hash = suite->hash,
        .version = LANEKDF_TLS13,
        .key_len = suite->key_len,
        .iv_len = suite->iv_len13,
        .master_secret = room->secret,
        .transcript_hash = room->hashes[0],
        .client_application_traffic_secret = room->secrets[0],
        .server_application_traffic_secret = room->secrets[1],
        .client_keys = room->blocks[0],
        .server_keys = room->blocks[1],
        .exporter_master_secret = room->secrets[2]};
    struct lanekdf_tls13_finished finished = {.job.kind = LANEKDF_KIND_TLS13_FINISHED,
        .hash = suite->hash,
        .finished_key = room->secret,
        .transcript_hash = room->hashes[0],
        .verify_data = room->secrets[0]};
    struct lanekdf_tls13_resumption resumption = {.job.kind = LANEKDF_KIND_TLS13_RESUMPTION,
        .hash = suite->hash,
        .version = LANEKDF_TLS13,
        .master_secret = room->secret,
        .transcript_hash = room->hashes[0],
        .nonces = &nonce,
        .n_nonces = 1,
        .resumption_master_secret = room->secrets[0],
        .psks = room->secrets[1]};
    return publish(room, &handshake.job) && publish(room, &application.job) && publish(room, &finished.job) &&
           publish(room, &resumption.job);
}

static bool publish_quic(struct room *room)
{
    struct lanekdf_quic_initial initial = {.job.kind = LANEKDF_KIND_QUIC_INITIAL,
        .version = LANEKDF_QUIC_V1,
        .connection_id = {room->nonce, 8},
        .client_keys = room->blocks[0],
        .server_keys = room->blocks[1]};
    return publish(room, &initial.job);
}

bool common_programs_publish(void *memory)
{
    struct room *const room = memory;
    bool all = publish_quic(room);
    for (unsigned i = 0; i < N_SUITES; i++) {
        all = publish_tls12(room, &suites[i]) && publish_tls13(room, &suites[i]) && all;
    }
    return all;
}
