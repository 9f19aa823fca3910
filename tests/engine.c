/*
 * The engine on one kernel, or on its own choice of kernels, against the reference and libcrypto: every kind,
 * length and batch size, and jobs that fail among jobs that do not. After every call all of memory is
 * compared, byte by byte, with what it must be (run_and_compare.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulated.h"
#include "good_jobs.h"
#include "kernel_argument.h"
#include "must.h"
#include "run_and_compare.h"
#include "wrong_jobs.h"

static struct kernel_argument kernel;
static struct guarded_memory *guarded, *packed;
static struct rng rng;
static lanekdf_context *context;

enum { MAX_CASES = 10000 };
static struct job_case cases[MAX_CASES];

/*
 * Derives n jobs, of which `make` makes job i, in one call and then once more one by one. They are made twice
 * of the same random numbers, so that both ways have the same bytes to derive.
 */
#define RUN_BOTH(memory, n, make)                                                                            \
    for (int one_by_one_ = 0; one_by_one_ < 2; one_by_one_++) {                                              \
        static struct rng before_;                                                                           \
        const size_t n_ = (n);                                                                               \
        must(n_ <= MAX_CASES, "raise MAX_CASES");                                                            \
        if (one_by_one_) {                                                                                   \
            rng = before_;                                                                                   \
        } else {                                                                                             \
            before_ = rng;                                                                                   \
        }                                                                                                    \
        for (size_t i = 0; i < n_; i++) {                                                                    \
            cases[i] = (make);                                                                               \
        }                                                                                                    \
        assert_true(run_and_compare(memory, cases, n_, one_by_one_ ? NULL : context, LANEKDF_LEGACY_ALL));   \
    }

/*
 * True where a test of what the engine does before and after any kernel is left to the kernels that it
 * chooses itself. AddressSanitizer makes a test take three times as long, and of such a test each kernel
 * would repeat what the others have shown; in other builds each kernel has all tests.
 */
static bool is_left_to_default(void)
{
    return UNDER_ASAN && kernel.name;
}

/* Catches: padding, a length word or a number of blocks that is wrong at the edge of a block or of a digest;
 * a key that is hashed a byte too early or too late; a length at which neither a program nor an evaluation is
 * right. */
static void test_edge_lengths(void **state)
{
    static const size_t secrets[] = {0, 1, 31, 32, 47, 48, 55, 56, 63, 64, 65, 66, 111, 112, 119, 120, 127,
        128, 129, 256, 257, 512, 1024, 16384, 65535};
    static const size_t seeds[] = {0, 1, 8, 9, 22, 23, 24, 31, 32, 33, 54, 55, 56, 63, 64, 65, 86, 87, 88,
        118, 119, 120, 128, 256, 512, 900, 1000, 1024, 1100, 16384, 65535};
    static const size_t outs[] = {
        1, 12, 31, 32, 33, 40, 48, 63, 64, 65, 72, 96, 104, 128, 136, 256, 257, 512, 513, 1024, 16384, 65535};

    const size_t n_lens = is_emulated() || is_left_to_default() ? 130 : 300; /* up to two blocks at least */

    (void)state;
    for (size_t h = 0; h < n_tested_hashes(); h++) {
        const uint32_t hash = tested_hash(h);
        RUN_BOTH(
            guarded, sizeof(secrets) / sizeof(*secrets), good_prf(guarded, hash, secrets[i], 13, 64, 2, 48));
        RUN_BOTH(guarded, sizeof(secrets) / sizeof(*secrets), good_hmac(guarded, hash, secrets[i], 77, 1));
        RUN_BOTH(guarded, sizeof(seeds) / sizeof(*seeds),
            good_prf(guarded, hash, 48, 0, seeds[i], !!seeds[i], 40));
        RUN_BOTH(guarded, sizeof(seeds) / sizeof(*seeds), good_hmac(guarded, hash, 32, seeds[i], 1));
        RUN_BOTH(guarded, sizeof(seeds) / sizeof(*seeds), good_message_hash(guarded, hash, seeds[i], 1));
        RUN_BOTH(guarded, sizeof(outs) / sizeof(*outs), good_prf(guarded, hash, 48, 13, 64, 2, outs[i]));
        RUN_BOTH(guarded, n_lens, good_prf(guarded, hash, 48, 0, i, 1, 33));
        RUN_BOTH(guarded, n_lens, good_prf(guarded, hash, i, 13, 64, 1, 48));
        RUN_BOTH(guarded, n_lens, good_prf(guarded, hash, 48, 13, 64, 1, i + 1));
        RUN_BOTH(guarded, n_lens, good_message_hash(guarded, hash, i, 1));
    }
    for (size_t k = 0; k < sizeof(outs) / sizeof(*outs); k++) {
        RUN_BOTH(guarded, sizeof(seeds) / sizeof(*seeds) - 2,
            good_prf(guarded, tested_hash(i + k), 140, 5, seeds[i], 1, outs[k]));
    }
    RUN_BOTH(guarded, LANEKDF_MAX_SSL3_OUT, good_ssl3_prf(guarded, i % 130, (7 * i) % 200, i + 1));
    RUN_BOTH(guarded, 300, good_ssl3_finished(guarded, i, !!i));
}

