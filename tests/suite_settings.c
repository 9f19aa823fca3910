/* What a cipher suite sets in a job, by version, and where the keys of such a job lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "lanekdf.h"
#include "suite_rows.h"

static const struct {
    const char *name;
    uint16_t version;
    int status;
    enum lanekdf_hash hash;
    uint8_t mac_key_len, enc_key_len, fixed_iv_len, final_key_len;
} settings[] = {
    {"TLS_RSA_WITH_NULL_MD5", LANEKDF_SSL3, LANEKDF_OK, LANEKDF_MD5_SHA1, 16, 0, 0, 0},
    {"TLS_RSA_WITH_NULL_MD5", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA256, 16, 0, 0, 0},
    {"RC4-SHA", LANEKDF_SSL3, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 16, 0, 0},
    {"RC4-SHA", LANEKDF_TLS11, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 16, 0, 0},
    {"EXP-RC4-MD5", LANEKDF_SSL3, LANEKDF_OK, LANEKDF_MD5_SHA1, 16, 5, 0, 16},
    {"EXP-RC4-MD5", LANEKDF_TLS10, LANEKDF_OK, LANEKDF_MD5_SHA1, 16, 5, 0, 16},
    {"EXP-RC4-MD5", LANEKDF_TLS11, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"EXP-RC2-CBC-MD5", LANEKDF_TLS10, LANEKDF_OK, LANEKDF_MD5_SHA1, 16, 5, 8, 16},
    {"EXP-EDH-RSA-DES-CBC-SHA", LANEKDF_TLS10, LANEKDF_ERROR_SUITE_UNKNOWN, 0, 0, 0, 0, 0},
    {"EXP-DHE-RSA-DES-CBC-SHA", LANEKDF_TLS10, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 5, 8, 8},
    {"EXP1024-DES-CBC-SHA", LANEKDF_TLS10, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 8, 8, 8},
    {"EXP1024-RC4-SHA", LANEKDF_TLS10, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 7, 0, 16},
    {"DES-CBC-SHA", LANEKDF_TLS10, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 8, 8, 0},
    {"DES-CBC-SHA", LANEKDF_TLS11, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 8, 0, 0},
    {"DES-CBC-SHA", LANEKDF_TLS12, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"IDEA-CBC-SHA", LANEKDF_TLS12, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"DES-CBC3-SHA", LANEKDF_SSL3, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 24, 8, 0},
    {"DES-CBC3-SHA", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA256, 20, 24, 0, 0},
    {"AES256-SHA", LANEKDF_TLS10, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 32, 16, 0},
    {"AES256-SHA", LANEKDF_TLS11, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 32, 0, 0},
    {"AES256-SHA", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA256, 20, 32, 0, 0},
    {"AES256-SHA", 0x0304, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"AES256-SHA", 0x0002, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"AES128-SHA256", LANEKDF_TLS11, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"AES128-SHA256", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA256, 32, 16, 0, 0},
    {"ECDHE-RSA-AES128-SHA", LANEKDF_SSL3, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"ECDHE-RSA-AES128-SHA", LANEKDF_TLS10, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 16, 16, 0},
    {"ECDHE-RSA-AES256-SHA384", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA384, 48, 32, 0, 0},
    {"PSK-AES256-CBC-SHA384", LANEKDF_TLS10, LANEKDF_OK, LANEKDF_MD5_SHA1, 48, 32, 16, 0},
    {"PSK-AES256-CBC-SHA384", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA384, 48, 32, 0, 0},
    {"ECDHE-RSA-AES128-GCM-SHA256", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA256, 0, 16, 4, 0},
    {"ECDHE-RSA-AES128-GCM-SHA256", LANEKDF_TLS11, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"ECDHE-RSA-AES256-GCM-SHA384", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA384, 0, 32, 4, 0},
    {"TLS_RSA_WITH_AES_256_CCM_8", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA256, 0, 32, 4, 0},
    {"ECDHE-RSA-CHACHA20-POLY1305", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA256, 0, 32, 12, 0},
    {"ECDHE-RSA-CHACHA20-POLY1305-OLD", LANEKDF_TLS12, LANEKDF_OK, LANEKDF_SHA256, 0, 32, 0, 0},
    {"SSL_RSA_FIPS_WITH_DES_CBC_SHA", LANEKDF_TLS10, LANEKDF_OK, LANEKDF_MD5_SHA1, 20, 8, 8, 0},
    {"SSL_RSA_FIPS_WITH_DES_CBC_SHA", LANEKDF_SSL3, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"TLS_AES_128_GCM_SHA256", LANEKDF_TLS12, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"TLS_AES_128_GCM_SHA256", LANEKDF_TLS13, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"TLS_AES_128_GCM_SHA256", LANEKDF_DTLS13, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
    {"TLS_SHA256_SHA256", LANEKDF_TLS13, LANEKDF_ERROR_SUITE_VERSION, 0, 0, 0, 0, 0},
};

/* Catches: an IV that is derived in a version that has none, the PRF of another version, a job that is
 * changed by a call that fails. */
