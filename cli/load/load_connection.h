/* A recorded session of TLS 1.3, DTLS 1.3 or QUIC as a connection of a mix. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include "mix.h"
#include "tls13_session.h"

/* Takes the stages of a session whose jobs have run, in which a server derives them. Returns NULL, or why it
 * cannot be taken. */
const char *load_connection_take(const struct tls13_session *session, struct mix_session *to);

/* The exporters of a session, of any version: their number and lengths, and then, where those are known,
 * their inputs and outputs. Returns NULL, or why they do not fit. */
const char *load_connection_count_exporters(
    const struct exporter_jobs *jobs, struct recorded_connection *recorded);
void load_connection_take_exporters(const struct exporter_jobs *jobs, struct mix_session *to);

#endif
