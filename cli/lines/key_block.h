/*
 * The key block of a line: its length, and the keys that it is cut into; of an export
 * suite also the final ones that are made of these.
 */
#ifndef KEY_BLOCK_H
#define KEY_BLOCK_H

#include "work.h"

/* Fields that tell a key block's length, and those that are keys. */
#define KEY_LEN_FIELDS (FIELD_BIT(FIELD_MAC_LEN) | FIELD_BIT(FIELD_KEY_LEN) | FIELD_BIT(FIELD_IV_LEN))
#define KEY_BLOCK_LEN_FIELDS                                                                                 \
    (FIELD_BIT(FIELD_KEY_BLOCK) | FIELD_BIT(FIELD_KEY_BLOCK_LEN) | FIELD_BIT(FIELD_OUT_LEN) | KEY_LEN_FIELDS)
#define KEY_FIELDS                                                                                           \
    (FIELD_BIT(FIELD_CLIENT_WRITE_MAC_KEY) | FIELD_BIT(FIELD_SERVER_WRITE_MAC_KEY) |                         \
        FIELD_BIT(FIELD_CLIENT_WRITE_KEY) | FIELD_BIT(FIELD_SERVER_WRITE_KEY) |                              \
        FIELD_BIT(FIELD_CLIENT_WRITE_IV) | FIELD_BIT(FIELD_SERVER_WRITE_IV) |                                \
        FIELD_BIT(FIELD_FINAL_CLIENT_WRITE_KEY) | FIELD_BIT(FIELD_FINAL_SERVER_WRITE_KEY))

struct key_block {
    size_t len;
    bool is_cut;                  /* the three lengths are known */
    struct lanekdf_handshake cut; /* these, and where the outputs are */
};

/*
 * Finds the length, from whatever the line has, and makes room: the length of the answer in
 * the line, or one that the line gives, or that of the suite in this version. suite may be
 * NULL.
 */
bool key_block_plan(
    struct line *line, uint16_t version, const struct lanekdf_suite *suite, struct key_block *block);

/* Makes the key block an output of the handshake, and it and its keys answers. */
bool key_block_fill(struct line *line, const struct key_block *block, struct lanekdf_handshake *handshake);

/* A key by the name that the format gives it. */
struct named_key {
    enum field field;
    enum lanekdf_key key; /* which of the six; a final write key is a write key */
    bool is_in_block;     /* not: made of what is, or of the randoms */
    struct lanekdf_span span;
};

/* The keys of a block that is cut, some perhaps of length 0; returns how many. */
enum { MAX_KEYS = 8 };
size_t key_block_keys(const struct key_block *block, struct named_key keys[MAX_KEYS]);

#endif
