/* The threads of a run. They do one thing together, then wait for the next. */
#ifndef CREW_H
#define CREW_H

#include <stdbool.h>

struct crew;

/* Starts threads, of which the calling one is worker 0. Each may be pinned to a CPU of its own; if they are
 * more than affinity_n_cpus(), which was called before, several share one. */
struct crew *crew_new(unsigned n, bool is_pinned);

/* Calls work(argument, worker) in all threads, at the same time, and waits for all. */
void crew_do(struct crew *crew, void (*work)(void *argument, unsigned worker), void *argument);

/* Ends the threads. */
void crew_free(struct crew *crew);

#endif
