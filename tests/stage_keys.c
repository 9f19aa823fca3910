/* Where the keys of a stage of TLS 1.3, DTLS 1.3 and QUIC lie in its blocks, and what a cipher suite sets in
 * the job of a stage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "lanekdf.h"
#include "suite_rows.h"
#include "test_bytes.h"

/* A job of any kind: the largest struct decides how many bytes a stage may touch. */
union stage {
    struct lanekdf_job job;
    struct lanekdf_tls13_early early;
    struct lanekdf_tls13_handshake handshake;
    struct lanekdf_tls13_finished finished;
    struct lanekdf_tls13_application application;
    struct lanekdf_tls13_resumption resumption;
    struct lanekdf_tls13_traffic traffic;
    struct lanekdf_tls13_exporter exporter;
    struct lanekdf_ech_confirmation ech_confirmation;
    struct lanekdf_quic_initial quic_initial;
    struct lanekdf_expand_label expand_label;
};

enum { FIRST_KIND = LANEKDF_KIND_PRF, LAST_KIND = LANEKDF_KIND_QUIC_INITIAL };
enum { N = 48, KEY_LEN = 32, IV_LEN = 12, MAX_BLOCK = 2 * KEY_LEN + IV_LEN + N };
static uint8_t client_block[MAX_BLOCK], server_block[MAX_BLOCK];
static const uint32_t versions[] = {LANEKDF_TLS13, LANEKDF_DTLS13, LANEKDF_QUIC_V1, LANEKDF_QUIC_V2};
enum { N_VERSIONS = sizeof(versions) / sizeof(*versions) };

/* A stage with keys of AES-256-GCM and SHA-384. */
static union stage stage_of(uint32_t kind, uint32_t version, uint32_t n_updates)
{
    union stage stage;

    memset(&stage, 0, sizeof(stage));
    stage.job.kind = kind;
    switch (kind) {
    case LANEKDF_KIND_TLS13_EARLY:
        stage.early.hash = LANEKDF_SHA384;
        stage.early.version = version;
        stage.early.key_len = KEY_LEN;
        stage.early.iv_len = IV_LEN;
        stage.early.client_early_keys = client_block;
        break;
    case LANEKDF_KIND_TLS13_HANDSHAKE:
        stage.handshake.hash = LANEKDF_SHA384;
        stage.handshake.version = version;
        stage.handshake.key_len = KEY_LEN;
        stage.handshake.iv_len = IV_LEN;
        stage.handshake.client_keys = client_block;
        stage.handshake.server_keys = server_block;
        break;
    case LANEKDF_KIND_TLS13_APPLICATION:
        stage.application.hash = LANEKDF_SHA384;
        stage.application.version = version;
        stage.application.key_len = KEY_LEN;
        stage.application.iv_len = IV_LEN;
        stage.application.client_keys = client_block;
        stage.application.server_keys = server_block;
        break;
    case LANEKDF_KIND_TLS13_TRAFFIC:
        stage.traffic.hash = LANEKDF_SHA384;
        stage.traffic.version = version;
        stage.traffic.n_updates = n_updates;
        stage.traffic.key_len = KEY_LEN;
        stage.traffic.iv_len = IV_LEN;
        stage.traffic.keys = client_block;
        break;
    case LANEKDF_KIND_QUIC_INITIAL:
        stage.quic_initial.version = version;
        stage.quic_initial.client_keys = client_block;
        stage.quic_initial.server_keys = server_block;
        break;
    default: /* has no keys, and a kind is all that such a job needs here */
        break;
    }
    return stage;
}

/* What each stage has, by version: RFC 8446 section 7.3, RFC 9147 section 4.2.3, RFC 9001 section 5.1 and,
 * after a key update, section 6.1. */
