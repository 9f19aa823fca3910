/*
 * Shared secrets of TLS 1.3: the answers of recorded sessions and of libcrypto, every length that matters,
 * every error, and that nothing secret is left behind. constant_time.c tests that the bytes decide no branch.
 * pre_master_secrets.c tests what TLS 1.2 has, too.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/dh.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "kernel_argument.h"
#include "lanekdf.h"
#include "probe.h"
#include "rng.h"
#include "test_bytes.h"

enum { MAX_LEN = 1024, N = 32 };
static struct rng rng;

/*
 * Finite fields
 */

/* Catches: leading zeros that are stripped, as in TLS 1.2; padding at the wrong end. */
static void test_dh(void **state)
{
    static const size_t primes[] = {1, 128, 256, 384, 512, 1024};

    (void)state;
    for (size_t k = 0; k < sizeof(primes) / sizeof(*primes); k++) {
        for (size_t len = 1; len <= primes[k]; len += len < 8 || len + 8 >= primes[k] ? 1 : 61) {
            for (int zeros = 0; zeros < 2; zeros++) { /* z has leading zeros of its own */
                uint8_t *z = random_bytes(&rng, len), *out = random_bytes(&rng, primes[k]), expected[MAX_LEN];
                BIGNUM *number;

                if (zeros) {
                    memset(z, 0, len / 2);
                }
                z[len - 1] |= 1;
                number = BN_bin2bn(z, (int)len, NULL);
                assert_non_null(number);
                assert_int_equal(BN_bn2binpad(number, expected, (int)primes[k]), primes[k]);
                assert_int_equal(lanekdf_shared_secret_dh(bytes(z, len), span(out, primes[k])), LANEKDF_OK);
                assert_memory_equal(out, expected, primes[k]);
                BN_free(number);
                free(z);
                free(out);
            }
        }
    }
}

/* Catches: a shared secret of zeros that passes, a bit that the check does not look at. */
static void test_dh_of_zeros(void **state)
{
    uint8_t z[256] = {0}, out[256];

    (void)state;
    for (size_t len = 1; len <= sizeof(z); len++) {
        memset(out, 1, sizeof(out));
        assert_int_equal(
            lanekdf_shared_secret_dh(bytes(z, len), span(out, sizeof(out))), LANEKDF_ERROR_SECRET);
        assert_memory_equal(out, z, sizeof(out));
    }
    for (size_t bit = 0; bit < 8 * sizeof(z); bit++) {
        z[bit / 8] = (uint8_t)(1 << bit % 8);
        assert_int_equal(lanekdf_shared_secret_dh(bytes(z, sizeof(z)), span(out, sizeof(out))), LANEKDF_OK);
        assert_memory_equal(out, z, sizeof(z));
        z[bit / 8] = 0;
    }
}

static EVP_PKEY *ffdhe2048_key(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    EVP_PKEY *key = NULL;

    assert_non_null(context);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_group_name(context, "ffdhe2048"), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* The shared secret of two keys, padded or not. Returns its length. */
static size_t ffdhe2048_secret(EVP_PKEY *key, EVP_PKEY *peer, unsigned pad, uint8_t out[256])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    size_t len = 256;

    assert_non_null(context);
    assert_int_equal(EVP_PKEY_derive_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_dh_pad(context, (int)pad), 1);
    assert_int_equal(EVP_PKEY_derive_set_peer(context, peer), 1);
    assert_int_equal(EVP_PKEY_derive(context, out, &len), 1);
    EVP_PKEY_CTX_free(context);
    return len;
}

/* Keys of ffdhe2048, made by libcrypto until a secret of theirs begins with a zero. Catches: a shared secret
 * that another stack does not have. */
static void test_ffdhe2048(void **state)
{
    EVP_PKEY *const key = ffdhe2048_key();
    uint8_t bare[256], padded[256], out[256];
    size_t len = sizeof(bare);

    (void)state;
    for (unsigned i = 0; i < 5000 && len == sizeof(bare); i++) {
        EVP_PKEY *peer = ffdhe2048_key();
        len = ffdhe2048_secret(key, peer, 0, bare);
        if (len < sizeof(bare)) {
            assert_int_equal(ffdhe2048_secret(key, peer, 1, padded), sizeof(padded));
            assert_int_equal(lanekdf_shared_secret_dh(bytes(bare, len), span(out, sizeof(out))), LANEKDF_OK);
            assert_memory_equal(out, padded, sizeof(padded));
            assert_int_equal(
                lanekdf_shared_secret_dh(bytes(padded, sizeof(padded)), span(out, sizeof(out))), LANEKDF_OK);
            assert_memory_equal(out, padded, sizeof(padded));
        }
        EVP_PKEY_free(peer);
    }
    assert_true(len < sizeof(bare));
    EVP_PKEY_free(key);
}

