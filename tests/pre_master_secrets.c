/*
 * Pre-master secrets: the answers of the RFCs and of libcrypto, every length that matters, every error, and
 * that nothing secret is left behind. constant_time.c tests that the bytes decide no branch.
 */
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED /* RSA_padding_check_PKCS1_type_2: what it checks is still in use */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/rsa.h>

#include "kernel_argument.h"
#include "lanekdf.h"
#include "probe.h"
#include "rng.h"
#include "test_bytes.h"

enum { VERSION = LANEKDF_TLS12, MAX_LEN = 1024 };
static struct rng rng;
static uint8_t random_46[LANEKDF_PRE_MASTER_RANDOM_LEN];

static void assert_zeros(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(data[i], 0);
    }
}

/*
 * RSA
 */

/* Writes a block of len bytes, 00 02 PS 00 M, whose message M has message_len bytes. */
static void encode(uint8_t *em, size_t len, size_t message_len)
{
    rng_fill(&rng, em, len);
    for (size_t i = 0; i < len; i++) {
        em[i] = i == 0 || i + message_len + 1 == len ? 0 : i == 1 ? 2 : em[i] | !em[i];
    }
}

static void expect_rsa(const uint8_t *em, size_t len, bool good, uint16_t version)
{
    uint8_t out[LANEKDF_PRE_MASTER_RSA_LEN], expected[LANEKDF_PRE_MASTER_RSA_LEN];
    const uint8_t *message = em + len - sizeof(out);

    rng_fill(&rng, random_46, sizeof(random_46));
    expected[0] = (uint8_t)(version >> 8);
    expected[1] = (uint8_t)version;
    memcpy(expected + 2, good ? message + 2 : random_46, sizeof(random_46));
    assert_int_equal(lanekdf_pre_master_rsa(bytes(em, len), version, random_46, out), LANEKDF_OK);
    assert_memory_equal(out, expected, sizeof(out));
    for (unsigned shift = 0; shift < 32; shift++) {
        assert_int_equal(
            lanekdf_pre_master_rsa_message(message, (uint32_t)good << shift, version, random_46, out),
            LANEKDF_OK);
        assert_memory_equal(out, expected, sizeof(out));
    }
}

/* Whether libcrypto finds a message of 48 bytes in the block. */
static bool openssl_good(const uint8_t *em, size_t len)
{
    uint8_t message[MAX_LEN];

    return RSA_padding_check_PKCS1_type_2(message, sizeof(message), em, (int)len, (int)len) ==
           LANEKDF_PRE_MASTER_RSA_LEN;
}

/* Catches: a byte of the block that is not looked at, a separator or a message that is looked for one byte
 * off, a modulus of an unusual length, a version that is left as the client sent it. */
static void test_rsa(void **state)
{
    static const size_t lens[] = {59, 60, 64, 127, 128, 129, 256, 384, 512, 1024};

    (void)state;
    for (size_t k = 0; k < sizeof(lens) / sizeof(*lens); k++) {
        uint8_t *em = random_bytes(&rng, lens[k]);
        const size_t message_at = lens[k] - LANEKDF_PRE_MASTER_RSA_LEN;

        encode(em, lens[k], LANEKDF_PRE_MASTER_RSA_LEN);
        assert_true(openssl_good(em, lens[k]));
        expect_rsa(em, lens[k], true, VERSION);
        expect_rsa(em, lens[k], true, LANEKDF_TLS10);
        for (size_t i = 0; i < message_at; i++) {
            const uint8_t kept = em[i];
            /* Each bit of a byte whose value is fixed is turned, and each byte of PS is made zero. */
            for (unsigned bit = 0; bit < 8; bit++) {
                em[i] = i < 2 || i == message_at - 1 ? kept ^ (uint8_t)(1 << bit) : 0;
                expect_rsa(em, lens[k], false, VERSION);
            }
            assert_false(openssl_good(em, lens[k]));
            em[i] = kept;
        }
        for (size_t i = message_at; i < lens[k]; i++) { /* a message may have zeros */
            em[i] = 0;
            expect_rsa(em, lens[k], true, VERSION);
        }
        free(em);
    }
}

