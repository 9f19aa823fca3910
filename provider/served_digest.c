#include "served_digest.h"

#include <openssl/crypto.h>

#include <string.h>

#include "lanekdf.h"

static const struct served_digest sha256 = {LANEKDF_SHA256, 0, "SHA2-256", 32, 64};
static const struct served_digest sha384 = {LANEKDF_SHA384, 0, "SHA2-384", 48, 128};
static const struct served_digest sha512 = {LANEKDF_SHA512, 0, "SHA2-512", 64, 128};
/* OpenSSL asks nobody for a permission, so the job has its own. */
static const struct served_digest md5_sha1 = {
    LANEKDF_MD5_SHA1, LANEKDF_LEGACY_TLS10 | LANEKDF_LEGACY_TLS11, "MD5-SHA1", 36, 64};

const struct served_digest *served_digest_find(const char *name)
{
    static const struct {
        const char *name;
        const struct served_digest *digest;
    } names[] = {
        /* libssl uses those of the first two rows. */
        {"SHA2-256", &sha256},
        {"SHA2-384", &sha384},
        {"MD5-SHA1", &md5_sha1},
        {"SHA2-512", &sha512},
        {"SHA256", &sha256},
        {"SHA384", &sha384},
        {"SHA512", &sha512},
        {"SHA-256", &sha256},
        {"SHA-384", &sha384},
        {"SHA-512", &sha512},
        {"2.16.840.1.101.3.4.2.1", &sha256},
        {"2.16.840.1.101.3.4.2.2", &sha384},
        {"2.16.840.1.101.3.4.2.3", &sha512},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (OPENSSL_strcasecmp(name, names[i].name) == 0) {
            return names[i].digest;
        }
    }
    return NULL;
}
