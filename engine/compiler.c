#include "compiler.h"

#include "layout.h"
#include "staging.h"

/* How many independent operations the order puts side by side. The SHA-NI kernel of one lane runs three in
 * the time of one; four take it a quarter longer. */
enum { WIDTH = 3 };

/* What last_use may be instead of a position: nothing reads the node; the node is an output. */
enum { NEVER = 0, ALWAYS = 0xff };

/* Numbers of nodes, positions and slots are bytes. A program may have as many slots as the last sum until
 * compiler_finish() has compared their number with the limit. */
_Static_assert((int)GRAPH_MAX_NODES < (int)FORMULA_NONE, "a node's number is never FORMULA_NONE");
_Static_assert(PROGRAM_MAX_OPS + 1 < (int)ALWAYS, "a position is never ALWAYS");
_Static_assert(
    PROGRAM_MAX_SLOT_BYTES / 32 + PROGRAM_MAX_CONSTANTS + (int)FORMULA_MAX_INPUTS + PROGRAM_MAX_OPS <
        (int)SIMD_NO_SLOT,
    "a slot's number is never SIMD_NO_SLOT");

struct formula *compiler_begin(struct compiler *c, const struct hash *hash)
{
    return graph_begin(&c->graph, &c->fold, hash);
}

/* ---- order: longest path first ---- */

enum { N_OPERANDS = 5 };

static void operands(const struct graph_node *node, formula_value out[N_OPERANDS])
{
    out[0] = node->op.state;
    out[1] = node->op.digest;
    out[2] = node->op.lo;
    out[3] = node->op.hi_digest;
    out[4] = node->op.hi;
}

static void measure_heights(struct compiler *c)
{
    const struct graph *g = &c->graph;
    memset(c->height, 0, sizeof(c->height));
    for (unsigned i = g->n_nodes; i-- > 0;) {
        if (g->nodes[i].kind != GRAPH_OPERATION) {
            continue;
        }
        formula_value v[N_OPERANDS];
        operands(&g->nodes[i], v);
        for (unsigned k = 0; k < N_OPERANDS; k++) {
            if (v[k] != FORMULA_NONE && c->height[v[k]] <= c->height[i]) {
                c->height[v[k]] = (uint8_t)(c->height[i] + 1);
            }
        }
    }
}

/* Whether all operands of a node come from steps before this one. */
static bool is_ready(const struct compiler *c, const struct graph_node *node, unsigned step)
{
    formula_value v[N_OPERANDS];
    operands(node, v);
    for (unsigned k = 0; k < N_OPERANDS; k++) {
        if (v[k] != FORMULA_NONE && c->graph.nodes[v[k]].kind == GRAPH_OPERATION &&
            (c->step[v[k]] == 0 || c->step[v[k]] == step)) {
            return false;
        }
    }
    return true;
}

/* The operation that stands next in this step: the one that the most operations still depend on.
 * FORMULA_NONE: the step is full. */
static formula_value next_operation(const struct compiler *c, unsigned step)
{
    const struct graph *g = &c->graph;
    formula_value next = FORMULA_NONE;
    for (unsigned i = 0; i < g->n_nodes; i++) {
        if (g->nodes[i].kind == GRAPH_OPERATION && c->step[i] == 0 && is_ready(c, &g->nodes[i], step) &&
            (next == FORMULA_NONE || c->height[i] > c->height[next])) {
            next = (formula_value)i;
        }
    }
    return next;
}

/* Puts the operations in order, step by step: a step has up to WIDTH operations, whose operands come from
 * earlier steps. Returns false if there is no operation, or one too many. */
static bool order_operations(struct compiler *c)
{
    unsigned n_ops = 0;
    memset(c->step, 0, sizeof(c->step));
    for (unsigned i = 0; i < c->graph.n_nodes; i++) {
        n_ops += c->graph.nodes[i].kind == GRAPH_OPERATION;
    }
    if (!n_ops || n_ops > PROGRAM_MAX_OPS) {
        return false;
    }
    c->n_ops = 0;
    for (unsigned step = 1; c->n_ops < n_ops; step++) {
        for (unsigned k = 0; k < WIDTH; k++) {
            const formula_value next = next_operation(c, step);
            if (next == FORMULA_NONE) {
                break;
            }
            c->step[next] = (uint8_t)step;
            c->order[c->n_ops++] = next;
        }
    }
    return true;
}

