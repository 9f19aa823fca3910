/* The report of lanekdf load: a page with pictures, which a script in Python makes of the file of results. */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include <stdbool.h>

enum { LOAD_REPORT_MAX_NAME = 4096 };

/* The names of the file of results and of the page in the folder of a report. They return false if it is too
 * long, which was said. */
bool load_report_results(const char *folder, char results[LOAD_REPORT_MAX_NAME]);
bool load_report_page(const char *folder, char page[LOAD_REPORT_MAX_NAME]);

/* Whether the file of results can be read when it is written: it is a regular one, or not there yet. If not,
 * that was said. */
bool load_report_can_read(const char *command, const char *results);

/* Makes the folder, and sees to it ahead of the run that there will be a report. Returns false if there
 * cannot be one, which was said; what only the pictures lack is said, too. */
bool load_report_begin(const char *folder);

/* Writes the report of a file of results. Returns false if that failed, which was said. */
bool load_report_write(const char *folder, const char *results);

#endif
