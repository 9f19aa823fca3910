/*
 * The programs of the stages of TLS 1.3, DTLS 1.3 and QUIC, and of HKDF: how many compressions a job of each
 * sort takes, and how many of them wait for each other. Five of the programs are printed as golden files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "golden_program.h"
#include "prepared.h"
#include "program_checks.h"
#include "published.h"

/* ---- jobs ---- */

static const uint8_t bytes[1024]; /* of every input */
static uint8_t outputs[16][8192];
static struct lanekdf_prepared_secret prepared, prepared_out;

enum { KEY_LEN = 16, IV_LEN = 12, N_PSKS = 3 };

static const struct lanekdf_bytes one_piece = {bytes, 20},
                                  nonces[N_PSKS] = {{bytes, 8}, {bytes, 8}, {bytes, 8}};

/* What a job should take with SHA-256 and with SHA-384: compressions, and the longest path of its programs.
 */
struct expected {
    const char *name;
    struct lanekdf_job *job;
    unsigned n_compressions[2], longest_path[2];
    const char *golden; /* the file for the last program of the job with SHA-256; NULL: none */
};

#define JOB(type, id, ...) (&(struct lanekdf_##type){.job.kind = LANEKDF_KIND_##id, __VA_ARGS__}.job)
#define STAGE .hash = hash, .version = version
#define KEYS .key_len = KEY_LEN, .iv_len = IV_LEN
#define SPAN(i, n)                                                                                           \
    {                                                                                                        \
        outputs[i], n                                                                                        \
    }

#define HANDSHAKE                                                                                            \
    STAGE, KEYS, .transcript_hash = bytes, .client_handshake_traffic_secret = outputs[0],                    \
                 .server_handshake_traffic_secret = outputs[1], .client_keys = outputs[2],                   \
                 .server_keys = outputs[3]
#define APPLICATION                                                                                          \
    STAGE, KEYS, .transcript_hash = bytes, .client_application_traffic_secret = outputs[0],                  \
                 .server_application_traffic_secret = outputs[1], .client_keys = outputs[2],                 \
                 .server_keys = outputs[3], .exporter_master_secret = outputs[4]
#define LABEL(i)                                                                                             \
    {                                                                                                        \
        {bytes, 8}, {NULL, 0}, SPAN(i, KEY_LEN)                                                              \
    }

/* ---- counts ---- */

/* Takes the record of a job through its phases, without the bytes. */
static void count(const struct expected *e, bool is_sha384)
{
    static struct compiler compiler;
    static struct record record;
    struct shape shape;
    unsigned n_compressions = 0, longest_path = 0;
    const struct program *p = NULL;
    assert_int_equal(kinds_begin_job(e->job, &record, 0), LANEKDF_OK);
    while (record_enter(&record, &shape)) {
        p = published_program(&shape, &compiler);
        if (!p) {
            print_error("%s: no program of %s\n", e->name, shape.derivation->name);
        }
        assert_non_null(p);
        check_program(p);
        n_compressions += p->simd.n_ops;
        longest_path = p->longest_path > longest_path ? p->longest_path : longest_path;
        record_end_run(&record, &shape);
    }
    if (n_compressions != e->n_compressions[is_sha384] || longest_path != e->longest_path[is_sha384]) {
        print_error("%s, SHA-%s: %u compressions, path %u\n", e->name, is_sha384 ? "384" : "256",
            n_compressions, longest_path);
    }
    assert_int_equal(n_compressions, e->n_compressions[is_sha384]);
    assert_int_equal(longest_path, e->longest_path[is_sha384]);
    if (e->golden && !is_sha384) {
        compare_with_golden(p, e->golden, e->name);
    }
}

static void count_all(const struct expected *expected, size_t n, bool is_sha384)
{
    for (size_t i = 0; i < n; i++) {
        count(&expected[i], is_sha384);
    }
}
#define COUNT_ALL(expected) count_all(expected, sizeof(expected) / sizeof(*(expected)), i)

