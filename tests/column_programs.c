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

#include "columns.h"
#include "good_jobs.h"
#include "prf.h"
#include "program_checks.h"
#include "staging.h"

static struct rng rng;
static struct compiler compiler;
static struct program program;

/* ---- shapes ---- */

/* The flags of tls.c. */
enum { EXTENDED = 0x10, CLIENT_FINISHED = 0x20, SERVER_FINISHED = 0x40 };
enum { BOTH_FINISHED = CLIENT_FINISHED | SERVER_FINISHED };

static uint32_t counts(unsigned n_blocks, unsigned n_digest_blocks, unsigned n_out_blocks, unsigned parts)
{
    struct shape shape;
    shape_set(&shape, (uint8_t)n_blocks, (uint8_t)n_digest_blocks, (uint8_t)n_out_blocks, (uint8_t)parts);
    return shape.counts;
}

static bool compile(const struct shape *shape)
{
    derivation_write(shape, compiler_begin(&compiler, shape->hash));
    return compiler_finish(&compiler, &program);
}

/* ---- jobs ---- */

enum { STRUCT_BYTES = 1024 };
_Static_assert(sizeof(struct record) <= STRUCT_BYTES, "room for a record");
static _Alignas(64) uint8_t structs[PLACE_N_BASES][SIMD_COLUMN_LANES][STRUCT_BYTES];
static const void *struct_of[PLACE_N_BASES][SIMD_COLUMN_LANES];

/* A job and its record, whose lengths those of every lane are; or NULL, and lengths are random. */
static const void *pattern[PLACE_N_BASES];
static size_t pattern_bytes[PLACE_N_BASES];

/* Gives a place of a lane a length. Keys are often of the lengths that columns serve. */
static size_t choose_length(const struct place *place, uint8_t *base)
{
    size_t len = place->len;
    if (pattern[0] || place->rule == PLACE_FIXED) {
        return place_len(place, base);
    }
    len = place->rule == PLACE_IF ? (rng_below(&rng, 2) ? len : 0) : rng_below(&rng, (uint32_t)len + 1);
    if (place->rule == PLACE_GIVEN && !rng_one_in(&rng, 20)) {
        len = rng_below(&rng, 2) ? COLUMNS_SHORT_KEY : COLUMNS_LONG_KEY;
    }
    memcpy(base + place->len_at, &len, sizeof(len));
    return len;
}

/* Gives a lane random bytes for a place of the program. The bytes behind a pointer reach as far as the last
 * place that is behind it. */
static void fill_place(struct guarded_memory *memory, const struct place *place, unsigned lane)
{
    uint8_t *base = structs[place->base][lane];
    const size_t len = choose_length(place, base);
    if (!place->is_pointer) {
        rng_fill(&rng, base + place->offset, len);
        return;
    }
    size_t end = place->skip + len;
    for (unsigned i = 0; i < program.list.n_pieces; i++) {
        const struct place *other = &program.list.pieces[i].place;
        if (other->piece == PIECE_BYTES && other->is_pointer && other->base == place->base &&
            other->offset == place->offset && other->rule == PLACE_FIXED && other->skip + other->len > end) {
            end = other->skip + other->len;
        }
    }
    uint8_t *bytes = guarded_take(memory, end, 1);
    rng_fill(&rng, bytes, end);
    memcpy(base + place->offset, &bytes, sizeof(bytes));
}

