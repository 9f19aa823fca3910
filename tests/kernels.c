/*
 * One kernel, given by name, against the contract of simd.h: test_kernels sha256_avx2
 *
 * Whatever a kernel computes is compared, lane by lane, with its family's scalar kernel
 * on the same program; the scalar kernel itself with an interpreter of programs over
 * libcrypto's compression functions. Inputs and outputs pass through the kernel's own
 * load and store functions, since slots are its secret. Exits with 77 if this CPU cannot
 * run it.
 *
 * LANEKDF_TEST_SEED repeats a failing run.
 */
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED /* compression functions by themselves */
#include "simd.h"

#include <inttypes.h>
#include <setjmp.h> /* cmocka.h needs these */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <cmocka.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

static const struct simd_kernel *kernel;
static uint64_t seed;

/* --- words of the kernel's family, in its byte order --- */

static size_t word_len(void)
{
    return simd_word_bytes(kernel->family);
}

static size_t slot_len(void)
{
    return 8 * word_len();
}

static unsigned state_words(void)
{
    return simd_state_words(kernel->family);
}

static unsigned shift_of(unsigned byte)
{
    return 8 * (kernel->family == SIMD_MD5 ? byte : (unsigned)word_len() - 1 - byte);
}

static uint64_t get_word(const uint8_t *bytes, unsigned number)
{
    uint64_t word = 0;

    for (unsigned i = 0; i < word_len(); i++) {
        word |= (uint64_t)bytes[number * word_len() + i] << shift_of(i);
    }
    return word;
}

static void put_word(uint8_t *bytes, unsigned number, uint64_t word)
{
    for (unsigned i = 0; i < word_len(); i++) {
        bytes[number * word_len() + i] = (uint8_t)(word >> shift_of(i));
    }
}

/* What is stored of a state: its words, and zeros for those that it does not have. */
static void cut_state(uint8_t *bytes)
{
    memset(bytes + state_words() * word_len(), 0, (8 - state_words()) * word_len());
}

/* --- random numbers: splitmix64 --- */

static uint64_t random_state;

