/*
 * One kernel, given by name, against the contract of simd.h: kernels sha256_avx2
 *
 * What a kernel computes is compared lane by lane with what the judge computes (kernel_programs.h). Inputs
 * and outputs pass through the kernel's own functions for loading and storing, since the layout of slots is
 * its own. The program exits with 77 if this CPU cannot run the kernel.
 *
 * LANEKDF_TEST_SEED repeats a failing run.
 */
#define _GNU_SOURCE
#include <setjmp.h> /* cmocka.h needs these */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "feed_of_one.h"
#include "kernel_argument.h"
#include "kernel_tasks.h"
#include "probe.h"

/* Catches: wrong rounds, schedule, byte order or order of lanes; a digest whose words are in the wrong order,
 * or that is overwritten by dst before it is read; a digest's length that is ignored; a digest in hi that is
 * taken for the one in lo; a part of the block that is not xored; a read of lo where it is no slot. */
static void every_operand_form(void **state)
{
    enum { STATE, DIGEST, HI_DIGEST, OTHER, LO = N_STATES, HI };
    static const uint8_t xor_bytes[] = {0, SIMD_IPAD, SIMD_OPAD};
    static const uint8_t dsts[] = {OTHER, STATE, DIGEST, DIGEST, HI_DIGEST};
    static const uint8_t hi_digests[] = {SIMD_NO_SLOT, HI_DIGEST, HI_DIGEST, DIGEST, DIGEST};
    enum { N_LO_FORMS = 2 * 8 * 2 * 3 * 5, N_FORMS = N_LO_FORMS * 5 };

    (void)state;
    for (unsigned form = 0; form < N_FORMS; form++) {
        bool has_digest = form & 1, no_lo = form >> 1 & 1;
        unsigned digest_words = (form >> 2 & 7) + 1, xor = form / 32 % 3, alias = form / 96 % 5;
        unsigned hi_form = form / N_LO_FORMS, hi_digest_words = hi_form % 2 ? 4 : 8;
        if (digest_words > state_words() || (no_lo && (!has_digest || digest_words < 8)) ||
            (hi_form && hi_digest_words > state_words())) {
            continue;
        }
        struct test_program *p = &programs[0];
        p->ops[0] = (struct simd_op){.dst = dsts[alias],
            .state = alias == 3 ? DIGEST : STATE,
            .digest = has_digest ? DIGEST : SIMD_NO_SLOT,
            .lo = no_lo ? SIMD_NO_SLOT : LO,
            .hi_digest = hi_digests[hi_form],
            .hi = HI,
            .xor_byte = xor_bytes[xor]};
        finish_program(p, 1, digest_words, hi_digest_words);
        set_task(0, p);
        run_tasks(1, NULL);
    }
}

/* Catches: a hint that changes the result. */
static void hints_change_nothing(void **state)
{
    (void)state;
    if (state_words() < 8) {
        skip(); /* there is no hint for such a family */
    }
    for (unsigned i = 0; i < 30; i++) {
        random_program(&programs[0]);
        for (unsigned j = 0; j < programs[0].program.n_ops; j++) {
            if (rng_below(&rng, 2)) {
                programs[0].ops[j] = (struct simd_op){.dst = programs[0].ops[j].dst,
                    .state = 0,
                    .digest = 1,
                    .lo = SIMD_NO_SLOT,
                    .hi_digest = SIMD_NO_SLOT,
                    .hi = PADDING,
                    .hints = SIMD_PADDED_DIGEST};
            }
        }
        finish_program(&programs[0], programs[0].program.n_ops, 8, random_hi_digest_words());
        programs[1] = programs[0];
        for (unsigned j = 0; j < programs[1].program.n_ops; j++) {
            programs[1].ops[j].hints = 0, programs[1].ops[j].gap = 0;
        }
        set_task(0, &programs[0]);
        set_task(1, &programs[1]);
        memcpy(tasks[1].in, tasks[0].in, sizeof(tasks[0].in));
        run_tasks(2, NULL);
        for (unsigned lane = 0; lane < kernel->lanes; lane++) {
            assert_memory_equal(tasks[0].out[lane], tasks[1].out[lane], N_STATES * slot_len());
        }
    }
}

