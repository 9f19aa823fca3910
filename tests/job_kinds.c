#include "job_kinds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"

/*
 * Which options must allow a job (enum lanekdf_legacy)
 */

enum { OLD_VERSIONS = LANEKDF_LEGACY_SSL3 | LANEKDF_LEGACY_TLS10 | LANEKDF_LEGACY_TLS11 };

#define BIT(hash) (1u << LANEKDF_##hash)
enum {
#define TESTED_HASH(id, name, bytes, kernels, is_old, judge, abc) | (is_old ? BIT(id) : 0)
    OLD_HASHES = 0
#include "tested_hashes.h"
    ,
#undef TESTED_HASH
#define TESTED_HASH(id, name, bytes, kernels, is_old, judge, abc) | BIT(id)
    ALL_HASHES = 0
#include "tested_hashes.h"
    ,
#undef TESTED_HASH
    HMAC_HASHES = ALL_HASHES & ~BIT(MD5_SHA1),
    PRF_HASHES = ALL_HASHES & ~(BIT(MD5) | BIT(SHA1)), /* those of a version's PRF */
    HKDF_HASHES = ALL_HASHES & ~OLD_HASHES
};

static struct permits permits_of_nothing(const union any_job *any)
{
    (void)any;
    return (struct permits){.version = 0};
}

/* MD5 and SHA-1 come with any version that has them. */
static struct permits permits_of_hash(const union any_job *any)
{
    return (struct permits){.version = OLD_HASHES >> job_hash(any) & 1 ? OLD_VERSIONS : 0};
}

static struct permits permits_of_ssl3(const union any_job *any)
{
    (void)any;
    return (struct permits){.version = LANEKDF_LEGACY_SSL3};
}

static struct permits permits_of_handshake(const union any_job *any)
{
    const struct lanekdf_handshake *job = &any->handshake;
    struct permits permits = {.feature = job->final_key_len ? LANEKDF_LEGACY_EXPORT : 0};

    switch ((enum lanekdf_version)job->version) {
    case LANEKDF_SSL3:
        permits.version = LANEKDF_LEGACY_SSL3;
        break;
    case LANEKDF_TLS10:
        permits.version = LANEKDF_LEGACY_TLS10;
        break;
    case LANEKDF_TLS11:
        permits.version = LANEKDF_LEGACY_TLS11;
        break;
    case LANEKDF_TLS12:
    case LANEKDF_TLS13:
    case LANEKDF_DTLS13:
    case LANEKDF_QUIC_V1:
    case LANEKDF_QUIC_V2:
        break;
    }
    return permits;
}

static struct permits permits_of_exporter(const union any_job *any)
{
    struct permits permits = permits_of_hash(any);

    if (!(any->exporter.flags & LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET)) {
        permits.feature = LANEKDF_LEGACY_EXPORTER;
    }
    return permits;
}

/*
 * The table
 */

