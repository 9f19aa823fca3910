#include "key_block.h"

static const enum field key_fields[] = {
    [LANEKDF_CLIENT_WRITE_MAC_KEY] = FIELD_CLIENT_WRITE_MAC_KEY,
    [LANEKDF_SERVER_WRITE_MAC_KEY] = FIELD_SERVER_WRITE_MAC_KEY,
    [LANEKDF_CLIENT_WRITE_KEY] = FIELD_CLIENT_WRITE_KEY,
    [LANEKDF_SERVER_WRITE_KEY] = FIELD_SERVER_WRITE_KEY,
    [LANEKDF_CLIENT_WRITE_IV] = FIELD_CLIENT_WRITE_IV,
    [LANEKDF_SERVER_WRITE_IV] = FIELD_SERVER_WRITE_IV,
};

/* Three lengths of 8 bits for each of two directions. */
enum { MAX_KEY_BLOCK_LEN = 2 * 3 * UINT8_MAX };
/* RFC 6101 section 6.2.2.1 has final keys from one MD5 each. */
enum { MAX_FINAL_LEN = 16 };

static size_t max_len(uint16_t version)
{
    return version == 0x0300 ? (size_t)LANEKDF_MAX_SSL3_OUT : MAX_KEY_BLOCK_LEN;
}

static bool is_export(const struct key_block *block)
{
    return block->cut.final_key_len > 0;
}

static bool read_len(struct line *line, enum field field, size_t max, uint8_t *len)
{
    size_t number;

    if (!line_number(line, field, max, &number)) {
        return false;
    }
    *len = (uint8_t)number;
    return true;
}

/* From the line, else from the suite. */
static bool read_lengths(
    struct line *line, uint16_t version, const struct lanekdf_suite *suite, struct key_block *block)
{
    struct lanekdf_handshake *cut = &block->cut;

    if ((line->fields & KEY_LEN_FIELDS) == KEY_LEN_FIELDS) {
        block->is_cut = true;
        if (suite) {
            cut->final_key_len = suite->final_key_len;
        }
        if (line_has(line, FIELD_FINAL_KEY_LEN) &&
            !read_len(line, FIELD_FINAL_KEY_LEN, MAX_FINAL_LEN, &cut->final_key_len)) {
            return false;
        }
        return read_len(line, FIELD_MAC_LEN, UINT8_MAX, &cut->mac_key_len) &&
               read_len(line, FIELD_KEY_LEN, UINT8_MAX, &cut->enc_key_len) &&
               read_len(line, FIELD_IV_LEN, is_export(block) ? MAX_FINAL_LEN : UINT8_MAX, &cut->fixed_iv_len);
    }
    if (suite) {
        int status = lanekdf_handshake_set_suite(cut, version, suite);
        block->is_cut = true;
        return status == LANEKDF_OK ||
               line_fail(line, "cipher_suite: %s: %s", suite->name, lanekdf_status_text(status));
    }
    return true;
}

bool key_block_plan(
    struct line *line, uint16_t version, const struct lanekdf_suite *suite, struct key_block *block)
{
    const struct lanekdf_handshake *cut = &block->cut;
    const size_t max = max_len(version);
    size_t cut_len;
    const char *text;

    *block = (struct key_block){0};
    if (!read_lengths(line, version, suite, block)) {
        return false;
    }
    cut_len = 2 * ((size_t)cut->mac_key_len + cut->enc_key_len + (is_export(block) ? 0 : cut->fixed_iv_len));

