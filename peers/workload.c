#include "workload.h"

#include "peers_support.h"
#include "mixes.h"

#include <string.h>

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
    {.name = "tls12-sha256-extended",
        .description = "extended master secret (RFC 7627) and 40-byte key block, 25 compressions",
        .handshake = {TLS12_SHA256, .pre_master_len = PRE_MASTER_LEN, .extended = true, AES_128_GCM}},
    {.name = "tls12-sha256-finished",
        .description = "as tls12-sha256, and both Finished, 36 compressions",
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
        .description = "as tls-all, handshakes of one shape behind each other",
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
    .description = "as exporter, from a prepared secret, 7 compressions",
    .handshake = {TLS12_SHA256},
    .compressions = 7,
    .path = 7};

#define TLS13_SHA256 .version = LANEKDF_TLS13, .hash = LANEKDF_SHA256, .key_len = 16
#define TLS13_SHA384 .version = LANEKDF_TLS13, .hash = LANEKDF_SHA384, .key_len = 32
#define QUIC_INITIAL .version = LANEKDF_QUIC_V1, .hash = LANEKDF_SHA256, .key_len = 16, .connection_id_len = 8
#define X25519 .shared_secret_len = {32}
#define X25519MLKEM768 .shared_secret_len = {32, 32}
#define STAGE(name) (1 << STAGE_##name)
#define FULL_HANDSHAKE                                                                                       \
    STAGE(HANDSHAKE) | STAGE(SERVER_FINISHED) | STAGE(APPLICATION) | STAGE(CLIENT_FINISHED) |                \
        STAGE(RESUMPTION)

const struct workload connection_workloads[] = {
    {.name = "tls13-sha256",
        .description =
            "a server's five calls: handshake stage (shared secret of 32 bytes, AES-128-GCM), server "
            "Finished, application stage, client Finished, resumption master secret; 62 "
            "compressions",
        .connection = {TLS13_SHA256, X25519, .stages = FULL_HANDSHAKE}},
    {.name = "tls13-sha384",
        .description = "as tls13-sha256 with SHA-384 and AES-256-GCM, 62 compressions of 128 bytes",
        .connection = {TLS13_SHA384, X25519, .stages = FULL_HANDSHAKE}},
    {.name = "tls13-x25519mlkem768",
        .description = "as tls13-sha256 with a shared secret of two pieces of 32 bytes, 63 compressions",
        .connection = {TLS13_SHA256, X25519MLKEM768, .stages = FULL_HANDSHAKE}},
    {.name = "tls13-resumed",
        .description = "six calls: the early stage before them, binder and handshake salt from a PSK of 32 "
                       "bytes; 80 compressions",
        .connection = {TLS13_SHA256, X25519, .stages = STAGE(EARLY) | FULL_HANDSHAKE}},
    {.name = "quic-initial",
        .description = "both sides' Initial keys of a connection ID of 8 bytes, 24 compressions",
        .connection = {QUIC_INITIAL, .stages = STAGE(INITIAL)}},
    {.name = "quic-initial-client",
        .description = "the client's Initial keys alone, 14 compressions",
        .connection = {QUIC_INITIAL, .stages = STAGE(INITIAL_CLIENT)}},
    {.name = "tls13-mix",
        .description =
            "one stage of each connection: handshake, Finished and application 20 % each, "
            "resumption and QUIC Initial of both sides 10 % each, QUIC Initial of the client, early, "
            "traffic and exporter 5 % each; TLS 1.3 55 %, QUIC 41 %, DTLS 1.3 4 %; SHA-384 30 %, none of it "
            "in QUIC Initial; shared secret 32 bytes 70 %, 64 30 %; random order",
        .connection = {.stages = (1 << N_STAGES) - 1},
        .deal_connections = mixes_deal_stages},
    {.name = "tls13-mix-sorted",
        .description = "as tls13-mix, those of one shape behind each other",
        .connection = {.stages = (1 << N_STAGES) - 1},
        .deal_connections = mixes_deal_stages_sorted},
};
const size_t n_connection_workloads = sizeof(connection_workloads) / sizeof(*connection_workloads);