/* Runs `test` with SHA-256 and with SHA-384. */
static void with_hashes(void (*test)(uint32_t hash, unsigned i))
{
    static const uint32_t hashes_[] = {LANEKDF_SHA256, LANEKDF_SHA384};
    for (unsigned i = 0; i < 2; i++) {
        prepared.opaque[0] = prepared_tag(hashes_[i]);
        test(hashes_[i], i);
    }
}

static void count_stages(uint32_t hash, unsigned i)
{
    const uint32_t version = LANEKDF_TLS13;
    const size_t n = lanekdf_hash_len(hash);
    const struct expected expected[] = {
        {"early: binder and salt",
            JOB(tls13_early, TLS13_EARLY, STAGE, .psk = {bytes, n}, .binder_hash = bytes,
                .binder = outputs[0], .handshake_salt = outputs[1]),
            {16, 16}, {11, 11}, NULL},
        {"The early stage: binder, client early traffic secret and its keys, early exporter secret, salt",
            JOB(tls13_early, TLS13_EARLY, STAGE, KEYS, .psk = {bytes, n}, .binder_hash = bytes,
                .client_hello_hash = bytes, .early_secret = outputs[0], .binder = outputs[1],
                .handshake_salt = outputs[2], .client_early_traffic_secret = outputs[3],
                .client_early_keys = outputs[4], .early_exporter_master_secret = outputs[5]),
            {26, 26}, {11, 11}, "tls13_early"},
        {"The handshake stage without a PSK: both traffic secrets with their keys, and the master secret",
            JOB(tls13_handshake, TLS13_HANDSHAKE, HANDSHAKE, .shared_secret = {{bytes, 32}},
                .master_secret = outputs[4]),
            {30, 30}, {8, 8}, "tls13_handshake"},
        {"handshake, the master secret prepared",
            JOB(tls13_handshake, TLS13_HANDSHAKE, HANDSHAKE, .shared_secret = {{bytes, 32}},
                .prepared_master_secret = &prepared_out),
            {32, 32}, {9, 9}, NULL},
        {"handshake, a shared secret of 64 bytes",
            JOB(tls13_handshake, TLS13_HANDSHAKE, HANDSHAKE, .shared_secret = {{bytes, 32}, {bytes, 32}},
                .master_secret = outputs[4]),
            {31, 30}, {9, 8}, NULL},
        {"handshake with a PSK",
            JOB(tls13_handshake, TLS13_HANDSHAKE, HANDSHAKE, .shared_secret = {{bytes, 32}},
                .handshake_salt = bytes, .master_secret = outputs[4]),
            {32, 32}, {9, 9}, NULL},
        {"Finished",
            JOB(tls13_finished, TLS13_FINISHED, .hash = hash, .finished_key = bytes, .transcript_hash = bytes,
                .verify_data = outputs[0]),
            {4, 4}, {3, 3}, NULL},
        {"Finished, the key prepared",
            JOB(tls13_finished, TLS13_FINISHED, .hash = hash, .prepared_finished_key = &prepared,
                .transcript_hash = bytes, .verify_data = outputs[0]),
            {2, 2}, {2, 2}, NULL},
        {"application", JOB(tls13_application, TLS13_APPLICATION, APPLICATION, .master_secret = bytes),
            {20, 20}, {6, 6}, NULL},
        {"The application stage from a prepared master secret",
            JOB(tls13_application, TLS13_APPLICATION, APPLICATION, .prepared_master_secret = &prepared),
            {18, 18}, {5, 5}, "tls13_application"},
        {"resumption",
            JOB(tls13_resumption, TLS13_RESUMPTION, STAGE, .master_secret = bytes, .transcript_hash = bytes,
                .resumption_master_secret = outputs[0]),
            {4, 4}, {3, 3}, NULL},
        {"resumption and the PSKs of three tickets",
            JOB(tls13_resumption, TLS13_RESUMPTION, STAGE, .prepared_master_secret = &prepared,
                .transcript_hash = bytes, .nonces = nonces, .n_nonces = N_PSKS, .psks = outputs[0]),
            {2 + 2 + 2 * N_PSKS, 2 + 2 + 2 * N_PSKS}, {5, 5}, NULL},
        {"traffic",
            JOB(tls13_traffic, TLS13_TRAFFIC, STAGE, KEYS, .traffic_secret = bytes, .keys = outputs[0]),
            {6, 6}, {3, 3}, NULL},
        {"traffic after an update",
            JOB(tls13_traffic, TLS13_TRAFFIC, STAGE, KEYS, .n_updates = 1, .traffic_secret = bytes,
                .next_secret = outputs[1], .keys = outputs[0]),
            {10, 10}, {6, 6}, NULL},
    };
    COUNT_ALL(expected);
}

