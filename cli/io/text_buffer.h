/*
 * Text that grows. It may be secret, so its memory is zeroed whenever the text moves or goes.
 */
#ifndef TEXT_BUFFER_H
#define TEXT_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct text_buffer {
    char *text; /* with TEXT_BUFFER_PADDING readable bytes behind it */
    size_t len, capacity;
};

enum { TEXT_BUFFER_PADDING = 128 };

void text_buffer_add(struct text_buffer *buffer, const char *text, size_t len);
void text_buffer_add_hex(struct text_buffer *buffer, const uint8_t *bytes, size_t n);

/* Adds a JSON string with its quotation marks. */
void text_buffer_add_json_string(struct text_buffer *buffer, const char *text, size_t len);

/* Adds text from the input for people, as output_shown_escape() gives it. */
void text_buffer_add_shown(struct text_buffer *buffer, const char *text, size_t len);

/* What printf(3) and vprintf(3) would print is added. A NUL stands behind it, so that the text is a string.
 */
__attribute__((format(printf, 2, 3))) void text_buffer_format(
    struct text_buffer *buffer, const char *format, ...);
__attribute__((format(printf, 2, 0))) void text_buffer_vformat(
    struct text_buffer *buffer, const char *format, va_list arguments);

/* Empties the buffer, which keeps its memory. */
void text_buffer_clear(struct text_buffer *buffer);

void text_buffer_free(struct text_buffer *buffer);

#endif
