#include "reference.h"

#include "prepared.h"
#include "reference_secret.h"

enum { MD5_LEN = 16, MD5_BLOCK_LEN = 64, SHA1_LEN = 20 }; /* bytes */

/* Hash(part[0] + part[1] + ...). That of LANEKDF_MD5_SHA1 is MD5(...) + SHA-1(...), RFC 2246 section 7.4.9.
 */
static void hash_of(uint32_t id, const struct lanekdf_bytes *part, size_t n, uint8_t *digest)
{
    struct reference_hash hash;

    if (id == LANEKDF_MD5_SHA1) {
        hash_of(LANEKDF_MD5, part, n, digest);
        hash_of(LANEKDF_SHA1, part, n, digest + MD5_LEN);
    } else {
        reference_hash_start(&hash, id);
        hash_add_all(&hash, part, n);
        reference_hash_end(&hash, digest);
    }
}

/*
 * RFC 2246 section 5: "The secret is partitioned into two halves S1 and S2 with the possibility of one shared
 * byte". S1 is the first L_S1 = (L_S + 1) / 2 bytes, S2 the last L_S2 = L_S1. MD5 takes S1, SHA-1 takes S2.
 */
void reference_secret_make(struct reference_secret *s, uint32_t hash, struct lanekdf_bytes secret)
{
    memset(s, 0, sizeof(*s));
    s->hash = hash;
    if (hash == LANEKDF_MD5_SHA1) {
        const size_t L_S = secret.len, L_S1 = (L_S + 1) / 2, L_S2 = L_S1;
        const uint8_t *S1 = secret.data, *S2 = L_S > L_S2 ? S1 + (L_S - L_S2) : S1;

        reference_hmac_key(LANEKDF_MD5, bytes(S1, L_S1), s->key);
        reference_hmac_key(LANEKDF_SHA1, bytes(S2, L_S2), s->key + MD5_BLOCK_LEN);
    } else {
        reference_hmac_key(hash, secret, s->key);
    }
}

/* The bytes of the keys of a secret: as many as blocks of its hashes have. */
static size_t keys_len(uint64_t hash)
{
    return hash == LANEKDF_MD5_SHA1 ? 2 * MD5_BLOCK_LEN : reference_hash_block_len((uint32_t)hash);
}

void reference_secret_prepare(const struct reference_secret *s, struct lanekdf_prepared_secret *prepared)
{
    prepared_complete(prepared, (uint32_t)s->hash, keys_len(s->hash));
    memcpy((uint8_t *)prepared + prepared_offset(0), s->key, keys_len(s->hash));
}

void reference_secret_of_job(struct reference_secret *s, uint32_t hash,
    const struct lanekdf_prepared_secret *prepared, struct lanekdf_bytes secret)
{
    if (prepared) {
        s->hash = hash;
        memcpy(s->key, (const uint8_t *)prepared + prepared_offset(0), keys_len(hash));
    } else {
        reference_secret_make(s, hash, secret);
    }
}

/* label + seed, the seed in n parts. */
struct seed {
    struct lanekdf_bytes label;
    const struct lanekdf_bytes *part;
    size_t n;
};

static void hash_add_seed(struct reference_hash *hash, const struct seed *seed)
{
    reference_hash_add(hash, seed->label);
    hash_add_all(hash, seed->part, seed->n);
}

/*
 * RFC 5246 section 5, RFC 2246 section 5:
 *
 *   P_hash(secret, seed) = HMAC_hash(secret, A(1) + seed) +
 *                          HMAC_hash(secret, A(2) + seed) + ...
 *   A(0) = seed
 *   A(i) = HMAC_hash(secret, A(i - 1))
 *
 * cut to the length of out, and xored into it.
 */
static void P_hash(uint32_t id, const uint8_t *key, const struct seed *seed, struct lanekdf_span out)
{
    uint8_t A[REFERENCE_MAX_DIGEST], output[REFERENCE_MAX_DIGEST];
    struct reference_hash hash;
    size_t len = 0, done, i;

    for (done = 0; done < out.len; done += len) {
        /* A(i) = HMAC_hash(secret, A(i - 1)) */
        reference_hmac_start(&hash, id, key);
        if (done == 0) {
            hash_add_seed(&hash, seed); /* A(0) */
        } else {
            reference_hash_add(&hash, bytes(A, len));
        }
        len = reference_hmac_end(&hash, key, A);

        /* HMAC_hash(secret, A(i) + seed) */
        reference_hmac_start(&hash, id, key);
        reference_hash_add(&hash, bytes(A, len));
        hash_add_seed(&hash, seed);
        reference_hmac_end(&hash, key, output);

        for (i = 0; i < len && done + i < out.len; i++) {
            out.data[done + i] ^= output[i];
        }
    }
    reference_wipe(A, sizeof(A));
    reference_wipe(output, sizeof(output));
}