/*
 * Stages of TLS 1.3, DTLS 1.3 and QUIC, and HKDF, of given lengths
 */

static struct job_case quic_initial_of(size_t connection_id_len)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_QUIC_INITIAL, guarded);
    struct lanekdf_quic_initial *job = &job_case.any->quic_initial;

    job->version = connection_id_len % 2 ? LANEKDF_QUIC_V1 : LANEKDF_QUIC_V2;
    job->connection_id = take_bytes(guarded, connection_id_len);
    job->client_keys = take_output(&job_case, guarded, LANEKDF_QUIC_INITIAL_KEYS_LEN).data;
    job->server_keys = take_output(&job_case, guarded, LANEKDF_QUIC_INITIAL_KEYS_LEN).data;
    return job_case;
}

static struct job_case label_of(uint32_t hash, size_t label_len, size_t context_len, size_t out_len)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_EXPAND_LABEL, guarded);
    struct lanekdf_expand_label *job = &job_case.any->expand_label;

    job->hash = hash;
    job->version = LANEKDF_TLS13;
    job->secret = take_bytes(guarded, lanekdf_hash_len(hash));
    job->n_labels = 1;
    job->labels[0].label = take_bytes(guarded, label_len);
    job->labels[0].context = take_bytes(guarded, context_len);
    job->labels[0].out = take_output(&job_case, guarded, out_len);
    return job_case;
}

static struct job_case early_of(uint32_t hash, size_t psk_len)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_TLS13_EARLY, guarded);
    struct lanekdf_tls13_early *job = &job_case.any->tls13_early;

    job->hash = hash;
    job->version = LANEKDF_TLS13;
    job->psk = take_bytes(guarded, psk_len);
    job->binder_hash = take_input(guarded, lanekdf_hash_len(hash));
    job->binder = take_output(&job_case, guarded, lanekdf_hash_len(hash)).data;
    job->handshake_salt = take_output(&job_case, guarded, lanekdf_hash_len(hash)).data;
    return job_case;
}

static struct job_case handshake_stage_of(uint32_t hash, size_t first, size_t second)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_TLS13_HANDSHAKE, guarded);
    struct lanekdf_tls13_handshake *job = &job_case.any->tls13_handshake;

    job->hash = hash;
    job->version = LANEKDF_TLS13;
    job->key_len = 16;
    job->iv_len = 12;
    job->shared_secret[0] = take_bytes(guarded, first);
    job->shared_secret[1] = take_bytes(guarded, second);
    job->transcript_hash = take_input(guarded, lanekdf_hash_len(hash));
    job->client_keys = take_output(&job_case, guarded, 28 + lanekdf_hash_len(hash)).data;
    job->server_keys = take_output(&job_case, guarded, 28 + lanekdf_hash_len(hash)).data;
    job->master_secret = take_output(&job_case, guarded, lanekdf_hash_len(hash)).data;
    return job_case;
}

static struct job_case stage_exporter_of(uint32_t hash, size_t context_len, size_t out_len)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_TLS13_EXPORTER, guarded);
    struct lanekdf_tls13_exporter *job = &job_case.any->tls13_exporter;

    job->hash = hash;
    job->version = LANEKDF_TLS13;
    job->exporter_master_secret = take_input(guarded, lanekdf_hash_len(hash));
    job->label = take_bytes(guarded, 24);
    job->context = take_bytes(guarded, context_len);
    job->out = take_output(&job_case, guarded, out_len);
    return job_case;
}

static struct job_case updates_of(uint32_t hash, uint32_t version, uint32_t n_updates)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_TLS13_TRAFFIC, guarded);
    struct lanekdf_tls13_traffic *job = &job_case.any->tls13_traffic;

    job->hash = hash;
    job->version = version;
    job->n_updates = n_updates;
    job->traffic_secret = take_input(guarded, lanekdf_hash_len(hash));
    job->next_secret = take_output(&job_case, guarded, lanekdf_hash_len(hash)).data;
    return job_case;
}

static uint32_t hash_of_stages(size_t i)
{
    static const uint32_t hashes[] = {LANEKDF_SHA256, LANEKDF_SHA384, LANEKDF_SHA512};

    return hashes[i % 3];
}

/* Catches: what has its length in one byte or in two and is a byte too long or too short for a block, a label
 * or a digest; a counter of HKDF-Expand beyond its 255 digests; a number of nonces or of updates that a
 * program has no room for. */
