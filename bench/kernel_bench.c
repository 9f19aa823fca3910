#include "kernel_bench.h"

#include "bench_support.h"
#include "simd.h"
#include "workload.h"

#include <stdlib.h>
#include <string.h>

/*
 * The program is a PRF of a 48-byte secret and a 77-byte seed to 64 bytes, in an order that puts independent
 * operations side by side. Kernels spend their time on such programs: two pads, then a chain of inner and
 * outer hashes, some of full blocks and some of a digest.
 */
enum { /* message slots, then state slots */
    SECRET_LO,
    SECRET_HI,
    SEED0_LO, /* the message of A(1): its first 64 bytes and the rest */
    SEED0_HI,
    SEED1_LO,
    SEED1_HI,
    HEAD_HI, /* what follows A(i) in the message of an output block: its first 32 bytes and the rest */
    TAIL_LO,
    TAIL_HI,
    PADDING,
    N_MESSAGE_SLOTS,
    IV = N_MESSAGE_SLOTS,
    IPAD,
    OPAD,
    A,
    INNER_A,
    INNER_OUT1,
    OUT1,
    INNER_OUT2,
    OUT2,
    N_SLOTS
};
enum { NONE = SIMD_NO_SLOT, PADDED = SIMD_PADDED_DIGEST };

static const struct simd_op ops[] = {
    /* dst, state, digest, lo, hi, xor_byte, hints, gap */
    {IPAD, IV, NONE, SECRET_LO, SECRET_HI, 0x36, 0, 0},
    {OPAD, IV, NONE, SECRET_LO, SECRET_HI, 0x5c, 0, 1},
    {INNER_A, IPAD, NONE, SEED0_LO, SEED0_HI, 0, 0, 1},
    {INNER_A, INNER_A, NONE, SEED1_LO, SEED1_HI, 0, 0, 0},
    {A, OPAD, INNER_A, NONE, PADDING, 0, PADDED, 0}, /* A(1) */
    {INNER_A, IPAD, A, NONE, PADDING, 0, PADDED, 0},
    {INNER_OUT1, IPAD, A, NONE, HEAD_HI, 0, 0, 1},
    {INNER_OUT1, INNER_OUT1, NONE, TAIL_LO, TAIL_HI, 0, 0, 0},
    {A, OPAD, INNER_A, NONE, PADDING, 0, PADDED, 1}, /* A(2) */
    {INNER_OUT2, IPAD, A, NONE, HEAD_HI, 0, 0, 0},
    {OUT1, OPAD, INNER_OUT1, NONE, PADDING, 0, PADDED, 2},
    {INNER_OUT2, INNER_OUT2, NONE, TAIL_LO, TAIL_HI, 0, 0, 1},
    {OUT2, OPAD, INNER_OUT2, NONE, PADDING, 0, PADDED, 0},
};
enum { N_OPS = sizeof(ops) / sizeof(*ops) };

/* The message slots of one lane, as bytes. Their content does not matter, but for the padding, which the hint
 * SIMD_PADDED_DIGEST promises. */
enum { MAX_LANE_LEN = N_MESSAGE_SLOTS * 64 };

static size_t lane_slot_len(const struct simd_kernel *kernel)
{
    return 8 * simd_word_bytes(kernel->family);
}

static void fill_lane(const struct simd_kernel *kernel, uint8_t bytes[MAX_LANE_LEN], size_t lane)
{
    const size_t slot_len = lane_slot_len(kernel), bits = 8 * 3 * slot_len; /* of a block and a digest */
    memcpy(bytes, workload_batch_of(&workload_prf, lane, 1, NULL).inputs, sizeof(struct handshake_inputs));
    memset(
        bytes + sizeof(struct handshake_inputs), (int)lane, MAX_LANE_LEN - sizeof(struct handshake_inputs));
    uint8_t *padding = bytes + PADDING * slot_len;
    memset(padding, 0, slot_len);
    padding[0] = 0x80;
    padding[slot_len - 2] = (uint8_t)(bits / 256);
}
_Static_assert(sizeof(struct handshake_inputs) <= N_MESSAGE_SLOTS * 32, "the inputs fit into a lane");

struct kernel_bench {
    struct simd_feed feed; /* first: next_task() gets the address of the feed */
    const struct simd_kernel *kernel;
    struct simd_op ops[N_OPS];
    struct simd_program program;
    size_t n_tasks, n_given;
    uint8_t *banks;
    size_t bank_bytes;
    void *scratch;
};

static int next_task(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    (void)cursor;
    struct kernel_bench *bench = (struct kernel_bench *)feed;
    if (bench->n_given == bench->n_tasks) {
        return 0;
    }
    *task = (struct simd_task){&bench->program, bench->banks + bench->n_given++ * bench->bank_bytes};
    return 1;
}

