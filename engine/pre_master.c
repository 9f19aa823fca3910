/*
 * Pre-master secrets, made of what a key exchange gave.
 *
 * No branch and no address here depends on a secret byte: exchange.h says how. Each function that handles
 * secret bytes is not inlined, so that its frame lies below the public function's, where
 * exchange_wipe_traces() wipes.
 */
#include "exchange.h"

enum {
    VERSION_LEN = 2,
    RSA_MIN_LEN = 2 + 8 + 1 + LANEKDF_PRE_MASTER_RSA_LEN, /* RFC 8017 section 7.2.1: 8 bytes of PS or more */
    X25519_LEN = 32,
    X448_LEN = 56
};

/* ---- RSA ---- */

/* RFC 8017 section 7.2.2, step 3: the mask that says whether encoded is 00 02 PS 00 M with an M of 48 bytes.
 */
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

/* The construction that RFC 5246 section 7.4.7.1 recommends: the message or random bytes behind the version,
 * as the mask `good` says. */
__attribute__((noinline)) static void select_rsa(
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
    select_rsa(message, is_pkcs1(encoded), client_version, random, out);
}

int lanekdf_pre_master_rsa(
    struct lanekdf_bytes encoded, uint16_t client_version, const uint8_t *random, uint8_t *pre_master_secret)
{
    const struct lanekdf_bytes in[] = {encoded, {random, LANEKDF_PRE_MASTER_RANDOM_LEN}};
    const bool lengths_fit = encoded.len >= RSA_MIN_LEN && encoded.len <= LANEKDF_MAX_SECRET;
    const int status = exchange_check(
        lengths_fit, (struct lanekdf_span){pre_master_secret, LANEKDF_PRE_MASTER_RSA_LEN}, in, 2);
    if (status != LANEKDF_OK) {
        return status;
    }
    decode_rsa(encoded, client_version, random, pre_master_secret);
    exchange_wipe_traces();
    return LANEKDF_OK;
}

int lanekdf_pre_master_rsa_message(const uint8_t *message, uint32_t good, uint16_t client_version,
    const uint8_t *random, uint8_t *pre_master_secret)
{
    const struct lanekdf_bytes in[] = {
        {message, LANEKDF_PRE_MASTER_RSA_LEN}, {random, LANEKDF_PRE_MASTER_RANDOM_LEN}};
    const int status =
        exchange_check(true, (struct lanekdf_span){pre_master_secret, LANEKDF_PRE_MASTER_RSA_LEN}, in, 2);
    if (status != LANEKDF_OK) {
        return status;
    }
    select_rsa(message, ~mask_of_zero(good), client_version, random, pre_master_secret);
    exchange_wipe_traces();
    return LANEKDF_OK;
}

/* ---- Diffie-Hellman ---- */

/*
 * Moves the bytes to the left by the number of leading zero bytes, one binary digit of that number at a time:
 * each round reads and writes every byte, and moves it or leaves it by a mask. Returns how many bytes are
 * left.
 */
__attribute__((noinline)) static size_t strip_leading_zeros(struct lanekdf_bytes in, uint8_t *out)
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
    if (!pre_master_secret) {
        return LANEKDF_ERROR_NULL;
    }
    const bool lengths_fit = shared_secret.len > 0 && shared_secret.len <= LANEKDF_MAX_SECRET &&
                             pre_master_secret->len == shared_secret.len;
    const int status = exchange_check(lengths_fit, *pre_master_secret, &shared_secret, 1);
    pre_master_secret->len = 0;
    if (status != LANEKDF_OK) {
        return status;
    }
    pre_master_secret->len = strip_leading_zeros(shared_secret, pre_master_secret->data);
    exchange_wipe_traces();
    return exchange_status(mask_of_zero((uint32_t)pre_master_secret->len));
}

/* ---- elliptic curves ---- */

__attribute__((noinline)) uint32_t exchange_copy_padded(struct lanekdf_bytes in, struct lanekdf_span out)
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
    const bool lengths_fit =
        x.len > 0 && x.len <= pre_master_secret.len && pre_master_secret.len <= LANEKDF_MAX_SECRET;
    const int status = exchange_check(lengths_fit, pre_master_secret, &x, 1);
    if (status != LANEKDF_OK) {
        return status;
    }
    exchange_copy_padded(x, pre_master_secret);
    exchange_wipe_traces();
    return LANEKDF_OK;
}

/* What a function of RFC 7748, X25519 or X448, gave: all of it, unless it is zero. */
static int check_and_copy(const uint8_t *shared_secret, size_t len, uint8_t *pre_master_secret)
{
    const struct lanekdf_bytes in = {shared_secret, len};
    const struct lanekdf_span out = {pre_master_secret, len};
    const int status = exchange_check(true, out, &in, 1);
    if (status != LANEKDF_OK) {
        return status;
    }
    const uint32_t is_zero = exchange_copy_padded(in, out);
    exchange_wipe_traces();
    return exchange_status(is_zero);
}

int lanekdf_pre_master_x25519(const uint8_t *shared_secret, uint8_t *pre_master_secret)
{
    return check_and_copy(shared_secret, X25519_LEN, pre_master_secret);
}

int lanekdf_pre_master_x448(const uint8_t *shared_secret, uint8_t *pre_master_secret)
{
    return check_and_copy(shared_secret, X448_LEN, pre_master_secret);
}

/* ---- pre-shared keys ---- */

/* Whether a pre-master secret of this length holds exactly these two, each behind its length. A sum of the
 * two lengths might wrap, so differences are compared. */
static bool psk_lengths_fit(size_t pre_master_len, size_t other_len, size_t psk_len)
{
    return pre_master_len >= 4 && pre_master_len <= LANEKDF_MAX_SECRET && other_len <= pre_master_len - 4 &&
           psk_len == pre_master_len - 4 - other_len;
}

/* Writes an opaque<0..2^16-1> of RFC 4279 section 2, a length and that many bytes, which are zeros if data is
 * NULL. Returns its end. */
__attribute__((noinline)) static uint8_t *put_opaque(uint8_t *out, const uint8_t *data, size_t len)
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
    const bool lengths_fit = psk_lengths_fit(pre_master_secret.len, psk.len, psk.len);
    const int status = exchange_check(lengths_fit, pre_master_secret, &psk, 1);
    if (status != LANEKDF_OK) {
        return status;
    }
    put_opaque(put_opaque(pre_master_secret.data, NULL, psk.len), psk.data, psk.len);
    exchange_wipe_traces();
    return LANEKDF_OK;
}

int lanekdf_pre_master_psk_with(
    struct lanekdf_bytes other_secret, struct lanekdf_bytes psk, struct lanekdf_span pre_master_secret)
{
    const struct lanekdf_bytes in[] = {other_secret, psk};
    const bool lengths_fit = psk_lengths_fit(pre_master_secret.len, other_secret.len, psk.len);
    const int status = exchange_check(lengths_fit, pre_master_secret, in, 2);
    if (status != LANEKDF_OK) {
        return status;
    }
    put_opaque(put_opaque(pre_master_secret.data, other_secret.data, other_secret.len), psk.data, psk.len);
    exchange_wipe_traces();
    return LANEKDF_OK;
}