static void test_set_suite(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
        struct lanekdf_handshake job, before;
        const struct lanekdf_suite *suite;
        int status = lanekdf_suite_find_name(settings[i].name, &suite);
        memset(&job, 0xa5, sizeof(job));
        memcpy(&before, &job, sizeof(job));
        if (status == LANEKDF_OK) {
            status = lanekdf_handshake_set_suite(&job, settings[i].version, suite);
        }
        assert_int_equal(status, settings[i].status);
        if (status == LANEKDF_OK) {
            before.version = settings[i].version;
            before.hash = settings[i].hash;
            before.mac_key_len = settings[i].mac_key_len;
            before.enc_key_len = settings[i].enc_key_len;
            before.fixed_iv_len = settings[i].fixed_iv_len;
            before.final_key_len = settings[i].final_key_len;
        }
        assert_memory_equal(&job, &before, sizeof(job));
    }
    struct lanekdf_handshake job = {.version = 7};
    assert_int_equal(lanekdf_handshake_set_suite(&job, LANEKDF_TLS12, NULL), LANEKDF_ERROR_NULL);
    assert_int_equal(job.version, 7);
    FOR_EACH_SUITE(suite)
    {
        for (uint16_t version = LANEKDF_SSL3 - 1; version <= LANEKDF_TLS12 + 1; version++) {
            assert_int_equal(lanekdf_handshake_set_suite(&job, version, suite),
                version >= suite->min_version && version <= suite->max_version && version <= LANEKDF_TLS12
                    ? LANEKDF_OK
                    : LANEKDF_ERROR_SUITE_VERSION);
        }
    }
}

static const struct {
    const char *name;
    uint16_t version;
    int status;
    const char *rfc; /* which objects; NULL: none */
    enum lanekdf_hash hash;
    uint8_t enc_key_len, fixed_iv_len, final_key_len;
} recorded[] = {
    {"DES-CBC-SHA", LANEKDF_TLS11, LANEKDF_OK, NULL, LANEKDF_MD5_SHA1, 8, 0, 0},
    {"DES-CBC-SHA", LANEKDF_TLS12, LANEKDF_OK, "RFC 5469", LANEKDF_SHA256, 8, 0, 0},
    {"IDEA-CBC-SHA", LANEKDF_TLS12, LANEKDF_OK, "RFC 5469", LANEKDF_SHA256, 16, 0, 0},
    {"EXP-RC4-MD5", LANEKDF_TLS11, LANEKDF_OK, "RFC 4346", LANEKDF_MD5_SHA1, 5, 0, 16},
    {"EXP-RC2-CBC-MD5", LANEKDF_TLS12, LANEKDF_OK, "RFC 4346", LANEKDF_SHA256, 5, 0, 16},
    {"ECDHE-RSA-AES256-SHA", LANEKDF_SSL3, LANEKDF_OK, "RFC 8422", LANEKDF_MD5_SHA1, 32, 16, 0},
    {"ECDH-ECDSA-RC4-SHA", LANEKDF_SSL3, LANEKDF_OK, "RFC 8422", LANEKDF_MD5_SHA1, 16, 0, 0},
    {"ECDHE-RSA-AES128-SHA256", LANEKDF_SSL3, LANEKDF_ERROR_SUITE_VERSION, NULL, 0, 0, 0, 0},
    {"ECDHE-RSA-AES128-GCM-SHA256", LANEKDF_TLS11, LANEKDF_ERROR_SUITE_VERSION, NULL, 0, 0, 0, 0},
    {"SSL_RSA_FIPS_WITH_DES_CBC_SHA", LANEKDF_SSL3, LANEKDF_ERROR_SUITE_VERSION, NULL, 0, 0, 0, 0},
    {"DES-CBC-SHA", 0x0304, LANEKDF_ERROR_SUITE_VERSION, NULL, 0, 0, 0, 0},
    {"DES-CBC-SHA", 0x0002, LANEKDF_ERROR_SUITE_VERSION, NULL, 0, 0, 0, 0},
    {"TLS_AES_128_GCM_SHA256", LANEKDF_SSL3, LANEKDF_ERROR_SUITE_VERSION, NULL, 0, 0, 0, 0},
    {"TLS_AES_128_GCM_SHA256", LANEKDF_TLS12, LANEKDF_ERROR_SUITE_VERSION, NULL, 0, 0, 0, 0},
    {"TLS_AES_128_GCM_SHA256", LANEKDF_TLS13, LANEKDF_ERROR_SUITE_VERSION, NULL, 0, 0, 0, 0},
};

/* Catches: a pair that recordings have and that is refused, has another hash, or passes without an objection;
 * a pair that nobody can have had and that is served. */
