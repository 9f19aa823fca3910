/*
 * Lines on their way through the engine: many are read, derived together, and forgotten.
 */
#ifndef WORK_H
#define WORK_H

#include "arena.h"
#include "json.h"
#include "line.h"
#include "waves.h"

struct work {
    struct arena arena;
    json_reader *reader;
    lanekdf_context *context;
    struct line *lines;
    size_t n_lines, max_lines;
    struct waves waves;
    const struct export_request *exports; /* that every session is asked for; set after work_open() */
    size_t n_exports;
    bool keeps_inputs; /* lines note the fields that they read, for explain; set after work_open() */
};

/* Makes a place for max_lines lines. On failure the function prints why and returns false. */
bool work_open(struct work *work, size_t max_lines);

/* Zeroes and frees everything. */
void work_close(struct work *work);

/* Whether there is no room for another line: then work_derive and work_reset come first. */
bool work_is_full(const struct work *work);

/*
 * Adds a line: reads it, and adds its jobs. What is wrong with the line becomes its error, also that there is
 * no memory for it. The text, behind
 * which JSON_PADDING bytes must be readable, is not needed afterwards. Work that is full takes no line: to
 * add one is a mistake that ends the command.
 */
void work_add(struct work *work, const char *file, uint64_t number, const char *text, size_t len);

/* Notes what is known of the secret of the line that was added last. One that does not fit is an error. The
 * reason and the remark, which the line copies, may be "". */
void work_judge(struct work *work, enum verdict verdict, const char *reason, const char *remark);

/* Adds a line that could not even be read, and says why. */
void work_add_failed(struct work *work, const char *file, uint64_t number, const char *error);

/* Runs all jobs. A line of which a job failed has an error then. */
void work_derive(struct work *work);

/* Forgets all lines. */
void work_reset(struct work *work);

#endif
