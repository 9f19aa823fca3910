/*
 * The judge's part for TLS 1.3, DTLS 1.3, QUIC and HKDF: RFC 5869, 8446, 9147, 9001, 9369, 9258 and 9849. The
 * names are those of the RFCs.
 */
#include "reference_secret.h"

/* RFC 5869 section 2: HashLen "denotes the length of the hash function output in octets". RFC 8446 section
 * 7.1 calls it Hash.length. */
static size_t HashLen(uint64_t Hash)
{
    return Hash == LANEKDF_SHA256 ? 32 : Hash == LANEKDF_SHA384 ? 48 : 64;
}

/* Hash(part[0] + part[1] + ...) */
static void hash_of(uint32_t Hash, const struct lanekdf_bytes *part, size_t n, uint8_t *digest)
{
    struct reference_hash hash;

    reference_hash_start(&hash, Hash);
    hash_add_all(&hash, part, n);
    reference_hash_end(&hash, digest);
}

/*
 * RFC 5869 section 2.2: PRK = HMAC-Hash(salt, IKM), where the IKM comes in n parts, and a salt that is "not
 * provided ... is set to a string of HashLen zeros".
 */
static void HKDF_Extract(
    uint32_t Hash, struct lanekdf_bytes salt, const struct lanekdf_bytes *IKM, size_t n, uint8_t *PRK)
{
    static const uint8_t zeros[REFERENCE_MAX_DIGEST];
    uint8_t key[REFERENCE_MAX_BLOCK];
    struct reference_hash hash;

    reference_hmac_key(Hash, salt.len > 0 ? salt : bytes(zeros, HashLen(Hash)), key);
    reference_hmac_start(&hash, Hash, key);
    hash_add_all(&hash, IKM, n);
    reference_hmac_end(&hash, key, PRK);
    reference_wipe(key, sizeof(key));
}

/*
 * RFC 5869 section 2.3:
 *
 *   N = ceil(L/HashLen)
 *   T = T(1) | T(2) | T(3) | ... | T(N)
 *   OKM = first L octets of T
 *
 *   T(0) = empty string (zero length)
 *   T(i) = HMAC-Hash(PRK, T(i - 1) | info | i)
 *
 * where i is a single octet, and info comes in n parts.
 */
static void HKDF_Expand(
    const struct reference_secret *PRK, const struct lanekdf_bytes *info, size_t n, struct lanekdf_span OKM)
{
    const size_t L = OKM.len, hash_len = HashLen(PRK->hash), N = (L + hash_len - 1) / hash_len;
    uint8_t T[REFERENCE_MAX_DIGEST];
    struct reference_hash hash;
    size_t i;

    for (i = 1; i <= N; i++) {
        const uint8_t octet = (uint8_t)i;
        const size_t done = (i - 1) * hash_len;

        reference_hmac_start(&hash, (uint32_t)PRK->hash, PRK->key);
        reference_hash_add(&hash, bytes(T, i == 1 ? 0 : hash_len));
        hash_add_all(&hash, info, n);
        reference_hash_add(&hash, bytes(&octet, 1));
        reference_hmac_end(&hash, PRK->key, T);
        memcpy(OKM.data + done, T, L - done < hash_len ? L - done : hash_len);
    }
    reference_wipe(T, sizeof(T));
}

/*
 * The labels that a protocol has of its own. RFC 8446 sections 7.1, 7.2 and 7.3 (TLS 1.3); RFC 9147 section
 * 5.9: "the label prefix ... SHALL be "dtls13". This has no trailing space", and section 4.2.3, the sequence
 * number key (DTLS 1.3); RFC 9001 sections 5.1 and 6.1 (QUIC version 1); RFC 9369 section 3.3.2 (version 2).
 */
static const struct labels {
    uint32_t version;
    const char *prefix, *key, *iv, *number_key, *update;
} labels[] = {
    {LANEKDF_TLS13, "tls13 ", "key", "iv", NULL, "traffic upd"},
    {LANEKDF_DTLS13, "dtls13", "key", "iv", "sn", "traffic upd"},
    {LANEKDF_QUIC_V1, "tls13 ", "quic key", "quic iv", "quic hp", "quic ku"},
    {LANEKDF_QUIC_V2, "tls13 ", "quicv2 key", "quicv2 iv", "quicv2 hp", "quicv2 ku"},
};