/* Catches, in groups of any size: operations that are left out, done twice, or mixed up between tasks. */
static void groups_of_every_size(void **state)
{
    (void)state;
    for (unsigned n_tasks = 1; n_tasks <= SIMD_MAX_TASKS_IN_FLIGHT + 1; n_tasks++) {
        for (unsigned width = 1; width < N_STATES; width++) {
            /* The program has `width` chains side by side, and one more operation that needs two of them. */
            struct test_program *p = &programs[0];
            unsigned n_ops = 0;
            for (unsigned round = 0; round < 3; round++) {
                for (unsigned chain = 0; chain < width; chain++) {
                    p->ops[n_ops++] = plain_op(chain, chain);
                }
            }
            p->ops[n_ops] = plain_op(N_STATES - 1, 0);
            p->ops[n_ops++].digest = (uint8_t)(width - 1);
            finish_program(p, n_ops, state_words(), 4);
            for (unsigned i = 0; i < n_tasks; i++) {
                set_task(i, p);
            }
            run_tasks(n_tasks, NULL);
        }
    }
}

/* Catches: a result that is kept in registers although another operation has overwritten its slot; a gap that
 * is taken for more than it says, or counted from the wrong operation; trouble with programs of unequal
 * length. */
static void random_programs(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 250; i++) {
        unsigned n_tasks = 1 + rng_below(&rng, MAX_TASKS);
        for (unsigned j = 0; j < n_tasks; j++) {
            random_program(&programs[j]);
            set_task(j, &programs[rng_below(&rng, 2) ? j : 0]);
        }
        run_tasks(n_tasks, NULL);
    }
}

/* Catches: a kernel that forgets its idle cursors when a task that is taken back brings work for them, and so
 * runs at a fraction of its speed; a kernel that returns while tasks are running. */
static void idle_cursors_are_asked_again(void **state)
{
    unsigned n_cursors = kernel->tasks_in_flight;

    (void)state;
    run_tasks(0, NULL);
    for (unsigned i = 0; i < 60; i++) {
        unsigned n_tasks = 1 + rng_below(&rng, MAX_TASKS);
        struct arrivals arrivals = {.first = 1 + rng_below(&rng, n_tasks)};
        for (unsigned j = 0; j < n_tasks; j++) {
            random_program(&programs[j]);
            set_task(j, &programs[j]);
            arrivals.with_return[j] = (uint8_t)(1 + rng_below(&rng, 3));
        }
        run_tasks(n_tasks, &arrivals);
    }
    /* There is one task at first, and when that is taken back one for every cursor. */
    struct arrivals alone = {1, {(uint8_t)n_cursors}};
    for (unsigned j = 0; j <= n_cursors; j++) {
        chain_program(&programs[j], 3 + j);
        set_task(j, &programs[j]);
    }
    run_tasks(n_cursors + 1, &alone);
    assert_int_equal(running_before[1], n_cursors);
    /* Every cursor has a task. When the shortest one is taken back there is nothing for its cursor, and when
     * the second one is, there is something for all. */
    if (n_cursors < 3) {
        return;
    }
    struct arrivals late = {n_cursors, {0, (uint8_t)n_cursors}};
    for (unsigned j = 0; j < 2 * n_cursors; j++) {
        chain_program(&programs[j], j < n_cursors ? 5 + 2 * j : 2);
        set_task(j, &programs[j]);
    }
    run_tasks(2 * n_cursors, &late);
    assert_int_equal(running_before[1], n_cursors - 1);
    assert_int_equal(running_before[2], n_cursors);
}

