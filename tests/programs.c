/*
 * The formula compiler: what it makes of the derivations, printed and counted, and
 * whether that is right.
 *
 *     test_programs GOLDEN_FOLDER [--update]
 *
 * The golden files are worth reading: they are the programs that kernels run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "compiler.h"
#include "evaluate.h"
#include "kind.h"
#include "lane.h"

static const char *golden_folder;
static int update;

static struct compiler compiler;
static struct program program;

/* A phase of a kind of job, by its name; fails the test if there is none. */
static const struct derivation *find_derivation(uint32_t kind, const char *name)
{
    const struct derivation *const *phase = kinds_find(kind)->phases;
    while (*phase && strcmp((*phase)->name, name) != 0) {
        phase++;
    }
    assert_non_null(*phase);
    return *phase;
}

/* The program of a derivation's shape; fails the test if there is none. */
static void compile(const struct derivation *d, const struct hash *hash, unsigned n_blocks,
    unsigned n_digest_blocks, unsigned n_out_blocks, unsigned parts)
{
    struct shape shape = {.derivation = d, .hash = hash};
    shape.n_blocks = (uint8_t)n_blocks;
    shape.n_digest_blocks = (uint8_t)n_digest_blocks;
    shape.n_out_blocks = (uint8_t)n_out_blocks;
    shape.parts = (uint8_t)parts;
    d->formula(compiler_begin(&compiler, hash), &shape);
    assert_true(compiler_finish(&compiler, &program));
}

static const struct hash *sha256(void)
{
    return hash_find(LANEKDF_SHA256);
}

/* parts of prf.h and tls.c */
enum { GOES_ON = 1, MORE = 2, CLIENT_FINISHED = 0x10, SERVER_FINISHED = 0x20 };

/* ---- printing ---- */

static const char *const input_names[] = {"key", "seed", "chain", "outer", "client_seed", "server_seed"};

