/* Tests that run once per kernel: `test sha256_avx2`, or `test default`. */
#ifndef KERNEL_ARGUMENT_H
#define KERNEL_ARGUMENT_H

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_SKIPPED = 77 };

struct kernel_argument {
    const char *name;   /* NULL: default */
    const char *family; /* of the hashes that it serves; NULL: all, by default */
    size_t lanes;       /* jobs in lockstep; the widest of all for default */
    size_t width;       /* vector_width, likewise */
};

/* Starts up with the kernel that argv[1] names and all that is old allowed. If this CPU lacks what it needs,
 * says so and exits with EXIT_SKIPPED; anything else that goes wrong is a failure. */
struct kernel_argument kernel_argument(int argc, char **argv);

/* What AddressSanitizer changes (stack frames, speed) some tests must know. */
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN true
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN false
#endif

#endif
