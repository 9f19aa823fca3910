#include "hash.h"

/* MD5 and SHA-1 have no permission of their own: that of any version which uses them will do. */
enum { WITH_OLD_VERSIONS = LANEKDF_LEGACY_SSL3 | LANEKDF_LEGACY_TLS10 | LANEKDF_LEGACY_TLS11 };

/* FIPS 180-4 section 5.3.4. What the first hash of a family begins with is known to the kernels. */
static const uint8_t sha384_initial[HASH_MAX_BLOCK / 2] = {0xcb, 0xbb, 0x9d, 0x5d, 0xc1, 0x05, 0x9e, 0xd8,
    0x62, 0x9a, 0x29, 0x2a, 0x36, 0x7c, 0xd5, 0x07, 0x91, 0x59, 0x01, 0x5a, 0x30, 0x70, 0xdd, 0x17, 0x15,
    0x2f, 0xec, 0xd8, 0xf7, 0x0e, 0x59, 0x39, 0x67, 0x33, 0x26, 0x67, 0xff, 0xc0, 0x0b, 0x31, 0x8e, 0xb4,
    0x4a, 0x87, 0x68, 0x58, 0x15, 0x11, 0xdb, 0x0c, 0x2e, 0x0d, 0x64, 0xf9, 0x8f, 0xa7, 0x47, 0xb5, 0x48,
    0x1d, 0xbe, 0xfa, 0x4f, 0xa4};

const struct hash hashes[HASH_MAX_ID + 1] = {
    [LANEKDF_SHA256] = {.name = "sha256",
        .family = SIMD_SHA256,
        .block_bytes = 64,
        .digest_bytes = 32,
        .transcript_bytes = 32,
        .length_bytes = 8,
        .initial = simd_families[SIMD_SHA256].initial},
    [LANEKDF_SHA384] = {.name = "sha384",
        .family = SIMD_SHA512,
        .block_bytes = 128,
        .digest_bytes = 48,
        .transcript_bytes = 48,
        .length_bytes = 16,
        .initial = sha384_initial},
    [LANEKDF_SHA512] = {.name = "sha512",
        .family = SIMD_SHA512,
        .block_bytes = 128,
        .digest_bytes = 64,
        .transcript_bytes = 64,
        .length_bytes = 16,
        .initial = simd_families[SIMD_SHA512].initial},
    [LANEKDF_MD5] = {.name = "md5",
        .family = SIMD_MD5,
        .block_bytes = 64,
        .digest_bytes = 16,
        .transcript_bytes = 36,
        .length_bytes = 8,
        .legacy = WITH_OLD_VERSIONS,
        .little_endian = true,
        .initial = simd_families[SIMD_MD5].initial},
    [LANEKDF_SHA1] = {.name = "sha1",
        .family = SIMD_SHA1,
        .block_bytes = 64,
        .digest_bytes = 20,
        .transcript_bytes = 36,
        .length_bytes = 8,
        .legacy = WITH_OLD_VERSIONS,
        .initial = simd_families[SIMD_SHA1].initial},
    /* RFC 2246 section 5: MD5 and SHA-1 together, which are no hash with blocks of its own. */
    [LANEKDF_MD5_SHA1] = {.name = "md5-sha1",
        .family = SIMD_MD5,
        .digest_bytes = 36,
        .transcript_bytes = 36,
        .components = {LANEKDF_MD5, LANEKDF_SHA1},
        .legacy = WITH_OLD_VERSIONS},
};