static void find_last_uses(struct compiler *c)
{
    memset(c->last_use, NEVER, sizeof(c->last_use));
    for (unsigned at = 0; at < c->n_ops; at++) {
        formula_value v[N_OPERANDS];
        operands(&c->graph.nodes[c->order[at]], v);
        for (unsigned k = 0; k < N_OPERANDS; k++) {
            if (v[k] != FORMULA_NONE) {
                c->last_use[v[k]] = (uint8_t)(at + 1);
            }
        }
    }
    for (unsigned i = 0; i < c->graph.formula.n_outputs; i++) {
        c->last_use[c->graph.formula.outputs[i]] = ALWAYS;
    }
}

/* ---- slots ---- */

static bool place_constants(struct compiler *c, struct program *p, unsigned *n_slots)
{
    const struct graph *g = &c->graph;
    for (unsigned i = 0; i < g->n_nodes; i++) {
        const struct graph_node *node = &g->nodes[i];
        if (node->kind != GRAPH_CONSTANT_STATE || c->last_use[i] == NEVER) {
            continue;
        }
        if (p->n_constants == PROGRAM_MAX_CONSTANTS) {
            return false;
        }
        c->slot[i] = (uint8_t)(*n_slots)++;
        p->constants[p->n_constants].slot = c->slot[i];
        memcpy(p->constants[p->n_constants++].bytes, g->constants[node->constant],
            hash_slot_bytes(g->formula.hash));
    }
    return true;
}

/* Gives chaining values that are inputs their slots, in the order of the inputs, which staging_load() relies
 * on. */
static bool place_states(struct compiler *c, struct program *p, unsigned *n_slots)
{
    const struct graph *g = &c->graph;
    for (unsigned input = 0; input < FORMULA_MAX_INPUTS; input++) {
        for (unsigned i = 0; i < g->n_nodes; i++) {
            if (g->nodes[i].kind != GRAPH_STATE || g->nodes[i].input != input) {
                continue;
            }
            c->slot[i] = (uint8_t)(*n_slots)++;
            if (!layout_state(g, p, input, c->slot[i])) {
                return false;
            }
        }
    }
    return true;
}

/* ---- operations, with the distance at which each is independent ---- */

/* Finds a slot for what operation number `at` writes, among those from `first` to n - 1. A slot that one of
 * the WIDTH operations before reads is not taken: the two operations could not run side by side then. Returns
 * n, a new slot, if there is no other. */
static unsigned free_slot(
    const struct compiler *c, const struct program *p, unsigned first, unsigned at, unsigned n)
{
    for (unsigned slot = first; slot < n; slot++) {
        bool is_free = true;
        for (unsigned b = 0; b < at && is_free; b++) {
            is_free = p->ops[b].dst != slot || c->last_use[c->order[b]] + (unsigned)WIDTH <= at;
        }
        if (is_free) {
            return slot;
        }
    }
    return n;
}

static bool is_independent(const struct simd_op *earlier, const struct simd_op *op)
{
    return earlier->dst != op->state && earlier->dst != op->digest && earlier->dst != op->hi_digest &&
           earlier->dst != op->dst && earlier->state != op->dst && earlier->digest != op->dst &&
           earlier->hi_digest != op->dst;
}

static uint8_t slot_of(const struct compiler *c, formula_value v)
{
    return v == FORMULA_NONE ? (uint8_t)SIMD_NO_SLOT : c->slot[v];
}

