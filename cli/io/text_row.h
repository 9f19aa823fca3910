/* Rows of a list for people, on screens of 80 columns. */
#ifndef TEXT_ROW_H
#define TEXT_ROW_H

#include <stddef.h>

enum { TEXT_ROW_WIDTH = 80 /* columns */ };

/* Prints "  left", and from column indent on the text, wrapped. */
void text_row_put(const char *left, size_t indent, const char *text);

#endif
