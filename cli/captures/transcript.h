/*
 * The transcript of a handshake: its messages in the order of RFC 5246 section 7.3, whatever the order of the
 * packets was, as far as nothing is missing.
 */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "captured_handshake.h"

enum { MISSING_TEXT_LEN = 192 };

struct transcript {
    struct lanekdf_bytes *messages; /* without either Finished */
    size_t n_messages, capacity;
    bool is_abbreviated;
    size_t n_session_hash; /* messages that the session hash covers; 0: not all of them are there */

    /* Both Finished, in the order in which they are sent. */
    struct transcript_finished {
        int side;
        bool is_known;     /* no message before it is missing, so that it covers the first n_messages */
        size_t n_messages; /* without the other Finished */
        struct lanekdf_bytes recorded; /* the message, as tshark decrypted it; empty: tshark did not */
        struct lanekdf_bytes sealed;   /* the encrypted record; empty: the capture lacks it */
    } finished[2];

    /* Says which message is missing, or which one comes in a wrong place; "": the transcript is whole. */
    char missing[MISSING_TEXT_LEN];
};

/* Makes the transcript of a handshake that has both hellos; suite is NULL if nobody knows the suite. */
void transcript_read(
    struct transcript *transcript, const struct handshake *handshake, const struct lanekdf_suite *suite);

void transcript_free(struct transcript *transcript);

#endif
