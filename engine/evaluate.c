#include "evaluate.h"

#include "derivation.h"
#include "piece.h"
#include "staging.h"

static struct evaluation *evaluation_of(struct formula *f)
{
    return (struct evaluation *)f;
}

/* ---- one message ---- */

static void put(void *evaluation, const uint8_t *bytes, size_t len)
{
    struct evaluation *e = evaluation;
    running_hash_add(&e->running, e->formula.hash, e->kernel, bytes, len);
}

/* There is one job. */
static void put_each(void *evaluation, const uint8_t *const *bytes, size_t len)
{
    struct evaluation *e = evaluation;
    running_hash_add(&e->running, e->formula.hash, e->kernel, *bytes, len);
}

/* Ends the message, and writes its last chaining value. */
static void end(struct evaluation *e, uint8_t *value)
{
    running_hash_end(&e->running, e->formula.hash, e->kernel);
    memcpy(value, e->running.value, hash_slot_bytes(e->formula.hash));
}

/* Puts the pieces of an input, which have to be listed: an evaluation has no other way to find them. */
static void put_input(struct evaluation *e, int input)
{
    const struct formula_list *list = &e->formula.list;
    const struct piece *piece = &list->pieces[list->inputs[input].first];
    const uint8_t *bytes;
    for (unsigned i = list->inputs[input].n; i; i--, piece++) {
        piece_put(piece, &e->bases[piece->place.base], 1, &bytes, put, put_each, e);
    }
}

/* Copies an input that is a key or a chaining value. */
static void get_input(struct evaluation *e, int input, uint8_t *to)
{
    const struct formula_list *list = &e->formula.list;
    const struct place *place = &list->pieces[list->inputs[input].first].place;
    if (list->inputs[input].n) {
        const void *base = e->bases[place->base];
        copy_bytes(to, place_address(place, base), place_len(place, base));
    }
}

static void put_message(struct evaluation *e, const struct formula_message *m)
{
    if (m->digest != FORMULA_NONE) {
        put(e, e->values[m->digest], e->formula.hash->digest_bytes);
    }
    if (m->input != FORMULA_NO_INPUT) {
        put_input(e, m->input);
    } else {
        put(e, m->constant, m->constant_len);
    }
}

/* ---- keys ---- */

static bool same_key(const struct formula_key *a, const struct formula_key *b)
{
    return a->digest == b->digest && a->second == b->second && a->second_len == b->second_len &&
           a->input == b->input && a->outer_input == b->outer_input && a->constant == b->constant &&
           a->constant_len == b->constant_len;
}

/* The key's block, padded with zeros. */
static void get_key(struct evaluation *e, const struct formula_key *key, uint8_t block[HASH_MAX_BLOCK])
{
    memset(block, 0, HASH_MAX_BLOCK);
    if (key->input != FORMULA_NO_INPUT) {
        get_input(e, key->input, block);
    } else if (key->digest != FORMULA_NONE) {
        memcpy(block, e->values[key->digest], e->formula.hash->digest_bytes);
        if (key->second != FORMULA_NONE) {
            memcpy(block + e->formula.hash->digest_bytes, e->values[key->second], key->second_len);
        }
    } else if (key->constant_len) {
        memcpy(block, key->constant, key->constant_len);
    }
}

/* The chaining value after the key's block, of which every byte is xored with this one. */
static void hash_pad(struct evaluation *e, uint8_t xor_byte, uint8_t *value)
{
    const struct hash *hash = e->formula.hash;
    uint8_t *const padded = e->running.block;
    for (unsigned i = 0; i < hash->block_bytes; i++) {
        padded[i] = e->key_block[i] ^ xor_byte;
    }
    memcpy(value, hash->initial, hash_slot_bytes(hash));
    e->kernel->hash_blocks(value, padded, 1);
}

/* RFC 2104 section 4: the chaining values after (key xor ipad) and (key xor opad), kept while the key stays
 * the same. */
static void set_key(struct evaluation *e, const struct formula_key *key)
{
    if (e->has_key && same_key(&e->key, key)) {
        return;
    }
    e->key = *key;
    e->has_key = true;
    if (key->outer_input != FORMULA_NO_INPUT) {
        get_input(e, key->input, e->inner);
        get_input(e, key->outer_input, e->outer);
        return;
    }
    get_key(e, key, e->key_block);
    hash_pad(e, SIMD_IPAD, e->inner);
    hash_pad(e, SIMD_OPAD, e->outer);
}

/* ---- the words of formulas ---- */

/* Room for one more value. Where there is none the formula has failed, and what is written over another
 * value is not used. */
static uint8_t *new_value(struct evaluation *e, formula_value *value)
{
    *value = e->n_values < EVALUATE_MAX_VALUES ? e->n_values++ : formula_fail(&e->formula);
    return e->values[*value];
}

static formula_value evaluation_hash(struct formula *f, const struct formula_message *message)
{
    struct evaluation *e = evaluation_of(f);
    formula_value result;
    running_hash_begin(&e->running, f->hash->initial, 0);
    put_message(e, message);
    end(e, new_value(e, &result));
    return result;
}

static formula_value evaluation_hmac(
    struct formula *f, const struct formula_key *key, const struct formula_message *message)
{
    struct evaluation *e = evaluation_of(f);
    formula_value result;
    set_key(e, key);
    running_hash_begin(&e->running, e->inner, f->hash->block_bytes);
    put_message(e, message);
    uint8_t *value = new_value(e, &result);
    end(e, value);
    running_hash_begin(&e->running, e->outer, f->hash->block_bytes);
    put(e, value, f->hash->digest_bytes);
    end(e, value);
    return result;
}

static formula_value evaluation_input_value(struct formula *f, int input)
{
    struct evaluation *e = evaluation_of(f);
    formula_value result;
    get_input(e, input, new_value(e, &result));
    return result;
}

static void evaluation_prepare(
    struct formula *f, const struct formula_key *key, formula_value *inner, formula_value *outer)
{
    struct evaluation *e = evaluation_of(f);
    const size_t n = hash_slot_bytes(f->hash);
    set_key(e, key);
    memcpy(new_value(e, inner), e->inner, n);
    memcpy(new_value(e, outer), e->outer, n);
}

static const struct formula_reader reader = {.hash = evaluation_hash,
    .hmac = evaluation_hmac,
    .input_value = evaluation_input_value,
    .prepare = evaluation_prepare};

static void deliver(const struct evaluation *e, uint8_t *digests)
{
    const struct formula *f = &e->formula;
    const struct staging_lanes lanes = {.bases = {&e->bases[PLACE_JOB], &e->bases[PLACE_RECORD]}, .n = 1};
    for (unsigned i = 0; i < f->n_outputs; i++) {
        memcpy(digests + i * f->output_bytes, e->values[f->outputs[i]], f->output_bytes);
    }
    staging_deliver(&f->list, f->output_bytes, &lanes, digests, 0);
    wipe(digests, f->n_outputs * (size_t)f->output_bytes);
}

bool evaluate(struct evaluation *e, const struct simd_kernel *kernel, struct record *record,
    const struct shape *shape, uint8_t *digests)
{
    struct formula *f = &e->formula;
    formula_begin(f, &reader, shape->hash);
    e->kernel = kernel;
    e->bases[PLACE_JOB] = record->job;
    e->bases[PLACE_RECORD] = record;
    e->n_values = 0;
    e->has_key = false;
    shape->derivation->formula(f, shape);
    const bool is_done = !f->failed;
    if (is_done) {
        deliver(e, digests);
    }
    wipe(e, sizeof(*e));
    return is_done;
}
