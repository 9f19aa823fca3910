#include "algorithms.h"
#include "key_block.h"
#include "spelling.h"

#include <string.h>
#include <strings.h>

/* ---- the fields that each kind of line reads; those of its answers follow ---- */

#define OUT_LEN_FIELDS FIELD_LENGTH, FIELD_OUT_LEN
#define LABEL_FIELDS FIELD_LABEL, FIELD_LABEL_TEXT
#define RANDOM_FIELDS FIELD_CLIENT_RANDOM, FIELD_SERVER_RANDOM

static const enum field prf_in[] = {FIELD_HASH, FIELD_SECRET, LABEL_FIELDS, FIELD_SEED, OUT_LEN_FIELDS,
    N_FIELDS},
                        p_hash_in[] = {FIELD_HASH, FIELD_SECRET, FIELD_SEED, OUT_LEN_FIELDS, N_FIELDS};
#define KEYS_FIELDS                                                                                          \
    FIELD_HASH, FIELD_CIPHER_SUITE, FIELD_PMS, FIELD_CLIENT_HELLO_RANDOM, FIELD_SERVER_HELLO_RANDOM,         \
        FIELD_MASTER, RANDOM_FIELDS, FIELD_KEY_BLOCK_LEN, KEY_LEN_FIELDS, FIELD_FINAL_KEY_LEN, FIELD_OUT_LEN
static const enum field keys_in[] = {KEYS_FIELDS, N_FIELDS},
                        ems_keys_in[] = {KEYS_FIELDS, FIELD_SESSION_HASH, N_FIELDS};
static const enum field finished_in[] = {FIELD_HASH, FIELD_MASTER, FIELD_SIDE, FIELD_TRANSCRIPT_HASH,
    N_FIELDS},
                        ssl3_finished_in[] = {
                            FIELD_HASH, FIELD_MASTER, FIELD_SENDER, FIELD_HANDSHAKE, N_FIELDS};
static const enum field exporter_in[] = {
    FIELD_HASH, FIELD_MASTER, RANDOM_FIELDS, LABEL_FIELDS, FIELD_CONTEXT, OUT_LEN_FIELDS, N_FIELDS};
static const enum field session_in[] = {FIELD_VERSION, FIELD_HASH, FIELD_CIPHER_SUITE, RANDOM_FIELDS,
    FIELD_PMS, FIELD_EMS, FIELD_MASTER, FIELD_RESUMED, FIELD_HANDSHAKE, FIELD_SESSION_HASH,
    FIELD_SESSION_HASH_MSGS, FIELD_FINISHED_ORDER, FIELD_CLIENT_FINISHED_MSGS, FIELD_SERVER_FINISHED_MSGS,
    FIELD_KEY_BLOCK_LEN, KEY_LEN_FIELDS, FIELD_FINAL_KEY_LEN, FIELD_OUT_LEN, FIELD_EXPORTERS,
    FIELD_CIPHER_SUITE_NAME, FIELD_CIPHER, FIELD_MAC_HASH, FIELD_ETM, N_FIELDS};

#define STAGE_FIELDS FIELD_PROTOCOL, FIELD_VERSION, FIELD_HASH, FIELD_CIPHER_SUITE
#define STAGE_LEN_FIELDS FIELD_KEY_LEN, FIELD_IV_LEN
#define PSK_KIND_FIELDS FIELD_BINDER_LABEL, FIELD_PSK_KIND
static const enum field tls13_session_in[] = {STAGE_FIELDS, FIELD_CIPHER_SUITE_NAME, FIELD_HANDSHAKE,
    FIELD_SHARED_SECRET, FIELD_PSK, PSK_KIND_FIELDS, FIELD_BINDER_HASH, FIELD_FIRST_CLIENT_HELLO,
    FIELD_SECRETS, FIELD_SERVER_FINISHED_MSGS, FIELD_CLIENT_FINISHED_MSGS, FIELD_TICKETS, FIELD_EXPORTERS,
    STAGE_LEN_FIELDS, FIELD_GROUP, N_FIELDS};
static const enum field early_in[] = {STAGE_FIELDS, FIELD_PSK, FIELD_EARLY_SECRET, PSK_KIND_FIELDS,
    FIELD_BINDER_HASH, FIELD_CLIENT_HELLO_HASH, STAGE_LEN_FIELDS, N_FIELDS};
