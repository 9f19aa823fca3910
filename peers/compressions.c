#include "compressions.h"

enum { RANDOMS_LEN = 2 * RANDOM_LEN };

static size_t block_len(unsigned hash)
{
    return hash == LANEKDF_SHA384 ? 128 : 64;
}

static size_t digest_len(unsigned hash)
{
    return lanekdf_hash_len(hash);
}

/* --- what is put together --- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* n compressions, of which `path` wait for each other. */
static struct compressions some(unsigned hash, size_t n, size_t path)
{
    struct compressions c = {0};
    c.of[hash].n = n;
    c.of[hash].path = path;
    return c;
}

/* Neither of the two waits for the other. */
static struct compressions beside(struct compressions a, struct compressions b)
{
    for (int hash = 0; hash < COMPRESSIONS_N_HASHES; hash++) {
        a.of[hash].n += b.of[hash].n;
        a.of[hash].path = larger(a.of[hash].path, b.of[hash].path);
    }
    return a;
}

/* The second waits for the first. */
static struct compressions behind(struct compressions first, struct compressions second)
{
    for (int hash = 0; hash < COMPRESSIONS_N_HASHES; hash++) {
        first.of[hash].n += second.of[hash].n;
        first.of[hash].path += second.of[hash].path;
    }
    return first;
}

size_t compressions_total(const struct compressions *compressions)
{
    size_t n = 0;
    for (int hash = 0; hash < COMPRESSIONS_N_HASHES; hash++) {
        n += compressions->of[hash].n;
    }
    return n;
}

/* --- hashes and PRFs --- */

/* The blocks of a message of len bytes and its padding: 0x80 and the length. */
static size_t blocks(unsigned hash, size_t len)
{
    return (len + 1 + block_len(hash) / 8 + block_len(hash) - 1) / block_len(hash);
}

/* The hash of one message, whose blocks wait for each other. */
static struct compressions message(unsigned hash, size_t len)
{
    return some(hash, blocks(hash, len), blocks(hash, len));
}

/* The two pads of a secret, side by side. A secret that is longer than a block is hashed first (RFC 2104).
 * Before TLS 1.2 each of the two hashes has one half of the secret. */
static struct compressions pads(unsigned hash, size_t secret_len)
{
    const size_t half_len = (secret_len + 1) / 2;
    if (hash == LANEKDF_MD5_SHA1) {
        return beside(pads(LANEKDF_MD5, half_len), pads(LANEKDF_SHA1, half_len));
    }
    const struct compressions both = some(hash, 2, 1);
    return secret_len > block_len(hash) ? behind(message(hash, secret_len), both) : both;
}

/* A PRF without the pads of its secret. A message that is hashed behind a pad does not hash the pad again.
 * All A(i) wait for each other, and each output for its A(i). */
static struct compressions prf(unsigned hash, size_t seed_len, size_t out_len)
{
    if (hash == LANEKDF_MD5_SHA1) {
        return beside(prf(LANEKDF_MD5, seed_len, out_len), prf(LANEKDF_SHA1, seed_len, out_len));
    }
    const size_t pad = block_len(hash), digest = digest_len(hash);
    const size_t n_digests = (out_len + digest - 1) / digest;
    const size_t first_a = blocks(hash, pad + seed_len) - 1 + 1;         /* A(1): inner and outer hash */
    const size_t next_a = 1 + 1;                                         /* A(i) */
    const size_t output = blocks(hash, pad + digest + seed_len) - 1 + 1; /* HMAC(secret, A(i) + seed) */
    const size_t all_a = first_a + (n_digests - 1) * next_a;
    return some(hash, all_a + n_digests * output, all_a + output);
}

/* RFC 6101 section 6.1: MD5(secret + SHA(letters + secret + seed)) for every 16 bytes. */
static struct compressions ssl3_prf(size_t secret_len, size_t seed_len, size_t out_len)
{
    struct compressions c = {0};
    for (size_t n_letters = 1; 16 * (n_letters - 1) < out_len; n_letters++) {
        c = beside(c, behind(message(LANEKDF_SHA1, n_letters + secret_len + seed_len),
                          message(LANEKDF_MD5, secret_len + digest_len(LANEKDF_SHA1))));
    }
    return c;
}

