/*
 * Routes: a job that is spared its check because it is like one before. No route may change what comes of a
 * job. So all jobs of these tests are derived three times: in a batch; one by one, each checked in full; and
 * one by one with the routes of the process. All memory must be the same afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "context.h"
#include "good_jobs.h"
#include "kernel_argument.h"
#include "must.h"
#include "published_route.h"
#include "run_and_compare.h"
#include "wrong_jobs.h"

static struct rng rng;
static lanekdf_context *context;

/* ---- jobs and their memory ---- */

enum {
    MAX_JOBS = 2400,
    ROOM_BYTES = 4096,   /* for the outputs of a job, or all of its buffers */
    INPUT_BYTES = 80000, /* the longest secret fits behind the first places of buffers */
};

static uint8_t inputs[INPUT_BYTES];
/* All that a job may change. */
static struct world {
    union any_job jobs[MAX_JOBS];
    uint8_t rooms[MAX_JOBS][ROOM_BYTES];
} world, before, after_batch, after_routes;
static size_t n_jobs;

/* Counts the full checks of a batch. */
static size_t n_checked;
int __real_lanekdf_kinds_begin_job(struct lanekdf_job *job, struct record *record, uint32_t legacy);
int __wrap_lanekdf_kinds_begin_job(struct lanekdf_job *job, struct record *record, uint32_t legacy);
int __wrap_lanekdf_kinds_begin_job(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    n_checked++;
    return __real_lanekdf_kinds_begin_job(job, record, legacy);
}

/* Whether lanekdf_derive_one() takes routes. */
static bool one_takes_routes;
int __real_lanekdf_published_route_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy,
    struct compiler *compiler, const struct published_phase **phase);
int __wrap_lanekdf_published_route_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy,
    struct compiler *compiler, const struct published_phase **phase);
int __wrap_lanekdf_published_route_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy,
    struct compiler *compiler, const struct published_phase **phase)
{
    if (one_takes_routes) {
        return __real_lanekdf_published_route_begin(job, record, legacy, compiler, phase);
    }
    *phase = NULL;
    return __wrap_lanekdf_kinds_begin_job(job, record, legacy);
}

static void new_context(void)
{
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};
    lanekdf_context_free(context);
    must(lanekdf_context_new(&context, &options) == LANEKDF_OK, "no context");
}

static void copy_world(struct world *to, const struct world *from)
{
    memcpy(to->jobs, from->jobs, n_jobs * sizeof(*to->jobs));
    memcpy(to->rooms, from->rooms, n_jobs * sizeof(*to->rooms));
}

/* Each is one of world.jobs, or in its room. */
static struct lanekdf_job *jobs[MAX_JOBS];

static union any_job *add_job(const union any_job *like)
{
    must(n_jobs < MAX_JOBS, "raise MAX_JOBS");
    union any_job *job = &world.jobs[n_jobs];
    *job = *like;
    jobs[n_jobs] = &job->job;
    memset(world.rooms[n_jobs++], 0xee, ROOM_BYTES);
    return job;
}

/* Compares the world with what another way of deriving has made of it. */
static void compare_world(const struct world *other, const char *way)
{
    static const union any_job no_job;
    for (size_t i = 0; i < n_jobs; i++) {
        const union any_job *one = &world.jobs[i], *same = &other->jobs[i];
        if (memcmp(one, same, sizeof(no_job)) || memcmp(world.rooms[i], other->rooms[i], ROOM_BYTES)) {
            fail_msg("job %zu of %zu: status %d by itself, %d %s; to repeat: %s", i, n_jobs, one->job.status,
                same->job.status, way, test_seed_text());
        }
    }
}

static size_t derive_one_by_one(bool with_routes)
{
    size_t n_failed = 0;
    one_takes_routes = with_routes;
    for (size_t i = 0; i < n_jobs; i++) {
        n_failed += lanekdf_derive_one(jobs[i]) != LANEKDF_OK;
    }
    return n_failed;
}

/* Derives all jobs in one call, and again one by one. */
static void derive_and_compare(void)
{
    copy_world(&before, &world);
    n_checked = 0;
    const size_t n_failed_in_batch = lanekdf_context_derive(context, jobs, n_jobs);
    const size_t n_checked_in_batch = n_checked;
    copy_world(&after_batch, &world);
    copy_world(&world, &before);
    assert_int_equal(derive_one_by_one(true), n_failed_in_batch);
    copy_world(&after_routes, &world);
    copy_world(&world, &before);
    assert_int_equal(derive_one_by_one(false), n_failed_in_batch);
    n_checked = n_checked_in_batch;
    compare_world(&after_batch, "in a batch");
    compare_world(&after_routes, "by itself with routes");
}

/* ---- examples ---- */

static struct lanekdf_prepared_secret prepared_sha256;

/* Pieces of messages, and behind them empty ones: a number of pieces may have any bit wrong. */
enum { N_PIECES = 5 };
static struct lanekdf_bytes pieces[N_PIECES + 2 * LANEKDF_MAX_PIECES];
/* The pieces of each job that has some of its own. */
static struct lanekdf_bytes own_pieces[MAX_JOBS][N_PIECES];

enum {
    N_OF_TLS12 = 9,
    N_OF_STAGES = 12,
    FIRST_WITH_BYTES = N_OF_TLS12 + N_OF_STAGES,
    EXPORTER_EXAMPLE = FIRST_WITH_BYTES + 1,
    HMAC_EXAMPLE = FIRST_WITH_BYTES + 5,
    N_WITH_ROUTES = FIRST_WITH_BYTES + 8,
    N_EXAMPLES = N_WITH_ROUTES + 1
};

#define STAGE(id, of) .job.kind = LANEKDF_KIND_##id, .hash = LANEKDF_SHA256, .version = (of)
#define KEYS .key_len = 16, .iv_len = 12

