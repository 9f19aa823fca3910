/*
 * The module lanekdf.so as users have it: loaded by a configuration file, beside the default provider.
 * usage: provider_loading MODULE [unusable]
 *        provider_loading CONFIGURATION lanekdf|default    (whether this file makes that one serve)
 *
 * Catches: an order of providers, or a call in between, at which OpenSSL asks another provider; a query for
 * validated modules that lanekdf answers; a state that threads, forked children or two loads share by
 * mistake; an error at load where lanekdf cannot serve.
 *
 * With "unusable", LANEKDF_KERNEL names a kernel that there is not: the module is loaded then, and serves
 * nothing.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "must.h"
#include "temporary.h"

static const char *module;

/* ---- configurations ---- */

struct configuration {
    const char *module;
    bool default_first;
    const char *hmac; /* NULL: says nothing of it */
};

static const char lanekdf_section[] = "lanekdf = lanekdf_section\n",
                  default_section[] = "default = default_section\n";

/* Loads this configuration into a library context; NULL: that of the process. */
static void load_into(OSSL_LIB_CTX *libctx, struct configuration configuration)
{
    char path[4096];
    temporary_template(path, sizeof(path), "provider_loading");
    FILE *file = fdopen(mkstemp(path), "w");
    must(file != NULL, "a file");
    fprintf(file, "openssl_conf = init\n[init]\nproviders = providers\nalg_section = properties\n");
    fprintf(file, "[properties]\ndefault_properties = ?provider=lanekdf\n[providers]\n%s%s",
        configuration.default_first ? default_section : lanekdf_section,
        configuration.default_first ? lanekdf_section : default_section);
    fprintf(file, "[default_section]\nactivate = 1\n[lanekdf_section]\nmodule = %s\nactivate = 1\n",
        configuration.module);
    if (configuration.hmac) {
        fprintf(file, "hmac = %s\n", configuration.hmac);
    }
    fclose(file);
    assert_int_equal(OSSL_LIB_CTX_load_config(libctx, path), 1);
    unlink(path);
}

/* A library context with this configuration, for the caller to free. */
static OSSL_LIB_CTX *load(struct configuration configuration)
{
    OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
    must(libctx != NULL, "a library context");
    load_into(libctx, configuration);
    return libctx;
}

static OSSL_LIB_CTX *load_module(void)
{
    return load((struct configuration){.module = module});
}

/* ---- who serves ---- */

static const char *const kdfs[] = {"TLS1-PRF", "HKDF", "TLS13-KDF"};

/* "lanekdf", "default" or, if there is none, "nobody". */
static const char *name_of(const OSSL_PROVIDER *provider)
{
    const char *name = provider ? OSSL_PROVIDER_get0_name(provider) : NULL;
    ERR_clear_error();
    return !name ? "nobody" : strcmp(name, "lanekdf") == 0 ? "lanekdf" : "default";
}

static const char *kdf_provider(OSSL_LIB_CTX *libctx, const char *name, const char *query)
{
    EVP_KDF *kdf = EVP_KDF_fetch(libctx, name, query);
    const char *provider = name_of(kdf ? EVP_KDF_get0_provider(kdf) : NULL);
    EVP_KDF_free(kdf);
    return provider;
}

static const char *hmac_provider(OSSL_LIB_CTX *libctx, const char *query)
{
    EVP_MAC *mac = EVP_MAC_fetch(libctx, "HMAC", query);
    const char *provider = name_of(mac ? EVP_MAC_get0_provider(mac) : NULL);
    EVP_MAC_free(mac);
    return provider;
}

static void assert_served_by(OSSL_LIB_CTX *libctx, const char *query, const char *provider)
{
    for (unsigned i = 0; i < 3; i++) {
        assert_string_equal(kdf_provider(libctx, kdfs[i], query), provider);
    }
    assert_string_equal(hmac_provider(libctx, query), provider);
}

static void test_no_order_matters(void **state)
{
    (void)state;
    for (int default_first = 0; default_first < 2; default_first++) {
        for (int asks = 0; asks < 2; asks++) {
            OSSL_LIB_CTX *libctx =
                load((struct configuration){.module = module, .default_first = default_first});
            if (asks) {
                assert_int_equal(OSSL_PROVIDER_available(libctx, "default"), 1);
            }
            assert_served_by(libctx, NULL, "lanekdf");
            OSSL_LIB_CTX_free(libctx);
        }
    }
}

static void test_queries(void **state)
{
    static const struct {
        const char *query, *provider;
    } rows[] = {
        {"provider=lanekdf", "lanekdf"},
        {"?provider=lanekdf", "lanekdf"},
        {"provider=default", "default"},
        {"provider!=lanekdf", "default"},
        {"fips=yes", "nobody"},
        {"?provider=lanekdf,fips=yes", "nobody"},
        {"provider=lanekdf,fips=yes", "nobody"},
    };
    (void)state;
    OSSL_LIB_CTX *libctx = load_module();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_served_by(libctx, rows[i].query, rows[i].provider);
    }
    OSSL_LIB_CTX_free(libctx);
}

