#include "program.h"

#include <string.h>

#include "evaluate.h"

enum { NODE_OP, NODE_MESSAGE, NODE_STATE, NODE_CONSTANT_STATE, NODE_CONSTANT_MESSAGE };

/* Operations that may stand side by side in the order. Three, not four: a one-lane
 * SHA-NI kernel takes a group of three in the time of one chain, four take a
 * quarter longer. */
enum { WIDTH = 3 };

static inline unsigned digest_words(const struct hash *hash)
{
    return hash->digest_bytes / simd_word_bytes(hash->family);
}

/* ---- 1. value numbering: equal expressions are one value ---- */

static int same_node(const struct program_node *a, const struct program_node *b)
{
    if (a->kind != b->kind) {
        return 0;
    }
    switch (a->kind) {
    case NODE_OP:
        return a->op.state == b->op.state && a->op.digest == b->op.digest && a->op.lo == b->op.lo &&
               a->op.hi == b->op.hi && a->op.xor_byte == b->op.xor_byte;
    case NODE_MESSAGE:
        return a->message.input == b->message.input && a->message.word == b->message.word &&
               a->message.has_length == b->message.has_length && a->message.before == b->message.before;
    case NODE_STATE:
        return a->input == b->input;
    default:
        return a->constant == b->constant;
    }
}

static formula_value value(struct formula *f, struct program_node node)
{
    for (unsigned i = 0; i < f->n_values; i++) {
        if (same_node(&f->values[i], &node)) {
            return (formula_value)i;
        }
    }
    if (f->n_values == PROGRAM_MAX_VALUES) {
        f->failed = 1;
        return 0;
    }
    f->values[f->n_values] = node;
    return f->n_values++;
}

static formula_value constant_value(struct formula *f, uint8_t kind, const uint8_t *bytes)
{
    const size_t n = hash_slot_bytes(f->hash);
    unsigned i = 0;
    while (i < f->n_constants && memcmp(f->constants[i], bytes, n) != 0) {
        i++;
    }
    if (i == PROGRAM_MAX_FOLDED) {
        f->failed = 1;
        return 0;
    }
    memcpy(f->constants[i], bytes, n);
    if (i == f->n_constants) {
        f->n_constants++;
    }
    return value(f, (struct program_node){.kind = kind, .constant = (uint8_t)i});
}

/* ---- 2. constant folding ---- */

static int is_constant(const struct formula *f, formula_value v)
{
    return v == FORMULA_NONE || f->values[v].kind >= NODE_CONSTANT_STATE;
}

struct one_task {
    struct simd_feed feed;
    struct simd_task task;
    int given;
};

static int give_once(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct one_task *one = (struct one_task *)feed;
    (void)cursor;
    *task = one->task;
    return !one->given++;
}

static formula_value fold(struct formula *f, const struct program_node *node)
{
    enum { STATE, DIGEST, LO, HI, N_SLOTS };
    const struct simd_kernel *kernel = simd_scalar(f->hash->family);
    const size_t slot = simd_slot_bytes(kernel);
    _Alignas(64) uint8_t bank[N_SLOTS * HASH_MAX_BLOCK / 2];
    uint8_t bytes[HASH_MAX_BLOCK / 2];
    const formula_value operands[N_SLOTS] = {node->op.state, node->op.digest, node->op.lo, node->op.hi};
    for (unsigned i = 0; i < N_SLOTS; i++) {
        if (operands[i] == FORMULA_NONE) {
            continue;
        }
        const uint8_t *constant = f->constants[f->values[operands[i]].constant];
        if (i <= DIGEST) {
            kernel->load_state(bank + i * slot, constant, 0);
        } else {
            kernel->load_message(bank + i * slot, constant, 0, 1);
        }
    }
    const struct simd_op op = {.dst = STATE,
        .state = STATE,
        .digest = node->op.digest == FORMULA_NONE ? SIMD_NO_SLOT : DIGEST,
        .lo = node->op.lo == FORMULA_NONE ? SIMD_NO_SLOT : LO,
        .hi = HI,
        .xor_byte = node->op.xor_byte};
    const struct simd_program program = {
        .ops = &op, .n_ops = 1, .n_slots = N_SLOTS, .digest_words = (uint8_t)digest_words(f->hash)};
    struct one_task one = {.feed = {give_once}, .task = {&program, bank}};
    _Alignas(64) uint8_t scratch[SIMD_SCALAR_SCRATCH];
    kernel->run(&one.feed, scratch);
    kernel->store_state(bytes, 0, bank);
    return constant_value(f, NODE_CONSTANT_STATE, bytes);
}

