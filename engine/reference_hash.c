#include "reference_hash.h"

typedef union reference_state state;

/*
 * FIPS 180-4
 */

/* Section 4.1: the functions, for words of 32 and of 64 bits. */
#define Ch(x, y, z) (((x) & (y)) ^ (~(x) & (z)))
#define Maj(x, y, z) (((x) & (y)) ^ ((x) & (z)) ^ ((y) & (z)))
#define Parity(x, y, z) ((x) ^ (y) ^ (z))

/* Section 3.2: rotations. */
static uint32_t ROTL(unsigned n, uint32_t x)
{
    return x << n | x >> (32 - n);
}

static uint32_t ROTR(unsigned n, uint32_t x)
{
    return x >> n | x << (32 - n);
}

static uint64_t ROTR64(unsigned n, uint64_t x)
{
    return x >> n | x << (64 - n);
}

/* Section 3.1: words are big-endian. */
static uint32_t word(const uint8_t *M)
{
    return (uint32_t)M[0] << 24 | (uint32_t)M[1] << 16 | (uint32_t)M[2] << 8 | M[3];
}

static uint64_t word64(const uint8_t *M)
{
    return (uint64_t)word(M) << 32 | word(M + 4);
}

/* RFC 1321 section 2: words are little-endian. */
static uint32_t little_endian_word(const uint8_t *X)
{
    return (uint32_t)X[3] << 24 | (uint32_t)X[2] << 16 | (uint32_t)X[1] << 8 | X[0];
}

/* Sections 4.1.1, 4.2.1 and 6.1.2: SHA-1, one message block, M. */
static void sha1_compress(state *s, const uint8_t *M)
{
    uint32_t *H = s->w32, W[80];
    uint32_t a = H[0], b = H[1], c = H[2], d = H[3], e = H[4];
    int t;

    for (t = 0; t < 16; t++) {
        W[t] = word(M + 4 * t);
    }
    for (t = 16; t < 80; t++) {
        W[t] = ROTL(1, W[t - 3] ^ W[t - 8] ^ W[t - 14] ^ W[t - 16]);
        SAW_IN_ROUND(W[t]);
    }

    for (t = 0; t < 80; t++) {
        uint32_t f_and_K = t < 20   ? Ch(b, c, d) + 0x5a827999
                           : t < 40 ? Parity(b, c, d) + 0x6ed9eba1
                           : t < 60 ? Maj(b, c, d) + 0x8f1bbcdc
                                    : Parity(b, c, d) + 0xca62c1d6;
        uint32_t T = ROTL(5, a) + f_and_K + e + W[t];
        e = d;
        d = c;
        c = ROTL(30, b);
        b = a;
        a = T;
        SAW_IN_ROUND(a);
    }

    H[0] += a;
    H[1] += b;
    H[2] += c;
    H[3] += d;
    H[4] += e;
    reference_wipe(W, sizeof(W));
}

/* Section 4.2.2: the constants of SHA-256, the first 32 bits of the fractional parts of the cube roots of the
 * first 64 primes. */
