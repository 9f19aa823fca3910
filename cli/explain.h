/*
 * A recorded session as a story: what explain tells, apart from how it is printed.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "key_exchange.h"
#include "session.h"
#include "stream.h"

/* Whether what was derived is what the line has. */
enum check { CHECK_NONE, CHECK_SAME, CHECK_DIFFERS };

struct seed_part {
    const char *name;
    struct lanekdf_bytes value; /* .len 0: not known */
};

/* output = PRF(secret, label, seed). */
struct derivation {
    const char *output, *secret, *label;
    struct seed_part seed[2];
    size_t n_seed;
    size_t len;
    const uint8_t *value;
    bool is_secret;  /* its value */
    bool is_derived; /* not: taken as recorded */
    enum check check;
};

/* A part of the key block. */
struct named_key {
    const char *name;
    size_t offset, len;
    const uint8_t *value;
    enum side writer;
    const char *purpose; /* for what, without the direction */
    enum check check;
};

struct story {
    const struct line *line;
    const struct session *session;
    const struct key_exchange *exchange;
    struct derivation master, key_block, finished[2];
    size_t n_finished;
    struct named_key keys[N_KEYS];
    size_t n_keys;
    bool is_aead;
};

/* The name of a handshake message, from its first byte. */
const char *message_name(struct lanekdf_bytes message);

void explain_text(struct stream *stream, const struct story *story);
void explain_json(struct stream *stream, const struct story *story);

/* Bytes of a secret that are shown without --secrets: never all of it. */
enum { SECRET_SHOWN = 4 };
static inline size_t secret_shown(size_t len)
{
    return len / 2 < SECRET_SHOWN ? len / 2 : SECRET_SHOWN;
}

#endif
