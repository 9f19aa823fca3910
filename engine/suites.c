/*
 * Cipher suites. A row of suite_table.h names the parts of a suite: key exchange, cipher, MAC and PRF. Its
 * lengths and versions follow from the facts of these parts, which stand in this file.
 */
#include "lanekdf.h"

#include <stdbool.h>
#include <string.h>

/* clang-format off */

/* Ciphers: bytes for each direction, and the first and last version that may have the cipher. TLS 1.0 was
 * the last version with export ciphers (RFC 4346 appendix A.5), TLS 1.1 the last with DES and IDEA (RFC
 * 5469); TLS 1.2 is the first with AEAD ciphers (RFC 5246 section 6.2.3.3) and ARIA (RFC 6209). A suite of
 * TLS 1.3 takes the sum of both IVs as its nonce, whatever the versions here are. */
#define CIPHER(name, key, final_key, fixed_iv, record_iv, tag, first, last)                                \
    enum { KEY_##name = key, FINAL_KEY_##name = final_key, FIXED_IV_##name = fixed_iv,                     \
        RECORD_IV_##name = record_iv, TAG_##name = tag,                                                    \
        FIRST_##name = LANEKDF_##first, LAST_##name = LANEKDF_##last }
/*                        key  final  fixed  record       first   last
 *                              key     IV     IV    tag  version version */
CIPHER(NULL,                0,    0,     0,     0,    0,  SSL3,   TLS12);
CIPHER(RC4_40,              5,   16,     0,     0,    0,  SSL3,   TLS10);
CIPHER(RC4_56,              7,   16,     0,     0,    0,  SSL3,   TLS10);
CIPHER(RC4_128,            16,    0,     0,     0,    0,  SSL3,   TLS12);
CIPHER(RC2_CBC_40,          5,   16,     0,     8,    0,  SSL3,   TLS10);
CIPHER(RC2_CBC_56,          7,   16,     0,     8,    0,  SSL3,   TLS10);
CIPHER(DES40_CBC,           5,    8,     0,     8,    0,  SSL3,   TLS10);
CIPHER(DES_CBC,             8,    0,     0,     8,    0,  SSL3,   TLS11);
CIPHER(DES_CBC_EXPORT,      8,    8,     0,     8,    0,  SSL3,   TLS10);
CIPHER(3DES_EDE_CBC,       24,    0,     0,     8,    0,  SSL3,   TLS12);
CIPHER(IDEA_CBC,           16,    0,     0,     8,    0,  SSL3,   TLS11);
CIPHER(SEED_CBC,           16,    0,     0,    16,    0,  SSL3,   TLS12);
CIPHER(AES_128_CBC,        16,    0,     0,    16,    0,  SSL3,   TLS12);
CIPHER(AES_256_CBC,        32,    0,     0,    16,    0,  SSL3,   TLS12);
CIPHER(AES_128_GCM,        16,    0,     4,     8,   16,  TLS12,  TLS12);
CIPHER(AES_256_GCM,        32,    0,     4,     8,   16,  TLS12,  TLS12);
CIPHER(AES_128_CCM,        16,    0,     4,     8,   16,  TLS12,  TLS12);
CIPHER(AES_256_CCM,        32,    0,     4,     8,   16,  TLS12,  TLS12);
CIPHER(AES_128_CCM_8,      16,    0,     4,     8,    8,  TLS12,  TLS12);
CIPHER(AES_256_CCM_8,      32,    0,     4,     8,    8,  TLS12,  TLS12);
CIPHER(CAMELLIA_128_CBC,   16,    0,     0,    16,    0,  SSL3,   TLS12);
CIPHER(CAMELLIA_256_CBC,   32,    0,     0,    16,    0,  SSL3,   TLS12);
CIPHER(CAMELLIA_128_GCM,   16,    0,     4,     8,   16,  TLS12,  TLS12);
CIPHER(CAMELLIA_256_GCM,   32,    0,     4,     8,   16,  TLS12,  TLS12);
CIPHER(ARIA_128_CBC,       16,    0,     0,    16,    0,  TLS12,  TLS12);
CIPHER(ARIA_256_CBC,       32,    0,     0,    16,    0,  TLS12,  TLS12);
CIPHER(ARIA_128_GCM,       16,    0,     4,     8,   16,  TLS12,  TLS12);
CIPHER(ARIA_256_GCM,       32,    0,     4,     8,   16,  TLS12,  TLS12);
CIPHER(CHACHA20_POLY1305,  32,    0,    12,     0,   16,  TLS12,  TLS12);
CIPHER(CHACHA20_DRAFT,     32,    0,     0,     0,   16,  TLS12,  TLS12);
CIPHER(HMAC_SHA256,        32,    0,    32,     0,   32,  TLS13,  TLS13);
CIPHER(HMAC_SHA384,        48,    0,    48,     0,   48,  TLS13,  TLS13);
CIPHER(AEGIS_128L,         16,    0,    16,     0,   16,  TLS13,  TLS13);
CIPHER(AEGIS_256,          32,    0,    32,     0,   16,  TLS13,  TLS13);

/* The 56-bit export suites encrypt with DES itself; what sets them apart is how they make the key. */
#define LANEKDF_CIPHER_DES_CBC_EXPORT LANEKDF_CIPHER_DES_CBC

/* Record MACs: hash, bytes of the key, and whether the hash is one of SHA-2, which TLS 1.2 brought. */
#define MAC(name, id, key, sha2) enum { MAC_##name = id, MAC_KEY_##name = key, IS_SHA2_##name = sha2 }
MAC(AEAD,   0,               0, 0);
MAC(MD5,    LANEKDF_MD5,    16, 0);
MAC(SHA1,   LANEKDF_SHA1,   20, 0);
MAC(SHA256, LANEKDF_SHA256, 32, 1);
MAC(SHA384, LANEKDF_SHA384, 48, 1);

/* Key exchanges: the first version, and the first with a SHA-2 MAC. Elliptic curves are negotiated in
 * extensions, which SSLv3 lacks (RFC 8422 section 5.1); with a pre-shared key a SHA-2 MAC may come with any
 * PRF (RFC 5487 section 3). Netscape's FIPS suites are not for SSLv3 here: their keys came from the PRF of TLS
 * there, too, and SSLv3's derivation would give wrong ones. */
#define KEY_EXCHANGE(name, first, first_sha2)                                                              \
    enum { FIRST_KX_##name = LANEKDF_##first, FIRST_SHA2_KX_##name = LANEKDF_##first_sha2 }
KEY_EXCHANGE(RSA,       SSL3,  TLS12);
KEY_EXCHANGE(RSA_FIPS,  TLS10, TLS12);
KEY_EXCHANGE(DH,        SSL3,  TLS12);
KEY_EXCHANGE(DHE,       SSL3,  TLS12);
KEY_EXCHANGE(ECDH,      TLS10, TLS12);
KEY_EXCHANGE(ECDHE,     TLS10, TLS12);
KEY_EXCHANGE(PSK,       SSL3,  TLS10);
KEY_EXCHANGE(DHE_PSK,   SSL3,  TLS10);
KEY_EXCHANGE(ECDHE_PSK, TLS10, TLS10);
KEY_EXCHANGE(RSA_PSK,   SSL3,  TLS10);
KEY_EXCHANGE(SRP,       SSL3,  TLS12);
KEY_EXCHANGE(KRB5,      SSL3,  TLS12);
KEY_EXCHANGE(ECCPWD,    TLS12, TLS12);
KEY_EXCHANGE(ECJPAKE,   TLS12, TLS12);

#define LANEKDF_KX_RSA_FIPS LANEKDF_KX_RSA

enum {
    PRF_NONE = 0, PRF_SHA256 = LANEKDF_SHA256, PRF_SHA384 = LANEKDF_SHA384, PRF_SHA512 = LANEKDF_SHA512
};

#define LATER(a, b) ((int)(a) > (int)(b) ? (int)(a) : (int)(b))
/* The names are the first members of struct lanekdf_suite: name, openssl_name, and perhaps origin. */
#define SUITE(id_, kx, auth, cipher_, mac_, prf, ...)                                                      \
    {__VA_ARGS__, .id = id_,                                                                               \
     .key_exchange = LANEKDF_KX_##kx, .authentication = LANEKDF_AUTH_##auth,                               \
     .cipher = LANEKDF_CIPHER_##cipher_, .mac = MAC_##mac_, .hash = PRF_##prf,                             \
     .min_version = LATER(FIRST_##cipher_, IS_SHA2_##mac_ ? FIRST_SHA2_KX_##kx : FIRST_KX_##kx),           \
     .max_version = LAST_##cipher_,                                                                        \
     .mac_key_len = MAC_KEY_##mac_, .enc_key_len = KEY_##cipher_, .final_key_len = FINAL_KEY_##cipher_,    \
     .fixed_iv_len = FIXED_IV_##cipher_, .record_iv_len = RECORD_IV_##cipher_, .tag_len = TAG_##cipher_},

/* In TLS 1.3 the whole nonce of an AEAD cipher is implicit (RFC 8446 section 5.3): both parts that it has in
 * TLS 1.2 are one, of the same length together. */
#define SUITE_TLS13(id_, cipher_, prf, ...)                                                                \
    {__VA_ARGS__, .id = id_,                                                                               \
     .key_exchange = LANEKDF_KX_ANY, .authentication = LANEKDF_AUTH_ANY,                                   \
     .cipher = LANEKDF_CIPHER_##cipher_, .hash = PRF_##prf,                                                \
     .min_version = LANEKDF_TLS13, .max_version = LANEKDF_TLS13,                                           \
     .enc_key_len = KEY_##cipher_, .fixed_iv_len = FIXED_IV_##cipher_ + RECORD_IV_##cipher_,               \
     .tag_len = TAG_##cipher_},
/* clang-format on */

static const struct lanekdf_suite suites[] = {
#include "suite_table.h"
};
enum { N_SUITES = sizeof(suites) / sizeof(*suites) };

/* The values of the registry that are refused, with the status that says why. GREASE values follow a pattern
 * and are not listed: is_grease(). */
static const struct {
    uint16_t id;
    int status;
    const char *name;
} refused[] = {
    {0x0000, LANEKDF_ERROR_SUITE_VERSION, "TLS_NULL_WITH_NULL_NULL"},
    {0x0080, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341094_WITH_28147_CNT_IMIT"},
    {0x0081, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341001_WITH_28147_CNT_IMIT"},
    {0x0082, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341094_WITH_NULL_GOSTR3411"},
    {0x0083, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341001_WITH_NULL_GOSTR3411"},
    {0x00c6, LANEKDF_ERROR_SUITE_TLS13, "TLS_SM4_GCM_SM3"},
    {0x00c7, LANEKDF_ERROR_SUITE_TLS13, "TLS_SM4_CCM_SM3"},
    {0x00ff, LANEKDF_ERROR_SUITE_SIGNALLING, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"},
    {0x5600, LANEKDF_ERROR_SUITE_SIGNALLING, "TLS_FALLBACK_SCSV"},
    {0xc100, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC"},
    {0xc101, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341112_256_WITH_MAGMA_CTR_OMAC"},
    {0xc102, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT"},
    {0xc103, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L"},
    {0xc104, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341112_256_WITH_MAGMA_MGM_L"},
    {0xc105, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_S"},
    {0xc106, LANEKDF_ERROR_SUITE_GOST, "TLS_GOSTR341112_256_WITH_MAGMA_MGM_S"},
};
enum { N_REFUSED = sizeof(refused) / sizeof(*refused) };

/* RFC 8701 section 2: 0x0A0A, 0x1A1A .. 0xFAFA. */
static bool is_grease(uint16_t id)
{
    return (id & 0x0f0f) == 0x0a0a && id >> 8 == (id & 0xff);
}

int lanekdf_suite_query(size_t index, const struct lanekdf_suite **suite)
{
    *suite = index < N_SUITES ? &suites[index] : NULL;
    return *suite ? LANEKDF_OK : LANEKDF_ERROR_LENGTH;
}

int lanekdf_suite_find(uint16_t id, const struct lanekdf_suite **suite)
{
    size_t low = 0, high = N_SUITES;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (suites[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (lanekdf_suite_query(low, suite) == LANEKDF_OK && (*suite)->id == id) {
        return LANEKDF_OK;
    }
    *suite = NULL;
    for (size_t i = 0; i < N_REFUSED; i++) {
        if (refused[i].id == id) {
            return refused[i].status;
        }
    }
    return is_grease(id) ? LANEKDF_ERROR_SUITE_GREASE : LANEKDF_ERROR_SUITE_UNKNOWN;
}

static char lower_case(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

struct word {
    const char *text;
    size_t len;
};

static bool is_same_word(struct word a, struct word b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && lower_case(a.text[i]) == lower_case(b.text[i])) {
        i++;
    }
    return i == a.len && i == b.len;
}

static bool is_word(struct word word, const char *text)
{
    return is_same_word(word, (struct word){text, strlen(text)});
}

/* Words that others write for those of the registry: JSSE and IBM have SSL_ for TLS_, GnuTLS has SHA1 and
 * ARCFOUR. */
static const struct {
    const char *other, *ours;
} synonyms[] = {{"SSL", "TLS"}, {"SHA1", "SHA"}, {"ARCFOUR", "RC4"}};

static struct word translated(struct word word)
{
    for (size_t i = 0; i < sizeof(synonyms) / sizeof(*synonyms); i++) {
        if (is_word(word, synonyms[i].other)) {
            return (struct word){synonyms[i].ours, strlen(synonyms[i].ours)};
        }
    }
    return word;
}

/* Takes the next word of a name off its front; an empty one at the end. "WITH" is passed over, since GnuTLS
 * leaves it out. */
static struct word next_word(const char **name)
{
    struct word word;
    do {
        word = (struct word){*name, strcspn(*name, "_-")};
        *name += word.len + (word.text[word.len] ? 1 : 0);
    } while (is_word(word, "WITH"));
    return translated(word);
}

/* Whether b has the words of a; a may lack the hash of ChaCha20-Poly1305, as with Go and GnuTLS. */
static bool is_same_name(const char *a, const char *b)
{
    struct word last = {"", 0};
    while (*a && *b) {
        const struct word word = next_word(&a), other = next_word(&b);
        if (!is_same_word(word, other)) {
            return false;
        }
        last = word;
    }
    return !*a && (!*b || (is_word(last, "POLY1305") && is_word(next_word(&b), "SHA256") && !*b));
}

/* Names that have words in another order than the registry, as GnuTLS writes them, or a version among their
 * words, as Mbed TLS does. */
static const struct {
    const char *other, *ours;
} irregular_names[] = {
    {"TLS_DHE_PSK_AES_128_CCM_8", "TLS_PSK_DHE_WITH_AES_128_CCM_8"},
    {"TLS_DHE_PSK_AES_256_CCM_8", "TLS_PSK_DHE_WITH_AES_256_CCM_8"},
    {"TLS1_3_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
    {"TLS1_3_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
    {"TLS1_3_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
    {"TLS1_3_AES_128_CCM_SHA256", "TLS_AES_128_CCM_SHA256"},
    {"TLS1_3_AES_128_CCM_8_SHA256", "TLS_AES_128_CCM_8_SHA256"},
};

static const char *regular_name(const char *name)
{
    for (size_t i = 0; i < sizeof(irregular_names) / sizeof(*irregular_names); i++) {
        if (is_same_name(name, irregular_names[i].other)) {
            return irregular_names[i].ours;
        }
    }
    return name;
}

int lanekdf_suite_find_name(const char *name, const struct lanekdf_suite **suite)
{
    name = regular_name(name);
    for (size_t i = 0; *name && lanekdf_suite_query(i, suite) == LANEKDF_OK; i++) {
        if (is_same_name(name, (*suite)->name) || is_same_name(name, (*suite)->openssl_name)) {
            return LANEKDF_OK;
        }
    }
    *suite = NULL;
    for (size_t i = 0; i < N_REFUSED; i++) {
        if (is_same_name(name, refused[i].name)) {
            return refused[i].status;
        }
    }
    return LANEKDF_ERROR_SUITE_UNKNOWN;
}

static void set_parts(struct lanekdf_handshake *job, uint16_t version, const struct lanekdf_suite *suite)
{
    const uint16_t hash = suite->hash ? suite->hash : LANEKDF_SHA256; /* RFC 5246 section 5 */
    job->version = version;
    job->hash = version >= LANEKDF_TLS12 ? hash : LANEKDF_MD5_SHA1;
    job->mac_key_len = suite->mac_key_len;
    job->enc_key_len = suite->enc_key_len;
    job->fixed_iv_len = version >= LANEKDF_TLS11 ? suite->fixed_iv_len : suite->record_iv_len;
    job->final_key_len = suite->final_key_len;
}

static bool is_of_version(const struct lanekdf_suite *suite, uint16_t version)
{
    return version >= suite->min_version && version <= suite->max_version;
}

int lanekdf_handshake_set_suite(
    struct lanekdf_handshake *job, uint16_t version, const struct lanekdf_suite *suite)
{
    if (!suite) {
        return LANEKDF_ERROR_NULL;
    }
    if (!is_of_version(suite, version) || version > LANEKDF_TLS12) {
        return LANEKDF_ERROR_SUITE_VERSION;
    }
    set_parts(job, version, suite);
    return LANEKDF_OK;
}

/* Whether nothing but the extensions that negotiate curves keeps the suite out of SSLv3. */
static bool has_curves_only(const struct lanekdf_suite *suite)
{
    switch (suite->key_exchange) {
    case LANEKDF_KX_ECDH:
    case LANEKDF_KX_ECDHE:
    case LANEKDF_KX_ECDHE_PSK:
        return suite->mac == LANEKDF_MD5 || suite->mac == LANEKDF_SHA1;
    default:
        return false;
    }
}

/* What the RFCs say against a suite in a version in which it was negotiated nevertheless; NULL where it was
 * not. */
static const char *objection_of(const struct lanekdf_suite *suite, uint16_t version)
{
    if (version == LANEKDF_SSL3 && has_curves_only(suite)) {
        return "RFC 8422 section 5.1 negotiates elliptic curves in extensions, which SSLv3 lacks";
    }
    if (version <= suite->max_version || version > LANEKDF_TLS12) {
        return NULL;
    }
    return suite->final_key_len ? "RFC 4346 appendix A.5 ends export suites with TLS 1.0"
                                : "RFC 5469 takes DES and IDEA out of TLS 1.2";
}

int lanekdf_handshake_set_recorded_suite(struct lanekdf_handshake *job, uint16_t version,
    const struct lanekdf_suite *suite, const char **objection)
{
    *objection = NULL;
    if (!suite || is_of_version(suite, version)) {
        return lanekdf_handshake_set_suite(job, version, suite);
    }
    *objection = objection_of(suite, version);
    if (!*objection) {
        return LANEKDF_ERROR_SUITE_VERSION;
    }
    set_parts(job, version, suite);
    return LANEKDF_OK;
}
