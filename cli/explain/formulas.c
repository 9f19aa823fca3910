#include "formulas.h"

#include <string.h>

/* A row that holds for every line of its kind; for those with a field; for those without one. */
#define ALWAYS(alg, text)                                                                                    \
    {                                                                                                        \
        alg, N_FIELDS, N_FIELDS, text                                                                        \
    }
#define WITH(field, alg, text)                                                                               \
    {                                                                                                        \
        alg, FIELD_##field, N_FIELDS, text                                                                   \
    }
#define WITHOUT(field, alg, text)                                                                            \
    {                                                                                                        \
        alg, N_FIELDS, FIELD_##field, text                                                                   \
    }

#define MASTER_OF(pms, randoms) "master = PRF(" pms ", \"master secret\",\n             " randoms ")"
#define HELLO_RANDOMS "client_hello_random + server_hello_random"
#define EXTENDED_MASTER "master = PRF(pms, \"extended master secret\", session_hash)"
#define KEY_BLOCK "key_block = PRF(master, \"key expansion\", server_random + client_random)"
#define CUT                                                                                                  \
    "the key block is cut into the MAC keys of client and server, their write keys\n"                        \
    "    and their IVs, in this order"
#define FINISHED "out = PRF(master, \"client finished\" or \"server finished\", transcript_hash)"
#define TRAFFIC_KEYS(side)                                                                                   \
    side "key = HKDF-Expand-Label(its traffic secret, \"key\", \"\", key_len)\n"                             \
         "    the same with \"iv\", and in DTLS with \"sn\"; in QUIC \"quic key\",\n"                        \
         "    \"quic iv\" and \"quic hp\""
#define PREFIX "the labels follow the prefix \"tls13 \", in DTLS 1.3 \"dtls13\""