static formula_value compress(struct formula *f, formula_value state, formula_value digest, formula_value lo,
    formula_value hi, uint8_t xor_byte, uint8_t hints)
{
    const struct program_node node = {.kind = NODE_OP, .op = {state, digest, lo, hi, xor_byte, hints}};
    if (f->failed) {
        return 0;
    }
    if (is_constant(f, state) && is_constant(f, digest) && is_constant(f, lo) && is_constant(f, hi)) {
        return fold(f, &node);
    }
    return value(f, node);
}

/* ---- messages ---- */

/* Slot number `slot` of a padded message that has `before` bytes hashed before it.
 * Its bytes begin with a digest, whose part of the slot is never read. */
static formula_value message_slot(
    struct formula *f, const struct formula_message *m, unsigned before, unsigned slot, unsigned n_slots)
{
    const unsigned slot_bytes = hash_slot_bytes(f->hash), word = (unsigned)simd_word_bytes(f->hash->family);
    const unsigned head = m->digest == FORMULA_NONE ? 0 : f->hash->digest_bytes;
    const int is_last = slot + 1 == n_slots;
    if (head == slot_bytes && slot == 0) {
        return FORMULA_NONE;
    }
    if (m->input >= 0) {
        return value(f, (struct program_node){.kind = NODE_MESSAGE,
                            .message = {.input = (uint8_t)m->input,
                                .has_length = (uint8_t)is_last,
                                .before = (uint8_t)(is_last ? before + head : 0),
                                .word = (int16_t)(((int)(slot * slot_bytes) - (int)head) / (int)word)}});
    }
    uint8_t bytes[HASH_MAX_BLOCK / 2] = {0};
    for (unsigned i = 0; i < slot_bytes; i++) {
        const size_t at = (size_t)slot * slot_bytes + i;
        if (at >= head && at - head < m->constant_len) {
            bytes[i] = m->constant[at - head];
        } else if (at - head == m->constant_len) {
            bytes[i] = 0x80;
        }
    }
    if (is_last) {
        hash_put_length(f->hash, bytes + slot_bytes, before + head + m->constant_len);
    }
    return constant_value(f, NODE_CONSTANT_MESSAGE, bytes);
}

static formula_value absorb(
    struct formula *f, formula_value state, const struct formula_message *m, unsigned before)
{
    const unsigned head = m->digest == FORMULA_NONE ? 0 : f->hash->digest_bytes;
    const unsigned n_blocks = m->input >= 0
                                  ? m->n_blocks
                                  : (unsigned)(hash_n_blocks(f->hash, before + head + m->constant_len) -
                                               before / f->hash->block_bytes);
    if (n_blocks > FORMULA_MAX_BLOCKS) {
        f->failed = 1;
        return 0;
    }
    for (unsigned b = 0; b < n_blocks && !f->failed; b++) {
        const int just_digest = m->digest != FORMULA_NONE && m->input < 0 && m->constant_len == 0 &&
                                head == hash_slot_bytes(f->hash) && before == f->hash->block_bytes;
        const formula_value lo = message_slot(f, m, before, 2 * b, 2 * n_blocks);
        const formula_value hi = message_slot(f, m, before, 2 * b + 1, 2 * n_blocks);
        state = compress(
            f, state, b == 0 ? m->digest : FORMULA_NONE, lo, hi, 0, just_digest ? SIMD_PADDED_DIGEST : 0);
    }
    return state;
}

static formula_value initial(struct formula *f)
{
    return constant_value(f, NODE_CONSTANT_STATE, f->hash->initial);
}

enum { INNER_PAD = 0x36, OUTER_PAD = 0x5c };

/* The chaining value of a key block xored with ipad or opad (RFC 2104 section 2). */
static formula_value key_state(struct formula *f, const struct formula_key *key, uint8_t pad)
{
    const unsigned slot_bytes = hash_slot_bytes(f->hash), word = (unsigned)simd_word_bytes(f->hash->family);
    formula_value half[2];
    if (key->outer_input >= 0) {
        return formula_input_value(f, pad == INNER_PAD ? key->input : key->outer_input);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (key->input >= 0) {
            half[i] = value(
                f, (struct program_node){.kind = NODE_MESSAGE,
                       .message = {.input = (uint8_t)key->input, .word = (int16_t)(i * slot_bytes / word)}});
        } else if (key->digest != FORMULA_NONE && i == 0 && f->hash->digest_bytes == slot_bytes) {
            half[i] = FORMULA_NONE;
        } else {
            uint8_t bytes[HASH_MAX_BLOCK / 2] = {0};
            for (size_t k = 0; k < slot_bytes && i * slot_bytes + k < key->constant_len; k++) {
                bytes[k] = key->constant[i * slot_bytes + k];
            }
            half[i] = constant_value(f, NODE_CONSTANT_MESSAGE, bytes);
        }
    }
    return compress(f, initial(f), key->digest, half[0], half[1], pad, 0);
}