/* Good jobs of the stages of TLS 1.3, DTLS 1.3 and QUIC. */
static union any_job example_of_stage(size_t i)
{
    uint8_t *const wanted = world.rooms[0];
    const uint8_t *const secret = inputs + 128, *const transcript_hash = inputs + 200;
    struct lanekdf_tls13_handshake handshake = {STAGE(TLS13_HANDSHAKE, LANEKDF_TLS13), KEYS,
        .shared_secret = {{inputs, 32}}, .transcript_hash = transcript_hash,
        .client_handshake_traffic_secret = wanted, .client_keys = wanted, .server_keys = wanted,
        .master_secret = wanted};
    struct lanekdf_tls13_traffic traffic = {
        STAGE(TLS13_TRAFFIC, LANEKDF_QUIC_V1), KEYS, .traffic_secret = secret, .keys = wanted};

    switch (i) {
    case 0:
        return (union any_job){.tls13_handshake = handshake};
    case 1: /* a PSK, a hybrid group, and a prepared master secret */
        handshake.version = LANEKDF_DTLS13;
        handshake.shared_secret[1] = (struct lanekdf_bytes){inputs + 32, 32};
        handshake.handshake_salt = secret;
        handshake.prepared_master_secret = &prepared_sha256;
        return (union any_job){.tls13_handshake = handshake};
    case 2:
        return (union any_job){
            .tls13_early = {STAGE(TLS13_EARLY, LANEKDF_QUIC_V2), KEYS, .psk_kind = LANEKDF_PSK_EXTERNAL,
                .psk = {inputs, 32}, .binder_hash = transcript_hash, .client_hello_hash = transcript_hash,
                .early_secret = wanted, .binder = wanted, .handshake_salt = wanted,
                .client_early_traffic_secret = wanted, .client_early_keys = wanted,
                .early_exporter_master_secret = wanted}};
    case 3:
        return (union any_job){
            .tls13_early = {STAGE(TLS13_EARLY, LANEKDF_TLS13), .known_early_secret = secret,
                .binder_hash = transcript_hash, .binder = wanted}};
    case 4:
        return (union any_job){.tls13_finished = {.job.kind = LANEKDF_KIND_TLS13_FINISHED,
                                   .hash = LANEKDF_SHA256,
                                   .finished_key = secret,
                                   .transcript_hash = transcript_hash,
                                   .verify_data = wanted}};
    case 5:
        return (union any_job){
            .tls13_application = {STAGE(TLS13_APPLICATION, LANEKDF_TLS13), KEYS, .master_secret = secret,
                .transcript_hash = transcript_hash, .client_application_traffic_secret = wanted,
                .server_keys = wanted, .exporter_master_secret = wanted}};
    case 6:
        return (union any_job){.tls13_traffic = traffic};
    case 7:
        traffic.n_updates = 2;
        traffic.next_secret = wanted;
        return (union any_job){.tls13_traffic = traffic};
    case 8:
        return (union any_job){.tls13_psk_import = {.job.kind = LANEKDF_KIND_TLS13_PSK_IMPORT,
                                   .hash = LANEKDF_SHA256,
                                   .target_protocol = LANEKDF_TLS13,
                                   .target_kdf = 1,
                                   .psk = {inputs, 32},
                                   .identity = {inputs + 64, 20},
                                   .context = {inputs + 96, 10},
                                   .imported_psk = wanted}};
    case 9:
        return (union any_job){
            .ech_confirmation = {STAGE(ECH_CONFIRMATION, LANEKDF_TLS13), .inner_random = secret,
                .transcript_hash = transcript_hash, .confirmation = wanted}};
    case 10: /* without a ticket */
        return (union any_job){
            .tls13_resumption = {STAGE(TLS13_RESUMPTION, LANEKDF_TLS13), .master_secret = secret,
                .transcript_hash = transcript_hash, .resumption_master_secret = wanted}};
    default:
        return (union any_job){.quic_initial = {.job.kind = LANEKDF_KIND_QUIC_INITIAL,
                                   .version = LANEKDF_QUIC_V1,
                                   .connection_id = {inputs, 8},
                                   .client_initial_secret = wanted,
                                   .client_keys = wanted,
                                   .server_keys = wanted}};
    }
}

/* Good jobs of which something counts that lies behind a pointer: the tag of a prepared secret, a label, the
 * lengths of pieces. */
static union any_job example_with_bytes(size_t i)
{
    const struct lanekdf_bytes hash32 = {inputs + 200, 32};
    const struct lanekdf_span out = {world.rooms[0], 32};
    struct lanekdf_exporter exporter = {.job.kind = LANEKDF_KIND_EXPORTER,
        .hash = LANEKDF_SHA256,
        .flags = LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET | LANEKDF_EXPORTER_HAS_CONTEXT,
        .client_random = inputs + 64,
        .server_random = inputs + 96,
        .label = {inputs + 600, 24},
        .out = out};
    struct lanekdf_hmac hmac = {.job.kind = LANEKDF_KIND_HMAC,
        .hash = LANEKDF_SHA256,
        .prepared_key = &prepared_sha256,
        .message = pieces,
        .n_message = 3,
        .out = out};

