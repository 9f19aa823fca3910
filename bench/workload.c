#include "workload.h"

#include "mixes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TLS12_SHA256 .version = 0x0303, .hash = LANEKDF_SHA256
#define TLS12_SHA384 .version = 0x0303, .hash = LANEKDF_SHA384

/* Per direction a key and a 4-byte IV, no MAC key. */
#define AES_128_GCM .enc_key_len = 16, .fixed_iv_len = 4
#define AES_256_GCM .enc_key_len = 32, .fixed_iv_len = 4

#define BOTH_FINISHED .client_finished = 1, .server_finished = 1

const struct workload workloads[] = {
    {.name = "tls12-sha256",
        .description = "pre-master secret to master secret and 40-byte key block, 26 compressions",
        .handshake = {TLS12_SHA256, .pre_master_len = PRE_MASTER_LEN, AES_128_GCM}},
    {.name = "tls12-sha256-finished",
        .description = "the same and both Finished, 36 compressions",
        .handshake = {TLS12_SHA256, .pre_master_len = PRE_MASTER_LEN, AES_128_GCM, BOTH_FINISHED}},
    {.name = "tls12-sha256-resumed",
        .description = "known master secret to 40-byte key block and both Finished, 23 compressions",
        .handshake = {TLS12_SHA256, AES_128_GCM, BOTH_FINISHED}},
    {.name = "tls12-sha384",
        .description =
            "pre-master secret to master secret and 72-byte key block, 19 compressions of 128 bytes",
        .handshake = {TLS12_SHA384, .pre_master_len = PRE_MASTER_LEN, AES_256_GCM}},
    {.name = "tls12-mix",
        .description =
            "35 % resumed; 60 % of the others EMS; one Finished 50 %, both 25 %; pre-master secret "
            "32 bytes 70 %, 48 20 %, 66 and 256 5 % each; key block 40 bytes 80 %, 72 and 104 "
            "10 % each; random order",
        .handshake = {TLS12_SHA256},
        .deal = mixes_deal_tls12},
    {.name = "tls-all",
        .description = "40 cipher suites, SSLv3 to TLS 1.2, export ones to their final keys; 35 % resumed; "
                       "but in SSLv3 60 % of the others EMS, one Finished 50 %, both 25 %; pre-master secret "
                       "32 to 256 bytes; random order",
        .deal = mixes_deal_all},
    {.name = "tls-all-sorted",
        .description = "the same, handshakes of one shape behind each other",
        .deal = mixes_deal_all_sorted},
};
const size_t n_workloads = sizeof(workloads) / sizeof(*workloads);

const struct workload workload_prf = {.name = "prf",
    .description = "one PRF, 48-byte secret and 77-byte seed to 48 bytes, 13 compressions",
    .handshake = {TLS12_SHA256, .pre_master_len = PRE_MASTER_LEN}};

const struct workload workload_exporter = {.name = "exporter",
    .description = "RFC 9266, 32 bytes from a master secret, 9 compressions",
    .handshake = {TLS12_SHA256},
    .compressions = 9};
const struct workload workload_exporter_prepared = {.name = "exporter-prepared",
    .description = "the same from a prepared secret, 7 compressions",
    .handshake = {TLS12_SHA256},
    .compressions = 7};

/* --- shapes --- */

static const struct handshake *handshakes_of(const struct workload *workload)
{
    enum { MAX_WORKLOADS = 16 };
    static struct {
        const struct workload *workload;
        struct handshake *handshakes;
    } known[MAX_WORKLOADS];
    size_t i = 0;
    while (known[i].workload != workload) {
        if (!known[i].workload) {
            known[i].workload = workload;
            known[i].handshakes = workload_alloc(MAX_BATCH * sizeof(*known[i].handshakes));
            if (workload->deal) {
                workload->deal(known[i].handshakes);
            } else {
                for (size_t j = 0; j < MAX_BATCH; j++) {
                    known[i].handshakes[j] = workload->handshake;
                }
            }
            break;
        }
        if (++i == MAX_WORKLOADS) {
            workload_fail("more than %d workloads", MAX_WORKLOADS);
        }
    }
    return known[i].handshakes;
}

