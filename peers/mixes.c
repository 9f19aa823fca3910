#include "mixes.h"

#include "peers_support.h"

#include <stdlib.h>
#include <string.h>

/* --- tls12-mix --- */

/* The properties of the mix are independent of each other. Each is dealt like a deck of 20 cards, which is
 * shuffled anew for every 20 handshakes: the order is random, and the shares are exact. */
enum { DECK = 20 };

struct deck {
    uint8_t cards[DECK];
};

static void shuffle(struct deck *deck, uint64_t *random)
{
    for (unsigned i = DECK - 1; i > 0; i--) {
        const unsigned j = (unsigned)(peers_random(random) % (i + 1));
        const uint8_t card = deck->cards[i];
        deck->cards[i] = deck->cards[j];
        deck->cards[j] = card;
    }
}

enum { NO_FINISHED, CLIENT_FINISHED, SERVER_FINISHED, BOTH_FINISHED };

static const uint16_t pre_master_lens[] = {32, 48, 66, 256};

static const struct handshake ciphers[] = {
    {.enc_key_len = 16, .fixed_iv_len = 4},                     /* AES-128-GCM: 40 bytes */
    {.enc_key_len = 32, .fixed_iv_len = 4},                     /* AES-256-GCM: 72 bytes */
    {.mac_key_len = 20, .enc_key_len = 16, .fixed_iv_len = 16}, /* AES-128-CBC and SHA-1: 104 bytes */
};

