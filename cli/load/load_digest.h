/* A digest of the lines of a file, by which machines find out whether their files have the same contents. */
#ifndef LOAD_DIGEST_H
#define LOAD_DIGEST_H

#include "lanekdf.h"

#include <stddef.h>
#include <stdint.h>

enum { LOAD_DIGEST_MAX_TEXT = 33 };

/* Zeroed where there are no lines yet. */
struct load_digest {
    uint8_t bytes[32]; /* SHA-256 of the bytes before and the last line */
};

void load_digest_add(struct load_digest *digest, const char *line, size_t len);

/* Writes the first half as hexadecimal digits, and returns the text. */
const char *load_digest_text(const struct load_digest *digest, char text[LOAD_DIGEST_MAX_TEXT]);

#endif