static uint64_t random64(void)
{
    uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static unsigned random_below(unsigned bound)
{
    return (unsigned)(random64() % bound);
}

/* Carries and rotations go wrong at the edges first. */
static uint64_t random_word(void)
{
    const uint64_t all = UINT64_MAX >> (64 - 8 * word_len()), top = all ^ all >> 1;
    const uint64_t edge[] = {0, 1, top - 1, top, all - 1, all, all / 0xff};

    return random_below(4) ? random64() & all : edge[random_below(sizeof(edge) / sizeof(*edge))];
}

static void random_bytes(uint8_t *bytes, size_t len)
{
    for (; len >= word_len(); bytes += word_len(), len -= word_len()) {
        put_word(bytes, 0, random_word());
    }
    while (len--) {
        *bytes++ = (uint8_t)random64();
    }
}

/* --- libcrypto's compression functions --- */

static void judge_compress(uint8_t *to, const uint8_t *state, const uint8_t *block)
{
    uint64_t words[8];
    SHA256_CTX sha256;
    SHA512_CTX sha512;
    MD5_CTX md5;
    SHA_CTX sha1;

    for (unsigned i = 0; i < 8; i++) {
        words[i] = get_word(state, i);
        sha256.h[i] = (uint32_t)words[i];
        sha512.h[i] = words[i];
    }
    md5.A = (uint32_t)words[0], md5.B = (uint32_t)words[1], md5.C = (uint32_t)words[2],
    md5.D = (uint32_t)words[3];
    sha1.h0 = (uint32_t)words[0], sha1.h1 = (uint32_t)words[1], sha1.h2 = (uint32_t)words[2],
    sha1.h3 = (uint32_t)words[3], sha1.h4 = (uint32_t)words[4];
    switch (kernel->family) {
    case SIMD_SHA256:
        SHA256_Transform(&sha256, block);
        for (unsigned i = 0; i < 8; i++) {
            words[i] = sha256.h[i];
        }
        break;
    case SIMD_SHA512:
        SHA512_Transform(&sha512, block);
        memcpy(words, sha512.h, sizeof(words));
        break;
    case SIMD_MD5:
        MD5_Transform(&md5, block);
        words[0] = md5.A, words[1] = md5.B, words[2] = md5.C, words[3] = md5.D;
        break;
    default:
        SHA1_Transform(&sha1, block);
        words[0] = sha1.h0, words[1] = sha1.h1, words[2] = sha1.h2, words[3] = sha1.h3, words[4] = sha1.h4;
        break;
    }
    for (unsigned i = 0; i < 8; i++) {
        put_word(to, i, words[i]);
    }
    cut_state(to);
}

/* --- programs --- */

/* Slots 0 .. N_STATES - 1 hold states, the others messages; the last message is a
 * digest's padding, as the hint needs it. Few slots: operands shall meet often. */
enum { N_STATES = 7, N_MESSAGES = 5, N_SLOTS = N_STATES + N_MESSAGES, PADDING = N_SLOTS - 1, MAX_OPS = 40 };

struct test_program {
    struct simd_program program;
    struct simd_op ops[MAX_OPS];
};

static bool reads(const struct simd_op *op, unsigned slot, unsigned digest_words)
{
    bool lo_counts = op->digest == SIMD_NO_SLOT || digest_words < 8;

    return op->state == slot || op->digest == slot || op->hi == slot || (lo_counts && op->lo == slot);
}

/* The largest gap of operation i that the contract allows. */
static unsigned legal_gap(const struct test_program *p, unsigned i)
{
    const struct simd_op *op = &p->ops[i];
    unsigned gap = 0, words = p->program.digest_words;

    for (; gap < i && gap < 255; gap++) {
        const struct simd_op *before = &p->ops[i - gap - 1];
        if (before->dst == op->dst || reads(op, before->dst, words) || reads(before, op->dst, words)) {
            break;
        }
    }
    return gap;
}

static void finish_program(struct test_program *p, unsigned n_ops, unsigned digest_words)
{
    p->program = (struct simd_program){NULL, (uint16_t)n_ops, N_SLOTS, (uint8_t)digest_words};
    for (unsigned i = 0; i < n_ops; i++) {
        p->ops[i].gap = (uint8_t)legal_gap(p, i);
    }
}

static struct simd_op random_op(unsigned digest_words)
{
    static const uint8_t xor_bytes[] = {0, SIMD_IPAD, SIMD_OPAD};
    struct simd_op op = {
        .dst = (uint8_t)random_below(N_STATES),
        .state = (uint8_t)random_below(N_STATES),
        .digest = random_below(2) ? (uint8_t)random_below(N_STATES) : SIMD_NO_SLOT,
        .lo = (uint8_t)(N_STATES + random_below(N_MESSAGES)),
        .hi = (uint8_t)(N_STATES + random_below(N_MESSAGES)),
        .xor_byte = xor_bytes[random_below(3)],
    };

    if (op.digest != SIMD_NO_SLOT && digest_words == 8) {
        if (random_below(2)) {
            op.lo = SIMD_NO_SLOT;
        }
        if (random_below(2)) {
            op.hi = PADDING, op.xor_byte = 0, op.hints = SIMD_PADDED_DIGEST;
        }
    }
    return op;
}

/* Gaps anything up to what is legal, mostly that. */
static void random_program(struct test_program *p)
{
    unsigned n_ops = 1 + random_below(MAX_OPS);
    unsigned digest_words = random_below(2) ? state_words() : 1 + random_below(state_words());

    for (unsigned i = 0; i < n_ops; i++) {
        p->ops[i] = random_op(digest_words);
    }
    finish_program(p, n_ops, digest_words);
    for (unsigned i = 0; i < n_ops; i++) {
        if (!random_below(4)) {
            p->ops[i].gap = (uint8_t)random_below(p->ops[i].gap + 1u);
        }
    }
}

static bool is_written(const struct test_program *p, unsigned slot)
{
    for (unsigned i = 0; i < p->program.n_ops; i++) {
        if (p->ops[i].dst == slot) {
            return true;
        }
    }
    return false;
}

/* --- one task: what goes in, what should come out --- */

typedef uint8_t slots_of_lane[N_SLOTS * SIMD_MAX_LANE_BYTES]; /* slot_len() apart, hash byte order */

static uint8_t *in_lane(uint8_t *slots, unsigned slot)
{
    return slots + slot * slot_len();
}

struct test_task {
    const struct test_program *program;
    slots_of_lane in[SIMD_MAX_LANES], out[SIMD_MAX_LANES];
    bool done;
};

static void random_inputs(struct test_task *task)
{
    const size_t bits = 8 * (2 * slot_len() + slot_len()); /* one block and a digest that fills a slot */

    for (unsigned lane = 0; lane < kernel->lanes; lane++) {
        uint8_t *padding = in_lane(task->in[lane], PADDING);
        random_bytes(task->in[lane], N_SLOTS * slot_len());
        memset(padding, 0, slot_len());
        padding[0] = 0x80;
        padding[slot_len() - 2] = (uint8_t)(bits / 256);
    }
}

static void interpret(const struct simd_program *program, const struct simd_op *ops, uint8_t *slots)
{
    for (unsigned i = 0; i < N_STATES; i++) {
        cut_state(in_lane(slots, i));
    }
    for (unsigned i = 0; i < program->n_ops; i++) {
        uint8_t block[2 * SIMD_MAX_LANE_BYTES];
        if (ops[i].lo != SIMD_NO_SLOT) {
            memcpy(block, in_lane(slots, ops[i].lo), slot_len());
        }
        memcpy(block + slot_len(), in_lane(slots, ops[i].hi), slot_len());
        if (ops[i].digest != SIMD_NO_SLOT) {
            memcpy(block, in_lane(slots, ops[i].digest), program->digest_words * word_len());
        }
        for (unsigned j = 0; j < 2 * slot_len(); j++) {
            block[j] ^= ops[i].xor_byte;
        }
        judge_compress(in_lane(slots, ops[i].dst), in_lane(slots, ops[i].state), block);
    }
}

struct feed_of_one {
    struct simd_feed feed;
    struct simd_task task;
    bool given;
};

static int next_of_one(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct feed_of_one *one = (struct feed_of_one *)feed;

    (void)cursor;
    if (one->given) {
        return 0;
    }
    one->given = true;
    *task = one->task;
    return 1;
}

/* One lane by the judge: libcrypto for the scalar kernel, the scalar kernel for the others. */
static void judge_lane(const struct test_program *p, uint8_t *slots)
{
    static _Alignas(64) uint8_t bank[N_SLOTS * SIMD_MAX_LANE_BYTES], scratch[SIMD_SCALAR_SCRATCH];
    const struct simd_kernel *scalar = simd_scalar(kernel->family);
    struct feed_of_one feed = {{next_of_one}, {&p->program, bank}, false};

    if (kernel == scalar) {
        interpret(&p->program, p->ops, slots);
        return;
    }
    for (unsigned i = 0; i < N_STATES; i++) {
        scalar->load_state(in_lane(bank, i), in_lane(slots, i), 0);
    }
    scalar->load_message(in_lane(bank, N_STATES), in_lane(slots, N_STATES), 0, N_MESSAGES);
    scalar->run(&feed.feed, scratch);
    for (unsigned i = 0; i < N_STATES; i++) {
        scalar->store_state(in_lane(slots, i), 0, in_lane(bank, i));
    }
}

static void check_task(struct test_task *task)
{
    assert_true(task->done);
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

/* --- the feed: stages, takes back, checks what it sees, like the engine --- */

enum { MAX_TASKS = 24, GUARD = 64, FRESH = 0xa5 };

/* When tasks turn up: so many at first, so many more with each that is taken back. */
struct arrivals {
    unsigned first;
    uint8_t with_return[MAX_TASKS];
};

struct test_feed {
    struct simd_feed feed;
    unsigned n_tasks, n_available, n_given, n_returned;
    const struct arrivals *arrivals;
    int running[SIMD_MAX_TASKS_IN_FLIGHT]; /* task of each cursor, or -1 */
    unsigned n_running;
    uint8_t *banks, *before; /* for each cursor: guard, slots, guard */
};

static struct test_task tasks[MAX_TASKS];
static struct test_program programs[MAX_TASKS];

/* Of the last run: how many tasks were running when the first, the second, ... came back. */
static unsigned running_before[MAX_TASKS];

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
    task->done = true;
    feed->running[cursor] = -1;
    running_before[feed->n_returned] = feed->n_running--;
    feed->n_available += feed->arrivals->with_return[feed->n_returned++];
    /* Whatever else the kernel does to this bank, someone will see. */
    memset(bank, FRESH, bank_bytes() - GUARD);
}

static void stage(struct test_task *task, uint8_t *bank)
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
    stage(mine, bank);
    memcpy(bank_of(feed->before, cursor), bank, bank_bytes() - GUARD);
    feed->running[cursor] = (int)feed->n_given++;
    feed->n_running++;
    *task = (struct simd_task){&mine->program->program, bank};
    return 1;
}