/* Number keys take two compressions more for each side. */
static void count_number_keys(uint32_t hash, unsigned i)
{
    static const uint32_t versions[] = {LANEKDF_DTLS13, LANEKDF_QUIC_V1, LANEKDF_QUIC_V2};
    for (size_t v = 0; v < sizeof(versions) / sizeof(*versions); v++) {
        const uint32_t version = versions[v];
        const struct expected expected[] = {
            {"handshake with number keys",
                JOB(tls13_handshake, TLS13_HANDSHAKE, HANDSHAKE, .shared_secret = {{bytes, 32}},
                    .master_secret = outputs[4]),
                {34, 34}, {8, 8}, NULL},
            {"application with number keys",
                JOB(tls13_application, TLS13_APPLICATION, APPLICATION, .master_secret = bytes), {24, 24},
                {6, 6}, NULL},
            {"traffic with a number key",
                JOB(tls13_traffic, TLS13_TRAFFIC, STAGE, KEYS, .traffic_secret = bytes, .keys = outputs[0]),
                {8, 8}, {3, 3}, NULL},
        };
        COUNT_ALL(expected);
    }
}

static void count_others(uint32_t hash, unsigned i)
{
    const uint32_t version = LANEKDF_TLS13;
    const size_t n = lanekdf_hash_len(hash);
    const struct expected expected[] = {
        {"An exporter with a label of 24 bytes, without a context",
            JOB(tls13_exporter, TLS13_EXPORTER, STAGE, .exporter_master_secret = bytes, .label = {bytes, 24},
                .out = SPAN(0, 32)),
            {9, 8}, {7, 6}, "tls13_exporter"},
        {"exporter, the secret prepared",
            JOB(tls13_exporter, TLS13_EXPORTER, STAGE, .prepared_exporter_master_secret = &prepared,
                .label = {bytes, 24}, .out = SPAN(0, 32)),
            {7, 6}, {6, 5}, NULL},
        {"exporter with a context",
            JOB(tls13_exporter, TLS13_EXPORTER, STAGE, .exporter_master_secret = bytes, .label = {bytes, 24},
                .context = {bytes, 20}, .out = SPAN(0, 32)),
            {10, 9}, {7, 6}, NULL},
        {"exporter of ten digests: the pads of its secret are hashed once",
            JOB(tls13_exporter, TLS13_EXPORTER, STAGE, .exporter_master_secret = bytes, .label = {bytes, 8},
                .out = SPAN(0, 10 * n)),
            {4 + 2 + 2 + 9 * 3, 4 + 2 + 2 + 9 * 3}, {12, 9}, NULL},
        {"PSK import",
            JOB(tls13_psk_import, TLS13_PSK_IMPORT, .hash = hash, .target_protocol = LANEKDF_TLS13,
                .target_kdf = (uint16_t)hash, .psk = {bytes, 32}, .identity = {bytes, 40},
                .imported_psk = outputs[0]),
            {7, 7}, {5, 5}, NULL},
        {"ECH confirmation",
            JOB(ech_confirmation, ECH_CONFIRMATION, STAGE, .inner_random = bytes, .transcript_hash = bytes,
                .confirmation = outputs[0]),
            {7, 6}, {6, 5}, NULL},
        {"extract",
            JOB(hkdf, HKDF, .hash = hash, .flags = LANEKDF_HKDF_EXTRACT, .salt = {bytes, n},
                .input = &one_piece, .n_input = 1, .prk_out = outputs[0]),
            {4, 4}, {3, 3}, NULL},
        {"extract without a salt",
            JOB(hkdf, HKDF, .hash = hash, .flags = LANEKDF_HKDF_EXTRACT, .input = &one_piece, .n_input = 1,
                .prk_out = outputs[0]),
            {2, 2}, {2, 2}, NULL},
        {"extract, and expand to two digests",
            JOB(hkdf, HKDF, .hash = hash, .flags = LANEKDF_HKDF_EXTRACT, .salt = {bytes, n},
                .input = &one_piece, .n_input = 1, .info = &one_piece, .n_info = 1, .out = SPAN(0, 2 * n)),
            {10, 10}, {8, 8}, NULL},
        {"expand",
            JOB(hkdf, HKDF, .hash = hash, .prk = {bytes, n}, .info = &one_piece, .n_info = 1,
                .out = SPAN(0, n)),
            {4, 4}, {3, 3}, NULL},
        {"expand to 100 digests: the pads are hashed once",
            JOB(hkdf, HKDF, .hash = hash, .prk = {bytes, n}, .info = &one_piece, .n_info = 1,
                .out = SPAN(0, 100 * n)),
            {2 + 2 * 100, 2 + 2 * 100}, {10, 10}, NULL},
        {"expand-label of three labels",
            JOB(expand_label, EXPAND_LABEL, STAGE, .secret = {bytes, n}, .n_labels = 3,
                .labels = {LABEL(0), LABEL(1), LABEL(2)}),
            {8, 8}, {3, 3}, NULL},
        {"expand-label of eight labels: the pads are hashed once",
            JOB(expand_label, EXPAND_LABEL, STAGE, .secret = {bytes, n}, .n_labels = 8,
                .labels = {LABEL(0), LABEL(1), LABEL(2), LABEL(3), LABEL(4), LABEL(5), LABEL(6), LABEL(7)}),
            {18, 18}, {2, 2}, NULL},
    };
    COUNT_ALL(expected);
}

