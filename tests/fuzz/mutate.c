/*
 * Changes of inputs that need no knowledge of what a target does with them. A change of bytes may be one of
 * the bytes that a run of hexadecimal digits stands for, since messages and secrets are written so: then
 * lengths inside a message meet the numbers at which readers go wrong. Changes of text move what stands
 * between quotation marks, members of objects, lines and decimal numbers.
 */
#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that are changed: a mutant, or what a run of digits stands for. */
struct buffer {
    uint8_t *bytes;
    size_t len, capacity;
};

/* A part of an input. */
struct part {
    const uint8_t *bytes;
    size_t len;
};

/* What a change may use. */
struct source {
    const struct corpus *corpus;
    struct rng *rng;
};

static size_t below(const struct source *from, size_t bound)
{
    return bound > 0 ? rng_below(from->rng, (uint32_t)bound) : 0;
}

static struct part any_input(const struct source *from)
{
    const struct fuzz_input *input = &from->corpus->inputs[below(from, from->corpus->n)];

    return (struct part){input->bytes, input->len};
}

/* A length of up to `max`: mostly a short one, sometimes one at which a counter or a buffer may end. */
static size_t any_len(const struct source *from, size_t max)
{
    static const size_t edges[] = {
        16, 20, 21, 31, 32, 33, 48, 63, 64, 65, 127, 128, 255, 256, 257, 511, 1000};
    size_t len = 1 + below(from, rng_one_in(from->rng, 4) ? max + 1 : 8);

    if (rng_one_in(from->rng, 4)) {
        len = edges[below(from, sizeof(edges) / sizeof(edges[0]))];
    }
    return len < max ? len : max;
}

/* Puts bytes into the place of n others; what finds no room is left out. */
static void replace(struct buffer *buffer, size_t at, size_t n, struct part with)
{
    const size_t room = buffer->capacity - at;
    const size_t len = with.len < room ? with.len : room;
    const size_t behind = buffer->len - at - n;
    const size_t kept = behind < room - len ? behind : room - len;

    memmove(buffer->bytes + at + len, buffer->bytes + at + n, kept);
    memcpy(buffer->bytes + at, with.bytes, len);
    buffer->len = at + len + kept;
}

/* The same with bytes of the buffer itself. */
static void replace_with_own(struct buffer *buffer, size_t at, size_t n, size_t from, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);

    if (copy) {
        memcpy(copy, buffer->bytes + from, len);
        replace(buffer, at, n, (struct part){copy, len});
    }
    free(copy);
}

/* ---- bytes ---- */

typedef void change_bytes(struct buffer *buffer, struct part other, const struct source *from);

static void flip_bit(struct buffer *buffer, struct part other, const struct source *from)
{
    (void)other;
    buffer->bytes[below(from, buffer->len)] ^= (uint8_t)(1u << below(from, 8));
}

static void set_byte(struct buffer *buffer, struct part other, const struct source *from)
{
    static const uint8_t edges[] = {0, 1, 2, 0x0a, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0xfe, 0xff};
    uint8_t *byte = &buffer->bytes[below(from, buffer->len)];

    (void)other;
    if (rng_one_in(from->rng, 2)) {
        *byte = edges[below(from, sizeof(edges))];
    } else if (rng_one_in(from->rng, 2)) {
        *byte = (uint8_t)(*byte + below(from, 33) - 16);
    } else {
        *byte = (uint8_t)below(from, 256);
    }
}

static void set_number(struct buffer *buffer, struct part other, const struct source *from)
{
    const size_t len = 1 + below(from, buffer->len < 4 ? buffer->len : 4);
    const size_t at = below(from, buffer->len - len + 1), left = buffer->len - at - len;
    const size_t numbers[] = {0, 1, left, left + 1, left - 1, left / 2, 0x7f, 0x80, 0xff, 0x100, 0x3fff,
        0x4000, 0x7fff, 0x8000, 0xffff, 0x10000, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff};
    const size_t number = numbers[below(from, sizeof(numbers) / sizeof(numbers[0]))];

    (void)other;
    for (size_t i = 0; i < len; i++) {
        buffer->bytes[at + i] = (uint8_t)(number >> 8 * (len - 1 - i));
    }
}

/* Takes a byte for the length of what stands behind it, and makes both longer or shorter. */
static void resize_vector(struct buffer *buffer, struct part other, const struct source *from)
{
    const size_t at = below(from, buffer->len), len = buffer->bytes[at];
    const size_t new_len = rng_one_in(from->rng, 2) ? UINT8_MAX : below(from, UINT8_MAX + 1);
    uint8_t bytes[UINT8_MAX];

    (void)other;
    if (len > buffer->len - at - 1) {
        return;
    }
    memset(bytes, len ? buffer->bytes[at + 1] : 0x5a, sizeof(bytes));
    memcpy(bytes, buffer->bytes + at + 1, len < new_len ? len : new_len);
    buffer->bytes[at] = (uint8_t)new_len;
    replace(buffer, at + 1, len, (struct part){bytes, new_len});
}

