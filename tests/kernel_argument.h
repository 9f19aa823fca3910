/* The argument of tests that run once for each kernel: `engine sha256_avx2`, or `engine default`; with
 * `engine verified` every job is derived a second time (verify_one_in). */
#ifndef KERNEL_ARGUMENT_H
#define KERNEL_ARGUMENT_H

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_SKIPPED = 77 };

struct kernel_argument {
    const char *name;   /* NULL: default */
    const char *family; /* of the hashes that it serves; NULL: default serves all */
    size_t lanes;       /* jobs in lockstep; of default: the most that any kernel has */
    size_t width;       /* bits of its vectors; of default: the most that any kernel has */
    bool is_verified;
};

/* Starts up with the kernel that argv[1] names, and with everything allowed that is old. Where this CPU lacks
 * what the kernel needs, the test says so and exits with EXIT_SKIPPED; anything else that goes wrong is a
 * failure. */
struct kernel_argument kernel_argument(int argc, char **argv);

/* AddressSanitizer makes stack frames larger and everything slower, which some tests must know. So does
 * ThreadSanitizer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_ASAN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_ASAN true
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN false
#endif

/* So does a build without optimisation. */
#ifdef __OPTIMIZE__
#define IS_OPTIMISED true
#else
#define IS_OPTIMISED false
#endif

#endif
