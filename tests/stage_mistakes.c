#include "mistakes.h"

#include <string.h>

/* The mistakes that stages of TLS 1.3, DTLS 1.3 and QUIC, and jobs of HKDF, can have beyond those of their
 * fields. */

static union any_job *any_of(struct mistake_site *site)
{
    return site->job_case->any;
}

static size_t digest_len(struct mistake_site *site)
{
    return lanekdf_hash_len(job_hash(any_of(site)));
}

static bool give(struct mistake_site *site, const uint8_t **input)
{
    *input = take_input(site->memory, digest_len(site));
    return true;
}

static bool take_away(const uint8_t **input, bool is_needed)
{
    *input = NULL;
    return is_needed;
}

/* Moves an input as long as a digest to where an output overlaps it. */
static bool overlap_input(struct mistake_site *site, const uint8_t **input, bool is_needed)
{
    const struct job_field *output = any_other_output(site, NULL);
    const size_t len = digest_len(site);
    uint8_t *moved;

    if (!is_needed) {
        return false;
    }
    moved = take_room(site, output, len);
    memcpy(moved, *input, len);
    *input = moved;
    overlap_with(site, output, moved, len);
    return true;
}

/* Leaves every output out, and with it the reason why the job is there. */
static bool want_nothing(struct mistake_site *site)
{
    for (size_t i = 0; i < site->kind->n_fields; i++) {
        const struct job_field *field = &site->kind->fields[i];

        if (job_field_is_output(field)) {
            job_field_set_output(any_of(site), field, NULL);
        }
        if (field->type == FIELD_OUT) {
            job_field_span(any_of(site), field)->len = 0;
        }
    }
    site->job_case->n_outputs = 0;
    return true;
}

/*
 * Lengths of keys. Every stage that has keys has these members and its own place for them.
 */

static const struct job_field *field_named(struct mistake_site *site, const char *name)
{
    for (size_t i = 0; i < site->kind->n_fields; i++) {
        if (strcmp(site->kind->fields[i].name, name) == 0) {
            return &site->kind->fields[i];
        }
    }
    return NULL;
}

static void set_number(struct mistake_site *site, const char *name, uint64_t number)
{
    job_field_set_number(any_of(site), field_named(site, name), number);
}

static uint64_t number(struct mistake_site *site, const char *name)
{
    return job_field_number(any_of(site), field_named(site, name));
}

static bool want_keys_without_suite(struct mistake_site *site)
{
    static const char *const keys[] = {"client_early_keys", "client_keys", "server_keys", "keys"};
    bool wants_keys = false;

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        const struct job_field *field = field_named(site, keys[i]);

        wants_keys |= field && job_field_is_given(any_of(site), field);
    }
    set_number(site, "key_len", 0);
    set_number(site, "iv_len", 0);
    return wants_keys;
}

static bool give_iv_without_key(struct mistake_site *site)
{
    set_number(site, "key_len", 0);
    return number(site, "iv_len") > 0;
}

static bool give_key_without_iv(struct mistake_site *site)
{
    set_number(site, "iv_len", 0);
    return number(site, "key_len") > 0;
}

static bool give_long_key(struct mistake_site *site)
{
    set_number(site, "key_len", rng_one_in(guarded_rng(site->memory), 2) ? 255 : digest_len(site) + 1);
    return number(site, "iv_len") > 0;
}

static bool give_long_iv(struct mistake_site *site)
{
    set_number(site, "iv_len", rng_one_in(guarded_rng(site->memory), 2) ? 255 : digest_len(site) + 1);
    return number(site, "key_len") > 0;
}

/*
 * The early stage
 */

static struct lanekdf_tls13_early *early_of(struct mistake_site *site)
{
    return &any_of(site)->tls13_early;
}

static bool set_unknown_psk_kind(struct mistake_site *site)
{
    early_of(site)->psk_kind = (uint16_t)(rng_one_in(guarded_rng(site->memory), 2) ? 3 : UINT16_MAX);
    return true;
}

static bool know_early_secret_of_psk(struct mistake_site *site)
{
    return give(site, &early_of(site)->known_early_secret) && early_of(site)->psk.len > 0;
}

static bool lack_early_secret(struct mistake_site *site)
{
    return take_away(&early_of(site)->known_early_secret, early_of(site)->known_early_secret);
}