static const struct labels *labels_of(uint32_t version)
{
    const struct labels *row = labels;

    while (row->version != version) {
        row++;
    }
    return row;
}

/*
 * RFC 8446 section 7.1:
 *
 *   HKDF-Expand-Label(Secret, Label, Context, Length) = HKDF-Expand(Secret, HkdfLabel, Length)
 *
 *   struct {
 *       uint16 length = Length;
 *       opaque label<7..255> = "tls13 " + Label;
 *       opaque context<0..255> = Context;
 *   } HkdfLabel;
 *
 * The length of a vector with a ceiling of 255 stands before it in one byte (section 3.4).
 */
static void HKDF_Expand_Label(const struct reference_secret *Secret, uint32_t version,
    struct lanekdf_bytes Label, struct lanekdf_bytes Context, struct lanekdf_span out)
{
    const struct lanekdf_bytes prefix = text(labels_of(version)->prefix);
    const uint8_t length[2] = {(uint8_t)(out.len >> 8), (uint8_t)out.len};
    const uint8_t label_len = (uint8_t)(prefix.len + Label.len), context_len = (uint8_t)Context.len;
    const struct lanekdf_bytes HkdfLabel[] = {
        bytes(length, 2), bytes(&label_len, 1), prefix, Label, bytes(&context_len, 1), Context};

    HKDF_Expand(Secret, HkdfLabel, 6, out);
}

/*
 * RFC 8446 section 7.1:
 *
 *   Derive-Secret(Secret, Label, Messages) =
 *       HKDF-Expand-Label(Secret, Label, Transcript-Hash(Messages), Hash.length)
 */
static void Derive_Secret(const struct reference_secret *Secret, uint32_t version, struct lanekdf_bytes Label,
    const uint8_t *Transcript_Hash, uint8_t *out)
{
    const size_t n = HashLen(Secret->hash);

    HKDF_Expand_Label(Secret, version, Label, bytes(Transcript_Hash, n), span(out, n));
}

/* Derive-Secret(Secret, Label, "") */
static void Derive_Secret_of_nothing(
    const struct reference_secret *Secret, uint32_t version, struct lanekdf_bytes Label, uint8_t *out)
{
    uint8_t Transcript_Hash[REFERENCE_MAX_DIGEST];

    hash_of((uint32_t)Secret->hash, NULL, 0, Transcript_Hash);
    Derive_Secret(Secret, version, Label, Transcript_Hash, out);
}

/* A copy of a secret for an output, if the output is wanted. */
static void give(uint8_t *output, const uint8_t *secret, size_t len)
{
    if (output) {
        memcpy(output, secret, len);
    }
}

/*
 * RFC 8446 section 7.3:
 *
 *   [sender]_write_key = HKDF-Expand-Label(Secret, "key", "", key_length)
 *   [sender]_write_iv  = HKDF-Expand-Label(Secret, "iv", "", iv_length)
 *
 * RFC 9147 section 4.2.3: [sender]_sn_key = HKDF-Expand-Label(Secret, "sn", "", key_length); RFC 9001 section
 * 5.1 has the header protection key of QUIC with "quic hp". Returns where the next key of the block stands.
 */
static uint8_t *write_keys(const struct reference_secret *Secret, uint32_t version, size_t key_length,
    size_t iv_length, bool has_number_key, uint8_t *block)
{
    const struct labels *names = labels_of(version);
    const struct lanekdf_bytes nothing = {NULL, 0};
    uint8_t *const iv = block + key_length, *const number_key = iv + iv_length;

    if (key_length == 0) {
        return block;
    }
    HKDF_Expand_Label(Secret, version, text(names->key), nothing, span(block, key_length));
    HKDF_Expand_Label(Secret, version, text(names->iv), nothing, span(iv, iv_length));
    if (!names->number_key || !has_number_key) {
        return number_key;
    }
    HKDF_Expand_Label(Secret, version, text(names->number_key), nothing, span(number_key, key_length));
    return number_key + key_length;
}

/* RFC 8446 section 4.4.4: finished_key = HKDF-Expand-Label(BaseKey, "finished", "", Hash.length) */
static void compute_finished_key(
    const struct reference_secret *BaseKey, uint32_t version, uint8_t *finished_key)
{
    HKDF_Expand_Label(
        BaseKey, version, text("finished"), bytes(NULL, 0), span(finished_key, HashLen(BaseKey->hash)));
}

