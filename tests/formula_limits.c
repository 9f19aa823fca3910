/*
 * Limits of formulas: one that exceeds a limit, or contradicts itself, has no program and gives no key.
 *
 * Derivations of the library keep all limits, so the formulas here are made up. To see what becomes of a job
 * whose formula fails, a wrapped kinds_begin_job() gives HASH jobs a derivation of this file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "evaluate.h"
#include "program_checks.h"

static struct compiler compiler;
static struct program program;

static struct formula *begin(void)
{
    return compiler_begin(&compiler, &hashes[LANEKDF_SHA256]);
}

static void assert_refused(void)
{
    assert_false(compiler_finish(&compiler, &program));
}

static void assert_message_refused(struct formula_message message)
{
    struct formula *f = begin();
    formula_output(f, formula_hash(f, message));
    assert_refused();
}

static void assert_key_refused(struct formula_key key)
{
    struct formula *f = begin();
    formula_output(f, formula_hmac(f, key, formula_input(0, 1)));
    assert_refused();
}

/* Catches: a seventh input that is compiled, and for which bytes are read from behind the inputs of the
 * program; an input so large that it is cut to a byte. */
static void test_inputs(void **state)
{
    static const int wrong[] = {FORMULA_MAX_INPUTS, 127, 200, 255, 256, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_message_refused(formula_input(wrong[i], 1));
        assert_key_refused(formula_key_input(wrong[i]));
        assert_key_refused(formula_key_prepared(wrong[i], 1));
        assert_key_refused(formula_key_prepared(1, wrong[i]));
        struct formula *f = begin();
        formula_output(f, formula_hash(f, formula_digest(formula_input_value(f, wrong[i]))));
        assert_refused();
    }
    assert_message_refused(formula_input(-2, 1));
    struct formula *f = begin();
    formula_output(f, formula_hash(f, formula_input(FORMULA_MAX_INPUTS - 1, 1)));
    assert_true(compiler_finish(&compiler, &program));
}

/* Catches: an input that is staged as one thing, say with padding, and read as another. */
static void test_an_input_is_one_thing(void **state)
{
    (void)state;
    assert_key_refused(formula_key_input(0));
    assert_key_refused(formula_key_prepared(0, 1));
    struct formula *f = begin();
    formula_output(f, formula_hash(f, formula_digest_then(formula_input_value(f, 0), 0, 1)));
    assert_refused();
    f = begin();
    formula_output(f, formula_hmac(f, formula_key_input(0), formula_digest(formula_input_value(f, 0))));
    assert_refused();
}

/* Catches: a message without blocks, whose hash would be the initial value; a number of blocks that is cut to
 * a byte; a constant key longer than a block, of which only the head would count. */
static void test_lengths(void **state)
{
    static const uint8_t bytes[HASH_MAX_BLOCK + 1];
    (void)state;
    assert_message_refused(formula_input(0, 0));
    assert_message_refused(formula_input(0, FORMULA_MAX_BLOCKS + 1));
    assert_message_refused(formula_input(0, 256));
    assert_message_refused(formula_input(0, 257));
    assert_key_refused(formula_key_constant(bytes, 65));
    assert_message_refused(formula_constant(bytes, SIZE_MAX / 16));
}

/* Each of the following functions writes a formula that has n of what a limit counts. The test calls it with
 * the limit, and with one more. */
static formula_value chain_value(struct formula *f, unsigned n)
{
    formula_value v = formula_hash(f, formula_input(0, 1));
    for (unsigned i = 1; i < n; i++) {
        v = formula_hash(f, formula_digest(v));
    }
    return v;
}

static void chain(struct formula *f, unsigned n)
{
    formula_output(f, chain_value(f, n));
}

static void outputs(struct formula *f, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        formula_output(f, formula_hash(f, formula_input(0, 1)));
    }
}

/* Each key is constant, and so are the two chaining values behind its pads. */
static void constants(struct formula *f, unsigned n)
{
    for (uint8_t i = 0; 2u * i < n; i++) {
        formula_output(f, formula_hmac(f, formula_key_constant(&i, 1), formula_input(0, 1)));
    }
}

