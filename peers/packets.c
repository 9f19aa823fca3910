#include "packets.h"

#include "peers_support.h"

#include <openssl/evp.h>
#include <string.h>

enum { /* bytes */
    PAYLOAD_LEN = 1162,
    TAG_LEN = 16,
    NUMBER_LEN = 4,
    NUMBER_AT = 18,
    HEADER_LEN = NUMBER_AT + NUMBER_LEN,
    PACKET_LEN = HEADER_LEN + PAYLOAD_LEN + TAG_LEN,
    SAMPLE_AT = NUMBER_AT + 4, /* RFC 9001 section 5.4.2 */
    BLOCK_LEN = 16,
    KEY_LEN = 16,
    CONNECTION_ID_LEN = 8
};
_Static_assert(PACKET_LEN == 1200, "RFC 9000 section 14.1");

const struct workload workload_quic_open = {.name = "quic-open",
    .description =
        "the client's Initial keys (14 compressions), header mask, and the 1,162 bytes of a first packet "
        "opened by libcrypto, its contexts reused; implementations differ in who derives the keys",
    .connection = {.version = LANEKDF_QUIC_V1,
        .hash = LANEKDF_SHA256,
        .key_len = KEY_LEN,
        .connection_id_len = CONNECTION_ID_LEN,
        .stages = 1 << STAGE_INITIAL_CLIENT}};

struct state {
    const struct impl *impl;
    void *impl_state;
    struct workload_batch pool;
    uint8_t (*packets)[PACKET_LEN];
    uint8_t payload[PAYLOAD_LEN]; /* of the packet that was opened last */
    EVP_CIPHER_CTX *gcm, *ecb;
};

static void must(int status)
{
    if (status != 1) {
        peers_fail("quic-open: a packet does not open");
    }
}

/* The parts of a block of keys. */
static const uint8_t *iv_of(const uint8_t *keys)
{
    return keys + KEY_LEN;
}

static const uint8_t *header_protection_key_of(const uint8_t *keys)
{
    return keys + KEY_LEN + IV_LEN;
}

/* RFC 9001 section 5.4.1: takes the mask off a long header, or puts it on. */
static void mask_header(EVP_CIPHER_CTX *ecb, uint8_t *header, const uint8_t *sample, const uint8_t *keys)
{
    uint8_t mask[BLOCK_LEN];
    int n;
    must(EVP_EncryptInit_ex2(ecb, NULL, header_protection_key_of(keys), NULL, NULL));
    must(EVP_EncryptUpdate(ecb, mask, &n, sample, BLOCK_LEN));
    header[0] ^= mask[0] & 0x0f;
    for (int i = 0; i < NUMBER_LEN; i++) {
        header[NUMBER_AT + i] ^= mask[1 + i];
    }
}

/* RFC 9001 section 5.3. */
static void set_nonce(uint8_t nonce[IV_LEN], const uint8_t *header, const uint8_t *keys)
{
    memcpy(nonce, iv_of(keys), IV_LEN);
    for (int i = 0; i < NUMBER_LEN; i++) {
        nonce[IV_LEN - NUMBER_LEN + i] ^= header[NUMBER_AT + i];
    }
}

static void open_packet(struct state *s, const uint8_t *packet, const uint8_t *keys)
{
    uint8_t header[HEADER_LEN], nonce[IV_LEN], tag[TAG_LEN];
    int n;
    memcpy(header, packet, HEADER_LEN);
    memcpy(tag, packet + HEADER_LEN + PAYLOAD_LEN, TAG_LEN);
    mask_header(s->ecb, header, packet + SAMPLE_AT, keys);
    set_nonce(nonce, header, keys);
    must(EVP_DecryptInit_ex2(s->gcm, NULL, keys, nonce, NULL));
    must(EVP_DecryptUpdate(s->gcm, NULL, &n, header, HEADER_LEN));
    must(EVP_DecryptUpdate(s->gcm, s->payload, &n, packet + HEADER_LEN, PAYLOAD_LEN));
    must(EVP_CIPHER_CTX_ctrl(s->gcm, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag));
    must(EVP_DecryptFinal_ex(s->gcm, s->payload + n, &n));
}

