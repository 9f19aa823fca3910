/*
 * The routes of this process, for jobs that come one at a time. A route is made when its first job has passed
 * the full check, and kept with the program of the phase in which its jobs begin. Nobody changes a route that
 * is published, so any thread finds it without a lock or an allocation, as it finds programs (published.h).
 */
#ifndef ENGINE_PUBLISHED_ROUTE_H
#define ENGINE_PUBLISHED_ROUTE_H

#include "published.h"

/* The phase in which all jobs of a route begin. */
struct published_phase {
    struct shape shape;
    const struct program *program;
};

/* Does what kinds_begin_job() does. If it returns LANEKDF_OK, *phase may be the phase that the record is at,
 * which it has entered then; or it is NULL, and nothing is known of the phase. Before, *phase is NULL, or
 * that of an earlier job, whose route is tried first. `compiler` is memory for a program that is new. */
int published_route_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy,
    struct compiler *compiler, const struct published_phase **phase);

#endif
