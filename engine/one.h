/* One job in one lane, with all memory on the stack: what lanekdf_derive_one does, on given kernels. */
#ifndef ENGINE_ONE_H
#define ENGINE_ONE_H

#include "lanekdf.h"
#include "simd.h"

/* Checks and derives a job, and wipes everything that it wrote but the registers. `kernels` are those of each
 * family, of one lane; `legacy` is what a job may use that has no permission of its own. Sets the status of
 * the job. */
void one_derive(const struct simd_kernel *const *kernels, uint32_t legacy, struct lanekdf_job *job);

#endif
