/*
 * Labels that stacks have had wrong with both ends of a connection agreeing, since the same code was at both:
 * DTLS 1.3 with the prefix of TLS 1.3 or with a space behind "dtls13" (Bouncy Castle for Java, wolfSSL), and
 * the key update of QUIC version 2 with the label of version 1 (ngtcp2, aioquic). The answers here are what
 * another stack had on the wire: NSS 3.110, and ngtcp2 1.11 as it has it now. judge_vectors.py has the rest
 * of these recordings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lanekdf.h"
#include "reference.h"

enum { MAX_LEN = 64 };

struct hex {
    uint8_t data[MAX_LEN];
    size_t len;
};

static struct hex hex(const char *digits)
{
    struct hex bytes = {.len = strlen(digits) / 2};
    unsigned byte;

    for (size_t i = 0; i < bytes.len; i++) {
        assert_int_equal(sscanf(digits + 2 * i, "%2x", &byte), 1);
        bytes.data[i] = (uint8_t)byte;
    }
    return bytes;
}

static void derive(struct lanekdf_job *job, bool by_engine)
{
    if (by_engine) {
        assert_int_equal(lanekdf_derive_one(job), LANEKDF_OK);
    } else {
        reference_derive(job);
    }
}

static void assert_is(const uint8_t *got, const char *answer)
{
    const struct hex expected = hex(answer);

    assert_memory_equal(got, expected.data, expected.len);
}

/* Catches: "dtls13 " with a space, or "tls13 ", in front of a label of DTLS 1.3. */
static void test_prefix_of_dtls13_has_no_space(void **state)
{
    const struct hex shared_secret = hex("0330d21fe91d079c51747a9fc952265d112516aa4f4822226eb9b7fd3422c3b5");
    const struct hex transcript_hash =
        hex("ac7da0d42b56a88813d75b0c7cf4111ad18fa8684253ed622fc4574e722c8519");

    (void)state;
    for (int by_engine = 0; by_engine < 2; by_engine++) {
        uint8_t traffic_secret[32], keys[16 + 12 + 16 + 32], master_secret[32];
        struct lanekdf_tls13_handshake job = {.job.kind = LANEKDF_KIND_TLS13_HANDSHAKE,
            .hash = LANEKDF_SHA256,
            .version = LANEKDF_DTLS13,
            .key_len = 16,
            .iv_len = 12,
            .shared_secret = {{shared_secret.data, shared_secret.len}},
            .transcript_hash = transcript_hash.data,
            .client_handshake_traffic_secret = traffic_secret,
            .client_keys = keys,
            .master_secret = master_secret};

        derive(&job.job, by_engine);
        assert_is(traffic_secret, "9170be61b5c1a73dc130d62c2ddb3ba0c8701f11b95e9b47232235e558e30617");
        assert_is(keys, "00afa94c8d2d61f9614fc36f9ac24817");
        assert_is(keys + 16, "4c135e83d14db045d0de8b54");
        assert_is(keys + 28, "2678bbc51bfc5974c9fc49797adf4caf");
        assert_is(keys + 44, "b363fcf8a77e0b957e45f76983cb00a9b8b62faed744fde3a9dc47223cf11698");
        assert_is(master_secret, "e96bf3930248c8ec71a3731c31d95f9fe8678f44e9adeecdf8c107b30ac5c152");
    }
}

/* Catches: a key update of QUIC version 2 with "quic ku", and one that renews the header protection key,
 * which stays that of the first secret. */
static void test_key_update_of_quicv2_has_quicv2_ku(void **state)
{
    const struct hex secret = hex("60da53a073444efe258d435ca1d5505f9af3bb3b266a51fbb215eb08588397b1");

    (void)state;
    for (int by_engine = 0; by_engine < 2; by_engine++) {
        uint8_t first[16 + 12 + 16], updated[16 + 12];
        struct lanekdf_tls13_traffic job = {.job.kind = LANEKDF_KIND_TLS13_TRAFFIC,
            .hash = LANEKDF_SHA256,
            .version = LANEKDF_QUIC_V2,
            .key_len = 16,
            .iv_len = 12,
            .traffic_secret = secret.data,
            .keys = first};

        derive(&job.job, by_engine);
        assert_is(first + 28, "3fe9f332b2938401509d2333aeb014d5");
        job.n_updates = 1;
        job.keys = updated;
        derive(&job.job, by_engine);
        assert_is(updated, "38664d4bb9c0fa0eea109919c2262ad1");
        assert_is(updated + 16, "5d6a8c48736963f93d74dc9f");
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefix_of_dtls13_has_no_space),
        cmocka_unit_test(test_key_update_of_quicv2_has_quicv2_ku),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
