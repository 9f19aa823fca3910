/*
 * Which kernels are in service. Start-up finds out which can run; verification (verification.h) takes one
 * that gave wrong bytes out of service, for all contexts and for lanekdf_derive_one, until the process ends.
 * A family that is left without a kernel has the reference in its place.
 *
 * Any thread may call these functions at any time. A call that has begun with a kernel may end with it.
 */
#ifndef ENGINE_SERVICE_H
#define ENGINE_SERVICE_H

#include "start.h"

/* A set of kernels has a bit for each, by its index among the candidates; a set of families one by
 * enum simd_family. */
_Static_assert((int)SIMD_MAX_KERNELS <= 32, "a set of kernels is a uint32_t");

/* The kernels that are out of service. */
uint32_t service_withdrawn(void);

/* Takes kernels out of service. Returns those of them that were in service until now, which is for one thread
 * to report. Puts what is left in force for one job (start.h). */
uint32_t service_withdraw(uint32_t kernels);

/* The families that are without a kernel when these are withdrawn. */
uint32_t service_families_without(const struct start_candidates *candidates, uint32_t withdrawn);

/* Makes limits leave these kernels out. A kernel that the limits name and that is withdrawn is no limit any
 * more. A family that would be without a kernel keeps its portable one, so that plans can be made: they are
 * not for its jobs. */
void service_limit(struct plan_limits *limits, const struct start_candidates *candidates, uint32_t withdrawn);

/* The set of this kernel alone. */
uint32_t service_bit(const struct start_candidates *candidates, const struct simd_kernel *kernel);

/* Usable kernels of these families that are not among `withdrawn`. */
uint32_t service_kernels(const struct start_candidates *candidates, uint32_t families, uint32_t withdrawn);

/* What lanekdf_verification_query() counts. */
enum service_count { SERVICE_VERIFIED, SERVICE_WRONG, SERVICE_FAILED, SERVICE_N_COUNTS };
void service_count(enum service_count what);
uint64_t service_counted(enum service_count what);

#endif
