#include "reference.h"

#include <string.h>

/* The compiler may not drop the memset: the empty asm could read what p points to. */
static void wipe(void *p, size_t len)
{
    memset(p, 0, len);
    __asm__ __volatile__("" : : "r"(p) : "memory");
}

static struct lanekdf_bytes bytes(const void *data, size_t len)
{
    return (struct lanekdf_bytes){data, len};
}

static struct lanekdf_bytes text(const char *s)
{
    return bytes(s, strlen(s));
}

/*
 * FIPS 180-4: SHA-256
 */

enum { SHA256_LEN = 32, SHA256_BLOCK_LEN = 64 };

struct sha256 {
    uint32_t H[8];                   /* the hash value */
    uint32_t W[64];                  /* the message schedule */
    uint8_t block[SHA256_BLOCK_LEN]; /* the begun block */
    uint64_t len;                    /* bytes of message so far */
};

/* Section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the
 * first 64 primes. */
/* clang-format off */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};
/* clang-format on */

/* Section 3.2: rotate right. */
static uint32_t ROTR(unsigned n, uint32_t x)
{
    return x >> n | x << (32 - n);
}

/* Section 4.1.2: the functions. */
static uint32_t Ch(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) ^ (~x & z);
}

static uint32_t Maj(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) ^ (x & z) ^ (y & z);
}

static uint32_t Sigma0(uint32_t x)
{
    return ROTR(2, x) ^ ROTR(13, x) ^ ROTR(22, x);
}

static uint32_t Sigma1(uint32_t x)
{
    return ROTR(6, x) ^ ROTR(11, x) ^ ROTR(25, x);
}

static uint32_t sigma0(uint32_t x)
{
    return ROTR(7, x) ^ ROTR(18, x) ^ x >> 3;
}

static uint32_t sigma1(uint32_t x)
{
    return ROTR(17, x) ^ ROTR(19, x) ^ x >> 10;
}

/* Section 6.2.2: one message block, M. */
static void sha256_compress(struct sha256 *sha, const uint8_t *M)
{
    uint32_t *W = sha->W, *H = sha->H;
    uint32_t a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
    int t;

    /* 1. The message schedule. */
    for (t = 0; t < 16; t++, M += 4)
        W[t] = (uint32_t)M[0] << 24 | (uint32_t)M[1] << 16 | (uint32_t)M[2] << 8 | M[3];
    for (t = 16; t < 64; t++)
        W[t] = sigma1(W[t - 2]) + W[t - 7] + sigma0(W[t - 15]) + W[t - 16];

    /* 2 and 3. 64 rounds. */
    for (t = 0; t < 64; t++) {
        uint32_t T1 = h + Sigma1(e) + Ch(e, f, g) + K[t] + W[t];
        uint32_t T2 = Sigma0(a) + Maj(a, b, c);
        h = g;
        g = f;
        f = e;
        e = d + T1;
        d = c;
        c = b;
        b = a;
        a = T1 + T2;
    }

    /* 4. The next hash value. */
    H[0] += a;
    H[1] += b;
    H[2] += c;
    H[3] += d;
    H[4] += e;
    H[5] += f;
    H[6] += g;
    H[7] += h;
}

/* Section 5.3.3: the first 32 bits of the fractional parts of the square roots of the
 * first eight primes. */
