/*
 * A story for programs: one JSON object on one line.
 */
#ifndef EXPLAIN_JSON_H
#define EXPLAIN_JSON_H

#include "output.h"
#include "story.h"

/* Secrets are printed whole if shows_secrets, else their first bytes. */
void explain_json(struct output *out, const struct story *story, bool shows_secrets);

#endif