#define MEMBER(of, field)                                                                                    \
    .name = #field, .offset = offsetof(struct lanekdf_##of, field),                                          \
    .size = sizeof(((struct lanekdf_##of *)0)->field)
#define PIECES(of, field)                                                                                    \
    MEMBER(of, field), .n_offset = offsetof(struct lanekdf_##of, n_##field), .type = FIELD_PIECES
#define BITS(of, field, allowed) MEMBER(of, field), .type = FIELD_BITS, .max = (allowed)
#define SECRET .type = FIELD_BYTES, .max = LANEKDF_MAX_SECRET, .is_secret = true
#define MASTER_SECRET .type = FIELD_FIXED, .max = LANEKDF_MASTER_SECRET_LEN, .is_secret = true
#define RANDOM .type = FIELD_FIXED, .max = LANEKDF_RANDOM_LEN
#define DIGEST .type = FIELD_BYTES, .min = AS_DIGEST, .max = AS_DIGEST, .may_be_left_out = true
#define VERIFY_DATA .type = FIELD_FIXED_OUT, .max = LANEKDF_VERIFY_DATA_LEN

/* What struct lanekdf_job has for every kind. A job that leaves legacy out may do what its call may. */
#define OF_JOB(field)                                                                                        \
    .name = "job." #field, .type = FIELD_BITS, .offset = offsetof(struct lanekdf_job, field),                \
    .size = sizeof(((struct lanekdf_job *)0)->field)
#define JOB_LEGACY OF_JOB(legacy), .max = LANEKDF_LEGACY_ALL, .may_be_left_out = true
#define JOB_RESERVED OF_JOB(reserved)

/* Bytes. Where a size_t has 32 bits, no message is too long. */
#define MAX_MESSAGE (sizeof(size_t) == 8 ? SIZE_MAX >> 4 : SIZE_MAX)

static const struct job_field prf_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(prf, hash), .type = FIELD_HASH},
    {BITS(prf, reserved, 0)},
    {MEMBER(prf, secret), SECRET},
    {MEMBER(prf, prepared_secret), .type = FIELD_PREPARED},
    {MEMBER(prf, label), .type = FIELD_BYTES, .max = LANEKDF_MAX_SEED},
    {PIECES(prf, seed), .max = LANEKDF_MAX_SEED},
    {MEMBER(prf, out), .type = FIELD_OUT, .min = 1, .max = LANEKDF_MAX_OUT},
};

/* Which randoms it needs and which outputs it wants is up to each handshake (good_handshakes.c). */
static const struct job_field handshake_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(handshake, version), .type = FIELD_NUMBER, .min = LANEKDF_SSL3, .max = LANEKDF_TLS12},
    {MEMBER(handshake, hash), .type = FIELD_HASH},
    {BITS(handshake, reserved, 0)},
    {MEMBER(handshake, pre_master_secret), SECRET},
    {MEMBER(handshake, known_master_secret), MASTER_SECRET, .may_be_left_out = true},
    {MEMBER(handshake, client_random), RANDOM, .may_be_left_out = true},
    {MEMBER(handshake, server_random), RANDOM, .may_be_left_out = true},
    {MEMBER(handshake, session_hash), DIGEST},
    {MEMBER(handshake, mac_key_len), .type = FIELD_NUMBER, .max = UINT8_MAX},
    {MEMBER(handshake, enc_key_len), .type = FIELD_NUMBER, .max = UINT8_MAX},
    {MEMBER(handshake, fixed_iv_len), .type = FIELD_NUMBER, .max = UINT8_MAX},
    {MEMBER(handshake, final_key_len), .type = FIELD_NUMBER, .max = UINT8_MAX},
    {MEMBER(handshake, client_finished_hash), DIGEST},
    {MEMBER(handshake, server_finished_hash), DIGEST},
    {MEMBER(handshake, master_secret), .type = FIELD_FIXED_OUT, .may_be_left_out = true},
    {MEMBER(handshake, key_block), .type = FIELD_FIXED_OUT},
    {MEMBER(handshake, final_keys), .type = FIELD_FIXED_OUT},
    {MEMBER(handshake, client_verify_data), VERIFY_DATA},
    {MEMBER(handshake, server_verify_data), VERIFY_DATA},
    {MEMBER(handshake, prepared_master_secret), .type = FIELD_PREPARED_OUT, .may_be_left_out = true},
};

static const struct job_field message_hash_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(message_hash, hash), .type = FIELD_HASH},
    {BITS(message_hash, reserved, 0)},
    {PIECES(message_hash, message), .max = MAX_MESSAGE, .is_secret = true},
    {MEMBER(message_hash, out), .type = FIELD_OUT, .min = 1, .max = AS_DIGEST},
};

static const struct job_field hmac_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(hmac, hash), .type = FIELD_HASH},
    {BITS(hmac, reserved, 0)},
    {MEMBER(hmac, key), SECRET},
    {MEMBER(hmac, prepared_key), .type = FIELD_PREPARED},
    {PIECES(hmac, message), .max = MAX_MESSAGE},
    {MEMBER(hmac, out), .type = FIELD_OUT, .min = 1, .max = AS_DIGEST},
};

static const struct job_field exporter_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(exporter, hash), .type = FIELD_HASH},
    {BITS(exporter, flags, LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET | LANEKDF_EXPORTER_HAS_CONTEXT)},
    {MEMBER(exporter, master_secret), MASTER_SECRET},
    {MEMBER(exporter, prepared_secret), .type = FIELD_PREPARED},
    {MEMBER(exporter, client_random), RANDOM},
    {MEMBER(exporter, server_random), RANDOM},
    {MEMBER(exporter, label), .type = FIELD_BYTES, .min = 1, .max = LANEKDF_MAX_SEED},
    {MEMBER(exporter, context), .type = FIELD_BYTES, .max = LANEKDF_MAX_CONTEXT},
    {MEMBER(exporter, out), .type = FIELD_OUT, .min = 1, .max = LANEKDF_MAX_OUT},
};

