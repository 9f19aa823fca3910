/*
 * Exporters of a session (RFC 5705): what a tls-session line asks for in `exporters`, and what --export asks
 * of every session.
 */
#ifndef EXPORTS_H
#define EXPORTS_H

#include "session.h"

struct export_request {
    struct lanekdf_bytes label;
    bool has_context;
    struct lanekdf_bytes context;
    size_t out_len;
};

/*
 * Takes an argument of --export apart, where it stands: LABEL:LEN, LABEL:CONTEXT:LEN with CONTEXT in
 * hexadecimal, or a name: eap-tls, dtls-srtp, tls-exporter, behind which :LEN may stand. Returns false if it
 * is none of these. The request borrows the argument.
 */
bool export_parse(char *argument, struct export_request *request);

/* Adds the jobs and answers of all exporters of the session. */
bool exports_add(struct line *line, const struct session *session);

#endif
