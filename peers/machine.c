#include "machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

enum { MAX_TEXT = 256 };

/* Copies the value of a line "name : value" of /proc/cpuinfo, if it has this name. */
static void take_value(char value[MAX_TEXT], const char *line, const char *name)
{
    const size_t len = strlen(name);
    if (strncmp(line, name, len) == 0) {
        const char *colon = line + len + strspn(line + len, " \t");
        if (*colon == ':') {
            colon += 1 + strspn(colon + 1, " ");
            snprintf(value, MAX_TEXT, "%.*s", (int)strcspn(colon, "\n"), colon);
        }
    }
}

const char *machine_cpu(void)
{
    static char text[4 * MAX_TEXT];
    char line[4 * MAX_TEXT], model[MAX_TEXT] = "unknown CPU", family[MAX_TEXT] = "", number[MAX_TEXT] = "";
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file) {
        return "unknown CPU";
    }
    /* An empty line ends those of the first CPU. */
    while (fgets(line, sizeof(line), file) && line[0] != '\n') {
        take_value(model, line, "model name");
        take_value(family, line, "cpu family");
        take_value(number, line, "model");
    }
    fclose(file);
    if (family[0] == '\0') {
        snprintf(text, sizeof(text), "%s", model);
    } else {
        snprintf(text, sizeof(text), "%s (family %s, model %s)", model, family, number);
    }
    return text;
}

const char *machine_system(void)
{
    static struct utsname name;
    static char text[sizeof(name.sysname) + sizeof(name.release)];
    if (uname(&name) != 0) {
        return "unknown";
    }
    snprintf(text, sizeof(text), "%s %s", name.sysname, name.release);
    return text;
}
