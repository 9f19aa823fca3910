#include "message_reader.h"

struct lanekdf_bytes message_read_bytes(struct message_reader *reader, size_t n)
{
    struct lanekdf_bytes bytes = {reader->at, n};

    if (n > reader->left) {
        reader->is_broken = true;
        reader->left = 0;
        return (struct lanekdf_bytes){0};
    }
    reader->at += n;
    reader->left -= n;
    return bytes;
}

unsigned message_read_number(struct message_reader *reader, size_t n)
{
    struct lanekdf_bytes bytes = message_read_bytes(reader, n);
    unsigned number = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        number = number << 8 | bytes.data[i];
    }
    return number;
}

struct lanekdf_bytes message_read_vector(struct message_reader *reader, size_t len_len)
{
    size_t len = message_read_number(reader, len_len);

    return message_read_bytes(reader, len);
}

bool message_read_extension(struct message_reader *reader, unsigned *type, struct lanekdf_bytes *body)
{
    if (reader->is_broken || reader->left < 4) {
        return false;
    }
    *type = message_read_number(reader, 2);
    *body = message_read_vector(reader, 2);
    return !reader->is_broken;
}

bool message_find_extension(struct message_reader reader, unsigned wanted, struct lanekdf_bytes *body)
{
    unsigned type;

    message_read_number(&reader, 2); /* the length of all extensions */
    while (message_read_extension(&reader, &type, body)) {
        if (type == wanted) {
            return true;
        }
    }
    return false;
}

bool message_ends_with_extensions(struct message_reader reader)
{
    struct lanekdf_bytes body;
    unsigned type;

    if (reader.left > 0 && message_read_number(&reader, 2) != reader.left) {
        return false;
    }
    while (message_read_extension(&reader, &type, &body)) {
    }
    return !reader.is_broken && reader.left == 0;
}
