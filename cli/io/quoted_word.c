#include "quoted_word.h"

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
    return c == ':' || c == ',' || c == '-' || c == ' ' || (c >= '\t' && c <= '\r');
}

/* Returns how many digits the longest secret has that may be in a word; 0 if there is none. */
static size_t secret_digits(const char *word, size_t len)
{
    size_t n = 0, most = 0;

    for (size_t i = 0; i < len; i++) {
        n = is_digit(word[i]) ? n + 1 : is_between_digits(word[i]) ? n : 0;
        most = n > most ? n : most;
    }
    return most >= LEAST_SECRET_DIGITS ? most : 0;
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
