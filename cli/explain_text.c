/* A session's story for people, within 100 columns. */
#include "explain.h"
#include "hex.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 100, LABEL_WIDTH = 15, BYTES_PER_ROW = 32 };

struct page {
    struct output *out;
    bool secrets, bold;
};

/* Words, broken at WIDTH; the first line goes on at column, the others begin at indent.
 * A tab is a space that is not broken at. */
static void put_wrapped(struct page *page, size_t column, size_t indent, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > indent && column + 1 + len > WIDTH) {
            output_format(page->out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            output_text(page->out, " ");
            column++;
        }
        column += len;
        for (; len > 0; len--, text++) {
            output_bytes(page->out, *text == '\t' ? " " : text, 1);
        }
        text += strspn(text, " ");
    }
    output_text(page->out, "\n");
}

/* "  label         text, wrapped". */
static void put_entry(struct page *page, const char *label, const char *text)
{
    output_format(page->out, "  %-*s", LABEL_WIDTH, label);
    put_wrapped(page, 2 + LABEL_WIDTH, 2 + LABEL_WIDTH, text);
}

static void put_note(struct page *page, const char *text)
{
    output_text(page->out, "  ");
    put_wrapped(page, 2, 2, text);
}

static void put_heading(struct page *page, const char *text)
{
    output_format(page->out, "\n%s%s%s", page->bold ? "\033[1m" : "", text, page->bold ? "\033[0m" : "");
}

/* All of it, in rows. */
static void put_value(struct page *page, const uint8_t *value, size_t len, size_t indent)
{
    for (size_t i = 0; i < len; i += BYTES_PER_ROW) {
        if (i > 0) {
            output_format(page->out, "\n%*s", (int)indent, "");
        }
        output_hex(page->out, value + i, len - i < BYTES_PER_ROW ? len - i : BYTES_PER_ROW);
    }
}

/* Behind a heading: its length and its first bytes, or with --secrets all of it below. */
static void put_secret(struct page *page, const uint8_t *value, size_t len, const char *remark)
{
    output_format(page->out, "  %zu bytes", len);
    if (!page->secrets) {
        output_text(page->out, "  ");
        output_hex(page->out, value, secret_shown(len));
        output_text(page->out, "...");
    }
    output_format(page->out, "%s\n", remark);
    if (page->secrets) {
        output_text(page->out, "    ");
        put_value(page, value, len, 4);
        output_text(page->out, "\n");
    }
}

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

static void put_formula(struct page *page, const struct derivation *derivation, const char *seed)
{
    output_format(page->out, "  = PRF(%s, \"%s\", ", derivation->secret, derivation->label);
    if (seed != NULL) {
        output_text(page->out, seed);
    }
    for (size_t i = 0; seed == NULL && i < derivation->n_seed; i++) {
        output_format(page->out, "%s%s", i > 0 ? " + " : "", derivation->seed[i].name);
    }
    output_text(page->out, ")\n");
}

static void put_seed(struct page *page, const struct derivation *derivation)
{
    for (size_t i = 0; i < derivation->n_seed; i++) {
        const struct seed_part *part = &derivation->seed[i];
        output_format(page->out, "    %-*s", LABEL_WIDTH, part->name);
        if (part->value.len > 0) {
            put_value(page, part->value.data, part->value.len, 4 + LABEL_WIDTH);
        } else {
            output_text(page->out, "not recorded");
        }
        output_text(page->out, "\n");
    }
}

static void put_title(struct page *page, const struct story *story)
{
    const struct session *session = story->session;

    output_bytes(page->out, (const char *)story->line->id.data, story->line->id.len);
    output_format(page->out, "  %.64s\nTLS 1.2, PRF with SHA-256, %s, %s\n",
        session->suite[0] != '\0' ? session->suite : "cipher suite not named",
        session->is_resumed ? "abbreviated handshake" : "full handshake",
        session->is_extended ? "extended master secret (RFC 7627)" : "master secret as in RFC 5246");
}

static void put_pre_master_secret(struct page *page, const struct story *story)
{
    const struct session *session = story->session;

    put_heading(page, "Pre-master secret");
    if (session->is_resumed) {
        output_text(page->out, "  none\n");
        put_note(page,
            "There is no key exchange in an abbreviated handshake: no pre-master secret, and no private key "
            "has any part in it. Both sides still have the master secret of the earlier session (by its "
            "session ID, or inside a ticket); fresh randoms turn it into fresh keys.");
        return;
    }
    if (session->has_pms) {
        put_secret(page, session->pms.data, session->pms.len, "");
    } else {
        output_text(page->out, "  not recorded (both sides delete it once they have the master secret)\n");
    }
    put_entry(page, "key exchange", story->exchange->name);
    put_entry(page, "who makes it", story->exchange->made_by);
    put_entry(page, "private key", story->exchange->private_key);
    put_entry(page, "forward secret", story->exchange->is_forward_secret ? "yes" : "no");
}