static void test_edge_lengths_of_stages(void **state)
{
    static const size_t secrets[] = {32, 48, 56, 64, 66, 80, 256, 1024};
    static const size_t long_ones[] = {1, 55, 56, 63, 64, 65, 111, 112, 119, 120, 127, 128, 129, 183, 184,
        239, 240, 247, 248, 512, 1000, 1014, 1015, 1016, 1024, 2000, 2030, 2031, 2032, 4096, 16383, 16384,
        16385};

    (void)state;
    RUN_BOTH(guarded, LANEKDF_MAX_CONNECTION_ID + 1, quic_initial_of(i));
    for (size_t h = 0; h < 3; h++) {
        const uint32_t hash = hash_of_stages(h);
        const size_t n = lanekdf_hash_len(hash);

        RUN_BOTH(guarded, 241, i % 15 ? early_of(hash, i) : good_tickets(guarded, hash, 16, i));
        RUN_BOTH(guarded, LANEKDF_MAX_LABEL + 1, label_of(hash, i, (i * 7) % 256, n));
        RUN_BOTH(guarded, 256, label_of(hash, LANEKDF_MAX_LABEL - i % 3, i, 12));
        RUN_BOTH(guarded, 17, label_of(hash, 8, n, i == 16 ? 255 * n : n * (1 + 15 * i) - i % 3));
        RUN_BOTH(guarded, 8, handshake_stage_of(hash, secrets[i], 0));
        RUN_BOTH(guarded, 64, handshake_stage_of(hash, secrets[i % 8], secrets[i / 8]));
        RUN_BOTH(guarded, sizeof(long_ones) / sizeof(*long_ones), early_of(hash, long_ones[i]));
        RUN_BOTH(guarded, sizeof(long_ones) / sizeof(*long_ones),
            stage_exporter_of(hash, long_ones[i], 255 * n - i));
    }
    RUN_BOTH(guarded, 1, updates_of(LANEKDF_SHA256, LANEKDF_QUIC_V2, UNDER_ASAN ? 600 : LANEKDF_MAX_UPDATES));
}

/* Catches: a counter or a size that is right for common lengths and overflows at the documented limits. Such
 * jobs take seconds, so there are few of them. */
static void test_all_limits_at_once(void **state)
{
    (void)state;
    if (is_left_to_default()) {
        return;
    }
    RUN_BOTH(guarded, n_tested_hashes(),
        good_prf(guarded, tested_hash(i), LANEKDF_MAX_SECRET, 256, LANEKDF_MAX_SEED - 256, 2,
            UNDER_ASAN || is_emulated() ? 1000 : 16384));
    RUN_BOTH(guarded, n_tested_hashes(),
        good_prf(guarded, tested_hash(i), LANEKDF_MAX_SECRET, 0, 2000, 2, LANEKDF_MAX_OUT));
    RUN_BOTH(guarded, n_tested_hashes(), good_prf(guarded, tested_hash(i), 48, LANEKDF_MAX_SEED, 0, 0, 48));
}

/* Catches: lanes that are mixed up, an unused lane that gets into a used one, a wrong last task that is not
 * full, a job that loses its place when jobs are grouped by shape. */
static void test_batch_sizes_mixed(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 3 * kernel.lanes + 2; n++) {
        for (int repeat = 0; repeat < (UNDER_ASAN ? 1 : 4); repeat++) {
            RUN_BOTH(guarded, n, good_job(guarded, LONG_LENGTHS));
        }
    }
}

/* What a handshake has in the place of MD5 or SHA-1 alone. */
static uint16_t hash_of_handshake(uint32_t hash)
{
    return (uint16_t)(hash == LANEKDF_MD5 || hash == LANEKDF_SHA1 ? LANEKDF_MD5_SHA1 : hash);
}

/* Catches: the same mistakes in tasks that are full, of which several are in flight: mixed batches seldom
 * fill one. */
static void test_batch_sizes_one_shape(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 3 * kernel.lanes + 2; n++) {
        const uint32_t hash = tested_hash(n);
        const uint16_t tls_hash = hash_of_handshake(hash);
        const uint16_t version = tls_hash == LANEKDF_MD5_SHA1 ? LANEKDF_TLS10 : LANEKDF_TLS12;

        RUN_BOTH(guarded, n, good_prf(guarded, hash, 48, 13, 64, 2, 48));
        RUN_BOTH(guarded, n, good_handshake_of_version(guarded, version, tls_hash));
        RUN_BOTH(guarded, n, good_hmac(guarded, hash, 32, 40, 1));
        RUN_BOTH(guarded, n, good_message_hash(guarded, hash, 60 + rng_below(&rng, 40), 1));
        RUN_BOTH(
            guarded, n, good_prf(guarded, hash, 257 + i, 13, 64, 2, 104));  /* the keys are hashed first */
        RUN_BOTH(guarded, n, good_prf(guarded, hash, 48, 13, 2200, 2, 65)); /* evaluated block by block */
        RUN_BOTH(guarded, n, good_ssl3_prf(guarded, 48, 64, 104));
        RUN_BOTH(guarded, n, good_handshake_of_version(guarded, LANEKDF_SSL3, LANEKDF_MD5_SHA1));
    }
}

/* Jobs of one kind whose shape is that of the first, with other bytes. */
static struct job_case like_first(uint32_t kind, size_t i)
{
    static struct rng first;
    struct job_case job_case;

