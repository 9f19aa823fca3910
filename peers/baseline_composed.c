/*
 * The key schedule of TLS 1.3 and QUIC composed out of libcrypto's compression functions, SHA256_Transform
 * and SHA512_Transform, as carefully as it can be: the states behind the two pads of a secret are computed
 * once for all that is expanded from it, those of constant salts once for good, and every message stands
 * padded where it is hashed, so that of most messages nothing is left to copy. There is no batch form: one
 * HMAC follows the other. Nothing is wiped.
 */
#define OPENSSL_API_COMPAT 10100 /* SHA256_Transform and SHA512_Transform are deprecated since 3.0 */
#include "peers_support.h"
#include "impl.h"
#include "hmac_schedule.h"

#include <openssl/sha.h>
#include <string.h>

enum { MAX_BLOCK_LEN = 128, MAX_MESSAGE_BLOCKS = 2, N_WORDS = 8 };

/* A chaining value. */
union chain {
    uint32_t sha256[N_WORDS];
    uint64_t sha512[N_WORDS];
};

/* The states behind the two pads of a key. */
struct pads {
    union chain inner, outer;
};

/* A message with its padding, and the place in it that a connection fills in. */
struct message {
    _Alignas(64) uint8_t blocks[MAX_MESSAGE_BLOCKS * MAX_BLOCK_LEN];
    size_t n_blocks;
    size_t filled_at;
    const struct pads *kept; /* of a constant key; else NULL */
};

struct state {
    struct schedule *schedule;
    struct message messages[N_STAGES][MAX_SCHEDULE_STEPS];
    _Alignas(64) uint8_t outer_block[MAX_BLOCK_LEN]; /* the digest of the inner hash, and its padding */
    SHA256_CTX sha256;
    SHA512_CTX sha512;
    union chain initial;
};

/* Each hash gets code of its own, in which its lengths are constants, as a user would write it. */
#define FOR_ONE_HASH static inline __attribute__((always_inline))

struct hash {
    bool is_sha384;
    size_t block_len, digest_len;
};
static const struct hash sha256 = {false, 64, 32}, sha384 = {true, 128, 48};

FOR_ONE_HASH void compress(struct state *s, const struct hash *hash, union chain *chain, const uint8_t *block)
{
    if (hash->is_sha384) {
        memcpy(s->sha512.h, chain->sha512, sizeof(chain->sha512));
        SHA512_Transform(&s->sha512, block);
        memcpy(chain->sha512, s->sha512.h, sizeof(chain->sha512));
    } else {
        memcpy(s->sha256.h, chain->sha256, sizeof(chain->sha256));
        SHA256_Transform(&s->sha256, block);
        memcpy(chain->sha256, s->sha256.h, sizeof(chain->sha256));
    }
}

FOR_ONE_HASH void write_digest(const struct hash *hash, const union chain *chain, uint8_t *out)
{
    for (size_t i = 0; i < N_WORDS && !hash->is_sha384; i++) {
        const uint32_t word = __builtin_bswap32(chain->sha256[i]);
        memcpy(out + 4 * i, &word, sizeof(word));
    }
    for (size_t i = 0; i < hash->digest_len / 8 && hash->is_sha384; i++) {
        const uint64_t word = __builtin_bswap64(chain->sha512[i]);
        memcpy(out + 8 * i, &word, sizeof(word));
    }
}

FOR_ONE_HASH void set_pads(
    struct state *s, const struct hash *hash, struct pads *pads, const uint8_t *key, size_t key_len)
{
    _Alignas(64) uint8_t block[MAX_BLOCK_LEN] = {0};
    memcpy(block, key, key_len);
    for (size_t i = 0; i < hash->block_len; i++) {
        block[i] ^= 0x36;
    }
    pads->inner = s->initial;
    compress(s, hash, &pads->inner, block);
    for (size_t i = 0; i < hash->block_len; i++) {
        block[i] ^= 0x36 ^ 0x5c;
    }
    pads->outer = s->initial;
    compress(s, hash, &pads->outer, block);
}

FOR_ONE_HASH void hmac(struct state *s, const struct hash *hash, const struct pads *pads,
    const struct message *message, uint8_t *out, size_t out_len)
{
    union chain chain = pads->inner;
    for (size_t i = 0; i < message->n_blocks; i++) {
        compress(s, hash, &chain, message->blocks + i * hash->block_len);
    }
    write_digest(hash, &chain, s->outer_block);
    chain = pads->outer;
    compress(s, hash, &chain, s->outer_block);
    if (out_len == hash->digest_len) {
        write_digest(hash, &chain, out);
    } else {
        uint8_t digest[MAX_BLOCK_LEN];
        write_digest(hash, &chain, digest);
        memcpy(out, digest, out_len);
    }
}

