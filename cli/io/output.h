/*
 * Buffered output to a file descriptor. The first failure sticks and is reported
 * once, by output_flush; what is written after it is dropped.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
    int fd;
    int error; /* errno of the first failure, 0: none */
    bool is_reported;
    size_t len;
    char *buffer;
};

void output_open(struct output *out, int fd);

/* Writes out what is buffered. False if anything could not be written; says so on
 * standard error, except for a closed pipe: nobody listens, which is no news. */
bool output_flush(struct output *out);

/* Flushes, zeroes the buffer, frees it; returns what output_flush does. */
bool output_close(struct output *out);

/* Room for n more bytes, at most a quarter of a megabyte, to be filled at once; output_advance says how many
 * were. */
char *output_room(struct output *out, size_t n);
void output_advance(struct output *out, size_t n);

void output_bytes(struct output *out, const char *bytes, size_t n);
void output_text(struct output *out, const char *text);
void output_number(struct output *out, uint64_t number);
void output_hex(struct output *out, const uint8_t *bytes, size_t n);
__attribute__((format(printf, 2, 3))) void output_format(struct output *out, const char *format, ...);

/* A JSON string with its quotation marks. */
void output_json_string(struct output *out, const char *text, size_t n);

/* The escaped form, without quotation marks, of n bytes of UTF-8: at most
 * 6 * n bytes. Returns its length. */
size_t output_json_escape(char *escaped, const char *text, size_t n);

#endif
