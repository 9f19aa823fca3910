#include "staging.h"

#include "piece.h"

/* ---- rows ---- */

void staging_begin_rows(const struct program *p, uint8_t *rows, size_t row_stride, unsigned n)
{
    const size_t slot_bytes = hash_slot_bytes(p->hash);
    for (unsigned i = 0; i < p->n_loads; i++) {
        const size_t first = p->loads[i].first * slot_bytes, end = first + p->loads[i].n * slot_bytes;
        for (size_t at = first; at < end; at += 32) {
            uint8_t bytes[32], *to = rows + at;
            memcpy(bytes, p->row + at, 32); /* stays in registers */
            for (unsigned l = 0; l < n; l++, to += row_stride) {
                memcpy(to, bytes, 32);
            }
        }
    }
}

void staging_begin_bank(const struct program *p, uint8_t *bank)
{
    const size_t end = p->n_message_slots * (size_t)hash_slot_bytes(p->hash);
    for (size_t at = 0; at < end; at += 64) { /* the bank has room for a slot more than the messages */
        memcpy(bank + at, p->row + at, 64);
    }
}

/* Moves bytes of the same number to every lane. How they are copied is decided outside of the loop over
 * lanes. */
COPY_INLINE void move_to_lanes(const struct program_move *move, const void *const *base, unsigned n_lanes,
    uint8_t *to, size_t row_stride, void (*copy)(uint8_t *, const uint8_t *, size_t))
{
    const size_t n = move->len, offset = move->offset, skip = move->skip;
    to += move->to;
    for (unsigned l = 0; l < n_lanes; l++, to += row_stride) {
        const uint8_t *from;
        memcpy(&from, (const uint8_t *)base[l] + offset, sizeof(from));
        copy(to, from + skip, n);
    }
}

/* A lane whose job lacks the bytes has zeros in their place. */
static void odd_move(const struct program_odd_move *move, const void *const *base, unsigned n_lanes,
    uint8_t *to, size_t row_stride)
{
    static const uint8_t zeros[HASH_MAX_BLOCK];
    const size_t n = move->from.len;
    to += move->to;
    for (unsigned l = 0; l < n_lanes; l++, to += row_stride) {
        copy_bytes(to, place_len(&move->from, base[l]) ? place_address(&move->from, base[l]) : zeros, n);
    }
}

/* Puts the keys of all lanes, which have different lengths: `block` bytes, of which the last are zeros. */
COPY_INLINE void put_keys(const struct program_odd_move *key, const void *const *base, unsigned n_lanes,
    uint8_t *to, size_t row_stride, size_t block)
{
    const struct place place = {.len = key->from.len,
        .len_at = key->from.len_at,
        .offset = key->from.offset,
        .skip = key->from.skip,
        .rule = PLACE_GIVEN,
        .is_pointer = true};
    to += key->to;
    for (unsigned l = 0; l < n_lanes; l++, to += row_stride) {
        memset(to, 0, block);
        copy_secret(to, place_address(&place, base[l]), place_len(&place, base[l]));
    }
}

_Static_assert(HASH_MAX_BLOCK == 128, "blocks have 64 or 128 bytes");

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
 * values lie. Inlined once for a single lane, which then needs no loops. */
COPY_INLINE void fill_rows(const struct program *p, const struct staging_lanes *lanes, unsigned n_lanes,
    uint8_t *rows, size_t row_stride)
{
    const struct program_move *move = p->moves, *const narrow = move + p->n_wide_moves,
                              *const end = move + p->n_moves;
    if (p->has_variable) {
        put_messages(p, lanes, rows, row_stride);
    }
    for (; move < narrow; move++) {
        move_to_lanes(move, lanes->bases[move->base], n_lanes, rows, row_stride, copy_16_to_32);
    }
    for (; move < end; move++) {
        move_to_lanes(move, lanes->bases[move->base], n_lanes, rows, row_stride, copy_8_to_16);
    }
    for (unsigned i = 0; i < p->n_odd_moves; i++) {
        const struct program_odd_move *odd = &p->odd_moves[i];
        odd_move(odd, lanes->bases[odd->from.base], n_lanes, rows, row_stride);
    }
    for (unsigned i = 0; i < p->n_keys; i++) {
        const struct program_odd_move *key = &p->keys[i];
        const void *const *base = lanes->bases[key->from.base];
        if (p->hash->block_bytes == 64) {
            put_keys(key, base, n_lanes, rows, row_stride, 64);
        } else {
            put_keys(key, base, n_lanes, rows, row_stride, 128);
        }
    }
}

void staging_fill_rows(
    const struct program *p, const struct staging_lanes *lanes, uint8_t *rows, size_t row_stride)
{
    if (lanes->n == 1) {
        fill_rows(p, lanes, 1, rows, row_stride);
    } else {
        fill_rows(p, lanes, lanes->n, rows, row_stride);
    }
}

/* ---- banks ---- */

static void load_states(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank,
    size_t slot_bytes, const uint8_t *rows, size_t row_stride)
{
    for (unsigned i = FORMULA_MAX_INPUTS; i-- > p->first_state;) {
        if (p->inputs[i].state_slot != SIMD_NO_SLOT) {
            kernel->load_state(
                bank + p->inputs[i].state_slot * slot_bytes, rows + p->inputs[i].offset, row_stride);
        }
    }
}

