#include "page.h"
#include "lanekdf.h"
#include "secret_shown.h"

#include <string.h>

enum { BYTES_PER_ROW = 32 };

/* Puts words, broken at the width of the page: the first line goes on at `column`, the others begin at
 * `indent`. */
static void put_wrapped(struct page *page, size_t column, size_t indent, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > indent && column + 1 + len > page->width) {
            output_format(page->out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            output_text(page->out, " ");
            column++;
        }
        column += len;
        for (size_t part; len > 0; len -= part, text += part) {
            part = strcspn(text, " \t");
            part = part < len ? part : len;
            output_shown(page->out, text, part);
            if (part < len) {
                output_text(page->out, " "); /* in the place of the tab */
                part++;
            }
        }
        text += strspn(text, " ");
    }
    output_text(page->out, "\n");
}

void page_put_entry(struct page *page, const char *label, const char *text)
{
    output_format(page->out, "  %-*s", PAGE_LABEL_WIDTH, label);
    put_wrapped(page, 2 + PAGE_LABEL_WIDTH, 2 + PAGE_LABEL_WIDTH, text);
}

void page_put_shown(struct page *page, const char *text, size_t max)
{
    size_t n = strnlen(text, max);

    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80) { /* inside a character */
        n--;
    }
    output_shown(page->out, text, n);
}

void page_put_note(struct page *page, const char *text)
{
    output_text(page->out, "  ");
    put_wrapped(page, 2, 2, text);
}

void page_put_heading(struct page *page, const char *text)
{
    output_format(
        page->out, "\n%s%s%s", page->is_bold ? "\033[1m" : "", text, page->is_bold ? "\033[0m" : "");
}

void page_put_value(struct page *page, const uint8_t *value, size_t len, size_t indent)
{
    for (size_t i = 0; i < len; i += BYTES_PER_ROW) {
        if (i > 0) {
            output_format(page->out, "\n%*s", (int)indent, "");
        }
        output_hex(page->out, value + i, len - i < BYTES_PER_ROW ? len - i : BYTES_PER_ROW);
    }
}

void page_put_secret(struct page *page, const uint8_t *value, size_t len, const char *remark)
{
    output_format(page->out, "  %zu bytes", len);
    if (value && !page->shows_secrets) {
        output_text(page->out, "  ");
        output_hex(page->out, value, secret_shown_len(len));
        output_text(page->out, "...");
    }
    output_format(page->out, "%s\n", remark);
    if (value && page->shows_secrets) {
        output_text(page->out, "    ");
        page_put_value(page, value, len, 4);
        output_text(page->out, "\n");
    }
}

const char *page_hash_title(uint32_t hash)
{
    switch (hash) {
    case LANEKDF_SHA256:
        return "SHA-256";
    case LANEKDF_SHA384:
        return "SHA-384";
    case LANEKDF_SHA512:
        return "SHA-512";
    case LANEKDF_MD5_SHA1:
        return "MD5+SHA-1";
    default:
        return lanekdf_hash_name(hash);
    }
}
