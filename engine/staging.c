#include "staging.h"

#include "piece.h"

static uint8_t *bank_slot(const struct simd_kernel *kernel, uint8_t *bank, unsigned slot)
{
    return bank + slot * simd_slot_bytes(kernel);
}

/* ---- rows ---- */

void staging_begin_rows(const struct program *p, uint8_t *rows, size_t row_stride, unsigned n)
{
    const size_t slot_bytes = hash_slot_bytes(p->hash);
    for (unsigned i = 0; i < p->n_loads; i++) {
        const size_t first = p->loads[i].first * slot_bytes, end = first + p->loads[i].n * slot_bytes;
        for (unsigned l = 0; l < n; l++) {
            uint8_t *row = rows + l * row_stride;
            for (size_t at = first; at < end; at += 32) {
                memcpy(row + at, p->row + at, 32);
            }
        }
    }
}

/*
 * Moves bytes of the same number to every lane. How a lane gets its bytes is the same in all lanes, and is
 * decided outside of the loop over them: the loop is inlined once for each way.
 */
COPY_INLINE void move_to_lanes(const struct program_move *move, const void *const *base, unsigned n_lanes,
    uint8_t *rows, size_t row_stride, bool is_pointer, void (*copy)(uint8_t *, const uint8_t *, size_t))
{
    const size_t n = move->from.len, offset = move->from.offset, skip = move->from.skip;
    uint8_t *to = rows + move->to;
    for (unsigned l = 0; l < n_lanes; l++, to += row_stride) {
        const uint8_t *from = (const uint8_t *)base[l] + offset;
        if (is_pointer) {
            memcpy(&from, from, sizeof(from));
            from += skip;
        }
        copy(to, from, n);
    }
}

COPY_INLINE void copy_32(uint8_t *to, const uint8_t *from, size_t n)
{
    (void)n;
    memcpy(to, from, 32);
}

COPY_INLINE void copy_48(uint8_t *to, const uint8_t *from, size_t n)
{
    (void)n;
    memcpy(to, from, 48);
}

/* The way of a move whose bytes are missing in some lanes, which have zeros in their place. */
static void move_or_zero(const struct program_move *move, const void *const *base, unsigned n_lanes,
    uint8_t *rows, size_t row_stride)
{
    for (unsigned l = 0; l < n_lanes; l++) {
        uint8_t *to = rows + l * row_stride + move->to;
        if (place_len(&move->from, base[l])) {
            copy_bytes(to, place_address(&move->from, base[l]), move->from.len);
        } else {
            memset(to, 0, move->from.len);
        }
    }
}

static void run_move(const struct program_move *move, const void *const *base, unsigned n_lanes,
    uint8_t *rows, size_t row_stride)
{
    const size_t n = move->from.len;
    if (move->from.rule == PLACE_IF) {
        move_or_zero(move, base, n_lanes, rows, row_stride);
    } else if (!move->from.is_pointer) {
        move_to_lanes(move, base, n_lanes, rows, row_stride, false, copy_bytes);
    } else if (n == 32) {
        move_to_lanes(move, base, n_lanes, rows, row_stride, true, copy_32);
    } else if (n == 48) {
        move_to_lanes(move, base, n_lanes, rows, row_stride, true, copy_48);
    } else if (n >= 8 && n <= 16) {
        move_to_lanes(move, base, n_lanes, rows, row_stride, true, copy_8_to_16);
    } else if (n > 16 && n < 32) {
        move_to_lanes(move, base, n_lanes, rows, row_stride, true, copy_17_to_32);
    } else {
        move_to_lanes(move, base, n_lanes, rows, row_stride, true, copy_bytes);
    }
}

static void put_key(const struct program *p, const struct program_move *key,
    const struct staging_lanes *lanes, uint8_t *rows, size_t row_stride)
{
    const void *const *base = lanes->bases[key->from.base];
    uint8_t *to = rows + key->to;
    for (unsigned l = 0; l < lanes->n; l++, to += row_stride) {
        copy_zeros(to, p->hash->block_bytes);
        copy_secret(to, place_address(&key->from, base[l]), place_len(&key->from, base[l]));
    }
}

/* ---- messages that are not fixed ---- */

