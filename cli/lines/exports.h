/*
 * Exporters of a session (RFC 5705): what a tls-session line asks for in `exporters`, and what --export asks
 * of every session.
 */
#ifndef EXPORTS_H
#define EXPORTS_H

#include "session.h"
#include "line_stage.h"

struct export_request {
    struct lanekdf_bytes label;
    bool has_context;
    struct lanekdf_bytes context;
    size_t out_len;
    struct lanekdf_bytes tls13_label,
        tls13_context; /* of a name that has others from TLS 1.3 on; else empty */
};

/*
 * Takes an argument of --export apart, where it stands: LABEL:LEN, LABEL:CONTEXT:LEN with CONTEXT in
 * hexadecimal, or a name: eap-tls, dtls-srtp, tls-exporter, behind which :LEN may stand. Returns false if it
 * is none of these. The request borrows the argument.
 */
bool export_parse(char *argument, struct export_request *request);

/* Adds the jobs and answers of all exporters of the session, and lists the jobs. */
bool exports_add(struct line *line, const struct session *session, struct exporter_jobs *jobs);

/* The same of a session of TLS 1.3; exporter_master_secret is NULL where it is not known. */
bool exports_add_tls13(struct line *line, const struct stage *stage, const uint8_t *exporter_master_secret,
    struct exporter_jobs *jobs);

#endif