static void fill_lanes(struct guarded_memory *memory)
{
    guarded_clear(memory);
    rng_fill(&rng, structs, sizeof(structs));
    for (unsigned lane = 0; lane < SIMD_COLUMN_LANES; lane++) {
        for (unsigned base = 0; base < PLACE_N_BASES; base++) {
            if (pattern[base]) {
                memcpy(structs[base][lane], pattern[base], pattern_bytes[base]);
            }
        }
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
typedef uint8_t bank[PROGRAM_MAX_SLOT_BYTES * SIMD_COLUMN_LANES]; /* rows of a word of every lane */
static _Alignas(64) bank by_rows, by_columns;

static void fail_at(const char *name, unsigned lane, unsigned slot, unsigned row, const uint8_t *word)
{
    char text[2 * 8 + 1];
    const size_t n = simd_word_bytes(program.hash->family);
    for (size_t i = 0; i < n; i++) {
        snprintf(text + 2 * i, 3, "%02x", word[i]);
    }
    fail_msg("%s, %s, lane %u, slot %u, row %u: %s by columns, in the order of memory", name,
        program.hash->name, lane, slot, row, text);
}

/* Compares the words of lanes with a job in a slot that an operation reads as a message. */
static void compare_slot(const char *name, unsigned slot, unsigned n_lanes, unsigned kernel_lanes)
{
    const size_t n = simd_word_bytes(program.hash->family);
    for (unsigned row = 8 * slot; row < 8 * slot + 8 && slot < program.n_message_slots; row++) {
        for (unsigned lane = 0; lane < n_lanes; lane++) {
            const size_t at = (row * kernel_lanes + lane) * n;
            if (memcmp(by_rows + at, by_columns + at, n) != 0) {
                fail_at(name, lane, slot, row % 8, by_columns + at);
            }
        }
    }
}

/* Returns whether the bank keeps what is constant for the next task. */
static bool compare_ways(
    const char *name, const struct simd_kernel *kernel, struct guarded_memory *memory, bool is_bound)
{
    const struct staging_lanes lanes = {
        .bases = {struct_of[0], struct_of[1]}, .n = 1 + rng_below(&rng, kernel->lanes)};
    fill_lanes(memory);
    memset(rows, 0xee, sizeof(rows));
    staging_begin_rows(&program, rows[0], ROW_BYTES, kernel->lanes);
    staging_fill_rows(&program, &lanes, rows[0], ROW_BYTES);
    staging_load(kernel, &program, by_rows, rows[0], ROW_BYTES);
    staging_bind(kernel, &program, by_rows);
    memset(rows, 0xee, sizeof(rows));
    assert_true(staging_uses_columns(kernel, &program));
    const bool stays_bound =
        staging_by_columns(kernel, &program, &lanes, is_bound, by_columns, rows[0], ROW_BYTES, scratch);
    if (!is_bound) {
        staging_bind(kernel, &program, by_columns);
    }
    for (const struct simd_op *op = program.ops; op < program.ops + program.simd.n_ops; op++) {
        compare_slot(name, op->lo, lanes.n, kernel->lanes);
        compare_slot(name, op->hi, lanes.n, kernel->lanes);
    }
    return stays_bound;
}

/* Stages some tasks of the program, of which the later ones find what is constant in the bank. */
static void compare_tasks(const char *name, unsigned n_tasks)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        const struct simd_kernel *kernel = candidates[i].kernel;
        assert_int_not_equal(candidates[i].state, SIMD_FAULTY);
        if (kernel->stage && candidates[i].state == SIMD_USABLE && kernel->family == program.hash->family) {
            bool is_bound = false;
            memset(by_columns, 0xdd, sizeof(by_columns));
            for (unsigned task = 0; task < n_tasks; task++) {
                is_bound = compare_ways(name, kernel, memories[task % 2], is_bound);
            }
        }
    }
}

/* ---- common programs ---- */

static void check_columns(const char *name, const struct shape *shape, unsigned n_columns, unsigned n_keys)
{
    if (!compile(shape)) { /* both phases exceed a limit, and jobs go phase by phase */
        assert_true(shape->then && shape->hash->digest_bytes > 32);
        return;
    }
    if (program.columns.n_columns != n_columns || program.columns.n_key_columns != 2 * n_keys) {
        fail_msg(
            "%s: %u columns, and %u of keys", name, program.columns.n_columns, program.columns.n_key_columns);
    }
    compare_tasks(name, 12);
}

