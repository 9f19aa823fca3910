/* What formulas give with every hash, as programs on every kernel and evaluated. libcrypto judges it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "evaluate.h"
#include "prf.h"
#include "program_checks.h"
#include "lone_task.h"

static struct compiler compiler;
static struct program program;
static struct lone_task task;

/* ---- every hash ---- */

/* Catches, as one of the hashes below: a compiler that only works when a digest fills a slot. SHA-224 is the
 * compression of SHA-256 with a digest of seven words, so that every message after a digest begins between
 * two slots. The engine does not know it. */
static const uint8_t sha224_initial[HASH_MAX_BLOCK / 2] = {0xc1, 0x05, 0x9e, 0xd8, 0x36, 0x7c, 0xd5, 0x07,
    0x30, 0x70, 0xdd, 0x17, 0xf7, 0x0e, 0x59, 0x39, 0xff, 0xc0, 0x0b, 0x31, 0x68, 0x58, 0x15, 0x11, 0x64,
    0xf9, 0x8f, 0xa7, 0xbe, 0xfa, 0x4f, 0xa4};
static const struct hash sha224 = {.name = "sha224",
    .family = SIMD_SHA256,
    .block_bytes = 64,
    .digest_bytes = 28,
    .length_bytes = 8,
    .initial = sha224_initial};

/* SHA-224, and every hash of the engine's table but the pair of MD5 and SHA-1. */
static const struct hash *all_hashes[HASH_MAX_ID + 2];
static unsigned n_hashes;

static void list_hashes(void)
{
    all_hashes[n_hashes++] = &sha224;
    for (uint32_t id = 0; id <= HASH_MAX_ID; id++) {
        const struct hash *hash = hash_find(id);
        if (hash && !hash->components[0]) {
            all_hashes[n_hashes++] = hash;
        }
    }
}

static const EVP_MD *judge_of(const struct hash *hash)
{
    const EVP_MD *md = EVP_get_digestbyname(hash->name);
    assert_non_null(md);
    return md;
}

static void judge_hmac(const struct hash *hash, const uint8_t *key, size_t key_len, const uint8_t *message,
    size_t len, uint8_t digest[EVP_MAX_MD_SIZE])
{
    assert_non_null(HMAC(judge_of(hash), key, (int)key_len, message, len, digest, NULL));
}

static void fill(uint8_t *bytes, size_t len, size_t seed)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i * 7 + seed * 31 + (i * seed >> 3));
    }
}

enum { MAX_SEED = 300 }; /* bytes: with padding, three of the largest blocks */

/* Compares two digests of P_hash with libcrypto's. Every lane has its own key and seed. */
static void check_p_hash(const struct hash *hash, size_t key_len, size_t seed_len)
{
    enum { N_OUT = 2 };
    const size_t n = hash->digest_bytes;
    static uint8_t expected[LONE_TASK_LANES][N_OUT][EVP_MAX_MD_SIZE];
    program_of_shape(&program, find_derivation(LANEKDF_KIND_PRF, "prf"), hash,
        (unsigned)hash_n_blocks(hash, hash->block_bytes + seed_len) - 1,
        (unsigned)hash_n_blocks(hash, hash->block_bytes + n + seed_len) - 1, N_OUT, 0);
    check_program(&program);
    for (unsigned l = 0; l < LONE_TASK_LANES; l++) {
        static uint8_t keys[LONE_TASK_LANES][HASH_MAX_BLOCK],
            texts[LONE_TASK_LANES][HASH_MAX_DIGEST + MAX_SEED];
        uint8_t *const key = keys[l], *const text = texts[l], *const seed = text + n, a[EVP_MAX_MD_SIZE];
        fill(key, key_len, l + seed_len);
        fill(seed, seed_len, l + 3);
        task.records[l].keys[0] = (struct lanekdf_bytes){key, key_len};
        task.jobs[l] = (struct lanekdf_prf){.label = {seed, seed_len}};
        judge_hmac(hash, key, key_len, seed, seed_len, a); /* A(1) */
        for (unsigned i = 0; i < N_OUT; i++) {
            memcpy(text, a, n);
            judge_hmac(hash, key, key_len, text, n + seed_len, expected[l][i]);
            judge_hmac(hash, key, key_len, text, n, a);
        }
    }
    const struct simd_kernel *kernel;
    for (size_t k = 0; (kernel = lone_task_kernel(hash, &k));) {
        lone_task_run(&task, &program, kernel);
        for (unsigned l = 0; l < kernel->lanes; l++) {
            for (unsigned i = 0; i < N_OUT; i++) {
                if (memcmp(lone_task_digest(&task, &program, l, i), expected[l][i], n) != 0) {
                    fail_msg("%s on %s: seed of %zu bytes, lane %u, output %u", hash->name, kernel->name,
                        seed_len, l, i);
                }
            }
        }
    }
}

