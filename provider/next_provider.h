/*
 * The provider as OpenSSL loaded it into one library context, and the next provider: whichever other one
 * serves an algorithm in that context, usually "default". What lanekdf does not serve is handed on to it.
 */
#ifndef NEXT_PROVIDER_H
#define NEXT_PROVIDER_H

#include <openssl/core.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <stdbool.h>

/* What OpenSSL calls the provider's context. */
struct provider;

/* For what OSSL_provider_init() is given. NULL: no memory. */
struct provider *provider_new(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core);
void provider_free(struct provider *provider);

/* False if the provider's section of the configuration says hmac = off. */
bool provider_serves_hmac(const struct provider *provider);

enum next_kdf {
    NEXT_TLS1_PRF,
    NEXT_HKDF,
    NEXT_HKDF_SHA256,
    NEXT_HKDF_SHA384,
    NEXT_HKDF_SHA512,
    NEXT_TLS13_KDF,
    NEXT_N_KDFS
};

/* The next provider's implementation, which belongs to the provider and lives as long as that. NULL, with an
 * error of OpenSSL's, if there is none. From any number of threads at once. */
EVP_KDF *next_kdf(struct provider *provider, enum next_kdf kdf);
EVP_MAC *next_hmac(struct provider *provider);

#endif