    if (i == 0) {
        first = rng;
        return good_job_of_kind(kind, guarded, BYTES_ONLY, SHORT_LENGTHS);
    }
    const struct rng now = rng;

    rng_choose_from(&rng, &first);
    job_case = good_job_of_kind(kind, guarded, BYTES_ONLY, SHORT_LENGTHS);
    rng_choose_from(&rng, &now);
    return job_case;
}

/* Catches: lanes of a stage that are mixed up, in tasks that are full and in ones that are not. */
static void test_tasks_of_each_stage(void **state)
{
    (void)state;
    for (uint32_t kind = LANEKDF_KIND_HKDF; kind <= LANEKDF_KIND_QUIC_INITIAL; kind++) {
        for (int repeat = 0; repeat < (UNDER_ASAN ? 2 : 6); repeat++) {
            RUN_BOTH(guarded, 1 + rng_below(&rng, 3 * (uint32_t)kernel.lanes + 2), like_first(kind, i));
        }
    }
}

/* Catches: records of a context that run out and are not taken into use again, and whatever else grows with
 * the number of jobs in a call. */
static void test_large_batches(void **state)
{
    static const size_t sizes[] = {63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1000, 1024, 1025};

    (void)state;
    for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
        RUN_BOTH(packed, sizes[k], good_job(packed, SHORT_LENGTHS));
        RUN_BOTH(packed, sizes[k], good_prf(packed, tested_hash(k), 48, 13, 64, 2, 48));
    }
}

/* Suites from all over the table, but those of TLS 1.3, which no handshake has. */
enum { N_SUITES = 40 };
static const struct lanekdf_suite *suites[N_SUITES];

static void choose_suites(void)
{
    size_t n = 0;

    while (lanekdf_suite_query(n, &suites[0]) == LANEKDF_OK) {
        n++;
    }
    for (size_t i = 0; i < N_SUITES; i++) {
        do {
            assert_int_equal(
                lanekdf_suite_query(i * n / N_SUITES + rng_below(&rng, (uint32_t)(n / N_SUITES)), &suites[i]),
                LANEKDF_OK);
        } while (suites[i]->min_version > LANEKDF_TLS12);
    }
}

static struct job_case one_of_ten_thousand(size_t i)
{
    if (i % 50 == 0) {
        return any_wrong_job(packed);
    }
    return i % 2 ? good_handshake_of_suite(packed, suites[rng_below(&rng, N_SUITES)])
                 : good_job(packed, SHORT_LENGTHS);
}

/* Ten thousand jobs of 40 suites and all versions, in random order, equal the reference one by one. Catches:
 * a job of one version, hash or phase that is taken for one of another. */
static void test_ten_thousand_jobs(void **state)
{
    (void)state;
    choose_suites();
    RUN_BOTH(packed, is_left_to_default() ? 2500 : repetitions(10000), one_of_ten_thousand(i));
}

/* Catches: a bit of `legacy` that allows more or less than it should, a kind that does not ask for one, a
 * context that obeys the options of lanekdf_start() instead of its own. */
static void test_each_legacy_option(void **state)
{
    struct lanekdf_options options = {.size = sizeof(options)};

    (void)state;
    if (is_left_to_default()) {
        return;
    }
    for (; options.legacy <= LANEKDF_LEGACY_ALL; options.legacy++) {
        lanekdf_context *own;

        assert_int_equal(lanekdf_context_new(&own, &options), LANEKDF_OK);
        for (size_t i = 0; i < 200; i++) {
            cases[i] = i % 2 ? good_job(packed, SHORT_LENGTHS) : good_handshake(packed, SHORT_LENGTHS);
        }
        assert_true(run_and_compare(packed, cases, 200, own, options.legacy));
        lanekdf_context_free(own);
    }
}

/* Catches: a check that is missing, wrong, or reads what it must not (behind every buffer is a page that
 * cannot be touched); a job that fails and leaves an output partly written, or does harm to a good job beside
 * it. */
static void test_each_failure_among_good_jobs(void **state)
{
    (void)state;
    for (size_t k = 0; k < n_wrong_jobs(); k++) {
        for (int repeat = 0; repeat < (UNDER_ASAN ? 1 : 3); repeat++) {
            size_t n = 1 + rng_below(&rng, (uint32_t)kernel.lanes + 3), at = rng_below(&rng, (uint32_t)n);
            RUN_BOTH(guarded, n, i == at ? wrong_job(k, guarded) : good_job(guarded, SHORT_LENGTHS));
        }
    }
}

/* Catches: a phase without any job left in it, a number of failures that is wrong. */
static void test_many_failures(void **state)
{
    (void)state;
    RUN_BOTH(guarded, n_wrong_jobs(), wrong_job(i, guarded));
    for (int repeat = 0; repeat < 20; repeat++) {
        RUN_BOTH(guarded, 3 * kernel.lanes,
            rng_next(&rng) & 1 ? any_wrong_job(guarded) : good_job(guarded, SHORT_LENGTHS));
    }
}

