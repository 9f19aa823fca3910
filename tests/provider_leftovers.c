/*
 * What contexts of the provider leave behind: no block of memory that is given back, and no dead stack, may
 * have eight bytes of a value in it. And every allocation fails once: each call then fails with OpenSSL's
 * error for that, or gives the same bytes, and leaves nothing either. (Those by which a child library context
 * is made do not fail: OpenSSL crashes there.)
 *
 * Catches: a value that reset or free do not cleanse, in a context or behind it; a longer value, or a copy,
 * that is forgotten; memory that is lost, or used although there is none; a call that fails without a word.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/core_dispatch.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lanekdf.h"
#include "lanekdf_provider.h"
#include "must.h"
#include "probe.h"
#include "provider_context.h"
#include "rng.h"

enum { PERIOD = 4, WINDOW = 8, LONG_LEN = 700, OUT_LEN = 48, N_VALUES = 3 };

/* ---- values ---- */

/* Values that are given to contexts. Four random bytes are repeated in each, so that four searches find eight
 * bytes from anywhere in it. */
static uint8_t values[N_VALUES][LONG_LEN];
static bool is_long;

static size_t value_len(int i)
{
    static const size_t lens[N_VALUES] = {48, 32, 40};
    return is_long ? LONG_LEN : lens[i];
}

