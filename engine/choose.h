/*
 * Which kernel of a batch runs next, and from which group it takes the records of a task.
 *
 * Full tasks need no choice: their kernel is the one that the plan of their family has for throughput. What
 * is chosen here is who takes groups that fill no task. Several of them may go together, where their records
 * can run one program (group_merge()). They may stay apart, where each record had better go to a kernel of
 * one lane by itself. Or a kernel takes one of them, with lanes that stay empty. The measured costs decide it
 * (plan.h).
 */
#ifndef ENGINE_CHOOSE_H
#define ENGINE_CHOOSE_H

#include "batch.h"

/* The kernel whose turn it is; NULL: no record waits. As long as jobs come, they are likely to fill a group.
 * When no more come and several groups are left, full tasks are run as long as there are any, and then the
 * plans for mixed batches hold until the end. */
const struct simd_kernel *choose_kernel(struct batch *b);

/* Makes choose_group() ready for the kernel that runs next, b->kernel. */
void choose_begin_run(struct batch *b);

/* The group that the running kernel takes records from next, and how many. Returns NULL if it is another
 * kernel's turn or nothing is left. */
struct group *choose_group(struct batch *b, unsigned *n);

#endif
