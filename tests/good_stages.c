#include "good_jobs.h"

#include "must.h"

/*
 * Lengths at which HKDF, and what TLS, DTLS and QUIC make of it, may go wrong
 */

/* The length of a shared secret or of a PSK: that of a key exchange, or any. */
static size_t any_secret_len(struct guarded_memory *memory, enum job_lengths lengths, size_t min, size_t max)
{
    static const uint16_t usual[] = {32, 48, 56, 64, 66, 80, 256, 1024};
    struct rng *rng = guarded_rng(memory);

    return rng_one_in(rng, 2) ? usual[rng_below(rng, sizeof(usual) / sizeof(*usual))]
                              : any_length(memory, lengths, min, max);
}

/* A length of 0 to 255 bytes, of what has its length in one byte: a nonce, a label, the context of a label.
 */
static size_t any_short_len(struct guarded_memory *memory, size_t max)
{
    static const uint8_t usual[] = {0, 1, 2, 8, 9, 10, 11, 12, 17, 18, 24, 32, 48, 64};
    struct rng *rng = guarded_rng(memory);
    size_t len = any_length(memory, SHORT_LENGTHS, 0, max);

    if (rng_one_in(rng, 8)) {
        len = max;
    } else if (rng_one_in(rng, 2)) {
        len = usual[rng_below(rng, sizeof(usual))];
    }
    return len;
}

/* The length of an output of HKDF-Expand: mostly that of a key or of a digest, sometimes around the end of
 * some digest, up to 255 of them. work: the bytes that are hashed for each digest. */
static size_t any_expanded_len(
    struct guarded_memory *memory, enum job_lengths lengths, size_t digest_len, size_t work)
{
    static const uint8_t usual[] = {1, 8, 12, 16, 32, 48, 60, 64, 80};
    struct rng *rng = guarded_rng(memory);
    const size_t n = 1 + rng_below(rng, lengths == LONG_LENGTHS || rng_one_in(rng, 16) ? 255 : 5);

    if (rng_one_in(rng, 2) || n * (work + 2 * 128) > 200000) {
        return usual[rng_below(rng, sizeof(usual))];
    }
    return rng_one_in(rng, 2) ? n * digest_len
                              : (n - 1) * digest_len + 1 + rng_below(rng, (uint32_t)digest_len);
}

/*
 * What stages have in common
 */

/* A stage in the making. */
struct stage {
    struct guarded_memory *memory;
    struct rng *rng;
    struct job_case job_case;
    uint32_t hash, version;
    size_t n; /* the length of the hash, bytes */
    uint8_t key_len, iv_len;
};

static struct stage stage_new(uint32_t id, struct guarded_memory *memory)
{
    struct stage s = {.memory = memory, .rng = guarded_rng(memory)};
    const struct job_kind *kind = job_kind(id);

    s.hash = kind->hashes ? any_hash_of_kind(memory, kind) : LANEKDF_SHA256;
    s.n = lanekdf_hash_len(s.hash);
    s.version = stage_versions[rng_below(s.rng, N_STAGE_VERSIONS)];
    s.job_case = job_case_new(id, memory);
    return s;
}

/* Chooses the lengths of a suite's key and IV, or lengths that no suite has, or none. */
static void choose_key_lengths(struct stage *s)
{
    static const uint8_t suites[][2] = {{16, 12}, {32, 12}, {16, 16}, {32, 32}, {0, 0}, {1, 1}};
    const uint8_t *suite = suites[rng_below(s->rng, 6)];

    s->key_len = suite[0];
    s->iv_len = suite[1];
    if (rng_one_in(s->rng, 6)) {
        s->key_len = (uint8_t)(1 + rng_below(s->rng, (uint32_t)s->n));
        s->iv_len = (uint8_t)(rng_one_in(s->rng, 3) ? s->n : 1 + rng_below(s->rng, (uint32_t)s->n));
    }
}

static bool has_number_key(const struct stage *s)
{
    return s->version != LANEKDF_TLS13;
}

/* The bytes of key, IV and number key. */
static size_t keys_len(const struct stage *s)
{
    return (has_number_key(s) ? 2u : 1u) * s->key_len + s->iv_len;
}

static const uint8_t *input_of_hash(struct stage *s)
{
    return take_input(s->memory, s->n);
}

/* n bytes that an output needs. Other jobs have them sometimes. */
static const uint8_t *input_if_needed(struct stage *s, bool is_needed)
{
    return is_needed || rng_one_in(s->rng, 4) ? input_of_hash(s) : NULL;
}

