/*
 * The kernels, as data, and what start-up finds out about each: whether this CPU
 * can run it, whether it gives right answers, and what it costs.
 *
 * The trial program is a real one, HMAC and then the chain A(i) of TLS 1.2's PRF with
 * an output block beside every A(i): the key's two pads are independent of each other,
 * the rest is mostly a chain. So is what its cost says about the kernel. Its first
 * HMAC is test case 1 of RFC 4231 or RFC 2202.
 *
 * All memory here is static, and none of it ever holds a secret.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "md5.h"
#include "sha1.h"
#include "sha256.h"
#include "sha512.h"

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
    &sha512_scalar,
#ifdef SIMD_X86
    &sha512_bmi2,
    &sha512_avx2,
    &sha512_avx512,
#endif
    &md5_scalar,
    &sha1_scalar,
};
enum { N_KERNELS = sizeof(kernels) / sizeof(*kernels) };
_Static_assert(
    (int)N_KERNELS <= (int)SIMD_MAX_KERNELS, "whoever keeps something for each kernel has room for it");

static struct simd_candidate candidates[N_KERNELS];

/* --- families --- */

enum { MAX_SLOT = 64 /* bytes of a lane */ };

/* What the trial has to know of one. */
static const struct family {
    const struct simd_kernel *scalar;
    uint8_t little_endian;     /* the message length at the end of the padding */
    uint8_t key_len;           /* of the RFC's test case */
    uint8_t initial[MAX_SLOT]; /* chaining value */
    uint8_t mac[MAX_SLOT];     /* of "Hi There" under a key of bytes 0x0b */
} families[SIMD_N_FAMILIES] = {
    [SIMD_SHA256] = {.scalar = &sha256_scalar,
        .key_len = 20,
        .initial = {0x6a, 0x09, 0xe6, 0x67, 0xbb, 0x67, 0xae, 0x85, 0x3c, 0x6e, 0xf3, 0x72, 0xa5, 0x4f, 0xf5,
            0x3a, 0x51, 0x0e, 0x52, 0x7f, 0x9b, 0x05, 0x68, 0x8c, 0x1f, 0x83, 0xd9, 0xab, 0x5b, 0xe0, 0xcd,
            0x19},
        .mac = {0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce, 0xaf, 0x0b, 0xf1,
            0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83, 0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c, 0x2e, 0x32, 0xcf,
            0xf7}},
    [SIMD_SHA512] = {.scalar = &sha512_scalar,
        .key_len = 20,
        .initial = {0x6a, 0x09, 0xe6, 0x67, 0xf3, 0xbc, 0xc9, 0x08, 0xbb, 0x67, 0xae, 0x85, 0x84, 0xca, 0xa7,
            0x3b, 0x3c, 0x6e, 0xf3, 0x72, 0xfe, 0x94, 0xf8, 0x2b, 0xa5, 0x4f, 0xf5, 0x3a, 0x5f, 0x1d, 0x36,
            0xf1, 0x51, 0x0e, 0x52, 0x7f, 0xad, 0xe6, 0x82, 0xd1, 0x9b, 0x05, 0x68, 0x8c, 0x2b, 0x3e, 0x6c,
            0x1f, 0x1f, 0x83, 0xd9, 0xab, 0xfb, 0x41, 0xbd, 0x6b, 0x5b, 0xe0, 0xcd, 0x19, 0x13, 0x7e, 0x21,
            0x79},
        .mac = {0x87, 0xaa, 0x7c, 0xde, 0xa5, 0xef, 0x61, 0x9d, 0x4f, 0xf0, 0xb4, 0x24, 0x1a, 0x1d, 0x6c,
            0xb0, 0x23, 0x79, 0xf4, 0xe2, 0xce, 0x4e, 0xc2, 0x78, 0x7a, 0xd0, 0xb3, 0x05, 0x45, 0xe1, 0x7c,
            0xde, 0xda, 0xa8, 0x33, 0xb7, 0xd6, 0xb8, 0xa7, 0x02, 0x03, 0x8b, 0x27, 0x4e, 0xae, 0xa3, 0xf4,
            0xe4, 0xbe, 0x9d, 0x91, 0x4e, 0xeb, 0x61, 0xf1, 0x70, 0x2e, 0x69, 0x6c, 0x20, 0x3a, 0x12, 0x68,
            0x54}},
    [SIMD_MD5] = {.scalar = &md5_scalar,
        .little_endian = 1,
        .key_len = 16,
        .initial = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32,
            0x10},
        .mac = {0x92, 0x94, 0x72, 0x7a, 0x36, 0x38, 0xbb, 0x1c, 0x13, 0xf4, 0x8e, 0xf8, 0x15, 0x8b, 0xfc,
            0x9d}},
    [SIMD_SHA1] = {.scalar = &sha1_scalar,
        .key_len = 20,
        .initial = {0x67, 0x45, 0x23, 0x01, 0xef, 0xcd, 0xab, 0x89, 0x98, 0xba, 0xdc, 0xfe, 0x10, 0x32, 0x54,
            0x76, 0xc3, 0xd2, 0xe1, 0xf0},
        .mac = {0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b, 0xc0, 0xb6, 0xfb, 0x37, 0x8c,
            0x8e, 0xf1, 0x46, 0xbe, 0x00}},
};

