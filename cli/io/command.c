#include "command.h"
#include "lanekdf.h"
#include "memory.h"
#include "output.h"
#include "quoted_word.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *message_name = "lanekdf";

void command_name(const char *name)
{
    message_name = name;
}

/* A message may quote the input, whose control characters are escaped. A long one, as with the path of a file
 * in it, takes memory; without that its end is missing. */
__attribute__((format(printf, 1, 0))) static void print_message(const char *format, va_list arguments)
{
    enum { SHORT_LEN = 512 };
    char short_text[SHORT_LEN + 1], short_shown[6 * SHORT_LEN], *long_text = NULL, *long_shown = NULL;
    bool is_long;
    va_list again;
    size_t len;

    va_copy(again, arguments);
    len = (size_t)vsnprintf(short_text, sizeof(short_text), format, arguments);
    if (len > SHORT_LEN) {
        long_text = memory_try(len + 1);
        long_shown = memory_try(6 * len);
    }
    is_long = long_text && long_shown;
    if (is_long) {
        vsnprintf(long_text, len + 1, format, again);
    } else if (len > SHORT_LEN) {
        len = SHORT_LEN;
    }
    va_end(again);
    len = output_shown_escape(is_long ? long_shown : short_shown, is_long ? long_text : short_text, len);
    fflush(stdout); /* so that a message stands behind the output that it is about */
    fprintf(stderr, "%s: ", message_name);
    fwrite(is_long ? long_shown : short_shown, 1, len, stderr);
    fputc('\n', stderr);
    memory_give_back(long_text);
    memory_give_back(long_shown);
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

    output_rescue();
    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
    memory_wipe();
    exit(COMMAND_ERROR);
}

/* Says why no kernel can be had by this name, which `from` gave. */
static void say_why_no_kernel(const char *from, const char *name)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    char names[1024] = "", room[QUOTED_WORD_ROOM];
    size_t len = 0, name_len = strlen(name);
    const char *quoted;

    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (strcmp(kernel.name, name) == 0) {
            command_message("%s: kernel \"%s\" cannot be used: %s%s", from, name,
                kernel.state == LANEKDF_KERNEL_FAULTY ? "it failed its known-answer test" : "this CPU lacks ",
                kernel.state == LANEKDF_KERNEL_FAULTY ? "" : kernel.missing);
            return;
        }
        if (len < sizeof(names)) {
            len +=
                (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", len > 0 ? ", " : "", kernel.name);
        }
    }
    quoted = quoted_word(room, name, &name_len);
    command_message("%s: kernel \"%.*s\" is unknown; there are %s", from, (int)name_len, quoted, names);
}

static bool take_one_in(uint32_t *one_in, const char *text)
{
    char *end, room[QUOTED_WORD_ROOM];
    const unsigned long long number = strtoull(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number == 0 || number > UINT32_MAX) {
        command_message("--verify-one-in %s: not a number from 1 to %lu", quoted_text(room, text),
            (unsigned long)UINT32_MAX);
        return false;
    }
    *one_in = (uint32_t)number;
    return true;
}

static void say_kernel_is_wrong(void *user, const struct lanekdf_fault *fault)
{
    (void)user;
    command_message("kernel \"%s\" gave wrong bytes: what it derived was derived again, and it is not used "
                    "any more",
        fault->kernel);
}

bool command_start(const char *kernel, const char *verify_one_in)
{
    /* Recordings are of any age, so every version that the library serves is allowed. */
    struct lanekdf_options library = {
        .size = sizeof(library), .kernel = kernel, .legacy = LANEKDF_LEGACY_ALL};
    const char *wanted = kernel ? kernel : getenv(COMMAND_KERNEL_VARIABLE);

    if (verify_one_in && !take_one_in(&library.verify_one_in, verify_one_in)) {
        return false;
    }
    library.on_fault = verify_one_in ? say_kernel_is_wrong : NULL;
    int status = lanekdf_start(&library);

    if (status == LANEKDF_ERROR_KERNEL && wanted) {
        say_why_no_kernel(kernel ? "--kernel" : COMMAND_KERNEL_VARIABLE, wanted);
    } else if (status != LANEKDF_OK) {
        command_message("cannot start: %s", lanekdf_status_text(status));
    }
    return status == LANEKDF_OK;
}