const struct workload stage_workloads[] = {
    {.name = "tls13-early",
        .description = "binder and handshake salt from a PSK of 32 bytes, 16 compressions",
        .connection = {TLS13_SHA256, .stages = STAGE(EARLY)}},
    {.name = "tls13-handshake",
        .description = "shared secret to traffic secrets, keys, finished keys and master secret, 30 "
                       "compressions",
        .connection = {TLS13_SHA256, X25519, .stages = STAGE(HANDSHAKE)}},
    {.name = "tls13-finished",
        .description = "finished key to verify_data, 4 compressions",
        .connection = {TLS13_SHA256, .stages = STAGE(SERVER_FINISHED)}},
    {.name = "tls13-application",
        .description = "master secret to traffic secrets, keys and exporter master secret, 20 compressions",
        .connection = {TLS13_SHA256, .stages = STAGE(APPLICATION)}},
    {.name = "tls13-resumption",
        .description = "master secret to resumption master secret and the PSK of one ticket, 8 compressions",
        .connection = {TLS13_SHA256, .n_tickets = 1, .stages = STAGE(RESUMPTION)}},
    {.name = "tls13-traffic",
        .description = "a key update: traffic secret to the next one and its keys, 10 compressions",
        .connection = {TLS13_SHA256, .stages = STAGE(TRAFFIC)}},
    {.name = "tls13-exporter",
        .description = "exporter master secret to the 32 bytes of RFC 9266, 9 compressions",
        .connection = {TLS13_SHA256, .exporter_len = EXPORTED_LEN, .stages = STAGE(EXPORTER)}},
};
const size_t n_stage_workloads = sizeof(stage_workloads) / sizeof(*stage_workloads);

