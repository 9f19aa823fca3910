#include "faulty_kernels.h"

#include <string.h>

#include "feed_of_one.h"
#include "must.h"
#include "simd.h"

struct faulty faulty = {.op = FAULTY_NO_OP};

/* __real_lanekdf_<name> is the kernel, __wrap_lanekdf_<name> what the library has in its place. */
#define KERNEL(name)                                                                                         \
    extern const struct simd_kernel real_##name __asm__("__real_lanekdf_" #name);                            \
    extern struct simd_kernel wrapped_##name __asm__("__wrap_lanekdf_" #name);                               \
    struct simd_kernel wrapped_##name;
#include "kernel_table.h"
#undef KERNEL

/* ---- which kernel is faulty ---- */

static unsigned count(uint32_t set)
{
    return (unsigned)__builtin_popcount(set);
}

static bool may_be_faulty(const struct simd_kernel *kernel, unsigned place)
{
    if (faulty.any_wide) {
        return kernel->lanes > 1 && (count(faulty.flipped) < FAULTY_MAX || faulty.flipped >> place & 1);
    }
    for (int i = 0; i < FAULTY_MAX; i++) {
        if (faulty.kernels[i] && !strcmp(faulty.kernels[i], kernel->name)) {
            return true;
        }
    }
    return false;
}

/* Whether it is time to flip a bit. Kernels flip different ones, as two that give the same wrong bytes would
 * agree. */
static bool takes_turn(unsigned place)
{
    if (faulty.once && faulty.n_flips) {
        return false;
    }
    faulty.n_flips++;
    faulty.flipped |= UINT32_C(1) << place;
    return true;
}

static void flip_in(uint8_t *state, unsigned place)
{
    state[place / 8] ^= (uint8_t)(1u << place % 8);
}

/* ---- programs ---- */

static void flip(const struct simd_kernel *kernel, unsigned place, uint8_t *slot)
{
    static uint8_t lanes[SIMD_MAX_LANES * SIMD_MAX_LANE_BYTES];
    const size_t lane_bytes = simd_lane_bytes(kernel->family);

    kernel->store_state(lanes, lane_bytes, slot);
    for (unsigned l = 0; l < kernel->lanes; l++) {
        if (faulty.lane == FAULTY_ALL_LANES || (unsigned)faulty.lane % kernel->lanes == l) {
            flip_in(lanes + l * lane_bytes, place);
        }
    }
    kernel->load_state(slot, lanes, lane_bytes);
}

/* A kernel may keep in its scratch what it made of a program. */
static void forget_programs(const struct simd_kernel *kernel, void *scratch)
{
    if (kernel->scratch_bytes) {
        memset(scratch, 0, kernel->scratch_bytes);
    }
}

static void run_op(const struct simd_kernel *kernel, const struct simd_task *task, unsigned i, void *scratch)
{
    static struct simd_op op;
    struct simd_program one = *task->program;

    op = task->program->ops[i];
    op.gap = 0;
    one.ops = &op;
    one.n_ops = 1;
    struct feed_of_one feed = feed_of_one(&one, task->bank);
    forget_programs(kernel, scratch);
    kernel->run(&feed.feed, scratch);
}

static void run_ops(
    const struct simd_kernel *kernel, unsigned place, const struct simd_task *task, void *scratch)
{
    const unsigned n_ops = task->program->n_ops;

    faulty.n_ops = n_ops > faulty.n_ops ? n_ops : faulty.n_ops;
    faulty.n_programs++;
    for (unsigned i = 0; i < n_ops; i++) {
        run_op(kernel, task, i, scratch);
        if ((int)i == faulty.op && takes_turn(place)) {
            flip(kernel, place, task->bank + task->program->ops[i].dst * simd_slot_bytes(kernel));
        }
    }
    forget_programs(kernel, scratch);
}

/* ---- right kernels ---- */

struct counted_feed {
    struct simd_feed feed, *counted;
};

static int next_counted(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct simd_feed *counted = ((struct counted_feed *)feed)->counted;

    if (!counted->next(counted, cursor, task)) {
        return 0;
    }
    faulty.n_compressions += task->program->n_ops;
    return 1;
}

static void run_right(const struct simd_kernel *kernel, struct simd_feed *feed, void *scratch)
{
    struct counted_feed counted = {{next_counted}, feed};

    kernel->run(&counted.feed, scratch);
}

/* ---- the functions of a kernel ---- */

static void run(const struct simd_kernel *kernel, unsigned place, struct simd_feed *feed, void *scratch)
{
    struct simd_task task;

    if (!may_be_faulty(kernel, place)) {
        run_right(kernel, feed, scratch);
        return;
    }
    while (feed->next(feed, 0, &task)) {
        run_ops(kernel, place, &task, scratch);
    }
}

static void run_tasks(const struct simd_kernel *kernel, unsigned place, const struct simd_task *tasks,
    unsigned n_tasks, void *scratch)
{
    const bool is_faulty = may_be_faulty(kernel, place);

    for (unsigned i = 0; i < n_tasks; i++) {
        if (is_faulty) {
            run_ops(kernel, place, &tasks[i], scratch);
        } else {
            faulty.n_compressions += tasks[i].program->n_ops;
        }
    }
    if (!is_faulty) {
        kernel->run_tasks(tasks, n_tasks, scratch);
    }
}

static void hash_blocks(
    const struct simd_kernel *kernel, unsigned place, uint8_t *state, const uint8_t *blocks, size_t n)
{
    kernel->hash_blocks(state, blocks, n);
    faulty.n_compressions += n;
    if (faulty.in_blocks && may_be_faulty(kernel, place) && takes_turn(place)) {
        flip_in(state, place);
    }
}

#define KERNEL(name) PLACE_##name,
enum {
#include "kernel_table.h"
};
#undef KERNEL

#define KERNEL(name)                                                                                         \
    static void run_##name(struct simd_feed *feed, void *scratch)                                            \
    {                                                                                                        \
        run(&real_##name, PLACE_##name, feed, scratch);                                                      \
    }                                                                                                        \
    static void run_tasks_##name(const struct simd_task *tasks, unsigned n_tasks, void *scratch)             \
    {                                                                                                        \
        run_tasks(&real_##name, PLACE_##name, tasks, n_tasks, scratch);                                      \
    }                                                                                                        \
    static void hash_blocks_##name(uint8_t *state, const uint8_t *blocks, size_t n)                          \
    {                                                                                                        \
        hash_blocks(&real_##name, PLACE_##name, state, blocks, n);                                           \
    }
#include "kernel_table.h"
#undef KERNEL

#define KERNEL(name)                                                                                         \
    wrapped_##name = real_##name;                                                                            \
    wrapped_##name.run = run_##name;                                                                         \
    wrapped_##name.run_tasks = real_##name.run_tasks ? run_tasks_##name : NULL;                              \
    wrapped_##name.hash_blocks = real_##name.hash_blocks ? hash_blocks_##name : NULL;

void faulty_kernels_begin(void)
{
#include "kernel_table.h"
}
#undef KERNEL
