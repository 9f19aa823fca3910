/*
 * The recipes of docs/recipes.md, and their answers: those of RFC 9180, of a recorded DTLS 1.3 session, and
 * what libcrypto's HMAC gives where nobody has published any. recipes_shown.py checks that the page shows
 * these functions as they are here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* ---- what the page shows ---- */

#include <lanekdf.h>
#include <string.h>

/* The bytes of a literal, without its terminating zero. */
#define TEXT(literal) ((struct lanekdf_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})
static const struct lanekdf_bytes NOTHING = {NULL, 0};

/* LabeledExtract(salt, label, ikm) = Extract(salt, "HPKE-v1" + suite_id + label + ikm) */
static int labeled_extract(struct lanekdf_bytes suite_id, struct lanekdf_bytes salt,
    struct lanekdf_bytes label, struct lanekdf_bytes ikm, uint8_t prk[32])
{
    const struct lanekdf_bytes labeled_ikm[] = {TEXT("HPKE-v1"), suite_id, label, ikm};
    struct lanekdf_hkdf job = {.job.kind = LANEKDF_KIND_HKDF,
        .hash = LANEKDF_SHA256,
        .flags = LANEKDF_HKDF_EXTRACT,
        .salt = salt,
        .input = labeled_ikm,
        .n_input = 4,
        .prk_out = prk};

    return lanekdf_derive_one(&job.job);
}

/* LabeledExpand(prk, label, info, L) = Expand(prk, I2OSP(L, 2) + "HPKE-v1" + suite_id + label + info, L) */
static int labeled_expand(struct lanekdf_bytes suite_id, const uint8_t prk[32], struct lanekdf_bytes label,
    struct lanekdf_bytes info, struct lanekdf_span out)
{
    const uint8_t length[] = {(uint8_t)(out.len >> 8), (uint8_t)out.len};
    const struct lanekdf_bytes labeled_info[] = {{length, 2}, TEXT("HPKE-v1"), suite_id, label, info};
    struct lanekdf_hkdf job = {.job.kind = LANEKDF_KIND_HKDF,
        .hash = LANEKDF_SHA256,
        .prk = {prk, 32},
        .info = labeled_info,
        .n_info = 5,
        .out = out};

    return lanekdf_derive_one(&job.job);
}

/* DHKEM(X25519, HKDF-SHA256): ExtractAndExpand(dh, enc + pkR). eae_prk does not leave the job. */
static int dhkem_shared_secret(
    struct lanekdf_bytes dh, struct lanekdf_bytes enc, struct lanekdf_bytes pk_r, uint8_t shared_secret[32])
{
    const struct lanekdf_bytes suite_id = TEXT("KEM\x00\x20");
    const struct lanekdf_bytes labeled_ikm[] = {TEXT("HPKE-v1"), suite_id, TEXT("eae_prk"), dh};
    const struct lanekdf_bytes labeled_info[] = {
        TEXT("\x00\x20"), TEXT("HPKE-v1"), suite_id, TEXT("shared_secret"), enc, pk_r};
    struct lanekdf_hkdf job = {.job.kind = LANEKDF_KIND_HKDF,
        .hash = LANEKDF_SHA256,
        .flags = LANEKDF_HKDF_EXTRACT,
        .input = labeled_ikm,
        .n_input = 4,
        .info = labeled_info,
        .n_info = 6,
        .out = {shared_secret, 32}};

    return lanekdf_derive_one(&job.job);
}

struct hpke {
    uint8_t key[16], base_nonce[12], exporter_secret[32];
};

/* KeySchedule(mode_base, shared_secret, info, "", "") with HKDF-SHA256 and AES-128-GCM. info_hash is
 * LabeledExtract("", "info_hash", info). */
