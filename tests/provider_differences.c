/*
 * Random calls on a context of OpenSSL's default provider, and the same calls on one of lanekdf's that has
 * the default provider behind it: every verdict, reason and output must be the same, whatever was called
 * before. usage: provider_differences [N]    (N calls that are compared, else a number for every day)
 *
 * Catches: a parameter, or an order of calls, of which lanekdf makes something else than the OpenSSL that
 * runs; a context that is handed on without some of its parameters.
 *
 * What is left out, because the default provider of some version cannot take it:
 * - 3.0 crashes where an empty info takes the place of another in HKDF, so that infos have a byte there.
 * - 3.0 goes on with a freed digest where another takes the place of MD5-SHA1 in TLS1-PRF, so that a context
 *   has either MD5-SHA1 or others.
 * - All versions keep the length of a value in whose place they could not take another, and may read from
 * NULL then, so that contexts are reset after that.
 * - 3.5 loses the message so far if a key comes within it and cannot be taken, and lanekdf goes on with the
 *   message. A MAC's context has served after that.
 * - 3.0 has no copies of contexts. There lanekdf's context goes on as its own copy.
 * - 3.5 cannot copy a context with an empty key or salt. There, too, lanekdf's copy goes on.
 */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "provider_context.h"
#include "rng.h"

enum { EVERY_DAY = 60000, MAX_PARAMS = 16, MAX_OUT = 70000, MAX_SHOWN = 8, POOL = 70000 };
enum side { DEFAULT, LANEKDF };

static struct rng rng;
static OSSL_LIB_CTX *libctx[2];
static bool is_3_0;
static uint8_t tls13_prefix[] = "tls13 ";
static uint8_t pool[POOL], outputs[2][MAX_OUT];

/* ---- counts, and the calls of a context so far, which a difference shows ---- */

static size_t n_compared, n_derived, n_jobs, n_different, n_copies_of_ours;
static char calls[16384];

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    const size_t len = strlen(calls);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(calls + len, sizeof(calls) - len, format, arguments);
    va_end(arguments);
}

static void compare(const char *what, long of_default, long of_lanekdf)
{
    n_compared++;
    if (of_default == of_lanekdf) {
        return;
    }
    n_different++;
    if (n_different <= MAX_SHOWN) {
        printf("FAILED: %s: %ld, but lanekdf %ld, after%s\n", what, of_default, of_lanekdf, calls);
    }
}

static void compare_bytes(const char *what, size_t len)
{
    compare(what, 0, memcmp(outputs[DEFAULT], outputs[LANEKDF], len) != 0);
}

/* The reason of the last error, 0 if there is none; forgets the errors. */
static long take_reason(void)
{
    const unsigned long error = ERR_peek_last_error();
    ERR_clear_error();
    return ERR_GET_REASON(error);
}

/* ---- parameters ---- */

/* Whether a value that no context can take is among the parameters made last. */
static bool has_no_octets;

static size_t some_length(void)
{
    static const uint16_t lengths[] = {0, 1, 13, 20, 31, 32, 33, 47, 48, 49, 55, 56, 63, 64, 65, 111, 112,
        119, 127, 128, 129, 200, 249, 250, 255, 256, 511, 512, 513, 1000, 1023, 1024, 1025, 2048, 33000,
        65535};
    const size_t n = sizeof(lengths) / sizeof(lengths[0]);
    if (rng_one_in(&rng, 200)) {
        return 65536 + rng_below(&rng, 100);
    }
    return lengths[rng_one_in(&rng, 8) ? rng_below(&rng, n) : rng_below(&rng, 21)];
}

static OSSL_PARAM octets(const char *name, size_t len)
{
    static char no_octets[] = "text";
    uint8_t *data = pool + rng_below(&rng, 1000);
    if (rng_one_in(&rng, 60)) {
        note(" %s=NULL", name);
        has_no_octets = true;
        return OSSL_PARAM_construct_octet_string(name, NULL, 0);
    }
    if (rng_one_in(&rng, 200)) {
        note(" %s=text", name);
        has_no_octets = true;
        return OSSL_PARAM_construct_utf8_string(name, no_octets, 0);
    }
    note(" %s[%zu]", name, len);
    return OSSL_PARAM_construct_octet_string(name, data, len);
}