static void put_master_secret(struct page *page, const struct story *story)
{
    const struct session *session = story->session;

    put_heading(page, "Master secret");
    put_secret(page, story->master.value, story->master.len, check_text(story->master.check));
    if (session->is_resumed) {
        put_note(page, "As recorded: that of the earlier session, not derived again.");
    } else {
        put_formula(page, &story->master, NULL);
        put_seed(page, &story->master);
        if (session->session_hash_msgs > 0 && session->is_extended) {
            output_format(page->out,
                "    %-*sSHA-256 of messages 1 to %zu, to ClientKeyExchange: it ties the secret to them\n",
                LABEL_WIDTH, "", session->session_hash_msgs);
        }
        if (!story->master.is_derived) {
            put_note(page, "As recorded: without the pre-master secret it cannot be derived here.");
        }
    }
    put_note(page, "The same on both sides. It encrypts nothing itself; all that follows comes out of it.");
}

static void put_key(struct page *page, const struct named_key *key)
{
    char bytes[24], start[2 * SECRET_SHOWN + sizeof("...")] = "";
    size_t shown = page->secrets ? 0 : secret_shown(key->len);

    snprintf(bytes, sizeof(bytes), "%zu-%zu", key->offset, key->offset + key->len - 1);
    hex_encode(start, key->value, shown);
    strcpy(start + 2 * shown, page->secrets ? "" : "...");
    output_format(page->out, "  %7s  %-20s  %-11s  %-6s  %-6s  %s%s\n", bytes, key->name, start,
        key->writer == CLIENT ? "writes" : "reads", key->writer == SERVER ? "writes" : "reads", key->purpose,
        check_text(key->check));
    if (page->secrets) {
        output_format(page->out, "  %*s", 31, "");
        put_value(page, key->value, key->len, 33);
        output_text(page->out, "\n");
    }
}

static void put_keys(struct page *page, const struct story *story)
{
    output_format(page->out, "\n  %7s  %-20s  %-11s  %-6s  %-6s  %s\n", "bytes", "key", "value", "client",
        "server", "for");
    for (size_t i = 0; i < story->n_keys; i++) {
        put_key(page, &story->keys[i]);
    }
    output_text(page->out, "\n");
    if (story->is_aead) {
        put_note(page, "No MAC keys: this cipher authenticates the records itself.");
    } else if (strstr(story->session->suite, "_CBC_") != NULL && story->session->block.fixed_iv_len == 0) {
        put_note(page, "No IVs: in TLS 1.2 each CBC record brings its own.");
    }
    put_note(page, "Each side writes with its own keys and reads with the other's. The order of the pieces "
                   "is fixed, and "
                   "that is how both know which is which.");
}

static void put_key_block(struct page *page, const struct story *story)
{
    if (!story->session->has_key_block) {
        return;
    }
    put_heading(page, "Key block");
    put_secret(page, story->key_block.value, story->key_block.len, check_text(story->key_block.check));
    put_formula(page, &story->key_block, NULL);
    put_seed(page, &story->key_block);
    put_note(
        page, story->session->is_extended || story->session->is_resumed
                  ? "Swapped: here the server's random comes first, in the master secret of RFC 5246 the "
                    "client's."
                  : "Swapped: here the server's random comes first, in the master secret the client's.");
    if (story->n_keys > 0) {
        put_keys(page, story);
    }
}

/* "SHA-256(messages 1 to 5, client Finished, 6)". */
static void covered(const struct session *session, size_t i, char *text, size_t size)
{
    const struct finished *finished = &session->finished[i], *first = &session->finished[0];
    size_t len;

    snprintf(text, size, "SHA-256(messages 1 to %zu", first->n_msgs);
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
    len = strlen(text);
    snprintf(text + len, size - len, ")");
}

static void put_messages(struct page *page, const struct session *session)
{
    char text[1024] = "";
    size_t len = 0;

    for (size_t i = 0; i < session->n_messages && len < sizeof(text) - 64; i++) {
        snprintf(text + len, sizeof(text) - len, "%s%zu\t%s", i > 0 ? ", " : "", i + 1,
            message_name(session->messages[i]));
        len = strlen(text);
    }
    put_entry(page, "messages", text);
}

static void put_finished(struct page *page, const struct story *story)
{
    char text[160];

    if (story->n_finished == 0) {
        return;
    }
    put_heading(page, "Finished");
    output_text(page->out,
        "  12 bytes from each side: proof that it has the master secret and saw the same handshake\n");
    for (size_t i = 0; i < story->n_finished; i++) {
        const struct derivation *finished = &story->finished[i];
        output_format(
            page->out, "  %zu. %s Finished:  ", i + 1, side_names[story->session->finished[i].side]);
        put_value(page, finished->value, finished->len, 0);
        output_format(page->out, "%s\n   ", check_text(finished->check));
        covered(story->session, i, text, sizeof(text));
        put_formula(page, finished, text);
    }
    put_messages(page, story->session);
    put_note(page, "The second covers the first, so the two hashes differ.");
}

void explain_text(struct stream *stream, const struct story *story)
{
    struct page page = {
        .out = &stream->out, .secrets = stream->options->secrets, .bold = isatty(STDOUT_FILENO) == 1};

    if (stream->n_passed + stream->n_failed > 0) {
        output_text(page.out, "\n\n");
    }
    put_title(&page, story);
    put_pre_master_secret(&page, story);
    put_master_secret(&page, story);
    put_key_block(&page, story);
    put_finished(&page, story);
}
