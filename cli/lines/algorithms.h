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
bool session_fill(struct line *line);
bool hash_fill(struct line *line);
bool hmac_fill(struct line *line);

#endif
