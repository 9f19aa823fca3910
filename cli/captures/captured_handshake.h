/*
 * One handshake of a capture: what either side sent, and what the two hellos say.
 */
#ifndef CAPTURED_HANDSHAKE_H
#define CAPTURED_HANDSHAKE_H

#include "items.h"
#include "key_log.h"

enum { CLIENT_SIDE, SERVER_SIDE, N_CAPTURE_SIDES };

struct client_hello {
    bool is_there;
    uint8_t random[LANEKDF_RANDOM_LEN];
    struct lanekdf_bytes session_id, ticket; /* RFC 5077; empty: none */
};

struct server_hello {
    bool is_there;
    uint16_t version; /* as on the wire: of DTLS feff or fefd */
    uint16_t suite;
    uint8_t random[LANEKDF_RANDOM_LEN];
    struct lanekdf_bytes session_id;
    bool is_extended;       /* the master secret: RFC 7627 */
    bool is_etm;            /* encrypt-then-MAC: RFC 7366 */
    bool has_truncated_mac; /* RFC 6066 section 7 */
    bool is_compressed;
    bool promises_ticket;     /* a NewSessionTicket follows: RFC 5077 section 3.2 */
    size_t n_before_finished; /* encrypted messages of the client's between ChangeCipherSpec and Finished */
};

struct handshake {
    struct handshake *next;
    const char *file; /* where it began */
    uint64_t number, stream;
    bool is_dtls;
    bool is_renegotiated; /* the connection had another before it */

    struct items flights[N_CAPTURE_SIDES];
    struct client_hello client_hello; /* these point into the flights */
    struct server_hello server_hello;
    uint8_t rsa_id[KEY_LOG_RSA_ID_LEN]; /* the first bytes of the encrypted pre-master secret */
    bool has_key_exchange;
};

/* A version of TLS 1.3, which is not served. */
enum { TLS13 = 0x0304, DTLS13 = 0xfefc };

/* Bytes of a message's header: in DTLS 12. */
size_t handshake_header_len(const struct handshake *handshake);

/* The TLS version whose derivations it has: of DTLS 1.0 TLS 1.1, of DTLS 1.2 TLS 1.2; 0: none that is served.
 */
uint16_t handshake_tls_version(const struct handshake *handshake);

/* Reads hellos and key exchange, once the flights are there. */
void handshake_read(struct handshake *handshake);

/* Parts of handshake_read, for who looks at a message in advance. */
void client_hello_read(struct client_hello *hello, const struct item *item, bool is_dtls);
void server_hello_read(struct server_hello *hello, const struct item *item, bool is_dtls);

void handshake_free(struct handshake *handshake);

#endif