/*
 * RFC 5246 section 5: PRF(secret, label, seed) = P_<hash>(secret, label + seed)
 *
 * RFC 2246 section 5: PRF(secret, label, seed) = P_MD5(S1, label + seed) XOR
 *                                                P_SHA-1(S2, label + seed)
 */
static void PRF(const struct reference_secret *secret, struct lanekdf_bytes label,
    const struct lanekdf_bytes *part, size_t n, struct lanekdf_span out)
{
    const struct seed seed = {label, part, n};

    memset(out.data, 0, out.len);
    if (secret->hash == LANEKDF_MD5_SHA1) {
        P_hash(LANEKDF_MD5, secret->key, &seed, out);
        P_hash(LANEKDF_SHA1, secret->key + MD5_BLOCK_LEN, &seed, out);
    } else {
        P_hash((uint32_t)secret->hash, secret->key, &seed, out);
    }
}

/*
 * RFC 6101 section 6.1: master_secret = MD5(secret + SHA('A' + secret + seed)) +
 *                                       MD5(secret + SHA('BB' + secret + seed)) +
 *                                       MD5(secret + SHA('CCC' + secret + seed))
 *
 * and section 6.2.2, the key block, so on until it is long enough.
 */
static void ssl3_PRF(
    struct lanekdf_bytes secret, const struct lanekdf_bytes *seed, size_t n_seed, struct lanekdf_span out)
{
    uint8_t letters[26], sha[SHA1_LEN], md5[MD5_LEN];
    struct reference_hash hash;
    size_t done, n, i;

    for (done = 0, i = 1; done < out.len; done += n, i++) {
        memset(letters, (int)('A' + i - 1), i);
        reference_hash_start(&hash, LANEKDF_SHA1);
        reference_hash_add(&hash, bytes(letters, i));
        reference_hash_add(&hash, secret);
        hash_add_all(&hash, seed, n_seed);
        reference_hash_end(&hash, sha);

        hash_of(LANEKDF_MD5, (struct lanekdf_bytes[]){secret, bytes(sha, sizeof(sha))}, 2, md5);
        n = out.len - done < sizeof(md5) ? out.len - done : sizeof(md5);
        memcpy(out.data + done, md5, n);
    }
    reference_wipe(sha, sizeof(sha));
    reference_wipe(md5, sizeof(md5));
}

/* A seed of the two randoms, in this order. */
struct randoms {
    struct lanekdf_bytes part[2];
};

static struct randoms randoms(const uint8_t *first, const uint8_t *second)
{
    return (struct randoms){{bytes(first, LANEKDF_RANDOM_LEN), bytes(second, LANEKDF_RANDOM_LEN)}};
}

/*
 * RFC 5246 section 8.1: master_secret = PRF(pre_master_secret, "master secret",
 *                                           ClientHello.random + ServerHello.random)[0..47]
 *
 * RFC 7627 section 4:   master_secret = PRF(pre_master_secret, "extended master secret",
 *                                           session_hash)[0..47]
 */
static void compute_master_secret(const struct lanekdf_handshake *job, uint8_t *master_secret)
{
    const struct randoms seed = randoms(job->client_random, job->server_random);
    const struct lanekdf_span out = {master_secret, LANEKDF_MASTER_SECRET_LEN};
    struct reference_secret secret;

    if (job->known_master_secret) {
        memcpy(master_secret, job->known_master_secret, LANEKDF_MASTER_SECRET_LEN);
    } else if (job->version == LANEKDF_SSL3) {
        ssl3_PRF(job->pre_master_secret, seed.part, 2, out);
    } else {
        reference_secret_make(&secret, job->hash, job->pre_master_secret);
        if (job->session_hash.len > 0) {
            PRF(&secret, text("extended master secret"), &job->session_hash, 1, out);
        } else {
            PRF(&secret, text("master secret"), seed.part, 2, out);
        }
        reference_wipe(&secret, sizeof(secret));
    }
}