static int hpke_key_schedule(const uint8_t shared_secret[32], const uint8_t info_hash[32], struct hpke *hpke)
{
    const struct lanekdf_bytes suite_id = TEXT("HPKE\x00\x20\x00\x01\x00\x01");
    uint8_t context[1 + 32 + 32] = {0}, secret[32]; /* the first byte is mode_base */
    const struct lanekdf_bytes key_schedule_context = {context, sizeof(context)};

    memcpy(context + 33, info_hash, 32);
    return labeled_extract(suite_id, NOTHING, TEXT("psk_id_hash"), NOTHING, context + 1) ||
           labeled_extract(
               suite_id, (struct lanekdf_bytes){shared_secret, 32}, TEXT("secret"), NOTHING, secret) ||
           labeled_expand(
               suite_id, secret, TEXT("key"), key_schedule_context, (struct lanekdf_span){hpke->key, 16}) ||
           labeled_expand(suite_id, secret, TEXT("base_nonce"), key_schedule_context,
               (struct lanekdf_span){hpke->base_nonce, 12}) ||
           labeled_expand(suite_id, secret, TEXT("exp"), key_schedule_context,
               (struct lanekdf_span){hpke->exporter_secret, 32});
}

/* The info_hash of an encrypted ClientHello, whose info is "tls ech", a zero byte and the ECHConfig. */
static int ech_info_hash(struct lanekdf_bytes ech_config, uint8_t info_hash[32])
{
    const struct lanekdf_bytes labeled_ikm[] = {TEXT("HPKE-v1"), TEXT("HPKE\x00\x20\x00\x01\x00\x01"),
        TEXT("info_hash"), TEXT("tls ech\0"), ech_config};
    struct lanekdf_hkdf job = {.job.kind = LANEKDF_KIND_HKDF,
        .hash = LANEKDF_SHA256,
        .flags = LANEKDF_HKDF_EXTRACT,
        .input = labeled_ikm,
        .n_input = 5,
        .prk_out = info_hash};

    return lanekdf_derive_one(&job.job);
}

/* The last eight bytes of the random of a ServerHello whose server has accepted ECH. */
static int ech_accept_confirmation(
    const uint8_t inner_random[32], const uint8_t transcript_hash[32], uint8_t confirmation[8])
{
    struct lanekdf_ech_confirmation job = {.job.kind = LANEKDF_KIND_ECH_CONFIRMATION,
        .hash = LANEKDF_SHA256,
        .version = LANEKDF_TLS13,
        .inner_random = inner_random,
        .transcript_hash = transcript_hash,
        .confirmation = confirmation};

    return lanekdf_derive_one(&job.job);
}

/* An exporter of TLS 1.3 without a context, as long as a digest. */
static int export_digest(
    const uint8_t exporter_master_secret[32], struct lanekdf_bytes label, uint8_t out[32])
{
    struct lanekdf_tls13_exporter job = {.job.kind = LANEKDF_KIND_TLS13_EXPORTER,
        .hash = LANEKDF_SHA256,
        .version = LANEKDF_TLS13,
        .exporter_master_secret = exporter_master_secret,
        .label = label,
        .out = {out, 32}};

    return lanekdf_derive_one(&job.job);
}

/* The Finished of a server's exported authenticator: HMAC(Finished MAC Key, Hash(Handshake Context +
 * authenticator request + Certificate + CertificateVerify)). */
static int authenticator_finished(const uint8_t exporter_master_secret[32], struct lanekdf_bytes request,
    struct lanekdf_bytes certificate, struct lanekdf_bytes certificate_verify, uint8_t finished[32])
{
    uint8_t handshake_context[32], finished_mac_key[32], digest[32];
    const struct lanekdf_bytes messages[] = {
        {handshake_context, 32}, request, certificate, certificate_verify};
    const struct lanekdf_bytes hashed = {digest, 32};
    struct lanekdf_message_hash hash = {.job.kind = LANEKDF_KIND_HASH,
        .hash = LANEKDF_SHA256,
        .message = messages,
        .n_message = 4,
        .out = {digest, 32}};
    struct lanekdf_hmac hmac = {.job.kind = LANEKDF_KIND_HMAC,
        .hash = LANEKDF_SHA256,
        .key = {finished_mac_key, 32},
        .message = &hashed,
        .n_message = 1,
        .out = {finished, 32}};

