#include "load_digest.h"

#include "command.h"

#include <stdio.h>
#include <string.h>

void load_digest_add(struct load_digest *digest, const char *line, size_t len)
{
    uint8_t next[sizeof(digest->bytes)];
    const struct lanekdf_bytes pieces[] = {
        {digest->bytes, sizeof(digest->bytes)}, {(const uint8_t *)line, len}};
    struct lanekdf_message_hash job = {.job.kind = LANEKDF_KIND_HASH,
        .hash = LANEKDF_SHA256,
        .message = pieces,
        .n_message = 2,
        .out = {next, sizeof(next)}};
    if (lanekdf_derive_one(&job.job) != LANEKDF_OK) {
        command_die("load: no digest of a file: %s", lanekdf_status_text(job.job.status));
    }
    memcpy(digest->bytes, next, sizeof(next));
}

const char *load_digest_text(const struct load_digest *digest, char text[LOAD_DIGEST_MAX_TEXT])
{
    for (size_t i = 0; 2 * i + 1 < LOAD_DIGEST_MAX_TEXT; i++) {
        snprintf(text + 2 * i, 3, "%02x", digest->bytes[i]);
    }
    return text;
}