static void count_quic(void)
{
    const unsigned i = 0;
    for (unsigned len = 0; len <= LANEKDF_MAX_CONNECTION_ID; len += 4) {
        const uint32_t version = len % 8 ? LANEKDF_QUIC_V2 : LANEKDF_QUIC_V1;
        const struct expected expected[] = {
            {"QUIC Initial, one side",
                JOB(quic_initial, QUIC_INITIAL, .version = version, .connection_id = {bytes, len},
                    .client_keys = outputs[0]),
                {14}, {8}, NULL},
            {"The keys of QUIC Initial packets of both sides",
                JOB(quic_initial, QUIC_INITIAL, .version = version, .connection_id = {bytes, len},
                    .client_keys = outputs[0], .server_keys = outputs[1]),
                {24}, {8}, len == 8 ? "quic_initial" : NULL},
        };
        COUNT_ALL(expected);
    }
}

/* Catches: pads that are hashed twice or at every run, a constant that is hashed at all, a phase that should
 * be a part of the program before. The speed of every job depends on these numbers. */
static void test_stages(void **state)
{
    (void)state;
    with_hashes(count_stages);
    with_hashes(count_number_keys);
    count_quic();
}

static void test_others(void **state)
{
    (void)state;
    with_hashes(count_others);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_others),
    };
    if (!golden_options(argc, argv)) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
