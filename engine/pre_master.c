/*
 * What a key exchange gave, made a pre-master secret.
 *
 * Where a secret byte decides, a mask of all ones or all zeros does it: nothing is skipped
 * and everything is read and written, whatever the bytes are. Each worker is a function of
 * its own, so that what it leaves lies below the caller's frame, where clean() wipes.
 */
#include "lanekdf.h"
#include "overlap.h"
#include "simd.h"
#include "wipe.h"

enum {
    VERSION_LEN = 2,
    RSA_MIN_LEN = 2 + 8 + 1 + LANEKDF_PRE_MASTER_RSA_LEN, /* RFC 8017 section 7.2.1: 8 bytes of PS or more */
    X25519_LEN = 32,
    X448_LEN = 56
};

/* ---- masks ---- */

/* A compiler that knew a mask to be one could make a branch of it. */
static const volatile uint32_t unknown_zero = 0;

/* All ones if x is 0, else 0. */
static inline uint32_t mask_of_zero(uint32_t x)
{
    return (((x | (0 - x)) >> 31) - 1) ^ unknown_zero;
}

static inline uint8_t select_byte(uint32_t mask, uint8_t if_ones, uint8_t if_zeros)
{
    return (uint8_t)((if_ones & mask) | (if_zeros & ~mask));
}

/* ---- before and after each ---- */

/* A status; unless it is LANEKDF_OK, out is zeroed, if it overlaps nothing. */
static int check(int lengths_fit, struct lanekdf_span out, const struct lanekdf_bytes *in, size_t n_in)
{
    int null = out.len && !out.data, overlaps = 0;
    for (size_t i = 0; i < n_in; i++) {
        null |= in[i].len && !in[i].data;
        overlaps |= overlap(out.data, out.len, in[i].data, in[i].len);
    }
    if (!null && lengths_fit && !overlaps) {
        return LANEKDF_OK;
    }
    if (out.data && out.len <= LANEKDF_MAX_SECRET && !overlaps) {
        memset(out.data, 0, out.len);
    }
    return null ? LANEKDF_ERROR_NULL : lengths_fit ? LANEKDF_ERROR_OVERLAP : LANEKDF_ERROR_LENGTH;
}

static void clean(void)
{
    wipe_stack();
    simd_clear_registers();
}

/* ---- RSA ---- */

/* RFC 8017 section 7.2.2, step 3: whether encoded is 00 02 PS 00 M with an M of 48 bytes, as a mask. */
static uint32_t is_pkcs1(struct lanekdf_bytes encoded)
{
    const size_t end_of_ps = encoded.len - LANEKDF_PRE_MASTER_RSA_LEN - 1;
    const uint8_t *em = encoded.data;
    uint32_t wrong = em[0] | (em[1] ^ 2u) | em[end_of_ps];
    for (size_t i = 2; i < end_of_ps; i++) {
        wrong |= mask_of_zero(em[i]);
    }
    return mask_of_zero(wrong);
}

/* RFC 5246 section 7.4.7.1, the construction that it recommends. */
__attribute__((noinline)) static void take_rsa(
    const uint8_t *message, uint32_t good, uint16_t client_version, const uint8_t *random, uint8_t *out)
{
    out[0] = (uint8_t)(client_version >> 8);
    out[1] = (uint8_t)client_version;
    for (size_t i = VERSION_LEN; i < LANEKDF_PRE_MASTER_RSA_LEN; i++) {
        out[i] = select_byte(good, message[i], random[i - VERSION_LEN]);
    }
}

__attribute__((noinline)) static void decode_rsa(
    struct lanekdf_bytes encoded, uint16_t client_version, const uint8_t *random, uint8_t *out)
{
    const uint8_t *message = encoded.data + encoded.len - LANEKDF_PRE_MASTER_RSA_LEN;
    take_rsa(message, is_pkcs1(encoded), client_version, random, out);
}

int lanekdf_pre_master_rsa(
    struct lanekdf_bytes encoded, uint16_t client_version, const uint8_t *random, uint8_t *pre_master_secret)
{
    const struct lanekdf_bytes in[] = {encoded, {random, LANEKDF_PRE_MASTER_RANDOM_LEN}};
    const int lengths_fit = encoded.len >= RSA_MIN_LEN && encoded.len <= LANEKDF_MAX_SECRET;
    const int status =
        check(lengths_fit, (struct lanekdf_span){pre_master_secret, LANEKDF_PRE_MASTER_RSA_LEN}, in, 2);
    if (status != LANEKDF_OK) {
        return status;
    }
    decode_rsa(encoded, client_version, random, pre_master_secret);
    clean();
    return LANEKDF_OK;
}

int lanekdf_pre_master_rsa_message(const uint8_t *message, uint32_t good, uint16_t client_version,
    const uint8_t *random, uint8_t *pre_master_secret)
{
    const struct lanekdf_bytes in[] = {
        {message, LANEKDF_PRE_MASTER_RSA_LEN}, {random, LANEKDF_PRE_MASTER_RANDOM_LEN}};
    const int status = check(1, (struct lanekdf_span){pre_master_secret, LANEKDF_PRE_MASTER_RSA_LEN}, in, 2);
    if (status != LANEKDF_OK) {
        return status;
    }
    take_rsa(message, ~mask_of_zero(good), client_version, random, pre_master_secret);
    clean();
    return LANEKDF_OK;
}

/* ---- Diffie-Hellman ---- */

