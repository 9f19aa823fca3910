/* The words of formulas. Each word is checked against the limits that all readers have, and handed to the
 * reader. */
#include "formula.h"

void formula_begin(struct formula *f, const struct formula_reader *reader, const struct hash *hash)
{
    *f = (struct formula){.reader = reader, .hash = hash, .output_bytes = hash->digest_bytes};
}

/* ---- limits ---- */

enum { UNUSED, MESSAGE, KEY, VALUE };

static bool use_input(struct formula *f, int input, uint8_t use)
{
    if (input < 0 || input >= FORMULA_MAX_INPUTS || (f->uses[input] != UNUSED && f->uses[input] != use)) {
        return false;
    }
    f->uses[input] = use;
    return true;
}

static bool accepts_message(struct formula *f, const struct formula_message *message)
{
    return message->input == FORMULA_NO_INPUT || (message->n_blocks && use_input(f, message->input, MESSAGE));
}

static bool accepts_key(struct formula *f, const struct formula_key *key)
{
    if (key->outer_input != FORMULA_NO_INPUT) {
        return use_input(f, key->input, VALUE) && use_input(f, key->outer_input, VALUE);
    }
    return (key->input == FORMULA_NO_INPUT || use_input(f, key->input, KEY)) &&
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
    if (f->failed || !use_input(f, input, VALUE)) {
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
    if (f->failed || f->n_outputs || !accepts_key(f, &key)) {
        formula_fail(f);
        return;
    }
    f->output_bytes = (uint8_t)hash_slot_bytes(f->hash);
    f->reader->prepare(f, &key, &inner, &outer);
    formula_output(f, inner);
    formula_output(f, outer);
}
