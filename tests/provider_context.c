#include "provider_context.h"

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdio.h>

#include "lanekdf.h"
#include "lanekdf_provider.h"
#include "must.h"

unsigned provider_n_jobs, provider_n_handed_on;

int __real_lanekdf_derive_one(struct lanekdf_job *job);
int __wrap_lanekdf_derive_one(struct lanekdf_job *job);
EVP_KDF *__real_lanekdf_next_kdf(void *provider, int kdf);
EVP_KDF *__wrap_lanekdf_next_kdf(void *provider, int kdf);
EVP_MAC *__real_lanekdf_next_hmac(void *provider);
EVP_MAC *__wrap_lanekdf_next_hmac(void *provider);

int __wrap_lanekdf_derive_one(struct lanekdf_job *job)
{
    provider_n_jobs++;
    return __real_lanekdf_derive_one(job);
}

EVP_KDF *__wrap_lanekdf_next_kdf(void *provider, int kdf)
{
    provider_n_handed_on++;
    return __real_lanekdf_next_kdf(provider, kdf);
}

EVP_MAC *__wrap_lanekdf_next_hmac(void *provider)
{
    provider_n_handed_on++;
    return __real_lanekdf_next_hmac(provider);
}

static OSSL_PROVIDER *loaded[2];

OSSL_LIB_CTX *provider_context(const char *properties)
{
    OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
    must(libctx && OSSL_PROVIDER_add_builtin(libctx, "lanekdf", lanekdf_provider_init), "a library context");
    loaded[0] = OSSL_PROVIDER_load(libctx, "lanekdf");
    loaded[1] = OSSL_PROVIDER_load(libctx, "default");
    must(loaded[0] && loaded[1], "two providers");
    must(!properties || EVP_set_default_properties(libctx, properties), "default properties");
    return libctx;
}

void provider_context_free(OSSL_LIB_CTX *libctx)
{
    OSSL_PROVIDER_unload(loaded[0]);
    OSSL_PROVIDER_unload(loaded[1]);
    OSSL_LIB_CTX_free(libctx);
}
