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

#include "golden_program.h"
#include "prf.h"
#include "program_checks.h"

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

/* Catches: any change of what kernels run. If the change is meant, look at the new text and run the test with
 * --update. */
static void test_golden(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N_EXPECTED; i++) {
        const struct expected_program *e = &expected_programs[i];
        compile(find_derivation(e->kind, e->derivation), sha256(), e->n_blocks, e->n_digest_blocks,
            e->n_out_blocks, e->parts);
        compare_with_golden(&program, e->name, e->title);
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
    if (!golden_options(argc, argv)) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
