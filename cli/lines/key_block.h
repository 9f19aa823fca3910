/*
 * The key block of a line: its length, and the keys that it consists of; of an export suite also the final
 * keys that are made of these.
 */
#ifndef KEY_BLOCK_H
#define KEY_BLOCK_H

#include "line.h"

struct key_block {
    size_t len;
    bool has_layout;                 /* the three lengths are known */
    struct lanekdf_handshake layout; /* of its fields the lengths, and where the outputs are */
    const char *objection;           /* what the RFCs say against the suite in this version; NULL: nothing */
};

/* Makes room in the arena for a key block of len bytes, and for final keys. */
void key_block_reserve(struct key_block *block, size_t len, struct arena *arena);

/*
 * Finds the length, from whatever the line has, and makes room. The length is that of the answer in the line
 * or one that the line gives, which must agree, else that of the keys: the line gives their lengths, or the
 * suite (which may be NULL) has them in this version.
 */
bool key_block_plan(
    struct line *line, uint16_t version, const struct lanekdf_suite *suite, struct key_block *block);

/* Makes the key block an output of the handshake, and it and its keys answers. */
bool key_block_fill(struct line *line, const struct key_block *block, struct lanekdf_handshake *handshake);

/* A key by the name that the format gives it. */
struct named_key {
    enum field field;
    enum lanekdf_key key; /* which of the six; a final write key is a write key */
    bool is_in_block;     /* false: made of what is in the block, or of the randoms */
    struct lanekdf_span span;
};

/* Writes the keys of a block that has a layout, some perhaps of length 0; returns how many. */
enum { MAX_KEYS = 8 };
size_t key_block_keys(const struct key_block *block, struct named_key keys[MAX_KEYS]);

#endif