static uint8_t *output(struct stage *s, size_t len)
{
    return take_output(&s->job_case, s->memory, len).data;
}

/* An output of `len` bytes, if the next bit of `wanted` says so. */
static uint8_t *output_if_wanted(struct stage *s, unsigned *wanted, size_t len)
{
    const bool is_wanted = *wanted & 1;

    *wanted >>= 1;
    return is_wanted ? output(s, len) : NULL;
}

static struct lanekdf_prepared_secret *prepared_if_wanted(struct stage *s, unsigned *wanted)
{
    const bool is_wanted = *wanted & 1;

    *wanted >>= 1;
    return is_wanted ? take_prepared_output(&s->job_case, s->memory) : NULL;
}

/* A bit for each of n outputs, at least one of them; often all. The bits `without` stand for outputs that
 * this job cannot have. */
static unsigned any_wanted(struct stage *s, unsigned n, unsigned without)
{
    const unsigned all = (1u << n) - 1;
    unsigned wanted;

    do {
        wanted = (rng_one_in(s->rng, 3) ? all : (unsigned)rng_next(s->rng) & all) & ~without;
    } while (!wanted);
    return wanted;
}

/*
 * The stages
 */

static struct job_case early(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_TLS13_EARLY, memory);
    struct lanekdf_tls13_early *job = &s.job_case.any->tls13_early;
    unsigned wanted;

    choose_key_lengths(&s);
    job->hash = s.hash;
    job->version = s.version;
    job->psk_kind = (uint16_t)rng_below(s.rng, 3);
    job->key_len = s.key_len;
    job->iv_len = s.iv_len;
    if (rng_one_in(s.rng, 4)) {
        job->known_early_secret = input_of_hash(&s);
    } else {
        job->psk = take_bytes(memory, any_secret_len(memory, lengths, 1, LANEKDF_MAX_SECRET));
    }
    wanted = any_wanted(&s, 6, (job->known_early_secret ? 1 : 0) | (s.key_len ? 0 : 16));
    job->early_secret = output_if_wanted(&s, &wanted, s.n);
    job->binder = output_if_wanted(&s, &wanted, s.n);
    job->handshake_salt = output_if_wanted(&s, &wanted, s.n);
    job->client_early_traffic_secret = output_if_wanted(&s, &wanted, s.n);
    job->client_early_keys = output_if_wanted(&s, &wanted, keys_len(&s));
    job->early_exporter_master_secret = output_if_wanted(&s, &wanted, s.n);
    job->binder_hash = input_if_needed(&s, job->binder);
    job->client_hello_hash = input_if_needed(
        &s, job->client_early_traffic_secret || job->client_early_keys || job->early_exporter_master_secret);
    return s.job_case;
}

/* One secret, two of a hybrid group, or none, where the job then has a salt. */
static void give_shared_secret(struct stage *s, enum job_lengths lengths)
{
    struct lanekdf_tls13_handshake *job = &s->job_case.any->tls13_handshake;
    const uint32_t n = rng_below(s->rng, 4);

    if (n == 3 || (n == 2 && rng_one_in(s->rng, 2))) { /* in either place */
        job->shared_secret[n == 2] = take_bytes(s->memory, any_secret_len(s->memory, lengths, 1, 65535));
    } else if (n) {
        job->shared_secret[0] = take_bytes(s->memory, any_secret_len(s->memory, SHORT_LENGTHS, 1, 32767));
        job->shared_secret[1] = take_bytes(s->memory, any_secret_len(s->memory, lengths, 1, 32767));
    }
    if (rng_one_in(s->rng, 2) || !(job->shared_secret[0].len + job->shared_secret[1].len)) {
        job->handshake_salt = input_of_hash(s);
    }
}

static struct job_case handshake(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_TLS13_HANDSHAKE, memory);
    struct lanekdf_tls13_handshake *job = &s.job_case.any->tls13_handshake;
    unsigned wanted;

    choose_key_lengths(&s);
    job->hash = s.hash;
    job->version = s.version;
    job->key_len = s.key_len;
    job->iv_len = s.iv_len;
    give_shared_secret(&s, lengths);
    wanted = any_wanted(&s, 6, rng_one_in(s.rng, 4) ? 0 : 32);
    job->client_handshake_traffic_secret = output_if_wanted(&s, &wanted, s.n);
    job->server_handshake_traffic_secret = output_if_wanted(&s, &wanted, s.n);
    job->client_keys = output_if_wanted(&s, &wanted, (s.key_len ? keys_len(&s) : 0) + s.n);
    job->server_keys = output_if_wanted(&s, &wanted, (s.key_len ? keys_len(&s) : 0) + s.n);
    job->master_secret = output_if_wanted(&s, &wanted, s.n);
    job->prepared_master_secret = prepared_if_wanted(&s, &wanted);
    job->transcript_hash =
        input_if_needed(&s, job->client_handshake_traffic_secret || job->server_handshake_traffic_secret ||
                                job->client_keys || job->server_keys);
    return s.job_case;
}

