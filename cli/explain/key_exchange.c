#include "key_exchange.h"

#include <stddef.h>

#define DHE_MADE_BY                                                                                          \
    "Both sides together. Each makes a Diffie-Hellman key pair for this handshake only and sends the "       \
    "public half (ServerKeyExchange, ClientKeyExchange). From its own private half and the other's "         \
    "public half each computes the same shared secret; that, without leading zero bytes, is it."
#define DH_BYTES "As many as the prime has (256 for 2048 bits), less the leading zero bytes."
#define ECDHE_MADE_BY                                                                                        \
    "Both sides together. Each makes an elliptic-curve key pair for this handshake only and sends the "      \
    "public half (ServerKeyExchange, ClientKeyExchange). From its own private half and the other's "         \
    "public half each computes the same point; its x-coordinate, at full width, is it."
#define ECDH_BYTES "32 with P-256 and X25519, 48 with P-384, 56 with X448, 66 with P-521."
/* RFC 8492 works on curves in the short Weierstrass form alone. */
#define ECCPWD_BYTES "As many as the curve's prime has: 32 with P-256, 48 with P-384, 66 with P-521."
#define SIGNS                                                                                                \
    " private key of the server's certificate signs ServerKeyExchange: that proves whose public half "       \
    "it is. It enters no secret, so whoever steals it later cannot open this recording."
#define ANONYMOUS "There is none: nobody signs, so neither side knows with whom it shares the secret."
#define STATIC_PRIVATE_KEY                                                                                   \
    "The private key of the server's certificate computes the shared secret, in every handshake. With "      \
    "a client certificate of the same kind even the pre-master secret is the same every time: the "          \
    "randoms alone make the sessions differ. Whoever gets a private key later opens every recording."
#define PSK_PROVES "There is no certificate: knowing the pre-shared key is the proof."
#define PSK_COMES_TOO_LATE PSK_PROVES " Found later it opens nothing, for the "
#define EXPORT_GROUP "The group has at most 512 bits (1024 in EXPORT1024 suites); 512 are broken in hours"