static OSSL_PARAM text(const char *name, const char *value)
{
    union {
        const char *text;
        char *parameter;
    } pointer = {value};
    note(" %s=%s", name, value);
    return OSSL_PARAM_construct_utf8_string(name, pointer.parameter, 0);
}

static const char *some_digest(bool is_old)
{
    static const char *const usual[] = {
        "SHA256", "SHA2-384", "sha-512", "SHA2-256", "2.16.840.1.101.3.4.2.3"};
    static const char *const others[] = {
        "SHA1", "MD5", "SHA224", "SHA3-256", "SHA512-256", "SHAKE128", "BLAKE2b512", "nonsense", ""};
    if (is_old) {
        return rng_one_in(&rng, 2) ? "MD5-SHA1" : "md5-sha1";
    }
    if (rng_one_in(&rng, 8)) {
        return others[rng_below(&rng, sizeof(others) / sizeof(others[0]))];
    }
    return usual[rng_below(&rng, sizeof(usual) / sizeof(usual[0]))];
}

static OSSL_PARAM some_properties(void)
{
    static const char *const queries[] = {"", "provider=default", "?fips=yes", "provider=none", "bad,,="};
    return text(OSSL_KDF_PARAM_PROPERTIES, queries[rng_below(&rng, sizeof(queries) / sizeof(queries[0]))]);
}

static OSSL_PARAM some_mode(int *number)
{
    static const char *const names[] = {"EXTRACT_AND_EXPAND", "extract_only", "EXPAND_ONLY", "NO_MODE"};
    *number = (int)rng_below(&rng, rng_one_in(&rng, 20) ? 5 : 3);
    if (rng_one_in(&rng, 2)) {
        return text(OSSL_KDF_PARAM_MODE, names[*number > 3 ? 3 : *number]);
    }
    note(" mode=%d", *number);
    return OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, number);
}

/* An algorithm, and the values that it takes beside digest and mode; of some, several in one call. */
struct algorithm {
    const char *name;
    bool has_mode;
    const char *values[6];
    const char *repeated;
    bool is_new; /* comes with 3.6 */
};

static const struct algorithm algorithms[] = {
    {"TLS1-PRF", false, {"secret"}, "seed", false},
    {"HKDF", true, {"key", "salt"}, "info", false},
    {"TLS13-KDF", true, {"key", "salt", "label", "data"}, NULL, false},
    {"HKDF-SHA256", true, {"key", "salt"}, "info", true},
    {"id-alg-hkdf-with-sha384", true, {"key", "salt"}, "info", true},
    {"1.2.840.113549.1.9.16.3.30", true, {"key", "salt"}, "info", true},
};
enum { N_ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0]) };

static OSSL_PARAM *add_repeated(const struct algorithm *algorithm, OSSL_PARAM *at)
{
    const bool needs_a_byte = is_3_0 && strcmp(algorithm->repeated, "info") == 0;
    for (uint32_t n = rng_below(&rng, rng_one_in(&rng, 30) ? 9 : 4); n > 0; n--) {
        size_t len = some_length();
        len = len > 300 && !rng_one_in(&rng, 10) ? 77 : len;
        OSSL_PARAM param = octets(algorithm->repeated, len + (needs_a_byte && len == 0));
        if (!needs_a_byte || param.data_size != 0) {
            *at++ = param;
        }
    }
    return at;
}

/* Few of the parameters that there are, at random and in a random order, which the first one decides. */
static void some_params(const struct algorithm *algorithm, bool is_old, int *mode, OSSL_PARAM params[])
{
    OSSL_PARAM *at = params;
    has_no_octets = false;
    note("(");
    if (algorithm->is_new ? rng_one_in(&rng, 30) : !rng_one_in(&rng, 3)) {
        *at++ = text(OSSL_KDF_PARAM_DIGEST, some_digest(is_old));
    }
    if (rng_one_in(&rng, 30)) {
        *at++ = some_properties();
    }
    if (algorithm->has_mode && !rng_one_in(&rng, 3)) {
        *at++ = some_mode(mode);
    }
    if (strcmp(algorithm->name, "TLS13-KDF") == 0 && !rng_one_in(&rng, 3)) {
        *at++ = OSSL_PARAM_construct_octet_string("prefix", rng_one_in(&rng, 20) ? pool : tls13_prefix, 6);
        note(" prefix");
    }
    for (unsigned i = 0; algorithm->values[i]; i++) {
        for (unsigned n = rng_one_in(&rng, 40) ? 2 : !rng_one_in(&rng, 3); n > 0; n--) {
            *at++ = octets(algorithm->values[i], some_length());
        }
    }
    if (algorithm->repeated) {
        at = add_repeated(algorithm, at);
    }
    if (rng_one_in(&rng, 40)) {
        *at++ = octets("unknown", 3);
    }
    *at = OSSL_PARAM_construct_end();
    note(")");
}

