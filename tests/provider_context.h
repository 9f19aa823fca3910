/* Library contexts of OpenSSL for the tests of the provider, which is linked in, and what reached it. */
#ifndef PROVIDER_CONTEXT_H
#define PROVIDER_CONTEXT_H

#include <openssl/crypto.h>

/* The library context with the provider, then OpenSSL's default one, and these default properties (NULL:
 * none). There may be one at a time; the second function unloads the providers and frees it. */
OSSL_LIB_CTX *provider_context(const char *properties);
void provider_context_free(OSSL_LIB_CTX *libctx);

/* The query by which lanekdf serves. */
#define PROVIDER_PREFERRED "?provider=lanekdf"

/* Jobs that the provider derived, and implementations of the next provider that it asked for. Tests that use
 * these are linked with --wrap for those functions. Not for several threads. */
extern unsigned provider_n_jobs, provider_n_handed_on;

#endif
