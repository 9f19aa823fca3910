/*
 * A program and its bank: what is loaded before the program runs, and what is stored afterwards. Both drivers
 * use this, one.c for one job and batch.c for many.
 */
#ifndef ENGINE_BANK_H
#define ENGINE_BANK_H

#include "lane.h"

static inline uint8_t *bank_slot(const struct simd_kernel *kernel, uint8_t *bank, unsigned slot)
{
    return bank + slot * simd_slot_bytes(kernel);
}

/*
 * Loads what every lane brings along, messages and chaining values, from its row.
 *
 * If the kernel has one lane, its row may be the bank itself. Messages are then loaded from and to the same
 * place. A chaining value moves towards the end, since the constants come before it, and perhaps onto the
 * place of the next one: so the last is loaded first.
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

/* Loads the program's own constants. No operation writes them, so they may stay for the next task of the same
 * program. */
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

/* Bytes that the outputs of a lane take. A kernel stores eight words however few a digest has, so the last
 * output takes a whole slot. */
static inline size_t bank_output_bytes(const struct program *p)
{
    return (p->n_outputs - 1u) * (size_t)p->output_bytes + hash_slot_bytes(p->hash);
}

/* Stores the outputs of every lane, output_bytes of each, one after the other. Lanes are bank_output_bytes()
 * apart.
 */
static inline void bank_store_outputs(
    const struct simd_kernel *kernel, const struct program *p, uint8_t *bank, uint8_t *outputs)
{
    const size_t stride = bank_output_bytes(p);
    for (unsigned i = 0; i < p->n_outputs; i++) {
        kernel->store_state(outputs + i * p->output_bytes, stride, bank_slot(kernel, bank, p->outputs[i]));
    }
}

#endif