/* Memory between two pages that must not be touched. */
static uint8_t *guarded_pages(size_t len)
{
    size_t page = 4096;
    uint8_t *memory = mmap(NULL, len + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    assert_int_equal(mprotect(memory + page, len, PROT_READ | PROT_WRITE), 0);
    return memory + page;
}

/* Catches: aligned loads of bytes that are not aligned; reads or writes beyond the bytes of a lane; lanes in
 * the wrong place; an address of a lane that does not depend on the stride. */
static void bytes_anywhere(void **state)
{
    const size_t len = slot_len();
    const size_t strides[] = {0, len, len + 1, 2 * len, 3 * len, 3 * len + 5, 4 * len + 3, 8 * len};
    enum { AREA = 8 * 4096, MAX_BYTES = 3 * SIMD_MAX_LANE_BYTES };
    uint8_t *area = guarded_pages(AREA), *copy = malloc(AREA);
    size_t slot_bytes = simd_slot_bytes(kernel);
    uint8_t *bank = new_bank(), *scratch = new_scratch();
    uint8_t(*in)[MAX_BYTES] = malloc(sizeof(*in) * kernel->lanes);
    struct test_program *p = &programs[0];

    (void)state;
    p->ops[0] = plain_op(2, 0);
    finish_program(p, 1, state_words(), 4);
    p->program.ops = p->ops;
    for (unsigned form = 0; form < 64 * 8 * 2 * 3; form++) {
        size_t align = form % 64, stride = strides[form / 64 % 8], n_slots = form / 1024 + 1;
        bool at_end = form / 512 % 2;
        size_t extent = stride * (kernel->lanes - 1u) + len * n_slots;
        if (extent + align > AREA) {
            continue;
        }
        uint8_t *bytes = at_end ? area + AREA - extent - align : area + align;

        /* Messages are loaded. They only show in what they do to a state. */
        random_words(area, AREA);
        for (unsigned lane = 0; lane < kernel->lanes; lane++) {
            memcpy(in[lane], bytes + lane * stride, len * n_slots);
        }
        memset(bank, FRESH, N_SLOTS * slot_bytes);
        kernel->load_message(bank + 7 * slot_bytes, bytes, stride, n_slots);
        for (size_t i = (7 + n_slots) * slot_bytes; i < N_SLOTS * slot_bytes; i++) {
            assert_int_equal(bank[i], FRESH);
        }
        /* A state is loaded from the same bytes, and stored again. */
        p->ops[0].lo = 7;
        p->ops[0].hi = (uint8_t)(7 + n_slots - 1);
        kernel->load_state(bank, bytes, stride);
        struct feed_of_one feed = feed_of_one(&p->program, bank);
        kernel->run(&feed.feed, scratch);

        if (stride >= len) {
            memcpy(copy, area, AREA);
            for (unsigned lane = 0; lane < kernel->lanes; lane++) {
                memset(bytes + lane * stride, FRESH, len);
                zero_unused_words(copy + (bytes - area) + lane * stride);
            }
            kernel->store_state(bytes, stride, bank);
            assert_memory_equal(area, copy, AREA);
        }
        slots_of_lane slots;
        static uint8_t out[SIMD_MAX_LANES][SIMD_MAX_LANE_BYTES];
        kernel->store_state(out[0], SIMD_MAX_LANE_BYTES, bank + 2 * slot_bytes);
        for (unsigned lane = 0; lane < kernel->lanes; lane++) {
            memset(slots, 0, sizeof(slots));
            memcpy(slots, in[lane], len);
            memcpy(in_lane(slots, 7), in[lane], len * n_slots);
            judge_lane(p, slots);
            assert_memory_equal(out[lane], in_lane(slots, 2), len);
        }
    }
    munmap(area - 4096, AREA + 2 * 4096);
    free(copy);
    free(bank);
    free(scratch);
    free(in);
}

/* Catches: a kernel of one lane without hash_blocks(); blocks that are left out, hashed twice or read at a
 * wrong address; reads or writes beyond the blocks or the state; a state that is not what store_state()
 * gives. */
static void blocks_of_a_message(void **state)
{
    enum { AREA = 8 * 4096, MAX_BLOCKS = 9 };
    const size_t block_len = 2 * slot_len();
    struct test_program *p = &programs[0];
    uint8_t *area, *end;

    (void)state;
    assert_true((kernel->lanes == 1) == (kernel->hash_blocks != NULL));
    if (!kernel->hash_blocks) {
        return;
    }
    area = guarded_pages(AREA);
    end = area + AREA;
    p->ops[0] = plain_op(0, 0);
    finish_program(p, 1, state_words(), 4);
    p->program.ops = p->ops;
    for (unsigned form = 0; form < 64 * (MAX_BLOCKS + 1) * 2; form++) {
        const size_t align = form % 64, n_blocks = form / 128;
        const bool state_at_end = form / 64 % 2;
        uint8_t *blocks = state_at_end ? area + slot_len() + align : end - n_blocks * block_len - align;
        uint8_t *chained = state_at_end ? end - slot_len() - align % 4 : area + align;
        slots_of_lane slots = {0};

        random_words(area, AREA);
        zero_unused_words(chained);
        memcpy(in_lane(slots, 0), chained, slot_len());
        for (size_t i = 0; i < n_blocks; i++) {
            memcpy(in_lane(slots, N_STATES), blocks + i * block_len, block_len);
            judge_lane(p, slots);
        }
        kernel->hash_blocks(chained, blocks, n_blocks);
        assert_memory_equal(chained, in_lane(slots, 0), slot_len());
    }
    munmap(area - 4096, AREA + 2 * 4096);
}

/* ---- columns ---- */

enum { N_COLUMN_SLOTS = 20, N_STRUCT_BYTES = 512 };
static _Alignas(64) uint8_t columns_bank[N_COLUMN_SLOTS * SIMD_COLUMN_LANES * SIMD_MAX_LANE_BYTES];

/* What stage() reads: in each struct of a lane an array of pointers, and behind it one of sizes. */
struct column_test {
    struct simd_columns columns;
    unsigned parts, n_rows; /* rows of the bank that have a source */
    _Alignas(size_t) uint8_t structs[2][SIMD_COLUMN_LANES][N_STRUCT_BYTES];
    const void *of_lane[2][SIMD_COLUMN_LANES];
    /* What is expected: raw rows by lane, and the bytes of every lane's slots. */
    uint64_t raw[SIMD_COLUMN_LANES][SIMD_RAW_ROWS];
    uint8_t slots[SIMD_COLUMN_LANES][N_COLUMN_SLOTS * SIMD_MAX_LANE_BYTES];
};

static unsigned word_bytes(void)
{
    return (unsigned)simd_word_bytes(kernel->family);
}

static uint64_t word_at(const uint8_t *bytes)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < word_bytes(); i++) {
        word = word << 8 | bytes[i];
    }
    return word;
}

