/*
 * The key schedule of TLS 1.3 and QUIC through OpenSSL's own functions for it, used as fast as they allow:
 * EVP_KDF's TLS13-KDF for HKDF-Expand-Label, and for an extract whose salt is
 * Derive-Secret(secret, "derived", ""), which it makes itself; HKDF for any other extract; EVP_MAC for
 * Finished and binders. Every algorithm is fetched once, a context is kept for each of these uses, and what
 * all calls have in common, digest, mode, prefix and constant salts, is set in it once. What is the same for
 * all connections is kept, too: without a PSK the early secret, and the salt that follows from it. There is
 * no batch form.
 *
 * Two other implementations are here. One has the same contexts and sets all parameters in every call, as
 * users do who know that contexts should be kept, but not what one keeps: OpenSSL then looks the digest up in
 * every call. The other does what libssl does (tls13_enc.c): it fetches an algorithm, makes a context and
 * sets all parameters in every call, and computes the early secret for every handshake without a PSK.
 */
#include "peers_support.h"
#include "impl.h"
#include "hmac_schedule.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

enum { MAX_DIGEST_LEN = 64 /* that EVP_MAC_final() may write */ };

/* What connections that are alike have in common. */
struct state {
    struct schedule *schedule;
    const char *digest, *prefix;
    EVP_KDF_CTX *expand, *extract, *extract_derived;
    EVP_KDF_CTX *extract_constant[CONNECTION_MAX_CALLS]; /* by calls: each has one constant salt at most */
    EVP_MAC_CTX *mac;
    EVP_MD_CTX *hash;
    /* For calls that set all parameters: contexts that nothing is set in, and the early secret without a PSK.
     */
    bool keeps_contexts;
    EVP_KDF_CTX *tls13_expand, *tls13_extract, *hkdf;
    uint8_t early_secret[MAX_HASH_LEN];
};

struct pool_state {
    struct state **of; /* for each connection */
    size_t n_calls;    /* the most that a connection has */
};

/* OSSL_PARAM has no const, although these parameters are only read. */
static void *unconst(const void *data)
{
    return (void *)(uintptr_t)data;
}

static OSSL_PARAM text(const char *name, const char *value)
{
    return OSSL_PARAM_construct_utf8_string(name, unconst(value), 0);
}

static OSSL_PARAM octets(const char *name, const void *data, size_t len)
{
    return OSSL_PARAM_construct_octet_string(name, unconst(data), len);
}

static EVP_KDF_CTX *new_kdf_context(const char *name)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    if (!context) {
        peers_fail("OpenSSL has no %s here", name);
    }
    EVP_KDF_free(kdf);
    return context;
}

static void derive_kdf(EVP_KDF_CTX *context, const OSSL_PARAM *parameters, uint8_t *out, size_t out_len)
{
    if (EVP_KDF_derive(context, out, out_len, parameters) != 1) {
        peers_fail("EVP_KDF_derive failed");
    }
}

static OSSL_PARAM context_of(const struct schedule_step *step, const struct schedule_bases *bases)
{
    const struct schedule_label *label = step->label;
    return octets(OSSL_KDF_PARAM_DATA,
        step->message.len > 0 ? schedule_at(bases, &step->message) : label->info + label->context_at,
        label->context_len);
}

/* --- contexts that are kept --- */

/* A context has the secret that it was used with last. */
static void release_kdf(void *context)
{
    EVP_KDF_CTX_free(context);
}

static void release_hash(void *context)
{
    EVP_MD_CTX_free(context);
}

static void release_mac(void *context)
{
    EVP_MAC_CTX_free(context);
}

static EVP_KDF_CTX *new_set_context(
    const struct state *s, const char *name, int mode, OSSL_PARAM more, OSSL_PARAM still_more)
{
    EVP_KDF_CTX *context = new_kdf_context(name);
    peers_at_exit(release_kdf, context);
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        text(OSSL_KDF_PARAM_DIGEST, s->digest), more, still_more, OSSL_PARAM_construct_end()};
    if (EVP_KDF_CTX_set_params(context, parameters) != 1) {
        peers_fail("OpenSSL's %s does not take its parameters", name);
    }
    return context;
}

static void set_hash(struct state *s)
{
    EVP_MD *digest = EVP_MD_fetch(NULL, s->digest, NULL);
    s->hash = EVP_MD_CTX_new();
    if (!s->hash || !digest || EVP_DigestInit_ex2(s->hash, digest, NULL) != 1) {
        peers_fail("OpenSSL has no %s here", s->digest);
    }
    EVP_MD_free(digest);
    peers_at_exit(release_hash, s->hash);
}

