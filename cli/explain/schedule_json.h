/*
 * A key schedule as one JSON object, for programs.
 */
#ifndef SCHEDULE_JSON_H
#define SCHEDULE_JSON_H

#include "output.h"
#include "schedule.h"

void schedule_json(struct output *out, const struct schedule *schedule, bool shows_secrets);

#endif