    if (line_has(line, FIELD_KEY_BLOCK)) {
        if (!line_string(line, FIELD_KEY_BLOCK, &text, &block->len)) {
            return false;
        }
        block->len /= 2;
    } else if (line_has(line, FIELD_KEY_BLOCK_LEN)) {
        if (!line_number(line, FIELD_KEY_BLOCK_LEN, max, &block->len)) {
            return false;
        }
    } else if (block->is_cut) {
        block->len = cut_len;
    } else if (line_has(line, FIELD_OUT_LEN)) {
        if (!line_number(line, FIELD_OUT_LEN, max, &block->len)) {
            return false;
        }
    } else {
        return line_fail(line,
            "the key block's length is missing: key_block_len, or mac_len, key_len and iv_len, or "
            "cipher_suite");
    }
    if (block->len == 0 || block->len > max) {
        return line_fail(line, "a key block of %zu bytes: must be 1 to %zu", block->len, max);
    }
    if (cut_len > block->len) {
        return line_fail(line, "a key block of %zu bytes cannot hold keys of %zu", block->len, cut_len);
    }
    if (is_export(block) && cut_len != block->len) {
        return line_fail(
            line, "a key block of %zu bytes, where the keys of an export suite are %zu", block->len, cut_len);
    }
    block->cut.key_block = line_memory(line, block->len + 1);
    block->cut.final_keys = line_memory(line, 2 * 2 * MAX_FINAL_LEN);
    return true;
}

/* How the block is cut does not change it, unless final keys are made of it: any three
 * lengths will do, and where its length is odd one byte more. */
static void set_lengths(struct lanekdf_handshake *handshake, const struct key_block *block)
{
    size_t one_way = (block->len + 1) / 2;

    handshake->key_block = block->cut.key_block;
    if (is_export(block)) {
        handshake->mac_key_len = block->cut.mac_key_len;
        handshake->enc_key_len = block->cut.enc_key_len;
        handshake->fixed_iv_len = block->cut.fixed_iv_len;
        handshake->final_key_len = block->cut.final_key_len;
        handshake->final_keys = block->cut.final_keys;
        return;
    }
    handshake->mac_key_len = (uint8_t)(one_way / 3);
    handshake->enc_key_len = (uint8_t)((one_way - one_way / 3) / 2);
    handshake->fixed_iv_len = (uint8_t)(one_way - handshake->mac_key_len - handshake->enc_key_len);
}

bool key_block_fill(struct line *line, const struct key_block *block, struct lanekdf_handshake *handshake)
{
    struct named_key keys[MAX_KEYS];
    size_t n_keys = block->is_cut ? key_block_keys(block, keys) : 0;

    set_lengths(handshake, block);
    if (!line_answer(line, FIELD_KEY_BLOCK, block->cut.key_block, block->len)) {
        return false;
    }
    for (size_t i = 0; i < n_keys; i++) {
        struct lanekdf_span span = keys[i].span;
        if (!line_answer(line, keys[i].field, span.len > 0 ? span.data : block->cut.key_block, span.len)) {
            return false;
        }
    }
    return true;
}

size_t key_block_keys(const struct key_block *block, struct named_key keys[MAX_KEYS])
{
    struct lanekdf_handshake in_block = block->cut;
    size_t n = 0;

    if (is_export(block)) { /* the keys as they are in the block, without IVs */
        in_block.final_key_len = in_block.fixed_iv_len = 0;
    }
    for (enum lanekdf_key key = 0; key <= LANEKDF_SERVER_WRITE_KEY; key++) {
        keys[n++] = (struct named_key){key_fields[key], key, true, lanekdf_handshake_key(&in_block, key)};
    }
    for (enum lanekdf_key key = LANEKDF_CLIENT_WRITE_KEY; is_export(block) && key <= LANEKDF_SERVER_WRITE_KEY;
         key++) {
        keys[n++] = (struct named_key){
            key == LANEKDF_CLIENT_WRITE_KEY ? FIELD_FINAL_CLIENT_WRITE_KEY : FIELD_FINAL_SERVER_WRITE_KEY,
            key, false, lanekdf_handshake_key(&block->cut, key)};
    }
    for (enum lanekdf_key key = LANEKDF_CLIENT_WRITE_IV; key <= LANEKDF_SERVER_WRITE_IV; key++) {
        keys[n++] = (struct named_key){
            key_fields[key], key, !is_export(block), lanekdf_handshake_key(&block->cut, key)};
    }
    return n;
}
