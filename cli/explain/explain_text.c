#include "explain_text.h"
#include "handshake_message.h"
#include "hex.h"
#include "page.h"
#include "secret_shown.h"
#include "text_buffer.h"
#include "version.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *check_text(enum check check)
{
    switch (check) {
    case CHECK_SAME:
        return "  as recorded";
    case CHECK_DIFFERS:
        return "  DIFFERS FROM WHAT IS RECORDED";
    default:
        return "";
    }
}

/* Puts the seed: the text if there is one, else the names of its parts. */
static void put_seed_names(struct page *page, const struct step *step, const char *seed)
{
    output_text(page->out, seed ? seed : "");
    for (size_t i = 0; !seed && i < step->n_seed; i++) {
        output_format(page->out, "%s%s", i > 0 ? " + " : "", step->seed[i].name);
    }
}

/* Puts the function and its arguments. */
static void put_function(struct page *page, const struct step *step, const char *seed)
{
    const bool has_secret = step->secret[0] != '\0';

    switch (step->function) {
    case FUNCTION_PRF:
        output_format(page->out, "PRF(%s, \"%s\", ", has_secret ? step->secret : "\"\"", step->label);
        break;
    case FUNCTION_SSL3:
        output_format(page->out, "SSL3(%s, ", step->secret);
        break;
    case FUNCTION_MD5:
        output_format(page->out, "MD5(%s%s", step->secret, has_secret ? " + " : "");
        break;
    case FUNCTION_SSL3_FINISHED:
        output_format(page->out, "SSL3 Finished(%s, \"%s\", ", step->secret, step->label);
        break;
    }
    put_seed_names(page, step, seed);
    output_text(page->out, ")\n");
}

static void put_formula(struct page *page, const struct step *step, const char *seed)
{
    output_text(page->out, "  = ");
    put_function(page, step, seed);
}

static void put_seed(struct page *page, const struct story *story, const struct step *step)
{
    for (size_t i = 0; story->line && i < step->n_seed; i++) {
        const struct seed_part *part = &step->seed[i];
        output_format(page->out, "    %-*s", PAGE_LABEL_WIDTH, part->name);
        if (part->value.len > 0) {
            page_put_value(page, part->value.data, part->value.len, 4 + PAGE_LABEL_WIDTH);
        } else {
            output_text(page->out, "not recorded");
        }
        output_text(page->out, "\n");
    }
}

static const char *rfc_of(const struct session *session)
{
    return session->version == LANEKDF_SSL3   ? "6101"
           : session->version < LANEKDF_TLS11 ? "2246"
           : session->version < LANEKDF_TLS12 ? "4346"
                                              : "5246";
}

static void put_title(struct page *page, const struct story *story)
{
    const struct session *session = story->session;
    const char *name = session->suite_name[0] != '\0' ? session->suite_name : "cipher suite not named";
    struct text_buffer text = {0};
    char id[8];

    if (story->line) {
        page_put_title(page, story->line->id, name, NULL);
    } else {
        snprintf(id, sizeof(id), "0x%04X", story->suite->id);
        page_put_title(page, (struct lanekdf_bytes){0}, name,
            (const char *const[]){id, story->suite->openssl_name, NULL});
    }
    text_buffer_format(&text, "%s", version_name(session->protocol));
    if (session->version != LANEKDF_SSL3) {
        text_buffer_format(&text, ", PRF with %s", page_hash_title(session->hash));
    }
    text_buffer_format(&text, ", %s", session->is_resumed ? "abbreviated handshake" : "full handshake");
    if (session->is_extended) {
        text_buffer_format(&text, ", extended master secret (RFC\t7627)");
    } else {
        text_buffer_format(&text, ", master secret as in RFC\t%s", rfc_of(session));
    }
    page_put_subtitle(page, text.text);
    text_buffer_free(&text);
    if (story->warning) {
        page_put_entry(page, "warning", story->warning);
    }
    if (session->version == LANEKDF_SSL3) {
        output_text(page->out, "SSL3(secret, seed) = MD5(secret + SHA(\"A\" + secret + seed)) +\n"
                               "  MD5(secret + SHA(\"BB\" + secret + seed)) + ..., 16 bytes each\n");
    }
}