/* ---- what formulas are written in ---- */

void program_begin(struct formula *f, const struct hash *hash)
{
    f->hash = hash;
    f->evaluation = NULL;
    f->failed = f->n_values = f->n_constants = f->n_outputs = 0;
    f->output_bytes = hash->digest_bytes;
}

formula_value formula_hash(struct formula *f, struct formula_message message)
{
    if (f->evaluation) {
        return evaluation_hash(f->evaluation, &message);
    }
    return absorb(f, initial(f), &message, 0);
}

formula_value formula_hmac(struct formula *f, struct formula_key key, struct formula_message message)
{
    if (f->evaluation) {
        return evaluation_hmac(f->evaluation, &key, &message);
    }
    const unsigned block = f->hash->block_bytes;
    const struct formula_message inner =
        formula_digest(absorb(f, key_state(f, &key, INNER_PAD), &message, block));
    return absorb(f, key_state(f, &key, OUTER_PAD), &inner, block);
}

formula_value formula_input_value(struct formula *f, int input)
{
    if (f->evaluation) {
        return evaluation_input_state(f->evaluation, input);
    }
    return value(f, (struct program_node){.kind = NODE_STATE, .input = (uint8_t)input});
}

void formula_output(struct formula *f, formula_value v)
{
    if (f->n_outputs == FORMULA_MAX_OUTPUTS) {
        f->failed = 1;
    } else {
        f->outputs[f->n_outputs++] = v;
    }
}

void formula_output_prepared(struct formula *f, struct formula_key key)
{
    f->output_bytes = (uint8_t)hash_slot_bytes(f->hash);
    if (f->evaluation) {
        formula_value inner, outer;
        evaluation_prepared(f->evaluation, &key, &inner, &outer);
        formula_output(f, inner);
        formula_output(f, outer);
    } else {
        formula_output(f, key_state(f, &key, INNER_PAD));
        formula_output(f, key_state(f, &key, OUTER_PAD));
    }
}

/* ---- 3. order: longest path first ---- */

static void operands(const struct program_node *node, formula_value out[4])
{
    out[0] = node->op.state;
    out[1] = node->op.digest;
    out[2] = node->op.lo;
    out[3] = node->op.hi;
}

static void measure_heights(struct formula *f)
{
    memset(f->height, 0, sizeof(f->height));
    for (unsigned i = f->n_values; i-- > 0;) { /* operands come before their operation */
        if (f->values[i].kind != NODE_OP) {
            continue;
        }
        formula_value v[4];
        operands(&f->values[i], v);
        for (unsigned k = 0; k < 4; k++) {
            if (v[k] != FORMULA_NONE && f->height[v[k]] <= f->height[i]) {
                f->height[v[k]] = (uint8_t)(f->height[i] + 1);
            }
        }
    }
}

static int is_ready(const struct formula *f, formula_value i, unsigned step)
{
    formula_value v[4];
    operands(&f->values[i], v);
    for (unsigned k = 0; k < 4; k++) {
        if (v[k] != FORMULA_NONE && f->values[v[k]].kind == NODE_OP &&
            (f->step[v[k]] == 0 || f->step[v[k]] == step)) {
            return 0;
        }
    }
    return 1;
}

/* Step by step, up to WIDTH operations whose operands earlier steps have made, those
 * first that most still depends on. */
static int order_operations(struct formula *f)
{
    unsigned n_ops = 0;
    memset(f->step, 0, sizeof(f->step));
    for (unsigned i = 0; i < f->n_values; i++) {
        n_ops += f->values[i].kind == NODE_OP;
    }
    if (n_ops > PROGRAM_MAX_OPS) {
        return 0;
    }
    f->n_ops = 0;
    for (unsigned step = 1; f->n_ops < n_ops; step++) {
        for (unsigned k = 0; k < WIDTH; k++) {
            unsigned best = FORMULA_NONE;
            for (unsigned i = 0; i < f->n_values; i++) {
                if (f->values[i].kind == NODE_OP && f->step[i] == 0 && is_ready(f, (formula_value)i, step) &&
                    (best == FORMULA_NONE || f->height[i] > f->height[best])) {
                    best = i;
                }
            }
            if (best == FORMULA_NONE) {
                break;
            }
            f->step[best] = (uint8_t)step;
            f->order[f->n_ops++] = (formula_value)best;
        }
    }
    return 1;
}

