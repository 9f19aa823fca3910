/* suites: prints the table of cipher suites, or those that match a pattern. */
#include "command.h"
#include "commands.h"
#include "lanekdf.h"
#include "quoted_word.h"
#include "suite.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

static const char *key_exchange_text(enum lanekdf_key_exchange key_exchange)
{
    switch (key_exchange) {
    case LANEKDF_KX_RSA:
        return "RSA";
    case LANEKDF_KX_DH:
        return "DH";
    case LANEKDF_KX_DHE:
        return "DHE";
    case LANEKDF_KX_ECDH:
        return "ECDH";
    case LANEKDF_KX_ECDHE:
        return "ECDHE";
    case LANEKDF_KX_PSK:
        return "PSK";
    case LANEKDF_KX_DHE_PSK:
        return "DHE_PSK";
    case LANEKDF_KX_ECDHE_PSK:
        return "ECDHE_PSK";
    case LANEKDF_KX_RSA_PSK:
        return "RSA_PSK";
    case LANEKDF_KX_SRP:
        return "SRP";
    case LANEKDF_KX_KRB5:
        return "KRB5";
    case LANEKDF_KX_ECCPWD:
        return "ECCPWD";
    case LANEKDF_KX_ECJPAKE:
        return "ECJPAKE";
    case LANEKDF_KX_ANY:
        return "any";
    }
    return "unknown";
}

static const char *authentication_text(enum lanekdf_authentication authentication)
{
    switch (authentication) {
    case LANEKDF_AUTH_ANON:
        return "anon";
    case LANEKDF_AUTH_RSA:
        return "RSA";
    case LANEKDF_AUTH_DSS:
        return "DSS";
    case LANEKDF_AUTH_ECDSA:
        return "ECDSA";
    case LANEKDF_AUTH_PSK:
        return "PSK";
    case LANEKDF_AUTH_KRB5:
        return "KRB5";
    case LANEKDF_AUTH_PASSWORD:
        return "password";
    case LANEKDF_AUTH_ANY:
        return "any";
    }
    return "unknown";
}

static const char *hash_text(const struct lanekdf_suite *suite)
{
    return suite->hash != 0 ? lanekdf_hash_name(suite->hash) : "";
}

static const char *or_dash(const char *text)
{
    return text[0] != '\0' ? text : "-";
}

/* A suite takes two lines, which fit 80 columns: the longest name, of 49 characters, leaves room for little
 * else on its own. */
static void show_header(void)
{
    printf("Bytes for each direction: M MAC key, K write key, F final key (export suites),\n"
           "N nonce or IV that stays, R IV in each record, T tag.\n\n"
           "%-6s  %-49s  %-6s  %s\n        %-33s  %-9s %-8s   M  K  F  N  R  T\n",
        "id", "name", "hash", "versions", "name in OpenSSL", "exchange", "auth");
}

static void show_text(const struct lanekdf_suite *suite)
{
    printf("0x%04X  %-49s  %-6s  %s", suite->id, suite->name, or_dash(hash_text(suite)),
        version_name(suite->min_version));
    if (suite->max_version != suite->min_version) { /* "SSLv3-TLS 1.2", "TLS 1.0-1.2" */
        const char *last = version_name(suite->max_version);
        printf("-%s", suite->min_version == LANEKDF_SSL3 ? last : strchr(last, ' ') + 1);
    }
    printf("\n        %-33s  %-9s %-8s  %2u %2u %2u %2u %2u %2u\n", or_dash(suite->openssl_name),
        key_exchange_text(suite->key_exchange), authentication_text(suite->authentication),
        suite->mac_key_len, suite->enc_key_len, suite->final_key_len, suite->fixed_iv_len,
        suite->record_iv_len, suite->tag_len);
    if (suite->origin) {
        printf("        not in the registry: %s\n", suite->origin);
    }
}

/* The names are printed as they are: none has a character that JSON escapes. */
static void show_json(const struct lanekdf_suite *suite)
{
    printf("{\"id\":\"%04x\",\"name\":\"%s\",\"openssl_name\":\"%s\",\"key_exchange\":\"%s\","
           "\"authentication\":\"%s\",\"hash\":\"%s\",\"mac_key_len\":%u,\"enc_key_len\":%u,"
           "\"final_key_len\":%u,\"fixed_iv_len\":%u,\"record_iv_len\":%u,\"tag_len\":%u,"
           "\"min_version\":\"%04x\",\"max_version\":\"%04x\",\"origin\":\"%s\"}\n",
        suite->id, suite->name, suite->openssl_name, key_exchange_text(suite->key_exchange),
        authentication_text(suite->authentication), hash_text(suite), suite->mac_key_len, suite->enc_key_len,
        suite->final_key_len, suite->fixed_iv_len, suite->record_iv_len, suite->tag_len, suite->min_version,
        suite->max_version, suite->origin ? suite->origin : "IANA");
}

/* A pattern may also be the name of one suite as others write it, which named is then. */
static bool matches(const struct lanekdf_suite *suite, const char *pattern, const struct lanekdf_suite *named)
{
    char id[8];

    snprintf(id, sizeof(id), "0x%04X", suite->id);
    return suite == named || strcasestr(id, pattern) || strcasestr(suite->name, pattern) ||
           strcasestr(suite->openssl_name, pattern);
}

/* Says why nothing matches: a value or a name that is no suite here may have a reason of its own. */
static void say_why(const char *pattern)
{
    const struct lanekdf_suite *suite;
    char room[QUOTED_WORD_ROOM];

    command_message(
        "suites: %s: %s", quoted_text(room, pattern), lanekdf_status_text(suite_parse(pattern, &suite)));
}

int suites_main(const struct options *options)
{
    const struct lanekdf_suite *suite, *named;
    const char *pattern = options->n_files > 0 ? options->files[0] : "";
    size_t n_shown = 0;

    lanekdf_suite_find_name(pattern, &named);
    for (size_t i = 0; lanekdf_suite_query(i, &suite) == LANEKDF_OK; i++) {
        if (!matches(suite, pattern, named)) {
            continue;
        }
        if (n_shown++ == 0 && !options->json) {
            show_header();
        }
        (options->json ? show_json : show_text)(suite);
    }
    if (n_shown == 0) {
        say_why(pattern);
        return COMMAND_FAILED;
    }
    return COMMAND_OK;
}