/* Catches: a message of another length that is taken for one of 48 bytes. */
static void test_rsa_message_lengths(void **state)
{
    uint8_t em[128];

    (void)state;
    for (size_t message_len = 0; message_len <= sizeof(em) - 11; message_len++) {
        encode(em, sizeof(em), message_len);
        assert_int_equal(openssl_good(em, sizeof(em)), message_len == LANEKDF_PRE_MASTER_RSA_LEN);
        expect_rsa(em, sizeof(em), message_len == LANEKDF_PRE_MASTER_RSA_LEN, VERSION);
    }
}

/*
 * Diffie-Hellman
 */

/* Catches: a shift that loses a byte for some number of leading zeros, a length that is off by one. */
static void test_dh(void **state)
{
    static const size_t lens[] = {1, 2, 3, 7, 8, 9, 20, 64, 65, 127, 128, 129, 255, 256, 257, 384, 512};

    (void)state;
    for (size_t k = 0; k < sizeof(lens) / sizeof(*lens); k++) {
        for (size_t n_zeros = 0; n_zeros < lens[k]; n_zeros++) {
            uint8_t *in = random_bytes(&rng, lens[k]), *out = random_bytes(&rng, lens[k]),
                    expected[MAX_LEN] = {0};
            struct lanekdf_span pre_master_secret = {out, lens[k]};
            BIGNUM *z;
            int len;

            memset(in, 0, n_zeros);
            in[n_zeros] |= (uint8_t)(1 << rng_below(&rng, 8));
            z = BN_bin2bn(in, (int)lens[k], NULL);
            assert_non_null(z);
            len = BN_bn2bin(z, expected);
            assert_int_equal(lanekdf_pre_master_dh(bytes(in, lens[k]), &pre_master_secret), LANEKDF_OK);
            assert_ptr_equal(pre_master_secret.data, out);
            assert_int_equal(pre_master_secret.len, len);
            assert_memory_equal(out, expected, lens[k]);
            BN_free(z);
            free(in);
            free(out);
        }
    }
}

/* The premaster secret of RFC 5054 appendix B, behind three more zeros. Catches: zeros that are stripped
 * though they do not lead. */
static void test_srp_of_rfc_5054(void **state)
{
    static const char published[] =
        "b0dc82babcf30674ae450c0287745e7990a3381f63b387aaf271a10d233861e359b48220f7c4693c9ae12b0a6f67809f"
        "0876e2d013800d6c41bb59b6d5979b5c00a172b4a2a5903a0bdcaf8a709585eb2afafa8f3499b200210dcc1f10eb3394"
        "3cd67fc88a2f39a4be5bec4ec0a3212dc346d7e474b29ede8a469ffeca686e5a";
    uint8_t s[MAX_LEN], padded[MAX_LEN] = {0}, out[MAX_LEN];
    const size_t len = from_hex(published, s, sizeof(s));
    struct lanekdf_span pre_master_secret = {out, len + 3};

    (void)state;
    memcpy(padded + 3, s, len);
    assert_int_equal(lanekdf_pre_master_dh(bytes(padded, len + 3), &pre_master_secret), LANEKDF_OK);
    assert_int_equal(pre_master_secret.len, len);
    assert_memory_equal(out, s, len);
}

/* Catches: a shared secret of zeros that passes, or leaves something in the output. */
static void test_dh_of_zeros(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 300; len++) {
        uint8_t in[MAX_LEN] = {0}, out[MAX_LEN];
        struct lanekdf_span pre_master_secret = {out, len};

        memset(out, 1, sizeof(out));
        assert_int_equal(lanekdf_pre_master_dh(bytes(in, len), &pre_master_secret), LANEKDF_ERROR_SECRET);
        assert_int_equal(pre_master_secret.len, 0);
        assert_zeros(out, len);
        assert_int_equal(out[len], 1);
    }
}