static void test_hmac_off(void **state)
{
    (void)state;
    static const struct {
        const char *hmac, *provider;
    } rows[] = {{"off", "default"}, {"No", "default"}, {"false", "default"}, {"0", "default"},
        {"disabled", "default"}, {"on", "lanekdf"}, {"1", "lanekdf"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        OSSL_LIB_CTX *libctx = load((struct configuration){.module = module, .hmac = rows[i].hmac});
        assert_string_equal(hmac_provider(libctx, NULL), rows[i].provider);
        assert_string_equal(kdf_provider(libctx, "TLS13-KDF", NULL), "lanekdf");
        OSSL_LIB_CTX_free(libctx);
    }
}

static void test_missing_module(void **state)
{
    (void)state;
    OSSL_LIB_CTX *libctx = load((struct configuration){.module = "/nowhere/lanekdf.so"});
    assert_served_by(libctx, NULL, "default");
    OSSL_LIB_CTX_free(libctx);
}

/* ---- what the provider tells ---- */

static void test_provider_parameters(void **state)
{
    const char *name = NULL, *version = NULL, *build_info = NULL;
    int status = 0;
    OSSL_PARAM params[] = {
        {OSSL_PROV_PARAM_NAME, OSSL_PARAM_UTF8_PTR, &name, sizeof(name), 0},
        {OSSL_PROV_PARAM_VERSION, OSSL_PARAM_UTF8_PTR, &version, sizeof(version), 0},
        {OSSL_PROV_PARAM_BUILDINFO, OSSL_PARAM_UTF8_PTR, &build_info, sizeof(build_info), 0},
        OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, &status),
        OSSL_PARAM_END,
    };
    (void)state;
    OSSL_LIB_CTX *libctx = load_module();
    OSSL_PROVIDER *provider = OSSL_PROVIDER_load(libctx, "lanekdf");
    assert_int_equal(OSSL_PROVIDER_get_params(provider, params), 1);
    assert_string_equal(name, "lanekdf");
    assert_non_null(strchr(version, '.'));
    assert_non_null(strstr(build_info, "sha256_"));
    assert_non_null(strstr(build_info, "sha512_"));
    assert_int_equal(status, 1);
    assert_int_equal(OSSL_PROVIDER_self_test(provider), 1);
    OSSL_PROVIDER_unload(provider);
    OSSL_LIB_CTX_free(libctx);
}

/* ---- derivations ---- */

enum { OUT_LEN = 48 };

static int derive(EVP_KDF_CTX *context, char *digest, uint8_t out[OUT_LEN])
{
    static char secret[] = "secret", seed[] = "label and seed";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
        OSSL_PARAM_construct_octet_string("secret", secret, strlen(secret)),
        OSSL_PARAM_construct_octet_string("seed", seed, strlen(seed)), OSSL_PARAM_construct_end()};
    return EVP_KDF_derive(context, out, OUT_LEN, params);
}

/* One PRF that lanekdf serves, and one that it hands on. */
static bool derives_both(OSSL_LIB_CTX *libctx)
{
    static const uint8_t served[] = {0x0a, 0xa4, 0x49, 0xdc}, handed_on[] = {0xec, 0xeb, 0xe0, 0x78};
    static char sha256[] = "SHA256", sha224[] = "SHA224";
    uint8_t out[2][OUT_LEN];
    bool is_right = true;
    for (int i = 0; i < 2; i++) {
        EVP_KDF *kdf = EVP_KDF_fetch(libctx, "TLS1-PRF", NULL);
        EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
        EVP_KDF_free(kdf);
        is_right = is_right && context && derive(context, i ? sha224 : sha256, out[i]) == 1;
        EVP_KDF_CTX_free(context);
    }
    return is_right && memcmp(out[0], served, sizeof(served)) == 0 &&
           memcmp(out[1], handed_on, sizeof(handed_on)) == 0;
}

static void *derive_often(void *libctx)
{
    for (int i = 0; i < 300; i++) {
        if (!derives_both(libctx)) {
            return libctx;
        }
    }
    return NULL;
}

static void test_threads(void **state)
{
    enum { N_THREADS = 8 };
    pthread_t threads[N_THREADS];
    (void)state;
    OSSL_LIB_CTX *libctx = load_module();
    for (int i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, derive_often, libctx), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    OSSL_LIB_CTX_free(libctx);
}

