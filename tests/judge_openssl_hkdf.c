/* libcrypto's answers to HKDF and to the stages of TLS 1.3, DTLS 1.3 and QUIC: HKDF by EVP_KDF "HKDF", labels
 * by "TLS13-KDF" where that takes them. */
#include "judge_openssl.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "test_bytes.h"

enum {
    MAX_DIGEST = 64,
    HKDF_MAX_INFO = 1024, /* bytes that "HKDF" takes in OpenSSL 3.0 */
    TLS13_MAX_CONTEXT = 64,
    MAX_HKDF_LABEL = 2 + 1 + 255 + 1 + 255
};

static struct lanekdf_bytes text(const char *s)
{
    return bytes(s, strlen(s));
}

static const EVP_MD *digest_of(uint32_t hash)
{
    return hash == LANEKDF_SHA256 ? EVP_sha256() : hash == LANEKDF_SHA384 ? EVP_sha384() : EVP_sha512();
}

static size_t digest_len(uint32_t hash)
{
    return (size_t)EVP_MD_get_size(digest_of(hash));
}

/*
 * HKDF
 */

static OSSL_PARAM octets(const char *name, struct lanekdf_bytes value)
{
    static uint8_t nothing[1];

    return OSSL_PARAM_construct_octet_string(
        name, value.len ? (void *)(uintptr_t)value.data : nothing, value.len);
}

/* Runs a method of EVP_KDF; params ends with two free places. */
static void run_kdf(
    const char *method, uint32_t hash, int mode, OSSL_PARAM *params, size_t n, struct lanekdf_span out)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, method, NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    char name[32];

    must(context != NULL, "EVP_KDF_CTX_new failed");
    strcpy(name, EVP_MD_get0_name(digest_of(hash)));
    params[n] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name, 0);
    params[n + 1] = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
    params[n + 2] = OSSL_PARAM_construct_end();
    must(EVP_KDF_derive(context, out.data, out.len, params) > 0, "EVP_KDF_derive failed");
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

static void mac(uint32_t hash, struct lanekdf_bytes key, struct lanekdf_bytes message, uint8_t *out)
{
    const void *data = key.len ? (const void *)key.data : (const void *)""; /* NULL would mean no new key */

    must(HMAC(digest_of(hash), data, (int)key.len, message.data, message.len, out, NULL) != NULL,
        "HMAC failed");
}

/* "HKDF" refuses an input of no bytes. */
static void extract(uint32_t hash, struct lanekdf_bytes salt, struct lanekdf_bytes input, uint8_t *prk)
{
    OSSL_PARAM params[5];

    if (!input.len) {
        mac(hash, salt, input, prk);
        return;
    }
    params[0] = octets(OSSL_KDF_PARAM_KEY, input);
    params[1] = octets(OSSL_KDF_PARAM_SALT, salt);
    run_kdf("HKDF", hash, EVP_KDF_HKDF_MODE_EXTRACT_ONLY, params, 2,
        (struct lanekdf_span){prk, digest_len(hash)});
}

/* HKDF-Expand out of HMACs, for an info that "HKDF" refuses. */
static void expand_by_hand(
    uint32_t hash, struct lanekdf_bytes prk, struct lanekdf_bytes info, struct lanekdf_span out)
{
    const size_t n = digest_len(hash);
    uint8_t block[MAX_DIGEST], *message = malloc(n + info.len + 1);

    must(message != NULL, "out of memory");
    if (info.len) {
        memcpy(message + n, info.data, info.len);
    }
    for (size_t done = 0, i = 1; done < out.len; done += n, i++) {
        message[n + info.len] = (uint8_t)i;
        if (i == 1) {
            mac(hash, prk, bytes(message + n, info.len + 1), block);
        } else {
            mac(hash, prk, bytes(message, n + info.len + 1), block);
        }
        memcpy(message, block, n);
        memcpy(out.data + done, block, out.len - done < n ? out.len - done : n);
    }
    free(message);
}