/* Writes operation number `at`, whose node has got its slot. */
static void write_operation(const struct compiler *c, struct program *p, unsigned at)
{
    const struct graph_node *node = &c->graph.nodes[c->order[at]];
    struct simd_op *op = &p->ops[at];
    *op = (struct simd_op){.dst = c->slot[c->order[at]],
        .state = slot_of(c, node->op.state),
        .digest = slot_of(c, node->op.digest),
        .lo = slot_of(c, node->op.lo),
        .hi_digest = slot_of(c, node->op.hi_digest),
        .hi = slot_of(c, node->op.hi),
        .xor_byte = node->op.xor_byte,
        .hints = node->op.hints};
    while (op->gap < at && is_independent(op - 1 - op->gap, op)) {
        op->gap++;
    }
}

static void write_operations(struct compiler *c, struct program *p, unsigned *n_slots)
{
    const unsigned first = *n_slots;
    for (unsigned at = 0; at < c->n_ops; at++) {
        const formula_value v = c->order[at];
        const unsigned slot = free_slot(c, p, first, at, *n_slots);
        *n_slots += slot == *n_slots;
        c->slot[v] = (uint8_t)slot;
        write_operation(c, p, at);
        if (p->longest_path < c->height[v] + 1) {
            p->longest_path = (uint8_t)(c->height[v] + 1);
        }
    }
}

/* ---- how one lane delivers its outputs ---- */

/* Adds the stores of a delivery. Returns false if stores cannot express it. A place of a fixed length is
 * wanted unless its pointer is NULL. */
static bool add_stores(struct program *p, const struct delivery *d)
{
    const unsigned slot_bytes = hash_slot_bytes(p->hash);
    for (unsigned at = 0, i = d->from; at < d->to.len; at += p->output_bytes, i++) {
        const unsigned left = d->to.len - at;
        if (!d->to.is_pointer || d->to.is_xored || at > UINT8_MAX || p->n_stores == PROGRAM_MAX_STORES) {
            return false;
        }
        p->stores[p->n_stores++] = (struct program_store){.slot = (uint16_t)(p->outputs[i] * slot_bytes),
            .offset = d->to.offset,
            .skip = (uint16_t)(d->to.skip + at),
            .len_at = d->to.rule == PLACE_FIXED ? d->to.offset : d->to.len_at,
            .base = d->to.base,
            .len = (uint8_t)(left < p->output_bytes ? left : p->output_bytes),
            .before = (uint8_t)(d->to.rule == PLACE_GIVEN ? at : 0),
            .is_given = d->to.rule == PLACE_GIVEN};
    }
    return true;
}

static void list_stores(struct program *p)
{
    for (const struct delivery *d = p->list.deliveries; d < p->list.deliveries + p->list.n_deliveries; d++) {
        if (!add_stores(p, d)) {
            p->n_stores = 0;
            p->digest_bytes = (uint16_t)staging_output_bytes(p);
            return;
        }
    }
}

static void write_header(const struct compiler *c, struct program *p, unsigned n_slots)
{
    const struct formula *f = &c->graph.formula;
    p->hash = f->hash;
    p->n_outputs = f->n_outputs;
    p->output_bytes = f->output_bytes;
    for (unsigned i = 0; i < f->n_outputs; i++) {
        p->outputs[i] = c->slot[f->outputs[i]];
    }
    p->simd = (struct simd_program){.ops = p->ops,
        .n_ops = c->n_ops,
        .n_slots = (uint8_t)n_slots,
        .digest_words = (uint8_t)hash_digest_words(f->hash),
        .hi_digest_words = GRAPH_HI_DIGEST_WORDS};
}

bool compiler_finish(struct compiler *c, struct program *p)
{
    const struct formula *f = &c->graph.formula;
    memset(p, 0, sizeof(*p));
    if (f->failed || !f->n_outputs) {
        return false;
    }
    measure_heights(c);
    if (!order_operations(c)) {
        return false;
    }
    find_last_uses(c);
    if (!layout_messages(&c->graph, c->last_use, p, c->slot)) {
        return false;
    }
    unsigned n_slots = p->n_message_slots;
    if (!place_constants(c, p, &n_slots) || !place_states(c, p, &n_slots)) {
        return false;
    }
    write_operations(c, p, &n_slots);
    write_header(c, p, n_slots);
    list_stores(p);
    return n_slots * hash_slot_bytes(f->hash) <= PROGRAM_MAX_SLOT_BYTES;
}
