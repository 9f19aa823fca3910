#include "handshake_message.h"

#include <stddef.h>

static const char *const names[] = {
    [HELLO_REQUEST] = "HelloRequest",
    [CLIENT_HELLO] = "ClientHello",
    [SERVER_HELLO] = "ServerHello",
    [HELLO_VERIFY_REQUEST] = "HelloVerifyRequest",
    [NEW_SESSION_TICKET] = "NewSessionTicket",
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
    [NEXT_PROTOCOL] = "NextProtocol",
};

const char *message_type_name(unsigned type)
{
    return type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "unknown message";
}
