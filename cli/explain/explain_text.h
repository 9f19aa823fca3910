/*
 * A story for people, within 100 columns.
 */
#ifndef EXPLAIN_TEXT_H
#define EXPLAIN_TEXT_H

#include "output.h"
#include "story.h"

/* Secrets are printed whole if shows_secrets, else their first bytes. */
void explain_text(struct output *out, const struct story *story, bool shows_secrets);

#endif
