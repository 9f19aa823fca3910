/*
 * Tasks for the kernel under test, and a feed that gives them to it as the engine would: it stages a task
 * when a cursor asks for one, and takes it back when the same cursor asks again. It also looks at what the
 * kernel must leave alone.
 */
#ifndef KERNEL_TASKS_H
#define KERNEL_TASKS_H

#include "kernel_programs.h"

enum { MAX_TASKS = 32, FRESH = 0xa5 /* fills memory that the kernel must not write */ };

struct test_task {
    const struct test_program *program;
    slots_of_lane in[SIMD_MAX_LANES], out[SIMD_MAX_LANES];
    bool is_done;
};
extern struct test_task tasks[MAX_TASKS];
extern struct test_program programs[MAX_TASKS];

/* Gives task i this program and random inputs. */
void set_task(unsigned i, struct test_program *p);

/* When tasks become available: so many at first, and so many more each time that one is taken back. */
struct arrivals {
    unsigned first;
    uint8_t with_return[MAX_TASKS];
};

/* Runs the first n_tasks tasks, and fails the test if any result is wrong, or if the kernel writes anything
 * that is not its own. Without arrivals (NULL) all tasks are available at first. A kernel that can do without
 * a feed runs them once more, without it, if they are not too many. */
void run_tasks(unsigned n_tasks, const struct arrivals *arrivals);

/* How many tasks were running in the last run when the first one was taken back, the second one, and so on.
 */
extern unsigned running_before[MAX_TASKS];

/* Loads the slots of a bank with what goes into a task. */
void stage_task(struct test_task *task, uint8_t *bank);

/* Memory for a bank and for the scratch of the kernel, which is full of random bytes; free() gives it back.
 */
uint8_t *new_bank(void);
uint8_t *new_scratch(void);

#endif