static void expand(
    uint32_t hash, struct lanekdf_bytes prk, struct lanekdf_bytes info, struct lanekdf_span out)
{
    OSSL_PARAM params[5];

    if (info.len > HKDF_MAX_INFO) {
        expand_by_hand(hash, prk, info, out);
        return;
    }
    params[0] = octets(OSSL_KDF_PARAM_KEY, prk);
    params[1] = octets(OSSL_KDF_PARAM_INFO, info);
    run_kdf("HKDF", hash, EVP_KDF_HKDF_MODE_EXPAND_ONLY, params, 2, out);
}

/*
 * Labels
 */

static struct lanekdf_bytes prefix_of(uint32_t version)
{
    return text(version == LANEKDF_DTLS13 ? "dtls13" : "tls13 ");
}

/* Whether "TLS13-KDF" takes a label. It knows no SHA-512. */
static bool is_for_tls13_kdf(
    uint32_t hash, struct lanekdf_bytes secret, struct lanekdf_bytes label, struct lanekdf_bytes context)
{
    return hash != LANEKDF_SHA512 && secret.len == digest_len(hash) && label.len > 0 && label.len <= 200 &&
           context.len <= TLS13_MAX_CONTEXT;
}

/* HkdfLabel of RFC 8446 section 7.1. */
static struct lanekdf_bytes hkdf_label(uint8_t *to, size_t length, struct lanekdf_bytes prefix,
    struct lanekdf_bytes label, struct lanekdf_bytes context)
{
    const struct lanekdf_bytes parts[] = {{(const uint8_t[]){(uint8_t)(length >> 8), (uint8_t)length}, 2},
        {(const uint8_t[]){(uint8_t)(prefix.len + label.len)}, 1}, prefix, label,
        {(const uint8_t[]){(uint8_t)context.len}, 1}, context};
    size_t len = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        must(len + parts[i].len <= MAX_HKDF_LABEL, "a label beyond its limit");
        if (parts[i].len) {
            memcpy(to + len, parts[i].data, parts[i].len);
        }
        len += parts[i].len;
    }
    return bytes(to, len);
}

static void expand_label(uint32_t hash, uint32_t version, struct lanekdf_bytes secret,
    struct lanekdf_bytes label, struct lanekdf_bytes context, struct lanekdf_span out)
{
    uint8_t info[MAX_HKDF_LABEL];
    OSSL_PARAM params[7];

    if (!is_for_tls13_kdf(hash, secret, label, context)) {
        expand(hash, secret, hkdf_label(info, out.len, prefix_of(version), label, context), out);
        return;
    }
    params[0] = octets(OSSL_KDF_PARAM_KEY, secret);
    params[1] = octets(OSSL_KDF_PARAM_PREFIX, prefix_of(version));
    params[2] = octets(OSSL_KDF_PARAM_LABEL, label);
    params[3] = octets(OSSL_KDF_PARAM_DATA, context);
    run_kdf("TLS13-KDF", hash, EVP_KDF_HKDF_MODE_EXPAND_ONLY, params, context.len ? 4 : 3, out);
}

/*
 * Stages: what RFC 8446 section 7.1 names a secret is n bytes here
 */

struct stage {
    uint32_t hash, version;
    size_t n, key_len, iv_len;
};

static struct stage stage_of(uint32_t hash, uint32_t version, size_t key_len, size_t iv_len)
{
    return (struct stage){hash, version, digest_len(hash), key_len, iv_len};
}

static void derive_label(const struct stage *s, const uint8_t *secret, const char *label,
    struct lanekdf_bytes context, uint8_t *out, size_t len)
{
    expand_label(
        s->hash, s->version, bytes(secret, s->n), text(label), context, (struct lanekdf_span){out, len});
}

