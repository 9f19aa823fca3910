/*
 * Columns against the byte path: what a kernel with stage() has in the message slots of a task must be the
 * same, whether it comes by columns or by rows. The jobs are made from the lists of the programs, so that the
 * test knows no derivation, and every piece has a page that cannot be touched at one of its ends.
 *
 * LANEKDF_TEST_SEED repeats a failing run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "guarded_memory.h"
#include "prf.h"
#include "program_checks.h"
#include "staging.h"

static struct rng rng;
static struct compiler compiler;
static struct program program;

/* ---- shapes ---- */

/* The flags of tls.c. */
enum { EXTENDED = 0x10, CLIENT_FINISHED = 0x20, SERVER_FINISHED = 0x40 };
enum { BOTH_FINISHED = CLIENT_FINISHED | SERVER_FINISHED, SEED_BLOCKS = 2 };

static uint32_t counts(unsigned n_blocks, unsigned n_digest_blocks, unsigned n_out_blocks, unsigned parts)
{
    struct shape shape;
    shape_set(&shape, (uint8_t)n_blocks, (uint8_t)n_digest_blocks, (uint8_t)n_out_blocks, (uint8_t)parts);
    return shape.counts;
}

static void compile(const struct shape *shape)
{
    derivation_write(shape, compiler_begin(&compiler, shape->hash));
    assert_true(compiler_finish(&compiler, &program));
}

/* ---- jobs ---- */

enum { STRUCT_BYTES = 1024 };
_Static_assert(sizeof(struct record) <= STRUCT_BYTES, "room for a record");
static _Alignas(64) uint8_t structs[PLACE_N_BASES][SIMD_COLUMN_LANES][STRUCT_BYTES];
static const void *struct_of[PLACE_N_BASES][SIMD_COLUMN_LANES];

/* Gives a lane random bytes for a place of the program. Keys are often of the lengths that columns serve. */
static void fill_place(struct guarded_memory *memory, const struct place *place, unsigned lane)
{
    uint8_t *base = structs[place->base][lane];
    size_t len = place->len;
    if (place->rule != PLACE_FIXED) {
        len = place->rule == PLACE_IF ? (rng_below(&rng, 2) ? len : 0) : rng_below(&rng, (uint32_t)len + 1);
        if (place->rule == PLACE_GIVEN && !rng_one_in(&rng, 20)) {
            len = rng_below(&rng, 2) ? 32 : 48;
        }
        memcpy(base + place->len_at, &len, sizeof(len));
    }
    if (!place->is_pointer) {
        rng_fill(&rng, base + place->offset, len);
        return;
    }
    uint8_t *bytes = guarded_take(memory, place->skip + len, 1);
    rng_fill(&rng, bytes, place->skip + len);
    memcpy(base + place->offset, &bytes, sizeof(bytes));
}

static void fill_lanes(struct guarded_memory *memory)
{
    guarded_clear(memory);
    rng_fill(&rng, structs, sizeof(structs));
    for (unsigned lane = 0; lane < SIMD_COLUMN_LANES; lane++) {
        for (unsigned i = 0; i < program.list.n_pieces; i++) {
            const struct place *place = &program.list.pieces[i].place;
            if (place->piece == PIECE_BYTES) {
                fill_place(memory, place, lane);
            }
        }
    }
}

/* ---- both ways ---- */

static struct guarded_memory *memories[2]; /* of each form */
enum { ROW_BYTES = PROGRAM_MAX_SLOT_BYTES + LANE_SLACK };
static uint8_t rows[SIMD_COLUMN_LANES][ROW_BYTES];
static _Alignas(64) uint8_t scratch[SIMD_MAX_SCRATCH_BYTES];
typedef uint32_t bank[PROGRAM_MAX_SLOT_BYTES / 4 * SIMD_COLUMN_LANES]; /* rows of a word of every lane */
static _Alignas(64) bank by_rows, by_columns;

/* Compares the words of lanes with a job in a slot that an operation reads as a message. */
static void compare_slot(unsigned slot, unsigned n_lanes, unsigned kernel_lanes)
{
    for (unsigned row = 8 * slot; row < 8 * slot + 8 && slot < program.n_message_slots; row++) {
        for (unsigned lane = 0; lane < n_lanes; lane++) {
            const unsigned at = row * kernel_lanes + lane;
            if (by_rows[at] != by_columns[at]) {
                fail_msg("lane %u, slot %u, row %u: %08x by rows, %08x by columns", lane, slot, row % 8,
                    by_rows[at], by_columns[at]);
            }
        }
    }
}

