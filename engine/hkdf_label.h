/*
 * HKDF-Expand-Label and Derive-Secret (RFC 8446 section 7.1) as words of formulas, and what a version of the
 * protocol decides of their labels.
 *
 * All of an HkdfLabel is known when a formula is written but the hash that may be its context. So a label
 * without such a hash is a message of constant bytes, which no job brings along, and whose length is a
 * constant of the program (shape.exact).
 */
#ifndef ENGINE_HKDF_LABEL_H
#define ENGINE_HKDF_LABEL_H

#include "formula.h"

/* ---- checks ---- */

/* Whether HKDF, and with it the key schedule of TLS 1.3, may run on a hash: MD5 and SHA-1 are not served. */
static inline bool hkdf_has_hash(const struct hash *hash)
{
    return hash->empty != NULL;
}

/* Bytes of a secret, for the view of a job; 0 where HKDF does not run on the job's hash. Nobody can tell then
 * how long the outputs are, and none of them may be zeroed in part or beyond its end. */
static inline size_t hkdf_secret_len(uint32_t hash_id)
{
    const struct hash *hash = hash_find(hash_id);
    return hash && hkdf_has_hash(hash) ? hash->digest_bytes : 0;
}

/* ---- versions ---- */

/* What a version decides, in the order of the public constants. The number of a protocol is a part of shapes.
 */
struct protocol {
    uint32_t version;       /* enum lanekdf_version */
    const char *prefix;     /* of all labels, 6 bytes */
    const char *key, *iv;   /* labels of traffic keys */
    const char *number_key; /* NULL: the protocol has none */
    const char *update;     /* the label of the next traffic secret */
    bool keeps_number_key;  /* a key update leaves the number key as it is (RFC 9001 section 6.1) */
    bool is_quic;
};
enum { PROTOCOLS = 4, PROTOCOL_PREFIX_LEN = 6 };
extern const struct protocol protocols[PROTOCOLS];

/* The protocol of a version, or NULL. */
const struct protocol *protocol_find(uint32_t version);

/* Formulas with no label but the caller's depend on the prefix alone: its number, and the prefix of a number.
 */
static inline uint32_t hkdf_prefix_number(uint32_t version)
{
    return version == LANEKDF_DTLS13;
}

static inline const char *hkdf_prefix(uint32_t number)
{
    return protocols[number].prefix;
}

/* Bytes of an HkdfLabel, of a label without its prefix and a context. */
static inline uint64_t hkdf_label_len(uint64_t label_len, uint64_t context_len)
{
    return 2 + 1 + PROTOCOL_PREFIX_LEN + label_len + 1 + context_len;
}

/* All of an HkdfLabel between its length and its context of so many bytes. */
struct piece hkdf_label_text(
    struct formula *f, const struct protocol *protocol, const char *label, unsigned context_len);

/* HKDF-Expand-Label(secret, label, "", length), `length` bytes: at most those of a digest. */
formula_value hkdf_expand_label(struct formula *f, struct formula_key secret, const struct protocol *protocol,
    const char *label, unsigned length);

/* The same with a digest of the hash as the context, which lies in a place of every job. */
formula_value hkdf_expand_label_over(struct formula *f, struct formula_key secret,
    const struct protocol *protocol, const char *label, struct place digest, unsigned length);

/* The same with a span of each job as the context, and a digest as the output. n_blocks: of HkdfLabel and the
 * byte behind it. */
formula_value hkdf_expand_label_of_span(struct formula *f, struct formula_key secret,
    const struct protocol *protocol, const char *label, struct place context, unsigned n_blocks);

/* Derive-Secret(secret, label, ""), and Derive-Secret(secret, label, messages) with the hash of the messages.
 */
formula_value hkdf_derive_secret(
    struct formula *f, struct formula_key secret, const struct protocol *protocol, const char *label);
formula_value hkdf_derive_secret_over(struct formula *f, struct formula_key secret,
    const struct protocol *protocol, const char *label, struct place transcript_hash);

/* HKDF-Extract(salt, 0): the input is as many zeros as a digest has bytes. */
formula_value hkdf_extract_zeros(struct formula *f, struct formula_key salt);

/* The salt of the handshake stage where there is no PSK, which constants decide:
 * Derive-Secret(HKDF-Extract(0, 0), "derived", ""). */
formula_value hkdf_salt_without_psk(struct formula *f, const struct protocol *protocol);

/* HKDF-Extract(0, input): the salt is as many zeros as a digest has bytes. */
formula_value hkdf_extract_without_salt(struct formula *f, int input, unsigned n_blocks);

#endif
