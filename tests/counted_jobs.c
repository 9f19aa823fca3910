#include "counted_jobs.h"

#include "must.h"
#include "rng.h"

/* ---- handshakes of TLS 1.2 ---- */

/* A property is dealt like a deck of cards: its shares are exact among 20 handshakes, and the order is
 * random.
 */
enum { DECK = 20 };

static void shuffle(uint8_t deck[DECK], struct rng *rng)
{
    for (uint32_t i = DECK - 1; i > 0; i--) {
        const uint32_t k = rng_below(rng, i + 1);
        const uint8_t card = deck[i];
        deck[i] = deck[k];
        deck[k] = card;
    }
}

/* Handshakes of TLS 1.2 as a server may meet them: 35 % are resumed, 60 % of the others have an extended
 * master secret, 50 % want one Finished and 25 % both; 20 % have another cipher than AES-128-GCM. */
static void deal_mix(struct lengths dealt[MAX_JOBS])
{
    enum { CLIENT = 1, SERVER = 2 };
    static const struct lengths ciphers[] = {{.enc_key = 16, .fixed_iv = 4}, {.enc_key = 32, .fixed_iv = 4},
        {.mac_key = 20, .enc_key = 16, .fixed_iv = 16}};
    static const uint16_t pre_master_lens[] = {32, 48, 66, 256};
    uint8_t pre_master[DECK] = {1, 1, 1, 1, 2, 3}, cipher[DECK] = {1, 1, 2, 2};
    uint8_t is_resumed[DECK] = {1, 1, 1, 1, 1, 1, 1};
    uint8_t is_extended[DECK] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    uint8_t finished[DECK] = {1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3};
    struct rng rng = rng_from(12);

    for (size_t i = 0; i < MAX_JOBS; i++) {
        const size_t card = i % DECK;
        if (card == 0) {
            shuffle(pre_master, &rng);
            shuffle(cipher, &rng);
            shuffle(is_resumed, &rng);
            shuffle(is_extended, &rng);
            shuffle(finished, &rng);
        }
        dealt[i] = ciphers[cipher[card]];
        dealt[i].has_client_finished = finished[card] & CLIENT;
        dealt[i].has_server_finished = finished[card] & SERVER;
        if (!is_resumed[card]) {
            dealt[i].pre_master = pre_master_lens[pre_master[card]];
            dealt[i].is_extended = is_extended[card];
        }
    }
}

static struct lanekdf_handshake tls12_handshake(uint16_t hash, const struct lengths *lengths,
    const struct counted_inputs *inputs, struct counted_outputs *outputs)
{
    const size_t hash_len = lanekdf_hash_len(hash);
    struct lanekdf_handshake job = {.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = LANEKDF_TLS12,
        .hash = hash,
        .client_random = inputs->client_random,
        .server_random = inputs->server_random,
        .mac_key_len = lengths->mac_key,
        .enc_key_len = lengths->enc_key,
        .fixed_iv_len = lengths->fixed_iv,
        .key_block = outputs->keys[0]};

    must(lanekdf_handshake_key_block_len(&job) <= sizeof(outputs->keys[0]), "a key block is too long");
    if (lengths->pre_master) {
        job.pre_master_secret = (struct lanekdf_bytes){inputs->pre_master, lengths->pre_master};
        job.master_secret = outputs->secrets[0];
    } else {
        job.known_master_secret = inputs->secret;
    }
    if (lengths->is_extended) {
        job.session_hash = (struct lanekdf_bytes){inputs->session_hash, hash_len};
    }
    if (lengths->has_client_finished) {
        job.client_finished_hash = (struct lanekdf_bytes){inputs->client_hash, hash_len};
        job.client_verify_data = outputs->client_verify_data;
    }
    if (lengths->has_server_finished) {
        job.server_finished_hash = (struct lanekdf_bytes){inputs->server_hash, hash_len};
        job.server_verify_data = outputs->server_verify_data;
    }
    return job;
}

/* ---- exporters and PRFs of TLS 1.2 ---- */

static const char exporter_label[] = "EXPORTER-Channel-Binding";

static struct lanekdf_exporter tls12_exporter(
    uint16_t hash, bool is_prepared, struct counted_inputs *inputs, struct counted_outputs *outputs)
{
    struct lanekdf_prepare prepare = {.job.kind = LANEKDF_KIND_PREPARE,
        .hash = hash,
        .secret = {inputs->secret, LANEKDF_MASTER_SECRET_LEN},
        .prepared = &inputs->prepared};

    must(!is_prepared || lanekdf_derive_one(&prepare.job) == LANEKDF_OK, "no prepared secret");
    return (struct lanekdf_exporter){.job.kind = LANEKDF_KIND_EXPORTER,
        .hash = hash,
        .flags = LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET | LANEKDF_EXPORTER_HAS_CONTEXT,
        .master_secret = is_prepared ? NULL : inputs->secret,
        .prepared_secret = is_prepared ? &inputs->prepared : NULL,
        .client_random = inputs->client_random,
        .server_random = inputs->server_random,
        .label = {(const uint8_t *)exporter_label, sizeof(exporter_label) - 1},
        .out = {outputs->secrets[0], 32}};
}

