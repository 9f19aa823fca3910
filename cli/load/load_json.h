/* Results for programs, as JSON Lines: lanekdf-load(1) has the fields. */
#ifndef LOAD_JSON_H
#define LOAD_JSON_H

#include "load_options.h"

/* The version of the fields: another one for each change that a reader could take for something else. */
enum { LOAD_JSON_SCHEMA = 1 };

struct load_json;

/* Creates the file, or one in memory where name is NULL, and writes the line of the run. words[] are those of
 * the command line. Returns NULL if that fails, which was said. */
struct load_json *load_json_open(const char *name, const struct load_settings *settings, double own_ns,
    char *const *words, size_t n_words);

/* The same for results that were added: the first line is a "merged" one, whose members the caller puts
 * behind it, up to load_json_end_merged(). */
struct load_json *load_json_open_merged(const char *name);
struct output *load_json_output(struct load_json *json);
void load_json_end_merged(struct load_json *json);

/* What the line of a point has beside its tally. Rates that are NAN are left out. */
struct load_json_row {
    const char *engine, *kind;
    double load, offered, rate;
    double begin, end; /* seconds since 1970 */
};
void load_json_merged_point(
    struct load_json *json, const struct load_json_row *row, const struct tally *tally);

/* What the line of a search has that was added. Objectives are given as they stand in a line. */
struct load_json_search_row {
    const char *engine, *objectives;
    double least_ns;
    bool has_passed;
    uint64_t n_verified, n_wrong;
};
void load_json_merged_search(struct load_json *json, const struct load_json_search_row *row);

/* Writes a line for a point; its kind is "rate", or "passed" or "failed" for those of a search. */
void load_json_point(struct load_json *json, const struct load_point *point, const char *kind);

/* Writes a line for a search, and one for each of the two points that it found. */
void load_json_search(
    struct load_json *json, const struct load_request *request, const struct search *search);

/* Writes the last line, with how many outputs were compared behind the run, and how many were wrong. */
void load_json_end(struct load_json *json, uint64_t n_verified, uint64_t n_wrong);

/* Returns a copy of all that was written, *len bytes and `padding` more that are zero, or NULL if that fails,
 * which was said. The caller gives it back to memory.h. */
char *load_json_text(struct load_json *json, size_t padding, size_t *len);

/* Returns false if the file could not be written, which was said. */
bool load_json_close(struct load_json *json);

#endif