/*
 * Hybrids
 */

/* Sessions that OpenSSL 3.5 (TLS 1.3) and NSS 3.110 (DTLS 1.3) had with themselves: both secrets, each by
 * itself, and what the stack made of them. The salt is that of a handshake without a PSK, and the hash
 * SHA-256. */
static const struct {
    uint16_t group, version;
    const char *ml_kem, *ecdh, *handshake_salt, *handshake_secret;
} sessions[] = {
    {LANEKDF_X25519MLKEM768, LANEKDF_TLS13,
        "207c3a4c9e6c7a8ff671bc64573c07df7748026142b248a63e38d8d731b6d189",
        "f0e412f3ea918b11d9c2bd4f1fa06e5debbbad4c918ec0d790a22e69a74fef62",
        "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba",
        "5beed941395e3c1f8cf1dcaae4bee7b0ad147aef34f5701f14476d69777ac4e5"},
    {LANEKDF_X25519MLKEM768, LANEKDF_DTLS13,
        "1ee972e69e2bac3780002f6d3caf1d5c4d03b5c364d56140ad6f58edb4d02d8b",
        "d70afa13c6cbd1816778dced7b34764faf922d16b72af83d1b45c826681eed3c",
        "b17bce9451ee8bc6e8aebc0aa9e98295677a4a6a91f78440833146e465f2ff95",
        "741a033b1a8bf6d8124a58c7509a223c672b6807b4afd8c5ffb100460d2a414e"},
    {LANEKDF_SECP256R1MLKEM768, LANEKDF_TLS13,
        "31b068a65430a9f4392572051e034f2a7d79cdddcbcbce420592f06a73e0445f",
        "e7585cd0c771cc40a241b8bee2c35a28a02a59c7928502be95f2bbe395750361",
        "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba",
        "62cc0e4244e6aebeb21598b20470226106ae82096bda5887c6a72b43555fd171"},
};

/* RFC 5869 section 2.2: HKDF-Extract is an HMAC whose key is the salt. Catches: the two secrets of a group in
 * the other order. */
static void test_recorded_hybrids(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sessions) / sizeof(*sessions); i++) {
        uint8_t ml_kem[MAX_LEN], ecdh[MAX_LEN], salt[MAX_LEN], expected[MAX_LEN];
        uint8_t shared_secret[2 * N], handshake_secret[N];
        const size_t ml_kem_len = from_hex(sessions[i].ml_kem, ml_kem, sizeof(ml_kem));
        const size_t ecdh_len = from_hex(sessions[i].ecdh, ecdh, sizeof(ecdh));
        struct lanekdf_tls13_handshake handshake = {.version = sessions[i].version};
        struct lanekdf_bytes *const pieces = handshake.shared_secret;

        assert_int_equal(from_hex(sessions[i].handshake_salt, salt, sizeof(salt)), N);
        assert_int_equal(from_hex(sessions[i].handshake_secret, expected, sizeof(expected)), N);
        assert_int_equal(lanekdf_shared_secret_hybrid(
                             sessions[i].group, bytes(ml_kem, ml_kem_len), bytes(ecdh, ecdh_len), pieces),
            LANEKDF_OK);
        assert_int_equal(pieces[0].len + pieces[1].len, sizeof(shared_secret));
        memcpy(shared_secret, pieces[0].data, pieces[0].len);
        memcpy(shared_secret + pieces[0].len, pieces[1].data, pieces[1].len);
        assert_non_null(
            HMAC(EVP_sha256(), salt, N, shared_secret, sizeof(shared_secret), handshake_secret, NULL));
        assert_memory_equal(handshake_secret, expected, N);
    }
}

