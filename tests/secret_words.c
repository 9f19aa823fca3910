#include "secret_words.h"

#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "reference.h"
#include "reference_hash.h"

enum { TABLE_BITS = 21, TABLE_LEN = 1 << TABLE_BITS };

/* A hash table of words, in which 0 marks an empty place: 0 is never a secret. */
struct secret_words {
    bool rounds;
    size_t n;
    uint32_t table[TABLE_LEN];
};

struct secret_words *secret_words_new(bool rounds)
{
    struct secret_words *words = calloc(1, sizeof(*words));

    must(words != NULL, "out of memory");
    words->rounds = rounds;
    return words;
}

void secret_words_free(struct secret_words *words)
{
    free(words);
}

static size_t place_of(uint32_t word)
{
    return word * 0x9e3779b1u >> (32 - TABLE_BITS);
}

static bool has(const struct secret_words *words, uint32_t word)
{
    for (size_t i = place_of(word); words->table[i]; i = (i + 1) % TABLE_LEN) {
        if (words->table[i] == word) {
            return true;
        }
    }
    return false;
}

static void add(struct secret_words *words, uint32_t word)
{
    size_t i = place_of(word);

    /* Zeros, and what the pads of HMAC make of them, are not secret; nor are small numbers, which stand for
     * counts and lengths elsewhere (the schedule of a block of padding has some). */
    if (word == (word & 0xff) * 0x01010101u || !(word >> 16) || !(word & 0xffff) || has(words, word)) {
        return;
    }
    must(++words->n <= TABLE_LEN / 2, "raise TABLE_BITS");
    while (words->table[i]) {
        i = (i + 1) % TABLE_LEN;
    }
    words->table[i] = word;
}

static uint32_t load(const uint8_t *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

/* Adds the words at each byte, in both byte orders. */
static void add_bytes(struct secret_words *words, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i + 4 <= len; i++) {
        add(words, load(bytes + i));
        add(words, __builtin_bswap32(load(bytes + i)));
    }
}

/* Two equal words are passed over: the costs of kernels on the stack are such. */
const uint8_t *secret_words_find(const struct secret_words *words, const void *memory, size_t len)
{
    const uint8_t *bytes = memory;

    for (size_t i = 0; i + 8 <= len; i++) {
        if (load(bytes + i) && load(bytes + i) != load(bytes + i + 4) && has(words, load(bytes + i)) &&
            has(words, load(bytes + i + 4))) {
            return bytes + i;
        }
    }
    return NULL;
}

/*
 * What the reference tells: here everything that it hashes is taken for a secret.
 */

static struct secret_words *watching;

/* The secret of the IV block of an export suite is empty. Everybody knows its pads and the states behind
 * them, and programs have them as constants. */
static bool is_of_no_secret;

void reference_saw_bytes(const void *bytes, size_t len)
{
    const uint8_t *b = bytes;

    is_of_no_secret = !memcmp(b, b + 1, len - 1);
    if (watching && !is_of_no_secret) {
        add_bytes(watching, bytes, len);
    }
}

void reference_saw_words(const void *words, size_t len, bool is_of_round)
{
    const bool is_known = is_of_no_secret;

    is_of_no_secret &= is_of_round; /* the last words of a block are its state */
    if (!watching || is_known || (is_of_round && !watching->rounds)) {
        return;
    }
    for (size_t i = 0; i < len; i += 4) {
        const uint32_t word = load((const uint8_t *)words + i);
        add(watching, word);
        if (!is_of_round) {
            add(watching, __builtin_bswap32(word));
        }
    }
}

static void add_input(struct secret_words *words, struct lanekdf_bytes secret)
{
    add_bytes(words, secret.data, secret.len);
}

static void add_secret(struct secret_words *words, union any_job *any, const struct job_field *field)
{
    struct job_pieces pieces;

    switch (field->type) {
    case FIELD_BYTES:
        add_input(words, *job_field_bytes(any, field));
        break;
    case FIELD_PIECES:
        pieces = job_field_pieces(any, field);
        for (size_t i = 0; i < pieces.n; i++) {
            add_input(words, pieces.list[i]);
        }
        break;
    case FIELD_FIXED:
        add_bytes(words, *job_field_fixed(any, field), job_field_max(any, field));
        break;
    case FIELD_NUMBER:
    case FIELD_BITS:
    case FIELD_HASH:
    case FIELD_VERSION:
    case FIELD_LIST:
    case FIELD_PREPARED:
    case FIELD_OUT:
    case FIELD_FIXED_OUT:
    case FIELD_PREPARED_OUT:
        must(false, "a secret field that is no input of bytes");
    }
}

static void add_secrets(struct secret_words *words, union any_job *any)
{
    const struct job_kind *kind = job_kind(any->job.kind);

    for (size_t i = 0; i < kind->n_fields; i++) {
        const struct job_field *field = &kind->fields[i];

        if (field->is_secret && job_field_is_given(any, field)) {
            add_secret(words, any, field);
        }
    }
}

void secret_words_add_job(struct secret_words *words, const struct job_case *job_case)
{
    uint8_t master_secret[LANEKDF_MASTER_SECRET_LEN];
    union any_job any = job_case_of_bytes(job_case);

    if (any.job.kind == LANEKDF_KIND_HANDSHAKE && !any.handshake.master_secret) {
        any.handshake.master_secret = master_secret; /* it is a secret though nobody wants it as an output */
    }
    watching = words;
    reference_derive(&any.job);
    watching = NULL;
    add_secrets(words, &any);
    if (any.job.kind == LANEKDF_KIND_HANDSHAKE) {
        add_bytes(words, any.handshake.master_secret, LANEKDF_MASTER_SECRET_LEN);
    }
    for (size_t i = 0; i < job_case->n_outputs; i++) {
        add_bytes(words, job_case->outputs[i].data, job_case->outputs[i].len);
        memset(job_case->outputs[i].data, 0, job_case->outputs[i].len);
    }
}
