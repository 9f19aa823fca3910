#include "suite.h"
#include "spelling.h"

#include <string.h>

int suite_parse(const char *text, const struct lanekdf_suite **suite)
{
    int status = lanekdf_suite_find_name(text, suite);
    uint32_t id;

    if (status == LANEKDF_ERROR_SUITE_UNKNOWN && spelling_is_number(text, strlen(text), 1, 4, &id)) {
        status = lanekdf_suite_find(id, suite);
    }
    return status;
}

uint32_t suite_hash(const struct lanekdf_suite *suite, uint16_t version)
{
    struct lanekdf_handshake job = {0};
    const char *objection;

    lanekdf_handshake_set_recorded_suite(&job, version, suite, &objection);
    return job.hash;
}

bool suite_may_have_cipher(const struct lanekdf_suite *suite, const char *text)
{
    static const char *const words[] = {"AES", "ARIA", "CAMELLIA", "CHACHA20", "DES", "IDEA", "NULL", "RC2",
        "RC4", "SEED", "CBC", "CCM", "GCM", "POLY1305"};
    const char *with = strstr(suite->name, "_WITH_");

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasestr(text, words[i]) && !strstr(with ? with : suite->name, words[i])) {
            return false;
        }
    }
    return true;
}