static const enum field psk_binder_in[] = {STAGE_FIELDS, FIELD_PSK, PSK_KIND_FIELDS, FIELD_TRANSCRIPT_HASH,
    N_FIELDS},
                        psk_import_in[] = {FIELD_PROTOCOL, FIELD_VERSION, FIELD_HASH, FIELD_TARGET_HASH,
                            FIELD_PSK, FIELD_KEY, FIELD_IDENTITY, FIELD_CONTEXT, N_FIELDS};
static const enum field handshake_in[] = {STAGE_FIELDS, FIELD_SHARED_SECRET, FIELD_HANDSHAKE_SALT,
    FIELD_TRANSCRIPT_HASH, STAGE_LEN_FIELDS, N_FIELDS},
                        tls13_finished_in[] = {STAGE_FIELDS, FIELD_FINISHED_KEY, FIELD_TRANSCRIPT_HASH,
                            N_FIELDS},
                        application_in[] = {STAGE_FIELDS, FIELD_MASTER_SECRET, FIELD_TRANSCRIPT_HASH,
                            STAGE_LEN_FIELDS, N_FIELDS},
                        resumption_in[] = {STAGE_FIELDS, FIELD_MASTER_SECRET, FIELD_TRANSCRIPT_HASH,
                            FIELD_RESUMPTION_MASTER_SECRET, FIELD_NONCES, N_FIELDS},
                        traffic_keys_in[] = {STAGE_FIELDS, FIELD_SECRET, STAGE_LEN_FIELDS, N_FIELDS},
                        key_update_in[] = {STAGE_FIELDS, FIELD_SECRET, FIELD_UPDATES, STAGE_LEN_FIELDS,
                            N_FIELDS},
                        tls13_exporter_in[] = {STAGE_FIELDS, FIELD_EXPORTER_MASTER_SECRET, LABEL_FIELDS,
                            FIELD_CONTEXT, OUT_LEN_FIELDS, N_FIELDS},
                        ech_confirmation_in[] = {STAGE_FIELDS, FIELD_INNER_RANDOM, FIELD_TRANSCRIPT_HASH,
                            FIELD_HELLO_RETRY, N_FIELDS},
                        extract_in[] = {STAGE_FIELDS, FIELD_PREV, FIELD_IKM, N_FIELDS},
                        schedule_in[] = {STAGE_FIELDS, FIELD_PSK, FIELD_DHE, FIELD_ACVP_CLIENT_HELLO,
                            FIELD_ACVP_SERVER_HELLO, FIELD_ACVP_SERVER_FINISHED, FIELD_ACVP_CLIENT_FINISHED,
                            N_FIELDS};
static const enum field quic_initial_in[] = {FIELD_PROTOCOL, FIELD_VERSION, FIELD_HASH, FIELD_DCID,
    FIELD_SALT, N_FIELDS},
                        quic_packet_in[] = {STAGE_FIELDS, FIELD_AEAD, FIELD_DCID, FIELD_SIDE, FIELD_SECRET,
                            FIELD_KEY_UPDATE, STAGE_LEN_FIELDS, FIELD_HP, FIELD_SAMPLE, N_FIELDS};
static const enum field hkdf_in[] = {FIELD_HASH, FIELD_IKM, FIELD_SALT, FIELD_INFO, OUT_LEN_FIELDS, N_FIELDS},
                        hkdf_extract_in[] = {FIELD_HASH, FIELD_IKM, FIELD_SALT, N_FIELDS},
                        hkdf_expand_in[] = {FIELD_HASH, FIELD_PRK, FIELD_INFO, OUT_LEN_FIELDS, N_FIELDS},
                        expand_label_in[] = {FIELD_PROTOCOL, FIELD_VERSION, FIELD_HASH, FIELD_SECRET,
                            LABEL_FIELDS, FIELD_CONTEXT, OUT_LEN_FIELDS, N_FIELDS},
                        hash_in[] = {FIELD_HASH, FIELD_MSG, OUT_LEN_FIELDS, N_FIELDS},
                        hmac_in[] = {FIELD_HASH, FIELD_KEY, FIELD_MSG, OUT_LEN_FIELDS, N_FIELDS};

/* ---- the fields that may hold its answers ---- */

static const enum field out[] = {FIELD_OUT, N_FIELDS}, digest[] = {FIELD_DIGEST, N_FIELDS},
                        mac[] = {FIELD_MAC, N_FIELDS};
static const enum field master_and_keys[] = {FIELD_MASTER, FIELD_KEY_BLOCK, KEY_FIELDS, N_FIELDS};
static const enum field session[] = {FIELD_MASTER, FIELD_KEY_BLOCK, KEY_FIELDS, FIELD_SESSION_HASH,
    FIELD_CLIENT_FINISHED, FIELD_SERVER_FINISHED, N_FIELDS};

