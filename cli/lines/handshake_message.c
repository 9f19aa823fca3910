#include "handshake_message.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
    [HELLO_REQUEST] = "HelloRequest",
    [CLIENT_HELLO] = "ClientHello",
    [SERVER_HELLO] = "ServerHello",
    [HELLO_VERIFY_REQUEST] = "HelloVerifyRequest",
    [NEW_SESSION_TICKET] = "NewSessionTicket",
    [END_OF_EARLY_DATA] = "EndOfEarlyData",
    [ENCRYPTED_EXTENSIONS] = "EncryptedExtensions",
    [CERTIFICATE] = "Certificate",
    [SERVER_KEY_EXCHANGE] = "ServerKeyExchange",
    [CERTIFICATE_REQUEST] = "CertificateRequest",
    [SERVER_HELLO_DONE] = "ServerHelloDone",
    [CERTIFICATE_VERIFY] = "CertificateVerify",
    [CLIENT_KEY_EXCHANGE] = "ClientKeyExchange",
    [FINISHED] = "Finished",
    [CERTIFICATE_URL] = "CertificateURL",
    [CERTIFICATE_STATUS] = "CertificateStatus",
    [SUPPLEMENTAL_DATA] = "SupplementalData",
    [KEY_UPDATE] = "KeyUpdate",
    [COMPRESSED_CERTIFICATE] = "CompressedCertificate",
    [NEXT_PROTOCOL] = "NextProtocol",
    [MESSAGE_HASH] = "message_hash",
};

const char *message_type_name(unsigned type)
{
    return type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "unknown message";
}

/* The random of a HelloRetryRequest is the SHA-256 of its name. */
static const uint8_t hello_retry_random[LANEKDF_RANDOM_LEN] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
    0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07,
    0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

bool message_is_hello_retry_request(struct lanekdf_bytes message, size_t header_len)
{
    const size_t before_random = header_len + 2; /* the version */

    return message.len >= before_random + LANEKDF_RANDOM_LEN && message.data[0] == SERVER_HELLO &&
           memcmp(message.data + before_random, hello_retry_random, LANEKDF_RANDOM_LEN) == 0;
}

const char *message_name(struct lanekdf_bytes message)
{
    return message_is_hello_retry_request(message, MESSAGE_HEADER_LEN)
               ? "HelloRetryRequest"
               : message_type_name(message.len > 0 ? message.data[0] : 256);
}