/* Derive-Secret over the transcript hash or, where that is NULL, over no messages. */
static void derive_secret(const struct stage *s, const uint8_t *secret, struct lanekdf_bytes label,
    const uint8_t *transcript_hash, uint8_t *out)
{
    uint8_t hash_of_nothing[MAX_DIGEST];

    must(EVP_Digest("", 0, hash_of_nothing, NULL, digest_of(s->hash), NULL) > 0, "EVP_Digest failed");
    expand_label(s->hash, s->version, bytes(secret, s->n), label,
        bytes(transcript_hash ? transcript_hash : hash_of_nothing, s->n), (struct lanekdf_span){out, s->n});
}

static void copy_if_wanted(uint8_t *output, const uint8_t *secret, size_t len)
{
    if (output) {
        memcpy(output, secret, len);
    }
}

/* Key, IV and number key of a traffic secret; returns where they end. */
static uint8_t *keys_of(const struct stage *s, const uint8_t *secret, bool has_number_key, uint8_t *block)
{
    const char *prefix = s->version == LANEKDF_QUIC_V1   ? "quic "
                         : s->version == LANEKDF_QUIC_V2 ? "quicv2 "
                                                         : "";
    const struct {
        const char *name;
        size_t len;
    } keys[] = {
        {"key", s->key_len}, {"iv", s->iv_len}, {s->version == LANEKDF_DTLS13 ? "sn" : "hp", s->key_len}};
    char label[16];

    for (size_t i = 0; i < (has_number_key ? 3 : 2) && s->key_len; i++) {
        strcat(strcpy(label, prefix), keys[i].name);
        derive_label(s, secret, label, bytes(NULL, 0), block, keys[i].len);
        block += keys[i].len;
    }
    return block;
}

static void derive_side(const struct stage *s, const uint8_t *secret, const char *label,
    const uint8_t *transcript_hash, bool has_finished_key, uint8_t *traffic_secret, uint8_t *keys)
{
    uint8_t derived[MAX_DIGEST], *end;

    if (!traffic_secret && !keys) {
        return;
    }
    derive_secret(s, secret, text(label), transcript_hash, derived);
    copy_if_wanted(traffic_secret, derived, s->n);
    if (keys) {
        end = keys_of(s, derived, s->version != LANEKDF_TLS13, keys);
        if (has_finished_key) {
            derive_label(s, derived, "finished", bytes(NULL, 0), end, s->n);
        }
    }
}

static void derive_early(const struct lanekdf_job *any)
{
    static const char *const binder_labels[] = {"res binder", "ext binder", "imp binder"};
    const struct lanekdf_tls13_early *job = (const void *)any;
    const struct stage s = stage_of(job->hash, job->version, job->key_len, job->iv_len);
    uint8_t early_secret[MAX_DIGEST], key[MAX_DIGEST];

    if (job->known_early_secret) {
        memcpy(early_secret, job->known_early_secret, s.n);
    } else {
        extract(s.hash, bytes(NULL, 0), job->psk, early_secret);
    }
    copy_if_wanted(job->early_secret, early_secret, s.n);
    if (job->binder) {
        derive_secret(&s, early_secret, text(binder_labels[job->psk_kind]), NULL, key);
        derive_label(&s, key, "finished", bytes(NULL, 0), key, s.n);
        mac(s.hash, bytes(key, s.n), bytes(job->binder_hash, s.n), job->binder);
    }
    derive_side(&s, early_secret, "c e traffic", job->client_hello_hash, false,
        job->client_early_traffic_secret, job->client_early_keys);
    if (job->early_exporter_master_secret) {
        derive_secret(&s, early_secret, text("e exp master"), job->client_hello_hash,
            job->early_exporter_master_secret);
    }
    if (job->handshake_salt) {
        derive_secret(&s, early_secret, text("derived"), NULL, job->handshake_salt);
    }
}