/* clang-format off */
static const uint32_t K256[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

/* Section 4.2.3: the constants of SHA-384 and SHA-512, the first 64 bits of those of the first 80 primes. */
static const uint64_t K512[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538,
    0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe,
    0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
    0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab,
    0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
    0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
    0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8, 0x1e376c085141ab53,
    0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c,
    0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
    0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817
};
/* clang-format on */

/* Section 4.1.2: the functions of SHA-256. */
static uint32_t Sigma0_256(uint32_t x)
{
    return ROTR(2, x) ^ ROTR(13, x) ^ ROTR(22, x);
}

static uint32_t Sigma1_256(uint32_t x)
{
    return ROTR(6, x) ^ ROTR(11, x) ^ ROTR(25, x);
}

static uint32_t sigma0_256(uint32_t x)
{
    return ROTR(7, x) ^ ROTR(18, x) ^ x >> 3;
}

static uint32_t sigma1_256(uint32_t x)
{
    return ROTR(17, x) ^ ROTR(19, x) ^ x >> 10;
}

/* Section 4.1.3: the functions of SHA-384 and SHA-512. */
static uint64_t Sigma0_512(uint64_t x)
{
    return ROTR64(28, x) ^ ROTR64(34, x) ^ ROTR64(39, x);
}

static uint64_t Sigma1_512(uint64_t x)
{
    return ROTR64(14, x) ^ ROTR64(18, x) ^ ROTR64(41, x);
}

static uint64_t sigma0_512(uint64_t x)
{
    return ROTR64(1, x) ^ ROTR64(8, x) ^ x >> 7;
}

static uint64_t sigma1_512(uint64_t x)
{
    return ROTR64(19, x) ^ ROTR64(61, x) ^ x >> 6;
}

/* Section 6.2.2: SHA-256, one message block, M. */
static void sha256_compress(state *s, const uint8_t *M)
{
    uint32_t *H = s->w32, W[64];
    uint32_t a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
    int t;

    /* 1. The message schedule. */
    for (t = 0; t < 16; t++) {
        W[t] = word(M + 4 * t);
    }
    for (t = 16; t < 64; t++) {
        W[t] = sigma1_256(W[t - 2]) + W[t - 7] + sigma0_256(W[t - 15]) + W[t - 16];
        SAW_IN_ROUND(W[t]);
    }

    /* 2 and 3. 64 rounds. */
    for (t = 0; t < 64; t++) {
        uint32_t T1 = h + Sigma1_256(e) + Ch(e, f, g) + K256[t] + W[t];
        uint32_t T2 = Sigma0_256(a) + Maj(a, b, c);
        h = g;
        g = f;
        f = e;
        e = d + T1;
        d = c;
        c = b;
        b = a;
        a = T1 + T2;
        SAW_IN_ROUND(a);
        SAW_IN_ROUND(e);
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
    reference_wipe(W, sizeof(W));
}

/* Section 6.4.2: SHA-384 and SHA-512, one message block, M. */
static void sha512_compress(state *s, const uint8_t *M)
{
    uint64_t *H = s->w64, W[80];
    uint64_t a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
    int t;

    /* 1. The message schedule. */
    for (t = 0; t < 16; t++) {
        W[t] = word64(M + 8 * t);
    }
    for (t = 16; t < 80; t++) {
        W[t] = sigma1_512(W[t - 2]) + W[t - 7] + sigma0_512(W[t - 15]) + W[t - 16];
        SAW_IN_ROUND(W[t]);
    }

    /* 2 and 3. 80 rounds. */
    for (t = 0; t < 80; t++) {
        uint64_t T1 = h + Sigma1_512(e) + Ch(e, f, g) + K512[t] + W[t];
        uint64_t T2 = Sigma0_512(a) + Maj(a, b, c);
        h = g;
        g = f;
        f = e;
        e = d + T1;
        d = c;
        c = b;
        b = a;
        a = T1 + T2;
        SAW_IN_ROUND(a);
        SAW_IN_ROUND(e);
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
    reference_wipe(W, sizeof(W));
}

/*
 * RFC 1321: MD5
 */

/* Section 3.4: T[i] is the integer part of 4294967296 times abs(sin(i)), i from 1, in radians. */
/* clang-format off */
static const uint32_t T[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391
};
/* clang-format on */

/* Section 3.4: MD5, one block, whose words are X. */
static void md5_compress(state *s, const uint8_t *block)
{
    /* By round: the shifts s, the first k, and the distance from one k to the next. */
    static const uint8_t shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    static const uint8_t first[4] = {0, 1, 5, 0}, step[4] = {1, 5, 3, 7};
    uint32_t *H = s->w32, X[16];
    uint32_t A = H[0], B = H[1], C = H[2], D = H[3];
    int i;

    for (i = 0; i < 16; i++) {
        X[i] = little_endian_word(block + 4 * i);
    }

    for (i = 0; i < 64; i++) {
        const int round = i / 16;
        uint32_t f = round == 0   ? (B & C) | (~B & D) /* F */
                     : round == 1 ? (B & D) | (C & ~D) /* G */
                     : round == 2 ? B ^ C ^ D          /* H */
                                  : C ^ (B | ~D);      /* I */
        uint32_t a = B + ROTL(shifts[round][i % 4], A + f + X[(first[round] + step[round] * i) % 16] + T[i]);
        A = D;
        D = C;
        C = B;
        B = a;
        SAW_IN_ROUND(B);
    }

    H[0] += A;
    H[1] += B;
    H[2] += C;
    H[3] += D;
    reference_wipe(X, sizeof(X));
}

/*
 * What all hashes have in common: blocks, padding, digests
 */

struct algorithm {
    size_t digest_len, block_len, length_len; /* bytes; length_len: of the length that ends the padding */
    bool is_little_endian;
    void (*compress)(state *s, const uint8_t *block);
    state start;
};

static const struct algorithm algorithms[] = {
    /* Section 5.3.3: the first 32 bits of the fractional parts of the square roots of the
     * first eight primes. */
    [LANEKDF_SHA256] = {32, 64, 8, false, sha256_compress,
        {.w32 = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
             0x5be0cd19}}},
    /* Section 5.3.4: 64 bits, of the ninth to the sixteenth prime. */
    [LANEKDF_SHA384] = {48, 128, 16, false, sha512_compress,
        {.w64 = {0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
             0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4}}},
    /* Section 5.3.5: 64 bits, of the first eight. */
    [LANEKDF_SHA512] = {64, 128, 16, false, sha512_compress,
        {.w64 = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
             0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179}}},
    /* RFC 1321 section 3.3. */
    [LANEKDF_MD5] = {16, 64, 8, true, md5_compress,
        {.w32 = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}}},
    /* Section 5.3.1. */
    [LANEKDF_SHA1] = {20, 64, 8, false, sha1_compress,
        {.w32 = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}}},
};

