/* The kernel whose ceiling (ceiling.h) a benchmark is measured by. */
#ifndef CEILING_KERNEL_H
#define CEILING_KERNEL_H

#include "impl.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The kernel that an implementation runs with n handshakes in a call; of several kernels the one with the
 * lowest ceiling. NULL: the implementation has no kernels, or the handshakes are of several hashes, or no
 * ceiling is known. */
const char *ceiling_kernel_of(const struct impl *impl, const struct workload *workload, size_t n);

/* The kernel with the lowest ceiling of all that compute this hash on this CPU: what implementations without
 * kernels are measured by. NULL: no ceiling is known. */
const char *ceiling_kernel_lowest(enum lanekdf_hash hash);

#ifdef __cplusplus
}
#endif
#endif
