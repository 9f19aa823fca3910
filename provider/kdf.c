#include "kdf.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <string.h>

#include "allocation.h"
#include "same_word.h"

/* ---- values ---- */

/* Gives every value its place in the context. */
static void place_values(struct kdf_context *context)
{
    uint8_t *at = context->bytes;
    for (unsigned i = 0; i < context->algorithm->n_values; i++) {
        const size_t room = context->algorithm->values[i].room;
        context->values[i] = (struct kdf_value){.data = at, .room = room};
        at += room;
    }
}

static size_t total_room(const struct kdf_algorithm *algorithm)
{
    size_t room = 0;
    for (unsigned i = 0; i < algorithm->n_values; i++) {
        room += algorithm->values[i].room;
    }
    return room;
}

static bool is_allocated(const struct kdf_context *context, unsigned i)
{
    return context->values[i].room > context->algorithm->values[i].room;
}

/* Makes room for len bytes in all. What the value has so far is kept. */
static bool make_room(struct kdf_context *context, unsigned i, size_t len)
{
    struct kdf_value *value = &context->values[i];
    if (len <= value->room) {
        return true;
    }
    uint8_t *data = allocate(len);
    if (!data) {
        return false;
    }
    memcpy(data, value->data, value->len);
    if (is_allocated(context, i)) {
        OPENSSL_clear_free(value->data, value->room);
    } else {
        OPENSSL_cleanse(value->data, value->len);
    }
    value->data = data;
    value->room = len;
    return true;
}

static bool append(struct kdf_context *context, unsigned i, const void *data, size_t len)
{
    struct kdf_value *value = &context->values[i];
    if (!make_room(context, i, value->len + len)) {
        return false;
    }
    memcpy(value->data + value->len, data, len);
    value->len += len;
    return true;
}

static void empty_value(struct kdf_value *value)
{
    if (value->len != 0) {
        OPENSSL_cleanse(value->data, value->len);
    }
    value->len = 0;
    value->is_set = false;
}

/* Forgets all parameters. */
static void clear(struct kdf_context *context)
{
    for (unsigned i = 0; i < context->algorithm->n_values; i++) {
        if (is_allocated(context, i)) {
            OPENSSL_clear_free(context->values[i].data, context->values[i].room);
        } else if (context->values[i].len != 0) { /* each cleansing is a call, and most values are empty */
            OPENSSL_cleanse(context->values[i].data, context->values[i].len);
        }
    }
    place_values(context);
    context->digest = context->algorithm->digest;
    context->has_mode = false;
    context->mode = KDF_EXTRACT_AND_EXPAND;
}

/* ---- contexts ---- */

void *kdf_new(void *provider, const struct kdf_algorithm *algorithm)
{
    struct kdf_context *context = allocate(sizeof(*context) + total_room(algorithm));
    if (context) {
        context->provider = provider;
        context->algorithm = algorithm;
        context->next = NULL;
        context->digest = algorithm->digest;
        context->has_mode = false;
        context->mode = KDF_EXTRACT_AND_EXPAND;
        place_values(context);
    }
    return context;
}

static void take_back(struct kdf_context *context)
{
    if (context->next) {
        EVP_KDF_CTX_free(context->next);
        context->next = NULL;
    }
    clear(context);
}

void kdf_reset(void *opaque)
{
    struct kdf_context *context = opaque;
    if (context->next && context->algorithm->digest) {
        /* OpenSSL 3.6 keeps a digest that a derivation was given in the place of the one in the name. */
        EVP_KDF_CTX_reset(context->next);
    } else {
        take_back(context);
    }
}

void kdf_free(void *opaque)
{
    if (opaque) {
        take_back(opaque);
        OPENSSL_free(opaque);
    }
}

static bool copy_parameters(struct kdf_context *to, const struct kdf_context *from)
{
    to->digest = from->digest;
    to->has_mode = from->has_mode;
    to->mode = from->mode;
    for (unsigned i = 0; i < from->algorithm->n_values; i++) {
        if (!append(to, i, from->values[i].data, from->values[i].len)) {
            return false;
        }
        to->values[i].is_set = from->values[i].is_set;
    }
    if (from->next) {
        to->next = EVP_KDF_CTX_dup(from->next);
        return to->next != NULL;
    }
    return true;
}

void *kdf_dup(void *opaque)
{
    const struct kdf_context *context = opaque;
    struct kdf_context *copy = kdf_new(context->provider, context->algorithm);
    if (copy && !copy_parameters(copy, context)) {
        kdf_free(copy);
        return NULL;
    }
    return copy;
}

/* ---- handing on ---- */