    switch (i) {
    case 0:
        return (union any_job){.finished = {.job.kind = LANEKDF_KIND_FINISHED,
                                   .hash = LANEKDF_SHA256,
                                   .prepared_secret = &prepared_sha256,
                                   .server_finished_hash = hash32,
                                   .server_verify_data = world.rooms[0]}};
    case EXPORTER_EXAMPLE - FIRST_WITH_BYTES:
        exporter.prepared_secret = &prepared_sha256;
        return (union any_job){.exporter = exporter};
    case 2: /* a short label, a context, several digests, and a permission of its own */
        exporter.job.legacy = LANEKDF_LEGACY_EXPORTER;
        exporter.flags = LANEKDF_EXPORTER_HAS_CONTEXT;
        exporter.master_secret = inputs + 128;
        exporter.label.len = 7;
        exporter.context = (struct lanekdf_bytes){inputs + 700, 5};
        exporter.out.len = 70;
        return (union any_job){.exporter = exporter};
    case 3:
        return (union any_job){.tls13_exporter = {STAGE(TLS13_EXPORTER, LANEKDF_TLS13),
                                   .prepared_exporter_master_secret = &prepared_sha256,
                                   .label = {inputs + 600, 13}, .context = {inputs + 700, 5}, .out = out}};
    case 4:
        return (union any_job){.prf = {.job.kind = LANEKDF_KIND_PRF,
                                   .hash = LANEKDF_SHA256,
                                   .secret = {inputs + 128, 40},
                                   .label = {inputs + 600, 13},
                                   .seed = pieces,
                                   .n_seed = 2,
                                   .out = out}};
    case HMAC_EXAMPLE - FIRST_WITH_BYTES:
        return (union any_job){.hmac = hmac};
    case 6:
        return (union any_job){.hkdf = {.job.kind = LANEKDF_KIND_HKDF,
                                   .hash = LANEKDF_SHA256,
                                   .flags = LANEKDF_HKDF_EXTRACT,
                                   .salt = {inputs + 128, 32},
                                   .input = pieces,
                                   .n_input = 1,
                                   .info = pieces + 1,
                                   .n_info = 2,
                                   .prk_out = world.rooms[0],
                                   .out = out}};
    case 7:
        return (union any_job){.hkdf = {.job.kind = LANEKDF_KIND_HKDF,
                                   .hash = LANEKDF_SHA256,
                                   .prepared_prk = &prepared_sha256,
                                   .info = pieces,
                                   .n_info = 4,
                                   .out = out}};
    default: /* has no route, since it has too many pieces */
        hmac.n_message = N_PIECES;
        return (union any_job){.hmac = hmac};
    }
}

/* Good jobs of as many ways as there are. An output that is wanted has any address so far. */
static union any_job example(size_t i)
{
    uint8_t *const wanted = world.rooms[0];
    const struct lanekdf_bytes none = {NULL, 0}, hash32 = {inputs + 200, 32}, hash36 = {inputs + 300, 36},
                               hash48 = {inputs + 200, 48};
    struct lanekdf_handshake hs = {.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = LANEKDF_TLS12,
        .hash = LANEKDF_SHA256,
        .pre_master_secret = {inputs, 48},
        .client_random = inputs + 64,
        .server_random = inputs + 96,
        .enc_key_len = 16,
        .fixed_iv_len = 4,
        .master_secret = wanted,
        .key_block = wanted};
    struct lanekdf_finished finished = {.job.kind = LANEKDF_KIND_FINISHED,
        .hash = LANEKDF_SHA256,
        .master_secret = inputs + 128,
        .client_finished_hash = hash32,
        .server_finished_hash = hash32,
        .client_verify_data = wanted,
        .server_verify_data = wanted};

    if (i >= FIRST_WITH_BYTES) {
        return example_with_bytes(i - FIRST_WITH_BYTES);
    }
    if (i >= N_OF_TLS12) {
        return example_of_stage(i - N_OF_TLS12);
    }
    switch (i) {
    case 0:
        return (union any_job){.handshake = hs};
    case 1: /* extended master secret, both Finished */
        hs.session_hash = hs.client_finished_hash = hs.server_finished_hash = hash32;
        hs.client_verify_data = hs.server_verify_data = wanted;
        return (union any_job){.handshake = hs};
    case 2: /* resumed, with SHA-384 */
        hs.hash = LANEKDF_SHA384;
        hs.pre_master_secret = none;
        hs.known_master_secret = inputs + 128;
        hs.client_finished_hash = hash48;
        hs.client_verify_data = wanted;
        return (union any_job){.handshake = hs};
    case 3: /* an export suite of TLS 1.0, with a long secret and a permission of its own */
        hs.job.legacy = LANEKDF_LEGACY_TLS10 | LANEKDF_LEGACY_EXPORT;
        hs.version = LANEKDF_TLS10;
        hs.hash = LANEKDF_MD5_SHA1;
        hs.pre_master_secret.len = 257;
        hs.mac_key_len = 20;
        hs.enc_key_len = 5;
        hs.fixed_iv_len = hs.final_key_len = 8;
        hs.server_finished_hash = hash36;
        hs.server_verify_data = hs.final_keys = wanted;
        return (union any_job){.handshake = hs};
    case 4:
        hs.version = LANEKDF_SSL3;
        hs.hash = LANEKDF_MD5_SHA1;
        hs.mac_key_len = 16;
        return (union any_job){.handshake = hs};
    case 5: /* no key block, and nothing that needs randoms */
        hs.session_hash = hash32;
        hs.enc_key_len = hs.fixed_iv_len = 0;
        hs.key_block = NULL;
        hs.client_random = hs.server_random = NULL;
        hs.prepared_master_secret = &prepared_sha256;
        return (union any_job){.handshake = hs};
    case 6: /* a key block that takes several runs */
        hs.mac_key_len = hs.enc_key_len = 200;
        hs.master_secret = NULL;
        return (union any_job){.handshake = hs};
    case 7:
        return (union any_job){.finished = finished};
    default:
        finished.hash = LANEKDF_MD5_SHA1;
        finished.client_finished_hash = hash36;
        finished.server_finished_hash = none;
        finished.server_verify_data = NULL;
        return (union any_job){.finished = finished};
    }
}

/* Where in a room each output lies. */
enum {
    MASTER_SECRET = 0,
    KEY_BLOCK = 64,
    FINAL_KEYS = 1664,
    CLIENT_VERIFY_DATA = 2720,
    SERVER_VERIFY_DATA = 2752,
    PREPARED = 2784,
    STAGE_OUTPUTS = 64,  /* of a stage: secrets */
    STAGE_BLOCKS = 1024, /* and two blocks of keys */
    BLOCK_BYTES = 512
};

