/*
 * A handshake of a capture: what either side sent, and what the two hellos say.
 */
#ifndef CAPTURED_HANDSHAKE_H
#define CAPTURED_HANDSHAKE_H

#include "items.h"
#include "key_log.h"
#include "packet.h"

enum { CLIENT_SIDE, SERVER_SIDE, N_CAPTURE_SIDES };

struct client_hello {
    bool is_there;
    bool offers_dtls13; /* in supported_versions */
    uint8_t random[LANEKDF_RANDOM_LEN];
    struct lanekdf_bytes session_id, ticket; /* RFC 5077; empty: none */
};

struct server_hello {
    bool is_there;
    uint16_t version; /* as on the wire: feff and fefd are DTLS 1.0 and 1.2 */
    uint16_t suite;
    uint8_t random[LANEKDF_RANDOM_LEN];
    struct lanekdf_bytes session_id;
    bool is_extended;       /* extended master secret: RFC 7627 */
    bool is_etm;            /* encrypt-then-MAC: RFC 7366 */
    bool has_truncated_mac; /* RFC 6066 section 7 */
    bool is_compressed;
    bool promises_ticket;     /* a NewSessionTicket follows: RFC 5077 section 3.2 */
    size_t n_before_finished; /* encrypted messages of the client's between ChangeCipherSpec and Finished */
};

struct handshake {
    struct handshake *next;
    const char *file; /* where the handshake began */
    uint64_t number, stream;
    bool is_dtls;
    uint32_t quic_version;                      /* LANEKDF_QUIC_V1 or _V2; 0: the handshake is none of QUIC */
    uint8_t quic_id[LANEKDF_MAX_CONNECTION_ID]; /* from which its Initial keys follow */
    size_t quic_id_len;
    bool is_late;          /* of QUIC: the capture has packets behind the handshake alone */
    bool is_unreadable;    /* there is no cipher that its Initial packets could be opened with */
    bool is_renegotiated;  /* the connection had another handshake before this one */
    struct cut_packet cut; /* the first of the connection, which may be why something is missing */

    struct items flights[N_CAPTURE_SIDES];
    struct client_hello client_hello; /* both hellos point into the flights */
    struct server_hello server_hello;
    uint8_t rsa_id[KEY_LOG_RSA_ID_LEN]; /* the first bytes of the encrypted pre-master secret */
    bool has_key_exchange;
};

/* The versions of TLS 1.3. */
enum { TLS13 = 0x0304, DTLS13 = 0xfefc };

/* Returns the length of a message's header in bytes, which is 4 in TLS and 12 in DTLS. */
size_t handshake_header_len(const struct handshake *handshake);

/* Returns the version of TLS whose derivations the handshake has, or 0 if its version is not served: DTLS 1.0
 * has those of TLS 1.1, DTLS 1.2 those of TLS 1.2. */
uint16_t handshake_tls_version(const struct handshake *handshake);

/* Reads hellos and key exchange, once the flights are there. */
void handshake_read(struct handshake *handshake);

/* The parts of handshake_read(), for callers that need a hello before the handshake is there. */
void client_hello_read(struct client_hello *hello, const struct item *item, bool is_dtls);
void server_hello_read(struct server_hello *hello, const struct item *item, bool is_dtls);

/* Whether two ClientHellos have the same random. The time does not grow with their lengths. */
bool client_hellos_are_same(const struct item *a, const struct item *b, bool is_dtls);

void handshake_free(struct handshake *handshake);

#endif
