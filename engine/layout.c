#include "layout.h"

#include "columns.h"

static unsigned slot_words(const struct hash *hash)
{
    return hash_slot_bytes(hash) / (unsigned)simd_word_bytes(hash->family);
}

/* ---- what an input is ---- */

static bool is_fixed_piece(const struct piece *piece)
{
    return piece->place.piece == PIECE_TEXT ||
           (piece->place.piece == PIECE_BYTES && piece->place.rule != PLACE_GIVEN);
}

bool layout_is_fixed(const struct formula *f, unsigned input)
{
    const struct formula_list *list = &f->list;
    for (unsigned i = 0; i < list->inputs[input].n; i++) {
        if (!is_fixed_piece(&list->pieces[list->inputs[input].first + i])) {
            return false;
        }
    }
    return list->inputs[input].n > 0;
}

/* Keys have at most a block of bytes, so that only messages can be longer than what they are given. */
static bool is_variable(const struct formula *f, unsigned input)
{
    return f->uses[input] == FORMULA_MESSAGE_INPUT && !layout_is_fixed(f, input);
}

/* ---- slots ---- */

static bool is_message_of(const struct graph_node *node, unsigned input)
{
    return node->kind == GRAPH_MESSAGE && node->message.input == input;
}

/* Gives an input its place in the row. */
static void place_input(const struct graph *g, struct program *p, unsigned input, unsigned *end)
{
    const struct hash *hash = g->formula.hash;
    const unsigned slot_bytes = hash_slot_bytes(hash), words = slot_words(hash);
    int first = 0, last = 0; /* words that are read */
    for (unsigned i = 0; i < g->n_nodes; i++) {
        const struct graph_node *node = &g->nodes[i];
        if (is_message_of(node, input)) {
            first = node->message.word < first ? node->message.word : first;
            last = node->message.word + (int)words > last ? node->message.word + (int)words : last;
        }
    }
    if (last) {
        *end += first < 0 ? slot_bytes : 0; /* a copy may begin before the input */
        p->inputs[input].offset = (uint16_t)*end;
        p->inputs[input].len = (uint16_t)(((unsigned)last + words - 1) / words * slot_bytes);
        *end += p->inputs[input].len;
    }
}

/* Whether a slot of a message can be read where its input lies in the row. It cannot if it begins between two
 * slots, nor if it takes a length that another use of the slot must not see. */
static bool is_in_place(const struct graph *g, const struct graph_node *node)
{
    if (node->message.word < 0 || node->message.word % (int)slot_words(g->formula.hash) != 0) {
        return false;
    }
    if (!node->message.has_length) {
        return true;
    }
    for (const struct graph_node *other = g->nodes; other < g->nodes + g->n_nodes; other++) {
        if (other != node && other->kind == GRAPH_MESSAGE && other->message.input == node->message.input &&
            other->message.word == node->message.word && (!other->message.has_length || other < node)) {
            return false;
        }
    }
    return true;
}

/* The byte of the input with which a slot begins; negative: it begins within the digest before the input. */
static int first_byte(const struct graph *g, const struct graph_node *node)
{
    return node->message.word * (int)simd_word_bytes(g->formula.hash->family);
}

/* ---- messages that are fixed, and keys ---- */

/* Adds a move of n bytes of a place, `skip` bytes after its beginning. */
static bool add_odd_move(struct program *p, struct place place, unsigned skip, unsigned n, unsigned to)
{
    if (p->n_odd_moves == PROGRAM_MAX_ODD_MOVES) {
        return false;
    }
    *(place.is_pointer ? &place.skip : &place.offset) += (uint16_t)skip;
    place.len = n;
    p->odd_moves[p->n_odd_moves].from = place;
    p->odd_moves[p->n_odd_moves++].to = (uint16_t)to;
    return true;
}

enum { WIDE = 16, WIDEST = 32, NARROWEST = 8 };

/* Adds a move of 8 to 32 bytes behind a pointer, at its place in the order. */
static bool add_short_move(
    struct program *p, const struct place *place, unsigned skip, unsigned n, unsigned to)
{
    if (p->n_moves == PROGRAM_MAX_MOVES) {
        return false;
    }
    struct program_move *move = &p->moves[p->n_moves++];
    if (n >= WIDE) {
        struct program_move *first_narrow = &p->moves[p->n_wide_moves++];
        *move = *first_narrow;
        move = first_narrow;
    }
    *move = (struct program_move){.offset = place->offset,
        .skip = (uint16_t)(place->skip + skip),
        .to = (uint16_t)to,
        .len = (uint8_t)n,
        .base = place->base};
    return true;
}

/* Adds moves of n bytes of a place. More than 32 bytes are split, so that all parts but the last have 32, and
 * the last one reaches back into the one before if it would be short. */
