/*
 * What columns can express: pieces of 16 bytes and more, of a whole number of words, behind pointers; and for
 * each row of a message one shift. Everything that TLS 1.2 makes of randoms, hashes and a master secret is
 * like that, and a program that is not has no columns: they are an addition to moves, not in their place.
 */
#include "columns.h"

#include "layout.h"

enum { SLOT_WORDS = 8, WIDE = 32, NARROW = 16 /* bytes of a column */ };

/* What columns are made of and for, and how far their maker is. */
struct maker {
    const struct graph *g;
    const uint8_t *is_used, *slot; /* by node */
    struct program *p;
    unsigned word;  /* bytes of a word */
    unsigned n_raw; /* raw rows that are taken */
};

/* ---- columns ---- */

/* Whether a piece can be a column or several. */
static bool has_columns(const struct maker *m, const struct place *place)
{
    return place->piece == PIECE_BYTES && place->is_pointer && place->rule != PLACE_GIVEN &&
           place->len >= NARROW && place->len % m->word == 0;
}

static struct simd_column column_of(const struct place *place, unsigned skip, unsigned n_words)
{
    return (struct simd_column){.pointer_at = place->offset,
        .skip = (uint16_t)(place->skip + skip),
        .if_at = place->rule == PLACE_IF ? place->len_at : (uint16_t)SIMD_COLUMN_ALWAYS,
        .if_least = 1,
        .which_struct = place->base,
        .n_words = (uint8_t)n_words};
}

static bool is_same_column(const struct simd_column *a, const struct simd_column *b)
{
    return a->pointer_at == b->pointer_at && a->skip == b->skip && a->if_at == b->if_at &&
           a->which_struct == b->which_struct && a->n_words == b->n_words;
}

/* Finds a column among those that there are, or adds it. Returns where its raw rows begin, or 0 if there is
 * no room. */
static unsigned add_column(struct maker *m, struct simd_column column)
{
    struct simd_columns *c = &m->p->columns;
    for (unsigned i = 0; i < c->n_columns; i++) {
        if (is_same_column(&c->columns[i], &column)) {
            return c->columns[i].to;
        }
    }
    if (c->n_columns == SIMD_MAX_COLUMNS || m->n_raw + column.n_words > SIMD_RAW_ROWS) {
        return 0;
    }
    column.to = (uint16_t)(m->n_raw * SIMD_ROW_STEP);
    m->n_raw += column.n_words;
    c->columns[c->n_columns++] = column;
    return column.to;
}

/* The raw row of a word of a place; 0: there is no room for its column. The last column of a place ends where
 * the place ends, and so may reach back into the one before. */
static unsigned raw_row(struct maker *m, const struct place *place, unsigned word)
{
    const unsigned n_words = place->len / m->word, wide = WIDE / m->word, narrow = NARROW / m->word;
    unsigned first = word / wide * wide, n = wide;
    if (first + n > n_words) {
        n = n_words - first <= narrow || n_words < wide ? narrow : wide;
        first = n_words < wide && word < narrow ? 0 : n_words - n;
    }
    const unsigned to = add_column(m, column_of(place, first * m->word, n));
    return to ? to + (word - first) * SIMD_ROW_STEP : 0;
}

/* ---- row operations ---- */

/* A row of a message: its operation, and the kind of it: by how many bytes it shifts, or SIMD_CONSTANT_ROW.
 */
struct row {
    struct simd_row_op op;
    unsigned kind;
};

enum found { CONSTANT, FOUND, IMPOSSIBLE };

/* Adds to a row what a piece has of it: bytes `at` and the following ones of the piece, a word of them, of
 * which the first may lie before the piece and the last behind it. */
static enum found add_source(
    struct maker *m, struct row *row, const struct place *place, int at, enum found before)
{
    const unsigned shift = (unsigned)at % m->word; /* of a negative number, too: a word divides 2^32 */
    const int first = (at - (int)shift) / (int)m->word, second = first + 1;
    if (!has_columns(m, place) || (before == FOUND && row->kind != shift)) {
        return IMPOSSIBLE;
    }
    row->kind = shift;
    if (first >= 0) {
        const unsigned raw = raw_row(m, place, (unsigned)first);
        if (!raw || row->op.first) {
            return IMPOSSIBLE;
        }
        row->op.first = (uint16_t)raw;
    }
    if (shift && second < (int)(place->len / m->word)) {
        const unsigned raw = raw_row(m, place, (unsigned)second);
        if (!raw || row->op.second) {
            return IMPOSSIBLE;
        }
        row->op.second = (uint16_t)raw;
    }
    return FOUND;
}