/* Whether eight bytes of a value stand in memory, at any place. */
static bool has_value(const void *memory, size_t len)
{
    for (int i = 0; i < N_VALUES; i++) {
        for (size_t at = 0; at < PERIOD; at++) {
            if (memmem(memory, len, values[i] + at, WINDOW)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- the memory of libcrypto, through which the provider allocates ---- */

/* Stands in front of every block. */
struct block {
    struct block *next, *before;
    size_t len;
    uint8_t padding[8];
};

static struct block blocks = {.next = &blocks, .before = &blocks};
static size_t n_without_reason; /* calls that failed without an error that says why */
static size_t n_leaks;          /* blocks that were given back with a value in them */
static long n_allocations;      /* since the count was set back */
static long failing = -1;       /* the allocation that fails, counted from 0; -1: none */

static void *allocate(size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    if (n_allocations++ == failing) {
        return NULL;
    }
    struct block *block = malloc(sizeof(*block) + len);
    must(block != NULL, "memory");
    block->len = len;
    block->next = blocks.next;
    block->before = &blocks;
    block->next->before = blocks.next = block;
    return block + 1;
}

static void release(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    if (memory) {
        struct block *block = (struct block *)memory - 1;
        n_leaks += has_value(memory, block->len);
        block->next->before = block->before;
        block->before->next = block->next;
        free(block);
    }
}

static void *reallocate(void *memory, size_t len, const char *file, int line)
{
    if (!memory) {
        return allocate(len, file, line);
    }
    const struct block *block = (const struct block *)memory - 1;
    void *other = allocate(len, file, line);
    if (other) {
        memcpy(other, memory, len < block->len ? len : block->len);
        release(memory, file, line);
    }
    return other;
}

/* Blocks in use that have a value in them. */
static size_t n_with_value(void)
{
    size_t n = 0;
    for (const struct block *block = blocks.next; block != &blocks; block = block->next) {
        n += has_value(block + 1, block->len);
    }
    return n;
}

static size_t n_blocks(void)
{
    size_t n = 0;
    for (const struct block *block = blocks.next; block != &blocks; block = block->next) {
        n++;
    }
    return n;
}

/* ---- what is derived ---- */

static OSSL_LIB_CTX *libctx;
static EVP_MAC *hmac;

struct derivation {
    const char *kdf;
    char *digest, *mode; /* mode: NULL if it has none */
    const char *names[N_VALUES];
    bool has_prefix;
    size_t out_len;
    EVP_KDF *fetched;
};

static char sha256[] = "SHA256", sha384[] = "SHA384", sha1[] = "SHA1", both[] = "EXTRACT_AND_EXPAND",
            extract[] = "EXTRACT_ONLY", expand[] = "EXPAND_ONLY";

static struct derivation derivations[] = {
    {"TLS1-PRF", sha256, NULL, {"secret", "seed"}, false, OUT_LEN, NULL},
    {"TLS1-PRF", sha1, NULL, {"secret", "seed"}, false, OUT_LEN, NULL}, /* handed on */
    {"HKDF", sha384, both, {"key", "salt", "info"}, false, OUT_LEN, NULL},
    {"HKDF", sha384, expand, {"key", NULL, "info"}, false, OUT_LEN, NULL},
    {"TLS13-KDF", sha256, expand, {"key", NULL, NULL}, true, OUT_LEN, NULL},
    {"TLS13-KDF", sha384, extract, {"key", "salt", NULL}, true, 48, NULL},
};
enum { N_DERIVATIONS = sizeof(derivations) / sizeof(derivations[0]) };

static int set_params(const struct derivation *d, EVP_KDF_CTX *context)
{
    static char prefix[] = "tls13 ", label[] = "derived";
    OSSL_PARAM params[8], *at = params;
    *at++ = OSSL_PARAM_construct_utf8_string("digest", d->digest, 0);
    if (d->mode) {
        *at++ = OSSL_PARAM_construct_utf8_string("mode", d->mode, 0);
    }
    for (int i = 0; i < N_VALUES; i++) {
        if (d->names[i]) {
            *at++ = OSSL_PARAM_construct_octet_string(d->names[i], values[i], value_len(i));
        }
    }
    if (d->has_prefix) {
        *at++ = OSSL_PARAM_construct_octet_string("prefix", prefix, 6);
        *at++ = OSSL_PARAM_construct_octet_string("label", label, 7);
    }
    *at = OSSL_PARAM_construct_end();
    return EVP_KDF_CTX_set_params(context, params);
}

struct call {
    const struct derivation *derivation;
    EVP_KDF_CTX *context;
    int status;
    uint8_t out[OUT_LEN];
};

static void derive(void *argument)
{
    struct call *call = argument;
    call->status = EVP_KDF_derive(call->context, call->out, call->derivation->out_len, NULL);
}

/* ---- tests ---- */

static void test_nothing_is_left(void **state)
{
    static struct probe probe;
    (void)state;
    for (int i = 0; i < N_DERIVATIONS * 2; i++) {
        const bool is_handed_on = derivations[i / 2].digest == sha1;
        struct call call = {.derivation = &derivations[i / 2]};
        is_long = i % 2;
        n_leaks = 0;
        call.context = EVP_KDF_CTX_new(call.derivation->fetched);
        assert_int_equal(set_params(call.derivation, call.context), 1);
        assert_true(n_with_value() != 0); /* or the search finds nothing */
        if (!is_handed_on) {
            probe_call(&probe, derive, &call);
            assert_int_equal(call.status, 1);
            assert_false(probe.stack && has_value(probe.stack, PROBE_STACK_BYTES));
            EVP_KDF_CTX *copy = EVP_KDF_CTX_dup(call.context);
            assert_non_null(copy);
            EVP_KDF_CTX_free(copy);
            EVP_KDF_CTX_reset(call.context);
            assert_int_equal(n_with_value(), 0);
            assert_int_equal(set_params(call.derivation, call.context), 1);
        }
        EVP_KDF_CTX_free(call.context);
        assert_int_equal(n_with_value(), 0);
        /* The next provider does not cleanse a seed everywhere, and may do so. */
        assert_true(is_handed_on || n_leaks == 0);
    }
}

/* The one secret that the provider makes itself: the salt of HKDF-Extract, which is derived from the secret
 * of the stage before. */
static void derive_salt(uint8_t salt[OUT_LEN])
{
    static char prefix[] = "tls13 ", label[] = "derived";
    uint8_t of_nothing[OUT_LEN];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", sha384, 0),
        OSSL_PARAM_construct_utf8_string("mode", expand, 0),
        OSSL_PARAM_construct_octet_string("key", values[1], value_len(1)),
        OSSL_PARAM_construct_octet_string("prefix", prefix, 6),
        OSSL_PARAM_construct_octet_string("label", label, 7),
        OSSL_PARAM_construct_octet_string("data", of_nothing, OUT_LEN), OSSL_PARAM_construct_end()};
    EVP_KDF *kdf = EVP_KDF_fetch(libctx, "TLS13-KDF", "provider=default");
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    assert_int_equal(EVP_Digest("", 0, of_nothing, NULL, EVP_sha384(), NULL), 1);
    assert_int_equal(EVP_KDF_derive(context, salt, OUT_LEN, params), 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

static void test_no_salt_is_left(void **state)
{
    static struct probe probe;
    uint8_t salt[OUT_LEN];
    struct call call = {.derivation = &derivations[N_DERIVATIONS - 1]};
    (void)state;
    is_long = false;
    derive_salt(salt);
    call.context = EVP_KDF_CTX_new(call.derivation->fetched);
    assert_int_equal(set_params(call.derivation, call.context), 1);
    probe_call(&probe, derive, &call);
    assert_int_equal(call.status, 1);
    for (size_t at = 0; at + WINDOW <= OUT_LEN; at++) {
        assert_false(probe.stack && memmem(probe.stack, PROBE_STACK_BYTES, salt + at, WINDOW));
    }
    EVP_KDF_CTX_free(call.context);
}

/* A context that is handed on keeps no value of its own. */
static void test_handed_on(void **state)
{
    static char sha224[] = "SHA224";
    const OSSL_PARAM digest[] = {
        OSSL_PARAM_construct_utf8_string("digest", sha224, 0), OSSL_PARAM_construct_end()};
    (void)state;
    is_long = false;
    for (int i = 0; i < 2; i++) {
        const char *name = i ? PROVIDER_PREFERRED : "provider=default";
        static size_t n_of_next;
        EVP_KDF *kdf = EVP_KDF_fetch(libctx, "TLS1-PRF", name);
        EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
        EVP_KDF_free(kdf);
        assert_int_equal(set_params(&derivations[0], context), 1);
        assert_int_equal(EVP_KDF_CTX_set_params(context, digest), 1);
        if (i) {
            assert_int_equal(n_with_value(), n_of_next);
        } else {
            n_of_next = n_with_value();
        }
        EVP_KDF_CTX_free(context);
    }
}

static void test_nothing_of_hmac_is_left(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string("digest", sha256, 0), OSSL_PARAM_construct_end()};
        uint8_t out[64];
        size_t len;
        is_long = i % 2;
        n_leaks = 0;
        EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
        assert_int_equal(EVP_MAC_init(context, values[0], value_len(0), params), 1);
        assert_int_equal(EVP_MAC_update(context, values[1], value_len(1)), 1);
        assert_true(n_with_value() != 0);
        EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(context);
        if (i / 2) {
            assert_int_equal(EVP_MAC_final(copy, out, &len, sizeof(out)), 1);
        }
        EVP_MAC_CTX_free(copy);
        EVP_MAC_CTX_free(context);
        assert_int_equal(n_with_value(), 0);
        assert_int_equal(n_leaks, 0);
    }
}

/* Ends a call during which an allocation may have failed, and forgets its errors. Returns false if it failed
 * and none of them says why. */
static bool end_failing(bool is_right)
{
    bool has_reason = is_right;
    failing = -1;
    for (unsigned long error = ERR_get_error(); error != 0; error = ERR_get_error()) {
        has_reason |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }
    ERR_clear_error(); /* those that were looked at keep their texts */
    return has_reason;
}

/* A derivation, with a copy of the context, while allocation number n fails. False: a call failed. */
static bool derive_while_failing(const struct derivation *d, long n, uint8_t out[OUT_LEN])
{
    EVP_KDF_CTX *copy = NULL;
    n_allocations = 0;
    failing = n;
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(d->fetched);
    bool is_right = context && set_params(d, context) == 1;
    if (is_right && d->digest != sha1) {
        copy = EVP_KDF_CTX_dup(context);
        is_right = copy != NULL;
    }
    is_right = is_right && EVP_KDF_derive(copy ? copy : context, out, d->out_len, NULL) == 1;
    EVP_KDF_CTX_free(copy);
    EVP_KDF_CTX_free(context);
    n_without_reason += !end_failing(is_right);
    return is_right;
}

static void test_failing_allocations(void **state)
{
    uint8_t expected[OUT_LEN], out[OUT_LEN];
    (void)state;
    for (int i = 0; i < N_DERIVATIONS * 2; i++) {
        const struct derivation *d = &derivations[i / 2];
        is_long = i % 2;
        assert_true(derive_while_failing(d, -1, expected));
        const long n = n_allocations;
        const size_t n_before = n_blocks();
        size_t n_failed = 0;
        n_leaks = n_without_reason = 0;
        for (long at = 0; at < n; at++) {
            if (derive_while_failing(d, at, out)) {
                assert_memory_equal(out, expected, d->out_len);
            } else {
                n_failed++;
            }
            assert_int_equal(n_with_value(), 0);
        }
        assert_true(n_failed != 0);
        /* An error's text may stay with the thread. */
        assert_in_range(n_blocks(), 0, n_before + 2);
        assert_true(d->digest == sha1 || (n_leaks == 0 && n_without_reason == 0));
    }
}

/* An HMAC, with a copy of the context, while allocation number n fails. False: a call failed. */
static bool authenticate_while_failing(long n, uint8_t out[OUT_LEN])
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("digest", sha256, 0), OSSL_PARAM_construct_end()};
    EVP_MAC_CTX *copy = NULL;
    size_t len;
    n_allocations = 0;
    failing = n;
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
    bool is_right = context && EVP_MAC_init(context, values[0], value_len(0), params) == 1 &&
                    EVP_MAC_update(context, values[1], value_len(1)) == 1;
    if (is_right) {
        copy = EVP_MAC_CTX_dup(context);
        is_right = copy && EVP_MAC_final(copy, out, &len, OUT_LEN) == 1;
    }
    EVP_MAC_CTX_free(copy);
    EVP_MAC_CTX_free(context);
    n_without_reason += !end_failing(is_right);
    return is_right;
}

static void test_failing_allocations_of_hmac(void **state)
{
    uint8_t expected[OUT_LEN], out[OUT_LEN];
    (void)state;
    for (int i = 0; i < 2; i++) {
        is_long = i;
        assert_true(authenticate_while_failing(-1, expected));
        const long n = n_allocations;
        const size_t n_before = n_blocks();
        n_leaks = n_without_reason = 0;
        for (long at = 0; at < n; at++) {
            if (authenticate_while_failing(at, out)) {
                assert_memory_equal(out, expected, 32);
            }
            assert_int_equal(n_with_value(), 0);
        }
        assert_true(n >= 4);
        assert_in_range(n_blocks(), 0, n_before + 2);
        assert_int_equal(n_leaks, 0);
        assert_int_equal(n_without_reason, 0);
    }
}

/* ---- loading ---- */

static void test_failing_allocations_of_loading(void **state)
{
    static const OSSL_DISPATCH core[] = {{0, NULL}};
    const OSSL_DISPATCH *functions;
    void *provider = NULL;
    const size_t n_before = n_blocks();
    long at = 0;
    (void)state;
    for (; !provider; at++) {
        n_allocations = 0;
        failing = at;
        const bool is_loaded = lanekdf_provider_init(NULL, core, &functions, &provider);
        assert_true(end_failing(is_loaded));
        assert_int_equal(is_loaded, provider != NULL);
        assert_true(is_loaded || n_blocks() == n_before);
    }
    assert_true(at > 2);
    for (; functions->function_id != OSSL_FUNC_PROVIDER_TEARDOWN; functions++) {
    }
    OSSL_FUNC_provider_teardown(functions)(provider);
    assert_int_equal(n_blocks(), n_before);
}

/* A program that shares the library has started it as it likes. */
static int start(void **state)
{
    const struct lanekdf_options options = {.size = sizeof(options), .max_vector_width = 128};
    struct rng rng = rng_from(test_seed());
    (void)state;
    for (int i = 0; i < N_VALUES; i++) {
        rng_fill(&rng, values[i], PERIOD);
        for (size_t at = PERIOD; at < LONG_LEN; at++) {
            values[i][at] = values[i][at - PERIOD];
        }
    }
    must(lanekdf_start(&options) == LANEKDF_OK, "a start with an option");
    libctx = provider_context(PROVIDER_PREFERRED);
    for (int i = 0; i < N_DERIVATIONS; i++) {
        uint8_t out[OUT_LEN];
        derivations[i].fetched = EVP_KDF_fetch(libctx, derivations[i].kdf, "provider=lanekdf");
        must(derivations[i].fetched != NULL, "an algorithm of lanekdf's");
        must(derive_while_failing(&derivations[i], -1, out), "a derivation"); /* the child context is made */
    }
    hmac = EVP_MAC_fetch(libctx, "HMAC", "provider=lanekdf");
    must(hmac != NULL, "HMAC of lanekdf's");
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < N_DERIVATIONS; i++) {
        EVP_KDF_free(derivations[i].fetched);
    }
    EVP_MAC_free(hmac);
    provider_context_free(libctx);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_left),
        cmocka_unit_test(test_no_salt_is_left),
        cmocka_unit_test(test_handed_on),
        cmocka_unit_test(test_nothing_of_hmac_is_left),
        cmocka_unit_test(test_failing_allocations),
        cmocka_unit_test(test_failing_allocations_of_hmac),
        cmocka_unit_test(test_failing_allocations_of_loading),
    };
    must(CRYPTO_set_mem_functions(allocate, reallocate, release), "functions for memory");
    return cmocka_run_group_tests(tests, start, end) != 0;
}