static void seal_packet(
    struct state *s, uint8_t *packet, size_t number, const uint8_t *connection_id, const uint8_t *keys)
{
    /* Long header, Initial, number of four bytes; version 1; the two connection IDs, no token, the length of
     * what follows. */
    uint8_t header[HEADER_LEN] = {0xc3, 0, 0, 0, 1, CONNECTION_ID_LEN};
    const size_t len = NUMBER_LEN + PAYLOAD_LEN + TAG_LEN;
    uint64_t random = number;
    uint8_t payload[PAYLOAD_LEN], nonce[IV_LEN];
    int n;
    memcpy(header + 6, connection_id, CONNECTION_ID_LEN);
    header[16] = (uint8_t)(0x40 | len >> 8);
    header[17] = (uint8_t)len;
    header[20] = (uint8_t)(number >> 8);
    header[21] = (uint8_t)number;
    for (size_t i = 0; i < PAYLOAD_LEN; i++) {
        payload[i] = (uint8_t)peers_random(&random);
    }
    set_nonce(nonce, header, keys);
    memcpy(packet, header, HEADER_LEN);
    must(EVP_EncryptInit_ex2(s->gcm, NULL, keys, nonce, NULL));
    must(EVP_EncryptUpdate(s->gcm, NULL, &n, header, HEADER_LEN));
    must(EVP_EncryptUpdate(s->gcm, packet + HEADER_LEN, &n, payload, PAYLOAD_LEN));
    must(EVP_EncryptFinal_ex(s->gcm, packet + HEADER_LEN + n, &n));
    must(EVP_CIPHER_CTX_ctrl(s->gcm, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, packet + HEADER_LEN + PAYLOAD_LEN));
    mask_header(s->ecb, packet, packet + SAMPLE_AT, keys);
}

/* The packets are sealed with the keys of the reference. */
static void seal_packets(struct state *s)
{
    const size_t n = s->pool.n;
    struct connection_outputs *outputs = peers_alloc(n * sizeof(*outputs));
    struct workload_batch pool = s->pool;
    pool.connection_outputs = outputs;
    impl_reference.derive(impl_reference.prepare(&impl_reference, &pool, n), 0, n);
    s->packets = peers_alloc(n * sizeof(*s->packets));
    for (size_t i = 0; i < n; i++) {
        seal_packet(s, s->packets[i], i, pool.connection_inputs[i].connection_id,
            outputs[i].initial_keys[LANEKDF_CLIENT]);
    }
}

static EVP_CIPHER_CTX *new_cipher(const char *name)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!cipher || !context || EVP_EncryptInit_ex2(context, cipher, NULL, NULL, NULL) != 1) {
        peers_fail("OpenSSL has no %s here", name);
    }
    EVP_CIPHER_free(cipher);
    return context;
}

static void *prepare_with(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    struct state *s = peers_alloc(sizeof(*s));
    s->impl = impl;
    s->pool = *pool;
    s->gcm = new_cipher("AES-128-GCM");
    s->ecb = new_cipher("AES-128-ECB");
    EVP_CIPHER_CTX_set_padding(s->ecb, 0);
    seal_packets(s);
    s->impl_state = impl->prepare(impl, pool, n_per_call);
    return s;
}

static void derive_and_open(void *state, size_t first, size_t n)
{
    struct state *s = state;
    s->impl->derive(s->impl_state, first, n);
    for (size_t i = first; i < first + n; i++) {
        open_packet(s, s->packets[i], s->pool.connection_outputs[i].initial_keys[LANEKDF_CLIENT]);
    }
}

/* --- the table --- */

static void *prepare_lanekdf(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    return prepare_with(&impl_lanekdf, pool, n_per_call);
}

static void *prepare_openssl(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    return prepare_with(&impl_openssl_schedule, pool, n_per_call);
}

static void *prepare_openssl_parameters(
    const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    return prepare_with(&impl_openssl_parameters_schedule, pool, n_per_call);
}

static void *prepare_composed(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    return prepare_with(&impl_libcrypto_composed, pool, n_per_call);
}

static const struct impl lanekdf = {.name = "lanekdf", .prepare = prepare_lanekdf, .derive = derive_and_open};
static const struct impl openssl = {.name = "openssl", .prepare = prepare_openssl, .derive = derive_and_open};
static const struct impl openssl_parameters = {
    .name = "openssl-parameters", .prepare = prepare_openssl_parameters, .derive = derive_and_open};
static const struct impl libcrypto_composed = {
    .name = "libcrypto-composed", .prepare = prepare_composed, .derive = derive_and_open};

size_t packets_table(const struct impl *const **table)
{
    static const struct impl *const all[] = {&lanekdf, &openssl, &openssl_parameters, &libcrypto_composed};
    *table = all;
    return sizeof(all) / sizeof(*all);
}