/* n constants, of which the compiler computes one. */
static void folded(struct formula *f, unsigned n)
{
    formula_value v = formula_hash(f, formula_constant(NULL, 0));
    for (unsigned i = 1; i < n; i++) {
        v = formula_hash(f, formula_digest(v));
    }
    formula_output(f, formula_hash(f, formula_digest_then(v, 0, 1)));
}

/* n messages of 16 blocks, each of 16 * 64 bytes of slots. */
static void slots(struct formula *f, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        formula_output(f, formula_hash(f, formula_input((int)i, FORMULA_MAX_BLOCKS)));
    }
}

/* n messages of one input. Each ends with its length in another slot, which the longer messages read without
 * a length, so that each takes a copy of that slot. */
static void lengths_and_copies(struct formula *f, unsigned n)
{
    formula_value first = formula_hash(f, formula_input(1, 1));
    for (unsigned i = 0; i < n; i++) {
        formula_hash(f, i < 12 ? formula_input(0, 1 + i) : formula_digest_then(first, 0, i - 11));
    }
    formula_output(f, first);
}

/* Catches: a formula beyond a limit that is compiled all the same, or a limit that is lower than it says. */
static void test_limits_are_refused(void **state)
{
    static const struct {
        void (*write)(struct formula *f, unsigned n);
        unsigned most, too_many;
    } limits[] = {
        {outputs, FORMULA_MAX_OUTPUTS, FORMULA_MAX_OUTPUTS + 1},
        {chain, PROGRAM_MAX_OPS, PROGRAM_MAX_OPS + 1},
        {chain, PROGRAM_MAX_OPS, GRAPH_MAX_NODES + 1},
        {chain, PROGRAM_MAX_OPS, 1000},
        {constants, PROGRAM_MAX_CONSTANTS, PROGRAM_MAX_CONSTANTS + 1},
        {folded, 8, GRAPH_MAX_CONSTANTS + 1},
        {slots, 2, 3},
        {lengths_and_copies, 12, PROGRAM_MAX_LENGTHS + 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
        limits[i].write(begin(), limits[i].most);
        if (!compiler_finish(&compiler, &program)) {
            fail_msg("limit %zu is lower than it says", i);
        }
        check_program(&program);
        limits[i].write(begin(), limits[i].too_many);
        if (compiler_finish(&compiler, &program)) {
            fail_msg("limit %zu is not kept", i);
        }
    }
}

/* Catches: a program of no operations, which kernels do not expect. */
static void test_constants_alone_have_no_program(void **state)
{
    (void)state;
    assert_message_refused(formula_constant((const uint8_t *)"text", 4));
}

/* ---- jobs whose formula fails ---- */

enum { N_OUT = 32 };
static unsigned n_values; /* of the formula */
static bool is_wrapped;

static bool long_shape(const struct record *record, struct shape *shape)
{
    (void)record;
    shape->n_blocks = FORMULA_MAX_BLOCKS + 1; /* there is no program: it is evaluated */
    return true;
}

static void chain_formula(struct formula *f, const struct shape *shape)
{
    const int message = FORMULA_MESSAGE(f, JOB_ARRAY(struct lanekdf_message_hash, message, n_message));
    (void)shape;
    assert_int_equal(message, 0); /* the input that the chain begins with */
    const formula_value v = chain_value(f, n_values);
    formula_deliver(f, &v, 1, JOB_SPAN(struct lanekdf_message_hash, out, N_OUT));
}

static const struct derivation chain_derivation = {
    .name = "chain", .shape = long_shape, .formula = chain_formula};

int __real_lanekdf_kinds_begin_job(struct lanekdf_job *job, struct record *record, uint32_t legacy);
int __wrap_lanekdf_kinds_begin_job(struct lanekdf_job *job, struct record *record, uint32_t legacy);
int __wrap_lanekdf_kinds_begin_job(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    static const struct derivation *const phases[] = {&chain_derivation, NULL};
    const int status = __real_lanekdf_kinds_begin_job(job, record, legacy);
    if (is_wrapped && job->owner) {
        record->phases = phases;
    }
    return status;
}

enum { N_JOBS = 3 };
static uint8_t outs[N_JOBS][N_OUT];
static struct lanekdf_message_hash messages[N_JOBS];
static struct lanekdf_job *jobs[N_JOBS];

/* Sets up HASH jobs of a message of 20 bytes. The wrapped kinds_begin_job() gives the derivation of this file
 * to the second job. */
static void set_jobs(void)
{
    static const struct lanekdf_bytes message = {(const uint8_t *)"twenty bytes of text", 20};
    for (size_t i = 0; i < N_JOBS; i++) {
        memset(outs[i], 0xee, N_OUT);
        messages[i] = (struct lanekdf_message_hash){.job = {.kind = LANEKDF_KIND_HASH},
            .hash = LANEKDF_SHA256,
            .message = &message,
            .n_message = 1,
            .out = {outs[i], N_OUT}};
        jobs[i] = &messages[i].job;
    }
    messages[1].job.owner = &outs;
}

/* Computes what that derivation gives, by HASH jobs that have their own derivation. */
static void expect(uint8_t digest[N_OUT])
{
    struct lanekdf_bytes message = {(const uint8_t *)"twenty bytes of text", 20};
    struct lanekdf_message_hash job = {.job = {.kind = LANEKDF_KIND_HASH},
        .hash = LANEKDF_SHA256,
        .message = &message,
        .n_message = 1,
        .out = {digest, N_OUT}};
    is_wrapped = false;
    uint8_t previous[N_OUT];
    for (unsigned i = 0; i < n_values; i++) {
        assert_int_equal(lanekdf_derive_one(&job.job), LANEKDF_OK);
        memcpy(previous, digest, N_OUT);
        message = (struct lanekdf_bytes){previous, N_OUT};
    }
    is_wrapped = true;
}

static void derive_chain(bool in_batch, unsigned n, int status)
{
    static const uint8_t zeros[N_OUT];
    uint8_t expected[N_OUT];
    n_values = n;
    expect(expected);
    set_jobs();
    if (in_batch) {
        lanekdf_context *context;
        assert_int_equal(lanekdf_context_new(&context, NULL), LANEKDF_OK);
        assert_int_equal(lanekdf_context_derive(context, jobs, N_JOBS), status != LANEKDF_OK);
        lanekdf_context_free(context);
        assert_int_equal(jobs[0]->status, LANEKDF_OK);
        assert_int_equal(jobs[2]->status, LANEKDF_OK);
        assert_memory_equal(outs[0], outs[2], N_OUT);
        assert_memory_not_equal(outs[0], zeros, N_OUT);
    } else {
        assert_int_equal(lanekdf_derive_one(jobs[1]), status);
    }
    assert_int_equal(jobs[1]->status, status);
    assert_memory_equal(outs[1], status == LANEKDF_OK ? expected : zeros, N_OUT);
}

/* Catches: an evaluation that goes on past its last value, over which it writes the next: a wrong key with a
 * good status; one that leaves something in the outputs, or fails the jobs beside it. */
static void test_evaluation_fails_its_job(void **state)
{
    (void)state;
    for (int in_batch = 0; in_batch < 2; in_batch++) {
        derive_chain(in_batch, 1, LANEKDF_OK);
        derive_chain(in_batch, EVALUATE_MAX_VALUES, LANEKDF_OK);
        derive_chain(in_batch, EVALUATE_MAX_VALUES + 1, LANEKDF_ERROR_INTERNAL);
        derive_chain(in_batch, EVALUATE_MAX_VALUES + 2, LANEKDF_ERROR_INTERNAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inputs),
        cmocka_unit_test(test_an_input_is_one_thing),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_limits_are_refused),
        cmocka_unit_test(test_constants_alone_have_no_program),
        cmocka_unit_test(test_evaluation_fails_its_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
