#include "known_answers.h"

const struct known_answer known_answers[] = {
    {
        .name = "SHA-256 of abc (FIPS 180-4)",
        .kind = LANEKDF_KIND_HASH,
        .line = "'alg': 'hash', 'hash': 'sha256', 'msg': '616263',"
                "'digest': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'",
    },
    {
        .name = "HMAC-SHA-256 (RFC 4231, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .line = "'alg': 'hmac', 'hash': 'sha256', 'key': '4a656665',"
                "'msg': '7768617420646f2079612077616e7420666f72206e6f7468696e673f',"
                "'mac': '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'",
    },
    {
        .name = "HMAC-SHA-256 with a prepared key (RFC 4231, case 2)",
        .kind = LANEKDF_KIND_PREPARE,
        .line = "'alg': 'hmac', 'hash': 'sha256', 'key': '4a656665',"
                "'msg': '7768617420646f2079612077616e7420666f72206e6f7468696e673f',"
                "'mac': '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'",
    },
    {
        .name = "HMAC-SHA-256 (RFC 4231, case 6)",
        .kind = LANEKDF_KIND_HMAC,
        .line = "'alg': 'hmac', 'hash': 'sha256',"
                "'key': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaaaaaaaaaaaaaaaaaa',"
                "'msg': '54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d20"
                "48617368204b6579204669727374',"
                "'mac': '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'",
    },
    {
        .name = "PRF with SHA-256 (IETF TLS list, test vectors for RFC 5246)",
        .kind = LANEKDF_KIND_PRF,
        .line = "'alg': 'tls12-prf', 'hash': 'sha256',"
                "'secret': '9bbe436ba940f017b17652849a71db35', 'label_text': 'test label',"
                "'seed': 'a0ba9f936cda311827a6f796ffd5198c',"
                "'out': 'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9"
                "c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789ba"
                "a48082d122ee42c5a72e5a5110fff70187347b66'",
    },
    {
        .name = "master secret and key block (NIST CAVP, TLS 1.2 SHA-256)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .line = "'alg': 'tls12-keys', 'hash': 'sha256',"
                "'pms': '193f02f13c3c59ccb33c39e94a1cb5cdebf4ac41d5f599dbe9131f6df8264ddfbd2570e22b473b11"
                "458ccbf1c1ecfbdb',"
                "'client_hello_random': 'cd80dbd121522fcff7ace185a2fd7574ca9373d80749a26cfb7922636983856b',"
                "'server_hello_random': '388a24f4e0850efffa5d690c97dbb5dfe9a61422e6257d4fbd4d633741bb3133',"
                "'client_random': 'c1ee3a6484b44eeb6f582ec2dd4092cb2c5b90fe2816f0bcd60540666d4bc172',"
                "'server_random': 'e08971d42d127c20df826e9529e58eb20f061628a51c0f1cb3904940ea5fab26',"
                "'mac_len': 32, 'key_len': 32, 'iv_len': 0,"
                "'master': '"
                "e8389cf4ae9d20a9a73479afbceaebbb1d30623049f85d08b6ccf8874e30c440b69b9a0b030d4783"
                "bf10ce80b0fc3d19',"
                "'key_block': '"
                "f18fb4c16ad7ec26eb61e9538df8b538b8e7bf62fca6bd203327e3131a5c98990c8bffbaf46ca9fc"
                "d6b6e423daef58291243245db75b8723c28a97fdc8151f02d061b0fb92556ac846824c0ca5e8c136"
                "885786b5baaf78b17fb5d7b078dc3f50af838031ea3c22e0114f4e40517239851f1306c15e53641f"
                "a25754982737a1ad'",
    },
    {
        .name = "a whole handshake (recorded, TLS_PSK_WITH_AES_128_CBC_SHA256)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .line = "'alg': 'tls-session', 'version': '0303', 'cipher_suite': '00ae',"
                "'client_random': '2dcc0e7840091067bf3b1df7f32d51a6c035fd9dd3d6aa34ec6178f0c5ca3a47',"
                "'server_random': '51534f465d089d6819809ec68306df011c1d43d02845575615f3fdb0013d97bb',"
                "'pms': '00200000000000000000000000000000000000000000000000000000000000000000002001020304"
                "05060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20',"
                "'ems': true,"
                "'handshake': ["
                "'0100006d03032dcc0e7840091067bf3b1df7f32d51a6c035fd9dd3d6aa34ec6178f0c5ca3a470000"
                "0400ae00ff01000040002300000016000000170000000d0030002e04030503060308070808080908"
                "0a080b080408050806040105010601030302030301020103020202040205020602',"
                "'02000051030351534f465d089d6819809ec68306df011c1d43d02845575615f3fdb0013d97bb207c"
                "90fb7fda425a1255b683f84ce0452932ccd3f298d68c53e69b0fe39f3df4ca00ae000009ff010001"
                "0000170000',"
                "'0e000000',"
                "'10000011000f436c69656e745f6964656e74697479'],"
                "'finished_order': ['client', 'server'], 'client_finished_msgs': 4,"
                "'server_finished_msgs': 4,"
                "'master': '"
                "79dc7e687fc51c2f0f8b35367c81bc33d0ce28f373e31ca608cbf5ca2a5c8abae1709cd05dc47bef"
                "430eecee6c25470d',"
                "'session_hash': 'cf210f31bc2ed995dbd502f78ca33613af5a427f4b1685b8cea5d571906244a8',"
                "'key_block': '"
                "040b944ad7e904212523b246195b5ac82cbe78360c65636da9f944adaad7c523d715880efba2a9e9"
                "a61da6c1c651dbb0077154339ba6eb11ae86098d1b02b325b59ea485771570c78ff4216a3501f6cf"
                "75469e1e040b897e7c2db07d26ecf479',"
                "'client_finished': '1400000c62b037f77717e3b9d728dd76',"
                "'server_finished': '1400000ca8adb0f48dfb34c88a02ed2e'",
    },
    {
        .name = "SHA-384 of abc (FIPS 180-4)",
        .kind = LANEKDF_KIND_HASH,
        .line = "'alg': 'hash', 'hash': 'sha384', 'msg': '616263',"
                "'digest': '"
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc23"
                "58baeca134c825a7'",
    },
    {
        .name = "SHA-512 of abc (FIPS 180-4)",
        .kind = LANEKDF_KIND_HASH,
        .line = "'alg': 'hash', 'hash': 'sha512', 'msg': '616263',"
                "'digest': '"
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a8"
                "36ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f'",
    },
    {
        .name = "MD5 of abc (RFC 1321)",
        .kind = LANEKDF_KIND_HASH,
        .line = "'alg': 'hash', 'hash': 'md5', 'msg': '616263',"
                "'digest': '900150983cd24fb0d6963f7d28e17f72'",
    },
    {
        .name = "SHA-1 of abc (FIPS 180-4)",
        .kind = LANEKDF_KIND_HASH,
        .line = "'alg': 'hash', 'hash': 'sha1', 'msg': '616263',"
                "'digest': 'a9993e364706816aba3e25717850c26c9cd0d89d'",
    },
    {
        .name = "HMAC-SHA-384 (RFC 4231, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .line = "'alg': 'hmac', 'hash': 'sha384', 'key': '4a656665',"
                "'msg': '7768617420646f2079612077616e7420666f72206e6f7468696e673f',"
                "'mac': 'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c7"
                "8b3239ecfab21649'",
    },
    {
        .name = "HMAC-SHA-512 (RFC 4231, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .line = "'alg': 'hmac', 'hash': 'sha512', 'key': '4a656665',"
                "'msg': '7768617420646f2079612077616e7420666f72206e6f7468696e673f',"
                "'mac': '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a"
                "6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737'",
    },
    {
        .name = "HMAC-MD5 (RFC 2202, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .line = "'alg': 'hmac', 'hash': 'md5', 'key': '4a656665',"
                "'msg': '7768617420646f2079612077616e7420666f72206e6f7468696e673f',"
                "'mac': '750c783e6ab0b503eaa86e310a5db738'",
    },
    {
        .name = "HMAC-SHA-1 (RFC 2202, case 2)",
        .kind = LANEKDF_KIND_HMAC,
        .line = "'alg': 'hmac', 'hash': 'sha1', 'key': '4a656665',"
                "'msg': '7768617420646f2079612077616e7420666f72206e6f7468696e673f',"
                "'mac': 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'",
    },
    {
        .name = "PRF with SHA-384 (IETF TLS list, test vectors for RFC 5246)",
        .kind = LANEKDF_KIND_PRF,
        .line = "'alg': 'tls12-prf', 'hash': 'sha384',"
                "'secret': 'b80b733d6ceefcdc71566ea48e5567df', 'label_text': 'test label',"
                "'seed': 'cd665cf6a8447dd6ff8b27555edb7465',"
                "'out': '7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe3"
                "4f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3"
                "d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236"
                "a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f'",
    },
    {
        .name = "PRF with SHA-512 (IETF TLS list, test vectors for RFC 5246)",
        .kind = LANEKDF_KIND_PRF,
        .line = "'alg': 'tls12-prf', 'hash': 'sha512',"
                "'secret': 'b0323523c1853599584d88568bbb05eb', 'label_text': 'test label',"
                "'seed': 'd4640e12e4bcdbfb437f03e6ae418ee5',"
                "'out': '1261f588c798c5c201ff036e7a9cb5edcd7fe3f94c669a122a4638d7d508b283042df6789875c714"
                "7e906d868bc75c45e20eb40c1cf4a1713b27371f68432592f7dc8ea8ef223e12ea8507841311bf68"
                "653d0cfc4056d811f025c45ddfa6e6fec702f054b409d6f28dd0a3233e498da41a3e75c5630eedbe"
                "22fe254e33a1b0e9f6b9826675bec7d01a845658dc9c397545401d40b9f46c7a400ee1b8f81ca0a6"
                "0d1a397a1028bff5d2ef5066126842fb8da4197632bdb54ff6633f86bbc836e640d4d898'",
    },
    {
        .name = "PRF of TLS 1.0 and 1.1 (OpenSSL, evpkdf_tls11_prf)",
        .kind = LANEKDF_KIND_PRF,
        .line = "'alg': 'tls10-prf', 'hash': 'md5-sha1',"
                "'secret': '"
                "2f6962dfbc744c4b2138bb6b3d33054c5ecc14f24851d9896395a44ab3964efc2090c5bf51a08912"
                "09f46c1e1e998f62', 'label_text': 'key expansion',"
                "'seed': '67267e650eb32444119d222a368c191af3082888dc35afe8368e638c828874bed58a7b1cd4fedaa2"
                "32159df652ce188f9d997e061b9bf48e83b62990440931f6',"
                "'out': '3088825988e77fce68d19f756e18e43eb7fe672433504feaf99b3c503d9091b164f166db301d70c9"
                "fc0870b4a94563907bee1a61fb786cb717576890bcc51cb9ead97e01d0a2fea99c953377b195205f"
                "f07b369589178796edc963fd80fdbe518a2fc1c35c18ae8d'",
    },
    {
        .name = "master secret and key block (NIST ACVP, TLS 1.2 SHA-384)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .line = "'alg': 'tls12-keys', 'hash': 'sha384',"
                "'pms': 'd721559bac42fc4aafb059d47b0413d0949fd210de775c2fa7ecffc237f65446ee048d1c7bf2e62d"
                "f93b573f3e6e1ccc',"
                "'client_hello_random': 'd90b3fbdc5ec47a4ed19888808ab5d465be95ce0e20fc630cc7d0f69e6b5b59e',"
                "'server_hello_random': 'f10fb7232241c79c164f18aa3d66e712edcfcd4a0e4b3896c02ab91c5a3f9f3b',"
                "'client_random': 'df9d087754bd2950222fced9d5b3fe77d7a30b3d5072ea338d3e8f1c40a735ba',"
                "'server_random': '2a16e9d2f3f08405ec173a0424aa6a2491d9ffa6bf0ad8a983d08e2615535928',"
                "'mac_len': 64, 'key_len': 0, 'iv_len': 0,"
                "'master': '"
                "60bcfd15b777cc790789ef68a2852d6a86d76cfa063c3d77e6f80d070b4ae9d26af19d70074e6627"
                "436a58bc59ab0261',"
                "'key_block': '"
                "ec6ef365901093f2d47dea54cda788d666fc24b652f1b6c9f3d499d77fb67697932eb383a6ce6d0b"
                "a9f2351b27f86876f2aa985c466b0c5a0edfafc6f438d655f0d2e7618bcd27b354041212378d083a"
                "fe3bf35462ed6ee7f89c15da87ee2d41e59959c6f4ea715e402bd95919271d25e8543bcb2c00a72c"
                "94787b42d4d14da3'",
    },
    {
        .name = "master secret and key block (NIST CAVP, TLS 1.0 and 1.1)",
        .kind = LANEKDF_KIND_HANDSHAKE,
        .line = "'alg': 'tls10-keys', 'hash': 'md5-sha1',"
                "'pms': '4850b7f08f8502ea0b699377f649fa6f5af5b56c03f11381766cad0d96b129c962ff9246ef465d1e"
                "1847b857ef93d543',"
                "'client_hello_random': 'b47ec547fa8553959510982b9bf5628af8b1295f3bead03035ab417bfb26d6f5',"
                "'server_hello_random': '75d3a1c51c9651992d805a367b0446415d492c76be054eaeb7e31736d20068cf',"
                "'client_random': 'ae3a8f247d52ca855184c07504ce1014df1180d9580e5c2e2bf6c9efb2870c60',"
                "'server_random': 'eb4fece2c5589f51d143bee18191fc280f1b0daf71f7d4c0d41aa3440229949f',"
                "'mac_len': 20, 'key_len': 32, 'iv_len': 0,"
                "'master': '"
                "e8d72a6c2b05dee3b2d1516ef0963ce7686e491d4cc2d4b647d0889fa9ae2f6a4e3c3c57e442268e"
                "60dc27b3cadfe17c',"
                "'key_block': '"
                "200549a88def3166d1cc9d851a09e063ef42c7dd1989e3570ef65925e02087a0fb1dbf4eddf05780"
                "e4a1a0e184c75088e5e485d9d90b7ae7f56415924252606ab1041f7649f21fc715307ff481d0d429"
                "bc2eeb384a08963ff5f93b689a77d3d2208409cd72dedec6'",
    },
    {
        .name = "exported key, with a context (Go, crypto/tls)",
        .kind = LANEKDF_KIND_EXPORTER,
        .line = "'alg': 'tls-exporter', 'hash': 'md5-sha1',"
                "'master': '"
                "3d851bab6e5556e959a16bc36d66cfae32f672bfa9ecdef6096cbb1b23472df1da63dbbd98276064"
                "13221d149ed08ceb',"
                "'client_random': '4ae66303755184a3917fcb44880605fcc53baa01912b22ed94473fc69cebd558',"
                "'server_random': '4ae663020ec16e6bb5130be918cfcafd4d765979a3136a5d50c593446e4e44db',"
                "'label_text': 'label', 'context': '636f6e74657874',"
                "'out': '4d1bb6fc278c37d27aa6e2a13c2e079095d143272c2aa939da33d88c1c0cec22'",
    },
    {
        .name = "exported key, without one (Go, crypto/tls)",
        .kind = LANEKDF_KIND_EXPORTER,
        .line = "'alg': 'tls-exporter', 'hash': 'md5-sha1',"
                "'master': '"
                "3d851bab6e5556e959a16bc36d66cfae32f672bfa9ecdef6096cbb1b23472df1da63dbbd98276064"
                "13221d149ed08ceb',"
                "'client_random': '4ae66303755184a3917fcb44880605fcc53baa01912b22ed94473fc69cebd558',"
                "'server_random': '4ae663020ec16e6bb5130be918cfcafd4d765979a3136a5d50c593446e4e44db',"
                "'label_text': 'label',"
                "'out': '93fba89599b6321ae538e27c6548ceb8b46821864318f5190d64a375e5d69d41'",
    },
    {
        .name = "the client's Finished of SSLv3 (RFC 6101, computed with Python's hashlib)",
        .kind = LANEKDF_KIND_SSL3_FINISHED,
        .line = "'alg': 'ssl3-finished',"
                "'master': '"
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
                "28292a2b2c2d2e2f', 'sender': '434c4e54',"
                "'handshake': '"
                "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b"
                "8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3',"
                "'out': '9de1df787ba1db66e033131e54f5e8b3b4efce14fdbddce4400485d3b11c94be398dd826'",
    },
    {
        .name = "SSLv3's PRF (RFC 6101, computed with Python's hashlib)",
        .kind = LANEKDF_KIND_SSL3_PRF,
        .line = "'alg': 'ssl3-prf',"
                "'secret': '"
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
                "28292a2b2c2d2e2f',"
                "'seed': '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7"
                "a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf',"
                "'out': '46be2d0c0fc0b0aa2ecde0d7f8477ce501341d35ba71e01d05568f62e913682c13289e97dbe85b71"
                "9c55fe80b6f96a007ae97b7cdaa5b8e3237f65bb6acfbfb4fd791f8ba2ca6fc3ecd7aea9fd510afd"
                "cf8aa091bcc684171c1ab41f1b278374be23b7fbb346a878'",
    },
    {
        .name = "Finished of the server (recorded, TLS_RSA_WITH_AES_128_GCM_SHA256)",
        .kind = LANEKDF_KIND_FINISHED,
        .line = "'alg': 'tls12-finished', 'hash': 'sha256',"
                "'master': '"
                "ef4be484fa952186d470a629e1ae700b797454718356809e6cee4aa5bf7de1ac20926d4bf918e266"
                "2ddb801d7781e618', 'side': 'server',"
                "'transcript_hash': 'b2676843e89bf33caef1347d432b80cb434feceb4453c7ba2728c9b248b2feb9',"
                "'out': '0d2e02b33e6795afb685302d'",
    },
    {
        .name = "HKDF with SHA-256 (RFC 5869, case 1)",
        .kind = LANEKDF_KIND_HKDF,
        .line = "'alg': 'hkdf', 'hash': 'sha256',"
                "'ikm': '0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',"
                "'salt': '000102030405060708090a0b0c', 'info': 'f0f1f2f3f4f5f6f7f8f9',"
                "'okm': "
                "'3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'",
    },
    {
        .name = "HKDF-Expand-Label, the server's finished_key (RFC 8448, section 3)",
        .kind = LANEKDF_KIND_EXPAND_LABEL,
        .line = "'alg': 'hkdf-expand-label', 'hash': 'sha256',"
                "'secret': 'b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38',"
                "'label_text': 'finished', 'context': '',"
                "'out': '008d3b66f816ea559f96b537e885c31fc068bf492c652f01f288a1d8cdc19fc8'",
    },
    {
        .name = "early stage of TLS 1.3, with a PSK (RFC 8448, section 4)",
        .kind = LANEKDF_KIND_TLS13_EARLY,
        .line = "'alg': 'tls13-early', 'hash': 'sha256',"
                "'psk': '4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3',"
                "'binder_label': 'res binder',"
                "'binder_hash': '63224b2e4573f2d3454ca84b9d009a04f6be9e05711a8396473aefa01e924a14',"
                "'client_hello_hash': '08ad0fa05d7c7233b1775ba2ff9f4c5b8b59276b7f227f13a976245f5d960913',"
                "'key_len': 16, 'iv_len': 12,"
                "'early_secret': '9b2188e9b2fc6d64d71dc329900e20bb41915000f678aa839cbb797cb7d8332c',"
                "'binder': '3add4fb2d8fdf822a0ca3cf7678ef5e88dae990141c5924d57bb6fa31b9e5f9d',"
                "'client_early_traffic_secret': "
                "'3fbbe6a60deb66c30a32795aba0eff7eaa10105586e7be5c09678d63b6caab62',"
                "'client_early_key': '920205a5b7bf2115e6fc5c2942834f54',"
                "'client_early_iv': '6d475f0993c8e564610db2b9',"
                "'early_exporter_master_secret': "
                "'b2026866610937d7423e5be90862ccf24c0e6091186d34f812089ff5be2ef7df',"
                "'handshake_salt': '5f1790bbd82c5e7d376ed2e1e52f8e6038c9346db61b43be9a52f77ef3998e80'",
    },
    {
        .name = "handshake stage of TLS 1.3 (RFC 8448, section 4)",
        .kind = LANEKDF_KIND_TLS13_HANDSHAKE,
        .line = "'alg': 'tls13-handshake', 'hash': 'sha256',"
                "'shared_secret': 'f44194756ff9ec9d25180635d66ea6824c6ab3bf179977be37f723570e7ccb2e',"
                "'handshake_salt': '5f1790bbd82c5e7d376ed2e1e52f8e6038c9346db61b43be9a52f77ef3998e80',"
                "'transcript_hash': 'f736cb34fe25e701551bee6fd24c1cc7102a7daf9405cb15d97aafe16f757d03',"
                "'key_len': 16, 'iv_len': 12,"
                "'handshake_secret': '005cb112fd8eb4ccc623bb88a07c64b3ede1605363fc7d0df8c7ce4ff0fb4ae6',"
                "'client_handshake_traffic_secret': "
                "'2faac08f851d35fea3604fcb4de82dc62c9b164a70974d0462e27f1ab278700f',"
                "'server_handshake_traffic_secret': "
                "'fe927ae271312e8bf0275b581c54eef020450dc4ecffaa05a1a35d27518e7803',"
                "'client_key': 'b1530806f4adfeac83f1413032bbfa82',"
                "'client_iv': 'eb50c16be7654abf99dd06d9',"
                "'server_key': '27c6bdc0a3dcea39a47326d79bc9e4ee',"
                "'server_iv': '9569ecdd4d0536705e9ef725',"
                "'client_finished_key': '5ace394c26980d581243f627d1150ae27e37fa52364e0a7f20ac686d09cd0e8e',"
                "'server_finished_key': '4bb74cae7a5dc8914604c0bfbe2f0c062396883922bec8a15e2a9b532a5d392c',"
                "'master_secret': 'e2d32d4ed66dd37897a0e80c84107503ce58bf8aad4cb55a5002d77ecb890ece'",
    },
    {
        .name = "the server's Finished of TLS 1.3 (RFC 8448, section 3)",
        .kind = LANEKDF_KIND_TLS13_FINISHED,
        .line = "'alg': 'tls13-finished', 'hash': 'sha256',"
                "'finished_key': '008d3b66f816ea559f96b537e885c31fc068bf492c652f01f288a1d8cdc19fc8',"
                "'transcript_hash': 'edb7725fa7a3473b031ec8ef65a2485493900138a2b91291407d7951a06110ed',"
                "'out': '9b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718'",
    },
    {
        .name = "application stage of TLS 1.3 (RFC 8448, section 3)",
        .kind = LANEKDF_KIND_TLS13_APPLICATION,
        .line = "'alg': 'tls13-application', 'hash': 'sha256',"
                "'master_secret': '18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919',"
                "'transcript_hash': '9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13',"
                "'key_len': 16, 'iv_len': 12,"
                "'client_application_traffic_secret_0': "
                "'9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5',"
                "'server_application_traffic_secret_0': "
                "'a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643',"
                "'client_key': '17422dda596ed5d9acd890e3c63f5051',"
                "'client_iv': '5b78923dee08579033e523d9',"
                "'server_key': '9f02283b6c9c07efc26bb9f2ac92e356',"
                "'server_iv': 'cf782b88dd83549aadf1e984',"
                "'exporter_master_secret': "
                "'fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50'",
    },
    {
        .name = "PSK of a ticket of TLS 1.3 (RFC 8448, section 3)",
        .kind = LANEKDF_KIND_TLS13_RESUMPTION,
        .line = "'alg': 'tls13-resumption', 'hash': 'sha256',"
                "'master_secret': '18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919',"
                "'transcript_hash': '209145a96ee8e2a122ff810047cc952684658d6049e86429426db87c54ad143d',"
                "'nonces': ['0000'],"
                "'resumption_master_secret': "
                "'7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c',"
                "'psks': ['4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3']",
    },
    {
        .name = "keys of a traffic secret of TLS 1.3 (RFC 8448, section 3)",
        .kind = LANEKDF_KIND_TLS13_TRAFFIC,
        .line = "'alg': 'tls13-traffic-keys', 'hash': 'sha256',"
                "'secret': 'b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21',"
                "'key': 'dbfaa693d1762c5b666af5d950258d01', 'iv': '5bd3c71b836e0b76bb73265f',"
                "'key_len': 16, 'iv_len': 12",
    },
    {
        .name = "exported key of TLS 1.3, SHA-384 (Mbed TLS, test_suite_ssl)",
        .kind = LANEKDF_KIND_TLS13_EXPORTER,
        .line = "'alg': 'tls13-exporter', 'hash': 'sha384',"
                "'exporter_master_secret': '"
                "c453aeae318ebae00617c430a0066cf586593a4b0150219107420798933cf9e6e4434337cccc2cae"
                "5429dc4f77401e39',"
                "'label_text': '"
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                "012345678', 'context': '',"
                "'out': '259531766aaa10fbab6bf2d11d23264b321743d9'",
    },
    {
        .name = "imported PSK (RFC 9258, of Botan)",
        .kind = LANEKDF_KIND_TLS13_PSK_IMPORT,
        .line = "'alg': 'tls13-psk-import', 'hash': 'sha256', 'target_hash': 'sha256',"
                "'key': '4142434441424344414243444142434441424344414243444142434441424344',"
                "'identity': '70736b31', 'context': '636f6e7465787431',"
                "'out': '77cfa040c1e1ca63f0cd989dbefb28f5129625b08ce4f258bb825a9b0a4642a0'",
    },
    {
        .name = "confirmation of ECH (RFC 9849, computed with Python's hashlib)",
        .kind = LANEKDF_KIND_ECH_CONFIRMATION,
        .line = "'alg': 'tls13-ech-confirmation', 'hash': 'sha256',"
                "'inner_random': '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',"
                "'transcript_hash': '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',"
                "'out': '8483dda46e984606'",
    },
    {
        .name = "Initial keys of QUIC (RFC 9001, appendix A)",
        .kind = LANEKDF_KIND_QUIC_INITIAL,
        .line = "'alg': 'quic-initial', 'version': '00000001', 'dcid': '8394c8f03e515708',"
                "'initial_secret': '7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44',"
                "'client_initial_secret': "
                "'c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea',"
                "'client_key': '1f369613dd76d5467730efcbe3b1a22d',"
                "'client_iv': 'fa044b2f42a3fd3b46fb255c',"
                "'client_hp': '9f50449e04a0e810283a1e9933adedd2',"
                "'server_initial_secret': "
                "'3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b',"
                "'server_key': 'cf3a5331653c364c88f0f379b6067e37',"
                "'server_iv': '0ac1493ca1905853b0bba03e',"
                "'server_hp': 'c206b8d9b9f0f37644430b490eeaa314'",
    },
    {
        .name = "Initial keys of QUIC version 2 (RFC 9369, appendix A)",
        .kind = LANEKDF_KIND_QUIC_INITIAL,
        .line = "'alg': 'quic-initial', 'version': '6b3343cf', 'dcid': '8394c8f03e515708',"
                "'initial_secret': '2062e8b3cd8d52092614b8071d0aa1fb7c2e3ac193f78b280e72d8f5751f6aba',"
                "'client_initial_secret': "
                "'14ec9d6eb9fd7af83bf5a668bc17a7e283766aade7ecd0891f70f9ff7f4bf47b',"
                "'client_key': '8b1a0bc121284290a29e0971b5cd045d',"
                "'client_iv': '91f73e2351d8fa91660e909f',"
                "'client_hp': '45b95e15235d6f45a6b19cbcb0294ba9',"
                "'server_initial_secret': "
                "'0263db1782731bf4588e7e4d93b7463907cb8cd8200b5da55a8bd488eafc37c1',"
                "'server_key': '82db637861d55e1d011f19ea71d5d2a7',"
                "'server_iv': 'dd13c276499c0249d3310652',"
                "'server_hp': 'edf6d05c83121201b436e16877593c3a'",
    },
};

const size_t n_known_answers = sizeof(known_answers) / sizeof(known_answers[0]);