static const enum field okm[] = {FIELD_OKM, N_FIELDS}, prk[] = {FIELD_PRK, N_FIELDS};
static const enum field early[] = {FIELD_EARLY_SECRET, FIELD_BINDER, FIELD_HANDSHAKE_SALT,
    FIELD_CLIENT_EARLY_TRAFFIC_SECRET, FIELD_CLIENT_EARLY_KEY, FIELD_CLIENT_EARLY_IV,
    FIELD_CLIENT_EARLY_NUMBER_KEY, FIELD_EARLY_EXPORTER_MASTER_SECRET, N_FIELDS};
#define BOTH_KEYS                                                                                            \
    FIELD_CLIENT_KEY, FIELD_SERVER_KEY, FIELD_CLIENT_IV, FIELD_SERVER_IV, FIELD_CLIENT_NUMBER_KEY,           \
        FIELD_SERVER_NUMBER_KEY
static const enum field handshake[] = {FIELD_HANDSHAKE_SECRET, FIELD_CLIENT_HANDSHAKE_TRAFFIC_SECRET,
    FIELD_SERVER_HANDSHAKE_TRAFFIC_SECRET, BOTH_KEYS, FIELD_CLIENT_FINISHED_KEY, FIELD_SERVER_FINISHED_KEY,
    FIELD_MASTER_SECRET, N_FIELDS};
static const enum field application[] = {FIELD_CLIENT_APPLICATION_TRAFFIC_SECRET_0,
    FIELD_SERVER_APPLICATION_TRAFFIC_SECRET_0, BOTH_KEYS, FIELD_EXPORTER_MASTER_SECRET, N_FIELDS};
static const enum field resumption[] = {FIELD_RESUMPTION_MASTER_SECRET, FIELD_PSKS, N_FIELDS};
static const enum field traffic_keys[] = {FIELD_KEY, FIELD_IV, FIELD_NUMBER_KEY, N_FIELDS};
static const enum field key_update[] = {FIELD_NEXT_SECRET, FIELD_KEY, FIELD_IV, FIELD_NUMBER_KEY, N_FIELDS};
static const enum field schedule[] = {FIELD_ACVP_CLIENT_EARLY, FIELD_ACVP_EARLY_EXPORTER,
    FIELD_ACVP_CLIENT_HANDSHAKE, FIELD_ACVP_SERVER_HANDSHAKE, FIELD_ACVP_CLIENT_APPLICATION,
    FIELD_ACVP_SERVER_APPLICATION, FIELD_ACVP_EXPORTER, FIELD_ACVP_RESUMPTION, N_FIELDS};
static const enum field tls13_session[] = {FIELD_EARLY_SECRET, FIELD_BINDER, FIELD_HANDSHAKE_SALT,
    FIELD_HANDSHAKE_SECRET, FIELD_MASTER_SECRET, FIELD_SECRETS, FIELD_TRAFFIC_KEYS, FIELD_SERVER_FINISHED_KEY,
    FIELD_SERVER_FINISHED, FIELD_CLIENT_FINISHED_KEY, FIELD_CLIENT_FINISHED, FIELD_RESUMPTION_MASTER_SECRET,
    FIELD_TICKETS, N_FIELDS};
static const enum field quic_initial[] = {FIELD_INITIAL_SECRET, FIELD_CLIENT_INITIAL_SECRET,
    FIELD_SERVER_INITIAL_SECRET, FIELD_CLIENT_KEY, FIELD_CLIENT_IV, FIELD_CLIENT_HP, FIELD_SERVER_KEY,
    FIELD_SERVER_IV, FIELD_SERVER_HP, N_FIELDS};
static const enum field quic_packet[] = {FIELD_SECRET, FIELD_KEY, FIELD_IV, FIELD_HP, FIELD_MASK, N_FIELDS};

/* SHA2 are the hashes that TLS 1.2 may have, BOTH is the pair of older versions, EACH any hash by itself. */
#define SHA2 (HASH_BIT(LANEKDF_SHA256) | HASH_BIT(LANEKDF_SHA384) | HASH_BIT(LANEKDF_SHA512))
#define BOTH HASH_BIT(LANEKDF_MD5_SHA1)
#define EACH (SHA2 | HASH_BIT(LANEKDF_MD5) | HASH_BIT(LANEKDF_SHA1))

