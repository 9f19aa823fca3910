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

static struct secret_words *new_table(bool rounds)
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

/* The words that follow from constants alone, and which the engine has in programs and tables. */
static struct secret_words *public_words;

/* The search looks at each byte, and numbers of 8 and 16 bits stand in tables side by side: in words that
 * such numbers make two bytes of four are zeros. Of the words of a secret 1 in 11,000 is left out for it. */
static bool is_of_small_numbers(uint32_t word)
{
    unsigned n_zeros = 0;

    for (unsigned i = 0; i < 4; i++) {
        n_zeros += (word >> 8 * i & 0xff) == 0;
    }
    return n_zeros >= 2;
}

/* Routes have masks of whole bytes. */
static bool is_of_masks(uint32_t word)
{
    bool is_mask = true;

    for (unsigned i = 0; i < 4; i++) {
        const uint8_t byte = (uint8_t)(word >> 8 * i);
        is_mask &= byte == 0 || byte == 0xff;
    }
    return is_mask;
}

static void add(struct secret_words *words, uint32_t word)
{
    size_t i = place_of(word);

    if (words != public_words && has(public_words, word)) {
        return;
    }
    /* Zeros, and what the pads of HMAC make of them, are not secret; nor are small numbers, which stand for
     * counts and lengths elsewhere (the schedule of a block of padding has some). */
    if (word == (word & 0xff) * 0x01010101u || is_of_small_numbers(word) || is_of_masks(word) ||
        has(words, word)) {
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

/* HKDF-Extract under a salt that everybody knows: the states behind its pads. */
static void watch_salt(uint32_t hash, struct lanekdf_bytes salt)
{
    uint8_t prk[64];
    const struct lanekdf_hkdf job = {.job.kind = LANEKDF_KIND_HKDF,
        .hash = hash,
        .flags = LANEKDF_HKDF_EXTRACT,
        .salt = salt,
        .prk_out = prk};

    reference_derive(&job.job);
}

/* The early secret without a PSK, which is one of zeros, the handshake salt that follows from it, and with it
 * Hash(""). */
static void watch_no_psk(uint32_t hash, uint32_t version)
{
    static const uint8_t zeros[64];
    const size_t n = lanekdf_hash_len(hash);
    uint8_t salt[64];
    const struct lanekdf_tls13_early job = {.job.kind = LANEKDF_KIND_TLS13_EARLY,
        .hash = hash,
        .version = version,
        .psk = {zeros, n},
        .handshake_salt = salt};

    reference_derive(&job.job);
    watch_salt(hash, (struct lanekdf_bytes){salt, n});
}

/* What an exporter or an import of a PSK hashes of public bytes: the context, or the identity. */
static void watch_public_message(const union any_job *any)
{
    const struct lanekdf_tls13_exporter *exporter = &any->tls13_exporter;
    const struct lanekdf_tls13_psk_import *import = &any->tls13_psk_import;
    const uint8_t lens[2][2] = {{(uint8_t)(import->identity.len >> 8), (uint8_t)import->identity.len},
        {(uint8_t)(import->context.len >> 8), (uint8_t)import->context.len}};
    const uint8_t target[4] = {(uint8_t)(import->target_protocol >> 8), (uint8_t)import->target_protocol, 0,
        (uint8_t)import->target_kdf};
    const struct lanekdf_bytes identity[] = {
        {lens[0], 2}, import->identity, {lens[1], 2}, import->context, {target, sizeof(target)}};
    const bool is_exporter = any->job.kind == LANEKDF_KIND_TLS13_EXPORTER;
    uint8_t digest[64];
    const struct lanekdf_message_hash job = {.job.kind = LANEKDF_KIND_HASH,
        .hash = is_exporter ? exporter->hash : import->hash,
        .message = is_exporter ? &exporter->context : identity,
        .n_message = is_exporter ? 1 : 5,
        .out = {digest, lanekdf_hash_len(is_exporter ? exporter->hash : import->hash)}};

    watching = public_words;
    reference_derive(&job.job);
    watching = NULL;
}

/* RFC 9001 section 5.2 and RFC 9369 section 3.3.1. */
static const uint8_t initial_salts[2][20] = {{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                                 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
    {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9,
        0xbd, 0x2e, 0xd9}};

/* The tag at the beginning of a prepared secret. */
static void watch_tag(uint32_t hash)
{
    struct lanekdf_prepared_secret prepared;
    const struct lanekdf_prepare job = {
        .job.kind = LANEKDF_KIND_PREPARE, .hash = hash, .prepared = &prepared};

    watching = NULL;
    reference_derive(&job.job);
    add_bytes(public_words, (const uint8_t *)&prepared.opaque[0], sizeof(prepared.opaque[0]));
    watching = public_words;
}

static void find_public_words(void)
{
    static const uint32_t hashes[] = {LANEKDF_SHA256, LANEKDF_SHA384, LANEKDF_SHA512};

    watching = public_words = new_table(true);
    for (uint32_t hash = LANEKDF_SHA256; hash <= LANEKDF_MD5_SHA1; hash++) {
        watch_tag(hash);
    }
    for (size_t h = 0; h < sizeof(hashes) / sizeof(*hashes); h++) {
        watch_no_psk(hashes[h], LANEKDF_TLS13);
        watch_no_psk(hashes[h], LANEKDF_DTLS13);
    }
    for (size_t i = 0; i < 2; i++) {
        watch_salt(LANEKDF_SHA256, (struct lanekdf_bytes){initial_salts[i], sizeof(initial_salts[i])});
    }
    watching = NULL;
}

struct secret_words *secret_words_new(bool rounds)
{
    if (!public_words) {
        find_public_words();
    }
    return new_table(rounds);
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
    if (any.job.kind == LANEKDF_KIND_TLS13_EXPORTER || any.job.kind == LANEKDF_KIND_TLS13_PSK_IMPORT) {
        watch_public_message(&any);
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
