/*
 * HMAC. As in kdf.h, a context is handed on at anything that is not served: the next provider gets a context
 * with the same digest and key. Within a message that is too late, since what is hashed cannot be given to
 * anybody; the next provider then takes over when that message ends.
 */
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "allocation.h"
#include "lanekdf.h"
#include "mac.h"
#include "next_provider.h"
#include "served_digest.h"

enum { KEY_ROOM = 64 }; /* bytes: the MAC keys of TLS, and of tickets, are no longer */

enum message { NOT_BEGUN, BEGUN, FINISHED };

/*
 * What a context with a key and its copies have in common. libssl copies one context for each record, and
 * where the MAC comes before encryption, each copy that reads is handed on: a copy of a context of the next
 * provider takes a fifth of the time that a new one takes, which has to fetch the digest and hash the key.
 */
struct shared_next {
    atomic_uint n_users;
    EVP_MAC_CTX *_Atomic context; /* has the key, and no message; NULL: nobody was handed on yet */
};

struct hmac_context {
    struct provider *provider;
    EVP_MAC_CTX
    *next; /* not NULL: the context is handed on, at once or, if `is_later`, at the next message */
    bool is_later;
    const struct served_digest *digest; /* for the next key; NULL: not set */
    const struct served_digest *keyed;  /* the digest of the key that is in force; NULL: there is no key */
    struct shared_next *_Atomic shared; /* for that key; NULL: there are no copies */
    enum message message;               /* which part of it is in the state */
    uint8_t *key;                       /* for the next provider; short_key, or allocated if it is longer */
    size_t key_len;
    uint8_t short_key[KEY_ROOM];
    struct lanekdf_hmac_state state;
};

/* Whether the next provider does what is asked now. */
static bool is_handed_on(const struct hmac_context *context)
{
    return context->next && !context->is_later;
}

/* ---- contexts ---- */

static void *new_context(void *provider)
{
    struct hmac_context *context = allocate(sizeof(*context));
    if (context) {
        context->provider = provider;
        context->next = NULL;
        context->is_later = false;
        context->digest = context->keyed = NULL;
        atomic_init(&context->shared, NULL);
        context->message = NOT_BEGUN;
        context->key = context->short_key;
        context->key_len = 0;
    }
    return context;
}

/* Returns what a context shares with its copies, with one user more; NULL if there is no memory. Several
 * threads may copy one context. */
static struct shared_next *share_next(struct hmac_context *context)
{
    struct shared_next *shared = atomic_load_explicit(&context->shared, memory_order_acquire);
    if (!shared) {
        struct shared_next *own = allocate(sizeof(*own));
        if (!own) {
            return NULL;
        }
        atomic_init(&own->n_users, 1);
        atomic_init(&own->context, NULL);
        if (atomic_compare_exchange_strong(&context->shared, &shared, own)) {
            shared = own;
        } else {
            OPENSSL_free(own);
        }
    }
    atomic_fetch_add_explicit(&shared->n_users, 1, memory_order_relaxed);
    return shared;
}

static void drop_shared_next(struct hmac_context *context)
{
    struct shared_next *shared = atomic_load_explicit(&context->shared, memory_order_relaxed);
    if (!shared) {
        return;
    }
    if (atomic_fetch_sub_explicit(&shared->n_users, 1, memory_order_acq_rel) == 1) {
        EVP_MAC_CTX_free(shared->context);
        OPENSSL_free(shared);
    }
    atomic_store_explicit(&context->shared, NULL, memory_order_relaxed);
}

/* Forgets the key and the message. */
static void forget_key(struct hmac_context *context)
{
    if (context->key != context->short_key) {
        OPENSSL_clear_free(context->key, context->key_len);
    } else {
        OPENSSL_cleanse(context->short_key, context->key_len);
    }
    if (context->keyed) {
        lanekdf_hmac_state_clear(&context->state);
    }
    context->key = context->short_key;
    context->key_len = 0;
    context->keyed = NULL;
    context->message = NOT_BEGUN;
    drop_shared_next(context);
}

static void free_context(void *opaque)
{
    struct hmac_context *context = opaque;
    if (context) {
        EVP_MAC_CTX_free(context->next);
        forget_key(context);
        OPENSSL_free(context);
    }
}