static bool add_moves(struct program *p, const struct place *place, unsigned skip, unsigned n, unsigned to)
{
    if (!place->is_pointer || place->rule != PLACE_FIXED || n < NARROWEST) {
        return add_odd_move(p, *place, skip, n, to);
    }
    for (unsigned at = 0; at < n;) {
        const unsigned left = n - at;
        const unsigned len = left < WIDEST ? left : WIDEST, back = len < NARROWEST ? NARROWEST - len : 0;
        if (!add_short_move(p, place, skip + at - back, len + back, to + at - back)) {
            return false;
        }
        at += len;
    }
    return true;
}

/* Bytes of pieces that go to a row: n bytes, `skip` bytes after the beginning of the piece. */
struct parts {
    unsigned n;
    struct part {
        uint8_t piece;
        uint16_t skip, n, to;
    } parts[PROGRAM_MAX_MOVES];
};

/* Adds a part, or makes an earlier one longer that ends where this one begins: a piece may lie in several
 * slots.
 */
static bool add_part(struct parts *parts, struct part part)
{
    for (struct part *other = parts->parts; other < parts->parts + parts->n; other++) {
        if (other->piece == part.piece && other->skip + other->n == part.skip &&
            other->to + other->n == part.to) {
            other->n = (uint16_t)(other->n + part.n);
            return true;
        }
    }
    if (parts->n == PROGRAM_MAX_MOVES) {
        return false;
    }
    parts->parts[parts->n++] = part;
    return true;
}

/* Makes moves of parts, or constant bytes if the piece is a text. */
static bool lay_out_parts(const struct formula_list *list, const struct parts *parts, struct program *p)
{
    for (const struct part *part = parts->parts; part < parts->parts + parts->n; part++) {
        const struct piece *piece = &list->pieces[part->piece];
        if (piece->place.piece == PIECE_TEXT) {
            memcpy(p->row + part->to, (const uint8_t *)piece->text + part->skip, part->n);
        } else if (!add_moves(p, &piece->place, part->skip, part->n, part->to)) {
            return false;
        }
    }
    return true;
}

/* Lays out a slot of a fixed input, from byte `at` of the input on. */
static bool lay_out_slot(
    const struct graph *g, struct program *p, const struct graph_node *node, unsigned to, struct parts *parts)
{
    const struct formula_list *list = &g->formula.list;
    const unsigned input = node->message.input;
    const int slot_bytes = (int)hash_slot_bytes(g->formula.hash), at = first_byte(g, node);
    int end = 0; /* of the pieces so far, in bytes of the input */
    for (unsigned i = 0; i < list->inputs[input].n; i++) {
        const unsigned piece = list->inputs[input].first + i;
        const int begin = end, from = begin > at ? begin : at;
        end += (int)list->pieces[piece].place.len;
        const int to_end = end < at + slot_bytes ? end : at + slot_bytes;
        if (from < to_end &&
            !add_part(parts, (struct part){(uint8_t)piece, (uint16_t)(from - begin),
                                 (uint16_t)(to_end - from), (uint16_t)(to + (unsigned)(from - at))})) {
            return false;
        }
    }
    if (g->formula.uses[input] == FORMULA_MESSAGE_INPUT) {
        if (end >= at && end < at + slot_bytes) {
            p->row[to + (unsigned)(end - at)] = 0x80;
        }
        if (node->message.has_length) {
            hash_put_length(g->formula.hash, p->row + to + slot_bytes, node->message.before + (unsigned)end);
        }
    }
    return true;
}

/* ---- messages that are not fixed ---- */

static bool add_copy(struct program *p, unsigned from, unsigned to)
{
    if (p->n_copies == PROGRAM_MAX_COPIES) {
        return false;
    }
    p->copies[p->n_copies].from = (uint16_t)from;
    p->copies[p->n_copies++].to = (uint16_t)to;
    return true;
}

static bool add_length(struct program *p, unsigned end, uint8_t input, uint8_t before)
{
    if (p->n_lengths == PROGRAM_MAX_LENGTHS) {
        return false;
    }
    p->lengths[p->n_lengths].end = (uint16_t)end;
    p->lengths[p->n_lengths].input = input;
    p->lengths[p->n_lengths++].before = before;
    return true;
}

/* Each use of a slot that ends a message has a length of its own, so lanes_finish() makes the copies before
 * it writes the lengths. */
static bool copy_variable_slot(
    const struct graph *g, struct program *p, const struct graph_node *node, unsigned to)
{
    const unsigned slot_bytes = hash_slot_bytes(g->formula.hash),
                   from = (unsigned)(p->inputs[node->message.input].offset + first_byte(g, node));
    if (to != from && !add_copy(p, from, to)) {
        return false;
    }
    return !node->message.has_length ||
           add_length(p, to + slot_bytes, node->message.input, node->message.before);
}

