/*
 * The kinds of lines that the command serves: a row for each.
 */
#ifndef ALGORITHMS_H
#define ALGORITHMS_H

#include "line.h"

extern const struct algorithm algorithms[];
extern const size_t n_algorithms;

/* Returns NULL if there is none of that name. */
const struct algorithm *algorithm_find(const char *name, size_t len);

/* The fields that lines of this kind have: id and alg, inputs and answers. Whatever else is in a line is not
 * seen by the function that fills it. */
struct json_fields algorithm_fields(const struct algorithm *algorithm);

/* Returns the name that a name which is none of these may be meant for, or NULL. */
const char *algorithm_near(const char *name, size_t len);

/* The fill functions of the rows. */
bool prf_fill(struct line *line);
bool p_hash_fill(struct line *line);
bool ssl3_prf_fill(struct line *line);
bool ssl3_keys_fill(struct line *line);
bool tls10_keys_fill(struct line *line);
bool tls12_keys_fill(struct line *line);
bool tls12_ems_keys_fill(struct line *line);
bool ssl3_finished_fill(struct line *line);
bool exporter_fill(struct line *line);
bool tls_finished_fill(struct line *line);
bool session_fill(struct line *line);
bool hash_fill(struct line *line);
bool hmac_fill(struct line *line);
bool hkdf_fill(struct line *line);
bool hkdf_extract_fill(struct line *line);
bool hkdf_expand_fill(struct line *line);
bool hkdf_expand_label_fill(struct line *line);
bool tls13_early_fill(struct line *line);
bool tls13_psk_binder_fill(struct line *line);
bool tls13_psk_import_fill(struct line *line);
bool tls13_handshake_fill(struct line *line);
bool tls13_application_fill(struct line *line);
bool tls13_resumption_fill(struct line *line);
bool tls13_finished_fill(struct line *line);
bool tls13_extract_fill(struct line *line);
bool tls13_traffic_keys_fill(struct line *line);
bool tls13_key_update_fill(struct line *line);
bool tls13_exporter_fill(struct line *line);
bool tls13_ech_confirmation_fill(struct line *line);
bool tls13_schedule_fill(struct line *line);
bool tls13_session_fill(struct line *line);
bool quic_initial_fill(struct line *line);
bool quic_packet_fill(struct line *line);

#endif
