/*
 * The program lanekdf. What a process owes to its secrets is done here, before the command line is read.
 */
#include "options.h"

#include <sys/resource.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#if defined(__has_feature)
#define HAS_SANITIZER __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#else
#define HAS_SANITIZER 0
#endif

/* Secrets pass through this process, so it leaves no core dump and lets no debugger of the same user in. */
static void keep_memory_private(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__) && !HAS_SANITIZER /* the leak check of a sanitizer is a debugger of the same user */
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

int main(int argc, char **argv)
{
    keep_memory_private();
    return command_line_run(argc, argv);
}
