/*
 * The kernels, as data, and what start-up finds out about each: whether this CPU
 * can run it, whether it gives right answers, and what it costs.
 *
 * The trial program is a real one, HMAC-SHA-256 and then the chain A(i) of TLS
 * 1.2's PRF with an output block beside every A(i): the key's two pads are
 * independent of each other, the rest is mostly a chain. So is what its cost
 * says about the kernel. Its first HMAC is test case 1 of RFC 4231.
 *
 * All memory here is static, and none of it ever holds a secret.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "sha256.h"

#include <string.h>
#include <time.h>

static const struct simd_kernel *const kernels[] = {
    &sha256_scalar,
#ifdef SIMD_X86
    &sha256_shani,
    &sha256_shani_avx512vl,
    &sha256_avx2,
    &sha256_avx512,
#endif
};
enum { N_KERNELS = sizeof kernels / sizeof *kernels };

static struct simd_candidate candidates[N_KERNELS];

/* --- the trial program --- */

/* What load_state and load_message put into a bank, and what operations write. */
enum { IV, KEY_LO, KEY_HI, DATA_LO, DATA_HI, PADDING, IPAD, OPAD, INNER, MAC, OUT_INNER, OUT, N_SLOTS };
enum { NONE = SIMD_NO_SLOT, PADDED = SIMD_PADDED_DIGEST };

static const struct simd_op trial_ops[] = {
    /* dst, state, digest, lo, hi, xor_byte, hints, gap */
    {IPAD, IV, NONE, KEY_LO, KEY_HI, 0x36, 0, 0},
    {OPAD, IV, NONE, KEY_LO, KEY_HI, 0x5c, 0, 1},
    {INNER, IPAD, NONE, DATA_LO, DATA_HI, 0, 0, 0},
    {MAC, OPAD, INNER, NONE, PADDING, 0, PADDED, 0}, /* A(1) */
    {INNER, IPAD, MAC, NONE, PADDING, 0, PADDED, 0},
    {OUT_INNER, IPAD, MAC, DATA_LO, DATA_HI, 0, 0, 1},
    {MAC, OPAD, INNER, NONE, PADDING, 0, PADDED, 0}, /* A(2) */
    {OUT, OPAD, OUT_INNER, NONE, PADDING, 0, PADDED, 1},
    {INNER, IPAD, MAC, NONE, PADDING, 0, PADDED, 1},
    {OUT_INNER, MAC, OUT, DATA_LO, DATA_HI, 0, 0, 1},
    {MAC, OPAD, INNER, NONE, PADDING, 0, 0, 0}, /* A(3) */
    {OUT, OPAD, OUT_INNER, NONE, PADDING, 0x5c, 0, 1},
    {INNER, MAC, OUT, NONE, PADDING, 0, PADDED, 0},
};
enum { N_TRIAL_OPS = sizeof trial_ops / sizeof *trial_ops };

static const struct simd_program trial = {trial_ops, N_TRIAL_OPS, N_SLOTS, 8};

/* A(1) is an HMAC of its own. */
static const struct simd_program trial_hmac = {trial_ops, 4, N_SLOTS, 8};

static const uint8_t iv[32] = {0x6a, 0x09, 0xe6, 0x67, 0xbb, 0x67, 0xae, 0x85, 0x3c, 0x6e, 0xf3, 0x72, 0xa5,
    0x4f, 0xf5, 0x3a, 0x51, 0x0e, 0x52, 0x7f, 0x9b, 0x05, 0x68, 0x8c, 0x1f, 0x83, 0xd9, 0xab, 0x5b, 0xe0,
    0xcd, 0x19};
/* RFC 4231, test case 1: key of 20 bytes 0x0b; "Hi There" behind one block, and its padding. */
static const uint8_t data[64] = {
    'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e', 0x80, [62] = (64 + 8) * 8 / 256, [63] = (64 + 8) * 8 % 256};
static const uint8_t data_mac[32] = {0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce,
    0xaf, 0x0b, 0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83, 0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c, 0x2e,
    0x32, 0xcf, 0xf7};
/* Padding of a digest behind one block. */
static const uint8_t padding[32] = {0x80, [30] = (64 + 32) * 8 / 256, [31] = (64 + 32) * 8 % 256};

enum { MAX_TASKS = SIMD_MAX_COST_TASKS, SLOT_BYTES = SIMD_MAX_LANES * 32, MAX_SCRATCH = 8192 };

static struct {
    /* One cache line more than it takes: banks a power of two apart would share sets. */
    _Alignas(64) uint8_t banks[MAX_TASKS][N_SLOTS * SLOT_BYTES + 64];
    _Alignas(64) uint8_t reference_bank[N_SLOTS * 32];
    _Alignas(64) uint8_t scratch[MAX_SCRATCH];
    uint8_t keys[SIMD_MAX_LANES][64];
    uint8_t digests[SIMD_MAX_LANES][32];
} memory;

static uint8_t *bank_of(const struct simd_kernel *kernel, size_t task)
{
    return memory.banks[0] + task * (N_SLOTS * simd_slot_bytes(kernel) + 64);
}

/* Lanes get keys number first_key and up. Key number 0 is RFC 4231's, the others differ from it. */
static void stage(const struct simd_kernel *kernel, uint8_t *bank, size_t first_key)
{
    size_t slot_bytes = simd_slot_bytes(kernel);

    for (size_t lane = 0; lane < kernel->lanes; lane++)
        for (size_t i = 0; i < 20; i++)
            memory.keys[lane][i] = (uint8_t)(0x0b + (first_key + lane) * (2 * i + 1));
    kernel->load_state(bank + IV * slot_bytes, iv, 0);
    kernel->load_message(bank + KEY_LO * slot_bytes, memory.keys[0], sizeof *memory.keys, 2);
    kernel->load_message(bank + DATA_LO * slot_bytes, data, 0, 2);
    kernel->load_message(bank + PADDING * slot_bytes, padding, 0, 1);
}