/* Catches: padding, a length or a byte order that is wrong for some hash and some length up to MAX_SEED; a
 * message that is put in the wrong place behind a digest; a kernel that mixes up lanes. */
static void test_p_hash(void **state)
{
    (void)state;
    for (unsigned h = 0; h < n_hashes; h++) {
        for (size_t seed_len = 0; seed_len <= MAX_SEED; seed_len++) {
            check_p_hash(all_hashes[h], seed_len % (all_hashes[h]->block_bytes + 1u), seed_len);
        }
    }
}

/* A message that is the label of a PRF job. */
static int list_label(struct formula *f)
{
    return FORMULA_MESSAGE(f, BYTES(JOB_SPAN(struct lanekdf_prf, label, MAX_SEED)));
}

/* Catches: constants that are hashed anew for every job; a wrong value for what is computed of constants; a
 * message of constants that is padded wrongly (all lengths up to three blocks). */
static void test_constants_are_folded(void **state)
{
    static const uint8_t key[] = "a constant key", text[300] = "some text";
    (void)state;
    for (unsigned h = 0; h < n_hashes; h++) {
        const struct hash *hash = all_hashes[h];
        for (size_t n = 0; n < 2u * hash->block_bytes + 22; n++) {
            uint8_t expected[EVP_MAX_MD_SIZE];
            struct formula *f = compiler_begin(&compiler, hash);
            formula_output(
                f, formula_hmac(f, formula_key_constant(key, sizeof(key)), formula_constant(text, n)));
            formula_output(f, formula_hash(f, formula_input(list_label(f), 1)));
            assert_int_equal(compiler_finish(&compiler, &program), 1);
            assert_int_equal(program.simd.n_ops, 1); /* only the hash of the input */
            task.jobs[0].label = (struct lanekdf_bytes){text, 9};
            lone_task_run(&task, &program, simd_scalar(hash->family));
            judge_hmac(hash, key, sizeof(key), text, n, expected);
            assert_memory_equal(lone_task_digest(&task, &program, 0, 0), expected, hash->digest_bytes);
            EVP_Digest(text, 9, expected, NULL, judge_of(hash), NULL);
            assert_memory_equal(lone_task_digest(&task, &program, 0, 1), expected, hash->digest_bytes);
        }
    }
}

/* Catches: a key that is a digest, as HKDF has them, and is not padded with zeros. */
static void test_digest_as_key(void **state)
{
    uint8_t first[EVP_MAX_MD_SIZE], expected[EVP_MAX_MD_SIZE];
    static const uint8_t text[20] = "twenty bytes of text";
    (void)state;
    for (unsigned h = 0; h < n_hashes; h++) {
        const struct hash *hash = all_hashes[h];
        const size_t n = hash->digest_bytes;
        struct formula *f = compiler_begin(&compiler, hash);
        const formula_value key = formula_hash(f, formula_input(list_label(f), 1));
        formula_output(f, formula_hmac(f, formula_key_digest(key), formula_digest(key)));
        assert_int_equal(compiler_finish(&compiler, &program), 1);
        check_program(&program);
        task.jobs[0].label = (struct lanekdf_bytes){text, sizeof(text)};
        lone_task_run(&task, &program, simd_scalar(hash->family));
        EVP_Digest(text, sizeof(text), first, NULL, judge_of(hash), NULL);
        judge_hmac(hash, first, n, first, n, expected);
        assert_memory_equal(lone_task_digest(&task, &program, 0, 0), expected, n);
    }
}

/* ---- evaluation ---- */

static bool is_zero(const void *bytes, size_t len)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < len; i++) {
        if (b[i]) {
            return false;
        }
    }
    return true;
}

/* Compares what an evaluation delivers for the record of lane 0 with what the program of the shape does. */
static void compare_with_program(const struct shape *shape, uint8_t *out, size_t len)
{
    static struct evaluation evaluation;
    static uint8_t evaluated[FORMULA_MAX_OUTPUTS * HASH_MAX_DIGEST];
    const struct simd_kernel *kernel = simd_scalar(shape->hash->family);
    const struct staging_lanes lane = lone_task_lanes(&task, 1);
    memset(task.digests, 0, sizeof(task.digests));
    assert_true(evaluate(&evaluation, kernel, &task.records[0], shape, task.digests));
    assert_true(is_zero(&evaluation, sizeof(evaluation)));
    assert_true(is_zero(task.digests, FORMULA_MAX_OUTPUTS * HASH_MAX_DIGEST));
    memcpy(evaluated, out, len);
    assert_false(is_zero(evaluated, len));
    memset(out, 0, len);
    program_of_shape(&program, shape->derivation, shape->hash, shape->n_blocks, shape->n_digest_blocks,
        shape->n_out_blocks, shape->parts);
    check_program(&program);
    lone_task_run(&task, &program, kernel);
    staging_deliver(&program.list, program.output_bytes, &lane, task.digests, 0);
    assert_memory_equal(out, evaluated, len);
}

