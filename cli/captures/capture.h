/*
 * A capture and its key log, as lines of tls-session and tls13-session. The capture comes as what
 *
 *   tshark -r CAPTURE -o tls.keylog_file:LOG -o tcp.reassemble_out_of_order:TRUE -Y "tls or dtls"
 *       -T ek -x -J "tcp tls udp dtls"
 *
 * prints, or less of it. The way of a packet: packet.c decodes it; flow.c puts the records of one side in
 * order; connection.c cuts both sides into handshakes; transcript.c orders a handshake's messages and finds
 * what is missing; candidates.c has the secrets that it may have, and proof.c tries them on the recorded
 * Finished; session_line.c writes the line. For TLS 1.3, tls13_proof.c does what the last three do, and
 * tls13_line.c writes the line. quic_connection.c makes handshakes of datagrams of QUIC.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "key_log.h"
#include "verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

/* Begins a capture, and reads the key log of this name unless that is NULL. Where is_exporting is true,
 * exporters are asked for, and a session whose exporter secret nothing proves is named. Returns NULL if the
 * key log cannot be read, which a message has said. */
struct capture *capture_open(const char *key_log, bool is_exporting);

/* Returns the capture's key log, to which secrets may be added before the lines of the handshakes that need
 * them. */
struct key_log *capture_key_log(struct capture *capture);

/* Begins a file, whose lines follow: it has lines of tshark's in it, or is a recording of which tshark prints
 * them. */
void capture_begin_file(struct capture *capture, const char *file, bool is_recording);

/* Ends the file. If all of it was read, a message says what was found in it instead of TLS. */
void capture_end_file(struct capture *capture, bool is_whole);

/* Zeroes the capture and frees it; NULL is fine. */
void capture_close(struct capture *capture);

/*
 * Takes a line of tshark's. capture_next() then gives the handshakes that the line completes. Returns NULL,
 * or what is wrong with the line, which is valid until the next call.
 */
const char *capture_take(
    struct capture *capture, const char *file, uint64_t number, const char *text, size_t len);

/* Ends the capture, as no more lines will come: capture_next() then also gives handshakes that are not
 * complete. */
void capture_end(struct capture *capture);

/* A session as a line. */
struct capture_line {
    const char *file; /* where its handshake began */
    uint64_t number;  /* of the line; in a recording, of the packet */
    const char *text; /* until the next call; JSON_PADDING readable bytes follow */
    size_t len;
    enum verdict verdict; /* whether the secret belongs to the handshake */
    const char *reason; /* until the next call: why it does not fit, or why that cannot be told, or, beside a
                         * secret that fits, how many others are left out; "": none */
    const char *remark; /* until the next call: what cannot be checked, beside a secret that fits, though
                         * nothing is missing; "": nothing */
};

/*
 * Makes the next session's line. Returns false if there is none. A handshake that cannot become a line, or
 * whose transcript has a gap, is named on standard error and counted.
 */
bool capture_next(struct capture *capture, struct capture_line *line);

/* Says on standard error, at the end, what concerns the whole capture. Returns whether every handshake became
 * a line in which nothing is missing. */
bool capture_report(struct capture *capture);

#endif