static void print_slot(FILE *f, unsigned slot)
{
    const unsigned bytes = hash_slot_bytes(program.hash);
    if (slot == SIMD_NO_SLOT) {
        fprintf(f, "-");
        return;
    }
    int has_length = 0;
    for (unsigned i = 0; i < program.n_lengths; i++) {
        has_length |= program.lengths[i].end == (slot + 1) * bytes;
    }
    for (unsigned i = 0; i < program.n_copies; i++) {
        if (program.copies[i].to == slot * bytes) {
            const unsigned input = program.copies[i].input;
            const int from = program.copies[i].from - program.inputs[input].offset;
            fprintf(f, "%s[%d..]%s", input_names[input], from, has_length ? "+length" : "");
            return;
        }
    }
    for (unsigned i = 0; i < FORMULA_MAX_INPUTS; i++) {
        if (program.inputs[i].len && program.inputs[i].state_slot == slot) {
            fprintf(f, "%s", input_names[i]);
            return;
        }
        if (program.inputs[i].len && program.inputs[i].state_slot == SIMD_NO_SLOT &&
            slot * bytes >= program.inputs[i].offset &&
            slot * bytes < (unsigned)program.inputs[i].offset + program.inputs[i].len) {
            fprintf(f, "%s[%u..]%s", input_names[i], slot * bytes - program.inputs[i].offset,
                has_length ? "+length" : "");
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
                int is_last = 1;
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
        LANEKDF_KIND_HANDSHAKE, "master_secret", 1, 2, 2, 0, 12, 8},
    {"key_block_finished", "Key block of 33..64 bytes and both Finished", LANEKDF_KIND_HANDSHAKE, "key_block",
        2, 2, 2, CLIENT_FINISHED | SERVER_FINISHED, 23, 9},
    {"prf_long_output", "PRF: label and seed 77 bytes, the middle of a long output", LANEKDF_KIND_PRF, "prf",
        2, 2, 8, GOES_ON | MORE, 42, 18},
    {"hmac_2_blocks", "HMAC of a message of two blocks", LANEKDF_KIND_HMAC, "hmac", 2, 0, 0, 0, 5, 4},
};

enum { N_EXPECTED = sizeof(expected_programs) / sizeof(*expected_programs) };

/* Catches: a midstate computed twice, a block too many, an order that lengthens the
 * path (compressions per job are what the speed of everything hangs on). */
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
    if (update) {
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

/* Catches: any change of what kernels run. If it is meant, look at the new text and
 * run the test with --update. */
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

/* ---- what must hold of every program ---- */

static int conflicts(const struct simd_op *a, const struct simd_op *b)
{
    const uint8_t a_reads[] = {a->state, a->digest, a->lo, a->hi},
                  b_reads[] = {b->state, b->digest, b->lo, b->hi};
    int result = a->dst == b->dst;
    for (unsigned i = 0; i < 4; i++) {
        result |= a->dst == b_reads[i] || b->dst == a_reads[i];
    }
    return result;
}

static void check_program(void)
{
    const struct simd_program *p = &program.simd;
    uint8_t written[256] = {0};
    assert_true(p->n_slots * hash_slot_bytes(program.hash) <= PROGRAM_MAX_SLOT_BYTES);
    for (unsigned i = 0; i < program.n_message_slots; i++) {
        written[i] = 1;
    }
    for (unsigned i = 0; i < program.n_constants; i++) {
        written[program.constants[i].slot] = 1;
    }
    for (unsigned i = 0; i < FORMULA_MAX_INPUTS; i++) {
        if (program.inputs[i].len && program.inputs[i].state_slot != SIMD_NO_SLOT) {
            written[program.inputs[i].state_slot] = 1;
        }
    }
    for (unsigned i = 0; i < 256; i++) {
        written[i] *= 2; /* 2: not for operations to write */
    }
    for (unsigned i = 0; i < p->n_ops; i++) {
        const struct simd_op *op = &p->ops[i];
        assert_true(written[op->state] && written[op->hi]);
        assert_true(op->digest == SIMD_NO_SLOT || written[op->digest]);
        assert_true(op->lo == SIMD_NO_SLOT || written[op->lo]);
        assert_true(op->lo != SIMD_NO_SLOT || (op->digest != SIMD_NO_SLOT && p->digest_words == 8));
        assert_true(op->dst < p->n_slots && written[op->dst] != 2);
        written[op->dst] = 1;
        unsigned gap = 0;
        while (gap < i && !conflicts(&p->ops[i - 1 - gap], op)) {
            gap++;
        }
        assert_int_equal(op->gap, gap);
    }
    for (unsigned i = 0; i < program.n_outputs; i++) {
        assert_true(written[program.outputs[i]]);
    }
}

/* Catches: a shape that quietly has no program and is evaluated ten times slower; a gap
 * that is not legal or less than it could be; a slot that is used before it is written,
 * or reused while it is needed (the engine's tests catch that as a wrong answer). */
static void test_every_shape(void **state)
{
    (void)state;
    const struct derivation *message_hash = find_derivation(LANEKDF_KIND_HASH, "message_hash"),
                            *hmac = find_derivation(LANEKDF_KIND_HMAC, "hmac"),
                            *prf = find_derivation(LANEKDF_KIND_PRF, "prf"),
                            *key_block = find_derivation(LANEKDF_KIND_HANDSHAKE, "key_block");
    for (unsigned n = 1; n <= FORMULA_MAX_BLOCKS; n++) {
        compile(message_hash, sha256(), n, 0, 0, 0);
        check_program();
        compile(hmac, sha256(), n, 0, 0, 0);
        check_program();
        for (unsigned n_digest = n; n_digest <= n + 1 && n_digest <= FORMULA_MAX_BLOCKS; n_digest++) {
            const unsigned most = n_digest > 3 ? 2 : 8;
            for (unsigned n_out = 1; n_out <= most; n_out++) {
                for (unsigned parts = 0; parts <= (n_out == most ? 3u : 1u); parts++) {
                    compile(prf, sha256(), n, n_digest, n_out, parts);
                    check_program();
                }
            }
        }
    }
    for (unsigned n_out = 0; n_out <= 8; n_out++) {
        for (unsigned bits = 0; bits < 16; bits++) {
            const unsigned parts = (bits & 3u) | (bits & 12u) << 2;
            if ((n_out < 8 && parts & MORE) || (parts & GOES_ON && parts & ~3u) ||
                (!n_out && (!parts || parts & 3))) {
                continue;
            }
            compile(key_block, sha256(), 2, 2, n_out, parts);
            check_program();
        }
    }
}

/* ---- right answers ---- */

/* Catches, with SHA-224 among them: a compiler that only works when a digest fills a
 * slot. It is SHA-256's compression with a digest of seven words, so that every message
 * after a digest begins between two slots; nothing of it is known to the engine. */
static const struct hash sha224 = {.name = "sha224",
    .family = SIMD_SHA256,
    .block_bytes = 64,
    .digest_bytes = 28,
    .length_bytes = 8,
    .initial = {0xc1, 0x05, 0x9e, 0xd8, 0x36, 0x7c, 0xd5, 0x07, 0x30, 0x70, 0xdd, 0x17, 0xf7, 0x0e, 0x59,
        0x39, 0xff, 0xc0, 0x0b, 0x31, 0x68, 0x58, 0x15, 0x11, 0x64, 0xf9, 0x8f, 0xa7, 0xbe, 0xfa, 0x4f,
        0xa4}};

enum { N_HASHES = 6 };
static const struct hash *const all_hashes[N_HASHES] = {&sha224, &hashes[LANEKDF_SHA256],
    &hashes[LANEKDF_SHA384], &hashes[LANEKDF_SHA512], &hashes[LANEKDF_MD5], &hashes[LANEKDF_SHA1]};

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

/* Rows that the caller staged, one for each lane, and what the kernel made of them: lane
 * l's output i. Where a digest is shorter than a slot, the next one or, after the last,
 * slack takes what is stored behind it. */
enum { ROW_BYTES = PROGRAM_MAX_SLOT_BYTES + LANE_SLACK, MAX_LANES = 16 };
static _Alignas(64) uint8_t bank[MAX_LANES * PROGRAM_MAX_SLOT_BYTES], scratch[8192];
static uint8_t rows[MAX_LANES][ROW_BYTES];
static uint8_t digests[MAX_LANES * FORMULA_MAX_OUTPUTS * HASH_MAX_DIGEST];

static size_t digest_stride(void)
{
    return program.n_outputs * program.hash->digest_bytes +
           (hash_slot_bytes(program.hash) - program.hash->digest_bytes);
}

static const uint8_t *digest_of(unsigned lane, unsigned output)
{
    return digests + lane * digest_stride() + output * program.hash->digest_bytes;
}

struct one_task {
    struct simd_feed feed;
    int given;
};

static int give(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct one_task *one = (struct one_task *)feed;
    (void)cursor;
    *task = (struct simd_task){&program.simd, bank};
    return !one->given++;
}

static void run(const struct simd_kernel *k)
{
    const size_t slot = simd_slot_bytes(k);
    struct one_task one = {.feed = {give}};
    assert_true(k->lanes <= MAX_LANES && k->scratch_bytes <= sizeof(scratch));
    k->load_message(bank, rows[0], ROW_BYTES, program.n_message_slots);
    for (unsigned i = 0; i < program.n_constants; i++) {
        if (program.constants[i].is_state) {
            k->load_state(bank + slot * program.constants[i].slot, program.constants[i].bytes, 0);
        } else {
            k->load_message(bank + slot * program.constants[i].slot, program.constants[i].bytes, 0, 1);
        }
    }
    if (program.simd.n_ops) {
        k->run(&one.feed, scratch);
    }
    for (unsigned i = 0; i < program.n_outputs; i++) {
        k->store_state(
            digests + i * program.hash->digest_bytes, digest_stride(), bank + slot * program.outputs[i]);
    }
}

/* The next kernel of the hash's family that this CPU has the features for, though start-up
 * may think it faulty; NULL past the last. */
static const struct simd_kernel *next_kernel(const struct hash *hash, size_t *index)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    while (*index < n) {
        const struct simd_candidate *c = &candidates[(*index)++];
        if (c->kernel->family == hash->family && c->state != SIMD_UNSUPPORTED) {
            return c->kernel;
        }
    }
    return NULL;
}

static void fill(uint8_t *bytes, size_t len, size_t seed)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i * 7 + seed * 31 + (i * seed >> 3));
    }
}