static uint8_t *slot_at(const struct kernel_bench *bench, size_t task, size_t number)
{
    return bench->banks + task * bench->bank_bytes + number * simd_slot_bytes(bench->kernel);
}

/* Behind a digest of fewer than eight words come words of `lo`, and the hint is not for such a digest. */
static void set_program(struct kernel_bench *bench)
{
    const unsigned words = simd_state_words(bench->kernel->family);
    memcpy(bench->ops, ops, sizeof(ops));
    for (size_t i = 0; i < N_OPS && words < 8; i++) {
        if (ops[i].lo == NONE) {
            bench->ops[i].lo = TAIL_LO;
            bench->ops[i].hints = 0;
        }
    }
    bench->program = (struct simd_program){bench->ops, N_OPS, N_SLOTS, (uint8_t)words};
}

static struct kernel_bench *new_bench(const struct simd_kernel *kernel, size_t n_tasks)
{
    struct kernel_bench *bench = bench_alloc(sizeof(*bench));
    bench->feed.next = next_task;
    bench->kernel = kernel;
    set_program(bench);
    bench->n_tasks = n_tasks;
    /* Banks lie an odd number of cache lines apart, so that they do not share the same few cache sets. */
    const size_t lines = (N_SLOTS * simd_slot_bytes(kernel) + 63) / 64;
    bench->bank_bytes = (lines | 1) * 64;
    bench->banks = bench_alloc(n_tasks * bench->bank_bytes);
    bench->scratch = bench_alloc(kernel->scratch_bytes + 64);
    return bench;
}

/* The lanes of every task get the inputs of handshake number first_lane and up. */
static void load_lanes(struct kernel_bench *bench, size_t first_lane)
{
    static uint8_t bytes[SIMD_MAX_LANES][MAX_LANE_LEN];
    for (size_t lane = 0; lane < bench->kernel->lanes; lane++) {
        fill_lane(bench->kernel, bytes[lane], first_lane + lane);
    }
    for (size_t task = 0; task < bench->n_tasks; task++) {
        bench->kernel->load_message(slot_at(bench, task, 0), bytes[0], MAX_LANE_LEN, N_MESSAGE_SLOTS);
        bench->kernel->load_state(slot_at(bench, task, IV), bytes[0], MAX_LANE_LEN);
    }
}

enum { OUT_LEN = 2 * 64 };

static void store_outputs(const struct kernel_bench *bench, size_t task, uint8_t out[SIMD_MAX_LANES][OUT_LEN])
{
    bench->kernel->store_state(out[0], OUT_LEN, slot_at(bench, task, OUT1));
    bench->kernel->store_state(out[0] + OUT_LEN / 2, OUT_LEN, slot_at(bench, task, OUT2));
}

static void free_bench(struct kernel_bench *bench)
{
    free(bench->banks);
    free(bench->scratch);
    free(bench);
}

/* Compares every lane of every task with what the scalar kernel gives. */
static void check_against_scalar(struct kernel_bench *bench)
{
    uint8_t expected[SIMD_MAX_LANES][OUT_LEN] = {{0}}, got[SIMD_MAX_LANES][OUT_LEN] = {{0}};
    struct kernel_bench *scalar = new_bench(simd_scalar(bench->kernel->family), 1);
    for (size_t lane = 0; lane < bench->kernel->lanes; lane++) {
        load_lanes(scalar, lane);
        kernel_bench_run(scalar);
        store_outputs(scalar, 0, expected + lane);
    }
    free_bench(scalar);

    kernel_bench_run(bench);
    for (size_t task = 0; task < bench->n_tasks; task++) {
        store_outputs(bench, task, got);
        if (memcmp(got, expected, bench->kernel->lanes * sizeof(*got)) != 0) {
            bench_fail("kernel %s differs from the scalar one", bench->kernel->name);
        }
    }
}

static const struct simd_kernel *usable_kernel(size_t index)
{
    const struct simd_candidate *candidates;
    lanekdf_start(NULL); /* fills the table of kernels */
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].state == SIMD_USABLE && index-- == 0) {
            return candidates[i].kernel;
        }
    }
    return NULL;
}

const char *kernel_bench_name(size_t index)
{
    const struct simd_kernel *kernel = usable_kernel(index);
    return kernel ? kernel->name : NULL;
}

struct kernel_bench *kernel_bench_new(size_t index, size_t n_tasks)
{
    struct kernel_bench *bench = new_bench(usable_kernel(index), n_tasks);
    load_lanes(bench, 0);
    check_against_scalar(bench);
    return bench;
}

void kernel_bench_run(struct kernel_bench *bench)
{
    bench->n_given = 0;
    bench->kernel->run(&bench->feed, bench->scratch);
}

size_t kernel_bench_compressions(const struct kernel_bench *bench)
{
    return bench->n_tasks * bench->kernel->lanes * N_OPS;
}