/* Catches: a table of published programs that overflows or takes one shape for another; a shape that finds no
 * place in it and is derived wrongly. */
static void test_many_shapes(void **state)
{
    const size_t n_shapes =
        16 * 34; /* seeds of 1 to 16 blocks, outputs of 1 to 34: more than the table has places */

    (void)state;
    if (is_left_to_default()) {
        return;
    }
    for (int pass = 0; pass < 2; pass++) {
        RUN_BOTH(
            packed, n_shapes, good_prf(packed, tested_hash(i), 48, 5, (i % 16) * 64, 1, 1 + i / 16 * 32));
        RUN_BOTH(packed, n_shapes,
            good_prf(packed, tested_hash(i), 48, 5, 20 + (n_shapes - 1 - i) % 16 * 64, 1,
                (n_shapes - i + 15) / 16 * 32));
        RUN_BOTH(packed, n_shapes, good_hmac(packed, tested_hash(i), i % 70, i * 3, 2));
        RUN_BOTH(packed, n_shapes, good_handshake(packed, SHORT_LENGTHS));
    }
}

/* Tickets that fail; the keys of an earlier call may lie where the PSKs go. */
static struct job_case failing_tickets(size_t i)
{
    static const size_t n_nonces[] = {2047, 2048, LANEKDF_MAX_PIECES};
    struct job_case job_case = good_tickets(packed, tested_hash(i / 3), n_nonces[i % 3], 240);
    struct lanekdf_tls13_resumption *job = &job_case.any->tls13_resumption;

    if (i % 2) {
        job->job.reserved = 1;
        job_case.status = LANEKDF_ERROR_RESERVED;
    } else {
        ((struct lanekdf_bytes *)(uintptr_t)job->nonces)[n_nonces[i % 3] - 1] = take_bytes(packed, 256);
        job_case.status = LANEKDF_ERROR_LENGTH;
    }
    job_case.outputs_of_failure = OUTPUTS_ZEROED;
    return job_case;
}

/* Catches: outputs of a job that fails which are left as they were for being longer than LANEKDF_MAX_OUT. */
static void test_failing_tickets(void **state)
{
    (void)state;
    if (is_left_to_default()) {
        return;
    }
    RUN_BOTH(packed, 6, failing_tickets(i));
}

/* Catches: a message that is put together wrongly at an empty piece, at the edge of a block inside a piece,
 * or after many pieces. */
static void test_many_pieces(void **state)
{
    (void)state;
    RUN_BOTH(guarded, 40, good_prf(guarded, tested_hash(i), 48, 13, 64 + i, 1 + i % 8, 48));
    RUN_BOTH(guarded, 20, good_hmac(guarded, tested_hash(i), 48, 300 * i, 1 + i % 8));
    RUN_BOTH(packed, 60, good_prf(packed, tested_hash(i), 48, i % 30, 20 * i, 50 + i, 40));
    RUN_BOTH(packed, 60, good_message_hash(packed, tested_hash(i), 200 * i, 10 + 30 * i));
    RUN_BOTH(packed, 1, good_prf(packed, tested_hash(i), 48, 3, 70, LANEKDF_MAX_PIECES, 48));
    RUN_BOTH(packed, 1, good_prf(packed, tested_hash(i), 48, 3, 65000, LANEKDF_MAX_PIECES, 48));
    RUN_BOTH(packed, 1, good_message_hash(packed, tested_hash(i), 200000, LANEKDF_MAX_PIECES));
    RUN_BOTH(packed, 1, good_message_hash(packed, tested_hash(i), 0, LANEKDF_MAX_PIECES)); /* all empty */
}

/* Messages are as long as a transcript with certificates, and longer. Catches: a length that is cut to 16 or
 * 24 bits, an evaluation that needs memory for the whole message. */
static void test_long_messages(void **state)
{
    (void)state;
    if (is_left_to_default()) {
        return;
    }
    RUN_BOTH(packed, 3, good_message_hash(packed, tested_hash(i), 1000000 + 500000 * i, 1 + i));
    RUN_BOTH(packed, 2, good_hmac(packed, tested_hash(i), 100 * i, 2000000 + i, 3));
}

/* A job whose buffers lie in one piece of memory, in which they touch each other and inputs overlap
 * inputs. */
static struct job_case touching(size_t order)
{
    struct job_case job_case = good_prf(guarded, tested_hash(order), 1, 0, 0, 1, 1);
    struct lanekdf_prf *prf = &job_case.any->prf;
    uint8_t *at = guarded_take(guarded, 200, 1);

    rng_fill(&rng, at, 200);
    prf->secret = (struct lanekdf_bytes){at + (order & 1 ? 100 : 0), 48};
    prf->out = (struct lanekdf_span){at + 48, 52};
    prf->label = (struct lanekdf_bytes){at + (order & 1 ? 35 : 100), 13};
    ((struct lanekdf_bytes *)(uintptr_t)prf->seed)[0] = (struct lanekdf_bytes){at + 100, order & 2 ? 60 : 13};
    job_case.outputs[0] = prf->out;
    return job_case;
}