/* ---- 4. slots ---- */

static void find_last_uses(struct formula *f)
{
    memset(f->last_use, 0, sizeof(f->last_use)); /* position + 1; 0: never */
    for (unsigned at = 0; at < f->n_ops; at++) {
        formula_value v[4];
        operands(&f->values[f->order[at]], v);
        for (unsigned k = 0; k < 4; k++) {
            if (v[k] != FORMULA_NONE) {
                f->last_use[v[k]] = (uint8_t)(at + 1);
            }
        }
    }
    for (unsigned i = 0; i < f->n_outputs; i++) {
        f->last_use[f->outputs[i]] = 0xff;
    }
}

/* Whether a message slot can be read where its input lies in the row: not if it begins
 * between two slots, nor if it takes a length that another use of the slot must not see. */
static int is_in_place(const struct formula *f, const struct program_node *node)
{
    const int slot_words = (int)(hash_slot_bytes(f->hash) / simd_word_bytes(f->hash->family));
    if (node->message.word < 0 || node->message.word % slot_words != 0) {
        return 0;
    }
    if (!node->message.has_length) {
        return 1;
    }
    for (unsigned i = 0; i < f->n_values; i++) {
        const struct program_node *other = &f->values[i];
        if (other != node && other->kind == NODE_MESSAGE && other->message.input == node->message.input &&
            other->message.word == node->message.word && (!other->message.has_length || other < node)) {
            return 0;
        }
    }
    return 1;
}

static int add_copy(struct program *p, unsigned from, unsigned to, uint8_t input)
{
    if (p->n_copies == PROGRAM_MAX_COPIES) {
        return 0;
    }
    p->copies[p->n_copies].from = (uint16_t)from;
    p->copies[p->n_copies].to = (uint16_t)to;
    p->copies[p->n_copies++].input = input;
    return 1;
}

static int add_length(struct program *p, unsigned end, uint8_t input, uint8_t before)
{
    if (p->n_lengths == PROGRAM_MAX_LENGTHS) {
        return 0;
    }
    p->lengths[p->n_lengths].end = (uint16_t)end;
    p->lengths[p->n_lengths].input = input;
    p->lengths[p->n_lengths++].before = before;
    return 1;
}

/* Inputs to the row, one after the other, then the copies. Lengths are set when all is
 * copied. */
static int place_messages(struct formula *f, struct program *p)
{
    const unsigned slot_bytes = hash_slot_bytes(f->hash), word = (unsigned)simd_word_bytes(f->hash->family);
    const unsigned slot_words = slot_bytes / word;
    unsigned end = 0;
    for (unsigned input = 0; input < FORMULA_MAX_INPUTS; input++) {
        int first = 0, last = 0;
        for (unsigned i = 0; i < f->n_values; i++) {
            const struct program_node *node = &f->values[i];
            if (node->kind != NODE_MESSAGE || node->message.input != input) {
                continue;
            }
            if (node->message.word < first) {
                first = node->message.word;
            }
            if (node->message.word + (int)slot_words > last) {
                last = node->message.word + (int)slot_words;
            }
        }
        p->inputs[input].state_slot = SIMD_NO_SLOT;
        if (!last) {
            continue;
        }
        end += first < 0 ? slot_bytes : 0; /* a copy may begin before the input */
        p->inputs[input].offset = (uint16_t)end;
        p->inputs[input].len = (uint16_t)(((unsigned)last + slot_words - 1) / slot_words * slot_bytes);
        end += p->inputs[input].len;
    }
    for (unsigned i = 0; i < f->n_values; i++) {
        const struct program_node *node = &f->values[i];
        if (node->kind != NODE_MESSAGE || !f->last_use[i]) {
            continue;
        }
        const int in_place = is_in_place(f, node);
        const unsigned from =
            (unsigned)(p->inputs[node->message.input].offset + node->message.word * (int)word);
        const unsigned to = in_place ? from : end;
        end += in_place ? 0 : slot_bytes;
        f->slot[i] = (uint8_t)(to / slot_bytes);
        if ((!in_place && !add_copy(p, from, to, node->message.input)) ||
            (node->message.has_length &&
                !add_length(p, to + slot_bytes, node->message.input, node->message.before))) {
            return 0;
        }
    }
    p->n_message_slots = (uint8_t)(end / slot_bytes);
    return end <= PROGRAM_MAX_SLOT_BYTES;
}