static void compare_ways(const struct simd_kernel *kernel, struct guarded_memory *memory, bool is_bound)
{
    const struct staging_lanes lanes = {
        .bases = {struct_of[0], struct_of[1]}, .n = 1 + rng_below(&rng, kernel->lanes)};
    fill_lanes(memory);
    memset(rows, 0xee, sizeof(rows));
    staging_begin_rows(&program, rows[0], ROW_BYTES, kernel->lanes);
    staging_fill_rows(&program, &lanes, rows[0], ROW_BYTES);
    staging_load(kernel, &program, (uint8_t *)by_rows, rows[0], ROW_BYTES);
    staging_bind(kernel, &program, (uint8_t *)by_rows);
    memset(rows, 0xee, sizeof(rows));
    assert_true(staging_uses_columns(kernel, &program));
    staging_by_columns(
        kernel, &program, &lanes, is_bound, (uint8_t *)by_columns, rows[0], ROW_BYTES, scratch);
    if (!is_bound) {
        staging_bind(kernel, &program, (uint8_t *)by_columns);
    }
    for (const struct simd_op *op = program.ops; op < program.ops + program.simd.n_ops; op++) {
        compare_slot(op->lo, lanes.n, kernel->lanes);
        compare_slot(op->hi, lanes.n, kernel->lanes);
    }
}

/* Stages some tasks of the program, of which the later ones find what is constant in the bank. */
static void compare_tasks(void)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].kernel->stage && candidates[i].state == SIMD_USABLE) {
            memset(by_columns, 0xdd, sizeof(by_columns));
            for (unsigned task = 0; task < 12; task++) {
                compare_ways(candidates[i].kernel, memories[task % 2], task > 0);
            }
        }
    }
}

static void check_columns(const char *name, const struct shape *shape, unsigned n_columns, unsigned n_keys)
{
    compile(shape);
    if (program.columns.n_columns != n_columns || program.columns.n_key_columns != 2 * n_keys) {
        fail_msg(
            "%s: %u columns, and %u of keys", name, program.columns.n_columns, program.columns.n_key_columns);
    }
    compare_tasks();
}

/* Catches: a common program that columns are not made for, so that it takes a few percent longer; a row of a
 * message with the wrong source, shift or constant; a read outside of an input. */
static void common_programs_have_columns(void **state)
{
    const struct derivation *master_secret = find_derivation(LANEKDF_KIND_HANDSHAKE, "master_secret"),
                            *key_block = find_derivation(LANEKDF_KIND_HANDSHAKE, "key_block"),
                            *finished = find_derivation(LANEKDF_KIND_FINISHED, "finished");
    const struct hash *hash = hash_find(LANEKDF_SHA256);
    (void)state;
    for (unsigned n_out = 1; n_out <= 5; n_out++) {
        for (unsigned parts = 0; parts <= BOTH_FINISHED; parts += CLIENT_FINISHED) {
            const unsigned n_finished = (parts & CLIENT_FINISHED ? 1 : 0) + (parts & SERVER_FINISHED ? 1 : 0);
            const uint32_t then = counts(SEED_BLOCKS, SEED_BLOCKS, n_out, parts);
            struct shape shape = {.derivation = master_secret, .hash = hash, .then = then};
            shape.counts = counts(SEED_BLOCKS, SEED_BLOCKS, 2, SHAPE_WANTS_SECRET);
            check_columns("handshake", &shape, 2 + n_finished, 1);
            shape.counts = counts(1, SEED_BLOCKS, 2, EXTENDED);
            check_columns("extended master secret", &shape, 3 + n_finished, 1);
            shape = (struct shape){.derivation = key_block, .hash = hash};
            shape.counts = then;
            check_columns("resumed", &shape, 4 + n_finished, 0);
            if (parts) {
                shape.derivation = finished;
                shape.counts = counts(0, 0, 0, parts);
                check_columns("finished", &shape, 2 + n_finished, 0);
            }
        }
    }
}

/* Catches: columns of a hash whose words are of another length or byte order. */
static void other_families_have_none(void **state)
{
    static const uint32_t ids[] = {LANEKDF_SHA384, LANEKDF_SHA512, LANEKDF_MD5};
    (void)state;
    for (unsigned i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
        struct shape shape = {.hash = hash_find(ids[i])};
        shape.derivation = find_derivation(LANEKDF_KIND_HANDSHAKE, "key_block");
        shape.counts = counts(SEED_BLOCKS, SEED_BLOCKS, 1, 0);
        compile(&shape);
        assert_int_equal(program.columns.n_columns, 0);
    }
}

int main(void)
{
    static struct simd_start start;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_programs_have_columns),
        cmocka_unit_test(other_families_have_none),
    };
    for (unsigned base = 0; base < PLACE_N_BASES; base++) {
        for (unsigned lane = 0; lane < SIMD_COLUMN_LANES; lane++) {
            struct_of[base][lane] = structs[base][lane];
        }
    }
    simd_start(simd_cpu_features(), &start);
    simd_publish(start.candidates);
    rng = rng_from(test_seed());
    puts(test_seed_text());
    memories[0] = guarded_new(GUARDED, &rng);
    memories[1] = guarded_new(PACKED, &rng);
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    guarded_free(memories[0]);
    guarded_free(memories[1]);
    return n_failed != 0;
}