static void put_pre_master_secret(struct page *page, const struct story *story)
{
    const struct session *session = story->session;

    page_put_heading(page, "Pre-master secret");
    if (session->is_resumed) {
        output_text(page->out, "  none\n");
        page_put_note(page,
            "There is no key exchange in an abbreviated handshake: no pre-master secret, and no private key "
            "has any part in it. Both sides still have the master secret of the earlier session (by its "
            "session ID, or inside a ticket); fresh randoms turn it into fresh keys.");
        page_put_entry(page, "forward secret",
            "no more than the full handshake was, and only until somebody gets that master secret, from the "
            "server's cache or with the key that opens its tickets");
        return;
    }
    if (session->has_pms) {
        page_put_secret(page, session->pms.data, session->pms.len, "");
    } else if (!story->line) {
        output_text(page->out, "\n");
    } else {
        output_text(page->out, "  not recorded (both sides delete it once they have the master secret)\n");
    }
    page_put_entry(page, "key exchange", story->exchange->name);
    page_put_entry(page, "who makes it", story->exchange->made_by);
    if (!session->has_pms) {
        page_put_entry(page, "bytes", story->exchange->bytes);
    }
    page_put_entry(page, "private key", story->exchange->private_key);
    if (key_exchange_export(story->suite)) {
        page_put_entry(page, "export suite", key_exchange_export(story->suite));
    }
    page_put_entry(page, "forward secret",
        story->exchange->id == 0             ? "not known here"
        : story->exchange->is_forward_secret ? "yes"
                                             : "no");
}

/* Puts which messages the session hash covers. */
static void put_session_hash(struct page *page, const struct story *story)
{
    const struct session *session = story->session;

    if (!session->is_extended) {
        return;
    }
    if (!story->line) {
        output_format(page->out,
            "    %-*s%s of the messages to ClientKeyExchange: it ties the secret to them\n", PAGE_LABEL_WIDTH,
            "session_hash", page_hash_title(session->hash));
    } else if (session->session_hash_msgs > 0) {
        output_format(page->out,
            "    %-*s%s of messages 1 to %zu, to ClientKeyExchange: it ties the secret to them\n",
            PAGE_LABEL_WIDTH, "", page_hash_title(session->hash), session->session_hash_msgs);
    }
}

static void put_master_secret(struct page *page, const struct story *story)
{
    const struct session *session = story->session;

    page_put_heading(page, "Master secret");
    page_put_secret(page, story->master.value, story->master.len, check_text(story->master.check));
    if (session->is_resumed) {
        page_put_note(page, story->line ? "As recorded: that of the earlier session, not derived again."
                                        : "That of the earlier session, not derived again.");
    } else {
        put_formula(page, &story->master, NULL);
        put_seed(page, story, &story->master);
        put_session_hash(page, story);
        if (story->line && !story->master.is_derived) {
            page_put_note(page, "As recorded: without the pre-master secret it cannot be derived here.");
        }
    }
    page_put_note(
        page, "The same on both sides. It encrypts nothing itself; all that follows comes out of it.");
}

static void put_key(struct page *page, const struct story_key *key)
{
    char bytes[24], start[2 * MAX_SECRET_SHOWN + sizeof("...")] = "";
    size_t shown = !key->value || page->shows_secrets ? 0 : secret_shown_len(key->len);

    snprintf(bytes, sizeof(bytes), "%zu-%zu", key->offset, key->offset + key->len - 1);
    hex_encode(start, key->value, shown);
    strcpy(start + 2 * shown, shown > 0 ? "..." : "");
    output_format(page->out, "  %7s  %-*s  %-11s  %-6s  %-6s  ", bytes, key->is_in_block ? 20 : 22, key->name,
        start, key->writer == CLIENT ? "writes" : "reads", key->writer == SERVER ? "writes" : "reads");
    page_put_shown(page, key->purpose, SIZE_MAX);
    output_format(page->out, "%s\n", check_text(key->check));
    if (key->value && page->shows_secrets) {
        output_format(page->out, "  %*s", 31, "");
        page_put_value(page, key->value, key->len, 33);
        output_text(page->out, "\n");
    }
}

static void put_keys(struct page *page, const struct story *story, bool in_block)
{
    output_format(page->out, "\n  %7s  %-*s  %-11s  %-6s  %-6s  %s\n", "bytes", in_block ? 20 : 22, "key",
        story->line ? "value" : "", "client", "server", "for");
    for (size_t i = 0; i < story->n_keys; i++) {
        if (story->keys[i].is_in_block == in_block) {
            put_key(page, &story->keys[i]);
        }
    }
}

static void put_key_notes(struct page *page, const struct story *story)
{
    const struct lanekdf_handshake *layout = &story->session->block.layout;

    put_keys(page, story, true);
    output_text(page->out, "\n");
    if (story->is_aead) {
        page_put_note(page, "No MAC keys: this cipher authenticates the records itself.");
    } else if (strstr(story->session->suite_name, "_CBC_") && layout->fixed_iv_len == 0) {
        output_format(page->out, "  No IVs: in %s each CBC record brings its own.\n",
            version_name(story->session->protocol));
    }
    page_put_note(page,
        "Each side writes with its own keys and reads with the other's. The order of the pieces "
        "is fixed, and "
        "that is how both know which is which.");
}

