/* The provider: what OpenSSL asks to learn what there is. */
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "kdf.h"
#include "lanekdf.h"
#include "lanekdf_provider.h"
#include "mac.h"
#include "next_provider.h"
#include "self_test.h"

enum { N_HKDF_OF_ONE_DIGEST = 3 };

/* Whether this OpenSSL has HKDF-SHA256 and the like. Where it has not, there is nobody to hand on to. */
static bool has_hkdf_of_one_digest(void)
{
    return OPENSSL_version_major() > 3 || OPENSSL_version_minor() >= 6;
}

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    /* Nothing here is a validated module: no algorithm has the property fips=yes. */
    static const char property[] = "provider=lanekdf";
    static const OSSL_ALGORITHM kdfs[] = {
        {"HKDF-SHA256:1.2.840.113549.1.9.16.3.28:id-alg-hkdf-with-sha256", property, hkdf_sha256_functions,
            "HKDF of RFC 5869"},
        {"HKDF-SHA384:1.2.840.113549.1.9.16.3.29:id-alg-hkdf-with-sha384", property, hkdf_sha384_functions,
            "HKDF of RFC 5869"},
        {"HKDF-SHA512:1.2.840.113549.1.9.16.3.30:id-alg-hkdf-with-sha512", property, hkdf_sha512_functions,
            "HKDF of RFC 5869"},
        {"TLS1-PRF", property, tls1_prf_functions, "PRF of TLS 1.0 to 1.2"},
        {"HKDF", property, hkdf_functions, "HKDF of RFC 5869"},
        {"TLS13-KDF", property, tls13_kdf_functions, "key schedule of TLS 1.3"},
        {NULL, NULL, NULL, NULL},
    };
    static const OSSL_ALGORITHM macs[] = {
        {"HMAC", property, hmac_functions, "HMAC of RFC 2104"},
        {NULL, NULL, NULL, NULL},
    };
    const OSSL_ALGORITHM *algorithms = NULL;
    *no_cache = 0;
    if (operation == OSSL_OP_KDF) {
        algorithms = has_hkdf_of_one_digest() ? kdfs : kdfs + N_HKDF_OF_ONE_DIGEST;
    } else if (operation == OSSL_OP_MAC && provider_serves_hmac(provider)) {
        algorithms = macs;
    }
    /* A program that asks for nothing of these, ciphers and random numbers alone, does not pay for a
     * start-up. Where lanekdf cannot start up, OpenSSL finds nothing here and takes the next provider. */
    return algorithms && lanekdf_start_one() == LANEKDF_OK ? algorithms : NULL;
}

/* The CPU's features, and the kernels that one job takes: "avx2 sha: sha256_shani sha512_bmi2 ...". */
static char build_info[512];

static void write_build_info(void)
{
    static const enum lanekdf_hash hashes[] = {LANEKDF_SHA256, LANEKDF_SHA384, LANEKDF_MD5, LANEKDF_SHA1};
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    snprintf(build_info, sizeof(build_info), "%s:", lanekdf_cpu_text());
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        if (lanekdf_kernel_query(lanekdf_kernel_choice(hashes[i], 1, NULL), &kernel) == LANEKDF_OK) {
            const size_t len = strlen(build_info);
            snprintf(build_info + len, sizeof(build_info) - len, " %s", kernel.name);
        }
    }
}

static const OSSL_PARAM *gettable(void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, NULL, 0),
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, NULL, 0),
        OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
        OSSL_PARAM_END,
    };
    (void)provider;
    return params;
}

static bool set_text(OSSL_PARAM params[], const char *name, const char *text)
{
    OSSL_PARAM *param = OSSL_PARAM_locate(params, name);
    return !param || OSSL_PARAM_set_utf8_ptr(param, text);
}

static bool set_build_info(OSSL_PARAM params[])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!OSSL_PARAM_locate(params, OSSL_PROV_PARAM_BUILDINFO)) {
        return true;
    }
    pthread_once(&once, write_build_info);
    return set_text(params, OSSL_PROV_PARAM_BUILDINFO, build_info);
}

static int get_params(void *provider, OSSL_PARAM params[])
{
    OSSL_PARAM *status = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);
    (void)provider;
    return set_text(params, OSSL_PROV_PARAM_NAME, "lanekdf") &&
           set_text(params, OSSL_PROV_PARAM_VERSION, lanekdf_version_text()) && set_build_info(params) &&
           (!status || OSSL_PARAM_set_int(status, lanekdf_start_one() == LANEKDF_OK));
}

static int run_self_test(void *provider)
{
    (void)provider;
    return self_test();
}

static void teardown(void *provider)
{
    provider_free(provider);
}

static const OSSL_DISPATCH functions[] = {
    {OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown},
    {OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))gettable},
    {OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params},
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
    {OSSL_FUNC_PROVIDER_SELF_TEST, (void (*)(void))run_self_test},
    {0, NULL},
};

int lanekdf_provider_init(
    const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provctx)
{
    *provctx = provider_new(handle, in);
    *out = functions;
    return *provctx != NULL;
}