static void remove_run(struct buffer *buffer, struct part other, const struct source *from)
{
    const size_t at = below(from, buffer->len);

    (void)other;
    replace(buffer, at, any_len(from, buffer->len - at), (struct part){buffer->bytes, 0});
}

static void insert_run(struct buffer *buffer, struct part other, const struct source *from)
{
    uint8_t run[1024];
    const size_t at = below(from, buffer->len + 1), len = any_len(from, sizeof(run));

    (void)other;
    memset(run, at < buffer->len ? buffer->bytes[at] : 0, len);
    replace(buffer, at, 0, (struct part){run, len});
}

static void repeat_run(struct buffer *buffer, struct part other, const struct source *from)
{
    const size_t at = below(from, buffer->len), len = any_len(from, buffer->len - at);

    (void)other;
    replace_with_own(buffer, below(from, buffer->len + 1), 0, at, len);
}

static void take_run(struct buffer *buffer, struct part other, const struct source *from)
{
    const size_t at = below(from, other.len), to = below(from, buffer->len + 1);
    const size_t len = any_len(from, other.len - at), left = buffer->len - to;

    replace(buffer, to, rng_one_in(from->rng, 2) ? 0 : (len < left ? len : left),
        (struct part){other.bytes + at, len});
}

static void splice(struct buffer *buffer, struct part other, const struct source *from)
{
    const size_t at = below(from, other.len), to = below(from, buffer->len + 1);

    replace(buffer, to, buffer->len - to, (struct part){other.bytes + at, other.len - at});
}

static void truncate_bytes(struct buffer *buffer, struct part other, const struct source *from)
{
    (void)other;
    buffer->len = below(from, buffer->len);
}

static void change_some_bytes(struct buffer *buffer, struct part other, const struct source *from)
{
    static change_bytes *const changes[] = {flip_bit, flip_bit, set_byte, set_byte, set_number, set_number,
        resize_vector, resize_vector, remove_run, insert_run, repeat_run, take_run, take_run, splice,
        truncate_bytes};

    if (buffer->len == 0) {
        replace(buffer, 0, 0, (struct part){other.bytes, any_len(from, other.len)});
        return;
    }
    changes[below(from, sizeof(changes) / sizeof(changes[0]))](buffer, other, from);
}

/* ---- runs of hexadecimal digits ---- */

static int digit_value(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Finds a run of at least four digits, at or behind a place that is chosen; an empty part if there is none.
 */
static struct part any_digits(struct part text, const struct source *from)
{
    enum { MIN_DIGITS = 4 };
    size_t at = below(from, text.len), len = 0;

    while (at > 0 && digit_value(text.bytes[at - 1]) >= 0) {
        at--;
    }
    while (at + len < text.len) {
        if (digit_value(text.bytes[at + len]) >= 0) {
            len++;
        } else if (len >= MIN_DIGITS) {
            break;
        } else {
            at += len + 1;
            len = 0;
        }
    }
    return (struct part){text.bytes + at, len >= MIN_DIGITS ? len & ~(size_t)1 : 0};
}

static size_t from_digits(uint8_t *bytes, size_t capacity, struct part digits)
{
    const size_t n = digits.len / 2 < capacity ? digits.len / 2 : capacity;

    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(digit_value(digits.bytes[2 * i]) << 4 | digit_value(digits.bytes[2 * i + 1]));
    }
    return n;
}

/* Changes the bytes that some digits stand for. */
static void change_digits(struct buffer *buffer, struct part other, const struct source *from)
{
    static uint8_t bytes[MUTANT_MAX / 2], other_bytes[MUTANT_MAX / 2], text[MUTANT_MAX];
    const struct part digits = any_digits((struct part){buffer->bytes, buffer->len}, from);
    const struct part other_digits = any_digits(other, from);
    struct buffer changed = {bytes, from_digits(bytes, sizeof(bytes), digits), sizeof(bytes)};

    if (digits.len == 0) {
        return;
    }
    change_some_bytes(&changed,
        (struct part){other_bytes, from_digits(other_bytes, sizeof(other_bytes), other_digits)}, from);
    for (size_t i = 0; i < changed.len; i++) {
        text[2 * i] = (uint8_t) "0123456789abcdef"[changed.bytes[i] >> 4];
        text[2 * i + 1] = (uint8_t) "0123456789abcdef"[changed.bytes[i] & 15];
    }
    replace(buffer, (size_t)(digits.bytes - buffer->bytes), digits.len, (struct part){text, 2 * changed.len});
}

/* ---- text ---- */

/* Finds what stands between one of these characters, at or behind a place that is chosen, and the next one;
 * an empty part if there is none. */
