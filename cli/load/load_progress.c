#include "load_progress.h"

#include "command.h"
#include "memory.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct load_progress {
    const char *name; /* of the file; NULL: there is none */
    struct output out;
    bool is_written;
    bool is_on_terminal;
    size_t n_done, n_slices;
};

static void show(const struct load_progress *progress, const struct load_point *point)
{
    fprintf(stderr, "\r%s, %.0f handshakes per second", point->engine->name, point->per_second);
    if (progress->n_done <= progress->n_slices) {
        fprintf(stderr, ", slice %zu of %zu", progress->n_done, progress->n_slices);
    }
    fprintf(stderr, "\033[K");
}

/* Each line is written at once, for whoever watches the file. */
static void write_line(struct load_progress *progress, const struct load_point *point)
{
    struct output *out = &progress->out;
    const struct load_slice *slice = &point->slices[point->n_slices - 1];
    output_format(out, "{\"time\":%.3f,\"engine\":", point->end);
    output_json_string(out, point->engine->name, strlen(point->engine->name));
    output_format(out, ",\"slice\":%zu,\"of\":%zu,\"offered\":%.17g,\"rate\":%.17g", progress->n_done,
        progress->n_slices, point->per_second, slice->rate);
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        output_format(out, ",\"p%g_ns\":%.17g", load_percentiles[i], slice->ns[i]);
    }
    output_text(out, "}\n");
    progress->is_written = output_flush(out) && progress->is_written;
}

static void slice_done(void *state, const struct load_point *point)
{
    struct load_progress *progress = state;
    progress->n_done++;
    if (progress->is_on_terminal) {
        show(progress, point);
    }
    if (progress->name) {
        write_line(progress, point);
    }
}

struct load_progress *load_progress_new(const char *file, struct load_run *run, size_t n_slices)
{
    const int fd = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    if (file && fd < 0) {
        command_message("load: --progress %s: %s", file, strerror(errno));
        return NULL;
    }
    struct load_progress *progress = memory_take(sizeof(*progress));
    *progress = (struct load_progress){
        .name = file, .is_written = true, .is_on_terminal = isatty(STDERR_FILENO), .n_slices = n_slices};
    if (file) {
        output_open(&progress->out, fd);
    }
    load_run_watch(run, slice_done, progress);
    return progress;
}

bool load_progress_free(struct load_progress *progress)
{
    bool is_written = progress->is_written;
    if (progress->is_on_terminal) {
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
