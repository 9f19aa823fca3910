/* Memory of libcrypto's. A call that fails for want of it leaves OpenSSL's error, which some versions leave
 * by themselves. */
#ifndef ALLOCATION_H
#define ALLOCATION_H

#include <openssl/crypto.h>
#include <openssl/err.h>

static inline void *allocate(size_t len)
{
    void *memory = OPENSSL_malloc(len);
    if (!memory) {
        ERR_raise(ERR_LIB_PROV, ERR_R_MALLOC_FAILURE);
    }
    return memory;
}

#endif