/* ---- calls ---- */

struct kdf_pair {
    const struct algorithm *algorithm;
    bool is_old; /* has MD5-SHA1, and no other digest */
    EVP_KDF_CTX *contexts[2];
};

static void reset_both(struct kdf_pair *pair)
{
    note("\n    reset");
    for (int i = 0; i < 2; i++) {
        EVP_KDF_CTX_reset(pair->contexts[i]);
    }
    pair->is_old = pair->algorithm == &algorithms[0] && rng_one_in(&rng, 4);
}

static void set_both(struct kdf_pair *pair)
{
    OSSL_PARAM params[MAX_PARAMS * 2];
    int mode, status[2];
    long reason[2];
    note("\n    set");
    some_params(pair->algorithm, pair->is_old, &mode, params);
    for (int i = 0; i < 2; i++) {
        status[i] = EVP_KDF_CTX_set_params(pair->contexts[i], params) > 0;
        reason[i] = take_reason();
    }
    compare("set", status[DEFAULT], status[LANEKDF]);
    compare("the reason why set failed", reason[DEFAULT], reason[LANEKDF]);
    if (has_no_octets) {
        reset_both(pair);
    }
}

static size_t some_output(void)
{
    static const uint16_t lengths[] = {32, 48, 64, 12, 16, 20, 104, 128, 8160, 8161, 12240, 16320, 16321};
    const size_t n = sizeof(lengths) / sizeof(lengths[0]);
    if (rng_one_in(&rng, 300)) {
        return 65535 + rng_below(&rng, 100);
    }
    if (rng_one_in(&rng, 3)) {
        return rng_below(&rng, 150);
    }
    return lengths[rng_one_in(&rng, 20) ? rng_below(&rng, n) : rng_below(&rng, 5)];
}

static void derive_both(struct kdf_pair *pair)
{
    OSSL_PARAM params[MAX_PARAMS * 2], *given = NULL;
    const size_t len = some_output();
    const unsigned n_before = provider_n_jobs;
    int mode, status[2];
    long reason[2];
    note("\n    derive[%zu]", len);
    if (!rng_one_in(&rng, 3)) {
        some_params(pair->algorithm, pair->is_old, &mode, params);
        given = params;
    }
    for (int i = 0; i < 2; i++) {
        status[i] = EVP_KDF_derive(pair->contexts[i], outputs[i], len, given) > 0;
        reason[i] = take_reason();
    }
    compare("derive", status[DEFAULT], status[LANEKDF]);
    compare("the reason why derive failed", reason[DEFAULT], reason[LANEKDF]);
    if (status[DEFAULT] && status[LANEKDF]) {
        compare_bytes("the bytes of derive", len);
        n_derived++;
        n_jobs += provider_n_jobs != n_before;
    }
    if (given && has_no_octets) {
        reset_both(pair);
    }
}

