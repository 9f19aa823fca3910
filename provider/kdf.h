/*
 * A key derivation function as OpenSSL calls it: a context takes parameters, and derives from them. Every
 * algorithm has the same context, and a table says which values it keeps.
 *
 * lanekdf serves what all versions of OpenSSL do alike. At the first parameter, or derivation, that is
 * anything else, the context is handed on: the next provider gets a context with the same parameters, which
 * does everything from then on until a reset. Another digest, a property query, a mistake and whatever
 * differs from version to version is so as it would be without lanekdf, errors included.
 */
#ifndef KDF_H
#define KDF_H

#include <openssl/core.h>
#include <openssl/core_dispatch.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lanekdf.h"
#include "next_provider.h"
#include "served_digest.h"

enum {
    KDF_MAX_VALUES = 5,
    /* Of one value in one call. OpenSSL 3.6 takes five pieces of info and six of a seed, libssl gives five.
     */
    KDF_MAX_PIECES = 5,
    /* Bytes of a value that may have pieces. OpenSSL 3.0 takes no more of a seed. */
    KDF_MAX_JOINED = 1024
};

/* What a context does with a value that it is given. */
enum kdf_use {
    KDF_REPLACE,    /* it takes the place of an earlier one */
    KDF_JOIN,       /* the pieces of a call follow one another; they take the place of an earlier value */
    KDF_JOIN_LATER, /* the pieces of all calls follow one another */
    KDF_ONCE        /* some versions of OpenSSL forget the value at the next call, others keep it */
};

struct kdf_value_rule {
    const char *name; /* of the parameter */
    enum kdf_use use;
    uint16_t room; /* bytes kept in the context itself, a multiple of 8; a longer value is allocated */
};

enum kdf_mode { KDF_EXTRACT_AND_EXPAND, KDF_EXTRACT, KDF_EXPAND }; /* the numbers are OpenSSL's */

struct kdf_value {
    uint8_t *data; /* never NULL */
    size_t len, room;
    bool is_set; /* also with no bytes; never of a joined value that has none */
};

struct kdf_context {
    struct provider *provider;
    const struct kdf_algorithm *algorithm;
    EVP_KDF_CTX *next; /* not NULL: the context is handed on, and what follows is empty */
    const struct served_digest *digest;
    bool has_mode;
    enum kdf_mode mode;
    struct kdf_value values[KDF_MAX_VALUES];
    uint8_t bytes[];
};

struct kdf_algorithm {
    enum next_kdf next;
    const struct served_digest *digest; /* the one in its name; NULL: a parameter says which */
    bool has_mode;
    bool takes_legacy; /* digests that need a permission */
    /* Whether the mode extract-and-expand, which a context has from the start, is a mistake. */
    bool needs_other_mode;
    /* Programs, and the EVP_PKEY form of a KDF, look here for what they may set. All versions have the same.
     */
    const OSSL_PARAM *settable;
    unsigned n_values;
    struct kdf_value_rule values[KDF_MAX_VALUES];
    /* Derives out_len bytes; out overlaps nothing. False: not served, and whatever is in out is overwritten.
     */
    bool (*derive)(const struct kdf_context *context, uint8_t *out, size_t out_len);
};

/* The functions of OpenSSL's table that are the same for all algorithms. */
OSSL_FUNC_kdf_dupctx_fn kdf_dup;
OSSL_FUNC_kdf_freectx_fn kdf_free;
OSSL_FUNC_kdf_reset_fn kdf_reset;
OSSL_FUNC_kdf_derive_fn kdf_derive;
OSSL_FUNC_kdf_set_ctx_params_fn kdf_set_params;
OSSL_FUNC_kdf_get_ctx_params_fn kdf_get_params;
/* And those that KDF_FUNCTIONS() calls. What can be asked differs from version to version, and that list is
 * the next provider's. */
void *kdf_new(void *provider, const struct kdf_algorithm *algorithm);
const OSSL_PARAM *kdf_gettable(void *provider, const struct kdf_algorithm *algorithm);

#define KDF_FUNCTION(id, function)                                                                           \
    {                                                                                                        \
        OSSL_FUNC_KDF_##id, (void (*)(void))(function)                                                       \
    }
/* Defines OpenSSL's table NAME_functions for the struct kdf_algorithm of this NAME. */
#define KDF_FUNCTIONS(name)                                                                                  \
    static void *name##_new_context(void *provider)                                                          \
    {                                                                                                        \
        return kdf_new(provider, &(name));                                                                   \
    }                                                                                                        \
    static const OSSL_PARAM *name##_settable(void *context, void *provider)                                  \
    {                                                                                                        \
        (void)context;                                                                                       \
        (void)provider;                                                                                      \
        return (name).settable;                                                                              \
    }                                                                                                        \
    static const OSSL_PARAM *name##_gettable(void *context, void *provider)                                  \
    {                                                                                                        \
        (void)context;                                                                                       \
        return kdf_gettable(provider, &(name));                                                              \
    }                                                                                                        \
    const OSSL_DISPATCH name##_functions[] = {KDF_FUNCTION(NEWCTX, name##_new_context),                      \
        KDF_FUNCTION(DUPCTX, kdf_dup), KDF_FUNCTION(FREECTX, kdf_free), KDF_FUNCTION(RESET, kdf_reset),      \
        KDF_FUNCTION(DERIVE, kdf_derive), KDF_FUNCTION(SETTABLE_CTX_PARAMS, name##_settable),                \
        KDF_FUNCTION(SET_CTX_PARAMS, kdf_set_params), KDF_FUNCTION(GETTABLE_CTX_PARAMS, name##_gettable),    \
        KDF_FUNCTION(GET_CTX_PARAMS, kdf_get_params), {0, NULL}};

static inline struct lanekdf_bytes kdf_bytes(const struct kdf_value *value)
{
    return (struct lanekdf_bytes){value->data, value->len};
}

extern const OSSL_DISPATCH tls1_prf_functions[], hkdf_functions[], hkdf_sha256_functions[],
    hkdf_sha384_functions[], hkdf_sha512_functions[], tls13_kdf_functions[];

#endif