static struct part any_between(
    struct part text, const char *begins, const char *ends, const struct source *from)
{
    size_t at = below(from, text.len), len = 0;

    while (at < text.len && !memchr(begins, text.bytes[at], strlen(begins))) {
        at++;
    }
    if (at == text.len) {
        return (struct part){text.bytes, 0};
    }
    for (at++; at + len < text.len && !memchr(ends, text.bytes[at + len], strlen(ends)); len++) {
    }
    return (struct part){text.bytes + at, len};
}

/* Puts a word of another input, such as the name of a field or its value, into the place of one. */
static void change_word(struct buffer *buffer, struct part other, const struct source *from)
{
    const struct part word =
        any_between((struct part){buffer->bytes, buffer->len}, "\" \n:", "\" \n:,}", from);

    replace(buffer, (size_t)(word.bytes - buffer->bytes), word.len,
        any_between(other, "\" \n:", "\" \n:,}", from));
}

/* Adds a member of an object, or an item of an array, of this input or of another one, or takes one away. */
static void change_member(struct buffer *buffer, struct part other, const struct source *from)
{
    static uint8_t text[MUTANT_MAX];
    const struct part here = {buffer->bytes, buffer->len};
    const struct part place = any_between(here, "{[,", ",]}", from);
    struct buffer member = {text, 0, sizeof(text)};

    if (rng_one_in(from->rng, 4)) {
        const size_t at = (size_t)(place.bytes - buffer->bytes);
        const bool has_comma = at + place.len < buffer->len && buffer->bytes[at + place.len] == ',';
        replace(buffer, at, place.len + has_comma, (struct part){text, 0});
        return;
    }
    replace(&member, 0, 0, any_between(rng_one_in(from->rng, 4) ? here : other, "{[,", ",}]", from));
    replace(&member, member.len, 0, (struct part){(const uint8_t *)",", 1});
    replace(buffer, (size_t)(place.bytes - buffer->bytes), 0, (struct part){text, member.len});
}

static void change_decimal(struct buffer *buffer, struct part other, const struct source *from)
{
    static const char *const numbers[] = {"0", "1", "-1", "255", "256", "65535", "65536", "2147483648",
        "4294967295", "4294967296", "9223372036854775808", "18446744073709551615", "18446744073709551616",
        "1e3", "0.5", "null", "true", "[]", "{}", "\"\""};
    const char *number = numbers[below(from, sizeof(numbers) / sizeof(numbers[0]))];
    const struct part value = any_between((struct part){buffer->bytes, buffer->len}, ":", ",}", from);

    (void)other;
    replace(buffer, (size_t)(value.bytes - buffer->bytes), value.len,
        (struct part){(const uint8_t *)number, strlen(number)});
}

/* Adds a line of this input or of another one, or takes one away. */
static void change_lines(struct buffer *buffer, struct part other, const struct source *from)
{
    static uint8_t text[MUTANT_MAX];
    const struct part here = {buffer->bytes, buffer->len};
    const struct part place = any_between(here, "\n", "\n", from);
    struct buffer line = {text, 0, sizeof(text)};

    if (rng_one_in(from->rng, 4)) {
        replace(buffer, (size_t)(place.bytes - buffer->bytes), place.len, (struct part){text, 0});
        return;
    }
    replace(&line, 0, 0, any_between(rng_one_in(from->rng, 2) ? here : other, "\n", "\n", from));
    replace(&line, line.len, 0, (struct part){(const uint8_t *)"\n", 1});
    replace(buffer, (size_t)(place.bytes - buffer->bytes), 0, (struct part){text, line.len});
}

/* Whether most bytes are those of text: the inputs of a target are either all text or all bytes. */
static bool is_text(struct part input)
{
    size_t n = 0;

    for (size_t i = 0; i < input.len; i++) {
        n += input.bytes[i] >= 0x20 && input.bytes[i] < 0x7f;
    }
    return 4 * n > 3 * input.len;
}

void mutate(struct mutant *mutant, const struct corpus *corpus, struct rng *rng)
{
    static change_bytes *const changes_of_text[] = {change_some_bytes, change_digits, change_digits,
        change_digits, change_word, change_member, change_decimal, change_lines};
    const struct source from = {corpus, rng};
    struct buffer buffer = {mutant->bytes, 0, sizeof(mutant->bytes)};

    replace(&buffer, 0, 0, any_input(&from));
    do {
        change_bytes *change = change_some_bytes;
        if (is_text((struct part){buffer.bytes, buffer.len})) {
            change = changes_of_text[below(&from, sizeof(changes_of_text) / sizeof(changes_of_text[0]))];
        }
        change(&buffer, any_input(&from), &from);
    } while (rng_one_in(rng, 2));
    mutant->len = buffer.len;
}