const struct algorithm algorithms[] = {
    {"tls12-prf", prf_fill, SHA2, prf_in, out, "the PRF of TLS 1.2 (RFC 5246)", false},
    {"tls10-prf", prf_fill, BOTH, prf_in, out, "the PRF of TLS 1.0 and 1.1 (RFC 2246)", false},
    {"ssl3-prf", ssl3_prf_fill, BOTH, p_hash_in, out, "what SSLv3 has in the place of the PRF (RFC 6101)",
        false},
    {"p-hash", p_hash_fill, EACH, p_hash_in, out, "P_hash, the PRF without a label (RFC 5246)", false},
    {"tls12-keys", tls12_keys_fill, SHA2, keys_in, master_and_keys, "master secret and key block (RFC 5246)",
        false},
    {"tls12-ems-keys", tls12_ems_keys_fill, SHA2, ems_keys_in, master_and_keys,
        "with the extended master secret (RFC 7627)", false},
    {"tls10-keys", tls10_keys_fill, BOTH, ems_keys_in, master_and_keys,
        "master secret and key block of TLS 1.0 and 1.1", false},
    {"ssl3-keys", ssl3_keys_fill, BOTH, keys_in, master_and_keys,
        "master secret and key block of SSLv3 (RFC 6101)", false},
    {"ssl3-finished", ssl3_finished_fill, BOTH, ssl3_finished_in, out, "a Finished of SSLv3 (RFC 6101)",
        false},
    {"tls12-finished", tls_finished_fill, SHA2, finished_in, out, "a Finished of TLS 1.2 (RFC 5246)", false},
    {"tls10-finished", tls_finished_fill, BOTH, finished_in, out, "a Finished of TLS 1.0 and 1.1 (RFC 2246)",
        false},
    {"tls-exporter", exporter_fill, SHA2 | BOTH, exporter_in, out, "exported keying material (RFC 5705)",
        false},
    {"tls-session", session_fill, SHA2 | BOTH, session_in, session, "a recorded session of SSLv3 to TLS 1.2",
        true},
    {"tls13-session", tls13_session_fill, SHA2, tls13_session_in, tls13_session,
        "a recorded session from TLS 1.3 on, also of QUIC", true},
    {"tls13-early", tls13_early_fill, SHA2, early_in, early,
        "the early stage of TLS 1.3, with a PSK (RFC 8446)", false},
    {"tls13-psk-binder", tls13_psk_binder_fill, SHA2, psk_binder_in, out, "the binder of a PSK (RFC 8446)",
        false},
    {"tls13-psk-import", tls13_psk_import_fill, SHA2, psk_import_in, out,
        "an external PSK, imported (RFC 9258)", false},
    {"tls13-handshake", tls13_handshake_fill, SHA2, handshake_in, handshake, "the handshake stage of TLS 1.3",
        false},
    {"tls13-finished", tls13_finished_fill, SHA2, tls13_finished_in, out, "a Finished of TLS 1.3", false},
    {"tls13-application", tls13_application_fill, SHA2, application_in, application,
        "the application stage of TLS 1.3", false},
    {"tls13-resumption", tls13_resumption_fill, SHA2, resumption_in, resumption,
        "the PSKs of the tickets of TLS 1.3", false},
    {"tls13-traffic-keys", tls13_traffic_keys_fill, SHA2, traffic_keys_in, traffic_keys,
        "the keys of a traffic secret of TLS 1.3", false},
    {"tls13-key-update", tls13_key_update_fill, SHA2, key_update_in, key_update,
        "the next traffic secret, and its keys", false},
    {"tls13-exporter", tls13_exporter_fill, SHA2, tls13_exporter_in, out,
        "exported keying material of TLS 1.3", false},
    {"tls13-ech-confirmation", tls13_ech_confirmation_fill, SHA2, ech_confirmation_in, out,
        "the confirmation that ECH was accepted (RFC 9849)", false},
    {"tls13-extract", tls13_extract_fill, SHA2, extract_in, out,
        "the step from one secret of TLS 1.3 to the next", false},
    {"tls13-schedule", tls13_schedule_fill, SHA2, schedule_in, schedule,
        "all secrets of TLS 1.3, as ACVP names them", false},
    {"quic-initial", quic_initial_fill, HASH_BIT(LANEKDF_SHA256), quic_initial_in, quic_initial,
        "the keys of Initial packets of QUIC (RFC 9001, RFC 9369)", false},
    {"quic-packet", quic_packet_fill, SHA2, quic_packet_in, quic_packet,
        "the keys of a packet of QUIC, and its mask", false},
    {"hkdf", hkdf_fill, SHA2, hkdf_in, okm, "HKDF (RFC 5869)", false},
    {"hkdf-extract", hkdf_extract_fill, SHA2, hkdf_extract_in, prk, "HKDF-Extract, the first half of HKDF",
        false},
    {"hkdf-expand", hkdf_expand_fill, SHA2, hkdf_expand_in, okm, "HKDF-Expand, the second half of HKDF",
        false},
    {"hkdf-expand-label", hkdf_expand_label_fill, SHA2, expand_label_in, out, "HKDF-Expand-Label (RFC 8446)",
        false},
    {"hash", hash_fill, EACH | BOTH, hash_in, digest, "a hash", false},
    {"hmac", hmac_fill, EACH, hmac_in, mac, "HMAC (RFC 2104)", false},
};

