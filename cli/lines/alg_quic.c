/*
 * quic-initial: the secrets and keys of Initial packets, RFC 9001 section 5.2. quic-packet: the keys of one
 * packet, from its secret or, of an Initial packet, from the connection ID, and the mask that hides its
 * packet number and a part of its first byte.
 */
#include "algorithms.h"
#include "record_ciphers.h"
#include "spelling.h"
#include "line_stage.h"

#include <string.h>

enum {
    INITIAL_SECRET_LEN = 32,
    INITIAL_KEY_LEN = 16,
    IV_LEN = 12,
    SALT_LEN = 20,
    SAMPLE_LEN = 16,
    MASK_LEN = 5
};

/* RFC 9001 section 5.2 and RFC 9369 section 3.3.1. The engine has these salts, too, but hands out no initial
 * secret, which a job of HKDF makes here. */
static const uint8_t salts[][SALT_LEN] = {
    {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc,
        0xbb, 0x7f, 0x0a},
    {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9,
        0xbd, 0x2e, 0xd9},
};

static bool read_quic_version(struct line *line, uint32_t *version)
{
    if (!line_has(line, FIELD_VERSION) && !line_has(line, FIELD_PROTOCOL)) {
        return line_fail(line, "version is missing%s", line_hint(line, FIELD_VERSION));
    }
    return stage_read_version(line, version) &&
           (*version == LANEKDF_QUIC_V1 || *version == LANEKDF_QUIC_V2 ||
               line_refuse(line, "version: QUIC version 1 (00000001) or 2 (6b3343cf) expected"));
}

/* A line may repeat the salt of its version; drafts of QUIC had others. */
static bool check_salt(struct line *line, const uint8_t salt[SALT_LEN])
{
    struct lanekdf_bytes recorded;

    if (!line_has(line, FIELD_SALT)) {
        return true;
    }
    return line_bytes(line, FIELD_SALT, SALT_LEN, SALT_LEN, &recorded) &&
           (memcmp(recorded.data, salt, SALT_LEN) == 0 ||
               line_fail(line, "salt: not that of the line's version of QUIC"));
}

static struct lanekdf_quic_initial *initial_job(struct line *line, uint32_t version)
{
    struct lanekdf_quic_initial *job = line_job(line, 0, LANEKDF_KIND_QUIC_INITIAL, sizeof(*job));

    job->version = version;
    return line_bytes(line, FIELD_DCID, 0, LANEKDF_MAX_CONNECTION_ID, &job->connection_id) ? job : NULL;
}

static bool answer_initial_secret(struct line *line, enum field field, uint8_t **out)
{
    *out = line_memory(line, INITIAL_SECRET_LEN);
    return line_answer(line, field, *out, INITIAL_SECRET_LEN);
}

bool quic_initial_fill(struct line *line)
{
    static const struct block_fields client = {FIELD_CLIENT_KEY, FIELD_CLIENT_IV, FIELD_CLIENT_HP, N_FIELDS};
    static const struct block_fields server = {FIELD_SERVER_KEY, FIELD_SERVER_IV, FIELD_SERVER_HP, N_FIELDS};
    struct lanekdf_quic_initial *job;
    struct stage stage = {0};
    const uint8_t *salt;

    if (!line_hash(line, &stage.hash) || !read_quic_version(line, &stage.version)) {
        return false;
    }
    stage.hash_len = lanekdf_hash_len(stage.hash);
    salt = salts[stage.version == LANEKDF_QUIC_V2];
    if (!check_salt(line, salt) || !(job = initial_job(line, stage.version)) ||
        !line_answer(line, FIELD_INITIAL_SECRET,
            stage_extract(line, 0, &stage, (struct lanekdf_bytes){salt, SALT_LEN}, job->connection_id),
            stage.hash_len)) {
        return false;
    }
    job->client_keys = line_memory(line, LANEKDF_QUIC_INITIAL_KEYS_LEN);
    job->server_keys = line_memory(line, LANEKDF_QUIC_INITIAL_KEYS_LEN);
    return answer_initial_secret(line, FIELD_CLIENT_INITIAL_SECRET, &job->client_initial_secret) &&
           stage_answer_block(line, &job->job, LANEKDF_CLIENT, &client) &&
           answer_initial_secret(line, FIELD_SERVER_INITIAL_SECRET, &job->server_initial_secret) &&
           stage_answer_block(line, &job->job, LANEKDF_SERVER, &server);
}

/* A packet: its cipher, and its keys once they are known or a job has been added for them. */
struct packet {
    uint32_t version;
    enum lanekdf_cipher cipher; /* 0: the line does not name it */
    struct lanekdf_bytes hp, sample;
    uint8_t *mask;
};

static const struct aead {
    const char *name;
    enum lanekdf_cipher cipher;
    uint32_t hash;
    uint8_t key_len;
} aeads[] = {
    {"aes-128-gcm", LANEKDF_CIPHER_AES_128_GCM, LANEKDF_SHA256, 16},
    {"aes-256-gcm", LANEKDF_CIPHER_AES_256_GCM, LANEKDF_SHA384, 32},
    {"aes-128-ccm", LANEKDF_CIPHER_AES_128_CCM, LANEKDF_SHA256, 16},
    {"chacha20-poly1305", LANEKDF_CIPHER_CHACHA20_POLY1305, LANEKDF_SHA256, 32},
};

