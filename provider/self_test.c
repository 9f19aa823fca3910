#include "self_test.h"

#include <stddef.h>
#include <string.h>

#include "lanekdf.h"
#include "served_digest.h"

enum { ANSWER_LEN = 32 };

struct known_prf {
    uint32_t hash; /* enum lanekdf_hash */
    struct lanekdf_bytes secret, label, seed;
    const char *answer; /* the first ANSWER_LEN bytes of any longer output */
};

#define TEXT(text)                                                                                           \
    {                                                                                                        \
        (const uint8_t *)(text), sizeof(text) - 1                                                            \
    }

/* Test vectors for the PRF of RFC 5246 from the mailing list of the IETF's TLS working group and, of the
 * older PRF, from OpenSSL's tests. */
static const struct known_prf known_prfs[] = {
    {LANEKDF_SHA256, TEXT("\x9b\xbe\x43\x6b\xa9\x40\xf0\x17\xb1\x76\x52\x84\x9a\x71\xdb\x35"),
        TEXT("test label"), TEXT("\xa0\xba\x9f\x93\x6c\xda\x31\x18\x27\xa6\xf7\x96\xff\xd5\x19\x8c"),
        "\xe3\xf2\x29\xba\x72\x7b\xe1\x7b\x8d\x12\x26\x20\x55\x7c\xd4\x53\xc2\xaa\xb2\x1d"
        "\x07\xc3\xd4\x95\x32\x9b\x52\xd4\xe6\x1e\xdb\x5a"},
    {LANEKDF_SHA384, TEXT("\xb8\x0b\x73\x3d\x6c\xee\xfc\xdc\x71\x56\x6e\xa4\x8e\x55\x67\xdf"),
        TEXT("test label"), TEXT("\xcd\x66\x5c\xf6\xa8\x44\x7d\xd6\xff\x8b\x27\x55\x5e\xdb\x74\x65"),
        "\x7b\x0c\x18\xe9\xce\xd4\x10\xed\x18\x04\xf2\xcf\xa3\x4a\x33\x6a\x1c\x14\xdf\xfb"
        "\x49\x00\xbb\x5f\xd7\x94\x21\x07\xe8\x1c\x83\xcd"},
    {LANEKDF_SHA512, TEXT("\xb0\x32\x35\x23\xc1\x85\x35\x99\x58\x4d\x88\x56\x8b\xbb\x05\xeb"),
        TEXT("test label"), TEXT("\xd4\x64\x0e\x12\xe4\xbc\xdb\xfb\x43\x7f\x03\xe6\xae\x41\x8e\xe5"),
        "\x12\x61\xf5\x88\xc7\x98\xc5\xc2\x01\xff\x03\x6e\x7a\x9c\xb5\xed\xcd\x7f\xe3\xf9"
        "\x4c\x66\x9a\x12\x2a\x46\x38\xd7\xd5\x08\xb2\x83"},
    {LANEKDF_MD5_SHA1,
        TEXT("\xbd\xed\x7f\xa5\xc1\x69\x9c\x01\x0b\xe2\x3d\xd0\x6a\xda\x3a\x48\x34\x9f\x21\xe5"
             "\xf8\x62\x63\xd5\x12\xc0\xc5\xcc\x37\x9f\x0e\x78\x0e\xc5\x5d\x98\x44\xb2\xf1\xdb"
             "\x02\xa9\x64\x53\x51\x35\x68\xd0"),
        TEXT("master secret"),
        TEXT("\xe5\xac\xaf\x54\x9c\xd2\x5c\x22\xd9\x64\xc0\xd9\x30\xfa\x4b\x52\x61\xd2\x50\x7f"
             "\xad\x84\xc3\x37\x15\xb7\xb9\xa8\x64\x02\x06\x93\x13\x5e\x4d\x55\x7f\xdf\x3a\xa6"
             "\x40\x6d\x82\x97\x5d\x5c\x60\x6a\x97\x34\xc9\x33\x4b\x42\x13\x6e\x96\x99\x0f\xbd"
             "\x53\x58\xcd\xb2"),
        "\x2f\x69\x62\xdf\xbc\x74\x4c\x4b\x21\x38\xbb\x6b\x3d\x33\x05\x4c\x5e\xcc\x14\xf2"
        "\x48\x51\xd9\x89\x63\x95\xa4\x4a\xb3\x96\x4e\xfc"},
};