/* Sets the contexts that all connections of one prefix have in common. */
static void set_contexts(struct state *s)
{
    const OSSL_PARAM end = OSSL_PARAM_construct_end();
    const OSSL_PARAM prefix = octets(OSSL_KDF_PARAM_PREFIX, s->prefix, strlen(s->prefix));
    const OSSL_PARAM derived = octets(OSSL_KDF_PARAM_LABEL, "derived", strlen("derived"));
    s->expand = new_set_context(s, OSSL_KDF_NAME_TLS1_3_KDF, EVP_KDF_HKDF_MODE_EXPAND_ONLY, prefix, end);
    s->extract_derived =
        new_set_context(s, OSSL_KDF_NAME_TLS1_3_KDF, EVP_KDF_HKDF_MODE_EXTRACT_ONLY, prefix, derived);
    s->extract = new_set_context(s, OSSL_KDF_NAME_HKDF, EVP_KDF_HKDF_MODE_EXTRACT_ONLY, end, end);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    const OSSL_PARAM parameters[] = {text(OSSL_MAC_PARAM_DIGEST, s->digest), end};
    s->mac = EVP_MAC_CTX_new(hmac);
    if (!s->mac || EVP_MAC_CTX_set_params(s->mac, parameters) != 1) {
        peers_fail("OpenSSL has no HMAC here");
    }
    EVP_MAC_free(hmac);
    peers_at_exit(release_mac, s->mac);
    set_hash(s);
}

static void set_constant_salts(struct state *s)
{
    const OSSL_PARAM end = OSSL_PARAM_construct_end();
    for (size_t call = 0; call < s->schedule->n_calls; call++) {
        const struct schedule_step *first = &s->schedule->calls[call].steps[0];
        if (first->operation == SCHEDULE_EXTRACT && first->key.base == SCHEDULE_CONSTANT) {
            s->extract_constant[call] = new_set_context(s, OSSL_KDF_NAME_HKDF, EVP_KDF_HKDF_MODE_EXTRACT_ONLY,
                octets(OSSL_KDF_PARAM_SALT, s->schedule->constants + first->key.offset, first->key.len), end);
        }
    }
}

static void expand(struct state *s, const struct schedule_step *step, const struct schedule_bases *bases)
{
    const OSSL_PARAM parameters[] = {
        octets(OSSL_KDF_PARAM_KEY, schedule_at(bases, &step->key), step->key.len),
        octets(OSSL_KDF_PARAM_LABEL, step->label->text, strlen(step->label->text)), context_of(step, bases),
        OSSL_PARAM_construct_end()};
    derive_kdf(s->expand, parameters, schedule_at(bases, &step->out), step->whole_len);
}

static void extract(
    struct state *s, size_t call, const struct schedule_step *step, const struct schedule_bases *bases)
{
    const OSSL_PARAM end = OSSL_PARAM_construct_end();
    const OSSL_PARAM input =
        octets(OSSL_KDF_PARAM_KEY, schedule_at(bases, &step->message), step->message.len);
    uint8_t *out = schedule_at(bases, &step->out);
    if (step->derived_from.len > 0) { /* without an input it takes zeros */
        const OSSL_PARAM parameters[] = {
            octets(OSSL_KDF_PARAM_SALT, schedule_at(bases, &step->derived_from), step->derived_from.len),
            end};
        derive_kdf(s->extract_derived, parameters, out, step->out.len);
    } else if (step->key.base == SCHEDULE_CONSTANT) {
        const OSSL_PARAM parameters[] = {input, end};
        derive_kdf(s->extract_constant[call], parameters, out, step->out.len);
    } else {
        const OSSL_PARAM parameters[] = {
            input, octets(OSSL_KDF_PARAM_SALT, schedule_at(bases, &step->key), step->key.len), end};
        derive_kdf(s->extract, parameters, out, step->out.len);
    }
}

static void compute_hmac(
    struct state *s, const struct schedule_step *step, const struct schedule_bases *bases)
{
    size_t len;
    uint8_t digest[MAX_DIGEST_LEN];
    if (EVP_MAC_init(s->mac, schedule_at(bases, &step->key), step->key.len, NULL) != 1 ||
        EVP_MAC_update(s->mac, schedule_at(bases, &step->message), step->message.len) != 1 ||
        EVP_MAC_final(s->mac, digest, &len, sizeof(digest)) != 1 || len < step->out.len) {
        peers_fail("EVP_MAC failed");
    }
    memcpy(schedule_at(bases, &step->out), digest, step->out.len);
}

static void compute_hash(
    struct state *s, const struct schedule_step *step, const struct schedule_bases *bases)
{
    if (EVP_DigestInit_ex2(s->hash, NULL, NULL) != 1 ||
        EVP_DigestUpdate(s->hash, schedule_at(bases, &step->message), step->message.len) != 1 ||
        EVP_DigestFinal_ex(s->hash, schedule_at(bases, &step->out), NULL) != 1) {
        peers_fail("EVP_Digest failed");
    }
}

