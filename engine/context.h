#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include "lanekdf.h"

/* All of a context's memory, for the tests that look for secrets in it. */
void *context_memory(const lanekdf_context *context, size_t *size);

#endif