/* A feed of n_tasks tasks, one program on consecutive banks. */
struct trial_feed {
    struct simd_feed feed;
    struct simd_task task;
    size_t bank_bytes, n_tasks;
};

static int next_trial(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct trial_feed *left = (struct trial_feed *)feed;

    (void)cursor;
    if (!left->n_tasks)
        return 0;
    left->n_tasks--;
    *task = left->task;
    left->task.bank += left->bank_bytes;
    return 1;
}

static void run_trial(
    const struct simd_kernel *kernel, const struct simd_program *program, uint8_t *bank, size_t n_tasks)
{
    struct trial_feed feed = {
        {next_trial}, {program, bank}, (size_t)(bank_of(kernel, 1) - bank_of(kernel, 0)), n_tasks};

    kernel->run(&feed.feed, memory.scratch);
}

/* --- right answers --- */

static int gives_known_answer(const struct simd_kernel *kernel)
{
    stage(kernel, memory.banks[0], 0);
    run_trial(kernel, &trial_hmac, memory.banks[0], 1);
    kernel->store_state(memory.digests[0], 32, memory.banks[0] + MAC * simd_slot_bytes(kernel));
    return memcmp(memory.digests[0], data_mac, 32) == 0;
}

/* In every lane of one task more than it has cursors, if that many fit. */
static int agrees_with_scalar(const struct simd_kernel *kernel)
{
    size_t n_tasks = kernel->tasks_in_flight < MAX_TASKS ? kernel->tasks_in_flight + 1u : MAX_TASKS;

    for (size_t task = 0; task < n_tasks; task++)
        stage(kernel, bank_of(kernel, task), task * kernel->lanes);
    run_trial(kernel, &trial, bank_of(kernel, 0), n_tasks);
    for (size_t task = 0; task < n_tasks; task++) {
        kernel->store_state(memory.digests[0], 32, bank_of(kernel, task) + INNER * simd_slot_bytes(kernel));
        for (size_t lane = 0; lane < kernel->lanes; lane++) {
            uint8_t expected[32];
            stage(&sha256_scalar, memory.reference_bank, task * kernel->lanes + lane);
            run_trial(&sha256_scalar, &trial, memory.reference_bank, 1);
            sha256_scalar.store_state(expected, 32, memory.reference_bank + INNER * 32);
            if (memcmp(memory.digests[lane], expected, 32) != 0)
                return 0;
        }
    }
    return 1;
}

static int is_right(const struct simd_kernel *kernel)
{
    return kernel->lanes <= SIMD_MAX_LANES && kernel->scratch_bytes <= MAX_SCRATCH &&
           gives_known_answer(kernel) && agrees_with_scalar(kernel);
}

/* --- cost --- */

/* Each figure is the least of several rounds, each of which measures everything once: a
 * disturbance, which lasts a while, then spoils one round rather than one figure. */
enum { MAX_ROUNDS = 8, MIN_ROUNDS = 2, BUDGET_NS = 5000000 };

static const unsigned cost_tasks[SIMD_N_COSTS] = SIMD_COST_TASKS;

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure_round(struct simd_candidate *candidate)
{
    for (size_t j = 0; j < SIMD_N_COSTS; j++) {
        const double start = now_ns();
        run_trial(candidate->kernel, &trial, bank_of(candidate->kernel, 0), cost_tasks[j]);
        const double cost = (now_ns() - start) / N_TRIAL_OPS;
        if (candidate->cost[j] == 0 || cost < candidate->cost[j])
            candidate->cost[j] = cost;
    }
}

static void measure_all(void)
{
    const double start = now_ns();
    for (int round = 0; round < MAX_ROUNDS; round++) {
        if (round >= MIN_ROUNDS && now_ns() - start > BUDGET_NS)
            break;
        for (size_t i = 0; i < N_KERNELS; i++)
            if (candidates[i].state == SIMD_USABLE)
                measure_round(&candidates[i]);
    }
}

double simd_cost(const struct simd_candidate *candidate, size_t n_tasks)
{
    const double *cost = candidate->cost;

    for (size_t i = 0; i < SIMD_N_COSTS; i++) {
        if (n_tasks == cost_tasks[i])
            return cost[i];
        if (n_tasks < cost_tasks[i]) { /* between two that were measured: on the line */
            double width = cost_tasks[i] - cost_tasks[i - 1];
            return cost[i - 1] + (cost[i] - cost[i - 1]) * (double)(n_tasks - cost_tasks[i - 1]) / width;
        }
    }
    return cost[SIMD_N_COSTS - 1] * (double)n_tasks / SIMD_MAX_COST_TASKS;
}

/* --- start-up --- */

void simd_start(uint32_t features)
{
    for (size_t i = 0; i < N_KERNELS; i++) {
        const struct simd_kernel *kernel = kernels[i];
        struct simd_candidate *candidate = &candidates[i];

        *candidate = (struct simd_candidate){kernel, SIMD_USABLE, kernel->features & ~features, {0}};
        if (candidate->missing) {
            candidate->state = SIMD_UNSUPPORTED;
        } else if (!is_right(kernel)) {
            candidate->state = SIMD_FAULTY;
        }
    }
    measure_all();
}

size_t simd_candidates(const struct simd_candidate **all)
{
    *all = candidates;
    return N_KERNELS;
}

const struct simd_kernel *simd_scalar(enum simd_family family)
{
    (void)family;
    return &sha256_scalar;
}
