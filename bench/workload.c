#include "workload.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TLS12_SHA256 .version = 0x0303, .hash = LANEKDF_SHA256
#define TLS12_SHA384 .version = 0x0303, .hash = LANEKDF_SHA384

/* Per direction a key and a 4-byte IV, no MAC key. */
#define AES_128_GCM .enc_key_len = 16, .fixed_iv_len = 4
#define AES_256_GCM .enc_key_len = 32, .fixed_iv_len = 4

const struct workload workloads[] = {
    {"tls12-sha256", "pre-master secret to master secret and 40-byte key block, 26 compressions", 0,
        {TLS12_SHA256, .pre_master_len = PRE_MASTER_LEN, AES_128_GCM}},
    {"tls12-sha256-finished", "the same and both Finished, 36 compressions", 0,
        {TLS12_SHA256, .pre_master_len = PRE_MASTER_LEN, AES_128_GCM, .client_finished = 1,
            .server_finished = 1}},
    {"tls12-sha256-resumed", "known master secret to 40-byte key block and both Finished, 23 compressions", 0,
        {TLS12_SHA256, AES_128_GCM, .client_finished = 1, .server_finished = 1}},
    {"tls12-sha384", "pre-master secret to master secret and 72-byte key block, 19 compressions of 128 bytes",
        0, {TLS12_SHA384, .pre_master_len = PRE_MASTER_LEN, AES_256_GCM}},
    {"tls12-mix",
        "35 % resumed; 60 % of the others EMS; one Finished 50 %, both 25 %; pre-master secret 32 bytes 70 "
        "%, "
        "48 20 %, 66 and 256 5 % each; key block 40 bytes 80 %, 72 and 104 10 % each; random order",
        1, {TLS12_SHA256}},
};
const size_t n_workloads = sizeof workloads / sizeof *workloads;

const struct workload workload_prf = {"prf",
    "one PRF, 48-byte secret and 77-byte seed to 48 bytes, 13 compressions", 0,
    {TLS12_SHA256, .pre_master_len = PRE_MASTER_LEN}};

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* --- shapes --- */

/* The properties of the mix are independent of each other. Each is dealt like a deck
 * of 20 cards, shuffled anew for every 20 handshakes: random order, exact shares. */
enum { DECK = 20 };

struct deck {
    uint8_t cards[DECK];
};

static void shuffle(struct deck *deck, uint64_t *random)
{
    for (unsigned i = DECK - 1; i > 0; i--) {
        unsigned j = (unsigned)(next_random(random) % (i + 1));
        uint8_t card = deck->cards[i];
        deck->cards[i] = deck->cards[j];
        deck->cards[j] = card;
    }
}

static const uint16_t pre_master_lens[] = {32, 48, 66, 256};
enum { NO_FINISHED, CLIENT_FINISHED, SERVER_FINISHED, BOTH_FINISHED };
static const struct shape ciphers[] = {
    {TLS12_SHA256, AES_128_GCM}, /* 40 bytes */
    {TLS12_SHA256, AES_256_GCM}, /* 72 bytes */
    {TLS12_SHA256, .mac_key_len = 20, .enc_key_len = 16,
        .fixed_iv_len = 16}, /* AES-128-CBC and SHA-1: 104 bytes */
};

