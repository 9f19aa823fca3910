/*
 * OpenSSL's TLS1-PRF through EVP_KDF, used as fast as its API allows: the algorithm is fetched once, and one
 * context and one array of parameters are kept, of which only pointers and lengths change. That context
 * cannot simply be used again, since a new seed is appended to the old one. From version 3.2 on each call
 * takes a copy of the context, in which the digest is set already (with 3.5 that is 15 % faster than a
 * reset). Older versions have no copies, and their reset loses the digest, too. There is no batch form. All
 * handshakes of a pool have one hash.
 *
 * SSLv3 has no PRF, and EVP_KDF nothing for it: there libssl calls the digests (s3_enc.c), as it is done
 * here.
 *
 * The other implementation here is what libssl itself does (t1_enc.c): it fetches the algorithm, makes a
 * context and sets all parameters in every call.
 */
#include "peers_support.h"
#include "handshake_by_prf.h"
#include "impl.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

enum {
    MAX_LABEL_LEN = RECORDED_MAX_LABEL_LEN,
    MAX_SEED_LEN = MAX_LABEL_LEN + 2 * RANDOM_LEN + EXPORTER_CONTEXT_LEN_LEN + RECORDED_MAX_CONTEXT_LEN
};
_Static_assert(MAX_LABEL_LEN >= sizeof(EXPORTER_LABEL) - 1, "the label of other exporters fits");
_Static_assert(MAX_TRANSCRIPT_HASH_LEN <= 2 * RANDOM_LEN, "a transcript hash fits where two randoms do");

enum { DIGEST, SECRET, SEED, END, N_PARAMETERS };

struct state {
    struct workload_batch pool;
    EVP_MD *digest;
    EVP_KDF_CTX *context;
    bool has_copies;
    OSSL_PARAM parameters[N_PARAMETERS];
    uint8_t seed_bytes[MAX_SEED_LEN];
    struct ssl3 *ssl3; /* where the handshakes are of SSLv3 */
};

/* --- SSLv3 --- */

enum { MD5_LEN = 16, SHA1_LEN = 20 };

struct ssl3 {
    EVP_MD *md5, *sha1;
    EVP_MD_CTX *context;
};

static void release_digest(void *digest)
{
    EVP_MD_free(digest);
}

static void release_digest_context(void *context)
{
    EVP_MD_CTX_free(context);
}

static struct ssl3 *new_ssl3(void)
{
    struct ssl3 *s = peers_alloc(sizeof(*s));
    *s = (struct ssl3){EVP_MD_fetch(NULL, "MD5", NULL), EVP_MD_fetch(NULL, "SHA1", NULL), EVP_MD_CTX_new()};
    if (!s->md5 || !s->sha1 || !s->context) {
        peers_fail("OpenSSL has no MD5 or no SHA-1 here");
    }
    peers_at_exit(release_digest, s->md5);
    peers_at_exit(release_digest, s->sha1);
    peers_at_exit(release_digest_context, s->context);
    return s;
}

static void digest(
    const struct ssl3 *s, const EVP_MD *of, const struct prf_input *pieces, size_t n, uint8_t *out)
{
    bool is_well = EVP_DigestInit_ex(s->context, of, NULL) == 1;
    for (size_t i = 0; i < n && is_well; i++) {
        is_well = EVP_DigestUpdate(s->context, pieces[i].data, pieces[i].len) == 1;
    }
    if (!is_well || EVP_DigestFinal_ex(s->context, out, NULL) != 1) {
        peers_fail("EVP_Digest failed");
    }
}

/* RFC 6101 sections 6.1 and 6.2.2: MD5 of the secret and SHA-1 of letters, secret and both randoms. */
static void ssl3_prf(const struct ssl3 *s, uint8_t *out, size_t len, struct prf_input secret,
    struct prf_input a, struct prf_input b)
{
    enum { MOST_LETTERS = MAX_KEY_BLOCK_LEN / MD5_LEN };
    uint8_t letters[MOST_LETTERS], sha1[SHA1_LEN], md5[MD5_LEN];
    for (size_t i = 0; i * MD5_LEN < len; i++) {
        const size_t left = len - i * MD5_LEN;
        memset(letters, (int)('A' + i), i + 1);
        digest(s, s->sha1, (const struct prf_input[]){{letters, i + 1}, secret, a, b}, 4, sha1);
        digest(s, s->md5, (const struct prf_input[]){secret, {sha1, SHA1_LEN}}, 2, md5);
        memcpy(out + i * MD5_LEN, md5, left < MD5_LEN ? left : MD5_LEN);
    }
}

