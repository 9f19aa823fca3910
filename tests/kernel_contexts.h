/* Contexts on every kernel of this CPU, for tests that derive the same jobs on each of them. */
#ifndef KERNEL_CONTEXTS_H
#define KERNEL_CONTEXTS_H

#include <stddef.h>

#include "lanekdf.h"

enum { KERNEL_CONTEXTS_MAX = 24 };

/* Starts up with everything allowed that is old. Makes a context with the engine's own choice of kernels, and
 * one for each kernel that this CPU can run; says on standard output which ones it cannot. Returns the number
 * of contexts, which the caller frees. */
size_t kernel_contexts_new(lanekdf_context *contexts[KERNEL_CONTEXTS_MAX]);

#endif