static const struct job_field finished_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(finished, hash), .type = FIELD_HASH},
    {BITS(finished, reserved, 0)},
    {MEMBER(finished, master_secret), MASTER_SECRET},
    {MEMBER(finished, prepared_secret), .type = FIELD_PREPARED},
    {MEMBER(finished, client_finished_hash), DIGEST},
    {MEMBER(finished, server_finished_hash), DIGEST},
    {MEMBER(finished, client_verify_data), VERIFY_DATA},
    {MEMBER(finished, server_verify_data), VERIFY_DATA},
};

static const struct job_field prepare_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(prepare, hash), .type = FIELD_HASH},
    {BITS(prepare, reserved, 0)},
    {MEMBER(prepare, secret), SECRET},
    {MEMBER(prepare, prepared), .type = FIELD_PREPARED_OUT},
};

static const struct job_field ssl3_prf_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {BITS(ssl3_prf, reserved[0], 0)},
    {BITS(ssl3_prf, reserved[1], 0)},
    {MEMBER(ssl3_prf, secret), SECRET},
    {PIECES(ssl3_prf, seed), .max = LANEKDF_MAX_SEED},
    {MEMBER(ssl3_prf, out), .type = FIELD_OUT, .min = 1, .max = LANEKDF_MAX_SSL3_OUT},
};

static const struct job_field ssl3_finished_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {BITS(ssl3_finished, sender, 1)},
    {BITS(ssl3_finished, reserved, 0)},
    {MEMBER(ssl3_finished, master_secret), MASTER_SECRET},
    {PIECES(ssl3_finished, handshake_messages), .max = MAX_MESSAGE},
    {MEMBER(ssl3_finished, out), .type = FIELD_FIXED_OUT, .max = LANEKDF_SSL3_FINISHED_LEN},
};

/*
 * The stages of TLS 1.3, DTLS 1.3 and QUIC, and HKDF. Which inputs a stage needs, and how long a block of
 * keys is, is up to each job (good_stages.c).
 */

#define VERSION(of) MEMBER(of, version), .type = FIELD_VERSION, .max = ANY_STAGE
#define SECRET_OF_HASH .type = FIELD_FIXED, .max = AS_DIGEST, .is_secret = true
#define TRANSCRIPT_HASH .type = FIELD_FIXED, .max = AS_DIGEST, .may_be_left_out = true
#define SECRET_OUT .type = FIELD_FIXED_OUT, .max = AS_DIGEST, .may_be_left_out = true
#define KEYS_OUT .type = FIELD_FIXED_OUT, .may_be_left_out = true
#define KEY_LENGTHS(of)                                                                                      \
    {MEMBER(of, key_len), .type = FIELD_NUMBER, .max = UINT8_MAX},                                           \
    {                                                                                                        \
        MEMBER(of, iv_len), .type = FIELD_NUMBER, .max = UINT8_MAX                                           \
    }

/* The PRK comes first, because a prepared one may take its place. */
static const struct job_field hkdf_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(hkdf, hash), .type = FIELD_HASH},
    {BITS(hkdf, flags, LANEKDF_HKDF_EXTRACT)},
    {MEMBER(hkdf, prk), SECRET, .min = 1},
    {MEMBER(hkdf, prepared_prk), .type = FIELD_PREPARED},
    {MEMBER(hkdf, salt), .type = FIELD_BYTES, .max = LANEKDF_MAX_SECRET},
    {PIECES(hkdf, input), .max = MAX_MESSAGE, .is_secret = true, .may_be_left_out = true},
    {PIECES(hkdf, info), .max = LANEKDF_MAX_SEED},
    {MEMBER(hkdf, prk_out), SECRET_OUT},
    {MEMBER(hkdf, prepared_prk_out), .type = FIELD_PREPARED_OUT, .may_be_left_out = true},
    {MEMBER(hkdf, out), .type = FIELD_OUT, .max = AS_255_DIGESTS},
};

#define LABEL(i)                                                                                             \
    {MEMBER(expand_label, labels[i].label), .type = FIELD_BYTES, .max = LANEKDF_MAX_LABEL},                  \
        {MEMBER(expand_label, labels[i].context), .type = FIELD_BYTES, .max = 255},                          \
    {                                                                                                        \
        MEMBER(expand_label, labels[i].out), .type = FIELD_OUT, .min = 1, .max = AS_255_DIGESTS              \
    }

