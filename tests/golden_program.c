#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden_program.h"
#include "kind.h"

/* The first byte of a constant slot that is not 0, or 0 if there is none: 0x80 where no byte of a message
 * comes before the padding. */
static uint8_t first_byte(const uint8_t *bytes, unsigned n)
{
    unsigned i = 0;
    while (i + 1 < n && !bytes[i]) {
        i++;
    }
    return bytes[i];
}

/* Whether a message slot is the same in every lane. */
static bool is_constant_message(const struct program *program, unsigned slot)
{
    bool result = false;
    for (unsigned i = 0; i < program->n_binds; i++) {
        result |=
            slot >= program->binds[i].first && slot < (unsigned)program->binds[i].first + program->binds[i].n;
    }
    return result;
}

static void print_message_slot(FILE *f, const struct program *program, unsigned slot)
{
    const unsigned bytes = hash_slot_bytes(program->hash);
    if (!is_constant_message(program, slot)) {
        fprintf(f, "m%u", slot);
        return;
    }
    switch (first_byte(program->row + slot * bytes, bytes)) {
    case 0:
        fprintf(f, "zeros");
        return;
    case 0x80:
        fprintf(f, "padding");
        return;
    default:
        fprintf(f, "c%u", slot);
    }
}

static void print_constant(FILE *f, const struct program *program, const struct program_constant *constant)
{
    const bool is_initial =
        memcmp(constant->bytes, program->hash->initial, hash_slot_bytes(program->hash)) == 0;
    fprintf(f, is_initial ? "initial" : "constant state");
}

static void print_slot(FILE *f, const struct program *program, unsigned slot)
{
    if (slot == SIMD_NO_SLOT) {
        fprintf(f, "-");
        return;
    }
    if (slot < program->n_message_slots) {
        print_message_slot(f, program, slot);
        return;
    }
    for (unsigned i = 0; i < FORMULA_MAX_INPUTS; i++) {
        if (program->inputs[i].len && program->inputs[i].state_slot == slot) {
            fprintf(f, "input %u", i);
            return;
        }
    }
    for (unsigned i = 0; i < program->n_constants; i++) {
        if (program->constants[i].slot == slot) {
            print_constant(f, program, &program->constants[i]);
            return;
        }
    }
    fprintf(f, "s%u", slot);
}

/* Where in the record derivations have places. */
static const struct {
    size_t offset;
    const char *name;
} record_members[] = {{offsetof(struct record, keys[0]), "keys[0]"},
    {offsetof(struct record, keys[1]), "keys[1]"}, {offsetof(struct record, out), "out"},
    {offsetof(struct record, prepared), "prepared"}, {offsetof(struct record, secrets.chain), "chain"},
    {offsetof(struct record, secrets.master_secret), "master_secret"}};

/* Prints a place: a member of the record, or so many bytes into the job. */
static void print_place(FILE *f, const struct place *place)
{
    const char *member = "?";
    for (size_t i = 0; i < sizeof(record_members) / sizeof(*record_members); i++) {
        if (place->offset == record_members[i].offset) {
            member = record_members[i].name;
        }
    }
    if (place->base == PLACE_RECORD) {
        fprintf(f, "record.%s", member);
    } else {
        fprintf(f, "job + %u", place->offset);
    }
    if (place->skip) {
        fprintf(f, ", %u bytes on", place->skip);
    }
}

static bool is_printed(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == ' ';
}

/* Whether three characters begin here; fewer are numbers that look like characters. */
static bool is_text_at(const uint8_t *bytes, unsigned at, unsigned end)
{
    return at + 2 < end && is_printed(bytes[at]) && is_printed(bytes[at + 1]) && is_printed(bytes[at + 2]);
}

/* Prints what is constant in a slot, bytes other than 0 and from byte `at` on: text as it is, other bytes as
 * digits. Returns how many bytes that are. */
static unsigned print_part(FILE *f, char name, unsigned slot, const uint8_t *bytes, unsigned at, unsigned end)
{
    const bool is_text = is_text_at(bytes, at, end);
    unsigned n = 0;
    while (at + n < end && bytes[at + n] &&
           (is_text ? is_printed(bytes[at + n]) : !is_text_at(bytes, at + n, end))) {
        n++;
    }
    fprintf(f, "  %c%u + %u: ", name, slot, at);
    for (unsigned i = 0; i < n; i++) {
        if (is_text) {
            fputc(bytes[at + i], f);
        } else {
            fprintf(f, " %02x", bytes[at + i]);
        }
    }
    fputc('\n', f);
    return n;
}

static void print_parts(
    FILE *f, const struct program *program, char name, unsigned slot, const uint8_t *bytes)
{
    const unsigned end = hash_slot_bytes(program->hash);
    for (unsigned at = 0; at < end; at++) {
        if (bytes[at]) {
            at += print_part(f, name, slot, bytes, at, end) - 1;
        }
    }
}

/* Prints the bytes of messages that are the same in every lane. */
static void print_constants(FILE *f, const struct program *program)
{
    const unsigned bytes = hash_slot_bytes(program->hash);
    fprintf(f, "\nconstant bytes\n");
    for (unsigned i = 0; i < program->n_message_slots; i++) {
        const bool is_constant = is_constant_message(program, i);
        if (!is_constant || first_byte(program->row + i * bytes, bytes) != 0x80) {
            print_parts(f, program, is_constant ? 'c' : 'm', i, program->row + i * bytes);
        }
    }
}