/* Catches: an overlap check that is off by one, and one that refuses inputs that share bytes. */
static void test_touching_is_no_overlap(void **state)
{
    (void)state;
    RUN_BOTH(guarded, 4, touching(i));
}

/* A handshake whose outputs lie between its inputs in one piece of memory. */
static struct job_case interleaved(void)
{
    struct job_case job_case = good_handshake_of_version(guarded, LANEKDF_TLS12, LANEKDF_SHA256);
    struct lanekdf_handshake *hs = &job_case.any->handshake;
    uint8_t *at = guarded_take(guarded, 1000, 1);

    rng_fill(&rng, at, 1000);
    hs->known_master_secret = NULL;
    hs->pre_master_secret = (struct lanekdf_bytes){at, 48};
    hs->master_secret = at + 48;
    hs->client_random = at + 96;
    hs->key_block = at + 128;
    hs->mac_key_len = 20;
    hs->enc_key_len = 16;
    hs->fixed_iv_len = 16;
    hs->server_random = at + 232;
    hs->client_verify_data = at + 264;
    hs->client_finished_hash = hs->session_hash = (struct lanekdf_bytes){at + 276, 32};
    hs->server_verify_data = at + 308;
    hs->server_finished_hash = (struct lanekdf_bytes){at + 320, 32};
    hs->prepared_master_secret = NULL;
    job_case.outputs[0] = (struct lanekdf_span){hs->master_secret, 48};
    job_case.outputs[1] = (struct lanekdf_span){hs->key_block, 104};
    job_case.outputs[2] = (struct lanekdf_span){hs->client_verify_data, 12};
    job_case.outputs[3] = (struct lanekdf_span){hs->server_verify_data, 12};
    job_case.n_outputs = 4;
    return job_case;
}

/* Catches: an overlap check that goes by the box around all outputs alone. */
static void test_interleaved_buffers(void **state)
{
    (void)state;
    RUN_BOTH(guarded, kernel.lanes + 1, interleaved());
}

/* All jobs of a call have the same secret. Catches: an input that is changed and put back, a key block that
 * is made for one job and wiped for the others. */
static void test_shared_inputs(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 2 * kernel.lanes + 1; n++) {
        for (size_t i = 0; i < n; i++) {
            cases[i] = good_prf(guarded, tested_hash(n), 150, 13, 64, 2, 48);
            cases[i].any->prf.secret = cases[0].any->prf.secret;
            if (i % 3 == 0) {
                cases[i].any->prf.label = cases[0].any->prf.secret;
            }
        }
        assert_true(run_and_compare(guarded, cases, n, n % 2 ? context : NULL, LANEKDF_LEGACY_ALL));
    }
}

/* Catches: a wanted output that is derived by way of the buffer of one that is not wanted. */
static void test_every_set_of_handshake_outputs(void **state)
{
    (void)state;
    for (int repeat = 0; repeat < 40; repeat++) {
        RUN_BOTH(guarded, 16, good_handshake(guarded, LONG_LENGTHS));
    }
}

/* A handshake with buffers for verify_data and final keys whose lengths of 0 say that they are not wanted. (A
 * key block without lengths is a mistake: kind_mistakes.c.) */
static struct job_case with_unwanted_buffers(void)
{
    struct job_case job_case = good_handshake(guarded, SHORT_LENGTHS);
    struct lanekdf_handshake *hs = &job_case.any->handshake;

    if (!hs->master_secret) {
        hs->master_secret = guarded_take(guarded, 48, 1);
        job_case.outputs[job_case.n_outputs++] = (struct lanekdf_span){hs->master_secret, 48};
    }
    if (!hs->client_verify_data) {
        hs->client_verify_data = guarded_take(guarded, 12, 1);
    }
    if (!hs->server_verify_data) {
        hs->server_verify_data = guarded_take(guarded, 12, 1);
    }
    if (!hs->final_keys) {
        hs->final_keys = guarded_take(guarded, 64, 1);
    }
    hs->client_random = guarded_take(guarded, 32, 1);
    hs->server_random = guarded_take(guarded, 32, 1);
    return job_case;
}

/* Catches: an output that is written though nobody asked for it. */
static void test_unwanted_buffers_are_left_alone(void **state)
{
    (void)state;
    for (int repeat = 0; repeat < 10; repeat++) {
        RUN_BOTH(guarded, 8, with_unwanted_buffers());
    }
}

/* Catches: a context that keeps something of one call for the next, contexts that share what changes, a call
 * without jobs. */
