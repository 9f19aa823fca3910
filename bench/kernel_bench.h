/* Kernels by themselves, over the kernel contract (simd.h): no engine around them. */
#ifndef KERNEL_BENCH_H
#define KERNEL_BENCH_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kernel_bench;

/* The kernels that this CPU can run, by index from 0; NULL past the last. */
const char *kernel_bench_name(size_t index);

/* n_tasks banks of the program of one PRF, ready to run; ends the program if the
 * kernel does not get what the scalar kernel gets. */
struct kernel_bench *kernel_bench_new(size_t index, size_t n_tasks);

/* Hands all tasks to the kernel in one call: this is what is timed. */
void kernel_bench_run(struct kernel_bench *bench);

/* Compressions of one run, all lanes and tasks together. */
size_t kernel_bench_compressions(const struct kernel_bench *bench);

#ifdef __cplusplus
}
#endif
#endif
