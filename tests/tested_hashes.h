/*
 * What the tests know of each hash: a row for each hash, and the one place of the tests that a new hash has
 * to be named in. Lengths and digests are those of the standards; they are not taken from the library, which
 * is tested with them. A file that includes this table defines TESTED_HASH before and undefines it behind.
 *
 *   id       LANEKDF_<id>
 *   name     what lanekdf_hash_name() must say
 *   bytes    of a digest
 *   kernels  the family of the kernels that compute this hash and no other at the same time
 *   is_old   1: only protocol versions before TLS 1.2 use the hash
 *   judge    libcrypto's function for it
 *   abc      the digest of "abc": the examples of FIPS 180-4 (SHA-2), RFC 3174 and RFC 1321
 */
/* clang-format off */
/*          id        name        bytes  kernels         is_old  judge         abc */
TESTED_HASH(SHA256,   "sha256",   32,    "sha256",       0,      EVP_sha256,
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
TESTED_HASH(SHA384,   "sha384",   48,    "sha512",       0,      EVP_sha384,
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7")
TESTED_HASH(SHA512,   "sha512",   64,    "sha512",       0,      EVP_sha512,
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
TESTED_HASH(MD5,      "md5",      16,    "md5",          1,      EVP_md5,
    "900150983cd24fb0d6963f7d28e17f72")
TESTED_HASH(SHA1,     "sha1",     20,    "sha1",         1,      EVP_sha1,
    "a9993e364706816aba3e25717850c26c9cd0d89d")
/* MD5 and SHA-1 side by side, as in TLS 1.0: no hash function that HMAC is defined for. */
TESTED_HASH(MD5_SHA1, "md5-sha1", 36,    "md5 and sha1", 1,      EVP_md5_sha1,
    "900150983cd24fb0d6963f7d28e17f72" "a9993e364706816aba3e25717850c26c9cd0d89d")
/* clang-format on */