static void derive_handshake(const struct lanekdf_job *any)
{
    static const uint8_t zeros[MAX_DIGEST];
    const struct lanekdf_tls13_handshake *job = (const void *)any;
    const struct stage s = stage_of(job->hash, job->version, job->key_len, job->iv_len);
    const size_t first = job->shared_secret[0].len, second = job->shared_secret[1].len;
    uint8_t salt[MAX_DIGEST], secret[MAX_DIGEST], *joined = calloc(1, first + second + MAX_DIGEST);

    must(joined != NULL, "out of memory");
    if (first) {
        memcpy(joined, job->shared_secret[0].data, first);
    }
    if (second) {
        memcpy(joined + first, job->shared_secret[1].data, second);
    }
    if (job->handshake_salt) {
        memcpy(salt, job->handshake_salt, s.n);
    } else {
        extract(s.hash, bytes(NULL, 0), bytes(zeros, s.n), secret);
        derive_secret(&s, secret, text("derived"), NULL, salt);
    }
    extract(s.hash, bytes(salt, s.n), bytes(joined, first + second ? first + second : s.n), secret);
    free(joined);
    derive_side(&s, secret, "c hs traffic", job->transcript_hash, true, job->client_handshake_traffic_secret,
        job->client_keys);
    derive_side(&s, secret, "s hs traffic", job->transcript_hash, true, job->server_handshake_traffic_secret,
        job->server_keys);
    if (job->master_secret) {
        derive_secret(&s, secret, text("derived"), NULL, salt);
        extract(s.hash, bytes(salt, s.n), bytes(zeros, s.n), job->master_secret);
    }
}

static void derive_finished(const struct lanekdf_job *any)
{
    const struct lanekdf_tls13_finished *job = (const void *)any;
    const size_t n = digest_len(job->hash);

    must(!job->prepared_finished_key, "libcrypto knows no prepared secrets");
    mac(job->hash, bytes(job->finished_key, n), bytes(job->transcript_hash, n), job->verify_data);
}

static void derive_application(const struct lanekdf_job *any)
{
    const struct lanekdf_tls13_application *job = (const void *)any;
    const struct stage s = stage_of(job->hash, job->version, job->key_len, job->iv_len);

    must(!job->prepared_master_secret, "libcrypto knows no prepared secrets");
    derive_side(&s, job->master_secret, "c ap traffic", job->transcript_hash, false,
        job->client_application_traffic_secret, job->client_keys);
    derive_side(&s, job->master_secret, "s ap traffic", job->transcript_hash, false,
        job->server_application_traffic_secret, job->server_keys);
    if (job->exporter_master_secret) {
        derive_secret(
            &s, job->master_secret, text("exp master"), job->transcript_hash, job->exporter_master_secret);
    }
}

static void derive_resumption(const struct lanekdf_job *any)
{
    const struct lanekdf_tls13_resumption *job = (const void *)any;
    const struct stage s = stage_of(job->hash, job->version, 0, 0);
    uint8_t secret[MAX_DIGEST];

    must(!job->prepared_master_secret, "libcrypto knows no prepared secrets");
    if (job->known_resumption_master_secret) {
        memcpy(secret, job->known_resumption_master_secret, s.n);
    } else {
        derive_secret(&s, job->master_secret, text("res master"), job->transcript_hash, secret);
    }
    copy_if_wanted(job->resumption_master_secret, secret, s.n);
    for (size_t i = 0; i < job->n_nonces; i++) {
        derive_label(&s, secret, "resumption", job->nonces[i], job->psks + i * s.n, s.n);
    }
}