static bool keep_key(struct hmac_context *context, const uint8_t *key, size_t len)
{
    uint8_t *room = len <= KEY_ROOM ? context->short_key : allocate(len);
    if (!room) {
        return false;
    }
    memcpy(room, key, len);
    context->key = room;
    context->key_len = len;
    return true;
}

/* Whether copies are worth a context that they share: within a message a copy can hardly be handed on, and
 * OpenSSL 3.5 fails to copy a context with an empty key. */
static bool shares_next(const struct hmac_context *context)
{
    return context->message == NOT_BEGUN && context->key_len != 0 && !context->next;
}

static bool copy_content(struct hmac_context *copy, struct hmac_context *context)
{
    copy->is_later = context->is_later;
    copy->digest = context->digest;
    if (context->keyed) {
        if (!keep_key(copy, context->key, context->key_len)) {
            return false;
        }
        copy->keyed = context->keyed;
        copy->message = context->message;
        copy->state = context->state;
        if (shares_next(context)) {
            struct shared_next *shared = share_next(context);
            if (!shared) {
                return false;
            }
            atomic_store_explicit(&copy->shared, shared, memory_order_relaxed);
        }
    }
    if (context->next) {
        copy->next = EVP_MAC_CTX_dup(context->next);
        return copy->next != NULL;
    }
    return true;
}

static void *dup_context(void *opaque)
{
    struct hmac_context *context = opaque;
    struct hmac_context *copy = new_context(context->provider);
    if (copy && !copy_content(copy, context)) {
        free_context(copy);
        return NULL;
    }
    return copy;
}

/* ---- handing on ---- */

static OSSL_PARAM digest_param(const struct served_digest *digest)
{
    /* The constructor takes no const text, and nothing writes to what is given to a context. */
    union {
        const char *name;
        char *parameter;
    } text = {digest->name};
    return OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, text.parameter, 0);
}

/* A new context of the next provider with the key that is in force, for the caller to free; NULL if that
 * fails. */
static EVP_MAC_CTX *new_next(const struct hmac_context *context)
{
    EVP_MAC *mac = next_hmac(context->provider);
    EVP_MAC_CTX *next = mac ? EVP_MAC_CTX_new(mac) : NULL;
    if (next && context->keyed) {
        const OSSL_PARAM params[] = {digest_param(context->keyed), OSSL_PARAM_construct_end()};
        if (EVP_MAC_init(next, context->key, context->key_len, params) <= 0) {
            EVP_MAC_CTX_free(next);
            return NULL;
        }
    }
    return next;
}

/* The same as a copy of the context that all copies share, which is made for the first of them. */
static EVP_MAC_CTX *copy_shared_next(const struct hmac_context *context, struct shared_next *shared)
{
    EVP_MAC_CTX *next = atomic_load_explicit(&shared->context, memory_order_acquire);
    if (!next) {
        EVP_MAC_CTX *own = new_next(context);
        if (!own) {
            return NULL;
        }
        if (atomic_compare_exchange_strong(&shared->context, &next, own)) {
            next = own;
        } else {
            EVP_MAC_CTX_free(own);
        }
    }
    return EVP_MAC_CTX_dup(next);
}

/* A context of the next provider with the same key, and the digest for a later one, for the caller to free;
 * NULL if that fails. */
static EVP_MAC_CTX *next_context(const struct hmac_context *context)
{
    struct shared_next *shared = atomic_load_explicit(&context->shared, memory_order_acquire);
    EVP_MAC_CTX *next = shared ? copy_shared_next(context, shared) : new_next(context);
    if (next && context->digest && context->digest != context->keyed) {
        const OSSL_PARAM params[] = {digest_param(context->digest), OSSL_PARAM_construct_end()};
        if (EVP_MAC_CTX_set_params(next, params) <= 0) {
            EVP_MAC_CTX_free(next);
            return NULL;
        }
    }
    return next;
}

/* From now on the next provider does what is asked. */
static void take_over(struct hmac_context *context)
{
    context->is_later = false;
    forget_key(context);
}

static bool hand_on(struct hmac_context *context)
{
    if (!context->next) {
        context->next = next_context(context);
        context->is_later = context->message == BEGUN;
        if (context->next && !context->is_later) {
            take_over(context);
        }
    }
    return context->next != NULL;
}

/* ---- keys ---- */

