#include "secret_words.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_BITS = 21, TABLE_LEN = 1 << TABLE_BITS };
enum { BLOCK = 64, DIGEST = 32 };

/* A hash table of words; 0 is an empty place, and never a secret. */
struct secret_words {
    bool rounds;
    size_t n;
    uint32_t table[TABLE_LEN];
};

struct secret_words *secret_words_new(bool rounds)
{
    struct secret_words *words = calloc(1, sizeof *words);

    if (!words)
        abort();
    words->rounds = rounds;
    return words;
}

void secret_words_free(struct secret_words *words)
{
    free(words);
}

static size_t place_of(uint32_t word)
{
    return word * 0x9e3779b1u >> (32 - TABLE_BITS);
}

static bool has(const struct secret_words *words, uint32_t word)
{
    for (size_t i = place_of(word); words->table[i]; i = (i + 1) % TABLE_LEN)
        if (words->table[i] == word)
            return true;
    return false;
}

static void add(struct secret_words *words, uint32_t word)
{
    size_t i = place_of(word);

    /* Not secret: zeros and what the xor bytes make of them, and small numbers, which
     * stand for counts and lengths elsewhere (the schedule of a block of padding has some). */
    if (word == (word & 0xff) * 0x01010101u || !(word >> 16) || !(word & 0xffff) || has(words, word))
        return;
    if (++words->n > TABLE_LEN / 2)
        abort();
    while (words->table[i])
        i = (i + 1) % TABLE_LEN;
    words->table[i] = word;
}

static uint32_t load(const uint8_t *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

/* Bytes at any alignment, and their words the other way round. */
static void add_bytes(struct secret_words *words, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i + 4 <= len; i++) {
        add(words, load(bytes + i));
        add(words, __builtin_bswap32(load(bytes + i)));
    }
}

const uint8_t *secret_words_find(const struct secret_words *words, const void *memory, size_t len)
{
    const uint8_t *bytes = memory;

    for (size_t i = 0; i + 8 <= len; i++)
        if (load(bytes + i) && has(words, load(bytes + i)) && has(words, load(bytes + i + 4)))
            return bytes + i;
    return NULL;
}

/*
 * SHA-256 that keeps a record of everything. Here every chaining value is taken for a
 * secret; the caller hashes nothing but what has one in it.
 */

static const uint32_t K[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb,
    0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
    0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb,
    0xbef9a3f7, 0xc67178f2};