static unsigned place_constants_and_states(struct formula *f, struct program *p)
{
    unsigned next = p->n_message_slots;
    unsigned state_offset = next * hash_slot_bytes(f->hash);
    p->first_state = FORMULA_MAX_INPUTS;
    for (unsigned i = 0; i < f->n_values; i++) {
        const struct program_node *node = &f->values[i];
        if (node->kind < NODE_CONSTANT_STATE || !f->last_use[i]) {
            continue;
        }
        if (p->n_constants == PROGRAM_MAX_CONSTANTS) {
            return 0;
        }
        p->constants[p->n_constants].slot = f->slot[i] = (uint8_t)next++;
        p->constants[p->n_constants].is_state = node->kind == NODE_CONSTANT_STATE;
        memcpy(p->constants[p->n_constants++].bytes, f->constants[node->constant], hash_slot_bytes(f->hash));
    }
    /* In the order of inputs: see bank_load_rows(). */
    for (unsigned input = 0; input < FORMULA_MAX_INPUTS; input++) {
        for (unsigned i = 0; i < f->n_values; i++) {
            if (f->values[i].kind != NODE_STATE || f->values[i].input != input) {
                continue;
            }
            f->slot[i] = p->inputs[input].state_slot = (uint8_t)next++;
            p->first_state = (uint8_t)(input < p->first_state ? input : p->first_state);
            p->inputs[input].offset = (uint16_t)state_offset;
            p->inputs[input].len = (uint16_t)hash_slot_bytes(f->hash);
            state_offset += hash_slot_bytes(f->hash);
        }
    }
    p->n_row_slots = (uint8_t)(state_offset / hash_slot_bytes(f->hash));
    return next;
}

/* ---- 5. operations, with the distance at which each is independent ---- */

/* A free slot for the operation at `at`, one that no operation in reach of it reads:
 * reuse must not cost parallelism. */
static unsigned free_slot(
    const struct formula *f, const struct program *p, unsigned first, unsigned at, unsigned n)
{
    for (unsigned slot = first; slot < n; slot++) {
        int is_free = 1;
        for (unsigned b = 0; b < at && is_free; b++) {
            is_free = p->ops[b].dst != slot || f->last_use[f->order[b]] + (unsigned)WIDTH <= at;
        }
        if (is_free) {
            return slot;
        }
    }
    return n;
}

static int is_independent(const struct simd_op *earlier, const struct simd_op *op)
{
    return earlier->dst != op->state && earlier->dst != op->digest && earlier->dst != op->dst &&
           earlier->state != op->dst && earlier->digest != op->dst;
}

static uint8_t slot_of(const struct formula *f, formula_value v)
{
    return v == FORMULA_NONE ? (uint8_t)SIMD_NO_SLOT : f->slot[v];
}

int program_compile(struct formula *f, struct program *p)
{
    memset(p, 0, sizeof(*p));
    if (f->failed || !f->n_outputs) {
        return 0;
    }
    measure_heights(f);
    if (!order_operations(f)) {
        return 0;
    }
    find_last_uses(f);
    if (!place_messages(f, p)) {
        return 0;
    }
    const unsigned first = place_constants_and_states(f, p);
    unsigned n_slots = first;
    for (unsigned at = 0; at < f->n_ops; at++) {
        const struct program_node *node = &f->values[f->order[at]];
        const unsigned slot = free_slot(f, p, first, at, n_slots);
        n_slots += slot == n_slots;
        f->slot[f->order[at]] = (uint8_t)slot;
        struct simd_op *op = &p->ops[at];
        *op = (struct simd_op){.dst = (uint8_t)slot,
            .state = slot_of(f, node->op.state),
            .digest = slot_of(f, node->op.digest),
            .lo = slot_of(f, node->op.lo),
            .hi = slot_of(f, node->op.hi),
            .xor_byte = node->op.xor_byte,
            .hints = node->op.hints};
        while (op->gap < at && is_independent(op - 1 - op->gap, op)) {
            op->gap++;
        }
        if (p->longest_path < f->height[f->order[at]] + 1) {
            p->longest_path = (uint8_t)(f->height[f->order[at]] + 1);
        }
    }
    if (!first || n_slots * hash_slot_bytes(f->hash) > PROGRAM_MAX_SLOT_BYTES) {
        return 0;
    }
    p->hash = f->hash;
    p->n_outputs = f->n_outputs;
    p->output_bytes = f->output_bytes;
    for (unsigned i = 0; i < f->n_outputs; i++) {
        p->outputs[i] = f->slot[f->outputs[i]];
    }
    p->simd = (struct simd_program){.ops = p->ops,
        .n_ops = f->n_ops,
        .n_slots = (uint8_t)n_slots,
        .digest_words = (uint8_t)digest_words(f->hash)};
    return 1;
}