/* A lane's part of a slot, and of the slot what a digest takes. */
static size_t slot_of_lane(enum simd_family family)
{
    return 8 * simd_word_bytes(family);
}

static size_t digest_of(enum simd_family family)
{
    return simd_state_words(family) * simd_word_bytes(family);
}

/* Ends a message of `len` bytes in a block, zero behind the `used` bytes that it has of it. */
static void pad(enum simd_family family, uint8_t block[2 * MAX_SLOT], size_t used, size_t len)
{
    const size_t end = 2 * slot_of_lane(family);

    block[used] = 0x80;
    if (families[family].little_endian) {
        block[end - 8] = (uint8_t)(8 * len);
        block[end - 7] = (uint8_t)(8 * len / 256);
    } else {
        block[end - 1] = (uint8_t)(8 * len);
        block[end - 2] = (uint8_t)(8 * len / 256);
    }
}

/* --- the trial program --- */

/* What load_state and load_message put into a bank, and what operations write. */
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
    MAC,
    OUT_INNER,
    OUT,
    N_SLOTS
};
enum { NONE = SIMD_NO_SLOT, PADDED = SIMD_PADDED_DIGEST };

static const struct simd_op trial_ops[] = {
    /* dst, state, digest, lo, hi, xor_byte, hints, gap */
    {IPAD, IV, NONE, KEY_LO, KEY_HI, 0x36, 0, 0},
    {OPAD, IV, NONE, KEY_LO, KEY_HI, 0x5c, 0, 1},
    {INNER, IPAD, NONE, DATA_LO, DATA_HI, 0, 0, 0},
    {MAC, OPAD, INNER, NONE, PADDING_HI, 0, PADDED, 0}, /* A(1) */
    {INNER, IPAD, MAC, NONE, PADDING_HI, 0, PADDED, 0},
    {OUT_INNER, IPAD, MAC, DATA_LO, DATA_HI, 0, 0, 1},
    {MAC, OPAD, INNER, NONE, PADDING_HI, 0, PADDED, 0}, /* A(2) */
    {OUT, OPAD, OUT_INNER, NONE, PADDING_HI, 0, PADDED, 1},
    {INNER, IPAD, MAC, NONE, PADDING_HI, 0, PADDED, 1},
    {OUT_INNER, MAC, OUT, DATA_LO, DATA_HI, 0, 0, 1},
    {MAC, OPAD, INNER, NONE, PADDING_HI, 0, 0, 0}, /* A(3) */
    {OUT, OPAD, OUT_INNER, NONE, PADDING_HI, 0x5c, 0, 1},
    {INNER, MAC, OUT, NONE, PADDING_HI, 0, PADDED, 0},
};
enum {
    N_TRIAL_OPS = sizeof(trial_ops) / sizeof(*trial_ops),
    N_HMAC_OPS = 4 /* A(1) is an HMAC of its own */
};

/* A digest of fewer than eight words leaves a part of `lo` to its padding. */
static void set_ops(struct simd_op ops[N_TRIAL_OPS], enum simd_family family)
{
    memcpy(ops, trial_ops, sizeof(trial_ops));
    for (unsigned i = 0; i < N_TRIAL_OPS && simd_state_words(family) < 8; i++) {
        if (ops[i].lo == NONE) {
            ops[i].lo = PADDING_LO;
            ops[i].hints = 0;
        }
    }
}

enum { MAX_TASKS = SIMD_MAX_COST_TASKS, SLOT_BYTES = SIMD_MAX_LANES * 32, MAX_SCRATCH = 8192 };

static struct {
    /* One cache line more than it takes: banks a power of two apart would share sets. */
    _Alignas(64) uint8_t banks[MAX_TASKS][N_SLOTS * SLOT_BYTES + 64];
    _Alignas(64) uint8_t reference_bank[N_SLOTS * MAX_SLOT];
    _Alignas(64) uint8_t scratch[MAX_SCRATCH];
    uint8_t keys[SIMD_MAX_LANES][2 * MAX_SLOT];
    uint8_t digests[SIMD_MAX_LANES][MAX_SLOT];
} memory;

static uint8_t *bank_of(const struct simd_kernel *kernel, size_t task)
{
    return memory.banks[0] + task * (N_SLOTS * simd_slot_bytes(kernel) + 64);
}