/* Which of the two is no secret; that it is found without a branch lets the tests poison all inputs. */
static int status_of(uint32_t is_zero)
{
    return (int)(is_zero & LANEKDF_ERROR_SECRET);
}

/*
 * Shifts left by the number of leading zeros, a binary digit of it at a time: each pass reads
 * and writes every byte, and moves it or not. Returns the length of what is left.
 */
__attribute__((noinline)) static size_t strip(struct lanekdf_bytes in, uint8_t *out)
{
    uint32_t n_zeros = 0, leading = ~0u;
    for (size_t i = 0; i < in.len; i++) {
        leading &= mask_of_zero(in.data[i]);
        n_zeros += leading & 1;
        out[i] = in.data[i];
    }
    for (uint32_t shift = 1; shift < in.len; shift *= 2) {
        const uint32_t stays = mask_of_zero(n_zeros & shift);
        for (size_t i = 0; i < in.len; i++) {
            out[i] = select_byte(stays, out[i], i + shift < in.len ? out[i + shift] : 0);
        }
    }
    return in.len - n_zeros;
}

int lanekdf_pre_master_dh(struct lanekdf_bytes shared_secret, struct lanekdf_span *pre_master_secret)
{
    const int lengths_fit = shared_secret.len > 0 && shared_secret.len <= LANEKDF_MAX_SECRET &&
                            pre_master_secret->len == shared_secret.len;
    const int status = check(lengths_fit, *pre_master_secret, &shared_secret, 1);
    pre_master_secret->len = 0;
    if (status != LANEKDF_OK) {
        return status;
    }
    pre_master_secret->len = strip(shared_secret, pre_master_secret->data);
    clean();
    return status_of(mask_of_zero((uint32_t)pre_master_secret->len));
}

/* ---- elliptic curves ---- */

/* Returns whether all of it is 0, as a mask. */
__attribute__((noinline)) static uint32_t pad(struct lanekdf_bytes in, struct lanekdf_span out)
{
    const size_t n_padding = out.len - in.len;
    uint32_t any = 0;
    memset(out.data, 0, n_padding);
    for (size_t i = 0; i < in.len; i++) {
        any |= out.data[n_padding + i] = in.data[i];
    }
    return mask_of_zero(any);
}

int lanekdf_pre_master_ecdh(struct lanekdf_bytes x, struct lanekdf_span pre_master_secret)
{
    const int lengths_fit =
        x.len > 0 && x.len <= pre_master_secret.len && pre_master_secret.len <= LANEKDF_MAX_SECRET;
    const int status = check(lengths_fit, pre_master_secret, &x, 1);
    if (status != LANEKDF_OK) {
        return status;
    }
    pad(x, pre_master_secret);
    clean();
    return LANEKDF_OK;
}

static int montgomery(const uint8_t *shared_secret, size_t len, uint8_t *pre_master_secret)
{
    const struct lanekdf_bytes in = {shared_secret, len};
    const struct lanekdf_span out = {pre_master_secret, len};
    const int status = check(1, out, &in, 1);
    if (status != LANEKDF_OK) {
        return status;
    }
    const uint32_t is_zero = pad(in, out);
    clean();
    return status_of(is_zero);
}

int lanekdf_pre_master_x25519(const uint8_t *shared_secret, uint8_t *pre_master_secret)
{
    return montgomery(shared_secret, X25519_LEN, pre_master_secret);
}

int lanekdf_pre_master_x448(const uint8_t *shared_secret, uint8_t *pre_master_secret)
{
    return montgomery(shared_secret, X448_LEN, pre_master_secret);
}

/* ---- pre-shared keys ---- */

/* Whether a secret of pre_master_len bytes holds these two, each behind its length. By differences: a sum
 * may wrap. */
static int psk_lengths_fit(size_t pre_master_len, size_t other_len, size_t psk_len)
{
    return pre_master_len >= 4 && pre_master_len <= LANEKDF_MAX_SECRET && other_len <= pre_master_len - 4 &&
           psk_len == pre_master_len - 4 - other_len;
}

/* RFC 4279 section 2: opaque<0..2^16-1>; zeros if data is NULL. Returns its end. */
__attribute__((noinline)) static uint8_t *put(uint8_t *out, const uint8_t *data, size_t len)
{
    out[0] = (uint8_t)(len >> 8);
    out[1] = (uint8_t)len;
    if (data) {
        memcpy(out + 2, data, len);
    } else {
        memset(out + 2, 0, len);
    }
    return out + 2 + len;
}

int lanekdf_pre_master_psk(struct lanekdf_bytes psk, struct lanekdf_span pre_master_secret)
{
    const int lengths_fit = psk_lengths_fit(pre_master_secret.len, psk.len, psk.len);
    const int status = check(lengths_fit, pre_master_secret, &psk, 1);
    if (status != LANEKDF_OK) {
        return status;
    }
    put(put(pre_master_secret.data, NULL, psk.len), psk.data, psk.len);
    clean();
    return LANEKDF_OK;
}

int lanekdf_pre_master_psk_with(
    struct lanekdf_bytes other_secret, struct lanekdf_bytes psk, struct lanekdf_span pre_master_secret)
{
    const struct lanekdf_bytes in[] = {other_secret, psk};
    const int lengths_fit = psk_lengths_fit(pre_master_secret.len, other_secret.len, psk.len);
    const int status = check(lengths_fit, pre_master_secret, in, 2);
    if (status != LANEKDF_OK) {
        return status;
    }
    put(put(pre_master_secret.data, other_secret.data, other_secret.len), psk.data, psk.len);
    clean();
    return LANEKDF_OK;
}