/* HKDF of RFC 5869 appendix A.1. */
static bool hkdf_is_right(void)
{
    static const struct lanekdf_bytes input = TEXT("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                                                   "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
                                      info = TEXT("\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9");
    static const char answer[] = "\x3c\xb2\x5f\x25\xfa\xac\xd5\x7a\x90\x43\x4f\x64\xd0\x36\x2f\x2a"
                                 "\x2d\x2d\x0a\x90\xcf\x1a\x5a\x4c\x5d\xb0\x2d\x56\xec\xc4\xc5\xbf";
    uint8_t out[ANSWER_LEN];
    struct lanekdf_hkdf job = {.job.kind = LANEKDF_KIND_HKDF,
        .hash = LANEKDF_SHA256,
        .flags = LANEKDF_HKDF_EXTRACT,
        .salt = TEXT("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"),
        .input = &input,
        .n_input = 1,
        .info = &info,
        .n_info = 1,
        .out = {out, sizeof(out)}};
    return lanekdf_derive_one(&job.job) == LANEKDF_OK && memcmp(out, answer, sizeof(out)) == 0;
}

/* The salt of the handshake secret in the handshakes of RFC 8448, which all begin without a PSK. */
static bool expand_label_is_right(void)
{
    static const char answer[] = "\x6f\x26\x15\xa1\x08\xc7\x02\xc5\x67\x8f\x54\xfc\x9d\xba\xb6\x97"
                                 "\x16\xc0\x76\x18\x9c\x48\x25\x0c\xeb\xea\xc3\x57\x6c\x36\x11\xba";
    uint8_t out[ANSWER_LEN];
    struct lanekdf_expand_label job = {.job.kind = LANEKDF_KIND_EXPAND_LABEL,
        .hash = LANEKDF_SHA256,
        .version = LANEKDF_TLS13,
        .secret = TEXT("\x33\xad\x0a\x1c\x60\x7e\xc0\x3b\x09\xe6\xcd\x98\x93\x68\x0c\xe2"
                       "\x10\xad\xf3\x00\xaa\x1f\x26\x60\xe1\xb2\x2e\x10\xf1\x70\xf9\x2a"),
        .n_labels = 1,
        .labels[0] = {TEXT("derived"), {served_sha256.of_nothing, served_sha256.len}, {out, sizeof(out)}}};
    return lanekdf_derive_one(&job.job) == LANEKDF_OK && memcmp(out, answer, sizeof(out)) == 0;
}

/* HMAC of RFC 4231 section 4.3. */
static bool hmac_is_right(void)
{
    static const struct lanekdf_bytes message = TEXT("what do ya want for nothing?");
    static const char answer[] = "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7"
                                 "\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43";
    struct lanekdf_prepared_secret key;
    struct lanekdf_hmac_state state;
    uint8_t out[ANSWER_LEN];
    struct lanekdf_prepare job = {
        .job.kind = LANEKDF_KIND_PREPARE, .hash = LANEKDF_SHA256, .secret = TEXT("Jefe"), .prepared = &key};
    return lanekdf_derive_one(&job.job) == LANEKDF_OK &&
           lanekdf_hmac_start(&state, LANEKDF_SHA256, &key) == LANEKDF_OK &&
           lanekdf_hmac_update(&state, message) == LANEKDF_OK &&
           lanekdf_hmac_finish(&state, (struct lanekdf_span){out, sizeof(out)}) == LANEKDF_OK &&
           memcmp(out, answer, sizeof(out)) == 0;
}

static bool prf_is_right(const struct known_prf *known)
{
    uint8_t out[ANSWER_LEN];
    struct lanekdf_prf job = {.job.kind = LANEKDF_KIND_PRF,
        .job.legacy = LANEKDF_LEGACY_TLS10,
        .hash = known->hash,
        .secret = known->secret,
        .label = known->label,
        .seed = &known->seed,
        .n_seed = 1,
        .out = {out, sizeof(out)}};
    return lanekdf_derive_one(&job.job) == LANEKDF_OK && memcmp(out, known->answer, sizeof(out)) == 0;
}

static bool no_kernel_failed(void)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (kernel.state == LANEKDF_KERNEL_FAULTY) {
            return false;
        }
    }
    return true;
}

bool self_test(void)
{
    for (size_t i = 0; i < sizeof(known_prfs) / sizeof(known_prfs[0]); i++) {
        if (!prf_is_right(&known_prfs[i])) {
            return false;
        }
    }
    return hkdf_is_right() && expand_label_is_right() && hmac_is_right() && no_kernel_failed();
}