/*
 * Elliptic curves
 */

/* Catches: leading zeros that are stripped, padding at the wrong end, a field element that is not of whole
 * words. */
static void test_ecdh(void **state)
{
    static const size_t fields[] = {1, 20, 21, 28, 32, 48, 64, 66, 72};

    (void)state;
    for (size_t k = 0; k < sizeof(fields) / sizeof(*fields); k++) {
        for (size_t len = 1; len <= fields[k]; len++) {
            for (int zeros = 0; zeros < 2; zeros++) { /* x has leading zeros of its own */
                uint8_t *x = random_bytes(&rng, len), *out = random_bytes(&rng, fields[k]), expected[MAX_LEN];
                BIGNUM *number;

                if (zeros) {
                    memset(x, 0, (len + 1) / 2);
                }
                number = BN_bin2bn(x, (int)len, NULL);
                assert_non_null(number);
                assert_int_equal(BN_bn2binpad(number, expected, (int)fields[k]), fields[k]);
                assert_int_equal(lanekdf_pre_master_ecdh(bytes(x, len), span(out, fields[k])), LANEKDF_OK);
                assert_memory_equal(out, expected, fields[k]);
                BN_free(number);
                free(x);
                free(out);
            }
        }
    }
}

static int montgomery(size_t len, const uint8_t *in, uint8_t *out)
{
    return len == 32 ? lanekdf_pre_master_x25519(in, out) : lanekdf_pre_master_x448(in, out);
}

/* Catches: a bit that the check for zeros does not look at, zeros that are stripped. */
static void test_x25519_and_x448(void **state)
{
    (void)state;
    for (size_t len = 32; len <= 56; len += 24) {
        uint8_t *in = random_bytes(&rng, len), *out = random_bytes(&rng, len);

        assert_int_equal(montgomery(len, in, out), LANEKDF_OK);
        assert_memory_equal(out, in, len);
        memset(in, 0, len);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            in[bit / 8] = (uint8_t)(1 << bit % 8);
            assert_int_equal(montgomery(len, in, out), LANEKDF_OK);
            assert_memory_equal(out, in, len);
            in[bit / 8] = 0;
        }
        memset(out, 1, len);
        assert_int_equal(montgomery(len, in, out), LANEKDF_ERROR_SECRET);
        assert_zeros(out, len);
        free(in);
        free(out);
    }
}

/*
 * Pre-shared keys
 */

/* The pre-master secrets are written out by hand from RFC 4279. Catches: parts in the wrong order, a part
 * that is missing where it is empty. */
static void test_psk_by_hand(void **state)
{
    static const uint8_t psk[] = {0xa1, 0xa2, 0xa3}, other[] = {0xb1, 0, 0xb3, 0xb4};
    static const uint8_t plain[] = {0, 3, 0, 0, 0, 0, 3, 0xa1, 0xa2, 0xa3};
    static const uint8_t with[] = {0, 4, 0xb1, 0, 0xb3, 0xb4, 0, 3, 0xa1, 0xa2, 0xa3};
    uint8_t out[sizeof(with)];

    (void)state;
    assert_int_equal(lanekdf_pre_master_psk(bytes(psk, 3), span(out, sizeof(plain))), LANEKDF_OK);
    assert_memory_equal(out, plain, sizeof(plain));
    assert_int_equal(
        lanekdf_pre_master_psk_with(bytes(other, 4), bytes(psk, 3), span(out, sizeof(with))), LANEKDF_OK);
    assert_memory_equal(out, with, sizeof(with));
    assert_int_equal(lanekdf_pre_master_psk(bytes(NULL, 0), span(out, 4)), LANEKDF_OK);
    assert_zeros(out, 4);
    assert_int_equal(lanekdf_pre_master_psk_with(bytes(NULL, 0), bytes(psk, 3), span(out, 7)), LANEKDF_OK);
    assert_memory_equal(out, "\0\0\0\3\xa1\xa2\xa3", 7);
}

