/*
 * The programs of what nearly every server derives. A whole start-up publishes them (published.h), before
 * anybody's jobs can fill the table, and so that the first connections need not wait for the compiler.
 */
#ifndef ENGINE_COMMON_PROGRAMS_H
#define ENGINE_COMMON_PROGRAMS_H

#include <stdbool.h>

/* Publishes them; `memory` is for the compiler, aligned to 64 bytes. Returns false if a job that this file
 * makes is not a good one, which no caller need care for. */
enum { COMMON_PROGRAMS_BYTES = 32 << 10 };
bool common_programs_publish(void *memory);

#endif
