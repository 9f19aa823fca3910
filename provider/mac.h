/* The message authentication codes that lanekdf serves: HMAC (RFC 2104). */
#ifndef MAC_H
#define MAC_H

#include <openssl/core.h>

extern const OSSL_DISPATCH hmac_functions[];

#endif