static const struct job_field expand_label_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(expand_label, hash), .type = FIELD_HASH},
    {VERSION(expand_label)},
    {MEMBER(expand_label, secret), SECRET, .min = 1},
    {MEMBER(expand_label, prepared_secret), .type = FIELD_PREPARED},
    {MEMBER(expand_label, n_labels), .type = FIELD_NUMBER, .min = 1, .max = LANEKDF_MAX_LABELS},
    LABEL(0),
    LABEL(1),
    LABEL(2),
    LABEL(3),
    LABEL(4),
    LABEL(5),
    LABEL(6),
    LABEL(7),
};

static const struct job_field tls13_early_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(tls13_early, hash), .type = FIELD_HASH},
    {VERSION(tls13_early)},
    {MEMBER(tls13_early, psk_kind), .type = FIELD_NUMBER, .max = LANEKDF_PSK_IMPORTED},
    KEY_LENGTHS(tls13_early),
    {BITS(tls13_early, reserved, 0)},
    {MEMBER(tls13_early, psk), SECRET, .min = 1, .may_be_left_out = true},
    {MEMBER(tls13_early, known_early_secret), SECRET_OF_HASH, .may_be_left_out = true},
    {MEMBER(tls13_early, binder_hash), TRANSCRIPT_HASH},
    {MEMBER(tls13_early, client_hello_hash), TRANSCRIPT_HASH},
    {MEMBER(tls13_early, early_secret), SECRET_OUT},
    {MEMBER(tls13_early, binder), SECRET_OUT},
    {MEMBER(tls13_early, handshake_salt), SECRET_OUT},
    {MEMBER(tls13_early, client_early_traffic_secret), SECRET_OUT},
    {MEMBER(tls13_early, client_early_keys), KEYS_OUT},
    {MEMBER(tls13_early, early_exporter_master_secret), SECRET_OUT},
};

static const struct job_field tls13_handshake_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(tls13_handshake, hash), .type = FIELD_HASH},
    {VERSION(tls13_handshake)},
    KEY_LENGTHS(tls13_handshake),
    {BITS(tls13_handshake, reserved, 0)},
    {BITS(tls13_handshake, reserved2, 0)},
    {MEMBER(tls13_handshake, shared_secret[0]), SECRET, .may_be_left_out = true},
    {MEMBER(tls13_handshake, shared_secret[1]), SECRET, .may_be_left_out = true},
    {MEMBER(tls13_handshake, handshake_salt), SECRET_OF_HASH, .may_be_left_out = true},
    {MEMBER(tls13_handshake, transcript_hash), TRANSCRIPT_HASH},
    {MEMBER(tls13_handshake, client_handshake_traffic_secret), SECRET_OUT},
    {MEMBER(tls13_handshake, server_handshake_traffic_secret), SECRET_OUT},
    {MEMBER(tls13_handshake, client_keys), KEYS_OUT},
    {MEMBER(tls13_handshake, server_keys), KEYS_OUT},
    {MEMBER(tls13_handshake, master_secret), SECRET_OUT},
    {MEMBER(tls13_handshake, prepared_master_secret), .type = FIELD_PREPARED_OUT, .may_be_left_out = true},
};

static const struct job_field tls13_finished_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(tls13_finished, hash), .type = FIELD_HASH},
    {BITS(tls13_finished, reserved, 0)},
    {MEMBER(tls13_finished, finished_key), SECRET_OF_HASH},
    {MEMBER(tls13_finished, prepared_finished_key), .type = FIELD_PREPARED},
    {MEMBER(tls13_finished, transcript_hash), .type = FIELD_FIXED, .max = AS_DIGEST},
    {MEMBER(tls13_finished, verify_data), .type = FIELD_FIXED_OUT, .max = AS_DIGEST},
};

static const struct job_field tls13_application_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(tls13_application, hash), .type = FIELD_HASH},
    {VERSION(tls13_application)},
    KEY_LENGTHS(tls13_application),
    {BITS(tls13_application, reserved, 0)},
    {BITS(tls13_application, reserved2, 0)},
    {MEMBER(tls13_application, master_secret), SECRET_OF_HASH},
    {MEMBER(tls13_application, prepared_master_secret), .type = FIELD_PREPARED},
    {MEMBER(tls13_application, transcript_hash), .type = FIELD_FIXED, .max = AS_DIGEST},
    {MEMBER(tls13_application, client_application_traffic_secret), SECRET_OUT},
    {MEMBER(tls13_application, server_application_traffic_secret), SECRET_OUT},
    {MEMBER(tls13_application, client_keys), KEYS_OUT},
    {MEMBER(tls13_application, server_keys), KEYS_OUT},
    {MEMBER(tls13_application, exporter_master_secret), SECRET_OUT},
    {MEMBER(tls13_application, prepared_exporter_master_secret), .type = FIELD_PREPARED_OUT,
        .may_be_left_out = true},
};