    return export_digest(exporter_master_secret, TEXT("EXPORTER-server authenticator handshake context"),
               handshake_context) ||
           export_digest(exporter_master_secret, TEXT("EXPORTER-server authenticator finished key"),
               finished_mac_key) ||
           lanekdf_derive_one(&hash.job) || lanekdf_derive_one(&hmac.job);
}

struct srtp_keys {
    uint8_t client_write_key[16], server_write_key[16], client_write_salt[14], server_write_salt[14];
};

/* The keys of SRTP_AES128_CM_HMAC_SHA1_80 from a connection of DTLS 1.3 with SHA-256. */
static int srtp_keys(const uint8_t exporter_master_secret[32], struct srtp_keys *keys)
{
    struct lanekdf_tls13_exporter job = {.job.kind = LANEKDF_KIND_TLS13_EXPORTER,
        .hash = LANEKDF_SHA256,
        .version = LANEKDF_DTLS13,
        .exporter_master_secret = exporter_master_secret,
        .label = TEXT("EXTRACTOR-dtls_srtp"),
        .out = {(uint8_t *)keys, sizeof(*keys)}};

    return lanekdf_derive_one(&job.job);
}

/* Once: the static key that all tokens are made with. */
static int prepare_reset_key(struct lanekdf_bytes static_key, struct lanekdf_prepared_secret *key)
{
    struct lanekdf_prepare job = {
        .job.kind = LANEKDF_KIND_PREPARE, .hash = LANEKDF_SHA256, .secret = static_key, .prepared = key};

    return lanekdf_derive_one(&job.job);
}

/* The token of a connection ID: the first 16 bytes of its HMAC. */
static int stateless_reset_token(
    const struct lanekdf_prepared_secret *key, struct lanekdf_bytes connection_id, uint8_t token[16])
{
    struct lanekdf_hmac job = {.job.kind = LANEKDF_KIND_HMAC,
        .hash = LANEKDF_SHA256,
        .prepared_key = key,
        .message = &connection_id,
        .n_message = 1,
        .out = {token, 16}};

    return lanekdf_derive_one(&job.job);
}

/* SKEYSEED = prf(Ni | Nr, g^ir), and SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr = prf+(SKEYSEED,
 * Ni | Nr | SPIi | SPIr), with PRF_HMAC_SHA2_256. nonces: Ni | Nr. */
static int ikev2_keys(struct lanekdf_bytes nonces, struct lanekdf_bytes g_ir, struct lanekdf_bytes spi_i,
    struct lanekdf_bytes spi_r, struct lanekdf_span keys)
{
    const struct lanekdf_bytes s[] = {nonces, spi_i, spi_r};
    struct lanekdf_hkdf job = {.job.kind = LANEKDF_KIND_HKDF,
        .hash = LANEKDF_SHA256,
        .flags = LANEKDF_HKDF_EXTRACT,
        .salt = nonces,
        .input = &g_ir,
        .n_input = 1,
        .info = s,
        .n_info = 3,
        .out = keys};

    return lanekdf_derive_one(&job.job);
}

/* ---- their answers ---- */

enum { MAX_LEN = 128 };

struct hex {
    uint8_t data[MAX_LEN];
    size_t len;
};

static struct hex from_hex(const char *text)
{
    struct hex hex = {.len = 0};
    unsigned byte;

    assert_true(strlen(text) <= 2 * MAX_LEN);
    for (; sscanf(text, "%2x", &byte) == 1; text += 2) {
        hex.data[hex.len++] = (uint8_t)byte;
    }
    return hex;
}

static struct lanekdf_bytes bytes(const struct hex *hex)
{
    return (struct lanekdf_bytes){hex->data, hex->len};
}

static void check(const uint8_t *data, const char *expected)
{
    const struct hex hex = from_hex(expected);

    assert_memory_equal(data, hex.data, hex.len);
}

/* HMAC-SHA-256 by libcrypto. */
static void hmac(struct lanekdf_bytes key, struct lanekdf_bytes message, uint8_t out[32])
{
    assert_non_null(HMAC(EVP_sha256(), key.data, (int)key.len, message.data, message.len, out, NULL));
}

