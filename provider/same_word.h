/* Words of parameters and settings, which may be written in either case. */
#ifndef SAME_WORD_H
#define SAME_WORD_H

#include <stdbool.h>
#include <stddef.h>

/* One letter of ASCII, in lower case. The C library's function asks the locale, in which an i may be another
 * letter, and OPENSSL_strcasecmp() came with OpenSSL 3.0.3 only. */
static inline char word_lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static inline bool is_same_word(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] && word_lower(a[i]) == word_lower(b[i])) {
        i++;
    }
    return word_lower(a[i]) == word_lower(b[i]);
}

#endif
