/*
 * How the keys of a connection come about, as a story: what explain shows, apart from how it is printed. The
 * story is that of a recorded session, or, without values, that of any connection with a cipher suite.
 */
#ifndef STORY_H
#define STORY_H

#include "key_exchange.h"
#include "session.h"

/* Whether what was derived is what the line has. */
enum check { CHECK_NONE, CHECK_SAME, CHECK_DIFFERS };

enum function {
    FUNCTION_PRF,          /* PRF(secret, label, seed) */
    FUNCTION_SSL3,         /* SSL3(secret, seed): what SSLv3 has in the place of the PRF */
    FUNCTION_MD5,          /* MD5(secret + seed) */
    FUNCTION_SSL3_FINISHED /* nested hashes of secret, label and transcript: RFC 6101 section 5.6.9 */
};

extern const char *const function_names[];

struct seed_part {
    const char *name;
    struct lanekdf_bytes value; /* .len 0: not known */
};

/* One derivation: output = function(secret, label, seed). */
struct step {
    enum function function;
    const char *output, *secret, *label; /* label "": none */
    struct seed_part seed[2];
    size_t n_seed;
    size_t len;
    const uint8_t *value; /* NULL: there is none to show */
    bool is_secret;       /* the value is */
    bool is_derived;      /* false: taken as recorded */
    enum check check;
};

/* A key, and who uses it for what. */
struct story_key {
    const char *name;
    bool is_in_block; /* of the key block; the others are made afterwards, by export suites */
    size_t offset, len;
    const uint8_t *value; /* NULL: there is none to show */
    enum side writer;
    const char *purpose; /* without the direction */
    enum check check;
};

/* An export suite makes two final keys and two IVs, or both IVs in one step. */
enum { MAX_FINALS = 4 };

struct story {
    const struct line *line; /* NULL: the story of a suite, without values */
    const struct session *session;
    const struct lanekdf_suite *suite; /* NULL: not known */
    const struct key_exchange *exchange;
    struct step master, key_block, finals[MAX_FINALS], finished[N_SIDES];
    size_t n_finals, n_finished;
    struct story_key keys[MAX_KEYS];
    size_t n_keys;
    bool is_aead;
    const char *warning; /* NULL: none */
};

/* The story of a recorded session, whose jobs have run. */
void story_of_session(struct story *story, const struct line *line);

/* The story of any connection with this suite, in a version that has it, or had it in practice. The session
 * that it is about is made in the arena. */
void story_of_suite(struct story *story, const struct lanekdf_suite *suite, uint16_t protocol,
    bool is_extended, bool is_resumed, struct arena *arena);

#endif
