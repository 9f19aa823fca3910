/*
 * Connections of a capture: who is the client, and where one handshake ends and the next one begins.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "flow.h"
#include "captured_handshake.h"

struct connection;

/* Why a connection that has ended leaves nothing more, where that must be said. */
enum remainder {
    REMAINDER_NONE,
    REMAINDER_HEADLESS,     /* encrypted handshake records alone: the capture began too late */
    REMAINDER_RENEGOTIATION /* encrypted handshake records of the client's behind a handshake */
};

struct connections;

struct connections *connections_new(void);

/* Zeroes and frees; NULL is fine. */
void connections_free(struct connections *connections);

/* Takes a packet, and returns its connection. */
struct connection *connections_take(struct connections *connections, const struct packet *packet);

/* The connections in the order in which they began: the first one, or the one after another; NULL: no more.
 */
struct connection *connections_next(const struct connections *connections, const struct connection *after);

/* The next handshake that is complete, or NULL; the caller frees it. */
struct handshake *connection_next(struct connection *connection);

/* No more packets will come: what is there of handshakes is then to be had from connection_next. */
void connection_end(struct connection *connection);

/* What connection_next has left when a connection that has ended has no more. */
enum remainder connection_remainder(const struct connection *connection);

/* A handshake without anything, for who says where the remainder is. */
struct handshake connection_place(const struct connection *connection);

#endif
