/* Names of files and folders that a test makes for a while. */
#ifndef TEMPORARY_H
#define TEMPORARY_H

#include <stdio.h>
#include <stdlib.h>

#include "must.h"

/* Writes a template for mkstemp() or mkdtemp() to path, which has room for size bytes: in the folder TMPDIR
 * where there is such a variable, else in /tmp. */
static inline void temporary_template(char *path, size_t size, const char *name)
{
    const char *folder = getenv("TMPDIR");
    const int len = snprintf(path, size, "%s/%s-XXXXXX", folder && *folder ? folder : "/tmp", name);

    must(len > 0 && (size_t)len < size, "room for the name of the folder for temporary files");
}

#endif
