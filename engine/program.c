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

static program_value value(struct program_writer *w, struct program_node node)
{
    for (unsigned i = 0; i < w->n_values; i++) {
        if (same_node(&w->values[i], &node)) {
            return (program_value)i;
        }
    }
    if (w->n_values == PROGRAM_MAX_VALUES) {
        w->failed = 1;
        return 0;
    }
    w->values[w->n_values] = node;
    return w->n_values++;
}

static program_value constant_value(struct program_writer *w, uint8_t kind, const uint8_t *bytes)
{
    const size_t n = hash_slot_bytes(w->hash);
    unsigned i = 0;
    while (i < w->n_constants && memcmp(w->constants[i], bytes, n) != 0) {
        i++;
    }
    if (i == PROGRAM_MAX_FOLDED) {
        w->failed = 1;
        return 0;
    }
    memcpy(w->constants[i], bytes, n);
    if (i == w->n_constants) {
        w->n_constants++;
    }
    return value(w, (struct program_node){.kind = kind, .constant = (uint8_t)i});
}

/* ---- 2. constant folding ---- */

static int is_constant(const struct program_writer *w, program_value v)
{
    return v == PROGRAM_NONE || w->values[v].kind >= NODE_CONSTANT_STATE;
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

static program_value fold(struct program_writer *w, const struct program_node *node)
{
    enum { STATE, DIGEST, LO, HI, N_SLOTS };
    const struct simd_kernel *kernel = simd_scalar(w->hash->family);
    const size_t slot = simd_slot_bytes(kernel);
    _Alignas(64) uint8_t bank[N_SLOTS * HASH_MAX_BLOCK / 2];
    uint8_t bytes[HASH_MAX_BLOCK / 2];
    const program_value operands[N_SLOTS] = {node->op.state, node->op.digest, node->op.lo, node->op.hi};
    for (unsigned i = 0; i < N_SLOTS; i++) {
        if (operands[i] == PROGRAM_NONE) {
            continue;
        }
        const uint8_t *constant = w->constants[w->values[operands[i]].constant];
        if (i <= DIGEST) {
            kernel->load_state(bank + i * slot, constant, 0);
        } else {
            kernel->load_message(bank + i * slot, constant, 0, 1);
        }
    }
    const struct simd_op op = {.dst = STATE,
        .state = STATE,
        .digest = node->op.digest == PROGRAM_NONE ? SIMD_NO_SLOT : DIGEST,
        .lo = node->op.lo == PROGRAM_NONE ? SIMD_NO_SLOT : LO,
        .hi = HI,
        .xor_byte = node->op.xor_byte};
    const struct simd_program program = {
        .ops = &op, .n_ops = 1, .n_slots = N_SLOTS, .digest_words = (uint8_t)digest_words(w->hash)};
    struct one_task one = {.feed = {give_once}, .task = {&program, bank}};
    _Alignas(64) uint8_t scratch[SIMD_SCALAR_SCRATCH];
    kernel->run(&one.feed, scratch);
    kernel->store_state(bytes, 0, bank);
    return constant_value(w, NODE_CONSTANT_STATE, bytes);
}

static program_value compress(struct program_writer *w, program_value state, program_value digest,
    program_value lo, program_value hi, uint8_t xor_byte, uint8_t hints)
{
    const struct program_node node = {.kind = NODE_OP, .op = {state, digest, lo, hi, xor_byte, hints}};
    if (w->failed) {
        return 0;
    }
    if (is_constant(w, state) && is_constant(w, digest) && is_constant(w, lo) && is_constant(w, hi)) {
        return fold(w, &node);
    }
    return value(w, node);
}

/* ---- messages ---- */

/* Slot number `slot` of a padded message that has `before` bytes hashed before it.
 * Its bytes begin with a digest, whose part of the slot is never read. */
static program_value message_slot(struct program_writer *w, const struct program_message *m, unsigned before,
    unsigned slot, unsigned n_slots)
{
    const unsigned slot_bytes = hash_slot_bytes(w->hash), word = (unsigned)simd_word_bytes(w->hash->family);
    const unsigned head = m->digest == PROGRAM_NONE ? 0 : w->hash->digest_bytes;
    const int is_last = slot + 1 == n_slots;
    if (head == slot_bytes && slot == 0) {
        return PROGRAM_NONE;
    }
    if (m->input >= 0) {
        return value(w, (struct program_node){.kind = NODE_MESSAGE,
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
        hash_put_length(w->hash, bytes + slot_bytes, before + head + m->constant_len);
    }
    return constant_value(w, NODE_CONSTANT_MESSAGE, bytes);
}

static program_value absorb(
    struct program_writer *w, program_value state, const struct program_message *m, unsigned before)
{
    const unsigned head = m->digest == PROGRAM_NONE ? 0 : w->hash->digest_bytes;
    const unsigned n_blocks = m->input >= 0
                                  ? m->n_blocks
                                  : (unsigned)(hash_n_blocks(w->hash, before + head + m->constant_len) -
                                               before / w->hash->block_bytes);
    if (n_blocks > PROGRAM_MAX_BLOCKS) {
        w->failed = 1;
        return 0;
    }
    for (unsigned b = 0; b < n_blocks && !w->failed; b++) {
        const int just_digest = m->digest != PROGRAM_NONE && m->input < 0 && m->constant_len == 0 &&
                                head == hash_slot_bytes(w->hash) && before == w->hash->block_bytes;
        const program_value lo = message_slot(w, m, before, 2 * b, 2 * n_blocks);
        const program_value hi = message_slot(w, m, before, 2 * b + 1, 2 * n_blocks);
        state = compress(
            w, state, b == 0 ? m->digest : PROGRAM_NONE, lo, hi, 0, just_digest ? SIMD_PADDED_DIGEST : 0);
    }
    return state;
}

static program_value initial(struct program_writer *w)
{
    return constant_value(w, NODE_CONSTANT_STATE, w->hash->initial);
}

enum { INNER_PAD = 0x36, OUTER_PAD = 0x5c };

/* The chaining value of a key block xored with ipad or opad (RFC 2104 section 2). */
static program_value key_state(struct program_writer *w, const struct program_key *key, uint8_t pad)
{
    const unsigned slot_bytes = hash_slot_bytes(w->hash), word = (unsigned)simd_word_bytes(w->hash->family);
    program_value half[2];
    if (key->outer_input >= 0) {
        return program_input_state(w, pad == INNER_PAD ? key->input : key->outer_input);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (key->input >= 0) {
            half[i] = value(
                w, (struct program_node){.kind = NODE_MESSAGE,
                       .message = {.input = (uint8_t)key->input, .word = (int16_t)(i * slot_bytes / word)}});
        } else if (key->digest != PROGRAM_NONE && i == 0 && w->hash->digest_bytes == slot_bytes) {
            half[i] = PROGRAM_NONE;
        } else {
            uint8_t bytes[HASH_MAX_BLOCK / 2] = {0};
            for (size_t k = 0; k < slot_bytes && i * slot_bytes + k < key->constant_len; k++) {
                bytes[k] = key->constant[i * slot_bytes + k];
            }
            half[i] = constant_value(w, NODE_CONSTANT_MESSAGE, bytes);
        }
    }
    return compress(w, initial(w), key->digest, half[0], half[1], pad, 0);
}

/* ---- what formulas are written in ---- */

void program_begin(struct program_writer *w, const struct hash *hash)
{
    w->hash = hash;
    w->evaluation = NULL;
    w->failed = w->n_values = w->n_constants = w->n_outputs = 0;
    w->output_bytes = hash->digest_bytes;
}

program_value program_hash(struct program_writer *w, struct program_message message)
{
    if (w->evaluation) {
        return evaluation_hash(w->evaluation, &message);
    }
    return absorb(w, initial(w), &message, 0);
}

program_value program_hmac(struct program_writer *w, struct program_key key, struct program_message message)
{
    if (w->evaluation) {
        return evaluation_hmac(w->evaluation, &key, &message);
    }
    const unsigned block = w->hash->block_bytes;
    const struct program_message inner =
        program_digest(absorb(w, key_state(w, &key, INNER_PAD), &message, block));
    return absorb(w, key_state(w, &key, OUTER_PAD), &inner, block);
}

program_value program_input_state(struct program_writer *w, int input)
{
    if (w->evaluation) {
        return evaluation_input_state(w->evaluation, input);
    }
    return value(w, (struct program_node){.kind = NODE_STATE, .input = (uint8_t)input});
}

void program_output(struct program_writer *w, program_value v)
{
    if (w->n_outputs == PROGRAM_MAX_OUTPUTS) {
        w->failed = 1;
    } else {
        w->outputs[w->n_outputs++] = v;
    }
}

void program_output_prepared(struct program_writer *w, struct program_key key)
{
    w->output_bytes = (uint8_t)hash_slot_bytes(w->hash);
    if (w->evaluation) {
        program_value inner, outer;
        evaluation_prepared(w->evaluation, &key, &inner, &outer);
        program_output(w, inner);
        program_output(w, outer);
    } else {
        program_output(w, key_state(w, &key, INNER_PAD));
        program_output(w, key_state(w, &key, OUTER_PAD));
    }
}

/* ---- 3. order: longest path first ---- */

static void operands(const struct program_node *node, program_value out[4])
{
    out[0] = node->op.state;
    out[1] = node->op.digest;
    out[2] = node->op.lo;
    out[3] = node->op.hi;
}

static void measure_heights(struct program_writer *w)
{
    memset(w->height, 0, sizeof(w->height));
    for (unsigned i = w->n_values; i-- > 0;) { /* operands come before their operation */
        if (w->values[i].kind != NODE_OP) {
            continue;
        }
        program_value v[4];
        operands(&w->values[i], v);
        for (unsigned k = 0; k < 4; k++) {
            if (v[k] != PROGRAM_NONE && w->height[v[k]] <= w->height[i]) {
                w->height[v[k]] = (uint8_t)(w->height[i] + 1);
            }
        }
    }
}

static int is_ready(const struct program_writer *w, program_value i, unsigned step)
{
    program_value v[4];
    operands(&w->values[i], v);
    for (unsigned k = 0; k < 4; k++) {
        if (v[k] != PROGRAM_NONE && w->values[v[k]].kind == NODE_OP &&
            (w->step[v[k]] == 0 || w->step[v[k]] == step)) {
            return 0;
        }
    }
    return 1;
}

/* Step by step, up to WIDTH operations whose operands earlier steps have made, those
 * first that most still depends on. */
static int order_operations(struct program_writer *w)
{
    unsigned n_ops = 0;
    memset(w->step, 0, sizeof(w->step));
    for (unsigned i = 0; i < w->n_values; i++) {
        n_ops += w->values[i].kind == NODE_OP;
    }
    if (n_ops > PROGRAM_MAX_OPS) {
        return 0;
    }
    w->n_ops = 0;
    for (unsigned step = 1; w->n_ops < n_ops; step++) {
        for (unsigned k = 0; k < WIDTH; k++) {
            unsigned best = PROGRAM_NONE;
            for (unsigned i = 0; i < w->n_values; i++) {
                if (w->values[i].kind == NODE_OP && w->step[i] == 0 && is_ready(w, (program_value)i, step) &&
                    (best == PROGRAM_NONE || w->height[i] > w->height[best])) {
                    best = i;
                }
            }
            if (best == PROGRAM_NONE) {
                break;
            }
            w->step[best] = (uint8_t)step;
            w->order[w->n_ops++] = (program_value)best;
        }
    }
    return 1;
}

/* ---- 4. slots ---- */

static void find_last_uses(struct program_writer *w)
{
    memset(w->last_use, 0, sizeof(w->last_use)); /* position + 1; 0: never */
    for (unsigned at = 0; at < w->n_ops; at++) {
        program_value v[4];
        operands(&w->values[w->order[at]], v);
        for (unsigned k = 0; k < 4; k++) {
            if (v[k] != PROGRAM_NONE) {
                w->last_use[v[k]] = (uint8_t)(at + 1);
            }
        }
    }
    for (unsigned i = 0; i < w->n_outputs; i++) {
        w->last_use[w->outputs[i]] = 0xff;
    }
}

/* Whether a message slot can be read where its input lies in the row: not if it begins
 * between two slots, nor if it takes a length that another use of the slot must not see. */
static int is_in_place(const struct program_writer *w, const struct program_node *node)
{
    const int slot_words = (int)(hash_slot_bytes(w->hash) / simd_word_bytes(w->hash->family));
    if (node->message.word < 0 || node->message.word % slot_words != 0) {
        return 0;
    }
    if (!node->message.has_length) {
        return 1;
    }
    for (unsigned i = 0; i < w->n_values; i++) {
        const struct program_node *other = &w->values[i];
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
static int place_messages(struct program_writer *w, struct program *p)
{
    const unsigned slot_bytes = hash_slot_bytes(w->hash), word = (unsigned)simd_word_bytes(w->hash->family);
    const unsigned slot_words = slot_bytes / word;
    unsigned end = 0;
    for (unsigned input = 0; input < PROGRAM_MAX_INPUTS; input++) {
        int first = 0, last = 0;
        for (unsigned i = 0; i < w->n_values; i++) {
            const struct program_node *node = &w->values[i];
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
    for (unsigned i = 0; i < w->n_values; i++) {
        const struct program_node *node = &w->values[i];
        if (node->kind != NODE_MESSAGE || !w->last_use[i]) {
            continue;
        }
        const int in_place = is_in_place(w, node);
        const unsigned from =
            (unsigned)(p->inputs[node->message.input].offset + node->message.word * (int)word);
        const unsigned to = in_place ? from : end;
        end += in_place ? 0 : slot_bytes;
        w->slot[i] = (uint8_t)(to / slot_bytes);
        if ((!in_place && !add_copy(p, from, to, node->message.input)) ||
            (node->message.has_length &&
                !add_length(p, to + slot_bytes, node->message.input, node->message.before))) {
            return 0;
        }
    }
    p->n_message_slots = (uint8_t)(end / slot_bytes);
    return end <= PROGRAM_MAX_SLOT_BYTES;
}

static unsigned place_constants_and_states(struct program_writer *w, struct program *p)
{
    unsigned next = p->n_message_slots;
    unsigned state_offset = next * hash_slot_bytes(w->hash);
    p->first_state = PROGRAM_MAX_INPUTS;
    for (unsigned i = 0; i < w->n_values; i++) {
        const struct program_node *node = &w->values[i];
        if (node->kind < NODE_CONSTANT_STATE || !w->last_use[i]) {
            continue;
        }
        if (p->n_constants == PROGRAM_MAX_CONSTANTS) {
            return 0;
        }
        p->constants[p->n_constants].slot = w->slot[i] = (uint8_t)next++;
        p->constants[p->n_constants].is_state = node->kind == NODE_CONSTANT_STATE;
        memcpy(p->constants[p->n_constants++].bytes, w->constants[node->constant], hash_slot_bytes(w->hash));
    }
    /* In the order of inputs: see bank_load_rows(). */
    for (unsigned input = 0; input < PROGRAM_MAX_INPUTS; input++) {
        for (unsigned i = 0; i < w->n_values; i++) {
            if (w->values[i].kind != NODE_STATE || w->values[i].input != input) {
                continue;
            }
            w->slot[i] = p->inputs[input].state_slot = (uint8_t)next++;
            p->first_state = (uint8_t)(input < p->first_state ? input : p->first_state);
            p->inputs[input].offset = (uint16_t)state_offset;
            p->inputs[input].len = (uint16_t)hash_slot_bytes(w->hash);
            state_offset += hash_slot_bytes(w->hash);
        }
    }
    p->n_row_slots = (uint8_t)(state_offset / hash_slot_bytes(w->hash));
    return next;
}

/* ---- 5. operations, with the distance at which each is independent ---- */

/* A free slot for the operation at `at`, one that no operation in reach of it reads:
 * reuse must not cost parallelism. */
static unsigned free_slot(
    const struct program_writer *w, const struct program *p, unsigned first, unsigned at, unsigned n)
{
    for (unsigned slot = first; slot < n; slot++) {
        int is_free = 1;
        for (unsigned b = 0; b < at && is_free; b++) {
            is_free = p->ops[b].dst != slot || w->last_use[w->order[b]] + (unsigned)WIDTH <= at;
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

static uint8_t slot_of(const struct program_writer *w, program_value v)
{
    return v == PROGRAM_NONE ? (uint8_t)SIMD_NO_SLOT : w->slot[v];
}

int program_compile(struct program_writer *w, struct program *p)
{
    memset(p, 0, sizeof(*p));
    if (w->failed || !w->n_outputs) {
        return 0;
    }
    measure_heights(w);
    if (!order_operations(w)) {
        return 0;
    }
    find_last_uses(w);
    if (!place_messages(w, p)) {
        return 0;
    }
    const unsigned first = place_constants_and_states(w, p);
    unsigned n_slots = first;
    for (unsigned at = 0; at < w->n_ops; at++) {
        const struct program_node *node = &w->values[w->order[at]];
        const unsigned slot = free_slot(w, p, first, at, n_slots);
        n_slots += slot == n_slots;
        w->slot[w->order[at]] = (uint8_t)slot;
        struct simd_op *op = &p->ops[at];
        *op = (struct simd_op){.dst = (uint8_t)slot,
            .state = slot_of(w, node->op.state),
            .digest = slot_of(w, node->op.digest),
            .lo = slot_of(w, node->op.lo),
            .hi = slot_of(w, node->op.hi),
            .xor_byte = node->op.xor_byte,
            .hints = node->op.hints};
        while (op->gap < at && is_independent(op - 1 - op->gap, op)) {
            op->gap++;
        }
        if (p->longest_path < w->height[w->order[at]] + 1) {
            p->longest_path = (uint8_t)(w->height[w->order[at]] + 1);
        }
    }
    if (!first || n_slots * hash_slot_bytes(w->hash) > PROGRAM_MAX_SLOT_BYTES) {
        return 0;
    }
    p->hash = w->hash;
    p->n_outputs = w->n_outputs;
    p->output_bytes = w->output_bytes;
    for (unsigned i = 0; i < w->n_outputs; i++) {
        p->outputs[i] = w->slot[w->outputs[i]];
    }
    p->simd = (struct simd_program){.ops = p->ops,
        .n_ops = w->n_ops,
        .n_slots = (uint8_t)n_slots,
        .digest_words = (uint8_t)digest_words(w->hash)};
    return 1;
}
