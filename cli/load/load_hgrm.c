#include "load_hgrm.h"

#include "command.h"
#include "memory.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Two results of an engine may have one rate: that of a search, and one that was asked for. Adds a number
 * behind the name of the later one, so that no file is written twice. Returns false if there is no room. */
static bool make_unique(char *name, size_t size)
{
    static char **written; /* in the life of the program */
    static size_t n;
    const size_t len = strlen(name);
    bool has_room = true;
    for (size_t i = 0, number = 2; i < n && has_room; i++) {
        if (strcmp(written[i], name) == 0) {
            has_room = snprintf(name + len, size - len, ".%zu", number++) < (int)(size - len);
        }
    }
    if (has_room) {
        written =
            written ? memory_resize(written, (n + 1) * sizeof(*written)) : memory_take(sizeof(*written));
        written[n++] = memory_copy_text(name);
    }
    return has_room;
}

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
    const bool has_name = len < (int)sizeof(whole) && (is_only_one || make_unique(whole, sizeof(whole)));
    FILE *file = has_name ? fopen(whole, "w") : NULL;
    bool is_written = file && histogram_write_percentiles(latency, file);
    is_written = file && fclose(file) == 0 && is_written;
    if (!is_written) {
        command_message("load: --hgrm %s: %s", whole, strerror(errno));
    }
    return is_written;
}
