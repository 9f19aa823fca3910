/*
 * A line of JSON: what is in it, the jobs that make its answers, and the answers.
 *
 * Everything below is for the line that is being added. A function that returns false has made an error of
 * the line, so that whoever called it only has to return false, too.
 */
#ifndef LINE_H
#define LINE_H

#include "arena.h"
#include "fields.h"
#include "json.h"
#include "lanekdf.h"
#include "verdict.h"
#include "waves.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line;
struct export_request;

/* A kind of line. */
struct algorithm {
    const char *name;                /* `alg` */
    bool (*fill)(struct line *line); /* reads the fields, adds jobs and answers */
    unsigned hashes;                 /* HASH_BIT of those that it may have */
    const enum field *inputs;        /* a list: fields that fill reads */
    const enum field *answers;       /* a list: fields of this kind of line that may hold an answer */
    const char *summary;             /* one line, for --help */
    bool is_session;                 /* a recorded session, with its messages */
};

/* A set of hashes. */
#define HASH_BIT(hash) (1u << (hash))

/* Something derived for a line, under the name that the format gives it. */
struct answer {
    enum field field;
    /* Which of several answers that the field holds: an exporter or a secret by its label, a PSK by its
     * nonce.
     */
    struct lanekdf_bytes label;
    bool has_context; /* of an exporter, which with another context is another one */
    struct lanekdf_bytes context;
    const char *member; /* of one of the keys that an entry of traffic_keys has, its name */
    struct lanekdf_bytes derived;
    bool is_recorded;
    struct lanekdf_bytes recorded; /* what the line says it is */
};

/* How the answers of a field stand in the output. */
enum answer_shape {
    ANSWER_ALONE,    /* "field": "..." */
    ANSWER_ARRAY,    /* "psks": ["...", ...] */
    ANSWER_EXPORTS,  /* "exporters": [{"label_text": "...", "context": "...", "out": "..."}, ...] */
    ANSWER_TICKETS,  /* "tickets": [{"nonce": "...", "psk": "..."}, ...] */
    ANSWER_BY_LABEL, /* "secrets": {"LABEL": "...", ...} */
    ANSWER_KEYS      /* "traffic_keys": {"LABEL": {"key": "...", ...}, ...} */
};
enum answer_shape answer_shape(const struct answer *answer);

/* Whether the label can be shown as it is. */
bool answer_has_text_label(const struct answer *answer);

/* Whether what was derived is what the line says. */
bool answer_is_as_recorded(const struct answer *answer);

/* A field that was read, for explain: bytes, or a name, a number or a flag as text. */
struct line_input {
    enum field field;
    struct lanekdf_bytes bytes;
    const char *text; /* NULL: bytes */
};

struct line {
    struct arena *arena; /* memory that lasts as long as the line */
    json_reader *reader; /* has the line's fields while the line is being added */
    struct waves *waves;

    const char *file;
    uint64_t number;
    struct lanekdf_bytes id; /* as JSON: any value; for output_shown() */
    const struct algorithm *algorithm;
    const char *error;   /* NULL: none */
    bool is_refused;     /* the error is that the line asks for what is not supported */
    const char *warning; /* what whoever reads the answers should know; NULL: nothing */

    struct answer *answers;
    size_t n_answers, max_answers;
    bool keeps_inputs;         /* the fields that are read are noted */
    struct line_input *inputs; /* in the order in which they were read */
    size_t n_inputs, max_inputs;
    const char *unchecked; /* an entry of the line for which nothing was derived; NULL: none */

    /* Of a recorded session, for explain: one of the two, or none. */
    const struct session *session;
    const struct tls13_session *tls13_session;

    void (*finish)(struct line *line, const void *context); /* NULL: nothing is left to do after the jobs */
    const void *finish_context;

    const struct export_request *exports; /* n_exports exporters that every session is asked for */
    size_t n_exports;

    enum verdict verdict; /* of a session of a capture: whether its secret belongs to it */
    const char *verdict_reason;
    const char *verdict_remark; /* what cannot be checked beside a secret that fits; "": nothing */

    struct json_fields given;  /* all fields that the line has */
    struct json_fields fields; /* of these, those of its algorithm */
    struct json_fields used;   /* of these, answers that are compared, or that are inputs */
};

/* Reads the line's fields and its id from text, behind which JSON_PADDING bytes must be readable. */
bool line_parse(struct line *line, const char *text, size_t len);

/* Makes this the line's error, unless it has one. Returns false. */
__attribute__((format(printf, 2, 3))) bool line_fail(struct line *line, const char *format, ...);

/* The same of a line that asks for what the command does not serve, and in which nothing need be wrong. */
__attribute__((format(printf, 2, 3))) bool line_refuse(struct line *line, const char *format, ...);

/* Adds a warning: the line is served nevertheless. */
__attribute__((format(printf, 2, 3))) void line_warn(struct line *line, const char *format, ...);

/* A key of the line that may be meant for this field, which is missing, as the end of a message; "" if there
 * is none. */
const char *line_hint(const struct line *line, enum field field);

/* Makes it the line's error that it has neither pms nor master. Returns false. */
bool line_fail_without_secret(struct line *line);

/* Returns a text of the line as a message says it: its beginning in quotes or, if it may be a secret, how
 * many digits it has. */
const char *line_quoted(const struct line *line, const char *text, size_t len);

/* The same of a key or a name that messages have without quotes. */
const char *line_quoted_key(const struct line *line, const char *text, size_t len);

static inline bool line_has(const struct line *line, enum field field)
{
    return json_fields_have(&line->fields, field);
}

/* Whether the line has any, or all, of a list of fields. */
bool line_has_any(const struct line *line, const enum field *fields);
bool line_has_all(const struct line *line, const enum field *fields);

