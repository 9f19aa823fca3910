#include "schedule_text.h"
#include "handshake_message.h"
#include "page.h"
#include "secret_shown.h"
#include "text_buffer.h"
#include "version.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Columns: the trunk of the drawing, where values stand, and where whole secrets begin. */
enum { SCREEN_WIDTH = 80, TRUNK = 12, VALUE = 61, WHOLE_VALUE = 16 };

struct drawing {
    struct page page;
    const struct schedule *schedule;
    char row[4 * SCREEN_WIDTH]; /* the row that is being written */
};

/* Puts what stands in the row at its left end, and behind it the trunk or spaces. */
static void put_row(struct drawing *drawing)
{
    output_format(drawing->page.out, "%s\n", drawing->row);
    drawing->row[0] = '\0';
}

__attribute__((format(printf, 2, 3))) static void add(struct drawing *drawing, const char *format, ...)
{
    const size_t len = strlen(drawing->row);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(drawing->row + len, sizeof(drawing->row) - len, format, arguments);
    va_end(arguments);
}

/* Fills the row with spaces up to a column, behind which there is at least one space. */
static void add_column(struct drawing *drawing, size_t column)
{
    const size_t len = strlen(drawing->row);

    add(drawing, "%*s", (int)(len < column ? column - len : 1), "");
}

static const char *mark_of(enum check check)
{
    return check == CHECK_SAME ? "  ok" : check == CHECK_DIFFERS ? "  DIFFERS" : "";
}

/* Writes the first bytes of a value, or all of one that is short enough and no secret. */
static void add_start(struct drawing *drawing, const uint8_t *value, size_t len)
{
    for (size_t i = 0; i < secret_shown_len(len); i++) {
        add(drawing, "%02x", value[i]);
    }
}

/* Puts a value under the row, whole, within the drawing. */
static void put_whole(struct drawing *drawing, const char *trunk, const uint8_t *value, size_t len)
{
    enum { BYTES_PER_ROW = 32 };

    for (size_t i = 0; i < len; i += BYTES_PER_ROW) {
        const size_t n = len - i < BYTES_PER_ROW ? len - i : BYTES_PER_ROW;
        add(drawing, "%*s%s", TRUNK, "", trunk);
        add_column(drawing, WHOLE_VALUE);
        for (size_t k = 0; k < n; k++) {
            add(drawing, "%02x", value[i + k]);
        }
        put_row(drawing);
    }
}

/* Ends the row with a value: its first bytes, or with --secrets all of it in rows of its own. */
static void end_with_value(
    struct drawing *drawing, const char *trunk, const uint8_t *value, size_t len, enum check check)
{
    const bool is_whole = value && drawing->page.shows_secrets;

    if (value && !is_whole) {
        add_column(drawing, VALUE);
        add_start(drawing, value, len);
    } else if (check != CHECK_NONE) {
        add_column(drawing, VALUE);
    }
    add(drawing, "%s", mark_of(check));
    put_row(drawing);
    if (is_whole) {
        put_whole(drawing, trunk, value, len);
    }
}

static void put_trunk(struct drawing *drawing, const char *trunk)
{
    add(drawing, "%*s%s", TRUNK, "", trunk);
    put_row(drawing);
}

/* Begins a row below a branch: the trunk goes on beside it. */
static void begin_twig(struct drawing *drawing, const char *trunk)
{
    add(drawing, "%*s%s      ", TRUNK, "", trunk);
}

static void put_extract(struct drawing *drawing, const struct schedule_step *step)
{
    add(drawing, "%*s --> HKDF-Extract = %s", TRUNK - 5, step->input, step->output);
    end_with_value(drawing, "|", step->value, step->len, step->check);
}

/* The salt of the next extract is on the trunk. */
static void put_salt(struct drawing *drawing, const struct schedule_step *step)
{
    put_trunk(drawing, "|");
    add(drawing, "%*sv   Derive-Secret(., \"derived\", \"\")", TRUNK, "");
    end_with_value(drawing, " ", step->value, step->len, step->check);
}

