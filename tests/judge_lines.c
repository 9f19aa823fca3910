/*
 * The reference on the command line, for judge_vectors.py. Each line of stdin is a derivation, and its
 * outputs are a line of hexadecimal digits on stdout. Words are separated by one space; bytes are
 * hexadecimal, "-" for no bytes; hashes are numbers of enum lanekdf_hash.
 *
 *     hash HASH MESSAGE LENGTH
 *     hmac HASH KEY MESSAGE LENGTH
 *     prf HASH SECRET LABEL SEED LENGTH
 *     ssl3-prf SECRET SEED LENGTH
 *     exporter HASH MASTER_SECRET CLIENT_RANDOM SERVER_RANDOM LABEL CONTEXT|none LENGTH
 *     ssl3-finished 0|1 MASTER_SECRET HANDSHAKE_MESSAGES
 *     handshake VERSION HASH PRE_MASTER_SECRET KNOWN_MASTER_SECRET CLIENT_RANDOM SERVER_RANDOM
 *               SESSION_HASH MAC_KEY_LEN ENC_KEY_LEN FIXED_IV_LEN CLIENT_FINISHED_HASH
 *               SERVER_FINISHED_HASH                  (master secret, key block, verify_data)
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

enum { MAX_WORDS = 13, MAX_OUT = 2048 };

static char *words[MAX_WORDS + 1];
static size_t n_words;
static uint8_t out[MAX_OUT];

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", words[0] ? words[0] : "", what);
    exit(1);
}

static uint32_t number(size_t i, uint32_t max)
{
    char *end;
    const unsigned long value = strtoul(words[i], &end, 10);

    if (*end || value > max) {
        fail("not a number, or too large");
    }
    return (uint32_t)value;
}

static struct lanekdf_span output(size_t i)
{
    return (struct lanekdf_span){out, number(i, MAX_OUT)};
}

/* The bytes of word i, written over their own digits. */
static struct lanekdf_bytes bytes(size_t i)
{
    const char *hex = words[i];
    uint8_t *data = (uint8_t *)words[i];
    size_t len = 0;
    unsigned byte;

    if (strcmp(hex, "-") == 0) {
        return (struct lanekdf_bytes){data, 0};
    }
    if (strlen(hex) % 2 || hex[strspn(hex, "0123456789abcdef")]) {
        fail("not hex");
    }
    for (; *hex && sscanf(hex, "%2x", &byte) == 1; hex += 2) {
        data[len++] = (uint8_t)byte;
    }
    return (struct lanekdf_bytes){data, len};
}

/* The address of len bytes; NULL for no bytes. */
static const uint8_t *fixed(size_t i, size_t len)
{
    const struct lanekdf_bytes b = bytes(i);

    if (b.len != len && b.len != 0) {
        fail("a wrong length");
    }
    return b.len ? b.data : NULL;
}

static void print(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        printf("%02x", data[i]);
    }
}

static void derive_hash(void)
{
    const struct lanekdf_bytes message = bytes(2);
    const struct lanekdf_message_hash job = {.job.kind = LANEKDF_KIND_HASH,
        .hash = number(1, LANEKDF_MD5_SHA1),
        .message = &message,
        .n_message = 1,
        .out = output(3)};

    reference_derive(&job.job);
    print(out, job.out.len);
}

static void derive_hmac(void)
{
    const struct lanekdf_bytes message = bytes(3);
    const struct lanekdf_hmac job = {.job.kind = LANEKDF_KIND_HMAC,
        .hash = number(1, LANEKDF_SHA1),
        .key = bytes(2),
        .message = &message,
        .n_message = 1,
        .out = output(4)};

    reference_derive(&job.job);
    print(out, job.out.len);
}

static void derive_prf(void)
{
    const struct lanekdf_bytes seed = bytes(4);
    const struct lanekdf_prf job = {.job.kind = LANEKDF_KIND_PRF,
        .hash = number(1, LANEKDF_MD5_SHA1),
        .secret = bytes(2),
        .label = bytes(3),
        .seed = &seed,
        .n_seed = 1,
        .out = output(5)};

    reference_derive(&job.job);
    print(out, job.out.len);
}