/* Loaded before the fork, as servers do it, and used in the children, which free it. */
static void test_fork(void **state)
{
    (void)state;
    OSSL_LIB_CTX *libctx = load_module();
    for (int i = 0; i < 4; i++) {
        const pid_t child = fork();
        assert_int_not_equal(child, -1);
        if (child == 0) {
            const bool is_right = !derive_often(libctx);
            OSSL_LIB_CTX_free(libctx);
            _exit(is_right ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = -1;
        wait(&status);
        assert_int_equal(status, 0);
    }
    assert_true(derives_both(libctx));
    OSSL_LIB_CTX_free(libctx);
}

/* A program that ends in the usual way, with the library context of the process: libcrypto frees that itself,
 * and with it the provider and its child context. */
static void test_exit(void **state)
{
    int status = -1;
    (void)state;
    const pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        load_into(NULL, (struct configuration){.module = module});
        exit(strcmp(kdf_provider(NULL, "HKDF", NULL), "lanekdf") == 0 && derives_both(NULL) ? 0 : 1);
    }
    wait(&status);
    assert_int_equal(status, 0);
}

/* Freed when OpenSSL has cleaned up: its own handler of the exit runs before destructors do. */
static EVP_MAC_CTX *left_to_the_end;

__attribute__((destructor)) static void free_at_the_end(void)
{
    EVP_MAC_CTX_free(left_to_the_end);
}

/* A context that was handed on, as HMACs with SHA-1 are, belongs to a child of the library context. Catches:
 * a child that is freed when its parent is gone. */
static void test_context_is_freed_by_a_destructor(void **state)
{
    int status = -1;
    (void)state;
    const pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        char digest[] = "SHA1";
        uint8_t key[20] = {1};
        const OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
        load_into(NULL, (struct configuration){.module = module});
        EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", "provider=lanekdf");
        left_to_the_end = EVP_MAC_CTX_new(mac);
        EVP_MAC_free(mac);
        exit(EVP_MAC_init(left_to_the_end, key, sizeof(key), params) == 1 ? 0 : 1);
    }
    wait(&status);
    assert_int_equal(status, 0);
}

static void test_loaded_often(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        OSSL_LIB_CTX *libctx = load_module();
        assert_true(derives_both(libctx));
        OSSL_LIB_CTX_free(libctx);
    }
}

static void test_unloaded_under_a_context(void **state)
{
    static char sha256[] = "SHA256", sha224[] = "SHA224";
    uint8_t out[OUT_LEN];
    (void)state;
    OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *default_provider = OSSL_PROVIDER_load(libctx, "default");
    OSSL_PROVIDER *provider = OSSL_PROVIDER_load(libctx, module);
    EVP_KDF *kdf = EVP_KDF_fetch(libctx, "TLS1-PRF", "provider=lanekdf");
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    assert_non_null(context);
    EVP_KDF_free(kdf);
    assert_int_equal(OSSL_PROVIDER_unload(provider), 1);
    assert_int_equal(derive(context, sha256, out), 1);
    EVP_KDF_CTX_reset(context);
    assert_int_equal(derive(context, sha224, out), 1);
    EVP_KDF_CTX_free(context);
    OSSL_PROVIDER_unload(default_provider);
    OSSL_LIB_CTX_free(libctx);
}

static void test_unusable(void **state)
{
    (void)state;
    OSSL_LIB_CTX *libctx = load_module();
    assert_int_equal(OSSL_PROVIDER_available(libctx, "lanekdf"), 1);
    assert_served_by(libctx, NULL, "default");
    assert_true(derives_both(libctx));
    OSSL_LIB_CTX_free(libctx);
}

static const char *configuration_path, *configured_provider;

static void test_configuration(void **state)
{
    (void)state;
    OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
    assert_int_equal(OSSL_LIB_CTX_load_config(libctx, configuration_path), 1);
    assert_served_by(libctx, NULL, configured_provider);
    assert_true(derives_both(libctx));
    OSSL_LIB_CTX_free(libctx);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_order_matters),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_hmac_off),
        cmocka_unit_test(test_missing_module),
        cmocka_unit_test(test_provider_parameters),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_exit),
        cmocka_unit_test(test_context_is_freed_by_a_destructor),
        cmocka_unit_test(test_loaded_often),
        cmocka_unit_test(test_unloaded_under_a_context),
    };
    const struct CMUnitTest unusable[] = {cmocka_unit_test(test_unusable)};
    const struct CMUnitTest configuration[] = {cmocka_unit_test(test_configuration)};
    must(argc > 1, "the path of the module");
    module = argv[1];
    if (argc == 2) {
        return cmocka_run_group_tests(tests, NULL, NULL) != 0;
    }
    if (strcmp(argv[2], "unusable") == 0) {
        return cmocka_run_group_tests_name("unusable", unusable, NULL, NULL) != 0;
    }
    configuration_path = argv[1];
    configured_provider = argv[2];
    return cmocka_run_group_tests_name("configuration", configuration, NULL, NULL) != 0;
}
