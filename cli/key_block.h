/*
 * The key block of a line: its length, and the six keys that it is cut into.
 */
#ifndef KEY_BLOCK_H
#define KEY_BLOCK_H

#include "work.h"

enum { N_KEYS = 6 };

/* Fields that tell a key block's length, and those that are keys cut from it. */
#define KEY_LEN_FIELDS (FIELD_BIT(FIELD_MAC_LEN) | FIELD_BIT(FIELD_KEY_LEN) | FIELD_BIT(FIELD_IV_LEN))
#define KEY_BLOCK_LEN_FIELDS                                                                                 \
    (FIELD_BIT(FIELD_KEY_BLOCK) | FIELD_BIT(FIELD_KEY_BLOCK_LEN) | FIELD_BIT(FIELD_OUT_LEN) | KEY_LEN_FIELDS)
#define KEY_FIELDS                                                                                           \
    (FIELD_BIT(FIELD_CLIENT_WRITE_MAC_KEY) | FIELD_BIT(FIELD_SERVER_WRITE_MAC_KEY) |                         \
        FIELD_BIT(FIELD_CLIENT_WRITE_KEY) | FIELD_BIT(FIELD_SERVER_WRITE_KEY) |                              \
        FIELD_BIT(FIELD_CLIENT_WRITE_IV) | FIELD_BIT(FIELD_SERVER_WRITE_IV))

/* The field that a named key goes by. */
extern const enum field key_fields[N_KEYS];

struct key_block {
    size_t len;
    bool is_cut; /* the line has the three lengths */
    uint8_t mac_key_len, enc_key_len, fixed_iv_len;
    uint8_t *data;
};

/* Finds the length, from whatever the line has, and makes room. */
bool key_block_plan(struct line *line, struct key_block *block);

/* Makes the key block an output of the handshake, and it and its keys answers. */
bool key_block_fill(struct line *line, const struct key_block *block, struct lanekdf_handshake *handshake);

#endif
