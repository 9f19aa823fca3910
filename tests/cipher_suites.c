/*
 * The table of cipher suites. Without an argument it is compared with itself and with what its own names say;
 * with an argument, with a list that others keep: "libssl" is what SSL_CIPHER says of each suite that this
 * build of OpenSSL has, "registry" the ids and names that tshark knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "kernel_argument.h"
#include "lanekdf.h"
#include "suite_rows.h"

enum { N_SUITES = 355, FIRST_AEGIS = 0x1306, LAST_AEGIS = 0x1307 };

/* Catches: a row that is lost, doubled, or out of order, where it would hide others from the search. */
static void test_order(void **state)
{
    const struct lanekdf_suite *past_the_end;
    size_t n = 0;
    int last = -1;

    (void)state;
    FOR_EACH_SUITE(suite)
    {
        assert_true(suite->id > last);
        last = suite->id;
        n++;
    }
    assert_int_equal(n, N_SUITES);
    assert_int_equal(lanekdf_suite_query(n, &past_the_end), LANEKDF_ERROR_LENGTH);
    assert_null(past_the_end);
    assert_int_equal(lanekdf_suite_query((size_t)-1, &past_the_end), LANEKDF_ERROR_LENGTH);
}

static void assert_found_by_name(const char *name, const struct lanekdf_suite *suite)
{
    char other_case[64] = "";

    assert_true(strlen(name) < sizeof(other_case));
    assert_ptr_equal(named(name), suite);
    for (size_t i = 0; name[i]; i++) {
        other_case[i] = (char)(islower((unsigned char)name[i]) ? toupper(name[i]) : tolower(name[i]));
    }
    assert_ptr_equal(named(other_case), suite);
}

/* Catches: two rows of one name, a name that the search takes for the beginning of another. */
static void test_look_ups(void **state)
{
    const struct lanekdf_suite *found;

    (void)state;
    FOR_EACH_SUITE(suite)
    {
        assert_int_equal(lanekdf_suite_find(suite->id, &found), LANEKDF_OK);
        assert_ptr_equal(found, suite);
        assert_found_by_name(suite->name, suite);
        if (suite->openssl_name[0]) {
            assert_found_by_name(suite->openssl_name, suite);
        }
    }
    static const char *const none[] = {
        "", "TLS_", "TLS_RSA_WITH_NULL", "TLS_RSA_WITH_NULL_MD5 ", "NULL-MD", "tls_rsa"};
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        assert_int_equal(lanekdf_suite_find_name(none[i], &found), LANEKDF_ERROR_SUITE_UNKNOWN);
        assert_null(found);
    }
}