static const struct job_field tls13_resumption_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(tls13_resumption, hash), .type = FIELD_HASH},
    {VERSION(tls13_resumption)},
    {MEMBER(tls13_resumption, master_secret), SECRET_OF_HASH},
    {MEMBER(tls13_resumption, prepared_master_secret), .type = FIELD_PREPARED},
    {MEMBER(tls13_resumption, known_resumption_master_secret), SECRET_OF_HASH, .may_be_left_out = true},
    {MEMBER(tls13_resumption, transcript_hash), TRANSCRIPT_HASH},
    {MEMBER(tls13_resumption, nonces), .n_offset = offsetof(struct lanekdf_tls13_resumption, n_nonces),
        .type = FIELD_LIST, .max = 255},
    {MEMBER(tls13_resumption, resumption_master_secret), SECRET_OUT},
    {MEMBER(tls13_resumption, psks), KEYS_OUT},
};

static const struct job_field tls13_traffic_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(tls13_traffic, hash), .type = FIELD_HASH},
    {VERSION(tls13_traffic)},
    {MEMBER(tls13_traffic, n_updates), .type = FIELD_NUMBER, .max = LANEKDF_MAX_UPDATES},
    KEY_LENGTHS(tls13_traffic),
    {BITS(tls13_traffic, reserved, 0)},
    {MEMBER(tls13_traffic, traffic_secret), SECRET_OF_HASH},
    {MEMBER(tls13_traffic, next_secret), SECRET_OUT},
    {MEMBER(tls13_traffic, keys), KEYS_OUT},
};

static const struct job_field tls13_exporter_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(tls13_exporter, hash), .type = FIELD_HASH},
    {VERSION(tls13_exporter)},
    {MEMBER(tls13_exporter, exporter_master_secret), SECRET_OF_HASH},
    {MEMBER(tls13_exporter, prepared_exporter_master_secret), .type = FIELD_PREPARED},
    {MEMBER(tls13_exporter, label), .type = FIELD_BYTES, .min = 1, .max = LANEKDF_MAX_LABEL},
    {MEMBER(tls13_exporter, context), .type = FIELD_BYTES, .max = LANEKDF_MAX_CONTEXT},
    {MEMBER(tls13_exporter, out), .type = FIELD_OUT, .min = 1, .max = AS_255_DIGESTS},
};

static const struct job_field tls13_psk_import_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(tls13_psk_import, hash), .type = FIELD_HASH},
    {MEMBER(tls13_psk_import, target_protocol), .type = FIELD_NUMBER, .max = UINT16_MAX},
    {MEMBER(tls13_psk_import, target_kdf), .type = FIELD_NUMBER, .min = 1, .max = 2},
    {MEMBER(tls13_psk_import, psk), SECRET, .min = 1},
    {MEMBER(tls13_psk_import, identity), .type = FIELD_BYTES, .min = 1, .max = LANEKDF_MAX_CONTEXT},
    {MEMBER(tls13_psk_import, context), .type = FIELD_BYTES, .max = LANEKDF_MAX_CONTEXT},
    {MEMBER(tls13_psk_import, imported_psk), .type = FIELD_FIXED_OUT},
};

static const struct job_field ech_confirmation_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(ech_confirmation, hash), .type = FIELD_HASH},
    {VERSION(ech_confirmation)},
    {BITS(ech_confirmation, is_hello_retry, 1)},
    {BITS(ech_confirmation, reserved, 0)},
    {MEMBER(ech_confirmation, inner_random), RANDOM, .is_secret = true},
    {MEMBER(ech_confirmation, transcript_hash), .type = FIELD_FIXED, .max = AS_DIGEST},
    {MEMBER(ech_confirmation, confirmation), .type = FIELD_FIXED_OUT, .max = LANEKDF_ECH_CONFIRMATION_LEN},
};