static const struct key_exchange exchanges[] = {
    {LANEKDF_KX_RSA, 0, "RSA",
        "The client alone: two bytes of version and 46 random ones. It encrypts them under the RSA key "
        "of the server's certificate and sends them in ClientKeyExchange.",
        "48: the version that the client offered (2), random (46).",
        "The private key of the server's certificate decrypts it, in every handshake. Whoever gets that "
        "key later opens every recording.",
        false},
    {LANEKDF_KX_DH, 0, "static DH",
        "Both sides together, but the server's Diffie-Hellman key is the one in its certificate, the same "
        "for every client; the client sends its own in ClientKeyExchange.",
        DH_BYTES, STATIC_PRIVATE_KEY, false},
    {LANEKDF_KX_DHE, LANEKDF_AUTH_RSA, "DHE, signed with RSA", DHE_MADE_BY, DH_BYTES, "The RSA" SIGNS, true},
    {LANEKDF_KX_DHE, LANEKDF_AUTH_DSS, "DHE, signed with DSS", DHE_MADE_BY, DH_BYTES, "The DSS" SIGNS, true},
    {LANEKDF_KX_DHE, LANEKDF_AUTH_ANON, "DHE, anonymous", DHE_MADE_BY, DH_BYTES, ANONYMOUS, true},
    {LANEKDF_KX_ECDH, 0, "static ECDH",
        "Both sides together, but the server's elliptic-curve key is the one in its certificate, the same "
        "for every client; the client sends its own in ClientKeyExchange.",
        ECDH_BYTES, STATIC_PRIVATE_KEY, false},
    {LANEKDF_KX_ECDHE, LANEKDF_AUTH_RSA, "ECDHE, signed with RSA", ECDHE_MADE_BY, ECDH_BYTES, "The RSA" SIGNS,
        true},
    {LANEKDF_KX_ECDHE, LANEKDF_AUTH_ECDSA, "ECDHE, signed with ECDSA", ECDHE_MADE_BY, ECDH_BYTES,
        "The ECDSA" SIGNS, true},
    {LANEKDF_KX_ECDHE, LANEKDF_AUTH_ANON, "ECDHE, anonymous", ECDHE_MADE_BY, ECDH_BYTES, ANONYMOUS, true},
    {LANEKDF_KX_PSK, 0, "pre-shared key",
        "Nobody sends it: both sides put it together from the pre-shared key and as many zero bytes, each "
        "behind its length (RFC 4279).",
        "4 and twice the key's N: uint16(N), N zero bytes, uint16(N), the pre-shared key.",
        PSK_PROVES " Whoever gets the pre-shared key later opens every recording.", false},
    {LANEKDF_KX_DHE_PSK, 0, "DHE with a pre-shared key",
        "Both sides together: the secret of an ephemeral Diffie-Hellman exchange, then the pre-shared "
        "key, each behind its length (RFC 4279).",
        "4, the secret's and the key's: uint16, the Diffie-Hellman secret without leading zero bytes, "
        "uint16, the pre-shared key.",
        PSK_COMES_TOO_LATE "Diffie-Hellman secret is gone.", true},
    {LANEKDF_KX_ECDHE_PSK, 0, "ECDHE with a pre-shared key",
        "Both sides together: the secret of an ephemeral elliptic-curve exchange, then the pre-shared key, "
        "each behind its length (RFC 5489).",
        "4, the secret's and the key's: uint16, the x-coordinate at full width, uint16, the pre-shared key.",
        PSK_COMES_TOO_LATE "elliptic-curve secret is gone.", true},
    {LANEKDF_KX_RSA_PSK, 0, "RSA with a pre-shared key",
        "The client makes 48 bytes and encrypts them under the RSA key of the server's certificate; the "
        "pre-shared key follows them (RFC 4279).",
        "52 and the key's: uint16(48), the version that the client offered (2), random (46), uint16, the "
        "pre-shared key.",
        "The private key of the server's certificate decrypts the client's part. Whoever gets it and the "
        "pre-shared key later opens every recording.",
        false},
    {LANEKDF_KX_SRP, 0, "SRP",
        "Both sides together, from the password and two fresh public values (RFC 5054).",
        "As many as the group's prime has, less the leading zero bytes.",
        "If there is a certificate, its private key signs ServerKeyExchange; it enters no secret.", true},
    {LANEKDF_KX_KRB5, 0, "Kerberos",
        "The client alone: two bytes of version and 46 random ones, sent encrypted under the session key of "
        "its Kerberos ticket (RFC 2712).",
        "48: the version that the client offered (2), random (46).",
        "There is no certificate: the ticket is the proof. Whoever gets the server's Kerberos key later "
        "opens the ticket, and with it every recording.",
        false},
    {LANEKDF_KX_ECCPWD, 0, "ECCPWD",
        "Both sides together, from the password and fresh points on an elliptic curve (RFC 8492).",
        ECCPWD_BYTES,
        "There is no certificate: knowing the password is the proof. Found later it opens nothing.", true},
    {LANEKDF_KX_ECJPAKE, 0, "EC J-PAKE",
        "Both sides together, from the password and fresh points on an elliptic curve, in two rounds "
        "(draft-cragie-tls-ecjpake).",
        "32: the SHA-256 of the shared point's x-coordinate.",
        "There is no certificate: knowing the password is the proof. Found later it opens nothing.", true},
    {0, 0, "not known here",
        "The line does not name a cipher suite that is known here, and the suite decides it.",
        "That depends on the key exchange.", "That, too, depends on the key exchange.", false},
};

const struct key_exchange *key_exchange_of(const struct lanekdf_suite *suite)
{
    const struct key_exchange *exchange = exchanges;

    while (exchange->id != 0 &&
           (!suite || exchange->id != suite->key_exchange ||
               (exchange->authentication != 0 && exchange->authentication != suite->authentication))) {
        exchange++;
    }
    return exchange;
}

const char *key_exchange_export(const struct lanekdf_suite *suite)
{
    if (!suite || suite->final_key_len == 0) {
        return NULL;
    }
    switch (suite->key_exchange) {
    case LANEKDF_KX_RSA:
        return "Where the certificate's RSA key has more than 512 bits (1024 in EXPORT1024 suites) the "
               "server "
               "makes a temporary one and signs it (ServerKeyExchange); the client encrypts under that, and "
               "the certificate's key decrypts nothing. 512 bits are broken in hours.";
    case LANEKDF_KX_DH:
        return EXPORT_GROUP ".";
    case LANEKDF_KX_DHE:
        return EXPORT_GROUP ": forward secret it is in name only.";
    default:
        return NULL;
    }
}
