/*
 * OpenSSL's TLS1-PRF through EVP_KDF, used as fast as its API allows: the
 * algorithm fetched once, one array of parameters kept, of which only the pointers
 * change, and one context kept. That context cannot simply be used again, as a new
 * seed is appended to the old one. From 3.2 on a copy of it serves each call, with
 * the digest set beforehand (15 % faster than a reset with 3.5); before, there are
 * no copies, and a reset loses the digest too. There is no batch form. All handshakes of
 * a batch have one hash.
 *
 * And the way libssl itself calls it (t1_enc.c): fetch, new context and all
 * parameters in every call.
 */
#include "impl.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

enum { MAX_SEED_LEN = 128 };
enum { DIGEST, SECRET, SEED, END, N_PARAMETERS };

struct state {
    struct workload_batch batch;
    EVP_KDF_CTX *context;
    int has_copies;
    OSSL_PARAM parameters[N_PARAMETERS];
    uint8_t seed_bytes[MAX_SEED_LEN];
};

static char *digest_name(const struct workload_batch *batch)
{
    static char sha256[] = "SHA2-256", sha384[] = "SHA2-384";
    return batch->workload->handshake.hash == LANEKDF_SHA384 ? sha384 : sha256;
}

/* For OSSL_PARAM, which knows no const; these parameters are only read. */
static void *unconst(const void *data)
{
    return (void *)(uintptr_t)data;
}

static EVP_KDF_CTX *new_context(void)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    if (!context) {
        workload_fail("OpenSSL has no TLS1-PRF here");
    }
    EVP_KDF_free(kdf);
    return context;
}

static void *prepare(const struct impl *impl, const struct workload_batch *batch)
{
    (void)impl;
    struct state *s = workload_alloc(sizeof(*s));
    s->batch = *batch;
    s->context = new_context();
    s->parameters[DIGEST] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name(batch), 0);
    s->parameters[SECRET] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, NULL, 0);
    s->parameters[SEED] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, s->seed_bytes, 0);
    s->parameters[END] = OSSL_PARAM_construct_end();

    const OSSL_PARAM digest[] = {s->parameters[DIGEST], s->parameters[END]};
    EVP_KDF_CTX *copy = EVP_KDF_CTX_set_params(s->context, digest) == 1 ? EVP_KDF_CTX_dup(s->context) : NULL;
    s->has_copies = copy != NULL;
    EVP_KDF_CTX_free(copy);
    return s;
}

/* PRF with the secret and the seed that s->parameters hold. */
static void derive_prf(struct state *s, uint8_t *out, size_t out_len)
{
    int ok;
    if (s->has_copies) {
        EVP_KDF_CTX *copy = EVP_KDF_CTX_dup(s->context);
        ok = EVP_KDF_derive(copy, out, out_len, &s->parameters[SECRET]);
        EVP_KDF_CTX_free(copy);
    } else {
        EVP_KDF_CTX_reset(s->context);
        ok = EVP_KDF_derive(s->context, out, out_len, s->parameters);
    }
    if (ok != 1) {
        workload_fail("EVP_KDF_derive failed");
    }
}

/* out = PRF(secret, label, a + b). One seed parameter: faster than three. */
static void prf(struct state *s, uint8_t *out, size_t out_len, const uint8_t *secret, size_t secret_len,
    const char *label, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    uint8_t *end = s->seed_bytes;
    end = (uint8_t *)memcpy(end, label, strlen(label)) + strlen(label);
    end = (uint8_t *)memcpy(end, a, a_len) + a_len;
    if (b_len != 0) {
        end = (uint8_t *)memcpy(end, b, b_len) + b_len;
    }
    s->parameters[SECRET].data = unconst(secret);
    s->parameters[SECRET].data_size = secret_len;
    s->parameters[SEED].data_size = (size_t)(end - s->seed_bytes);
    derive_prf(s, out, out_len);
}

static void derive(struct state *s, size_t i)
{
    const struct handshake *handshake = &s->batch.handshakes[i];
    const struct handshake_inputs *in = &s->batch.inputs[i];
    struct handshake_outputs *out = &s->batch.outputs[i];
    const uint8_t *master = in->known_master;
    const size_t hash_len = handshake_transcript_hash_len(handshake);
    if (handshake->pre_master_len > 0) {
        const uint8_t *pre_master = workload_batch_pre_master(&s->batch, i);
        if (handshake->extended) {
            prf(s, out->master, MASTER_LEN, pre_master, handshake->pre_master_len, "extended master secret",
                in->session_hash, hash_len, NULL, 0);
        } else {
            prf(s, out->master, MASTER_LEN, pre_master, handshake->pre_master_len, "master secret",
                in->client_random, RANDOM_LEN, in->server_random, RANDOM_LEN);
        }
        master = out->master;
    }
    size_t key_block_len = workload_key_block_len(handshake);
    if (key_block_len > 0) {
        prf(s, out->key_block, key_block_len, master, MASTER_LEN, "key expansion", in->server_random,
            RANDOM_LEN, in->client_random, RANDOM_LEN);
    }
    if (handshake->client_finished) {
        prf(s, out->client_verify_data, VERIFY_DATA_LEN, master, MASTER_LEN, "client finished",
            in->client_finished_hash, hash_len, NULL, 0);
    }
    if (handshake->server_finished) {
        prf(s, out->server_verify_data, VERIFY_DATA_LEN, master, MASTER_LEN, "server finished",
            in->server_finished_hash, hash_len, NULL, 0);
    }
}

static void run(void *state)
{
    struct state *s = state;
    for (size_t i = 0; i < s->batch.n; i++) {
        derive(s, i);
    }
}

static const char *choice(const void *state)
{
    return ((const struct state *)state)->has_copies ? "a copy of one context per call"
                                                     : "one context, reset";
}

const struct impl impl_openssl = {.name = "openssl", .prepare = prepare, .run = run, .choice = choice};

/* libssl passes the label and up to four more pieces, each as a seed of its own. */
static void run_as_libssl(void *state)
{
    struct state *s = state;
    static char label[] = "master secret";
    for (size_t i = 0; i < s->batch.n; i++) {
        const struct handshake_inputs *in = &s->batch.inputs[i];
        EVP_KDF_CTX *context = new_context();
        OSSL_PARAM parameters[] = {
            s->parameters[DIGEST],
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, unconst(in->pre_master), PRE_MASTER_LEN),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof(label) - 1),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, unconst(in->client_random), RANDOM_LEN),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, NULL, 0),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, unconst(in->server_random), RANDOM_LEN),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, NULL, 0),
            OSSL_PARAM_construct_end(),
        };
        if (EVP_KDF_derive(context, s->batch.outputs[i].master, MASTER_LEN, parameters) != 1) {
            workload_fail("EVP_KDF_derive failed");
        }
        EVP_KDF_CTX_free(context);
    }
}

const struct impl impl_openssl_as_libssl = {
    .name = "openssl-as-libssl", .prepare = prepare, .run = run_as_libssl};

const char *impl_openssl_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
