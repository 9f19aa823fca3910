/*
 * Which words of the input a message may quote. A secret that stands in the wrong field, or behind the wrong
 * option, must not be in what people copy into mails and logs.
 */
#ifndef QUOTED_WORD_H
#define QUOTED_WORD_H

#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { QUOTED_WORD_ROOM = 48 };

/* Returns what a message says in the place of a word of *len characters: the word itself, or, if it may have
 * a secret in it, how many digits that has, written to room. It may have one if 16 hexadecimal digits or
 * more follow each other, with nothing among them but what people write there: colons, commas, hyphens and
 * white space. What stands before and behind them makes no secret public: a mistake is often one character.
 * *len becomes the length of what is returned; room, of QUOTED_WORD_ROOM characters, has to last as long. */
const char *quoted_word(char *room, const char *word, size_t *len);

/* The same of a text that ends with a NUL, as what is returned does then. */
static inline const char *quoted_text(char *room, const char *text)
{
    size_t len = strlen(text);
    return quoted_word(room, text, &len);
}

#ifdef __cplusplus
}
#endif

#endif
