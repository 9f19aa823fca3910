#include "line_stage.h"
#include "spelling.h"
#include "version.h"

#include <string.h>

const struct block_fields early_block = {
    FIELD_CLIENT_EARLY_KEY, FIELD_CLIENT_EARLY_IV, FIELD_CLIENT_EARLY_NUMBER_KEY, N_FIELDS};
const struct block_fields client_block = {
    FIELD_CLIENT_KEY, FIELD_CLIENT_IV, FIELD_CLIENT_NUMBER_KEY, FIELD_CLIENT_FINISHED_KEY};
const struct block_fields server_block = {
    FIELD_SERVER_KEY, FIELD_SERVER_IV, FIELD_SERVER_NUMBER_KEY, FIELD_SERVER_FINISHED_KEY};

const uint8_t stage_zeros[64];

enum { N_PSK_KINDS = 3 };

/* QUIC has the handshake of TLS 1.3, so that 0304 may stand beside quic. */
static bool agree(uint32_t protocol, uint32_t version)
{
    return protocol == version ||
           (version == LANEKDF_TLS13 && (protocol == LANEKDF_QUIC_V1 || protocol == LANEKDF_QUIC_V2));
}

bool stage_read_version(struct line *line, uint32_t *version)
{
    const bool has_protocol = line_has(line, FIELD_PROTOCOL), has_version = line_has(line, FIELD_VERSION);
    uint32_t named = LANEKDF_TLS13;
    const char *text;
    size_t len;

    if (has_version) {
        if (!line_string(line, FIELD_VERSION, &text, &len)) {
            return false;
        }
        named = version_parse(text, len);
        if (!version_has_stages(named)) {
            return line_refuse(line, "version %s is not supported for %s", line_quoted(line, text, len),
                line->algorithm->name);
        }
    }
    *version = named;
    if (has_protocol) {
        if (!line_string(line, FIELD_PROTOCOL, &text, &len)) {
            return false;
        }
        *version = version_of_protocol(text, len);
        if (*version == 0) {
            return line_fail(
                line, "protocol %s: tls, dtls, quic or quicv2 expected", line_quoted(line, text, len));
        }
        if (has_version && !agree(*version, named)) {
            return line_fail(line, "protocol and version contradict each other");
        }
    }
    return true;
}

/* Takes hash and lengths from the suite. */
static bool take_suite(
    struct line *line, struct stage *stage, enum field sayer, const struct lanekdf_suite *suite)
{
    struct lanekdf_tls13_traffic job = {.job.kind = LANEKDF_KIND_TLS13_TRAFFIC};
    const int status = lanekdf_tls13_set_suite(&job.job, stage->version, suite);

    if (status != LANEKDF_OK) {
        return line_fail(line, "%s: %s: %s, %s", field_names[sayer], suite->name, lanekdf_status_text(status),
            version_name(stage->version));
    }
    stage->sayer = sayer;
    stage->hash = job.hash;
    stage->key_len = job.key_len;
    stage->iv_len = job.iv_len;
    return true;
}

bool stage_read(struct line *line, struct stage *stage)
{
    const struct lanekdf_suite *suite;

    *stage = (struct stage){0};
    return stage_read_version(line, &stage->version) && line_suite(line, &suite) &&
           stage_read_with_suite(line, stage, FIELD_CIPHER_SUITE, suite);
}

bool stage_read_with_suite(
    struct line *line, struct stage *stage, enum field sayer, const struct lanekdf_suite *suite)
{
    if ((suite && !take_suite(line, stage, sayer, suite)) ||
        !line_hash_said(line, line->algorithm->hashes, sayer, stage->hash, &stage->hash)) {
        return false;
    }
    stage->hash_len = lanekdf_hash_len(stage->hash);
    return true;
}

/* Reads a length of 1 to 255 bytes: of an answer in the line, which either of two fields may hold, or from a
 * field of its own. A line that has none of them leaves it as it is; one that has several, or whose length is
 * known from the sayer, must have the same everywhere. */
static bool read_length(
    struct line *line, enum field one, enum field other, enum field own, enum field sayer, uint8_t *len)
{
    const enum field fields[] = {own, one, other};
    size_t number;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const enum field field = fields[i];
        if (field == N_FIELDS || !line_has(line, field)) {
            continue;
        }
        if (!(field == own ? line_number(line, own, UINT8_MAX, &number)
                           : line_bytes_len(line, field, &number))) {
            return false;
        }
        if (number == 0 || number > UINT8_MAX) {
            return line_fail(line, "%s: %zu bytes, must be 1 to %d", field_names[field], number, UINT8_MAX);
        }
        if (*len != 0 && !line_same_number(line, field, number, sayer, *len)) {
            return false;
        }
        *len = (uint8_t)number;
        sayer = field;
    }
    return true;
}

bool stage_read_key_lengths(
    struct line *line, struct stage *stage, const struct block_fields *one, const struct block_fields *other)
{
    if (!read_length(line, one->key, other->key, FIELD_KEY_LEN, stage->sayer, &stage->key_len) ||
        !read_length(line, one->iv, other->iv, FIELD_IV_LEN, stage->sayer, &stage->iv_len)) {
        return false;
    }
    if ((stage->key_len == 0) != (stage->iv_len == 0)) {
        const enum field missing = stage->key_len == 0 ? FIELD_KEY_LEN : FIELD_IV_LEN;
        return line_fail(line, "%s is missing%s", field_names[missing], line_hint(line, missing));
    }
    return true;
}

