#include "key_exchange.h"

#include <stddef.h>
#include <string.h>

#define DHE_MADE_BY                                                                                          \
    "Both sides together. Each makes a Diffie-Hellman key pair for this handshake only and sends the "       \
    "public half (ServerKeyExchange, ClientKeyExchange). From its own private half and the other's "         \
    "public half each computes the same shared secret; that, without leading zero bytes, is it."
#define ECDHE_MADE_BY                                                                                        \
    "Both sides together. Each makes an elliptic-curve key pair for this handshake only and sends the "      \
    "public half (ServerKeyExchange, ClientKeyExchange). From its own private half and the other's "         \
    "public half each computes the same point; its x-coordinate, at full width, is it."
#define SIGNS                                                                                                \
    " private key of the server's certificate signs ServerKeyExchange: that proves whose public half "       \
    "it is. It enters no secret, so whoever steals it later cannot open this recording."
#define ANONYMOUS "There is none: nobody signs, so neither side knows with whom it shares the secret."
#define STATIC_PRIVATE_KEY                                                                                   \
    "The private key of the server's certificate computes the shared secret, in every handshake. With "      \
    "a client certificate of the same kind even the pre-master secret is the same every time: the "          \
    "randoms alone make the sessions differ. Whoever gets a private key later opens every recording."
#define PSK_PRIVATE_KEY " Whoever gets the pre-shared key later opens every recording."

static const struct key_exchange exchanges[] = {
    {"TLS_RSA_WITH_", "RSA",
        "The client alone: two bytes of version and 46 random ones. It encrypts them under the RSA key "
        "of the server's certificate and sends them in ClientKeyExchange.",
        "The private key of the server's certificate decrypts it, in every handshake. Whoever gets that "
        "key later opens every recording.",
        false},
    {"TLS_DHE_RSA_", "DHE, signed with RSA", DHE_MADE_BY, "The RSA" SIGNS, true},
    {"TLS_DHE_DSS_", "DHE, signed with DSS", DHE_MADE_BY, "The DSS" SIGNS, true},
    {"TLS_DHE_PSK_", "DHE with a pre-shared key",
        "Both sides together: the secret of an ephemeral Diffie-Hellman exchange, then the pre-shared "
        "key, each behind its length (RFC 4279).",
        "There is no certificate: knowing the pre-shared key is the proof. Found later it opens nothing, "
        "for the Diffie-Hellman secret is gone.",
        true},
    {"TLS_DH_anon_", "DHE, anonymous", DHE_MADE_BY, ANONYMOUS, true},
    {"TLS_DH_RSA_", "static DH",
        "Both sides together, but the server's Diffie-Hellman key is the one in its certificate, the same "
        "for every client; the client sends its own in ClientKeyExchange.",
        STATIC_PRIVATE_KEY, false},
    {"TLS_DH_DSS_", "static DH",
        "Both sides together, but the server's Diffie-Hellman key is the one in its certificate, the same "
        "for every client; the client sends its own in ClientKeyExchange.",
        STATIC_PRIVATE_KEY, false},
    {"TLS_ECDHE_RSA_", "ECDHE, signed with RSA", ECDHE_MADE_BY, "The RSA" SIGNS, true},
    {"TLS_ECDHE_ECDSA_", "ECDHE, signed with ECDSA", ECDHE_MADE_BY, "The ECDSA" SIGNS, true},
    {"TLS_ECDHE_PSK_", "ECDHE with a pre-shared key",
        "Both sides together: the secret of an ephemeral elliptic-curve exchange, then the pre-shared key, "
        "each behind its length (RFC 5489).",
        "There is no certificate: knowing the pre-shared key is the proof. Found later it opens nothing, "
        "for the elliptic-curve secret is gone.",
        true},
    {"TLS_ECDH_anon_", "ECDHE, anonymous", ECDHE_MADE_BY, ANONYMOUS, true},
    {"TLS_ECDH_", "static ECDH",
        "Both sides together, but the server's elliptic-curve key is the one in its certificate, the same "
        "for every client; the client sends its own in ClientKeyExchange.",
        STATIC_PRIVATE_KEY, false},
    {"TLS_RSA_PSK_", "RSA with a pre-shared key",
        "The client makes 48 bytes and encrypts them under the RSA key of the server's certificate; the "
        "pre-shared key follows them (RFC 4279).",
        "The private key of the server's certificate decrypts the client's part. Whoever gets it and the "
        "pre-shared key later opens every recording.",
        false},
    {"TLS_PSK_", "pre-shared key",
        "Nobody sends it: both sides put it together from the pre-shared key and as many zero bytes, each "
        "behind its length (RFC 4279).",
        "There is no certificate: knowing the pre-shared key is the proof." PSK_PRIVATE_KEY, false},
    {"TLS_SRP_SHA_", "SRP", "Both sides together, from the password and two fresh public values (RFC 5054).",
        "If there is a certificate, its private key signs ServerKeyExchange; it enters no secret.", true},
    {"", "not known here",
        "The line does not name a cipher suite that is known here, and the suite decides it.",
        "That, too, depends on the key exchange.", false},
};

const struct key_exchange *key_exchange_of(const char *suite)
{
    const struct key_exchange *exchange = exchanges;

    while (strncmp(suite, exchange->prefix, strlen(exchange->prefix)) != 0) {
        exchange++;
    }
    return exchange;
}