#define INITIAL_SECRET_OUT .type = FIELD_FIXED_OUT, .max = 32, .may_be_left_out = true
#define INITIAL_KEYS_OUT                                                                                     \
    .type = FIELD_FIXED_OUT, .max = LANEKDF_QUIC_INITIAL_KEYS_LEN, .may_be_left_out = true

static const struct job_field quic_initial_fields[] = {
    {JOB_LEGACY},
    {JOB_RESERVED},
    {MEMBER(quic_initial, version), .type = FIELD_VERSION, .max = QUIC_STAGES},
    {BITS(quic_initial, reserved, 0)},
    {MEMBER(quic_initial, connection_id), .type = FIELD_BYTES, .max = LANEKDF_MAX_CONNECTION_ID},
    {MEMBER(quic_initial, client_initial_secret), INITIAL_SECRET_OUT},
    {MEMBER(quic_initial, server_initial_secret), INITIAL_SECRET_OUT},
    {MEMBER(quic_initial, client_keys), INITIAL_KEYS_OUT},
    {MEMBER(quic_initial, server_keys), INITIAL_KEYS_OUT},
};

const uint32_t stage_versions[N_STAGE_VERSIONS] = {
    LANEKDF_TLS13, LANEKDF_DTLS13, LANEKDF_QUIC_V1, LANEKDF_QUIC_V2};

#define KIND(kind, type)                                                                                     \
    .name = #kind, .id = LANEKDF_KIND_##kind, .size = sizeof(struct lanekdf_##type),                         \
    .fields = type##_fields, .n_fields = sizeof(type##_fields) / sizeof(*type##_fields)

#define HKDF_KIND(kind, type) KIND(kind, type), .hashes = HKDF_HASHES, .permits = permits_of_nothing

const struct job_kind job_kinds[] = {
    {KIND(PRF, prf), .hashes = ALL_HASHES, .permits = permits_of_hash},
    {KIND(HANDSHAKE, handshake), .hashes = PRF_HASHES, .permits = permits_of_handshake},
    {KIND(HASH, message_hash), .hashes = ALL_HASHES, .permits = permits_of_hash},
    {KIND(HMAC, hmac), .hashes = HMAC_HASHES, .permits = permits_of_hash},
    {KIND(EXPORTER, exporter), .hashes = PRF_HASHES, .permits = permits_of_exporter},
    {KIND(FINISHED, finished), .hashes = PRF_HASHES, .permits = permits_of_hash},
    {KIND(PREPARE, prepare), .hashes = ALL_HASHES, .permits = permits_of_hash},
    {KIND(SSL3_PRF, ssl3_prf), .hash = LANEKDF_MD5_SHA1, .permits = permits_of_ssl3},
    {KIND(SSL3_FINISHED, ssl3_finished), .hash = LANEKDF_MD5_SHA1, .permits = permits_of_ssl3},
    {HKDF_KIND(HKDF, hkdf)},
    {HKDF_KIND(EXPAND_LABEL, expand_label)},
    {HKDF_KIND(TLS13_EARLY, tls13_early)},
    {HKDF_KIND(TLS13_HANDSHAKE, tls13_handshake)},
    {HKDF_KIND(TLS13_FINISHED, tls13_finished)},
    {HKDF_KIND(TLS13_APPLICATION, tls13_application)},
    {HKDF_KIND(TLS13_RESUMPTION, tls13_resumption)},
    {HKDF_KIND(TLS13_TRAFFIC, tls13_traffic)},
    {HKDF_KIND(TLS13_EXPORTER, tls13_exporter)},
    {HKDF_KIND(TLS13_PSK_IMPORT, tls13_psk_import)},
    {HKDF_KIND(ECH_CONFIRMATION, ech_confirmation)},
    {KIND(QUIC_INITIAL, quic_initial), .hash = LANEKDF_SHA256, .permits = permits_of_nothing},
};
const size_t n_job_kinds = sizeof(job_kinds) / sizeof(*job_kinds);

const struct job_kind *job_kind(uint32_t id)
{
    for (size_t i = 0; i < n_job_kinds; i++) {
        if (job_kinds[i].id == id) {
            return &job_kinds[i];
        }
    }
    fprintf(stderr, "job_kinds.c has no row of kind %u\n", id);
    abort();
}

uint32_t job_kind_unknown(void)
{
    uint32_t last = 0;

    for (size_t i = 0; i < n_job_kinds; i++) {
        last = job_kinds[i].id > last ? job_kinds[i].id : last;
    }
    return last + 1;
}

