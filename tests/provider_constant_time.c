/*
 * A call of the provider, from new context to free, takes the same path whatever the secret is: in two
 * processes that differ in the secrets alone, every instruction of the provider and the engine is executed as
 * often, and so many of libcrypto and libc after it. The kernels are in it. (That the engine's addresses do
 * not depend on secrets either is for the test constant_time.)
 *
 * Two calls with planted defects come first: a check that finds nothing there fails.
 *
 * Catches: an early exit, a comparison or a search in the provider that depends on a key, a salt or what is
 * derived; a call of libcrypto that does.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "must.h"
#include "provider_context.h"
#include "rng.h"
#include "single_step.h"

enum { N_SECRETS = 2, SECRET_LEN = 48, OUT_LEN = 48, SKIPPED = 77 };

static uint8_t secrets[N_SECRETS][SECRET_LEN], out[OUT_LEN];
static char sha256[] = "SHA2-256", sha384[] = "SHA2-384", extract[] = "EXTRACT_ONLY",
            expand[] = "EXPAND_ONLY", both[] = "EXTRACT_AND_EXPAND";

/* ---- calls ---- */

struct derivation {
    const char *kdf;
    char *digest, *mode;          /* mode: NULL if it has none */
    const char *names[N_SECRETS]; /* of the parameters that are secret; NULL: no more */
    const char *seed;             /* of one that is not; NULL: none */
    size_t out_len;
    EVP_KDF *fetched;
};

static struct derivation derivations[] = {
    {"TLS1-PRF", sha256, NULL, {"secret", NULL}, "seed", 48, NULL},
    {"TLS1-PRF", sha384, NULL, {"secret", NULL}, "seed", 12, NULL},
    {"HKDF", sha256, both, {"key", "salt"}, "info", 48, NULL},
    {"TLS13-KDF", sha256, expand, {"key", "data"}, NULL, 32, NULL},
    {"TLS13-KDF", sha256, extract, {"key", "salt"}, NULL, 32, NULL},
};
enum { N_DERIVATIONS = sizeof(derivations) / sizeof(derivations[0]) };

static void derive(void *argument)
{
    static char prefix[] = "tls13 ", label[] = "derived", seed[] = "client finished";
    const struct derivation *d = argument;
    OSSL_PARAM params[8], *at = params;
    *at++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, d->digest, 0);
    if (d->mode) {
        *at++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, d->mode, 0);
    }
    for (int i = 0; i < N_SECRETS && d->names[i]; i++) {
        *at++ = OSSL_PARAM_construct_octet_string(d->names[i], secrets[i], SECRET_LEN);
    }
    if (d->seed) {
        *at++ = OSSL_PARAM_construct_octet_string(d->seed, seed, sizeof(seed) - 1);
    } else {
        *at++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, prefix, sizeof(prefix) - 1);
        *at++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, label, sizeof(label) - 1);
    }
    *at = OSSL_PARAM_construct_end();
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(d->fetched);
    must(EVP_KDF_derive(context, out, d->out_len, params) == 1, "a derivation");
    EVP_KDF_CTX_free(context);
}

static void authenticate(void *argument)
{
    EVP_MAC *const *mac = argument;
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0), OSSL_PARAM_construct_end()};
    size_t len;
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(*mac);
    must(EVP_MAC_init(context, secrets[0], SECRET_LEN, params) == 1, "a key");
    must(EVP_MAC_update(context, secrets[1], SECRET_LEN) == 1, "a message");
    EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(context);
    must(copy && EVP_MAC_final(copy, out, &len, sizeof(out)) == 1, "a MAC");
    EVP_MAC_CTX_free(copy);
    EVP_MAC_CTX_free(context);
}

/* ---- planted defects ---- */

static void planted_branch(void *argument)
{
    authenticate(argument);
    if (secrets[0][0] & 1) {
        __asm__ volatile("nop" : : : "memory");
    }
}

static void planted_length(void *argument)
{
    authenticate(argument);
    (void)CRYPTO_memcmp(out, secrets[1], secrets[0][0] & 1);
}

/* ---- paths ---- */

/* Counts of 0 in memory that a child shares. */
static struct step_counts shared_counts(void)
{
    struct step_counts counts = step_counts_new();
    step_counts_free(&counts);
    counts.at =
        mmap(NULL, counts.n * sizeof(*counts.at), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(counts.at != MAP_FAILED, "shared memory");
    return counts;
}

/* A path is counted in a child, so that both begin with the same heap. */
static struct step_counts count_path(void (*call)(void *), void *argument, uint64_t seed)
{
    struct step_counts counts = shared_counts();
    int status;
    const pid_t child = fork();
    must(child >= 0, "a child");
    if (child == 0) {
        struct rng rng = rng_from(test_seed() + seed);
        rng_fill(&rng, secrets[0], sizeof(secrets));
        secrets[0][0] = seed ? 0x55 : 0xaa; /* the planted defects read this byte */
        single_step(call, argument, &counts);
        _exit(0);
    }
    must(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child");
    return counts;
}

static bool depends_on_secret(const char *name, void (*call)(void *), void *argument)
{
    struct step_counts first = count_path(call, argument, 0), second = count_path(call, argument, 1);
    uint64_t n_instructions = 0;
    size_t n_different = 0;
    for (size_t i = 0; i < first.n; i++) {
        n_instructions += first.at[i].here + (uint64_t)first.at[i].elsewhere;
        n_different += memcmp(&first.at[i], &second.at[i], sizeof(first.at[i])) != 0;
    }
    munmap(first.at, first.n * sizeof(*first.at));
    munmap(second.at, second.n * sizeof(*second.at));
    printf(
        "%s: %llu instructions, %zu places differ\n", name, (unsigned long long)n_instructions, n_different);
    return n_different != 0;
}

int main(void)
{
    bool is_right = true;
    if (!single_step_is_possible()) {
        printf("skipped: this process cannot step\n");
        return SKIPPED;
    }
    must(!single_step_defect(), "counting instructions");
    OSSL_LIB_CTX *libctx = provider_context(PROVIDER_PREFERRED);
    EVP_MAC *mac = EVP_MAC_fetch(libctx, "HMAC", "provider=lanekdf");
    for (int i = 0; i < N_DERIVATIONS; i++) {
        derivations[i].fetched = EVP_KDF_fetch(libctx, derivations[i].kdf, "provider=lanekdf");
        must(mac && derivations[i].fetched, "algorithms of lanekdf's");
        derive(&derivations[i]); /* programs are compiled, functions of libraries bound */
    }
    authenticate(&mac);
    const unsigned n_handed_on = provider_n_handed_on;
    must(depends_on_secret("a planted branch", planted_branch, &mac), "finding a branch");
    must(depends_on_secret("a planted length", planted_length, &mac), "finding a length");
    for (int i = 0; i < N_DERIVATIONS; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s %s %s", derivations[i].kdf, derivations[i].digest,
            derivations[i].mode ? derivations[i].mode : "");
        is_right &= !depends_on_secret(name, derive, &derivations[i]);
        EVP_KDF_free(derivations[i].fetched);
    }
    is_right &= !depends_on_secret("HMAC", authenticate, &mac);
    must(provider_n_handed_on == n_handed_on, "all are lanekdf's");
    EVP_MAC_free(mac);
    provider_context_free(libctx);
    if (!is_right) {
        printf("FAILED: a path depends on a secret; to repeat it: %s\n", test_seed_text());
    }
    return !is_right;
}