FOR_ONE_HASH void run_call(
    struct state *s, const struct hash *hash, size_t call, const struct schedule_bases *bases)
{
    const struct schedule_call *steps = &s->schedule->calls[call];
    struct pads pads;
    for (size_t i = 0; i < steps->n_steps; i++) {
        const struct schedule_step *step = &steps->steps[i];
        struct message *message = &s->messages[call][i];
        if (!message->kept && !step->has_last_key) {
            set_pads(s, hash, &pads, schedule_at(bases, &step->key), hash->digest_len);
        }
        if (step->message.len > 0) {
            memcpy(
                message->blocks + message->filled_at, schedule_at(bases, &step->message), step->message.len);
        }
        hmac(s, hash, message->kept ? message->kept : &pads, message, schedule_at(bases, &step->out),
            step->out.len);
    }
}

FOR_ONE_HASH void derive_connections(struct state *s, const struct hash *hash, size_t first, size_t n)
{
    for (size_t call = 0; call < s->schedule->n_calls; call++) {
        for (size_t i = first; i < first + n; i++) {
            const struct schedule_bases bases = schedule_bases(s->schedule, i);
            run_call(s, hash, call, &bases);
        }
    }
}

static void derive(void *state, size_t first, size_t n)
{
    struct state *s = state;
    if (s->schedule->hash == LANEKDF_SHA384) {
        derive_connections(s, &sha384, first, n);
    } else {
        derive_connections(s, &sha256, first, n);
    }
}

/* --- what is kept --- */

/* Pads a message of len bytes that stands behind the block of a pad. */
static void pad(const struct hash *hash, uint8_t *blocks, size_t *n_blocks, size_t len)
{
    const size_t length_len = hash->block_len / 8;
    const uint64_t n_bits = __builtin_bswap64(8 * (hash->block_len + len));
    *n_blocks = (len + 1 + length_len + hash->block_len - 1) / hash->block_len;
    blocks[len] = 0x80;
    memcpy(blocks + *n_blocks * hash->block_len - sizeof(n_bits), &n_bits, sizeof(n_bits));
}

static void set_message(
    struct state *s, const struct hash *hash, struct message *message, const struct schedule_step *step)
{
    const struct schedule_label *label = step->label;
    const size_t len = label ? label->info_len : step->message.len;
    if (len + hash->block_len / 8 + 1 > MAX_MESSAGE_BLOCKS * hash->block_len) {
        peers_fail("baseline_composed.c has no room for a message of %zu bytes", len);
    }
    if (label) {
        memcpy(message->blocks, label->info, label->info_len);
        message->filled_at = label->context_at;
    }
    pad(hash, message->blocks, &message->n_blocks, len);
    if (step->key.base == SCHEDULE_CONSTANT) {
        struct pads *pads = peers_alloc(sizeof(*pads));
        set_pads(s, hash, pads, s->schedule->constants + step->key.offset, step->key.len);
        message->kept = pads;
    } else if (step->key.len != hash->digest_len) {
        peers_fail("baseline_composed.c takes keys that are as long as a digest");
    }
}

static void *prepare(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    (void)n_per_call;
    struct state *s = peers_alloc(sizeof(*s));
    const struct schedules schedules = schedules_new(pool);
    if (schedules.n > 1 || pool->recorded) {
        peers_fail("%s: baseline_composed.c takes connections that are all alike and not recorded",
            pool->workload->name);
    }
    s->schedule = schedules.all[0];
    const struct hash *hash = s->schedule->hash == LANEKDF_SHA384 ? &sha384 : &sha256;
    size_t n_outer_blocks;
    SHA256_Init(&s->sha256);
    SHA384_Init(&s->sha512);
    if (hash->is_sha384) {
        memcpy(s->initial.sha512, s->sha512.h, sizeof(s->initial.sha512));
    } else {
        memcpy(s->initial.sha256, s->sha256.h, sizeof(s->initial.sha256));
    }
    pad(hash, s->outer_block, &n_outer_blocks, hash->digest_len);
    for (size_t call = 0; call < s->schedule->n_calls; call++) {
        for (size_t i = 0; i < s->schedule->calls[call].n_steps; i++) {
            set_message(s, hash, &s->messages[call][i], &s->schedule->calls[call].steps[i]);
        }
    }
    return s;
}

const struct impl impl_libcrypto_composed = {.name = "libcrypto-composed",
    .description = "HKDF composed of libcrypto's SHA-2, midstates kept",
    .library = LIBRARY_OPENSSL,
    .uniform_only = true,
    .prepare = prepare,
    .derive = derive};