static uint32_t rotr(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void compress(struct secret_words *words, uint32_t h[8], const uint8_t *block)
{
    uint32_t w[64], s[8];

    for (int t = 0; t < 16; t++)
        w[t] = __builtin_bswap32(load(block + 4 * t));
    for (int t = 16; t < 64; t++)
        w[t] = w[t - 16] + (rotr(w[t - 15], 7) ^ rotr(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 7] +
               (rotr(w[t - 2], 17) ^ rotr(w[t - 2], 19) ^ w[t - 2] >> 10);
    memcpy(s, h, sizeof s);
    for (int t = 0; t < 64; t++) {
        uint32_t t1 = s[7] + (rotr(s[4], 6) ^ rotr(s[4], 11) ^ rotr(s[4], 25)) +
                      ((s[4] & s[5]) ^ (~s[4] & s[6])) + K[t] + w[t];
        uint32_t t2 = (rotr(s[0], 2) ^ rotr(s[0], 13) ^ rotr(s[0], 22)) +
                      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;
        if (words->rounds) {
            add(words, s[0]);
            add(words, s[4]);
            if (t >= 16)
                add(words, w[t]);
        }
    }
    for (int i = 0; i < 8; i++) {
        h[i] += s[i];
        add(words, h[i]);
        add(words, __builtin_bswap32(h[i]));
    }
}

struct sha {
    struct secret_words *words;
    uint32_t h[8];
    uint8_t block[BLOCK];
    uint64_t len;
};

static struct sha sha_start(struct secret_words *words)
{
    return (struct sha){.words = words,
        .h = {
            0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

static void sha_add(struct sha *sha, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        sha->block[sha->len++ % BLOCK] = bytes[i];
        if (sha->len % BLOCK == 0)
            compress(sha->words, sha->h, sha->block);
    }
}

static void sha_end(struct sha *sha, uint8_t digest[DIGEST])
{
    uint64_t bits = __builtin_bswap64(sha->len * 8);
    static const uint8_t padding[BLOCK] = {0x80};

    sha_add(sha, padding, 1 + (BLOCK * 2 - 9 - sha->len % BLOCK) % BLOCK);
    sha_add(sha, (const uint8_t *)&bits, 8);
    for (int i = 0; i < 8; i++) {
        uint32_t word = __builtin_bswap32(sha->h[i]);
        memcpy(digest + 4 * i, &word, 4);
    }
    add_bytes(sha->words, digest, DIGEST); /* at odd addresses too */
}

static void hmac_pad(struct sha *sha, const uint8_t key[BLOCK], uint8_t xor_byte)
{
    uint8_t block[BLOCK];

    for (int i = 0; i < BLOCK; i++)
        block[i] = key[i] ^ xor_byte;
    add_bytes(sha->words, block, BLOCK);
    sha_add(sha, block, BLOCK);
}

/* HMAC over digest (if it is not NULL) and pieces. */
static void hmac(struct secret_words *words, struct lanekdf_bytes secret, const uint8_t *digest,
    const struct lanekdf_bytes *pieces, size_t n, uint8_t mac[DIGEST])
{
    uint8_t key[BLOCK] = {0}, inner[DIGEST];
    struct sha sha = sha_start(words);

    add_bytes(words, secret.data, secret.len);
    if (secret.len > BLOCK) {
        sha_add(&sha, secret.data, secret.len);
        sha_end(&sha, key);
        sha = sha_start(words);
    } else if (secret.len) {
        memcpy(key, secret.data, secret.len);
    }
    hmac_pad(&sha, key, 0x36);
    if (digest)
        sha_add(&sha, digest, DIGEST);
    for (size_t i = 0; i < n; i++)
        sha_add(&sha, pieces[i].data, pieces[i].len);
    sha_end(&sha, inner);
    sha = sha_start(words);
    hmac_pad(&sha, key, 0x5c);
    sha_add(&sha, inner, DIGEST);
    sha_end(&sha, mac);
}

static void prf(struct secret_words *words, struct lanekdf_bytes secret, const struct lanekdf_bytes *seed,
    size_t n, struct lanekdf_span out)
{
    uint8_t a[DIGEST], block[DIGEST];

    hmac(words, secret, NULL, seed, n, a);
    for (size_t done = 0; done < out.len; done += DIGEST) {
        hmac(words, secret, a, seed, n, block);
        memcpy(out.data + done, block, out.len - done < DIGEST ? out.len - done : DIGEST);
        hmac(words, secret, a, NULL, 0, a);
    }
    add_bytes(words, out.data, out.len);
}

static struct lanekdf_bytes text(const char *s)
{
    return (struct lanekdf_bytes){(const uint8_t *)s, strlen(s)};
}

static void add_handshake(struct secret_words *words, const struct lanekdf_handshake *job)
{
    struct lanekdf_bytes client_random = {job->client_random, LANEKDF_RANDOM_LEN};
    struct lanekdf_bytes server_random = {job->server_random, LANEKDF_RANDOM_LEN};
    uint8_t master[LANEKDF_MASTER_SECRET_LEN], out[2 * 3 * 255];
    struct lanekdf_bytes secret = {master, sizeof master};
    size_t len = 2 * ((size_t)job->mac_key_len + job->enc_key_len + job->fixed_iv_len);

    if (job->known_master_secret) {
        memcpy(master, job->known_master_secret, sizeof master);
        add_bytes(words, master, sizeof master);
    } else if (job->session_hash.len) {
        struct lanekdf_bytes seed[] = {text("extended master secret"), job->session_hash};
        prf(words, job->pre_master_secret, seed, 2, (struct lanekdf_span){master, sizeof master});
    } else {
        struct lanekdf_bytes seed[] = {text("master secret"), client_random, server_random};
        prf(words, job->pre_master_secret, seed, 3, (struct lanekdf_span){master, sizeof master});
    }
    if (len) {
        struct lanekdf_bytes seed[] = {text("key expansion"), server_random, client_random};
        prf(words, secret, seed, 3, (struct lanekdf_span){out, len});
    }
    if (job->client_finished_hash.len) {
        struct lanekdf_bytes seed[] = {text("client finished"), job->client_finished_hash};
        prf(words, secret, seed, 2, (struct lanekdf_span){out, LANEKDF_VERIFY_DATA_LEN});
    }
    if (job->server_finished_hash.len) {
        struct lanekdf_bytes seed[] = {text("server finished"), job->server_finished_hash};
        prf(words, secret, seed, 2, (struct lanekdf_span){out, LANEKDF_VERIFY_DATA_LEN});
    }
}

static void add_prf(struct secret_words *words, const struct lanekdf_prf *job)
{
    struct lanekdf_bytes *seed = malloc((job->n_seed + 1) * sizeof *seed);
    struct lanekdf_span out = {malloc(job->out.len), job->out.len};

    if (!seed || !out.data)
        abort();
    seed[0] = job->label;
    if (job->n_seed)
        memcpy(seed + 1, job->seed, job->n_seed * sizeof *seed);
    prf(words, job->secret, seed, job->n_seed + 1, out);
    free(seed);
    free(out.data);
}

void secret_words_add_job(struct secret_words *words, const struct lanekdf_job *job)
{
    const void *any = job;
    uint8_t digest[DIGEST];

    if (job->kind == LANEKDF_KIND_PRF) {
        add_prf(words, any);
    } else if (job->kind == LANEKDF_KIND_HANDSHAKE) {
        add_handshake(words, any);
    } else if (job->kind == LANEKDF_KIND_HASH) {
        const struct lanekdf_message_hash *hash = any;
        struct sha sha = sha_start(words);
        for (size_t i = 0; i < hash->n_message; i++) {
            add_bytes(words, hash->message[i].data, hash->message[i].len);
            sha_add(&sha, hash->message[i].data, hash->message[i].len);
        }
        sha_end(&sha, digest);
    } else {
        const struct lanekdf_hmac *mac = any;
        hmac(words, mac->key, NULL, mac->message, mac->n_message, digest);
    }
}
