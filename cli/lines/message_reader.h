/*
 * Reads the body of a handshake message: numbers, vectors and extensions (RFC 5246 section 4.3, RFC 8446
 * section 3.4).
 */
#ifndef MESSAGE_READER_H
#define MESSAGE_READER_H

#include "lanekdf.h"

#include <stdbool.h>

/* The bytes of a message that are not read yet. A read beyond their end gives nothing, and makes the reader
 * broken. */
struct message_reader {
    const uint8_t *at;
    size_t left;
    bool is_broken;
};

struct lanekdf_bytes message_read_bytes(struct message_reader *reader, size_t n);

/* Reads a number of n bytes. */
unsigned message_read_number(struct message_reader *reader, size_t n);

/* Reads a vector, which is its length, of len_len bytes, and then its bytes. */
struct lanekdf_bytes message_read_vector(struct message_reader *reader, size_t len_len);

/* Reads the next extension; false if there is none. */
bool message_read_extension(struct message_reader *reader, unsigned *type, struct lanekdf_bytes *body);

/* Finds an extension in the rest of a hello, behind its compression, and its body. Of several with this type
 * it is the first. */
bool message_find_extension(struct message_reader reader, unsigned wanted, struct lanekdf_bytes *body);

/* Whether the rest of a hello, behind its compression, is extensions and nothing else, or nothing. */
bool message_ends_with_extensions(struct message_reader reader);

#endif
