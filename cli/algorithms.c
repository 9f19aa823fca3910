#include "algorithms.h"
#include "key_block.h"

#include <string.h>

#define MASTER_AND_KEYS (FIELD_BIT(FIELD_MASTER) | FIELD_BIT(FIELD_KEY_BLOCK) | KEY_FIELDS)

const struct algorithm algorithms[] = {
    {"tls12-prf", prf_fill, FIELD_BIT(FIELD_OUT), "the PRF of TLS 1.2 (RFC 5246)"},
    {"tls12-keys", keys_fill, MASTER_AND_KEYS, "master secret and key block (RFC 5246)"},
    {"tls12-ems-keys", ems_keys_fill, MASTER_AND_KEYS, "the same with the extended master secret (RFC 7627)"},
    {"tls-session", session_fill,
        MASTER_AND_KEYS | FIELD_BIT(FIELD_SESSION_HASH) | FIELD_BIT(FIELD_CLIENT_FINISHED) |
            FIELD_BIT(FIELD_SERVER_FINISHED),
        "a recorded handshake of TLS 1.2: all of the above and both Finished"},
    {"hash", hash_fill, FIELD_BIT(FIELD_DIGEST), "a hash"},
    {"hmac", hmac_fill, FIELD_BIT(FIELD_MAC), "HMAC (RFC 2104)"},
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