void mixes_deal_tls12(struct handshake handshakes[MAX_BATCH])
{
    uint64_t random = 12;
    struct deck resumed = {{1, 1, 1, 1, 1, 1, 1}};
    struct deck extended = {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
    struct deck finished = {{CLIENT_FINISHED, CLIENT_FINISHED, CLIENT_FINISHED, CLIENT_FINISHED,
        CLIENT_FINISHED, SERVER_FINISHED, SERVER_FINISHED, SERVER_FINISHED, SERVER_FINISHED, SERVER_FINISHED,
        BOTH_FINISHED, BOTH_FINISHED, BOTH_FINISHED, BOTH_FINISHED, BOTH_FINISHED}};
    struct deck pre_master = {{1, 1, 1, 1, 2, 3}};
    struct deck cipher = {{1, 1, 2, 2}};

    for (size_t i = 0; i < MAX_BATCH; i++) {
        const size_t card = i % DECK;
        if (card == 0) {
            shuffle(&resumed, &random);
            shuffle(&extended, &random);
            shuffle(&finished, &random);
            shuffle(&pre_master, &random);
            shuffle(&cipher, &random);
        }
        struct handshake *handshake = &handshakes[i];
        *handshake = ciphers[cipher.cards[card]];
        handshake->version = LANEKDF_TLS12;
        handshake->hash = LANEKDF_SHA256;
        handshake->client_finished =
            finished.cards[card] == CLIENT_FINISHED || finished.cards[card] == BOTH_FINISHED;
        handshake->server_finished =
            finished.cards[card] == SERVER_FINISHED || finished.cards[card] == BOTH_FINISHED;
        if (!resumed.cards[card]) {
            handshake->pre_master_len = pre_master_lens[pre_master.cards[card]];
            handshake->extended = extended.cards[card];
        }
    }
}

/* --- tls-all --- */

static const uint16_t suites[] = {
    0x0003, 0x0004, 0x0005, 0x0006, 0x0007, 0x0008, 0x0009, 0x000a, /* RSA; RC4, RC2, IDEA, DES; export */
    0x0014, 0x0016, 0x0018, 0x0062, 0x0064, 0x008c,                 /* DHE, DH_anon, PSK; export */
    0x002f, 0x0033, 0x0035, 0x0039, 0x0041, 0x0096,                 /* AES, Camellia and SEED, SHA-1 */
    0xc009, 0xc00a, 0xc011, 0xc012, 0xc013, 0xc014,                 /* ECDHE, the same */
    0x003c, 0x003d, 0x0067, 0xc023, 0xc024, 0xc027, 0xc028,         /* TLS 1.2 only: CBC */
    0x009c, 0x009d, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8,         /* AEAD */
};
enum { N_SUITES = sizeof(suites) / sizeof(*suites) };
_Static_assert(N_SUITES == 40, "the description of the workload says how many there are");

/* 0 .. n - 1. */
static unsigned random_below(unsigned n, uint64_t *random)
{
    return (unsigned)(peers_random(random) >> 32) % n;
}

static uint16_t pre_master_len(enum lanekdf_key_exchange exchange, uint64_t *random)
{
    switch (exchange) {
    case LANEKDF_KX_RSA:
        return LANEKDF_PRE_MASTER_RSA_LEN;
    case LANEKDF_KX_DH:
    case LANEKDF_KX_DHE:
        return 256; /* bytes of a 2048-bit prime */
    case LANEKDF_KX_PSK:
        return 68; /* twice 32 bytes and their lengths */
    case LANEKDF_KX_ECDHE:
        return random_below(8, random) == 0 ? 66 : 32; /* P-521, else P-256 or X25519 */
    default:
        peers_fail("mixes.c has no pre-master secret for key exchange %d", (int)exchange);
    }
}

/* A handshake of the suite, in one of the versions that may have it. SSLv3 has no extended master secret, and
 * its Finished is a job of its own. */
static struct handshake random_handshake(const struct lanekdf_suite *suite, uint64_t *random)
{
    const uint16_t version =
        (uint16_t)(suite->min_version + random_below(suite->max_version - suite->min_version + 1u, random));
    const bool is_tls = version != LANEKDF_SSL3;
    struct lanekdf_handshake job = {0};
    if (lanekdf_handshake_set_suite(&job, version, suite) != LANEKDF_OK) {
        peers_fail("%s is not for version %04x", suite->name, version);
    }
    struct handshake handshake = {.version = job.version,
        .hash = (uint8_t)job.hash,
        .mac_key_len = job.mac_key_len,
        .enc_key_len = job.enc_key_len,
        .fixed_iv_len = job.fixed_iv_len,
        .final_key_len = job.final_key_len};
    if (random_below(100, random) >= 35) {
        handshake.pre_master_len = pre_master_len(suite->key_exchange, random);
        handshake.extended = is_tls && random_below(100, random) < 60;
    }
    const unsigned finished = random_below(4, random); /* none, one, the other, both */
    handshake.client_finished = is_tls && finished & 1;
    handshake.server_finished = is_tls && finished & 2;
    return handshake;
}

void mixes_deal_all(struct handshake handshakes[MAX_BATCH])
{
    uint64_t random = 13;
    for (size_t i = 0; i < MAX_BATCH; i++) {
        const struct lanekdf_suite *suite;
        const uint16_t id = suites[random_below(N_SUITES, &random)];
        if (lanekdf_suite_find(id, &suite) != LANEKDF_OK) {
            peers_fail("there is no cipher suite %04x", id);
        }
        handshakes[i] = random_handshake(suite, &random);
    }
}

static int compare_handshakes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct handshake));
}

void mixes_deal_all_sorted(struct handshake handshakes[MAX_BATCH])
{
    _Static_assert(sizeof(struct handshake) == 4 * sizeof(uint16_t) + 8,
        "without padding, handshakes are equal if their bytes are");
    mixes_deal_all(handshakes);
    qsort(handshakes, MAX_BATCH, sizeof(*handshakes), compare_handshakes);
}

/* --- tls13-mix --- */