/* ---- all inputs ---- */

/* Finds the slot that a node of a message is read from: a part of the input in the row or, where that will
 * not do, a copy at the end of the row. */
static bool place_message(const struct graph *g, struct program *p, const struct graph_node *node,
    unsigned *end, uint8_t *slot, struct parts *parts)
{
    const unsigned slot_bytes = hash_slot_bytes(g->formula.hash), input = node->message.input;
    unsigned to = (unsigned)(p->inputs[input].offset + first_byte(g, node));
    if (!is_in_place(g, node)) {
        to = *end;
        *end += slot_bytes;
    }
    if (*end > PROGRAM_MAX_SLOT_BYTES) {
        return false;
    }
    *slot = (uint8_t)(to / slot_bytes);
    if (is_variable(&g->formula, input)) {
        return copy_variable_slot(g, p, node, to);
    }
    return !layout_is_fixed(&g->formula, input) || lay_out_slot(g, p, node, to, parts);
}

/* A key whose length differs from job to job. Tests have keys that are not listed. */
static void place_key(const struct formula *f, struct program *p, unsigned input)
{
    if (f->uses[input] == FORMULA_KEY_INPUT && f->list.inputs[input].n && !layout_is_fixed(f, input) &&
        p->inputs[input].len) {
        p->keys[p->n_keys].from = f->list.pieces[f->list.inputs[input].first].place;
        p->keys[p->n_keys].from.len = f->hash->block_bytes;
        p->keys[p->n_keys++].to = p->inputs[input].offset;
    }
}

static bool place_inputs(const struct graph *g, const uint8_t *is_used, struct program *p, bool variable,
    unsigned *end, uint8_t *slot)
{
    struct parts parts = {.n = 0};
    for (unsigned input = 0; input < FORMULA_MAX_INPUTS; input++) {
        if (is_variable(&g->formula, input) == variable) {
            place_input(g, p, input, end);
            place_key(&g->formula, p, input);
        }
    }
    for (unsigned i = 0; i < g->n_nodes; i++) {
        const struct graph_node *node = &g->nodes[i];
        if (node->kind == GRAPH_MESSAGE && is_used[i] &&
            is_variable(&g->formula, node->message.input) == variable &&
            !place_message(g, p, node, end, &slot[i], &parts)) {
            return false;
        }
    }
    return *end <= PROGRAM_MAX_SLOT_BYTES && lay_out_parts(&g->formula.list, &parts, p);
}

/* Gives constant slots their places, behind the messages that are fixed. */
static bool place_constants(
    const struct graph *g, const uint8_t *is_used, struct program *p, unsigned *end, uint8_t *slot)
{
    const unsigned slot_bytes = hash_slot_bytes(g->formula.hash);
    for (unsigned i = 0; i < g->n_nodes; i++) {
        if (g->nodes[i].kind != GRAPH_CONSTANT_MESSAGE || !is_used[i]) {
            continue;
        }
        if (*end + slot_bytes > PROGRAM_MAX_SLOT_BYTES) {
            return false;
        }
        memcpy(p->row + *end, g->constants[g->nodes[i].constant], slot_bytes);
        slot[i] = (uint8_t)(*end / slot_bytes);
        *end += slot_bytes;
    }
    return true;
}

/* ---- which slots are loaded ---- */

/* Adds a slot to a list of runs. Where the list has no room, the last run takes in what lies between, and
 * this returns false. */
static bool add_to_runs(struct program_run *runs, uint8_t *n_runs, unsigned slot)
{
    if (*n_runs) {
        struct program_run *last = &runs[*n_runs - 1];
        const bool is_next = last->first + last->n == slot;
        if (is_next || *n_runs == PROGRAM_MAX_RUNS) {
            last->n = (uint8_t)(slot + 1 - last->first);
            return is_next;
        }
    }
    runs[*n_runs].first = (uint8_t)slot;
    runs[(*n_runs)++].n = 1;
    return true;
}

/* Whether bytes of a slot differ from lane to lane. */
static bool is_loaded(const struct graph *g, const struct program *p, unsigned slot)
{
    const unsigned slot_bytes = hash_slot_bytes(g->formula.hash), first = slot * slot_bytes;
    for (unsigned i = 0; i < p->n_moves; i++) {
        if (p->moves[i].to < first + slot_bytes && (unsigned)p->moves[i].to + p->moves[i].len > first) {
            return true;
        }
    }
    for (unsigned i = 0; i < p->n_odd_moves; i++) {
        if (p->odd_moves[i].to < first + slot_bytes &&
            p->odd_moves[i].to + p->odd_moves[i].from.len > first) {
            return true;
        }
    }
    for (unsigned i = 0; i < FORMULA_MAX_INPUTS; i++) {
        if (!layout_is_fixed(&g->formula, i) && first >= p->inputs[i].offset &&
            first < (unsigned)p->inputs[i].offset + p->inputs[i].len) {
            return true;
        }
    }
    for (unsigned i = 0; i < p->n_copies; i++) {
        if (p->copies[i].to == first) {
            return true;
        }
    }
    return false;
}