static const struct {
    uint16_t group;
    size_t ecdh_len;
    unsigned ml_kem_at; /* the place of its secret */
    bool is_x25519;
} groups[] = {
    {0x11eb, 32, 1, false}, /* SecP256r1MLKEM768 */
    {0x11ec, 32, 0, true},  /* X25519MLKEM768 */
    {0x11ed, 48, 1, false}, /* SecP384r1MLKEM1024 */
};
enum { N_GROUPS = sizeof(groups) / sizeof(*groups), ML_KEM_LEN = 32 };
static const uint8_t some[MAX_LEN] = {[31] = 1, [47] = 1};

static void check_piece(struct lanekdf_bytes piece, const void *data, size_t len)
{
    assert_ptr_equal(piece.data, data);
    assert_int_equal(piece.len, len);
}

/* Catches: a group whose order is another's, a secret that is copied or cut. */
static void test_order(void **state)
{
    static const uint8_t other[MAX_LEN] = {1};

    (void)state;
    for (size_t i = 0; i < N_GROUPS; i++) {
        struct lanekdf_bytes pieces[2];
        assert_int_equal(lanekdf_shared_secret_hybrid(groups[i].group, bytes(some, ML_KEM_LEN),
                             bytes(other, groups[i].ecdh_len), pieces),
            LANEKDF_OK);
        check_piece(pieces[groups[i].ml_kem_at], some, ML_KEM_LEN);
        check_piece(pieces[!groups[i].ml_kem_at], other, groups[i].ecdh_len);
    }
}

static void check_failure(int status, uint16_t group, struct lanekdf_bytes ml_kem, struct lanekdf_bytes ecdh)
{
    struct lanekdf_bytes pieces[2] = {{some, 7}, {some, 7}};

    assert_int_equal(lanekdf_shared_secret_hybrid(group, ml_kem, ecdh, pieces), status);
    assert_int_equal(pieces[0].len, 0);
    assert_int_equal(pieces[1].len, 0);
}

/* Catches: a length, a pointer or a group that is not checked, pieces that stay as they were after an error.
 */
static void test_mistakes_with_hybrids(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_GROUPS; i++) {
        for (size_t len = 0; len <= 64; len++) {
            if (len != groups[i].ecdh_len) {
                check_failure(LANEKDF_ERROR_LENGTH, groups[i].group, bytes(some, 32), bytes(some, len));
            }
            if (len != ML_KEM_LEN) {
                check_failure(
                    LANEKDF_ERROR_LENGTH, groups[i].group, bytes(some, len), bytes(some, groups[i].ecdh_len));
            }
        }
        check_failure(LANEKDF_ERROR_NULL, groups[i].group, bytes(NULL, 32), bytes(some, groups[i].ecdh_len));
        check_failure(LANEKDF_ERROR_NULL, groups[i].group, bytes(some, 32), bytes(NULL, groups[i].ecdh_len));
    }
    for (unsigned group = 0; group <= UINT16_MAX; group++) {
        if (group < groups[0].group || group > groups[N_GROUPS - 1].group) {
            check_failure(LANEKDF_ERROR_GROUP, (uint16_t)group, bytes(some, 32), bytes(some, 32));
        }
    }
}

/* RFC 8446 section 7.4.2. Catches: zeros of X25519 that pass, a bit that the check does not look at, zeros
 * that are refused elsewhere. */
static void test_zeros_in_hybrids(void **state)
{
    static const uint8_t zeros[48];
    uint8_t ecdh[48] = {0};

    (void)state;
    for (size_t i = 0; i < N_GROUPS; i++) {
        const struct lanekdf_bytes none = bytes(zeros, groups[i].ecdh_len);
        struct lanekdf_bytes pieces[2];
        if (groups[i].is_x25519) {
            check_failure(LANEKDF_ERROR_SECRET, groups[i].group, bytes(some, 32), none);
        } else {
            assert_int_equal(
                lanekdf_shared_secret_hybrid(groups[i].group, bytes(some, 32), none, pieces), LANEKDF_OK);
        }
        for (size_t bit = 0; bit < 8 * groups[i].ecdh_len; bit++) {
            ecdh[bit / 8] = (uint8_t)(1 << bit % 8);
            assert_int_equal(lanekdf_shared_secret_hybrid(
                                 groups[i].group, bytes(zeros, 32), bytes(ecdh, groups[i].ecdh_len), pieces),
                LANEKDF_OK);
            ecdh[bit / 8] = 0;
        }
    }
}

