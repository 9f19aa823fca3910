#include "sample_program.h"

#include <string.h>

/* ---- the program ---- */

/* The slots of a bank. The first ones are loaded, the operations write the others. */
enum {
    IV,
    KEY_LO,
    KEY_HI,
    DATA_LO,
    DATA_HI,
    PADDING_LO,
    PADDING_HI,
    IPAD,
    OPAD,
    INNER,
    RESULT,
    OUT_INNER,
    OUT,
    N_SLOTS
};
_Static_assert((int)N_SLOTS == (int)SAMPLE_N_SLOTS, "a bank has room for every slot");
enum { NONE = SIMD_NO_SLOT, PADDED = SIMD_PADDED_DIGEST };

/* The last operations compute nothing of TLS. They have forms that a kernel may get wrong and that the PRF
 * has no use for: a digest as a state, two digests that are xored, and a padded digest without the hint. They
 * wait for each other as the last ones of the PRF do. */
static const struct simd_op program_ops[] = {
    /* dst, state, digest, lo, hi_digest, hi, xor_byte, hints, gap */
    {IPAD, IV, NONE, KEY_LO, NONE, KEY_HI, SIMD_IPAD, 0, 0},
    {OPAD, IV, NONE, KEY_LO, NONE, KEY_HI, SIMD_OPAD, 0, 1},
    {INNER, IPAD, NONE, DATA_LO, NONE, DATA_HI, 0, 0, 0},
    {RESULT, OPAD, INNER, NONE, NONE, PADDING_HI, 0, PADDED, 0}, /* A(1) */
    {INNER, IPAD, RESULT, NONE, NONE, PADDING_HI, 0, PADDED, 0},
    {OUT_INNER, IPAD, RESULT, DATA_LO, NONE, DATA_HI, 0, 0, 1},
    {RESULT, OPAD, INNER, NONE, NONE, PADDING_HI, 0, PADDED, 0}, /* A(2) */
    {OUT, OPAD, OUT_INNER, NONE, NONE, PADDING_HI, 0, PADDED, 1},
    {INNER, IPAD, RESULT, NONE, NONE, PADDING_HI, 0, PADDED, 1},
    {OUT_INNER, RESULT, OUT, DATA_LO, NONE, DATA_HI, 0, 0, 1},
    {RESULT, OPAD, INNER, NONE, NONE, PADDING_HI, 0, 0, 0}, /* A(3) */
    {OUT, RESULT, OUT_INNER, NONE, INNER, PADDING_HI, SIMD_OPAD, 0, 0},
    {RESULT, RESULT, OUT, NONE, NONE, PADDING_HI, 0, PADDED, 0},
};
_Static_assert(
    sizeof(program_ops) / sizeof(*program_ops) == SAMPLE_N_OPS, "a sample has room for all of them");

static int next_task(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct sample *sample = (struct sample *)feed;

    (void)cursor;
    if (sample->n_given == sample->n_tasks) {
        return 0;
    }
    task->program = &sample->program;
    task->bank = sample->banks + sample->n_given++ * sample_bank_bytes(sample->kernel);
    return 1;
}

/* Where a digest has fewer than eight words, its padding begins in `lo`. The hint is only for digests that
 * fill a slot. */
static void set_ops(struct simd_op ops[SAMPLE_N_OPS], unsigned digest_words)
{
    memcpy(ops, program_ops, sizeof(program_ops));
    for (unsigned i = 0; i < SAMPLE_N_OPS && digest_words < 8; i++) {
        if (ops[i].lo == NONE) {
            ops[i].lo = PADDING_LO;
            ops[i].hints = 0;
        }
    }
}

void sample_init(
    struct sample *sample, const struct simd_kernel *kernel, uint8_t *banks, sample_row *rows, size_t n_tasks)
{
    const unsigned digest_words = simd_state_words(kernel->family);

    sample->feed.next = next_task;
    sample->kernel = kernel;
    set_ops(sample->ops, digest_words);
    sample->program = (struct simd_program){sample->ops, SAMPLE_N_OPS, N_SLOTS, (uint8_t)digest_words, 4};
    sample->banks = banks;
    sample->rows = rows;
    sample->n_tasks = n_tasks;
}

void sample_run(struct sample *sample, unsigned n_ops, void *scratch)
{
    sample->program.n_ops = (uint16_t)n_ops;
    sample->n_given = 0;
    sample->kernel->run(&sample->feed, scratch);
}