const struct formula_row formula_rows[] = {
    ALWAYS("tls12-prf", "out = PRF(secret, label, seed) = P_hash(secret, label + seed)"),
    ALWAYS("tls12-prf", "P_hash(secret, x) = HMAC(secret, A(1) + x) + HMAC(secret, A(2) + x) + ...,\n"
                        "    where A(1) = HMAC(secret, x), A(i) = HMAC(secret, A(i-1))"),
    ALWAYS("tls10-prf", "out = PRF(secret, label, seed) =\n"
                        "    P_MD5(first half of secret, label + seed) XOR\n"
                        "    P_SHA-1(second half of secret, label + seed)"),
    ALWAYS("ssl3-prf", "out = MD5(secret + SHA-1(\"A\" + secret + seed)) +\n"
                       "    MD5(secret + SHA-1(\"BB\" + secret + seed)) + ..."),
    ALWAYS("p-hash", "out = HMAC(secret, A(1) + seed) + HMAC(secret, A(2) + seed) + ...,\n"
                     "    where A(1) = HMAC(secret, seed), A(i) = HMAC(secret, A(i-1))"),
    WITH(PMS, "tls12-keys", MASTER_OF("pms", HELLO_RANDOMS)),
    WITH(KEY_BLOCK, "tls12-keys", KEY_BLOCK),
    WITH(CLIENT_WRITE_KEY, "tls12-keys", CUT),
    WITH(PMS, "tls12-ems-keys", EXTENDED_MASTER),
    WITH(KEY_BLOCK, "tls12-ems-keys", KEY_BLOCK),
    WITH(CLIENT_WRITE_KEY, "tls12-ems-keys", CUT),
    {"tls10-keys", FIELD_PMS, FIELD_SESSION_HASH, MASTER_OF("pms", HELLO_RANDOMS)},
    WITH(SESSION_HASH, "tls10-keys", EXTENDED_MASTER),
    WITH(KEY_BLOCK, "tls10-keys", KEY_BLOCK),
    WITH(CLIENT_WRITE_KEY, "tls10-keys", CUT),
    WITH(PMS, "ssl3-keys", "master = SSL3(pms, " HELLO_RANDOMS ")"),
    WITH(KEY_BLOCK, "ssl3-keys", "key_block = SSL3(master, server_random + client_random)"),
    ALWAYS("ssl3-keys", "SSL3(secret, seed) = MD5(secret + SHA-1(\"A\" + secret + seed)) +\n"
                        "    MD5(secret + SHA-1(\"BB\" + secret + seed)) + ..."),
    WITH(CLIENT_WRITE_KEY, "ssl3-keys", CUT),
    ALWAYS("ssl3-finished", "out = H(master + pad2 + H(handshake + sender + master + pad1)),\n"
                            "    with MD5 for H, pads of 48 bytes, then with SHA-1, pads of 40;\n"
                            "    pad1 is 0x36, pad2 is 0x5c"),
    ALWAYS("tls12-finished", FINISHED),
    ALWAYS("tls10-finished", FINISHED),
    WITHOUT(CONTEXT, "tls-exporter", "out = PRF(master, label, client_random + server_random)"),
    WITH(CONTEXT, "tls-exporter",
        "out = PRF(master, label, client_random + server_random +\n"
        "                     length of context, two bytes + context)"),
    WITH(PSK, "tls13-early", "early_secret = HKDF-Extract(0, psk)"),
    WITH(BINDER, "tls13-early",
        "binder = HMAC(finished key of Derive-Secret(early_secret, binder_label, \"\"),\n"
        "              binder_hash)"),
    WITH(CLIENT_EARLY_TRAFFIC_SECRET, "tls13-early",
        "client_early_traffic_secret =\n"
        "    Derive-Secret(early_secret, \"c e traffic\", client_hello_hash)"),
    WITH(CLIENT_EARLY_KEY, "tls13-early", TRAFFIC_KEYS("client_early_")),
    WITH(EARLY_EXPORTER_MASTER_SECRET, "tls13-early",
        "early_exporter_master_secret =\n"
        "    Derive-Secret(early_secret, \"e exp master\", client_hello_hash)"),
    ALWAYS("tls13-early", "handshake_salt = Derive-Secret(early_secret, \"derived\", \"\")"),
    ALWAYS("tls13-early", PREFIX),
    ALWAYS("tls13-psk-binder", "out = HMAC(finished key of Derive-Secret(early secret, binder_label, \"\"),\n"
                               "           transcript_hash), where early secret = HKDF-Extract(0, psk)"),
    ALWAYS("tls13-psk-binder", PREFIX),
    ALWAYS("tls13-psk-import", "out = HKDF-Expand-Label(HKDF-Extract(0, psk), \"derived psk\",\n"
                               "                        Hash(ImportedIdentity), length of target_hash)"),
    ALWAYS("tls13-psk-import", "ImportedIdentity = identity, context, target protocol, target KDF"),
    ALWAYS("tls13-handshake", "handshake_secret = HKDF-Extract(handshake_salt, shared_secret)"),
    WITHOUT(HANDSHAKE_SALT, "tls13-handshake",
        "handshake_salt = Derive-Secret(HKDF-Extract(0, 0), \"derived\", \"\"): no PSK"),
    WITHOUT(SHARED_SECRET, "tls13-handshake", "shared_secret = zeros, as there is no (EC)DHE"),
    WITH(TRANSCRIPT_HASH, "tls13-handshake",
        "client_handshake_traffic_secret =\n"
        "    Derive-Secret(handshake_secret, \"c hs traffic\", transcript_hash)"),
    WITH(TRANSCRIPT_HASH, "tls13-handshake",
        "server_handshake_traffic_secret =\n"
        "    Derive-Secret(handshake_secret, \"s hs traffic\", transcript_hash)"),
    WITH(CLIENT_KEY, "tls13-handshake", TRAFFIC_KEYS("client_")),
    WITH(TRANSCRIPT_HASH, "tls13-handshake",
        "client_finished_key = HKDF-Expand-Label(its traffic secret, \"finished\", \"\")"),
    ALWAYS("tls13-handshake",
        "master_secret =\n    HKDF-Extract(Derive-Secret(handshake_secret, \"derived\", \"\"), 0)"),
    ALWAYS("tls13-handshake", PREFIX),
    ALWAYS("tls13-finished", "out = HMAC(finished_key, transcript_hash)"),
    ALWAYS("tls13-application", "client_application_traffic_secret_0 =\n"
                                "    Derive-Secret(master_secret, \"c ap traffic\", transcript_hash)"),
    ALWAYS("tls13-application", "server_application_traffic_secret_0 =\n"
                                "    Derive-Secret(master_secret, \"s ap traffic\", transcript_hash)"),
    WITH(CLIENT_KEY, "tls13-application", TRAFFIC_KEYS("client_")),
    ALWAYS("tls13-application", "exporter_master_secret =\n"
                                "    Derive-Secret(master_secret, \"exp master\", transcript_hash)"),
    ALWAYS("tls13-application", PREFIX),
    WITH(MASTER_SECRET, "tls13-resumption",
        "resumption_master_secret =\n"
        "    Derive-Secret(master_secret, \"res master\", transcript_hash)"),
    WITH(PSKS, "tls13-resumption",
        "a psk = HKDF-Expand-Label(resumption_master_secret, \"resumption\", its nonce)"),
    ALWAYS("tls13-resumption", PREFIX),
    ALWAYS("tls13-traffic-keys", TRAFFIC_KEYS("")),
    ALWAYS("tls13-traffic-keys", PREFIX),
    ALWAYS("tls13-key-update",
        "next_secret = HKDF-Expand-Label(secret, \"traffic upd\", \"\"), so many updates;\n"
        "    in QUIC \"quic ku\""),
    WITH(KEY, "tls13-key-update", TRAFFIC_KEYS("")),
    ALWAYS("tls13-key-update", PREFIX),
    ALWAYS("tls13-exporter", "out = HKDF-Expand-Label(Derive-Secret(exporter_master_secret, label, \"\"),\n"
                             "                        \"exporter\", Hash(context), length)"),
    ALWAYS("tls13-exporter", PREFIX),
    ALWAYS("tls13-ech-confirmation",
        "out = HKDF-Expand-Label(HKDF-Extract(0, inner_random),\n"
        "                        \"ech accept confirmation\", transcript_hash, 8);\n"
        "    of HelloRetryRequest \"hrr ech accept confirmation\""),
    ALWAYS("tls13-ech-confirmation", PREFIX),
    WITH(PREV, "tls13-extract", "out = HKDF-Extract(Derive-Secret(prev, \"derived\", \"\"), ikm)"),
    WITHOUT(PREV, "tls13-extract", "out = HKDF-Extract(0, ikm)"),
    WITHOUT(IKM, "tls13-extract", "ikm = zeros"),
    ALWAYS("tls13-schedule", "early secret = HKDF-Extract(0, psk)"),
    ALWAYS("tls13-schedule",
        "handshake secret =\n    HKDF-Extract(Derive-Secret(early secret, \"derived\", \"\"), dhe)"),
    ALWAYS("tls13-schedule",
        "master secret =\n    HKDF-Extract(Derive-Secret(handshake secret, \"derived\", \"\"), 0)"),
    ALWAYS("tls13-schedule", "the others = Derive-Secret(one of these, label, hash of what is sent so far)"),
    ALWAYS("quic-initial", "initial_secret = HKDF-Extract(salt of the version, dcid)"),
    ALWAYS("quic-initial", "client_initial_secret = HKDF-Expand-Label(initial_secret, \"client in\", \"\")\n"
                           "    that of the server with \"server in\""),
    ALWAYS("quic-initial",
        "client_key = HKDF-Expand-Label(client_initial_secret, \"quic key\", \"\")\n"
        "    the same with \"quic iv\" and \"quic hp\"; in version 2 \"quicv2 key\" and so on"),
    WITH(DCID, "quic-packet",
        "secret = HKDF-Expand-Label(HKDF-Extract(salt of the version, dcid),\n"
        "                           \"client in\" or \"server in\", \"\")"),
    ALWAYS("quic-packet",
        "key = HKDF-Expand-Label(secret, \"quic key\", \"\")\n"
        "    the same with \"quic iv\" and \"quic hp\"; in version 2 \"quicv2 key\" and so on"),
    WITH(MASK, "quic-packet", "mask = the cipher of the packet under hp, of sample (RFC 9001 section 5.4)"),
    ALWAYS("hkdf", "okm = HKDF-Expand(HKDF-Extract(salt, ikm), info, length)"),
    ALWAYS("hkdf-extract", "prk = HKDF-Extract(salt, ikm) = HMAC(salt, ikm)"),
    ALWAYS("hkdf-expand", "okm = HKDF-Expand(prk, info, length) = T(1) + T(2) + ...,\n"
                          "    where T(i) = HMAC(prk, T(i-1) + info + i), i one byte"),
    ALWAYS("hkdf-expand-label", "out = HKDF-Expand-Label(secret, label, context, length)\n"
                                "    = HKDF-Expand(secret, length + prefix and label + context, length)"),
    ALWAYS("hkdf-expand-label", PREFIX),
    ALWAYS("hash", "digest = Hash(msg)"),
    ALWAYS("hmac", "mac = HMAC(key, msg) = H((key XOR opad) + H((key XOR ipad) + msg))"),
};

const size_t n_formula_rows = sizeof(formula_rows) / sizeof(formula_rows[0]);

bool formulas_give_public(const struct algorithm *algorithm)
{
    static const char *const sent[] = {"ssl3-finished", "tls12-finished", "tls10-finished", "tls13-finished",
        "tls13-psk-binder", "tls13-ech-confirmation"};

    for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
        if (strcmp(algorithm->name, sent[i]) == 0) {
            return true;
        }
    }
    return false;
}
