#include "key_block.h"

const enum field key_fields[N_KEYS] = {
    [LANEKDF_CLIENT_WRITE_MAC_KEY] = FIELD_CLIENT_WRITE_MAC_KEY,
    [LANEKDF_SERVER_WRITE_MAC_KEY] = FIELD_SERVER_WRITE_MAC_KEY,
    [LANEKDF_CLIENT_WRITE_KEY] = FIELD_CLIENT_WRITE_KEY,
    [LANEKDF_SERVER_WRITE_KEY] = FIELD_SERVER_WRITE_KEY,
    [LANEKDF_CLIENT_WRITE_IV] = FIELD_CLIENT_WRITE_IV,
    [LANEKDF_SERVER_WRITE_IV] = FIELD_SERVER_WRITE_IV,
};

/* Three lengths of 8 bits for each of two directions. */
enum { MAX_KEY_BLOCK_LEN = 2 * 3 * UINT8_MAX };

static bool read_lengths(struct line *line, struct key_block *block)
{
    size_t mac_key_len, enc_key_len, fixed_iv_len;

    if (!line_number(line, FIELD_MAC_LEN, UINT8_MAX, &mac_key_len) ||
        !line_number(line, FIELD_KEY_LEN, UINT8_MAX, &enc_key_len) ||
        !line_number(line, FIELD_IV_LEN, UINT8_MAX, &fixed_iv_len)) {
        return false;
    }
    block->is_cut = true;
    block->mac_key_len = (uint8_t)mac_key_len;
    block->enc_key_len = (uint8_t)enc_key_len;
    block->fixed_iv_len = (uint8_t)fixed_iv_len;
    return true;
}

bool key_block_plan(struct line *line, struct key_block *block)
{
    size_t cut_len;
    const char *text;
    bool all_lengths = (line->fields & KEY_LEN_FIELDS) == KEY_LEN_FIELDS;

    *block = (struct key_block){0};
    if (all_lengths && !read_lengths(line, block)) {
        return false;
    }
    cut_len = 2 * ((size_t)block->mac_key_len + block->enc_key_len + block->fixed_iv_len);

    if (line_has(line, FIELD_KEY_BLOCK)) {
        if (!line_string(line, FIELD_KEY_BLOCK, &text, &block->len)) {
            return false;
        }
        block->len /= 2;
    } else if (line_has(line, FIELD_KEY_BLOCK_LEN)) {
        if (!line_number(line, FIELD_KEY_BLOCK_LEN, MAX_KEY_BLOCK_LEN, &block->len)) {
            return false;
        }
    } else if (all_lengths) {
        block->len = cut_len;
    } else if (line_has(line, FIELD_OUT_LEN)) {
        if (!line_number(line, FIELD_OUT_LEN, MAX_KEY_BLOCK_LEN, &block->len)) {
            return false;
        }
    } else {
        return line_fail(
            line, "the key block's length is missing: key_block_len, or mac_len, key_len and iv_len");
    }
    if (block->len == 0 || block->len > MAX_KEY_BLOCK_LEN) {
        return line_fail(line, "a key block of %zu bytes: must be 1 to %d", block->len, MAX_KEY_BLOCK_LEN);
    }
    if (cut_len > block->len) {
        return line_fail(line, "a key block of %zu bytes cannot hold keys of %zu", block->len, cut_len);
    }
    block->data = line_memory(line, block->len + 1);
    return true;
}

bool key_block_fill(struct line *line, const struct key_block *block, struct lanekdf_handshake *handshake)
{
    struct lanekdf_handshake cut = {
        .mac_key_len = block->mac_key_len,
        .enc_key_len = block->enc_key_len,
        .fixed_iv_len = block->fixed_iv_len,
        .key_block = block->data,
    };
    size_t one_way = (block->len + 1) / 2;

    /* How the block is cut does not change it: any three lengths will do, and where
     * its length is odd one byte more. */
    handshake->key_block = block->data;
    handshake->mac_key_len = (uint8_t)(one_way / 3);
    handshake->enc_key_len = (uint8_t)((one_way - one_way / 3) / 2);
    handshake->fixed_iv_len = (uint8_t)(one_way - handshake->mac_key_len - handshake->enc_key_len);

    if (!line_answer(line, FIELD_KEY_BLOCK, block->data, block->len)) {
        return false;
    }
    for (unsigned key = 0; block->is_cut && key < N_KEYS; key++) {
        struct lanekdf_span span = lanekdf_handshake_key(&cut, (enum lanekdf_key)key);
        if (!line_answer(line, key_fields[key], span.len > 0 ? span.data : block->data, span.len)) {
            return false;
        }
    }
    return true;
}