static uint8_t *row_bytes(struct column_test *t, unsigned lane, unsigned row)
{
    return t->slots[lane] + row / SIMD_ROW_STEP * word_bytes();
}

static void put_row(struct column_test *t, unsigned lane, unsigned to, uint64_t word)
{
    uint8_t *bytes = row_bytes(t, lane, to);
    for (unsigned i = word_bytes(); i--; word >>= 8) {
        bytes[i] = (uint8_t)word;
    }
}

/* Sets a column, and the pointer of every lane to bytes at one of the ends of `area`. */
static void set_column(struct column_test *t, unsigned i, bool is_used, uint8_t *area, size_t area_len)
{
    struct simd_column *column = &t->columns.columns[i];
    *column = (struct simd_column){.pointer_at = (uint16_t)(8 * i),
        .skip = (uint16_t)rng_below(&rng, 100),
        .if_at = rng_below(&rng, 2) ? (uint16_t)(256 + 8 * i) : (uint16_t)SIMD_COLUMN_ALWAYS,
        .to = (uint16_t)((1 + 8 * i) * SIMD_ROW_STEP),
        .if_least = (uint8_t)(1 + rng_below(&rng, 48)),
        .which_struct = (uint8_t)rng_below(&rng, 2),
        .n_words = (uint8_t)((rng_below(&rng, 2) ? 32 : 16) / word_bytes()),
        .is_in_bank = rng_one_in(&rng, 3)};
    if (column->is_in_bank) {
        column->to = (uint16_t)(t->n_rows * SIMD_ROW_STEP);
        t->n_rows += column->n_words;
    }
    for (unsigned lane = 0; lane < SIMD_COLUMN_LANES; lane++) {
        const size_t len = word_bytes() * column->n_words, given = rng_below(&rng, 64);
        const uint8_t *bytes = rng_below(&rng, 2) ? area : area + area_len - len;
        const uint8_t *pointer = (const uint8_t *)((uintptr_t)bytes - column->skip);
        const bool has_bytes = column->if_at == SIMD_COLUMN_ALWAYS || given >= column->if_least;
        uint8_t *lane_struct = t->structs[column->which_struct][lane];
        if (!has_bytes) {
            pointer = NULL;
        }
        memcpy(lane_struct + column->pointer_at, &pointer, sizeof(pointer));
        memcpy(lane_struct + 256 + 8 * i, &given, sizeof(given));
        for (unsigned w = 0; w < column->n_words && is_used; w++) {
            const uint64_t word = has_bytes ? word_at(bytes + w * word_bytes()) : 0;
            if (column->is_in_bank) {
                put_row(t, lane, column->to + w * SIMD_ROW_STEP, word);
            } else {
                t->raw[lane][column->to / SIMD_ROW_STEP + w] = word;
            }
        }
    }
}

/* A raw row that a column of `t` has written, or the row of zeros. */
static uint16_t random_raw_row(const struct column_test *t)
{
    const struct simd_column *column = &t->columns.columns[rng_below(&rng, t->columns.n_columns)];
    return (uint16_t)(column->is_in_bank ? 0 : column->to + rng_below(&rng, column->n_words) * SIMD_ROW_STEP);
}

/* What a row operation has in a lane. */
static uint64_t row_word(struct column_test *t, const struct simd_row_op *op, unsigned kind, unsigned lane)
{
    const uint64_t first = t->raw[lane][op->first / SIMD_ROW_STEP],
                   second = t->raw[lane][op->second / SIMD_ROW_STEP];
    return kind == (unsigned)SIMD_CONSTANT_ROW ? op->constant
           : kind ? op->constant | first << 8 * kind | second >> 8 * (word_bytes() - kind)
                  : op->constant | first;
}

