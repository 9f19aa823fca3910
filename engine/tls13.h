/*
 * What the stages of the key schedule of TLS 1.3 (RFC 8446 section 7.1), DTLS 1.3 (RFC 9147) and QUIC (RFC
 * 9001, RFC 9369) have in common: what they check, what of a job is a constant of its program, and the
 * traffic secret and keys of one direction.
 *
 * A stage is one program where its job allows. The formulas of a stage share whatever they have in common,
 * such as the pads of its secret, and what constants alone decide costs a job nothing.
 */
#ifndef ENGINE_TLS13_H
#define ENGINE_TLS13_H

#include "hkdf_label.h"
#include "kind.h"
#include "prf.h"
#include "route.h"

/* ---- checks ---- */

/* Whether the lengths of a key and an IV may be those of a hash with digests of n bytes. */
static inline bool tls13_are_key_lens(size_t n, size_t key_len, size_t iv_len)
{
    return !key_len == !iv_len && key_len <= n && iv_len <= n;
}

/* Checks version, hash and lengths of keys. Returns a status. */
static inline int tls13_check(
    uint32_t version, const struct hash *hash, uint8_t key_len, uint8_t iv_len, bool wants_keys)
{
    if (!hkdf_has_hash(hash)) {
        return LANEKDF_ERROR_HASH;
    }
    if (!protocol_find(version)) {
        return LANEKDF_ERROR_VERSION;
    }
    return tls13_are_key_lens(hash->digest_bytes, key_len, iv_len) && (key_len || !wants_keys)
               ? LANEKDF_OK
               : LANEKDF_ERROR_LENGTH;
}

/* ---- shape.exact: the protocol, and the lengths in the labels of keys ---- */

static inline uint32_t tls13_exact(uint32_t version, uint8_t key_len, uint8_t iv_len)
{
    return (uint32_t)(protocol_find(version) - protocols) | (uint32_t)key_len << 8 | (uint32_t)iv_len << 16;
}

static inline const struct protocol *tls13_protocol(const struct shape *shape)
{
    return &protocols[shape->exact & 0xff];
}

static inline unsigned tls13_key_len(const struct shape *shape)
{
    return shape->exact >> 8 & 0xff;
}

static inline unsigned tls13_iv_len(const struct shape *shape)
{
    return shape->exact >> 16 & 0xff;
}

/* ---- places ---- */

/* A secret that the program itself has made. */
#define SECRET(value) formula_key_digest(value)

/* The bytes of a buffer of the job that has as many as a digest, unless the pointer to it is NULL. */
#define WANTED(type, member, shape) JOB_POINTER_IF_GIVEN(struct type, member, (shape)->hash->digest_bytes)
#define TRANSCRIPT_HASH(type, shape) WANTED(type, transcript_hash, shape)

/* Where a stage gives the pads of a secret, which tls13_end_prepared() then completes. */
#define PREPARED(type, member, shape)                                                                        \
    tls13_prepared_place(JOB_POINTER_IF_GIVEN(struct type, member, 2 * hash_slot_bytes((shape)->hash)))

static inline struct place tls13_prepared_place(struct place place)
{
    place.skip = (uint16_t)prepared_offset(0);
    return place;
}

static inline void tls13_end_prepared(struct lanekdf_prepared_secret *prepared, const struct shape *shape)
{
    if (prepared) {
        prepared_complete(prepared, hash_id(shape->hash, NULL), 2 * (size_t)hash_slot_bytes(shape->hash));
    }
}

/* ---- the traffic secret and the keys of one direction ---- */

/* Flags in shape.parts: the sides whose traffic secret is derived, and that their blocks of keys are wanted.
 */
enum { CLIENT_SIDE = 0x20, SERVER_SIDE = 0x40, KEYS = 0x80 };
_Static_assert(((CLIENT_SIDE | SERVER_SIDE | KEYS) & SHAPE_EXACT_PARTS) == 0, "each only adds outputs");

static inline unsigned tls13_sides(
    const void *client_secret, const void *client_keys, const void *server_secret, const void *server_keys)
{
    return (client_secret || client_keys ? CLIENT_SIDE : 0u) |
           (server_secret || server_keys ? SERVER_SIDE : 0u) | (client_keys || server_keys ? KEYS : 0u);
}

/* Bytes of key, IV and number key. */
static inline size_t tls13_traffic_keys_len(
    const struct protocol *protocol, size_t key_len, size_t iv_len, bool has_number_key)
{
    return key_len + iv_len + (has_number_key && protocol->number_key ? key_len : 0);
}

/* Bytes of a block, for the view of a job; 0 for a version that is none, and where the lengths of keys cannot
 * be those of a hash with digests of n bytes: the block of such a job must not be zeroed, in part or beyond
 * its end. finished_len: of the finished key, or 0. */
static inline size_t tls13_block_len(
    size_t n, uint32_t version, size_t key_len, size_t iv_len, bool has_number_key, size_t finished_len)
{
    const struct protocol *protocol = protocol_find(version);
    return protocol && tls13_are_key_lens(n, key_len, iv_len)
               ? tls13_traffic_keys_len(protocol, key_len, iv_len, has_number_key) + finished_len
               : 0;
}

/* Whether a traffic secret after n_updates has a number key of its own. */
static inline bool tls13_has_number_key(const struct protocol *protocol, uint32_t n_updates)
{
    return protocol && protocol->number_key && !(n_updates && protocol->keeps_number_key);
}

/* The traffic secret of one side, Derive-Secret(secret, label, messages), which goes to the place `to`. */
formula_value tls13_traffic_secret(struct formula *f, const struct shape *shape, struct formula_key secret,
    const char *label, struct place transcript_hash, struct place to);

/*
 * RFC 8446 section 7.3: [sender]_write_key = HKDF-Expand-Label(Secret, "key", "", key_length)
 *                       [sender]_write_iv  = HKDF-Expand-Label(Secret, "iv", "", iv_length)
 * then the number key of DTLS 1.3 (RFC 9147 section 4.2.3) or QUIC (RFC 9001 section 5.1), and perhaps the
 * finished key of section 4.4.4. They go to `block`, a place whose len and skip do not count.
 */
void tls13_keys(struct formula *f, const struct shape *shape, struct formula_key traffic_secret,
    struct place block, bool has_number_key, bool has_finished_key);

/* Delivers a value that has as many bytes as a digest, or the first n of them. */
static inline void tls13_deliver(struct formula *f, formula_value value, struct place to)
{
    formula_deliver(f, &value, 1, to);
}

/* ---- kinds ---- */

/* An input that some outputs need, and that counts as soon as it is given. */
#define VIEW_IF_NEEDED(pointer, len, is_needed) (pointer), (pointer) || (is_needed) ? (len) : 0

/* The functions of a kind_tls13_<stage> that only name it to others. */
#define STAGE_FUNCTIONS(stage)                                                                               \
    static int stage##_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)                \
    {                                                                                                        \
        const uint32_t hash = ((const struct lanekdf_tls13_##stage *)job)->hash;                             \
        return kind_begin(&kind_tls13_##stage, job, hash, record, legacy);                                   \
    }                                                                                                        \
    ROUTE_FUNCTIONS(stage, kind_tls13_##stage)

#endif