static void derive_ssl3_prf(void)
{
    const struct lanekdf_bytes seed = bytes(2);
    const struct lanekdf_ssl3_prf job = {
        .job.kind = LANEKDF_KIND_SSL3_PRF, .secret = bytes(1), .seed = &seed, .n_seed = 1, .out = output(3)};

    reference_derive(&job.job);
    print(out, job.out.len);
}

static void derive_exporter(void)
{
    const bool has_context = strcmp(words[6], "none") != 0;
    const struct lanekdf_exporter job = {.job.kind = LANEKDF_KIND_EXPORTER,
        .hash = number(1, LANEKDF_MD5_SHA1),
        .flags = has_context ? LANEKDF_EXPORTER_HAS_CONTEXT : 0,
        .master_secret = fixed(2, LANEKDF_MASTER_SECRET_LEN),
        .client_random = fixed(3, LANEKDF_RANDOM_LEN),
        .server_random = fixed(4, LANEKDF_RANDOM_LEN),
        .label = bytes(5),
        .context = has_context ? bytes(6) : (struct lanekdf_bytes){NULL, 0},
        .out = output(7)};

    reference_derive(&job.job);
    print(out, job.out.len);
}

static void derive_ssl3_finished(void)
{
    const struct lanekdf_bytes messages = bytes(3);
    const struct lanekdf_ssl3_finished job = {.job.kind = LANEKDF_KIND_SSL3_FINISHED,
        .sender = number(1, 1),
        .master_secret = fixed(2, LANEKDF_MASTER_SECRET_LEN),
        .handshake_messages = &messages,
        .n_handshake_messages = 1,
        .out = out};

    reference_derive(&job.job);
    print(out, LANEKDF_SSL3_FINISHED_LEN);
}

static void derive_handshake(void)
{
    uint8_t master_secret[LANEKDF_MASTER_SECRET_LEN], verify_data[2][LANEKDF_VERIFY_DATA_LEN];
    const struct lanekdf_handshake job = {.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = (uint16_t)number(1, LANEKDF_TLS12),
        .hash = (uint16_t)number(2, LANEKDF_MD5_SHA1),
        .pre_master_secret = bytes(3),
        .known_master_secret = fixed(4, LANEKDF_MASTER_SECRET_LEN),
        .client_random = fixed(5, LANEKDF_RANDOM_LEN),
        .server_random = fixed(6, LANEKDF_RANDOM_LEN),
        .session_hash = bytes(7),
        .mac_key_len = (uint8_t)number(8, 255),
        .enc_key_len = (uint8_t)number(9, 255),
        .fixed_iv_len = (uint8_t)number(10, 255),
        .client_finished_hash = bytes(11),
        .server_finished_hash = bytes(12),
        .master_secret = master_secret,
        .key_block = out,
        .client_verify_data = verify_data[0],
        .server_verify_data = verify_data[1]};

    reference_derive(&job.job);
    print(master_secret, sizeof(master_secret));
    putchar(' ');
    print(out, lanekdf_handshake_key_block_len(&job));
    for (int server = 0; server < 2; server++) {
        putchar(' ');
        if ((server ? job.server_finished_hash : job.client_finished_hash).len) {
            print(verify_data[server], LANEKDF_VERIFY_DATA_LEN);
        }
    }
}

static const struct {
    const char *name;
    size_t n_words;
    void (*derive)(void);
} derivations[] = {{"hash", 4, derive_hash}, {"hmac", 5, derive_hmac}, {"prf", 6, derive_prf},
    {"ssl3-prf", 4, derive_ssl3_prf}, {"exporter", 8, derive_exporter},
    {"ssl3-finished", 4, derive_ssl3_finished}, {"handshake", 13, derive_handshake}};

int main(void)
{
    char *line = NULL, *rest, *word;
    size_t size = 0, k;

    while (getline(&line, &size, stdin) > 0) {
        rest = line;
        rest[strcspn(rest, "\n")] = 0;
        for (n_words = 0; n_words < MAX_WORDS && (word = strsep(&rest, " ")); n_words++) {
            words[n_words] = word;
        }
        for (k = 0; k < sizeof(derivations) / sizeof(*derivations); k++) {
            if (strcmp(words[0], derivations[k].name) == 0 && n_words == derivations[k].n_words && !rest) {
                break;
            }
        }
        if (k == sizeof(derivations) / sizeof(*derivations)) {
            fail("no such derivation, or not its number of words");
        }
        derivations[k].derive();
        putchar('\n');
    }
    free(line);
    return 0;
}