static void add_row_op(struct column_test *t, unsigned kind, bool is_done)
{
    struct simd_row_op *op = &t->columns.ops[t->columns.n_all_ops++];
    t->columns.n_ops[kind]++;
    *op = (struct simd_row_op){.to = (uint16_t)(t->n_rows++ * SIMD_ROW_STEP),
        .first = random_raw_row(t),
        .second = random_raw_row(t),
        .constant = rng_below(&rng, 2) ? rng_next(&rng) : 0};
    for (unsigned lane = 0; lane < SIMD_COLUMN_LANES && is_done; lane++) {
        put_row(t, lane, op->to, row_word(t, op, kind, lane));
    }
}

/* Adds a copy of a row that one of n operations has made. */
static void add_copy(struct column_test *t, unsigned n)
{
    struct simd_row_op *op = &t->columns.ops[t->columns.n_all_ops++];
    t->columns.n_ops[SIMD_COPIED_ROW]++;
    *op = (struct simd_row_op){
        .to = (uint16_t)(t->n_rows++ * SIMD_ROW_STEP), .first = t->columns.ops[rng_below(&rng, n)].to};
    for (unsigned lane = 0; lane < SIMD_COLUMN_LANES; lane++) {
        put_row(t, lane, op->to, word_at(row_bytes(t, lane, op->first)));
    }
}

static void random_columns(struct column_test *t, uint8_t *area, size_t area_len)
{
    memset(t, 0, sizeof(*t));
    random_words(area, area_len);
    random_words(t->slots[0], sizeof(t->slots));
    t->parts = rng_below(&rng, 4);
    t->columns.n_columns = (uint8_t)(1 + rng_below(&rng, 5));
    t->columns.n_key_columns = (uint8_t)rng_below(&rng, 3);
    for (unsigned i = 0; i < t->columns.n_columns + (unsigned)t->columns.n_key_columns; i++) {
        set_column(t, i, i < t->columns.n_columns || t->parts & SIMD_STAGE_KEYS, area, area_len);
    }
    for (unsigned kind = 0; kind < word_bytes(); kind++) {
        for (unsigned n = rng_below(&rng, 10); n; n--) {
            add_row_op(t, kind, true);
        }
    }
    const unsigned n_shifts = t->columns.n_all_ops;
    for (unsigned n = n_shifts ? rng_below(&rng, 10) : 0; n; n--) {
        add_copy(t, n_shifts);
    }
    for (unsigned n = rng_below(&rng, 10); n; n--) {
        add_row_op(t, SIMD_CONSTANT_ROW, t->parts & SIMD_STAGE_CONSTANTS);
    }
    for (unsigned which = 0; which < 2; which++) {
        for (unsigned lane = 0; lane < SIMD_COLUMN_LANES; lane++) {
            t->of_lane[which][lane] = t->structs[which][lane];
        }
    }
}

/* Catches: a wrong shift, order of lanes or of words in a column or a row operation; a copy of another row; a
 * read beyond the bytes of a column, or through the pointer of a lane that has none; keys or constants that
 * are written unasked, or not; a write beside the rows, or to scratch beyond its end. */
static void columns_become_rows(void **state)
{
    enum { AREA = 4096 };
    static struct column_test t;
    static _Alignas(64) uint8_t expected[sizeof(columns_bank)];

    (void)state;
    if (!kernel->stage) {
        skip();
    }
    assert_in_range(kernel->lanes, 1, SIMD_COLUMN_LANES);
    uint8_t *area = guarded_pages(AREA), *scratch = new_scratch();
    for (unsigned i = 0; i < 4000; i++) {
        const void *const *const lanes[] = {t.of_lane[0], t.of_lane[1]};
        random_columns(&t, area, AREA);
        assert_in_range(t.n_rows, 0, 8 * N_COLUMN_SLOTS);
        /* The rows that nothing writes show that nothing did: they are loaded before. */
        kernel->load_message(expected, t.slots[0], sizeof(t.slots[0]), N_COLUMN_SLOTS);
        memcpy(columns_bank, expected, sizeof(expected));
        for (unsigned k = 0; k < t.columns.n_all_ops; k++) {
            const bool is_constant = k + t.columns.n_ops[SIMD_CONSTANT_ROW] >= t.columns.n_all_ops;
            if (!is_constant || t.parts & SIMD_STAGE_CONSTANTS) {
                const size_t n = word_bytes() * kernel->lanes;
                memset(columns_bank + t.columns.ops[k].to / SIMD_ROW_STEP * n, FRESH, n);
            }
        }
        kernel->stage(columns_bank, &t.columns, t.parts, lanes, scratch);
        assert_memory_equal(columns_bank, expected, sizeof(expected));
    }
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(scratch[kernel->scratch_bytes + i], FRESH);
    }
    free(scratch);
}