/* RFC 6101 section 6.2.2.1, of an export suite: for each side MD5 of its key and of nothing. */
static void ssl3_final_keys(const struct ssl3 *s, const struct workload_batch *pool, size_t i)
{
    const struct handshake *handshake = &pool->handshakes[i];
    const struct prf_input randoms[] = {
        {pool->inputs[i].client_random, RANDOM_LEN}, {pool->inputs[i].server_random, RANDOM_LEN}};
    const size_t key_len = handshake->enc_key_len, final_len = handshake->final_key_len;
    const size_t iv_len = handshake->fixed_iv_len;
    uint8_t *out = pool->outputs[i].final_keys, md5[MD5_LEN];
    for (size_t side = 0; side < 2; side++) {
        const uint8_t *key = pool->outputs[i].key_block + 2 * handshake->mac_key_len + side * key_len;
        const struct prf_input pieces[] = {{key, key_len}, randoms[side], randoms[1 - side]};
        digest(s, s->md5, pieces, 3, md5);
        memcpy(out + side * final_len, md5, final_len);
        digest(s, s->md5, &pieces[1], 2, md5);
        memcpy(out + 2 * final_len + side * iv_len, md5, iv_len);
    }
}

static void ssl3_handshake(const struct ssl3 *s, const struct workload_batch *pool, size_t i)
{
    const struct handshake *handshake = &pool->handshakes[i];
    const struct prf_input client_random = {pool->inputs[i].client_random, RANDOM_LEN};
    const struct prf_input server_random = {pool->inputs[i].server_random, RANDOM_LEN};
    struct handshake_outputs *out = &pool->outputs[i];
    struct prf_input master = {pool->inputs[i].known_master, MASTER_LEN};
    if (handshake->pre_master_len > 0) {
        const struct prf_input pre_master = {workload_batch_pre_master(pool, i), handshake->pre_master_len};
        ssl3_prf(s, out->master, MASTER_LEN, pre_master, client_random, server_random);
        master.data = out->master;
    }
    ssl3_prf(s, out->key_block, handshake->key_block_len, master, server_random, client_random);
    if (handshake->final_key_len > 0) {
        ssl3_final_keys(s, pool, i);
    }
}

/* --- TLS --- */

/* OSSL_PARAM has no const, although these parameters are only read. */
static void *unconst(const void *data)
{
    return (void *)(uintptr_t)data;
}

static EVP_MD *new_digest(const struct workload *workload)
{
    const char *name = lanekdf_hash_name(workload->handshake.hash);
    EVP_MD *digest = name ? EVP_MD_fetch(NULL, name, NULL) : NULL;
    if (!digest) {
        peers_fail("%s: OpenSSL has no digest for hash %u", workload->name, workload->handshake.hash);
    }
    return digest;
}

static EVP_KDF_CTX *new_context(void)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    if (!context) {
        peers_fail("OpenSSL has no TLS1-PRF here");
    }
    EVP_KDF_free(kdf);
    return context;
}

/* A context may have the secret that it was used with last. */
static void release_context(void *context)
{
    EVP_KDF_CTX_free(context);
}

