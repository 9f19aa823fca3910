#include "load_progress.h"

#include "command.h"
#include "memory.h"
#include "output.h"
#include "quantity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct load_progress {
    const char *name; /* of the file; NULL: there is none */
    struct output out;
    bool is_written;
    enum load_progress_form form;
    unsigned n_processes;
    size_t n_done, n_slices;
    double next_line; /* when standard error gets one, in seconds since 1970 */
};

/* Of all processes together. */
static double offered(const struct load_progress *progress, const struct load_point *point)
{
    return point->per_second * progress->n_processes;
}

/* The slices of a search are not known beforehand. */
static void show_slice(const struct load_progress *progress, const struct load_point *point)
{
    char rate[QUANTITY_MAX_TEXT];
    fprintf(stderr, "%s, %s handshakes per second, slice %zu", point->engine->name,
        quantity_rate_text(rate, offered(progress, point)), progress->n_done);
    if (progress->n_done <= progress->n_slices) {
        fprintf(stderr, " of %zu", progress->n_slices);
    }
}

static void show(const struct load_progress *progress, const struct load_point *point)
{
    fprintf(stderr, "\r");
    show_slice(progress, point);
    fprintf(stderr, "\033[K");
}

static void show_line(
    struct load_progress *progress, const struct load_point *point, const struct load_slice *slice)
{
    char text[QUANTITY_MAX_TEXT];
    if (point->end >= progress->next_line) {
        progress->next_line = point->end + 1;
        show_slice(progress, point);
        fprintf(stderr, ", p99 %s\n", quantity_time_text(text, slice->ns[LOAD_P99]));
    }
}

/* Each line is written at once, for whoever watches the file. */
static void write_line(
    struct load_progress *progress, const struct load_point *point, const struct load_slice *slice)
{
    struct output *out = &progress->out;
    output_format(out, "{\"time\":%.3f,\"engine\":", point->end);
    output_json_string(out, point->engine->name, strlen(point->engine->name));
    output_format(out, ",\"slice\":%zu,\"of\":%zu,\"offered\":%.17g,\"rate\":%.17g", progress->n_done,
        progress->n_slices, offered(progress, point), slice->rate);
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        output_format(out, ",\"p%g_ns\":%.17g", load_percentiles[i], slice->ns[i]);
    }
    output_text(out, "}\n");
    progress->is_written = output_flush(out) && progress->is_written;
}

static void slice_done(void *state, const struct load_point *point, const struct load_slice *slice)
{
    struct load_progress *progress = state;
    progress->n_done++;
    switch (progress->form) {
    case LOAD_PROGRESS_ON_TERMINAL:
        show(progress, point);
        break;
    case LOAD_PROGRESS_LINES:
        show_line(progress, point, slice);
        break;
    case LOAD_PROGRESS_NONE:
        break;
    }
    if (progress->name) {
        write_line(progress, point, slice);
    }
}

struct load_progress *load_progress_new(const char *file, enum load_progress_form form, struct load_run *run,
    unsigned n_processes, size_t n_slices)
{
    const int fd = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    if (file && fd < 0) {
        command_message("load: --progress %s: %s", file, strerror(errno));
        return NULL;
    }
    struct load_progress *progress = memory_take(sizeof(*progress));
    const bool is_in_vain = form == LOAD_PROGRESS_ON_TERMINAL && !isatty(STDERR_FILENO);
    *progress = (struct load_progress){.name = file,
        .is_written = true,
        .form = is_in_vain ? LOAD_PROGRESS_NONE : form,
        .n_processes = n_processes,
        .n_slices = n_slices};
    if (file) {
        output_open_file(&progress->out, fd, "load: --progress", file);
    }
    load_run_watch(run, slice_done, progress);
    return progress;
}

bool load_progress_free(struct load_progress *progress)
{
    bool is_written = progress->is_written;
    if (progress->form == LOAD_PROGRESS_ON_TERMINAL) {
        fprintf(stderr, "\r\033[K");
    }
    if (progress->name) {
        const int fd = progress->out.fd;
        is_written = output_close(&progress->out) && is_written;
        close(fd);
    }
    memory_give_back(progress);
    return is_written;
}
