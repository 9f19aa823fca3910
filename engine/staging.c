#include "staging.h"

#include "columns.h"
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
        copy_zeros(to, block);
        copy_secret(to, place_address(&place, base[l]), place_len(&place, base[l]));
    }
}

_Static_assert(HASH_MAX_BLOCK == 128, "blocks have 64 or 128 bytes");

/* ---- messages that are not fixed ---- */

static void put_same(void *lanes, const uint8_t *bytes, size_t len)
{
    lanes_put(lanes, &bytes, 0, len);
}

static void put_each(void *lanes, const uint8_t *const *bytes, size_t len)
{
    lanes_put(lanes, bytes, 1, len);
}

COPY_INLINE void put_same_one(void *lanes, const uint8_t *bytes, size_t len)
{
    lanes_put_one(lanes, bytes, len);
}

COPY_INLINE void put_each_one(void *lanes, const uint8_t *const *bytes, size_t len)
{
    lanes_put_one(lanes, *bytes, len);
}

/* Puts the messages of n lanes in which all pieces are alike, from lane `first` on. `bytes` has room for n
 * addresses. */
COPY_INLINE void put_alike(const struct program *p, const struct staging_lanes *lanes, unsigned first,
    unsigned n, const uint8_t **bytes, uint8_t *rows, size_t row_stride,
    void (*same)(void *, const uint8_t *, size_t), void (*each)(void *, const uint8_t *const *, size_t))
{
    struct lanes alike; /* its lengths are written before they are read */
    alike.program = p;
    alike.rows = rows + first * row_stride;
    alike.row_stride = row_stride;
    alike.n = n;
    for (unsigned left = p->variable; left; left &= left - 1) {
        const unsigned input = (unsigned)__builtin_ctz(left);
        const struct piece *piece = &p->list.pieces[p->list.inputs[input].first];
        lanes_begin(&alike, (int)input);
        for (unsigned i = p->list.inputs[input].n; i; i--, piece++) {
            piece_put(piece, lanes->bases[piece->place.base] + first, n, bytes, same, each, &alike);
        }
        lanes_end(&alike);
    }
    lanes_finish(&alike);
}

static void put_messages_of_one(const struct program *p, const struct staging_lanes *lanes, unsigned lane,
    uint8_t *rows, size_t row_stride)
{
    const uint8_t *bytes;
    put_alike(p, lanes, lane, 1, &bytes, rows, row_stride, put_same_one, put_each_one);
}

__attribute__((noinline)) static void put_messages_of_many(
    const struct program *p, const struct staging_lanes *lanes, uint8_t *rows, size_t row_stride)
{
    const uint8_t *bytes[SIMD_MAX_LANES];
    put_alike(p, lanes, 0, lanes->n, bytes, rows, row_stride, put_same, put_each);
}

/* Whether all pieces are alike in all lanes. */
static bool are_alike(const struct program *p, const struct staging_lanes *lanes)
{
    for (unsigned left = p->variable; left; left &= left - 1) {
        const unsigned input = (unsigned)__builtin_ctz(left);
        const struct piece *piece = &p->list.pieces[p->list.inputs[input].first];
        for (unsigned i = p->list.inputs[input].n; i; i--, piece++) {
            if (!piece_is_alike(piece, lanes->bases[piece->place.base], lanes->n)) {
                return false;
            }
        }
    }
    return true;
}

static void put_messages(
    const struct program *p, const struct staging_lanes *lanes, uint8_t *rows, size_t row_stride)
{
    if (lanes->n > 1 && are_alike(p, lanes)) {
        put_messages_of_many(p, lanes, rows, row_stride);
        return;
    }
    for (unsigned l = 0; l < lanes->n; l++) {
        put_messages_of_one(p, lanes, l, rows, row_stride);
    }
}

/* Messages that are not fixed come first: the zeros behind the last of them may reach to where chaining
 * values lie. Inlined once for a single lane, which then needs no loops. */