static bool want_known_early_secret(struct mistake_site *site)
{
    struct lanekdf_tls13_early *job = early_of(site);

    if (!job->known_early_secret) {
        return false;
    }
    job->early_secret = take_output(site->job_case, site->memory, digest_len(site)).data;
    return true;
}

static bool lack_binder_hash(struct mistake_site *site)
{
    return take_away(&early_of(site)->binder_hash, early_of(site)->binder);
}

static bool overlap_binder_hash(struct mistake_site *site)
{
    return overlap_input(site, &early_of(site)->binder_hash, early_of(site)->binder);
}

static bool needs_client_hello_hash(const struct lanekdf_tls13_early *job)
{
    return job->client_early_traffic_secret || job->client_early_keys || job->early_exporter_master_secret;
}

static bool lack_client_hello_hash(struct mistake_site *site)
{
    return take_away(&early_of(site)->client_hello_hash, needs_client_hello_hash(early_of(site)));
}

static bool overlap_client_hello_hash(struct mistake_site *site)
{
    return overlap_input(site, &early_of(site)->client_hello_hash, needs_client_hello_hash(early_of(site)));
}

/*
 * The handshake stage
 */

static struct lanekdf_tls13_handshake *handshake_of(struct mistake_site *site)
{
    return &any_of(site)->tls13_handshake;
}

static bool lack_shared_secret_and_psk(struct mistake_site *site)
{
    handshake_of(site)->shared_secret[0].len = handshake_of(site)->shared_secret[1].len = 0;
    handshake_of(site)->handshake_salt = NULL;
    return true;
}

static bool give_long_shared_secrets(struct mistake_site *site)
{
    struct lanekdf_tls13_handshake *job = handshake_of(site);
    const size_t len = 1 + rng_below(guarded_rng(site->memory), LANEKDF_MAX_SECRET);

    job->shared_secret[0] = take_bytes(site->memory, len);
    job->shared_secret[1] = take_bytes(site->memory, LANEKDF_MAX_SECRET + 1 - len);
    return true;
}

static bool needs_server_hello(const struct lanekdf_tls13_handshake *job)
{
    return job->client_handshake_traffic_secret || job->server_handshake_traffic_secret || job->client_keys ||
           job->server_keys;
}

static bool lack_server_hello(struct mistake_site *site)
{
    return take_away(&handshake_of(site)->transcript_hash, needs_server_hello(handshake_of(site)));
}

static bool overlap_server_hello(struct mistake_site *site)
{
    return overlap_input(site, &handshake_of(site)->transcript_hash, needs_server_hello(handshake_of(site)));
}

/*
 * The resumption stage
 */

static struct lanekdf_tls13_resumption *resumption_of(struct mistake_site *site)
{
    return &any_of(site)->tls13_resumption;
}

static bool know_resumption_secret_of_master_secret(struct mistake_site *site)
{
    return give(site, &resumption_of(site)->known_resumption_master_secret) &&
           resumption_of(site)->master_secret;
}

static bool know_resumption_secret_of_prepared(struct mistake_site *site)
{
    if (!resumption_of(site)->master_secret) {
        return false;
    }
    prepare_secret(site->job_case, site->memory);
    return give(site, &resumption_of(site)->known_resumption_master_secret);
}

static bool lack_resumption_secret(struct mistake_site *site)
{
    return take_away(&resumption_of(site)->known_resumption_master_secret,
        resumption_of(site)->known_resumption_master_secret);
}

static bool lack_client_finished(struct mistake_site *site)
{
    return take_away(&resumption_of(site)->transcript_hash, resumption_of(site)->master_secret);
}

static bool overlap_client_finished(struct mistake_site *site)
{
    return overlap_input(site, &resumption_of(site)->transcript_hash, resumption_of(site)->master_secret);
}

static bool want_no_tickets(struct mistake_site *site)
{
    struct lanekdf_tls13_resumption *job = resumption_of(site);

    if (job->psks) {
        forget_output(site->job_case, job->psks);
    }
    job->n_nonces = 0;
    return !job->resumption_master_secret;
}

static struct lanekdf_bytes *any_nonce(struct mistake_site *site)
{
    struct lanekdf_tls13_resumption *job = resumption_of(site);
    const struct lanekdf_bytes *nonces = job->nonces;