/* Catches: scratch that, after clear(), still depends on what was computed. */
static void scratch_is_cleared(void **state)
{
    (void)state;
    if (!kernel->scratch_bytes) {
        assert_null(kernel->clear);
        return;
    }
    assert_int_equal(kernel->scratch_bytes % 64, 0);
    for (unsigned i = 0; i < 20; i++) {
        unsigned n_tasks = 1 + rng_below(&rng, 6);
        uint8_t *scratch = new_scratch(), *first = new_scratch(), *bank = new_bank();
        for (unsigned run = 0; run < 2; run++) {
            memset(scratch, FRESH, kernel->scratch_bytes);
            for (unsigned j = 0; j < n_tasks; j++) {
                if (run == 0) {
                    random_program(&programs[j]);
                }
                set_task(j, &programs[j]);
                stage_task(&tasks[j], bank);
                struct feed_of_one feed = feed_of_one(&programs[j].program, bank);
                kernel->run(&feed.feed, scratch);
            }
            kernel->clear(scratch);
            if (run == 0) {
                memcpy(first, scratch, kernel->scratch_bytes);
            } else {
                assert_memory_equal(first, scratch, kernel->scratch_bytes);
            }
        }
        free(scratch);
        free(first);
        free(bank);
    }
}

/* ---- stack and registers ---- */

static struct feed_of_one one_feed;
static uint8_t *bank, *scratch, bytes[SIMD_MAX_LANES * 2 * SIMD_MAX_LANE_BYTES];

static void prepare_run(void)
{
    bank = new_bank();
    scratch = new_scratch();
    random_program(&programs[0]);
    set_task(0, &programs[0]);
    stage_task(&tasks[0], bank);
    one_feed = feed_of_one(&programs[0].program, bank);
}

static void free_run(void)
{
    free(bank);
    free(scratch);
}

static void call_nothing(void *argument)
{
    (void)argument;
}

static void call_run(void *argument)
{
    (void)argument;
    kernel->run(&one_feed.feed, scratch);
}

static void call_run_tasks(void *argument)
{
    (void)argument;
    if (kernel->run_tasks) {
        kernel->run_tasks(&one_feed.task, 1, scratch);
    }
}

static void call_load_message(void *argument)
{
    (void)argument;
    kernel->load_message(bank, bytes, 2 * SIMD_MAX_LANE_BYTES, 2);
}

static void call_load_state(void *argument)
{
    (void)argument;
    kernel->load_state(bank, bytes, SIMD_MAX_LANE_BYTES);
}

static void call_store_state(void *argument)
{
    (void)argument;
    kernel->store_state(bytes, SIMD_MAX_LANE_BYTES, bank);
}

static void call_hash_blocks(void *argument)
{
    (void)argument;
    if (kernel->hash_blocks) {
        kernel->hash_blocks(bytes, bytes + SIMD_MAX_LANE_BYTES, 1);
    }
}

static void call_stage(void *argument)
{
    const struct column_test *t = argument;
    const void *const *const lanes[] = {t->of_lane[0], t->of_lane[1]};
    kernel->stage(columns_bank, &t->columns, t->parts, lanes, scratch);
}

static void call_clear(void *argument)
{
    (void)argument;
    if (kernel->clear) {
        kernel->clear(scratch);
    }
}

static size_t stack_depth(void (*function)(void *argument), void *argument)
{
    struct probe probe;

    probe_call(&probe, function, argument);
    return probe.depth;
}

static size_t depth_of_stage(void)
{
    enum { AREA = 4096 };
    static struct column_test t;
    static uint8_t area[AREA];
    size_t most = 0;
    for (unsigned i = 0; i < 50; i++) {
        random_columns(&t, area, AREA);
        const size_t depth = stack_depth(call_stage, &t);
        most = most < depth ? depth : most;
    }
    return most;
}

/* Catches: a kernel that takes more of the stack than it says. The engine relies on stack_bytes for how
 * deep it wipes. */
static void stack_is_what_it_says(void **state)
{
    static void (*const functions[])(void *argument) = {call_run, call_run_tasks, call_load_message,
        call_load_state, call_store_state, call_hash_blocks, call_clear};

    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer makes frames larger; measured in the other builds");
        skip();
    }
    prepare_run();
    const size_t least = stack_depth(call_nothing, NULL);
    for (unsigned i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
        const size_t depth = stack_depth(functions[i], NULL);
        if (depth > least + kernel->stack_bytes) {
            fail_msg("function %u takes %zu bytes of stack, not %u", i, depth - least, kernel->stack_bytes);
        }
    }
    assert_true(!kernel->stage || depth_of_stage() <= least + kernel->stack_bytes);
    free_run();
}