/* Catches: a length above 255 that is written wrongly, a limit that is refused. */
static void test_psk_lengths(void **state)
{
    static const size_t lens[] = {1, 16, 32, 64, 255, 256, 257, 16384, 32765};

    (void)state;
    for (size_t k = 0; k < sizeof(lens) / sizeof(*lens); k++) {
        const size_t n = lens[k], len = 4 + 2 * n;
        uint8_t *psk = random_bytes(&rng, n), *other = random_bytes(&rng, n), *out = random_bytes(&rng, len);
        const uint8_t prefix[2] = {(uint8_t)(n >> 8), (uint8_t)n};

        for (int with = 0; with < 2; with++) {
            assert_int_equal(with
                                 ? lanekdf_pre_master_psk_with(bytes(other, n), bytes(psk, n), span(out, len))
                                 : lanekdf_pre_master_psk(bytes(psk, n), span(out, len)),
                LANEKDF_OK);
            assert_memory_equal(out, prefix, 2);
            if (with) {
                assert_memory_equal(out + 2, other, n);
            } else {
                assert_zeros(out + 2, n);
            }
            assert_memory_equal(out + 2 + n, prefix, 2);
            assert_memory_equal(out + 4 + n, psk, n);
        }
        free(psk);
        free(other);
        free(out);
    }
}

/*
 * Errors
 */

static uint8_t memory[200000];

/* The call must fail with this status, and leave len bytes at `out` zeroed, or all of memory as it was. */
#define FAILS(call, expected_status, out, len, zeroed)                                                       \
    do {                                                                                                     \
        memset(memory, 1, sizeof(memory));                                                                   \
        assert_int_equal(call, expected_status);                                                             \
        for (size_t i_ = 0; i_ < sizeof(memory); i_++) {                                                     \
            const bool is_zeroed_ = (zeroed) && memory + i_ >= (out) && memory + i_ < (out) + (len);         \
            assert_int_equal(memory[i_], !is_zeroed_);                                                       \
        }                                                                                                    \
    } while (0)

static int dh(struct lanekdf_bytes shared_secret, struct lanekdf_span out)
{
    const int status = lanekdf_pre_master_dh(shared_secret, &out);

    assert_int_equal(out.len, 0); /* as for every call that fails */
    return status;
}

