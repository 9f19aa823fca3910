/*
 * An HMAC that runs (RFC 2104, FIPS 198-1): a hash that runs on from the chaining value after the inner
 * padded key, and at the end one of its digest, from that after the outer one.
 */
#include "copy.h"
#include "digest.h"
#include "overlap.h"
#include "prepared.h"
#include "running_hash.h"
#include "start.h"
#include "wipe.h"

/* What is in a struct lanekdf_hmac_state. The caller copies it as that type. */
struct __attribute__((may_alias)) hmac_state {
    uint64_t tag;
    struct running_hash message;
    uint8_t inner[HASH_MAX_BLOCK / 2], outer[HASH_MAX_BLOCK / 2]; /* chaining values after the padded keys */
};
_Static_assert(sizeof(struct hmac_state) <= sizeof(struct lanekdf_hmac_state) &&
                   _Alignof(struct hmac_state) <= _Alignof(struct lanekdf_hmac_state),
    "the state of every hash fits, at any address of the public struct");

/* The tag tells a state from memory that nobody has started, and names its hash. */
enum { TAG_HASH_BITS = 8 };
static const uint64_t tag_runs = UINT64_C(0x686d616372756e00), tag_finished = UINT64_C(0x686d6163656e6400);

static bool has_tag(const struct hmac_state *s, uint64_t tag)
{
    return s->tag >> TAG_HASH_BITS == tag >> TAG_HASH_BITS;
}

static void set_tag(struct hmac_state *s, uint64_t tag)
{
    s->tag = tag | (s->tag & HASH_MAX_ID);
}

static const struct hash *hash_of(const struct hmac_state *s)
{
    return &hashes[s->tag & HASH_MAX_ID];
}

/* The kernel that hashes one message in one lane, or NULL if start-up failed: *status says why then. */
static const struct simd_kernel *kernel_for(const struct hash *hash, int *status)
{
    const struct start_one *start = start_one_once();
    const bool has_kernel = !(start->families_without >> hash->family & 1);
    *status = start->status == LANEKDF_OK && !has_kernel ? LANEKDF_ERROR_FAULT : start->status;
    return *status == LANEKDF_OK ? start->kernels[hash->family] : NULL;
}

static void begin_message(struct hmac_state *s, const struct hash *hash)
{
    running_hash_begin(&s->message, s->inner, hash->block_bytes);
}

static void begin(struct hmac_state *s, const struct hash *hash, const struct lanekdf_prepared_secret *key)
{
    const uint8_t *const inner = (const uint8_t *)key + prepared_offset(0);
    memcpy(s->inner, inner, sizeof(s->inner));
    memcpy(s->outer, inner + hash_slot_bytes(hash), sizeof(s->outer));
    s->tag = tag_runs | hash_id(hash, NULL);
    begin_message(s, hash);
}

static int start_status(uint32_t hash_id, const struct lanekdf_prepared_secret *key)
{
    const struct hash *hash = hash_find(hash_id);
    if (!key) {
        return LANEKDF_ERROR_NULL;
    }
    if (!hash || hash->components[0]) { /* there is no HMAC of MD5 and SHA-1 together */
        return LANEKDF_ERROR_HASH;
    }
    return prepared_is_for(key, hash_id) ? start_one_once()->status : LANEKDF_ERROR_PREPARED;
}

int lanekdf_hmac_start(
    struct lanekdf_hmac_state *state, uint32_t hash, const struct lanekdf_prepared_secret *prepared_key)
{
    if (!state) {
        return LANEKDF_ERROR_NULL;
    }
    if (prepared_key && overlap(state, sizeof(*state), prepared_key, sizeof(*prepared_key))) {
        return LANEKDF_ERROR_OVERLAP;
    }
    const int status = start_status(hash, prepared_key);
    if (status != LANEKDF_OK) {
        wipe(state, sizeof(*state));
        return status;
    }
    begin((struct hmac_state *)state, hash_find(hash), prepared_key);
    simd_clear_registers();
    return LANEKDF_OK;
}

int lanekdf_hmac_restart(struct lanekdf_hmac_state *state)
{
    struct hmac_state *s = (struct hmac_state *)state;
    if (!state) {
        return LANEKDF_ERROR_NULL;
    }
    if (has_tag(s, tag_finished)) { /* lanekdf_hmac_finish() has begun the next message */
        set_tag(s, tag_runs);
        return LANEKDF_OK;
    }
    if (!has_tag(s, tag_runs)) {
        return LANEKDF_ERROR_STATE;
    }
    begin_message(s, hash_of(s));
    simd_clear_registers();
    return LANEKDF_OK;
}

