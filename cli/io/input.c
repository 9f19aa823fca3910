#include "input.h"
#include "command.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { MIN_CAPACITY = 512 * 1024, LONG_CAPACITY = 8 * MIN_CAPACITY };

static char dash[] = "-";
static char *const standard_input[] = {dash};

/* Returns false, and leaves the buffer as it is, if there is no memory for another one. */
static bool buffer_resize(struct input *input, size_t capacity)
{
    char *buffer = memory_try(capacity + INPUT_PADDING);

    if (!buffer) {
        return false;
    }
    if (input->buffer) {
        memcpy(buffer, input->buffer + input->start, input->end - input->start);
        memory_give_back(input->buffer);
    }
    input->buffer = buffer;
    input->capacity = capacity;
    input->scanned -= input->start;
    input->end -= input->start;
    input->start = 0;
    return true;
}

void input_open(struct input *input, char *const *names, size_t n_names)
{
    *input = (struct input){
        .names = n_names == 0 ? standard_input : names,
        .n_names = n_names == 0 ? 1 : n_names,
        .fd = -1,
    };
    if (!buffer_resize(input, MIN_CAPACITY)) {
        command_die("no memory");
    }
}

static void file_failed(struct input *input)
{
    command_message("%s: %s", input->name, strerror(errno));
    input->failed = true;
}

/* A diverted file is its reader's to close. */
static void file_close(struct input *input)
{
    if (input->fd > STDIN_FILENO && !input->read) {
        close(input->fd);
    }
    input->fd = -1;
    input->read = NULL;
}

static void forget_buffered(struct input *input)
{
    explicit_bzero(input->buffer, input->end);
    input->start = input->scanned = input->end = 0;
}

void input_skip_file(struct input *input)
{
    file_close(input);
    forget_buffered(input);
}

void input_divert(struct input *input, int fd, ssize_t (*read)(void *owner, char *to, size_t n), void *owner)
{
    input_skip_file(input);
    input->fd = fd;
    input->read = read;
    input->owner = owner;
    input->at_end = false;
}