/* --- compressions --- */

/* In bytes. Of MD5 and SHA-1 together only the digest counts: it is that of a transcript. */
static const struct hash {
    unsigned block_len, digest_len;
} hashes[] = {
    [LANEKDF_SHA256] = {64, 32},
    [LANEKDF_SHA384] = {128, 48},
    [LANEKDF_MD5] = {64, 16},
    [LANEKDF_SHA1] = {64, 20},
    [LANEKDF_MD5_SHA1] = {0, 36},
};

size_t handshake_transcript_hash_len(const struct handshake *handshake)
{
    return hashes[handshake->hash].digest_len;
}

/* Blocks of a message of len bytes, with the padding: 0x80 and the length. */
static unsigned blocks(unsigned hash, unsigned len)
{
    const unsigned block_len = hashes[hash].block_len;
    return (len + 1 + block_len / 8 + block_len - 1) / block_len;
}

/* A secret's two pads; if it is longer than a block, it is hashed first (RFC 2104). Before
 * TLS 1.2 each hash has a half of the secret. */
static unsigned pad_compressions(unsigned hash, unsigned secret_len)
{
    const unsigned half_len = (secret_len + 1) / 2;
    if (hash == LANEKDF_MD5_SHA1) {
        return pad_compressions(LANEKDF_MD5, half_len) + pad_compressions(LANEKDF_SHA1, half_len);
    }
    return 2 + (secret_len > hashes[hash].block_len ? blocks(hash, secret_len) : 0);
}

/* PRF without its secret's pads. What is hashed behind a pad does not hash it again. */
static unsigned prf_compressions(unsigned hash, unsigned seed_len, unsigned out_len)
{
    if (hash == LANEKDF_MD5_SHA1) {
        return prf_compressions(LANEKDF_MD5, seed_len, out_len) +
               prf_compressions(LANEKDF_SHA1, seed_len, out_len);
    }
    const unsigned block_len = hashes[hash].block_len, digest_len = hashes[hash].digest_len;
    unsigned n_digests = (out_len + digest_len - 1) / digest_len;
    unsigned first = blocks(hash, block_len + seed_len) - 1 + 1;               /* A(1): inner, outer */
    unsigned next = 1 + 1;                                                     /* A(i) */
    unsigned output = blocks(hash, block_len + digest_len + seed_len) - 1 + 1; /* HMAC(secret, A(i) + seed) */
    return first + (n_digests - 1) * next + n_digests * output;
}

/* RFC 6101 section 6.1: for every 16 bytes MD5(secret + SHA(letters + secret + seed)). */
static unsigned ssl3_prf_compressions(unsigned secret_len, unsigned seed_len, unsigned out_len)
{
    unsigned n = 0;
    for (unsigned n_letters = 1; 16 * (n_letters - 1) < out_len; n_letters++) {
        n += blocks(LANEKDF_SHA1, n_letters + secret_len + seed_len) +
             blocks(LANEKDF_MD5, secret_len + hashes[LANEKDF_SHA1].digest_len);
    }
    return n;
}

enum { RANDOMS_LEN = 2 * RANDOM_LEN };

static unsigned ssl3_compressions(const struct handshake *handshake)
{
    unsigned n = ssl3_prf_compressions(MASTER_LEN, RANDOMS_LEN, (unsigned)workload_key_block_len(handshake));
    if (handshake->pre_master_len > 0) {
        n += ssl3_prf_compressions(handshake->pre_master_len, RANDOMS_LEN, MASTER_LEN);
    }
    if (handshake->final_key_len > 0) {
        n += 2 * blocks(LANEKDF_MD5, handshake->enc_key_len + RANDOMS_LEN);
    }
    if (handshake->final_key_len > 0 && handshake->fixed_iv_len > 0) {
        n += 2 * blocks(LANEKDF_MD5, RANDOMS_LEN);
    }
    return n;
}