static void *aligned(size_t len)
{
    void *memory = aligned_alloc(64, (len + 63) / 64 * 64);

    assert_non_null(memory);
    return memory;
}

static uint8_t *new_scratch(void)
{
    uint8_t *scratch = aligned(kernel->scratch_bytes + GUARD);

    random_bytes(scratch, kernel->scratch_bytes);
    memset(scratch + kernel->scratch_bytes, FRESH, GUARD);
    return scratch;
}

static void assert_all_fresh(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(bytes[i], FRESH);
    }
}

/* Runs the first n_tasks tasks and checks everything; arrivals NULL: all are there at first. */
static void run_tasks(unsigned n_tasks, const struct arrivals *arrivals)
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
    /* Everything was taken back, and nothing was written after that or around it. */
    assert_int_equal(feed.n_running, 0);
    assert_all_fresh(feed.banks, len);
    assert_all_fresh(scratch + kernel->scratch_bytes, GUARD);
    free(feed.banks);
    free(feed.before);
    free(scratch);
    for (unsigned i = 0; i < n_tasks; i++) {
        check_task(&tasks[i]);
    }
}

/* A program's operations stand beside it, so that programs can be copied. */
static void set_task(unsigned i, struct test_program *p)
{
    p->program.ops = p->ops;
    tasks[i].program = p;
    tasks[i].done = false;
    random_inputs(&tasks[i]);
}