/* Catches: a pointer that is not checked, an output that keeps what it had. */
static void test_null(void **state)
{
    uint8_t *const in = memory, *const out = memory + 1000;

    (void)state;
    FAILS(lanekdf_pre_master_rsa(bytes(NULL, 128), VERSION, in, out), LANEKDF_ERROR_NULL, out, 48, true);
    FAILS(lanekdf_pre_master_rsa(bytes(in, 128), VERSION, NULL, out), LANEKDF_ERROR_NULL, out, 48, true);
    FAILS(lanekdf_pre_master_rsa(bytes(in, 128), VERSION, in, NULL), LANEKDF_ERROR_NULL, out, 0, false);
    FAILS(lanekdf_pre_master_rsa_message(NULL, 1, VERSION, in, out), LANEKDF_ERROR_NULL, out, 48, true);
    FAILS(lanekdf_pre_master_rsa_message(in, 1, VERSION, NULL, out), LANEKDF_ERROR_NULL, out, 48, true);
    FAILS(lanekdf_pre_master_rsa_message(in, 1, VERSION, in, NULL), LANEKDF_ERROR_NULL, out, 0, false);
    FAILS(dh(bytes(NULL, 8), span(out, 8)), LANEKDF_ERROR_NULL, out, 8, true);
    FAILS(dh(bytes(in, 8), span(NULL, 8)), LANEKDF_ERROR_NULL, out, 0, false);
    FAILS(lanekdf_pre_master_dh(bytes(in, 8), NULL), LANEKDF_ERROR_NULL, out, 0, false);
    FAILS(lanekdf_shared_secret_hybrid(LANEKDF_X25519MLKEM768, bytes(in, 32), bytes(in, 32), NULL),
        LANEKDF_ERROR_NULL, out, 0, false);
    FAILS(lanekdf_pre_master_ecdh(bytes(NULL, 8), span(out, 9)), LANEKDF_ERROR_NULL, out, 9, true);
    FAILS(lanekdf_pre_master_ecdh(bytes(in, 8), span(NULL, 9)), LANEKDF_ERROR_NULL, out, 0, false);
    FAILS(lanekdf_pre_master_x25519(NULL, out), LANEKDF_ERROR_NULL, out, 32, true);
    FAILS(lanekdf_pre_master_x25519(in, NULL), LANEKDF_ERROR_NULL, out, 0, false);
    FAILS(lanekdf_pre_master_x448(NULL, out), LANEKDF_ERROR_NULL, out, 56, true);
    FAILS(lanekdf_pre_master_x448(in, NULL), LANEKDF_ERROR_NULL, out, 0, false);
    FAILS(lanekdf_pre_master_psk(bytes(NULL, 8), span(out, 20)), LANEKDF_ERROR_NULL, out, 20, true);
    FAILS(lanekdf_pre_master_psk(bytes(in, 8), span(NULL, 20)), LANEKDF_ERROR_NULL, out, 0, false);
    FAILS(lanekdf_pre_master_psk_with(bytes(NULL, 3), bytes(in, 8), span(out, 15)), LANEKDF_ERROR_NULL, out,
        15, true);
    FAILS(lanekdf_pre_master_psk_with(bytes(in, 3), bytes(NULL, 8), span(out, 15)), LANEKDF_ERROR_NULL, out,
        15, true);
}

/* Catches: a length that is not checked, or is off by one. */
static void test_lengths(void **state)
{
    uint8_t *const in = memory, *const random = memory + 70000, *const out = memory + 100000;

    (void)state;
    FAILS(lanekdf_pre_master_rsa(bytes(in, 58), VERSION, random, out), LANEKDF_ERROR_LENGTH, out, 48, true);
    FAILS(lanekdf_pre_master_rsa(bytes(in, 0), VERSION, random, out), LANEKDF_ERROR_LENGTH, out, 48, true);
    FAILS(
        lanekdf_pre_master_rsa(bytes(in, 65536), VERSION, random, out), LANEKDF_ERROR_LENGTH, out, 48, true);
    FAILS(dh(bytes(in, 0), span(out, 0)), LANEKDF_ERROR_LENGTH, out, 0, true);
    FAILS(dh(bytes(in, 8), span(out, 7)), LANEKDF_ERROR_LENGTH, out, 7, true);
    FAILS(dh(bytes(in, 8), span(out, 9)), LANEKDF_ERROR_LENGTH, out, 9, true);
    FAILS(dh(bytes(in, 65536), span(out, 65536)), LANEKDF_ERROR_LENGTH, out, 0, false);
    FAILS(lanekdf_pre_master_ecdh(bytes(in, 0), span(out, 9)), LANEKDF_ERROR_LENGTH, out, 9, true);
    FAILS(lanekdf_pre_master_ecdh(bytes(in, 10), span(out, 9)), LANEKDF_ERROR_LENGTH, out, 9, true);
    FAILS(lanekdf_pre_master_ecdh(bytes(in, 9), span(out, 65536)), LANEKDF_ERROR_LENGTH, out, 0, false);
    FAILS(lanekdf_pre_master_psk(bytes(in, 8), span(out, 19)), LANEKDF_ERROR_LENGTH, out, 19, true);
    FAILS(lanekdf_pre_master_psk(bytes(in, 8), span(out, 21)), LANEKDF_ERROR_LENGTH, out, 21, true);
    FAILS(lanekdf_pre_master_psk(bytes(in, 8), span(out, 3)), LANEKDF_ERROR_LENGTH, out, 3, true);
    FAILS(lanekdf_pre_master_psk(bytes(in, 8), span(out, 0)), LANEKDF_ERROR_LENGTH, out, 0, true);
    FAILS(lanekdf_pre_master_psk(bytes(in, 32766), span(out, 65536)), LANEKDF_ERROR_LENGTH, out, 0, false);
    FAILS(
        lanekdf_pre_master_psk(bytes(in, SIZE_MAX / 2 + 1), span(memory + 150000, 4)), /* 4 + 2 * len wraps */
        LANEKDF_ERROR_LENGTH, out, 0, false);
    FAILS(lanekdf_pre_master_psk_with(bytes(in, 3), bytes(in, 8), span(out, 16)), LANEKDF_ERROR_LENGTH, out,
        16, true);
    FAILS(lanekdf_pre_master_psk_with(bytes(in, 3), bytes(in, 8), span(out, 14)), LANEKDF_ERROR_LENGTH, out,
        14, true);
}