static void get_both(struct kdf_pair *pair)
{
    static const char *const names[] = {"size", "mode", "digest", "info", "salt", "unknown"};
    const char *name = names[rng_below(&rng, rng_one_in(&rng, 2) ? 1 : 6)];
    OSSL_PARAM params[2][3];
    size_t sizes[2] = {0};
    int numbers[2] = {0}, status[2];
    note("\n    get %s", name);
    memset(outputs, 0, 2 * sizeof(outputs[0]));
    for (int i = 0; i < 2; i++) {
        OSSL_PARAM *at = params[i];
        *at++ = strcmp(name, "size") == 0   ? OSSL_PARAM_construct_size_t(name, &sizes[i])
                : strcmp(name, "mode") == 0 ? OSSL_PARAM_construct_int(name, &numbers[i])
                : strcmp(name, "digest") == 0
                    ? OSSL_PARAM_construct_utf8_string(name, (char *)outputs[i], MAX_OUT)
                    : OSSL_PARAM_construct_octet_string(name, outputs[i], MAX_OUT);
        *at = OSSL_PARAM_construct_end();
        status[i] = EVP_KDF_CTX_get_params(pair->contexts[i], params[i]) > 0;
    }
    ERR_clear_error();
    compare("get", status[DEFAULT], status[LANEKDF]);
    compare("the size", sizes[DEFAULT] == sizes[LANEKDF], 1);
    compare("the mode", numbers[DEFAULT], numbers[LANEKDF]);
    compare("the length of an answer", params[DEFAULT][0].return_size == params[LANEKDF][0].return_size, 1);
    if (strcmp(name, "digest") != 0) { /* a digest has several names */
        compare_bytes("an answer", 4096);
    }
}

static void copy_both(struct kdf_pair *pair)
{
    EVP_KDF_CTX *copies[2];
    note("\n    copy");
    for (int i = 0; i < 2; i++) {
        copies[i] = EVP_KDF_CTX_dup(pair->contexts[i]);
        if (copies[i]) {
            EVP_KDF_CTX_free(pair->contexts[i]);
            pair->contexts[i] = copies[i];
        }
    }
    ERR_clear_error();
    n_copies_of_ours += !copies[DEFAULT] && copies[LANEKDF];
    compare("copy", copies[DEFAULT] && !copies[LANEKDF], 0);
}

static void call_kdf(struct kdf_pair *pair)
{
    const uint32_t call = rng_below(&rng, 20);
    if (call < 7) {
        set_both(pair);
    } else if (call < 15) {
        derive_both(pair);
    } else if (call < 17) {
        get_both(pair);
    } else if (call < 18) {
        copy_both(pair);
    } else {
        reset_both(pair);
    }
}

/* Whether this version has the algorithm. Then lanekdf has it, and otherwise neither. */
static bool is_there(const struct algorithm *algorithm)
{
    bool is_found[2];
    for (int i = 0; i < 2; i++) {
        EVP_KDF *kdf = EVP_KDF_fetch(libctx[i], algorithm->name, i == LANEKDF ? "provider=lanekdf" : NULL);
        is_found[i] = kdf != NULL;
        EVP_KDF_free(kdf);
    }
    ERR_clear_error();
    compare("an algorithm", is_found[DEFAULT], is_found[LANEKDF]);
    return is_found[DEFAULT] && is_found[LANEKDF];
}

/* Some calls on new contexts. */
static void run_kdf(const struct algorithm *algorithm)
{
    struct kdf_pair pair = {
        .algorithm = algorithm, .is_old = algorithm == &algorithms[0] && rng_one_in(&rng, 4)};
    snprintf(calls, sizeof(calls), " %s:", algorithm->name);
    for (int i = 0; i < 2; i++) {
        EVP_KDF *kdf = EVP_KDF_fetch(libctx[i], algorithm->name, NULL);
        pair.contexts[i] = EVP_KDF_CTX_new(kdf);
        must(pair.contexts[i] != NULL, "a context");
        EVP_KDF_free(kdf);
    }
    for (uint32_t n = 1 + rng_below(&rng, 8); n > 0; n--) {
        call_kdf(&pair);
    }
    for (int i = 0; i < 2; i++) {
        EVP_KDF_CTX_free(pair.contexts[i]);
    }
}

/* ---- HMAC ---- */

struct mac_pair {
    EVP_MAC_CTX *contexts[2];
    EVP_MAC_CTX *originals[2]; /* of the last copies, or NULL */
    bool is_begun; /* what update and final need: what comes of them without init, or after final, is nobody's
                    */
    bool original_is_begun;
    bool has_refused; /* an init: OpenSSL says the size of the digest that it refused */
};

