/* explain --suite: how the keys of any connection with this cipher suite come about. */
#include "command.h"
#include "explain.h"
#include "suite.h"

#include <string.h>
#include <unistd.h>

/* Says what is wrong and returns false, or the suite and the version that are asked for. */
static bool choose(const struct options *options, const struct lanekdf_suite **suite, uint16_t *version)
{
    int status = suite_parse(options->suite, suite);

    if (status != LANEKDF_OK) {
        command_message("explain: suite %s: %s", options->suite, lanekdf_status_text(status));
        return false;
    }
    *version = (*suite)->max_version;
    if (options->version) {
        *version = version_parse(options->version, strlen(options->version));
    }
    if (*version == 0) {
        command_message("explain: version %s: none of SSLv3, TLS1.0, TLS1.1 and TLS1.2", options->version);
        return false;
    }
    if (*version < (*suite)->min_version || *version > (*suite)->max_version) {
        command_message("explain: %s: not a suite of %s", (*suite)->name, version_name(*version));
        return false;
    }
    if (*version == SSL3 && options->ems) {
        command_message("explain: SSLv3 has no extended master secret");
        return false;
    }
    return true;
}

int explain_suite_main(const struct options *options)
{
    /* Where the keys would be: they are told by their places, and have no values. */
    static uint8_t nowhere[LANEKDF_MAX_SSL3_OUT];
    struct stream stream = {.options = options};
    struct session session = {.is_extended = options->ems,
        .is_resumed = options->resumed,
        .has_key_block = true,
        .block.is_cut = true,
        .suite_name = "",
        .cipher = "",
        .mac_hash = "",
        .is_etm = -1};
    struct story story = {.session = &session};
    struct lanekdf_handshake *cut = &session.block.cut;
    struct arena arena = {0};

    if (!choose(options, &story.suite, &session.version)) {
        return COMMAND_FAILED;
    }
    lanekdf_handshake_set_suite(cut, session.version, story.suite);
    cut->key_block = cut->final_keys = nowhere;
    session.suite = story.suite;
    session.suite_name = story.suite->name;
    session.hash = cut->hash;
    session.block.len =
        2 * ((size_t)cut->mac_key_len + cut->enc_key_len + (cut->final_key_len > 0 ? 0 : cut->fixed_iv_len));
    for (unsigned i = 0; i < 2; i++) { /* who asked for the abbreviated handshake is the second */
        session.finished[i] =
            (struct finished){.is_wanted = true, .side = (i == 0) == options->resumed ? SERVER : CLIENT};
    }
    explain_tell(&story, &arena);
    output_open(&stream.out, STDOUT_FILENO);
    if (options->json) {
        explain_json(&stream, &story);
    } else {
        explain_text(&stream, &story);
    }
    arena_free(&arena);
    return output_close(&stream.out) ? COMMAND_OK : COMMAND_ERROR;
}
