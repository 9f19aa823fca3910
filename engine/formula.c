/* The words of formulas. Each word is checked against the limits that all readers have, and handed to the
 * reader. */
#include "formula.h"

void formula_begin(struct formula *f, const struct formula_reader *reader, const struct hash *hash)
{
    memset(f, 0, sizeof(*f));
    f->reader = reader;
    f->hash = hash;
    f->output_bytes = hash->digest_bytes;
}

/* ---- limits ---- */

static bool use_input(struct formula *f, int input, uint8_t use)
{
    if (input < 0 || input >= FORMULA_MAX_INPUTS ||
        (f->uses[input] != FORMULA_UNUSED && f->uses[input] != use)) {
        return false;
    }
    f->uses[input] = use;
    return true;
}

static bool accepts_message(struct formula *f, const struct formula_message *message)
{
    return message->input == FORMULA_NO_INPUT ||
           (message->n_blocks && use_input(f, message->input, FORMULA_MESSAGE_INPUT));
}

static bool accepts_key(struct formula *f, const struct formula_key *key)
{
    if (key->outer_input != FORMULA_NO_INPUT) {
        return use_input(f, key->input, FORMULA_VALUE_INPUT) &&
               use_input(f, key->outer_input, FORMULA_VALUE_INPUT);
    }
    if (key->second != FORMULA_NONE &&
        (key->digest == FORMULA_NONE || f->hash->digest_bytes != hash_slot_bytes(f->hash) ||
            key->second_len > hash_slot_bytes(f->hash))) {
        return false; /* the first digest has to fill a slot */
    }
    return (key->input == FORMULA_NO_INPUT || use_input(f, key->input, FORMULA_KEY_INPUT)) &&
           key->constant_len <= f->hash->block_bytes;
}

/* ---- the words ---- */

formula_value formula_hash(struct formula *f, struct formula_message message)
{
    if (f->failed || !accepts_message(f, &message)) {
        return formula_fail(f);
    }
    return f->reader->hash(f, &message);
}

formula_value formula_hmac(struct formula *f, struct formula_key key, struct formula_message message)
{
    if (f->failed || !accepts_key(f, &key) || !accepts_message(f, &message)) {
        return formula_fail(f);
    }
    return f->reader->hmac(f, &key, &message);
}

formula_value formula_input_value(struct formula *f, int input)
{
    if (f->failed || !use_input(f, input, FORMULA_VALUE_INPUT)) {
        return formula_fail(f);
    }
    return f->reader->input_value(f, input);
}

void formula_output(struct formula *f, formula_value value)
{
    if (f->n_outputs == FORMULA_MAX_OUTPUTS) {
        formula_fail(f);
        return;
    }
    f->outputs[f->n_outputs++] = value;
}

void formula_output_prepared(struct formula *f, struct formula_key key)
{
    formula_value inner, outer;
    if (f->failed || !accepts_key(f, &key)) {
        formula_fail(f);
        return;
    }
    f->output_bytes = (uint8_t)hash_slot_bytes(f->hash);
    if (f->joins_outputs && f->output_bytes != f->hash->digest_bytes) {
        formula_fail(f);
        return;
    }
    f->reader->prepare(f, &key, &inner, &outer);
    formula_output(f, inner);
    formula_output(f, outer);
}

/* ---- lists ---- */

int formula_list_message(struct formula *f, const struct piece *pieces, unsigned n_pieces)
{
    struct formula_list *list = &f->list;
    if (f->failed || list->n_inputs == FORMULA_MAX_INPUTS || n_pieces + list->n_pieces > FORMULA_MAX_PIECES) {
        formula_fail(f);
        return 0;
    }
    list->inputs[list->n_inputs].first = list->n_pieces;
    list->inputs[list->n_inputs].n = (uint8_t)n_pieces;
    memcpy(&list->pieces[list->n_pieces], pieces, n_pieces * sizeof(*pieces));
    list->n_pieces = (uint8_t)(list->n_pieces + n_pieces);
    return list->n_inputs++;
}

int formula_list_key(struct formula *f, struct place place)
{
    return formula_list_message(f, &BYTES(place), 1);
}

int formula_list_value(struct formula *f, struct place place)
{
    return formula_list_message(f, &BYTES(place), 1);
}

struct piece formula_text(struct formula *f, const void *bytes, unsigned n)
{
    struct formula_list *list = &f->list;
    if (f->failed || n > sizeof(list->text) - list->n_text) {
        formula_fail(f);
        return TEXT("");
    }
    uint8_t *text = list->text + list->n_text;
    memcpy(text, bytes, n);
    list->n_text = (uint8_t)(list->n_text + n);
    return (struct piece){.text = text, .place = {.piece = PIECE_TEXT, .len = n}};
}

static void deliver(struct formula *f, unsigned from, struct place to)
{
    struct formula_list *list = &f->list;
    if (f->failed || list->n_deliveries == FORMULA_MAX_DELIVERIES) {
        formula_fail(f);
        return;
    }
    list->deliveries[list->n_deliveries].from = (uint16_t)from;
    list->deliveries[list->n_deliveries++].to = to;
}

void formula_deliver(struct formula *f, const formula_value *values, unsigned n, struct place to)
{
    const unsigned first = f->n_outputs;
    f->joins_outputs |= n > 1;
    if (n > 1 && f->output_bytes != f->hash->digest_bytes) {
        formula_fail(f);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        formula_output(f, values[i]);
    }
    deliver(f, first, to);
}

void formula_deliver_also(struct formula *f, struct place to)
{
    const struct formula_list *list = &f->list;
    if (f->failed || !list->n_deliveries) {
        formula_fail(f);
        return;
    }
    deliver(f, list->deliveries[list->n_deliveries - 1].from, to);
}

void formula_deliver_prepared(struct formula *f, struct formula_key key, struct place to)
{
    const unsigned first = f->n_outputs;
    formula_output_prepared(f, key);
    deliver(f, first, to);
}

/* One digest of exactly that length, or a whole slot and a part of the next one. */
void formula_set_secret(struct formula *f, const formula_value *values, unsigned n, unsigned len)
{
    const unsigned digest = f->hash->digest_bytes, slot = hash_slot_bytes(f->hash);
    f->has_secret = true;
    if (n == 1 && len == digest) {
        f->secret = formula_key_digest(values[0]);
    } else if (n == 2 && digest == slot && len > slot && len <= 2 * slot) {
        f->secret = formula_key_digests(values[0], values[1], len - slot);
    } else {
        formula_fail(f);
    }
}