/* Makes the row of a message that begins at byte `at` of its input. */
static enum found make_row(struct maker *m, unsigned input, int at, struct row *row)
{
    const struct formula_list *list = &m->g->formula.list;
    enum found found = CONSTANT;
    int begin = 0; /* of the piece, in bytes of the input */
    for (unsigned i = 0; i < list->inputs[input].n; i++) {
        const struct place *place = &list->pieces[list->inputs[input].first + i].place;
        const int end = begin + (int)place->len;
        if (place->piece != PIECE_TEXT && begin < at + (int)m->word && at < end) {
            found = add_source(m, row, place, at - begin, found);
            if (found == IMPOSSIBLE) {
                return found;
            }
        }
        begin = end;
    }
    return found;
}

/* What a row of a message has of constant bytes. */
static uint64_t constant_word(const struct maker *m, unsigned row)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < m->word; i++) {
        word = word << 8 | m->p->row[row * m->word + i];
    }
    return word;
}

/* The number of the first operation of a kind. */
static unsigned first_op(const struct simd_columns *c, unsigned kind)
{
    unsigned n = 0;
    for (unsigned i = 0; i < kind; i++) {
        n += c->n_ops[i];
    }
    return n;
}

/* Adds an operation behind those of its kind. Returns false if there is no room. */
static bool add_op(struct simd_columns *c, unsigned kind, struct simd_row_op op)
{
    if (c->n_all_ops == SIMD_MAX_ROW_OPS) {
        return false;
    }
    struct simd_row_op *at = &c->ops[first_op(c, kind + 1)];
    memmove(at + 1, at, (size_t)(&c->ops[c->n_all_ops] - at) * sizeof(*at));
    *at = op;
    c->n_ops[kind]++;
    c->n_all_ops++;
    return true;
}

/* Adds the operation of a row. If another row is the same, the row is copied from there, which takes less. */
static bool add_row(struct simd_columns *c, const struct row *row)
{
    const struct simd_row_op *const of_kind = &c->ops[first_op(c, row->kind)];
    for (const struct simd_row_op *op = of_kind; op < of_kind + c->n_ops[row->kind]; op++) {
        if (row->kind != SIMD_CONSTANT_ROW && op->first == row->op.first && op->second == row->op.second &&
            op->constant == row->op.constant) {
            return add_op(c, SIMD_COPIED_ROW, (struct simd_row_op){.to = row->op.to, .first = op->to});
        }
    }
    return add_op(c, row->kind, row->op);
}

/* Adds the operations of a slot. If all of its rows are constant it has none: it is bound as a whole. Returns
 * false if an operation is impossible. */
static bool add_rows(struct maker *m, const struct graph_node *node, unsigned slot)
{
    struct row rows[SLOT_WORDS];
    unsigned n_found = 0;
    for (unsigned w = 0; w < SLOT_WORDS; w++) {
        const unsigned to = slot * SLOT_WORDS + w;
        const int at = (node->message.word + (int)w) * (int)m->word;
        rows[w] = (struct row){.op = {.to = (uint16_t)(to * SIMD_ROW_STEP), .constant = constant_word(m, to)},
            .kind = SIMD_CONSTANT_ROW};
        const enum found found = make_row(m, node->message.input, at, &rows[w]);
        if (found == IMPOSSIBLE) {
            return false;
        }
        n_found += found == FOUND;
    }
    for (unsigned w = 0; w < SLOT_WORDS && n_found; w++) {
        if (!add_row(&m->p->columns, &rows[w])) {
            return false;
        }
    }
    return true;
}

/* ---- columns that need no operation ---- */

/* Whether the rows of a column are rows of the bank as they are, and used nowhere else. *to is set to the
 * first of these, and *first to the number of its operation, which those of the others follow. */
