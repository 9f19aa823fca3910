#define _POSIX_C_SOURCE 200809L /* pthread_barrier_t */
#include "crew.h"

#include "affinity.h"
#include "peers_support.h"

#include <pthread.h>
#include <stdlib.h>

struct worker {
    struct crew *crew;
    unsigned number;
    pthread_t thread;
};

struct crew {
    unsigned n;
    bool is_pinned;
    pthread_barrier_t begin, end;
    void (*work)(void *argument, unsigned worker); /* NULL: no more */
    void *argument;
    struct worker *workers;
};

static void *run_worker(void *argument)
{
    const struct worker *worker = argument;
    struct crew *crew = worker->crew;
    if (crew->is_pinned) {
        affinity_pin(worker->number % affinity_n_cpus());
    }
    for (;;) {
        pthread_barrier_wait(&crew->begin);
        if (!crew->work) {
            return NULL;
        }
        crew->work(crew->argument, worker->number);
        pthread_barrier_wait(&crew->end);
    }
}

static void start_worker(struct crew *crew, unsigned number)
{
    struct worker *worker = &crew->workers[number];
    *worker = (struct worker){.crew = crew, .number = number};
    if (pthread_create(&worker->thread, NULL, run_worker, worker) != 0) {
        peers_fail("thread %u cannot be started", number);
    }
}

/* A crew is no memory of peers_alloc(): its threads wait in it where the program ends, and all of that is
 * zeroed. */
struct crew *crew_new(unsigned n, bool is_pinned)
{
    struct crew *crew = calloc(1, sizeof(*crew));
    struct worker *workers = calloc(n, sizeof(*workers));
    if (!crew || !workers) {
        peers_fail("no memory for %u threads", n);
    }
    *crew = (struct crew){.n = n, .is_pinned = is_pinned, .workers = workers};
    if (pthread_barrier_init(&crew->begin, NULL, n) != 0 || pthread_barrier_init(&crew->end, NULL, n) != 0) {
        peers_fail("%u threads cannot wait for each other", n);
    }
    for (unsigned i = 1; i < n; i++) {
        start_worker(crew, i);
    }
    if (is_pinned) {
        affinity_pin(0);
    }
    return crew;
}

void crew_do(struct crew *crew, void (*work)(void *argument, unsigned worker), void *argument)
{
    crew->work = work;
    crew->argument = argument;
    pthread_barrier_wait(&crew->begin);
    work(argument, 0);
    pthread_barrier_wait(&crew->end);
}

void crew_free(struct crew *crew)
{
    crew->work = NULL;
    pthread_barrier_wait(&crew->begin);
    for (unsigned i = 1; i < crew->n; i++) {
        pthread_join(crew->workers[i].thread, NULL);
    }
    pthread_barrier_destroy(&crew->begin);
    pthread_barrier_destroy(&crew->end);
    free(crew->workers);
    free(crew);
}
