/* What start-up asks of each kernel of the table: kernel_check.c and kernel_cost.c. */
#ifndef SIMD_KERNEL_START_H
#define SIMD_KERNEL_START_H

#include "sample_program.h"

/* Whether the kernel keeps to the limits of simd.h and gives right answers. */
bool kernel_is_right(const struct simd_kernel *kernel, struct sample_memory *memory);

/* Sets the costs of all usable candidates; takes 6 ms or a little more. */
void kernel_measure_all(struct simd_candidate *candidates, size_t n, struct sample_memory *memory);

/* Sets the cost of one task on each usable candidate. */
void kernel_measure_one_task(struct simd_candidate *candidates, size_t n, struct sample_memory *memory);

#endif