/*
 * Errors of the others
 */

static uint8_t memory[200000];

/* The call must fail with this status, and leave len bytes at `out` zeroed, or all of memory as it was. */
static void check_dh_failure(
    int expected_status, struct lanekdf_bytes z, struct lanekdf_span shared_secret, bool is_zeroed)
{
    memset(memory, 1, sizeof(memory));
    assert_int_equal(lanekdf_shared_secret_dh(z, shared_secret), expected_status);
    for (size_t i = 0; i < sizeof(memory); i++) {
        const bool is_of_output =
            memory + i >= shared_secret.data && memory + i < shared_secret.data + shared_secret.len;
        assert_int_equal(memory[i], !(is_zeroed && is_of_output));
    }
}

/* Catches: a pointer, a length or an overlap that is not checked, an output that keeps what it had. */
static void test_mistakes_with_dh(void **state)
{
    uint8_t *const in = memory, *const out = memory + 100000;

    (void)state;
    check_dh_failure(LANEKDF_ERROR_NULL, bytes(NULL, 8), span(out, 9), true);
    check_dh_failure(LANEKDF_ERROR_NULL, bytes(in, 8), span(NULL, 9), false);
    check_dh_failure(LANEKDF_ERROR_LENGTH, bytes(in, 0), span(out, 9), true);
    check_dh_failure(LANEKDF_ERROR_LENGTH, bytes(in, 10), span(out, 9), true);
    check_dh_failure(LANEKDF_ERROR_LENGTH, bytes(in, 9), span(out, 65536), false);
    check_dh_failure(LANEKDF_ERROR_OVERLAP, bytes(out, 8), span(out - 8, 9), false);
    check_dh_failure(LANEKDF_ERROR_OVERLAP, bytes(out, 8), span(out + 7, 9), false);
    memset(memory, 1, sizeof(memory));
    assert_int_equal(lanekdf_shared_secret_dh(bytes(out, 8), span(out + 8, 9)), LANEKDF_OK);
    assert_int_equal(lanekdf_shared_secret_dh(bytes(out, 8), span(out - 9, 9)), LANEKDF_OK);
}

/*
 * Nothing is left
 */

enum { Z_LEN = 255, PRIME_LEN = 256 };
static uint8_t secret[Z_LEN], output[PRIME_LEN];

static void call_dh(void *unused)
{
    (void)unused;
    lanekdf_shared_secret_dh(bytes(secret, Z_LEN), span(output, PRIME_LEN));
}

static void call_hybrid(void *unused)
{
    static struct lanekdf_bytes pieces[2];

    (void)unused;
    lanekdf_shared_secret_hybrid(
        LANEKDF_X25519MLKEM768, bytes(secret, ML_KEM_LEN), bytes(secret + ML_KEM_LEN, 32), pieces);
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
    memcpy(dead + 123, secret + 3, 8);
    __asm__ volatile("" : : "r"(dead) : "memory");
}

/* Whether eight bytes of the secret lie there. */
static bool has_secret(const void *where, size_t len)
{
    for (size_t i = 0; where && i + 8 <= sizeof(secret); i++) {
        if (memmem(where, len, secret + i, 8)) {
            return true;
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

/* Catches: a stack frame or a vector register that keeps a part of a secret. */
static void test_nothing_left(void **state)
{
    static const uint8_t nothing[16];

    (void)state;
    rng_fill(&rng, secret, sizeof(secret));
    assert_true(UNDER_ASAN || leaves_secret(plant_on_stack));
    assert_true(!probe_load_register(nothing) || leaves_secret(plant_in_register));
    assert_false(leaves_secret(call_dh));
    assert_false(leaves_secret(call_hybrid));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dh),
        cmocka_unit_test(test_dh_of_zeros),
        cmocka_unit_test(test_ffdhe2048),
        cmocka_unit_test(test_recorded_hybrids),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_mistakes_with_hybrids),
        cmocka_unit_test(test_zeros_in_hybrids),
        cmocka_unit_test(test_mistakes_with_dh),
        cmocka_unit_test(test_nothing_left),
    };

    rng = rng_from(test_seed());
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
