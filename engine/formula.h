/*
 * The language that derivations are written in. A formula says once, as its RFC does, how the digests of a
 * phase are made of a job's inputs:
 *
 *     RFC 5246 section 5:  A(i) = HMAC_hash(secret, A(i-1))
 *     a formula:           a = formula_hmac(f, secret, formula_digest(a));
 *
 * Two readers give these words their meaning, and a formula cannot tell which one it has: the compiler
 * (compiler.h) makes a program of it, which kernels run for many jobs at once; an evaluation (evaluate.h)
 * hashes at once, for one job. So no derivation needs a second text for messages that are too long for a
 * program.
 *
 * Nothing in a formula depends on a secret or on a byte length: what it may ask is the shape. A formula that
 * exceeds a limit, or contradicts itself, fails, whoever reads it: it has no program, and a job that needs it
 * evaluated fails with LANEKDF_ERROR_INTERNAL.
 */
#ifndef ENGINE_FORMULA_H
#define ENGINE_FORMULA_H

#include "hash.h"
#include "piece.h"

typedef uint8_t formula_value; /* a digest or a chaining value within a formula */

enum {
    FORMULA_NONE = 0xff,   /* no value */
    FORMULA_NO_INPUT = -1, /* no input; inputs are numbers below FORMULA_MAX_INPUTS */
    FORMULA_MAX_INPUTS = 8,
    FORMULA_MAX_OUTPUTS = 14,
    FORMULA_MAX_PIECES = 24,     /* of all messages */
    FORMULA_MAX_DELIVERIES = 12, /* of outputs to places */
    FORMULA_MAX_TEXT = 96,       /* bytes, of all that formula_text() keeps */
    FORMULA_MAX_BLOCKS = 16      /* of a message in a program; a longer message is evaluated */
};

/*
 * What is hashed: [digest] [an input] or [digest] [constant bytes], then padding. An input's bytes differ
 * from job to job, and so may its length, as long as the number of blocks is the same.
 *
 * Throughout a formula an input is one thing: a message, a key or a value.
 */
struct formula_message {
    formula_value digest; /* FORMULA_NONE: none */
    int input;            /* the derivation's number for it, or FORMULA_NO_INPUT */
    unsigned n_blocks;    /* with an input: of digest, input and padding */
    const uint8_t *constant;
    size_t constant_len;
};

/* A message that is a digest alone, e.g. A(i - 1). */
static inline struct formula_message formula_digest(formula_value digest)
{
    return (struct formula_message){.digest = digest, .input = FORMULA_NO_INPUT};
}

/* An input, e.g. label + seed. */
static inline struct formula_message formula_input(int input, unsigned n_blocks)
{
    return (struct formula_message){.digest = FORMULA_NONE, .input = input, .n_blocks = n_blocks};
}

/* A digest and an input, e.g. A(i) + label + seed. */
static inline struct formula_message formula_digest_then(formula_value digest, int input, unsigned n_blocks)
{
    return (struct formula_message){.digest = digest, .input = input, .n_blocks = n_blocks};
}

/* Constant bytes. */
static inline struct formula_message formula_constant(const uint8_t *bytes, size_t len)
{
    return (struct formula_message){
        .digest = FORMULA_NONE, .input = FORMULA_NO_INPUT, .constant = bytes, .constant_len = len};
}

/*
 * A key of HMAC, at most one block, which is padded with zeros: an input, one or two digests or constant
 * bytes. Or a prepared key, of which the job has the chaining values after the inner and the outer pad: two
 * inputs.
 */
struct formula_key {
    formula_value digest;   /* FORMULA_NONE: none */
    formula_value second;   /* the digest that goes on behind `digest`; FORMULA_NONE: none */
    uint8_t second_len;     /* bytes of it that belong to the key */
    int input, outer_input; /* or FORMULA_NO_INPUT; an outer_input: the key is a prepared one */
    const uint8_t *constant;
    size_t constant_len;
};

static inline struct formula_key formula_key_input(int input)
{
    return (struct formula_key){
        .digest = FORMULA_NONE, .second = FORMULA_NONE, .input = input, .outer_input = FORMULA_NO_INPUT};
}

static inline struct formula_key formula_key_prepared(int inner_input, int outer_input)
{
    return (struct formula_key){
        .digest = FORMULA_NONE, .second = FORMULA_NONE, .input = inner_input, .outer_input = outer_input};
}

/* A key of two digests, of which the second gives its first bytes. A digest of the hash has to fill a slot.
 */
static inline struct formula_key formula_key_digests(
    formula_value digest, formula_value second, unsigned second_len)
{
    return (struct formula_key){.digest = digest,
        .second = second,
        .second_len = (uint8_t)second_len,
        .input = FORMULA_NO_INPUT,
        .outer_input = FORMULA_NO_INPUT};
}

static inline struct formula_key formula_key_digest(formula_value digest)
{
    return (struct formula_key){
        .digest = digest, .second = FORMULA_NONE, .input = FORMULA_NO_INPUT, .outer_input = FORMULA_NO_INPUT};
}