static void derive_traffic(const struct lanekdf_job *any)
{
    const struct lanekdf_tls13_traffic *job = (const void *)any;
    const struct stage s = stage_of(job->hash, job->version, job->key_len, job->iv_len);
    const bool is_quic = job->version == LANEKDF_QUIC_V1 || job->version == LANEKDF_QUIC_V2;
    const char *label = job->version == LANEKDF_QUIC_V1   ? "quic ku"
                        : job->version == LANEKDF_QUIC_V2 ? "quicv2 ku"
                                                          : "traffic upd";
    uint8_t secret[MAX_DIGEST];

    memcpy(secret, job->traffic_secret, s.n);
    for (uint32_t i = 0; i < job->n_updates; i++) {
        derive_label(&s, secret, label, bytes(NULL, 0), secret, s.n);
    }
    copy_if_wanted(job->next_secret, secret, s.n);
    if (job->keys) {
        keys_of(&s, secret, is_quic ? !job->n_updates : job->version == LANEKDF_DTLS13, job->keys);
    }
}

static void derive_exporter(const struct lanekdf_job *any)
{
    const struct lanekdf_tls13_exporter *job = (const void *)any;
    const struct stage s = stage_of(job->hash, job->version, 0, 0);
    uint8_t secret[MAX_DIGEST], context_hash[MAX_DIGEST];
    const void *context = job->context.len ? (const void *)job->context.data : (const void *)"";

    must(!job->prepared_exporter_master_secret, "libcrypto knows no prepared secrets");
    must(EVP_Digest(context, job->context.len, context_hash, NULL, digest_of(s.hash), NULL) > 0,
        "EVP_Digest failed");
    derive_secret(&s, job->exporter_master_secret, job->label, NULL, secret);
    derive_label(&s, secret, "exporter", bytes(context_hash, s.n), job->out.data, job->out.len);
}

static void add_with_length(EVP_MD_CTX *context, struct lanekdf_bytes part)
{
    const uint8_t len[2] = {(uint8_t)(part.len >> 8), (uint8_t)part.len};

    must(EVP_DigestUpdate(context, len, 2) > 0 && EVP_DigestUpdate(context, part.data, part.len) > 0,
        "EVP_DigestUpdate failed");
}

/* RFC 9258 section 5.1. */
static void derive_psk_import(const struct lanekdf_job *any)
{
    const struct lanekdf_tls13_psk_import *job = (const void *)any;
    const struct stage s = stage_of(job->hash, LANEKDF_TLS13, 0, 0);
    const uint8_t target[4] = {
        (uint8_t)(job->target_protocol >> 8), (uint8_t)job->target_protocol, 0, (uint8_t)job->target_kdf};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t secret[MAX_DIGEST], identity_hash[MAX_DIGEST];

    must(context && EVP_DigestInit_ex(context, digest_of(s.hash), NULL) > 0, "EVP_DigestInit_ex failed");
    add_with_length(context, job->identity);
    add_with_length(context, job->context);
    must(EVP_DigestUpdate(context, target, 4) > 0 && EVP_DigestFinal_ex(context, identity_hash, NULL) > 0,
        "EVP_DigestFinal_ex failed");
    EVP_MD_CTX_free(context);
    extract(s.hash, bytes(NULL, 0), job->psk, secret);
    derive_label(&s, secret, "derived psk", bytes(identity_hash, s.n), job->imported_psk,
        job->target_kdf == 1 ? 32 : 48);
}

/* RFC 9849 section 7.2. */
static void derive_ech_confirmation(const struct lanekdf_job *any)
{
    const struct lanekdf_ech_confirmation *job = (const void *)any;
    const struct stage s = stage_of(job->hash, job->version, 0, 0);
    uint8_t secret[MAX_DIGEST];

    extract(s.hash, bytes(NULL, 0), bytes(job->inner_random, LANEKDF_RANDOM_LEN), secret);
    derive_label(&s, secret, job->is_hello_retry ? "hrr ech accept confirmation" : "ech accept confirmation",
        bytes(job->transcript_hash, s.n), job->confirmation, LANEKDF_ECH_CONFIRMATION_LEN);
}