static void some_mac_params(OSSL_PARAM params[])
{
    OSSL_PARAM *at = params;
    note("(");
    if (!rng_one_in(&rng, 3)) {
        *at++ = text(OSSL_MAC_PARAM_DIGEST, some_digest(false));
    }
    if (rng_one_in(&rng, 30)) {
        *at++ = some_properties();
    }
    if (rng_one_in(&rng, 6)) {
        *at++ = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, pool + 7, some_length());
        note(" key[%zu]", at[-1].data_size);
    }
    if (rng_one_in(&rng, 40)) {
        *at++ = OSSL_PARAM_construct_octet_string("unknown", pool, 3);
        note(" unknown");
    }
    *at = OSSL_PARAM_construct_end();
    note(")");
}

static bool compare_status(const char *what, const int status[2])
{
    compare(what, status[DEFAULT] > 0, status[LANEKDF] > 0);
    return status[DEFAULT] > 0;
}

/* Returns false when the contexts have served. */
static bool set_both_macs(struct mac_pair *pair)
{
    OSSL_PARAM params[8];
    int status[2];
    note("\n    set");
    some_mac_params(params);
    for (int i = 0; i < 2; i++) {
        status[i] = EVP_MAC_CTX_set_params(pair->contexts[i], params);
        ERR_clear_error();
    }
    return compare_status("set of a MAC", status) || !OSSL_PARAM_locate(params, OSSL_MAC_PARAM_KEY);
}

static void init_both(struct mac_pair *pair)
{
    OSSL_PARAM params[8] = {OSSL_PARAM_construct_end()};
    const uint8_t *key = rng_one_in(&rng, 3) ? NULL : pool + rng_below(&rng, 1000);
    const size_t len = key ? some_length() : 0;
    int status[2];
    note("\n    init[%zu]", len);
    if (rng_one_in(&rng, 2)) {
        some_mac_params(params);
    }
    for (int i = 0; i < 2; i++) {
        status[i] = EVP_MAC_init(pair->contexts[i], key, len, params);
        ERR_clear_error();
    }
    pair->is_begun = compare_status("init", status);
}

static void update_both(struct mac_pair *pair)
{
    const uint8_t *data = pool + rng_below(&rng, 1000);
    const size_t len = some_length();
    int status[2];
    note("\n    update[%zu]", len);
    for (int i = 0; i < 2; i++) {
        status[i] = EVP_MAC_update(pair->contexts[i], data, len);
        ERR_clear_error();
    }
    compare_status("update", status);
}

static void final_both(struct mac_pair *pair)
{
    const unsigned n_before = provider_n_handed_on;
    size_t len[2] = {0};
    int status[2];
    note("\n    final");
    for (int i = 0; i < 2; i++) {
        status[i] = EVP_MAC_final(pair->contexts[i], outputs[i], &len[i], MAX_OUT);
        ERR_clear_error();
    }
    if (compare_status("final", status)) {
        compare("the length of a MAC", (long)len[DEFAULT], (long)len[LANEKDF]);
        compare_bytes("the bytes of a MAC", len[DEFAULT]);
        n_derived++;
        n_jobs += provider_n_handed_on == n_before;
    }
    pair->is_begun = false;
}

/* A record of TLS, as libssl checks it in constant time: a header, and data of which padding is the end. The
 * context is of no use for another message then. */
static void check_record_with_both(struct mac_pair *pair)
{
    const size_t len = 1 + rng_below(&rng, 400);
    size_t total = len + 256 - len % 16;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_TLS_DATA_SIZE, &total), OSSL_PARAM_construct_end()};
    int status[2];
    note("\n    record[%zu]", len);
    for (int i = 0; i < 2; i++) {
        status[i] = EVP_MAC_CTX_set_params(pair->contexts[i], params) > 0 &&
                    EVP_MAC_update(pair->contexts[i], pool, 13) > 0 &&
                    EVP_MAC_update(pair->contexts[i], pool + 13, len) > 0;
        ERR_clear_error();
    }
    if (compare_status("the MAC of a record", status)) {
        final_both(pair);
    }
}

static void get_both_sizes(struct mac_pair *pair)
{
    size_t sizes[2], blocks[2];
    note("\n    sizes");
    for (int i = 0; i < 2; i++) {
        sizes[i] = EVP_MAC_CTX_get_mac_size(pair->contexts[i]);
        blocks[i] = EVP_MAC_CTX_get_block_size(pair->contexts[i]);
    }
    ERR_clear_error();
    compare("the size of a MAC", (long)sizes[DEFAULT], (long)sizes[LANEKDF]);
    compare("the size of a block", (long)blocks[DEFAULT], (long)blocks[LANEKDF]);
}