bool job_kind_takes_every_hash(const struct job_kind *kind)
{
    return kind->hashes == ALL_HASHES;
}

const struct job_field *job_kind_field(const struct job_kind *kind, enum job_field_type type)
{
    for (size_t i = 0; i < kind->n_fields; i++) {
        if (kind->fields[i].type == type) {
            return &kind->fields[i];
        }
    }
    return NULL;
}

const struct job_field *job_kind_secret(const struct job_kind *kind)
{
    for (size_t i = 0; i < kind->n_fields; i++) {
        if (kind->fields[i].is_secret) {
            return &kind->fields[i];
        }
    }
    return NULL;
}

/*
 * Fields
 */

static void *field_at(union any_job *any, const struct job_field *field)
{
    return (uint8_t *)any + field->offset;
}

uint64_t job_field_number(const union any_job *any, const struct job_field *field)
{
    const void *at = (const uint8_t *)any + field->offset;

    switch (field->size) {
    case sizeof(uint8_t):
        return *(const uint8_t *)at;
    case sizeof(uint16_t):
        return *(const uint16_t *)at;
    case sizeof(uint32_t):
        return *(const uint32_t *)at;
    case sizeof(uint64_t):
        return *(const uint64_t *)at;
    }
    abort();
}

void job_field_set_number(union any_job *any, const struct job_field *field, uint64_t number)
{
    void *at = field_at(any, field);

    switch (field->size) {
    case sizeof(uint8_t):
        *(uint8_t *)at = (uint8_t)number;
        return;
    case sizeof(uint16_t):
        *(uint16_t *)at = (uint16_t)number;
        return;
    case sizeof(uint32_t):
        *(uint32_t *)at = (uint32_t)number;
        return;
    case sizeof(uint64_t):
        *(uint64_t *)at = number;
        return;
    }
    abort();
}

struct lanekdf_bytes *job_field_bytes(union any_job *any, const struct job_field *field)
{
    must(field->type == FIELD_BYTES, "a field of another type");
    return field_at(any, field);
}

struct job_pieces job_field_pieces(union any_job *any, const struct job_field *field)
{
    const struct lanekdf_bytes *const *list = field_at(any, field);
    const size_t *n = (const void *)((const uint8_t *)any + field->n_offset);

    must(field->type == FIELD_PIECES || field->type == FIELD_LIST, "a field of another type");
    return (struct job_pieces){*list, *n};
}

size_t job_pieces_len(struct job_pieces pieces)
{
    size_t len = 0;

    for (size_t i = 0; i < pieces.n; i++) {
        len += pieces.list[i].len;
    }
    return len;
}

void job_field_set_pieces(union any_job *any, const struct job_field *field, struct job_pieces pieces)
{
    const struct lanekdf_bytes **list = field_at(any, field);
    size_t *n = (void *)((uint8_t *)any + field->n_offset);

    must(field->type == FIELD_PIECES || field->type == FIELD_LIST, "a field of another type");
    *list = pieces.list;
    *n = pieces.n;
}

const uint8_t **job_field_fixed(union any_job *any, const struct job_field *field)
{
    must(field->type == FIELD_FIXED, "a field of another type");
    return field_at(any, field);
}

const struct lanekdf_prepared_secret **job_field_prepared(union any_job *any, const struct job_field *field)
{
    must(field->type == FIELD_PREPARED, "a field of another type");
    return field_at(any, field);
}

struct lanekdf_span *job_field_span(union any_job *any, const struct job_field *field)
{
    must(field->type == FIELD_OUT, "a field of another type");
    return field_at(any, field);
}

bool job_field_is_output(const struct job_field *field)
{
    return field->type == FIELD_OUT || field->type == FIELD_FIXED_OUT || field->type == FIELD_PREPARED_OUT;
}

uint8_t *job_field_output(union any_job *any, const struct job_field *field)
{
    if (field->type == FIELD_OUT) {
        return job_field_span(any, field)->data;
    }
    if (field->type == FIELD_PREPARED_OUT) {
        return (uint8_t *)*(struct lanekdf_prepared_secret **)field_at(any, field);
    }
    must(field->type == FIELD_FIXED_OUT, "a field of another type");
    return *(uint8_t **)field_at(any, field);
}