/* Lanes get keys number first_key and up. Key number 0 is the RFC's, the others differ from it. */
static void stage(const struct simd_kernel *kernel, uint8_t *bank, size_t first_key)
{
    const struct family *family = &families[kernel->family];
    const size_t slot_bytes = simd_slot_bytes(kernel), block = 2 * slot_of_lane(kernel->family);
    const size_t digest = digest_of(kernel->family);
    uint8_t data[2 * MAX_SLOT] = "Hi There", padding[2 * MAX_SLOT] = {0};

    for (size_t lane = 0; lane < kernel->lanes; lane++) {
        memset(memory.keys[lane], 0, sizeof(memory.keys[lane]));
        for (size_t i = 0; i < family->key_len; i++) {
            memory.keys[lane][i] = (uint8_t)(0x0b + (first_key + lane) * (2 * i + 1));
        }
    }
    pad(kernel->family, data, 8, block + 8);
    pad(kernel->family, padding, digest, block + digest);
    kernel->load_state(bank + IV * slot_bytes, family->initial, 0);
    kernel->load_message(bank + KEY_LO * slot_bytes, memory.keys[0], sizeof(*memory.keys), 2);
    kernel->load_message(bank + DATA_LO * slot_bytes, data, 0, 2);
    kernel->load_message(bank + PADDING_LO * slot_bytes, padding, 0, 2);
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
    if (!left->n_tasks) {
        return 0;
    }
    left->n_tasks--;
    *task = left->task;
    left->task.bank += left->bank_bytes;
    return 1;
}

/* The trial's first n_ops operations in n_tasks tasks. */
static void run_trial(const struct simd_kernel *kernel, unsigned n_ops, uint8_t *bank, size_t n_tasks)
{
    struct simd_op ops[N_TRIAL_OPS];
    const struct simd_program program = {
        ops, (uint16_t)n_ops, N_SLOTS, (uint8_t)simd_state_words(kernel->family)};
    struct trial_feed feed = {
        {next_trial}, {&program, bank}, (size_t)(bank_of(kernel, 1) - bank_of(kernel, 0)), n_tasks};

    set_ops(ops, kernel->family);
    kernel->run(&feed.feed, memory.scratch);
}

/* --- right answers --- */

static int gives_known_answer(const struct simd_kernel *kernel)
{
    stage(kernel, memory.banks[0], 0);
    run_trial(kernel, N_HMAC_OPS, memory.banks[0], 1);
    kernel->store_state(memory.digests[0], MAX_SLOT, memory.banks[0] + MAC * simd_slot_bytes(kernel));
    return memcmp(memory.digests[0], families[kernel->family].mac, slot_of_lane(kernel->family)) == 0;
}

/* In every lane of one task more than it has cursors, if that many fit. */
static int agrees_with_scalar(const struct simd_kernel *kernel)
{
    const struct simd_kernel *scalar = simd_scalar(kernel->family);
    const size_t slot = slot_of_lane(kernel->family);
    size_t n_tasks = kernel->tasks_in_flight < MAX_TASKS ? kernel->tasks_in_flight + 1u : MAX_TASKS;

    for (size_t task = 0; task < n_tasks; task++) {
        stage(kernel, bank_of(kernel, task), task * kernel->lanes);
    }
    run_trial(kernel, N_TRIAL_OPS, bank_of(kernel, 0), n_tasks);
    for (size_t task = 0; task < n_tasks; task++) {
        kernel->store_state(
            memory.digests[0], MAX_SLOT, bank_of(kernel, task) + INNER * simd_slot_bytes(kernel));
        for (size_t lane = 0; lane < kernel->lanes; lane++) {
            uint8_t expected[MAX_SLOT];
            stage(scalar, memory.reference_bank, task * kernel->lanes + lane);
            run_trial(scalar, N_TRIAL_OPS, memory.reference_bank, 1);
            scalar->store_state(expected, 0, memory.reference_bank + INNER * slot);
            if (memcmp(memory.digests[lane], expected, slot) != 0) {
                return 0;
            }
        }
    }
    return 1;
}

/* The engine's arrays, the memory of the trial and the wipe of the stack have room for no more. */
static int is_within_limits(const struct simd_kernel *kernel)
{
    return kernel->lanes <= SIMD_MAX_LANES && kernel->tasks_in_flight <= SIMD_MAX_TASKS_IN_FLIGHT &&
           kernel->stack_bytes <= SIMD_MAX_STACK_BYTES && kernel->scratch_bytes <= MAX_SCRATCH &&
           simd_slot_bytes(kernel) <= SLOT_BYTES;
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
        run_trial(candidate->kernel, N_TRIAL_OPS, bank_of(candidate->kernel, 0), cost_tasks[j]);
        const double cost = (now_ns() - start) / N_TRIAL_OPS;
        if (candidate->cost[j] == 0 || cost < candidate->cost[j]) {
            candidate->cost[j] = cost;
        }
    }
}

static void measure_all(void)
{
    const double start = now_ns();
    for (int round = 0; round < MAX_ROUNDS; round++) {
        if (round >= MIN_ROUNDS && now_ns() - start > BUDGET_NS) {
            break;
        }
        for (size_t i = 0; i < N_KERNELS; i++) {
            if (candidates[i].state == SIMD_USABLE) {
                measure_round(&candidates[i]);
            }
        }
    }
}

double simd_cost(const struct simd_candidate *candidate, size_t n_tasks)
{
    const double *cost = candidate->cost;

    for (size_t i = 0; i < SIMD_N_COSTS; i++) {
        if (n_tasks == cost_tasks[i]) {
            return cost[i];
        }
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
        } else if (!(is_within_limits(kernel) && gives_known_answer(kernel) && agrees_with_scalar(kernel))) {
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
    return families[family].scalar;
}