static const struct {
    uint32_t kind, version, n_updates;
    size_t key_len, iv_len, number_key_len, finished_len;
    uint8_t *client, *server; /* by who writes */
} expected[] = {
    {LANEKDF_KIND_TLS13_EARLY, LANEKDF_TLS13, 0, 32, 12, 0, 0, client_block, NULL},
    {LANEKDF_KIND_TLS13_EARLY, LANEKDF_DTLS13, 0, 32, 12, 32, 0, client_block, NULL},
    {LANEKDF_KIND_TLS13_EARLY, LANEKDF_QUIC_V1, 0, 32, 12, 32, 0, client_block, NULL},
    {LANEKDF_KIND_TLS13_EARLY, LANEKDF_QUIC_V2, 0, 32, 12, 32, 0, client_block, NULL},
    {LANEKDF_KIND_TLS13_HANDSHAKE, LANEKDF_TLS13, 0, 32, 12, 0, 48, client_block, server_block},
    {LANEKDF_KIND_TLS13_HANDSHAKE, LANEKDF_DTLS13, 0, 32, 12, 32, 48, client_block, server_block},
    {LANEKDF_KIND_TLS13_HANDSHAKE, LANEKDF_QUIC_V1, 0, 32, 12, 32, 48, client_block, server_block},
    {LANEKDF_KIND_TLS13_HANDSHAKE, LANEKDF_QUIC_V2, 0, 32, 12, 32, 48, client_block, server_block},
    {LANEKDF_KIND_TLS13_APPLICATION, LANEKDF_TLS13, 0, 32, 12, 0, 0, client_block, server_block},
    {LANEKDF_KIND_TLS13_APPLICATION, LANEKDF_DTLS13, 0, 32, 12, 32, 0, client_block, server_block},
    {LANEKDF_KIND_TLS13_APPLICATION, LANEKDF_QUIC_V1, 0, 32, 12, 32, 0, client_block, server_block},
    {LANEKDF_KIND_TLS13_APPLICATION, LANEKDF_QUIC_V2, 0, 32, 12, 32, 0, client_block, server_block},
    {LANEKDF_KIND_TLS13_TRAFFIC, LANEKDF_TLS13, 0, 32, 12, 0, 0, client_block, client_block},
    {LANEKDF_KIND_TLS13_TRAFFIC, LANEKDF_TLS13, 3, 32, 12, 0, 0, client_block, client_block},
    {LANEKDF_KIND_TLS13_TRAFFIC, LANEKDF_DTLS13, 0, 32, 12, 32, 0, client_block, client_block},
    {LANEKDF_KIND_TLS13_TRAFFIC, LANEKDF_DTLS13, 3, 32, 12, 32, 0, client_block, client_block},
    {LANEKDF_KIND_TLS13_TRAFFIC, LANEKDF_QUIC_V1, 0, 32, 12, 32, 0, client_block, client_block},
    {LANEKDF_KIND_TLS13_TRAFFIC, LANEKDF_QUIC_V1, 1, 32, 12, 0, 0, client_block, client_block},
    {LANEKDF_KIND_TLS13_TRAFFIC, LANEKDF_QUIC_V2, 0, 32, 12, 32, 0, client_block, client_block},
    {LANEKDF_KIND_TLS13_TRAFFIC, LANEKDF_QUIC_V2, 1, 32, 12, 0, 0, client_block, client_block},
    {LANEKDF_KIND_QUIC_INITIAL, LANEKDF_QUIC_V1, 0, 16, 12, 16, 0, client_block, server_block},
    {LANEKDF_KIND_QUIC_INITIAL, LANEKDF_QUIC_V2, 0, 16, 12, 16, 0, client_block, server_block},
};

static void check_span(struct lanekdf_span span, const uint8_t *block, size_t offset, size_t len)
{
    assert_ptr_equal(span.data, block && len ? block + offset : NULL);
    assert_int_equal(span.len, block ? len : 0);
}

/* Catches: a key of the other side, a key at another offset or of another length than the order of a block
 * gives, a number key that the protocol does not have or does not renew. */