void job_field_set_output(union any_job *any, const struct job_field *field, void *data)
{
    must(job_field_is_output(field), "a field of another type");
    if (field->type == FIELD_OUT) {
        job_field_span(any, field)->data = data;
    } else if (field->type == FIELD_PREPARED_OUT) {
        *(struct lanekdf_prepared_secret **)field_at(any, field) = data;
    } else {
        *(uint8_t **)field_at(any, field) = data;
    }
}

bool job_field_is_given(union any_job *any, const struct job_field *field)
{
    switch (field->type) {
    case FIELD_NUMBER:
    case FIELD_BITS:
    case FIELD_HASH:
    case FIELD_VERSION:
        return true;
    case FIELD_BYTES:
        return job_field_bytes(any, field)->len > 0;
    case FIELD_PIECES:
    case FIELD_LIST:
        return job_field_pieces(any, field).n > 0;
    case FIELD_FIXED:
        return *job_field_fixed(any, field) != NULL;
    case FIELD_PREPARED:
        return *job_field_prepared(any, field) != NULL;
    case FIELD_OUT:
    case FIELD_FIXED_OUT:
    case FIELD_PREPARED_OUT:
        return job_field_output(any, field) != NULL;
    }
    abort();
}

static size_t bound(const union any_job *any, size_t len)
{
    const size_t digest_len = lanekdf_hash_len(job_hash(any));

    return len == AS_DIGEST ? digest_len : len == AS_255_DIGESTS ? 255 * digest_len : len;
}

size_t job_field_min(const union any_job *any, const struct job_field *field)
{
    return bound(any, field->min);
}

size_t job_field_max(const union any_job *any, const struct job_field *field)
{
    return bound(any, field->max);
}

/*
 * Jobs
 */

uint32_t job_hash(const union any_job *any)
{
    const struct job_field *field = job_kind_field(job_kind(any->job.kind), FIELD_HASH);

    return field ? (uint32_t)job_field_number(any, field) : 0;
}

bool job_is_of_family(const union any_job *any, const char *family)
{
    static const char *const families[] = {
#define TESTED_HASH(id, name, bytes, kernels, is_old, judge, abc) [LANEKDF_##id] = kernels,
#include "tested_hashes.h"
#undef TESTED_HASH
    };
    const struct job_kind *kind = job_kind(any->job.kind);

    return strstr(families[kind->hashes ? job_hash(any) : kind->hash], family) != NULL;
}

bool job_has_secret_bytes(union any_job *any)
{
    const struct job_field *secret = job_kind_secret(job_kind(any->job.kind));

    return secret && (job_field_is_given(any, secret) || (secret->type == FIELD_BYTES && !secret->min));
}

bool job_is_allowed(const union any_job *any, uint32_t legacy)
{
    const struct permits permits = job_kind(any->job.kind)->permits(any);
    const uint32_t allowed = any->job.legacy ? any->job.legacy : legacy;

    return (!permits.version || permits.version & allowed) && (!permits.feature || permits.feature & allowed);
}

static void print_field(union any_job *any, const struct job_field *field, bool is_good)
{
    struct job_pieces pieces;

    switch (field->type) {
    case FIELD_NUMBER:
    case FIELD_BITS:
    case FIELD_VERSION:
        fprintf(stderr, " 0x%" PRIx64, job_field_number(any, field));
        return;
    case FIELD_HASH:
        fprintf(stderr, " %s", is_good ? lanekdf_hash_name(job_hash(any)) : "");
        return;
    case FIELD_BYTES:
        fprintf(stderr, " of %zu bytes", job_field_bytes(any, field)->len);
        return;
    case FIELD_PIECES:
    case FIELD_LIST:
        pieces = job_field_pieces(any, field);
        fprintf(stderr, " of %zu bytes in %zu pieces", is_good ? job_pieces_len(pieces) : 0, pieces.n);
        return;
    case FIELD_OUT:
        fprintf(stderr, " of %zu bytes", job_field_span(any, field)->len);
        return;
    case FIELD_FIXED:
    case FIELD_PREPARED:
    case FIELD_FIXED_OUT:
    case FIELD_PREPARED_OUT:
        return;
    }
}

void job_print(union any_job *any, bool is_good)
{
    const struct job_kind *kind = job_kind(any->job.kind);

    for (size_t i = 0; i < kind->n_fields; i++) {
        if (job_field_is_given(any, &kind->fields[i])) {
            fprintf(stderr, "\n    %s", kind->fields[i].name);
            print_field(any, &kind->fields[i], is_good);
        }
    }
    fprintf(stderr, "\n");
}