static void stage_prf(unsigned l, const uint8_t *key, size_t key_len, const uint8_t *seed, size_t seed_len)
{
    struct lane lane = {.row = rows[l], .program = &program};
    memset(rows[l], 0xee, ROW_BYTES); /* what is not staged must not matter */
    lane_key(&lane, 0, key, key_len);
    lane_begin(&lane, 1);
    lane_put(&lane, seed, seed_len);
    lane_end(&lane);
    lane_finish(&lane);
}

/* In the largest blocks three, with padding. */
enum { MAX_SEED = 300 };

/* Two output blocks of P_hash, from keys and seeds of its own in every lane. */
static void check_p_hash(const struct hash *hash, size_t key_len, size_t seed_len)
{
    enum { N_OUT = 2 };
    const size_t n = hash->digest_bytes;
    static uint8_t expected[MAX_LANES][N_OUT][EVP_MAX_MD_SIZE];
    compile(find_derivation(LANEKDF_KIND_PRF, "prf"), hash,
        (unsigned)hash_n_blocks(hash, hash->block_bytes + seed_len) - 1,
        (unsigned)hash_n_blocks(hash, hash->block_bytes + n + seed_len) - 1, N_OUT, 0);
    check_program();
    for (unsigned l = 0; l < MAX_LANES; l++) {
        uint8_t key[HASH_MAX_BLOCK], text[HASH_MAX_DIGEST + MAX_SEED], *const seed = text + n,
                                                                              a[EVP_MAX_MD_SIZE];
        fill(key, key_len, l + seed_len);
        fill(seed, seed_len, l + 3);
        stage_prf(l, key, key_len, seed, seed_len);
        judge_hmac(hash, key, key_len, seed, seed_len, a); /* A(1) */
        for (unsigned i = 0; i < N_OUT; i++) {
            memcpy(text, a, n);
            judge_hmac(hash, key, key_len, text, n + seed_len, expected[l][i]);
            judge_hmac(hash, key, key_len, text, n, a);
        }
    }
    const struct simd_kernel *kernel;
    for (size_t k = 0; (kernel = next_kernel(hash, &k));) {
        run(kernel);
        for (unsigned l = 0; l < kernel->lanes; l++) {
            for (unsigned i = 0; i < N_OUT; i++) {
                if (memcmp(digest_of(l, i), expected[l][i], n) != 0) {
                    fail_msg("%s on %s: seed of %zu bytes, lane %u, output %u", hash->name, kernel->name,
                        seed_len, l, i);
                }
            }
        }
    }
}