static void test_recorded_suites(void **state)
{
    const char *objection;

    (void)state;
    for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
        struct lanekdf_handshake job = {.version = 7};
        assert_int_equal(lanekdf_handshake_set_recorded_suite(
                             &job, recorded[i].version, named(recorded[i].name), &objection),
            recorded[i].status);
        assert_int_equal(objection != NULL, recorded[i].rfc != NULL);
        if (recorded[i].rfc) {
            assert_non_null(strstr(objection, recorded[i].rfc));
        }
        assert_int_equal(job.version, recorded[i].status == LANEKDF_OK ? recorded[i].version : 7);
        assert_int_equal(job.hash, recorded[i].hash);
        assert_int_equal(job.enc_key_len, recorded[i].enc_key_len);
        assert_int_equal(job.fixed_iv_len, recorded[i].fixed_iv_len);
        assert_int_equal(job.final_key_len, recorded[i].final_key_len);
    }
    struct lanekdf_handshake job = {.version = 7};
    assert_int_equal(
        lanekdf_handshake_set_recorded_suite(&job, LANEKDF_TLS12, NULL, &objection), LANEKDF_ERROR_NULL);
    assert_null(objection);
}

static void check_span(struct lanekdf_span span, const uint8_t *data, size_t len)
{
    assert_ptr_equal(span.data, data);
    assert_int_equal(span.len, len);
}

/* Catches: a key of the other side or for another purpose, a purpose or a role out of range that gets a
 * key. */
static void test_roles(void **state)
{
    struct lanekdf_handshake job;
    uint8_t key_block[2 * (20 + 16 + 16)];

    (void)state;
    memset(&job, 0, sizeof(job));
    job.key_block = key_block;
    assert_int_equal(lanekdf_handshake_set_suite(&job, LANEKDF_TLS10, named("AES128-SHA")), LANEKDF_OK);
    for (unsigned role = LANEKDF_CLIENT; role <= LANEKDF_SERVER; role++) {
        enum lanekdf_role me = (enum lanekdf_role)role, other = (enum lanekdf_role) !role;
        check_span(lanekdf_handshake_write_key(&job, me, LANEKDF_MAC_KEY), key_block + role * 20, 20);
        check_span(lanekdf_handshake_write_key(&job, me, LANEKDF_KEY), key_block + 40 + role * 16, 16);
        check_span(lanekdf_handshake_write_key(&job, me, LANEKDF_IV), key_block + 72 + role * 16, 16);
        check_span(lanekdf_handshake_read_key(&job, other, LANEKDF_MAC_KEY), key_block + role * 20, 20);
        check_span(lanekdf_handshake_read_key(&job, other, LANEKDF_KEY), key_block + 40 + role * 16, 16);
        check_span(lanekdf_handshake_read_key(&job, other, LANEKDF_IV), key_block + 72 + role * 16, 16);
        for (unsigned purpose = 3; purpose; purpose <<= 1) {
            check_span(lanekdf_handshake_write_key(&job, me, (enum lanekdf_purpose)purpose), NULL, 0);
            check_span(lanekdf_handshake_read_key(&job, me, (enum lanekdf_purpose)purpose), NULL, 0);
        }
    }
    check_span(lanekdf_handshake_write_key(&job, (enum lanekdf_role)2, LANEKDF_KEY), NULL, 0);
    check_span(lanekdf_handshake_read_key(&job, (enum lanekdf_role)2, LANEKDF_KEY), NULL, 0);
    assert_int_equal(lanekdf_handshake_set_suite(&job, LANEKDF_TLS12, named("AES128-SHA")), LANEKDF_OK);
    check_span(lanekdf_handshake_write_key(&job, LANEKDF_CLIENT, LANEKDF_IV), NULL, 0);
}

/* Catches: keys of an export suite that are taken from the key block, which has only what they are made
 * of. */
static void test_export_keys(void **state)
{
    struct lanekdf_handshake job;
    uint8_t key_block[2 * (16 + 5)], final_keys[2 * (16 + 8)];

    (void)state;
    memset(&job, 0, sizeof(job));
    job.key_block = key_block;
    job.final_keys = final_keys;
    assert_int_equal(lanekdf_handshake_set_suite(&job, LANEKDF_TLS10, named("EXP-RC2-CBC-MD5")), LANEKDF_OK);
    check_span(lanekdf_handshake_key(&job, LANEKDF_CLIENT_WRITE_MAC_KEY), key_block, 16);
    check_span(lanekdf_handshake_key(&job, LANEKDF_SERVER_WRITE_MAC_KEY), key_block + 16, 16);
    check_span(lanekdf_handshake_key(&job, LANEKDF_CLIENT_WRITE_KEY), final_keys, 16);
    check_span(lanekdf_handshake_key(&job, LANEKDF_SERVER_WRITE_KEY), final_keys + 16, 16);
    check_span(lanekdf_handshake_key(&job, LANEKDF_CLIENT_WRITE_IV), final_keys + 32, 8);
    check_span(lanekdf_handshake_key(&job, LANEKDF_SERVER_WRITE_IV), final_keys + 40, 8);
    check_span(lanekdf_handshake_read_key(&job, LANEKDF_CLIENT, LANEKDF_KEY), final_keys + 16, 16);
    job.final_keys = NULL;
    check_span(lanekdf_handshake_key(&job, LANEKDF_SERVER_WRITE_IV), NULL, 8);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_suite),
        cmocka_unit_test(test_recorded_suites),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_export_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