static inline struct formula_key formula_key_constant(const uint8_t *bytes, size_t len)
{
    return (struct formula_key){.digest = FORMULA_NONE,
        .second = FORMULA_NONE,
        .input = FORMULA_NO_INPUT,
        .outer_input = FORMULA_NO_INPUT,
        .constant = bytes,
        .constant_len = len};
}

struct formula;

formula_value formula_hash(struct formula *f, struct formula_message message);
formula_value formula_hmac(struct formula *f, struct formula_key key, struct formula_message message);
/* A digest or a chaining value that the job brings along, e.g. the A(i) that an earlier phase ended with. */
formula_value formula_input_value(struct formula *f, int input);
/* The next output: outputs are numbered as they come. */
void formula_output(struct formula *f, formula_value value);

/* ---- lists: what inputs consist of, and where outputs go ---- */

/* Lists an input, once for all jobs of the shape, and returns its number: a message of pieces, one after the
 * other; a key, whose bytes lie in one place; a digest or a chaining value. */
int formula_list_message(struct formula *f, const struct piece *pieces, unsigned n_pieces);
int formula_list_key(struct formula *f, struct place place);
int formula_list_value(struct formula *f, struct place place);

#define FORMULA_MESSAGE(f, ...)                                                                              \
    formula_list_message((f), (const struct piece[]){__VA_ARGS__},                                           \
        sizeof((const struct piece[]){__VA_ARGS__}) / sizeof(struct piece))

/* A piece of n constant bytes that a formula has put together. They are copied, and live as long as the list.
 */
struct piece formula_text(struct formula *f, const void *bytes, unsigned n);

/* Makes n values the next outputs, and lists where their bytes go, one after the other: as many as the place
 * has room for. */
void formula_deliver(struct formula *f, const formula_value *values, unsigned n, struct place to);

/* Lists another place for what the last formula_deliver() delivered. */
void formula_deliver_also(struct formula *f, struct place to);

/*
 * Makes n values the secret of a formula that goes on in the same program: their bytes, one after the other,
 * `len` in all. The formula of the next phase asks for it by formula_secret(), and finds no need to read from
 * the record what the program itself has computed. Fails if no key can be made of these values.
 */
void formula_set_secret(struct formula *f, const formula_value *values, unsigned n, unsigned len);
static inline bool formula_has_secret(const struct formula *f);
static inline struct formula_key formula_secret(const struct formula *f);
/* The next two outputs: the chaining values after the inner and the outer pad of a key. They are whole slots,
 * and so is then the room of every output of the formula: where a digest is shorter than a slot, no
 * formula_deliver() of several values can be beside them. */
void formula_output_prepared(struct formula *f, struct formula_key key);
void formula_deliver_prepared(struct formula *f, struct formula_key key, struct place to);

/* ---- for readers ---- */

/* What the words mean to a reader. Each function gets the formula that the reader itself began, and inputs
 * and lengths within the limits of this file. */
struct formula_reader {
    formula_value (*hash)(struct formula *f, const struct formula_message *message);
    formula_value (*hmac)(
        struct formula *f, const struct formula_key *key, const struct formula_message *message);
    formula_value (*input_value)(struct formula *f, int input);
    void (*prepare)(
        struct formula *f, const struct formula_key *key, formula_value *inner, formula_value *outer);
};

/* What a formula has listed. */
struct formula_list {
    uint8_t n_inputs, n_pieces, n_deliveries;
    struct {
        uint8_t first, n; /* of the pieces, those of the input; none: the input is not listed */
    } inputs[FORMULA_MAX_INPUTS];
    struct piece pieces[FORMULA_MAX_PIECES];
    struct delivery {
        uint16_t from; /* the number of the output that the bytes begin with */
        struct place to;
    } deliveries[FORMULA_MAX_DELIVERIES];
    uint8_t n_text;
    uint8_t text[FORMULA_MAX_TEXT]; /* what formula_text() keeps, where pieces may point to */
};

/* Of an input: what the formula uses it for. */
enum formula_use { FORMULA_UNUSED, FORMULA_MESSAGE_INPUT, FORMULA_KEY_INPUT, FORMULA_VALUE_INPUT };

/* A formula being read: the first member of what its reader keeps. */
struct formula {
    const struct formula_reader *reader;
    const struct hash *hash;
    bool failed; /* the formula has no value; every further word of it does nothing */
    uint8_t n_outputs;
    uint8_t output_bytes;             /* of each: a digest, or a chaining value */
    uint8_t uses[FORMULA_MAX_INPUTS]; /* enum formula_use */
    formula_value outputs[FORMULA_MAX_OUTPUTS];
    bool joins_outputs; /* a delivery has several values, which lie one behind the other */
    bool has_secret;
    struct formula_key secret; /* what formula_set_secret() set */
    struct formula_list list;
};

static inline bool formula_has_secret(const struct formula *f)
{
    return f->has_secret;
}

static inline struct formula_key formula_secret(const struct formula *f)
{
    return f->secret;
}

/* Makes a formula fail, for a limit that its reader has. What this returns is no value. */
static inline formula_value formula_fail(struct formula *f)
{
    f->failed = true;
    return 0;
}

void formula_begin(struct formula *f, const struct formula_reader *reader, const struct hash *hash);

#endif
