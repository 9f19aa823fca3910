#include "hmac_schedule.h"

#include "peers_support.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stddef.h>
#include <string.h>

/* --- HMAC and hash for what is constant, untimed --- */

static const EVP_MD *digest(const struct schedule *s)
{
    return s->hash == LANEKDF_SHA384 ? EVP_sha384() : EVP_sha256();
}

static void hmac(const struct schedule *s, const uint8_t *key, size_t key_len, const uint8_t *message,
    size_t len, uint8_t *out)
{
    if (!HMAC(digest(s), key, (int)key_len, message, len, out, NULL)) {
        peers_fail("libcrypto has no HMAC here");
    }
}

static void hash_of_nothing(const struct schedule *s, uint8_t *out)
{
    if (EVP_Digest("", 0, out, NULL, digest(s), NULL) != 1) {
        peers_fail("libcrypto has no hash here");
    }
}

/* --- places --- */

enum intermediate {
    EARLY_SECRET,
    BINDER_KEY,
    BINDER_FINISHED_KEY,
    HANDSHAKE_SECRET,
    DERIVED,
    FIRST_SIDE,
    CONTEXT_HASH = FIRST_SIDE
};

static struct schedule_place intermediate(const struct schedule *s, int index)
{
    return (struct schedule_place){SCHEDULE_INTERMEDIATE, (size_t)index * MAX_HASH_LEN, s->hash_len};
}

static struct schedule_place constant(struct schedule *s, const uint8_t *bytes, size_t len)
{
    const struct schedule_place place = {SCHEDULE_CONSTANT, s->constants_len, len};
    if (len > sizeof(s->constants) - s->constants_len) {
        peers_fail("hmac_schedule.c has no room for a constant of %zu bytes", len);
    }
    memcpy(s->constants + place.offset, bytes, len);
    s->constants_len += len;
    return place;
}

static const struct schedule_place nothing;

#define INPUT(member, len)                                                                                   \
    ((struct schedule_place){SCHEDULE_INPUT, offsetof(struct connection_inputs, member), len})
#define OUTPUT(member, len)                                                                                  \
    ((struct schedule_place){SCHEDULE_OUTPUT, offsetof(struct connection_outputs, member), len})

/* One connection stands for all that are like it: its pointers become places. */
static struct schedule_place place_of(const struct connection_view *view, const uint8_t *pointer, size_t len)
{
    const struct {
        const uint8_t *begin;
        size_t len;
        enum schedule_base base;
    } areas[] = {{(const uint8_t *)view->in, sizeof(*view->in), SCHEDULE_INPUT},
        {(const uint8_t *)view->out, sizeof(*view->out), SCHEDULE_OUTPUT},
        {view->recorded_in, view->recorded ? recorded_inputs_len(view->recorded) : 0,
            SCHEDULE_RECORDED_INPUT},
        {view->recorded_out, view->recorded ? recorded_outputs_len(view->recorded) : 0,
            SCHEDULE_RECORDED_OUTPUT}};
    for (size_t i = 0; i < sizeof(areas) / sizeof(*areas); i++) {
        const uintptr_t offset = (uintptr_t)pointer - (uintptr_t)areas[i].begin;
        if (offset < areas[i].len) {
            return (struct schedule_place){areas[i].base, offset, len};
        }
    }
    peers_fail("hmac_schedule.c: bytes of a connection lie where none are");
}

/* --- labels --- */

/* RFC 8446 section 7.1: HkdfLabel, and the counter 1. A context of NULL is one that a connection fills in. */
static const struct schedule_label *new_label(const struct connection *connection, const char *text,
    const uint8_t *context, size_t context_len, size_t out_len)
{
    struct schedule_label *label = peers_alloc(sizeof(*label));
    const size_t text_len = strlen(text);
    const char *prefix = connection->version == LANEKDF_DTLS13 ? "dtls13" : "tls13 ";
    uint8_t *end = label->info;
    *end++ = (uint8_t)(out_len >> 8);
    *end++ = (uint8_t)out_len;
    *end++ = (uint8_t)(strlen(prefix) + text_len);
    end = (uint8_t *)memcpy(end, prefix, strlen(prefix)) + strlen(prefix);
    end = (uint8_t *)memcpy(end, text, text_len) + text_len;
    *end++ = (uint8_t)context_len;
    label->text = text;
    label->context_at = (size_t)(end - label->info);
    label->context_len = context_len;
    if (context && context_len > 0) {
        memcpy(end, context, context_len);
    }
    end += context_len;
    *end++ = 1;
    label->info_len = (size_t)(end - label->info);
    return label;
}

