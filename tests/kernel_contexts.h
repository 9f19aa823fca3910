/* Contexts on every kernel of this CPU, for tests that derive the same jobs on each of them. */
#ifndef KERNEL_CONTEXTS_H
#define KERNEL_CONTEXTS_H

#include <stddef.h>

#include "lanekdf.h"

enum { KERNEL_CONTEXTS_MAX = 24 };

struct kernel_context {
    lanekdf_context *context;
    const char *family; /* of the hashes that its kernel serves; NULL: the engine chooses kernels itself */
};

/* Starts up with everything allowed that is old. Makes a context with the engine's own choice of kernels, and
 * one for each kernel that this CPU can run and that is not the only one of its family. Returns the number of
 * contexts, which the caller frees. */
size_t kernel_contexts_new(struct kernel_context contexts[KERNEL_CONTEXTS_MAX]);

/* Says on standard output which kernels this CPU cannot run. */
void kernel_contexts_say_what_is_skipped(void);

#endif
