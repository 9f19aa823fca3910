/*
 * AWS-LC's CRYPTO_tls1_prf(), the TLS PRF in a single call with nothing to set up: the fastest such call that
 * a general library offers. BoringSSL has the same function. There is no batch form. All handshakes of a
 * pool have one hash.
 *
 * No distribution has AWS-LC, so that the library comes from a file that the user names, at run time, and
 * none of its headers is needed. The file is loaded so that its symbols, which have the same names as those
 * of OpenSSL, stay apart from those of OpenSSL in both directions.
 */
#define _GNU_SOURCE /* RTLD_DEEPBIND */
#include "peers_support.h"
#include "handshake_by_prf.h"
#include "impl.h"

#include <dlfcn.h>
#include <string.h>

/* EVP_MD of AWS-LC, which is never looked into. */
struct aws_lc_digest;

static struct {
    void *file; /* NULL: not loaded */
    const struct aws_lc_digest *sha256, *sha384;
    int (*prf)(const struct aws_lc_digest *digest, uint8_t *out, size_t out_len, const uint8_t *secret,
        size_t secret_len, const char *label, size_t label_len, const uint8_t *seed1, size_t seed1_len,
        const uint8_t *seed2, size_t seed2_len); /* 1 if it succeeds */
    const char *version;
} library;

static void *found(void *symbol, const char *path, const char *name)
{
    if (!symbol) {
        peers_fail("%s has no %s: it is no libcrypto of AWS-LC", path, name);
    }
    return symbol;
}

static const struct aws_lc_digest *digest(const char *path, const char *name)
{
    const struct aws_lc_digest *(*function)(void);
    *(void **)&function = found(dlsym(library.file, name), path, name);
    return function();
}

static const char *version_of(void)
{
    const char *(*awslc_version_string)(void), *(*OpenSSL_version)(int);
    *(void **)&awslc_version_string = dlsym(library.file, "awslc_version_string");
    *(void **)&OpenSSL_version = dlsym(library.file, "OpenSSL_version");
    if (awslc_version_string) {
        const char name[] = "AWS-LC ", *text = awslc_version_string();
        return strncmp(text, name, sizeof(name) - 1) == 0 ? text + sizeof(name) - 1 : text;
    }
    return OpenSSL_version ? OpenSSL_version(0) : "of an unknown version";
}

void impl_aws_lc_load(const char *path)
{
    library.file = dlopen(path, PEERS_DLOPEN_FLAGS);
    if (!library.file) {
        peers_fail("AWS-LC: %s", dlerror());
    }
    *(void **)&library.prf = found(dlsym(library.file, "CRYPTO_tls1_prf"), path, "CRYPTO_tls1_prf");
    library.sha256 = digest(path, "EVP_sha256");
    library.sha384 = digest(path, "EVP_sha384");
    library.version = version_of();
}

const char *impl_aws_lc_version(void)
{
    return library.file ? library.version : NULL;
}

struct state {
    struct workload_batch pool;
    const struct aws_lc_digest *digest;
};

static void *prepare(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    (void)n_per_call;
    struct state *s = peers_alloc(sizeof(*s));
    s->pool = *pool;
    switch (pool->workload->handshake.hash) {
    case LANEKDF_SHA256:
        s->digest = library.sha256;
        break;
    case LANEKDF_SHA384:
        s->digest = library.sha384;
        break;
    default:
        peers_fail("%s: baseline_aws_lc.c does not know hash %u", pool->workload->name,
            pool->workload->handshake.hash);
    }
    return s;
}

static void prf(void *state, uint8_t *out, size_t out_len, struct prf_input secret, const char *label,
    struct prf_input a, struct prf_input b)
{
    const struct state *s = state;
    if (library.prf(s->digest, out, out_len, secret.data, secret.len, label, strlen(label), a.data, a.len,
            b.data, b.len) != 1) {
        peers_fail("CRYPTO_tls1_prf failed");
    }
}

static void derive(void *state, size_t first, size_t n)
{
    struct state *s = state;
    for (size_t i = first; i < first + n; i++) {
        handshake_by_prf(&s->pool, i, prf, s);
    }
}

const struct impl impl_aws_lc = {.name = "aws-lc",
    .description = "CRYPTO_tls1_prf of AWS-LC",
    .library = LIBRARY_AWS_LC,
    .prepare = prepare,
    .derive = derive};
