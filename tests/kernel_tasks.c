#include "kernel_tasks.h"

#include <setjmp.h> /* cmocka.h needs these */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct test_task tasks[MAX_TASKS];
struct test_program programs[MAX_TASKS];
unsigned running_before[MAX_TASKS];

/* ---- one task ---- */

static void random_inputs(struct test_task *task)
{
    const size_t bits = 8 * (2 * slot_len() + slot_len()); /* of a block, and of a digest that fills a slot */

    for (unsigned lane = 0; lane < kernel->lanes; lane++) {
        uint8_t *padding = in_lane(task->in[lane], PADDING);
        random_words(task->in[lane], N_SLOTS * slot_len());
        memset(padding, 0, slot_len());
        padding[0] = 0x80;
        padding[slot_len() - 2] = (uint8_t)(bits / 256);
    }
}

void set_task(unsigned i, struct test_program *p)
{
    p->program.ops = p->ops;
    tasks[i].program = p;
    tasks[i].is_done = false;
    random_inputs(&tasks[i]);
}

static void check_task(struct test_task *task)
{
    assert_true(task->is_done);
    for (unsigned lane = 0; lane < kernel->lanes; lane++) {
        slots_of_lane expected;
        memcpy(expected, task->in[lane], sizeof(expected));
        judge_lane(task->program, expected);
        for (unsigned slot = 0; slot < N_STATES; slot++) {
            if (memcmp(in_lane(expected, slot), in_lane(task->out[lane], slot), slot_len()) != 0) {
                fail_msg(
                    "lane %u, slot %u differ after %u operations", lane, slot, task->program->program.n_ops);
            }
        }
    }
}

/* ---- memory ---- */

enum { GUARD = 64 }; /* bytes before and behind what the kernel may write */

static size_t bank_bytes(void)
{
    return N_SLOTS * simd_slot_bytes(kernel) + GUARD;
}

static uint8_t *bank_of(uint8_t *banks, unsigned cursor)
{
    return banks + GUARD + cursor * bank_bytes();
}

static uint8_t *slot_of(uint8_t *bank, unsigned slot)
{
    return bank + slot * simd_slot_bytes(kernel);
}

static void *aligned(size_t len)
{
    void *memory = aligned_alloc(64, (len + 63) / 64 * 64);

    assert_non_null(memory);
    return memory;
}

uint8_t *new_scratch(void)
{
    uint8_t *scratch = aligned(kernel->scratch_bytes + GUARD);

    random_words(scratch, kernel->scratch_bytes);
    memset(scratch + kernel->scratch_bytes, FRESH, GUARD);
    return scratch;
}

static void assert_all_fresh(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(bytes[i], FRESH);
    }
}

uint8_t *new_bank(void)
{
    return aligned(N_SLOTS * simd_slot_bytes(kernel));
}

/* ---- the feed ---- */

struct test_feed {
    struct simd_feed feed;
    unsigned n_tasks, n_available, n_given, n_returned;
    const struct arrivals *arrivals;
    int running[SIMD_MAX_TASKS_IN_FLIGHT]; /* by cursor, the number of its task; -1: none */
    unsigned n_running;
    uint8_t *banks,
        *before; /* a bank for each cursor, and what it held before the run; guards between them */
};

static void take_back(struct test_feed *feed, unsigned cursor)
{
    struct test_task *task = &tasks[feed->running[cursor]];
    uint8_t *bank = bank_of(feed->banks, cursor), *before = bank_of(feed->before, cursor);

    for (unsigned slot = 0; slot < N_SLOTS; slot++) {
        if (!is_written(task->program, slot)) {
            assert_memory_equal(slot_of(bank, slot), slot_of(before, slot), simd_slot_bytes(kernel));
        }
    }
    for (unsigned slot = 0; slot < N_STATES; slot++) {
        kernel->store_state(in_lane(task->out[0], slot), sizeof(*task->out), slot_of(bank, slot));
    }
    task->is_done = true;
    feed->running[cursor] = -1;
    running_before[feed->n_returned] = feed->n_running--;
    feed->n_available += feed->arrivals->with_return[feed->n_returned++];
    /* If the kernel writes to this bank once more, run_tasks() will see it. */
    memset(bank, FRESH, bank_bytes() - GUARD);
}