static struct lanekdf_prf prf(uint16_t hash, struct counted_inputs *inputs, struct counted_outputs *outputs)
{
    static const char label[] = "master secret";

    inputs->seed[0] = (struct lanekdf_bytes){inputs->client_random, LANEKDF_RANDOM_LEN};
    inputs->seed[1] = (struct lanekdf_bytes){inputs->server_random, LANEKDF_RANDOM_LEN};
    return (struct lanekdf_prf){.job.kind = LANEKDF_KIND_PRF,
        .hash = hash,
        .secret = {inputs->pre_master, 48},
        .label = {(const uint8_t *)label, sizeof(label) - 1},
        .seed = inputs->seed,
        .n_seed = 2,
        .out = {outputs->secrets[0], LANEKDF_MASTER_SECRET_LEN}};
}

/* ---- stages of TLS 1.3 and QUIC, with AES-128-GCM or AES-256-GCM ---- */

enum { IV_LEN = 12 };

static uint8_t key_len(uint16_t hash)
{
    return hash == LANEKDF_SHA384 ? 32 : 16;
}

static struct lanekdf_tls13_early early(
    uint16_t hash, const struct counted_inputs *inputs, struct counted_outputs *outputs)
{
    return (struct lanekdf_tls13_early){.job.kind = LANEKDF_KIND_TLS13_EARLY,
        .hash = hash,
        .version = LANEKDF_TLS13,
        .psk_kind = LANEKDF_PSK_RESUMPTION,
        .psk = {inputs->secret, 32},
        .binder_hash = inputs->client_hash,
        .binder = outputs->secrets[0],
        .handshake_salt = outputs->secrets[1]};
}

static struct lanekdf_tls13_handshake tls13_handshake(
    uint16_t hash, const struct counted_inputs *inputs, struct counted_outputs *outputs)
{
    return (struct lanekdf_tls13_handshake){.job.kind = LANEKDF_KIND_TLS13_HANDSHAKE,
        .hash = hash,
        .version = LANEKDF_TLS13,
        .key_len = key_len(hash),
        .iv_len = IV_LEN,
        .shared_secret[0] = {inputs->pre_master, 32},
        .transcript_hash = inputs->server_hash,
        .client_handshake_traffic_secret = outputs->secrets[0],
        .server_handshake_traffic_secret = outputs->secrets[1],
        .client_keys = outputs->keys[0],
        .server_keys = outputs->keys[1],
        .master_secret = outputs->secrets[2]};
}

static struct lanekdf_tls13_finished finished(
    uint16_t hash, const struct counted_inputs *inputs, struct counted_outputs *outputs)
{
    return (struct lanekdf_tls13_finished){.job.kind = LANEKDF_KIND_TLS13_FINISHED,
        .hash = hash,
        .finished_key = inputs->secret,
        .transcript_hash = inputs->client_hash,
        .verify_data = outputs->secrets[0]};
}

static struct lanekdf_tls13_application application(
    uint16_t hash, const struct counted_inputs *inputs, struct counted_outputs *outputs)
{
    return (struct lanekdf_tls13_application){.job.kind = LANEKDF_KIND_TLS13_APPLICATION,
        .hash = hash,
        .version = LANEKDF_TLS13,
        .key_len = key_len(hash),
        .iv_len = IV_LEN,
        .master_secret = inputs->secret,
        .transcript_hash = inputs->server_hash,
        .client_application_traffic_secret = outputs->secrets[0],
        .server_application_traffic_secret = outputs->secrets[1],
        .client_keys = outputs->keys[0],
        .server_keys = outputs->keys[1],
        .exporter_master_secret = outputs->secrets[2]};
}

static struct lanekdf_tls13_resumption resumption(
    uint16_t hash, const struct counted_inputs *inputs, struct counted_outputs *outputs, size_t n_nonces)
{
    return (struct lanekdf_tls13_resumption){.job.kind = LANEKDF_KIND_TLS13_RESUMPTION,
        .hash = hash,
        .version = LANEKDF_TLS13,
        .master_secret = inputs->secret,
        .transcript_hash = inputs->client_hash,
        .nonces = n_nonces ? inputs->nonces : NULL,
        .n_nonces = n_nonces,
        .resumption_master_secret = outputs->secrets[0],
        .psks = n_nonces ? outputs->secrets[1] : NULL};
}

