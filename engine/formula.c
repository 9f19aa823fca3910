/* The words of formulas: each is handed to the reader. */
#include "formula.h"

void formula_begin(struct formula *f, const struct formula_reader *reader, const struct hash *hash)
{
    *f = (struct formula){.reader = reader, .hash = hash, .output_bytes = hash->digest_bytes};
}

formula_value formula_hash(struct formula *f, struct formula_message message)
{
    return f->reader->hash(f, &message);
}

formula_value formula_hmac(struct formula *f, struct formula_key key, struct formula_message message)
{
    return f->reader->hmac(f, &key, &message);
}

formula_value formula_input_value(struct formula *f, int input)
{
    return f->reader->input_value(f, input);
}

void formula_output(struct formula *f, formula_value value)
{
    if (f->n_outputs == FORMULA_MAX_OUTPUTS) {
        f->failed = true;
        return;
    }
    f->outputs[f->n_outputs++] = value;
}

void formula_output_prepared(struct formula *f, struct formula_key key)
{
    formula_value inner, outer;
    f->output_bytes = (uint8_t)hash_slot_bytes(f->hash);
    f->reader->prepare(f, &key, &inner, &outer);
    formula_output(f, inner);
    formula_output(f, outer);
}
