#include "text_buffer.h"
#include "hex.h"
#include "memory.h"
#include "output.h"

#include <stdio.h>
#include <string.h>

/* Returns room for n more bytes. */
static char *room(struct text_buffer *buffer, size_t n)
{
    if (n > buffer->capacity - buffer->len) {
        size_t capacity = 2 * (buffer->len + n) + 512;
        buffer->text = memory_resize(buffer->text, capacity + TEXT_BUFFER_PADDING);
        buffer->capacity = capacity;
    }
    return buffer->text + buffer->len;
}

void text_buffer_add(struct text_buffer *buffer, const char *text, size_t len)
{
    memcpy(room(buffer, len), text, len);
    buffer->len += len;
}

void text_buffer_add_json_string(struct text_buffer *buffer, const char *text, size_t len)
{
    text_buffer_add(buffer, "\"", 1);
    buffer->len += output_json_escape(room(buffer, 6 * len), text, len);
    text_buffer_add(buffer, "\"", 1);
}

void text_buffer_add_shown(struct text_buffer *buffer, const char *text, size_t len)
{
    buffer->len += output_shown_escape(room(buffer, 6 * len), text, len);
}

void text_buffer_add_hex(struct text_buffer *buffer, const uint8_t *bytes, size_t n)
{
    hex_encode(room(buffer, 2 * n), bytes, n);
    buffer->len += 2 * n;
}

void text_buffer_format(struct text_buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_buffer_vformat(buffer, format, arguments);
    va_end(arguments);
}

void text_buffer_vformat(struct text_buffer *buffer, const char *format, va_list arguments)
{
    va_list again;
    size_t n;

    va_copy(again, arguments);
    n = (size_t)vsnprintf(NULL, 0, format, arguments);
    vsnprintf(room(buffer, n + 1), n + 1, format, again);
    va_end(again);
    buffer->len += n;
}

void text_buffer_clear(struct text_buffer *buffer)
{
    if (buffer->text) {
        explicit_bzero(buffer->text, buffer->len);
    }
    buffer->len = 0;
}

void text_buffer_free(struct text_buffer *buffer)
{
    memory_give_back(buffer->text);
    *buffer = (struct text_buffer){0};
}