/* The original is kept for later, as libssl copies one context for each record. */
static void copy_both_macs(struct mac_pair *pair)
{
    note("\n    copy");
    for (int i = 0; i < 2; i++) {
        EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(pair->contexts[i]);
        must(copy != NULL, "a copy of a MAC's context");
        EVP_MAC_CTX_free(pair->originals[i]);
        pair->originals[i] = pair->contexts[i];
        pair->contexts[i] = copy;
    }
    pair->original_is_begun = pair->is_begun;
}

/* Goes on with the original instead of its copy. Returns false if there is none. */
static bool take_originals(struct mac_pair *pair)
{
    if (!pair->originals[DEFAULT]) {
        return false;
    }
    note("\n    back to the original");
    for (int i = 0; i < 2; i++) {
        EVP_MAC_CTX_free(pair->contexts[i]);
        pair->contexts[i] = pair->originals[i];
        pair->originals[i] = NULL;
    }
    pair->is_begun = pair->original_is_begun;
    return true;
}

/* Returns false when the contexts have served. */
static bool call_mac(struct mac_pair *pair)
{
    const uint32_t call = rng_below(&rng, 20);
    if (call < 2) {
        return set_both_macs(pair);
    }
    if (call < 3) {
        if (!pair->has_refused) {
            get_both_sizes(pair);
        }
    } else if (call < 6) {
        copy_both_macs(pair);
    } else if (call < 8 || !pair->is_begun) {
        const bool was_begun = pair->is_begun;
        init_both(pair);
        pair->has_refused |= !pair->is_begun;
        pair->is_begun |= was_begun; /* the message goes on where it cannot begin anew */
    } else if (call < 11) {
        check_record_with_both(pair);
        return take_originals(pair);
    } else if (call < 12) {
        take_originals(pair);
    } else if (call < 16) {
        update_both(pair);
    } else {
        final_both(pair);
    }
    return true;
}

static void run_mac(void)
{
    struct mac_pair pair = {0};
    snprintf(calls, sizeof(calls), " HMAC:");
    for (int i = 0; i < 2; i++) {
        EVP_MAC *mac = EVP_MAC_fetch(libctx[i], "HMAC", NULL);
        pair.contexts[i] = EVP_MAC_CTX_new(mac);
        must(pair.contexts[i] != NULL, "a context");
        EVP_MAC_free(mac);
    }
    for (uint32_t n = 1 + rng_below(&rng, 24); n > 0 && call_mac(&pair); n--) {
    }
    for (int i = 0; i < 2; i++) {
        EVP_MAC_CTX_free(pair.contexts[i]);
        EVP_MAC_CTX_free(pair.originals[i]);
    }
}

int main(int argc, char **argv)
{
    const size_t n_wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : EVERY_DAY;
    rng = rng_from(test_seed());
    rng_fill(&rng, pool, sizeof(pool));
    is_3_0 = OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;
    libctx[DEFAULT] = OSSL_LIB_CTX_new();
    libctx[LANEKDF] = provider_context(PROVIDER_PREFERRED);
    while (n_compared < n_wanted) {
        const uint32_t algorithm = rng_below(&rng, N_ALGORITHMS + 1);
        if (algorithm == N_ALGORITHMS) {
            run_mac();
        } else if (!algorithms[algorithm].is_new || is_there(&algorithms[algorithm])) {
            run_kdf(&algorithms[algorithm]);
        }
    }
    OSSL_LIB_CTX_free(libctx[DEFAULT]);
    provider_context_free(libctx[LANEKDF]);
    printf("%zu comparisons, %zu derivations, %zu of them by lanekdf, %zu copies that OpenSSL cannot make\n",
        n_compared, n_derived, n_jobs, n_copies_of_ours);
    if (n_jobs < n_derived / 5) {
        printf("FAILED: too few derivations by lanekdf\n");
        n_different++;
    }
    if (n_different) {
        printf("FAILED: %zu differences; to repeat them: %s\n", n_different, test_seed_text());
    }
    return n_different != 0;
}
