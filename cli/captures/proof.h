/*
 * Derives a handshake's keys from one secret, and tries them on what was recorded: the record of a Finished
 * opens under the right keys only, and the Finished in it must be the one that follows from the transcript.
 */
#ifndef PROOF_H
#define PROOF_H

#include "transcript.h"
#include "verdict.h"

enum { MAX_FINISHED_LEN = 12 + LANEKDF_SSL3_FINISHED_LEN, REASON_LEN = 128 };

/* A pre-master or master secret that a handshake may have. */
struct secret {
    bool is_pre_master;
    struct lanekdf_bytes bytes;
};

struct proof {
    uint8_t master[LANEKDF_MASTER_SECRET_LEN];
    enum verdict verdict;
    char reason[REASON_LEN]; /* why the secret does not fit, or why that cannot be told */

    /* Both Finished as messages, from their records or as tshark decrypted them, in the order of the
     * transcript. */
    struct lanekdf_bytes finished[2];
    uint8_t finished_bytes[2][MAX_FINISHED_LEN];
    bool is_refused[2];       /* the record of this Finished does not open */
    bool is_transcript_wrong; /* a Finished cannot be read, or covers other messages */
};

/*
 * Fills in the proof. Returns false if the secret cannot be tried: it is a pre-master secret, and the
 * extended master secret depends on messages that are missing, or the version does not have the suite.
 */
bool proof_try(struct proof *proof, const struct handshake *handshake, const struct transcript *transcript,
    const struct lanekdf_suite *suite, const struct secret *secret);

#endif
