/* Times, rates and counts as people write them. All functions read a text of `len` bytes whole, and return
 * false if it is anything else. */
#ifndef QUANTITY_H
#define QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time with its unit, ns, us, ms or s: "5us", "1.5ms". At most a day, and 0 or more. */
bool quantity_time(const char *text, size_t len, double *ns);

/* A number as it stands: not negative, not infinite, without sign, space or hexadecimal digits. */
bool quantity_number(const char *text, size_t len, double *number);

/* A whole number from least to most. */
bool quantity_count(const char *text, size_t len, uint64_t least, uint64_t most, uint64_t *count);

/* Writes a time with three digits that count and its unit. Returns text. */
enum { QUANTITY_MAX_TEXT = 32 };
const char *quantity_time_text(char text[QUANTITY_MAX_TEXT], double ns);

/* The same of handshakes per second: from 100 on they are whole ones, with all their digits. */
const char *quantity_rate_text(char text[QUANTITY_MAX_TEXT], double per_second);

#endif
