/*
 * Whether a transcript of a line is complete, as far as what is derived from it needs: a secret over a
 * transcript with a message left out is a wrong one, and nothing else in the line would tell.
 */
#ifndef MESSAGE_ORDER_H
#define MESSAGE_ORDER_H

#include "line.h"
#include "session.h"
#include "tls13_session.h"

/* Whether the server must show a certificate (RFC 5246 section 7.4.2, RFC 4279 section 4, RFC 5054 section
 * 2.5). False for NULL, a suite that is not known. */
bool message_order_has_certificate(const struct lanekdf_suite *suite);

/* Whether the server must send a ServerKeyExchange, which with other suites comes under conditions (RFC 5246
 * section 7.4.3, RFC 4279 sections 3 and 5, RFC 5054 section 2.5). False for NULL. */
bool message_order_has_server_key_exchange(const struct lanekdf_suite *suite);

/* Each of these makes it the line's error, which names the message, that one is missing or not whole, and
 * returns false then. */

/* Checks that each message of a session before TLS 1.3 has the length that its header says; of DTLS, that it
 * is one fragment. */
bool message_order_check_whole(struct line *line, const struct session *session);

/* Checks the messages that the session hash covers (RFC 7627 section 3), if the master secret is derived from
 * it. */
bool message_order_check_session_hash(struct line *line, const struct session *session);

/* Checks the messages of TLS 1.3 (RFC 8446 section 4.4.1), if secrets or a Finished are derived from them. */
bool message_order_check_tls13(struct line *line, const struct tls13_session *session);

#endif
