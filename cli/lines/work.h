/*
 * Lines on their way through the engine: what they are made of, and the jobs that
 * make their answers, collected over many lines and derived together.
 *
 * Jobs run in waves: a job may read what jobs of earlier waves of the same line
 * write, simply by pointing to it.
 */
#ifndef WORK_H
#define WORK_H

#include "arena.h"
#include "fields.h"
#include "json.h"
#include "lanekdf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { N_WAVES = 4 };

/* Something derived for a line, under the name that the format gives it. */
struct answer {
    enum field field;
    struct lanekdf_bytes derived;
    bool is_recorded;
    struct lanekdf_bytes recorded; /* what the line says it is */
};

struct line {
    struct work *work;
    const char *file;
    uint64_t number;
    struct lanekdf_bytes id; /* as JSON: any value */
    const struct algorithm *algorithm;
    const char *error; /* NULL: none */

    struct answer *answers;
    size_t n_answers;
    const struct session *session; /* of a recorded session, for explain */

    uint64_t fields;  /* that are there */
    uint64_t settled; /* of these, answers that are compared, or that are inputs */
};

struct work {
    struct arena arena;
    json_reader *reader;
    lanekdf_context *context;
    struct line *lines;
    size_t n_lines, max_lines;
    struct wave {
        struct lanekdf_job **jobs;
        size_t n_jobs, capacity;
    } waves[N_WAVES];
};

/* Makes a place for max_lines lines; on failure prints why. */
bool work_open(struct work *work, size_t max_lines);

/* Zeroes and frees everything. */
void work_close(struct work *work);

/* No room for another line: derive and reset first. */
bool work_is_full(const struct work *work);

/*
 * Adds a line: reads it, and adds its jobs. What is wrong with it is its error.
 * The text (readable as input.h says) is not needed afterwards.
 */
struct line *work_add(struct work *work, const char *file, uint64_t number, const char *text, size_t len);

/* Adds a line that has failed before it could be read. */
struct line *work_add_failed(struct work *work, const char *file, uint64_t number, const char *error);

/* Runs all jobs. A line of which a job failed has an error then. */
void work_derive(struct work *work);

/* Forgets all lines. */
void work_reset(struct work *work);

/*
 * For algorithms, which fill lines: everything below is for the line that is being
 * added. What returns false has made an error of the line.
 */

/* The line's error, unless it has one. Returns false. */
__attribute__((format(printf, 2, 3))) bool line_fail(struct line *line, const char *format, ...);

static inline bool line_has(const struct line *line, enum field field)
{
    return line->fields >> field & 1;
}

/* Any of a set of fields. */
static inline bool line_has_any(const struct line *line, uint64_t fields)
{
    return (line->fields & fields) != 0;
}

/* A field that must be there: bytes in hexadecimal, of a length in min .. max. */
bool line_bytes(struct line *line, enum field field, size_t min, size_t max, struct lanekdf_bytes *bytes);

/* A number in 0 .. max, a flag, a string, an array: must be there, too. */
bool line_number(struct line *line, enum field field, size_t max, size_t *number);
bool line_flag(struct line *line, enum field field, bool *flag);
bool line_string(struct line *line, enum field field, const char **text, size_t *len);
bool line_array(struct line *line, enum field field, const struct json_value **items, size_t *n_items);

/* One item of an array of bytes in hexadecimal, as line_bytes. */
bool line_item_bytes(struct line *line, enum field field, size_t index, const struct json_value *item,
    struct lanekdf_bytes *bytes);

/* The hash: what the engine calls it. It must be one that the line's kind has; where
 * that is a single one, the line need not name it. */
bool line_hash(struct line *line, uint32_t *hash);

/* The same with a set of hashes (HASH_BIT) that may be. Where the line names none, it
 * is natural_hash, unless that is 0. */
#define HASH_BIT(hash) (1u << (hash))
bool line_hash_of(struct line *line, unsigned hashes, uint32_t natural_hash, uint32_t *hash);

/* cipher_suite, by id or name: NULL where the line names none. An unknown one is an error
 * of lines that do not give the lengths themselves. */
bool line_suite(struct line *line, const struct lanekdf_suite **suite);

/* Bytes of a digest. */
size_t hash_len(uint32_t hash);

/* "SHA-256"; of LANEKDF_MD5_SHA1 "MD5+SHA-1". */
const char *hash_name(uint32_t hash);

/* Memory that lasts as long as the line. */
uint8_t *line_memory(const struct line *line, size_t n);
char *line_text_copy(const struct line *line, const char *text, size_t n);

/* A zeroed job, to run in a wave. */
void *line_job(struct line *line, unsigned wave, enum lanekdf_kind kind, size_t size);

/*
 * The length of an output: that of the answer in the line, else `out_len`, else
 * natural_len unless that is 0.
 */
bool line_out_len(struct line *line, enum field answer, size_t natural_len, size_t max, size_t *len);

/*
 * An answer of len bytes, which a job writes to derived. If the line has the field,
 * its value is read for comparison. A line has at most LINE_MAX_ANSWERS.
 */
enum { LINE_MAX_ANSWERS = 16 };
bool line_answer(struct line *line, enum field field, const uint8_t *derived, size_t len);

/* This field, which may hold an answer, is an input of this line. */
static inline void line_settle(struct line *line, enum field field)
{
    line->settled |= FIELD_BIT(field);
}

#endif