static void check_evaluation(const struct hash *hash, size_t seed_len)
{
    uint8_t secret[48], seed[MAX_SEED], out[40] = {0};
    fill(secret, sizeof(secret), seed_len);
    fill(seed, sizeof(seed), 5);
    struct lanekdf_bytes piece = {seed, seed_len};
    task.jobs[0] = (struct lanekdf_prf){.job = {.kind = LANEKDF_KIND_PRF},
        .hash = LANEKDF_SHA256, /* is replaced in the record: SHA-224 has no id */
        .secret = {secret, sizeof(secret)},
        .seed = &piece,
        .n_seed = 1,
        .out = {out, sizeof(out)}};
    memset(&task.records[0], 0, sizeof(task.records[0]));
    assert_int_equal(kinds_begin_job(&task.jobs[0].job, &task.records[0], 0), LANEKDF_OK);
    task.records[0].hashes[0] = hash;
    struct shape shape = {.derivation = find_derivation(LANEKDF_KIND_PRF, "prf"), .hash = hash};
    assert_int_equal(shape.derivation->shape(&task.records[0], &shape), 1);
    compare_with_program(&shape, out, sizeof(out));
}

/* Catches: an evaluation that differs from the program of the same formula, or leaves something behind. */
static void test_evaluation_equals_program(void **state)
{
    (void)state;
    for (unsigned h = 0; h < n_hashes; h++) {
        for (size_t seed_len = 0; seed_len <= MAX_SEED; seed_len += 7) {
            check_evaluation(all_hashes[h], seed_len);
        }
    }
}

/* Keys that are nearly the same: two constants of different lengths at one address, and two prepared keys
 * with the same inner input. */
static const uint8_t near_key[2] = "ab";

enum { N_NEAR_KEYS = 4 };

/* Lists chaining values that the secret of a PRF job has one behind the other. */
static int list_state(struct formula *f, unsigned i)
{
    struct place place = JOB_POINTER(struct lanekdf_prf, secret.data, hash_slot_bytes(f->hash));
    place.skip = (uint16_t)(i * HASH_MAX_BLOCK / 2);
    return formula_list_value(f, place);
}

static void near_keys_formula(struct formula *f, const struct shape *shape)
{
    const int message = FORMULA_MESSAGE(f, TEXT("message")), inner = list_state(f, 0);
    const struct formula_key keys[N_NEAR_KEYS] = {formula_key_constant(near_key, 1),
        formula_key_constant(near_key, 2), formula_key_prepared(inner, list_state(f, 1)),
        formula_key_prepared(inner, list_state(f, 2))};
    formula_value values[N_NEAR_KEYS];
    for (unsigned i = 0; i < N_NEAR_KEYS; i++) {
        values[i] = formula_hmac(f, keys[i], formula_input(message, shape->n_blocks));
    }
    formula_deliver(f, values, N_NEAR_KEYS,
        JOB_SPAN(struct lanekdf_prf, out, N_NEAR_KEYS * (unsigned)f->hash->digest_bytes));
}

/* Catches: an evaluation that takes one key for another, since it keeps the pads of the last. */
static void test_evaluation_tells_keys_apart(void **state)
{
    static const struct derivation derivation = {.name = "near_keys", .formula = near_keys_formula};
    static const uint8_t states[3][HASH_MAX_BLOCK / 2] = {{1}, {2}, {3}};
    (void)state;
    for (unsigned h = 0; h < n_hashes; h++) {
        uint8_t out[N_NEAR_KEYS * HASH_MAX_DIGEST] = {0};
        const struct shape shape = {.derivation = &derivation, .hash = all_hashes[h], .n_blocks = 1};
        task.jobs[0] = (struct lanekdf_prf){.secret = {states[0], sizeof(states)}, .out = {out, sizeof(out)}};
        compare_with_program(&shape, out, N_NEAR_KEYS * (size_t)all_hashes[h]->digest_bytes);
    }
}

int main(void)
{
    static struct simd_start start;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p_hash),
        cmocka_unit_test(test_constants_are_folded),
        cmocka_unit_test(test_digest_as_key),
        cmocka_unit_test(test_evaluation_equals_program),
        cmocka_unit_test(test_evaluation_tells_keys_apart),
    };
    simd_start(simd_cpu_features(), &start);
    simd_publish(start.candidates);
    list_hashes();
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