/* RFC 9001 section 5.2, RFC 9369 section 3.3.1. */
static void derive_quic_initial(const struct lanekdf_job *any)
{
    static const char salts[2][21] = {
        "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a",
        "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9"};
    const struct lanekdf_quic_initial *job = (const void *)any;
    const struct stage s = stage_of(LANEKDF_SHA256, job->version, 16, 12);
    uint8_t initial[32], secret[32];

    extract(s.hash, bytes(salts[job->version == LANEKDF_QUIC_V2], 20), job->connection_id, initial);
    for (int server = 0; server < 2; server++) {
        uint8_t *const keys = server ? job->server_keys : job->client_keys;

        derive_label(&s, initial, server ? "server in" : "client in", bytes(NULL, 0), secret, 32);
        copy_if_wanted(server ? job->server_initial_secret : job->client_initial_secret, secret, 32);
        if (keys) {
            keys_of(&s, secret, true, keys);
        }
    }
}

/* The pieces one behind the other, in memory for the caller to free. */
static struct lanekdf_bytes joined(const struct lanekdf_bytes *pieces, size_t n)
{
    size_t len = 0;
    uint8_t *all;

    for (size_t i = 0; i < n; i++) {
        len += pieces[i].len;
    }
    all = malloc(len + 1);
    must(all != NULL, "out of memory");
    len = 0;
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].len) {
            memcpy(all + len, pieces[i].data, pieces[i].len);
        }
        len += pieces[i].len;
    }
    return bytes(all, len);
}

static void derive_hkdf(const struct lanekdf_job *any)
{
    const struct lanekdf_hkdf *job = (const void *)any;
    const struct lanekdf_bytes input = joined(job->input, job->n_input),
                               info = joined(job->info, job->n_info);
    uint8_t extracted[MAX_DIGEST];
    struct lanekdf_bytes prk = job->prk;

    must(!job->prepared_prk, "libcrypto knows no prepared secrets");
    if (job->flags & LANEKDF_HKDF_EXTRACT) {
        extract(job->hash, job->salt, input, extracted);
        prk = bytes(extracted, digest_len(job->hash));
        copy_if_wanted(job->prk_out, extracted, prk.len);
    }
    if (job->out.len) {
        expand(job->hash, prk, info, job->out);
    }
    free((void *)(uintptr_t)input.data);
    free((void *)(uintptr_t)info.data);
}

static void derive_expand_label(const struct lanekdf_job *any)
{
    const struct lanekdf_expand_label *job = (const void *)any;

    must(!job->prepared_secret, "libcrypto knows no prepared secrets");
    for (size_t i = 0; i < job->n_labels; i++) {
        const struct lanekdf_label *label = &job->labels[i];

        expand_label(job->hash, job->version, job->secret, label->label, label->context, label->out);
    }
}

static const struct {
    uint32_t kind;
    void (*derive)(const struct lanekdf_job *job);
} derivations[] = {
    {LANEKDF_KIND_HKDF, derive_hkdf},
    {LANEKDF_KIND_EXPAND_LABEL, derive_expand_label},
    {LANEKDF_KIND_TLS13_EARLY, derive_early},
    {LANEKDF_KIND_TLS13_HANDSHAKE, derive_handshake},
    {LANEKDF_KIND_TLS13_FINISHED, derive_finished},
    {LANEKDF_KIND_TLS13_APPLICATION, derive_application},
    {LANEKDF_KIND_TLS13_RESUMPTION, derive_resumption},
    {LANEKDF_KIND_TLS13_TRAFFIC, derive_traffic},
    {LANEKDF_KIND_TLS13_EXPORTER, derive_exporter},
    {LANEKDF_KIND_TLS13_PSK_IMPORT, derive_psk_import},
    {LANEKDF_KIND_ECH_CONFIRMATION, derive_ech_confirmation},
    {LANEKDF_KIND_QUIC_INITIAL, derive_quic_initial},
};

void openssl_derive_stage(const struct lanekdf_job *job)
{
    for (size_t i = 0; i < sizeof(derivations) / sizeof(*derivations); i++) {
        if (derivations[i].kind == job->kind) {
            derivations[i].derive(job);
        }
    }
}
