/*
 * Start-up's check of a kernel. Its answers are compared with a published one and with those of the portable
 * kernel of its family, so that a kernel which a compiler or a CPU has broken derives no keys.
 */
#include "kernel_start.h"

#include <string.h>

/* HMAC of "Hi There" under a key of bytes 0x0b: RFC 4231 section 4.2, RFC 2202 sections 2 and 3. */
static const uint8_t known_hmac[SIMD_N_FAMILIES][SIMD_MAX_LANE_BYTES] = {
    [SIMD_SHA256] = {0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce, 0xaf, 0x0b, 0xf1,
        0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83, 0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c, 0x2e, 0x32, 0xcf, 0xf7},
    [SIMD_SHA512] = {0x87, 0xaa, 0x7c, 0xde, 0xa5, 0xef, 0x61, 0x9d, 0x4f, 0xf0, 0xb4, 0x24, 0x1a, 0x1d, 0x6c,
        0xb0, 0x23, 0x79, 0xf4, 0xe2, 0xce, 0x4e, 0xc2, 0x78, 0x7a, 0xd0, 0xb3, 0x05, 0x45, 0xe1, 0x7c, 0xde,
        0xda, 0xa8, 0x33, 0xb7, 0xd6, 0xb8, 0xa7, 0x02, 0x03, 0x8b, 0x27, 0x4e, 0xae, 0xa3, 0xf4, 0xe4, 0xbe,
        0x9d, 0x91, 0x4e, 0xeb, 0x61, 0xf1, 0x70, 0x2e, 0x69, 0x6c, 0x20, 0x3a, 0x12, 0x68, 0x54},
    [SIMD_MD5] = {0x92, 0x94, 0x72, 0x7a, 0x36, 0x38, 0xbb, 0x1c, 0x13, 0xf4, 0x8e, 0xf8, 0x15, 0x8b, 0xfc,
        0x9d},
    [SIMD_SHA1] = {0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b, 0xc0, 0xb6, 0xfb, 0x37, 0x8c,
        0x8e, 0xf1, 0x46, 0xbe, 0x00},
};

/* The engine's arrays, its wipe of the stack and the memory of the check have room for no more. */
static bool is_within_limits(const struct simd_kernel *kernel)
{
    return kernel->lanes <= SIMD_MAX_LANES && kernel->tasks_in_flight <= SIMD_MAX_TASKS_IN_FLIGHT &&
           simd_slot_bytes(kernel) <= SIMD_MAX_SLOT_BYTES &&
           kernel->tasks_in_flight * simd_slot_bytes(kernel) <= SIMD_MAX_TASKS_BYTES &&
           kernel->scratch_bytes <= SIMD_MAX_SCRATCH_BYTES && kernel->stack_bytes <= SIMD_MAX_STACK_BYTES;
}

static bool gives_known_answer(const struct simd_kernel *kernel, struct sample_memory *memory)
{
    struct sample sample;

    sample_init(&sample, kernel, memory->banks, memory->rows, 1);
    sample_load(&sample, 0);
    if (kernel->run_tasks) {
        sample_run_alone(&sample, SAMPLE_N_HMAC_OPS, memory->scratch);
    } else {
        sample_run(&sample, SAMPLE_N_HMAC_OPS, memory->scratch);
    }
    sample_store(&sample, 0, memory->results);
    return memcmp(memory->results[0], known_hmac[kernel->family], simd_lane_bytes(kernel->family)) == 0;
}

/* The first lane of the scalar kernel, which has no other, under key number `key`. */
static const uint8_t *scalar_result(enum simd_family family, size_t key, struct sample_memory *memory)
{
    struct sample sample;

    sample_init(&sample, simd_scalar(family), memory->scalar_bank, memory->rows, 1);
    sample_load(&sample, key);
    sample_run(&sample, SAMPLE_N_OPS, memory->scratch);
    sample_store(&sample, 0, memory->scalar_results);
    return memory->scalar_results[0];
}

/* One task more than the kernel has cursors, so that it has to ask for another one, if that many fit. */
static size_t n_tasks_to_compare(const struct simd_kernel *kernel)
{
    const size_t n_fit = SAMPLE_BANKS_BYTES / sample_bank_bytes(kernel);

    return kernel->tasks_in_flight < n_fit ? kernel->tasks_in_flight + 1u : kernel->tasks_in_flight;
}

