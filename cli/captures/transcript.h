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

    /* In the order in which they are sent. */
    struct transcript_finished {
        int side;
        bool is_known; /* that n_messages is what it covers, the other Finished not counted */
        size_t n_messages;
        struct lanekdf_bytes recorded; /* the message, as tshark decrypted it; empty: it could not */
        struct lanekdf_bytes sealed;   /* the encrypted record; empty: the capture lacks it */
    } finished[2];

    char
        missing[MISSING_TEXT_LEN]; /* which message is missing, or what comes in a wrong place; "": nothing */
};

/* The handshake has both hellos, and its suite is known. */
void transcript_read(
    struct transcript *transcript, const struct handshake *handshake, const struct lanekdf_suite *suite);

void transcript_free(struct transcript *transcript);

#endif