/* --- steps --- */

struct writer {
    struct schedule *s;
    const struct connection *connection;
    const struct connection_view *view;
    struct schedule_call *call;
};

static bool are_equal(const struct schedule_place *a, const struct schedule_place *b)
{
    return a->base == b->base && a->offset == b->offset && a->len == b->len;
}

static struct schedule_step *add(struct writer *w, struct schedule_step step)
{
    struct schedule_call *call = w->call;
    const struct schedule_step *last = call->n_steps > 0 ? &call->steps[call->n_steps - 1] : NULL;
    if (call->n_steps == MAX_SCHEDULE_STEPS) {
        peers_fail("hmac_schedule.h has room for %d steps", MAX_SCHEDULE_STEPS);
    }
    step.has_last_key = last && last->level == step.level && are_equal(&last->key, &step.key);
    step.whole_len = step.whole_len > 0 ? step.whole_len : step.out.len;
    call->steps[call->n_steps] = step;
    call->n_levels = step.level + 1 > call->n_levels ? step.level + 1 : call->n_levels;
    return &call->steps[call->n_steps++];
}

/* Expands a label with a context that the connection fills in. */
static void expand(struct writer *w, unsigned level, struct schedule_place secret, const char *label,
    struct schedule_place context, struct schedule_place out)
{
    add(w, (struct schedule_step){.operation = SCHEDULE_EXPAND_LABEL,
               .level = level,
               .key = secret,
               .label = new_label(w->connection, label, NULL, context.len, out.len),
               .message = context,
               .out = out});
}

/* Expands a label with an empty context. */
static void expand_alone(struct writer *w, unsigned level, struct schedule_place secret, const char *label,
    struct schedule_place out)
{
    expand(w, level, secret, label, nothing, out);
}

/* Derive-Secret(secret, label, ""). */
static struct schedule_step *derive_of_nothing(struct writer *w, unsigned level, struct schedule_place secret,
    const char *label, struct schedule_place out)
{
    uint8_t context[MAX_HASH_LEN];
    hash_of_nothing(w->s, context);
    return add(w, (struct schedule_step){.operation = SCHEDULE_EXPAND_LABEL,
                      .level = level,
                      .key = secret,
                      .label = new_label(w->connection, label, context, w->s->hash_len, out.len),
                      .out = out});
}

static struct schedule_step *extract(struct writer *w, unsigned level, struct schedule_place salt,
    struct schedule_place input, struct schedule_place out)
{
    return add(
        w, (struct schedule_step){
               .operation = SCHEDULE_EXTRACT, .level = level, .key = salt, .message = input, .out = out});
}

static void add_hmac(struct writer *w, unsigned level, struct schedule_place key,
    struct schedule_place message, struct schedule_place out)
{
    add(w, (struct schedule_step){
               .operation = SCHEDULE_HMAC, .level = level, .key = key, .message = message, .out = out});
}

/* --- stages --- */

static struct schedule_place part(struct schedule_place place, size_t offset, size_t len)
{
    return (struct schedule_place){place.base, place.offset + offset, len};
}

static struct schedule_place transcript_hash(const struct writer *w, enum connection_stage stage)
{
    return part(INPUT(transcript_hash, 0), (size_t)stage * MAX_HASH_LEN, w->s->hash_len);
}

/* Key and IV of one direction, cut into a block as lanekdf.h says. */
static void key_and_iv(
    struct writer *w, unsigned level, struct schedule_place secret, struct schedule_place block)
{
    const bool is_v2 = w->connection->version == LANEKDF_QUIC_V2, is_quic = connection_is_quic(w->connection);
    const size_t key_len = w->connection->key_len;
    expand_alone(w, level, secret,
        is_v2     ? "quicv2 key"
        : is_quic ? "quic key"
                  : "key",
        part(block, 0, key_len));
    expand_alone(w, level, secret,
        is_v2     ? "quicv2 iv"
        : is_quic ? "quic iv"
                  : "iv",
        part(block, key_len, IV_LEN));
}