static void test_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
        const union stage stage = stage_of(expected[i].kind, expected[i].version, expected[i].n_updates);
        const size_t lens[] = {[LANEKDF_MAC_KEY] = 0,
            [LANEKDF_KEY] = expected[i].key_len,
            [LANEKDF_IV] = expected[i].iv_len,
            [LANEKDF_NUMBER_KEY] = expected[i].number_key_len,
            [LANEKDF_FINISHED_KEY] = expected[i].finished_len};
        uint8_t *const blocks[] = {expected[i].client, expected[i].server};
        size_t offset = 0;
        for (unsigned p = LANEKDF_MAC_KEY; p <= LANEKDF_FINISHED_KEY; p++) {
            const enum lanekdf_purpose purpose = (enum lanekdf_purpose)p;
            for (unsigned role = LANEKDF_CLIENT; role <= LANEKDF_SERVER; role++) {
                const enum lanekdf_role me = (enum lanekdf_role)role;
                check_span(lanekdf_tls13_write_key(&stage.job, me, purpose), blocks[role], offset, lens[p]);
                check_span(lanekdf_tls13_read_key(&stage.job, me, purpose), blocks[!role], offset, lens[p]);
            }
            offset += lens[p];
        }
        assert_int_equal(lanekdf_tls13_key_block_len(&stage.job), offset);
        assert_true(offset <= MAX_BLOCK);
    }
    assert_int_equal(LANEKDF_QUIC_INITIAL_KEYS_LEN, 16 + 12 + 16);
}

static void check_no_keys(const struct lanekdf_job *stage)
{
    for (unsigned purpose = LANEKDF_MAC_KEY; purpose <= LANEKDF_FINISHED_KEY; purpose++) {
        for (unsigned role = LANEKDF_CLIENT; role <= LANEKDF_SERVER; role++) {
            check_span(lanekdf_tls13_write_key(stage, (enum lanekdf_role)role, (enum lanekdf_purpose)purpose),
                NULL, 0, 0);
            check_span(lanekdf_tls13_read_key(stage, (enum lanekdf_role)role, (enum lanekdf_purpose)purpose),
                NULL, 0, 0);
        }
    }
}

/* Catches: a job that is read as another kind's, or that is no stage at all; a version without a key schedule
 * that gets lengths. */
static void test_no_stages(void **state)
{
    (void)state;
    assert_int_equal(lanekdf_tls13_key_block_len(NULL), 0);
    check_no_keys(NULL);
    for (uint32_t kind = FIRST_KIND - 1; kind <= LAST_KIND + 1; kind++) {
        union stage stage = stage_of(kind, LANEKDF_TLS13, 0);
        bool has_keys = false;
        for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
            has_keys |= expected[i].kind == kind;
        }
        if (!has_keys) {
            memset(&stage.job + 1, 0xff, sizeof(stage) - sizeof(stage.job));
            assert_int_equal(lanekdf_tls13_key_block_len(&stage.job), 0);
            check_no_keys(&stage.job);
        } else if (kind != LANEKDF_KIND_QUIC_INITIAL) {
            static const uint32_t none[] = {0, 2, LANEKDF_TLS12, 0x0305, 0xfefd};
            for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
                stage = stage_of(kind, none[i], 0);
                assert_int_equal(lanekdf_tls13_key_block_len(&stage.job), 0);
                check_no_keys(&stage.job);
            }
        }
    }
}

/* Catches: a role or a purpose out of range that gets a key or is used as an index. */
static void test_arguments_out_of_range(void **state)
{
    static const unsigned roles[] = {2, 3, 0x80000000, 0xffffffff},
                          purposes[] = {5, 6, 0x80000000, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
        const union stage stage = stage_of(expected[i].kind, expected[i].version, expected[i].n_updates);
        for (size_t k = 0; k < sizeof(roles) / sizeof(*roles); k++) {
            check_span(
                lanekdf_tls13_write_key(&stage.job, (enum lanekdf_role)roles[k], LANEKDF_KEY), NULL, 0, 0);
            check_span(
                lanekdf_tls13_read_key(&stage.job, (enum lanekdf_role)roles[k], LANEKDF_KEY), NULL, 0, 0);
            check_span(lanekdf_tls13_write_key(&stage.job, LANEKDF_CLIENT, (enum lanekdf_purpose)purposes[k]),
                NULL, 0, 0);
            check_span(lanekdf_tls13_read_key(&stage.job, LANEKDF_SERVER, (enum lanekdf_purpose)purposes[k]),
                NULL, 0, 0);
        }
    }
}

