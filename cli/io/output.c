#include "output.h"
#include "command.h"
#include "hex.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_CAPACITY = 256 * 1024 };

void output_open(struct output *out, int fd)
{
    *out = (struct output){.fd = fd, .buffer = malloc(OUTPUT_CAPACITY)};
    if (!out->buffer) {
        command_die("no memory");
    }
}

static void write_all(struct output *out, const char *bytes, size_t n)
{
    while (n > 0 && out->error == 0) {
        ssize_t written = write(out->fd, bytes, n);
        if (written >= 0) {
            bytes += written;
            n -= (size_t)written;
        } else if (errno != EINTR) {
            out->error = errno;
        }
    }
}

static void drain(struct output *out)
{
    write_all(out, out->buffer, out->len);
    out->len = 0;
}

bool output_flush(struct output *out)
{
    drain(out);
    if (out->error != 0 && out->error != EPIPE && !out->is_reported) {
        command_message("cannot write the output: %s", strerror(out->error));
        out->is_reported = true;
    }
    return out->error == 0;
}

bool output_close(struct output *out)
{
    bool ok = output_flush(out);

    explicit_bzero(out->buffer, OUTPUT_CAPACITY);
    free(out->buffer);
    out->buffer = NULL;
    return ok;
}

char *output_room(struct output *out, size_t n)
{
    if (n > OUTPUT_CAPACITY - out->len) {
        drain(out);
        if (n > OUTPUT_CAPACITY) {
            command_die("no room for %zu bytes of output at once", n);
        }
    }
    return out->buffer + out->len;
}

void output_advance(struct output *out, size_t n)
{
    out->len += n;
}

void output_bytes(struct output *out, const char *bytes, size_t n)
{
    if (n > OUTPUT_CAPACITY) {
        drain(out);
        write_all(out, bytes, n);
        return;
    }
    memcpy(output_room(out, n), bytes, n);
    output_advance(out, n);
}

void output_text(struct output *out, const char *text)
{
    output_bytes(out, text, strlen(text));
}

void output_number(struct output *out, uint64_t number)
{
    char digits[20];
    size_t i = sizeof(digits);

    do {
        digits[--i] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    output_bytes(out, digits + i, sizeof(digits) - i);
}

void output_hex(struct output *out, const uint8_t *bytes, size_t n)
{
    enum { STEP = OUTPUT_CAPACITY / 4 };

    for (; n > STEP; n -= STEP, bytes += STEP) {
        hex_encode(output_room(out, 2 * STEP), bytes, STEP);
        output_advance(out, 2 * STEP);
    }
    hex_encode(output_room(out, 2 * n), bytes, n);
    output_advance(out, 2 * n);
}

void output_format(struct output *out, const char *format, ...)
{
    va_list arguments, again;
    size_t n;

    va_start(arguments, format);
    va_copy(again, arguments);
    n = (size_t)vsnprintf(NULL, 0, format, arguments);
    vsnprintf(output_room(out, n + 1), n + 1, format, again);
    va_end(again);
    va_end(arguments);
    output_advance(out, n);
}

/* Puts the escape of a character below 0x100. */
static char *put_escape(char *to, unsigned char c)
{
    memcpy(to, "\\u00", 4);
    hex_encode(to + 4, &c, 1);
    return to + 6;
}

size_t output_json_escape(char *escaped, const char *text, size_t n)
{
    char *to = escaped;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            *to++ = '\\';
            *to++ = (char)c;
        } else if (c >= 0x20) {
            *to++ = (char)c;
        } else {
            to = put_escape(to, c);
        }
    }
    return (size_t)(to - escaped);
}

size_t output_shown_escape(char *escaped, const char *text, size_t n)
{
    char *to = escaped;

    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        const unsigned char next = i + 1 < n ? (unsigned char)text[i + 1] : 0;
        if (c < 0x20 || c == 0x7f) {
            to = put_escape(to, c);
        } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) { /* U+0080 to U+009F: control characters, too */
            to = put_escape(to, next);
            i++;
        } else {
            *to++ = (char)c;
        }
    }
    return (size_t)(to - escaped);
}

void output_shown(struct output *out, const char *text, size_t n)
{
    enum { STEP = 4096 };

    while (n > 0) {
        size_t part = n < STEP ? n : STEP;
        part -= part < n && (unsigned char)text[part - 1] == 0xc2; /* the next byte belongs to it */
        output_advance(out, output_shown_escape(output_room(out, 6 * part), text, part));
        text += part;
        n -= part;
    }
}

void output_json_string(struct output *out, const char *text, size_t n)
{
    enum { STEP = 4096 };

    output_text(out, "\"");
    while (n > 0) {
        size_t part = n < STEP ? n : STEP;
        output_advance(out, output_json_escape(output_room(out, 6 * part), text, part));
        text += part;
        n -= part;
    }
    output_text(out, "\"");
}
