#include "spelling.h"

#include <ctype.h>
#include <string.h>

/* Longer names are cut, which makes two of them near that are not: none of ours is as long. */
enum { MAX_LETTERS = 40 };

static char letter(char c)
{
    return (char)tolower((unsigned char)c);
}

/* Passes over what people put between the parts of a name. */
static const char *next_letter(const char *text, const char *end)
{
    while (text < end && *text != '\0' && strchr(" -_./:", *text)) {
        text++;
    }
    return text;
}

/* Takes a text without these, in lower case; returns how many characters are left. */
static size_t take_letters(const char *text, size_t len, char letters[MAX_LETTERS])
{
    const char *const end = text + len;
    size_t n = 0;

    for (text = next_letter(text, end); text < end && n < MAX_LETTERS; text = next_letter(text, end)) {
        letters[n++] = letter(*text++);
    }
    return n;
}

static size_t least(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* How many letters have to be put in, left out or changed, or swapped with their neighbours, to make one text
 * of the other: the restricted distance of Damerau and Levenshtein. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t table[MAX_LETTERS + 1][MAX_LETTERS + 1];

    for (size_t i = 0; i <= a_len; i++) {
        table[i][0] = i;
    }
    for (size_t k = 0; k <= b_len; k++) {
        table[0][k] = k;
    }
    for (size_t i = 1; i <= a_len; i++) {
        for (size_t k = 1; k <= b_len; k++) {
            const size_t changed = table[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            table[i][k] = least(table[i - 1][k] + 1, table[i][k - 1] + 1, changed);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
                table[i][k] = least(table[i][k], table[i - 2][k - 2] + 1, table[i][k]);
            }
        }
    }
    return table[a_len][b_len];
}

bool spelling_is_same(const char *text, size_t len, const char *name)
{
    const char *const end = text + len, *const name_end = name + strlen(name);

    for (;;) {
        text = next_letter(text, end);
        name = next_letter(name, name_end);
        if (text == end || name == name_end) {
            return text == end && name == name_end;
        }
        if (letter(*text++) != letter(*name++)) {
            return false;
        }
    }
}

size_t spelling_distance(const char *text, size_t len, const char *name)
{
    char a[MAX_LETTERS], b[MAX_LETTERS];
    const size_t a_len = take_letters(text, len, a), b_len = take_letters(name, strlen(name), b);

    return distance(a, a_len, b, b_len);
}

bool spelling_is_near(const char *text, size_t len, const char *name)
{
    char letters[MAX_LETTERS];

    return spelling_distance(text, len, name) <= take_letters(name, strlen(name), letters) / 3;
}

/* Returns the value of a hexadecimal digit, or 16 of what is none. */
static uint32_t digit_value(char c)
{
    return isdigit((unsigned char)c)    ? (uint32_t)(c - '0')
           : isxdigit((unsigned char)c) ? (uint32_t)(letter(c) - 'a' + 10)
                                        : 16;
}

bool spelling_is_number(const char *text, size_t len, size_t min, size_t max, uint32_t *number)
{
    const bool has_prefix = len > 2 && text[0] == '0' && letter(text[1]) == 'x';
    const size_t start = has_prefix ? 2 : 0, n = len - start;
    uint32_t value = 0;

    if (n < (has_prefix ? 1 : min) || n > max) {
        return false;
    }
    for (size_t i = start; i < len; i++) {
        if (digit_value(text[i]) == 16) {
            return false;
        }
        value = value << 4 | digit_value(text[i]);
    }
    *number = value;
    return true;
}
