/*
 * Messages of the handshake: a header of a type and a length of three bytes, then the body (RFC 5246
 * section 7.4).
 */
#ifndef HANDSHAKE_MESSAGE_H
#define HANDSHAKE_MESSAGE_H

#include "lanekdf.h"

#include <stdbool.h>

enum {
    MESSAGE_HEADER_LEN = 4,
    DTLS_MESSAGE_HEADER_LEN = 12, /* RFC 6347 section 4.2.2: message_seq and fragment fields, too */
    MAX_MESSAGE_HEADER_LEN = DTLS_MESSAGE_HEADER_LEN
};

enum message_type {
    HELLO_REQUEST = 0,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    HELLO_VERIFY_REQUEST = 3, /* DTLS */
    NEW_SESSION_TICKET = 4,
    END_OF_EARLY_DATA = 5,    /* TLS 1.3 */
    ENCRYPTED_EXTENSIONS = 8, /* TLS 1.3 */
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    SERVER_HELLO_DONE = 14,
    CERTIFICATE_VERIFY = 15,
    CLIENT_KEY_EXCHANGE = 16,
    FINISHED = 20,
    CERTIFICATE_URL = 21,
    CERTIFICATE_STATUS = 22,
    SUPPLEMENTAL_DATA = 23,
    KEY_UPDATE = 24,
    COMPRESSED_CERTIFICATE = 25, /* RFC 8879 */
    NEXT_PROTOCOL = 67,
    MESSAGE_HASH = 254 /* RFC 8446 section 4.4.1 */
};

/* Returns the name of a message of this type, as the RFCs write it: "ClientHello". */
const char *message_type_name(unsigned type);

/* Returns the name of a whole message; a ServerHello may be a HelloRetryRequest (RFC 8446 section 4.1.3). */
const char *message_name(struct lanekdf_bytes message);

/* Whether the message is a HelloRetryRequest, with a header of this length. */
bool message_is_hello_retry_request(struct lanekdf_bytes message, size_t header_len);

#endif