static struct job_case finished(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_TLS13_FINISHED, memory);
    struct lanekdf_tls13_finished *job = &s.job_case.any->tls13_finished;

    (void)lengths;
    job->hash = s.hash;
    job->finished_key = input_of_hash(&s);
    job->transcript_hash = input_of_hash(&s);
    job->verify_data = output(&s, s.n);
    return s.job_case;
}

static struct job_case application(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_TLS13_APPLICATION, memory);
    struct lanekdf_tls13_application *job = &s.job_case.any->tls13_application;
    unsigned wanted;

    (void)lengths;
    choose_key_lengths(&s);
    job->hash = s.hash;
    job->version = s.version;
    job->key_len = s.key_len;
    job->iv_len = s.iv_len;
    job->master_secret = input_of_hash(&s);
    job->transcript_hash = input_of_hash(&s);
    wanted = any_wanted(&s, 6, (s.key_len ? 0 : 12) | (rng_one_in(s.rng, 4) ? 0 : 32));
    job->client_application_traffic_secret = output_if_wanted(&s, &wanted, s.n);
    job->server_application_traffic_secret = output_if_wanted(&s, &wanted, s.n);
    job->client_keys = output_if_wanted(&s, &wanted, keys_len(&s));
    job->server_keys = output_if_wanted(&s, &wanted, keys_len(&s));
    job->exporter_master_secret = output_if_wanted(&s, &wanted, s.n);
    job->prepared_exporter_master_secret = prepared_if_wanted(&s, &wanted);
    return s.job_case;
}

/* Mostly a few nonces, and sometimes as many as a program has no room for. */
static void give_nonces(struct stage *s, enum job_lengths lengths)
{
    struct lanekdf_tls13_resumption *job = &s->job_case.any->tls13_resumption;
    const uint32_t most = rng_one_in(s->rng, 8) ? lengths == LONG_LENGTHS ? 200 : 20 : 4;
    struct lanekdf_bytes *nonces;

    job->n_nonces = 1 + rng_below(s->rng, most);
    nonces = guarded_take(s->memory, job->n_nonces * sizeof(*nonces), sizeof(void *));
    for (size_t i = 0; i < job->n_nonces; i++) {
        nonces[i] = take_bytes(s->memory, any_short_len(s->memory, 255));
    }
    job->nonces = nonces;
    job->psks = output(s, job->n_nonces * s->n);
}

static struct job_case resumption(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_TLS13_RESUMPTION, memory);
    struct lanekdf_tls13_resumption *job = &s.job_case.any->tls13_resumption;
    unsigned wanted;

    job->hash = s.hash;
    job->version = s.version;
    if (rng_one_in(s.rng, 4)) {
        job->known_resumption_master_secret = input_of_hash(&s);
    } else {
        job->master_secret = input_of_hash(&s);
    }
    job->transcript_hash = input_if_needed(&s, job->master_secret);
    wanted = any_wanted(&s, 2, 0);
    job->resumption_master_secret = output_if_wanted(&s, &wanted, s.n);
    if (wanted) {
        give_nonces(&s, lengths);
    }
    return s.job_case;
}

struct job_case good_tickets(struct guarded_memory *memory, uint32_t hash, size_t n_nonces, size_t nonce_len)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_TLS13_RESUMPTION, memory);
    struct lanekdf_tls13_resumption *job = &job_case.any->tls13_resumption;
    struct lanekdf_bytes *nonces = guarded_take(memory, n_nonces * sizeof(*nonces), sizeof(void *));

    for (size_t i = 0; i < n_nonces; i++) {
        nonces[i] = take_bytes(memory, nonce_len + i % 16);
    }
    job->hash = hash;
    job->version = LANEKDF_DTLS13;
    job->master_secret = take_input(memory, lanekdf_hash_len(hash));
    job->transcript_hash = take_input(memory, lanekdf_hash_len(hash));
    job->nonces = nonces;
    job->n_nonces = n_nonces;
    job->psks = take_output(&job_case, memory, n_nonces * lanekdf_hash_len(hash)).data;
    return job_case;
}