static void fill_mix(struct shape shapes[MAX_BATCH])
{
    uint64_t random = 12;
    struct deck resumed = {{1, 1, 1, 1, 1, 1, 1}};
    struct deck extended = {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
    struct deck finished = {{CLIENT_FINISHED, CLIENT_FINISHED, CLIENT_FINISHED, CLIENT_FINISHED,
        CLIENT_FINISHED, SERVER_FINISHED, SERVER_FINISHED, SERVER_FINISHED, SERVER_FINISHED, SERVER_FINISHED,
        BOTH_FINISHED, BOTH_FINISHED, BOTH_FINISHED, BOTH_FINISHED, BOTH_FINISHED}};
    struct deck pre_master = {{1, 1, 1, 1, 2, 3}};
    struct deck cipher = {{1, 1, 2, 2}};

    for (size_t i = 0; i < MAX_BATCH; i++) {
        size_t card = i % DECK;
        if (card == 0) {
            shuffle(&resumed, &random);
            shuffle(&extended, &random);
            shuffle(&finished, &random);
            shuffle(&pre_master, &random);
            shuffle(&cipher, &random);
        }
        struct shape *shape = &shapes[i];
        *shape = ciphers[cipher.cards[card]];
        shape->client_finished =
            finished.cards[card] == CLIENT_FINISHED || finished.cards[card] == BOTH_FINISHED;
        shape->server_finished =
            finished.cards[card] == SERVER_FINISHED || finished.cards[card] == BOTH_FINISHED;
        if (!resumed.cards[card]) {
            shape->pre_master_len = pre_master_lens[pre_master.cards[card]];
            shape->extended = extended.cards[card];
        }
    }
}

static const struct shape *shapes_of(const struct workload *workload)
{
    enum { MAX_WORKLOADS = 16 };
    static struct {
        const struct workload *workload;
        struct shape *shapes;
    } known[MAX_WORKLOADS];
    size_t i = 0;
    while (known[i].workload != workload) {
        if (known[i].workload == NULL) {
            known[i].workload = workload;
            known[i].shapes = workload_alloc(MAX_BATCH * sizeof *known[i].shapes);
            if (workload->is_mixed)
                fill_mix(known[i].shapes);
            else
                for (size_t j = 0; j < MAX_BATCH; j++)
                    known[i].shapes[j] = workload->shape;
            break;
        }
        if (++i == MAX_WORKLOADS)
            workload_fail("more than %d workloads", MAX_WORKLOADS);
    }
    return known[i].shapes;
}

/* --- compressions --- */

/* In bytes. */
static const struct hash {
    unsigned block_len, digest_len;
} hashes[] = {
    [LANEKDF_SHA256] = {64, 32},
    [LANEKDF_SHA384] = {128, 48},
};

size_t shape_transcript_hash_len(const struct shape *shape)
{
    return hashes[shape->hash].digest_len;
}

/* Blocks of a message of len bytes, with the padding: 0x80 and the length. */
static unsigned blocks(const struct hash *hash, unsigned len)
{
    return (len + 1 + hash->block_len / 8 + hash->block_len - 1) / hash->block_len;
}

/* A secret's two pads; if it is longer than a block, it is hashed first (RFC 2104). */
static unsigned pad_compressions(const struct hash *hash, unsigned secret_len)
{
    return 2 + (secret_len > hash->block_len ? blocks(hash, secret_len) : 0);
}

/* PRF without its secret's pads. What is hashed behind a pad does not hash it again. */
static unsigned prf_compressions(const struct hash *hash, unsigned seed_len, unsigned out_len)
{
    unsigned n_digests = (out_len + hash->digest_len - 1) / hash->digest_len;
    unsigned first = blocks(hash, hash->block_len + seed_len) - 1 + 1; /* A(1): inner, outer */
    unsigned next = 1 + 1;                                             /* A(i) */
    unsigned output =                                                  /* HMAC(secret, A(i) + seed) */
        blocks(hash, hash->block_len + hash->digest_len + seed_len) - 1 + 1;
    return first + (n_digests - 1) * next + n_digests * output;
}

unsigned shape_compressions(const struct shape *shape)
{
    enum { LABEL = 13, EXTENDED_LABEL = 22, FINISHED_LABEL = 15 };
    const struct hash *hash = &hashes[shape->hash];
    unsigned n = 0, key_block_len = (unsigned)shape_key_block_len(shape);
    if (shape->pre_master_len > 0) {
        unsigned seed_len =
            shape->extended ? EXTENDED_LABEL + hash->digest_len : LABEL + 2 * (unsigned)RANDOM_LEN;
        n += pad_compressions(hash, shape->pre_master_len) + prf_compressions(hash, seed_len, MASTER_LEN);
    }
    unsigned n_finished = (unsigned)shape->client_finished + shape->server_finished;
    if (key_block_len > 0 || n_finished > 0)
        n += pad_compressions(hash, MASTER_LEN);
    if (key_block_len > 0)
        n += prf_compressions(hash, LABEL + 2 * RANDOM_LEN, key_block_len);
    return n + n_finished * prf_compressions(hash, FINISHED_LABEL + hash->digest_len, VERIFY_DATA_LEN);
}

size_t batch_compressions(const struct batch *batch)
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n; i++)
        n += shape_compressions(&batch->shapes[i]);
    return n;
}

/* --- sessions --- */

static void fill_random(void *bytes, size_t len, uint64_t seed)
{
    for (uint8_t *p = bytes; len > 0; len--)
        *p++ = (uint8_t)next_random(&seed);
}

struct batch workload_batch(
    const struct workload *workload, size_t first, size_t n, struct session_keys *keys)
{
    static struct session *sessions;
    static uint8_t(*long_pre_masters)[MAX_PRE_MASTER_LEN];
    if (sessions == NULL) {
        sessions = workload_alloc(MAX_BATCH * sizeof *sessions);
        fill_random(sessions, MAX_BATCH * sizeof *sessions, 1);
        long_pre_masters = workload_alloc(MAX_BATCH * sizeof *long_pre_masters);
        fill_random(long_pre_masters, MAX_BATCH * sizeof *long_pre_masters, 2);
    }
    return (struct batch){
        .workload = workload,
        .n = n,
        .shapes = shapes_of(workload) + first,
        .sessions = sessions + first,
        .long_pre_masters = (const uint8_t(*)[MAX_PRE_MASTER_LEN])(long_pre_masters + first),
        .keys = keys,
    };
}

void *workload_alloc(size_t bytes)
{
    enum { LINE = 64 };
    size_t size = (bytes + LINE - 1) / LINE * LINE + LINE; /* prefetchers fetch pairs of lines */
    void *memory = aligned_alloc(LINE, size);
    if (memory == NULL)
        workload_fail("no memory for %zu bytes", size);
    return memset(memory, 0, size);
}

void workload_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("lanekdf_bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}