static void run_with_kept_contexts(
    struct state *s, size_t call, const struct schedule_step *step, const struct schedule_bases *bases)
{
    switch (step->operation) {
    case SCHEDULE_EXTRACT:
        extract(s, call, step, bases);
        break;
    case SCHEDULE_EXPAND_LABEL:
        expand(s, step, bases);
        break;
    case SCHEDULE_HMAC:
        compute_hmac(s, step, bases);
        break;
    case SCHEDULE_HASH:
        compute_hash(s, step, bases);
        break;
    }
}

/* --- all parameters set in every call --- */

/* Derives with a context that is kept, or that lives for this call. */
static void derive_once(struct state *s, EVP_KDF_CTX *kept, const char *name, const OSSL_PARAM *parameters,
    uint8_t *out, size_t out_len)
{
    if (s->keeps_contexts) {
        derive_kdf(kept, parameters, out, out_len);
    } else {
        EVP_KDF_CTX *context = new_kdf_context(name);
        derive_kdf(context, parameters, out, out_len);
        EVP_KDF_CTX_free(context);
    }
}

static void expand_anew(struct state *s, const struct schedule_step *step, const struct schedule_bases *bases)
{
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        text(OSSL_KDF_PARAM_DIGEST, s->digest),
        octets(OSSL_KDF_PARAM_KEY, schedule_at(bases, &step->key), step->key.len),
        octets(OSSL_KDF_PARAM_PREFIX, s->prefix, strlen(s->prefix)),
        octets(OSSL_KDF_PARAM_LABEL, step->label->text, strlen(step->label->text)), context_of(step, bases),
        OSSL_PARAM_construct_end()};
    derive_once(s, s->tls13_expand, OSSL_KDF_NAME_TLS1_3_KDF, parameters, schedule_at(bases, &step->out),
        step->whole_len);
}

/* Extracts as tls13_generate_secret() does: with a salt that TLS13-KDF derives from a secret. A len of 0 says
 * that there is none, and a context that is kept must forget the last one. */
static void generate_secret(
    struct state *s, const uint8_t *from, size_t from_len, const uint8_t *input, size_t len, uint8_t *out)
{
    int mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
    OSSL_PARAM parameters[7], *next = parameters;
    *next++ = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
    *next++ = text(OSSL_KDF_PARAM_DIGEST, s->digest);
    if (len > 0) {
        *next++ = octets(OSSL_KDF_PARAM_KEY, input, len);
    }
    if (from_len > 0) {
        *next++ = octets(OSSL_KDF_PARAM_SALT, from, from_len);
    }
    *next++ = octets(OSSL_KDF_PARAM_PREFIX, s->prefix, strlen(s->prefix));
    *next++ = octets(OSSL_KDF_PARAM_LABEL, "derived", strlen("derived"));
    *next = OSSL_PARAM_construct_end();
    if (s->keeps_contexts) {
        EVP_KDF_CTX_reset(s->tls13_extract);
    }
    derive_once(s, s->tls13_extract, OSSL_KDF_NAME_TLS1_3_KDF, parameters, out, s->schedule->hash_len);
}

static void extract_anew(
    struct state *s, const struct schedule_step *step, const struct schedule_bases *bases)
{
    int mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
    const uint8_t *input = schedule_at(bases, &step->message);
    uint8_t *out = schedule_at(bases, &step->out);
    if (step->is_first_secret) {
        if (!s->keeps_contexts) {
            generate_secret(s, NULL, 0, NULL, 0, s->early_secret);
        }
        generate_secret(s, s->early_secret, s->schedule->hash_len, input, step->message.len, out);
    } else if (step->derived_from.len > 0) {
        generate_secret(s, schedule_at(bases, &step->derived_from), step->derived_from.len, NULL, 0, out);
    } else {
        const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
            text(OSSL_KDF_PARAM_DIGEST, s->digest), octets(OSSL_KDF_PARAM_KEY, input, step->message.len),
            octets(OSSL_KDF_PARAM_SALT, schedule_at(bases, &step->key), step->key.len),
            OSSL_PARAM_construct_end()};
        derive_once(s, s->hkdf, OSSL_KDF_NAME_HKDF, parameters, out, step->out.len);
    }
}

static void hmac_as_libssl(
    struct state *s, const struct schedule_step *step, const struct schedule_bases *bases)
{
    size_t len;
    uint8_t digest[MAX_DIGEST_LEN];
    if (!EVP_Q_mac(NULL, OSSL_MAC_NAME_HMAC, NULL, s->digest, NULL, schedule_at(bases, &step->key),
            step->key.len, schedule_at(bases, &step->message), step->message.len, digest, sizeof(digest),
            &len)) {
        peers_fail("EVP_Q_mac failed");
    }
    memcpy(schedule_at(bases, &step->out), digest, step->out.len);
}

