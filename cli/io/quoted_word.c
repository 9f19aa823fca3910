#include "quoted_word.h"
#include "hex.h"

#include <stdbool.h>
#include <stdio.h>

/* No name that the command knows is as long and of such digits alone. */
enum { LEAST_SECRET_DIGITS = 16 };

static bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool is_between_digits(char c)
{
    return c == ':' || c == ' ' || (c >= '\t' && c <= '\r');
}

/* Returns how many digits a word has that may be a secret; 0 if it may be none. */
static size_t secret_digits(const char *word, size_t len)
{
    size_t n;

    for (; len > 0 && *word == '-'; word++) {
        len--;
    }
    for (size_t i = len >= 2 && word[0] == '0' && (word[1] | 0x20) == 'x' ? 2 : 0; i < len; i++) {
        if (!is_digit(word[i]) && !is_between_digits(word[i])) {
            return 0;
        }
    }
    n = hex_n_digits(word, len);
    return n >= LEAST_SECRET_DIGITS ? n : 0;
}

const char *quoted_word(char *room, const char *word, size_t *len)
{
    const size_t n = secret_digits(word, *len);

    if (n == 0) {
        return word;
    }
    *len = (size_t)snprintf(room, QUOTED_WORD_ROOM, "(a word of %zu digits)", n);
    return room;
}
