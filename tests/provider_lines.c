/*
 * Runs OpenSSL's own test lines through the provider. Standard input has one line for each step:
 *
 *     KDF NAME | PKEYKDF NAME | MAC NAME     begins a stanza
 *     Ctrl NAME:VALUE                        a parameter, as OpenSSL's tests write it
 *     Algorithm NAME | Key DATA | Input DATA of a MAC: digest, key, message; DATA is HEX or "TEXT"
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

static char kind[16], name[64], digest[64];
static uint8_t key[MAX_LINE], input[MAX_LINE];
static size_t key_len, input_len;
static char *controls[MAX_PARAMS];
static unsigned n_controls;
static uint8_t out[MAX_OUT];

static void set_word(char *word, size_t size, const char *text)
{
    must(strlen(text) < size, "room for a word");
    memcpy(word, text, strlen(text) + 1);
}

static void begin(const char *kind_text, const char *name_text)
{
    set_word(kind, sizeof(kind), kind_text);
    set_word(name, sizeof(name), name_text);
    digest[0] = 0;
    key_len = input_len = 0;
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

/* The message in two calls, as libssl has header and record. */
static const char *run_mac(size_t out_len)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(libctx, name, NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    const char *failed = NULL;
    must(context != NULL, "a context");
    begin_count();
    if (digest[0]) {
        params[0] = OSSL_PARAM_construct_utf8_string("digest", digest, 0);
    }
    if (EVP_MAC_init(context, key, key_len, params) <= 0) {
        failed = "init";
    } else if (EVP_MAC_update(context, input, input_len / 2) <= 0 ||
               EVP_MAC_update(context, input + input_len / 2, input_len - input_len / 2) <= 0 ||
               EVP_MAC_final(context, out, &out_len, sizeof(out)) <= 0) {
        failed = "derive";
    }
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    return failed;
}

/* HMAC as a signature, as libssl protects the records of CBC suites. */
static const char *run_pkey_mac(size_t out_len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key_ex(libctx, "HMAC", NULL, key, key_len);
    const char *failed = NULL;
    must(context && pkey, "a context and a key");
    begin_count();
    if (EVP_DigestSignInit_ex(context, NULL, digest, libctx, NULL, pkey, NULL) <= 0) {
        failed = "init";
    } else if (EVP_DigestSign(context, out, &out_len, input, input_len) <= 0) {
        failed = "derive";
    }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return failed;
}

static const char *run_kind(size_t out_len)
{
    if (strcmp(kind, "KDF") == 0) {
        return run_kdf(out_len);
    }
    if (strcmp(kind, "PKEYKDF") == 0) {
        return run_pkey_kdf(out_len);
    }
    return strcmp(name, "HMAC") == 0 ? run_mac(out_len) : run_pkey_mac(out_len);
}

static void run(size_t out_len)
{
    const char *failed = run_kind(out_len);
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

/* Reads HEX or "TEXT" into bytes, and returns how many there are. */
static size_t read_data(uint8_t bytes[MAX_LINE], const char *data)
{
    size_t len;
    if (data[0] == '"') {
        len = strlen(data) - 2;
        memcpy(bytes, data + 1, len);
        return len;
    }
    must(data[0] == 0 || OPENSSL_hexstr2buf_ex(bytes, MAX_LINE, &len, data, 0), "hexadecimal digits");
    return data[0] == 0 ? 0 : len;
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
        } else if (strcmp(line, "Algorithm") == 0) {
            snprintf(digest, sizeof(digest), "%s", value);
        } else if (strcmp(line, "Key") == 0) {
            key_len = read_data(key, value);
        } else if (strcmp(line, "Input") == 0) {
            input_len = read_data(input, value);
        } else if (strcmp(line, "run") == 0) {
            run(strtoul(value, NULL, 10));
        } else {
            begin(line, value);
        }
    }
    begin("", "");
    provider_context_free(libctx);
    return 0;
}