static void load_constants(
    const struct simd_kernel *kernel, const struct program *p, uint8_t *bank, size_t slot_bytes)
{
    for (unsigned i = 0; i < p->n_constants; i++) {
        uint8_t *to = bank + p->constants[i].slot * slot_bytes;
        if (p->constants[i].is_state) {
            kernel->load_state(to, p->constants[i].bytes, 0);
        } else {
            kernel->load_message(to, p->constants[i].bytes, 0, 1);
        }
    }
}

void staging_load(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank,
    const uint8_t *rows, size_t row_stride)
{
    const size_t slot_bytes = simd_slot_bytes(kernel), lane_bytes = hash_slot_bytes(p->hash);
    load_states(kernel, p, bank, slot_bytes, rows, row_stride);
    for (unsigned i = 0; i < p->n_loads; i++) {
        kernel->load_message(bank + p->loads[i].first * slot_bytes, rows + p->loads[i].first * lane_bytes,
            row_stride, p->loads[i].n);
    }
}

void staging_bind(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank)
{
    const size_t slot_bytes = simd_slot_bytes(kernel), lane_bytes = hash_slot_bytes(p->hash);
    for (unsigned i = 0; i < p->n_binds; i++) {
        kernel->load_message(
            bank + p->binds[i].first * slot_bytes, p->row + p->binds[i].first * lane_bytes, 0, p->binds[i].n);
    }
    load_constants(kernel, p, bank, slot_bytes);
}

void staging_load_bank(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank)
{
    const size_t slot_bytes = hash_slot_bytes(p->hash); /* there is one lane */
    load_states(kernel, p, bank, slot_bytes, bank, 0);
    if (p->n_message_slots) {
        kernel->load_message(bank, bank, 0, p->n_message_slots);
    }
    load_constants(kernel, p, bank, slot_bytes);
}

void staging_store(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank, uint8_t *digests)
{
    const size_t stride = staging_output_bytes(p), slot_bytes = simd_slot_bytes(kernel),
                 output_bytes = p->output_bytes;
    for (const uint8_t *slot = p->outputs, *end = slot + p->n_outputs; slot < end; slot++) {
        kernel->store_state(digests, stride, bank + *slot * slot_bytes);
        digests += output_bytes;
    }
}

/* ---- outputs ---- */

static void xor_bytes(uint8_t *to, const uint8_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] ^= from[i];
    }
}

/* Delivers to places that are alike but for their address. */
COPY_INLINE void deliver_to_lanes(const struct place *to, const void *const *base, unsigned n_lanes,
    const uint8_t *from, size_t stride, enum place_rule rule,
    void (*copy)(uint8_t *, const uint8_t *, size_t))
{
    const struct place place = {.len = to->len,
        .len_at = to->len_at,
        .offset = to->offset,
        .skip = to->skip,
        .rule = (uint8_t)rule,
        .is_pointer = to->is_pointer};
    for (unsigned l = 0; l < n_lanes; l++, from += stride) {
        const size_t n = place_len(&place, base[l]);
        if (rule == PLACE_FIXED || n) {
            copy(place_address(&place, base[l]), from, n);
        }
    }
}

static void deliver_xored(
    const struct place *to, const void *const *base, unsigned n_lanes, const uint8_t *from, size_t stride)
{
    for (unsigned l = 0; l < n_lanes; l++, from += stride) {
        const size_t n = place_len(to, base[l]);
        if (n) {
            xor_bytes(place_address(to, base[l]), from, n);
        }
    }
}

COPY_INLINE void deliver(const struct formula_list *list, size_t output_bytes,
    const struct staging_lanes *lanes, unsigned n_lanes, const uint8_t *digests, size_t stride)
{
    const struct delivery *const end = list->deliveries + list->n_deliveries;
    for (const struct delivery *d = list->deliveries; d < end; d++) {
        const void *const *base = lanes->bases[d->to.base];
        const uint8_t *from = digests + d->from * output_bytes;
        if (d->to.is_xored) {
            deliver_xored(&d->to, base, n_lanes, from, stride);
        } else if (d->to.rule == PLACE_GIVEN) {
            deliver_to_lanes(&d->to, base, n_lanes, from, stride, PLACE_GIVEN, copy_bytes);
        } else if (d->to.rule == PLACE_FIXED) {
            deliver_to_lanes(&d->to, base, n_lanes, from, stride, PLACE_FIXED, copy_bytes);
        } else if (d->to.len > 32 && d->to.len <= 64) { /* a master secret */
            deliver_to_lanes(&d->to, base, n_lanes, from, stride, PLACE_IF, copy_33_to_64);
        } else if (d->to.len >= 8 && d->to.len <= 16) { /* verify_data */
            deliver_to_lanes(&d->to, base, n_lanes, from, stride, PLACE_IF, copy_8_to_16);
        } else {
            deliver_to_lanes(&d->to, base, n_lanes, from, stride, PLACE_IF, copy_bytes);
        }
    }
}

void staging_deliver(const struct formula_list *list, size_t output_bytes, const struct staging_lanes *lanes,
    const uint8_t *digests, size_t stride)
{
    if (lanes->n == 1) {
        deliver(list, output_bytes, lanes, 1, digests, stride);
    } else {
        deliver(list, output_bytes, lanes, lanes->n, digests, stride);
    }
}