static void put_key_block(struct page *page, const struct story *story)
{
    if (!story->session->has_key_block) {
        return;
    }
    page_put_heading(page, "Key block");
    page_put_secret(page, story->key_block.value, story->key_block.len, check_text(story->key_block.check));
    put_formula(page, &story->key_block, NULL);
    put_seed(page, story, &story->key_block);
    if (story->session->is_extended || story->session->is_resumed) {
        output_format(page->out,
            "  Swapped: here the server's random comes first, in the master secret of RFC %s the client's.\n",
            rfc_of(story->session));
    } else {
        page_put_note(
            page, "Swapped: here the server's random comes first, in the master secret the client's.");
    }
    if (story->n_keys > 0) {
        put_key_notes(page, story);
    }
}

/* Puts what an export suite makes of the short keys. */
static void put_final_keys(struct page *page, const struct story *story)
{
    if (story->n_finals == 0) {
        return;
    }
    page_put_heading(page, "Final keys");
    output_text(page->out,
        "  the short keys hold no more secret than their bytes, however long what is made of them\n");
    for (size_t i = 0; i < story->n_finals; i++) {
        const struct step *final = &story->finals[i];
        output_format(page->out, "  %s  %zu bytes\n  ", final->output, final->len);
        put_formula(page, final, NULL);
    }
    put_keys(page, story, false);
}

/* Writes what Finished i covers: "messages 1 to 5, client Finished, message 6". */
static void covered(const struct story *story, size_t i, char *text, size_t size)
{
    const struct session *session = story->session;
    const struct finished *finished = &session->finished[i], *first = &session->finished[0];
    size_t len;

    if (!story->line) {
        snprintf(text, size, "all messages before it");
        return;
    }
    snprintf(text, size, "messages 1 to %zu", first->n_msgs);
    if (i > 0) {
        len = strlen(text);
        snprintf(text + len, size - len, ", %s Finished", side_names[first->side]);
        len = strlen(text);
        if (finished->n_msgs == first->n_msgs + 1) {
            snprintf(text + len, size - len, ", message %zu", finished->n_msgs);
        } else if (finished->n_msgs > first->n_msgs) {
            snprintf(text + len, size - len, ", messages %zu to %zu", first->n_msgs + 1, finished->n_msgs);
        }
    }
}

static void put_messages(struct page *page, const struct session *session)
{
    struct text_buffer text = {0};

    for (size_t i = 0; i < session->n_messages; i++) {
        text_buffer_format(&text, "%s%zu\t%s", i > 0 ? ", " : "", i + 1, message_name(session->messages[i]));
    }
    text_buffer_add(&text, "", 1);
    page_put_entry(page, "messages", text.text);
    text_buffer_free(&text);
}

static void put_finished(struct page *page, const struct story *story)
{
    const bool is_ssl3 = story->session->version == LANEKDF_SSL3;
    char text[96], seed[128];

    if (story->n_finished == 0) {
        return;
    }
    page_put_heading(page, "Finished");
    output_format(page->out,
        "  %zu bytes from each side: proof that it has the master secret and saw the same handshake\n",
        story->finished[0].len);
    for (size_t i = 0; i < story->n_finished; i++) {
        const struct step *finished = &story->finished[i];
        output_format(page->out, "  %zu. %s Finished:", i + 1, side_names[story->session->finished[i].side]);
        if (finished->value) {
            output_text(page->out, "  ");
            page_put_value(page, finished->value, finished->len, 0);
        }
        output_format(page->out, "%s\n   ", check_text(finished->check));
        covered(story, i, text, sizeof(text));
        snprintf(seed, sizeof(seed), is_ssl3 ? "%s%s" : "%s(%s)",
            is_ssl3 ? "" : page_hash_title(story->session->hash), text);
        put_formula(page, finished, seed);
    }
    if (is_ssl3) {
        page_put_note(page,
            "SSL3 Finished(secret, sender, messages) = H(secret + pad2 + H(messages + sender + secret + "
            "pad1)) with MD5 for H, 16 bytes, then with SHA-1, 20. pad1 is 0x36 and pad2 0x5c, 48 times "
            "for MD5 and 40 times for SHA-1.");
    }
    if (story->line) {
        put_messages(page, story->session);
    }
    page_put_note(page, "The second covers the first, so the two hashes differ.");
}

void explain_text(struct output *out, const struct story *story, bool shows_secrets)
{
    struct page page = {
        .out = out, .width = 100, .shows_secrets = shows_secrets, .is_bold = isatty(STDOUT_FILENO) == 1};

    put_title(&page, story);
    put_pre_master_secret(&page, story);
    put_master_secret(&page, story);
    put_key_block(&page, story);
    put_final_keys(&page, story);
    put_finished(&page, story);
}