/* Catches: of any hash the wrong padding, length, byte order or place of a message
 * behind a digest, at all lengths up to MAX_SEED; a kernel that mixes up lanes. */
static void test_p_hash(void **state)
{
    (void)state;
    for (unsigned h = 0; h < N_HASHES; h++) {
        for (size_t seed_len = 0; seed_len <= MAX_SEED; seed_len++) {
            check_p_hash(all_hashes[h], seed_len % (all_hashes[h]->block_bytes + 1u), seed_len);
        }
    }
}

/* Catches: constants that are hashed for every job; a folded value that is wrong, or a
 * message of constants padded wrongly (all lengths over three blocks). */
static void test_constants_are_folded(void **state)
{
    static const uint8_t key[] = "a constant key", text[300] = "some text";
    (void)state;
    for (unsigned h = 0; h < N_HASHES; h++) {
        const struct hash *hash = all_hashes[h];
        for (size_t n = 0; n < 2u * hash->block_bytes + 22; n++) {
            uint8_t expected[EVP_MAX_MD_SIZE];
            struct formula *f = compiler_begin(&compiler, hash);
            formula_output(
                f, formula_hmac(f, formula_key_constant(key, sizeof(key)), formula_constant(text, n)));
            formula_output(f, formula_hash(f, formula_input(0, 1)));
            assert_int_equal(compiler_finish(&compiler, &program), 1);
            assert_int_equal(program.simd.n_ops, 1); /* only the hash of the input */
            struct lane lane = {.row = rows[0], .program = &program};
            lane_begin(&lane, 0);
            lane_put(&lane, text, 9);
            lane_end(&lane);
            lane_finish(&lane);
            run(simd_scalar(hash->family));
            judge_hmac(hash, key, sizeof(key), text, n, expected);
            assert_memory_equal(digest_of(0, 0), expected, hash->digest_bytes);
            EVP_Digest(text, 9, expected, NULL, judge_of(hash), NULL);
            assert_memory_equal(digest_of(0, 1), expected, hash->digest_bytes);
        }
    }
}

/* Catches: a digest as a key (as HKDF will have) not padded with zeros. */
static void test_digest_as_key(void **state)
{
    uint8_t first[EVP_MAX_MD_SIZE], expected[EVP_MAX_MD_SIZE];
    static const uint8_t text[20] = "twenty bytes of text";
    (void)state;
    for (unsigned h = 0; h < N_HASHES; h++) {
        const struct hash *hash = all_hashes[h];
        const size_t n = hash->digest_bytes;
        struct formula *f = compiler_begin(&compiler, hash);
        const formula_value key = formula_hash(f, formula_input(0, 1));
        formula_output(f, formula_hmac(f, formula_key_digest(key), formula_digest(key)));
        assert_int_equal(compiler_finish(&compiler, &program), 1);
        check_program();
        memset(rows[0], 0xee, ROW_BYTES);
        struct lane lane = {.row = rows[0], .program = &program};
        lane_begin(&lane, 0);
        lane_put(&lane, text, sizeof(text));
        lane_end(&lane);
        lane_finish(&lane);
        run(simd_scalar(hash->family));
        EVP_Digest(text, sizeof(text), first, NULL, judge_of(hash), NULL);
        judge_hmac(hash, first, n, first, n, expected);
        assert_memory_equal(digest_of(0, 0), expected, n);
    }
}