/* Catches: a span of a block that is not wanted, lengths that the other side's block decides, a finished key
 * that needs a cipher. */
static void test_missing_parts(void **state)
{
    union stage stage = stage_of(LANEKDF_KIND_TLS13_HANDSHAKE, LANEKDF_DTLS13, 0);

    (void)state;
    stage.handshake.client_keys = NULL;
    check_span(lanekdf_tls13_write_key(&stage.job, LANEKDF_CLIENT, LANEKDF_KEY), NULL, 0, 0);
    check_span(lanekdf_tls13_read_key(&stage.job, LANEKDF_CLIENT, LANEKDF_KEY), server_block, 0, KEY_LEN);
    assert_int_equal(lanekdf_tls13_key_block_len(&stage.job), MAX_BLOCK);
    stage.handshake.server_keys = NULL;
    check_no_keys(&stage.job);
    assert_int_equal(lanekdf_tls13_key_block_len(&stage.job), MAX_BLOCK);

    stage = stage_of(LANEKDF_KIND_TLS13_HANDSHAKE, LANEKDF_DTLS13, 0);
    stage.handshake.key_len = stage.handshake.iv_len = 0;
    assert_int_equal(lanekdf_tls13_key_block_len(&stage.job), N);
    check_span(lanekdf_tls13_write_key(&stage.job, LANEKDF_SERVER, LANEKDF_FINISHED_KEY), server_block, 0, N);
    check_span(lanekdf_tls13_write_key(&stage.job, LANEKDF_SERVER, LANEKDF_KEY), NULL, 0, 0);
    stage.handshake.hash = LANEKDF_SHA256;
    assert_int_equal(lanekdf_tls13_key_block_len(&stage.job), 32);
    stage.handshake.hash = 0;
    assert_int_equal(lanekdf_tls13_key_block_len(&stage.job), 0);
    check_no_keys(&stage.job);

    stage = stage_of(LANEKDF_KIND_TLS13_APPLICATION, LANEKDF_QUIC_V1, 0);
    stage.application.key_len = stage.application.iv_len =
        255; /* no suite has them, but they fit the fields */
    assert_int_equal(lanekdf_tls13_key_block_len(&stage.job), 3 * 255);
}

/* ---- cipher suites ---- */

/* What the suite decides, written into a copy of the job by the kind's own struct. */
static void set_by_hand(union stage *stage, uint32_t version, const struct lanekdf_suite *suite)
{
#define SET(member)                                                                                          \
    do {                                                                                                     \
        stage->member.hash = suite->hash;                                                                    \
        stage->member.version = version;                                                                     \
    } while (0)
#define SET_KEYS(member)                                                                                     \
    do {                                                                                                     \
        SET(member);                                                                                         \
        stage->member.key_len = suite->enc_key_len;                                                          \
        stage->member.iv_len = suite->fixed_iv_len;                                                          \
    } while (0)
    switch (stage->job.kind) {
    case LANEKDF_KIND_TLS13_EARLY:
        SET_KEYS(early);
        break;
    case LANEKDF_KIND_TLS13_HANDSHAKE:
        SET_KEYS(handshake);
        break;
    case LANEKDF_KIND_TLS13_APPLICATION:
        SET_KEYS(application);
        break;
    case LANEKDF_KIND_TLS13_TRAFFIC:
        SET_KEYS(traffic);
        break;
    case LANEKDF_KIND_TLS13_RESUMPTION:
        SET(resumption);
        break;
    case LANEKDF_KIND_TLS13_EXPORTER:
        SET(exporter);
        break;
    case LANEKDF_KIND_EXPAND_LABEL:
        SET(expand_label);
        break;
    case LANEKDF_KIND_ECH_CONFIRMATION:
        SET(ech_confirmation);
        break;
    case LANEKDF_KIND_TLS13_FINISHED:
        stage->finished.hash = suite->hash;
        break;
    default: /* a mistake of this test, for kinds_with_suites has no others */
        fail_msg("kind %u has no suite", stage->job.kind);
    }
}

