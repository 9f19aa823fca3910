/* The report of lanekdf load: a page with pictures, which a script in Python makes of the file of results. */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include <stdbool.h>

/* Makes the folder, and sees to it ahead of the run that there will be a report. Returns false if there
 * cannot be one, which was said; what only the pictures lack is said, too. */
bool load_report_begin(const char *folder);

/* Writes the report of a file of results. Returns false if that failed, which was said. */
bool load_report_write(const char *folder, const char *results);

#endif
