/*
 * lanekdf as a provider of OpenSSL 3, for a program that has it linked in and a library context of its own:
 *
 *     OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
 *     OSSL_PROVIDER_add_builtin(libctx, "lanekdf", lanekdf_provider_init);
 *     OSSL_PROVIDER_load(libctx, "lanekdf");
 *     OSSL_PROVIDER_load(libctx, "default");
 *     EVP_set_default_properties(libctx, "?provider=lanekdf");
 *
 * The default provider is needed beside it: it does whatever lanekdf does not serve. The order of the two has
 * no meaning, the property decides. Programs that are not rebuilt load the module lanekdf.so instead.
 */
#ifndef LANEKDF_PROVIDER_H
#define LANEKDF_PROVIDER_H

#include <openssl/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The provider's entry for OSSL_PROVIDER_add_builtin(). It may be added to any number of library contexts.
 * The first of its algorithms that is fetched starts lanekdf up for one job at a time (lanekdf_start_one),
 * unless the program did it in its own way. Where lanekdf cannot start, the provider is loaded and serves no
 * algorithm.
 */
extern OSSL_provider_init_fn lanekdf_provider_init;

#ifdef __cplusplus
}
#endif
#endif
