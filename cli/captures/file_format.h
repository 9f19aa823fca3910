/*
 * The format of a file is told by its first bytes. So a file that is given in the place of another is refused
 * as a whole, in one sentence, before any of its lines is judged.
 */
#ifndef FILE_FORMAT_H
#define FILE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

enum file_format {
    FORMAT_EMPTY,
    FORMAT_PCAP, /* in either byte order, with microseconds or nanoseconds */
    FORMAT_PCAPNG,
    FORMAT_EK,         /* what tshark -T ek prints */
    FORMAT_JSON_LINES, /* other objects, one a line */
    FORMAT_KEY_LOG,
    FORMAT_COMPRESSED,
    FORMAT_JSON_ARRAY, /* what tshark -T json prints */
    FORMAT_XML,        /* what tshark -T pdml prints */
    FORMAT_PEM,
    FORMAT_UTF16,
    FORMAT_TEXT,
    FORMAT_BINARY
};

/* Finds the format of a file that begins with these bytes. */
enum file_format file_format_find(const char *start, size_t len);

/* Tells whether a file of this format is a capture, which tshark reads. */
bool file_format_is_capture(enum file_format format);

/* Returns why a file of this format is not taken as a FILE, and what the user can do; NULL if it is taken. */
const char *file_format_refusal(enum file_format format, bool has_key_log);

/* Returns why a file of this format is not taken as a key log, and what the user can do, or NULL if it is
 * taken. */
const char *file_format_key_log_refusal(enum file_format format);

#endif
