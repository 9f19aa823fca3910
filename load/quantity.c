#include "quantity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct unit {
    const char *name;
    double ns;
} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
enum { N_UNITS = sizeof(units) / sizeof(*units) };

/* strtod() would also take signs, spaces, hexadecimal digits and the names of what is no number. */
bool quantity_number(const char *text, size_t len, double *number)
{
    enum { MOST = 63 };
    char copy[MOST + 1], *end;
    if (len == 0 || len > MOST || text[0] < '0' || text[0] > '9') {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (copy[strspn(copy, "0123456789.eE+-")] != '\0') {
        return false;
    }
    *number = strtod(copy, &end);
    return *end == '\0' && *number <= 1e18;
}

bool quantity_time(const char *text, size_t len, double *ns)
{
    const double day = 86400e9;
    for (size_t i = 0; i < N_UNITS; i++) {
        const size_t unit_len = strlen(units[i].name);
        if (len > unit_len && memcmp(text + len - unit_len, units[i].name, unit_len) == 0 &&
            quantity_number(text, len - unit_len, ns)) {
            *ns *= units[i].ns;
            return *ns <= day;
        }
    }
    return false;
}

bool quantity_count(const char *text, size_t len, uint64_t least, uint64_t most, uint64_t *count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || value > (UINT64_MAX - 9) / 10) {
            return false;
        }
        value = 10 * value + (uint64_t)(text[i] - '0');
    }
    *count = value;
    return len > 0 && value >= least && value <= most;
}

const char *quantity_time_text(char text[QUANTITY_MAX_TEXT], double ns)
{
    size_t unit = 0;
    while (unit + 1 < N_UNITS && ns >= 0.9995 * units[unit + 1].ns) {
        unit++;
    }
    const double value = ns / units[unit].ns;
    const int n_decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(text, QUANTITY_MAX_TEXT, "%.*f%s", n_decimals, value, units[unit].name);
    return text;
}

const char *quantity_rate_text(char text[QUANTITY_MAX_TEXT], double per_second)
{
    snprintf(text, QUANTITY_MAX_TEXT, per_second < 99.95 ? "%.3g" : "%.0f", per_second);
    return text;
}
