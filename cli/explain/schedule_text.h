/*
 * A key schedule as a drawing for people, on a screen of 80 columns and 50 lines.
 */
#ifndef SCHEDULE_TEXT_H
#define SCHEDULE_TEXT_H

#include "output.h"
#include "schedule.h"

void schedule_text(struct output *out, const struct schedule *schedule, bool shows_secrets);

#endif