/* RFC 9180 appendix A.1.1. */
static void test_hpke(void **state)
{
    const struct hex dh = from_hex("b3b5c19eab3f088ac18f23f774ff6414ba4fde45404d10085efc3e4dc9c72e35");
    const struct hex enc = from_hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431");
    const struct hex pk_r = from_hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
    const struct hex info = from_hex("4f6465206f6e2061204772656369616e2055726e");
    const struct lanekdf_bytes suite_id = TEXT("HPKE\x00\x20\x00\x01\x00\x01");
    uint8_t shared_secret[32], info_hash[32], exported[32];
    struct hpke hpke;

    (void)state;
    assert_int_equal(dhkem_shared_secret(bytes(&dh), bytes(&enc), bytes(&pk_r), shared_secret), LANEKDF_OK);
    check(shared_secret, "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc");
    assert_int_equal(
        labeled_extract(suite_id, NOTHING, TEXT("info_hash"), bytes(&info), info_hash), LANEKDF_OK);
    assert_int_equal(hpke_key_schedule(shared_secret, info_hash, &hpke), LANEKDF_OK);
    check(hpke.key, "4531685d41d65f03dc48f6b8302c05b0");
    check(hpke.base_nonce, "56d890e5accaaf011cff4b7d");
    check(hpke.exporter_secret, "45ff1c2e220db587171952c0592d5f5ebe103f1561a2614e38f2ffd47e99e3f8");
    assert_int_equal(labeled_expand(suite_id, hpke.exporter_secret, TEXT("sec"), NOTHING,
                         (struct lanekdf_span){exported, 32}),
        LANEKDF_OK);
    check(exported, "3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee");
}

/* HKDF-Expand-Label of RFC 8446 section 7.1, up to a digest, by libcrypto. label: with its prefix. */
static void expand_label(
    const uint8_t secret[32], const char *label, struct lanekdf_bytes context, size_t len, uint8_t out[32])
{
    uint8_t info[2 * MAX_LEN] = {0};
    size_t n = 3 + strlen(label);

    info[1] = (uint8_t)len;
    info[2] = (uint8_t)strlen(label);
    memcpy(info + 3, label, strlen(label));
    info[n++] = (uint8_t)context.len;
    memcpy(info + n, context.data, context.len);
    n += context.len;
    info[n++] = 1;
    hmac((struct lanekdf_bytes){secret, 32}, (struct lanekdf_bytes){info, n}, out);
}

