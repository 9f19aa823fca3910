#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_begin(struct progress *progress)
{
    *progress = (struct progress){.is_on = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO)};
    if (progress->is_on) {
        progress->start = now();
        progress->next = progress->start + 0.5;
    }
}

void progress_show(struct progress *progress, uint64_t n_lines)
{
    double t;

    if (!progress->is_on || (t = now()) < progress->next) {
        return;
    }
    fprintf(stderr, "\r%" PRIu64 " lines, %.0f per second\033[K", n_lines,
        (double)n_lines / (t - progress->start));
    progress->next = t + 0.2;
    progress->was_shown = true;
}

void progress_end(struct progress *progress)
{
    if (progress->was_shown) {
        fprintf(stderr, "\r\033[K");
    }
}