/* All keys of one direction. */
static void traffic_keys(struct writer *w, unsigned level, struct schedule_place secret,
    struct schedule_place block, bool has_finished_key)
{
    const bool is_v2 = w->connection->version == LANEKDF_QUIC_V2, is_quic = connection_is_quic(w->connection);
    const size_t key_len = w->connection->key_len;
    key_and_iv(w, level, secret, block);
    if (connection_has_number_key(w->connection)) {
        expand_alone(w, level, secret,
            is_v2     ? "quicv2 hp"
            : is_quic ? "quic hp"
                      : "sn",
            part(block, key_len + IV_LEN, key_len));
    }
    if (has_finished_key) {
        expand_alone(
            w, level, secret, "finished", part(block, connection_keys_len(w->connection), w->s->hash_len));
    }
}

static void initial_stage(struct writer *w, int n_sides)
{
    static const uint8_t salts[2][20] = {/* RFC 9001 section 5.2, RFC 9369 section 3.3.1 */
        {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc,
            0xbb, 0x7f, 0x0a},
        {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9,
            0xbd, 0x2e, 0xd9}};
    const bool is_v2 = w->connection->version == LANEKDF_QUIC_V2;
    const struct schedule_place secret = intermediate(w->s, HANDSHAKE_SECRET);
    extract(w, 0, constant(w->s, salts[is_v2], sizeof(salts[is_v2])),
        INPUT(connection_id, w->connection->connection_id_len), secret);
    for (int side = 0; side < n_sides; side++) {
        expand_alone(w, 1, secret, side == LANEKDF_CLIENT ? "client in" : "server in",
            intermediate(w->s, FIRST_SIDE + side));
    }
    for (int side = 0; side < n_sides; side++) {
        traffic_keys(w, 2, intermediate(w->s, FIRST_SIDE + side),
            part(OUTPUT(initial_keys, 0), (size_t)side * LANEKDF_QUIC_INITIAL_KEYS_LEN, 0), false);
    }
}

/* What a server derives that accepts early data. */
static void early_data(struct writer *w, struct schedule_place early_secret)
{
    const struct recorded_connection *recorded = w->view->recorded;
    const size_t n = w->s->hash_len;
    const struct schedule_place hello = {SCHEDULE_RECORDED_INPUT, recorded_client_hello_hash_at(recorded), n};
    const struct schedule_place secret = {SCHEDULE_RECORDED_OUTPUT, 0, n};
    const struct schedule_place exporter = {
        SCHEDULE_RECORDED_OUTPUT, recorded_early_exporter_at(recorded), n};
    expand(w, 1, early_secret, "c e traffic", hello, secret);
    expand(w, 1, early_secret, "e exp master", hello, exporter);
    traffic_keys(w, 2, secret,
        (struct schedule_place){SCHEDULE_RECORDED_OUTPUT, recorded_early_keys_at(recorded), 0}, false);
}

static void early_stage(struct writer *w)
{
    static const char *const binder_labels[] = {[LANEKDF_PSK_RESUMPTION] = "res binder",
        [LANEKDF_PSK_EXTERNAL] = "ext binder",
        [LANEKDF_PSK_IMPORTED] = "imp binder"};
    static const uint8_t zeros[MAX_HASH_LEN];
    const size_t n = w->s->hash_len;
    const struct schedule_place early_secret = intermediate(w->s, EARLY_SECRET),
                                binder_key = intermediate(w->s, BINDER_KEY),
                                finished_key = intermediate(w->s, BINDER_FINISHED_KEY);
    const struct lanekdf_bytes psk = connection_psk(w->view);
    extract(w, 0, constant(w->s, zeros, n), place_of(w->view, psk.data, psk.len), early_secret);
    if (connection_has_binder(w->view)) {
        derive_of_nothing(w, 1, early_secret, binder_labels[w->connection->psk_kind], binder_key);
    }
    derive_of_nothing(w, 1, early_secret, "derived", OUTPUT(handshake_salt, n));
    if (connection_has_early_data(w->view)) {
        early_data(w, early_secret);
    }
    if (connection_has_binder(w->view)) {
        expand_alone(w, 2, binder_key, "finished", finished_key);
        add_hmac(w, 3, finished_key, transcript_hash(w, STAGE_EARLY), OUTPUT(binder, n));
    }
}

