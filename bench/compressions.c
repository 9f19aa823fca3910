#include "compressions.h"

enum { RANDOMS_LEN = 2 * RANDOM_LEN };

static unsigned block_len(unsigned hash)
{
    return hash == LANEKDF_SHA384 ? 128 : 64;
}

static unsigned digest_len(unsigned hash)
{
    return (unsigned)lanekdf_hash_len(hash);
}

/* The blocks of a message of len bytes and its padding: 0x80 and the length. */
static unsigned blocks(unsigned hash, unsigned len)
{
    return (len + 1 + block_len(hash) / 8 + block_len(hash) - 1) / block_len(hash);
}

/* The two pads of a secret. A secret that is longer than a block is hashed first (RFC 2104). Before TLS 1.2
 * each of the two hashes has one half of the secret. */
static unsigned pad_compressions(unsigned hash, unsigned secret_len)
{
    const unsigned half_len = (secret_len + 1) / 2;
    if (hash == LANEKDF_MD5_SHA1) {
        return pad_compressions(LANEKDF_MD5, half_len) + pad_compressions(LANEKDF_SHA1, half_len);
    }
    return 2 + (secret_len > block_len(hash) ? blocks(hash, secret_len) : 0);
}

/* A PRF without the pads of its secret. A message that is hashed behind a pad does not hash the pad again. */
static unsigned prf_compressions(unsigned hash, unsigned seed_len, unsigned out_len)
{
    if (hash == LANEKDF_MD5_SHA1) {
        return prf_compressions(LANEKDF_MD5, seed_len, out_len) +
               prf_compressions(LANEKDF_SHA1, seed_len, out_len);
    }
    const unsigned pad = block_len(hash), digest = digest_len(hash);
    const unsigned n_digests = (out_len + digest - 1) / digest;
    const unsigned first_a = blocks(hash, pad + seed_len) - 1 + 1;         /* A(1): inner and outer hash */
    const unsigned next_a = 1 + 1;                                         /* A(i) */
    const unsigned output = blocks(hash, pad + digest + seed_len) - 1 + 1; /* HMAC(secret, A(i) + seed) */
    return first_a + (n_digests - 1) * next_a + n_digests * output;
}

/* RFC 6101 section 6.1: MD5(secret + SHA(letters + secret + seed)) for every 16 bytes. */
static unsigned ssl3_prf_compressions(unsigned secret_len, unsigned seed_len, unsigned out_len)
{
    unsigned n = 0;
    for (unsigned n_letters = 1; 16 * (n_letters - 1) < out_len; n_letters++) {
        n += blocks(LANEKDF_SHA1, n_letters + secret_len + seed_len) +
             blocks(LANEKDF_MD5, secret_len + digest_len(LANEKDF_SHA1));
    }
    return n;
}

static unsigned ssl3_compressions(const struct handshake *handshake)
{
    unsigned n = ssl3_prf_compressions(MASTER_LEN, RANDOMS_LEN, handshake->key_block_len);
    if (handshake->pre_master_len > 0) {
        n += ssl3_prf_compressions(handshake->pre_master_len, RANDOMS_LEN, MASTER_LEN);
    }
    if (handshake->final_key_len > 0) {
        n += 2 * blocks(LANEKDF_MD5, handshake->enc_key_len + RANDOMS_LEN);
    }
    if (handshake->final_key_len > 0 && handshake->fixed_iv_len > 0) {
        n += 2 * blocks(LANEKDF_MD5, RANDOMS_LEN);
    }
    return n;
}

/* The PRFs with the labels "client write key", "server write key" and "IV block". The secret of the last one
 * is empty, so that its pads are the same for all handshakes and count for none. */
static unsigned export_compressions(const struct handshake *handshake)
{
    enum { KEY_LABEL_LEN = 16, IV_LABEL_LEN = 8 };
    const unsigned hash = handshake->hash;
    unsigned n = 2 * (pad_compressions(hash, handshake->enc_key_len) +
                         prf_compressions(hash, KEY_LABEL_LEN + RANDOMS_LEN, handshake->final_key_len));
    if (handshake->fixed_iv_len > 0) {
        n += prf_compressions(hash, IV_LABEL_LEN + RANDOMS_LEN, 2u * handshake->fixed_iv_len);
    }
    return n;
}

static unsigned master_secret_compressions(const struct handshake *handshake)
{
    enum { LABEL_LEN = 13, EXTENDED_LABEL_LEN = 22 };
    const unsigned hash = handshake->hash;
    const unsigned seed_len =
        handshake->extended ? EXTENDED_LABEL_LEN + digest_len(hash) : LABEL_LEN + RANDOMS_LEN;
    return pad_compressions(hash, handshake->pre_master_len) + prf_compressions(hash, seed_len, MASTER_LEN);
}

/* What is derived of the master secret, whose pads count once. */
static unsigned key_and_finished_compressions(const struct handshake *handshake)
{
    enum { LABEL_LEN = 13, FINISHED_LABEL_LEN = 15 };
    const unsigned hash = handshake->hash;
    const unsigned n_finished = (unsigned)handshake->client_finished + handshake->server_finished;
    if (handshake->key_block_len == 0 && n_finished == 0) {
        return 0;
    }
    unsigned n = pad_compressions(hash, MASTER_LEN);
    if (handshake->key_block_len > 0) {
        n += prf_compressions(hash, LABEL_LEN + RANDOMS_LEN, handshake->key_block_len);
    }
    return n + n_finished * prf_compressions(hash, FINISHED_LABEL_LEN + digest_len(hash), VERIFY_DATA_LEN);
}

unsigned compressions_of_handshake(const struct handshake *handshake)
{
    if (handshake->version == LANEKDF_SSL3) {
        return ssl3_compressions(handshake);
    }
    return (handshake->pre_master_len > 0 ? master_secret_compressions(handshake) : 0) +
           key_and_finished_compressions(handshake) +
           (handshake->final_key_len > 0 ? export_compressions(handshake) : 0);
}

size_t compressions_of_batch(const struct workload_batch *batch)
{
    size_t n = 0;
    if (batch->workload->compressions > 0) {
        return batch->n * batch->workload->compressions;
    }
    for (size_t i = 0; i < batch->n; i++) {
        n += compressions_of_handshake(&batch->handshakes[i]);
    }
    return n;
}