/* RFC 8446 section 4.4.4: verify_data = HMAC(finished_key, Transcript-Hash(...)) */
static void compute_verify_data(
    const struct reference_secret *finished_key, const uint8_t *Transcript_Hash, uint8_t *verify_data)
{
    struct reference_hash hash;

    reference_hmac_start(&hash, (uint32_t)finished_key->hash, finished_key->key);
    reference_hash_add(&hash, bytes(Transcript_Hash, HashLen(finished_key->hash)));
    reference_hmac_end(&hash, finished_key->key, verify_data);
}

/*
 * RFC 8446 section 4.2.11.2: the binder "is computed in the same way as the Finished message (Section 4.4.4)
 * but with the BaseKey being the binder_key". RFC 9258 section 5.2: an imported PSK has "imp binder".
 */
static void compute_binder(const struct lanekdf_tls13_early *job, const struct reference_secret *Early_Secret)
{
    static const char *const label[] = {[LANEKDF_PSK_RESUMPTION] = "res binder",
        [LANEKDF_PSK_EXTERNAL] = "ext binder",
        [LANEKDF_PSK_IMPORTED] = "imp binder"};
    const size_t n = HashLen(job->hash);
    uint8_t key[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;

    if (!job->binder) {
        return;
    }
    Derive_Secret_of_nothing(Early_Secret, job->version, text(label[job->psk_kind]), key); /* binder_key */
    reference_secret_make(&secret, job->hash, bytes(key, n));
    compute_finished_key(&secret, job->version, key);
    reference_secret_make(&secret, job->hash, bytes(key, n));
    compute_verify_data(&secret, job->binder_hash, job->binder);
    reference_wipe(key, sizeof(key));
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 8446 section 7.1, the uppermost part of the schedule: a secret and the keys of a side, as a stage gives
 * them. Both are optional, and the keys have a finished key in the handshake stage.
 */
struct direction {
    const char *label;
    uint8_t *traffic_secret, *keys;
};

static void derive_direction(const struct reference_secret *Secret, uint32_t version, size_t key_length,
    size_t iv_length, const uint8_t *Transcript_Hash, bool has_finished_key, const struct direction *of)
{
    const size_t n = HashLen(Secret->hash);
    uint8_t traffic_secret[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;

    if (!of->traffic_secret && !of->keys) {
        return;
    }
    Derive_Secret(Secret, version, text(of->label), Transcript_Hash, traffic_secret);
    give(of->traffic_secret, traffic_secret, n);
    reference_secret_make(&secret, (uint32_t)Secret->hash, bytes(traffic_secret, n));
    if (of->keys) {
        uint8_t *const end = write_keys(&secret, version, key_length, iv_length, true, of->keys);

        if (has_finished_key) {
            compute_finished_key(&secret, version, end);
        }
    }
    reference_wipe(traffic_secret, sizeof(traffic_secret));
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 8446 section 7.1:
 *
 *             0
 *             |
 *             v
 *   PSK ->  HKDF-Extract = Early Secret
 *             |
 *             +-----> Derive-Secret(., "ext binder" | "res binder", "") = binder_key
 *             +-----> Derive-Secret(., "c e traffic", ClientHello) = client_early_traffic_secret
 *             +-----> Derive-Secret(., "e exp master", ClientHello) = early_exporter_master_secret
 *             v
 *       Derive-Secret(., "derived", "")
 */
void reference_tls13_early(const struct lanekdf_tls13_early *job)
{
    const struct direction client = {"c e traffic", job->client_early_traffic_secret, job->client_early_keys};
    const size_t n = HashLen(job->hash);
    uint8_t Early_Secret[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;

    if (job->known_early_secret) {
        memcpy(Early_Secret, job->known_early_secret, n);
    } else {
        HKDF_Extract(job->hash, bytes(NULL, 0), &job->psk, 1, Early_Secret);
    }
    give(job->early_secret, Early_Secret, n);
    reference_secret_make(&secret, job->hash, bytes(Early_Secret, n));
    compute_binder(job, &secret);
    derive_direction(
        &secret, job->version, job->key_len, job->iv_len, job->client_hello_hash, false, &client);
    if (job->early_exporter_master_secret) {
        Derive_Secret(&secret, job->version, text("e exp master"), job->client_hello_hash,
            job->early_exporter_master_secret);
    }
    if (job->handshake_salt) {
        Derive_Secret_of_nothing(&secret, job->version, text("derived"), job->handshake_salt);
    }
    reference_wipe(Early_Secret, sizeof(Early_Secret));
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 8446 section 7.1: "if no PSK is selected, it will then need to compute the Early Secret corresponding
 * to the zero PSK", which "consists of a string of Hash.length bytes set to zeros".
 */
static void handshake_salt_without_PSK(uint32_t Hash, uint32_t version, uint8_t *salt)
{
    static const uint8_t zeros[REFERENCE_MAX_DIGEST];
    const size_t n = HashLen(Hash);
    const struct lanekdf_bytes PSK = {zeros, n};
    struct reference_secret Early_Secret;

    HKDF_Extract(Hash, bytes(zeros, n), &PSK, 1, salt);
    reference_secret_make(&Early_Secret, Hash, bytes(salt, n));
    Derive_Secret_of_nothing(&Early_Secret, version, text("derived"), salt);
}

/* (EC)DHE -> HKDF-Extract = Handshake Secret. Without (EC)DHE "the 0-value" stands for it, a string of
 * Hash.length zeros. */
static void compute_handshake_secret(const struct lanekdf_tls13_handshake *job, uint8_t *Handshake_Secret)
{
    static const uint8_t zeros[REFERENCE_MAX_DIGEST];
    const size_t n = HashLen(job->hash);
    const struct lanekdf_bytes *const ECDHE = job->shared_secret;
    const struct lanekdf_bytes no_ECDHE = {zeros, n};
    uint8_t salt[REFERENCE_MAX_DIGEST];

    if (job->handshake_salt) {
        memcpy(salt, job->handshake_salt, n);
    } else {
        handshake_salt_without_PSK(job->hash, job->version, salt);
    }
    if (ECDHE[0].len + ECDHE[1].len > 0) {
        HKDF_Extract(job->hash, bytes(salt, n), ECDHE, 2, Handshake_Secret);
    } else {
        HKDF_Extract(job->hash, bytes(salt, n), &no_ECDHE, 1, Handshake_Secret);
    }
    reference_wipe(salt, sizeof(salt));
}

/*
 *       Derive-Secret(., "derived", "")
 *             |
 *             v
 *   0 -> HKDF-Extract = Master Secret
 */
static void compute_master_secret(
    const struct lanekdf_tls13_handshake *job, const struct reference_secret *Handshake_Secret)
{
    static const uint8_t zeros[REFERENCE_MAX_DIGEST];
    const size_t n = HashLen(job->hash);
    const struct lanekdf_bytes IKM = {zeros, n};
    uint8_t derived[REFERENCE_MAX_DIGEST], Master_Secret[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;

    Derive_Secret_of_nothing(Handshake_Secret, job->version, text("derived"), derived);
    HKDF_Extract(job->hash, bytes(derived, n), &IKM, 1, Master_Secret);
    give(job->master_secret, Master_Secret, n);
    if (job->prepared_master_secret) {
        reference_secret_make(&secret, job->hash, bytes(Master_Secret, n));
        reference_secret_prepare(&secret, job->prepared_master_secret);
        reference_wipe(&secret, sizeof(secret));
    }
    reference_wipe(derived, sizeof(derived));
    reference_wipe(Master_Secret, sizeof(Master_Secret));
}

/*
 *   (EC)DHE -> HKDF-Extract = Handshake Secret
 *             |
 *             +-----> Derive-Secret(., "c hs traffic", ClientHello...ServerHello)
 *             |                     = client_handshake_traffic_secret
 *             +-----> Derive-Secret(., "s hs traffic", ClientHello...ServerHello)
 *             |                     = server_handshake_traffic_secret
 *             v
 */
void reference_tls13_handshake(const struct lanekdf_tls13_handshake *job)
{
    const struct direction directions[2] = {
        {"c hs traffic", job->client_handshake_traffic_secret, job->client_keys},
        {"s hs traffic", job->server_handshake_traffic_secret, job->server_keys}};
    uint8_t Handshake_Secret[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;
    size_t i;

    compute_handshake_secret(job, Handshake_Secret);
    reference_secret_make(&secret, job->hash, bytes(Handshake_Secret, HashLen(job->hash)));
    for (i = 0; i < 2; i++) {
        derive_direction(
            &secret, job->version, job->key_len, job->iv_len, job->transcript_hash, true, &directions[i]);
    }
    if (job->master_secret || job->prepared_master_secret) {
        compute_master_secret(job, &secret);
    }
    reference_wipe(Handshake_Secret, sizeof(Handshake_Secret));
    reference_wipe(&secret, sizeof(secret));
}

void reference_tls13_finished(const struct lanekdf_tls13_finished *job)
{
    struct reference_secret finished_key;

    reference_secret_of_job(
        &finished_key, job->hash, job->prepared_finished_key, bytes(job->finished_key, HashLen(job->hash)));
    compute_verify_data(&finished_key, job->transcript_hash, job->verify_data);
    reference_wipe(&finished_key, sizeof(finished_key));
}

/*
 * RFC 8446 section 7.1:
 *
 *   0 -> HKDF-Extract = Master Secret
 *             |
 *             +-----> Derive-Secret(., "c ap traffic", ClientHello...server Finished)
 *             |                     = client_application_traffic_secret_0
 *             +-----> Derive-Secret(., "s ap traffic", ClientHello...server Finished)
 *             |                     = server_application_traffic_secret_0
 *             +-----> Derive-Secret(., "exp master", ClientHello...server Finished)
 *             |                     = exporter_master_secret
 */
void reference_tls13_application(const struct lanekdf_tls13_application *job)
{
    const struct direction directions[2] = {
        {"c ap traffic", job->client_application_traffic_secret, job->client_keys},
        {"s ap traffic", job->server_application_traffic_secret, job->server_keys}};
    const size_t n = HashLen(job->hash);
    uint8_t exporter_master_secret[REFERENCE_MAX_DIGEST];
    struct reference_secret secret, exporter;
    size_t i;

    reference_secret_of_job(&secret, job->hash, job->prepared_master_secret, bytes(job->master_secret, n));
    for (i = 0; i < 2; i++) {
        derive_direction(
            &secret, job->version, job->key_len, job->iv_len, job->transcript_hash, false, &directions[i]);
    }
    if (job->exporter_master_secret || job->prepared_exporter_master_secret) {
        Derive_Secret(
            &secret, job->version, text("exp master"), job->transcript_hash, exporter_master_secret);
        give(job->exporter_master_secret, exporter_master_secret, n);
        if (job->prepared_exporter_master_secret) {
            reference_secret_make(&exporter, job->hash, bytes(exporter_master_secret, n));
            reference_secret_prepare(&exporter, job->prepared_exporter_master_secret);
            reference_wipe(&exporter, sizeof(exporter));
        }
        reference_wipe(exporter_master_secret, sizeof(exporter_master_secret));
    }
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 8446 section 7.1:
 *
 *   Derive-Secret(., "res master", ClientHello...client Finished) = resumption_master_secret
 *
 * and section 4.6.1, the PSK of a ticket:
 *
 *   HKDF-Expand-Label(resumption_master_secret, "resumption", ticket_nonce, Hash.length)
 */
void reference_tls13_resumption(const struct lanekdf_tls13_resumption *job)
{
    const size_t n = HashLen(job->hash);
    uint8_t resumption_master_secret[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;
    size_t i;

    if (job->known_resumption_master_secret) {
        memcpy(resumption_master_secret, job->known_resumption_master_secret, n);
    } else {
        reference_secret_of_job(
            &secret, job->hash, job->prepared_master_secret, bytes(job->master_secret, n));
        Derive_Secret(
            &secret, job->version, text("res master"), job->transcript_hash, resumption_master_secret);
    }
    give(job->resumption_master_secret, resumption_master_secret, n);
    reference_secret_make(&secret, job->hash, bytes(resumption_master_secret, n));
    for (i = 0; i < job->n_nonces && job->psks; i++) {
        HKDF_Expand_Label(
            &secret, job->version, text("resumption"), job->nonces[i], span(job->psks + i * n, n));
    }
    reference_wipe(resumption_master_secret, sizeof(resumption_master_secret));
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 8446 section 7.2:
 *
 *   application_traffic_secret_N+1 =
 *       HKDF-Expand-Label(application_traffic_secret_N, "traffic upd", "", Hash.length)
 *
 * RFC 9001 section 6.1 does the same with "quic ku", and "the header protection key is not updated".
 */
void reference_tls13_traffic(const struct lanekdf_tls13_traffic *job)
{
    const bool is_quic = job->version == LANEKDF_QUIC_V1 || job->version == LANEKDF_QUIC_V2;
    const size_t n = HashLen(job->hash);
    const struct lanekdf_bytes label = text(labels_of(job->version)->update);
    uint8_t traffic_secret[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;
    size_t i;

    memcpy(traffic_secret, job->traffic_secret, n);
    reference_secret_make(&secret, job->hash, bytes(traffic_secret, n));
    for (i = 0; i < job->n_updates; i++) {
        HKDF_Expand_Label(&secret, job->version, label, bytes(NULL, 0), span(traffic_secret, n));
        reference_secret_make(&secret, job->hash, bytes(traffic_secret, n));
    }
    give(job->next_secret, traffic_secret, n);
    if (job->keys) {
        write_keys(
            &secret, job->version, job->key_len, job->iv_len, !is_quic || job->n_updates == 0, job->keys);
    }
    reference_wipe(traffic_secret, sizeof(traffic_secret));
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 8446 section 7.5:
 *
 *   TLS-Exporter(label, context_value, key_length) =
 *       HKDF-Expand-Label(Derive-Secret(Secret, label, ""), "exporter", Hash(context_value), key_length)
 */
void reference_tls13_exporter(const struct lanekdf_tls13_exporter *job)
{
    const size_t n = HashLen(job->hash);
    uint8_t derived[REFERENCE_MAX_DIGEST], context_hash[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;

    reference_secret_of_job(
        &secret, job->hash, job->prepared_exporter_master_secret, bytes(job->exporter_master_secret, n));
    Derive_Secret_of_nothing(&secret, job->version, job->label, derived);
    hash_of(job->hash, &job->context, 1, context_hash);
    reference_secret_make(&secret, job->hash, bytes(derived, n));
    HKDF_Expand_Label(&secret, job->version, text("exporter"), bytes(context_hash, n), job->out);
    reference_wipe(derived, sizeof(derived));
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 9258 section 5.1:
 *
 *   struct {
 *       opaque external_identity<1...2^16-1>;
 *       opaque context<0..2^16-1>;
 *       uint16 target_protocol;
 *       uint16 target_kdf;
 *   } ImportedIdentity;
 *
 *   epskx = HKDF-Extract(0, epsk)
 *   ipskx = HKDF-Expand-Label(epskx, "derived psk", Hash(ImportedIdentity), L)
 *
 * where L is the length of the output of target_kdf's hash, and Hash is that of the external PSK.
 */
void reference_tls13_psk_import(const struct lanekdf_tls13_psk_import *job)
{
    const uint8_t identity_len[2] = {(uint8_t)(job->identity.len >> 8), (uint8_t)job->identity.len};
    const uint8_t context_len[2] = {(uint8_t)(job->context.len >> 8), (uint8_t)job->context.len};
    const uint8_t target[4] = {(uint8_t)(job->target_protocol >> 8), (uint8_t)job->target_protocol,
        (uint8_t)(job->target_kdf >> 8), (uint8_t)job->target_kdf};
    const struct lanekdf_bytes ImportedIdentity[] = {bytes(identity_len, 2), job->identity,
        bytes(context_len, 2), job->context, bytes(target, sizeof(target))};
    const size_t n = HashLen(job->hash), L = job->target_kdf == 1 ? 32 : 48;
    uint8_t epskx[REFERENCE_MAX_DIGEST], identity_hash[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;

    HKDF_Extract(job->hash, bytes(NULL, 0), &job->psk, 1, epskx);
    hash_of(job->hash, ImportedIdentity, 5, identity_hash);
    reference_secret_make(&secret, job->hash, bytes(epskx, n));
    HKDF_Expand_Label(
        &secret, LANEKDF_TLS13, text("derived psk"), bytes(identity_hash, n), span(job->imported_psk, L));
    reference_wipe(epskx, sizeof(epskx));
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 9849 section 7.2:
 *
 *   accept_confirmation = HKDF-Expand-Label(HKDF-Extract(0, ClientHelloInner.random),
 *                                           "ech accept confirmation", transcript_ech_conf, 8)
 *
 * and section 7.2.1, of HelloRetryRequest, with "hrr ech accept confirmation".
 */
void reference_ech_confirmation(const struct lanekdf_ech_confirmation *job)
{
    const char *label = job->is_hello_retry ? "hrr ech accept confirmation" : "ech accept confirmation";
    const struct lanekdf_bytes random = {job->inner_random, LANEKDF_RANDOM_LEN};
    const size_t n = HashLen(job->hash);
    uint8_t PRK[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;

    HKDF_Extract(job->hash, bytes(NULL, 0), &random, 1, PRK);
    reference_secret_make(&secret, job->hash, bytes(PRK, n));
    HKDF_Expand_Label(&secret, job->version, text(label), bytes(job->transcript_hash, n),
        span(job->confirmation, LANEKDF_ECH_CONFIRMATION_LEN));
    reference_wipe(PRK, sizeof(PRK));
    reference_wipe(&secret, sizeof(secret));
}

/*
 * RFC 9001 section 5.2:
 *
 *   initial_salt = 0x38762cf7f55934b34d179ae6a4c80cadccbb7f0a
 *   initial_secret = HKDF-Extract(initial_salt, client_dst_connection_id)
 *
 *   client_initial_secret = HKDF-Expand-Label(initial_secret, "client in", "", Hash.length)
 *   server_initial_secret = HKDF-Expand-Label(initial_secret, "server in", "", Hash.length)
 *
 * The salt of version 2 is that of RFC 9369 section 3.3.1. The hash is SHA-256 and the cipher AES-128-GCM.
 */
void reference_quic_initial(const struct lanekdf_quic_initial *job)
{
    static const uint8_t initial_salt[2][20] = {
        {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc,
            0xbb, 0x7f, 0x0a},
        {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9,
            0xbd, 0x2e, 0xd9}};
    const struct {
        const char *label;
        uint8_t *initial_secret, *keys;
    } sides[2] = {{"client in", job->client_initial_secret, job->client_keys},
        {"server in", job->server_initial_secret, job->server_keys}};
    uint8_t PRK[32], side_secret[32];
    struct reference_secret initial_secret, secret;
    size_t i;

    HKDF_Extract(LANEKDF_SHA256, bytes(initial_salt[job->version == LANEKDF_QUIC_V2], 20),
        &job->connection_id, 1, PRK);
    reference_secret_make(&initial_secret, LANEKDF_SHA256, bytes(PRK, 32));
    for (i = 0; i < 2; i++) {
        HKDF_Expand_Label(
            &initial_secret, job->version, text(sides[i].label), bytes(NULL, 0), span(side_secret, 32));
        give(sides[i].initial_secret, side_secret, 32);
        if (sides[i].keys) {
            reference_secret_make(&secret, LANEKDF_SHA256, bytes(side_secret, 32));
            write_keys(&secret, job->version, 16, 12, true, sides[i].keys);
        }
    }
    reference_wipe(PRK, sizeof(PRK));
    reference_wipe(side_secret, sizeof(side_secret));
    reference_wipe(&initial_secret, sizeof(initial_secret));
    reference_wipe(&secret, sizeof(secret));
}

void reference_hkdf(const struct lanekdf_hkdf *job)
{
    uint8_t PRK[REFERENCE_MAX_DIGEST];
    struct reference_secret secret;

    if (job->flags & LANEKDF_HKDF_EXTRACT) {
        HKDF_Extract(job->hash, job->salt, job->input, job->n_input, PRK);
        give(job->prk_out, PRK, HashLen(job->hash));
        reference_secret_make(&secret, job->hash, bytes(PRK, HashLen(job->hash)));
        if (job->prepared_prk_out) {
            reference_secret_prepare(&secret, job->prepared_prk_out);
        }
        reference_wipe(PRK, sizeof(PRK));
    } else {
        reference_secret_of_job(&secret, job->hash, job->prepared_prk, job->prk);
    }
    HKDF_Expand(&secret, job->info, job->n_info, job->out);
    reference_wipe(&secret, sizeof(secret));
}

void reference_expand_label(const struct lanekdf_expand_label *job)
{
    struct reference_secret secret;
    size_t i;

    reference_secret_of_job(&secret, job->hash, job->prepared_secret, job->secret);
    for (i = 0; i < job->n_labels; i++) {
        HKDF_Expand_Label(
            &secret, job->version, job->labels[i].label, job->labels[i].context, job->labels[i].out);
    }
    reference_wipe(&secret, sizeof(secret));
}