/* Derive-Secret(HKDF-Extract(0, 0), "derived", ""), a constant. */
static struct schedule_place salt_without_psk(struct writer *w)
{
    static const uint8_t zeros[MAX_HASH_LEN];
    uint8_t early_secret[MAX_HASH_LEN], context[MAX_HASH_LEN], salt[MAX_HASH_LEN];
    const size_t n = w->s->hash_len;
    hmac(w->s, zeros, n, zeros, n, early_secret);
    hash_of_nothing(w->s, context);
    const struct schedule_label *derived = new_label(w->connection, "derived", context, n, n);
    hmac(w->s, early_secret, n, derived->info, derived->info_len, salt);
    return constant(w->s, salt, n);
}

static void handshake_stage(struct writer *w)
{
    static const uint8_t zeros[MAX_HASH_LEN];
    const size_t n = w->s->hash_len;
    const bool has_psk = connection_has(w->connection, STAGE_EARLY);
    const struct schedule_place secret = intermediate(w->s, HANDSHAKE_SECRET),
                                derived = intermediate(w->s, DERIVED);
    const struct lanekdf_bytes first_piece = connection_shared_secret(w->view, 0);
    const struct schedule_place shared_secret =
        place_of(w->view, first_piece.data, first_piece.len + connection_shared_secret(w->view, 1).len);
    struct schedule_place sides[N_ROLES];
    extract(w, 0, has_psk ? OUTPUT(handshake_salt, n) : salt_without_psk(w), shared_secret, secret)
        ->is_first_secret = !has_psk;
    for (size_t side = 0; side < N_ROLES; side++) {
        sides[side] = part(OUTPUT(handshake_traffic_secret, 0), side * MAX_HASH_LEN, n);
        expand(w, 1, secret, side == LANEKDF_CLIENT ? "c hs traffic" : "s hs traffic",
            transcript_hash(w, STAGE_HANDSHAKE), sides[side]);
    }
    derive_of_nothing(w, 1, secret, "derived", derived)->is_salt_alone = true;
    for (size_t side = 0; side < N_ROLES; side++) {
        traffic_keys(
            w, 2, sides[side], part(OUTPUT(handshake_keys, 0), side * MAX_HANDSHAKE_KEYS_LEN, 0), true);
    }
    extract(w, 2, derived, constant(w->s, zeros, n), OUTPUT(master_secret, n))->derived_from = secret;
}

static void finished_stage(struct writer *w, enum lanekdf_role side, enum connection_stage stage)
{
    const size_t n = w->s->hash_len;
    add_hmac(w, 0, place_of(w->view, connection_finished_key(w->view, side), n), transcript_hash(w, stage),
        part(OUTPUT(verify_data, 0), (size_t)side * MAX_HASH_LEN, n));
}

static void application_stage(struct writer *w)
{
    const size_t n = w->s->hash_len;
    const struct schedule_place secret = place_of(w->view, connection_master_secret(w->view), n);
    const struct schedule_place messages = transcript_hash(w, STAGE_APPLICATION);
    struct schedule_place sides[N_ROLES];
    for (size_t side = 0; side < N_ROLES; side++) {
        sides[side] = part(OUTPUT(application_traffic_secret, 0), side * MAX_HASH_LEN, n);
        expand(w, 0, secret, side == LANEKDF_CLIENT ? "c ap traffic" : "s ap traffic", messages, sides[side]);
    }
    expand(w, 0, secret, "exp master", messages, OUTPUT(exporter_master_secret, n));
    for (size_t side = 0; side < N_ROLES; side++) {
        traffic_keys(w, 1, sides[side], part(OUTPUT(application_keys, 0), side * MAX_KEYS_LEN, 0), false);
    }
}

static void resumption_stage(struct writer *w)
{
    const size_t n = w->s->hash_len;
    const struct schedule_place master = OUTPUT(resumption_master_secret, n);
    expand(w, 0, place_of(w->view, connection_master_secret(w->view), n), "res master",
        transcript_hash(w, STAGE_RESUMPTION), master);
    for (size_t i = 0; i < connection_n_tickets(w->view); i++) {
        const struct lanekdf_bytes nonce = connection_nonce(w->view, i);
        expand(w, 1, master, "resumption", nonce.len > 0 ? place_of(w->view, nonce.data, nonce.len) : nothing,
            place_of(w->view, connection_ticket_psks(w->view) + i * n, n));
    }
}

