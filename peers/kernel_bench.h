/* What the benchmarks of kernels by themselves run, without an engine around the kernels. */
#ifndef KERNEL_BENCH_H
#define KERNEL_BENCH_H

#include "compressions.h"

#ifdef __cplusplus
extern "C" {
#endif

struct kernel_bench;

/* The name of a kernel that this CPU can run, by index from 0; NULL past the last. */
const char *kernel_bench_name(size_t index);

/* The program of sample_program.h in n_tasks banks, ready to run. Start-up has compared the kernel's answers
 * to this program with those of the scalar kernel. */
struct kernel_bench *kernel_bench_new(size_t index, size_t n_tasks);

/* A chain in one bank: as many operations, each of which has the result of the one before for its state. */
struct kernel_bench *kernel_bench_new_chain(size_t index);

/* Hands all tasks to the kernel in one call. This is what is timed. */
void kernel_bench_run(struct kernel_bench *bench);

/* The compressions of one such call, all lanes and tasks together. */
struct compressions kernel_bench_compressions(const struct kernel_bench *bench);

/* The operations of one such call, in each of its tasks. */
size_t kernel_bench_n_ops(const struct kernel_bench *bench);

#ifdef __cplusplus
}
#endif
#endif