static size_t place_in_room(const struct job_field *output)
{
    static const struct {
        const char *name;
        size_t place;
    } places[] = {{"master_secret", MASTER_SECRET}, {"key_block", KEY_BLOCK}, {"final_keys", FINAL_KEYS},
        {"client_verify_data", CLIENT_VERIFY_DATA}, {"server_verify_data", SERVER_VERIFY_DATA},
        {"prepared_master_secret", PREPARED}, {"prepared_exporter_master_secret", PREPARED},
        {"early_secret", STAGE_OUTPUTS}, {"binder", STAGE_OUTPUTS + 64},
        {"handshake_salt", STAGE_OUTPUTS + 128}, {"client_early_traffic_secret", STAGE_OUTPUTS + 192},
        {"early_exporter_master_secret", STAGE_OUTPUTS + 256}, {"client_early_keys", STAGE_BLOCKS},
        {"client_handshake_traffic_secret", STAGE_OUTPUTS},
        {"server_handshake_traffic_secret", STAGE_OUTPUTS + 64},
        {"client_application_traffic_secret", STAGE_OUTPUTS},
        {"server_application_traffic_secret", STAGE_OUTPUTS + 64},
        {"exporter_master_secret", STAGE_OUTPUTS + 128}, {"client_keys", STAGE_BLOCKS},
        {"server_keys", STAGE_BLOCKS + BLOCK_BYTES}, {"verify_data", STAGE_OUTPUTS},
        {"next_secret", STAGE_OUTPUTS}, {"keys", STAGE_BLOCKS}, {"imported_psk", STAGE_OUTPUTS},
        {"confirmation", STAGE_OUTPUTS}, {"resumption_master_secret", STAGE_OUTPUTS},
        {"psks", STAGE_OUTPUTS + 64}, {"client_initial_secret", STAGE_OUTPUTS},
        {"server_initial_secret", STAGE_OUTPUTS + 64}, {"out", STAGE_OUTPUTS},
        {"prk_out", STAGE_BLOCKS + 2 * BLOCK_BYTES}, {"prepared_prk_out", PREPARED}};

    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        if (strcmp(output->name, places[i].name) == 0) {
            return places[i].place;
        }
    }
    must(false, "an output without a place");
    return 0;
}

static union any_job *add_example(size_t i)
{
    const union any_job like = example(i);
    const struct job_kind *kind = job_kind(like.job.kind);
    union any_job *any = add_job(&like);

    for (size_t f = 0; f < kind->n_fields; f++) {
        const struct job_field *field = &kind->fields[f];

        if (job_field_is_output(field) && job_field_is_given(any, field)) {
            job_field_set_output(any, field, world.rooms[n_jobs - 1] + place_in_room(field));
        }
    }
    return any;
}

/* ---- the routes of the process ---- */

/* Derives a handshake of TLS 1.2 or of SSLv3 by itself: one sort for each length of key. Returns how many
 * full checks that took. */
static size_t derive_sort(uint16_t version, uint8_t enc_key_len)
{
    struct lanekdf_handshake hs = {.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = version,
        .hash = version == LANEKDF_TLS12 ? LANEKDF_SHA256 : LANEKDF_MD5_SHA1,
        .pre_master_secret = {inputs, 48},
        .client_random = inputs + 64,
        .server_random = inputs + 96,
        .enc_key_len = enc_key_len,
        .key_block = world.rooms[0]};

    n_checked = 0;
    assert_int_equal(lanekdf_derive_one(&hs.job), LANEKDF_OK);
    return n_checked;
}

/* Runs first, while the table of the process is empty. Catches: jobs that cannot have a route, such as those
 * of SSLv3, and take one more of the places in the table each time that they come. */
static void test_jobs_without_a_route_leave_room(void **state)
{
    enum { N_SORTS = 64, N_TIMES = 5, N_OTHERS = 8 };

    (void)state;
    one_takes_routes = true;
    for (uint8_t sort = 1; sort <= N_SORTS; sort++) {
        for (size_t i = 0; i < N_TIMES; i++) {
            assert_int_equal(derive_sort(LANEKDF_SSL3, sort), 1);
        }
    }
    for (uint8_t sort = 1; sort <= N_OTHERS; sort++) {
        assert_int_equal(derive_sort(LANEKDF_TLS12, sort), 1);
        assert_int_equal(derive_sort(LANEKDF_TLS12, sort), 0);
    }
}

/* Peers choose the length of what is exported, of labels and of contexts. Catches: a kind with many lengths
 * that fills the table of the process, so that the jobs of all others are checked in full from then on. */
static void test_a_kind_leaves_room_for_others(void **state)
{
    enum { N_LENGTHS = 1000, N_BEFORE = 8, N_OTHERS = 8 };
    struct lanekdf_exporter exporter = {.job.kind = LANEKDF_KIND_EXPORTER,
        .hash = LANEKDF_SHA256,
        .master_secret = inputs,
        .client_random = inputs + 64,
        .server_random = inputs + 96,
        .label = {inputs + 128, 20}};

    (void)state;
    one_takes_routes = true;
    for (size_t len = 1; len <= N_LENGTHS; len++) {
        exporter.out = (struct lanekdf_span){world.rooms[0], len};
        assert_int_equal(lanekdf_derive_one(&exporter.job), LANEKDF_OK);
    }
    for (uint8_t sort = N_BEFORE + 1; sort <= N_BEFORE + N_OTHERS; sort++) {
        assert_int_equal(derive_sort(LANEKDF_TLS12, sort), 1);
        assert_int_equal(derive_sort(LANEKDF_TLS12, sort), 0);
    }
}

/* ---- what takes a route ---- */