static void put(void *lane, const void *bytes, size_t n)
{
    lane_put(lane, bytes, n);
}

static void put_messages(
    const struct program *p, const struct staging_lanes *lanes, uint8_t *rows, size_t row_stride)
{
    for (unsigned l = 0; l < lanes->n; l++) {
        struct lane lane = {.program = p, .row = rows + l * row_stride};
        for (unsigned input = 0; input < FORMULA_MAX_INPUTS; input++) {
            if (!p->inputs[input].is_variable) {
                continue;
            }
            const struct piece *piece = &p->list.pieces[p->list.inputs[input].first];
            lane_begin(&lane, (int)input);
            for (unsigned i = p->list.inputs[input].n; i; i--, piece++) {
                piece_put(piece, lanes->bases[piece->place.base][l], put, &lane);
            }
            lane_end(&lane);
        }
        lane_finish(&lane);
    }
}

/* Messages that are not fixed come first: the zeros behind the last of them may reach to where chaining
 * values lie. */
void staging_fill_rows(
    const struct program *p, const struct staging_lanes *lanes, uint8_t *rows, size_t row_stride)
{
    if (p->has_variable) {
        put_messages(p, lanes, rows, row_stride);
    }
    for (const struct program_move *move = p->moves; move < p->moves + p->n_moves; move++) {
        run_move(move, lanes->bases[move->from.base], lanes->n, rows, row_stride);
    }
    for (const struct program_move *key = p->keys; key < p->keys + p->n_keys; key++) {
        put_key(p, key, lanes, rows, row_stride);
    }
}

/* ---- banks ---- */

void staging_load(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank,
    const uint8_t *rows, size_t row_stride)
{
    for (unsigned i = FORMULA_MAX_INPUTS; i-- > p->first_state;) {
        if (p->inputs[i].state_slot != SIMD_NO_SLOT) {
            kernel->load_state(
                bank_slot(kernel, bank, p->inputs[i].state_slot), rows + p->inputs[i].offset, row_stride);
        }
    }
    for (unsigned i = 0; i < p->n_loads; i++) {
        kernel->load_message(bank_slot(kernel, bank, p->loads[i].first),
            rows + p->loads[i].first * hash_slot_bytes(p->hash), row_stride, p->loads[i].n);
    }
}

void staging_bind(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank)
{
    for (unsigned i = 0; i < p->n_binds; i++) {
        kernel->load_message(bank_slot(kernel, bank, p->binds[i].first),
            p->row + p->binds[i].first * hash_slot_bytes(p->hash), 0, p->binds[i].n);
    }
    for (unsigned i = 0; i < p->n_constants; i++) {
        uint8_t *to = bank_slot(kernel, bank, p->constants[i].slot);
        if (p->constants[i].is_state) {
            kernel->load_state(to, p->constants[i].bytes, 0);
        } else {
            kernel->load_message(to, p->constants[i].bytes, 0, 1);
        }
    }
}

void staging_store(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank, uint8_t *digests)
{
    const size_t stride = staging_output_bytes(p);
    for (unsigned i = 0; i < p->n_outputs; i++) {
        kernel->store_state(digests + i * p->output_bytes, stride, bank_slot(kernel, bank, p->outputs[i]));
    }
}

/* ---- outputs ---- */

static void xor_bytes(uint8_t *to, const uint8_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] ^= from[i];
    }
}

static void deliver_to_lanes(
    const struct place *to, const void *const *base, unsigned n_lanes, const uint8_t *from, size_t stride)
{
    for (unsigned l = 0; l < n_lanes; l++, from += stride) {
        const size_t n = place_len(to, base[l]);
        if (!n) {
            continue;
        }
        if (to->is_xored) {
            xor_bytes(place_address(to, base[l]), from, n);
        } else {
            copy_bytes(place_address(to, base[l]), from, n);
        }
    }
}

void staging_deliver(const struct formula_list *list, size_t output_bytes, const struct staging_lanes *lanes,
    const uint8_t *digests, size_t stride)
{
    for (unsigned i = 0; i < list->n_deliveries; i++) {
        const struct delivery *d = &list->deliveries[i];
        deliver_to_lanes(
            &d->to, lanes->bases[d->to.base], lanes->n, digests + d->from * output_bytes, stride);
    }
}
