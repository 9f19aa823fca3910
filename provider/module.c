/* The entry of the module lanekdf.so, under the name that OpenSSL looks for. */
#include "lanekdf_provider.h"

extern __attribute__((visibility("default"))) OSSL_provider_init_fn OSSL_provider_init;

int OSSL_provider_init(
    const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provctx)
{
    return lanekdf_provider_init(handle, in, out, provctx);
}