/* --- handshakes --- */

static struct compressions ssl3_handshake(const struct handshake *handshake)
{
    struct compressions c = {0};
    if (handshake->pre_master_len > 0) {
        c = ssl3_prf(handshake->pre_master_len, RANDOMS_LEN, MASTER_LEN);
    }
    c = behind(c, ssl3_prf(MASTER_LEN, RANDOMS_LEN, handshake->key_block_len));
    if (handshake->final_key_len > 0) {
        const struct compressions key = message(LANEKDF_MD5, handshake->enc_key_len + RANDOMS_LEN);
        c = behind(c, beside(key, key));
    }
    if (handshake->final_key_len > 0 && handshake->fixed_iv_len > 0) {
        const struct compressions iv = message(LANEKDF_MD5, RANDOMS_LEN);
        c = beside(c, beside(iv, iv));
    }
    return c;
}

static struct compressions master_secret(const struct handshake *handshake)
{
    enum { LABEL_LEN = 13, EXTENDED_LABEL_LEN = 22 };
    const unsigned hash = handshake->hash;
    const size_t seed_len =
        handshake->extended ? EXTENDED_LABEL_LEN + digest_len(hash) : LABEL_LEN + RANDOMS_LEN;
    return behind(pads(hash, handshake->pre_master_len), prf(hash, seed_len, MASTER_LEN));
}

/* The PRFs with the labels "client write key", "server write key" and "IV block". The secret of the last one
 * is empty, so that its pads are the same for all handshakes and count for none. */
static struct compressions final_keys(const struct handshake *handshake)
{
    enum { KEY_LABEL_LEN = 16, IV_LABEL_LEN = 8 };
    const unsigned hash = handshake->hash;
    const struct compressions key = behind(
        pads(hash, handshake->enc_key_len), prf(hash, KEY_LABEL_LEN + RANDOMS_LEN, handshake->final_key_len));
    struct compressions c = beside(key, key);
    if (handshake->fixed_iv_len > 0) {
        c = beside(c, prf(hash, IV_LABEL_LEN + RANDOMS_LEN, 2u * handshake->fixed_iv_len));
    }
    return c;
}

/* What is derived of the master secret, whose pads count once. */
static struct compressions keys_and_finished(const struct handshake *handshake)
{
    enum { LABEL_LEN = 13, FINISHED_LABEL_LEN = 15 };
    const unsigned hash = handshake->hash;
    const struct compressions finished = prf(hash, FINISHED_LABEL_LEN + digest_len(hash), VERIFY_DATA_LEN);
    struct compressions c = {0};
    if (handshake->key_block_len > 0) {
        c = prf(hash, LABEL_LEN + RANDOMS_LEN, handshake->key_block_len);
    }
    if (handshake->client_finished) {
        c = beside(c, finished);
    }
    if (handshake->server_finished) {
        c = beside(c, finished);
    }
    return compressions_total(&c) > 0 ? behind(pads(hash, MASTER_LEN), c) : c;
}

struct compressions compressions_of_handshake(const struct handshake *handshake)
{
    struct compressions c = {0};
    if (handshake->version == LANEKDF_SSL3) {
        return ssl3_handshake(handshake);
    }
    if (handshake->pre_master_len > 0) {
        c = master_secret(handshake);
    }
    c = behind(c, keys_and_finished(handshake));
    return handshake->final_key_len > 0 ? behind(c, final_keys(handshake)) : c;
}

/* --- stages of connections --- */

/* An HMAC without the pads of its key. */
static struct compressions mac(unsigned hash, size_t message_len)
{
    const size_t n = blocks(hash, block_len(hash) + message_len) - 1 + 1; /* inner and outer hash */
    return some(hash, n, n);
}

/* HKDF-Expand-Label to no more than a digest, without the pads of the secret: an HMAC of lengths, prefix,
 * label, context and the counter of HKDF-Expand. */
