/*
 * Lines of files and of standard input, one after the other, in a buffer that grows for a long line only.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The most bytes that a line may have; a longer line is reported and passed over. */
#define INPUT_MAX_LINE ((size_t)64 * 1024 * 1024)

struct input {
    char *const *names; /* "-": standard input */
    size_t n_names, next_name;
    const char *name;     /* of the file that is being read */
    uint64_t line_number; /* in that file, of the last line returned, from 1 */
    bool failed;          /* a file could not be opened or read; a message was printed */

    int fd;
    ssize_t (*read)(void *owner, char *to, size_t n); /* NULL: from fd */
    void *owner;
    bool is_announced; /* INPUT_FILE has been returned for the file */
    bool at_end, passing_over, paused;
    bool lacks_memory;     /* the line that is passed over found no memory; otherwise it is too long */
    bool ends_at_too_long; /* INPUT_TOO_LONG is returned before the end of such a line is found */
    char *buffer;
    size_t capacity, start, scanned, end; /* buffer[start .. end) is not used up yet */
};

enum input_event {
    INPUT_FILE,      /* a file begins: its first bytes, which stay where they are, to be read as lines */
    INPUT_LINE,      /* a line, without its newline */
    INPUT_TOO_LONG,  /* a line of more than INPUT_MAX_LINE bytes */
    INPUT_NO_MEMORY, /* a line that there was no memory for */
    INPUT_PAUSE,     /* no more for the time being: the next call may wait for data */
    INPUT_END        /* of the last file */
};

/* Begins to read the files of these names, which are borrowed; without names, standard input. */
void input_open(struct input *input, char *const *names, size_t n_names);

/*
 * Returns what comes next. Of a file that begins, the first bytes are at least the first line or
 * INPUT_START_LEN bytes, if the file has as many. A line is *len bytes at *line, with INPUT_PADDING readable
 * bytes behind them, and stays there until the next call. A byte order mark at the start of a file is left
 * out. INPUT_PAUSE comes at most once before each wait.
 */
#define INPUT_PADDING 128
#define INPUT_START_LEN ((size_t)4096)
enum input_event input_next(struct input *input, const char **line, size_t *len);

/* Passes over what is left of the file that is being read. */
void input_skip_file(struct input *input);

/*
 * Reads the file that begins in another way: read() gives its lines, and is what read(2) is to a file. fd is
 * what poll(2) can wait for; it is the caller's to close. What was read of the file is dropped.
 */
void input_divert(struct input *input, int fd, ssize_t (*read)(void *owner, char *to, size_t n), void *owner);

/* Closes the file that is being read, and zeroes and frees the buffer. */
void input_close(struct input *input);

/*
 * Reads one file, "-" for standard input, and hands each of its lines to take(), which ends the reading when
 * it returns false. NULL stands for a line of more than INPUT_MAX_LINE bytes, behind which nothing is read.
 * Returns whether the file could be read and every line was taken.
 */
typedef bool input_take(void *owner, uint64_t line_number, const char *line, size_t len);
bool input_take_lines(const char *name, input_take *take, void *owner);

#endif