size_t reference_hash_block_len(uint32_t id)
{
    return algorithms[id].block_len;
}

void reference_hash_start(struct reference_hash *hash, uint32_t id)
{
    hash->id = id;
    hash->state = algorithms[id].start;
    hash->len = 0;
}

void reference_hash_add(struct reference_hash *hash, struct lanekdf_bytes message)
{
    const struct algorithm *algorithm = &algorithms[hash->id];

    while (message.len > 0) {
        size_t used = hash->len % algorithm->block_len, room = algorithm->block_len - used;
        size_t n = message.len < room ? message.len : room;

        memcpy(hash->block + used, message.data, n);
        hash->len += n;
        message.data += n;
        message.len -= n;
        if (n == room) {
            algorithm->compress(&hash->state, hash->block);
            SAW_STATE(hash->state);
        }
    }
}

/* Byte i of a hash value, whose last words a truncated digest leaves out. */
static uint8_t state_byte(const struct algorithm *algorithm, const state *s, size_t i)
{
    if (algorithm->is_little_endian) {
        return (uint8_t)(s->w32[i / 4] >> (8 * (i % 4)));
    }
    if (algorithm->block_len == 128) {
        return (uint8_t)(s->w64[i / 8] >> (56 - 8 * (i % 8)));
    }
    return (uint8_t)(s->w32[i / 4] >> (24 - 8 * (i % 4)));
}

/* FIPS 180-4 section 5.1, RFC 1321 sections 3.1 and 3.2: the padding is a one bit, zeros, and the length of
 * the message in bits, which ends a block. */
size_t reference_hash_end(struct reference_hash *hash, uint8_t *digest)
{
    static const uint8_t padding[REFERENCE_MAX_BLOCK] = {0x80};
    const struct algorithm *algorithm = &algorithms[hash->id];
    const size_t end = algorithm->block_len - algorithm->length_len;
    const size_t used = hash->len % algorithm->block_len;
    const uint64_t n_bits = 8 * hash->len;
    uint8_t length[16] = {0};
    size_t i;

    for (i = 0; i < 8; i++) {
        length[algorithm->is_little_endian ? i : algorithm->length_len - 1 - i] =
            (uint8_t)(n_bits >> (8 * i));
    }
    reference_hash_add(
        hash, (struct lanekdf_bytes){padding, used < end ? end - used : end + algorithm->block_len - used});
    reference_hash_add(hash, (struct lanekdf_bytes){length, algorithm->length_len});
    for (i = 0; i < algorithm->digest_len; i++) {
        digest[i] = state_byte(algorithm, &hash->state, i);
    }
    SAW_BYTES(digest, algorithm->digest_len);
    reference_wipe(hash, sizeof(*hash));
    return algorithm->digest_len;
}