/* What a line says of the AEAD; `aead` is NULL if it says nothing. */
struct aead_choice {
    const struct aead *aead;
    enum field sayer;
};

/* Reads one of the two fields that may name the AEAD. A line that has both must name the same one. */
static bool choose_aead(
    struct line *line, enum field sayer, const struct aead *aead, struct aead_choice *choice)
{
    if (!aead) {
        return line_fail(line, "%s: QUIC has aes-128-gcm, aes-256-gcm, aes-128-ccm and chacha20-poly1305",
            field_names[sayer]);
    }
    if (choice->aead && choice->aead != aead) {
        return line_fail(line, "%s and %s contradict each other: %s, %s", field_names[choice->sayer],
            field_names[sayer], choice->aead->name, aead->name);
    }
    *choice = (struct aead_choice){aead, sayer};
    return true;
}

/* Reads the AEAD, by its name, by the suite's, or by both. */
static bool read_aead(struct line *line, struct aead_choice *choice)
{
    const struct lanekdf_suite *suite;
    const struct aead *of_name = NULL, *of_suite = NULL;
    const char *text = "";
    size_t len = 0;

    *choice = (struct aead_choice){0};
    if ((line_has(line, FIELD_AEAD) && !line_string(line, FIELD_AEAD, &text, &len)) ||
        !line_suite(line, &suite)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(aeads) / sizeof(aeads[0]); i++) {
        of_name = spelling_is_same(text, len, aeads[i].name) ? &aeads[i] : of_name;
        of_suite = suite && suite->cipher == aeads[i].cipher ? &aeads[i] : of_suite;
    }
    return (!suite || choose_aead(line, FIELD_CIPHER_SUITE, of_suite, choice)) &&
           (!line_has(line, FIELD_AEAD) || choose_aead(line, FIELD_AEAD, of_name, choice));
}

static const struct block_fields packet_block = {FIELD_KEY, FIELD_IV, FIELD_HP, N_FIELDS};

/* Initial packets all have one hash and one AEAD, and keys that are never updated: a line that says otherwise
 * is not of one. */
static bool check_initial(struct line *line, const struct aead_choice *choice)
{
    struct stage stage = {.sayer = FIELD_DCID, .key_len = INITIAL_KEY_LEN, .iv_len = IV_LEN};
    size_t n_updates = 0;

    if (choice->aead && choice->aead->cipher != LANEKDF_CIPHER_AES_128_GCM) {
        return line_fail(line, "%s and dcid contradict each other: Initial packets have aes-128-gcm, not %s",
            field_names[choice->sayer], choice->aead->name);
    }
    if (line_has(line, FIELD_KEY_UPDATE) &&
        !line_number(line, FIELD_KEY_UPDATE, LANEKDF_MAX_UPDATES, &n_updates)) {
        return false;
    }
    if (n_updates != 0) {
        return line_fail(
            line, "key_update and dcid contradict each other: keys of Initial packets are not updated");
    }
    return line_hash_said(line, line->algorithm->hashes, FIELD_DCID, LANEKDF_SHA256, &stage.hash) &&
           stage_read_key_lengths(line, &stage, &packet_block, &packet_block);
}

/* Adds the keys of an Initial packet, which come from the connection ID of the client's first packet. */
static bool add_initial(struct line *line, const struct aead_choice *choice, struct packet *packet)
{
    struct lanekdf_quic_initial *job = initial_job(line, packet->version);
    enum lanekdf_role role;
    uint8_t *keys = line_memory(line, LANEKDF_QUIC_INITIAL_KEYS_LEN);

    if (!job || !check_initial(line, choice) || !line_side(line, &role)) {
        return false;
    }
    if (role == LANEKDF_CLIENT) {
        job->client_keys = keys;
    } else {
        job->server_keys = keys;
    }
    packet->cipher = LANEKDF_CIPHER_AES_128_GCM;
    packet->hp = (struct lanekdf_bytes){keys + INITIAL_KEY_LEN + IV_LEN, INITIAL_KEY_LEN};
    return answer_initial_secret(line, FIELD_SECRET,
               role == LANEKDF_CLIENT ? &job->client_initial_secret : &job->server_initial_secret) &&
           stage_answer_block(line, &job->job, role, &packet_block);
}

static struct lanekdf_tls13_traffic *traffic_job(
    struct line *line, const struct stage *stage, const uint8_t *secret, size_t n_updates)
{
    struct lanekdf_tls13_traffic *job = line_job(line, 0, LANEKDF_KIND_TLS13_TRAFFIC, sizeof(*job));

    job->hash = stage->hash;
    job->version = stage->version;
    job->n_updates = (uint32_t)n_updates;
    job->key_len = stage->key_len;
    job->iv_len = stage->iv_len;
    job->traffic_secret = secret;
    job->keys = stage_block(line, &job->job);
    return job;
}

