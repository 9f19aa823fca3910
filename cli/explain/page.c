#include "page.h"
#include "secret_shown.h"
#include "text_buffer.h"

#include <string.h>

enum { BYTES_PER_ROW = 32, TITLE_WIDTH = 80, MAX_ID_SHOWN = 4096 };

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

/* How many columns a text takes: a character of UTF-8 one, however many bytes it has. */
static size_t n_columns(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    return n;
}

/* Returns how much of the text goes on a line: all that fits, to the last comma, colon or space in it if
 * there is one. */
static size_t part_len(const char *text, size_t len)
{
    size_t fits = 0, broken = 0;

    for (size_t i = 1; i <= len && n_columns(text, i) <= TITLE_WIDTH; i++) {
        fits = i; /* the bytes of a character that follow its first one take no columns */
        broken = strchr(",: ", text[i - 1]) ? i : broken;
    }
    return fits == len || broken == 0 ? fits : broken;
}

/* Puts a text that has no spaces to break it at, an id: behind what stands in the line if it fits there. */
static size_t put_id(struct page *page, struct lanekdf_bytes id)
{
    struct text_buffer text = {0};
    size_t column = 0, n;

    if (id.len > MAX_ID_SHOWN) {
        n = MAX_ID_SHOWN;
        while ((id.data[n] & 0xc0) == 0x80) { /* inside a character */
            n--;
        }
        text_buffer_add_shown(&text, (const char *)id.data, n);
        text_buffer_add(&text, "...", 3);
    } else {
        text_buffer_add_shown(&text, (const char *)id.data, id.len);
    }
    for (size_t at = 0; at < text.len; at += n) {
        n = part_len(text.text + at, text.len - at);
        output_text(page->out, at > 0 ? "\n" : "");
        output_bytes(page->out, text.text + at, n);
        column = n_columns(text.text + at, n);
    }
    text_buffer_free(&text);
    return column;
}

void page_put_title(struct page *page, struct lanekdf_bytes id, const char *name, const char *const *others)
{
    size_t column = put_id(page, id);

    for (const char *word = name; word; word = others ? *others++ : NULL) {
        const size_t len = strnlen(word, MAX_NAME_SHOWN), n = n_columns(word, len);
        if (n == 0) {
            continue;
        }
        if (column > 0) {
            output_text(page->out, column + 2 + n > TITLE_WIDTH ? "\n" : "  ");
            column = column + 2 + n > TITLE_WIDTH ? 0 : column + 2;
        }
        page_put_shown(page, word, MAX_NAME_SHOWN);
        column += n;
    }
    output_text(page->out, "\n");
}

void page_put_subtitle(struct page *page, const char *text)
{
    const size_t width = page->width;

    page->width = TITLE_WIDTH;
    put_wrapped(page, 0, 0, text);
    page->width = width;
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
