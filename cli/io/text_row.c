#include "text_row.h"

#include <stdio.h>
#include <string.h>

void text_row_put(const char *left, size_t indent, const char *text)
{
    size_t column = strlen(left) + 2;

    printf("  %s", left);
    if (column + 2 > indent) {
        printf("\n");
        column = 0;
    }
    printf("%*s", (int)(indent - column), "");
    column = indent;
    while (*text != '\0') {
        const size_t len = strcspn(text, " ");
        if (column > indent && column + 1 + len > TEXT_ROW_WIDTH) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            printf(" ");
            column++;
        }
        printf("%.*s", (int)len, text);
        column += len;
        text += len + strspn(text + len, " ");
    }
    printf("\n");
}