/* Catches: jobs that are alike and are checked in full all the same, which no output would show. */
static void test_jobs_that_are_alike_are_checked_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_EXAMPLES; i++) {
        new_context();
        n_jobs = 0;
        for (size_t n = 0; n < 100; n++) {
            add_example(i)->job.owner = &inputs[n];
        }
        derive_and_compare();
        assert_int_equal(n_checked, i < N_WITH_ROUTES ? 1 : 100);
    }
    new_context();
    n_jobs = 0;
    for (size_t n = 0; n < 100; n++) {
        add_example(n % N_WITH_ROUTES);
    }
    derive_and_compare();
    /* Where a hash puts three of them into one bucket of two, which it does in one process of fifty, these
     * three take turns and are checked each time. */
    const size_t most_turns = 3 * (100 / N_WITH_ROUTES + 1);
    assert_in_range(n_checked, N_WITH_ROUTES, N_WITH_ROUTES + most_turns);
    derive_and_compare();
    assert_in_range(n_checked, 0, most_turns);
}

/* Catches: a route that only jobs may take whose outputs have the same order of addresses, or whose inputs
 * lie before or behind all of them. */
static void test_buffers_may_have_any_order(void **state)
{
    (void)state;
    new_context();
    n_jobs = 0;
    for (size_t n = 0; n < 200; n++) {
        struct lanekdf_handshake *hs = &add_example(1)->handshake;
        uint8_t *const room = hs->master_secret;
        uint8_t *places[] = {room, room + 64, room + 128, room + 192};

        for (unsigned i = 0; i < 4; i++) {
            uint8_t **other = &places[rng_below(&rng, 4)], *place = places[i];
            places[i] = *other;
            *other = place;
        }
        hs->master_secret = places[0];
        hs->key_block = places[1];
        hs->server_verify_data = places[2];
        hs->client_random = memcpy(places[3], hs->client_random, LANEKDF_RANDOM_LEN);
    }
    derive_and_compare();
    assert_int_equal(n_checked, 1);
}

/* ---- jobs that differ from one before in a single thing ---- */

/* The field whose pointer stands at this place of the struct, or NULL. */
static const struct job_field *pointer_at(const struct job_kind *kind, size_t offset)
{
    for (size_t f = 0; f < kind->n_fields; f++) {
        const struct job_field *field = &kind->fields[f];

        if (field->offset == offset && field->type >= FIELD_BYTES && field->type != FIELD_LIST) {
            return field;
        }
    }
    return NULL;
}

/* Makes a pointer NULL, or points it to something if it is NULL. */
static void toggle_pointer(union any_job *any, const struct job_field *field)
{
    void *pointer;

    memcpy(&pointer, (uint8_t *)any + field->offset, sizeof(pointer));
    if (pointer) {
        pointer = NULL;
    } else if (field->type == FIELD_PREPARED) {
        pointer = &prepared_sha256;
    } else if (field->type == FIELD_PIECES) {
        pointer = pieces;
    } else if (job_field_is_output(field)) {
        pointer = world.rooms[any - world.jobs] + place_in_room(field);
    } else {
        pointer = inputs + 500;
    }
    memcpy((uint8_t *)any + field->offset, &pointer, sizeof(pointer));
}

/* Gives the job of a room that was added last pieces of its own, which are like those that it has. */
static struct lanekdf_bytes *copy_pieces(union any_job *any, const struct job_field *field)
{
    const struct job_pieces had = job_field_pieces(any, field);
    struct lanekdf_bytes *own = own_pieces[n_jobs - 1];

    must(had.n <= N_PIECES, "raise N_PIECES");
    for (size_t i = 0; i < had.n; i++) {
        own[i] = had.list[i];
    }
    job_field_set_pieces(any, field, (struct job_pieces){own, had.n});
    return own;
}

/* Adds jobs of which one piece is longer or shorter than in the example. */
static void add_changes_of_pieces(size_t i, const struct job_field *field)
{
    union any_job like = example(i);

    for (size_t k = 0; k < job_field_pieces(&like, field).n; k++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            copy_pieces(add_example(i), field)[k].len ^= 1u << bit;
            add_example(i);
        }
    }
}

/* Whether the output of a job whose length has a bit wrong leaves its room. */
static bool is_too_long_for_room(union any_job *any)
{
    const struct job_field *out = job_kind_field(job_kind(any->job.kind), FIELD_OUT);

    return out && job_field_span(any, out)->len > ROOM_BYTES / 2 &&
           job_field_span(any, out)->len <= LANEKDF_MAX_OUT;
}

/* Adds jobs that differ from the example in one bit, or in whether one pointer is NULL. Each stands between
 * two that are like the example. */
static void add_all_changes(size_t i)
{
    const union any_job like = example(i);
    const struct job_kind *kind = job_kind(like.job.kind);

    for (size_t at = offsetof(struct lanekdf_job, status); at < kind->size; at++) {
        const struct job_field *pointer = pointer_at(kind, at);

        if (pointer) {
            toggle_pointer(add_example(i), pointer);
            add_example(i);
            if (pointer->type == FIELD_PIECES) {
                add_changes_of_pieces(i, pointer);
            }
            at += sizeof(void *) - 1;
            continue;
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            union any_job *any = add_example(i);

            ((uint8_t *)any)[at] ^= (uint8_t)(1u << bit);
            if (is_too_long_for_room(any)) {
                ((uint8_t *)any)[at] ^= (uint8_t)(1u << bit);
            }
            add_example(i);
        }
    }
}

/* Catches: a member that decides something and is not looked at: a length, a flag, the permission of a job,
 * a pointer that is NULL; jobs of a route that gets what is another's. */
static void test_each_member_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_EXAMPLES; i++) {
        new_context();
        for (int repeat = 0; repeat < 2; repeat++) {
            n_jobs = 0;
            add_example(i);
            add_all_changes(i);
            derive_and_compare();
        }
    }
}

/* Adds two exporters with this label, and behind them one that differs in byte i of it. */
static void add_exporters(const uint8_t *label, size_t len, uint8_t *other, size_t i, uint8_t byte)
{
    memcpy(other, label, len);
    other[i] = byte;
    for (unsigned k = 0; k < 3; k++) {
        add_example(EXPORTER_EXAMPLE)->exporter.label = (struct lanekdf_bytes){k < 2 ? label : other, len};
    }
}

/* Catches: an exporter with a label of TLS itself, which takes the route of one whose label differs in a
 * single byte; a label that is compared in part, whatever its length. */
