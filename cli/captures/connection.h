/*
 * The connections of a capture: which side is the client, and where one handshake ends and the next one
 * begins.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "flow.h"
#include "captured_handshake.h"

struct connection;

/* What a connection that has ended still has, once all its handshakes are taken out. */
enum remainder {
    REMAINDER_NONE,
    REMAINDER_HEADLESS,     /* encrypted handshake records alone: the capture began too late */
    REMAINDER_LATE,         /* not even these, but later records that keys protect: it began later still */
    REMAINDER_RENEGOTIATION /* encrypted handshake records of the client's behind a handshake */
};

struct connections;

struct connections *connections_new(void);

/* Zeroes the connections and frees them; NULL is fine. */
void connections_free(struct connections *connections);

/* Takes a packet, and returns its connection. */
struct connection *connections_take(struct connections *connections, const struct packet *packet);

/* Returns the connection that began next after another one, or the first one if `after` is NULL; NULL if
 * there is no more. */
struct connection *connections_next(const struct connections *connections, const struct connection *after);

/* Takes the next handshake that is complete out of the connection. The caller frees it; NULL if there is
 * none. */
struct handshake *connection_next(struct connection *connection);

/* Ends the connection, as no more packets will come: connection_next() then also gives handshakes that are
 * not complete. */
void connection_end(struct connection *connection);

/* What is left of a connection that has ended, after connection_next() returned NULL. */
enum remainder connection_remainder(const struct connection *connection);

/* Returns a handshake without messages that names the connection's file and stream, for messages about the
 * remainder. */
struct handshake connection_place(const struct connection *connection);

#endif