static struct job_case traffic(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_TLS13_TRAFFIC, memory);
    struct lanekdf_tls13_traffic *job = &s.job_case.any->tls13_traffic;
    unsigned wanted;

    choose_key_lengths(&s);
    job->hash = s.hash;
    job->version = s.version;
    job->key_len = s.key_len = s.key_len ? s.key_len : 16;
    job->iv_len = s.iv_len = s.iv_len ? s.iv_len : 12;
    if (rng_one_in(s.rng, 2)) {
        job->n_updates = 1 + rng_below(s.rng, rng_one_in(s.rng, 8) ? lengths == LONG_LENGTHS ? 300 : 20 : 3);
    }
    job->traffic_secret = input_of_hash(&s);
    wanted = any_wanted(&s, 2, job->n_updates ? 0 : 1);
    job->next_secret = output_if_wanted(&s, &wanted, s.n);
    if (job->n_updates && (s.version == LANEKDF_QUIC_V1 || s.version == LANEKDF_QUIC_V2)) {
        job->keys = output_if_wanted(&s, &wanted, (size_t)s.key_len + s.iv_len);
    } else {
        job->keys = output_if_wanted(&s, &wanted, keys_len(&s));
    }
    if (!job->keys && rng_one_in(s.rng, 2)) {
        job->key_len = job->iv_len = 0;
    }
    return s.job_case;
}

static struct job_case exporter(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_TLS13_EXPORTER, memory);
    struct lanekdf_tls13_exporter *job = &s.job_case.any->tls13_exporter;
    const size_t label_len = any_short_len(memory, LANEKDF_MAX_LABEL);

    job->hash = s.hash;
    job->version = s.version;
    job->exporter_master_secret = input_of_hash(&s);
    job->label = take_bytes(memory, label_len ? label_len : 24);
    job->context =
        take_bytes(memory, rng_one_in(s.rng, 3) ? 0 : any_length(memory, lengths, 0, LANEKDF_MAX_CONTEXT));
    job->out = take_output(&s.job_case, memory, any_expanded_len(memory, lengths, s.n, 64));
    return s.job_case;
}

static struct job_case psk_import(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_TLS13_PSK_IMPORT, memory);
    struct lanekdf_tls13_psk_import *job = &s.job_case.any->tls13_psk_import;

    job->hash = s.hash;
    job->target_protocol = rng_one_in(s.rng, 2) ? LANEKDF_TLS13 : LANEKDF_DTLS13;
    job->target_kdf = (uint16_t)(1 + rng_below(s.rng, 2));
    job->psk = take_bytes(memory, any_secret_len(memory, lengths, 1, LANEKDF_MAX_SECRET));
    job->identity = take_bytes(memory, any_length(memory, lengths, 1, LANEKDF_MAX_CONTEXT));
    job->context = take_bytes(memory, any_length(memory, lengths, 0, LANEKDF_MAX_CONTEXT));
    job->imported_psk = output(&s, job->target_kdf == 1 ? 32 : 48);
    return s.job_case;
}

static struct job_case ech_confirmation(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_ECH_CONFIRMATION, memory);
    struct lanekdf_ech_confirmation *job = &s.job_case.any->ech_confirmation;

    (void)lengths;
    job->hash = s.hash;
    job->version = s.version;
    job->is_hello_retry = rng_below(s.rng, 2);
    job->inner_random = take_input(memory, LANEKDF_RANDOM_LEN);
    job->transcript_hash = input_of_hash(&s);
    job->confirmation = output(&s, LANEKDF_ECH_CONFIRMATION_LEN);
    return s.job_case;
}

static struct job_case quic_initial(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_QUIC_INITIAL, memory);
    struct lanekdf_quic_initial *job = &s.job_case.any->quic_initial;
    unsigned wanted = any_wanted(&s, 4, 0);

    (void)lengths;
    job->version = rng_one_in(s.rng, 2) ? LANEKDF_QUIC_V1 : LANEKDF_QUIC_V2;
    job->connection_id = take_bytes(memory, rng_below(s.rng, LANEKDF_MAX_CONNECTION_ID + 1));
    job->client_initial_secret = output_if_wanted(&s, &wanted, 32);
    job->server_initial_secret = output_if_wanted(&s, &wanted, 32);
    job->client_keys = output_if_wanted(&s, &wanted, LANEKDF_QUIC_INITIAL_KEYS_LEN);
    job->server_keys = output_if_wanted(&s, &wanted, LANEKDF_QUIC_INITIAL_KEYS_LEN);
    return s.job_case;
}