/* "client write key", "server write key" and "IV block", whose secret is empty: its pads are
 * the same for all. */
static unsigned export_compressions(const struct handshake *handshake)
{
    enum { KEY_LABEL = 16, IV_LABEL = 8 };
    unsigned n =
        2 * (pad_compressions(handshake->hash, handshake->enc_key_len) +
                prf_compressions(handshake->hash, KEY_LABEL + RANDOMS_LEN, handshake->final_key_len));
    if (handshake->fixed_iv_len > 0) {
        n += prf_compressions(handshake->hash, IV_LABEL + RANDOMS_LEN, 2 * (unsigned)handshake->fixed_iv_len);
    }
    return n;
}

unsigned handshake_compressions(const struct handshake *handshake)
{
    enum { LABEL = 13, EXTENDED_LABEL = 22, FINISHED_LABEL = 15 };
    const unsigned transcript_hash_len = (unsigned)handshake_transcript_hash_len(handshake);
    unsigned n = 0, key_block_len = (unsigned)workload_key_block_len(handshake);
    if (handshake->version == 0x0300) {
        return ssl3_compressions(handshake);
    }
    if (handshake->pre_master_len > 0) {
        n +=
            pad_compressions(handshake->hash, handshake->pre_master_len) +
            prf_compressions(handshake->hash,
                handshake->extended ? EXTENDED_LABEL + transcript_hash_len : LABEL + RANDOMS_LEN, MASTER_LEN);
    }
    unsigned n_finished = (unsigned)handshake->client_finished + handshake->server_finished;
    if (key_block_len > 0 || n_finished > 0) {
        n += pad_compressions(handshake->hash, MASTER_LEN);
    }
    if (key_block_len > 0) {
        n += prf_compressions(handshake->hash, LABEL + RANDOMS_LEN, key_block_len);
    }
    if (handshake->final_key_len > 0) {
        n += export_compressions(handshake);
    }
    return n + n_finished *
                   prf_compressions(handshake->hash, FINISHED_LABEL + transcript_hash_len, VERIFY_DATA_LEN);
}

size_t workload_batch_compressions(const struct workload_batch *batch)
{
    size_t n = 0;
    if (batch->workload->compressions > 0) {
        return batch->n * batch->workload->compressions;
    }
    for (size_t i = 0; i < batch->n; i++) {
        n += handshake_compressions(&batch->handshakes[i]);
    }
    return n;
}

/* --- sessions --- */

static void fill_random(void *bytes, size_t len, uint64_t seed)
{
    for (uint8_t *p = bytes; len > 0; len--) {
        *p++ = (uint8_t)workload_random(&seed);
    }
}

struct workload_batch workload_batch_of(
    const struct workload *workload, size_t first, size_t n, struct handshake_outputs *outputs)
{
    static struct handshake_inputs *inputs;
    static uint8_t(*long_pre_masters)[MAX_PRE_MASTER_LEN];
    if (!inputs) {
        inputs = workload_alloc(MAX_BATCH * sizeof(*inputs));
        fill_random(inputs, MAX_BATCH * sizeof(*inputs), 1);
        long_pre_masters = workload_alloc(MAX_BATCH * sizeof(*long_pre_masters));
        fill_random(long_pre_masters, MAX_BATCH * sizeof(*long_pre_masters), 2);
    }
    return (struct workload_batch){
        .workload = workload,
        .n = n,
        .handshakes = handshakes_of(workload) + first,
        .inputs = inputs + first,
        .long_pre_masters = (const uint8_t(*)[MAX_PRE_MASTER_LEN])(long_pre_masters + first),
        .outputs = outputs,
    };
}

uint64_t workload_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

void *workload_alloc(size_t bytes)
{
    enum { LINE = 64 };
    size_t size = (bytes + LINE - 1) / LINE * LINE + LINE; /* prefetchers fetch pairs of lines */
    void *memory = aligned_alloc(LINE, size);
    if (!memory) {
        workload_fail("no memory for %zu bytes", size);
    }
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
