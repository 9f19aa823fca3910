#include "served_digest.h"

#include <string.h>

#include "lanekdf.h"
#include "same_word.h"

/* clang-format off: sixteen bytes in a row */
const struct served_digest served_sha256 = {LANEKDF_SHA256, 0, "SHA2-256", 32, 64,
    (const uint8_t *)"\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24"
                     "\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55"};
const struct served_digest served_sha384 = {LANEKDF_SHA384, 0, "SHA2-384", 48, 128,
    (const uint8_t *)"\x38\xb0\x60\xa7\x51\xac\x96\x38\x4c\xd9\x32\x7e\xb1\xb1\xe3\x6a"
                     "\x21\xfd\xb7\x11\x14\xbe\x07\x43\x4c\x0c\xc7\xbf\x63\xf6\xe1\xda"
                     "\x27\x4e\xde\xbf\xe7\x6f\x65\xfb\xd5\x1a\xd2\xf1\x48\x98\xb9\x5b"};
const struct served_digest served_sha512 = {LANEKDF_SHA512, 0, "SHA2-512", 64, 128,
    (const uint8_t *)"\xcf\x83\xe1\x35\x7e\xef\xb8\xbd\xf1\x54\x28\x50\xd6\x6d\x80\x07"
                     "\xd6\x20\xe4\x05\x0b\x57\x15\xdc\x83\xf4\xa9\x21\xd3\x6c\xe9\xce"
                     "\x47\xd0\xd1\x3c\x5d\x85\xf2\xb0\xff\x83\x18\xd2\x87\x7e\xec\x2f"
                     "\x63\xb9\x31\xbd\x47\x41\x7a\x81\xa5\x38\x32\x7a\xf9\x27\xda\x3e"};
/* clang-format on */
/* OpenSSL asks nobody for a permission, so the job has its own. */
static const struct served_digest md5_sha1 = {
    LANEKDF_MD5_SHA1, LANEKDF_LEGACY_TLS10 | LANEKDF_LEGACY_TLS11, "MD5-SHA1", 36, 64, NULL};

static const struct {
    const char *name;
    const struct served_digest *digest;
} names[] = {
    /* The first three are what libssl has. */
    {"SHA2-256", &served_sha256},
    {"SHA2-384", &served_sha384},
    {"MD5-SHA1", &md5_sha1},
    {"SHA2-512", &served_sha512},
    {"SHA256", &served_sha256},
    {"SHA384", &served_sha384},
    {"SHA512", &served_sha512},
    {"SHA-256", &served_sha256},
    {"SHA-384", &served_sha384},
    {"SHA-512", &served_sha512},
    {"2.16.840.1.101.3.4.2.1", &served_sha256},
    {"2.16.840.1.101.3.4.2.2", &served_sha384},
    {"2.16.840.1.101.3.4.2.3", &served_sha512},
};

enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

const struct served_digest *served_digest_find(const char *name)
{
    /* The comparison without case is slow, and libssl writes names as they are here. */
    for (size_t i = 0; i < N_NAMES; i++) {
        if (strcmp(name, names[i].name) == 0) {
            return names[i].digest;
        }
    }
    for (size_t i = 0; i < N_NAMES; i++) {
        if (is_same_word(name, names[i].name)) {
            return names[i].digest;
        }
    }
    return NULL;
}
