#include "output.h"
#include "command.h"
#include "hex.h"
#include "memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_CAPACITY = 256 * 1024 };

/* The outputs that are open: lanekdf load writes results and progress at once. */
static struct output *first;

void output_open(struct output *out, int fd)
{
    *out = (struct output){.fd = fd, .buffer = memory_take(OUTPUT_CAPACITY), .next = first};
    first = out;
}

void output_open_file(struct output *out, int fd, const char *option, const char *name)
{
    output_open(out, fd);
    out->option = option;
    out->name = name;
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
    out->len = out->n_whole = 0;
}

void output_mark_whole(struct output *out)
{
    out->n_whole = out->len;
}

void output_rescue(void)
{
    for (; first; first = first->next) {
        write_all(first, first->buffer, first->n_whole);
    }
}

static void report(struct output *out)
{
    if (out->name) {
        command_message("%s %s: cannot write: %s", out->option, out->name, strerror(out->error));
    } else {
        command_message("cannot write the output: %s", strerror(out->error));
    }
    out->is_reported = true;
}

bool output_flush(struct output *out)
{
    drain(out);
    if (out->error != 0 && out->error != EPIPE && !out->is_reported) {
        report(out);
    }
    return out->error == 0;
}

bool output_close(struct output *out)
{
    bool ok = output_flush(out);
    struct output **at = &first;

    while (*at && *at != out) {
        at = &(*at)->next;
    }
    *at = *at ? out->next : NULL;
    memory_give_back(out->buffer);
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

/* Puts the escape of a character below U+10000. */
static char *put_escape(char *to, unsigned c)
{
    const uint8_t bytes[] = {(uint8_t)(c >> 8), (uint8_t)c};

    memcpy(to, "\\u", 2);
    hex_encode(to + 2, bytes, sizeof(bytes));
    return to + 6;
}

/* Returns the length of the character of UTF-8 that text[0 .. n) begins with, or 0 if that is none (RFC 3629
 * section 4). */
static size_t character_len(const char *text, size_t n)
{
    const unsigned char *at = (const unsigned char *)text;
    const size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

    if (at[0] > 0xf4 || len > n) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if (at[i] >> 6 != 2) {
            return 0;
        }
    }
    return (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0) ||
                   (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] >= 0x90)
               ? 0
               : len;
}

/* Returns the character of two or three bytes in UTF-8 if a terminal would obey it, else 0: those of C1, and
 * what ends a line or turns the direction of the text behind it, U+2028 to U+202E and U+2066 to U+2069. */
static unsigned obeyed_character(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned c = len == 2   ? (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu)
                       : len == 3 ? (at[0] & 0xfu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu)
                                  : 0;

    return c < 0xa0 || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ? c : 0;
}

/* Puts a character that is no plain one of ASCII, and returns its length in bytes. What a terminal would obey
 * becomes an escape: control characters, and single bytes, which in UTF-8 are no characters, but to some
 * terminals control characters all the same. */
static size_t put_character(char **to, const char *text, size_t n, bool is_json)
{
    const unsigned char c = (unsigned char)text[0];
    const size_t len = character_len(text, n);
    const unsigned obeyed = obeyed_character(text, len);

    if (len == 0 && is_json) {
        memcpy(*to, "\\ufffd", 6);
        *to += 6;
    } else if (len == 0) {
        memcpy(*to, "\\x", 2);
        hex_encode(*to + 2, &c, 1);
        *to += 4;
    } else if (len == 1) {
        *to = put_escape(*to, c);
    } else if (obeyed != 0) {
        *to = put_escape(*to, obeyed);
    } else {
        memcpy(*to, text, len);
        *to += len;
    }
    return len > 0 ? len : 1;
}

static size_t escape(char *escaped, const char *text, size_t n, bool is_json)
{
    char *to = escaped;

    for (size_t i = 0; i < n;) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c >= 0x7f) {
            i += put_character(&to, text + i, n - i, is_json);
            continue;
        }
        if (is_json && (c == '"' || c == '\\')) {
            *to++ = '\\';
        }
        *to++ = text[i++];
    }
    return (size_t)(to - escaped);
}

size_t output_json_escape(char *escaped, const char *text, size_t n)
{
    return escape(escaped, text, n, true);
}

size_t output_shown_escape(char *escaped, const char *text, size_t n)
{
    return escape(escaped, text, n, false);
}

/* Writes a text escaped, piece by piece; no piece ends in the middle of a character. */
static void put_escaped(struct output *out, const char *text, size_t n, bool is_json)
{
    enum { STEP = 4096, MAX_CONTINUATION = 3 };

    while (n > 0) {
        size_t part = n < STEP ? n : STEP;
        for (int i = 0; i < MAX_CONTINUATION && part < n && (unsigned char)text[part] >> 6 == 2; i++) {
            part--;
        }
        output_advance(out, escape(output_room(out, 6 * part), text, part, is_json));
        text += part;
        n -= part;
    }
}

void output_shown(struct output *out, const char *text, size_t n)
{
    put_escaped(out, text, n, false);
}

void output_json_string(struct output *out, const char *text, size_t n)
{
    output_text(out, "\"");
    put_escaped(out, text, n, true);
    output_text(out, "\"");
}
