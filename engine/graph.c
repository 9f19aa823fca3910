#include "graph.h"

static struct graph *graph_of(struct formula *f)
{
    return (struct graph *)f;
}

/* ---- equal expressions are one node ---- */

static bool same_node(const struct graph_node *a, const struct graph_node *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case GRAPH_OPERATION:
        return a->op.state == b->op.state && a->op.digest == b->op.digest && a->op.lo == b->op.lo &&
               a->op.hi == b->op.hi && a->op.hi_digest == b->op.hi_digest && a->op.xor_byte == b->op.xor_byte;
    case GRAPH_MESSAGE:
        return a->message.input == b->message.input && a->message.word == b->message.word &&
               a->message.has_length == b->message.has_length && a->message.before == b->message.before;
    case GRAPH_STATE:
        return a->input == b->input;
    case GRAPH_CONSTANT_STATE:
    case GRAPH_CONSTANT_MESSAGE:
        return a->constant == b->constant;
    }
    return false;
}

static formula_value add_node(struct graph *g, struct graph_node node)
{
    for (unsigned i = 0; i < g->n_nodes; i++) {
        if (same_node(&g->nodes[i], &node)) {
            return (formula_value)i;
        }
    }
    if (g->n_nodes == GRAPH_MAX_NODES) {
        return formula_fail(&g->formula);
    }
    g->nodes[g->n_nodes] = node;
    return g->n_nodes++;
}

static formula_value add_constant(struct graph *g, enum graph_node_kind kind, const uint8_t *bytes)
{
    const size_t n = hash_slot_bytes(g->formula.hash);
    unsigned i = 0;
    while (i < g->n_constants && memcmp(g->constants[i], bytes, n) != 0) {
        i++;
    }
    if (i == GRAPH_MAX_CONSTANTS) {
        return formula_fail(&g->formula);
    }
    memcpy(g->constants[i], bytes, n);
    if (i == g->n_constants) {
        g->n_constants++;
    }
    return add_node(g, (struct graph_node){.kind = (uint8_t)kind, .constant = (uint8_t)i});
}

static formula_value add_state(struct graph *g, int input)
{
    return add_node(g, (struct graph_node){.kind = GRAPH_STATE, .input = (uint8_t)input});
}

/* ---- operations over constants are computed at once ---- */

static bool is_constant(const struct graph *g, formula_value v)
{
    return v == FORMULA_NONE || graph_is_constant(&g->nodes[v]);
}

static formula_value fold(struct graph *g, const struct graph_node *node)
{
    enum { STATE, DIGEST, LO, HI, N_SLOTS };
    const struct hash *hash = g->formula.hash;
    const struct simd_kernel *kernel = simd_scalar(hash->family);
    const size_t slot = simd_slot_bytes(kernel);
    uint8_t *const bank = g->fold->bank;
    _Static_assert(sizeof(g->fold->bank) == N_SLOTS * HASH_MAX_BLOCK / 2, "a bank of one lane");
    const formula_value operands[N_SLOTS] = {node->op.state, node->op.digest, node->op.lo, node->op.hi};
    for (unsigned i = 0; i < N_SLOTS; i++) {
        if (operands[i] == FORMULA_NONE) {
            continue;
        }
        const uint8_t *constant = g->constants[g->nodes[operands[i]].constant];
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
        .hi_digest = SIMD_NO_SLOT,
        .hi = HI,
        .xor_byte = node->op.xor_byte};
    const struct simd_program program = {
        .ops = &op, .n_ops = 1, .n_slots = N_SLOTS, .digest_words = (uint8_t)hash_digest_words(hash)};
    const struct simd_task task = {&program, bank};
    kernel->run_tasks(&task, 1, g->fold->scratch);
    kernel->store_state(bank, 0, bank);
    return add_constant(g, GRAPH_CONSTANT_STATE, bank);
}

static formula_value compress(struct graph *g, formula_value state, formula_value digest, formula_value lo,
    formula_value hi_digest, formula_value hi, uint8_t xor_byte, uint8_t hints)
{
    const struct graph_node node = {
        .kind = GRAPH_OPERATION, .op = {state, digest, lo, hi_digest, hi, xor_byte, hints}};
    if (g->formula.failed) {
        return 0;
    }
    if (is_constant(g, state) && is_constant(g, digest) && is_constant(g, lo) && hi_digest == FORMULA_NONE &&
        is_constant(g, hi)) {
        return fold(g, &node);
    }
    return add_node(g, node);
}

/* ---- messages ---- */

/* Bytes of a message that are a digest, at its head. */
static unsigned head_bytes(const struct graph *g, const struct formula_message *m)
{
    return m->digest == FORMULA_NONE ? 0 : g->formula.hash->digest_bytes;
}

/* A slot of an input, which begins `head` bytes after the message. */
static formula_value input_slot(struct graph *g, const struct formula_message *m, unsigned before,
    unsigned head, unsigned slot, bool is_last)
{
    const struct hash *hash = g->formula.hash;
    const int at = (int)(slot * hash_slot_bytes(hash)) - (int)head;
    return add_node(g, (struct graph_node){.kind = GRAPH_MESSAGE,
                           .message = {.input = (uint8_t)m->input,
                               .has_length = is_last,
                               .before = (uint8_t)(is_last ? before + head : 0),
                               .word = (int16_t)(at / (int)simd_word_bytes(hash->family))}});
}

/* A slot of a message without an input, which begins `head` bytes before its constant bytes. */
static formula_value constant_slot(struct graph *g, const struct formula_message *m, unsigned before,
    unsigned head, unsigned slot, bool is_last)
{
    const unsigned slot_bytes = hash_slot_bytes(g->formula.hash);
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
        hash_put_length(g->formula.hash, bytes + slot_bytes, before + head + m->constant_len);
    }
    return add_constant(g, GRAPH_CONSTANT_MESSAGE, bytes);
}

