#include "json_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_space(const char *text, size_t at, size_t len)
{
    while (at < len && is_space(text[at])) {
        at++;
    }
    return at;
}

/* Returns the place behind the string that begins at `at`. */
static size_t string_end(const char *text, size_t at, size_t len)
{
    for (at++; at < len && text[at] != '"'; at++) {
        at += text[at] == '\\';
    }
    return at < len ? at + 1 : len;
}

/* Returns the place behind the value that begins at `at`. */
static size_t value_end(const char *text, size_t at, size_t len)
{
    size_t depth = 0;

    while (at < len) {
        const char c = text[at];
        if (depth == 0 && (c == ',' || c == '}' || c == ']' || is_space(c))) {
            break;
        }
        at = c == '"' ? string_end(text, at, len) : at + 1;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
    }
    return at;
}

/* Returns where the value of the member that begins at `at` stands: behind the key and a colon. */
static size_t value_start(const char *text, size_t at, size_t len)
{
    at = skip_space(text, string_end(text, at, len), len);
    return skip_space(text, at + 1, len);
}

const char *json_text_value(const char *text, size_t len, size_t n, size_t *value_len)
{
    size_t at = skip_space(text, skip_space(text, 0, len) + 1, len);

    for (; n > 0; n--) { /* behind the value stands a comma */
        at = skip_space(text, value_end(text, value_start(text, at, len), len), len);
        at = skip_space(text, at + 1, len);
    }
    at = value_start(text, at, len);
    *value_len = value_end(text, at, len) - at;
    return text + at;
}

/* ---- stand-ins ---- */

static size_t skip_digits(const char *text, size_t at, size_t len)
{
    while (at < len && text[at] >= '0' && text[at] <= '9') {
        at++;
    }
    return at;
}

/* A number by the grammar of RFC 8259 section 6, or what begins like one. */
struct number {
    size_t end; /* the place behind it */
    bool is_whole, is_integer;
};

/* Reads the number that begins at `at`, where a digit or a minus stands. */
static struct number read_number(const char *text, size_t at, size_t len)
{
    const size_t first = at + (text[at] == '-');
    struct number number = {.end = skip_digits(text, first, len), .is_integer = true};

    number.is_whole = number.end > first && (text[first] != '0' || number.end == first + 1);
    if (number.is_whole && number.end < len && text[number.end] == '.') {
        const size_t fraction = number.end + 1;
        number.is_integer = false;
        number.end = skip_digits(text, fraction, len);
        number.is_whole = number.end > fraction;
    }
    if (number.is_whole && number.end < len && (text[number.end] | 0x20) == 'e') {
        const size_t sign = number.end + 1;
        const size_t exponent = sign + (sign < len && (text[sign] == '+' || text[sign] == '-'));
        number.is_integer = false;
        number.end = skip_digits(text, exponent, len);
        number.is_whole = number.end > exponent;
    }
    return number;
}

/* Whether an integer of len characters fits into 64 bits, with or without a sign. */
static bool fits(const char *text, size_t len)
{
    enum { LONGEST = 20 };
    char number[LONGEST + 1] = "";

    if (len > LONGEST) {
        return false;
    }
    memcpy(number, text, len);
    errno = 0;
    if (number[0] == '-') {
        strtoll(number, NULL, 10);
    } else {
        strtoull(number, NULL, 10);
    }
    return errno == 0;
}

/* A number that is no integer has three characters at least. Returns the place behind the number, or behind
 * what begins like one: no character is read twice, however long it is. */
static size_t put_number(char *text, size_t at, size_t len, bool *is_put)
{
    const struct number number = read_number(text, at, len);

    if (number.is_whole && (!number.is_integer || !fits(text + at, number.end - at))) {
        memset(text + at, ' ', number.end - at);
        memcpy(text + at, "0.5", 3);
        *is_put = true;
    }
    return number.end;
}

static int digit_value(char c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

/* Returns the code unit of the escape \uXXXX at `at`, or 0 if there is none. */
static unsigned escaped_unit(const char *text, size_t at, size_t len)
{
    unsigned unit = 0;

    if (len - at < 6 || text[at] != '\\' || text[at + 1] != 'u') {
        return 0;
    }
    for (size_t i = 2; i < 6; i++) {
        const int digit = digit_value(text[at + i]);
        if (digit < 0) {
            return 0;
        }
        unit = unit << 4 | (unsigned)digit;
    }
    return unit;
}

/* For a half, D800 to DFFF, stands one of E000 to E7FF, which are for private use: keys that differ go on to
 * differ. Returns the place behind the string. */
static size_t put_string(char *text, size_t at, size_t len, bool *is_put)
{
    for (at++; at < len && text[at] != '"'; at++) {
        const unsigned unit = text[at] == '\\' ? escaped_unit(text, at, len) : 0;
        if (unit >> 10 == 0xd800 >> 10 && escaped_unit(text, at + 6, len) >> 10 == 0xdc00 >> 10) {
            at += 11;
        } else if (unit >> 11 == 0xd800 >> 11) {
            text[at + 2] = 'e';
            text[at + 3] = (char)('0' + (unit >> 8 & 7));
            *is_put = true;
            at += 5;
        } else {
            at += text[at] == '\\';
        }
    }
    return at + 1;
}

bool json_text_put_stand_ins(char *text, size_t len)
{
    bool is_put = false;

    for (size_t at = 0; at < len;) {
        if (text[at] == '"') {
            at = put_string(text, at, len, &is_put);
        } else if (text[at] == '-' || (text[at] >= '0' && text[at] <= '9')) {
            at = put_number(text, at, len, &is_put);
        } else {
            at++;
        }
    }
    return is_put;
}

bool json_text_may_stand_in(const char *string, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        if ((unsigned char)string[i] == 0xee && (unsigned char)string[i + 1] < 0xa0) {
            return true;
        }
    }
    return false;
}
