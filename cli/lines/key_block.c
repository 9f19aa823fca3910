#include "key_block.h"
#include "version.h"

/* The six keys, in the order of enum lanekdf_key, and the final keys of the two write keys. */
static const struct {
    enum field field, final_field;
} key_fields[] = {
    [LANEKDF_CLIENT_WRITE_MAC_KEY] = {.field = FIELD_CLIENT_WRITE_MAC_KEY},
    [LANEKDF_SERVER_WRITE_MAC_KEY] = {.field = FIELD_SERVER_WRITE_MAC_KEY},
    [LANEKDF_CLIENT_WRITE_KEY] = {FIELD_CLIENT_WRITE_KEY, FIELD_FINAL_CLIENT_WRITE_KEY},
    [LANEKDF_SERVER_WRITE_KEY] = {FIELD_SERVER_WRITE_KEY, FIELD_FINAL_SERVER_WRITE_KEY},
    [LANEKDF_CLIENT_WRITE_IV] = {.field = FIELD_CLIENT_WRITE_IV},
    [LANEKDF_SERVER_WRITE_IV] = {.field = FIELD_SERVER_WRITE_IV},
};

_Static_assert(sizeof(key_fields) / sizeof(key_fields[0]) + 2 == MAX_KEYS, "six keys and two final keys");

/* Three lengths of 8 bits for each of two directions. */
enum { MAX_KEY_BLOCK_LEN = 2 * 3 * UINT8_MAX };
/* RFC 6101 section 6.2.2.1 makes each final key, and each IV, of one MD5. */
enum { MAX_FINAL_LEN = 16 };

static size_t max_len(uint16_t version)
{
    return version == LANEKDF_SSL3 ? (size_t)LANEKDF_MAX_SSL3_OUT : MAX_KEY_BLOCK_LEN;
}

static bool is_export(const struct key_block *block)
{
    return block->layout.final_key_len > 0;
}

/* Reads a length that the line may have; where the suite says it as well, both must agree. */
static bool read_len(
    struct line *line, const struct key_block *block, enum field field, size_t max, uint8_t *len)
{
    size_t number;

    if (block->has_layout && !line_has(line, field)) {
        return true;
    }
    if (!line_number(line, field, max, &number) ||
        (block->has_layout && !line_same_number(line, field, number, FIELD_CIPHER_SUITE, *len))) {
        return false;
    }
    *len = (uint8_t)number;
    return true;
}

/* Takes the lengths from the line. Without a suite there must be all three; only an export suite has the
 * fourth. */
static bool read_lengths(struct line *line, struct key_block *block)
{
    struct lanekdf_handshake *layout = &block->layout;

    return (!line_has(line, FIELD_FINAL_KEY_LEN) ||
               read_len(line, block, FIELD_FINAL_KEY_LEN, MAX_FINAL_LEN, &layout->final_key_len)) &&
           read_len(line, block, FIELD_MAC_LEN, UINT8_MAX, &layout->mac_key_len) &&
           read_len(line, block, FIELD_KEY_LEN, UINT8_MAX, &layout->enc_key_len) &&
           read_len(line, block, FIELD_IV_LEN, is_export(block) ? MAX_FINAL_LEN : UINT8_MAX,
               &layout->fixed_iv_len);
}

/* Takes the lengths from the suite. */
static bool take_suite(
    struct line *line, uint16_t version, const struct lanekdf_suite *suite, struct key_block *block)
{
    const int status =
        lanekdf_handshake_set_recorded_suite(&block->layout, version, suite, &block->objection);

    if (status != LANEKDF_OK) {
        return line_fail(line, "cipher_suite: %s: %s, %s", suite->name, lanekdf_status_text(status),
            version_name(version));
    }
    if (block->objection) {
        line_warn(line, "cipher_suite: %s in %s, although %s", suite->name, version_name(version),
            block->objection);
    }
    block->has_layout = true;
    return true;
}

/* Finds the lengths of the keys, if the line or the suite says them. */
static bool find_layout(
    struct line *line, uint16_t version, const struct lanekdf_suite *suite, struct key_block *block)
{
    const bool has_lengths = line_has_any(line, FIELD_LIST(KEY_LEN_FIELDS, FIELD_FINAL_KEY_LEN));

    if ((suite && !take_suite(line, version, suite, block)) || (has_lengths && !read_lengths(line, block))) {
        return false;
    }
    block->has_layout = suite || has_lengths;
    return true;
}

/* Finds the length of the whole block; the keys need keys_len bytes of it. */
static bool find_len(
    struct line *line, const struct key_block *block, size_t keys_len, size_t max, size_t *len)
{
    if (!block->has_layout &&
        !line_has_any(line, FIELD_LIST(FIELD_KEY_BLOCK, FIELD_KEY_BLOCK_LEN, FIELD_OUT_LEN))) {
        return line_fail(line, "the key block's length is missing: key_block_len, or mac_len, key_len and "
                               "iv_len, or cipher_suite");
    }
    *len = keys_len;
    return line_len(line, FIELD_KEY_BLOCK, FIELD_LIST(FIELD_KEY_BLOCK_LEN, FIELD_OUT_LEN), max, len);
}