/*
 * RFC 2104 section 2: HMAC(K, text) = H(K XOR opad, H(K XOR ipad, text))
 */

/* Step 1: zeros fill K up. A key longer than a block is hashed before. */
static void fill_up_key(uint32_t id, struct lanekdf_bytes secret, uint8_t *K)
{
    struct reference_hash hash;

    memset(K, 0, algorithms[id].block_len);
    if (secret.len > algorithms[id].block_len) {
        reference_hash_start(&hash, id);
        reference_hash_add(&hash, secret);
        reference_hash_end(&hash, K);
    } else if (secret.len > 0) {
        memcpy(K, secret.data, secret.len);
    }
}

/* The bytes that stand for a hash value of eight words, those that the hash does not have being zero. */
static size_t state_len(uint32_t id)
{
    return algorithms[id].block_len / 2;
}

/* The hash value behind the block K XOR pad, where pad is the byte of ipad or opad. */
static void compute_padded_key(uint32_t id, const uint8_t *K, uint8_t pad, uint8_t *value)
{
    uint8_t block[REFERENCE_MAX_BLOCK] = {0};
    struct reference_hash hash;
    size_t i;

    for (i = 0; i < algorithms[id].block_len; i++) {
        block[i] = K[i] ^ pad;
    }
    SAW_BYTES(block, algorithms[id].block_len);
    reference_hash_start(&hash, id);
    reference_hash_add(&hash, (struct lanekdf_bytes){block, algorithms[id].block_len});
    for (i = 0; i < state_len(id); i++) {
        value[i] = state_byte(&algorithms[id], &hash.state, i);
    }
    reference_wipe(block, sizeof(block));
    reference_wipe(&hash, sizeof(hash));
}

/* RFC 2104 section 4: "the intermediate results of the compression function on the B-byte blocks (K XOR ipad)
 * and (K XOR opad) can be precomputed only once at the time of generation of the key K". */
void reference_hmac_key(uint32_t id, struct lanekdf_bytes secret, uint8_t *key)
{
    uint8_t K[REFERENCE_MAX_BLOCK];

    fill_up_key(id, secret, K);
    compute_padded_key(id, K, 0x36, key);                 /* ipad */
    compute_padded_key(id, K, 0x5c, key + state_len(id)); /* opad */
    reference_wipe(K, sizeof(K));
}

/* Goes on from the hash value behind a block. */
static void hash_go_on(struct reference_hash *hash, uint32_t id, const uint8_t *value)
{
    const struct algorithm *algorithm = &algorithms[id];
    const size_t word_len = algorithm->block_len / 16;
    size_t i;

    reference_hash_start(hash, id);
    for (i = 0; i < 8; i++, value += word_len) {
        if (algorithm->is_little_endian) {
            hash->state.w32[i] = little_endian_word(value);
        } else if (word_len == 8) {
            hash->state.w64[i] = word64(value);
        } else {
            hash->state.w32[i] = word(value);
        }
    }
    hash->len = algorithm->block_len;
}

void reference_hmac_start(struct reference_hash *hash, uint32_t id, const uint8_t *key)
{
    hash_go_on(hash, id, key);
}

size_t reference_hmac_end(struct reference_hash *hash, const uint8_t *key, uint8_t *mac)
{
    const uint32_t id = hash->id;
    uint8_t inner[REFERENCE_MAX_DIGEST];
    const size_t len = reference_hash_end(hash, inner);

    hash_go_on(hash, id, key + state_len(id));
    reference_hash_add(hash, (struct lanekdf_bytes){inner, len});
    reference_wipe(inner, sizeof(inner));
    return reference_hash_end(hash, mac);
}