const size_t n_algorithms = sizeof(algorithms) / sizeof(algorithms[0]);

struct json_fields algorithm_fields(const struct algorithm *algorithm)
{
    struct json_fields fields = {{0}};

    json_fields_add(&fields, FIELD_ID);
    json_fields_add(&fields, FIELD_ALG);
    for (const enum field *field = algorithm->inputs; *field != N_FIELDS; field++) {
        json_fields_add(&fields, *field);
    }
    for (const enum field *field = algorithm->answers; *field != N_FIELDS; field++) {
        json_fields_add(&fields, *field);
    }
    return fields;
}

const struct algorithm *algorithm_find(const char *name, size_t len)
{
    for (size_t i = 0; i < n_algorithms; i++) {
        if (strlen(algorithms[i].name) == len && memcmp(algorithms[i].name, name, len) == 0) {
            return &algorithms[i];
        }
    }
    return NULL;
}

/* Names that are not near to what they are meant for, or nearer to something else. */
static const struct {
    const char *other, *name;
} other_names[] = {
    {"prf", "tls12-prf"},
    {"tls11-prf", "tls10-prf"},
    {"tls11-keys", "tls10-keys"},
    {"tls11-finished", "tls10-finished"},
    {"finished", "tls12-finished"},
    {"keys", "tls12-keys"},
    {"exporter", "tls-exporter"},
    {"session", "tls-session"},
    {"tls13-prf", "hkdf-expand-label"}, /* TLS 1.3 has HKDF in the place of the PRF */
    {"tls13-keys", "tls13-traffic-keys"},
    {"tls13-hkdf", "hkdf-expand-label"},
    {"tls13", "tls13-session"},
    {"dtls13-session", "tls13-session"},
    {"ech-confirmation", "tls13-ech-confirmation"},
    {"ech", "tls13-ech-confirmation"},
    {"quic", "quic-packet"},
    {"quic-keys", "quic-packet"},
    {"quic-session", "tls13-session"},
};

/* How names begin that are of one protocol. A version 0 is any version of that protocol. */
static const struct protocol {
    const char *start;
    enum { NO_PROTOCOL, TO_TLS12, FROM_TLS13, QUIC } id;
    unsigned version;
} protocols[] = {
    {"tls-", TO_TLS12, 0},
    {"ssl3", TO_TLS12, 0x0300},
    {"tls10", TO_TLS12, 0x0301},
    {"tls12", TO_TLS12, 0x0303},
    {"tls13", FROM_TLS13, 0},
    {"dtls13", FROM_TLS13, 0},
    {"quic", QUIC, 0},
};

static struct protocol protocol_of(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
        const size_t n = strlen(protocols[i].start);
        if (len >= n && strncasecmp(name, protocols[i].start, n) == 0) {
            return protocols[i];
        }
    }
    return (struct protocol){.id = NO_PROTOCOL};
}

/* Whether both names are of a protocol, and not of one: tls13-keys and tls12-keys are one letter apart, but
 * the keys of one protocol are of no use to whoever asks for those of the other. */
static bool differ_in_protocol(const char *name, size_t len, const char *other_name)
{
    const struct protocol one = protocol_of(name, len), other = protocol_of(other_name, strlen(other_name));

    return one.id != NO_PROTOCOL && other.id != NO_PROTOCOL &&
           (one.id != other.id || (one.version != 0 && other.version != 0 && one.version != other.version));
}

const char *algorithm_near(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++) {
        if (spelling_is_same(name, len, other_names[i].other)) {
            return other_names[i].name;
        }
    }
    for (size_t i = 0; i < n_algorithms; i++) {
        if (spelling_is_near(name, len, algorithms[i].name) &&
            !differ_in_protocol(name, len, algorithms[i].name)) {
            return algorithms[i].name;
        }
    }
    return NULL;
}