static bool start(struct hmac_context *context, const uint8_t *key, size_t len)
{
    struct lanekdf_prepared_secret prepared;
    struct lanekdf_prepare job = {.job.kind = LANEKDF_KIND_PREPARE,
        .hash = context->digest->hash,
        .secret = {key, len},
        .prepared = &prepared};
    const bool is_started =
        lanekdf_derive_one(&job.job) == LANEKDF_OK &&
        lanekdf_hmac_start(&context->state, context->digest->hash, &prepared) == LANEKDF_OK;
    lanekdf_prepared_secret_clear(&prepared);
    return is_started;
}

/* Begins a message with a new key and the digest that was set last. False: not served, and there is no key.
 */
static bool set_key(struct hmac_context *context, const uint8_t *key, size_t len)
{
    forget_key(context);
    if (!context->digest || !keep_key(context, key, len) || !start(context, key, len)) {
        forget_key(context);
        return false;
    }
    context->keyed = context->digest;
    return true;
}

static int init_next(struct hmac_context *context, const uint8_t *key, size_t len)
{
    const int status = EVP_MAC_init(context->next, key, len, NULL);
    if (status > 0 && context->is_later) {
        take_over(context);
    }
    return status;
}

static int set_params(void *opaque, const OSSL_PARAM params[]);

static int init(void *opaque, const unsigned char *key, size_t key_len, const OSSL_PARAM params[])
{
    struct hmac_context *context = opaque;
    const int status = set_params(context, params);
    if (status <= 0) {
        return status;
    }
    if (!context->next) {
        if (key ? set_key(context, key, key_len)
                : context->keyed && lanekdf_hmac_restart(&context->state) == LANEKDF_OK) {
            context->message = NOT_BEGUN;
            return 1;
        }
        if (!hand_on(context)) {
            return 0;
        }
    }
    return init_next(context, key, key_len);
}

/* ---- messages ---- */

/* For a call that follows the end of a message without another init(). OpenSSL's HMAC may return 1 there,
 * with bytes that are the HMAC of nothing. */
static int refuse(void)
{
    ERR_raise(ERR_LIB_PROV, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    return 0;
}

static int update(void *opaque, const unsigned char *data, size_t len)
{
    struct hmac_context *context = opaque;
    if (!context->keyed && !hand_on(context)) {
        return 0;
    }
    if (is_handed_on(context)) {
        return EVP_MAC_update(context->next, data, len);
    }
    if (len != 0) {
        context->message = BEGUN;
    }
    const struct lanekdf_bytes piece = {data, len};
    return lanekdf_hmac_update(&context->state, piece) == LANEKDF_OK ? 1 : refuse();
}

static int final(void *opaque, unsigned char *out, size_t *out_len, size_t out_size)
{
    struct hmac_context *context = opaque;
    if (!context->keyed && !hand_on(context)) {
        return 0;
    }
    if (is_handed_on(context)) {
        return EVP_MAC_final(context->next, out, out_len, out_size);
    }
    const struct lanekdf_span digest = {out, context->keyed->len};
    if (out_size < digest.len) {
        return 0;
    }
    if (lanekdf_hmac_finish(&context->state, digest) != LANEKDF_OK) {
        return refuse();
    }
    context->message = FINISHED;
    *out_len = digest.len;
    return 1;
}

/* ---- parameters ---- */

/* What a list of parameters says. */
struct given {
    const struct served_digest *digest;
    const OSSL_PARAM *key;
};

/* Returns false for whatever is not served. */
static bool read_params(const OSSL_PARAM params[], struct given *given)
{
    for (const OSSL_PARAM *param = params; param->key; param++) {
        if (strcmp(param->key, OSSL_MAC_PARAM_DIGEST) == 0 && !given->digest &&
            param->data_type == OSSL_PARAM_UTF8_STRING && param->data) {
            given->digest = served_digest_find(param->data);
            if (!given->digest || given->digest->hash == LANEKDF_MD5_SHA1) {
                return false;
            }
        } else if (strcmp(param->key, OSSL_MAC_PARAM_KEY) == 0 && !given->key &&
                   param->data_type == OSSL_PARAM_OCTET_STRING && param->data) {
            given->key = param;
        } else {
            return false;
        }
    }
    return true;
}

/* Whether params end the message so far: a key begins another one, and the size of a record of TLS makes the
 * next provider wait for that record and forget all else. */
static bool end_message(const OSSL_PARAM params[])
{
    const OSSL_PARAM *param = OSSL_PARAM_locate_const(params, OSSL_MAC_PARAM_TLS_DATA_SIZE);
    size_t record_len = 0;
    return OSSL_PARAM_locate_const(params, OSSL_MAC_PARAM_KEY) ||
           (param && OSSL_PARAM_get_size_t(param, &record_len) && record_len != 0);
}

static int set_params_of_next(struct hmac_context *context, const OSSL_PARAM params[])
{
    const int status = EVP_MAC_CTX_set_params(context->next, params);
    if (status > 0 && context->is_later && end_message(params)) {
        take_over(context);
    }
    return status;
}

static int set_params(void *opaque, const OSSL_PARAM params[])
{
    struct hmac_context *context = opaque;
    struct given given = {0};
    if (!params) {
        return 1;
    }
    if (!context->next && read_params(params, &given)) {
        if (given.digest) {
            context->digest = given.digest;
        }
        if (!given.key || set_key(context, given.key->data, given.key->data_size)) {
            return 1;
        }
    }
    return hand_on(context) ? set_params_of_next(context, params) : 0;
}

static const OSSL_PARAM *settable(void *context, void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_PROPERTIES, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_MAC_PARAM_KEY, NULL, 0),
        OSSL_PARAM_int(OSSL_MAC_PARAM_DIGEST_NOINIT, NULL),
        OSSL_PARAM_int(OSSL_MAC_PARAM_DIGEST_ONESHOT, NULL),
        OSSL_PARAM_size_t(OSSL_MAC_PARAM_TLS_DATA_SIZE, NULL),
        OSSL_PARAM_END,
    };
    (void)context;
    (void)provider;
    return params;
}