static void test_contexts(void **state)
{
    lanekdf_context *contexts[3];
    size_t n;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lanekdf_context_new(&contexts[i], NULL), LANEKDF_OK);
    }
    for (int turn = 0; turn < 60; turn++) {
        n = rng_below(&rng, (uint32_t)kernel.lanes + 2);
        for (size_t i = 0; i < n; i++) {
            cases[i] = good_job(guarded, SHORT_LENGTHS);
        }
        assert_true(run_and_compare(guarded, cases, n, contexts[rng_below(&rng, 3)], LANEKDF_LEGACY_ALL));
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lanekdf_context_derive(contexts[i], NULL, 0), 0); /* clang's sanitizer judges this */
        lanekdf_context_free(contexts[i]);
    }
    lanekdf_context_free(NULL);
}

/* Catches: an option that is not checked, and a pointer that is left as it was where there is no context. */
static void test_context_options(void **state)
{
    struct lanekdf_options options = {.size = sizeof(options) - 1};
    lanekdf_context *other = context;

    (void)state;
    assert_int_equal(lanekdf_context_new(&other, &options), LANEKDF_ERROR_OPTIONS);
    assert_null(other);
    options.size = sizeof(options);
    options.kernel = "sha256_no_such";
    other = context;
    assert_int_equal(lanekdf_context_new(&other, &options), LANEKDF_ERROR_KERNEL);
    assert_null(other);
    options.kernel = NULL;
    options.legacy = LANEKDF_LEGACY_ALL + 1;
    assert_int_equal(lanekdf_context_new(&other, &options), LANEKDF_ERROR_OPTIONS);
    options.legacy = 0;
    options.max_vector_width = 100;
    assert_int_equal(lanekdf_context_new(&other, &options), LANEKDF_ERROR_OPTIONS);
}

/* The status of a handshake of TLS 1.0 that has one permission of its own, in a context that has another. */
static int status_of_tls10(uint32_t job_legacy, uint32_t context_legacy)
{
    static const uint8_t bytes[LANEKDF_MASTER_SECRET_LEN];
    uint8_t key_block[104];
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = context_legacy};
    struct lanekdf_handshake hs = {.job = {.kind = LANEKDF_KIND_HANDSHAKE, .legacy = job_legacy},
        .version = LANEKDF_TLS10,
        .hash = LANEKDF_MD5_SHA1,
        .known_master_secret = bytes,
        .client_random = bytes,
        .server_random = bytes,
        .mac_key_len = 20,
        .enc_key_len = 16,
        .fixed_iv_len = 16,
        .key_block = key_block};
    struct lanekdf_job *job = &hs.job;
    lanekdf_context *other;
    assert_int_equal(lanekdf_context_new(&other, &options), LANEKDF_OK);
    lanekdf_context_derive(other, &job, 1);
    lanekdf_context_free(other);
    return job->status;
}

/* Catches: a job's own permission that is not looked at, that is added to the context's instead of taking its
 * place, or that outlives the job. */
static void test_job_has_a_permission_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(status_of_tls10(0, 0), LANEKDF_ERROR_DISABLED);
    assert_int_equal(status_of_tls10(LANEKDF_LEGACY_TLS10, 0), LANEKDF_OK);
    assert_int_equal(status_of_tls10(0, 0), LANEKDF_ERROR_DISABLED);
    assert_int_equal(status_of_tls10(0, LANEKDF_LEGACY_ALL), LANEKDF_OK);
    assert_int_equal(status_of_tls10(LANEKDF_LEGACY_EXPORTER, LANEKDF_LEGACY_ALL), LANEKDF_ERROR_DISABLED);
    assert_int_equal(status_of_tls10(LANEKDF_LEGACY_TLS11, LANEKDF_LEGACY_ALL), LANEKDF_ERROR_DISABLED);
}

