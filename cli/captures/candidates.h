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
    const char *origin; /* the key log that has it; NULL: the handshake that made the session has it */
    uint64_t line;      /* its line in the origin */
    bool is_tried;      /* the secret was tried, and the proof tells how that ended */
    struct proof proof;
};

struct candidates {
    struct candidate *at; /* n of them, with room for n_room */
    size_t n, n_room;
};

/* Zeroes the candidates and frees them. */
void candidates_free(struct candidates *candidates);

/* Finds the candidates of a handshake, in the place of those that were there. */
void candidates_find(struct candidates *candidates, struct key_log *log, const struct resumption *resumption,
    const struct handshake *handshake, bool is_abbreviated);

/* Derives the master secret that each candidate gives, and tries it on the recorded Finished. */
void candidates_try(struct candidates *candidates, const struct handshake *handshake,
    const struct transcript *transcript, const struct lanekdf_suite *suite);

/* How the choice among the candidates ended. */
enum choice {
    CHOICE_MADE,
    CHOICE_NONE,     /* there is no secret, or none that serves without the messages that are missing */
    CHOICE_UNCERTAIN /* secrets contradict each other, and which one is right cannot be told */
};

/*
 * Chooses the candidate that fits, or else one that may fit. *chosen is that candidate; with CHOICE_UNCERTAIN
 * it is the first of those that contradict each other. *other is a candidate that gives another master
 * secret, or NULL.
 */
enum choice candidates_choose(
    const struct candidates *candidates, const struct candidate **chosen, const struct candidate **other);

#endif