static void put_keys(struct drawing *drawing, const char *trunk, const struct schedule_step *step)
{
    enum check check = CHECK_NONE;

    if (step->n_keys == 0) {
        return;
    }
    begin_twig(drawing, trunk);
    for (size_t i = 0; i < step->n_keys; i++) {
        const struct schedule_key *key = &step->keys[i];
        add(drawing, "%s%s %zu", i > 0 ? "  " : "", key->name, key->len);
        if (key->value && !drawing->page.shows_secrets) {
            add(drawing, " ");
            add_start(drawing, key->value, key->len);
        }
        if (key->check != CHECK_NONE && check != CHECK_DIFFERS) {
            check = key->check;
        }
    }
    if (!drawing->schedule->line) {
        add(drawing, "  %s writes, %s reads", side_names[step->writer], side_names[!step->writer]);
    }
    add(drawing, "%s", mark_of(check));
    put_row(drawing);
    for (size_t i = 0; i < step->n_keys && drawing->page.shows_secrets; i++) {
        if (step->keys[i].value) {
            put_whole(drawing, trunk, step->keys[i].value, step->keys[i].len);
        }
    }
}

static void put_derive(struct drawing *drawing, const char *trunk, const struct schedule_step *step)
{
    add(drawing, "%*s+--> \"%s\", ", TRUNK, "", step->label);
    add(drawing, "%s", step->messages[0] != '\0' ? step->messages : "\"\"");
    if (step->n_messages > 0) {
        add(drawing, " (1-%zu)", step->n_messages);
    }
    put_row(drawing);
    begin_twig(drawing, trunk);
    add(drawing, "= %s", step->output);
    if (step->is_recorded) {
        add(drawing, ", key log");
    }
    end_with_value(drawing, trunk, step->value, step->len, step->check);
    put_keys(drawing, trunk, step);
}

static void put_finished(struct drawing *drawing, const char *trunk, const struct schedule_step *step)
{
    begin_twig(drawing, trunk);
    add(drawing, "\"finished\" key: %s Finished", side_names[step->writer]);
    if (step->n_messages > 0) {
        add(drawing, " (1-%zu)", step->n_messages);
    }
    end_with_value(drawing, trunk, step->value, step->len, step->check);
}

static void put_binder(struct drawing *drawing, const char *trunk, const struct schedule_step *step)
{
    begin_twig(drawing, trunk);
    add(drawing, "\"finished\" key: binder in ClientHello");
    end_with_value(drawing, trunk, step->value, step->len, step->check);
}

static void put_update(struct drawing *drawing, const char *trunk, const struct schedule_step *step)
{
    begin_twig(drawing, trunk);
    add(drawing, "\"%s\"... = %s", step->label, step->key_log);
    end_with_value(drawing, trunk, step->value, step->len, step->check);
}

static void put_ticket(struct drawing *drawing, const char *trunk, const struct schedule_step *step)
{
    const size_t n = drawing->schedule->session->n_tickets;

    begin_twig(drawing, trunk);
    add(drawing, "\"%s\", nonce of ", step->label);
    add(drawing, n > 1 ? "each ticket = PSK" : "a ticket = its PSK");
    end_with_value(drawing, trunk, step->value, step->len, step->check);
}

/* The last branch of the drawing has no trunk beside it. */
static const char *trunk_of(const struct schedule *schedule, size_t i)
{
    for (size_t later = i + 1; later < schedule->n_steps; later++) {
        if (schedule->steps[later].function == SCHEDULE_DERIVE ||
            schedule->steps[later].function == SCHEDULE_EXTRACT) {
            return "|";
        }
    }
    return " ";
}

static void put_step(struct drawing *drawing, size_t i)
{
    const struct schedule_step *step = &drawing->schedule->steps[i];
    const char *trunk = trunk_of(drawing->schedule, i);

    switch (step->function) {
    case SCHEDULE_EXTRACT:
        put_extract(drawing, step);
        break;
    case SCHEDULE_DERIVE:
        if (strcmp(step->label, "derived") == 0) {
            put_salt(drawing, step);
        } else {
            put_derive(drawing, trunk, step);
        }
        break;
    case SCHEDULE_BINDER:
        put_binder(drawing, trunk, step);
        break;
    case SCHEDULE_FINISHED:
        put_finished(drawing, trunk, step);
        break;
    case SCHEDULE_UPDATE:
        put_update(drawing, trunk, step);
        break;
    case SCHEDULE_TICKET:
        put_ticket(drawing, trunk, step);
        break;
    }
}