static const OSSL_PARAM *gettable(void *context, void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_size_t(OSSL_MAC_PARAM_SIZE, NULL),
        OSSL_PARAM_size_t(OSSL_MAC_PARAM_BLOCK_SIZE, NULL),
        OSSL_PARAM_END,
    };
    (void)context;
    (void)provider;
    return params;
}

/* The sizes that callers ask for as a matter of course. False: they are not known, or something else is
 * asked. The length of a block is that of the digest that was set last: where this one is not served, and set
 * within a message, the next provider knows it. */
static bool get_sizes(const struct hmac_context *context, OSSL_PARAM params[])
{
    for (OSSL_PARAM *param = params; param->key; param++) {
        const bool is_size = strcmp(param->key, OSSL_MAC_PARAM_SIZE) == 0;
        const struct served_digest *digest = is_size         ? context->keyed
                                             : context->next ? NULL
                                                             : context->digest;
        if ((!is_size && strcmp(param->key, OSSL_MAC_PARAM_BLOCK_SIZE) != 0) || !digest ||
            !OSSL_PARAM_set_size_t(param, is_size ? digest->len : digest->block_len)) {
            return false;
        }
    }
    return true;
}

static int get_params(void *opaque, OSSL_PARAM params[])
{
    const struct hmac_context *context = opaque;
    if (!params || (!is_handed_on(context) && get_sizes(context, params))) {
        return 1;
    }
    if (context->next) {
        return EVP_MAC_CTX_get_params(context->next, params);
    }
    EVP_MAC_CTX *next = next_context(context);
    const int status = next ? EVP_MAC_CTX_get_params(next, params) : 0;
    EVP_MAC_CTX_free(next);
    return status;
}

#define MAC_FUNCTION(id, function)                                                                           \
    {                                                                                                        \
        OSSL_FUNC_MAC_##id, (void (*)(void))(function)                                                       \
    }
const OSSL_DISPATCH hmac_functions[] = {
    MAC_FUNCTION(NEWCTX, new_context),
    MAC_FUNCTION(DUPCTX, dup_context),
    MAC_FUNCTION(FREECTX, free_context),
    MAC_FUNCTION(INIT, init),
    MAC_FUNCTION(UPDATE, update),
    MAC_FUNCTION(FINAL, final),
    MAC_FUNCTION(SETTABLE_CTX_PARAMS, settable),
    MAC_FUNCTION(SET_CTX_PARAMS, set_params),
    MAC_FUNCTION(GETTABLE_CTX_PARAMS, gettable),
    MAC_FUNCTION(GET_CTX_PARAMS, get_params),
    {0, NULL},
};