bool stage_bytes(struct line *line, const struct stage *stage, enum field field, const uint8_t **bytes)
{
    struct lanekdf_bytes read;

    if (!line_bytes(line, field, stage->hash_len, stage->hash_len, &read)) {
        return false;
    }
    *bytes = read.data;
    return true;
}

bool stage_answer(struct line *line, const struct stage *stage, enum field field, uint8_t **out)
{
    *out = line_memory(line, stage->hash_len);
    return line_answer(line, field, *out, stage->hash_len);
}

uint8_t *stage_block(const struct line *line, const struct lanekdf_job *job)
{
    return line_memory(line, lanekdf_tls13_key_block_len(job));
}

bool stage_answer_block(struct line *line, const struct lanekdf_job *job, enum lanekdf_role role,
    const struct block_fields *fields)
{
    const struct {
        enum field field;
        enum lanekdf_purpose purpose;
    } keys[] = {
        {fields->key, LANEKDF_KEY},
        {fields->iv, LANEKDF_IV},
        {fields->number_key, LANEKDF_NUMBER_KEY},
        {fields->finished_key, LANEKDF_FINISHED_KEY},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct lanekdf_span span = lanekdf_tls13_write_key(job, role, keys[i].purpose);
        if (span.len > 0 && !line_answer(line, keys[i].field, span.data, span.len)) {
            return false;
        }
    }
    return true;
}

const uint8_t *stage_derived_salt(
    struct line *line, unsigned wave, const struct stage *stage, const uint8_t *secret)
{
    struct lanekdf_tls13_early *job = line_job(line, wave, LANEKDF_KIND_TLS13_EARLY, sizeof(*job));

    job->hash = stage->hash;
    job->version = stage->version;
    job->known_early_secret = secret;
    if (!secret) {
        job->psk = (struct lanekdf_bytes){stage_zeros, stage->hash_len};
    }
    job->handshake_salt = line_memory(line, stage->hash_len);
    return job->handshake_salt;
}

struct lanekdf_bytes stage_secret_or_zeros(const struct stage *stage, struct lanekdf_bytes secret)
{
    return secret.len > 0 ? secret : (struct lanekdf_bytes){stage_zeros, stage->hash_len};
}

const uint8_t *stage_extract(struct line *line, unsigned wave, const struct stage *stage,
    struct lanekdf_bytes salt, struct lanekdf_bytes input)
{
    struct lanekdf_hkdf *job = line_job(line, wave, LANEKDF_KIND_HKDF, sizeof(*job));
    struct lanekdf_bytes *piece = arena_take(line->arena, sizeof(*piece));

    *piece = input;
    job->hash = stage->hash;
    job->flags = LANEKDF_HKDF_EXTRACT;
    job->salt = salt;
    job->input = piece;
    job->n_input = 1;
    job->prk_out = line_memory(line, stage->hash_len);
    return job->prk_out;
}

const uint8_t *stage_hash(
    struct line *line, unsigned wave, const struct stage *stage, const struct lanekdf_bytes *pieces, size_t n)
{
    struct lanekdf_message_hash *job = line_job(line, wave, LANEKDF_KIND_HASH, sizeof(*job));

    job->hash = stage->hash;
    job->message = pieces;
    job->n_message = n;
    job->out = (struct lanekdf_span){line_memory(line, stage->hash_len), stage->hash_len};
    return job->out.data;
}

/* Reads the kind of a PSK from a field that has one of three texts, which `expected` says in words. */
static bool read_kind(struct line *line, enum field field, const char *const texts[N_PSK_KINDS],
    const char *expected, uint16_t *kind)
{
    const char *text;
    size_t len;

    if (!line_string(line, field, &text, &len)) {
        return false;
    }
    for (uint16_t i = 0; i < N_PSK_KINDS; i++) {
        if (spelling_is_same(text, len, texts[i])) {
            *kind = i;
            return true;
        }
    }
    return line_fail(line, "%s: %s expected", field_names[field], expected);
}

bool stage_read_psk_kind(struct line *line, uint16_t *kind)
{
    static const char *const labels[N_PSK_KINDS] = {[LANEKDF_PSK_RESUMPTION] = "res binder",
        [LANEKDF_PSK_EXTERNAL] = "ext binder",
        [LANEKDF_PSK_IMPORTED] = "imp binder"};
    static const char *const kinds[N_PSK_KINDS] = {[LANEKDF_PSK_RESUMPTION] = "resumption",
        [LANEKDF_PSK_EXTERNAL] = "external",
        [LANEKDF_PSK_IMPORTED] = "imported"};
    const bool has_kind = line_has(line, FIELD_PSK_KIND), has_label = line_has(line, FIELD_BINDER_LABEL);
    uint16_t of_label = 0;

    if (has_kind && !read_kind(line, FIELD_PSK_KIND, kinds, "resumption, external or imported", kind)) {
        return false;
    }
    if (has_kind && !has_label) {
        return true;
    }
    if (!read_kind(line, FIELD_BINDER_LABEL, labels, "\"res binder\", \"ext binder\" or \"imp binder\"",
            &of_label)) {
        return false;
    }
    if (has_kind && of_label != *kind) {
        return line_fail(line, "binder_label and psk_kind contradict each other");
    }
    *kind = of_label;
    return true;
}
