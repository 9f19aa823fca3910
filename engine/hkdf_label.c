#include "hkdf_label.h"

/* RFC 8446 section 7.3, RFC 9147 sections 4.2.3 and 5.9, RFC 9001 sections 5.1 and 6.1, RFC 9369
 * section 3.3.2. */
const struct protocol protocols[PROTOCOLS] = {
    {.version = LANEKDF_TLS13, .prefix = "tls13 ", .key = "key", .iv = "iv", .update = "traffic upd"},
    {.version = LANEKDF_DTLS13,
        .prefix = "dtls13",
        .key = "key",
        .iv = "iv",
        .number_key = "sn",
        .update = "traffic upd"},
    {.version = LANEKDF_QUIC_V1,
        .prefix = "tls13 ",
        .key = "quic key",
        .iv = "quic iv",
        .number_key = "quic hp",
        .update = "quic ku",
        .keeps_number_key = true,
        .is_quic = true},
    {.version = LANEKDF_QUIC_V2,
        .prefix = "tls13 ",
        .key = "quicv2 key",
        .iv = "quicv2 iv",
        .number_key = "quicv2 hp",
        .update = "quicv2 ku",
        .keeps_number_key = true,
        .is_quic = true},
};

const struct protocol *protocol_find(uint32_t version)
{
    for (unsigned i = 0; i < PROTOCOLS; i++) {
        if (protocols[i].version == version) {
            return &protocols[i];
        }
    }
    return NULL;
}

static const uint8_t zeros[HASH_MAX_DIGEST];

/* ---- HkdfLabel ---- */

enum {
    MAX_LABEL = 32, /* bytes, of the labels of this project's formulas */
    MAX_HEAD = 3 + PROTOCOL_PREFIX_LEN + MAX_LABEL + 1
};

/* Writes all of an HkdfLabel that comes before the context, and returns how many bytes it has. */
static unsigned put_head(uint8_t to[MAX_HEAD], const struct protocol *protocol, const char *label,
    size_t context_len, unsigned length)
{
    const size_t n = strlen(label);
    to[0] = (uint8_t)(length >> 8);
    to[1] = (uint8_t)length;
    to[2] = (uint8_t)(PROTOCOL_PREFIX_LEN + n);
    memcpy(to + 3, protocol->prefix, PROTOCOL_PREFIX_LEN);
    memcpy(to + 3 + PROTOCOL_PREFIX_LEN, label, n);
    to[3 + PROTOCOL_PREFIX_LEN + n] = (uint8_t)context_len;
    return (unsigned)(4 + PROTOCOL_PREFIX_LEN + n);
}

struct piece hkdf_label_text(
    struct formula *f, const struct protocol *protocol, const char *label, unsigned context_len)
{
    uint8_t head[MAX_HEAD];
    const unsigned n = put_head(head, protocol, label, context_len, 0);
    return formula_text(f, head + 2, n - 2);
}

/* RFC 5869 section 2.3: T(1) = HMAC(PRK, info | 0x01), of which the output is the beginning. */
enum { FIRST_BLOCK = 1 };

formula_value hkdf_expand_label(struct formula *f, struct formula_key secret, const struct protocol *protocol,
    const char *label, unsigned length)
{
    uint8_t info[MAX_HEAD + 1];
    if (strlen(label) > MAX_LABEL || length > f->hash->digest_bytes) {
        return formula_fail(f);
    }
    const unsigned n = put_head(info, protocol, label, 0, length);
    info[n] = FIRST_BLOCK;
    return formula_hmac(f, secret, formula_constant(info, n + 1));
}

/* Lists an HkdfLabel whose context is a digest, and the byte behind it. Has a function of its own, so that
 * its part of the stack is free again when the formula goes deeper. */
static struct formula_message label_over(struct formula *f, const struct protocol *protocol,
    const char *label, struct place digest, unsigned length)
{
    uint8_t head[MAX_HEAD];
    if (strlen(label) > MAX_LABEL || length > f->hash->digest_bytes) {
        formula_fail(f);
        return formula_constant(NULL, 0);
    }
    const unsigned n = put_head(head, protocol, label, digest.len, length);
    const int info = FORMULA_MESSAGE(f, formula_text(f, head, n), BYTES(digest), TEXT("\x01"));
    return formula_input(info, (unsigned)hash_n_blocks(f->hash, (uint64_t)n + digest.len + 1));
}

formula_value hkdf_expand_label_over(struct formula *f, struct formula_key secret,
    const struct protocol *protocol, const char *label, struct place digest, unsigned length)
{
    return formula_hmac(f, secret, label_over(f, protocol, label, digest, length));
}

/* The same with a span as the context, and a digest as the output. */
static int label_of_span(
    struct formula *f, const struct protocol *protocol, const char *label, struct place context)
{
    uint8_t head[MAX_HEAD];
    if (strlen(label) > MAX_LABEL) {
        formula_fail(f);
        return 0;
    }
    const unsigned n = put_head(head, protocol, label, 0, f->hash->digest_bytes) - 1;
    const struct piece len = {
        .place = {.piece = PIECE_NUMBER, .base = context.base, .len = 1, .len_at = context.len_at}};
    return FORMULA_MESSAGE(f, formula_text(f, head, n), len, BYTES(context), TEXT("\x01"));
}

formula_value hkdf_expand_label_of_span(struct formula *f, struct formula_key secret,
    const struct protocol *protocol, const char *label, struct place context, unsigned n_blocks)
{
    return formula_hmac(f, secret, formula_input(label_of_span(f, protocol, label, context), n_blocks));
}

formula_value hkdf_derive_secret(
    struct formula *f, struct formula_key secret, const struct protocol *protocol, const char *label)
{
    uint8_t info[MAX_HEAD + HASH_MAX_DIGEST + 1];
    const unsigned digest = f->hash->digest_bytes;
    if (strlen(label) > MAX_LABEL) {
        return formula_fail(f);
    }
    const unsigned n = put_head(info, protocol, label, digest, digest);
    memcpy(info + n, f->hash->empty, digest);
    info[n + digest] = FIRST_BLOCK;
    return formula_hmac(f, secret, formula_constant(info, n + digest + 1));
}

formula_value hkdf_derive_secret_over(struct formula *f, struct formula_key secret,
    const struct protocol *protocol, const char *label, struct place transcript_hash)
{
    return hkdf_expand_label_over(f, secret, protocol, label, transcript_hash, f->hash->digest_bytes);
}

/* ---- HKDF-Extract ---- */

formula_value hkdf_extract_zeros(struct formula *f, struct formula_key salt)
{
    return formula_hmac(f, salt, formula_constant(zeros, f->hash->digest_bytes));
}

formula_value hkdf_extract_without_salt(struct formula *f, int input, unsigned n_blocks)
{
    return formula_hmac(
        f, formula_key_constant(zeros, f->hash->digest_bytes), formula_input(input, n_blocks));
}

formula_value hkdf_salt_without_psk(struct formula *f, const struct protocol *protocol)
{
    const formula_value early_secret =
        hkdf_extract_zeros(f, formula_key_constant(zeros, f->hash->digest_bytes));
    return hkdf_derive_secret(f, formula_key_digest(early_secret), protocol, "derived");
}