/* Opens the next file that can be opened; false when there is none left. */
static bool file_open_next(struct input *input)
{
    while (input->next_name < input->n_names) {
        input->name = input->names[input->next_name++];
        if (strcmp(input->name, "-") == 0) {
            input->name = "standard input";
            input->fd = STDIN_FILENO;
        } else {
            input->fd = open(input->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        }
        input->line_number = 0;
        input->at_end = input->passing_over = input->lacks_memory = input->is_announced = false;
        input->start = input->scanned = input->end = 0;
        if (input->fd >= 0) {
            return true;
        }
        file_failed(input);
    }
    return false;
}

/* Drops what the buffer has, which is the beginning of a line that is no longer wanted. */
static void drop_line(struct input *input)
{
    input->passing_over = true;
    input->start = input->scanned = input->end = 0;
}

/* Makes room in the buffer. A line that it cannot be made for is passed over. */
static void make_room(struct input *input)
{
    if (input->start == input->end) {
        input->start = input->scanned = input->end = 0;
        if (input->capacity > LONG_CAPACITY) { /* a long line is behind; a buffer that stays serves as well */
            buffer_resize(input, MIN_CAPACITY);
        }
    } else if (input->end == input->capacity) {
        if (input->start > input->capacity / 2) {
            memmove(input->buffer, input->buffer + input->start, input->end - input->start);
            input->scanned -= input->start;
            input->end -= input->start;
            input->start = 0;
        } else if (!buffer_resize(input, 2 * input->capacity)) {
            input->lacks_memory = true;
            drop_line(input);
        }
    }
}

static void file_read(struct input *input)
{
    ssize_t n;

    make_room(input);
    do {
        char *to = input->buffer + input->end;
        const size_t room = input->capacity - input->end;
        n = input->read ? input->read(input->owner, to, room) : read(input->fd, to, room);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        file_failed(input);
    }
    if (n <= 0) {
        input->at_end = true;
        return;
    }
    input->end += (size_t)n;
}

static bool file_would_wait(const struct input *input)
{
    struct pollfd poller = {.fd = input->fd, .events = POLLIN};

    return poll(&poller, 1, 0) == 0;
}

/* Whether the buffer has the first bytes of a file. */
static bool has_start(const struct input *input)
{
    return input->at_end || input->end >= INPUT_START_LEN || memchr(input->buffer, '\n', input->end);
}

/* Takes a line if the buffer has a whole one. At the end of a file what is left is a line, too. */
static bool line_take(struct input *input, const char **line, size_t *len)
{
    const char *newline = memchr(input->buffer + input->scanned, '\n', input->end - input->scanned);
    size_t line_end = newline ? (size_t)(newline - input->buffer) : input->end;

    input->scanned = line_end;
    if (!newline && !(input->at_end && (input->end > input->start || input->passing_over))) {
        return false;
    }
    *line = input->buffer + input->start;
    *len = line_end - input->start;
    input->start = input->scanned = newline ? line_end + 1 : line_end;
    input->line_number++;
    if (input->line_number == 1 && *len >= 3 && memcmp(*line, "\xef\xbb\xbf", 3) == 0) {
        *line += 3;
        *len -= 3;
    }
    return true;
}

/* Drops what the buffer has of a line that is too long, so that such a line takes no memory. */
static void pass_over(struct input *input)
{
    if (input->passing_over || input->end - input->start > INPUT_MAX_LINE) {
        drop_line(input);
    }
}

/* What is to be said of a line that the buffer has, or whose end has been found. */
static enum input_event judge(struct input *input, size_t len)
{
    const enum input_event event = input->lacks_memory                           ? INPUT_NO_MEMORY
                                   : input->passing_over || len > INPUT_MAX_LINE ? INPUT_TOO_LONG
                                                                                 : INPUT_LINE;

    input->passing_over = input->lacks_memory = false;
    return event;
}

enum input_event input_next(struct input *input, const char **line, size_t *len)
{
    for (;;) {
        if (input->fd < 0 && !file_open_next(input)) {
            return INPUT_END;
        }
        if (!input->is_announced && has_start(input)) {
            input->is_announced = true;
            *line = input->buffer;
            *len = input->end;
            return INPUT_FILE;
        }
        if (input->is_announced && line_take(input, line, len)) {
            return judge(input, *len);
        }
        if (input->at_end) {
            file_close(input);
            continue;
        }
        pass_over(input);
        if (input->passing_over && input->ends_at_too_long) {
            input->line_number++;
            return judge(input, 0);
        }
        if (!input->paused && file_would_wait(input)) {
            input->paused = true;
            return INPUT_PAUSE;
        }
        input->paused = false;
        file_read(input);
    }
}

void input_close(struct input *input)
{
    file_close(input);
    memory_give_back(input->buffer);
    input->buffer = NULL;
}

static bool take_lines(struct input *input, input_take *take, void *owner)
{
    const char *line;
    size_t len;
    for (bool is_taken = true; is_taken;) {
        switch (input_next(input, &line, &len)) {
        case INPUT_FILE:
        case INPUT_PAUSE:
            break;
        case INPUT_TOO_LONG:
            take(owner, input->line_number, NULL, 0);
            return false;
        case INPUT_NO_MEMORY:
            command_die("no memory");
        case INPUT_LINE:
            is_taken = take(owner, input->line_number, line, len);
            break;
        case INPUT_END:
            return !input->failed;
        }
    }
    return false;
}

bool input_take_lines(const char *name, input_take *take, void *owner)
{
    char *names[] = {(char *)(uintptr_t)name};
    struct input input;
    input_open(&input, names, 1);
    input.ends_at_too_long = true;
    const bool are_taken = take_lines(&input, take, owner);
    input_close(&input);
    return are_taken;
}