static void test_labels_of_tls_are_refused_behind_others(void **state)
{
    static const char *const texts[] = {
        "client finished", "server finished", "master secret", "key expansion", "extended master secret"};
    enum { MAX_LEN = 22 };
    static uint8_t good[MAX_JOBS][MAX_LEN], refused[MAX_JOBS][MAX_LEN];

    (void)state;
    new_context();
    n_jobs = 0;
    for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++) {
        const size_t len = strlen(texts[t]);

        for (size_t i = 0; i < len; i++) {
            memcpy(good[n_jobs], texts[t], len);
            good[n_jobs][i] ^= (uint8_t)(1u << rng_below(&rng, 8));
            add_exporters(good[n_jobs], len, refused[n_jobs], i, (uint8_t)texts[t][i]);
        }
    }
    derive_and_compare();
    for (size_t i = 0; i < n_jobs; i++) {
        assert_int_equal(jobs[i]->status, i % 3 == 2 ? LANEKDF_ERROR_LABEL : LANEKDF_OK);
    }
}

/* Catches: labels of one length that are all looked for in the same place of the table, where few find room;
 * a route of a long label that no job with another end takes. */
static void test_labels_have_routes_of_their_own(void **state)
{
    enum { N_LABELS = 24, N_JOBS = 600, LEN = 40 };
    static uint8_t labels[N_LABELS][LEN];

    (void)state;
    rng_fill(&rng, labels, sizeof(labels));
    for (size_t len = 4; len <= KIND_LABEL_BYTES; len += 4) {
        new_context();
        n_jobs = 0;
        for (size_t n = 0; n < N_JOBS; n++) {
            const size_t which = n < N_LABELS ? n : rng_below(&rng, N_LABELS);
            add_example(EXPORTER_EXAMPLE)->exporter.label = (struct lanekdf_bytes){labels[which], len};
        }
        derive_and_compare();
        assert_in_range(n_checked, N_LABELS, N_JOBS / 3); /* three of them may meet in one place by chance */
    }
    new_context();
    n_jobs = 0;
    for (size_t n = 0; n < N_LABELS; n++) {
        memcpy(labels[n], labels[0], KIND_LABEL_BYTES);
        add_example(EXPORTER_EXAMPLE)->exporter.label = (struct lanekdf_bytes){labels[n], LEN};
    }
    derive_and_compare();
    assert_int_equal(n_checked, 1);
}

/* Lets a job have a prepared secret instead of bytes, if its kind allows it. */
static void use_prepared(union any_job *any, const struct lanekdf_prepared_secret *prepared)
{
    const struct job_kind *kind = job_kind(any->job.kind);
    const struct job_field *field = job_kind_field(kind, FIELD_PREPARED), *secret = job_kind_secret(kind);

    if (!field) {
        return;
    }
    if (secret->type == FIELD_BYTES) {
        *job_field_bytes(any, secret) = (struct lanekdf_bytes){NULL, 0};
    } else {
        *job_field_fixed(any, secret) = NULL;
    }
    *job_field_prepared(any, field) = prepared;
}

/* Catches: a prepared secret of another hash, or memory that is none, that is taken for one because an
 * earlier job of the route had a prepared secret. */
static void test_tags_of_prepared_secrets_count(void **state)
{
    static struct lanekdf_prepared_secret others[64];

    (void)state;
    new_context();
    n_jobs = 0;
    for (size_t i = 0; i < N_EXAMPLES; i++) {
        use_prepared(add_example(i), &prepared_sha256);
    }
    for (size_t bit = 0; bit < 64; bit++) {
        others[bit] = prepared_sha256;
        others[bit].opaque[0] ^= (uint64_t)1 << bit;
        for (size_t i = 0; i < N_EXAMPLES; i++) {
            use_prepared(add_example(i), &others[bit]);
        }
    }
    derive_and_compare();
}

/* Catches: an output that may lie in the array of a message's pieces, because an earlier one did not. */
static void test_outputs_overlap_no_array_of_pieces(void **state)
{
    (void)state;
    new_context();
    n_jobs = 0;
    for (size_t n = 0; n < 40; n++) {
        union any_job *any = add_example(HMAC_EXAMPLE);
        const struct job_field *field = job_kind_field(job_kind(any->job.kind), FIELD_PIECES);
        struct lanekdf_bytes *own = copy_pieces(any, field);

        if (n) {
            any->hmac.out.len = 1;
            any->hmac.out.data = (uint8_t *)own + n - 1;
        }
    }
    add_example(HMAC_EXAMPLE);
    derive_and_compare();
    for (size_t n = 0; n < 40; n++) {
        assert_memory_equal(own_pieces[n], pieces, 3 * sizeof(*pieces));
    }
}

/* Catches: a job of no kind, or of another kind, that takes a route because the rest of it is right. */
static void test_the_kind_counts(void **state)
{
    static const uint32_t kinds[] = {0, 0x100, 0x80000000, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < N_EXAMPLES; i++) {
        new_context();
        n_jobs = 0;
        for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
            add_example(i)->job.kind |= kinds[k];
            add_example(i)->job.kind = kinds[k];
            add_example(i);
        }
        derive_and_compare();
    }
}

/* Catches: a mistake that goes unnoticed right behind a job that is the same but for the mistake. */
static void test_no_mistake_passes_behind_a_good_job(void **state)
{
    struct guarded_memory *memory = guarded_new(GUARDED, &rng);

    (void)state;
    for (size_t i = 0; i < n_wrong_jobs(); i++) {
        for (int repeat = 0; repeat < 4; repeat++) {
            struct job_case cases[2];

            cases[1] = wrong_job_and_twin(i, memory, &cases[0]);
            assert_true(run_and_compare(memory, cases, 2, context, LANEKDF_LEGACY_ALL));
        }
    }
    guarded_free(memory);
}

/* ---- overlaps ---- */

