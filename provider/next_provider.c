#include "next_provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "allocation.h"
#include "same_word.h"

struct provider {
    const OSSL_CORE_HANDLE *handle;
    bool serves_hmac;
    OSSL_DISPATCH *core; /* a copy: OpenSSL does not say how long the array of the entry lives */
    /* Whoever fetches holds the lock, so that there is one child and one of each implementation. */
    pthread_mutex_t lock;
    /* Sees the providers of the library context that lanekdf was loaded into. It is made for the first call
     * or question that goes to one of them. */
    OSSL_LIB_CTX *child;
    EVP_KDF *_Atomic kdfs[NEXT_N_KDFS];
    EVP_MAC *_Atomic hmac;
    struct provider *next_kept;
};

/* ---- the end of the program ---- */

/*
 * A destructor of the program may free its last context after OpenSSL has cleaned up. The provider is
 * unloaded then, and to free a child whose parent is gone crashes (openssl#20118 is of the same kind). So
 * whatever has a child is kept once the cleaning up has begun, and forgotten with the process.
 */
static struct provider *kept; /* whoever looks for leaks finds them here: the module stays in memory */

/* Keeps the provider if OpenSSL is cleaning up, or has done so: it does not start any more. */
static bool keep_at_end(struct provider *provider)
{
    if (!provider->child || OPENSSL_init_crypto(0, NULL)) {
        return false;
    }
    provider->next_kept = kept; /* there is one thread at the end */
    kept = provider;
    return true;
}

/* ---- the provider ---- */

static OSSL_DISPATCH *copy_dispatch(const OSSL_DISPATCH *core)
{
    size_t n = 1;
    for (const OSSL_DISPATCH *function = core; function->function_id != 0; function++) {
        n++;
    }
    OSSL_DISPATCH *copy = allocate(n * sizeof(*core));
    if (copy) {
        memcpy(copy, core, n * sizeof(*core));
    }
    return copy;
}

/* Whether a setting says yes, in any of the words that OpenSSL's own settings take for it. */
static bool says_yes(const char *value)
{
    static const char *const words[] = {"on", "yes", "true", "1"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (is_same_word(value, words[i])) {
            return true;
        }
    }
    return false;
}

/* What the section of the configuration says of HMAC. Whoever writes a word that is none has meant to change
 * something, and OpenSSL's HMAC is never wrong. */
static bool read_serves_hmac(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core)
{
    char *value = NULL;
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_ptr("hmac", &value, 0), OSSL_PARAM_END};
    for (; core->function_id != 0; core++) {
        if (core->function_id == OSSL_FUNC_CORE_GET_PARAMS) {
            OSSL_FUNC_core_get_params(core)(handle, params);
        }
    }
    return !value || says_yes(value);
}

struct provider *provider_new(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core)
{
    struct provider *provider = allocate(sizeof(*provider));
    if (!provider) {
        return NULL;
    }
    memset(provider, 0, sizeof(*provider));
    provider->handle = handle;
    provider->serves_hmac = read_serves_hmac(handle, core);
    provider->core = copy_dispatch(core);
    if (!provider->core || pthread_mutex_init(&provider->lock, NULL) != 0) {
        OPENSSL_free(provider->core);
        OPENSSL_free(provider);
        return NULL;
    }
    return provider;
}

void provider_free(struct provider *provider)
{
    if (keep_at_end(provider)) {
        return;
    }
    for (unsigned i = 0; i < NEXT_N_KDFS; i++) {
        EVP_KDF_free(provider->kdfs[i]);
    }
    EVP_MAC_free(provider->hmac);
    OSSL_LIB_CTX_free(provider->child);
    pthread_mutex_destroy(&provider->lock);
    OPENSSL_free(provider->core);
    OPENSSL_free(provider);
}

bool provider_serves_hmac(const struct provider *provider)
{
    return provider->serves_hmac;
}

/* The child context; NULL if there is no memory for it. The caller holds the lock. */
static OSSL_LIB_CTX *child_of(struct provider *provider)
{
    if (!provider->child) {
        provider->child = OSSL_LIB_CTX_new_child(provider->handle, provider->core);
    }
    return provider->child;
}

/* Without this property the default query of the application would find lanekdf again, without end. */
static const char others[] = "provider!=lanekdf";

EVP_KDF *next_kdf(struct provider *provider, enum next_kdf which)
{
    static const char *const names[NEXT_N_KDFS] = {
        [NEXT_TLS1_PRF] = "TLS1-PRF",
        [NEXT_HKDF] = "HKDF",
        [NEXT_HKDF_SHA256] = "HKDF-SHA256",
        [NEXT_HKDF_SHA384] = "HKDF-SHA384",
        [NEXT_HKDF_SHA512] = "HKDF-SHA512",
        [NEXT_TLS13_KDF] = "TLS13-KDF",
    };
    EVP_KDF *kdf = atomic_load_explicit(&provider->kdfs[which], memory_order_acquire);
    if (kdf) {
        return kdf;
    }
    pthread_mutex_lock(&provider->lock);
    kdf = provider->kdfs[which];
    if (!kdf && child_of(provider)) {
        kdf = EVP_KDF_fetch(provider->child, names[which], others);
        atomic_store_explicit(&provider->kdfs[which], kdf, memory_order_release);
    }
    pthread_mutex_unlock(&provider->lock);
    return kdf;
}

EVP_MAC *next_hmac(struct provider *provider)
{
    EVP_MAC *mac = atomic_load_explicit(&provider->hmac, memory_order_acquire);
    if (mac) {
        return mac;
    }
    pthread_mutex_lock(&provider->lock);
    mac = provider->hmac;
    if (!mac && child_of(provider)) {
        mac = EVP_MAC_fetch(provider->child, "HMAC", others);
        atomic_store_explicit(&provider->hmac, mac, memory_order_release);
    }
    pthread_mutex_unlock(&provider->lock);
    return mac;
}