static bool is_used_as_it_is(
    const struct simd_columns *c, const struct simd_column *column, unsigned *first, unsigned *to)
{
    const unsigned n = column->n_words, end = column->to + n * SIMD_ROW_STEP,
                   n_shifts = first_op(c, SIMD_COPIED_ROW);
    unsigned n_uses = 0;
    for (unsigned i = 0; i < n_shifts; i++) {
        const struct simd_row_op *op = &c->ops[i];
        const bool is_first = op->first >= column->to && op->first < end,
                   is_second = op->second >= column->to && op->second < end;
        if (!is_first && !is_second) {
            continue;
        }
        if (n_uses == 0) {
            *first = i;
            *to = op->to;
        }
        if (i >= c->n_ops[0] || op->constant || i != *first + n_uses ||
            op->first != column->to + n_uses * SIMD_ROW_STEP || op->to != *to + n_uses * SIMD_ROW_STEP) {
            return false;
        }
        n_uses++;
    }
    return n_uses == n;
}

/* Lets columns go to the bank where their operations would change nothing. */
static void put_into_bank(struct simd_columns *c)
{
    for (struct simd_column *column = c->columns; column < c->columns + c->n_columns; column++) {
        unsigned first = 0, to = 0;
        if (is_used_as_it_is(c, column, &first, &to)) {
            const unsigned n = column->n_words;
            column->is_in_bank = true;
            column->to = (uint16_t)to;
            c->n_all_ops = (uint8_t)(c->n_all_ops - n);
            c->n_ops[0] = (uint8_t)(c->n_ops[0] - n);
            memmove(&c->ops[first], &c->ops[first + n], (c->n_all_ops - first) * sizeof(*c->ops));
        }
    }
}

/* ---- keys of 32 or 48 bytes ---- */

/* Adds two columns for each key whose length the job says: its first 32 bytes, and the next 16 or zeros. The
 * rows behind these are constant. */
static void add_keys(const struct maker *m)
{
    struct simd_columns *c = &m->p->columns;
    const unsigned n = m->p->n_keys, n_words = COLUMNS_LONG_KEY / m->word;
    if (c->n_columns + 2 * n > SIMD_MAX_COLUMNS ||
        c->n_all_ops + (2 * SLOT_WORDS - n_words) * n > SIMD_MAX_ROW_OPS) {
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        const struct place *place = &m->p->keys[i].from;
        const unsigned to = m->p->keys[i].to / m->word * SIMD_ROW_STEP;
        struct simd_column *column = &c->columns[c->n_columns + 2 * i];
        column[0] = column_of(place, 0, WIDE / m->word);
        column[1] = column_of(place, WIDE, NARROW / m->word);
        column[1].if_at = place->len_at;
        column[1].if_least = COLUMNS_LONG_KEY;
        for (unsigned k = 0; k < 2; k++) {
            column[k].is_in_bank = true;
            column[k].to = (uint16_t)(to + k * column[0].n_words * SIMD_ROW_STEP);
        }
        for (unsigned w = n_words; w < 2 * SLOT_WORDS; w++) {
            add_op(c, SIMD_CONSTANT_ROW, (struct simd_row_op){.to = (uint16_t)(to + w * SIMD_ROW_STEP)});
        }
    }
    c->n_key_columns = (uint8_t)(2 * n);
}

/* ---- the whole ---- */

static bool make_messages(struct maker *m)
{
    for (unsigned i = 0; i < m->g->n_nodes; i++) {
        const struct graph_node *node = &m->g->nodes[i];
        if (node->kind == GRAPH_MESSAGE && m->is_used[i] &&
            layout_is_fixed(&m->g->formula, node->message.input) && !add_rows(m, node, m->slot[i])) {
            return false;
        }
    }
    return m->p->columns.n_columns > 0;
}

void columns_make(const struct graph *g, const uint8_t *is_used, const uint8_t *slot, struct program *p)
{
    const struct hash *hash = g->formula.hash;
    struct maker m = {.g = g,
        .is_used = is_used,
        .slot = slot,
        .p = p,
        .word = (unsigned)simd_word_bytes(hash->family),
        .n_raw = 1 /* of zeros */};
    if (hash->little_endian) {
        return;
    }
    if (!make_messages(&m)) {
        memset(&p->columns, 0, sizeof(p->columns));
        return;
    }
    put_into_bank(&p->columns);
    add_keys(&m);
}