/* --- the tests --- */

/* Round arithmetic, the schedule, byte order, the order of lanes; a digest in the wrong
 * order or overwritten by dst before it is read; a digest's length ignored; xor of a
 * part of the block; lo read where it is no slot. */
static void every_operand_form(void **state)
{
    static const uint8_t xor_bytes[] = {0, SIMD_IPAD, SIMD_OPAD};
    enum { STATE = 0, DIGEST = 1, OTHER = 2, LO = N_STATES, HI, N_FORMS = 2 * 8 * 2 * 3 * 4 };

    (void)state;
    for (unsigned form = 0; form < N_FORMS; form++) {
        bool has_digest = form & 1, no_lo = form >> 1 & 1;
        unsigned digest_words = (form >> 2 & 7) + 1, xor = form / 32 % 3, alias = form / 96;
        if (digest_words > state_words() || (no_lo && (!has_digest || digest_words < 8))) {
            continue;
        }
        struct test_program *p = &programs[0];
        uint8_t read_state = alias == 3 ? DIGEST : STATE; /* state and digest are one slot */
        uint8_t dst = alias == 0 ? OTHER : alias == 1 ? STATE : DIGEST;
        p->ops[0] = (struct simd_op){dst, read_state, has_digest ? DIGEST : SIMD_NO_SLOT,
            no_lo ? SIMD_NO_SLOT : LO, HI, xor_bytes[xor], 0, 0};
        finish_program(p, 1, digest_words);
        set_task(0, p);
        run_tasks(1, NULL);
    }
}

