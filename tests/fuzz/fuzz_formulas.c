/*
 * Formulas that a fuzzer writes. What their digests are is computed three ways, which must agree: by the
 * program that the compiler makes, on every kernel of the family and in every lane; by an evaluation; and by
 * the hashes of the reference, step by step.
 *
 * An input chooses a hash, the lengths of what jobs bring along, and up to MAX_STEPS steps. A step is a hash
 * or an HMAC; keys and messages are inputs, constants, and digests of earlier steps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "fuzz_rng.h"
#include "lone_task.h"
#include "must.h"
#include "program_checks.h"
#include "reference_hash.h"

enum {
    MAX_STEPS = 8,
    MAX_LABEL = 1100, /* bytes; longer ones have no program */
    MAX_SEED = 70,    /* bytes, of each of two pieces */
    MAX_CONSTANT = 40 /* bytes */
};

/* ---- what the fuzzer chose ---- */

enum step_key { KEY_NONE, KEY_INPUT, KEY_DIGEST, KEY_CONSTANT, N_STEP_KEYS };
enum step_text { TEXT_NONE, TEXT_LABEL, TEXT_SEEDS, TEXT_VECTOR, TEXT_CONSTANT, N_STEP_TEXTS };

struct step {
    enum step_key key;     /* KEY_NONE: the step is a hash */
    unsigned key_digest;   /* the step whose digest is the key */
    bool has_digest;       /* the message begins with a digest */
    unsigned digest;       /* the step it is of */
    enum step_text text;   /* what the message goes on with */
    unsigned constant_len; /* bytes, of a constant key or text */
};

static struct {
    const struct hash *hash;
    uint32_t hash_id;
    struct step steps[MAX_STEPS];
    unsigned n_steps;
    size_t secret_len, label_len, seed_len[2]; /* bytes */
} chosen;

static const uint8_t constants[MAX_CONSTANT] = "constants of a formula, then zeros";
static const char vector_text[] = "vector ";

static void choose(const uint8_t *input, size_t len)
{
    struct rng rng = fuzz_rng_from(input, len);

    memset(&chosen, 0, sizeof(chosen));
    do {
        chosen.hash_id = rng_below(&rng, HASH_MAX_ID + 1);
        chosen.hash = hash_find(chosen.hash_id);
    } while (!chosen.hash || chosen.hash->components[0]);
    chosen.secret_len = rng_below(&rng, chosen.hash->block_bytes + 1u);
    chosen.label_len = rng_below(&rng, rng_one_in(&rng, 4) ? MAX_LABEL + 1 : 140);
    chosen.seed_len[0] = rng_below(&rng, MAX_SEED + 1);
    chosen.seed_len[1] = rng_below(&rng, MAX_SEED + 1);
    chosen.n_steps = 1 + rng_below(&rng, MAX_STEPS);
    for (unsigned i = 0; i < chosen.n_steps; i++) {
        struct step *step = &chosen.steps[i];

        step->key = (enum step_key)rng_below(&rng, N_STEP_KEYS);
        step->text = (enum step_text)rng_below(&rng, N_STEP_TEXTS);
        step->constant_len = rng_below(&rng, MAX_CONSTANT + 1);
        step->has_digest = i && rng_one_in(&rng, 2);
        step->digest = i ? rng_below(&rng, i) : 0;
        step->key_digest = i ? rng_below(&rng, i) : 0;
        if (i == 0 && step->key == KEY_DIGEST) {
            step->key = KEY_INPUT;
        }
    }
}

/* ---- the formula ---- */

/* The inputs that the formula has listed so far, by what they are; 0: not listed, else 1 + its number. */
static struct {
    int key, texts[N_STEP_TEXTS];
} listed;

static int list_key(struct formula *f)
{
    if (!listed.key) {
        listed.key = 1 + formula_list_key(f, JOB_SPAN(struct lanekdf_prf, secret, f->hash->block_bytes));
    }
    return listed.key - 1;
}

static int list_text(struct formula *f, enum step_text text)
{
    int number = listed.texts[text] - 1;

    if (number >= 0) {
        return number;
    }
    if (text == TEXT_LABEL) {
        number = FORMULA_MESSAGE(f, BYTES(JOB_SPAN(struct lanekdf_prf, label, MAX_LABEL)));
    } else if (text == TEXT_SEEDS) {
        number = FORMULA_MESSAGE(f, TEXT("seeds"), JOB_ARRAY(struct lanekdf_prf, seed, n_seed));
    } else {
        number = FORMULA_MESSAGE(
            f, JOB_VECTOR(2, struct lanekdf_prf, label, vector_text, sizeof(vector_text) - 1), TEXT("!"));
    }
    listed.texts[text] = 1 + number;
    return number;
}