void key_block_reserve(struct key_block *block, size_t len, struct arena *arena)
{
    block->len = len;
    block->layout.key_block = arena_take(arena, len + 1); /* set_lengths() may ask for one byte more */
    block->layout.final_keys = arena_take(arena, (size_t)2 * 2 * MAX_FINAL_LEN);
}

bool key_block_plan(
    struct line *line, uint16_t version, const struct lanekdf_suite *suite, struct key_block *block)
{
    const size_t max = max_len(version);
    size_t len, keys_len;

    *block = (struct key_block){0};
    if (!find_layout(line, version, suite, block)) {
        return false;
    }
    keys_len = lanekdf_handshake_key_block_len(&block->layout);
    if (!find_len(line, block, keys_len, max, &len)) {
        return false;
    }
    if (len == 0 || len > max) {
        return line_fail(line, "a key block of %zu bytes: must be 1 to %zu", len, max);
    }
    if (keys_len > len) {
        return line_fail(line, "a key block of %zu bytes cannot hold keys of %zu", len, keys_len);
    }
    if (is_export(block) && keys_len != len) {
        return line_fail(
            line, "a key block of %zu bytes, where the keys of an export suite are %zu", len, keys_len);
    }
    key_block_reserve(block, len, line->arena);
    return true;
}

/*
 * The engine knows the length of a key block by the three lengths only. How these divide the block does not
 * change its bytes, so a block of any length is asked for with three lengths that add up to half of it, and
 * where its length is odd, to half a byte more: key_block_reserve() has room for the byte too many. An export
 * suite needs its true lengths, because the final keys are made of the short keys.
 */
static void set_lengths(struct lanekdf_handshake *handshake, const struct key_block *block)
{
    const size_t one_way = (block->len + 1) / 2;

    handshake->key_block = block->layout.key_block;
    if (is_export(block)) {
        handshake->mac_key_len = block->layout.mac_key_len;
        handshake->enc_key_len = block->layout.enc_key_len;
        handshake->fixed_iv_len = block->layout.fixed_iv_len;
        handshake->final_key_len = block->layout.final_key_len;
        handshake->final_keys = block->layout.final_keys;
        return;
    }
    handshake->mac_key_len = (uint8_t)(one_way / 3);
    handshake->enc_key_len = (uint8_t)((one_way - one_way / 3) / 2);
    handshake->fixed_iv_len = (uint8_t)(one_way - handshake->mac_key_len - handshake->enc_key_len);
}

bool key_block_fill(struct line *line, const struct key_block *block, struct lanekdf_handshake *handshake)
{
    struct named_key keys[MAX_KEYS];
    size_t n_keys = block->has_layout ? key_block_keys(block, keys) : 0;

    set_lengths(handshake, block);
    if (!line_answer(line, FIELD_KEY_BLOCK, block->layout.key_block, block->len)) {
        return false;
    }
    for (size_t i = 0; i < n_keys; i++) {
        struct lanekdf_span span = keys[i].span;
        /* A key of no bytes is an answer, too, and must point to something. */
        if (!line_answer(line, keys[i].field, span.len > 0 ? span.data : block->layout.key_block, span.len)) {
            return false;
        }
    }
    return true;
}

size_t key_block_keys(const struct key_block *block, struct named_key keys[MAX_KEYS])
{
    struct lanekdf_handshake in_block = block->layout;
    const struct lanekdf_handshake *whole = &block->layout;
    size_t n = 0;

    if (is_export(block)) { /* the block itself has the short keys, and no IVs */
        in_block.final_key_len = in_block.fixed_iv_len = 0;
    }
    for (enum lanekdf_key key = 0; key <= LANEKDF_SERVER_WRITE_KEY; key++) {
        keys[n++] =
            (struct named_key){key_fields[key].field, key, true, lanekdf_handshake_key(&in_block, key)};
    }
    if (is_export(block)) {
        for (enum lanekdf_key key = LANEKDF_CLIENT_WRITE_KEY; key <= LANEKDF_SERVER_WRITE_KEY; key++) {
            keys[n++] = (struct named_key){
                key_fields[key].final_field, key, false, lanekdf_handshake_key(whole, key)};
        }
    }
    for (enum lanekdf_key key = LANEKDF_CLIENT_WRITE_IV; key <= LANEKDF_SERVER_WRITE_IV; key++) {
        keys[n++] = (struct named_key){
            key_fields[key].field, key, !is_export(block), lanekdf_handshake_key(whole, key)};
    }
    return n;
}