    return job->n_nonces ? (struct lanekdf_bytes *)(uintptr_t)&nonces[rng_below(
                               guarded_rng(site->memory), (uint32_t)job->n_nonces)]
                         : NULL;
}

static bool lack_nonces(struct mistake_site *site)
{
    resumption_of(site)->nonces = NULL;
    return resumption_of(site)->n_nonces > 0;
}

static bool lack_nonce(struct mistake_site *site)
{
    struct lanekdf_bytes *nonce = any_nonce(site);

    if (!nonce || !nonce->len) {
        return false;
    }
    nonce->data = NULL;
    return true;
}

static bool give_long_nonce(struct mistake_site *site)
{
    struct lanekdf_bytes *nonce = any_nonce(site);

    if (!nonce) {
        return false;
    }
    *nonce = take_bytes(site->memory, 256);
    return true;
}

static bool give_many_nonces(struct mistake_site *site)
{
    resumption_of(site)->n_nonces =
        rng_one_in(guarded_rng(site->memory), 2) ? LANEKDF_MAX_PIECES + 1 : SIZE_MAX / 16;
    return true;
}

static bool overlap_nonce(struct mistake_site *site)
{
    struct lanekdf_bytes *nonce = any_nonce(site);
    const struct job_field *output = any_other_output(site, NULL);
    uint8_t *moved;

    if (!nonce || !nonce->len) {
        return false;
    }
    moved = take_room(site, output, nonce->len);
    memcpy(moved, nonce->data, nonce->len);
    nonce->data = moved;
    overlap_with(site, output, moved, nonce->len);
    return true;
}

static bool overlap_nonces(struct mistake_site *site)
{
    struct lanekdf_tls13_resumption *job = resumption_of(site);
    const struct job_field *output = any_other_output(site, NULL);
    const size_t len = job->n_nonces * sizeof(*job->nonces);
    void *moved;

    if (!len) {
        return false;
    }
    moved = take_room(site, output, len);
    job->nonces = memcpy(moved, job->nonces, len);
    overlap_with(site, output, moved, len);
    return true;
}

static bool lack_psks(struct mistake_site *site)
{
    struct lanekdf_tls13_resumption *job = resumption_of(site);

    if (!job->psks) {
        return false;
    }
    forget_output(site->job_case, job->psks);
    job->psks = NULL;
    return true;
}

/*
 * Key updates
 */

static bool want_next_secret_without_update(struct mistake_site *site)
{
    struct lanekdf_tls13_traffic *job = &any_of(site)->tls13_traffic;

    if (job->n_updates) {
        return false;
    }
    job->next_secret = take_output(site->job_case, site->memory, digest_len(site)).data;
    return true;
}

static bool update_often(struct mistake_site *site)
{
    struct lanekdf_tls13_traffic *job = &any_of(site)->tls13_traffic;
    const bool has_updates = job->n_updates > 0; /* else a block of QUIC would have another length now */

    job->n_updates = rng_one_in(guarded_rng(site->memory), 2) ? LANEKDF_MAX_UPDATES + 1 : UINT32_MAX;
    return has_updates;
}

/*
 * The import of a PSK
 */

static bool set_unknown_target_protocol(struct mistake_site *site)
{
    static const uint16_t unknown[] = {0, 1, LANEKDF_TLS12, 0x0305, 0xfefd, 0xfeff, UINT16_MAX};

    any_of(site)->tls13_psk_import.target_protocol =
        unknown[rng_below(guarded_rng(site->memory), sizeof(unknown) / sizeof(*unknown))];
    return true;
}

static bool set_unknown_target_kdf(struct mistake_site *site)
{
    any_of(site)->tls13_psk_import.target_kdf =
        (uint16_t)(rng_one_in(guarded_rng(site->memory), 2) ? 0
                                                            : 3 + rng_below(guarded_rng(site->memory), 9));
    return true;
}

/*
 * HKDF
 */

static struct lanekdf_hkdf *hkdf_of(struct mistake_site *site)
{
    return &any_of(site)->hkdf;
}

static bool give_prk_to_extract(struct mistake_site *site)
{
    hkdf_of(site)->prk = take_bytes(site->memory, 32);
    return hkdf_of(site)->flags & LANEKDF_HKDF_EXTRACT;
}