static const struct {
    const char *other, *name;
} others_names[] = {
    {"TLS_ECDHE_RSA_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}, /* GnuTLS */
    {"TLS_RSA_AES_128_CBC_SHA1", "TLS_RSA_WITH_AES_128_CBC_SHA"},
    {"TLS_RSA_AES_128_CBC_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA256"},
    {"TLS_RSA_ARCFOUR_128_MD5", "TLS_RSA_WITH_RC4_128_MD5"},
    {"TLS_DH_ANON_3DES_EDE_CBC_SHA1", "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA"},
    {"TLS_DHE_PSK_AES_128_CCM", "TLS_DHE_PSK_WITH_AES_128_CCM"},
    {"TLS_DHE_PSK_AES_128_CCM_8", "TLS_PSK_DHE_WITH_AES_128_CCM_8"},
    {"TLS_DHE_PSK_AES_256_CCM_8", "TLS_PSK_DHE_WITH_AES_256_CCM_8"},
    {"TLS_ECDHE_RSA_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {"TLS_SRP_SHA_RSA_AES_256_CBC_SHA1", "TLS_SRP_SHA_RSA_WITH_AES_256_CBC_SHA"},
    {"SSL_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_RC4_128_SHA"}, /* JSSE */
    {"SSL_RSA_EXPORT_WITH_RC4_40_MD5", "TLS_RSA_EXPORT_WITH_RC4_40_MD5"},
    {"SSL_DH_anon_WITH_DES_CBC_SHA", "TLS_DH_anon_WITH_DES_CBC_SHA"},
    {"SSL_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"}, /* IBM */
    {"TLS_RSA_FIPS_WITH_3DES_EDE_CBC_SHA", "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA"},
    {"TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},      /* Mbed TLS */
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"}, /* Go */
    {"ECDHE-RSA-CHACHA20-POLY1305-OLD", "OLD_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {"TLS1-3-AES-128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"}, /* Mbed TLS */
    {"TLS1-3-AES-256-GCM-SHA384", "TLS_AES_256_GCM_SHA384"},
    {"TLS1-3-CHACHA20-POLY1305-SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
    {"TLS1-3-AES-128-CCM-SHA256", "TLS_AES_128_CCM_SHA256"},
    {"TLS1-3-AES-128-CCM-8-SHA256", "TLS_AES_128_CCM_8_SHA256"},
};

/* Catches: a name as GnuTLS, JSSE, IBM, Mbed TLS or Go writes it that is unknown, or is taken for another
 * suite's. */
static void test_others_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(others_names) / sizeof(*others_names); i++) {
        const struct lanekdf_suite *suite = named(others_names[i].other);
        assert_string_equal(suite->name, others_names[i].name);
        assert_found_by_name(others_names[i].other, suite);
    }
}

/* Catches: a suite of the registry that passes for a private one, or the other way round. */
static void test_origins(void **state)
{
    size_t n = 0;

    (void)state;
    FOR_EACH_SUITE(suite)
    {
        bool is_private = (suite->id >= 0x0060 && suite->id <= 0x0066) || suite->id == 0xc0ff ||
                          (suite->id >= 0xcc13 && suite->id <= 0xcc15) || suite->id >= 0xfefe;
        assert_int_equal(suite->origin != NULL, is_private);
        n += is_private;
    }
    assert_int_equal(n, 7 + 1 + 3 + 4);
}

static const struct {
    uint16_t first, last;
    int status;
    const char *name; /* of the first */
} refused[] = {
    {0x0000, 0x0000, LANEKDF_ERROR_SUITE_VERSION, "TLS_NULL_WITH_NULL_NULL"},
    {0x0080, 0x0083, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341094_WITH_28147_CNT_IMIT"},
    {0x00c6, 0x00c7, LANEKDF_ERROR_SUITE_TLS13, "TLS_SM4_GCM_SM3"},
    {0x00ff, 0x00ff, LANEKDF_ERROR_SUITE_SIGNALLING, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"},
    {0x0a0a, 0x0a0a, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0x1a1a, 0x1a1a, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0x2a2a, 0x2a2a, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0x3a3a, 0x3a3a, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0x4a4a, 0x4a4a, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0x5600, 0x5600, LANEKDF_ERROR_SUITE_SIGNALLING, "TLS_FALLBACK_SCSV"},
    {0x5a5a, 0x5a5a, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0x6a6a, 0x6a6a, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0x7a7a, 0x7a7a, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0x8a8a, 0x8a8a, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0x9a9a, 0x9a9a, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0xaaaa, 0xaaaa, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0xbaba, 0xbaba, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0xc100, 0xc106, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC"},
    {0xcaca, 0xcaca, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0xdada, 0xdada, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0xeaea, 0xeaea, LANEKDF_ERROR_SUITE_GREASE, NULL},
    {0xfafa, 0xfafa, LANEKDF_ERROR_SUITE_GREASE, NULL},
};

/* Catches: a value that is no suite and passes for one, a value that is refused for another reason than its
 * own. */
static void test_every_id(void **state)
{
    const struct lanekdf_suite *suite;
    size_t n_found = 0, next = 0;

    (void)state;
    for (unsigned id = 0; id <= UINT16_MAX; id++) {
        int status = lanekdf_suite_find((uint16_t)id, &suite);
        next += next < sizeof(refused) / sizeof(*refused) && id > refused[next].last;
        if (next < sizeof(refused) / sizeof(*refused) && id >= refused[next].first) {
            assert_int_equal(status, refused[next].status);
        } else if (status != LANEKDF_ERROR_SUITE_UNKNOWN) {
            assert_int_equal(status, LANEKDF_OK);
            assert_int_equal(suite->id, id);
            n_found++;
            continue;
        }
        assert_null(suite);
    }
    assert_int_equal(n_found, N_SUITES);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        if (refused[i].name) {
            assert_int_equal(lanekdf_suite_find_name(refused[i].name, &suite), refused[i].status);
            assert_null(suite);
        }
    }
}

/* ---- a name says what a suite is made of ---- */

static const struct {
    const char *text; /* between "TLS_" and "_WITH_" */
    enum lanekdf_key_exchange key_exchange;
    enum lanekdf_authentication authentication;
} exchanges[] = {
    {"RSA", LANEKDF_KX_RSA, LANEKDF_AUTH_RSA},
    {"DH_DSS", LANEKDF_KX_DH, LANEKDF_AUTH_DSS},
    {"DH_RSA", LANEKDF_KX_DH, LANEKDF_AUTH_RSA},
    {"DHE_DSS", LANEKDF_KX_DHE, LANEKDF_AUTH_DSS},
    {"DHE_RSA", LANEKDF_KX_DHE, LANEKDF_AUTH_RSA},
    {"DH_anon", LANEKDF_KX_DHE, LANEKDF_AUTH_ANON},
    {"ECDH_ECDSA", LANEKDF_KX_ECDH, LANEKDF_AUTH_ECDSA},
    {"ECDH_RSA", LANEKDF_KX_ECDH, LANEKDF_AUTH_RSA},
    {"ECDHE_ECDSA", LANEKDF_KX_ECDHE, LANEKDF_AUTH_ECDSA},
    {"ECDHE_RSA", LANEKDF_KX_ECDHE, LANEKDF_AUTH_RSA},
    {"ECDH_anon", LANEKDF_KX_ECDHE, LANEKDF_AUTH_ANON},
    {"PSK", LANEKDF_KX_PSK, LANEKDF_AUTH_PSK},
    {"DHE_PSK", LANEKDF_KX_DHE_PSK, LANEKDF_AUTH_PSK},
    {"PSK_DHE", LANEKDF_KX_DHE_PSK, LANEKDF_AUTH_PSK}, /* RFC 6655 */
    {"ECDHE_PSK", LANEKDF_KX_ECDHE_PSK, LANEKDF_AUTH_PSK},
    {"RSA_PSK", LANEKDF_KX_RSA_PSK, LANEKDF_AUTH_RSA},
    {"SRP_SHA", LANEKDF_KX_SRP, LANEKDF_AUTH_PASSWORD},
    {"SRP_SHA_RSA", LANEKDF_KX_SRP, LANEKDF_AUTH_RSA},
    {"SRP_SHA_DSS", LANEKDF_KX_SRP, LANEKDF_AUTH_DSS},
    {"KRB5", LANEKDF_KX_KRB5, LANEKDF_AUTH_KRB5},
    {"ECCPWD", LANEKDF_KX_ECCPWD, LANEKDF_AUTH_PASSWORD},
    {"ECJPAKE", LANEKDF_KX_ECJPAKE, LANEKDF_AUTH_PASSWORD},
    {"RSA_FIPS", LANEKDF_KX_RSA, LANEKDF_AUTH_RSA},
    {"RSA_OLDFIPS", LANEKDF_KX_RSA, LANEKDF_AUTH_RSA},
};

/* Key lengths are those of RFC 2246 appendix C, RFC 5246 appendix C and the RFCs of each cipher. */
static const struct {
    const char *text; /* between "_WITH_" and the hash */
    enum lanekdf_cipher cipher;
    const char *evp;      /* libcrypto's name of the cipher */
    int key_len;          /* of the cipher, bytes */
    int key_material_len; /* of an export suite, bytes of the key block */
} ciphers[] = {
    {"NULL", LANEKDF_CIPHER_NULL, "NULL", 0, 0},
    {"RC4_40", LANEKDF_CIPHER_RC4_40, "RC4", 16, 5},
    {"RC4_56", LANEKDF_CIPHER_RC4_56, "RC4", 16, 7},
    {"RC4_128", LANEKDF_CIPHER_RC4_128, "RC4", 16, 0},
    {"RC2_CBC_40", LANEKDF_CIPHER_RC2_CBC_40, "RC2-CBC", 16, 5},
    {"RC2_CBC_56", LANEKDF_CIPHER_RC2_CBC_56, "RC2-CBC", 16, 7},
    {"IDEA_CBC", LANEKDF_CIPHER_IDEA_CBC, "IDEA-CBC", 16, 0},
    {"DES40_CBC", LANEKDF_CIPHER_DES40_CBC, "DES-CBC", 8, 5},
    {"DES_CBC_40", LANEKDF_CIPHER_DES40_CBC, "DES-CBC", 8, 5}, /* RFC 2712 */
    {"DES_CBC", LANEKDF_CIPHER_DES_CBC, "DES-CBC", 8, 8},
    {"3DES_EDE_CBC", LANEKDF_CIPHER_3DES_EDE_CBC, "DES-EDE3-CBC", 24, 0},
    {"SEED_CBC", LANEKDF_CIPHER_SEED_CBC, "SEED-CBC", 16, 0},
    {"AES_128_CBC", LANEKDF_CIPHER_AES_128_CBC, "AES-128-CBC", 16, 0},
    {"AES_256_CBC", LANEKDF_CIPHER_AES_256_CBC, "AES-256-CBC", 32, 0},
    {"AES_128_GCM", LANEKDF_CIPHER_AES_128_GCM, "AES-128-GCM", 16, 0},
    {"AES_256_GCM", LANEKDF_CIPHER_AES_256_GCM, "AES-256-GCM", 32, 0},
    {"AES_128_CCM", LANEKDF_CIPHER_AES_128_CCM, "AES-128-CCM", 16, 0},
    {"AES_256_CCM", LANEKDF_CIPHER_AES_256_CCM, "AES-256-CCM", 32, 0},
    {"AES_128_CCM_8", LANEKDF_CIPHER_AES_128_CCM_8, "AES-128-CCM", 16, 0},
    {"AES_256_CCM_8", LANEKDF_CIPHER_AES_256_CCM_8, "AES-256-CCM", 32, 0},
    {"CAMELLIA_128_CBC", LANEKDF_CIPHER_CAMELLIA_128_CBC, "CAMELLIA-128-CBC", 16, 0},
    {"CAMELLIA_256_CBC", LANEKDF_CIPHER_CAMELLIA_256_CBC, "CAMELLIA-256-CBC", 32, 0},
    {"CAMELLIA_128_GCM", LANEKDF_CIPHER_CAMELLIA_128_GCM, "CAMELLIA-128-GCM", 16, 0},
    {"CAMELLIA_256_GCM", LANEKDF_CIPHER_CAMELLIA_256_GCM, "CAMELLIA-256-GCM", 32, 0},
    {"ARIA_128_CBC", LANEKDF_CIPHER_ARIA_128_CBC, "ARIA-128-CBC", 16, 0},
    {"ARIA_256_CBC", LANEKDF_CIPHER_ARIA_256_CBC, "ARIA-256-CBC", 32, 0},
    {"ARIA_128_GCM", LANEKDF_CIPHER_ARIA_128_GCM, "ARIA-128-GCM", 16, 0},
    {"ARIA_256_GCM", LANEKDF_CIPHER_ARIA_256_GCM, "ARIA-256-GCM", 32, 0},
    {"CHACHA20_POLY1305", LANEKDF_CIPHER_CHACHA20_POLY1305, "ChaCha20-Poly1305", 32, 0},
    /* libcrypto no longer has the draft. */
    {"CHACHA20_POLY1305", LANEKDF_CIPHER_CHACHA20_DRAFT, "ChaCha20-Poly1305", 32, 0},
};

static const struct {
    const char *text; /* after the cipher */
    enum lanekdf_hash mac;
    int mac_len;
    enum lanekdf_hash prf; /* RFC 5246 section 5: SHA-256, or SHA-384 where the name says so */
} hashes[] = {
    {"_MD5", LANEKDF_MD5, 16, LANEKDF_SHA256}, {"_SHA", LANEKDF_SHA1, 20, LANEKDF_SHA256},
    {"_SHA256", LANEKDF_SHA256, 32, LANEKDF_SHA256}, {"_SHA384", LANEKDF_SHA384, 48, LANEKDF_SHA384},
    {"", LANEKDF_SHA256, 0, LANEKDF_SHA256}, /* suites of CCM name no hash: RFC 6655 */
};

static bool is_text(const char *text, const char *from, size_t len)
{
    return strlen(text) == len && !memcmp(text, from, len);
}

static void check_exchange(const struct lanekdf_suite *suite, const char *from, size_t len)
{
    for (size_t i = 0; i < sizeof(exchanges) / sizeof(*exchanges); i++) {
        if (is_text(exchanges[i].text, from, len)) {
            assert_int_equal(suite->key_exchange, exchanges[i].key_exchange);
            assert_int_equal(suite->authentication, exchanges[i].authentication);
            return;
        }
    }
    fail_msg("%s: what key exchange is that?", suite->name);
}

static void check_versions(const struct lanekdf_suite *suite, bool is_export)
{
    bool is_weak = suite->cipher == LANEKDF_CIPHER_DES_CBC || suite->cipher == LANEKDF_CIPHER_IDEA_CBC;
    bool is_ecc = !strncmp(suite->name, "TLS_ECDH", 8);

    assert_int_equal(suite->max_version, is_export ? LANEKDF_TLS10 : is_weak ? LANEKDF_TLS11 : LANEKDF_TLS12);
    if (suite->tag_len || strstr(suite->name, "ARIA_")) {
        assert_int_equal(suite->min_version, LANEKDF_TLS12);
    } else if (suite->mac == LANEKDF_SHA256 || suite->mac == LANEKDF_SHA384) {
        assert_int_equal(suite->min_version, strstr(suite->name, "PSK_") ? LANEKDF_TLS10 : LANEKDF_TLS12);
    } else {
        assert_int_equal(
            suite->min_version, is_ecc || strstr(suite->name, "FIPS") ? LANEKDF_TLS10 : LANEKDF_SSL3);
    }
}

/* Of ChaCha20-Poly1305 whose nonce has no part from the key block. */
static bool is_draft(const struct lanekdf_suite *suite)
{
    return !strncmp(suite->name, "OLD_", 4);
}

static void check_cipher(const struct lanekdf_suite *suite, const char *text, bool is_export)
{
    for (size_t i = 0; i < sizeof(ciphers) / sizeof(*ciphers); i++) {
        for (size_t k = 0; k < sizeof(hashes) / sizeof(*hashes); k++) {
            size_t len = strlen(ciphers[i].text);
            if (strncmp(text, ciphers[i].text, len) || strcmp(text + len, hashes[k].text) ||
                is_draft(suite) != (ciphers[i].cipher == LANEKDF_CIPHER_CHACHA20_DRAFT)) {
                continue;
            }
            const EVP_CIPHER *evp = EVP_get_cipherbyname(ciphers[i].evp);
            bool is_cbc = strstr(text, "CBC"), is_gcm = strstr(text, "_GCM"), is_ccm = strstr(text, "_CCM");
            bool is_aead = is_gcm || is_ccm || strstr(text, "POLY1305");
            assert_int_equal(suite->cipher, ciphers[i].cipher);
            assert_int_equal(
                suite->enc_key_len, is_export ? ciphers[i].key_material_len : ciphers[i].key_len);
            assert_int_equal(suite->final_key_len, is_export ? ciphers[i].key_len : 0);
            assert_int_equal(suite->tag_len, !is_aead ? 0 : strstr(text, "_CCM_8") ? 8 : 16);
            assert_int_equal(suite->fixed_iv_len, is_gcm || is_ccm              ? 4
                                                  : is_aead && !is_draft(suite) ? 12
                                                                                : 0);
            if (!is_cbc) {
                assert_int_equal(suite->record_iv_len, is_gcm || is_ccm ? 8 : 0);
            }
            assert_int_equal(suite->mac, is_aead ? 0 : hashes[k].mac);
            assert_int_equal(suite->mac_key_len, is_aead ? 0 : hashes[k].mac_len);
            assert_int_equal(suite->hash, suite->max_version < LANEKDF_TLS12 ? 0 : hashes[k].prf);
            if (evp) { /* not every build of libcrypto has every cipher */
                assert_int_equal(EVP_CIPHER_get_key_length(evp), ciphers[i].key_len);
                if (is_cbc) {
                    assert_int_equal(suite->record_iv_len, EVP_CIPHER_get_iv_length(evp));
                }
            } else if (is_cbc) {
                assert_int_equal(suite->record_iv_len, suite->cipher == LANEKDF_CIPHER_IDEA_CBC ? 8 : 16);
            }
            return;
        }
    }
    fail_msg("%s: what cipher is that?", suite->name);
}

/* Suites of TLS 1.3. Nonces are those of RFC 8446 section 5.3 and RFC 5116 section 5, which are 12 bytes for
 * all of RFC 8446, of RFC 9150 section 8, and of draft-irtf-cfrg-aegis-aead section 4. */
static const struct {
    const char *name;
    enum lanekdf_cipher cipher;
    uint8_t key_len, nonce_len, tag_len;
    const char *evp; /* libcrypto's name of the cipher; NULL: it has none */
} tls13_suites[] = {
    {"TLS_AES_128_GCM_SHA256", LANEKDF_CIPHER_AES_128_GCM, 16, 12, 16, "AES-128-GCM"},
    {"TLS_AES_256_GCM_SHA384", LANEKDF_CIPHER_AES_256_GCM, 32, 12, 16, "AES-256-GCM"},
    {"TLS_CHACHA20_POLY1305_SHA256", LANEKDF_CIPHER_CHACHA20_POLY1305, 32, 12, 16, "ChaCha20-Poly1305"},
    {"TLS_AES_128_CCM_SHA256", LANEKDF_CIPHER_AES_128_CCM, 16, 12, 16, "AES-128-CCM"},
    {"TLS_AES_128_CCM_8_SHA256", LANEKDF_CIPHER_AES_128_CCM_8, 16, 12, 8, "AES-128-CCM"},
    {"TLS_AEGIS_256_SHA512", LANEKDF_CIPHER_AEGIS_256, 32, 32, 16, NULL},
    {"TLS_AEGIS_128L_SHA256", LANEKDF_CIPHER_AEGIS_128L, 16, 16, 16, NULL},
    {"TLS_SHA256_SHA256", LANEKDF_CIPHER_HMAC_SHA256, 32, 32, 32, NULL},
    {"TLS_SHA384_SHA384", LANEKDF_CIPHER_HMAC_SHA384, 48, 48, 48, NULL},
};
enum { N_TLS13_SUITES = sizeof(tls13_suites) / sizeof(*tls13_suites) };

static bool is_tls13(const struct lanekdf_suite *suite)
{
    return suite->min_version == LANEKDF_TLS13;
}

static void check_tls13_suite(const struct lanekdf_suite *suite)
{
    const char *hash = strrchr(suite->name, '_') + 1;
    size_t i = 0;

    while (i < N_TLS13_SUITES && strcmp(tls13_suites[i].name, suite->name) != 0) {
        i++;
    }
    assert_true(i < N_TLS13_SUITES);
    assert_int_equal(suite->key_exchange, LANEKDF_KX_ANY);
    assert_int_equal(suite->authentication, LANEKDF_AUTH_ANY);
    assert_int_equal(suite->cipher, tls13_suites[i].cipher);
    assert_int_equal(suite->max_version, LANEKDF_TLS13);
    assert_int_equal(suite->enc_key_len, tls13_suites[i].key_len);
    assert_int_equal(suite->fixed_iv_len, tls13_suites[i].nonce_len);
    assert_int_equal(suite->tag_len, tls13_suites[i].tag_len);
    assert_int_equal(suite->mac | suite->mac_key_len | suite->final_key_len | suite->record_iv_len, 0);
    assert_int_equal(suite->hash, !strcmp(hash, "SHA256")   ? LANEKDF_SHA256
                                  : !strcmp(hash, "SHA384") ? LANEKDF_SHA384
                                                            : LANEKDF_SHA512);
    if (tls13_suites[i].evp) {
        const EVP_CIPHER *evp = EVP_get_cipherbyname(tls13_suites[i].evp);
        assert_int_equal(EVP_CIPHER_get_key_length(evp), suite->enc_key_len);
    } else if (suite->id < FIRST_AEGIS || suite->id > LAST_AEGIS) {
        assert_int_equal(
            lanekdf_hash_len(suite->hash), suite->enc_key_len); /* RFC 9150: an HMAC of this hash */
    }
}

/* Catches: a row whose parts are not those of its name, a length that is not the cipher's. */
static void test_names(void **state)
{
    size_t n_tls13 = 0;

    (void)state;
    FOR_EACH_SUITE(suite)
    {
        if (is_tls13(suite)) {
            check_tls13_suite(suite);
            n_tls13++;
            continue;
        }
        const char *start = suite->name + (is_draft(suite) ? strlen("OLD_") : 0);
        const char *exchange = start + strlen("TLS_"), *with = strstr(suite->name, "_WITH_");
        const char *export_ = strstr(suite->name, "_EXPORT");
        assert_memory_equal(start, strstr(suite->name, "FIPS") ? "SSL_" : "TLS_", 4);
        assert_non_null(with);
        check_exchange(suite, exchange, (size_t)((export_ ? export_ : with) - exchange));
        check_cipher(suite, with + strlen("_WITH_"), export_ != NULL);
        check_versions(suite, export_ != NULL);
    }
    assert_int_equal(n_tls13, N_TLS13_SUITES);
}

/* ---- against libssl ---- */

static int nid_of_key_exchange(enum lanekdf_key_exchange key_exchange)
{
    switch (key_exchange) {
    case LANEKDF_KX_RSA:
        return NID_kx_rsa;
    case LANEKDF_KX_DHE:
        return NID_kx_dhe;
    case LANEKDF_KX_ECDHE:
        return NID_kx_ecdhe;
    case LANEKDF_KX_PSK:
        return NID_kx_psk;
    case LANEKDF_KX_DHE_PSK:
        return NID_kx_dhe_psk;
    case LANEKDF_KX_ECDHE_PSK:
        return NID_kx_ecdhe_psk;
    case LANEKDF_KX_RSA_PSK:
        return NID_kx_rsa_psk;
    case LANEKDF_KX_SRP:
        return NID_kx_srp;
    case LANEKDF_KX_ANY:
        return NID_kx_any;
    default: /* libssl no longer has the others */
        return -1;
    }
}

static int nid_of_authentication(const struct lanekdf_suite *suite)
{
    switch (suite->authentication) {
    case LANEKDF_AUTH_ANON:
        return NID_auth_null;
    case LANEKDF_AUTH_RSA:
        return NID_auth_rsa;
    case LANEKDF_AUTH_DSS:
        return NID_auth_dss;
    case LANEKDF_AUTH_ECDSA:
        return NID_auth_ecdsa;
    case LANEKDF_AUTH_PSK:
        return NID_auth_psk;
    case LANEKDF_AUTH_PASSWORD:
        return NID_auth_srp;
    case LANEKDF_AUTH_ANY:
        return NID_auth_any;
    default:
        return -1;
    }
}

static int nid_of_cipher(enum lanekdf_cipher cipher)
{
    for (size_t i = 0; cipher != LANEKDF_CIPHER_NULL && i < sizeof(ciphers) / sizeof(*ciphers); i++) {
        if (ciphers[i].cipher == cipher) {
            return EVP_CIPHER_get_nid(EVP_get_cipherbyname(ciphers[i].evp));
        }
    }
    return NID_undef;
}

static int nid_of_hash(uint16_t hash)
{
    return hash == LANEKDF_MD5      ? NID_md5
           : hash == LANEKDF_SHA1   ? NID_sha1
           : hash == LANEKDF_SHA256 ? NID_sha256
           : hash == LANEKDF_SHA384 ? NID_sha384
                                    : NID_undef;
}

static uint16_t version_of(const char *text)
{
    return !strcmp(text, "SSLv3")     ? LANEKDF_SSL3
           : !strcmp(text, "TLSv1.0") ? LANEKDF_TLS10
           : !strcmp(text, "TLSv1.3") ? LANEKDF_TLS13
                                      : LANEKDF_TLS12;
}

static void check_against_libssl(const struct lanekdf_suite *suite, const SSL_CIPHER *cipher)
{
    int prf = EVP_MD_get_type(SSL_CIPHER_get_handshake_digest(cipher));

    assert_string_equal(suite->name, SSL_CIPHER_standard_name(cipher));
    assert_string_equal(suite->openssl_name, SSL_CIPHER_get_name(cipher));
    assert_int_equal(nid_of_key_exchange(suite->key_exchange), SSL_CIPHER_get_kx_nid(cipher));
    assert_int_equal(nid_of_authentication(suite), SSL_CIPHER_get_auth_nid(cipher));
    assert_int_equal(nid_of_cipher(suite->cipher), SSL_CIPHER_get_cipher_nid(cipher));
    assert_int_equal(nid_of_hash(suite->mac), SSL_CIPHER_get_digest_nid(cipher));
    assert_int_equal(nid_of_hash(suite->hash), prf == NID_md5_sha1 ? NID_sha256 : prf);
    assert_int_equal(suite->tag_len > 0, SSL_CIPHER_is_aead(cipher));
    assert_int_equal(suite->min_version, version_of(SSL_CIPHER_get_version(cipher)));
    if (suite->mac) {
        assert_int_equal(suite->mac_key_len, EVP_MD_get_size(EVP_get_digestbynid(nid_of_hash(suite->mac))));
    }
}

/* Catches: an RFC that was read wrongly, for the suites that this OpenSSL has. */
static void test_libssl(void **state)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    int n = 0, n_tls13 = 0;

    (void)state;
    assert_non_null(ctx);
    assert_int_equal(SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:@SECLEVEL=0"), 1);
    assert_int_equal(SSL_CTX_set_ciphersuites(ctx,
                         "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                         "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"),
        1);
    STACK_OF(SSL_CIPHER) *list = SSL_CTX_get_ciphers(ctx);
    for (int i = 0; i < sk_SSL_CIPHER_num(list); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(list, i);
        const struct lanekdf_suite *suite;
        int status = lanekdf_suite_find(SSL_CIPHER_get_protocol_id(cipher), &suite);
        if (status != LANEKDF_OK) {
            fail_msg("%s is missing", SSL_CIPHER_standard_name(cipher));
        }
        check_against_libssl(suite, cipher);
        n_tls13 += is_tls13(suite);
        n++;
    }
    SSL_CTX_free(ctx);
    printf("%d suites as in %s, %d of them of TLS 1.3\n", n, OpenSSL_version(OPENSSL_VERSION), n_tls13);
    assert_true(n > 50 && n_tls13 >= 5);
}

/* ---- against the registry ---- */

/* Values that tshark knows although the registry does not have them, or only reserves them. */
static bool is_unregistered(unsigned id)
{
    return id == 0x001c || id == 0x001d       /* Fortezza */
           || (id >= 0xe000 && id <= 0xe0ff)  /* TLCP */
           || (id >= 0xe410 && id <= 0xe41f); /* drafts of Salsa20 */
}

/* tshark has the registry's names for the drafts that came before, and the name of 0xFEFE and 0xFEFF for the
 * older values of these suites, too. AEGIS-256 had SHA-384 in its name at first. */
static bool has_name_of_another(const struct lanekdf_suite *suite)
{
    return is_draft(suite) || strstr(suite->name, "OLDFIPS") || strstr(suite->name, "AEGIS");
}

static void check_against_registry(unsigned id, const char *name)
{
    const struct lanekdf_suite *suite;
    int status = lanekdf_suite_find((uint16_t)id, &suite);

    if (status == LANEKDF_OK) {
        assert_true(has_name_of_another(suite) || !strcmp(suite->name, name));
    } else if (status == LANEKDF_ERROR_SUITE_GREASE) {
        assert_non_null(strstr(name, "GREASE"));
    } else if (status == LANEKDF_ERROR_SUITE_UNKNOWN && !is_unregistered(id)) {
        fail_msg("0x%04X %s is missing", id, name);
    } else if (status != LANEKDF_ERROR_SUITE_UNKNOWN) {
        assert_int_equal(lanekdf_suite_find_name(name, &suite), status);
    }
}

static FILE *registry;

/* Catches: a suite that is missing, a wrong id, a misspelt name. */
static void test_registry(void **state)
{
    char line[256], name[128];
    unsigned id, n = 0, n_suites = 0, n_aegis = 0;

    (void)state;
    while (fgets(line, sizeof(line), registry)) {
        const struct lanekdf_suite *suite;
        if (sscanf(line, "V\ttls.handshake.ciphersuite\t%u\t%127[^\n]", &id, name) != 2) {
            continue;
        }
        check_against_registry(id, name);
        n_suites += lanekdf_suite_find((uint16_t)id, &suite) == LANEKDF_OK;
        n_aegis += id >= FIRST_AEGIS && id <= LAST_AEGIS;
        n++;
    }
    printf("%u values known to tshark, %u of them suites here\n", n, n_suites);
    assert_int_equal(
        n_suites, N_SUITES - (LAST_AEGIS - FIRST_AEGIS + 1) + n_aegis); /* old tsharks lack these */
}

static int run_registry(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_registry)};
    int status, c;

    registry = popen("tshark -G values 2>/dev/null", "r");
    if (!registry || (c = getc(registry)) == EOF) {
        printf("skipped: the list of the registry is tshark's, which is not installed\n");
        return EXIT_SKIPPED;
    }
    ungetc(c, registry);
    status = cmocka_run_group_tests(tests, NULL, NULL) != 0;
    pclose(registry);
    return status;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest table[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_look_ups),
        cmocka_unit_test(test_others_names),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_every_id),
        cmocka_unit_test(test_names),
    };
    static const struct CMUnitTest libssl[] = {cmocka_unit_test(test_libssl)};

    if (argc == 2 && !strcmp(argv[1], "registry")) {
        return run_registry();
    }
    if (argc == 2 && !strcmp(argv[1], "libssl")) {
        return cmocka_run_group_tests(libssl, NULL, NULL) != 0;
    }
    return cmocka_run_group_tests(table, NULL, NULL) != 0;
}
