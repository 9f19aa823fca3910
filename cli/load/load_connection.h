/* A recorded session of TLS 1.3, DTLS 1.3 or QUIC as a connection of a mix. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include "mix.h"
#include "tls13_session.h"

/* Takes the stages of a session whose jobs have run, in which a server derives them. Returns NULL, or why it
 * cannot be taken. */
const char *load_connection_take(const struct tls13_session *session, struct mix_session *to);

#endif