static bool give_parameters(const struct kdf_context *context, EVP_KDF_CTX *next)
{
    OSSL_PARAM params[KDF_MAX_VALUES + 3], *at = params;
    int mode = (int)context->mode;
    if (context->has_mode) {
        *at++ = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
    }
    if (context->digest && !context->algorithm->digest) {
        /* The constructor takes no const text, and nothing writes to what is given to a context. */
        union {
            const char *name;
            char *parameter;
        } text = {context->digest->name};
        *at++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, text.parameter, 0);
    }
    for (unsigned i = 0; i < context->algorithm->n_values; i++) {
        if (context->values[i].is_set) {
            *at++ = OSSL_PARAM_construct_octet_string(
                context->algorithm->values[i].name, context->values[i].data, context->values[i].len);
        }
    }
    *at = OSSL_PARAM_construct_end();
    /* TLS13-KDF may take even an empty list for a mistake, which a new context has not made. */
    return at == params || EVP_KDF_CTX_set_params(next, params) > 0;
}

/* A context of the next provider with the same parameters, for the caller to free; NULL if that fails. */
static EVP_KDF_CTX *next_context(const struct kdf_context *context)
{
    EVP_KDF *kdf = next_kdf(context->provider, context->algorithm->next);
    EVP_KDF_CTX *next = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    if (next && !give_parameters(context, next)) {
        EVP_KDF_CTX_free(next);
        return NULL;
    }
    return next;
}

static bool hand_on(struct kdf_context *context)
{
    context->next = next_context(context);
    if (context->next) {
        clear(context);
    }
    return context->next != NULL;
}

/* ---- parameters ---- */

/* What a list of parameters says. */
struct given {
    const struct served_digest *digest;
    bool has_mode;
    enum kdf_mode mode;
    const OSSL_PARAM *pieces[KDF_MAX_VALUES][KDF_MAX_PIECES];
    unsigned n_pieces[KDF_MAX_VALUES];
};

/* The readers return false for whatever is not served. */

static bool read_digest(const struct kdf_context *context, const OSSL_PARAM *param, struct given *given)
{
    if (given->digest || context->algorithm->digest || param->data_type != OSSL_PARAM_UTF8_STRING ||
        !param->data) {
        return false;
    }
    given->digest = served_digest_find(param->data);
    return given->digest && (given->digest->legacy == 0 || context->algorithm->takes_legacy);
}

static int mode_of_text(const char *text)
{
    static const char *const names[] = {"EXTRACT_AND_EXPAND", "EXTRACT_ONLY", "EXPAND_ONLY"};
    for (int i = 0; i < 3; i++) {
        if (is_same_word(text, names[i])) {
            return i;
        }
    }
    return -1;
}

static bool read_mode(const OSSL_PARAM *param, struct given *given)
{
    int mode = -1;
    if (given->has_mode || !param->data) {
        return false;
    }
    if (param->data_type == OSSL_PARAM_UTF8_STRING) {
        mode = mode_of_text(param->data);
    } else if (param->data_type != OSSL_PARAM_INTEGER || !OSSL_PARAM_get_int(param, &mode)) {
        return false;
    }
    given->has_mode = true;
    given->mode = (enum kdf_mode)mode;
    return mode >= KDF_EXTRACT_AND_EXPAND && mode <= KDF_EXPAND;
}

static bool read_value(
    const struct kdf_context *context, const OSSL_PARAM *param, unsigned i, struct given *given)
{
    const enum kdf_use use = context->algorithm->values[i].use;
    const bool may_repeat = use == KDF_JOIN || use == KDF_JOIN_LATER;
    if (given->n_pieces[i] == (may_repeat ? KDF_MAX_PIECES : 1) ||
        param->data_type != OSSL_PARAM_OCTET_STRING) {
        return false;
    }
    given->pieces[i][given->n_pieces[i]++] = param;
    return param->data || (use == KDF_JOIN_LATER && param->data_size == 0);
}

/* Most names differ in their first letter, and there are dozens of comparisons in a list of TLS 1.3's. */
static bool is_named(const OSSL_PARAM *param, const char *name)
{
    return param->key[0] == name[0] && strcmp(param->key, name) == 0;
}

static bool read_param(const struct kdf_context *context, const OSSL_PARAM *param, struct given *given)
{
    if (is_named(param, OSSL_KDF_PARAM_DIGEST)) {
        return read_digest(context, param, given);
    }
    if (context->algorithm->has_mode && is_named(param, OSSL_KDF_PARAM_MODE)) {
        return read_mode(param, given);
    }
    for (unsigned i = 0; i < context->algorithm->n_values; i++) {
        if (is_named(param, context->algorithm->values[i].name)) {
            return read_value(context, param, i, given);
        }
    }
    return false;
}