static void *prepare(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    (void)n_per_call;
    struct state *s = peers_alloc(sizeof(*s));
    s->pool = *pool;
    if (pool->workload->handshake.version == LANEKDF_SSL3) {
        s->ssl3 = new_ssl3();
        return s;
    }
    s->context = new_context();
    peers_at_exit(release_context, s->context);
    s->digest = new_digest(pool->workload);
    peers_at_exit(release_digest, s->digest);
    /* The name by which libssl passes a digest on. It lives as long as the digest. */
    s->parameters[DIGEST] =
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, unconst(EVP_MD_get0_name(s->digest)), 0);
    s->parameters[SECRET] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, NULL, 0);
    s->parameters[SEED] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, s->seed_bytes, 0);
    s->parameters[END] = OSSL_PARAM_construct_end();

    const OSSL_PARAM digest[] = {s->parameters[DIGEST], s->parameters[END]};
    EVP_KDF_CTX *copy = EVP_KDF_CTX_set_params(s->context, digest) == 1 ? EVP_KDF_CTX_dup(s->context) : NULL;
    s->has_copies = copy != NULL;
    EVP_KDF_CTX_free(copy);
    return s;
}

/* The PRF of the secret and the seed that s->parameters hold. */
static void derive_prf(struct state *s, uint8_t *out, size_t out_len)
{
    int status;
    if (s->has_copies) {
        EVP_KDF_CTX *copy = EVP_KDF_CTX_dup(s->context);
        status = EVP_KDF_derive(copy, out, out_len, &s->parameters[SECRET]);
        EVP_KDF_CTX_free(copy);
    } else {
        EVP_KDF_CTX_reset(s->context);
        status = EVP_KDF_derive(s->context, out, out_len, s->parameters);
    }
    if (status != 1) {
        peers_fail("EVP_KDF_derive failed");
    }
}

/* One seed parameter is faster than three. */
static void prf(void *state, uint8_t *out, size_t out_len, struct prf_input secret, const char *label,
    struct prf_input a, struct prf_input b)
{
    struct state *s = state;
    uint8_t *end = s->seed_bytes;
    end = (uint8_t *)memcpy(end, label, strlen(label)) + strlen(label);
    end = (uint8_t *)memcpy(end, a.data, a.len) + a.len;
    if (b.len != 0) {
        end = (uint8_t *)memcpy(end, b.data, b.len) + b.len;
    }
    s->parameters[SECRET].data = unconst(secret.data);
    s->parameters[SECRET].data_size = secret.len;
    s->parameters[SEED].data_size = (size_t)(end - s->seed_bytes);
    derive_prf(s, out, out_len);
}

static void derive_with_kept_context(void *state, size_t first, size_t n)
{
    struct state *s = state;
    for (size_t i = first; i < first + n; i++) {
        if (s->ssl3) {
            ssl3_handshake(s->ssl3, &s->pool, i);
        } else {
            handshake_by_prf(&s->pool, i, prf, s);
        }
    }
}

static const char *choice(const void *state)
{
    const struct state *s = state;
    return s->ssl3         ? "digests, one context"
           : s->has_copies ? "a copy of one context per call"
                           : "one context, reset";
}

/* A mix that the pool is a part of has handshakes of SSLv3 alone, or none. */
static bool takes(const struct workload_batch *pool, size_t i)
{
    const bool is_ssl3 = pool->handshakes[i].version == LANEKDF_SSL3;
    return is_ssl3 == (pool->workload->handshake.version == LANEKDF_SSL3);
}

const struct impl impl_openssl = {.name = "openssl",
    .description = "TLS1-PRF through EVP_KDF, its context kept",
    .library = LIBRARY_OPENSSL,
    .takes = takes,
    .prepare = prepare,
    .derive = derive_with_kept_context,
    .choice = choice};

/* libssl passes the label and up to four more pieces, each as a seed of its own. */
static void derive_as_libssl(void *state, size_t first, size_t n)
{
    struct state *s = state;
    static char label[] = "master secret";
    for (size_t i = first; i < first + n; i++) {
        const struct handshake_inputs *in = &s->pool.inputs[i];
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
        if (EVP_KDF_derive(context, s->pool.outputs[i].master, MASTER_LEN, parameters) != 1) {
            peers_fail("EVP_KDF_derive failed");
        }
        EVP_KDF_CTX_free(context);
    }
}

const struct impl impl_openssl_as_libssl = {.name = "openssl-as-libssl",
    .description = "as libssl itself does",
    .library = LIBRARY_OPENSSL,
    .prepare = prepare,
    .derive = derive_as_libssl};

const char *impl_openssl_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
