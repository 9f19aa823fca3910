/*
 * Text for people, laid out within a number of columns.
 */
#ifndef PAGE_H
#define PAGE_H

#include "lanekdf.h"
#include "output.h"

#include <stdbool.h>

struct page {
    struct output *out;
    size_t width;       /* columns */
    bool shows_secrets; /* whole, not their first bytes */
    bool is_bold;       /* headings are */
};

/* The column at which the text of an entry begins. */
enum { PAGE_LABEL_WIDTH = 15 };

/* Puts "  label         text, wrapped". A tab in the text becomes a space at which no line is broken. */
void page_put_entry(struct page *page, const char *label, const char *text);

/* Puts the first bytes, at most max, of a text from the input. */
void page_put_shown(struct page *page, const char *text, size_t max);

/*
 * Puts what a story is about within 80 columns, whatever the width of the page: the id of a line, which is
 * JSON (empty: none), and the words behind it, on one line if there is room for all. Of names from the input
 * at most MAX_NAME_SHOWN bytes are shown.
 */
enum { MAX_NAME_SHOWN = 64 };
void page_put_title(struct page *page, struct lanekdf_bytes id, const char *name, const char *const *others);

/* Puts text on lines of its own, wrapped within 80 columns. */
void page_put_subtitle(struct page *page, const char *text);

/* Puts text on lines of its own, wrapped. */
void page_put_note(struct page *page, const char *text);

/* "SHA-256": the name of a hash as a text for people has it. */
const char *page_hash_title(uint32_t hash);

/* Puts an empty line and the heading, behind which more may follow on the same line. */
void page_put_heading(struct page *page, const char *text);

/* Puts all bytes of a value in rows, of which all but the first begin at the column `indent`. */
void page_put_value(struct page *page, const uint8_t *value, size_t len, size_t indent);

/* Puts behind a heading the length of a secret, its first bytes and the remark, or with --secrets the whole
 * secret on the next line. The value may be NULL: then there is none to show. */
void page_put_secret(struct page *page, const uint8_t *value, size_t len, const char *remark);

#endif
