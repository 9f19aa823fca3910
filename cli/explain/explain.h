/*
 * How the keys of a connection come about, as a story: what explain tells, apart from how
 * it is printed. It is that of a recorded session, or, without values, of a cipher suite.
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

enum form {
    FORM_PRF,          /* PRF(secret, label, seed) */
    FORM_SSL3,         /* SSL3(secret, seed): what SSLv3 has in its place */
    FORM_MD5,          /* MD5(secret + seed) */
    FORM_SSL3_FINISHED /* nested hashes of secret, label and transcript: RFC 6101 section 5.6.9 */
};

extern const char *const form_names[];

struct derivation {
    enum form form;
    const char *output, *secret, *label; /* label "": none */
    struct seed_part seed[2];
    size_t n_seed;
    size_t len;
    const uint8_t *value; /* NULL: there is none to show */
    bool is_secret;       /* its value */
    bool is_derived;      /* not: taken as recorded */
    enum check check;
};

/* A key, and who uses it for what. */
struct told_key {
    const char *name;
    bool is_in_block; /* of the key block; the others are made afterwards, by export suites */
    size_t offset, len;
    const uint8_t *value; /* NULL: there is none to show */
    enum side writer;
    const char *purpose; /* for what, without the direction */
    enum check check;
};

enum { MAX_FINALS = 4 };

struct story {
    const struct line *line; /* NULL: a suite by itself, without values */
    const struct session *session;
    const struct lanekdf_suite *suite; /* NULL: not known */
    const struct key_exchange *exchange;
    struct derivation master, key_block, finals[MAX_FINALS], finished[2];
    size_t n_finals, n_finished;
    struct told_key keys[MAX_KEYS];
    size_t n_keys;
    bool is_aead;
};

/* Fills in all that follows from line, session and suite. Texts are made in the arena. */
void explain_tell(struct story *story, struct arena *arena);

/* explain --suite. */
int explain_suite_main(const struct options *options);

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
