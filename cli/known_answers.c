#include "known_answers.h"

const struct known_answer known_answers[] = {
    {
        .name = "SHA-256 of abc (FIPS 180-4)",
        .kind = LANEKDF_KIND_HASH,
        .message = "616263",
        .out = {"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    },
    {
        .name = "HMAC-SHA-256 (RFC 4231, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .secret = "4a656665",
        .message = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        .out = {"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    },
    {
        .name = "HMAC-SHA-256 (RFC 4231, case 6)",
        .kind = LANEKDF_KIND_HMAC,
        .secret = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                  "aaaaaaaaaaaaaaaaaaaaaa",
        .message = "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d20"
                   "48617368204b6579204669727374",
        .out = {"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    },
    {
        .name = "PRF with SHA-256 (IETF TLS list, test vectors for RFC 5246)",
        .kind = LANEKDF_KIND_PRF,
        .secret = "9bbe436ba940f017b17652849a71db35",
        .label = "74657374206c6162656c",
        .message = "a0ba9f936cda311827a6f796ffd5198c",
        .out = {"e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9"
                "c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789ba"
                "a48082d122ee42c5a72e5a5110fff70187347b66"},
    },
    {
        .name = "master secret (NIST CAVP, TLS 1.2 SHA-256)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .secret = "193f02f13c3c59ccb33c39e94a1cb5cdebf4ac41d5f599dbe9131f6df8264ddfbd2570e22b473b11"
                  "458ccbf1c1ecfbdb",
        .client_random = "cd80dbd121522fcff7ace185a2fd7574ca9373d80749a26cfb7922636983856b",
        .server_random = "388a24f4e0850efffa5d690c97dbb5dfe9a61422e6257d4fbd4d633741bb3133",
        .out = {"e8389cf4ae9d20a9a73479afbceaebbb1d30623049f85d08b6ccf8874e30c440b69b9a0b030d4783"
                "bf10ce80b0fc3d19"},
    },
    {
        .name = "key block (NIST CAVP, TLS 1.2 SHA-256)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .master = "e8389cf4ae9d20a9a73479afbceaebbb1d30623049f85d08b6ccf8874e30c440b69b9a0b030d4783"
                  "bf10ce80b0fc3d19",
        .client_random = "c1ee3a6484b44eeb6f582ec2dd4092cb2c5b90fe2816f0bcd60540666d4bc172",
        .server_random = "e08971d42d127c20df826e9529e58eb20f061628a51c0f1cb3904940ea5fab26",
        .lens = {32, 32, 0},
        .out = {NULL, "f18fb4c16ad7ec26eb61e9538df8b538b8e7bf62fca6bd203327e3131a5c98990c8bffbaf46ca9fc"
                      "d6b6e423daef58291243245db75b8723c28a97fdc8151f02d061b0fb92556ac846824c0ca5e8c136"
                      "885786b5baaf78b17fb5d7b078dc3f50af838031ea3c22e0114f4e40517239851f1306c15e53641f"
                      "a25754982737a1ad"},
    },
    {
        .name = "a whole handshake (recorded, TLS_RSA_WITH_AES_128_GCM_SHA256)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .secret = "0303e4ea0d6319f294717cf294a689fbfba806608ebe3e663b5707f602ddb078abf077fdd5536af2"
                  "519af39d39ee2c90",
        .session_hash = "ce229e6da6348e18fdff0e8f84e70b712ab08f48ea4c52a855f0beb40a0c3c30",
        .client_random = "9b8342a467f55882268fc8f67e5e4716d388b5a14d240c9e52b92c7114631b43",
        .server_random = "bf3420351dd09d84c575d685618a614a6a53d472e97668b74c3f2ff8ac82ea41",
        .client_hash = "ce229e6da6348e18fdff0e8f84e70b712ab08f48ea4c52a855f0beb40a0c3c30",
        .server_hash = "b2676843e89bf33caef1347d432b80cb434feceb4453c7ba2728c9b248b2feb9",
        .lens = {0, 16, 4},
        .out = {"ef4be484fa952186d470a629e1ae700b797454718356809e6cee4aa5bf7de1ac20926d4bf918e266"
                "2ddb801d7781e618",
            "424d8c29451410c2fe9701287c5d948aaaef9b5659bdb06d5517614b8d11de40ed9860f3bd896c46",
            "1956a464247cce2207e5f1c5", "0d2e02b33e6795afb685302d"},
    },
};

const size_t n_known_answers = sizeof(known_answers) / sizeof(known_answers[0]);