static struct lanekdf_tls13_traffic traffic(
    uint16_t hash, const struct counted_inputs *inputs, struct counted_outputs *outputs)
{
    return (struct lanekdf_tls13_traffic){.job.kind = LANEKDF_KIND_TLS13_TRAFFIC,
        .hash = hash,
        .version = LANEKDF_TLS13,
        .n_updates = 1,
        .key_len = key_len(hash),
        .iv_len = IV_LEN,
        .traffic_secret = inputs->secret,
        .next_secret = outputs->secrets[0],
        .keys = outputs->keys[0]};
}

static struct lanekdf_tls13_exporter exporter(
    uint16_t hash, const struct counted_inputs *inputs, struct counted_outputs *outputs)
{
    return (struct lanekdf_tls13_exporter){.job.kind = LANEKDF_KIND_TLS13_EXPORTER,
        .hash = hash,
        .version = LANEKDF_TLS13,
        .exporter_master_secret = inputs->secret,
        .label = {(const uint8_t *)exporter_label, sizeof(exporter_label) - 1},
        .out = {outputs->secrets[0], 32}};
}

static struct lanekdf_quic_initial initial(
    const struct counted_inputs *inputs, struct counted_outputs *outputs)
{
    return (struct lanekdf_quic_initial){.job.kind = LANEKDF_KIND_QUIC_INITIAL,
        .version = LANEKDF_QUIC_V1,
        .connection_id = {inputs->connection_id, sizeof(inputs->connection_id)},
        .client_keys = outputs->keys[0],
        .server_keys = outputs->keys[1]};
}

/* ---- jobs of any stage ---- */

static void make_job(struct counted_jobs *jobs, size_t call, size_t i, enum counted_stage stage,
    uint16_t hash, const struct lengths *lengths)
{
    struct counted_inputs *inputs = &jobs->inputs[i];
    struct counted_outputs *outputs = &jobs->outputs[call][i];

    jobs->jobs[call][i] = &jobs->any[call][i].job;
    switch (stage) {
    case NO_STAGE:
        must(false, "a call without a stage");
        return;
    case TLS12_HANDSHAKE:
    case TLS12_MIX:
        jobs->any[call][i].handshake = tls12_handshake(hash, lengths, inputs, outputs);
        return;
    case TLS12_EXPORTER:
    case TLS12_PREPARED_EXPORTER:
        jobs->any[call][i].tls12_exporter =
            tls12_exporter(hash, stage == TLS12_PREPARED_EXPORTER, inputs, outputs);
        return;
    case TLS12_PRF:
        jobs->any[call][i].prf = prf(hash, inputs, outputs);
        return;
    case TLS13_EARLY:
        jobs->any[call][i].early = early(hash, inputs, outputs);
        return;
    case TLS13_HANDSHAKE:
        jobs->any[call][i].tls13_handshake = tls13_handshake(hash, inputs, outputs);
        return;
    case TLS13_FINISHED:
        jobs->any[call][i].finished = finished(hash, inputs, outputs);
        return;
    case TLS13_APPLICATION:
        jobs->any[call][i].application = application(hash, inputs, outputs);
        return;
    case TLS13_RESUMPTION:
    case TLS13_TICKET:
        jobs->any[call][i].resumption = resumption(hash, inputs, outputs, stage == TLS13_TICKET);
        return;
    case TLS13_TRAFFIC:
        jobs->any[call][i].traffic = traffic(hash, inputs, outputs);
        return;
    case TLS13_EXPORTER:
        jobs->any[call][i].exporter = exporter(hash, inputs, outputs);
        return;
    case QUIC_INITIAL:
        jobs->any[call][i].initial = initial(inputs, outputs);
        return;
    }
}

void counted_jobs_make(struct counted_jobs *jobs, const uint8_t stages[MAX_CALLS], size_t n, uint16_t hash,
    const struct lengths *lengths, uint64_t seed)
{
    struct lengths dealt[MAX_JOBS];
    struct rng rng = rng_from(seed);

    jobs->n_calls = 0;
    jobs->n_jobs = n;
    rng_fill(&rng, jobs->inputs, sizeof(jobs->inputs));
    for (size_t i = 0; i < n; i++) {
        jobs->inputs[i].nonces[0] =
            (struct lanekdf_bytes){jobs->inputs[i].nonce, sizeof(jobs->inputs[i].nonce)};
    }
    deal_mix(dealt);
    while (jobs->n_calls < MAX_CALLS && stages[jobs->n_calls] != NO_STAGE) {
        const size_t call = jobs->n_calls++;
        for (size_t i = 0; i < n; i++) {
            make_job(jobs, call, i, stages[call], hash, stages[call] == TLS12_MIX ? &dealt[i] : lengths);
        }
    }
}
