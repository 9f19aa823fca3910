#include "kernel_programs.h"

#define OPENSSL_SUPPRESS_DEPRECATED /* libcrypto's compression functions by themselves */
#include <string.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

const struct simd_kernel *kernel;
struct rng rng;

/* ---- words ---- */

size_t word_len(void)
{
    return simd_word_bytes(kernel->family);
}

size_t slot_len(void)
{
    return simd_lane_bytes(kernel->family);
}

unsigned state_words(void)
{
    return simd_state_words(kernel->family);
}

static unsigned shift_of(unsigned byte)
{
    return 8 * (simd_families[kernel->family].little_endian ? byte : (unsigned)word_len() - 1 - byte);
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

void zero_unused_words(uint8_t *state)
{
    memset(state + state_words() * word_len(), 0, (8 - state_words()) * word_len());
}

static uint64_t random_word(void)
{
    const uint64_t all = UINT64_MAX >> (64 - 8 * word_len()), top = all ^ all >> 1;
    const uint64_t edges[] = {0, 1, top - 1, top, all - 1, all, all / 0xff};

    return rng_below(&rng, 4) ? rng_next(&rng) & all : edges[rng_below(&rng, sizeof(edges) / sizeof(*edges))];
}

void random_words(uint8_t *bytes, size_t len)
{
    for (; len >= word_len(); bytes += word_len(), len -= word_len()) {
        put_word(bytes, 0, random_word());
    }
    rng_fill(&rng, bytes, len);
}

/* ---- libcrypto's compression functions ---- */

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
    zero_unused_words(to);
}

/* ---- programs ---- */

static bool reads(const struct simd_op *op, unsigned slot, unsigned digest_words)
{
    bool lo_counts = op->digest == SIMD_NO_SLOT || digest_words < 8;

    return op->state == slot || op->digest == slot || op->hi_digest == slot || op->hi == slot ||
           (lo_counts && op->lo == slot);
}

/* The largest gap that the contract allows operation i. */
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

void finish_program(struct test_program *p, unsigned n_ops, unsigned digest_words, unsigned hi_digest_words)
{
    p->program = (struct simd_program){
        NULL, (uint16_t)n_ops, N_SLOTS, (uint8_t)digest_words, (uint8_t)hi_digest_words};
    for (unsigned i = 0; i < n_ops; i++) {
        p->ops[i].gap = (uint8_t)legal_gap(p, i);
    }
}

static struct simd_op random_op(unsigned digest_words)
{
    static const uint8_t xor_bytes[] = {0, SIMD_IPAD, SIMD_OPAD};
    struct simd_op op = {
        .dst = (uint8_t)rng_below(&rng, N_STATES),
        .state = (uint8_t)rng_below(&rng, N_STATES),
        .digest = rng_below(&rng, 2) ? (uint8_t)rng_below(&rng, N_STATES) : SIMD_NO_SLOT,
        .lo = (uint8_t)(N_STATES + rng_below(&rng, N_MESSAGES)),
        .hi_digest = rng_below(&rng, 4) ? SIMD_NO_SLOT : (uint8_t)rng_below(&rng, N_STATES),
        .hi = (uint8_t)(N_STATES + rng_below(&rng, N_MESSAGES)),
        .xor_byte = xor_bytes[rng_below(&rng, 3)],
    };

    if (op.digest != SIMD_NO_SLOT && digest_words == 8) {
        if (rng_below(&rng, 2)) {
            op.lo = SIMD_NO_SLOT;
        }
        if (rng_below(&rng, 2)) {
            op.hi_digest = SIMD_NO_SLOT, op.hi = PADDING, op.xor_byte = 0, op.hints = SIMD_PADDED_DIGEST;
        }
    }
    return op;
}

unsigned random_hi_digest_words(void)
{
    return state_words() == 8 && rng_below(&rng, 2) ? 8 : 4;
}

void random_program(struct test_program *p)
{
    unsigned n_ops = 1 + rng_below(&rng, MAX_OPS);
    unsigned digest_words = rng_below(&rng, 2) ? state_words() : 1 + rng_below(&rng, state_words());

    for (unsigned i = 0; i < n_ops; i++) {
        p->ops[i] = random_op(digest_words);
    }
    finish_program(p, n_ops, digest_words, random_hi_digest_words());
    for (unsigned i = 0; i < n_ops; i++) {
        if (!rng_below(&rng, 4)) {
            p->ops[i].gap = (uint8_t)rng_below(&rng, p->ops[i].gap + 1u);
        }
    }
}

bool is_written(const struct test_program *p, unsigned slot)
{
    for (unsigned i = 0; i < p->program.n_ops; i++) {
        if (p->ops[i].dst == slot) {
            return true;
        }
    }
    return false;
}

struct simd_op plain_op(unsigned dst, unsigned state)
{
    return (struct simd_op){.dst = (uint8_t)dst,
        .state = (uint8_t)state,
        .digest = SIMD_NO_SLOT,
        .lo = N_STATES,
        .hi_digest = SIMD_NO_SLOT,
        .hi = N_STATES + 1};
}

void chain_program(struct test_program *p, unsigned n_ops)
{
    for (unsigned i = 0; i < n_ops; i++) {
        p->ops[i] = plain_op(0, 0);
    }
    finish_program(p, n_ops, state_words(), 4);
}

/* ---- the judge ---- */

uint8_t *in_lane(uint8_t *slots, unsigned slot)
{
    return slots + slot * slot_len();
}

static void interpret(const struct simd_program *program, const struct simd_op *ops, uint8_t *slots)
{
    for (unsigned i = 0; i < N_STATES; i++) {
        zero_unused_words(in_lane(slots, i));
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
        if (ops[i].hi_digest != SIMD_NO_SLOT) {
            memcpy(
                block + slot_len(), in_lane(slots, ops[i].hi_digest), program->hi_digest_words * word_len());
        }
        for (unsigned j = 0; j < 2 * slot_len(); j++) {
            block[j] ^= ops[i].xor_byte;
        }
        judge_compress(in_lane(slots, ops[i].dst), in_lane(slots, ops[i].state), block);
    }
}

void judge_lane(const struct test_program *p, uint8_t *slots)
{
    static _Alignas(64) uint8_t bank[N_SLOTS * SIMD_MAX_LANE_BYTES], scratch[SIMD_SCALAR_SCRATCH];
    const struct simd_kernel *scalar = simd_scalar(kernel->family);
    const struct simd_task task = {&p->program, bank};

    if (kernel == scalar) {
        interpret(&p->program, p->ops, slots);
        return;
    }
    for (unsigned i = 0; i < N_STATES; i++) {
        scalar->load_state(in_lane(bank, i), in_lane(slots, i), 0);
    }
    scalar->load_message(in_lane(bank, N_STATES), in_lane(slots, N_STATES), 0, N_MESSAGES);
    scalar->run_tasks(&task, 1, scratch);
    for (unsigned i = 0; i < N_STATES; i++) {
        scalar->store_state(in_lane(slots, i), 0, in_lane(bank, i));
    }
}