/* Catches: a formula beyond a limit that is compiled all the same, out of bounds. */
static void test_limits_are_refused(void **state)
{
    (void)state;
    struct formula *f = compiler_begin(&compiler, sha256());
    formula_output(f, formula_hash(f, formula_input(0, FORMULA_MAX_BLOCKS + 1)));
    assert_int_equal(compiler_finish(&compiler, &program), 0);
    f = compiler_begin(&compiler, sha256());
    for (int i = 0; i <= FORMULA_MAX_OUTPUTS; i++) {
        formula_output(f, formula_hash(f, formula_input(0, 1)));
    }
    assert_int_equal(compiler_finish(&compiler, &program), 0);
    f = compiler_begin(&compiler, sha256());
    formula_value v = formula_hash(f, formula_input(0, 1));
    for (int i = 0; i <= PROGRAM_MAX_OPS; i++) {
        v = formula_hash(f, formula_digest(v));
    }
    formula_output(f, v);
    assert_int_equal(compiler_finish(&compiler, &program), 0);
    f = compiler_begin(&compiler, sha256());
    v = formula_hash(f, formula_input(0, 1));
    for (int i = 0; i <= GRAPH_MAX_NODES; i++) {
        v = formula_hash(f, formula_digest(v));
    }
    formula_output(f, v);
    assert_int_equal(compiler_finish(&compiler, &program), 0);
    uint8_t text[1] = {0};
    f = compiler_begin(&compiler, sha256()); /* too many constants that stay */
    for (int i = 0; i < FORMULA_MAX_OUTPUTS; i++, text[0]++) {
        formula_output(f, formula_hmac(f, formula_key_input(0), formula_constant(text, 1)));
    }
    assert_int_equal(compiler_finish(&compiler, &program), 0);
}

/* Catches: an evaluation that differs from the program of the same formula. */
static void check_evaluation(const struct hash *hash, size_t seed_len)
{
    static struct evaluation evaluation;
    uint8_t secret[48], seed[MAX_SEED], out[40], evaluated[FORMULA_MAX_OUTPUTS * HASH_MAX_DIGEST];
    fill(secret, sizeof(secret), seed_len);
    fill(seed, sizeof(seed), 5);
    struct lanekdf_bytes piece = {seed, seed_len};
    struct lanekdf_prf job = {.job = {.kind = LANEKDF_KIND_PRF},
        .hash = LANEKDF_SHA256, /* for the checks; jobs cannot name them all yet */
        .secret = {secret, sizeof(secret)},
        .seed = &piece,
        .n_seed = 1,
        .out = {out, sizeof(out)}};
    struct record record;
    memset(&record, 0, sizeof(record));
    assert_int_equal(kinds_begin_job(&job.job, &record, 0), LANEKDF_OK);
    record.hashes[0] = hash;
    struct shape shape = {.derivation = find_derivation(LANEKDF_KIND_PRF, "prf"), .hash = hash};
    assert_int_equal(shape.derivation->shape(&record, &shape), 1);
    evaluate(&evaluation, simd_scalar(hash->family), scratch, &record, &shape, evaluated);
    for (size_t i = 0; i < sizeof(evaluation); i++) {
        assert_int_equal(((const uint8_t *)&evaluation)[i], 0); /* wiped */
    }
    compile(
        shape.derivation, shape.hash, shape.n_blocks, shape.n_digest_blocks, shape.n_out_blocks, shape.parts);
    memset(rows[0], 0xee, ROW_BYTES);
    struct lane lane = {.row = rows[0], .program = &program};
    shape.derivation->stage(&record, &shape, &lane);
    lane_finish(&lane);
    run(simd_scalar(hash->family));
    assert_memory_equal(digest_of(0, 0), evaluated, program.n_outputs * hash->digest_bytes);
}

static void test_evaluation_equals_program(void **state)
{
    (void)state;
    for (unsigned h = 0; h < N_HASHES; h++) {
        for (size_t seed_len = 0; seed_len <= MAX_SEED; seed_len += 7) {
            check_evaluation(all_hashes[h], seed_len);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_every_shape),
        cmocka_unit_test(test_p_hash),
        cmocka_unit_test(test_constants_are_folded),
        cmocka_unit_test(test_digest_as_key),
        cmocka_unit_test(test_limits_are_refused),
        cmocka_unit_test(test_evaluation_equals_program),
    };
    if (argc < 2) {
        fprintf(stderr, "usage: test_programs GOLDEN_FOLDER [--update]\n");
        return 2;
    }
    golden_folder = argv[1];
    simd_start(simd_cpu_features());
    update = argc > 2 && strcmp(argv[2], "--update") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
