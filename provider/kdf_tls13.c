/*
 * TLS13-KDF, by which libssl goes through the key schedule of RFC 8446 section 7.1. Its mode says which half
 * of a step is meant:
 *
 *     EXPAND_ONLY    out = HKDF-Expand-Label(key, label, data, length of out)
 *     EXTRACT_ONLY   out = HKDF-Extract(Derive-Secret(salt, label, ""), key)
 *                    or, without a salt, HKDF-Extract(zeros, key); without a key it is zeros, too
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <string.h>

#include "kdf.h"

enum { KEY, SALT, PREFIX, LABEL, DATA };

/* Whether the prefix is that of TLS 1.3. The library has no job with a prefix of the caller's own. */
static bool is_tls13(const struct kdf_value *prefix)
{
    static const char tls13[] = "tls13 ";
    return prefix->len == sizeof(tls13) - 1 && memcmp(prefix->data, tls13, prefix->len) == 0;
}

static bool expand_label(const struct kdf_context *context, struct lanekdf_bytes secret,
    struct lanekdf_bytes label_context, struct lanekdf_span out)
{
    struct lanekdf_expand_label job = {.job.kind = LANEKDF_KIND_EXPAND_LABEL,
        .hash = context->digest->hash,
        .version = LANEKDF_TLS13,
        .secret = secret,
        .n_labels = 1,
        .labels[0] = {kdf_bytes(&context->values[LABEL]), label_context, out}};
    return is_tls13(&context->values[PREFIX]) && lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

/* The salt of the next HKDF-Extract: Derive-Secret(salt, label, ""), whose context is the hash of nothing. */
static bool derive_salt(const struct kdf_context *context, uint8_t *salt)
{
    const struct served_digest *digest = context->digest;
    return expand_label(context, kdf_bytes(&context->values[SALT]),
        (struct lanekdf_bytes){digest->of_nothing, digest->len}, (struct lanekdf_span){salt, digest->len});
}

static bool extract(const struct kdf_context *context, uint8_t *out, size_t out_len)
{
    static const uint8_t zeros[LANEKDF_MAX_HASH_LEN];
    uint8_t salt[LANEKDF_MAX_HASH_LEN];
    const struct kdf_value *key = &context->values[KEY];
    struct lanekdf_bytes input = {zeros, context->digest->len};
    struct lanekdf_hkdf job = {.job.kind = LANEKDF_KIND_HKDF,
        .hash = context->digest->hash,
        .flags = LANEKDF_HKDF_EXTRACT,
        .input = &input,
        .n_input = 1,
        .prk_out = out};
    if (out_len != context->digest->len) {
        return false;
    }
    if (key->is_set) {
        input = kdf_bytes(key);
    }
    if (context->values[SALT].is_set) {
        if (!derive_salt(context, salt)) {
            return false;
        }
        job.salt = (struct lanekdf_bytes){salt, context->digest->len};
    }
    const bool is_served = lanekdf_derive_one(&job.job) == LANEKDF_OK;
    if (job.salt.len != 0) {
        OPENSSL_cleanse(salt, sizeof(salt));
    }
    return is_served;
}

static bool derive(const struct kdf_context *context, uint8_t *out, size_t out_len)
{
    if (context->mode == KDF_EXTRACT) {
        return extract(context, out, out_len);
    }
    return context->values[KEY].is_set &&
           expand_label(context, kdf_bytes(&context->values[KEY]), kdf_bytes(&context->values[DATA]),
               (struct lanekdf_span){out, out_len});
}

static const OSSL_PARAM settable_params[] = {
    OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_MODE, NULL, 0),
    OSSL_PARAM_int(OSSL_KDF_PARAM_MODE, NULL),
    OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_PROPERTIES, NULL, 0),
    OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_KDF_PARAM_PREFIX, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_KDF_PARAM_LABEL, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_KDF_PARAM_DATA, NULL, 0),
    OSSL_PARAM_END,
};

static const struct kdf_algorithm tls13_kdf = {
    .next = NEXT_TLS13_KDF,
    .has_mode = true,
    .needs_other_mode = true,
    .settable = settable_params,
    .n_values = 5,
    .values = {[KEY] = {OSSL_KDF_PARAM_KEY, KDF_REPLACE, 64},
        [SALT] = {OSSL_KDF_PARAM_SALT, KDF_REPLACE, 64},
        [PREFIX] = {OSSL_KDF_PARAM_PREFIX, KDF_REPLACE, 8},
        [LABEL] = {OSSL_KDF_PARAM_LABEL, KDF_REPLACE, 24},
        [DATA] = {OSSL_KDF_PARAM_DATA, KDF_ONCE, 64}},
    .derive = derive,
};

KDF_FUNCTIONS(tls13_kdf)
