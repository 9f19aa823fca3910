#include "plain_line.h"
#include "explain_writer.h"
#include "formulas.h"
#include "page.h"
#include "secret_shown.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 80, MAX_PUBLIC_SHOWN = 256 /* bytes of a value that is no secret */ };

/* Whether an input can be shown whole: it is sent in the clear, or made of what is. */
static bool is_public(enum field field)
{
    static const enum field fields[] = {FIELD_LABEL, FIELD_LABEL_TEXT, FIELD_SEED, FIELD_CONTEXT,
        FIELD_SENDER, FIELD_CLIENT_HELLO_RANDOM, FIELD_SERVER_HELLO_RANDOM, FIELD_CLIENT_RANDOM,
        FIELD_SERVER_RANDOM, FIELD_SESSION_HASH, FIELD_TRANSCRIPT_HASH, FIELD_BINDER_HASH,
        FIELD_CLIENT_HELLO_HASH, FIELD_SALT, FIELD_INFO, FIELD_IDENTITY, FIELD_NONCES, FIELD_DCID,
        FIELD_SAMPLE};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (fields[i] == field) {
            return true;
        }
    }
    return false;
}

static bool has(const struct line *line, enum field field)
{
    bool has = line_has(line, field);

    for (size_t i = 0; i < line->n_answers; i++) {
        has = has || line->answers[i].field == field;
    }
    return has;
}

static bool holds(const struct formula_row *row, const struct line *line)
{
    return strcmp(row->alg, line->algorithm->name) == 0 && (row->with == N_FIELDS || has(line, row->with)) &&
           (row->without == N_FIELDS || !has(line, row->without));
}

static enum check check_of(const struct answer *answer)
{
    return !answer->is_recorded ? CHECK_NONE : answer_is_as_recorded(answer) ? CHECK_SAME : CHECK_DIFFERS;
}

/* ---- for people ---- */

static size_t longest_name(const struct line *line)
{
    size_t longest = 0;

    for (size_t i = 0; i < line->n_inputs; i++) {
        const size_t len = strlen(field_names[line->inputs[i].field]);
        longest = len > longest ? len : longest;
    }
    for (size_t i = 0; i < line->n_answers; i++) {
        const size_t len = strlen(field_names[line->answers[i].field]);
        longest = len > longest ? len : longest;
    }
    return longest;
}

static const char *check_text(enum check check)
{
    return check == CHECK_SAME ? "  as recorded" : check == CHECK_DIFFERS ? "  DIFFERS" : "";
}

/* Puts the length of a value and the value, or of a secret its first bytes, behind the name or, if there is
 * no room, below it. */
static void put_value(
    struct page *page, struct lanekdf_bytes value, bool is_secret, size_t column, const char *remark)
{
    const bool is_cut = (is_secret && !page->shows_secrets) || value.len > MAX_PUBLIC_SHOWN;
    const size_t n = !is_cut ? value.len : is_secret ? secret_shown_len(value.len) : (size_t)MAX_PUBLIC_SHOWN;
    char len[32];

    snprintf(len, sizeof(len), "%zu byte%s", value.len, value.len == 1 ? "" : "s");
    output_text(page->out, len);
    if (n > 0 && column + strlen(len) + 2 + 2 * n + strlen("...") + strlen(remark) <= WIDTH) {
        output_text(page->out, "  ");
        output_hex(page->out, value.data, n);
        output_format(page->out, "%s%s\n", is_cut ? "..." : "", remark);
        return;
    }
    output_format(page->out, "%s\n", remark);
    if (n > 0) {
        output_text(page->out, "    ");
        page_put_value(page, value.data, n, 4);
        output_text(page->out, is_cut ? "...\n" : "\n");
    }
}

static bool is_text(struct lanekdf_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] < 0x20 || bytes.data[i] > 0x7e) {
            return false;
        }
    }
    return bytes.len > 0;
}

