/*
 * Which words of the input a message may quote. A secret that stands in the wrong field, or behind the wrong
 * option, must not be in what people copy into mails and logs.
 */
#ifndef QUOTED_WORD_H
#define QUOTED_WORD_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { QUOTED_WORD_ROOM = 48 };

/* Returns what a message says in the place of a word of *len characters: the word itself, or, if it may be a
 * secret, how many digits it has, written to room. It may be one if it is 16 hexadecimal digits or more and
 * nothing else but what people write around them, 0x, colons and white space, and the hyphens of an option.
 * *len becomes the length of what is returned; room, of QUOTED_WORD_ROOM characters, has to last as long. */
const char *quoted_word(char *room, const char *word, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