/* Key updates of one job, each in the place of the secret before it, and the keys of the last one. */
static void traffic_stage(struct writer *w, size_t number)
{
    const size_t n = w->s->hash_len;
    const struct connection_update update = connection_update_of(w->view, number);
    const struct schedule_place next_secret = place_of(w->view, update.next_secret, n),
                                keys = place_of(w->view, update.keys, 0);
    struct schedule_place secret = place_of(w->view, update.secret, n);
    unsigned level = 0;
    const bool is_v2 = w->connection->version == LANEKDF_QUIC_V2, is_quic = connection_is_quic(w->connection);
    for (; level < update.n_steps; level++) {
        expand_alone(w, level, secret,
            is_v2     ? "quicv2 ku"
            : is_quic ? "quic ku"
                      : "traffic upd",
            next_secret);
        secret = next_secret;
    }
    if (is_quic) {
        key_and_iv(w, level, next_secret, keys);
    } else {
        traffic_keys(w, level, next_secret, keys, false);
    }
}

/* Makes the label of T(number) of the one of T(1). */
static const struct schedule_label *later_label(
    const struct schedule_label *first, size_t hash_len, size_t number)
{
    struct schedule_label *label = peers_alloc(sizeof(*label));
    label->text = first->text;
    label->context_len = hash_len;
    label->info_len = hash_len + first->info_len;
    memcpy(label->info + hash_len, first->info, first->info_len);
    label->info[label->info_len - 1] = (uint8_t)number;
    return label;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void exporter_stage(struct writer *w, size_t number)
{
    const struct connection_exporter exporter = connection_exporter_of(w->view, number);
    const size_t n = w->s->hash_len, len = exporter.out.len;
    const bool has_context = exporter.context.len > 0;
    const struct schedule_place derived = intermediate(w->s, DERIVED),
                                context_hash = intermediate(w->s, CONTEXT_HASH),
                                out = place_of(w->view, exporter.out.data, len);
    uint8_t context[MAX_HASH_LEN];
    hash_of_nothing(w->s, context);
    if (has_context) {
        add(w, (struct schedule_step){.operation = SCHEDULE_HASH,
                   .message = place_of(w->view, exporter.context.data, exporter.context.len),
                   .out = context_hash});
    }
    derive_of_nothing(
        w, 0, place_of(w->view, connection_exporter_master_secret(w->view), n), exporter.label, derived);
    const struct schedule_label *label = new_label(w->connection, "exporter", context, n, len);
    for (size_t at = 0; at < len; at += n) {
        const bool is_later = at > 0;
        const struct schedule_place filled = has_context ? context_hash : nothing;
        add(w, (struct schedule_step){.operation = SCHEDULE_EXPAND_LABEL,
                   .level = 1 + (unsigned)(at / n),
                   .key = derived,
                   .label = is_later ? later_label(label, n, 1 + at / n) : label,
                   .message = is_later ? part(out, at - n, n) : filled,
                   .also = is_later ? filled : nothing,
                   .also_at = n + label->context_at,
                   .out = part(out, at, smaller(n, len - at)),
                   .whole_len = len,
                   .is_later_part = is_later});
    }
}

static void write_call(struct writer *w, struct connection_call call)
{
    const enum connection_stage stage = call.stage;
    switch (stage) {
    case STAGE_INITIAL:
        initial_stage(w, N_ROLES);
        break;
    case STAGE_INITIAL_CLIENT:
        initial_stage(w, 1);
        break;
    case STAGE_EARLY:
        early_stage(w);
        break;
    case STAGE_HANDSHAKE:
        handshake_stage(w);
        break;
    case STAGE_SERVER_FINISHED:
        finished_stage(w, LANEKDF_SERVER, stage);
        break;
    case STAGE_APPLICATION:
        application_stage(w);
        break;
    case STAGE_CLIENT_FINISHED:
        finished_stage(w, LANEKDF_CLIENT, stage);
        break;
    case STAGE_RESUMPTION:
        resumption_stage(w);
        break;
    case STAGE_TRAFFIC:
        traffic_stage(w, call.number);
        break;
    case STAGE_EXPORTER:
        exporter_stage(w, call.number);
        break;
    case N_STAGES:
        peers_fail("hmac_schedule.c has no steps for stage %d", (int)stage);
    }
}

/* The schedule of a connection, and of all that are like it. */
static struct schedule *new_schedule(
    const struct workload_batch *pool, size_t i, uint8_t (*intermediates)[8][MAX_HASH_LEN])
{
    const struct connection_view view = workload_batch_connection(pool, i);
    struct schedule *s = peers_alloc(sizeof(*s));
    s->pool = *pool;
    s->hash = view.connection->hash;
    s->hash_len = lanekdf_hash_len(s->hash);
    s->intermediates = intermediates;
    struct connection_call call = connection_call_of_number(view.connection, view.recorded, 0);
    while (call.stage < N_STAGES) {
        struct writer w = {s, view.connection, &view, &s->calls[s->n_calls++]};
        write_call(&w, call);
        call = connection_call_of_number(view.connection, view.recorded, s->n_calls);
    }
    return s;
}

/* What the steps of a connection depend on. Padding is 0. */
struct likeness {
    unsigned numbers[10];
    struct recorded_connection recorded; /* zeroes: there is none */
};

static void find_likeness(const struct workload_batch *pool, size_t i, struct likeness *likeness)
{
    const struct connection *c = &pool->connections[i];
    const unsigned numbers[] = {c->version, c->stages, c->hash, c->key_len, c->shared_secret_len[0],
        c->shared_secret_len[1], c->n_tickets, c->connection_id_len, c->psk_kind, c->exporter_len};
    _Static_assert(sizeof(numbers) == sizeof(likeness->numbers), "all numbers have a place");
    memset(likeness, 0, sizeof(*likeness));
    memcpy(likeness->numbers, numbers, sizeof(numbers));
    if (pool->recorded) {
        memcpy(&likeness->recorded, &pool->recorded[i], sizeof(likeness->recorded));
    }
}

/* FNV-1a. */
static uint64_t hash_of(const struct likeness *likeness)
{
    const uint8_t *bytes = (const uint8_t *)likeness;
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < sizeof(*likeness); i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3;
    }
    return hash;
}