/* Reads a field that must be there: bytes in hexadecimal, of a length in min .. max. */
bool line_bytes(struct line *line, enum field field, size_t min, size_t max, struct lanekdf_bytes *bytes);

/* Reads the length in bytes of a field that must be there, in hexadecimal. */
bool line_bytes_len(struct line *line, enum field field, size_t *len);

/* Reads label or label_text, min to max bytes; where a line has both, they must be the same. */
bool line_label(struct line *line, size_t min, size_t max, struct lanekdf_bytes *label);

/* Make it the line's error, which names the fields, that two of them say the same thing in different ways.
 * They return false then. */
bool line_same_bytes(struct line *line, enum field one, struct lanekdf_bytes bytes, enum field other,
    struct lanekdf_bytes other_bytes);
bool line_same_number(
    struct line *line, enum field one, size_t number, enum field other, size_t other_number);

/* Read a number in 0 .. max, a flag, a string, an array: it must be there, too. */
bool line_number(struct line *line, enum field field, size_t max, size_t *number);
bool line_flag(struct line *line, enum field field, bool *flag);
bool line_string(struct line *line, enum field field, const char **text, size_t *len);
bool line_array(struct line *line, enum field field, const struct json_value **items, size_t *n_items);

/* Reads a string that may be absent, which is the same as "", as text that a NUL ends; none may be inside,
 * because whoever takes the text would take what stands before it for all. */
bool line_text(struct line *line, enum field field, const char **text);

/* Reads an object that must be there: its entries, and of an object in it, an entry for each member. */
bool line_object(struct line *line, enum field field, const struct json_entry **entries, size_t *n_entries);

/* Reads an array of at most max_items items, each of them min to max bytes in hexadecimal. */
bool line_bytes_array(struct line *line, enum field field, size_t min, size_t max, size_t max_items,
    struct lanekdf_bytes **array, size_t *n);

/* Reads the value of an entry of an object, bytes in hexadecimal. */
bool line_entry_bytes(
    struct line *line, enum field field, const struct json_entry *entry, struct lanekdf_bytes *bytes);

/* Reads one item of an array of bytes in hexadecimal, as line_bytes does. */
bool line_item_bytes(struct line *line, enum field field, size_t index, const struct json_value *item,
    struct lanekdf_bytes *bytes);

/* Reads the hash, which must be one that the line's algorithm may have. A line whose algorithm has a single
 * hash need not name it. */
bool line_hash(struct line *line, uint32_t *hash);

/* Reads the hash, which must be of the set `hashes`. A line that names none has natural_hash, unless that is
 * 0. */
bool line_hash_of(struct line *line, unsigned hashes, uint32_t natural_hash, uint32_t *hash);

/* The same of a line where another field, the sayer, says the hash, unless said_hash is 0: a line that names
 * the hash as well must name this one. */
bool line_hash_said(struct line *line, unsigned hashes, enum field sayer, uint32_t said_hash, uint32_t *hash);

/* Reads a hash from a field of another name in the same way. */
bool line_hash_field(
    struct line *line, enum field field, unsigned hashes, uint32_t natural_hash, uint32_t *hash);

/* Reads cipher_suite, an id or a name: *suite is NULL where the line names none. A suite that is unknown is
 * an error of lines that do not give the lengths of the keys themselves. */
bool line_suite(struct line *line, const struct lanekdf_suite **suite);

/* Reads cipher_suite_name, which may be absent. Where that is the name of a suite, it is *suite, which
 * line_suite() has read, or *suite becomes that one if the line has no cipher_suite. */
bool line_suite_name(struct line *line, const struct lanekdf_suite **suite, const char **name);

/* Reads side, which must be there: client or server. */
bool line_side(struct line *line, enum lanekdf_role *role);

/* Memory that lasts as long as the line. */
uint8_t *line_memory(const struct line *line, size_t n);
char *line_text_copy(const struct line *line, const char *text, size_t n);

/* A zeroed job of this size and kind, which will run in this wave. */
void *line_job(struct line *line, unsigned wave, enum lanekdf_kind kind, size_t size);

/* Reads a length of 0 .. max from a list of fields, or takes that of the answer in the line: those that are
 * there must agree. A line that has none of them leaves it as it is. */
bool line_len(struct line *line, enum field answer, const enum field *fields, size_t max, size_t *len);

/* Finds the length of an output, which the answer in the line, `length` and `out_len` say; where none of them
 * is there, it is natural_len unless that is 0. */
bool line_out_len(struct line *line, enum field answer, size_t natural_len, size_t max, size_t *len);

/* Adds an answer of len bytes, which a job writes to derived. If the line has the field, its value is read
 * for comparison. */
bool line_answer(struct line *line, enum field field, const uint8_t *derived, size_t len);

/* Adds one of several answers of a field. Those of one field stand together. */
void line_answer_one(struct line *line, struct answer answer);

/* Says what is to be done when the line's jobs have run, if none failed: to make answers that no job makes.
 */
void line_finish(
    struct line *line, void (*finish)(struct line *line, const void *context), const void *context);

/* An input that the output repeats, and that is therefore compared with nothing. */
void line_repeat(struct line *line, enum field field, const uint8_t *input, size_t len);

/* Whether all answers that the line has are what was derived. */
bool line_is_as_recorded(const struct line *line);

/* Says that nothing was derived for one entry of a field that holds several answers: verify fails the line.
 */
void line_leave_unchecked(struct line *line, enum field field, const char *entry, size_t len);

/* Says that this field, which may hold an answer, is an input of this line, which nothing is compared with.
 */
static inline void line_use(struct line *line, enum field field)
{
    json_fields_add(&line->used, field);
}

#endif