static struct compressions expand_label(unsigned hash, size_t label_len, size_t context_len)
{
    enum { PREFIX_LEN = 6 };
    return mac(hash, 2 + 1 + PREFIX_LEN + label_len + 1 + context_len + 1);
}

static struct compressions several(size_t n, struct compressions c)
{
    struct compressions all = {0};
    for (size_t i = 0; i < n; i++) {
        all = beside(all, c);
    }
    return all;
}

/* The keys of one traffic secret, whose labels all fit in one block. */
static struct compressions traffic_keys(const struct connection *connection, bool has_finished_key)
{
    enum { LONGEST_LABEL_LEN = 10 /* "quicv2 key" */ };
    const unsigned hash = connection->hash;
    const size_t n_keys = 2 + (size_t)connection_has_number_key(connection) + has_finished_key;
    return behind(pads(hash, digest_len(hash)), several(n_keys, expand_label(hash, LONGEST_LABEL_LEN, 0)));
}

/* The salt is a constant, so that its pads count for none. */
static struct compressions initial_stage(const struct connection *connection, size_t n_sides)
{
    enum { LABEL_LEN = 9 /* "client in" */ };
    const unsigned hash = connection->hash;
    const struct compressions side =
        behind(expand_label(hash, LABEL_LEN, 0), traffic_keys(connection, false));
    return behind(mac(hash, connection->connection_id_len),
        behind(pads(hash, digest_len(hash)), several(n_sides, side)));
}

/* The binder key makes the finished key, and that the binder; the handshake salt is beside them. */
static struct compressions early_stage(const struct connection *connection)
{
    enum { BINDER_LABEL_LEN = 10, FINISHED_LABEL_LEN = 8, DERIVED_LABEL_LEN = 7 };
    const unsigned hash = connection->hash;
    const size_t n = digest_len(hash);
    const struct compressions binder = behind(expand_label(hash, BINDER_LABEL_LEN, n),
        behind(behind(pads(hash, n), expand_label(hash, FINISHED_LABEL_LEN, 0)),
            behind(pads(hash, n), mac(hash, n))));
    return behind(
        mac(hash, n), behind(pads(hash, n), beside(binder, expand_label(hash, DERIVED_LABEL_LEN, n))));
}

/* Without a PSK the handshake salt is a constant. */
static struct compressions handshake_stage(const struct connection *connection)
{
    enum { TRAFFIC_LABEL_LEN = 12, DERIVED_LABEL_LEN = 7 };
    const unsigned hash = connection->hash;
    const size_t n = digest_len(hash);
    const size_t input_len = (size_t)connection->shared_secret_len[0] + connection->shared_secret_len[1];
    const struct compressions side =
        behind(expand_label(hash, TRAFFIC_LABEL_LEN, n), traffic_keys(connection, true));
    const struct compressions master =
        behind(expand_label(hash, DERIVED_LABEL_LEN, n), behind(pads(hash, n), mac(hash, n)));
    struct compressions extract = mac(hash, input_len);
    if (connection_has(connection, STAGE_EARLY)) {
        extract = behind(pads(hash, n), extract);
    }
    return behind(extract, behind(pads(hash, n), beside(several(N_ROLES, side), master)));
}

static struct compressions application_stage(const struct connection *connection)
{
    enum { TRAFFIC_LABEL_LEN = 12, EXPORTER_LABEL_LEN = 10 };
    const unsigned hash = connection->hash;
    const size_t n = digest_len(hash);
    const struct compressions side =
        behind(expand_label(hash, TRAFFIC_LABEL_LEN, n), traffic_keys(connection, false));
    return behind(pads(hash, n), beside(several(N_ROLES, side), expand_label(hash, EXPORTER_LABEL_LEN, n)));
}

static struct compressions resumption_stage(const struct connection *connection)
{
    enum { MASTER_LABEL_LEN = 10, PSK_LABEL_LEN = 10 };
    const unsigned hash = connection->hash;
    const size_t n = digest_len(hash);
    const struct compressions master = behind(pads(hash, n), expand_label(hash, MASTER_LABEL_LEN, n));
    if (connection->n_tickets == 0) {
        return master;
    }
    return behind(master,
        behind(pads(hash, n), several(connection->n_tickets, expand_label(hash, PSK_LABEL_LEN, NONCE_LEN))));
}