/* Whether all versions of OpenSSL would make the same of a value and of what was given of it. */
static bool value_is_served(const struct kdf_context *context, unsigned i, const struct given *given)
{
    const enum kdf_use use = context->algorithm->values[i].use;
    size_t len = use == KDF_JOIN_LATER ? context->values[i].len : 0;
    if (use == KDF_ONCE) {
        return !context->values[i].is_set || given->n_pieces[i] != 0;
    }
    if (use == KDF_REPLACE) {
        return true;
    }
    for (unsigned j = 0; j < given->n_pieces[i]; j++) {
        if (given->pieces[i][j]->data_size > KDF_MAX_JOINED - len) {
            return false;
        }
        len += given->pieces[i][j]->data_size;
    }
    return true;
}

static bool read_params(const struct kdf_context *context, const OSSL_PARAM params[], struct given *given)
{
    for (const OSSL_PARAM *param = params; param->key; param++) {
        if (!read_param(context, param, given)) {
            return false;
        }
    }
    for (unsigned i = 0; i < context->algorithm->n_values; i++) {
        if (!value_is_served(context, i, given)) {
            return false;
        }
    }
    const enum kdf_mode mode = given->has_mode ? given->mode : context->mode;
    return !context->algorithm->needs_other_mode || mode != KDF_EXTRACT_AND_EXPAND;
}

static bool take_value(struct kdf_context *context, unsigned i, const struct given *given)
{
    const enum kdf_use use = context->algorithm->values[i].use;
    struct kdf_value *value = &context->values[i];
    if (given->n_pieces[i] == 0) {
        return true;
    }
    if (use != KDF_JOIN_LATER) {
        empty_value(value);
    }
    for (unsigned j = 0; j < given->n_pieces[i]; j++) {
        const OSSL_PARAM *piece = given->pieces[i][j];
        if (piece->data_size != 0 && !append(context, i, piece->data, piece->data_size)) {
            return false;
        }
    }
    value->is_set = use == KDF_REPLACE || use == KDF_ONCE || value->len != 0;
    return true;
}

static bool take_params(struct kdf_context *context, const struct given *given)
{
    if (given->digest) {
        context->digest = given->digest;
    }
    if (given->has_mode) {
        context->has_mode = true;
        context->mode = given->mode;
    }
    for (unsigned i = 0; i < context->algorithm->n_values; i++) {
        if (!take_value(context, i, given)) {
            return false;
        }
    }
    return true;
}

/* Takes parameters, or hands the context on before any of them is taken. Returns false if there is no memory
 * for that. */
static bool take_or_hand_on(struct kdf_context *context, const OSSL_PARAM params[])
{
    /* The pieces, most of its bytes, are not made zero: n_pieces says which there are. */
    struct given given;
    if (context->next || !params) {
        return true;
    }
    given.digest = NULL;
    given.has_mode = false;
    memset(given.n_pieces, 0, sizeof(given.n_pieces));
    return read_params(context, params, &given) ? take_params(context, &given) : hand_on(context);
}

int kdf_set_params(void *opaque, const OSSL_PARAM params[])
{
    struct kdf_context *context = opaque;
    if (!take_or_hand_on(context, params)) {
        return 0;
    }
    return context->next && params ? EVP_KDF_CTX_set_params(context->next, params) : 1;
}

/* ---- what a context tells ---- */

/* The answer to the only question that callers ask as a matter of course. False: asked for something else. */
static bool get_size(const struct kdf_context *context, OSSL_PARAM params[])
{
    if (!params || !params[0].key || params[1].key || strcmp(params[0].key, OSSL_KDF_PARAM_SIZE) != 0) {
        return false;
    }
    if (context->mode != KDF_EXTRACT) {
        return OSSL_PARAM_set_size_t(&params[0], SIZE_MAX);
    }
    return context->digest && OSSL_PARAM_set_size_t(&params[0], context->digest->len);
}

int kdf_get_params(void *opaque, OSSL_PARAM params[])
{
    const struct kdf_context *context = opaque;
    if (context->next) {
        return EVP_KDF_CTX_get_params(context->next, params);
    }
    if (get_size(context, params)) {
        return 1;
    }
    EVP_KDF_CTX *next = next_context(context);
    const int status = next ? EVP_KDF_CTX_get_params(next, params) : 0;
    EVP_KDF_CTX_free(next);
    return status;
}

const OSSL_PARAM *kdf_gettable(void *provider, const struct kdf_algorithm *algorithm)
{
    const EVP_KDF *kdf = next_kdf(provider, algorithm->next);
    return kdf ? EVP_KDF_gettable_ctx_params(kdf) : NULL;
}

/* ---- derivation ---- */

int kdf_derive(void *opaque, unsigned char *out, size_t out_len, const OSSL_PARAM params[])
{
    struct kdf_context *context = opaque;
    if (!take_or_hand_on(context, params)) {
        return 0;
    }
    if (context->next) {
        return EVP_KDF_derive(context->next, out, out_len, params);
    }
    if (context->digest && out_len != 0 && context->algorithm->derive(context, out, out_len)) {
        return 1;
    }
    return hand_on(context) && EVP_KDF_derive(context->next, out, out_len, NULL) > 0;
}
