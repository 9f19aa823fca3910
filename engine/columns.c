/*
 * What columns can express: pieces of 16 bytes and more, of a whole number of words, behind pointers; and for
 * each row of a message one shift. Everything that TLS 1.2 makes of randoms, hashes and a master secret is
 * like that, and a program that is not has no columns: they are an addition to moves, not in their place.
 */
#include "columns.h"

#include "layout.h"

enum { WORD = 4, ROW_WORDS = 8, RAW_OF_COLUMN = ROW_WORDS * SIMD_ROW_STEP };
_Static_assert((1 + SIMD_MAX_COLUMNS * ROW_WORDS) <= SIMD_RAW_ROWS, "columns and a row of zeros");

/* ---- columns ---- */

/* Whether a piece can be a column or several. */
static bool has_columns(const struct place *place)
{
    return place->piece == PIECE_BYTES && place->is_pointer && place->rule != PLACE_GIVEN &&
           place->len >= 4 * WORD && place->len % WORD == 0;
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
static unsigned add_column(struct simd_columns *c, struct simd_column column)
{
    for (unsigned i = 0; i < c->n_columns; i++) {
        if (is_same_column(&c->columns[i], &column)) {
            return c->columns[i].to;
        }
    }
    if (c->n_columns == SIMD_MAX_COLUMNS) {
        return 0;
    }
    column.to = (uint16_t)(SIMD_ROW_STEP + c->n_columns * RAW_OF_COLUMN);
    c->columns[c->n_columns++] = column;
    return column.to;
}

/* The raw row of a word of a place; 0: there is no room for its column. The last column of a place ends where
 * the place ends, and so may reach back into the one before. */
static unsigned raw_row(struct simd_columns *c, const struct place *place, unsigned word)
{
    const unsigned n_words = place->len / WORD;
    unsigned first = word / ROW_WORDS * ROW_WORDS, n = ROW_WORDS;
    if (first + n > n_words) {
        n = n_words - first <= 4 || n_words < ROW_WORDS ? 4 : ROW_WORDS;
        first = n_words < ROW_WORDS && word < 4 ? 0 : n_words - n;
    }
    const unsigned to = add_column(c, column_of(place, first * WORD, n));
    return to ? to + (word - first) * SIMD_ROW_STEP : 0;
}

/* ---- row operations ---- */

/* A row of a message: its operation, and by how many bytes that shifts, or SIMD_CONSTANT_ROW. */
struct row {
    struct simd_row_op op;
    unsigned shift;
};
_Static_assert((int)SIMD_CONSTANT_ROW == (int)WORD, "the number of shifts");

enum found { CONSTANT, FOUND, IMPOSSIBLE };

/* Adds to a row what a piece has of it: bytes `at` and the following ones of the piece, a word of them, of
 * which the first may lie before the piece and the last behind it. */
static enum found add_source(
    struct simd_columns *c, struct row *row, const struct place *place, int at, enum found before)
{
    const unsigned shift = (unsigned)at % WORD; /* of a negative number, too: WORD divides 2^32 */
    const int first = (at - (int)shift) / WORD, second = first + 1;
    if (!has_columns(place) || (before == FOUND && row->shift != shift)) {
        return IMPOSSIBLE;
    }
    row->shift = shift;
    if (first >= 0) {
        const unsigned raw = raw_row(c, place, (unsigned)first);
        if (!raw || row->op.first) {
            return IMPOSSIBLE;
        }
        row->op.first = (uint16_t)raw;
    }
    if (shift && second < (int)(place->len / WORD)) {
        const unsigned raw = raw_row(c, place, (unsigned)second);
        if (!raw || row->op.second) {
            return IMPOSSIBLE;
        }
        row->op.second = (uint16_t)raw;
    }
    return FOUND;
}

/* Makes the row of a message that begins at byte `at` of its input. */
static enum found make_row(const struct graph *g, struct program *p, unsigned input, int at, struct row *row)
{
    const struct formula_list *list = &g->formula.list;
    enum found found = CONSTANT;
    int begin = 0; /* of the piece, in bytes of the input */
    for (unsigned i = 0; i < list->inputs[input].n; i++) {
        const struct place *place = &list->pieces[list->inputs[input].first + i].place;
        const int end = begin + (int)place->len;
        if (place->piece != PIECE_TEXT && begin < at + WORD && at < end) {
            found = add_source(&p->columns, row, place, at - begin, found);
            if (found == IMPOSSIBLE) {
                return found;
            }
        }
        begin = end;
    }
    return found;
}

static uint32_t big_endian_word(const uint8_t bytes[WORD])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Adds the operations of one kind that a slot has: those that shift by so many bytes, or its constant rows. A
 * slot with no other rows has none: it is bound as a whole. Returns false if an operation is impossible. */
static bool add_rows(
    const struct graph *g, struct program *p, const struct graph_node *node, unsigned slot, unsigned kind)
{
    struct simd_columns *c = &p->columns;
    struct row rows[ROW_WORDS];
    unsigned n_found = 0;
    for (unsigned w = 0; w < ROW_WORDS; w++) {
        const unsigned word = slot * ROW_WORDS + w;
        const int at = (node->message.word + (int)w) * WORD;
        rows[w] = (struct row){.op = {.to = (uint16_t)(word * SIMD_ROW_STEP),
                                   .constant = big_endian_word(p->row + word * WORD)}};
        switch (make_row(g, p, node->message.input, at, &rows[w])) {
        case CONSTANT:
            rows[w].shift = SIMD_CONSTANT_ROW;
            break;
        case FOUND:
            n_found++;
            break;
        case IMPOSSIBLE:
            return false;
        }
    }
    for (unsigned w = 0; w < ROW_WORDS && n_found; w++) {
        if (rows[w].shift == kind) {
            if (c->n_all_ops == SIMD_MAX_ROW_OPS) {
                return false;
            }
            c->ops[c->n_all_ops++] = rows[w].op;
            c->n_ops[kind]++;
        }
    }
    return true;
}

/* ---- columns that need no operation ---- */

/* Whether the rows of a column are rows of the bank as they are, and used nowhere else. *to is set to the
 * first of these, and *first_op to the number of its operation, which those of the others follow. */
static bool is_used_as_it_is(
    const struct simd_columns *c, const struct simd_column *column, unsigned *first_op, unsigned *to)
{
    const unsigned n = column->n_words, end = column->to + n * SIMD_ROW_STEP;
    unsigned n_uses = 0;
    for (unsigned i = 0; i < c->n_all_ops; i++) {
        const struct simd_row_op *op = &c->ops[i];
        const bool is_first = op->first >= column->to && op->first < end,
                   is_second = op->second >= column->to && op->second < end;
        if (!is_first && !is_second) {
            continue;
        }
        if (n_uses == 0) {
            *first_op = i;
            *to = op->to;
        }
        if (i >= c->n_ops[0] || op->constant || i != *first_op + n_uses ||
            op->first != column->to + n_uses * SIMD_ROW_STEP || op->to != *to + n_uses * SIMD_ROW_STEP) {
            return false;
        }
        n_uses++;
    }
    return n_uses == n;
}

/* Lets columns go to the bank where their operations would only copy them. */
static void drop_copies(struct simd_columns *c)
{
    for (struct simd_column *column = c->columns; column < c->columns + c->n_columns; column++) {
        unsigned first_op = 0, to = 0;
        if (is_used_as_it_is(c, column, &first_op, &to)) {
            const unsigned n = column->n_words;
            column->is_in_bank = true;
            column->to = (uint16_t)to;
            c->n_all_ops = (uint8_t)(c->n_all_ops - n);
            c->n_ops[0] = (uint8_t)(c->n_ops[0] - n);
            memmove(&c->ops[first_op], &c->ops[first_op + n], (c->n_all_ops - first_op) * sizeof(*c->ops));
        }
    }
}

/* ---- keys of 32 or 48 bytes ---- */

/* Adds two columns for each key whose length the job says: its first 32 bytes, and the next 16 or zeros; and
 * operations that write zeros behind these. */
static void add_keys(struct program *p)
{
    struct simd_columns *c = &p->columns;
    const unsigned n = p->n_keys;
    if (!n || c->n_columns + 2 * n > SIMD_MAX_COLUMNS || c->n_all_ops + 4 * n > SIMD_MAX_ROW_OPS) {
        return;
    }
    struct simd_row_op *zeros = &c->ops[c->n_ops[0]];
    memmove(zeros + 4 * n, zeros, (c->n_all_ops - c->n_ops[0]) * sizeof(*zeros));
    for (unsigned i = 0; i < n; i++) {
        const struct place *place = &p->keys[i].from;
        const unsigned to = p->keys[i].to / WORD * SIMD_ROW_STEP;
        struct simd_column *column = &c->columns[c->n_columns + 2 * i];
        column[0] = column_of(place, 0, 8);
        column[1] = column_of(place, 8 * WORD, 4);
        column[1].if_at = place->len_at;
        column[1].if_least = COLUMNS_LONG_KEY;
        for (unsigned k = 0; k < 2; k++) {
            column[k].is_in_bank = true;
            column[k].to = (uint16_t)(to + k * 8 * SIMD_ROW_STEP);
        }
        for (unsigned w = 12; w < 16; w++) {
            *zeros++ = (struct simd_row_op){.to = (uint16_t)(to + w * SIMD_ROW_STEP)};
        }
    }
    c->n_key_columns = (uint8_t)(2 * n);
    c->n_ops[0] = (uint8_t)(c->n_ops[0] + 4 * n);
    c->n_all_ops = (uint8_t)(c->n_all_ops + 4 * n);
}

/* ---- the whole ---- */

static bool is_read(const struct graph_node *node, const uint8_t *is_used, unsigned i)
{
    return node->kind == GRAPH_MESSAGE && is_used[i];
}

static bool make_messages(
    const struct graph *g, const uint8_t *is_used, const uint8_t *slot, struct program *p)
{
    for (unsigned kind = 0; kind < SIMD_N_ROW_OP_KINDS; kind++) {
        for (unsigned i = 0; i < g->n_nodes; i++) {
            const struct graph_node *node = &g->nodes[i];
            if (is_read(node, is_used, i) && layout_is_fixed(&g->formula, node->message.input) &&
                !add_rows(g, p, node, slot[i], kind)) {
                return false;
            }
        }
    }
    return p->columns.n_columns > 0;
}

void columns_make(const struct graph *g, const uint8_t *is_used, const uint8_t *slot, struct program *p)
{
    const struct hash *hash = g->formula.hash;
    if (simd_word_bytes(hash->family) != WORD || hash->little_endian) {
        return;
    }
    if (!make_messages(g, is_used, slot, p)) {
        memset(&p->columns, 0, sizeof(p->columns));
        return;
    }
    drop_copies(&p->columns);
    add_keys(p);
}