static const uint32_t kinds_with_suites[] = {LANEKDF_KIND_TLS13_EARLY, LANEKDF_KIND_TLS13_HANDSHAKE,
    LANEKDF_KIND_TLS13_FINISHED, LANEKDF_KIND_TLS13_APPLICATION, LANEKDF_KIND_TLS13_RESUMPTION,
    LANEKDF_KIND_TLS13_TRAFFIC, LANEKDF_KIND_TLS13_EXPORTER, LANEKDF_KIND_EXPAND_LABEL,
    LANEKDF_KIND_ECH_CONFIRMATION};
enum { N_KINDS_WITH_SUITES = sizeof(kinds_with_suites) / sizeof(*kinds_with_suites) };

/* A job in which every byte behind the kind has a value that no suite sets. */
static union stage filled_stage(uint32_t kind)
{
    union stage stage;

    memset(&stage, 0xa5, sizeof(stage));
    stage.job.kind = kind;
    return stage;
}

/* RFC 9001 section 5.3, and the header protection of draft-denis-tls-aegis. */
static bool may_have(uint32_t version, const struct lanekdf_suite *suite)
{
    static const uint16_t quic[] = {0x1301, 0x1302, 0x1303, 0x1304, 0x1306, 0x1307};
    bool is_of_quic = false;

    for (size_t i = 0; i < sizeof(quic) / sizeof(*quic); i++) {
        is_of_quic |= quic[i] == suite->id;
    }
    return suite->min_version == LANEKDF_TLS13 &&
           (version == LANEKDF_TLS13 || version == LANEKDF_DTLS13 || is_of_quic);
}

/* Catches: a field of another kind's struct that is set, a suite in a protocol that does not have it, a job
 * that is changed by a call that fails. */
static void test_suites(void **state)
{
    size_t n_set = 0;

    (void)state;
    FOR_EACH_SUITE(suite)
    {
        for (size_t i = 0; i < N_KINDS_WITH_SUITES * N_VERSIONS; i++) {
            const uint32_t version = versions[i % N_VERSIONS];
            union stage stage = filled_stage(kinds_with_suites[i / N_VERSIONS]), wanted = stage;
            const bool is_ok = may_have(version, suite);
            if (is_ok) {
                set_by_hand(&wanted, version, suite);
                n_set++;
            }
            assert_int_equal(lanekdf_tls13_set_suite(&stage.job, version, suite),
                is_ok ? LANEKDF_OK : LANEKDF_ERROR_SUITE_VERSION);
            assert_memory_equal(&stage, &wanted, sizeof(stage));
        }
    }
    assert_int_equal(n_set, (9 + 9 + 6 + 6) * N_KINDS_WITH_SUITES);
}

/* Catches: a kind without a suite whose bytes are set, a version without a key schedule, NULL. */
static void test_mistakes_with_suites(void **state)
{
    static const uint32_t none[] = {0, 2, LANEKDF_SSL3, LANEKDF_TLS12, 0x0305, 0xfefd, 0x6b3343ce};
    const struct lanekdf_suite *suite = named("TLS_AES_256_GCM_SHA384");
    union stage stage;

    (void)state;
    for (uint32_t kind = FIRST_KIND - 1; kind <= LAST_KIND + 1; kind++) {
        const union stage before = filled_stage(kind);
        bool has_suite = false;
        for (size_t i = 0; i < N_KINDS_WITH_SUITES; i++) {
            has_suite |= kinds_with_suites[i] == kind;
        }
        stage = before;
        if (!has_suite) {
            assert_int_equal(lanekdf_tls13_set_suite(&stage.job, LANEKDF_TLS13, suite), LANEKDF_ERROR_KIND);
        }
        for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
            assert_int_equal(lanekdf_tls13_set_suite(&stage.job, none[i], suite),
                has_suite ? LANEKDF_ERROR_VERSION : LANEKDF_ERROR_KIND);
        }
        assert_int_equal(lanekdf_tls13_set_suite(&stage.job, LANEKDF_TLS13, NULL), LANEKDF_ERROR_NULL);
        assert_memory_equal(&stage, &before, sizeof(stage));
    }
    assert_int_equal(lanekdf_tls13_set_suite(NULL, LANEKDF_TLS13, suite), LANEKDF_ERROR_NULL);
}