static void put_input(struct page *page, const struct line_input *input, size_t column)
{
    const bool is_label = input->field == FIELD_LABEL || input->field == FIELD_LABEL_TEXT;

    output_format(page->out, "  %-*s", (int)(column - 2), field_names[input->field]);
    if (input->text) {
        page_put_shown(page, input->text, MAX_NAME_SHOWN);
        output_text(page->out, "\n");
    } else if (is_label && is_text(input->bytes) && input->bytes.len < 32) {
        output_format(page->out, "\"%.*s\"\n", (int)input->bytes.len, (const char *)input->bytes.data);
    } else {
        put_value(page, input->bytes, !is_public(input->field), column, "");
    }
}

static void put_formula(struct page *page, const char *text)
{
    for (size_t len; *text != '\0'; text += len, text += *text == '\n') {
        len = strcspn(text, "\n");
        output_text(page->out, "  ");
        output_bytes(page->out, text, len);
        output_text(page->out, "\n");
    }
}

void plain_line_text(struct output *out, const struct line *line, bool shows_secrets)
{
    struct page page = {
        .out = out, .width = WIDTH, .shows_secrets = shows_secrets, .is_bold = isatty(STDOUT_FILENO) == 1};
    const bool are_public = formulas_give_public(line->algorithm);
    const size_t column = 2 + longest_name(line) + 2;

    page_put_title(&page, line->id, line->algorithm->name, NULL);
    page_put_subtitle(&page, line->algorithm->summary);
    if (line->warning) {
        page_put_entry(&page, "warning", line->warning);
    }
    output_text(out, "\n");
    for (size_t i = 0; i < n_formula_rows; i++) {
        if (holds(&formula_rows[i], line)) {
            put_formula(&page, formula_rows[i].text);
        }
    }
    page_put_heading(&page, "Given\n");
    for (size_t i = 0; i < line->n_inputs; i++) {
        if (line->inputs[i].field != FIELD_ALG) { /* which the title has */
            put_input(&page, &line->inputs[i], column);
        }
    }
    page_put_heading(&page, "Derived\n");
    for (size_t i = 0; i < line->n_answers; i++) {
        const struct answer *answer = &line->answers[i];
        output_format(out, "  %-*s", (int)(column - 2), field_names[answer->field]);
        put_value(&page, answer->derived, !are_public, column, check_text(check_of(answer)));
    }
}

/* ---- for programs ---- */

static void put_input_json(struct writer *writer, const struct line_input *input)
{
    writer_string(writer->out, "{", "name", field_names[input->field]);
    if (input->text) {
        writer_string(writer->out, ",", "text", input->text);
    } else {
        writer_value(writer, input->bytes.data, input->bytes.len, !is_public(input->field));
    }
    output_text(writer->out, "}");
}

void plain_line_json(struct output *out, const struct line *line, bool shows_secrets)
{
    struct writer writer = {out, shows_secrets};
    const bool are_public = formulas_give_public(line->algorithm);
    const char *before = "[";

    output_text(out, "{\"id\":");
    output_shown(out, (const char *)line->id.data, line->id.len);
    writer_string(out, ",", "alg", line->algorithm->name);
    writer_string(out, ",", "summary", line->algorithm->summary);
    if (line->warning) {
        writer_string(out, ",", "warning", line->warning);
    }
    writer_name(out, ",", "formulas");
    for (size_t i = 0; i < n_formula_rows; i++) {
        if (holds(&formula_rows[i], line)) {
            output_text(out, before);
            output_json_string(out, formula_rows[i].text, strlen(formula_rows[i].text));
            before = ",";
        }
    }
    output_text(out, "]");
    writer_name(out, ",", "given");
    output_text(out, "[");
    for (size_t i = 0; i < line->n_inputs; i++) {
        output_text(out, i > 0 ? "," : "");
        put_input_json(&writer, &line->inputs[i]);
    }
    output_text(out, "]");
    writer_name(out, ",", "derived");
    output_text(out, "[");
    for (size_t i = 0; i < line->n_answers; i++) {
        const struct answer *answer = &line->answers[i];
        output_text(out, i > 0 ? "," : "");
        writer_string(out, "{", "name", field_names[answer->field]);
        writer_value(&writer, answer->derived.data, answer->derived.len, !are_public);
        writer_check(out, check_of(answer));
        output_text(out, "}");
    }
    output_text(out, "]}\n");
}
