/* HKDF, RFC 5869: with a digest that is a parameter, and the same with one that is in the name. */
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "kdf.h"

enum { KEY, SALT, INFO };

/* Extract alone gives a PRK, and OpenSSL refuses any other length. */
static bool extract(const struct kdf_context *context, struct lanekdf_hkdf *job, uint8_t *out, size_t out_len)
{
    job->prk_out = out;
    return out_len == context->digest->len && lanekdf_derive_one(&job->job) == LANEKDF_OK;
}

static bool derive(const struct kdf_context *context, uint8_t *out, size_t out_len)
{
    const struct lanekdf_bytes key = kdf_bytes(&context->values[KEY]),
                               info = kdf_bytes(&context->values[INFO]);
    struct lanekdf_hkdf job = {.job.kind = LANEKDF_KIND_HKDF, .hash = context->digest->hash};
    if (!context->values[KEY].is_set) {
        return false;
    }
    if (context->mode == KDF_EXPAND) {
        job.prk = key;
    } else {
        job.flags = LANEKDF_HKDF_EXTRACT;
        job.salt = kdf_bytes(&context->values[SALT]);
        job.input = &key;
        job.n_input = 1;
    }
    if (context->mode == KDF_EXTRACT) {
        return extract(context, &job, out, out_len);
    }
    job.info = &info;
    job.n_info = 1;
    job.out = (struct lanekdf_span){out, out_len};
    return lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

/* Where the digest is in the name of the algorithm, the first two cannot be set. */
static const OSSL_PARAM settable_params[] = {
    OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_PROPERTIES, NULL, 0),
    OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, NULL, 0),
    OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_MODE, NULL, 0),
    OSSL_PARAM_int(OSSL_KDF_PARAM_MODE, NULL),
    OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, NULL, 0),
    OSSL_PARAM_END,
};

#define HKDF_ALGORITHM(id, the_digest, params)                                                               \
    {                                                                                                        \
        .next = id, .digest = the_digest, .has_mode = true, .settable = params, .n_values = 3,               \
        .values = {[KEY] = {OSSL_KDF_PARAM_KEY, KDF_REPLACE, 64},                                            \
            [SALT] = {OSSL_KDF_PARAM_SALT, KDF_REPLACE, 64},                                                 \
            [INFO] = {OSSL_KDF_PARAM_INFO, KDF_JOIN, 96}},                                                   \
        .derive = derive,                                                                                    \
    }

static const struct kdf_algorithm hkdf = HKDF_ALGORITHM(NEXT_HKDF, NULL, settable_params),
                                  hkdf_sha256 =
                                      HKDF_ALGORITHM(NEXT_HKDF_SHA256, &served_sha256, settable_params + 2),
                                  hkdf_sha384 =
                                      HKDF_ALGORITHM(NEXT_HKDF_SHA384, &served_sha384, settable_params + 2),
                                  hkdf_sha512 =
                                      HKDF_ALGORITHM(NEXT_HKDF_SHA512, &served_sha512, settable_params + 2);

KDF_FUNCTIONS(hkdf)
KDF_FUNCTIONS(hkdf_sha256)
KDF_FUNCTIONS(hkdf_sha384)
KDF_FUNCTIONS(hkdf_sha512)