static void check_common_programs(const struct hash *hash)
{
    const struct derivation *master_secret = find_derivation(LANEKDF_KIND_HANDSHAKE, "master_secret"),
                            *key_block = find_derivation(LANEKDF_KIND_HANDSHAKE, "key_block"),
                            *finished = find_derivation(LANEKDF_KIND_FINISHED, "finished");
    const unsigned n = hash->digest_bytes, of_hash = n > 32 ? 2 : 1, /* columns of a handshake's hash */
        seed = prf_blocks(hash, 13 + 64), behind_digest = prf_blocks(hash, n + 13 + 64),
                   extended = prf_blocks(hash, 22 + n), extended_behind = prf_blocks(hash, n + 22 + n);
    const unsigned n_secret = (48 + n - 1) / n;           /* digests of a master secret */
    for (unsigned n_out = 1; n_out * n <= 160; n_out++) { /* bytes of a key block */
        for (unsigned parts = 0; parts <= BOTH_FINISHED; parts += CLIENT_FINISHED) {
            const unsigned n_finished =
                ((parts & CLIENT_FINISHED ? 1 : 0) + (parts & SERVER_FINISHED ? 1 : 0)) * of_hash;
            const uint32_t then = counts(seed, behind_digest, n_out, parts);
            struct shape shape = {.derivation = master_secret, .hash = hash, .then = then};
            shape.counts = counts(seed, behind_digest, n_secret, SHAPE_WANTS_SECRET);
            check_columns("handshake", &shape, 2 + n_finished, 1);
            shape.counts = counts(extended, extended_behind, n_secret, EXTENDED);
            check_columns("extended master secret", &shape, 2 + of_hash + n_finished, 1);
            shape.then = 0;
            check_columns("extended master secret alone", &shape, of_hash, 1);
            shape.counts = counts(seed, behind_digest, n_secret, 0);
            check_columns("master secret alone", &shape, 2, 1);
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

/* Catches: a common program that columns are not made for, so that it takes a few percent longer; a row of a
 * message with the wrong source, shift or constant; a read outside of an input. */
static void common_programs_have_columns(void **state)
{
    (void)state;
    check_common_programs(hash_find(LANEKDF_SHA256));
    check_common_programs(hash_find(LANEKDF_SHA384));
    check_common_programs(hash_find(LANEKDF_SHA512));
}

/* Catches: columns of a hash whose words have another byte order. */
static void little_endian_hashes_have_none(void **state)
{
    struct shape shape = {.hash = hash_find(LANEKDF_MD5)};
    (void)state;
    shape.derivation = find_derivation(LANEKDF_KIND_HANDSHAKE, "key_block");
    shape.counts = counts(2, 2, 1, 0);
    assert_true(compile(&shape));
    assert_int_equal(program.columns.n_columns, 0);
}

/* ---- programs of any jobs ---- */

static const struct hash *const sha2[] = {
    &hashes[LANEKDF_SHA256], &hashes[LANEKDF_SHA384], &hashes[LANEKDF_SHA512]};
enum { N_SHA2 = sizeof(sha2) / sizeof(*sha2), MAX_KINDS = 64 };

static unsigned sha2_of(const struct hash *hash)
{
    unsigned i = 0;
    while (i < N_SHA2 && sha2[i] != hash) {
        i++;
    }
    return i;
}

/* Compares the ways of the programs of a job. Returns how many of these have columns. */
static unsigned compare_programs(const struct job_kind *kind, struct lanekdf_job *job, unsigned *of_hash)
{
    static struct record record;
    struct shape shape;
    unsigned n = 0;
    if (kinds_begin_job(job, &record, LANEKDF_LEGACY_ALL) != LANEKDF_OK) {
        return 0;
    }
    while (record_enter(&record, &shape)) {
        if (compile(&shape) && program.columns.n_columns) {
            pattern[PLACE_JOB] = job;
            pattern[PLACE_RECORD] = &record;
            pattern_bytes[PLACE_JOB] = kind->size;
            pattern_bytes[PLACE_RECORD] = sizeof(record);
            compare_tasks(kind->name, 3);
            *of_hash = sha2_of(shape.hash);
            n++;
        }
        record_end_run(&record, &shape);
    }
    return n;
}

/* Catches: the same in programs of every other shape and kind of job; a kind whose jobs have columns with one
 * hash of SHA-2 and none with another. */
static void columns_are_what_rows_are(void **state)
{
    enum { N_JOBS = 6000 };
    static struct guarded_memory *memory;
    static unsigned n_programs[MAX_KINDS][N_SHA2 + 1];
    (void)state;
    assert_in_range(n_job_kinds, 1, MAX_KINDS);
    memory = guarded_new(PACKED, &rng);
    for (unsigned i = 0; i < N_JOBS; i++) {
        const size_t kind = i % n_job_kinds;
        unsigned of_hash = 0;
        guarded_clear(memory);
        struct job_case job_case = good_job_of_kind(job_kinds[kind].id, memory, ANY_SECRETS, SHORT_LENGTHS);
        const unsigned n = compare_programs(&job_kinds[kind], &job_case.any->job, &of_hash);
        n_programs[kind][of_hash] += n;
    }
    guarded_free(memory);
    for (size_t kind = 0; kind < n_job_kinds; kind++) {
        const unsigned *n = n_programs[kind];
        printf("%s: programs with columns: %u, %u, %u\n", job_kinds[kind].name, n[0], n[1], n[2]);
        if (job_kinds[kind].hashes) {
            assert_int_equal(n[0] > 0, n[1] > 0);
            assert_int_equal(n[0] > 0, n[2] > 0);
        }
    }
}

int main(void)
{
    static struct simd_start start;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_programs_have_columns),
        cmocka_unit_test(little_endian_hashes_have_none),
        cmocka_unit_test(columns_are_what_rows_are),
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
