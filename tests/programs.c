/*
 * The formula compiler: what it makes of the derivations, printed and counted.
 *
 *     programs GOLDEN_FOLDER [--update]
 *
 * The golden files are worth reading: they are the programs that kernels run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prf.h"
#include "program_checks.h"

static const char *golden_folder;
static bool is_update;

static struct program program;

static void compile(const struct derivation *derivation, const struct hash *hash, unsigned n_blocks,
    unsigned n_digest_blocks, unsigned n_out_blocks, unsigned parts)
{
    program_of_shape(&program, derivation, hash, n_blocks, n_digest_blocks, n_out_blocks, parts);
}

static const struct hash *sha256(void)
{
    return hash_find(LANEKDF_SHA256);
}

/* The flags of tls.c in the shape of a key block. */
enum { EXTENDED = 0x10, CLIENT_FINISHED = 0x20, SERVER_FINISHED = 0x40 };

/* ---- printing ---- */

static void print_slot(FILE *f, unsigned slot)
{
    const unsigned bytes = hash_slot_bytes(program.hash);
    if (slot == SIMD_NO_SLOT) {
        fprintf(f, "-");
        return;
    }
    if (slot < program.n_message_slots) {
        fprintf(f, "m%u", slot);
        return;
    }
    for (unsigned i = 0; i < FORMULA_MAX_INPUTS; i++) {
        if (program.inputs[i].len && program.inputs[i].state_slot == slot) {
            fprintf(f, "input %u", i);
            return;
        }
    }
    for (unsigned i = 0; i < program.n_constants; i++) {
        if (program.constants[i].slot == slot) {
            if (memcmp(program.constants[i].bytes, program.hash->initial, bytes) == 0) {
                fprintf(f, "initial");
            } else if (program.constants[i].is_state) {
                fprintf(f, "constant state");
            } else {
                fprintf(f, "padding");
            }
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
    {offsetof(struct record, secrets.chain), "chain"},
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
    return (byte >= 'a' && byte <= 'z') || byte == ' ';
}

/* Prints what is constant in message slots, from byte `at` of the row on: text as it is, other bytes as
 * digits.
 */
static unsigned print_constant(FILE *f, unsigned at, unsigned end)
{
    const bool is_text = is_printed(program.row[at]);
    unsigned n = 0;
    while (at + n < end && program.row[at + n] && is_printed(program.row[at + n]) == is_text) {
        n++;
    }
    fprintf(f, "  m%u + %u: ", at / hash_slot_bytes(program.hash), at % hash_slot_bytes(program.hash));
    for (unsigned i = 0; i < n; i++) {
        if (is_text) {
            fputc(program.row[at + i], f);
        } else {
            fprintf(f, " %02x", program.row[at + i]);
        }
    }
    fputc('\n', f);
    return n;
}

/* Prints how a row is filled. */
static void print_row(FILE *f)
{
    const unsigned slot = hash_slot_bytes(program.hash), end = program.n_message_slots * slot;
    fprintf(f, "\nconstant bytes\n");
    for (unsigned at = 0; at < end; at++) {
        if (program.row[at]) {
            at += print_constant(f, at, end) - 1;
        }
    }
    fprintf(f, "moves\n");
    for (unsigned i = 0; i < program.n_moves; i++) {
        const struct program_move *move = &program.moves[i];
        const struct place from = {
            .base = move->base, .offset = move->offset, .skip = move->skip, .is_pointer = true};
        fprintf(f, "  %u bytes from ", move->len);
        print_place(f, &from);
        fprintf(f, " to m%u + %u\n", move->to / slot, move->to % slot);
    }
    for (unsigned i = 0; i < program.n_odd_moves; i++) {
        fprintf(f, "  %u bytes, or zeros, from ", program.odd_moves[i].from.len);
        print_place(f, &program.odd_moves[i].from);
        fprintf(f, " to m%u + %u\n", program.odd_moves[i].to / slot, program.odd_moves[i].to % slot);
    }
    for (unsigned i = 0; i < program.n_keys; i++) {
        fprintf(f, "  a key from ");
        print_place(f, &program.keys[i].from);
        fprintf(f, " to m%u\n", program.keys[i].to / slot);
    }
    for (unsigned i = 0; i < FORMULA_MAX_INPUTS; i++) {
        if (program.inputs[i].is_variable && program.inputs[i].len) {
            fprintf(f, "  a message of any length to m%u\n", program.inputs[i].offset / slot);
        }
    }
    for (unsigned i = 0; i < program.n_copies; i++) {
        fprintf(f, "  m%u is copied to m%u\n", program.copies[i].from / slot, program.copies[i].to / slot);
    }
    for (unsigned i = 0; i < program.list.n_deliveries; i++) {
        fprintf(f, "  output %u to ", program.list.deliveries[i].from);
        print_place(f, &program.list.deliveries[i].to);
        fputc('\n', f);
    }
}

static void print_program(FILE *f, const char *title)
{
    fprintf(f, "%s\n%u compressions, the longest path %u; %u slots, of them %u messages and %u constants\n\n",
        title, program.simd.n_ops, program.longest_path, program.simd.n_slots, program.n_message_slots,
        program.n_constants);
    for (unsigned i = 0; i < program.simd.n_ops; i++) {
        const struct simd_op *op = &program.ops[i];
        fprintf(f, "%3u  gap %-3u s%-3u = compress(", i, op->gap, op->dst);
        print_slot(f, op->state);
        fprintf(f, ", ");
        if (op->digest != SIMD_NO_SLOT) {
            fprintf(f, "digest ");
            print_slot(f, op->digest);
        }
        if (op->lo != SIMD_NO_SLOT) {
            fprintf(f, "%s", op->digest != SIMD_NO_SLOT ? " over " : "");
            print_slot(f, op->lo);
        }
        fprintf(f, " | ");
        if (op->hi_digest != SIMD_NO_SLOT) {
            fprintf(f, "digest ");
            print_slot(f, op->hi_digest);
            fprintf(f, " over ");
        }
        print_slot(f, op->hi);
        fprintf(f, ")");
        if (op->xor_byte) {
            fprintf(f, " ^ %02x", op->xor_byte);
        }
        if (op->hints & SIMD_PADDED_DIGEST) {
            fprintf(f, "  padded digest");
        }
        for (unsigned k = 0; k < program.n_outputs; k++) {
            if (program.outputs[k] == op->dst) {
                bool is_last = true;
                for (unsigned j = i + 1; j < program.simd.n_ops; j++) {
                    is_last &= program.ops[j].dst != op->dst;
                }
                if (is_last) {
                    fprintf(f, "  -> output %u", k);
                }
            }
        }
        fprintf(f, "\n");
    }
    print_row(f);
}

struct expected_program {
    const char *name, *title;
    uint32_t kind;
    const char *derivation;
    unsigned n_blocks, n_digest_blocks, n_out_blocks, parts;
    unsigned n_compressions, longest_path;
};

static const struct expected_program expected_programs[] = {
    {"prf_77_48", "PRF: label and seed 77 bytes, output 33..64 bytes (a master secret, a 40-byte key block)",
        LANEKDF_KIND_PRF, "prf", 2, 2, 2, 0, 13, 9},
    {"extended_master_secret", "The extended master secret: seed 22 + 32 bytes, output 48 bytes",
        LANEKDF_KIND_HANDSHAKE, "master_secret", 1, 2, 2, EXTENDED, 12, 8},
    {"key_block_finished", "Key block of 33..64 bytes and both Finished", LANEKDF_KIND_HANDSHAKE, "key_block",
        2, 2, 2, CLIENT_FINISHED | SERVER_FINISHED, 23, 9},
    {"prf_long_output", "PRF: label and seed 77 bytes, the middle of a long output", LANEKDF_KIND_PRF, "prf",
        2, 2, 8, PRF_GOES_ON | PRF_MORE, 42, 18},
    {"hmac_2_blocks", "HMAC of a message of two blocks", LANEKDF_KIND_HMAC, "hmac", 2, 0, 0, 0, 5, 4},
};

enum { N_EXPECTED = sizeof(expected_programs) / sizeof(*expected_programs) };

/* Catches: the state behind a pad that is computed twice, a block too many, an order that lengthens the
 * longest path. The speed of every job depends on these numbers. */
static void test_counts(void **state)
{
    (void)state;
    unsigned n[N_EXPECTED];
    for (unsigned i = 0; i < N_EXPECTED; i++) {
        const struct expected_program *e = &expected_programs[i];
        compile(find_derivation(e->kind, e->derivation), sha256(), e->n_blocks, e->n_digest_blocks,
            e->n_out_blocks, e->parts);
        n[i] = program.simd.n_ops;
        if (n[i] != e->n_compressions || program.longest_path != e->longest_path) {
            print_error("%s: %u compressions, path %u\n", e->name, n[i], program.longest_path);
        }
        assert_int_equal(n[i], e->n_compressions);
        assert_int_equal(program.longest_path, e->longest_path);
    }
    assert_int_equal(n[0] + n[0], 26); /* a handshake */
    assert_int_equal(n[0] + n[2], 36); /* with both Finished */
}

static void compare_with_golden(const char *name, const char *text)
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

/* Catches: any change of what kernels run. If the change is meant, look at the new text and run the test with
 * --update. */
static void test_golden(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N_EXPECTED; i++) {
        const struct expected_program *e = &expected_programs[i];
        char *text = NULL;
        size_t len = 0;
        compile(find_derivation(e->kind, e->derivation), sha256(), e->n_blocks, e->n_digest_blocks,
            e->n_out_blocks, e->parts);
        FILE *f = open_memstream(&text, &len);
        assert_non_null(f);
        print_program(f, e->title);
        fclose(f);
        compare_with_golden(e->name, text);
        free(text);
    }
}

/* ---- every shape ---- */

static void check_every_shape(const struct hash *hash, unsigned most_blocks)
{
    const struct derivation *message_hash = find_derivation(LANEKDF_KIND_HASH, "message_hash"),
                            *hmac = find_derivation(LANEKDF_KIND_HMAC, "hmac"),
                            *prf = find_derivation(LANEKDF_KIND_PRF, "prf"),
                            *key_block = find_derivation(LANEKDF_KIND_HANDSHAKE, "key_block");
    for (unsigned n = 1; n <= FORMULA_MAX_BLOCKS; n++) {
        compile(message_hash, hash, n, 0, 0, 0);
        check_program(&program);
        compile(hmac, hash, n, 0, 0, 0);
        check_program(&program);
        for (unsigned n_digest = n; n_digest <= n + 1 && n_digest <= most_blocks; n_digest++) {
            const unsigned most = n_digest > 3 ? 2 : 8;
            for (unsigned n_out = 1; n_out <= most; n_out++) {
                for (unsigned parts = 0; parts <= (n_out == most ? 3u : 1u); parts++) {
                    compile(prf, hash, n, n_digest, n_out, parts);
                    check_program(&program);
                }
            }
        }
    }
    for (unsigned n_out = 0; n_out <= 8; n_out++) {
        for (unsigned bits = 0; bits < 16; bits++) {
            const unsigned parts = (bits & 3u) | (bits & 12u) << 3;
            if ((n_out < 8 && parts & PRF_MORE) || (parts & PRF_GOES_ON && parts & ~3u) ||
                (!n_out && (!parts || parts & 3))) {
                continue;
            }
            compile(key_block, hash, 2, 2, n_out, parts);
            check_program(&program);
        }
    }
}

/* Catches: a shape that has no program, so that its jobs are evaluated and take ten times as long; a gap that
 * is not legal, or smaller than it could be; a slot that is read before it is written. (A slot that is
 * written while its value is still needed gives wrong answers, which the engine's tests catch.) */
static void test_every_shape(void **state)
{
    (void)state;
    for (uint32_t id = 0; id <= HASH_MAX_ID; id++) {
        const struct hash *hash = hash_find(id);
        if (hash && !hash->components[0]) {
            /* Where a digest does not fill a slot, a message is copied to its place behind a digest, and of
             * longer ones a program would have more than PROGRAM_MAX_COPIES. */
            check_every_shape(hash, hash_slot_bytes(hash) == hash->digest_bytes ? 15 : 7);
        }
    }
    check_every_shape(sha256(), FORMULA_MAX_BLOCKS);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_every_shape),
    };
    if (argc < 2) {
        fprintf(stderr, "usage: programs GOLDEN_FOLDER [--update]\n");
        return 2;
    }
    golden_folder = argv[1];
    is_update = argc > 2 && strcmp(argv[2], "--update") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