static void run_with_all_parameters(
    struct state *s, size_t call, const struct schedule_step *step, const struct schedule_bases *bases)
{
    (void)call;
    switch (step->operation) {
    case SCHEDULE_EXTRACT:
        extract_anew(s, step, bases);
        break;
    case SCHEDULE_EXPAND_LABEL:
        expand_anew(s, step, bases);
        break;
    case SCHEDULE_HMAC:
        (s->keeps_contexts ? compute_hmac : hmac_as_libssl)(s, step, bases);
        break;
    case SCHEDULE_HASH:
        compute_hash(s, step, bases);
        break;
    }
}

/* --- connections --- */

typedef void run_step(
    struct state *s, size_t call, const struct schedule_step *step, const struct schedule_bases *bases);

/* The function is inline, so that the calls of run() are direct ones. */
static inline void derive_connections(const struct pool_state *pool, run_step *run, size_t first, size_t n)
{
    for (size_t call = 0; call < pool->n_calls; call++) {
        for (size_t i = first; i < first + n; i++) {
            struct state *s = pool->of[i];
            const struct schedule_call *steps = &s->schedule->calls[call]; /* no steps behind the last call */
            const struct schedule_bases bases = schedule_bases(s->schedule, i);
            for (size_t k = 0; k < steps->n_steps; k++) {
                /* An extract makes such a salt itself, and the first part of a label all others. */
                if (!steps->steps[k].is_salt_alone && !steps->steps[k].is_later_part) {
                    run(s, call, &steps->steps[k], &bases);
                }
            }
        }
    }
}

static void derive_with_kept_contexts(void *state, size_t first, size_t n)
{
    derive_connections(state, run_with_kept_contexts, first, n);
}

static void derive_with_all_parameters(void *state, size_t first, size_t n)
{
    derive_connections(state, run_with_all_parameters, first, n);
}

/* Contexts are shared with `like`, the state of others of the pool, if it has the same prefix; it may be
 * NULL.
 */
static struct state *new_state(
    const struct workload_batch *pool, size_t i, struct schedule *schedule, const struct state *like)
{
    struct state *s = peers_alloc(sizeof(*s));
    const char *prefix = pool->connections[i].version == LANEKDF_DTLS13 ? "dtls13" : "tls13 ";
    if (like && strcmp(like->prefix, prefix) == 0) {
        *s = *like;
        memset(s->extract_constant, 0, sizeof(s->extract_constant));
    }
    s->schedule = schedule;
    if (!s->expand) {
        s->digest = schedule->hash == LANEKDF_SHA384 ? "SHA384" : "SHA256";
        s->prefix = prefix;
        set_contexts(s);
    }
    set_constant_salts(s);
    return s;
}

static void *prepare(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    const struct schedules schedules = schedules_new(pool);
    struct state **states = peers_alloc(schedules.n * sizeof(*states));
    struct pool_state *s = peers_alloc(sizeof(*s));
    (void)impl;
    (void)n_per_call;
    s->n_calls = schedules.n_calls;
    s->of = peers_alloc(pool->n * sizeof(*s->of));
    for (size_t i = 0; i < pool->n; i++) {
        struct state **state = &states[schedules.of[i]];
        if (!*state) {
            *state = new_state(pool, i, schedules.all[schedules.of[i]], states[0]);
        }
        s->of[i] = *state;
    }
    return s;
}

static void *prepare_without_parameters(
    const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    struct pool_state *prepared = prepare(impl, pool, n_per_call);
    for (size_t i = 0; i < pool->n; i++) {
        struct state *s = prepared->of[i];
        if (!s->keeps_contexts) {
            s->tls13_expand = new_kdf_context(OSSL_KDF_NAME_TLS1_3_KDF);
            s->tls13_extract = new_kdf_context(OSSL_KDF_NAME_TLS1_3_KDF);
            s->hkdf = new_kdf_context(OSSL_KDF_NAME_HKDF);
            generate_secret(s, NULL, 0, NULL, 0, s->early_secret);
            s->keeps_contexts = true;
        }
    }
    return prepared;
}

const struct impl impl_openssl_schedule = {.name = "openssl",
    .description = "TLS13-KDF, HKDF and HMAC through EVP, contexts kept",
    .library = LIBRARY_OPENSSL,
    .prepare = prepare,
    .derive = derive_with_kept_contexts};
const struct impl impl_openssl_parameters_schedule = {.name = "openssl-parameters",
    .description = "as openssl, with all parameters in every call",
    .library = LIBRARY_OPENSSL,
    .prepare = prepare_without_parameters,
    .derive = derive_with_all_parameters};
const struct impl impl_openssl_libssl_schedule = {.name = "openssl-libssl",
    .description = "as libssl itself does",
    .library = LIBRARY_OPENSSL,
    .prepare = prepare,
    .derive = derive_with_all_parameters};
