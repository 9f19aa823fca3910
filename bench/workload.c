#include "workload.h"

#include "bench_support.h"
#include "mixes.h"

#define TLS12_SHA256 .version = LANEKDF_TLS12, .hash = LANEKDF_SHA256
#define TLS12_SHA384 .version = LANEKDF_TLS12, .hash = LANEKDF_SHA384

/* AEAD ciphers have a key and a 4-byte IV for each direction, and no MAC key. */
#define AES_128_GCM .enc_key_len = 16, .fixed_iv_len = 4
#define AES_256_GCM .enc_key_len = 32, .fixed_iv_len = 4

#define BOTH_FINISHED .client_finished = true, .server_finished = true

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
    .compressions = 9,
    .path = 8};
const struct workload workload_exporter_prepared = {.name = "exporter-prepared",
    .description = "the same from a prepared secret, 7 compressions",
    .handshake = {TLS12_SHA256},
    .compressions = 7,
    .path = 7};

/* --- handshakes --- */

/* Whatever says how long something is, in this file, in mixes.c or in the table of cipher suites: the structs
 * of workload.h have to have room for it. */
static void check_lengths(const struct workload *workload, const struct handshake *handshake)
{
    const size_t hash_len = lanekdf_hash_len(handshake->hash);
    const size_t final_keys_len = 2u * (handshake->final_key_len + handshake->fixed_iv_len);
    if (hash_len == 0 || hash_len > MAX_TRANSCRIPT_HASH_LEN) {
        bench_fail("%s: hash %u has %zu bytes, workload.h has room for 1 to %d", workload->name,
            handshake->hash, hash_len, MAX_TRANSCRIPT_HASH_LEN);
    }
    if (handshake->pre_master_len > MAX_PRE_MASTER_LEN) {
        bench_fail("%s: a pre-master secret of %u bytes, workload.h has room for %d", workload->name,
            handshake->pre_master_len, MAX_PRE_MASTER_LEN);
    }
    if (handshake->key_block_len > MAX_KEY_BLOCK_LEN) {
        bench_fail("%s: a key block of %u bytes, workload.h has room for %d", workload->name,
            handshake->key_block_len, MAX_KEY_BLOCK_LEN);
    }
    if (handshake->final_key_len > 0 && final_keys_len > MAX_FINAL_KEYS_LEN) {
        bench_fail("%s: final keys of %zu bytes, workload.h has room for %d", workload->name, final_keys_len,
            MAX_FINAL_KEYS_LEN);
    }
}

static size_t key_block_len(const struct handshake *handshake)
{
    const struct lanekdf_handshake job = {.mac_key_len = handshake->mac_key_len,
        .enc_key_len = handshake->enc_key_len,
        .fixed_iv_len = handshake->fixed_iv_len,
        .final_key_len = handshake->final_key_len};
    return lanekdf_handshake_key_block_len(&job);
}

static struct handshake *new_handshakes(const struct workload *workload)
{
    struct handshake *handshakes = bench_alloc(MAX_BATCH * sizeof(*handshakes));
    if (workload->deal) {
        workload->deal(handshakes);
    }
    for (size_t i = 0; i < MAX_BATCH; i++) {
        if (!workload->deal) {
            handshakes[i] = workload->handshake;
        }
        handshakes[i].key_block_len = (uint16_t)key_block_len(&handshakes[i]);
        check_lengths(workload, &handshakes[i]);
    }
    return handshakes;
}

/* The MAX_BATCH handshakes of a workload, made when they are asked for the first time. */
static const struct handshake *handshakes_of(const struct workload *workload)
{
    enum { MAX_WORKLOADS = 16 };
    static struct {
        const struct workload *workload;
        struct handshake *handshakes;
    } known[MAX_WORKLOADS];
    for (size_t i = 0; i < MAX_WORKLOADS; i++) {
        if (!known[i].workload) {
            known[i].workload = workload;
            known[i].handshakes = new_handshakes(workload);
        }
        if (known[i].workload == workload) {
            return known[i].handshakes;
        }
    }
    bench_fail("%s: workload.c has room for %d workloads", workload->name, MAX_WORKLOADS);
}

/* --- inputs --- */

static void *new_random(size_t size, uint64_t seed)
{
    uint8_t *bytes = bench_alloc(size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)bench_random(&seed);
    }
    return bytes;
}

struct workload_batch workload_batch_of(
    const struct workload *workload, size_t first, size_t n, struct handshake_outputs *outputs)
{
    static struct handshake_inputs *inputs;
    static uint8_t(*long_pre_masters)[MAX_PRE_MASTER_LEN];
    if (n > MAX_BATCH || first > MAX_BATCH - n) {
        bench_fail("%s: handshakes %zu to %zu of %d", workload->name, first, first + n - 1, MAX_BATCH);
    }
    if (!inputs) {
        inputs = new_random(MAX_BATCH * sizeof(*inputs), 1);
        long_pre_masters = new_random(MAX_BATCH * sizeof(*long_pre_masters), 2);
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