/*
 * RFC 5246 section 6.3: key_block = PRF(SecurityParameters.master_secret, "key expansion",
 *                                       SecurityParameters.server_random +
 *                                       SecurityParameters.client_random)
 *
 * The server's random comes first here. The key block of an export suite has no IVs (RFC 2246 section 6.3.1).
 */
static void compute_key_block(
    const struct lanekdf_handshake *job, const uint8_t *master_secret, const struct reference_secret *secret)
{
    const size_t iv_len = job->final_key_len > 0 ? 0 : job->fixed_iv_len;
    const size_t len = 2 * (job->mac_key_len + job->enc_key_len + iv_len);
    const struct randoms seed = randoms(job->server_random, job->client_random);
    const struct lanekdf_span out = {job->key_block, len};

    if (len == 0) {
        return;
    }
    if (job->version == LANEKDF_SSL3) {
        ssl3_PRF(bytes(master_secret, LANEKDF_MASTER_SECRET_LEN), seed.part, 2, out);
    } else {
        PRF(secret, text("key expansion"), seed.part, 2, out);
    }
}

/*
 * RFC 2246 section 6.3.1:
 *
 *   final_client_write_key = PRF(client_write_key, "client write key",
 *                                client_random + server_random)
 *   final_server_write_key = PRF(server_write_key, "server write key",
 *                                client_random + server_random)
 *   iv_block = PRF("", "IV block", client_random + server_random)
 */