static struct compressions traffic_stage(const struct connection *connection)
{
    enum { LABEL_LEN = 11 /* "traffic upd" */ };
    const unsigned hash = connection->hash;
    struct connection updated = *connection;
    if (connection_is_quic(connection)) {
        updated.version = LANEKDF_TLS13; /* whose keys have no number key, which QUIC keeps */
    }
    return behind(behind(pads(hash, digest_len(hash)), expand_label(hash, LABEL_LEN, 0)),
        traffic_keys(&updated, false));
}

/* The keying material is no longer than a digest; the context is empty, so that its hash is a constant. */
static struct compressions exporter_stage(const struct connection *connection)
{
    enum { SECOND_LABEL_LEN = 8 /* "exporter" */ };
    const unsigned hash = connection->hash;
    const size_t n = digest_len(hash);
    return behind(behind(pads(hash, n), expand_label(hash, sizeof(EXPORTER_LABEL) - 1, n)),
        behind(pads(hash, n), expand_label(hash, SECOND_LABEL_LEN, n)));
}

struct compressions compressions_of_stage(const struct connection *connection, enum connection_stage stage)
{
    const unsigned hash = connection->hash;
    switch (stage) {
    case STAGE_INITIAL:
        return initial_stage(connection, N_ROLES);
    case STAGE_INITIAL_CLIENT:
        return initial_stage(connection, 1);
    case STAGE_EARLY:
        return early_stage(connection);
    case STAGE_HANDSHAKE:
        return handshake_stage(connection);
    case STAGE_SERVER_FINISHED:
    case STAGE_CLIENT_FINISHED:
        return behind(pads(hash, digest_len(hash)), mac(hash, digest_len(hash)));
    case STAGE_APPLICATION:
        return application_stage(connection);
    case STAGE_RESUMPTION:
        return resumption_stage(connection);
    case STAGE_TRAFFIC:
        return traffic_stage(connection);
    case STAGE_EXPORTER:
        return exporter_stage(connection);
    case N_STAGES:
        break;
    }
    return (struct compressions){0};
}

/* --- batches --- */

/* Adds the compressions of the stage of this number of each connection. Returns false if none has so many. */
static bool add_connections_call(const struct workload_batch *batch, size_t number, struct compressions *c)
{
    bool is_call = false;
    for (size_t i = 0; i < batch->n; i++) {
        const enum connection_stage stage =
            connection_call_of_number(&batch->connections[i], NULL, number).stage;
        if (stage < N_STAGES) {
            *c = beside(*c, compressions_of_stage(&batch->connections[i], stage));
            is_call = true;
        }
    }
    return is_call;
}

static size_t connections_calls(
    const struct workload_batch *batch, struct compressions calls[COMPRESSIONS_MAX_CALLS])
{
    size_t n = 0;
    do {
        calls[n] = (struct compressions){0};
    } while (add_connections_call(batch, n, &calls[n]) && ++n < COMPRESSIONS_MAX_CALLS);
    return n;
}

static struct compressions handshakes_call(const struct workload_batch *batch)
{
    const struct workload *workload = batch->workload;
    struct compressions c = {0};
    if (workload->compressions > 0) {
        return some(workload->handshake.hash, batch->n * workload->compressions, workload->path);
    }
    for (size_t i = 0; i < batch->n; i++) {
        c = beside(c, compressions_of_handshake(&batch->handshakes[i]));
    }
    return c;
}

size_t compressions_of_calls(
    const struct workload_batch *batch, struct compressions calls[COMPRESSIONS_MAX_CALLS])
{
    if (workload_has_connections(batch->workload)) {
        return connections_calls(batch, calls);
    }
    calls[0] = handshakes_call(batch);
    return 1;
}

struct compressions compressions_of_batch(const struct workload_batch *batch)
{
    struct compressions calls[COMPRESSIONS_MAX_CALLS], c = {0};
    const size_t n = compressions_of_calls(batch, calls);
    for (size_t i = 0; i < n; i++) {
        c = behind(c, calls[i]);
    }
    return c;
}
