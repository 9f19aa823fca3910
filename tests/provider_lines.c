/*
 * Runs OpenSSL's own test lines through the provider. Standard input has one line for each step:
 *
 *     KDF NAME | PKEYKDF NAME | MAC NAME     begins a stanza
 *     Ctrl NAME:VALUE                        a parameter, as OpenSSL's tests write it
 *     Key HEX | Input HEX                    of a MAC
 *     run LENGTH                             derives so many bytes, or computes a MAC
 *
 * and each run answers with the step that failed, "set" or "derive", or with the bytes in hexadecimal digits;
 * then with how many jobs lanekdf derived and how many times it asked for the next provider meanwhile.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "provider_context.h"

enum { MAX_LINE = 1 << 16, MAX_PARAMS = 32, MAX_OUT = 4096 };

static OSSL_LIB_CTX *libctx;

/* ---- a stanza ---- */

static char kind[16], name[64], key[MAX_LINE], input[MAX_LINE];
static char *controls[MAX_PARAMS];
static unsigned n_controls;
static uint8_t out[MAX_OUT];

static void begin(const char *kind_text, const char *name_text)
{
    snprintf(kind, sizeof(kind), "%s", kind_text);
    snprintf(name, sizeof(name), "%s", name_text);
    key[0] = input[0] = 0;
    for (; n_controls > 0; n_controls--) {
        free(controls[n_controls - 1]);
    }
}

static void add_control(const char *text)
{
    must(n_controls < MAX_PARAMS, "room for a parameter");
    controls[n_controls] = strdup(text);
    must(controls[n_controls++] != NULL, "memory");
}

/* Cuts a control at its colon, and puts it together again. */
static const char *control_value(unsigned i)
{
    char *colon = strchr(controls[i], ':');
    must(colon != NULL, "a colon");
    *colon = 0;
    return colon + 1;
}

static void mend_control(unsigned i)
{
    controls[i][strlen(controls[i])] = ':';
}

/* The controls as parameters, of which those without data end the list. False: one is unknown. */
static bool params_of_controls(OSSL_PARAM params[MAX_PARAMS + 1], const OSSL_PARAM *settable)
{
    bool all_known = true;
    unsigned n = 0;
    for (unsigned i = 0; i < n_controls; i++) {
        const char *value = control_value(i);
        if (OSSL_PARAM_allocate_from_text(&params[n], settable, controls[i], value, strlen(value), NULL)) {
            n++;
        } else {
            all_known = false;
        }
        mend_control(i);
    }
    params[n] = OSSL_PARAM_construct_end();
    return all_known;
}

static void free_params(OSSL_PARAM params[])
{
    for (; params->key; params++) {
        OPENSSL_free(params->data);
    }
}

/* ---- what it asks for; each returns the step that failed, NULL if none did ---- */

static void begin_count(void)
{
    provider_n_jobs = provider_n_handed_on = 0;
}

static const char *run_kdf(size_t out_len)
{
    OSSL_PARAM params[MAX_PARAMS + 1];
    const char *failed = NULL;
    EVP_KDF *kdf = EVP_KDF_fetch(libctx, name, NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    must(context != NULL, "a context");
    if (!params_of_controls(params, EVP_KDF_settable_ctx_params(kdf))) {
        failed = "set";
    }
    begin_count();
    if (!failed && EVP_KDF_CTX_set_params(context, params) <= 0) {
        failed = "set";
    }
    if (!failed && EVP_KDF_derive(context, out, out_len, NULL) <= 0) {
        failed = "derive";
    }
    free_params(params);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return failed;
}

static const char *run_pkey_kdf(size_t out_len)
{
    const char *failed = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(libctx, name, NULL);
    must(context && EVP_PKEY_derive_init(context) > 0, "a context");
    begin_count();
    for (unsigned i = 0; i < n_controls && !failed; i++) {
        const char *value = control_value(i);
        if (EVP_PKEY_CTX_ctrl_str(context, controls[i], value) <= 0) {
            failed = "set";
        }
        mend_control(i);
    }
    if (!failed && EVP_PKEY_derive(context, out, &out_len) <= 0) {
        failed = "derive";
    }
    EVP_PKEY_CTX_free(context);
    return failed;
}

static void run(size_t out_len)
{
    const char *failed = strcmp(kind, "KDF") == 0 ? run_kdf(out_len) : run_pkey_kdf(out_len);
    if (failed) {
        printf("%s", failed);
    } else {
        for (size_t i = 0; i < out_len; i++) {
            printf("%02x", out[i]);
        }
    }
    printf(" %u %u\n", provider_n_jobs, provider_n_handed_on);
    fflush(stdout);
    ERR_clear_error();
}

int main(void)
{
    static char line[MAX_LINE];
    libctx = provider_context(PROVIDER_PREFERRED);
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION_STRING));
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        char *value = strchr(line, ' ');
        must(value && strchr(line, '\n'), "a word, a space and a value in a line");
        *value++ = 0;
        value[strcspn(value, "\n")] = 0;
        if (strcmp(line, "Ctrl") == 0) {
            add_control(value);
        } else if (strcmp(line, "run") == 0) {
            run(strtoul(value, NULL, 10));
        } else {
            begin(line, value);
        }
    }
    begin("", "");
    OSSL_LIB_CTX_free(libctx);
    return 0;
}