static const uint8_t zeros[32];
static struct hex empty_hash(void)
{
    return from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_ech(void **state)
{
    const struct hex inner_random =
        from_hex("101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f");
    const struct hex transcript = empty_hash();
    uint8_t out[32], prk[32], expected[32];

    (void)state;
    hmac((struct lanekdf_bytes){zeros, 32},
        TEXT("HPKE-v1HPKE\x00\x20\x00\x01\x00\x01info_hashtls ech\0a configuration"), expected);
    assert_int_equal(ech_info_hash(TEXT("a configuration"), out), LANEKDF_OK);
    assert_memory_equal(out, expected, 32);

    hmac((struct lanekdf_bytes){zeros, 32}, bytes(&inner_random), prk);
    expand_label(prk, "tls13 ech accept confirmation", bytes(&transcript), 8, expected);
    assert_int_equal(ech_accept_confirmation(inner_random.data, transcript.data, out), LANEKDF_OK);
    assert_memory_equal(out, expected, 8);
}

/* RFC 8446 section 7.5, by libcrypto. */
static void exporter(const uint8_t exporter_master_secret[32], const char *label, uint8_t out[32])
{
    const struct hex empty = empty_hash();
    uint8_t secret[32];

    expand_label(exporter_master_secret, label, bytes(&empty), 32, secret);
    expand_label(secret, "tls13 exporter", bytes(&empty), 32, out);
}

static void test_exported_authenticators(void **state)
{
    const struct hex secret = from_hex("303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f");
    const struct lanekdf_bytes messages[] = {
        TEXT("a request"), TEXT("a Certificate"), TEXT("a CertificateVerify")};
    uint8_t context[32], key[32], digest[32], expected[32], out[32];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();

    (void)state;
    exporter(secret.data, "tls13 EXPORTER-server authenticator handshake context", context);
    exporter(secret.data, "tls13 EXPORTER-server authenticator finished key", key);
    assert_int_equal(EVP_DigestInit_ex(hash, EVP_sha256(), NULL), 1);
    assert_int_equal(EVP_DigestUpdate(hash, context, sizeof(context)), 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(EVP_DigestUpdate(hash, messages[i].data, messages[i].len), 1);
    }
    assert_int_equal(EVP_DigestFinal_ex(hash, digest, NULL), 1);
    EVP_MD_CTX_free(hash);
    hmac((struct lanekdf_bytes){key, 32}, (struct lanekdf_bytes){digest, 32}, expected);
    assert_int_equal(
        authenticator_finished(secret.data, messages[0], messages[1], messages[2], out), LANEKDF_OK);
    assert_memory_equal(out, expected, 32);
}

/* A session of NSS 3.110 with itself, dtls13-x25519-aes128gcm/0. */
static void test_dtls_srtp(void **state)
{
    const struct hex secret = from_hex("89ff44362ce028bd7521b48f6b342cf7ed6d346d0845332491e3fc66d85a4e59");
    struct srtp_keys keys;

    (void)state;
    assert_int_equal(srtp_keys(secret.data, &keys), LANEKDF_OK);
    check((const uint8_t *)&keys, "1f4b79c521d195c35a54fa52a83101c43ae85b672d2ea224447bcef05552"
                                  "394328de284aadaf3ba97e2706121cd17cdcfba770ec3e16dd8928f8c800");
}

static void test_stateless_reset(void **state)
{
    struct lanekdf_prepared_secret key;
    uint8_t token[16], expected[32];

    (void)state;
    hmac(TEXT("a static key"), TEXT("an id"), expected);
    assert_int_equal(prepare_reset_key(TEXT("a static key"), &key), LANEKDF_OK);
    assert_int_equal(stateless_reset_token(&key, TEXT("an id"), token), LANEKDF_OK);
    assert_memory_equal(token, expected, sizeof(token));
    lanekdf_prepared_secret_clear(&key);
}

/* prf+ as RFC 7296 section 2.13 writes it, T1 | T2 | ..., by libcrypto. */
static void test_ikev2(void **state)
{
    enum { KEYS_LEN = 5 * 32 + 2 * 16 };
    static const char nonces[] = "a nonce of the initiator, a nonce of the responder, together 65 b";
    uint8_t keys[KEYS_LEN], skeyseed[32], t[32 + sizeof(nonces) - 1 + 16 + 1], expected[KEYS_LEN];
    size_t t_len = 0;

    (void)state;
    hmac(TEXT(nonces), TEXT("a shared secret"), skeyseed);
    for (size_t i = 0; i < KEYS_LEN / 32; i++) {
        memcpy(t + t_len, nonces, sizeof(nonces) - 1);
        memcpy(t + t_len + sizeof(nonces) - 1,
            "an SPI i"
            "an SPI r",
            16);
        t[t_len + sizeof(nonces) - 1 + 16] = (uint8_t)(i + 1);
        hmac((struct lanekdf_bytes){skeyseed, 32},
            (struct lanekdf_bytes){t, t_len + sizeof(nonces) - 1 + 16 + 1}, expected + 32 * i);
        memcpy(t, expected + 32 * i, 32);
        t_len = 32;
    }
    assert_int_equal(ikev2_keys(TEXT(nonces), TEXT("a shared secret"), TEXT("an SPI i"), TEXT("an SPI r"),
                         (struct lanekdf_span){keys, sizeof(keys)}),
        LANEKDF_OK);
    assert_memory_equal(keys, expected, sizeof(keys));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hpke),
        cmocka_unit_test(test_ech),
        cmocka_unit_test(test_exported_authenticators),
        cmocka_unit_test(test_dtls_srtp),
        cmocka_unit_test(test_stateless_reset),
        cmocka_unit_test(test_ikev2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