/* Catches: an overlap of one byte at either edge that passes, buffers that only touch and are refused. */
static void test_overlap(void **state)
{
    uint8_t *const at = memory + 1000;
    uint8_t out[128];

    (void)state;
    FAILS(lanekdf_pre_master_rsa(bytes(at, 128), VERSION, memory, at + 127), LANEKDF_ERROR_OVERLAP, at, 0,
        false);
    FAILS(lanekdf_pre_master_rsa(bytes(at, 128), VERSION, memory, at - 47), LANEKDF_ERROR_OVERLAP, at, 0,
        false);
    FAILS(lanekdf_pre_master_rsa(bytes(memory, 128), VERSION, at, at + 45), LANEKDF_ERROR_OVERLAP, at, 0,
        false);
    FAILS(lanekdf_pre_master_rsa_message(at, 1, VERSION, memory, at), LANEKDF_ERROR_OVERLAP, at, 0, false);
    FAILS(dh(bytes(at, 8), span(at + 7, 8)), LANEKDF_ERROR_OVERLAP, at, 0, false);
    FAILS(dh(bytes(at, 8), span(at + 7, 9)), LANEKDF_ERROR_LENGTH, at, 0,
        false); /* it overlaps, so it is not zeroed */
    FAILS(lanekdf_pre_master_ecdh(bytes(at, 8), span(at - 8, 9)), LANEKDF_ERROR_OVERLAP, at, 0, false);
    FAILS(lanekdf_pre_master_x25519(at, at + 31), LANEKDF_ERROR_OVERLAP, at, 0, false);
    FAILS(lanekdf_pre_master_x448(at, at - 55), LANEKDF_ERROR_OVERLAP, at, 0, false);
    FAILS(lanekdf_pre_master_psk(bytes(at, 8), span(at + 7, 20)), LANEKDF_ERROR_OVERLAP, at, 0, false);
    FAILS(lanekdf_pre_master_psk_with(bytes(memory, 8), bytes(at, 8), span(at + 7, 20)),
        LANEKDF_ERROR_OVERLAP, at, 0, false);
    FAILS(lanekdf_pre_master_psk_with(bytes(at, 8), bytes(memory, 8), span(at + 7, 20)),
        LANEKDF_ERROR_OVERLAP, at, 0, false);

    assert_int_equal(lanekdf_pre_master_x25519(at, at + 32), LANEKDF_OK);
    assert_int_equal(lanekdf_pre_master_x25519(at, at - 32), LANEKDF_OK);
    assert_int_equal(lanekdf_pre_master_psk_with(bytes(at, 8), bytes(at + 4, 8), span(out, 20)), LANEKDF_OK);
}

/*
 * Nothing is left
 */

enum { SECRET_LEN = 128, OUT_LEN = 260 };
static uint8_t secret[SECRET_LEN], psk[SECRET_LEN], output[OUT_LEN];

static void call_rsa(void *unused)
{
    (void)unused;
    lanekdf_pre_master_rsa(bytes(secret, SECRET_LEN), VERSION, random_46, output);
}

