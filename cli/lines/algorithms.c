#include "algorithms.h"
#include "key_block.h"
#include "spelling.h"

#include <string.h>

static const enum field out[] = {FIELD_OUT, N_FIELDS}, digest[] = {FIELD_DIGEST, N_FIELDS},
                        mac[] = {FIELD_MAC, N_FIELDS};
static const enum field master_and_keys[] = {FIELD_MASTER, FIELD_KEY_BLOCK, KEY_FIELDS, N_FIELDS};
static const enum field session[] = {FIELD_MASTER, FIELD_KEY_BLOCK, KEY_FIELDS, FIELD_SESSION_HASH,
    FIELD_CLIENT_FINISHED, FIELD_SERVER_FINISHED, N_FIELDS};

/* SHA2 are the hashes that TLS 1.2 may have, BOTH is the pair of older versions, EACH any hash by itself. */
#define SHA2 (HASH_BIT(LANEKDF_SHA256) | HASH_BIT(LANEKDF_SHA384) | HASH_BIT(LANEKDF_SHA512))
#define BOTH HASH_BIT(LANEKDF_MD5_SHA1)
#define EACH (SHA2 | HASH_BIT(LANEKDF_MD5) | HASH_BIT(LANEKDF_SHA1))

const struct algorithm algorithms[] = {
    {"tls12-prf", prf_fill, SHA2, out, "the PRF of TLS 1.2 (RFC 5246)"},
    {"tls10-prf", prf_fill, BOTH, out, "the PRF of TLS 1.0 and 1.1 (RFC 2246)"},
    {"ssl3-prf", ssl3_prf_fill, BOTH, out, "what stands in its place in SSLv3 (RFC 6101)"},
    {"p-hash", p_hash_fill, EACH, out, "P_hash, the PRF without a label (RFC 5246)"},
    {"tls12-keys", tls12_keys_fill, SHA2, master_and_keys, "master secret and key block (RFC 5246)"},
    {"tls12-ems-keys", tls12_ems_keys_fill, SHA2, master_and_keys,
        "the same with the extended master secret (RFC 7627)"},
    {"tls10-keys", tls10_keys_fill, BOTH, master_and_keys, "those of TLS 1.0 and 1.1 (RFC 2246)"},
    {"ssl3-keys", ssl3_keys_fill, BOTH, master_and_keys, "those of SSLv3 (RFC 6101)"},
    {"ssl3-finished", ssl3_finished_fill, BOTH, out, "a Finished of SSLv3 (RFC 6101)"},
    {"tls-exporter", exporter_fill, SHA2 | BOTH, out, "exported keying material (RFC 5705)"},
    {"tls-session", session_fill, SHA2 | BOTH, session,
        "a recorded handshake of SSLv3 to TLS 1.2: its keys and both Finished"},
    {"hash", hash_fill, EACH | BOTH, digest, "a hash"},
    {"hmac", hmac_fill, EACH, mac, "HMAC (RFC 2104)"},
};

const size_t n_algorithms = sizeof(algorithms) / sizeof(algorithms[0]);

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
    {"keys", "tls12-keys"},
    {"exporter", "tls-exporter"},
    {"session", "tls-session"},
};

const char *algorithm_near(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++) {
        if (spelling_is_same(name, len, other_names[i].other)) {
            return other_names[i].name;
        }
    }
    for (size_t i = 0; i < n_algorithms; i++) {
        if (spelling_is_near(name, len, algorithms[i].name)) {
            return algorithms[i].name;
        }
    }
    return NULL;
}