/* The connections of a pool of which each is unlike all others before it, in a table by their likeness: a
 * place has the number of one, counted from 1, or 0. */
struct firsts {
    const struct workload_batch *pool;
    size_t *places;
    size_t n_places;
};

/* The first connection that is like connection i, which may be that one. */
static size_t first_like(struct firsts *firsts, size_t i)
{
    struct likeness wanted, found;
    find_likeness(firsts->pool, i, &wanted);
    size_t place = (size_t)(hash_of(&wanted) % firsts->n_places);
    while (firsts->places[place] > 0) {
        find_likeness(firsts->pool, firsts->places[place] - 1, &found);
        if (memcmp(&wanted, &found, sizeof(wanted)) == 0) {
            return firsts->places[place] - 1;
        }
        place = (place + 1) % firsts->n_places;
    }
    firsts->places[place] = i + 1;
    return i;
}

struct schedules schedules_new(const struct workload_batch *pool)
{
    uint8_t(*intermediates)[8][MAX_HASH_LEN] = peers_alloc(pool->n * sizeof(*intermediates));
    struct schedules schedules = {.all = peers_alloc(pool->n * sizeof(*schedules.all)),
        .of = peers_alloc(pool->n * sizeof(*schedules.of))};
    if (!workload_has_connections(pool->workload)) {
        peers_fail("%s: hmac_schedule.c takes connections", pool->workload->name);
    }
    const size_t n_places = 2 * pool->n + 1; /* half of them stay free, so that few are looked at */
    struct firsts firsts = {pool, peers_alloc(n_places * sizeof(*firsts.places)), n_places};
    for (size_t i = 0; i < pool->n; i++) {
        const size_t first = first_like(&firsts, i);
        if (first < i) {
            schedules.of[i] = schedules.of[first];
            continue;
        }
        struct schedule *s = new_schedule(pool, i, intermediates);
        schedules.n_calls = s->n_calls > schedules.n_calls ? s->n_calls : schedules.n_calls;
        schedules.of[i] = schedules.n;
        schedules.all[schedules.n++] = s;
    }
    peers_free(firsts.places);
    return schedules;
}
