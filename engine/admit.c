#include "admit.h"

#include "advance.h"

/* Asks for a job whose turn is to come. In a long batch it is in no cache, and to wait for it would take
 * longer than to check it. */
static inline void prefetch_job(const struct batch *b, struct lanekdf_job *const *job)
{
    enum { AHEAD = 24 };
    if (b->jobs_end - job <= AHEAD) {
        return;
    }
    const uint8_t *bytes = (const uint8_t *)job[AHEAD];
    for (size_t line = 0; line < sizeof(struct lanekdf_handshake); line += 64) {
        __builtin_prefetch(bytes + line, 1);
    }
}

/* Makes a record of the next job, which has taken no route for the reason `found`, unless the job is a bad
 * one. */
static void admit_other(struct batch *b, int found)
{
    struct record *r = b->free;
    if (routes_begin_job(b->routes, *b->jobs++, r, b->legacy, found) != LANEKDF_OK) {
        b->n_failed++;
        return;
    }
    b->free = r->next;
    advance_record(b, r);
}

/* The group in which the last route begins; NULL if it is not known any more. */
static struct group *first_group(const struct batch *b)
{
    const struct route_step *step = &b->routes->last->steps[b->routes->last->first_step];
    struct group *g = &b->groups[step->group];
    return step->stamp == g->stamp ? g : NULL;
}

/* Sends the first free record on, which the next job has, since it has taken the last route. */
static void admit_taken(struct batch *b, struct group *g)
{
    struct record *r = b->free;
    b->jobs++;
    b->free = r->next;
    if (g) {
        group_push(b, g, r);
    } else {
        advance_record(b, r);
    }
}

/* Goes on with jobs that take the last route, which begins in group g, until the group is full. The next job
 * has its record already, the first free one. Returns ROUTE_TAKEN, or why the job behind the last of them
 * does not take the route. */
static int admit_run(struct batch *b, struct group *g)
{
    struct record *first = b->free, *last = first;
    struct lanekdf_job *const *job = b->jobs + 1;
    const size_t n_left = (size_t)(b->jobs_end - b->jobs),
                 n_most = g->n < g->n_full[b->mode] ? g->n_full[b->mode] - g->n : 1;
    struct lanekdf_job *const *const stop = b->jobs + (n_left < n_most ? n_left : n_most);
    int found = ROUTE_TAKEN;
    for (; job < stop && last->next; job++, last = last->next) {
        prefetch_job(b, job);
        found = route_try(b->routes->last, *job, last->next);
        if (found != ROUTE_TAKEN) {
            break;
        }
    }
    b->free = last->next;
    group_push_list(b, g, first, last, (unsigned)(job - b->jobs));
    b->jobs = job;
    return found;
}

void admit_jobs(struct batch *b)
{
    prefetch_job(b, b->jobs);
    int found = routes_try_last(b->routes, *b->jobs, b->free);
    if (found == ROUTE_TAKEN) {
        struct group *g = first_group(b);
        if (!g) {
            admit_taken(b, g);
            return;
        }
        found = admit_run(b, g);
        if (found == ROUTE_TAKEN) {
            return;
        }
    }
    if (found == ROUTE_OF_OTHERS) {
        found = routes_find(b->routes, *b->jobs, b->free);
    }
    if (found == ROUTE_TAKEN) {
        admit_taken(b, first_group(b));
    } else {
        admit_other(b, found);
    }
}