void sample_run_alone(struct sample *sample, unsigned n_ops, void *scratch)
{
    const struct simd_task task = {&sample->program, sample->banks};

    sample->program.n_ops = (uint16_t)n_ops;
    sample->kernel->run_tasks(&task, 1, scratch);
}

/* ---- what goes in and comes out ---- */

static uint8_t *slot_of(const struct sample *sample, size_t task, size_t slot)
{
    return sample->banks + task * sample_bank_bytes(sample->kernel) + slot * simd_slot_bytes(sample->kernel);
}

typedef uint8_t block_of_lane[2 * SIMD_MAX_LANE_BYTES];
_Static_assert(sizeof(block_of_lane) <= sizeof(sample_row), "a row has room for a key");

/* Pads a message of `len` bytes. Its last block has `used` bytes of the message and zeros behind them. */
static void pad(enum simd_family family, block_of_lane block, size_t used, size_t len)
{
    const size_t end = 2 * simd_lane_bytes(family);
    const uint8_t high = (uint8_t)(8 * len / 256),
                  low = (uint8_t)(8 * len); /* the last two bytes of the length in bits */

    block[used] = 0x80;
    if (simd_families[family].little_endian) {
        block[end - 8] = low;
        block[end - 7] = high;
    } else {
        block[end - 2] = high;
        block[end - 1] = low;
    }
}

static void make_key(enum simd_family family, uint8_t *key, size_t number)
{
    const size_t len = family == SIMD_MD5 ? 16 : 20; /* as in the RFCs */

    memset(key, 0, sizeof(block_of_lane));
    for (size_t i = 0; i < len; i++) {
        key[i] = (uint8_t)(0x0b + number * (2 * i + 1));
    }
}

void sample_load(const struct sample *sample, size_t first_key)
{
    sample_row *const keys = sample->rows;
    const struct simd_kernel *kernel = sample->kernel;
    const enum simd_family family = kernel->family;
    const size_t block_bytes = 2 * simd_lane_bytes(family);
    const size_t digest_bytes = simd_state_words(family) * simd_word_bytes(family);
    block_of_lane data = "Hi There", padding = {0};

    pad(family, data, 8, block_bytes + 8);
    pad(family, padding, digest_bytes, block_bytes + digest_bytes);
    for (size_t task = 0; task < sample->n_tasks; task++) {
        for (size_t lane = 0; lane < kernel->lanes; lane++) {
            make_key(family, keys[lane], first_key + task * kernel->lanes + lane);
        }
        kernel->load_state(slot_of(sample, task, IV), simd_families[family].initial, 0);
        kernel->load_message(slot_of(sample, task, KEY_LO), keys[0], sizeof(*keys), 2);
        kernel->load_message(slot_of(sample, task, DATA_LO), data, 0, 2);
        kernel->load_message(slot_of(sample, task, PADDING_LO), padding, 0, 2);
    }
}

void sample_store(const struct sample *sample, size_t task, sample_results results)
{
    sample->kernel->store_state(results[0], sizeof(*results), slot_of(sample, task, RESULT));
}

/* ---- what the engine does around a kernel ---- */

enum { N_MESSAGES = PADDING_HI - KEY_LO + 1 };
_Static_assert(N_MESSAGES *SIMD_MAX_LANE_BYTES <= sizeof(sample_row), "a row has room for all messages");

void sample_stage(const struct sample *sample, size_t task)
{
    const struct simd_kernel *kernel = sample->kernel;

    kernel->load_message(slot_of(sample, task, KEY_LO), sample->rows[0], sizeof(sample_row), N_MESSAGES);
    kernel->load_state(slot_of(sample, task, IV), simd_families[kernel->family].initial, 0);
}

void sample_unstage(const struct sample *sample, size_t task)
{
    sample->kernel->store_state(sample->rows[0], sizeof(sample_row), slot_of(sample, task, RESULT));
    sample->kernel->store_state(sample->rows[0], sizeof(sample_row), slot_of(sample, task, OUT));
}

void sample_wipe(const struct sample *sample, size_t n_tasks, void *scratch)
{
    const struct simd_kernel *kernel = sample->kernel;

    for (size_t task = 0; task < n_tasks; task++) {
        memset(slot_of(sample, task, 0), 0, N_SLOTS * simd_slot_bytes(kernel));
    }
    for (size_t lane = 0; lane < kernel->lanes; lane++) {
        memset(sample->rows[lane], 0, sizeof(sample_row));
    }
    if (kernel->clear) {
        kernel->clear(scratch);
    }
}