/* Any kernel may take a hint, none may give another result for it. */
static void hints_change_nothing(void **state)
{
    (void)state;
    if (state_words() < 8) {
        skip(); /* no hint is for such a family */
    }
    for (unsigned i = 0; i < 30; i++) {
        random_program(&programs[0]);
        for (unsigned j = 0; j < programs[0].program.n_ops; j++) {
            if (random_below(2)) {
                programs[0].ops[j] = (struct simd_op){
                    programs[0].ops[j].dst, 0, 1, SIMD_NO_SLOT, PADDING, 0, SIMD_PADDED_DIGEST, 0};
            }
        }
        finish_program(&programs[0], programs[0].program.n_ops, 8);
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

/* A group's size: operations left out, done twice, mixed up between tasks, or run in a
 * group of a size that is hardly ever used. */
static void groups_of_every_size(void **state)
{
    (void)state;
    for (unsigned n_tasks = 1; n_tasks <= SIMD_MAX_TASKS_IN_FLIGHT + 1; n_tasks++) {
        for (unsigned width = 1; width < N_STATES; width++) {
            /* `width` chains side by side, then one more operation that ends them all */
            struct test_program *p = &programs[0];
            unsigned n_ops = 0;
            for (unsigned round = 0; round < 3; round++) {
                for (unsigned chain = 0; chain < width; chain++) {
                    p->ops[n_ops++] = (struct simd_op){
                        (uint8_t)chain, (uint8_t)chain, SIMD_NO_SLOT, N_STATES, N_STATES + 1, 0, 0, 0};
                }
            }
            p->ops[n_ops++] =
                (struct simd_op){N_STATES - 1, 0, (uint8_t)(width - 1), N_STATES, PADDING, 0, 0, 0};
            finish_program(p, n_ops, state_words());
            for (unsigned i = 0; i < n_tasks; i++) {
                set_task(i, p);
            }
            run_tasks(n_tasks, NULL);
        }
    }
}

/* Results carried in registers past a write by another operation; gap read as more than
 * it says, or counted from the wrong operation; programs of unequal length. */
static void random_programs(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 250; i++) {
        unsigned n_tasks = 1 + random_below(MAX_TASKS);
        for (unsigned j = 0; j < n_tasks; j++) {
            random_program(&programs[j]);
            set_task(j, &programs[random_below(2) ? j : 0]);
        }
        run_tasks(n_tasks, NULL);
    }
}

/* A chain of n_ops operations, none beside another. */
static void chain_program(struct test_program *p, unsigned n_ops)
{
    for (unsigned i = 0; i < n_ops; i++) {
        p->ops[i] = (struct simd_op){0, 0, SIMD_NO_SLOT, N_STATES, N_STATES + 1, 0, 0, 0};
    }
    finish_program(p, n_ops, state_words());
}

/* Work that turns up when a task is taken back must reach idle cursors; a kernel that
 * forgets them, or leaves while some run, loses tasks or runs at a fraction of speed. */
static void idle_cursors_are_asked_again(void **state)
{
    unsigned n_cursors = kernel->tasks_in_flight;

    (void)state;
    run_tasks(0, NULL);
    for (unsigned i = 0; i < 60; i++) {
        unsigned n_tasks = 1 + random_below(MAX_TASKS);
        struct arrivals arrivals = {.first = 1 + random_below(n_tasks)};
        for (unsigned j = 0; j < n_tasks; j++) {
            random_program(&programs[j]);
            set_task(j, &programs[j]);
            arrivals.with_return[j] = (uint8_t)(1 + random_below(3));
        }
        run_tasks(n_tasks, &arrivals);
    }
    /* One task at first; when that is back, one for every cursor. */
    struct arrivals alone = {1, {(uint8_t)n_cursors}};
    for (unsigned j = 0; j <= n_cursors; j++) {
        chain_program(&programs[j], 3 + j);
        set_task(j, &programs[j]);
    }
    run_tasks(n_cursors + 1, &alone);
    assert_int_equal(running_before[1], n_cursors);
    /* Every cursor has a task. When the shortest is back there is nothing for its
     * cursor, when the second is back there is plenty. */
    if (n_cursors < 3) {
        return;
    }
    struct arrivals late = {n_cursors, {0, (uint8_t)n_cursors}};
    for (unsigned j = 0; j < 2 * n_cursors; j++) {
        chain_program(&programs[j], j < n_cursors ? 5 + 5 * j : 2);
        set_task(j, &programs[j]);
    }
    run_tasks(2 * n_cursors, &late);
    assert_int_equal(running_before[1], n_cursors - 1);
    assert_int_equal(running_before[2], n_cursors);
}

/* A lane's bytes between two pages that cannot be touched. */
static uint8_t *guarded_pages(size_t len)
{
    size_t page = 4096;
    uint8_t *memory = mmap(NULL, len + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    assert_int_equal(mprotect(memory + page, len, PROT_READ | PROT_WRITE), 0);
    return memory + page;
}

/* Aligned loads of bytes that are not; more read or written than the bytes of a lane;
 * lanes in the wrong place; bytes of a lane computed as if stride were a constant. */
static void bytes_anywhere(void **state)
{
    const size_t len = slot_len();
    const size_t strides[] = {0, len, len + 1, 2 * len, 3 * len, 3 * len + 5, 4 * len + 3, 8 * len};
    enum { AREA = 8 * 4096, MAX_BYTES = 3 * SIMD_MAX_LANE_BYTES };
    uint8_t *area = guarded_pages(AREA), *copy = malloc(AREA);
    size_t slot_bytes = simd_slot_bytes(kernel);
    uint8_t *bank = aligned(N_SLOTS * slot_bytes), *scratch = new_scratch();
    uint8_t(*in)[MAX_BYTES] = malloc(sizeof(*in) * kernel->lanes);
    struct test_program *p = &programs[0];

    (void)state;
    p->ops[0] = (struct simd_op){2, 0, SIMD_NO_SLOT, 8, 9, 0, 0, 0};
    finish_program(p, 1, state_words());
    p->program.ops = p->ops;
    for (unsigned form = 0; form < 64 * 8 * 2 * 3; form++) {
        size_t align = form % 64, stride = strides[form / 64 % 8], n_slots = form / 1024 + 1;
        bool at_end = form / 512 % 2;
        size_t extent = stride * (kernel->lanes - 1u) + len * n_slots;
        if (extent + align > AREA) {
            continue;
        }
        uint8_t *bytes = at_end ? area + AREA - extent - align : area + align;

        /* messages: they only show in what they do to a state */
        random_bytes(area, AREA);
        for (unsigned lane = 0; lane < kernel->lanes; lane++) {
            memcpy(in[lane], bytes + lane * stride, len * n_slots);
        }
        memset(bank, FRESH, N_SLOTS * slot_bytes);
        kernel->load_message(bank + 7 * slot_bytes, bytes, stride, n_slots);
        for (size_t i = (7 + n_slots) * slot_bytes; i < N_SLOTS * slot_bytes; i++) {
            assert_int_equal(bank[i], FRESH);
        }
        /* a state likewise, then there and back */
        p->ops[0].lo = 7;
        p->ops[0].hi = (uint8_t)(7 + n_slots - 1);
        kernel->load_state(bank, bytes, stride);
        struct feed_of_one feed = {{next_of_one}, {&p->program, bank}, false};
        kernel->run(&feed.feed, scratch);

        if (stride >= len) {
            memcpy(copy, area, AREA);
            for (unsigned lane = 0; lane < kernel->lanes; lane++) {
                memset(bytes + lane * stride, FRESH, len);
                cut_state(copy + (bytes - area) + lane * stride);
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

/* After clear() scratch does not depend on what was computed. */
static void scratch_is_cleared(void **state)
{
    (void)state;
    if (!kernel->scratch_bytes) {
        assert_null(kernel->clear);
        return;
    }
    assert_int_equal(kernel->scratch_bytes % 64, 0);
    for (unsigned i = 0; i < 20; i++) {
        unsigned n_tasks = 1 + random_below(6);
        uint8_t *scratch = aligned(kernel->scratch_bytes), *first = aligned(kernel->scratch_bytes);
        size_t slot_bytes = simd_slot_bytes(kernel);
        uint8_t *bank = aligned(N_SLOTS * slot_bytes);
        for (unsigned run = 0; run < 2; run++) {
            memset(scratch, FRESH, kernel->scratch_bytes);
            for (unsigned j = 0; j < n_tasks; j++) {
                if (run == 0) {
                    random_program(&programs[j]);
                }
                set_task(j, &programs[j]);
                stage(&tasks[j], bank);
                struct feed_of_one feed = {{next_of_one}, {&programs[j].program, bank}, false};
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

/* --- stack and registers, looked at from another stack --- */

enum { STACK_BYTES = 64 * 1024 };
static uint8_t *other_stack;
static ucontext_t here, there;
static void (*on_other_stack)(void);

static void enter_other_stack(void)
{
    on_other_stack();
}

/* How deep function goes. */
static size_t stack_depth(void (*function)(void))
{
    on_other_stack = function;
    memset(other_stack, FRESH, STACK_BYTES);
    assert_int_equal(getcontext(&there), 0);
    there.uc_stack.ss_sp = other_stack;
    there.uc_stack.ss_size = STACK_BYTES;
    there.uc_link = &here;
    makecontext(&there, enter_other_stack, 0);
    assert_int_equal(swapcontext(&here, &there), 0);
    size_t untouched = 0;
    while (untouched < STACK_BYTES && other_stack[untouched] == FRESH) {
        untouched++;
    }
    return STACK_BYTES - untouched;
}

static struct feed_of_one one_feed;
static uint8_t *stack_bank, *stack_scratch, stack_bytes[SIMD_MAX_LANES * 2 * SIMD_MAX_LANE_BYTES];

static void nothing(void) {}

static void call_run(void)
{
    kernel->run(&one_feed.feed, stack_scratch);
}

static void call_load_message(void)
{
    kernel->load_message(stack_bank, stack_bytes, 2 * SIMD_MAX_LANE_BYTES, 2);
}

static void call_load_state(void)
{
    kernel->load_state(stack_bank, stack_bytes, SIMD_MAX_LANE_BYTES);
}

static void call_store_state(void)
{
    kernel->store_state(stack_bytes, SIMD_MAX_LANE_BYTES, stack_bank);
}

static void call_clear(void)
{
    kernel->clear(stack_scratch);
}

/* The engine relies on stack_bytes for how deep it wipes: a kernel that takes more than it says would leave
 * secrets on the stack. */
static void stack_is_what_it_says(void **state)
{
    static void (*const functions[])(void) = {
        call_run, call_load_message, call_load_state, call_store_state, call_clear};

    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* its own frames */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
    skip();
#endif
#endif
    other_stack = aligned(STACK_BYTES);
    stack_bank = aligned(N_SLOTS * simd_slot_bytes(kernel));
    stack_scratch = new_scratch();
    random_program(&programs[0]);
    set_task(0, &programs[0]);
    stage(&tasks[0], stack_bank);
    size_t least = stack_depth(nothing);
    for (unsigned i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
        if (functions[i] == call_clear && !kernel->clear) {
            continue;
        }
        one_feed = (struct feed_of_one){{next_of_one}, {&programs[0].program, stack_bank}, false};
        size_t depth = stack_depth(functions[i]);
        if (depth > least + kernel->stack_bytes) {
            fail_msg("function %u takes %zu bytes of stack, not %u", i, depth - least, kernel->stack_bytes);
        }
    }
    free(other_stack);
    free(stack_bank);
    free(stack_scratch);
}

#ifdef __x86_64__
/* An assembler routine that forgets to restore a register of its caller's. */
static void registers_are_restored(void **state)
{
    uint64_t changed = 0;

    (void)state;
    stack_bank = aligned(N_SLOTS * simd_slot_bytes(kernel));
    stack_scratch = new_scratch();
    random_program(&programs[0]);
    set_task(0, &programs[0]);
    stage(&tasks[0], stack_bank);
    one_feed = (struct feed_of_one){{next_of_one}, {&programs[0].program, stack_bank}, false};
    __asm__ volatile("push %%rbp\n\t"
                     "mov %%rsp, %%rbp\n\t"
                     "sub $256, %%rsp\n\t" /* over the red zone */
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
                     : "=a"(changed)
                     : "a"(kernel->run), "D"(&one_feed.feed), "S"(stack_scratch)
                     : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
                     "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                     "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory");
    assert_true(changed == 0);
    free(stack_bank);
    free(stack_scratch);
}
#endif

/* Start-up finds the kernel good with just the features that it names, refuses it with
 * one fewer, and knows what it costs. */
static void start_up_judges_by_features(void **state)
{
    const struct simd_candidate *all, *mine = NULL;

    (void)state;
    for (unsigned bit = 0; bit <= SIMD_N_CPU; bit++) {
        uint32_t without = bit < SIMD_N_CPU ? UINT32_C(1) << bit : 0;
        if (without && !(kernel->features & without)) {
            continue;
        }
        unsigned found = 0; /* bit for each family */
        simd_start(kernel->features & ~without);
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
            assert_true(found >> all[i].kernel->family & 1); /* the scalar one comes first */
        }
        assert_int_equal(found, (1u << SIMD_N_FAMILIES) - 1);
    }
    assert_non_null(mine); /* of the last round, with all features */
    for (unsigned i = 0; i < SIMD_N_COSTS; i++) {
        assert_true(mine->cost[i] > 0);
        assert_true(simd_cost(mine, simd_cost_tasks[i]) == mine->cost[i]);
        assert_true(i == 0 || simd_cost_tasks[i] > simd_cost_tasks[i - 1]);
    }
    assert_int_equal(simd_cost_tasks[SIMD_N_COSTS - 1], SIMD_MAX_COST_TASKS);
    for (unsigned n = 5; n < 8; n++) {
        double low = mine->cost[3] < mine->cost[4] ? mine->cost[3] : mine->cost[4];
        double high = mine->cost[3] < mine->cost[4] ? mine->cost[4] : mine->cost[3];
        assert_true(simd_cost(mine, n) >= low && simd_cost(mine, n) <= high);
    }
    assert_true(simd_cost(mine, 80) > 9.99 * mine->cost[4] && simd_cost(mine, 80) < 10.01 * mine->cost[4]);
}

/* A kernel that says of itself what the contract does not allow, or that stands under another family. */
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
    if (kernel->lanes == 1) {
        assert_true(kernel->scratch_bytes <= SIMD_ONE_LANE_SCRATCH);
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
                exit(77);
            }
            return all[i].kernel; /* faulty ones, too: the tests shall say in what */
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
        cmocka_unit_test(scratch_is_cleared),
        cmocka_unit_test(stack_is_what_it_says),
#ifdef __x86_64__
        cmocka_unit_test(registers_are_restored),
#endif
        cmocka_unit_test(start_up_judges_by_features),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: %s kernel\n", argv[0]);
        return 2;
    }
    simd_start(simd_cpu_features());
    kernel = find_kernel(argv[1]);
    const char *given = getenv("LANEKDF_TEST_SEED");
    if (given) {
        seed = strtoull(given, NULL, 0);
    } else {
        seed = (uint64_t)time(NULL) << 32 ^ (uint64_t)(uintptr_t)&argc;
    }
    random_state = seed;
    printf("LANEKDF_TEST_SEED=%" PRIu64 "\n", seed);
    return cmocka_run_group_tests_name(kernel->name, tests, NULL, NULL) != 0;
}