static void compute_final_keys(const struct lanekdf_handshake *job)
{
    static const char *const label[2] = {"client write key", "server write key"};
    const struct randoms seed = randoms(job->client_random, job->server_random);
    const size_t len = job->final_key_len, short_len = job->enc_key_len;
    const uint8_t *write_key = job->key_block + 2 * job->mac_key_len;
    struct reference_secret secret;
    size_t i;

    for (i = 0; i < 2; i++) {
        reference_secret_make(&secret, job->hash, bytes(write_key + i * short_len, short_len));
        PRF(&secret, text(label[i]), seed.part, 2, span(job->final_keys + i * len, len));
    }
    reference_secret_make(&secret, job->hash, bytes(NULL, 0));
    PRF(&secret, text("IV block"), seed.part, 2,
        span(job->final_keys + 2 * len, 2 * (size_t)job->fixed_iv_len));
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 6101 section 6.2.2.1:
 *
 *   final_client_write_key = MD5(client_write_key + ClientHello.random + ServerHello.random)
 *   final_server_write_key = MD5(server_write_key + ServerHello.random + ClientHello.random)
 *   client_write_IV = MD5(ClientHello.random + ServerHello.random)
 *   server_write_IV = MD5(ServerHello.random + ClientHello.random)
 *
 * and each value is cut to its length.
 */
static void ssl3_compute_final_keys(const struct lanekdf_handshake *job)
{
    const struct randoms seed[2] = {
        randoms(job->client_random, job->server_random), randoms(job->server_random, job->client_random)};
    const size_t len = job->final_key_len, short_len = job->enc_key_len, iv_len = job->fixed_iv_len;
    const uint8_t *write_key = job->key_block + 2 * job->mac_key_len;
    uint8_t md5[MD5_LEN];
    size_t i;

    for (i = 0; i < 2; i++) {
        const struct lanekdf_bytes message[] = {
            bytes(write_key + i * short_len, short_len), seed[i].part[0], seed[i].part[1]};

        hash_of(LANEKDF_MD5, message, 3, md5);
        memcpy(job->final_keys + i * len, md5, len);
        hash_of(LANEKDF_MD5, seed[i].part, 2, md5);
        memcpy(job->final_keys + 2 * len + i * iv_len, md5, iv_len);
    }
    reference_wipe(md5, sizeof(md5));
}

/*
 * RFC 5246 section 7.4.9: verify_data = PRF(master_secret, finished_label,
 *                                           Hash(handshake_messages))[0..verify_data_length-1]
 */
static void compute_verify_data(const struct reference_secret *secret, const char *finished_label,
    struct lanekdf_bytes handshake_hash, uint8_t *verify_data)
{
    if (handshake_hash.len > 0) {
        PRF(secret, text(finished_label), &handshake_hash, 1, span(verify_data, LANEKDF_VERIFY_DATA_LEN));
    }
}

static void derive_handshake(const struct lanekdf_handshake *job)
{
    uint8_t master_secret[LANEKDF_MASTER_SECRET_LEN];
    struct reference_secret secret;

    compute_master_secret(job, master_secret);
    reference_secret_make(&secret, job->hash, bytes(master_secret, sizeof(master_secret)));

    if (job->master_secret) {
        memcpy(job->master_secret, master_secret, sizeof(master_secret));
    }
    compute_key_block(job, master_secret, &secret);
    if (job->final_key_len > 0 && job->final_keys) {
        (job->version == LANEKDF_SSL3 ? ssl3_compute_final_keys : compute_final_keys)(job);
    }
    compute_verify_data(&secret, "client finished", job->client_finished_hash, job->client_verify_data);
    compute_verify_data(&secret, "server finished", job->server_finished_hash, job->server_verify_data);
    if (job->prepared_master_secret) {
        reference_secret_prepare(&secret, job->prepared_master_secret);
    }
    reference_wipe(master_secret, sizeof(master_secret));
    reference_wipe(&secret, sizeof(secret));
}

static void derive_finished(const struct lanekdf_finished *job)
{
    struct reference_secret secret;

    reference_secret_of_job(
        &secret, job->hash, job->prepared_secret, bytes(job->master_secret, LANEKDF_MASTER_SECRET_LEN));
    compute_verify_data(&secret, "client finished", job->client_finished_hash, job->client_verify_data);
    compute_verify_data(&secret, "server finished", job->server_finished_hash, job->server_verify_data);
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 5705 section 4: PRF(SecurityParameters.master_secret, label,
 *                         SecurityParameters.client_random +
 *                         SecurityParameters.server_random +
 *                         context_value_length + context_value)[length]
 *
 * where a job without a context has neither of the last two.
 */
static void derive_exporter(const struct lanekdf_exporter *job)
{
    const uint8_t context_value_length[2] = {(uint8_t)(job->context.len >> 8), (uint8_t)job->context.len};
    const struct lanekdf_bytes seed[] = {bytes(job->client_random, LANEKDF_RANDOM_LEN),
        bytes(job->server_random, LANEKDF_RANDOM_LEN), bytes(context_value_length, 2), job->context};
    struct reference_secret secret;

    reference_secret_of_job(
        &secret, job->hash, job->prepared_secret, bytes(job->master_secret, LANEKDF_MASTER_SECRET_LEN));
    PRF(&secret, job->label, seed, job->flags & LANEKDF_EXPORTER_HAS_CONTEXT ? 4 : 2, job->out);
    reference_wipe(&secret, sizeof(secret));
}

static void derive_prepare(const struct lanekdf_prepare *job)
{
    struct reference_secret secret;

    reference_secret_make(&secret, job->hash, job->secret);
    reference_secret_prepare(&secret, job->prepared);
    reference_wipe(&secret, sizeof(secret));
}

static void derive_prf(const struct lanekdf_prf *job)
{
    struct reference_secret secret;

    reference_secret_of_job(&secret, job->hash, job->prepared_secret, job->secret);
    PRF(&secret, job->label, job->seed, job->n_seed, job->out);
    reference_wipe(&secret, sizeof(secret));
}

static void derive_ssl3_prf(const struct lanekdf_ssl3_prf *job)
{
    ssl3_PRF(job->secret, job->seed, job->n_seed, job->out);
}

/*
 * RFC 6101 section 5.6.9: hash(master_secret + pad_2 + hash(handshake_messages + Sender +
 *                                                          master_secret + pad_1))
 *
 * by MD5 with pads of 48 bytes and, behind that, by SHA-1 with pads of 40.
 */
static void derive_ssl3_finished(const struct lanekdf_ssl3_finished *job)
{
    static const struct {
        uint32_t hash;
        size_t pad_len, at;
    } half[2] = {{LANEKDF_MD5, 48, 0}, {LANEKDF_SHA1, 40, MD5_LEN}};
    const struct lanekdf_bytes master_secret = bytes(job->master_secret, LANEKDF_MASTER_SECRET_LEN);
    uint8_t pad_1[48], pad_2[48], inner[SHA1_LEN];
    struct reference_hash hash;
    size_t i;

    memset(pad_1, 0x36, sizeof(pad_1));
    memset(pad_2, 0x5c, sizeof(pad_2));
    for (i = 0; i < 2; i++) {
        reference_hash_start(&hash, half[i].hash);
        hash_add_all(&hash, job->handshake_messages, job->n_handshake_messages);
        reference_hash_add(&hash, text(job->sender == 0 ? "CLNT" : "SRVR"));
        reference_hash_add(&hash, master_secret);
        reference_hash_add(&hash, bytes(pad_1, half[i].pad_len));
        const size_t inner_len = reference_hash_end(&hash, inner);

        const struct lanekdf_bytes outer[] = {
            master_secret, bytes(pad_2, half[i].pad_len), bytes(inner, inner_len)};
        hash_of(half[i].hash, outer, 3, job->out + half[i].at);
    }
    reference_wipe(inner, sizeof(inner));
}

/* FIPS 180-4 section 7: a truncated digest is its leftmost part. */
static void derive_message_hash(const struct lanekdf_message_hash *job)
{
    uint8_t digest[REFERENCE_MAX_DIGEST];

    hash_of(job->hash, job->message, job->n_message, digest);
    memcpy(job->out.data, digest, job->out.len);
    reference_wipe(digest, sizeof(digest));
}

/* RFC 2104 section 5: truncated output is the leftmost part. */
static void derive_hmac(const struct lanekdf_hmac *job)
{
    uint8_t mac[REFERENCE_MAX_DIGEST];
    struct reference_secret key;
    struct reference_hash hash;

    reference_secret_of_job(&key, job->hash, job->prepared_key, job->key);
    reference_hmac_start(&hash, job->hash, key.key);
    hash_add_all(&hash, job->message, job->n_message);
    reference_hmac_end(&hash, key.key, mac);
    memcpy(job->out.data, mac, job->out.len);
    reference_wipe(&key, sizeof(key));
    reference_wipe(mac, sizeof(mac));
}

void reference_derive(const struct lanekdf_job *job)
{
    switch ((enum lanekdf_kind)job->kind) {
    case LANEKDF_KIND_PRF:
        derive_prf((const struct lanekdf_prf *)job);
        break;
    case LANEKDF_KIND_HANDSHAKE:
        derive_handshake((const struct lanekdf_handshake *)job);
        break;
    case LANEKDF_KIND_HASH:
        derive_message_hash((const struct lanekdf_message_hash *)job);
        break;
    case LANEKDF_KIND_HMAC:
        derive_hmac((const struct lanekdf_hmac *)job);
        break;
    case LANEKDF_KIND_EXPORTER:
        derive_exporter((const struct lanekdf_exporter *)job);
        break;
    case LANEKDF_KIND_FINISHED:
        derive_finished((const struct lanekdf_finished *)job);
        break;
    case LANEKDF_KIND_PREPARE:
        derive_prepare((const struct lanekdf_prepare *)job);
        break;
    case LANEKDF_KIND_SSL3_PRF:
        derive_ssl3_prf((const struct lanekdf_ssl3_prf *)job);
        break;
    case LANEKDF_KIND_SSL3_FINISHED:
        derive_ssl3_finished((const struct lanekdf_ssl3_finished *)job);
        break;
    case LANEKDF_KIND_HKDF:
        reference_hkdf((const struct lanekdf_hkdf *)job);
        break;
    case LANEKDF_KIND_EXPAND_LABEL:
        reference_expand_label((const struct lanekdf_expand_label *)job);
        break;
    case LANEKDF_KIND_TLS13_EARLY:
        reference_tls13_early((const struct lanekdf_tls13_early *)job);
        break;
    case LANEKDF_KIND_TLS13_HANDSHAKE:
        reference_tls13_handshake((const struct lanekdf_tls13_handshake *)job);
        break;
    case LANEKDF_KIND_TLS13_FINISHED:
        reference_tls13_finished((const struct lanekdf_tls13_finished *)job);
        break;
    case LANEKDF_KIND_TLS13_APPLICATION:
        reference_tls13_application((const struct lanekdf_tls13_application *)job);
        break;
    case LANEKDF_KIND_TLS13_RESUMPTION:
        reference_tls13_resumption((const struct lanekdf_tls13_resumption *)job);
        break;
    case LANEKDF_KIND_TLS13_TRAFFIC:
        reference_tls13_traffic((const struct lanekdf_tls13_traffic *)job);
        break;
    case LANEKDF_KIND_TLS13_EXPORTER:
        reference_tls13_exporter((const struct lanekdf_tls13_exporter *)job);
        break;
    case LANEKDF_KIND_TLS13_PSK_IMPORT:
        reference_tls13_psk_import((const struct lanekdf_tls13_psk_import *)job);
        break;
    case LANEKDF_KIND_ECH_CONFIRMATION:
        reference_ech_confirmation((const struct lanekdf_ech_confirmation *)job);
        break;
    case LANEKDF_KIND_QUIC_INITIAL:
        reference_quic_initial((const struct lanekdf_quic_initial *)job);
        break;
    }
}