static void put_title(struct drawing *drawing)
{
    const struct schedule *schedule = drawing->schedule;
    const struct tls13_session *session = schedule->session;
    const uint32_t version = session->stage.version;
    const char *name = session->suite_name[0] != '\0' ? session->suite_name : "cipher suite not named";
    struct output *out = drawing->page.out;
    char id[8];

    if (schedule->line) {
        page_put_title(&drawing->page, schedule->line->id, name, NULL);
    } else {
        snprintf(id, sizeof(id), "0x%04X", schedule->suite->id);
        page_put_title(&drawing->page, (struct lanekdf_bytes){0}, name, (const char *const[]){id, NULL});
    }
    output_format(out, "%s, HKDF with %s, labels \"%s...\"", version_name(version),
        page_hash_title(session->stage.hash), schedule_label_prefix(version));
    if (strcmp(session->group, "none") == 0) {
        output_text(out, ", no (EC)DHE");
    } else if (session->group[0] != '\0') {
        output_text(out, ", ");
        page_put_shown(&drawing->page, session->group, 20);
    }
    output_text(out, "\n");
    if (schedule->warning) {
        page_put_entry(&drawing->page, "warning", schedule->warning);
    }
}

/* The server's Finished comes first in every handshake from TLS 1.3 on. */
static void put_messages(struct drawing *drawing)
{
    const struct tls13_session *session = drawing->schedule->session;
    struct text_buffer text = {0};
    size_t n_finished = 0;

    if (session->n_messages == 0) {
        return;
    }
    text_buffer_format(&text, "Messages:");
    for (size_t i = 0; i < session->n_messages; i++) {
        const char *name = message_name(session->messages[i]);
        const char *side = strcmp(name, "Finished") != 0 ? "" : n_finished++ == 0 ? "server\t" : "client\t";
        text_buffer_format(&text, "%s %zu\t%s%s", i > 0 ? "," : "", i + 1, side, name);
    }
    page_put_note(&drawing->page, text.text);
    text_buffer_free(&text);
}

/* What an attacker finds who gets hold of a long-lived secret later. */
static const char *forward_secrecy(const struct schedule *schedule)
{
    switch (schedule->exchange) {
    case PRESENCE_ABSENT:
        return "No (EC)DHE goes in: who finds the PSK later can compute all of this.";
    case PRESENCE_THERE:
        return schedule->psk == PRESENCE_ABSENT
                   ? "No certificate's key goes in, it only signs: who finds it later learns nothing."
                   : "What comes before (EC)DHE, early data too, is not forward secret: the PSK gives it.";
    case PRESENCE_UNKNOWN:
        break;
    }
    return schedule->psk == PRESENCE_THERE
               ? "A PSK goes in; whether (EC)DHE does, too (?), is not known without ServerHello, nor "
                 "whether "
                 "all of this is forward secret."
               : "Whether a PSK or (EC)DHE goes in (?) is not known without ServerHello, nor whether any of "
                 "this is forward secret.";
}

static void put_notes(struct drawing *drawing)
{
    const struct schedule *schedule = drawing->schedule;
    const uint32_t version = schedule->session->stage.version;
    const char *keys = schedule_key_prefix(version);
    struct text_buffer text = {0};

    text_buffer_format(&text, "%s%s",
        "Arrows with a label are Derive-Secret(secret above, label, hash of the messages). ",
        forward_secrecy(schedule));
    if (keys[0] != '\0') {
        text_buffer_format(&text,
            " Keys have labels \"%skey\", \"%siv\", \"%shp\". Initial packets have others: HKDF-Extract(salt "
            "of the "
            "version, connection ID), then \"client in\" and \"server in\".",
            keys, keys, keys);
    }
    if (schedule->line && !schedule->session->has_handshake) {
        text_buffer_format(&text, " Secrets are the key log's: what they are made of is not recorded.");
    }
    if (schedule->line) {
        text_buffer_format(&text, " Each side writes with its own keys and reads with the other's.%s",
            drawing->page.shows_secrets ? "" : " Values are cut; ok: as recorded.");
    }
    page_put_note(&drawing->page, text.text);
    text_buffer_free(&text);
}

void schedule_text(struct output *out, const struct schedule *schedule, bool shows_secrets)
{
    struct drawing drawing = {
        .page = {.out = out,
            .width = SCREEN_WIDTH,
            .shows_secrets = shows_secrets,
            .is_bold = isatty(STDOUT_FILENO) == 1},
        .schedule = schedule,
    };

    put_title(&drawing);
    add(&drawing, "%*s0", TRUNK, "");
    put_row(&drawing);
    for (size_t i = 0; i < schedule->n_steps; i++) {
        put_step(&drawing, i);
    }
    if (schedule->line) {
        put_messages(&drawing);
    }
    put_notes(&drawing);
    explicit_bzero(&drawing, sizeof(drawing));
}
