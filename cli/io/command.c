#include "command.h"
#include "lanekdf.h"
#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A message may quote the input, whose control characters are escaped. Where memory lacks for that, the
 * format alone has to do. */
__attribute__((format(printf, 1, 0))) static void print_message(const char *format, va_list arguments)
{
    char *text = NULL, *shown = NULL;
    const int len = vasprintf(&text, format, arguments);

    fflush(stdout); /* so that a message stands behind the output that it is about */
    fputs("lanekdf: ", stderr);
    if (len >= 0 && (shown = malloc(6 * (size_t)len + 1))) {
        fwrite(shown, 1, output_shown_escape(shown, text, (size_t)len), stderr);
    } else {
        fputs(format, stderr);
    }
    fputc('\n', stderr);
    free(shown);
    if (len >= 0) {
        free(text);
    }
}

void command_message(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
}

void command_die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
    exit(COMMAND_ERROR);
}

bool command_start(const char *kernel)
{
    /* Recordings are of any age, so every version that the library serves is allowed. */
    struct lanekdf_options library = {
        .size = sizeof(library), .kernel = kernel, .legacy = LANEKDF_LEGACY_ALL};
    const char *wanted = kernel ? kernel : getenv("LANEKDF_KERNEL");
    int status = lanekdf_start(&library);

    if (status == LANEKDF_ERROR_KERNEL && wanted) {
        command_message("kernel \"%s\" is unknown or unusable on this machine (see lanekdf info)", wanted);
    } else if (status != LANEKDF_OK) {
        command_message("cannot start: %s", lanekdf_status_text(status));
    }
    return status == LANEKDF_OK;
}