COPY_INLINE void fill_rows(const struct program *p, const struct staging_lanes *lanes, unsigned n_lanes,
    uint8_t *rows, size_t row_stride)
{
    const struct program_move *move = p->moves, *const narrow = move + p->n_wide_moves,
                              *const end = move + p->n_moves;
    if (p->variable) {
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
    fill_rows(p, lanes, lanes->n, rows, row_stride);
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
    const struct program_constant *const end = p->constants + p->n_constants;
    for (const struct program_constant *c = p->constants; c < end; c++) {
        kernel->load_state(bank + c->slot * slot_bytes, c->bytes, 0);
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

/* ---- columns ---- */

/* Puts the bytes of chaining values into rows, which lie behind those of messages. */
static void fill_states(
    const struct program *p, const struct staging_lanes *lanes, uint8_t *rows, size_t row_stride)
{
    const unsigned begin = p->n_message_slots * hash_slot_bytes(p->hash);
    for (const struct program_move *move = p->moves; move < p->moves + p->n_moves; move++) {
        if (move->to >= begin) {
            move_to_lanes(move, lanes->bases[move->base], lanes->n, rows, row_stride, copy_bytes);
        }
    }
    for (const struct program_odd_move *odd = p->odd_moves; odd < p->odd_moves + p->n_odd_moves; odd++) {
        if (odd->to >= begin) {
            odd_move(odd, lanes->bases[odd->from.base], lanes->n, rows, row_stride);
        }
    }
}

/* Whether columns do for the keys of all lanes: their lengths decide it, which are no secret. */
static bool have_column_keys(const struct program *p, const struct staging_lanes *lanes)
{
    _Static_assert((COLUMNS_LONG_KEY ^ COLUMNS_SHORT_KEY) == 16, "one bit tells them apart");
    size_t other = p->columns.n_key_columns ? 0 : 1;
    for (unsigned i = 0; i < p->n_keys; i++) {
        const void *const *base = lanes->bases[p->keys[i].from.base];
        const size_t len_at = p->keys[i].from.len_at;
        for (unsigned l = 0; l < lanes->n; l++) {
            size_t len;
            memcpy(&len, (const uint8_t *)base[l] + len_at, sizeof(len));
            other |= (len | 16) ^ COLUMNS_LONG_KEY;
        }
    }
    return !other;
}

static void load_keys(const struct simd_kernel *kernel, const struct program *p,
    const struct staging_lanes *lanes, uint8_t *bank, uint8_t *rows, size_t row_stride)
{
    for (unsigned i = 0; i < p->n_keys; i++) {
        const struct program_odd_move *key = &p->keys[i];
        put_keys(key, lanes->bases[key->from.base], lanes->n, rows, row_stride, p->hash->block_bytes);
        kernel->load_message(bank + key->to * (size_t)kernel->lanes, rows + key->to, row_stride, 2);
    }
}

/* Stages what columns cannot express: it goes by rows. */
__attribute__((noinline)) static void load_the_rest(const struct simd_kernel *kernel, const struct program *p,
    const struct staging_lanes *lanes, bool with_keys, uint8_t *bank, uint8_t *rows, size_t row_stride)
{
    const size_t slot_bytes = simd_slot_bytes(kernel), lane_bytes = hash_slot_bytes(p->hash);
    const struct program_run *const end = p->row_loads + p->n_row_loads;
    if (p->variable) {
        put_messages(p, lanes, rows, row_stride);
    }
    for (const struct program_run *run = p->row_loads; run < end; run++) {
        kernel->load_message(
            bank + run->first * slot_bytes, rows + run->first * lane_bytes, row_stride, run->n);
    }
    fill_states(p, lanes, rows, row_stride);
    load_states(kernel, p, bank, slot_bytes, rows, row_stride);
    if (with_keys) {
        load_keys(kernel, p, lanes, bank, rows, row_stride);
    }
}

/* A kernel computes all of its lanes: those without a job get what the first lane has, so that there is
 * something behind their pointers. */
__attribute__((noinline)) static void stage_some_lanes(const struct simd_kernel *kernel,
    const struct program *p, const struct staging_lanes *lanes, unsigned parts, uint8_t *bank, void *scratch)
{
    const void *structs[PLACE_N_BASES][SIMD_COLUMN_LANES];
    const void *const *filled[PLACE_N_BASES];
    for (unsigned base = 0; base < PLACE_N_BASES; base++) {
        for (unsigned l = 0; l < kernel->lanes; l++) {
            structs[base][l] = lanes->bases[base][l < lanes->n ? l : 0];
        }
        filled[base] = structs[base];
    }
    kernel->stage(bank, &p->columns, parts, filled, scratch);
}

bool staging_by_columns(const struct simd_kernel *kernel, const struct program *p,
    const struct staging_lanes *lanes, bool is_bound, uint8_t *bank, uint8_t *rows, size_t row_stride,
    void *scratch)
{
    const bool has_column_keys = have_column_keys(p, lanes), has_other_keys = p->n_keys && !has_column_keys;
    const unsigned parts = (has_column_keys ? SIMD_STAGE_KEYS : 0u) | (is_bound ? 0u : SIMD_STAGE_CONSTANTS);
    if (lanes->n == kernel->lanes) {
        kernel->stage(bank, &p->columns, parts, lanes->bases, scratch);
    } else {
        stage_some_lanes(kernel, p, lanes, parts, bank, scratch);
    }
    if (p->n_row_loads || p->first_state < FORMULA_MAX_INPUTS || has_other_keys) {
        load_the_rest(kernel, p, lanes, has_other_keys, bank, rows, row_stride);
    }
    return !has_other_keys || !p->columns.n_key_columns;
}

/* ---- banks of one lane ---- */

static void begin_bank(const struct program *p, uint8_t *bank)
{
    const size_t end = p->n_message_slots * (size_t)hash_slot_bytes(p->hash);
    const uint8_t *from = p->row;
    for (uint8_t *to = bank; to < bank + end; to += 64, from += 64) { /* the bank has room for a slot more */
        memcpy(to, from, 64);
    }
}

void staging_fill_bank(const struct simd_kernel *kernel, const struct program *p,
    const struct staging_lanes *lane, uint8_t *bank)
{
    const size_t slot_bytes = hash_slot_bytes(p->hash); /* there is one lane */
    begin_bank(p, bank);
    fill_rows(p, lane, 1, bank, 0);
    load_states(kernel, p, bank, slot_bytes, bank, 0);
    kernel->load_message(bank, bank, 0, p->n_message_slots);
    load_constants(kernel, p, bank, slot_bytes);
}

void staging_store(const struct simd_kernel *kernel, const struct program *p, uint8_t *bank, uint8_t *digests)
{
    const size_t stride = staging_output_bytes(p),
                 slot_bytes = kernel->lanes * (size_t)hash_slot_bytes(p->hash),
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

/* copy_bytes(), not inlined. */
__attribute__((noinline)) static void copy_bytes_apart(uint8_t *to, const uint8_t *from, size_t n)
{
    copy_bytes(to, from, n);
}

/* Delivers n bytes to each lane, or what its own place has. Which rule and which copy it is, is decided
 * outside of the loop over lanes: of a place whose length is given, all lanes mostly have the length of the
 * first. */
COPY_INLINE void deliver_to_lanes(const struct place *to, const void *const *base, unsigned n_lanes,
    const uint8_t *from, size_t stride, size_t n, enum place_rule rule,
    void (*copy)(uint8_t *, const uint8_t *, size_t))
{
    const struct place place = {
        .len = to->len, .offset = to->offset, .skip = to->skip, .is_pointer = to->is_pointer};
    const size_t len_at = to->len_at, first = place_size_at(base[0], len_at);
    for (unsigned l = 0; l < n_lanes; l++, from += stride) {
        const size_t given = place_size_at(base[l], len_at);
        if (rule == PLACE_IF && !given) {
            continue;
        }
        if (rule == PLACE_GIVEN && given != first) {
            copy_bytes_apart(place_address(&place, base[l]), from, given < place.len ? given : place.len);
        } else {
            copy(place_address(&place, base[l]), from, n);
        }
    }
}

COPY_INLINE void deliver_by_len(const struct place *to, const void *const *base, unsigned n_lanes,
    const uint8_t *from, size_t stride, size_t n, enum place_rule rule)
{
    if (n > 32 && n <= 48) { /* a master secret, most key blocks */
        deliver_to_lanes(to, base, n_lanes, from, stride, n, rule, copy_33_to_48);
    } else if (n >= 8 && n <= 16) { /* verify_data */
        deliver_to_lanes(to, base, n_lanes, from, stride, n, rule, copy_8_to_16);
    } else {
        deliver_to_lanes(to, base, n_lanes, from, stride, n, rule, copy_bytes);
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
            deliver_by_len(&d->to, base, n_lanes, from, stride, place_len(&d->to, base[0]), PLACE_GIVEN);
        } else if (d->to.rule == PLACE_FIXED) {
            deliver_by_len(&d->to, base, n_lanes, from, stride, d->to.len, PLACE_FIXED);
        } else {
            deliver_by_len(&d->to, base, n_lanes, from, stride, d->to.len, PLACE_IF);
        }
    }
}

/* Each inlined copy takes stack of its own in builds without optimisation, of which one lane has little. */
__attribute__((noinline)) static void deliver_to_many(const struct formula_list *list, size_t output_bytes,
    const struct staging_lanes *lanes, const uint8_t *digests, size_t stride)
{
    deliver(list, output_bytes, lanes, lanes->n, digests, stride);
}

void staging_deliver(const struct formula_list *list, size_t output_bytes, const struct staging_lanes *lanes,
    const uint8_t *digests, size_t stride)
{
    if (lanes->n == 1) {
        deliver(list, output_bytes, lanes, 1, digests, stride);
    } else {
        deliver_to_many(list, output_bytes, lanes, digests, stride);
    }
}

/* ---- outputs of one lane ---- */

void staging_deliver_bank(const struct simd_kernel *kernel, const struct program *p,
    const struct staging_lanes *lane, uint8_t *bank, uint8_t *digests)
{
    const size_t whole = hash_slot_bytes(p->hash); /* what a kernel stores */
    const struct program_store *const end = p->stores + p->n_stores;
    uint8_t *const behind = bank + p->simd.n_slots * whole; /* where a bank has LANE_SLACK bytes */
    if (!p->n_stores) {
        staging_store(kernel, p, bank, digests);
        staging_deliver(&p->list, p->output_bytes, lane, digests, 0);
        return;
    }
    for (const struct program_store *s = p->stores; s < end; s++) {
        const void *const base = *lane->bases[s->base];
        const size_t given = place_size_at(base, s->len_at), before = s->before;
        size_t n = s->len;
        uint8_t *to;
        if (given <= before) {
            continue;
        }
        memcpy(&to, (const uint8_t *)base + s->offset, sizeof(to));
        to += s->skip;
        if (s->is_given && n > given - before) {
            n = given - before;
        }
        if (n == whole) {
            kernel->store_state(to, 0, bank + s->slot);
            continue;
        }
        kernel->store_state(behind, 0, bank + s->slot);
        if (n >= 8 && n <= 16) { /* most keys, IVs and verify_data */
            copy_8_to_16(to, behind, n);
        } else {
            copy_bytes_apart(to, behind, n);
        }
    }
}
