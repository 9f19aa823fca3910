/* TLS1-PRF, the PRF of TLS 1.0 to 1.2 (RFC 5246 section 5, RFC 2246 section 5). Its label is in the seed. */
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "kdf.h"

enum { SECRET, SEED };

static bool derive(const struct kdf_context *context, uint8_t *out, size_t out_len)
{
    const struct kdf_value *secret = &context->values[SECRET], *seed = &context->values[SEED];
    if (!secret->is_set || !seed->is_set || secret->len > LANEKDF_MAX_SECRET || out_len > LANEKDF_MAX_OUT) {
        return false;
    }
    const struct lanekdf_bytes seed_bytes = kdf_bytes(seed);
    struct lanekdf_prf job = {.job.kind = LANEKDF_KIND_PRF,
        .job.legacy = context->digest->legacy,
        .hash = context->digest->hash,
        .secret = kdf_bytes(secret),
        .seed = &seed_bytes,
        .n_seed = 1,
        .out = {out, out_len}};
    return lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

static const OSSL_PARAM settable_params[] = {
    OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_PROPERTIES, NULL, 0),
    OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SECRET, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SEED, NULL, 0),
    OSSL_PARAM_END,
};

static const struct kdf_algorithm tls1_prf = {
    .next = NEXT_TLS1_PRF,
    .takes_legacy = true,
    .settable = settable_params,
    .n_values = 2,
    /* A seed of TLS has 77 bytes at most, label, randoms and hashes together; one of an exporter may have
       more. */
    .values = {[SECRET] = {OSSL_KDF_PARAM_SECRET, KDF_REPLACE, 64},
        [SEED] = {OSSL_KDF_PARAM_SEED, KDF_JOIN_LATER, 128}},
    .derive = derive,
};

KDF_FUNCTIONS(tls1_prf)
