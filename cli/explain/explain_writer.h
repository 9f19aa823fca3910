/*
 * Members of the JSON objects that explain prints. `before` stands before the name of each: "{" or ",".
 */
#ifndef EXPLAIN_WRITER_H
#define EXPLAIN_WRITER_H

#include "lanekdf.h"
#include "output.h"
#include "story.h"

#include <stdbool.h>

struct writer {
    struct output *out;
    bool shows_secrets; /* whole, not their first bytes */
};

void writer_name(struct output *out, const char *before, const char *name);
void writer_string(struct output *out, const char *before, const char *name, const char *value);
void writer_number(struct output *out, const char *before, const char *name, size_t value);
void writer_flag(struct output *out, const char *before, const char *name, bool value);

/* Puts the length of a value and "value", or of a secret only "value_start". */
void writer_value(struct writer *writer, const uint8_t *value, size_t len, bool is_secret);

/* Puts "as_recorded", if there was something to compare with. */
void writer_check(struct output *out, enum check check);

/* Puts the names of handshake messages. */
void writer_messages(struct output *out, const struct lanekdf_bytes *messages, size_t n);

#endif