static void sha256_start(struct sha256 *sha)
{
    static const uint32_t H0[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    memcpy(sha->H, H0, sizeof sha->H);
    sha->len = 0;
}

static void sha256_add(struct sha256 *sha, struct lanekdf_bytes message)
{
    while (message.len > 0) {
        size_t used = sha->len % SHA256_BLOCK_LEN, room = SHA256_BLOCK_LEN - used;
        size_t n = message.len < room ? message.len : room;

        memcpy(sha->block + used, message.data, n);
        sha->len += n;
        message.data += n;
        message.len -= n;
        if (n == room)
            sha256_compress(sha, sha->block);
    }
}

/* Section 5.1.1: the padding, a one bit, zeros to 8 bytes before the end of a block and
 * the length in bits. Then the digest is the hash value; wipes sha. */
static void sha256_end(struct sha256 *sha, uint8_t digest[SHA256_LEN])
{
    static const uint8_t padding[SHA256_BLOCK_LEN] = {0x80};
    uint64_t n_bits = 8 * sha->len;
    size_t used = sha->len % SHA256_BLOCK_LEN;
    uint8_t length[8];
    int i;

    for (i = 0; i < 8; i++)
        length[i] = (uint8_t)(n_bits >> (56 - 8 * i));
    sha256_add(sha, bytes(padding, (used < 56 ? 56 : 56 + 64) - used));
    sha256_add(sha, bytes(length, sizeof length));
    for (i = 0; i < SHA256_LEN; i++)
        digest[i] = (uint8_t)(sha->H[i / 4] >> (24 - 8 * (i % 4)));
    wipe(sha, sizeof *sha);
}

/*
 * RFC 2104 section 2: HMAC(K, text) = H(K XOR opad, H(K XOR ipad, text))
 */

struct hmac {
    struct sha256 sha;
    uint8_t key[SHA256_BLOCK_LEN]; /* K, filled up with zeros */
};

/* Begins H(K XOR pad, ...). */
static void hmac_start_hash(struct hmac *hmac, uint8_t pad)
{
    uint8_t block[SHA256_BLOCK_LEN];
    size_t i;

    for (i = 0; i < sizeof block; i++)
        block[i] = hmac->key[i] ^ pad;
    sha256_start(&hmac->sha);
    sha256_add(&hmac->sha, bytes(block, sizeof block));
    wipe(block, sizeof block);
}

static void hmac_start(struct hmac *hmac, struct lanekdf_bytes key)
{
    memset(hmac->key, 0, sizeof hmac->key);
    if (key.len > sizeof hmac->key) { /* a longer key is hashed first */
        sha256_start(&hmac->sha);
        sha256_add(&hmac->sha, key);
        sha256_end(&hmac->sha, hmac->key);
    } else if (key.len > 0) {
        memcpy(hmac->key, key.data, key.len);
    }
    hmac_start_hash(hmac, 0x36); /* ipad */
}

static void hmac_add(struct hmac *hmac, struct lanekdf_bytes message)
{
    sha256_add(&hmac->sha, message);
}

/* Wipes hmac. */
static void hmac_end(struct hmac *hmac, uint8_t mac[SHA256_LEN])
{
    uint8_t inner[SHA256_LEN];

    sha256_end(&hmac->sha, inner);
    hmac_start_hash(hmac, 0x5c); /* opad */
    sha256_add(&hmac->sha, bytes(inner, sizeof inner));
    sha256_end(&hmac->sha, mac);
    wipe(inner, sizeof inner);
    wipe(hmac, sizeof *hmac);
}

/* label + seed */
static void hmac_add_seed(
    struct hmac *hmac, struct lanekdf_bytes label, const struct lanekdf_bytes *seed, size_t n_seed)
{
    size_t i;

    hmac_add(hmac, label);
    for (i = 0; i < n_seed; i++)
        hmac_add(hmac, seed[i]);
}

/*
 * RFC 5246 section 5: PRF(secret, label, seed) = P_hash(secret, label + seed), and
 *
 *   P_hash(secret, seed) = HMAC_hash(secret, A(1) + seed) +
 *                          HMAC_hash(secret, A(2) + seed) + ...
 *   A(0) = seed
 *   A(i) = HMAC_hash(secret, A(i - 1))
 *
 * cut to the length of out.
 */
static void PRF(struct lanekdf_bytes secret, struct lanekdf_bytes label, const struct lanekdf_bytes *seed,
    size_t n_seed, struct lanekdf_span out)
{
    uint8_t A[SHA256_LEN], output[SHA256_LEN];
    struct hmac hmac;
    size_t done, n;

    for (done = 0; done < out.len; done += n) {
        /* A(i) = HMAC_hash(secret, A(i - 1)) */
        hmac_start(&hmac, secret);
        if (done == 0)
            hmac_add_seed(&hmac, label, seed, n_seed); /* A(0) */
        else
            hmac_add(&hmac, bytes(A, sizeof A));
        hmac_end(&hmac, A);

        /* HMAC_hash(secret, A(i) + seed) */
        hmac_start(&hmac, secret);
        hmac_add(&hmac, bytes(A, sizeof A));
        hmac_add_seed(&hmac, label, seed, n_seed);
        hmac_end(&hmac, output);

        n = out.len - done < sizeof output ? out.len - done : sizeof output;
        memcpy(out.data + done, output, n);
    }
    wipe(A, sizeof A);
    wipe(output, sizeof output);
}

/*
 * RFC 5246 section 8.1: master_secret = PRF(pre_master_secret, "master secret",
 *                                           ClientHello.random + ServerHello.random)[0..47]
 *
 * RFC 7627 section 4:   master_secret = PRF(pre_master_secret, "extended master secret",
 *                                           session_hash)[0..47]
 */
static void compute_master_secret(
    const struct lanekdf_handshake *job, uint8_t master_secret[LANEKDF_MASTER_SECRET_LEN])
{
    struct lanekdf_span out = {master_secret, LANEKDF_MASTER_SECRET_LEN};

    if (job->known_master_secret) {
        memcpy(master_secret, job->known_master_secret, LANEKDF_MASTER_SECRET_LEN);
    } else if (job->session_hash.len > 0) {
        PRF(job->pre_master_secret, text("extended master secret"), &job->session_hash, 1, out);
    } else {
        struct lanekdf_bytes seed[2] = {
            bytes(job->client_random, LANEKDF_RANDOM_LEN), bytes(job->server_random, LANEKDF_RANDOM_LEN)};
        PRF(job->pre_master_secret, text("master secret"), seed, 2, out);
    }
}

/*
 * RFC 5246 section 6.3: key_block = PRF(SecurityParameters.master_secret, "key expansion",
 *                                       SecurityParameters.server_random +
 *                                       SecurityParameters.client_random)
 *
 * The server's random comes first here.
 */
static void compute_key_block(const struct lanekdf_handshake *job, struct lanekdf_bytes master_secret)
{
    size_t len = 2 * ((size_t)job->mac_key_len + job->enc_key_len + job->fixed_iv_len);
    struct lanekdf_span out = {job->key_block, len};
    struct lanekdf_bytes seed[2] = {
        bytes(job->server_random, LANEKDF_RANDOM_LEN), bytes(job->client_random, LANEKDF_RANDOM_LEN)};

    if (len > 0)
        PRF(master_secret, text("key expansion"), seed, 2, out);
}

/*
 * RFC 5246 section 7.4.9: verify_data = PRF(master_secret, finished_label,
 *                                           Hash(handshake_messages))[0..verify_data_length-1]
 */
static void compute_verify_data(struct lanekdf_bytes master_secret, const char *finished_label,
    struct lanekdf_bytes handshake_hash, uint8_t *verify_data)
{
    struct lanekdf_span out = {verify_data, LANEKDF_VERIFY_DATA_LEN};

    if (handshake_hash.len > 0)
        PRF(master_secret, text(finished_label), &handshake_hash, 1, out);
}

void reference_handshake(const struct lanekdf_handshake *job)
{
    uint8_t master_secret[LANEKDF_MASTER_SECRET_LEN];
    compute_master_secret(job, master_secret);
    const struct lanekdf_bytes secret = bytes(master_secret, sizeof master_secret);

    if (job->master_secret)
        memcpy(job->master_secret, master_secret, sizeof master_secret);
    compute_key_block(job, secret);
    compute_verify_data(secret, "client finished", job->client_finished_hash, job->client_verify_data);
    compute_verify_data(secret, "server finished", job->server_finished_hash, job->server_verify_data);
    wipe(master_secret, sizeof master_secret);
}

void reference_prf(const struct lanekdf_prf *job)
{
    PRF(job->secret, job->label, job->seed, job->n_seed, job->out);
}

/* FIPS 180-4 section 7: a truncated digest is its leftmost part. */
void reference_message_hash(const struct lanekdf_message_hash *job)
{
    uint8_t digest[SHA256_LEN];
    struct sha256 sha;
    size_t i;

    sha256_start(&sha);
    for (i = 0; i < job->n_message; i++)
        sha256_add(&sha, job->message[i]);
    sha256_end(&sha, digest);
    memcpy(job->out.data, digest, job->out.len);
    wipe(digest, sizeof digest);
}

/* RFC 2104 section 5: truncated output is the leftmost part. */
void reference_hmac(const struct lanekdf_hmac *job)
{
    uint8_t mac[SHA256_LEN];
    struct hmac hmac;
    size_t i;

    hmac_start(&hmac, job->key);
    for (i = 0; i < job->n_message; i++)
        hmac_add(&hmac, job->message[i]);
    hmac_end(&hmac, mac);
    memcpy(job->out.data, mac, job->out.len);
    wipe(mac, sizeof mac);
}

void reference_derive(const struct lanekdf_job *job)
{
    switch (job->kind) {
    case LANEKDF_KIND_PRF:
        reference_prf((const struct lanekdf_prf *)job);
        break;
    case LANEKDF_KIND_HANDSHAKE:
        reference_handshake((const struct lanekdf_handshake *)job);
        break;
    case LANEKDF_KIND_HASH:
        reference_message_hash((const struct lanekdf_message_hash *)job);
        break;
    case LANEKDF_KIND_HMAC:
        reference_hmac((const struct lanekdf_hmac *)job);
        break;
    default:
        break;
    }
}
