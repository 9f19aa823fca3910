/*
 * Known answers for selftest. Each is a line as derive and verify take it, so that the line reader alone
 * knows which fields a derivation has.
 */
#ifndef KNOWN_ANSWERS_H
#define KNOWN_ANSWERS_H

#include "lanekdf.h"

struct known_answer {
    const char *name;
    enum lanekdf_kind kind; /* of a job that the line makes; LANEKDF_KIND_PREPARE, which no line makes, is
                             * that of an HMAC whose key is prepared first */
    const char *line;       /* without its braces, and with ' for ", which C would want escaped */
};

extern const struct known_answer known_answers[];
extern const size_t n_known_answers;

#endif