/* Catches: a name or a length that is that of the next hash in the table. */
static void test_hashes_have_names_and_lengths(void **state)
{
    (void)state;
#define TESTED_HASH(id, name, bytes, kernels, is_old, judge, abc)                                            \
    assert_string_equal(lanekdf_hash_name(LANEKDF_##id), name);                                              \
    assert_int_equal(lanekdf_hash_len(LANEKDF_##id), bytes);
#include "tested_hashes.h"
#undef TESTED_HASH
    assert_null(lanekdf_hash_name(0));
    assert_null(lanekdf_hash_name(UINT32_MAX));
    assert_int_equal(lanekdf_hash_len(0), 0);
    assert_int_equal(lanekdf_hash_len(UINT32_MAX), 0);
}

/* Each kernel has a context, whatever start-up was told. Catches: options of a context that do not reach its
 * choice of kernels, memory that is laid out for another kernel. */
static void test_contexts_of_other_kernels(void **state)
{
    struct lanekdf_kernel other = {.size = sizeof(other)};
    struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};

    (void)state;
    for (size_t k = 0; lanekdf_kernel_query(k, &other) == LANEKDF_OK; k++) {
        lanekdf_context *own;

        options.kernel = other.name;
        if (other.state == LANEKDF_KERNEL_UNSUPPORTED) {
            assert_int_equal(lanekdf_context_new(&own, &options), LANEKDF_ERROR_KERNEL);
            continue;
        }
        assert_int_equal(lanekdf_context_new(&own, &options), LANEKDF_OK);
        for (size_t n = 1; n <= other.lanes + 1u; n++) {
            for (size_t i = 0; i < n; i++) {
                cases[i] = good_job(guarded, SHORT_LENGTHS);
            }
            assert_true(run_and_compare(guarded, cases, n, own, LANEKDF_LEGACY_ALL));
        }
        lanekdf_context_free(own);
    }
    options.kernel = NULL;
    for (options.max_vector_width = 128; options.max_vector_width <= 512; options.max_vector_width *= 2) {
        lanekdf_context *own;

        assert_int_equal(lanekdf_context_new(&own, &options), LANEKDF_OK);
        for (size_t i = 0; i < 40; i++) {
            cases[i] = good_job(guarded, SHORT_LENGTHS);
        }
        assert_true(run_and_compare(guarded, cases, 40, own, LANEKDF_LEGACY_ALL));
        lanekdf_context_free(own);
    }
}

/* The order is that of RFC 5246 section 6.3: client and server MAC key, client and server key, client and
 * server IV. Catches: two keys that are exchanged, a key of no bytes that has an address, a number of no
 * key. */
static void test_named_keys(void **state)
{
    uint8_t block[6 * 255];
    struct lanekdf_handshake hs = {.key_block = block, .mac_key_len = 3, .enc_key_len = 5, .fixed_iv_len = 7};
    static const size_t at[] = {0, 3, 6, 11, 16, 23}, len[] = {3, 3, 5, 5, 7, 7};

    (void)state;
    for (int key = LANEKDF_CLIENT_WRITE_MAC_KEY; key <= LANEKDF_SERVER_WRITE_IV; key++) {
        struct lanekdf_span span = lanekdf_handshake_key(&hs, (enum lanekdf_key)key);
        assert_ptr_equal(span.data, block + at[key]);
        assert_int_equal(span.len, len[key]);
    }
    assert_null(lanekdf_handshake_key(&hs, (enum lanekdf_key)6).data);
    assert_null(lanekdf_handshake_key(&hs, (enum lanekdf_key) - 1).data);
    hs.mac_key_len = 0;
    assert_null(lanekdf_handshake_key(&hs, LANEKDF_SERVER_WRITE_MAC_KEY).data);
    assert_int_equal(lanekdf_handshake_key(&hs, LANEKDF_SERVER_WRITE_MAC_KEY).len, 0);
    assert_ptr_equal(lanekdf_handshake_key(&hs, LANEKDF_CLIENT_WRITE_KEY).data, block);
    hs.mac_key_len = hs.enc_key_len = hs.fixed_iv_len = 255;
    assert_ptr_equal(lanekdf_handshake_key(&hs, LANEKDF_SERVER_WRITE_IV).data, block + 5 * 255);
}

static int set_up(void **state)
{
    (void)state;
    guarded = guarded_new(GUARDED, &rng);
    packed = guarded_new(PACKED, &rng);
    rng = rng_from(test_seed());
    return lanekdf_context_new(&context, NULL) != LANEKDF_OK;
}

static int tear_down(void **state)
{
    (void)state;
    lanekdf_context_free(context);
    guarded_free(guarded);
    guarded_free(packed);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edge_lengths),
        cmocka_unit_test(test_all_limits_at_once),
        cmocka_unit_test(test_batch_sizes_mixed),
        cmocka_unit_test(test_batch_sizes_one_shape),
        cmocka_unit_test(test_edge_lengths_of_stages),
        cmocka_unit_test(test_tasks_of_each_stage),
        cmocka_unit_test(test_large_batches),
        cmocka_unit_test(test_ten_thousand_jobs),
        cmocka_unit_test(test_each_legacy_option),
        cmocka_unit_test(test_each_failure_among_good_jobs),
        cmocka_unit_test(test_many_failures),
        cmocka_unit_test(test_many_shapes),
        cmocka_unit_test(test_failing_tickets),
        cmocka_unit_test(test_many_pieces),
        cmocka_unit_test(test_long_messages),
        cmocka_unit_test(test_touching_is_no_overlap),
        cmocka_unit_test(test_interleaved_buffers),
        cmocka_unit_test(test_shared_inputs),
        cmocka_unit_test(test_every_set_of_handshake_outputs),
        cmocka_unit_test(test_unwanted_buffers_are_left_alone),
        cmocka_unit_test(test_contexts),
        cmocka_unit_test(test_context_options),
        cmocka_unit_test(test_job_has_a_permission_of_its_own),
        cmocka_unit_test(test_hashes_have_names_and_lengths),
        cmocka_unit_test(test_contexts_of_other_kernels),
        cmocka_unit_test(test_named_keys),
    };

    kernel = kernel_argument(argc, argv);
    favour_family(kernel.family);
    if (is_left_to_default()) {
        puts("skipped: AddressSanitizer is slow; the default kernels alone have all shapes and limits");
    }
    return cmocka_run_group_tests(tests, set_up, tear_down) != 0;
}