static void list_runs(const struct graph *g, const uint8_t *is_used, const uint8_t *slot, struct program *p)
{
    bool is_read[PROGRAM_MAX_SLOT_BYTES / 32] = {false};
    for (unsigned i = 0; i < g->n_nodes; i++) {
        const uint8_t kind = g->nodes[i].kind;
        if ((kind == GRAPH_MESSAGE || kind == GRAPH_CONSTANT_MESSAGE) && is_used[i]) {
            is_read[slot[i]] = true;
        }
    }
    for (unsigned s = 0; s < p->n_message_slots; s++) {
        if (is_read[s] && is_loaded(g, p, s)) {
            add_to_runs(p->loads, &p->n_loads, s);
        } else if (is_read[s]) {
            add_to_runs(p->binds, &p->n_binds, s);
        }
    }
}

/* Lists the slots of a program with columns that come from rows all the same. A key that the job has the
 * length of is none of these. */
static void list_row_loads(
    const struct graph *g, const uint8_t *is_used, const uint8_t *slot, struct program *p)
{
    bool is_from_rows[PROGRAM_MAX_SLOT_BYTES / 32] = {false};
    for (unsigned i = 0; i < g->n_nodes; i++) {
        const struct graph_node *node = &g->nodes[i];
        if (node->kind == GRAPH_MESSAGE && is_used[i] && !layout_is_fixed(&g->formula, node->message.input)) {
            is_from_rows[slot[i]] = g->formula.uses[node->message.input] != FORMULA_KEY_INPUT ||
                                    !g->formula.list.inputs[node->message.input].n;
        }
    }
    for (unsigned s = 0; s < p->n_message_slots; s++) {
        if (is_from_rows[s] && !add_to_runs(p->row_loads, &p->n_row_loads, s)) {
            p->columns.n_columns = 0; /* the run has slots of columns, too */
        }
    }
}

/* Takes the formula's list over: the program outlives the formula, and so do the texts that the formula
 * keeps. */
static void copy_list(const struct formula_list *from, struct program *p)
{
    p->list = *from;
    for (struct piece *piece = p->list.pieces; piece < p->list.pieces + p->list.n_pieces; piece++) {
        const uintptr_t at = (uintptr_t)piece->text - (uintptr_t)from->text;
        if (piece->place.piece == PIECE_TEXT && at < sizeof(from->text)) {
            piece->text = p->list.text + at;
        }
    }
}

bool layout_messages(const struct graph *g, const uint8_t *is_used, struct program *p, uint8_t *slot)
{
    unsigned end = 0;
    for (unsigned i = 0; i < FORMULA_MAX_INPUTS; i++) {
        p->inputs[i].state_slot = SIMD_NO_SLOT;
        p->variable |= (uint8_t)(is_variable(&g->formula, i) << i);
    }
    if (!place_inputs(g, is_used, p, false, &end, slot) || !place_constants(g, is_used, p, &end, slot) ||
        !place_inputs(g, is_used, p, true, &end, slot)) {
        return false;
    }
    p->n_message_slots = p->n_row_slots = (uint8_t)(end / hash_slot_bytes(g->formula.hash));
    p->first_state = FORMULA_MAX_INPUTS;
    copy_list(&g->formula.list, p);
    list_runs(g, is_used, slot, p);
    columns_make(g, is_used, slot, p);
    list_row_loads(g, is_used, slot, p);
    return true;
}

bool layout_state(const struct graph *g, struct program *p, unsigned input, unsigned state_slot)
{
    const struct formula_list *list = &g->formula.list;
    const unsigned slot_bytes = hash_slot_bytes(g->formula.hash);
    p->inputs[input].state_slot = (uint8_t)state_slot;
    p->first_state = (uint8_t)(input < p->first_state ? input : p->first_state);
    p->inputs[input].offset = (uint16_t)(p->n_row_slots++ * slot_bytes);
    p->inputs[input].len = (uint16_t)slot_bytes;
    const struct piece *piece = &list->pieces[list->inputs[input].first];
    return !list->inputs[input].n ||
           add_moves(p, &piece->place, 0, piece->place.len, p->inputs[input].offset);
}