static const struct workload *find_in(const struct workload *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

const struct workload *workload_find(const char *name)
{
    const struct workload *found = find_in(workloads, n_workloads, name);
    found = found ? found : find_in(connection_workloads, n_connection_workloads, name);
    return found ? found : find_in(stage_workloads, n_stage_workloads, name);
}

/* --- handshakes --- */

/* Whatever says how long something is, in this file, in mixes.c or in the table of cipher suites: the structs
 * of workload.h have to have room for it. */
static size_t longest_pre_master(const struct workload *workload)
{
    return workload->recording ? RECORDED_MAX_PRE_MASTER_LEN : MAX_PRE_MASTER_LEN;
}

static void check_lengths(const struct workload *workload, const struct handshake *handshake)
{
    const size_t hash_len = lanekdf_hash_len(handshake->hash);
    const size_t final_keys_len = 2u * (handshake->final_key_len + handshake->fixed_iv_len);
    if (hash_len == 0 || hash_len > MAX_TRANSCRIPT_HASH_LEN) {
        peers_fail("%s: hash %u has %zu bytes, workload.h has room for 1 to %d", workload->name,
            handshake->hash, hash_len, MAX_TRANSCRIPT_HASH_LEN);
    }
    if (handshake->pre_master_len > longest_pre_master(workload)) {
        peers_fail("%s: a pre-master secret of %u bytes, workload.h has room for %zu", workload->name,
            handshake->pre_master_len, longest_pre_master(workload));
    }
    if (handshake->key_block_len > MAX_KEY_BLOCK_LEN) {
        peers_fail("%s: a key block of %u bytes, workload.h has room for %d", workload->name,
            handshake->key_block_len, MAX_KEY_BLOCK_LEN);
    }
    if (handshake->exporter_len > MAX_KEY_BLOCK_LEN) {
        peers_fail("%s: keying material of %u bytes, workload.h has room for %d", workload->name,
            handshake->exporter_len, MAX_KEY_BLOCK_LEN);
    }
    if (handshake->final_key_len > 0 && final_keys_len > MAX_FINAL_KEYS_LEN) {
        peers_fail("%s: final keys of %zu bytes, workload.h has room for %d", workload->name, final_keys_len,
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
    struct handshake *handshakes = peers_alloc(MAX_BATCH * sizeof(*handshakes));
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

/* --- connections --- */

static void check_connection(const struct workload *workload, const struct connection *connection)
{
    const size_t hash_len = lanekdf_hash_len(connection->hash);
    const unsigned shared_secret_len =
        (unsigned)connection->shared_secret_len[0] + connection->shared_secret_len[1];
    if (hash_len == 0 || hash_len > MAX_HASH_LEN) {
        peers_fail("%s: hash %u has %zu bytes, workload_connection.h has room for 1 to %d", workload->name,
            connection->hash, hash_len, MAX_HASH_LEN);
    }
    if (!workload->recording && connection_has(connection, STAGE_EXPORTER) &&
        (connection->exporter_len == 0 || connection->exporter_len > MAX_KEYING_MATERIAL_LEN)) {
        peers_fail("%s: keying material of %u bytes, workload_connection.h has room for 1 to %d",
            workload->name, connection->exporter_len, MAX_KEYING_MATERIAL_LEN);
    }
    if (shared_secret_len > MAX_SHARED_SECRET_LEN || connection->key_len > MAX_KEY_LEN ||
        connection->n_tickets > MAX_TICKETS || connection->connection_id_len > LANEKDF_MAX_CONNECTION_ID) {
        peers_fail(
            "%s: a shared secret of %u bytes, a key of %u, %u tickets and a connection ID of %u bytes, "
            "workload_connection.h has room for %d, %d, %d and %d",
            workload->name, shared_secret_len, connection->key_len, connection->n_tickets,
            connection->connection_id_len, MAX_SHARED_SECRET_LEN, MAX_KEY_LEN, MAX_TICKETS,
            LANEKDF_MAX_CONNECTION_ID);
    }
}

static struct connection *new_connections(const struct workload *workload)
{
    struct connection *connections = peers_alloc(MAX_BATCH * sizeof(*connections));
    if (workload->deal_connections) {
        workload->deal_connections(connections);
    }
    for (size_t i = 0; i < MAX_BATCH; i++) {
        if (!workload->deal_connections) {
            connections[i] = workload->connection;
        }
        check_connection(workload, &connections[i]);
    }
    return connections;
}

/* --- all items of a workload --- */

/* The MAX_BATCH handshakes or connections of a workload, made when they are asked for the first time. */
static const void *items_of(const struct workload *workload)
{
    enum { MAX_WORKLOADS = 32 };
    static struct {
        const struct workload *workload;
        void *items;
    } known[MAX_WORKLOADS];
    for (size_t i = 0; i < MAX_WORKLOADS; i++) {
        if (!known[i].workload) {
            known[i].workload = workload;
            known[i].items = workload_has_connections(workload) ? (void *)new_connections(workload)
                                                                : (void *)new_handshakes(workload);
        }
        if (known[i].workload == workload) {
            return known[i].items;
        }
    }
    peers_fail("%s: workload.c has room for %d workloads", workload->name, MAX_WORKLOADS);
}

/* --- inputs --- */

static void *new_random(size_t size, uint64_t seed)
{
    uint8_t *bytes = peers_alloc(size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)peers_random(&seed);
    }
    return bytes;
}

static void set_handshakes(struct workload_batch *batch, size_t first, void *outputs)
{
    static struct handshake_inputs *inputs;
    static uint8_t *long_pre_masters;
    if (!inputs) {
        inputs = new_random(MAX_BATCH * sizeof(*inputs), 1);
        long_pre_masters = new_random((size_t)MAX_BATCH * MAX_PRE_MASTER_LEN, 2);
    }
    const struct workload_recording *recording = batch->workload->recording;
    batch->handshakes = (const struct handshake *)items_of(batch->workload) + first;
    batch->inputs = (recording ? recording->inputs : inputs) + first;
    batch->long_pre_master_len = longest_pre_master(batch->workload);
    batch->long_pre_masters =
        (recording ? recording->long_pre_masters : long_pre_masters) + first * batch->long_pre_master_len;
    batch->outputs = outputs;
}

static void set_connections(struct workload_batch *batch, size_t first, void *outputs)
{
    static struct connection_inputs *inputs;
    if (!inputs) {
        inputs = new_random(MAX_BATCH * sizeof(*inputs), 3);
    }
    batch->connections = (const struct connection *)items_of(batch->workload) + first;
    const struct workload_recording *recording = batch->workload->recording;
    batch->connection_inputs = (recording ? recording->connection_inputs : inputs) + first;
    batch->connection_outputs = outputs;
}

/* Sets what the items have that recorded_connection.h is for. */
static void set_recorded(struct workload_batch *batch, size_t first, uint8_t *outputs)
{
    const struct workload_recording *recording = batch->workload->recording;
    batch->recorded = recording->recorded + first;
    batch->recorded_inputs = recording->recorded_inputs + first * recording->recorded_inputs_len;
    batch->recorded_outputs =
        outputs ? outputs + batch->n * workload_common_output_len(batch->workload) : NULL;
    batch->recorded_inputs_len = recording->recorded_inputs_len;
    batch->recorded_outputs_len = recording->recorded_outputs_len;
}

struct workload_batch workload_batch_of(
    const struct workload *workload, size_t first, size_t n, void *outputs)
{
    struct workload_batch batch = {.workload = workload, .n = n};
    if (n > MAX_BATCH || first > MAX_BATCH - n) {
        peers_fail("%s: handshakes %zu to %zu of %d", workload->name, first, first + n - 1, MAX_BATCH);
    }
    if (workload_has_connections(workload)) {
        set_connections(&batch, first, outputs);
    } else {
        set_handshakes(&batch, first, outputs);
    }
    if (workload->recording) {
        set_recorded(&batch, first, outputs);
    }
    return batch;
}