static bool agrees_with_scalar(const struct simd_kernel *kernel, struct sample_memory *memory)
{
    const size_t n_tasks = n_tasks_to_compare(kernel);
    struct sample sample;

    sample_init(&sample, kernel, memory->banks, memory->rows, n_tasks);
    sample_load(&sample, 0);
    sample_run(&sample, SAMPLE_N_OPS, memory->scratch);
    for (size_t key = 0; key < n_tasks * kernel->lanes; key++) {
        const size_t task = key / kernel->lanes, lane = key % kernel->lanes;
        if (lane == 0) {
            sample_store(&sample, task, memory->results);
        }
        if (memcmp(memory->results[lane], scalar_result(kernel->family, key, memory),
                simd_lane_bytes(kernel->family)) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- blocks of a message ---- */

/* Whether hash_blocks() gives what run() gives for as many operations in a row. The blocks lie at an odd
 * address. */
static bool hashes_blocks_as_it_runs(const struct simd_kernel *kernel, struct sample_memory *memory)
{
    enum { STATE, LO, HI };
    enum { N_BLOCKS = 3 };
    uint8_t blocks[1 + N_BLOCKS * 2 * SIMD_MAX_LANE_BYTES];
    const size_t lane_bytes = simd_lane_bytes(kernel->family);
    const struct simd_op op = {STATE, STATE, SIMD_NO_SLOT, LO, SIMD_NO_SLOT, HI, 0, 0, 0};
    const uint8_t *const initial = simd_families[kernel->family].initial;
    uint8_t *const bank = memory->banks, hashed[SIMD_MAX_LANE_BYTES], expected[SIMD_MAX_LANE_BYTES];
    struct sample sample;

    if (!kernel->hash_blocks) {
        return kernel->lanes > 1;
    }
    for (unsigned i = 0; i < sizeof(blocks); i++) {
        blocks[i] = (uint8_t)(1 + 7 * i);
    }
    memcpy(hashed, initial, lane_bytes);
    kernel->hash_blocks(hashed, blocks + 1, N_BLOCKS);
    sample_init(&sample, kernel, bank, memory->rows, 1);
    sample.ops[0] = op;
    kernel->load_state(bank, initial, 0);
    for (unsigned i = 0; i < N_BLOCKS; i++) {
        kernel->load_message(bank + lane_bytes, blocks + 1 + i * 2 * lane_bytes, 0, 2);
        sample_run(&sample, 1, memory->scratch);
    }
    kernel->store_state(expected, 0, bank);
    return memcmp(hashed, expected, lane_bytes) == 0;
}

/* ---- columns ---- */

/* The slots that stage_sample() writes: one row of each operation with a shift; a copy of the first of them
 * and a constant row; and the first 32 bytes of the lane. */
enum { SHIFTED, COPIED = 8, CONSTANT, BYTES = 16, N_CHECKED_ROWS = 24 };
_Static_assert((int)N_CHECKED_ROWS == 8 * (int)SAMPLE_N_COLUMN_SLOTS, "rows of whole slots");
enum { RAW_BYTES = 1, RAW_MORE = 9 /* the first raw rows of the 32 and of the 16 bytes */ };

static uint64_t constant_of(unsigned op)
{
    return UINT64_C(0x0100000001000000) >> 8 * (op % 4);
}

static void put_word(uint8_t *bytes, size_t n, uint64_t word)
{
    for (; n; word >>= 8) {
        bytes[--n] = (uint8_t)word;
    }
}

static uint64_t get_word(const uint8_t *bytes, size_t n)
{
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) {
        word = word << 8 | bytes[i];
    }
    return word;
}

/* Which words of the two columns the operation with a shift of so many bytes takes. */
static unsigned first_of(unsigned op, size_t word_bytes)
{
    return op % (32 / (unsigned)word_bytes);
}

static unsigned second_of(unsigned op, size_t word_bytes)
{
    return op % (16 / (unsigned)word_bytes);
}

static void expect_columns(const struct sample_column_lane *lane, size_t word_bytes, uint8_t *expected)
{
    const size_t n = word_bytes;

    memset(expected, 0, N_CHECKED_ROWS * n);
    for (unsigned op = 0; op < n; op++) {
        const uint64_t first = get_word(lane->bytes + n * first_of(op, n), n),
                       second = lane->has_more ? get_word(lane->more + n * second_of(op, n), n) : 0,
                       from_second = op ? second >> 8 * (n - op) : 0;
        put_word(expected + op * n, n, constant_of(op) | first << 8 * op | from_second);
    }
    memcpy(expected + COPIED * n, expected, n);
    put_word(expected + CONSTANT * n, n, constant_of(CONSTANT));
    memcpy(expected + BYTES * n, lane->bytes, 32);
}

static void set_columns(struct simd_columns *c, unsigned word_bytes)
{
    *c = (struct simd_columns){.n_columns = 2, .n_key_columns = 1};
    c->columns[0] = (struct simd_column){.pointer_at = offsetof(struct sample_column_lane, bytes),
        .if_at = SIMD_COLUMN_ALWAYS,
        .to = RAW_BYTES * SIMD_ROW_STEP,
        .n_words = (uint8_t)(32 / word_bytes)};
    c->columns[1] = (struct simd_column){.pointer_at = offsetof(struct sample_column_lane, more),
        .if_at = offsetof(struct sample_column_lane, has_more),
        .if_least = 1,
        .to = RAW_MORE * SIMD_ROW_STEP,
        .n_words = (uint8_t)(16 / word_bytes)};
    c->columns[2] = c->columns[0];
    c->columns[2].is_in_bank = true;
    c->columns[2].to = BYTES * SIMD_ROW_STEP;
    for (unsigned op = 0; op < word_bytes; op++) {
        c->n_ops[op] = 1;
        c->ops[c->n_all_ops++] = (struct simd_row_op){.to = (uint16_t)((SHIFTED + op) * SIMD_ROW_STEP),
            .first = (uint16_t)((RAW_BYTES + first_of(op, word_bytes)) * SIMD_ROW_STEP),
            .second = (uint16_t)((RAW_MORE + second_of(op, word_bytes)) * SIMD_ROW_STEP),
            .constant = constant_of(op)};
    }
    c->n_ops[SIMD_COPIED_ROW] = c->n_ops[SIMD_CONSTANT_ROW] = 1;
    c->ops[c->n_all_ops++] =
        (struct simd_row_op){.to = COPIED * SIMD_ROW_STEP, .first = SHIFTED * SIMD_ROW_STEP};
    c->ops[c->n_all_ops++] =
        (struct simd_row_op){.to = CONSTANT * SIMD_ROW_STEP, .constant = constant_of(CONSTANT)};
}

static void stage_sample(const struct simd_kernel *kernel, uint8_t *bank, struct sample_memory *memory)
{
    const void *of_lane[SIMD_COLUMN_LANES];
    const void *const *structs[] = {of_lane};

    set_columns(&memory->columns, (unsigned)simd_word_bytes(kernel->family));
    for (unsigned l = 0; l < kernel->lanes; l++) {
        of_lane[l] = &memory->column_lanes[l];
    }
    kernel->stage(bank, &memory->columns, SIMD_STAGE_KEYS | SIMD_STAGE_CONSTANTS, structs, memory->scratch);
}

/* Whether stage() gives what load_message() gives. */
static bool stages_as_it_loads(const struct simd_kernel *kernel, struct sample_memory *memory)
{
    struct sample_column_lane *const lanes = memory->column_lanes;
    const size_t slots_bytes = SAMPLE_N_COLUMN_SLOTS * simd_slot_bytes(kernel);
    uint8_t *staged = memory->banks, *loaded = memory->banks + slots_bytes;

    if (!kernel->stage) {
        return true;
    }
    for (unsigned l = 0; l < kernel->lanes; l++) {
        for (unsigned i = 0; i < sizeof(lanes[l].memory); i++) {
            lanes[l].memory[i] = (uint8_t)(1 + 5 * i + 37 * l);
        }
        lanes[l].bytes = lanes[l].memory;
        lanes[l].more = lanes[l].memory + 32;
        lanes[l].has_more = l % 2;
        expect_columns(&lanes[l], simd_word_bytes(kernel->family), memory->expected_columns[l]);
    }
    memset(staged, 0, slots_bytes);
    stage_sample(kernel, staged, memory);
    kernel->load_message(
        loaded, memory->expected_columns[0], sizeof(memory->expected_columns[0]), SAMPLE_N_COLUMN_SLOTS);
    return memcmp(staged, loaded, slots_bytes) == 0;
}

bool kernel_is_right(const struct simd_kernel *kernel, struct sample_memory *memory)
{
    return is_within_limits(kernel) && gives_known_answer(kernel, memory) &&
           agrees_with_scalar(kernel, memory) && hashes_blocks_as_it_runs(kernel, memory) &&
           stages_as_it_loads(kernel, memory);
}
