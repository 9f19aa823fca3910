#include "load_hgrm.h"

#include "command.h"

#include <errno.h>
#include <math.h>

bool load_hgrm_write(const char *name, const char *engine, double per_second, const struct histogram *latency,
    bool is_only_one)
{
    char whole[4096];
    const int n_decimals = per_second == floor(per_second) ? 0 : 3;
    const int len = is_only_one
                        ? snprintf(whole, sizeof(whole), "%s", name)
                        : snprintf(whole, sizeof(whole), "%s.%s.%.*f", name, engine, n_decimals, per_second);
    for (char *c = whole + strlen(name); !is_only_one && len < (int)sizeof(whole) && *c != '\0'; c++) {
        *c = *c == '/' ? '_' : *c;
    }
    errno = ENAMETOOLONG; /* unless fopen() is called and fails for another reason */
    FILE *file = len < (int)sizeof(whole) ? fopen(whole, "w") : NULL;
    bool is_written = file && histogram_write_percentiles(latency, file);
    is_written = file && fclose(file) == 0 && is_written;
    if (!is_written) {
        command_message("load: --hgrm %s: %s", whole, strerror(errno));
    }
    return is_written;
}