static bool give_salt_to_expand(struct mistake_site *site)
{
    hkdf_of(site)->salt = take_bytes(site->memory, 32);
    return !(hkdf_of(site)->flags & LANEKDF_HKDF_EXTRACT);
}

static bool give_input_to_expand(struct mistake_site *site)
{
    const struct job_pieces input = take_pieces(site->memory, 32, 1);

    hkdf_of(site)->input = input.list;
    hkdf_of(site)->n_input = input.n;
    return !(hkdf_of(site)->flags & LANEKDF_HKDF_EXTRACT);
}

static bool want_prk_of_expand(struct mistake_site *site)
{
    if (hkdf_of(site)->flags & LANEKDF_HKDF_EXTRACT) {
        return false;
    }
    hkdf_of(site)->prk_out = take_output(site->job_case, site->memory, digest_len(site)).data;
    return true;
}

static bool want_prepared_prk_of_expand(struct mistake_site *site)
{
    if (hkdf_of(site)->flags & LANEKDF_HKDF_EXTRACT) {
        return false;
    }
    hkdf_of(site)->prepared_prk_out = take_prepared_output(site->job_case, site->memory);
    return true;
}

static bool want_no_labels(struct mistake_site *site)
{
    any_of(site)->expand_label.n_labels = 0;
    return true;
}

static bool want_many_labels(struct mistake_site *site)
{
    any_of(site)->expand_label.n_labels =
        rng_one_in(guarded_rng(site->memory), 2) ? LANEKDF_MAX_LABELS + 1 : SIZE_MAX;
    return true;
}

/*
 * The table
 */

#define MISTAKE(kind, name, status, outputs, make)                                                           \
    {                                                                                                        \
        LANEKDF_KIND_##kind,                                                                                 \
        {                                                                                                    \
            name, LANEKDF_ERROR_##status, OUTPUTS_##outputs, make                                            \
        }                                                                                                    \
    }
/* A block whose lengths are wrong has a length that nobody can tell. */
#define MISTAKES_OF_KEYS(kind)                                                                               \
    MISTAKE(kind, "an IV without a key", LENGTH, EITHER, give_iv_without_key),                               \
        MISTAKE(kind, "a key without an IV", LENGTH, EITHER, give_key_without_iv),                           \
        MISTAKE(kind, "a key beyond the hash", LENGTH, EITHER, give_long_key),                               \
        MISTAKE(kind, "an IV beyond the hash", LENGTH, EITHER, give_long_iv)

