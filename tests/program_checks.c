#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "program_checks.h"

const struct derivation *find_derivation(uint32_t kind, const char *name)
{
    const struct derivation *const *phase = kinds_find(kind)->phases;
    while (*phase && strcmp((*phase)->name, name) != 0) {
        phase++;
    }
    assert_non_null(*phase);
    return *phase;
}

void program_of_shape(struct program *program, const struct derivation *derivation, const struct hash *hash,
    unsigned n_blocks, unsigned n_digest_blocks, unsigned n_out_blocks, unsigned parts)
{
    static struct compiler compiler;
    struct shape shape = {.derivation = derivation, .hash = hash};
    shape.n_blocks = (uint8_t)n_blocks;
    shape.n_digest_blocks = (uint8_t)n_digest_blocks;
    shape.n_out_blocks = (uint8_t)n_out_blocks;
    shape.parts = (uint8_t)parts;
    derivation->formula(compiler_begin(&compiler, hash), &shape);
    assert_true(compiler_finish(&compiler, program));
}

static bool conflicts(const struct simd_op *a, const struct simd_op *b)
{
    const uint8_t a_reads[] = {a->state, a->digest, a->lo, a->hi_digest, a->hi},
                  b_reads[] = {b->state, b->digest, b->lo, b->hi_digest, b->hi};
    bool result = a->dst == b->dst;
    for (unsigned i = 0; i < 5; i++) {
        result |= a->dst == b_reads[i] || b->dst == a_reads[i];
    }
    return result;
}

void check_program(const struct program *program)
{
    const struct simd_program *p = &program->simd;
    uint8_t written[256] = {0};
    assert_true(p->n_slots * hash_slot_bytes(program->hash) <= PROGRAM_MAX_SLOT_BYTES);
    for (unsigned i = 0; i < program->n_message_slots; i++) {
        written[i] = 1;
    }
    for (unsigned i = 0; i < program->n_constants; i++) {
        written[program->constants[i].slot] = 1;
    }
    for (unsigned i = 0; i < FORMULA_MAX_INPUTS; i++) {
        if (program->inputs[i].len && program->inputs[i].state_slot != SIMD_NO_SLOT) {
            written[program->inputs[i].state_slot] = 1;
        }
    }
    for (unsigned i = 0; i < 256; i++) {
        written[i] *= 2; /* 2: not for operations to write */
    }
    for (unsigned i = 0; i < p->n_ops; i++) {
        const struct simd_op *op = &p->ops[i];
        assert_true(written[op->state] && written[op->hi]);
        assert_true(op->digest == SIMD_NO_SLOT || written[op->digest]);
        assert_true(op->hi_digest == SIMD_NO_SLOT || written[op->hi_digest]);
        assert_true(op->hi_digest == SIMD_NO_SLOT || !(op->hints & SIMD_PADDED_DIGEST));
        assert_true(op->hi_digest == SIMD_NO_SLOT || p->hi_digest_words == 4 || p->hi_digest_words == 8);
        assert_true(op->lo == SIMD_NO_SLOT || written[op->lo]);
        assert_true(op->lo != SIMD_NO_SLOT || (op->digest != SIMD_NO_SLOT && p->digest_words == 8));
        assert_true(op->dst < p->n_slots && written[op->dst] != 2);
        written[op->dst] = 1;
        unsigned gap = 0;
        while (gap < i && !conflicts(&p->ops[i - 1 - gap], op)) {
            gap++;
        }
        assert_int_equal(op->gap, gap);
    }
    for (unsigned i = 0; i < program->n_outputs; i++) {
        assert_true(written[program->outputs[i]]);
    }
}
