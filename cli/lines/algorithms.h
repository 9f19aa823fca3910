/*
 * The kinds of lines that the command serves: a row for each.
 */
#ifndef ALGORITHMS_H
#define ALGORITHMS_H

#include "work.h"

struct algorithm {
    const char *name;                /* `alg` */
    bool (*fill)(struct line *line); /* reads the fields, adds jobs and answers */
    unsigned hashes;                 /* HASH_BIT of those that it may have */
    uint64_t answers;                /* fields of this kind of line that may hold an answer */
    const char *summary;             /* one line, for --help */
};

extern const struct algorithm algorithms[];
extern const size_t n_algorithms;

/* NULL: none of that name. */
const struct algorithm *algorithm_find(const char *name, size_t len);

/* Fill functions of the rows. */
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