/* Some bytes in some pieces. */
static struct job_pieces any_pieces(struct guarded_memory *memory, enum job_lengths lengths, size_t max)
{
    const size_t len = any_length(memory, lengths, 0, max);

    return take_pieces(memory, len, len ? 1 + rng_below(guarded_rng(memory), 3) : 0);
}

static struct job_case hkdf(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_HKDF, memory);
    struct lanekdf_hkdf *job = &s.job_case.any->hkdf;
    const struct job_pieces info = any_pieces(memory, lengths, LANEKDF_MAX_SEED);
    const size_t out_len = any_expanded_len(memory, lengths, s.n, job_pieces_len(info));
    unsigned wanted = 4;

    job->hash = s.hash;
    job->info = info.list;
    job->n_info = info.n;
    if (rng_one_in(s.rng, 2)) {
        const size_t input_len = any_secret_len(memory, lengths, 0, LANEKDF_MAX_SECRET);
        const struct job_pieces input = take_pieces(memory, input_len, input_len ? 1 + input_len % 3 : 0);

        job->flags = LANEKDF_HKDF_EXTRACT;
        job->salt =
            take_bytes(memory, rng_one_in(s.rng, 3) ? 0 : any_length(memory, lengths, 0, LANEKDF_MAX_SECRET));
        job->input = input.list;
        job->n_input = input.n;
        wanted = any_wanted(&s, 3, rng_one_in(s.rng, 4) ? 0 : 2);
    } else {
        job->prk = take_bytes(memory, any_secret_len(memory, lengths, 1, LANEKDF_MAX_SECRET));
    }
    job->prk_out = output_if_wanted(&s, &wanted, s.n);
    job->prepared_prk_out = prepared_if_wanted(&s, &wanted);
    if (wanted) {
        job->out = take_output(&s.job_case, memory, out_len);
    }
    return s.job_case;
}

static struct job_case expand_label(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct stage s = stage_new(LANEKDF_KIND_EXPAND_LABEL, memory);
    struct lanekdf_expand_label *job = &s.job_case.any->expand_label;

    job->hash = s.hash;
    job->version = s.version;
    job->secret = take_bytes(memory, any_secret_len(memory, lengths, 1, LANEKDF_MAX_SECRET));
    job->n_labels = rng_one_in(s.rng, 3) ? LANEKDF_MAX_LABELS : 1 + rng_below(s.rng, LANEKDF_MAX_LABELS);
    for (size_t i = 0; i < job->n_labels; i++) {
        struct lanekdf_label *label = &job->labels[i];

        label->label = take_bytes(memory, any_short_len(memory, LANEKDF_MAX_LABEL));
        label->context = take_bytes(memory, any_short_len(memory, 255));
        label->out = take_output(&s.job_case, memory, any_expanded_len(memory, lengths, s.n, 500));
    }
    return s.job_case;
}

static const struct {
    uint32_t kind;
    struct job_case (*make)(struct guarded_memory *memory, enum job_lengths lengths);
} makers[] = {
    {LANEKDF_KIND_HKDF, hkdf},
    {LANEKDF_KIND_EXPAND_LABEL, expand_label},
    {LANEKDF_KIND_TLS13_EARLY, early},
    {LANEKDF_KIND_TLS13_HANDSHAKE, handshake},
    {LANEKDF_KIND_TLS13_FINISHED, finished},
    {LANEKDF_KIND_TLS13_APPLICATION, application},
    {LANEKDF_KIND_TLS13_RESUMPTION, resumption},
    {LANEKDF_KIND_TLS13_TRAFFIC, traffic},
    {LANEKDF_KIND_TLS13_EXPORTER, exporter},
    {LANEKDF_KIND_TLS13_PSK_IMPORT, psk_import},
    {LANEKDF_KIND_ECH_CONFIRMATION, ech_confirmation},
    {LANEKDF_KIND_QUIC_INITIAL, quic_initial},
};
enum { N_MAKERS = sizeof(makers) / sizeof(*makers) };

bool is_stage(uint32_t kind)
{
    for (size_t i = 0; i < N_MAKERS; i++) {
        if (makers[i].kind == kind) {
            return true;
        }
    }
    return false;
}

struct job_case good_stage(uint32_t kind, struct guarded_memory *memory, enum job_lengths lengths)
{
    for (size_t i = 0; i < N_MAKERS; i++) {
        if (makers[i].kind == kind) {
            return makers[i].make(memory, lengths);
        }
    }
    must(false, "a kind that is no stage");
    return (struct job_case){.any = NULL};
}
