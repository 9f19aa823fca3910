/*
 * The connections of QUIC in a capture: their datagrams, until a handshake is made of them. An Initial packet
 * is opened with keys that follow from its connection ID alone; other packets wait for secrets of the key
 * log.
 */
#ifndef QUIC_CONNECTION_H
#define QUIC_CONNECTION_H

#include "captured_handshake.h"
#include "json.h"

struct quic_connections;

struct quic_connections *quic_connections_new(void);

/* Zeroes the connections and frees them; NULL is fine. */
void quic_connections_free(struct quic_connections *connections);

/* Takes a packet of tshark's, which may have no datagram to read. Returns what is wrong with it, or NULL. */
const char *quic_connections_take(struct quic_connections *connections, const struct json_packet *packet,
    const char *file, uint64_t number);

/* Once no more packets come: takes out the next connection as a handshake, whose packets are items: hellos as
 * messages, the rest sealed. The caller frees it; NULL if there is none left. */
struct handshake *quic_connections_next(struct quic_connections *connections);

#endif
