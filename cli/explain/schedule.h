/*
 * The key schedule of TLS 1.3, DTLS 1.3 or QUIC (RFC 8446 section 7.1) as explain shows it, apart from how it
 * is printed: that of a recorded session or, without values, that of any connection with a cipher suite.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "story.h"
#include "tls13_session.h"

enum schedule_function {
    SCHEDULE_EXTRACT,  /* HKDF-Extract(secret, input) */
    SCHEDULE_DERIVE,   /* Derive-Secret(secret, label, messages) */
    SCHEDULE_BINDER,   /* HMAC(finished key of the binder key, hash of ClientHello to the binders) */
    SCHEDULE_FINISHED, /* HMAC(finished key of the secret, hash of messages) */
    SCHEDULE_UPDATE,   /* HKDF-Expand-Label(secret, label, ""), for each key update */
    SCHEDULE_TICKET    /* HKDF-Expand-Label(secret, label, nonce of the ticket) */
};

extern const char *const schedule_function_names[];

/* A key of a traffic secret: HKDF-Expand-Label(secret, label, ""). */
struct schedule_key {
    const char *name, *label;
    size_t len;
    const uint8_t *value; /* NULL: there is none to show */
    enum check check;
};

enum { MAX_SCHEDULE_KEYS = 3 };

struct schedule_step {
    enum schedule_function function;
    const char *output, *secret;
    const char *input;    /* of HKDF-Extract */
    const char *label;    /* "": none */
    const char *messages; /* "": none */
    size_t n_messages;    /* how many of the session's these are; 0: not told */
    size_t len;
    const uint8_t *value; /* NULL: there is none to show */
    bool is_secret;       /* the value is */
    bool is_recorded;     /* the value is the line's, and not derived */
    enum check check;
    char key_log[SECRET_LABEL_LEN]; /* what key logs call it; "": they do not have it */
    enum side writer;               /* of the keys */
    struct schedule_key keys[MAX_SCHEDULE_KEYS];
    size_t n_keys;
};

enum { MAX_SCHEDULE_STEPS = 32 };

/* Whether a secret goes into the schedule. A line may have secrets without anything that tells. */
enum presence { PRESENCE_ABSENT, PRESENCE_THERE, PRESENCE_UNKNOWN };

struct schedule {
    const struct line *line; /* NULL: the schedule of a suite, without values */
    const struct tls13_session *session;
    const struct lanekdf_suite *suite; /* NULL: not known */
    enum presence psk, exchange;       /* the secrets that go in: a PSK, and that of a key exchange */
    struct schedule_step steps[MAX_SCHEDULE_STEPS];
    size_t n_steps;
    const char *warning; /* NULL: none */
};

/* The schedule of a recorded session, whose jobs have run. */
void schedule_of_session(struct schedule *schedule, const struct line *line);

/* The schedule of any connection with this suite, with or without a PSK. The session that it is about is made
 * in the arena. Returns LANEKDF_OK, or why this version cannot have the suite. */
int schedule_of_suite(struct schedule *schedule, const struct lanekdf_suite *suite, uint32_t version,
    bool has_psk, struct arena *arena);

/* "tls13 " or "dtls13", which stands before every label; and "quic ", "quicv2 " or "", which stands before
 * those of keys. */
const char *schedule_label_prefix(uint32_t version);
const char *schedule_key_prefix(uint32_t version);

#endif
