/* What a run found out: a point for each engine and rate, and a search for each engine. */
#ifndef LOAD_FINDINGS_H
#define LOAD_FINDINGS_H

#include "load_json.h"
#include "load_options.h"

struct load_findings {
    struct load_run *run;
    struct load_point *points;
    size_t n_points;
    struct search *searches;
    size_t n_searches;
    uint64_t n_verified, n_wrong; /* outputs, when all of them were compared behind the run */
    bool lacks_progress;          /* some of it could not be written, which was said */
};

/* Whether there is time to touch the footprint, which on the real clock is a part of the other work. If not,
 * that was said. */
bool load_findings_has_time(const struct loop_settings *loop);

/* Prepares what is derived, and finds the rates, as a process of the fleet. Returns false if a rate cannot be
 * told, which was said. In both cases the findings are to be freed. */
bool load_findings_prepare(
    const struct load_request *request, const struct fleet *fleet, struct load_findings *findings);

/* Runs the sweep and the searches, once, and compares all outputs. Returns false if there is no file for the
 * progress, which was said, and nothing was run. */
bool load_findings_make(
    const struct load_request *request, const struct fleet *fleet, struct load_findings *findings);

/* Writes all points and searches, and the last line. */
void load_findings_put_json(
    struct load_json *json, const struct load_request *request, const struct load_findings *findings);

/* Whether all outputs were right in the end, and each search found a rate. */
bool load_findings_are_complete(const struct load_findings *findings);

/* The exit status: whether the outputs are right, the rates were reached, each search found one, and nothing
 * disturbed; and whether the progress was written. */
int load_findings_status(const struct load_findings *findings);

void load_findings_free(struct load_findings *findings);

#endif