/* What protocol and suite decide. */
static const struct connection protocols[] = {
    {.version = LANEKDF_TLS13, .hash = LANEKDF_SHA256, .key_len = 16},
    {.version = LANEKDF_TLS13, .hash = LANEKDF_SHA384, .key_len = 32},
    {.version = LANEKDF_QUIC_V1, .hash = LANEKDF_SHA256, .key_len = 16},
    {.version = LANEKDF_QUIC_V1, .hash = LANEKDF_SHA384, .key_len = 32},
    {.version = LANEKDF_QUIC_V2, .hash = LANEKDF_SHA256, .key_len = 16},
    {.version = LANEKDF_DTLS13, .hash = LANEKDF_SHA256, .key_len = 16},
};
enum { TLS_SHA256, TLS_SHA384, V1_SHA256, V1_SHA384, V2_SHA256, DTLS_SHA256 };

/* Connections of such a stage, of such a protocol. What the stage does not look at is 0, so that connections
 * of one shape are equal. */
static struct connection connection_in(
    enum connection_stage stage, const struct connection *protocol, bool is_hybrid)
{
    struct connection connection = *protocol;
    connection.stages = (uint16_t)(1 << stage);
    if (stage == STAGE_HANDSHAKE) {
        connection.shared_secret_len[0] = 32;
        connection.shared_secret_len[1] = is_hybrid ? 32 : 0;
    } else if (stage == STAGE_INITIAL || stage == STAGE_INITIAL_CLIENT) {
        const bool is_v2 = protocol->version == LANEKDF_QUIC_V2;
        connection.version = is_v2 ? LANEKDF_QUIC_V2 : LANEKDF_QUIC_V1;
        connection.hash = LANEKDF_SHA256;
        connection.key_len = 16;
        connection.connection_id_len = 8;
    } else if (stage == STAGE_EXPORTER) {
        connection.exporter_len = EXPORTED_LEN;
    }
    return connection;
}

void mixes_deal_stages(struct connection connections[MAX_BATCH])
{
    uint64_t random = 14;
    struct deck stage = {
        {STAGE_HANDSHAKE, STAGE_HANDSHAKE, STAGE_HANDSHAKE, STAGE_HANDSHAKE, STAGE_SERVER_FINISHED,
            STAGE_SERVER_FINISHED, STAGE_CLIENT_FINISHED, STAGE_CLIENT_FINISHED, STAGE_APPLICATION,
            STAGE_APPLICATION, STAGE_APPLICATION, STAGE_APPLICATION, STAGE_RESUMPTION, STAGE_RESUMPTION,
            STAGE_INITIAL, STAGE_INITIAL, STAGE_INITIAL_CLIENT, STAGE_EARLY, STAGE_TRAFFIC, STAGE_EXPORTER}};
    struct deck protocol = {{TLS_SHA256, TLS_SHA256, TLS_SHA256, TLS_SHA256, TLS_SHA256, TLS_SHA256,
        TLS_SHA256, TLS_SHA384, TLS_SHA384, TLS_SHA384, TLS_SHA384, TLS_SHA384, TLS_SHA384, V1_SHA256,
        V1_SHA256, V1_SHA256, V1_SHA256, V1_SHA384, V2_SHA256, DTLS_SHA256}};
    struct deck is_hybrid = {{1, 1, 1, 1, 1, 1}};

    for (size_t i = 0; i < MAX_BATCH; i++) {
        const size_t card = i % DECK;
        if (card == 0) {
            shuffle(&stage, &random);
            shuffle(&protocol, &random);
            shuffle(&is_hybrid, &random);
        }
        connections[i] = connection_in((enum connection_stage)stage.cards[card],
            &protocols[protocol.cards[card]], is_hybrid.cards[card]);
    }
}

static int compare_connections(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct connection));
}

void mixes_deal_stages_sorted(struct connection connections[MAX_BATCH])
{
    _Static_assert(sizeof(struct connection) == sizeof(uint32_t) + 3 * sizeof(uint16_t) + 6,
        "without padding, connections are equal if their bytes are");
    mixes_deal_stages(connections);
    qsort(connections, STAGES_POPULATION, sizeof(*connections), compare_connections);
}