static void call_rsa_message(void *unused)
{
    (void)unused;
    lanekdf_pre_master_rsa_message(secret, 1, VERSION, random_46, output);
}

static void call_dh(void *unused)
{
    struct lanekdf_span out = {output, SECRET_LEN};

    (void)unused;
    lanekdf_pre_master_dh(bytes(secret, SECRET_LEN), &out);
}

static void call_ecdh(void *unused)
{
    (void)unused;
    lanekdf_pre_master_ecdh(bytes(secret, 65), span(output, 66));
}

static void call_x25519(void *unused)
{
    (void)unused;
    lanekdf_pre_master_x25519(secret, output);
}

static void call_x448(void *unused)
{
    (void)unused;
    lanekdf_pre_master_x448(secret, output);
}

static void call_psk(void *unused)
{
    (void)unused;
    lanekdf_pre_master_psk(bytes(psk, 96), span(output, 4 + 2 * 96));
}

static void call_psk_with(void *unused)
{
    (void)unused;
    lanekdf_pre_master_psk_with(bytes(secret, SECRET_LEN), bytes(psk, SECRET_LEN), span(output, OUT_LEN));
}

/* The searches are tried on defects that are planted. */
static void plant_in_register(void *unused)
{
    (void)unused;
    probe_load_register(secret + 20);
}

__attribute__((noinline)) static void plant_on_stack(void *unused)
{
    uint8_t dead[512];

    (void)unused;
    memcpy(dead + 123, psk + 3, 8);
    __asm__ volatile("" : : "r"(dead) : "memory");
}

/* Whether eight bytes of a secret or of the random bytes lie there. */
static bool has_secret(const void *where, size_t len)
{
    const struct lanekdf_bytes secrets[] = {
        {secret, SECRET_LEN}, {psk, SECRET_LEN}, {random_46, sizeof(random_46)}};

    for (size_t k = 0; where && k < sizeof(secrets) / sizeof(*secrets); k++) {
        for (size_t i = 0; i + 8 <= secrets[k].len; i++) {
            if (memmem(where, len, secrets[k].data + i, 8)) {
                return true;
            }
        }
    }
    return false;
}

static bool leaves_secret(void (*call)(void *))
{
    static struct probe probe;

    probe_call(&probe, call, NULL);
    return has_secret(probe.registers, probe.registers_len) || has_secret(probe.stack, PROBE_STACK_BYTES);
}

/* Not inlined: on aarch64 the caller would keep bytes of a secret in a register that functions preserve. */
__attribute__((noinline)) static void make_secrets(void)
{
    rng_fill(&rng, secret, sizeof(secret));
    rng_fill(&rng, psk, sizeof(psk));
    encode(secret, sizeof(secret), LANEKDF_PRE_MASTER_RSA_LEN);
    rng_fill(&rng, random_46, sizeof(random_46));
}

/* Catches: a stack frame or a vector register that keeps a part of a secret. */
static void test_nothing_left(void **state)
{
    static void (*const calls[])(void *) = {
        call_rsa, call_rsa_message, call_dh, call_ecdh, call_x25519, call_x448, call_psk, call_psk_with};
    static const uint8_t nothing[16];

    (void)state;
    make_secrets();
    assert_true(UNDER_ASAN || leaves_secret(plant_on_stack));
    assert_true(!probe_load_register(nothing) || leaves_secret(plant_in_register));
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
        if (leaves_secret(calls[i])) {
            fail_msg("call %zu leaves a secret behind", i);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rsa),
        cmocka_unit_test(test_rsa_message_lengths),
        cmocka_unit_test(test_dh),
        cmocka_unit_test(test_srp_of_rfc_5054),
        cmocka_unit_test(test_dh_of_zeros),
        cmocka_unit_test(test_ecdh),
        cmocka_unit_test(test_x25519_and_x448),
        cmocka_unit_test(test_psk_by_hand),
        cmocka_unit_test(test_psk_lengths),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_nothing_left),
    };

    rng = rng_from(test_seed());
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