static void call_hash_more_blocks(void *n_blocks)
{
    kernel->hash_blocks(bytes, bytes + SIMD_MAX_LANE_BYTES, *(const size_t *)n_blocks);
}

/* Catches: words of a message that hash_blocks() leaves further down than the engine wipes. */
static void deeper_stack_is_zeroed(void **state)
{
    (void)state;
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer makes frames larger; measured in the other builds");
        skip();
    }
    if (!kernel->hash_blocks) {
        return;
    }
    memset(bytes, 0x3c, sizeof(bytes));
    const size_t declared = stack_depth(call_nothing, NULL) + kernel->stack_bytes;
    for (size_t n_blocks = 2; n_blocks <= 7; n_blocks++) {
        struct probe probe;
        probe_call(&probe, call_hash_more_blocks, &n_blocks);
        const uint8_t *at = probe.stack;
        while (*at == PROBE_FILL) {
            at++;
        }
        const uint8_t *const top = at + probe.depth;
        for (; at < top - declared; at++) {
            if (*at != 0 && *at != PROBE_FILL) {
                fail_msg("of %zu blocks a byte is left %zu bytes down", n_blocks, (size_t)(top - at));
            }
        }
    }
}

#ifdef __x86_64__
/* Whether a function of the kernel changes a register that belongs to its caller. */
static bool changes_registers(void (*function)(void), const void *first, void *second, void *third)
{
    uint64_t changed = 0;

    __asm__ volatile("push %%rbp\n\t"
                     "mov %%rsp, %%rbp\n\t"
                     "sub $256, %%rsp\n\t" /* the red zone of this function stays as it is */
                     "and $-64, %%rsp\n\t"
                     "push %%rbp\n\t"
                     "push %%rbp\n\t"
                     "mov $0x1111111111111111, %%rbx\n\t"
                     "mov $0x2222222222222222, %%r12\n\t"
                     "mov $0x3333333333333333, %%r13\n\t"
                     "mov $0x4444444444444444, %%r14\n\t"
                     "mov $0x5555555555555555, %%r15\n\t"
                     "call *%%rax\n\t"
                     "mov $0x1111111111111111, %%rax\n\t"
                     "xor %%rbx, %%rax\n\t"
                     "mov $0x2222222222222222, %%rcx\n\t"
                     "xor %%r12, %%rcx\n\t"
                     "or %%rcx, %%rax\n\t"
                     "mov $0x3333333333333333, %%rcx\n\t"
                     "xor %%r13, %%rcx\n\t"
                     "or %%rcx, %%rax\n\t"
                     "mov $0x4444444444444444, %%rcx\n\t"
                     "xor %%r14, %%rcx\n\t"
                     "or %%rcx, %%rax\n\t"
                     "mov $0x5555555555555555, %%rcx\n\t"
                     "xor %%r15, %%rcx\n\t"
                     "or %%rcx, %%rax\n\t"
                     "mov (%%rsp), %%rcx\n\t"
                     "xor %%rbp, %%rcx\n\t"
                     "or %%rcx, %%rax\n\t"
                     "mov (%%rsp), %%rsp\n\t"
                     "pop %%rbp"
                     : "=a"(changed), "+D"(first), "+S"(second), "+d"(third)
                     : "a"(function)
                     : "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1",
                     "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                     "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory");
    return changed != 0;
}

/* Catches: an assembler routine that does not restore a register of its caller. */
static void registers_are_restored(void **state)
{
    (void)state;
    prepare_run();
    assert_false(changes_registers((void (*)(void))kernel->run, &one_feed.feed, scratch, NULL));
    assert_false(kernel->run_tasks && changes_registers((void (*)(void))kernel->run_tasks, &one_feed.task,
                                          (void *)(uintptr_t)1, scratch));
    free_run();
}
#endif

static struct simd_start start;

/* Catches: start-up that refuses a kernel with all the features it names, or accepts it with one fewer;
 * costs that are missing, or wrong between the measured ones. */
static void start_up_judges_by_features(void **state)
{
    const struct simd_candidate *all, *mine = NULL;

    (void)state;
    for (unsigned bit = 0; bit <= SIMD_N_CPU; bit++) {
        uint32_t without = bit < SIMD_N_CPU ? UINT32_C(1) << bit : 0;
        if (without && !(kernel->features & without)) {
            continue;
        }
        unsigned found = 0; /* a bit for each family */
        simd_start(kernel->features & ~without, &start);
        size_t n = simd_candidates(&all);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(all[i].missing, all[i].kernel->features & ~(kernel->features & ~without));
            assert_int_equal(all[i].state, all[i].missing ? SIMD_UNSUPPORTED : SIMD_USABLE);
            if (all[i].kernel == kernel) {
                mine = &all[i];
            }
            if (all[i].kernel == simd_scalar(all[i].kernel->family)) {
                found |= 1u << all[i].kernel->family;
            }
            assert_true(found >> all[i].kernel->family & 1); /* the scalar kernel comes first */
        }
        assert_int_equal(found, (1u << SIMD_N_FAMILIES) - 1);
    }
    assert_non_null(mine); /* from the last round, in which no feature was missing */
    const unsigned most = mine->kernel->tasks_in_flight;
    for (unsigned t = 1; t <= most; t++) {
        assert_true(mine->cost[t] > 0);
        assert_true(simd_cost(mine, t) == mine->cost[t]);
        assert_true(mine->cost[t] >= mine->cost[t - 1]);
    }
    assert_true(simd_cost(mine, most + 1) == mine->cost[most] + mine->cost[1]);
    assert_true(simd_cost(mine, 3 * most) == 3 * mine->cost[most]);
}