static size_t text_len(const struct step *step)
{
    switch (step->text) {
    case TEXT_LABEL:
        return chosen.label_len;
    case TEXT_SEEDS:
        return 5 + chosen.seed_len[0] + chosen.seed_len[1];
    case TEXT_VECTOR:
        return 2 + sizeof(vector_text) - 1 + chosen.label_len + 1;
    case TEXT_CONSTANT:
        return step->constant_len;
    case TEXT_NONE:
    case N_STEP_TEXTS:
        break;
    }
    return 0;
}

static bool is_input(enum step_text text)
{
    return text == TEXT_LABEL || text == TEXT_SEEDS || text == TEXT_VECTOR;
}

static size_t message_len(const struct step *step)
{
    return (step->has_digest ? chosen.hash->digest_bytes : 0) + text_len(step);
}

/* The blocks of the step's message, without that of a key. */
static unsigned message_blocks(const struct step *step)
{
    const size_t key_len = step->key == KEY_NONE ? 0 : chosen.hash->block_bytes;

    return (unsigned)(hash_n_blocks(chosen.hash, key_len + message_len(step)) - (key_len ? 1 : 0));
}

static struct formula_message message_of(
    struct formula *f, const struct step *step, const formula_value *values)
{
    struct formula_message message = formula_constant(constants, 0);

    if (is_input(step->text)) {
        message = formula_input(list_text(f, step->text), message_blocks(step));
    } else if (step->text == TEXT_CONSTANT) {
        message = formula_constant(constants, step->constant_len);
    } else if (step->has_digest) {
        return formula_digest(values[step->digest]);
    }
    if (step->has_digest) {
        message.digest = values[step->digest];
    }
    return message;
}

static struct formula_key key_of(struct formula *f, const struct step *step, const formula_value *values)
{
    if (step->key == KEY_INPUT) {
        return formula_key_input(list_key(f));
    }
    return step->key == KEY_DIGEST ? formula_key_digest(values[step->key_digest])
                                   : formula_key_constant(constants, step->constant_len);
}

static void write_formula(struct formula *f, const struct shape *shape)
{
    formula_value values[MAX_STEPS];

    (void)shape;
    memset(&listed, 0, sizeof(listed));
    for (unsigned i = 0; i < chosen.n_steps; i++) {
        const struct step *step = &chosen.steps[i];
        const struct formula_message message = message_of(f, step, values);

        values[i] = step->key == KEY_NONE ? formula_hash(f, message)
                                          : formula_hmac(f, key_of(f, step, values), message);
    }
    formula_deliver(f, values, chosen.n_steps,
        JOB_SPAN(struct lanekdf_prf, out, chosen.n_steps * (unsigned)f->hash->digest_bytes));
}

/* ---- the jobs ---- */

static struct lone_task task;

/* What one lane has behind its pointers, and the digests of its steps. */
static struct inputs {
    uint8_t secret[HASH_MAX_BLOCK], label[MAX_LABEL], seeds[2][MAX_SEED];
    struct lanekdf_bytes pieces[2];
    uint8_t out[MAX_STEPS * HASH_MAX_DIGEST];
    uint8_t expected[MAX_STEPS][HASH_MAX_DIGEST];
} inputs_of[LONE_TASK_LANES];

static void fill_lane(unsigned l, struct rng *rng)
{
    struct inputs *inputs = &inputs_of[l];

    rng_fill(rng, inputs, offsetof(struct inputs, pieces));
    for (unsigned i = 0; i < 2; i++) {
        inputs->pieces[i] = (struct lanekdf_bytes){inputs->seeds[i], chosen.seed_len[i]};
    }
    task.jobs[l] = (struct lanekdf_prf){.secret = {inputs->secret, chosen.secret_len},
        .label = {inputs->label, chosen.label_len},
        .seed = inputs->pieces,
        .n_seed = 2,
        .out = {inputs->out, chosen.n_steps * (size_t)chosen.hash->digest_bytes}};
}

/* ---- by the reference ---- */

static void add(struct reference_hash *hash, const void *bytes, size_t len)
{
    reference_hash_add(hash, (struct lanekdf_bytes){bytes, len});
}

