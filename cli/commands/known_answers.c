#include "known_answers.h"

const struct known_answer known_answers[] = {
    {
        .name = "SHA-256 of abc (FIPS 180-4)",
        .kind = LANEKDF_KIND_HASH,
        .hash = LANEKDF_SHA256,
        .message = "616263",
        .out = {"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    },
    {
        .name = "HMAC-SHA-256 (RFC 4231, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .hash = LANEKDF_SHA256,
        .secret = "4a656665",
        .message = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        .out = {"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    },
    {
        .name = "HMAC-SHA-256 (RFC 4231, case 6)",
        .kind = LANEKDF_KIND_HMAC,
        .hash = LANEKDF_SHA256,
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
        .hash = LANEKDF_SHA256,
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
        .hash = LANEKDF_SHA256,
        .version = LANEKDF_TLS12,
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
        .hash = LANEKDF_SHA256,
        .version = LANEKDF_TLS12,
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
        .hash = LANEKDF_SHA256,
        .version = LANEKDF_TLS12,
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
    {
        .name = "SHA-384 of abc (FIPS 180-4)",
        .kind = LANEKDF_KIND_HASH,
        .hash = LANEKDF_SHA384,
        .message = "616263",
        .out = {"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc23"
                "58baeca134c825a7"},
    },
    {
        .name = "SHA-512 of abc (FIPS 180-4)",
        .kind = LANEKDF_KIND_HASH,
        .hash = LANEKDF_SHA512,
        .message = "616263",
        .out = {"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a8"
                "36ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    },
    {
        .name = "MD5 of abc (RFC 1321)",
        .kind = LANEKDF_KIND_HASH,
        .hash = LANEKDF_MD5,
        .message = "616263",
        .out = {"900150983cd24fb0d6963f7d28e17f72"},
    },
    {
        .name = "SHA-1 of abc (FIPS 180-4)",
        .kind = LANEKDF_KIND_HASH,
        .hash = LANEKDF_SHA1,
        .message = "616263",
        .out = {"a9993e364706816aba3e25717850c26c9cd0d89d"},
    },
    {
        .name = "HMAC-SHA-384 (RFC 4231, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .hash = LANEKDF_SHA384,
        .secret = "4a656665",
        .message = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        .out = {"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c7"
                "8b3239ecfab21649"},
    },
    {
        .name = "HMAC-SHA-512 (RFC 4231, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .hash = LANEKDF_SHA512,
        .secret = "4a656665",
        .message = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        .out = {"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a"
                "6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    },
    {
        .name = "HMAC-MD5 (RFC 2202, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .hash = LANEKDF_MD5,
        .secret = "4a656665",
        .message = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        .out = {"750c783e6ab0b503eaa86e310a5db738"},
    },
    {
        .name = "HMAC-SHA-1 (RFC 2202, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .hash = LANEKDF_SHA1,
        .secret = "4a656665",
        .message = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        .out = {"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    },
    {
        .name = "PRF with SHA-384 (IETF TLS list, test vectors for RFC 5246)",
        .kind = LANEKDF_KIND_PRF,
        .hash = LANEKDF_SHA384,
        .secret = "b80b733d6ceefcdc71566ea48e5567df",
        .label = "74657374206c6162656c",
        .message = "cd665cf6a8447dd6ff8b27555edb7465",
        .out = {"7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe3"
                "4f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3"
                "d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236"
                "a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f"},
    },
    {
        .name = "PRF with SHA-512 (IETF TLS list, test vectors for RFC 5246)",
        .kind = LANEKDF_KIND_PRF,
        .hash = LANEKDF_SHA512,
        .secret = "b0323523c1853599584d88568bbb05eb",
        .label = "74657374206c6162656c",
        .message = "d4640e12e4bcdbfb437f03e6ae418ee5",
        .out = {"1261f588c798c5c201ff036e7a9cb5edcd7fe3f94c669a122a4638d7d508b283042df6789875c714"
                "7e906d868bc75c45e20eb40c1cf4a1713b27371f68432592f7dc8ea8ef223e12ea8507841311bf68"
                "653d0cfc4056d811f025c45ddfa6e6fec702f054b409d6f28dd0a3233e498da41a3e75c5630eedbe"
                "22fe254e33a1b0e9f6b9826675bec7d01a845658dc9c397545401d40b9f46c7a400ee1b8f81ca0a6"
                "0d1a397a1028bff5d2ef5066126842fb8da4197632bdb54ff6633f86bbc836e640d4d898"},
    },
    {
        .name = "PRF of TLS 1.0 and 1.1 (OpenSSL, evpkdf_tls11_prf)",
        .kind = LANEKDF_KIND_PRF,
        .hash = LANEKDF_MD5_SHA1,
        .secret = "2f6962dfbc744c4b2138bb6b3d33054c5ecc14f24851d9896395a44ab3964efc2090c5bf51a08912"
                  "09f46c1e1e998f62",
        .label = "6b657920657870616e73696f6e",
        .message = "67267e650eb32444119d222a368c191af3082888dc35afe8368e638c828874bed58a7b1cd4fedaa2"
                   "32159df652ce188f9d997e061b9bf48e83b62990440931f6",
        .out = {"3088825988e77fce68d19f756e18e43eb7fe672433504feaf99b3c503d9091b164f166db301d70c9"
                "fc0870b4a94563907bee1a61fb786cb717576890bcc51cb9ead97e01d0a2fea99c953377b195205f"
                "f07b369589178796edc963fd80fdbe518a2fc1c35c18ae8d"},
    },
    {
        .name = "master secret (NIST ACVP, TLS 1.2 SHA-384)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .hash = LANEKDF_SHA384,
        .version = LANEKDF_TLS12,
        .secret = "d721559bac42fc4aafb059d47b0413d0949fd210de775c2fa7ecffc237f65446ee048d1c7bf2e62d"
                  "f93b573f3e6e1ccc",
        .client_random = "d90b3fbdc5ec47a4ed19888808ab5d465be95ce0e20fc630cc7d0f69e6b5b59e",
        .server_random = "f10fb7232241c79c164f18aa3d66e712edcfcd4a0e4b3896c02ab91c5a3f9f3b",
        .out = {"60bcfd15b777cc790789ef68a2852d6a86d76cfa063c3d77e6f80d070b4ae9d26af19d70074e6627"
                "436a58bc59ab0261"},
    },
    {
        .name = "key block (NIST ACVP, TLS 1.2 SHA-384)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .hash = LANEKDF_SHA384,
        .version = LANEKDF_TLS12,
        .master = "60bcfd15b777cc790789ef68a2852d6a86d76cfa063c3d77e6f80d070b4ae9d26af19d70074e6627"
                  "436a58bc59ab0261",
        .client_random = "df9d087754bd2950222fced9d5b3fe77d7a30b3d5072ea338d3e8f1c40a735ba",
        .server_random = "2a16e9d2f3f08405ec173a0424aa6a2491d9ffa6bf0ad8a983d08e2615535928",
        .lens = {64, 0, 0},
        .out = {NULL, "ec6ef365901093f2d47dea54cda788d666fc24b652f1b6c9f3d499d77fb67697932eb383a6ce6d0b"
                      "a9f2351b27f86876f2aa985c466b0c5a0edfafc6f438d655f0d2e7618bcd27b354041212378d083a"
                      "fe3bf35462ed6ee7f89c15da87ee2d41e59959c6f4ea715e402bd95919271d25e8543bcb2c00a72c"
                      "94787b42d4d14da3"},
    },
    {
        .name = "master secret (NIST CAVP, TLS 1.0 and 1.1)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .hash = LANEKDF_MD5_SHA1,
        .version = LANEKDF_TLS10,
        .secret = "4850b7f08f8502ea0b699377f649fa6f5af5b56c03f11381766cad0d96b129c962ff9246ef465d1e"
                  "1847b857ef93d543",
        .client_random = "b47ec547fa8553959510982b9bf5628af8b1295f3bead03035ab417bfb26d6f5",
        .server_random = "75d3a1c51c9651992d805a367b0446415d492c76be054eaeb7e31736d20068cf",
        .out = {"e8d72a6c2b05dee3b2d1516ef0963ce7686e491d4cc2d4b647d0889fa9ae2f6a4e3c3c57e442268e"
                "60dc27b3cadfe17c"},
    },
    {
        .name = "key block (NIST CAVP, TLS 1.0 and 1.1)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .hash = LANEKDF_MD5_SHA1,
        .version = LANEKDF_TLS11,
        .master = "e8d72a6c2b05dee3b2d1516ef0963ce7686e491d4cc2d4b647d0889fa9ae2f6a4e3c3c57e442268e"
                  "60dc27b3cadfe17c",
        .client_random = "ae3a8f247d52ca855184c07504ce1014df1180d9580e5c2e2bf6c9efb2870c60",
        .server_random = "eb4fece2c5589f51d143bee18191fc280f1b0daf71f7d4c0d41aa3440229949f",
        .lens = {20, 32, 0},
        .out = {NULL, "200549a88def3166d1cc9d851a09e063ef42c7dd1989e3570ef65925e02087a0fb1dbf4eddf05780"
                      "e4a1a0e184c75088e5e485d9d90b7ae7f56415924252606ab1041f7649f21fc715307ff481d0d429"
                      "bc2eeb384a08963ff5f93b689a77d3d2208409cd72dedec6"},
    },
    {
        .name = "exported key, with a context (Go, crypto/tls)",
        .kind = LANEKDF_KIND_EXPORTER,
        .hash = LANEKDF_MD5_SHA1,
        .master = "3d851bab6e5556e959a16bc36d66cfae32f672bfa9ecdef6096cbb1b23472df1da63dbbd98276064"
                  "13221d149ed08ceb",
        .client_random = "4ae66303755184a3917fcb44880605fcc53baa01912b22ed94473fc69cebd558",
        .server_random = "4ae663020ec16e6bb5130be918cfcafd4d765979a3136a5d50c593446e4e44db",
        .label = "6c6162656c",
        .message = "636f6e74657874",
        .out = {"4d1bb6fc278c37d27aa6e2a13c2e079095d143272c2aa939da33d88c1c0cec22"},
    },
    {
        .name = "exported key, without one (Go, crypto/tls)",
        .kind = LANEKDF_KIND_EXPORTER,
        .hash = LANEKDF_MD5_SHA1,
        .master = "3d851bab6e5556e959a16bc36d66cfae32f672bfa9ecdef6096cbb1b23472df1da63dbbd98276064"
                  "13221d149ed08ceb",
        .client_random = "4ae66303755184a3917fcb44880605fcc53baa01912b22ed94473fc69cebd558",
        .server_random = "4ae663020ec16e6bb5130be918cfcafd4d765979a3136a5d50c593446e4e44db",
        .label = "6c6162656c",
        .out = {"93fba89599b6321ae538e27c6548ceb8b46821864318f5190d64a375e5d69d41"},
    },
    {
        .name = "the client's Finished of SSLv3 (RFC 6101, computed with Python's hashlib)",
        .kind = LANEKDF_KIND_SSL3_FINISHED,
        .hash = LANEKDF_MD5_SHA1,
        .master = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
                  "28292a2b2c2d2e2f",
        .message = "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b"
                   "8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3",
        .out = {"9de1df787ba1db66e033131e54f5e8b3b4efce14fdbddce4400485d3b11c94be398dd826"},
    },
};

const size_t n_known_answers = sizeof(known_answers) / sizeof(known_answers[0]);