struct buffer {
    void *pointer; /* where the address of the buffer belongs; NULL: the buffer is the job itself */
    size_t len, align;
};

static size_t output_len(union any_job *any, const struct job_field *output)
{
    const struct lanekdf_handshake *hs = &any->handshake;

    if (output->type == FIELD_OUT) {
        return job_field_span(any, output)->len;
    }
    if (strcmp(output->name, "key_block") == 0) {
        return lanekdf_handshake_key_block_len(hs);
    }
    if (strcmp(output->name, "final_keys") == 0) {
        return 2 * ((size_t)hs->final_key_len + hs->fixed_iv_len);
    }
    if (strcmp(output->name, "imported_psk") == 0) {
        return any->tls13_psk_import.target_kdf == 1 ? 32 : 48;
    }
    if (strstr(output->name, "keys")) {
        return lanekdf_tls13_key_block_len(&any->job);
    }
    return output->type == FIELD_PREPARED_OUT ? sizeof(struct lanekdf_prepared_secret)
                                              : job_field_max(any, output);
}

static size_t list_buffers(union any_job *any, struct buffer *list)
{
    const struct job_kind *kind = job_kind(any->job.kind);
    size_t n = 0;

    for (size_t f = 0; f < kind->n_fields; f++) {
        const struct job_field *field = &kind->fields[f];

        if (!pointer_at(kind, field->offset) || !job_field_is_given(any, field) ||
            field->type == FIELD_PREPARED) {
            continue;
        }
        if (field->type == FIELD_PIECES) {
            struct lanekdf_bytes *own = copy_pieces(any, field);

            for (size_t k = 0; k < job_field_pieces(any, field).n; k++) {
                list[n++] = (struct buffer){&own[k].data, own[k].len, 1};
            }
            continue;
        }
        list[n].pointer = (uint8_t *)any + field->offset;
        list[n].align = field->type == FIELD_PREPARED_OUT ? sizeof(uint64_t) : 1;
        list[n++].len = field->type == FIELD_BYTES   ? job_field_bytes(any, field)->len
                        : job_field_is_output(field) ? output_len(any, field)
                                                     : job_field_max(any, field);
    }
    return n;
}

/* Puts the last job and all of its buffers into its room, in random order and with hardly a byte between
 * them. One of two jobs then has a buffer moved to where it may overlap others. */
static void crowd(union any_job *any)
{
    enum { MAX_BUFFERS = 16 };
    struct buffer buffers[MAX_BUFFERS];
    uint8_t *room = world.rooms[n_jobs - 1];
    size_t n = list_buffers(any, buffers), at = 8 * rng_below(&rng, 4), places[MAX_BUFFERS];
    const size_t job_bytes = job_kind(any->job.kind)->size;

    buffers[n++] = (struct buffer){NULL, job_bytes, sizeof(uint64_t)};
    for (size_t i = 0; i < n; i++) {
        struct buffer *other = &buffers[rng_below(&rng, (uint32_t)n)], buffer = buffers[i];
        buffers[i] = *other;
        *other = buffer;
    }
    for (size_t i = 0; i < n; i++) {
        at = (at + rng_below(&rng, 2) + buffers[i].align - 1) / buffers[i].align * buffers[i].align;
        places[i] = at;
        at += buffers[i].len;
    }
    must(at + 16 <= ROOM_BYTES, "a room is too small");
    if (rng_one_in(&rng, 2)) {
        const size_t i = rng_below(&rng, (uint32_t)n), step = buffers[i].align;
        const size_t near = places[i] + step * rng_below(&rng, 3);
        places[i] = rng_one_in(&rng, 4) ? step * rng_below(&rng, (uint32_t)(at / step))
                    : near >= step      ? near - step
                                        : near;
    }
    rng_fill(&rng, room, ROOM_BYTES);
    union any_job *job = any;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *place = room + places[i];

        if (buffers[i].pointer) {
            memcpy(buffers[i].pointer, &place, sizeof(place));
        } else {
            job = (union any_job *)(uintptr_t)place;
        }
    }
    memcpy(job, any, job_bytes);
    jobs[n_jobs - 1] = &job->job;
}

/* Catches: an overlap of two outputs, of an output with an input or of an output with the job that is found
 * in no job of a route, or found where buffers only touch; inputs that must not share bytes. */
static void test_overlaps_are_found(void **state)
{
    (void)state;
    for (int repeat = 0; repeat < (UNDER_ASAN ? 20 : 200); repeat++) {
        const size_t i = (size_t)repeat % N_EXAMPLES;

        new_context();
        n_jobs = 0;
        for (size_t n = 0; n < 200; n++) {
            union any_job *any = add_example(i);

            if (n % 2) {
                crowd(any);
            }
        }
        derive_and_compare();
        derive_and_compare();
    }
}

/* ---- routes and groups that are replaced ---- */

/* A job that hardly any other is like. */
static void add_rare_job(void)
{
    struct lanekdf_handshake *hs = &add_example(0)->handshake;

    hs->pre_master_secret.len = rng_below(&rng, 64);
    hs->mac_key_len = (uint8_t)rng_below(&rng, 20);
    hs->enc_key_len = (uint8_t)(1 + rng_below(&rng, 16));
    hs->fixed_iv_len = (uint8_t)rng_below(&rng, 16);
}

/* Catches: a table that overflows, or in which a route is not found under its own hash. */
static void test_more_routes_than_places(void **state)
{
    (void)state;
    new_context();
    n_jobs = 0;
    while (n_jobs < 2000) {
        add_rare_job();
    }
    for (int repeat = 0; repeat < 3; repeat++) {
        derive_and_compare();
    }
    assert_true(context->routes.n_made > 2 * ROUTES_MAX);
}

/* The first jobs find no others of their shape and wait until all others are done. By then their routes are
 * those of other jobs. Catches: a record that goes where the new route leads. */
