/*
 * Reads one JSON object at a time and gives its fields by number: simdjson's DOM with C linkage.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* So many bytes behind a text that is parsed must be readable, whatever they are: simdjson loads beyond its
 * end. */
#define JSON_PADDING 128

enum json_type {
    JSON_NULL,
    JSON_BOOL,
    JSON_INTEGER, /* 0 .. 2^64 - 1 */
    JSON_NUMBER,  /* any other */
    JSON_STRING,
    JSON_NO_UNICODE, /* a string with half of a surrogate pair */
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_value {
    enum json_type type;
    size_t len; /* bytes of a string, items of an array */
    union {
        bool boolean;
        uint64_t integer;
        const char *string; /* UTF-8, unescaped, not terminated */
        const struct json_value *items;
    };
};

typedef struct json_reader json_reader;

enum { JSON_MAX_FIELDS = 192 };

/* The most items that the arrays of an object may have together, and the most entries of an object. A line
 * with more is an error, since what is made of them takes many times the bytes of the line. */
enum { JSON_MAX_ITEMS = 65536 };

/* A set of fields by their numbers. */
struct json_fields {
    uint64_t words[JSON_MAX_FIELDS / 64];
};

static inline bool json_fields_have(const struct json_fields *set, unsigned field)
{
    return set->words[field / 64] >> field % 64 & 1;
}

static inline void json_fields_add(struct json_fields *set, unsigned field)
{
    set->words[field / 64] |= UINT64_C(1) << field % 64;
}

/* Takes away all fields that are not in both sets. */
static inline void json_fields_keep(struct json_fields *set, struct json_fields other)
{
    for (unsigned i = 0; i < JSON_MAX_FIELDS / 64; i++) {
        set->words[i] &= other.words[i];
    }
}

/*
 * Makes a reader of objects whose field i is called names[i]. The names are borrowed for the reader's
 * lifetime. NULL: more than JSON_MAX_FIELDS names, or no memory. That there is none for a text, the functions
 * that parse say; the others do what memory_take() does.
 */
json_reader *json_reader_new(const char *const *names, size_t n_names);

/* Zeroes what the reader has read, and frees the reader; NULL is fine. */
void json_reader_free(json_reader *reader);

/*
 * Parses text[0 .. len), behind which JSON_PADDING bytes must be readable, as one object. On success the
 * function returns NULL, and *fields is the set of fields that are there; json_reader_field() has their
 * values until the next call. Otherwise it returns what is wrong with the text, which quotes none of the
 * values and is valid until the next call. If that is a key that occurs twice, *fields has the other fields.
 *
 * The parser is strict: it takes UTF-8 and RFC 8259 to the letter, and no key twice in any object. For a
 * text of more than a megabyte it takes 14 times the length in memory, until a much shorter text comes.
 */
const char *json_reader_parse(json_reader *reader, const char *text, size_t len, struct json_fields *fields);

/* Returns the value of a field that is there, valid until the next parse. */
const struct json_value *json_reader_field(const json_reader *reader, unsigned field);

/* Returns a member of object `index` of a field that is an array, valid until the next call of this function;
 * NULL if there is none of this name, or the item is no object. */
const struct json_value *json_reader_member(
    json_reader *reader, unsigned field, size_t index, const char *name);

/* An entry of an object that is the value of a field; of an object in it, an entry for each of its members.
 */
struct json_entry {
    const char *key,
        *member; /* not terminated; member is NULL where the value stands behind the key itself */
    size_t key_len, member_len;
    struct json_value value;
};

/* Finds the entries of a field, which is an object. They are valid until the next call of this function.
 * Returns false if they are more than JSON_MAX_ITEMS. */
bool json_reader_entries(
    json_reader *reader, unsigned field, const struct json_entry **entries, size_t *n_entries);

/* Returns key `index` of those that are no fields, or NULL behind the last; valid until the next parse. */
const char *json_reader_unknown(const json_reader *reader, size_t index, size_t *len);

/* Returns the value of a field as it stands in the text that was parsed, which must still be there, but
 * without white space around the parts of an object or array. It is valid until the next call of this
 * function. */
const char *json_reader_text(json_reader *reader, unsigned field, size_t *len);

/* What the command needs of a packet that `tshark -T ek -x` prints. Strings are hexadecimal digits unless
 * said otherwise. */
struct json_packet {
    bool is_packet;  /* false: one of the objects that stand between packets */
    uint64_t number; /* of the packet in the capture; 0: tshark did not print it */
    uint64_t len,
        kept_len; /* bytes that the packet had, and those in the capture; 0: tshark did not print them */
    bool has_tls, has_dtls; /* layers of tshark */
    bool has_ssl_names;     /* layer "ssl": a tshark older than 3, which names fields otherwise */
    bool has_quic, has_tcp, has_udp;
    bool has_raw;       /* the bytes of the records are there: tshark ran with -x */
    bool has_stream;    /* the stream is known: tshark ran with -J "tcp tls udp dtls" */
    uint64_t stream;    /* of TCP, or of UDP if has_dtls */
    const char *source; /* address and port of the sender, as one word of text */
    uint64_t source_port, destination_port;
    uint64_t sequence;                /* of TCP: number of the payload's first byte */
    struct json_value payload;        /* of TCP; JSON_NULL if it is not there */
    const struct json_value *records; /* whole records, as on the wire */
    size_t n_records;
    const struct json_value *messages; /* of handshakes, and pieces of them; decrypted where tshark could */
    size_t n_messages;
};

/*
 * Parses text as json_reader_parse() does, but as one of tshark's objects. On success the function returns
 * NULL, and *packet is valid until the next call.
 */
const char *json_reader_packet(json_reader *reader, const char *text, size_t len, struct json_packet *packet);

#ifdef __cplusplus
}
#endif
#endif