const struct kind_mistake stage_mistakes[] = {
    MISTAKE(TLS13_EARLY, "unknown PSK kind", RESERVED, ZEROED, set_unknown_psk_kind),
    MISTAKE(TLS13_EARLY, "PSK and early secret", CONFLICT, ZEROED, know_early_secret_of_psk),
    MISTAKE(TLS13_EARLY, "no early secret", CONFLICT, ZEROED, lack_early_secret),
    MISTAKE(TLS13_EARLY, "wants a known early secret", CONFLICT, ZEROED, want_known_early_secret),
    MISTAKE(TLS13_EARLY, "nothing wanted", LENGTH, LEFT, want_nothing),
    MISTAKE(TLS13_EARLY, "binder_hash is NULL", NULL, ZEROED, lack_binder_hash),
    MISTAKE(TLS13_EARLY, "binder_hash is overlapped", OVERLAP, ZEROED, overlap_binder_hash),
    MISTAKE(TLS13_EARLY, "client_hello_hash is NULL", NULL, ZEROED, lack_client_hello_hash),
    MISTAKE(TLS13_EARLY, "client_hello_hash is overlapped", OVERLAP, ZEROED, overlap_client_hello_hash),
    MISTAKE(TLS13_EARLY, "keys without suite", LENGTH, EITHER, want_keys_without_suite),
    MISTAKES_OF_KEYS(TLS13_EARLY),
    MISTAKE(TLS13_HANDSHAKE, "no secret and no PSK", CONFLICT, ZEROED, lack_shared_secret_and_psk),
    MISTAKE(TLS13_HANDSHAKE, "secrets too long together", LENGTH, ZEROED, give_long_shared_secrets),
    MISTAKE(TLS13_HANDSHAKE, "nothing wanted", LENGTH, LEFT, want_nothing),
    MISTAKE(TLS13_HANDSHAKE, "transcript_hash is NULL", NULL, ZEROED, lack_server_hello),
    MISTAKE(TLS13_HANDSHAKE, "transcript_hash is overlapped", OVERLAP, ZEROED, overlap_server_hello),
    MISTAKES_OF_KEYS(TLS13_HANDSHAKE),
    MISTAKE(TLS13_APPLICATION, "nothing wanted", LENGTH, LEFT, want_nothing),
    MISTAKE(TLS13_APPLICATION, "keys without suite", LENGTH, EITHER, want_keys_without_suite),
    MISTAKES_OF_KEYS(TLS13_APPLICATION),
    MISTAKE(TLS13_RESUMPTION, "known and master secret", CONFLICT, ZEROED,
        know_resumption_secret_of_master_secret),
    MISTAKE(
        TLS13_RESUMPTION, "known and prepared secret", CONFLICT, ZEROED, know_resumption_secret_of_prepared),
    MISTAKE(TLS13_RESUMPTION, "no known secret", CONFLICT, ZEROED, lack_resumption_secret),
    MISTAKE(TLS13_RESUMPTION, "nothing wanted", LENGTH, LEFT, want_no_tickets),
    MISTAKE(TLS13_RESUMPTION, "transcript_hash is NULL", NULL, ZEROED, lack_client_finished),
    MISTAKE(TLS13_RESUMPTION, "transcript_hash is overlapped", OVERLAP, ZEROED, overlap_client_finished),
    MISTAKE(TLS13_RESUMPTION, "nonces are NULL", NULL, ZEROED, lack_nonces),
    MISTAKE(TLS13_RESUMPTION, "a nonce is NULL", NULL, ZEROED, lack_nonce),
    MISTAKE(TLS13_RESUMPTION, "a nonce is too long", LENGTH, ZEROED, give_long_nonce),
    MISTAKE(TLS13_RESUMPTION, "too many nonces", LENGTH, EITHER, give_many_nonces),
    MISTAKE(TLS13_RESUMPTION, "a nonce is overlapped", OVERLAP, ZEROED, overlap_nonce),
    MISTAKE(TLS13_RESUMPTION, "the list of nonces is overlapped", OVERLAP, ZEROED, overlap_nonces),
    MISTAKE(TLS13_RESUMPTION, "psks is NULL", NULL, ZEROED, lack_psks),
    MISTAKE(TLS13_TRAFFIC, "nothing wanted", LENGTH, LEFT, want_nothing),
    MISTAKE(TLS13_TRAFFIC, "a next secret without update", CONFLICT, ZEROED, want_next_secret_without_update),
    MISTAKE(TLS13_TRAFFIC, "too many updates", LENGTH, ZEROED, update_often),
    MISTAKE(TLS13_TRAFFIC, "keys without suite", LENGTH, EITHER, want_keys_without_suite),
    MISTAKES_OF_KEYS(TLS13_TRAFFIC),
    MISTAKE(TLS13_PSK_IMPORT, "unknown target protocol", VERSION, ZEROED, set_unknown_target_protocol),
    MISTAKE(TLS13_PSK_IMPORT, "unknown target KDF", HASH, EITHER, set_unknown_target_kdf),
    MISTAKE(QUIC_INITIAL, "nothing wanted", LENGTH, LEFT, want_nothing),
    MISTAKE(HKDF, "extract with a PRK", CONFLICT, ZEROED, give_prk_to_extract),
    MISTAKE(HKDF, "expand with a salt", CONFLICT, ZEROED, give_salt_to_expand),
    MISTAKE(HKDF, "expand with an input", CONFLICT, ZEROED, give_input_to_expand),
    MISTAKE(HKDF, "expand with a PRK out", CONFLICT, ZEROED, want_prk_of_expand),
    MISTAKE(HKDF, "expand with a prepared PRK out", CONFLICT, ZEROED, want_prepared_prk_of_expand),
    MISTAKE(HKDF, "nothing wanted", LENGTH, LEFT, want_nothing),
    MISTAKE(EXPAND_LABEL, "no labels", LENGTH, EITHER, want_no_labels),
    MISTAKE(EXPAND_LABEL, "too many labels", LENGTH, EITHER, want_many_labels),
};
const size_t n_stage_mistakes = sizeof(stage_mistakes) / sizeof(*stage_mistakes);
