/*
 * First packets of QUIC connections, which a front end or a packet reader opens: it derives the client's
 * Initial keys from the connection ID, computes the mask of header protection and takes the mask off (RFC
 * 9001 section 5.4), and decrypts. The packets are as long as a client's first datagram has to be. The
 * ciphers are libcrypto's, through contexts that are kept; what differs between the implementations is who
 * derives the keys.
 */
#ifndef PACKETS_H
#define PACKETS_H

#include "impl.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Connections with an Initial key of the client alone, of each of which there is one packet. */
extern const struct workload workload_quic_open;

/* All implementations that derive such keys, for workload_quic_open. Their outputs are the keys; the program
 * ends if a packet does not open with them. Returns the number of rows. */
size_t packets_table(const struct impl *const **table);

#ifdef __cplusplus
}
#endif
#endif
