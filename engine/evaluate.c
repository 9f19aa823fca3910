#include "evaluate.h"

#include <string.h>

#include "derivation.h"
#include "lane.h"

enum { STATE, LO, HI };

static const struct simd_op absorb_block = {
    .dst = STATE, .state = STATE, .digest = SIMD_NO_SLOT, .lo = LO, .hi = HI};
static const struct simd_program one_block = {
    .ops = &absorb_block, .n_ops = 1, .n_slots = 3, .digest_words = 8};

struct one_block_feed {
    struct simd_feed feed;
    uint8_t *bank;
};

static int next(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct one_block_feed *f = (struct one_block_feed *)feed;
    (void)cursor;
    *task = (struct simd_task){&one_block, f->bank};
    f->bank = NULL;
    return task->bank != NULL;
}

static void compress(struct evaluation *e, const uint8_t *block, uint8_t xor_byte)
{
    uint8_t *const lo = e->bank + hash_slot_bytes(e->hash);
    if (xor_byte) {
        for (unsigned i = 0; i < e->hash->block_bytes; i++) {
            e->block[i] = block[i] ^ xor_byte;
        }
        block = e->block;
    }
    e->kernel->load_message(lo, block, 0, 2);
    struct one_block_feed f = {{next}, e->bank};
    e->kernel->run(&f.feed, e->scratch);
}

static void begin(struct evaluation *e, const uint8_t *state, uint64_t len)
{
    e->kernel->load_state(e->bank, state, 0);
    e->len = len;
}

void evaluation_put(struct evaluation *e, const void *bytes, size_t len)
{
    const size_t block = e->hash->block_bytes;
    const uint8_t *from = bytes;
    size_t fill = e->len % block;
    e->len += len;
    while (len) {
        if (fill == 0 && len >= block) {
            compress(e, from, 0);
            from += block;
            len -= block;
            continue;
        }
        const size_t n = len < block - fill ? len : block - fill;
        memcpy(e->block + fill, from, n);
        from += n;
        len -= n;
        fill += n;
        if (fill == block) {
            compress(e, e->block, 0);
            fill = 0;
        }
    }
}

static void end(struct evaluation *e, uint8_t *state)
{
    static const uint8_t padding[HASH_MAX_BLOCK] = {0x80};
    const size_t block = e->hash->block_bytes, fill = e->len % block;
    uint8_t length[16] = {0};
    const size_t length_bytes = e->hash->length_bytes;
    hash_put_length(e->hash, length + length_bytes, e->len);
    evaluation_put(e, padding, (fill + 1 + length_bytes <= block ? block : 2 * block) - fill - length_bytes);
    evaluation_put(e, length, length_bytes);
    e->kernel->store_state(state, 0, e->bank);
}

/* An input, staged into the running hash. */
static void put_input(struct evaluation *e, int input)
{
    struct lane lane = {.evaluation = e, .wanted = input};
    e->shape->derivation->stage(e->record, e->shape, &lane);
}

/* A key or a chaining value, as a lane would have it. */
static void put_state(struct evaluation *e, int input, uint8_t *to)
{
    struct lane lane = {.evaluation = e, .wanted = input, .key = to};
    e->shape->derivation->stage(e->record, e->shape, &lane);
}

static void put_message(struct evaluation *e, const struct formula_message *m)
{
    if (m->digest != FORMULA_NONE) {
        evaluation_put(e, e->values[m->digest], e->hash->digest_bytes);
    }
    if (m->input >= 0) {
        put_input(e, m->input);
    } else {
        evaluation_put(e, m->constant, m->constant_len);
    }
}

/* A limit that formulas keep (a test runs the longest), so there is no status for it. */
static uint8_t *new_value(struct evaluation *e, formula_value *value)
{
    *value = e->n_values < PROGRAM_MAX_EVALUATED ? e->n_values++ : PROGRAM_MAX_EVALUATED - 1;
    return e->values[*value];
}

formula_value evaluation_hash(struct evaluation *e, const struct formula_message *message)
{
    formula_value result;
    begin(e, e->hash->initial, 0);
    put_message(e, message);
    end(e, new_value(e, &result));
    return result;
}

/* RFC 2104 section 4: the chaining values after (key xor ipad) and (key xor opad),
 * kept while the key stays the same. */
static void set_key(struct evaluation *e, const struct formula_key *key)
{
    uint8_t block[HASH_MAX_BLOCK] = {0};
    if (e->has_key && e->key.digest == key->digest && e->key.input == key->input &&
        e->key.constant == key->constant) {
        return;
    }
    e->key = *key;
    e->has_key = 1;
    if (key->outer_input >= 0) {
        put_state(e, key->input, e->inner);
        put_state(e, key->outer_input, e->outer);
        return;
    }
    if (key->input >= 0) {
        put_state(e, key->input, block);
    } else if (key->digest != FORMULA_NONE) {
        memcpy(block, e->values[key->digest], e->hash->digest_bytes);
    } else if (key->constant_len) {
        memcpy(block, key->constant, key->constant_len);
    }
    begin(e, e->hash->initial, 0);
    compress(e, block, 0x36);
    e->kernel->store_state(e->inner, 0, e->bank);
    begin(e, e->hash->initial, 0);
    compress(e, block, 0x5c);
    e->kernel->store_state(e->outer, 0, e->bank);
    wipe(block, sizeof(block));
}

formula_value evaluation_hmac(
    struct evaluation *e, const struct formula_key *key, const struct formula_message *message)
{
    formula_value result;
    set_key(e, key);
    begin(e, e->inner, e->hash->block_bytes);
    put_message(e, message);
    uint8_t *value = new_value(e, &result);
    end(e, value);
    begin(e, e->outer, e->hash->block_bytes);
    evaluation_put(e, value, e->hash->digest_bytes);
    end(e, value);
    return result;
}

formula_value evaluation_input_state(struct evaluation *e, int input)
{
    formula_value result;
    put_state(e, input, new_value(e, &result));
    return result;
}

void evaluation_prepared(
    struct evaluation *e, const struct formula_key *key, formula_value *inner, formula_value *outer)
{
    set_key(e, key);
    memcpy(new_value(e, inner), e->inner, hash_slot_bytes(e->hash));
    memcpy(new_value(e, outer), e->outer, hash_slot_bytes(e->hash));
}

void evaluate(struct evaluation *e, struct formula *f, const struct simd_kernel *kernel, void *scratch,
    const struct record *record, const struct shape *shape, uint8_t *digests)
{
    program_begin(f, shape->hash);
    f->evaluation = e;
    e->values = f->evaluated;
    e->kernel = kernel;
    e->scratch = scratch;
    e->hash = shape->hash;
    e->record = record;
    e->shape = shape;
    e->n_values = e->has_key = 0;
    shape->derivation->formula(f, shape);
    for (unsigned i = 0; i < f->n_outputs; i++) {
        memcpy(digests + i * f->output_bytes, e->values[f->outputs[i]], f->output_bytes);
    }
    if (kernel->clear) {
        kernel->clear(scratch);
    }
    wipe(f->evaluated, sizeof(f->evaluated));
    wipe(e, sizeof(*e));
}