static void add_message(struct reference_hash *hash, const struct step *step, const struct inputs *inputs)
{
    const size_t vector_len = sizeof(vector_text) - 1 + chosen.label_len;
    const uint8_t len[2] = {(uint8_t)(vector_len >> 8), (uint8_t)vector_len};

    if (step->has_digest) {
        add(hash, inputs->expected[step->digest], chosen.hash->digest_bytes);
    }
    switch (step->text) {
    case TEXT_LABEL:
        add(hash, inputs->label, chosen.label_len);
        break;
    case TEXT_SEEDS:
        add(hash, "seeds", 5);
        add(hash, inputs->seeds[0], chosen.seed_len[0]);
        add(hash, inputs->seeds[1], chosen.seed_len[1]);
        break;
    case TEXT_VECTOR:
        add(hash, len, sizeof(len));
        add(hash, vector_text, sizeof(vector_text) - 1);
        add(hash, inputs->label, chosen.label_len);
        add(hash, "!", 1);
        break;
    case TEXT_CONSTANT:
        add(hash, constants, step->constant_len);
        break;
    case TEXT_NONE:
    case N_STEP_TEXTS:
        break;
    }
}

static struct lanekdf_bytes key_bytes(const struct step *step, const struct inputs *inputs)
{
    switch (step->key) {
    case KEY_INPUT:
        return (struct lanekdf_bytes){inputs->secret, chosen.secret_len};
    case KEY_DIGEST:
        return (struct lanekdf_bytes){inputs->expected[step->key_digest], chosen.hash->digest_bytes};
    case KEY_CONSTANT:
        return (struct lanekdf_bytes){constants, step->constant_len};
    case KEY_NONE:
    case N_STEP_KEYS:
        break;
    }
    return (struct lanekdf_bytes){NULL, 0};
}

static void expect(struct inputs *inputs)
{
    for (unsigned i = 0; i < chosen.n_steps; i++) {
        const struct step *step = &chosen.steps[i];
        struct reference_hash hash;
        uint8_t K[REFERENCE_MAX_BLOCK];

        if (step->key == KEY_NONE) {
            reference_hash_start(&hash, chosen.hash_id);
            add_message(&hash, step, inputs);
            reference_hash_end(&hash, inputs->expected[i]);
        } else {
            reference_hmac_key(chosen.hash_id, key_bytes(step, inputs), K);
            reference_hmac_start(&hash, chosen.hash_id, K);
            add_message(&hash, step, inputs);
            reference_hmac_end(&hash, K, inputs->expected[i]);
        }
    }
}

/* ---- all together ---- */

static void complain(const char *who, const char *kernel, unsigned lane, unsigned step)
{
    fprintf(stderr, "%s, %s, kernel %s: lane %u, step %u differs from the reference\n", chosen.hash->name,
        who, kernel, lane, step);
    abort();
}

/* The program may be beyond a limit of the compiler; then there is nothing to compare. */
static void compare_program(void)
{
    static struct compiler compiler;
    static struct program program;
    const struct simd_kernel *kernel;

    write_formula(compiler_begin(&compiler, chosen.hash), NULL);
    if (!compiler_finish(&compiler, &program)) {
        return;
    }
    check_program(&program);
    for (size_t k = 0; (kernel = lone_task_kernel(chosen.hash, &k));) {
        lone_task_run(&task, &program, kernel);
        for (unsigned l = 0; l < kernel->lanes; l++) {
            for (unsigned i = 0; i < chosen.n_steps; i++) {
                if (memcmp(lone_task_digest(&task, &program, l, i), inputs_of[l].expected[i],
                        chosen.hash->digest_bytes) != 0) {
                    complain("program", kernel->name, l, i);
                }
            }
        }
    }
}

static void compare_evaluation(void)
{
    static const struct derivation derivation = {.name = "fuzzed", .formula = write_formula};
    static struct evaluation evaluation;
    const struct shape shape = {.derivation = &derivation, .hash = chosen.hash};
    const struct simd_kernel *kernel = simd_scalar(chosen.hash->family);

    lone_task_lanes(&task, 1);
    must(evaluate(&evaluation, kernel, &task.records[0], &shape, task.digests),
        "an evaluation has no limit that such formulas reach");
    for (unsigned i = 0; i < chosen.n_steps; i++) {
        if (memcmp(inputs_of[0].out + i * (size_t)chosen.hash->digest_bytes, inputs_of[0].expected[i],
                chosen.hash->digest_bytes) != 0) {
            complain("evaluation", kernel->name, 0, i);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
    static struct simd_start start;
    struct rng rng = rng_from(len);

    if (!start.n_candidates) {
        simd_start(simd_cpu_features(), &start);
        simd_publish(start.candidates);
    }
    choose(input, len);
    for (unsigned l = 0; l < LONE_TASK_LANES; l++) {
        fill_lane(l, &rng);
        expect(&inputs_of[l]);
    }
    compare_program();
    compare_evaluation();
    return 0;
}