void stage_task(struct test_task *task, uint8_t *bank)
{
    for (unsigned slot = 0; slot < N_STATES; slot++) {
        kernel->load_state(slot_of(bank, slot), in_lane(task->in[0], slot), sizeof(*task->in));
    }
    kernel->load_message(
        slot_of(bank, N_STATES), in_lane(task->in[0], N_STATES), sizeof(*task->in), N_MESSAGES);
}

static int next_of_many(struct simd_feed *simd_feed, unsigned cursor, struct simd_task *task)
{
    struct test_feed *feed = (struct test_feed *)simd_feed;

    assert_true(cursor < kernel->tasks_in_flight);
    if (feed->running[cursor] >= 0) {
        take_back(feed, cursor);
    }
    if (feed->n_given == feed->n_tasks || feed->n_given == feed->n_available) {
        return 0;
    }
    struct test_task *mine = &tasks[feed->n_given];
    uint8_t *bank = bank_of(feed->banks, cursor);
    stage_task(mine, bank);
    memcpy(bank_of(feed->before, cursor), bank, bank_bytes() - GUARD);
    feed->running[cursor] = (int)feed->n_given++;
    feed->n_running++;
    *task = (struct simd_task){&mine->program->program, bank};
    return 1;
}

/* Runs the first tasks without a feed, as the engine does for few jobs. */
static void run_without_feed(unsigned n_tasks)
{
    const size_t len = GUARD + n_tasks * bank_bytes();
    uint8_t *scratch = new_scratch(), *banks = aligned(len), *before = aligned(len);
    struct simd_task all[SIMD_MAX_TASKS_IN_FLIGHT];

    memset(banks, FRESH, len);
    for (unsigned i = 0; i < n_tasks; i++) {
        all[i] = (struct simd_task){&tasks[i].program->program, bank_of(banks, i)};
        stage_task(&tasks[i], all[i].bank);
        memset(tasks[i].out, 0, sizeof(tasks[i].out));
    }
    memcpy(before, banks, len);
    kernel->run_tasks(all, n_tasks, scratch);
    for (unsigned i = 0; i < n_tasks; i++) {
        for (unsigned slot = 0; slot < N_STATES; slot++) {
            kernel->store_state(
                in_lane(tasks[i].out[0], slot), sizeof(*tasks[i].out), slot_of(all[i].bank, slot));
        }
        for (unsigned slot = 0; slot < N_SLOTS; slot++) {
            if (is_written(tasks[i].program, slot)) {
                memcpy(
                    slot_of(all[i].bank, slot), slot_of(bank_of(before, i), slot), simd_slot_bytes(kernel));
            }
        }
    }
    assert_memory_equal(banks, before, len);
    assert_all_fresh(scratch + kernel->scratch_bytes, GUARD);
    free(banks);
    free(before);
    free(scratch);
    for (unsigned i = 0; i < n_tasks; i++) {
        check_task(&tasks[i]);
    }
}

void run_tasks(unsigned n_tasks, const struct arrivals *arrivals)
{
    size_t len = GUARD + SIMD_MAX_TASKS_IN_FLIGHT * bank_bytes();
    struct arrivals at_once = {n_tasks, {0}};
    struct test_feed feed = {
        .feed = {next_of_many}, .n_tasks = n_tasks, .arrivals = arrivals ? arrivals : &at_once};
    uint8_t *scratch = new_scratch();

    feed.n_available = feed.arrivals->first;
    feed.banks = aligned(len);
    feed.before = aligned(len);
    memset(feed.banks, FRESH, len);
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT; i++) {
        feed.running[i] = -1;
    }
    kernel->run(&feed.feed, scratch);
    /* All tasks were taken back, and nothing was written after that or around the banks and scratch. */
    assert_int_equal(feed.n_running, 0);
    assert_all_fresh(feed.banks, len);
    assert_all_fresh(scratch + kernel->scratch_bytes, GUARD);
    free(feed.banks);
    free(feed.before);
    free(scratch);
    for (unsigned i = 0; i < n_tasks; i++) {
        check_task(&tasks[i]);
    }
    if (kernel->run_tasks && n_tasks && n_tasks <= kernel->tasks_in_flight) {
        run_without_feed(n_tasks);
    }
}
