/* The batches of a context that verifies (verification.h), or whose plans have kernels that are out of
 * service. */
#ifndef ENGINE_VERIFICATION_BATCH_H
#define ENGINE_VERIFICATION_BATCH_H

#include "context.h"

/* Does what lanekdf_context_derive() does. */
size_t verify_derive_batch(struct lanekdf_context *context, struct lanekdf_job *const *jobs, size_t n_jobs);

#endif