/* ---- a stage from its suite to its keys ---- */

/* The examples of draft-denis-tls-aegis, whose nonces are longer than those of RFC 8446. */
static const struct {
    const char *suite, *shared_secret, *transcript_hash;
    const char *keys[4]; /* the client's key and IV, the server's key and IV */
} examples[] = {
    {"TLS_AEGIS_128L_SHA256", "cbb2b72da2bc70eb85fae05a8f6bc9296f3e2f9693e5972a7b2a3da608e5eda2",
        "b77594edb8abd3acc4db7f5ead5869e196fff7d0fb1beb2bffbaac850bf479d8",
        {"2474bdcd8e8c8dff18af9e169e4470ea", "42fe48bd086cc5ddaf43be4500d0c7f2",
            "e0d7ea14104a89cfdf253e1f0e0302b0", "cc421814028367299508e120a7cb3ad2"}},
    {"TLS_AEGIS_256_SHA512", "724d41a7ccadc6435d4305dd6756bd015e26dd0544a19733a2c08430f128b218",
        "1a8fd72e2630e12817d768bae124836730c07141c4ab4cc3423d7f16c3c1a84b91d4c4194453dbc85fca8738b4e9ea3c"
        "783bb6d99f579fd6c2f599c69c1c79e1",
        {"08a37693b14937177d75149422944c349019de948f6922c2c516d941c0bdafe4",
            "e0a2155fedcb592a29588bdcf06334f04dc6b5c40e659051e62071cb87f8be2c",
            "366e1ebfb124508aa69137ccef542756c0a748525c5bdc16acd79c66856e7c82",
            "8f883c1bb0eae38960efdb717f6b19cfc929d565ad596f1f4b3daab498a7fc29"}},
};

/* Catches: a suite whose lengths or hash give other keys than its document says, a key that the accessor
 * finds where the engine has put another. */
static void test_published_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        uint8_t shared_secret[64], transcript_hash[64], client_keys[128], server_keys[128], key[64];
        struct lanekdf_tls13_handshake job = {.job.kind = LANEKDF_KIND_TLS13_HANDSHAKE,
            .shared_secret[0] = {shared_secret,
                from_hex(examples[i].shared_secret, shared_secret, sizeof(shared_secret))},
            .transcript_hash = transcript_hash,
            .client_keys = client_keys,
            .server_keys = server_keys};

        assert_int_equal(
            lanekdf_tls13_set_suite(&job.job, LANEKDF_TLS13, named(examples[i].suite)), LANEKDF_OK);
        assert_int_equal(from_hex(examples[i].transcript_hash, transcript_hash, sizeof(transcript_hash)),
            lanekdf_hash_len(job.hash));
        assert_int_equal(lanekdf_derive_one(&job.job), LANEKDF_OK);
        for (unsigned k = 0; k < 4; k++) {
            const struct lanekdf_span span = lanekdf_tls13_write_key(
                &job.job, k < 2 ? LANEKDF_CLIENT : LANEKDF_SERVER, k % 2 ? LANEKDF_IV : LANEKDF_KEY);
            assert_int_equal(span.len, from_hex(examples[i].keys[k], key, sizeof(key)));
            assert_memory_equal(span.data, key, span.len);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_no_stages),
        cmocka_unit_test(test_arguments_out_of_range),
        cmocka_unit_test(test_missing_parts),
        cmocka_unit_test(test_suites),
        cmocka_unit_test(test_mistakes_with_suites),
        cmocka_unit_test(test_published_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
