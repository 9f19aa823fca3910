/*
 * The secrets that a handshake may have: what the key log has under its client_random, its encrypted
 * pre-master secret or its session ID, and the master secret of the session that it resumes.
 */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include "proof.h"
#include "resumption.h"

struct candidate {
    struct secret secret;
    const char *origin; /* what the secret is from; NULL: the handshake that made the session */
    uint64_t line;      /* of the origin */
    bool is_tried;      /* the proof below is there */
    struct proof proof;
};

struct candidates {
    struct candidate *at; /* n of them, with room for n_room */
    size_t n, n_room;
};

/* Zeroes and frees them. */
void candidates_free(struct candidates *candidates);

/* Finds them. */
void candidates_find(struct candidates *candidates, struct key_log *log, const struct resumption *resumption,
    const struct handshake *handshake, bool is_abbreviated);

/* Derives the master secret of each and tries it. */
void candidates_try(struct candidates *candidates, const struct handshake *handshake,
    const struct transcript *transcript, const struct lanekdf_suite *suite);

/* What became of it. */
enum choice {
    CHOICE_MADE,
    CHOICE_NONE,     /* there is no secret, or none that serves without the messages that are missing */
    CHOICE_UNCERTAIN /* secrets contradict each other, and which one is right cannot be told */
};

/*
 * Chooses the one that fits, else one that may. *chosen: that one, or with CHOICE_UNCERTAIN the first of
 * those that contradict each other. *other: one that gives another master secret, or NULL.
 */
enum choice candidates_choose(
    const struct candidates *candidates, const struct candidate **chosen, const struct candidate **other);

#endif