static void test_records_outlive_their_routes(void **state)
{
    (void)state;
    for (int repeat = 0; repeat < 4; repeat++) {
        new_context();
        n_jobs = 0;
        for (size_t i = 0; i < N_EXAMPLES; i++) {
            add_example(i);
        }
        while (n_jobs < 1000) {
            add_rare_job();
        }
        derive_and_compare();
        assert_true(context->routes.n_made >= ROUTES_MAX + N_EXAMPLES);
    }
}

/* Adds PRF jobs of more shapes than there are groups: of three hashes, with seeds of three numbers of blocks,
 * and outputs of 1 to 8 digests. */
static void add_many_shapes(void)
{
    enum { N_SHAPES = 72 };
    static const uint32_t ids[] = {LANEKDF_SHA256, LANEKDF_SHA384, LANEKDF_SHA512};
    static struct lanekdf_bytes seeds[N_SHAPES];

    must((size_t)N_SHAPES > BATCH_MAX_GROUPS, "there are too few shapes");
    for (size_t i = 0; i < N_SHAPES; i++) {
        const uint32_t hash = ids[i % 3];
        const size_t block = hash == LANEKDF_SHA256 ? 64 : 128;
        const union any_job prf = {.prf = {.job.kind = LANEKDF_KIND_PRF,
                                       .hash = hash,
                                       .secret = {inputs, 48},
                                       .seed = &seeds[i],
                                       .n_seed = 1,
                                       .out = {world.rooms[n_jobs], lanekdf_hash_len(hash) * (1 + i / 9)}}};

        seeds[i] = (struct lanekdf_bytes){inputs + i, 20 + i / 3 % 3 * block};
        add_job(&prf);
    }
}

/* Catches: a route that leads to a group which has another shape by now. */
static void test_groups_change_their_shapes(void **state)
{
    (void)state;
    new_context();
    for (size_t i = 0; i < N_EXAMPLES; i++) {
        for (int turn = 0; turn < 3; turn++) {
            n_jobs = 0;
            if (turn == 1) {
                add_many_shapes();
            }
            for (size_t n = 0; n < 40 && turn != 1; n++) {
                add_example(i);
            }
            derive_and_compare();
        }
    }
    for (int turn = 0; turn < 6; turn++) {
        n_jobs = 0;
        if (turn % 2) {
            add_many_shapes();
        }
        if (turn % 3 != 1) {
            for (size_t n = 0; n < 200; n++) {
                add_example(rng_below(&rng, N_EXAMPLES));
            }
        }
        derive_and_compare();
    }
    assert_true(context->batch.n_shapes > 2 * BATCH_MAX_GROUPS);
}

/* Catches: a job that a context derives without a permission, since one like it was derived with that of
 * another context. Once jobs of all other tests have filled the table of the process, a job may find no room
 * there for its route, and nothing would be caught. */
static void test_permissions_are_not_shared(void **state)
{
    const struct lanekdf_options all = {.size = sizeof(all), .legacy = LANEKDF_LEGACY_ALL},
                                 none = {.size = sizeof(none)};
    uint8_t master_secret[LANEKDF_MASTER_SECRET_LEN];
    struct lanekdf_handshake handshake = {.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = LANEKDF_TLS10,
        .hash = LANEKDF_MD5_SHA1,
        .pre_master_secret = {inputs, LANEKDF_MASTER_SECRET_LEN},
        .client_random = inputs,
        .server_random = inputs,
        .master_secret = master_secret};
    struct lanekdf_job *job = &handshake.job;
    lanekdf_context *with, *without;

    (void)state;
    one_takes_routes = true;
    assert_int_equal(lanekdf_context_new(&with, &all), LANEKDF_OK);
    assert_int_equal(lanekdf_context_new(&without, &none), LANEKDF_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(lanekdf_context_derive(with, &job, 1), 0);
        assert_int_equal(lanekdf_context_derive(without, &job, 1), 1);
        assert_int_equal(job->status, LANEKDF_ERROR_DISABLED);
    }
    lanekdf_context_free(with);
    lanekdf_context_free(without);
}

static int set_up(void **state)
{
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};
    struct lanekdf_prepare prepare = {.job.kind = LANEKDF_KIND_PREPARE,
        .hash = LANEKDF_SHA256,
        .secret = {inputs + 128, 48},
        .prepared = &prepared_sha256};

    (void)state;
    rng = rng_from(test_seed());
    rng_fill(&rng, inputs, sizeof(inputs));
    for (size_t i = 0; i < N_PIECES; i++) {
        pieces[i] = (struct lanekdf_bytes){inputs + 800 + 40 * i, 1 + (7 * i + 20) % 32};
    }
    if (lanekdf_start(&options) != LANEKDF_OK || lanekdf_derive_one(&prepare.job) != LANEKDF_OK) {
        return -1;
    }
    new_context();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lanekdf_context_free(context);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_permissions_are_not_shared), /* must be the first, see there */
        cmocka_unit_test(test_jobs_without_a_route_leave_room),
        cmocka_unit_test(test_a_kind_leaves_room_for_others),
        cmocka_unit_test(test_jobs_that_are_alike_are_checked_once),
        cmocka_unit_test(test_buffers_may_have_any_order),
        cmocka_unit_test(test_each_member_counts),
        cmocka_unit_test(test_labels_of_tls_are_refused_behind_others),
        cmocka_unit_test(test_labels_have_routes_of_their_own),
        cmocka_unit_test(test_tags_of_prepared_secrets_count),
        cmocka_unit_test(test_outputs_overlap_no_array_of_pieces),
        cmocka_unit_test(test_the_kind_counts),
        cmocka_unit_test(test_no_mistake_passes_behind_a_good_job),
        cmocka_unit_test(test_overlaps_are_found),
        cmocka_unit_test(test_more_routes_than_places),
        cmocka_unit_test(test_records_outlive_their_routes),
        cmocka_unit_test(test_groups_change_their_shapes),
    };

    if (!ROUTE_WORDS_HOLD_POINTERS) {
        puts("skipped: no job has a route where pointers have fewer than eight bytes");
        return EXIT_SKIPPED;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}