/* Prints how a row is filled. */
static void print_row(FILE *f, const struct program *program)
{
    const unsigned slot = hash_slot_bytes(program->hash);
    fprintf(f, "moves\n");
    for (unsigned i = 0; i < program->n_moves; i++) {
        const struct program_move *move = &program->moves[i];
        const struct place from = {
            .base = move->base, .offset = move->offset, .skip = move->skip, .is_pointer = true};
        fprintf(f, "  %u bytes from ", move->len);
        print_place(f, &from);
        fprintf(f, " to m%u + %u\n", move->to / slot, move->to % slot);
    }
    for (unsigned i = 0; i < program->n_odd_moves; i++) {
        fprintf(f, "  %u bytes, or zeros, from ", program->odd_moves[i].from.len);
        print_place(f, &program->odd_moves[i].from);
        fprintf(f, " to m%u + %u\n", program->odd_moves[i].to / slot, program->odd_moves[i].to % slot);
    }
    for (unsigned i = 0; i < program->n_keys; i++) {
        fprintf(f, "  a key from ");
        print_place(f, &program->keys[i].from);
        fprintf(f, " to m%u\n", program->keys[i].to / slot);
    }
    for (unsigned i = 0; i < FORMULA_MAX_INPUTS; i++) {
        if (program->variable >> i & 1 && program->inputs[i].len) {
            fprintf(f, "  a message of any length to m%u\n", program->inputs[i].offset / slot);
        }
    }
    for (unsigned i = 0; i < program->n_copies; i++) {
        fprintf(f, "  m%u is copied to m%u\n", program->copies[i].from / slot, program->copies[i].to / slot);
    }
    for (unsigned i = 0; i < program->list.n_deliveries; i++) {
        fprintf(f, "  output %u to ", program->list.deliveries[i].from);
        print_place(f, &program->list.deliveries[i].to);
        fputc('\n', f);
    }
}

static void print_program(FILE *f, const struct program *program, const char *title)
{
    unsigned n_constants = program->n_constants, n_messages = 0;
    for (unsigned i = 0; i < program->n_message_slots; i++) {
        *(is_constant_message(program, i) ? &n_constants : &n_messages) += 1;
    }
    fprintf(f, "%s\n%u compressions, the longest path %u; %u slots, of them %u messages and %u constants\n\n",
        title, program->simd.n_ops, program->longest_path, program->simd.n_slots, n_messages, n_constants);
    for (unsigned i = 0; i < program->simd.n_ops; i++) {
        const struct simd_op *op = &program->ops[i];
        fprintf(f, "%3u  gap %-3u s%-3u = compress(", i, op->gap, op->dst);
        print_slot(f, program, op->state);
        fprintf(f, ", ");
        if (op->digest != SIMD_NO_SLOT) {
            fprintf(f, "digest ");
            print_slot(f, program, op->digest);
        }
        if (op->lo != SIMD_NO_SLOT) {
            fprintf(f, "%s", op->digest != SIMD_NO_SLOT ? " over " : "");
            print_slot(f, program, op->lo);
        }
        fprintf(f, " | ");
        if (op->hi_digest != SIMD_NO_SLOT) {
            fprintf(f, "digest ");
            print_slot(f, program, op->hi_digest);
            fprintf(f, " over ");
        }
        print_slot(f, program, op->hi);
        fprintf(f, ")");
        if (op->xor_byte) {
            fprintf(f, " ^ %02x", op->xor_byte);
        }
        if (op->hints & SIMD_PADDED_DIGEST) {
            fprintf(f, "  padded digest");
        }
        for (unsigned k = 0; k < program->n_outputs; k++) {
            if (program->outputs[k] == op->dst) {
                bool is_last = true;
                for (unsigned j = i + 1; j < program->simd.n_ops; j++) {
                    is_last &= program->ops[j].dst != op->dst;
                }
                if (is_last) {
                    fprintf(f, "  -> output %u", k);
                }
            }
        }
        fprintf(f, "\n");
    }
    print_constants(f, program);
    print_row(f, program);
}

/* ---- golden files ---- */

static const char *golden_folder;
static bool is_update;

bool golden_options(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s GOLDEN_FOLDER [--update]\n", argv[0]);
        return false;
    }
    golden_folder = argv[1];
    is_update = argc > 2 && strcmp(argv[2], "--update") == 0;
    return true;
}

static void compare_text(const char *name, const char *text)
{
    char path[512], golden[32768];
    assert_true(snprintf(path, sizeof(path), "%s/%s.txt", golden_folder, name) < (int)sizeof(path));
    if (is_update) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(text, f);
        fclose(f);
        return;
    }
    FILE *f = fopen(path, "r");
    if (!f) {
        print_error("no golden file %s\n", path);
    }
    assert_non_null(f);
    const size_t n = fread(golden, 1, sizeof(golden) - 1, f);
    fclose(f);
    golden[n] = 0;
    assert_string_equal(text, golden);
}

void compare_with_golden(const struct program *program, const char *name, const char *title)
{
    char *text = NULL;
    size_t len = 0;
    if (sizeof(void *) != sizeof(uint64_t)) {
        printf("skipped: %s.txt has the offsets of structs whose pointers have eight bytes\n", name);
        return;
    }
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    print_program(f, program, title);
    fclose(f);
    compare_text(name, text);
    free(text);
}
