/*
 * One JSON object at a time, its fields by number: simdjson's DOM with C linkage.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Readable bytes that must follow a text that is parsed, whatever they are. */
#define JSON_PADDING 128

enum json_type { JSON_NULL, JSON_BOOL, JSON_INTEGER, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
    enum json_type type;
    size_t len; /* bytes of a string, items of an array */
    union {
        bool boolean;
        uint64_t integer;   /* not negative: a negative number is a JSON_NUMBER */
        const char *string; /* UTF-8, unescaped, not terminated */
        const struct json_value *items;
    };
};

typedef struct json_reader json_reader;

/*
 * Makes a reader of objects whose field i is called names[i]; names and the texts
 * are borrowed for its lifetime. NULL: no memory, or more than 64 names.
 */
json_reader *json_reader_new(const char *const *names, size_t n_names);

/* Zeroes what it has read and frees it; NULL is fine. */
void json_reader_free(json_reader *reader);

/*
 * Parses text[0 .. len), behind which JSON_PADDING bytes must be readable, as one
 * object. On success returns NULL, and *fields is the set of fields that are
 * there, to be had from json_reader_field until the next call. Otherwise returns
 * what is wrong with the text, without quoting from its values, valid until the next
 * call; if that is a key that occurs twice, *fields are the others.
 *
 * Strict: UTF-8 and RFC 8259 to the letter, and no key twice at the top level.
 */
const char *json_reader_parse(json_reader *reader, const char *text, size_t len, uint64_t *fields);

/* The value of a field that is there; borrowed until the next parse. */
const struct json_value *json_reader_field(const json_reader *reader, unsigned field);

/* A field's value as JSON on one line, unless it is a string; borrowed until the next
 * call of this function. */
const char *json_reader_text(json_reader *reader, unsigned field, size_t *len);

/* What matters in a packet that `tshark -T ek -x` prints. */
struct json_packet {
    uint64_t stream;                   /* of TCP */
    const struct json_value *messages; /* of the handshake: strings of hexadecimal digits */
    size_t n_messages;
};

/*
 * Parses text as json_reader_parse does, but as one of tshark's objects. On success returns
 * NULL, and *packet is borrowed until the next call; it has no messages if the object is one
 * of those between the packets.
 */
const char *json_reader_packet(json_reader *reader, const char *text, size_t len, struct json_packet *packet);

#ifdef __cplusplus
}
#endif
#endif