/* ---- update ---- */

static int update_status(const struct lanekdf_hmac_state *state, struct lanekdf_bytes piece)
{
    const struct hmac_state *s = (const struct hmac_state *)state;
    if (!state || (piece.len && !piece.data)) {
        return LANEKDF_ERROR_NULL;
    }
    if (!has_tag(s, tag_runs)) {
        return LANEKDF_ERROR_STATE;
    }
    if (piece.len > DIGEST_MAX_MESSAGE - (s->message.len - hash_of(s)->block_bytes)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return overlap(state, sizeof(*state), piece.data, piece.len) ? LANEKDF_ERROR_OVERLAP : LANEKDF_OK;
}

int lanekdf_hmac_update(struct lanekdf_hmac_state *state, struct lanekdf_bytes piece)
{
    struct hmac_state *s = (struct hmac_state *)state;
    int status = update_status(state, piece);
    if (status != LANEKDF_OK) {
        return status;
    }
    const struct hash *hash = hash_of(s);
    const struct simd_kernel *kernel = kernel_for(hash, &status);
    if (kernel) {
        const bool fills_block = s->message.len % hash->block_bytes + piece.len >= hash->block_bytes;
        running_hash_add(&s->message, hash, kernel, piece.data, piece.len);
        if (fills_block) {
            wipe_program_stack();
        } else {
            wipe_stack_of_copy();
        }
        simd_clear_registers();
    }
    return status;
}

/* ---- finish ---- */

static int finish_status(const struct lanekdf_hmac_state *state, struct lanekdf_span out)
{
    const struct hmac_state *s = (const struct hmac_state *)state;
    if (!state || (out.len && !out.data)) {
        return LANEKDF_ERROR_NULL;
    }
    if (!has_tag(s, tag_runs)) {
        return LANEKDF_ERROR_STATE;
    }
    if (out.len == 0 || out.len > hash_of(s)->digest_bytes) {
        return LANEKDF_ERROR_LENGTH;
    }
    return overlap(state, sizeof(*state), out.data, out.len) ? LANEKDF_ERROR_OVERLAP : LANEKDF_OK;
}

/* Leaves the HMAC where the message's last chaining value was: the digest moves to the block, which is the
 * message of the outer hash. */
static void end_message(struct hmac_state *s, const struct hash *hash, const struct simd_kernel *kernel)
{
    struct running_hash *message = &s->message;
    /* No digest is longer: a compiler that cannot know it warns of two places that overlap. */
    const size_t len = hash->digest_bytes < HASH_MAX_DIGEST ? hash->digest_bytes : HASH_MAX_DIGEST;
    running_hash_end(message, hash, kernel);
    memset(message->block, 0, sizeof(message->block));
    copy_bytes(message->block, message->value, len);
    memcpy(message->value, s->outer, sizeof(message->value));
    message->len = hash->block_bytes + len;
    running_hash_end(message, hash, kernel);
}

/* Ends the message and begins the next one. Not inlined: compilers keep chaining values in the frame across
 * calls, and wipe_program_stack() reaches no frame but those below its caller's. */
__attribute__((noinline)) static void deliver(
    struct hmac_state *s, const struct hash *hash, const struct simd_kernel *kernel, struct lanekdf_span out)
{
    end_message(s, hash, kernel);
    copy_bytes(out.data, s->message.value, out.len);
    begin_message(s, hash); /* which leaves nothing of this one */
    set_tag(s, tag_finished);
}

static int fail_finish(const struct lanekdf_hmac_state *state, struct lanekdf_span out, int status)
{
    const bool may_zero = out.data && out.len <= LANEKDF_MAX_OUT;
    if (may_zero && !(state && overlap(state, sizeof(*state), out.data, out.len))) {
        memset(out.data, 0, out.len);
    }
    return status;
}

int lanekdf_hmac_finish(struct lanekdf_hmac_state *state, struct lanekdf_span out)
{
    struct hmac_state *s = (struct hmac_state *)state;
    int status = finish_status(state, out);
    if (status != LANEKDF_OK) {
        return fail_finish(state, out, status);
    }
    const struct hash *hash = hash_of(s);
    const struct simd_kernel *kernel = kernel_for(hash, &status);
    if (!kernel) {
        return fail_finish(state, out, status);
    }
    deliver(s, hash, kernel, out);
    wipe_program_stack();
    simd_clear_registers();
    return LANEKDF_OK;
}

void lanekdf_hmac_state_clear(struct lanekdf_hmac_state *state)
{
    if (state) {
        wipe(state, sizeof(*state));
    }
}
