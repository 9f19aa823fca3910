/*
 * Buffered output to a file descriptor. The first failure stays: output_flush() reports it once, and what is
 * written after it is dropped.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
    int fd;
    const char *option, *name; /* of a file, the option that names it, for messages; NULL: standard output */
    int error;                 /* errno of the first failure, 0: none */
    bool is_reported;
    size_t len, n_whole; /* bytes in the buffer; of these, whole answers */
    char *buffer;
    struct output *next; /* in the list of those that are open */
};

/* The output stays where it is until it is closed. */
void output_open(struct output *out, int fd);

/* Does the same for a file. Messages name it behind the option, as in "load: --json"; both are borrowed. */
void output_open_file(struct output *out, int fd, const char *option, const char *name);

/* Says that an answer is whole, and with it all that was written so far. */
void output_mark_whole(struct output *out);

/* Writes out the whole answers in the buffers of all outputs that are open, for a command that is about to
 * end. */
void output_rescue(void);

/* Writes out what is buffered. If anything could not be written the function returns false and says so on
 * standard error, except for a closed pipe: then nobody listens any more, which whoever closed it knows. */
bool output_flush(struct output *out);

/* Flushes the buffer, zeroes it and frees it. Returns what output_flush() does. */
bool output_close(struct output *out);

/* Returns room for n more bytes, at most a quarter of a megabyte, which the caller fills at once;
 * output_advance() then says how many bytes were filled. */
char *output_room(struct output *out, size_t n);
void output_advance(struct output *out, size_t n);

void output_bytes(struct output *out, const char *bytes, size_t n);
void output_text(struct output *out, const char *text);
void output_number(struct output *out, uint64_t number);
void output_hex(struct output *out, const uint8_t *bytes, size_t n);
__attribute__((format(printf, 2, 3))) void output_format(struct output *out, const char *format, ...);

/* Writes a JSON string with its quotation marks. */
void output_json_string(struct output *out, const char *text, size_t n);

/* Writes text from the input as output_shown_escape() does. */
void output_shown(struct output *out, const char *text, size_t n);

/* Writes n bytes without those that a terminal would obey. Control characters, in UTF-8 those from U+0080 to
 * U+009F, too, and those that end a line or turn the direction of text (U+2028 to U+202E, U+2066 to U+2069)
 * become escapes as in JSON, so that JSON stays what it is; bytes that are no UTF-8, which file names may
 * have, become \xNN. At most 6 * n bytes. Returns how many. */
size_t output_shown_escape(char *escaped, const char *text, size_t n);

/* Writes n bytes as the inside of a JSON string, with the same escapes and U+FFFD for what is no UTF-8. At
 * most 6 * n bytes. Returns how many. */
size_t output_json_escape(char *escaped, const char *text, size_t n);

#endif
