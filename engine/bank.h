/*
 * A program and its bank: what goes in before it runs, what comes out after. Shared
 * by the two drivers, one job (one.c) and many (batch.c).
 */
#ifndef ENGINE_BANK_H
#define ENGINE_BANK_H

#include "lane.h"

static inline uint8_t *bank_slot(const struct simd_kernel *kernel, uint8_t *bank, unsigned slot)
{
    return bank + slot * simd_slot_bytes(kernel);
}

/*
 * What every lane brings along, from its row. The row of a kernel of one lane may be the
 * bank itself: message slots lie where the row has them, chaining values not before, so
 * the last ones go first.
 */
static inline void bank_load_rows(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank,
    const uint8_t *rows, size_t row_stride)
{
    for (unsigned i = FORMULA_MAX_INPUTS; i-- > p->first_state;) {
        if (p->inputs[i].state_slot != SIMD_NO_SLOT) {
            kernel->load_state(
                bank_slot(kernel, bank, p->inputs[i].state_slot), rows + p->inputs[i].offset, row_stride);
        }
    }
    if (p->n_message_slots) {
        kernel->load_message(bank, rows, row_stride, p->n_message_slots);
    }
}

/* What the program has of its own. No operation writes it: it may stay for the next
 * task of the same program. */
static inline void bank_load_constants(
    const struct simd_kernel *kernel, const struct program *p, uint8_t *bank)
{
    for (unsigned i = 0; i < p->n_constants; i++) {
        uint8_t *to = bank_slot(kernel, bank, p->constants[i].slot);
        if (p->constants[i].is_state) {
            kernel->load_state(to, p->constants[i].bytes, 0);
        } else {
            kernel->load_message(to, p->constants[i].bytes, 0, 1);
        }
    }
}

/* Bytes of outputs that a lane has; a kernel stores eight words whatever a digest has, so
 * the last one takes a slot's bytes. */
static inline size_t bank_output_bytes(const struct program *p)
{
    return (p->n_outputs - 1u) * (size_t)p->output_bytes + hash_slot_bytes(p->hash);
}

/* The outputs of every lane: output_bytes of each, one after the other, lanes
 * bank_output_bytes() apart. */
static inline void bank_store_outputs(
    const struct simd_kernel *kernel, const struct program *p, uint8_t *bank, uint8_t *outputs)
{
    const size_t stride = bank_output_bytes(p);
    for (unsigned i = 0; i < p->n_outputs; i++) {
        kernel->store_state(outputs + i * p->output_bytes, stride, bank_slot(kernel, bank, p->outputs[i]));
    }
}

#endif