/* Catches: a kernel that says of itself what the contract does not allow, or that has the name of another
 * family. */
static void description_is_in_bounds(void **state)
{
    const char *family = simd_family_name(kernel->family);

    (void)state;
    assert_memory_equal(kernel->name, family, strlen(family));
    assert_int_equal(kernel->name[strlen(family)], '_');
    assert_non_null(kernel->description);
    assert_int_equal(kernel->features >> SIMD_N_CPU, 0);
    assert_in_range(kernel->lanes, 1, SIMD_MAX_LANES);
    assert_in_range(kernel->tasks_in_flight, 1, SIMD_MAX_TASKS_IN_FLIGHT);
    assert_in_range(kernel->stack_bytes, 0, SIMD_MAX_STACK_BYTES);
    assert_in_range(kernel->scratch_bytes, 0, SIMD_MAX_SCRATCH_BYTES);
    assert_in_range(simd_slot_bytes(kernel), 0, SIMD_MAX_SLOT_BYTES);
    assert_in_range(kernel->tasks_in_flight * simd_slot_bytes(kernel), 0, SIMD_MAX_TASKS_BYTES);
    if (kernel->run_tasks) {
        assert_int_equal(kernel->lanes, 1);
        assert_in_range(kernel->scratch_bytes, 0, SIMD_ONE_LANE_SCRATCH);
    }
    if (kernel == simd_scalar(kernel->family)) {
        assert_true(kernel->scratch_bytes <= SIMD_SCALAR_SCRATCH);
    }
}

static const struct simd_kernel *find_kernel(const char *name)
{
    const struct simd_candidate *all;
    size_t n = simd_candidates(&all);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i].kernel->name, name) == 0) {
            if (all[i].state == SIMD_UNSUPPORTED) {
                char names[SIMD_CPU_NAMES_BYTES];
                simd_cpu_names(names, all[i].missing);
                printf("%s: this CPU lacks %s\n", name, names);
                exit(EXIT_SKIPPED);
            }
            return all[i].kernel; /* even if start-up found it faulty: the tests say what is wrong */
        }
    }
    fprintf(stderr, "no kernel of that name: %s\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(description_is_in_bounds),
        cmocka_unit_test(every_operand_form),
        cmocka_unit_test(hints_change_nothing),
        cmocka_unit_test(groups_of_every_size),
        cmocka_unit_test(random_programs),
        cmocka_unit_test(idle_cursors_are_asked_again),
        cmocka_unit_test(bytes_anywhere),
        cmocka_unit_test(blocks_of_a_message),
        cmocka_unit_test(columns_become_rows),
        cmocka_unit_test(scratch_is_cleared),
        cmocka_unit_test(stack_is_what_it_says),
        cmocka_unit_test(deeper_stack_is_zeroed),
#ifdef __x86_64__
        cmocka_unit_test(registers_are_restored),
#endif
        cmocka_unit_test(start_up_judges_by_features),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: %s kernel\n", argv[0]);
        return 2;
    }
    simd_start(simd_cpu_features(), &start);
    simd_publish(start.candidates);
    kernel = find_kernel(argv[1]);
    rng = rng_from(test_seed());
    puts(test_seed_text());
    return cmocka_run_group_tests_name(kernel->name, tests, NULL, NULL) != 0;
}
