/*
 * What a line that is no recorded session derives: the formulas, what is given, what is derived. For people,
 * within 80 columns, and as a JSON object for programs.
 */
#ifndef PLAIN_LINE_H
#define PLAIN_LINE_H

#include "line.h"
#include "output.h"

/* Of secrets the first bytes are shown, or all if shows_secrets. The line's jobs have run, and it has kept
 * its inputs. */
void plain_line_text(struct output *out, const struct line *line, bool shows_secrets);
void plain_line_json(struct output *out, const struct line *line, bool shows_secrets);

#endif