/* Slot number `slot` of a padded message that has `before` bytes hashed before it. Where the message begins
 * with a digest, that part of the slot is never read: FORMULA_NONE if it is all of the slot. */
static formula_value message_slot(
    struct graph *g, const struct formula_message *m, unsigned before, unsigned slot, unsigned n_slots)
{
    const unsigned head = head_bytes(g, m);
    const bool is_last = slot + 1 == n_slots;
    if (head == hash_slot_bytes(g->formula.hash) && slot == 0) {
        return FORMULA_NONE;
    }
    return m->input != FORMULA_NO_INPUT ? input_slot(g, m, before, head, slot, is_last)
                                        : constant_slot(g, m, before, head, slot, is_last);
}

/* Whether the blocks of a message are what SIMD_PADDED_DIGEST promises. */
static bool is_padded_digest(const struct graph *g, const struct formula_message *m, unsigned before)
{
    const struct hash *hash = g->formula.hash;
    return m->input == FORMULA_NO_INPUT && m->constant_len == 0 &&
           head_bytes(g, m) == hash_slot_bytes(hash) && before == hash->block_bytes;
}

/* The chaining value after a message, padding included, that follows `before` bytes: whole blocks. */
static formula_value absorb(
    struct graph *g, formula_value state, const struct formula_message *m, unsigned before)
{
    const struct hash *hash = g->formula.hash;
    const uint64_t n_blocks =
        m->input != FORMULA_NO_INPUT
            ? m->n_blocks
            : hash_n_blocks(hash, before + head_bytes(g, m) + m->constant_len) - before / hash->block_bytes;
    if (n_blocks > FORMULA_MAX_BLOCKS) {
        return formula_fail(&g->formula);
    }
    const uint8_t hints = is_padded_digest(g, m, before) ? SIMD_PADDED_DIGEST : 0;
    for (unsigned b = 0; b < n_blocks && !g->formula.failed; b++) {
        const formula_value lo = message_slot(g, m, before, 2 * b, 2 * (unsigned)n_blocks);
        const formula_value hi = message_slot(g, m, before, 2 * b + 1, 2 * (unsigned)n_blocks);
        state = compress(g, state, b == 0 ? m->digest : FORMULA_NONE, lo, FORMULA_NONE, hi, 0, hints);
    }
    return state;
}

/* ---- keys ---- */

static formula_value initial(struct graph *g)
{
    return add_constant(g, GRAPH_CONSTANT_STATE, g->formula.hash->initial);
}

/* One of the two slots of a key's block. */
static formula_value key_slot(struct graph *g, const struct formula_key *key, unsigned slot)
{
    const struct hash *hash = g->formula.hash;
    const unsigned slot_bytes = hash_slot_bytes(hash), first = slot * slot_bytes;
    if (key->input != FORMULA_NO_INPUT) {
        return add_node(g, (struct graph_node){.kind = GRAPH_MESSAGE,
                               .message = {.input = (uint8_t)key->input,
                                   .word = (int16_t)(first / simd_word_bytes(hash->family))}});
    }
    if (key->digest != FORMULA_NONE && slot == 0 && hash->digest_bytes == slot_bytes) {
        return FORMULA_NONE;
    }
    uint8_t bytes[HASH_MAX_BLOCK / 2] = {0};
    for (size_t i = 0; i < slot_bytes && first + i < key->constant_len; i++) {
        bytes[i] = key->constant[first + i];
    }
    return add_constant(g, GRAPH_CONSTANT_MESSAGE, bytes);
}

/* The chaining value of a key's block xored with ipad or opad (RFC 2104 section 2). */
static formula_value key_state(struct graph *g, const struct formula_key *key, uint8_t pad)
{
    if (key->outer_input != FORMULA_NO_INPUT) {
        return add_state(g, pad == SIMD_IPAD ? key->input : key->outer_input);
    }
    const formula_value lo = key_slot(g, key, 0), hi = key_slot(g, key, 1);
    if (key->second != FORMULA_NONE &&
        key->second_len != GRAPH_HI_DIGEST_WORDS * simd_word_bytes(g->formula.hash->family)) {
        return formula_fail(&g->formula);
    }
    return compress(g, initial(g), key->digest, lo, key->second, hi, pad, 0);
}

/* ---- the words of formulas ---- */

static formula_value graph_hash(struct formula *f, const struct formula_message *message)
{
    struct graph *g = graph_of(f);
    return absorb(g, initial(g), message, 0);
}

static formula_value graph_hmac(
    struct formula *f, const struct formula_key *key, const struct formula_message *message)
{
    struct graph *g = graph_of(f);
    const unsigned block = f->hash->block_bytes;
    const struct formula_message inner =
        formula_digest(absorb(g, key_state(g, key, SIMD_IPAD), message, block));
    return absorb(g, key_state(g, key, SIMD_OPAD), &inner, block);
}

static formula_value graph_input_value(struct formula *f, int input)
{
    return add_state(graph_of(f), input);
}

static void graph_prepare(
    struct formula *f, const struct formula_key *key, formula_value *inner, formula_value *outer)
{
    *inner = key_state(graph_of(f), key, SIMD_IPAD);
    *outer = key_state(graph_of(f), key, SIMD_OPAD);
}

struct formula *graph_begin(struct graph *g, struct graph_fold *fold, const struct hash *hash)
{
    static const struct formula_reader reader = {
        .hash = graph_hash, .hmac = graph_hmac, .input_value = graph_input_value, .prepare = graph_prepare};
    formula_begin(&g->formula, &reader, hash);
    g->fold = fold;
    g->n_nodes = g->n_constants = 0;
    return &g->formula;
}