/* Adds the keys of a traffic secret, after so many updates; the key of header protection is that of the first
 * secret (RFC 9001 section 6). */
static bool add_traffic(struct line *line, const struct aead_choice *choice, struct packet *packet)
{
    const struct aead *aead = choice->aead;
    struct stage stage = {.version = packet->version, .iv_len = IV_LEN};
    struct lanekdf_tls13_traffic *first, *job;
    struct lanekdf_span hp;
    const uint8_t *secret;
    size_t n_updates = 0;

    if (!line_hash_said(line, line->algorithm->hashes, choice->sayer, aead ? aead->hash : 0, &stage.hash)) {
        return false;
    }
    stage.sayer = aead ? choice->sayer : line_has(line, FIELD_VERSION) ? FIELD_VERSION : FIELD_PROTOCOL;
    stage.hash_len = lanekdf_hash_len(stage.hash);
    stage.key_len = aead ? aead->key_len : 0;
    if (!stage_read_key_lengths(line, &stage, &packet_block, &packet_block) ||
        !stage_bytes(line, &stage, FIELD_SECRET, &secret) ||
        (line_has(line, FIELD_KEY_UPDATE) &&
            !line_number(line, FIELD_KEY_UPDATE, LANEKDF_MAX_UPDATES, &n_updates))) {
        return false;
    }
    line_use(line, FIELD_SECRET);
    first = job = traffic_job(line, &stage, secret, 0);
    if (n_updates > 0) {
        job = traffic_job(line, &stage, secret, n_updates);
    }
    hp = lanekdf_tls13_write_key(&first->job, LANEKDF_CLIENT, LANEKDF_NUMBER_KEY);
    packet->hp = (struct lanekdf_bytes){hp.data, hp.len};
    return stage_answer_block(line, &job->job, LANEKDF_CLIENT, &packet_block) &&
           (n_updates == 0 || line_answer(line, FIELD_HP, hp.data, hp.len));
}

/* Takes key and IV of a packet that lie beside its key of header protection: nothing follows from them here,
 * and no more than their lengths can be wrong. */
static bool read_packet_keys(struct line *line, const struct aead *aead)
{
    const size_t least = aead ? aead->key_len : 1, most = aead ? aead->key_len : UINT8_MAX;
    struct lanekdf_bytes bytes;

    line_use(line, FIELD_KEY);
    line_use(line, FIELD_IV);
    return (!line_has(line, FIELD_KEY) || line_bytes(line, FIELD_KEY, least, most, &bytes)) &&
           (!line_has(line, FIELD_IV) || line_bytes(line, FIELD_IV, IV_LEN, IV_LEN, &bytes));
}

/* Takes the key of header protection from a line that has neither a secret nor a connection ID. */
static bool read_hp(struct line *line, const struct aead_choice *choice, struct packet *packet)
{
    if (!line_has(line, FIELD_HP) || !line_has(line, FIELD_SAMPLE)) {
        return line_fail(line, "neither secret nor dcid is there%s", line_hint(line, FIELD_SECRET));
    }
    line_use(line, FIELD_HP);
    return read_packet_keys(line, choice->aead) && line_bytes(line, FIELD_HP, 1, UINT8_MAX, &packet->hp) &&
           (!choice->aead ||
               line_same_number(line, FIELD_HP, packet->hp.len, choice->sayer, choice->aead->key_len));
}

/* Makes the mask, when the key of header protection is there. */
static void finish_packet(struct line *line, const void *context)
{
    const struct packet *packet = context;

    if (cipher_mask(packet->cipher, packet->hp, packet->sample.data, packet->mask) != CIPHER_DONE) {
        line_refuse(line, "mask: %sAES or ChaCha20 with a key of %zu bytes%s", cipher_absent_before,
            packet->hp.len, cipher_absent_behind);
    }
}

static bool add_mask(struct line *line, struct packet *packet)
{
    if (!line_has(line, FIELD_SAMPLE)) {
        return true;
    }
    if (packet->cipher == 0) {
        return line_fail(line, "aead is missing%s", line_hint(line, FIELD_AEAD));
    }
    packet->mask = line_memory(line, MASK_LEN);
    line_finish(line, finish_packet, packet);
    return line_bytes(line, FIELD_SAMPLE, SAMPLE_LEN, SAMPLE_LEN, &packet->sample) &&
           line_answer(line, FIELD_MASK, packet->mask, MASK_LEN);
}

bool quic_packet_fill(struct line *line)
{
    struct packet *packet = arena_take_zero(line->arena, sizeof(*packet));
    struct aead_choice choice;

    if (!read_quic_version(line, &packet->version) || !read_aead(line, &choice)) {
        return false;
    }
    packet->cipher = choice.aead ? choice.aead->cipher : 0;
    return (line_has(line, FIELD_DCID)        ? add_initial(line, &choice, packet)
               : line_has(line, FIELD_SECRET) ? add_traffic(line, &choice, packet)
                                              : read_hp(line, &choice, packet)) &&
           add_mask(line, packet);
}
