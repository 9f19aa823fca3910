#include "key_log_text.h"
#include "command.h"
#include "file_format.h"
#include "hex.h"
#include "input.h"
#include "memory.h"
#include "text_buffer.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *label;
    size_t min_id_len, max_id_len, min_len, max_len; /* bytes; the latter of the secret */
} kinds[N_KEY_LOG_KINDS] = {
    [KEY_LOG_PRE_MASTER] = {"PMS_CLIENT_RANDOM", LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, 1,
        LANEKDF_MAX_SECRET},
    [KEY_LOG_MASTER] = {"CLIENT_RANDOM", LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, LANEKDF_MASTER_SECRET_LEN,
        LANEKDF_MASTER_SECRET_LEN},
    [KEY_LOG_RSA] = {"RSA", KEY_LOG_RSA_ID_LEN, KEY_LOG_RSA_ID_LEN, 48, 48},
    [KEY_LOG_SESSION] = {"RSA Session-ID:", 1, KEY_LOG_MAX_ID_LEN, LANEKDF_MASTER_SECRET_LEN,
        LANEKDF_MASTER_SECRET_LEN},
    /* A configuration of Encrypted ClientHello has any length. */
    [KEY_LOG_TLS13] = {"", LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, 1, LANEKDF_MAX_SECRET},
};

/* The most labels that a message lists. */
enum { MAX_LISTED_LABELS = 4 };

/* A key log that is being read, and counts of what a message remarks on at its end. */
struct key_log_text {
    struct key_log *log;
    const char *origin;
    bool is_utf16;
    uint64_t number;  /* of the line */
    uint64_t n_lines; /* but for comments and blank ones */
    uint64_t n_entries, n_other_secrets, n_prefixed, n_lower_case, n_joined;
    uint64_t n_unknown; /* lines that would be entries if their labels were known */
    struct unknown_label {
        char label[SECRET_LABEL_LEN];
        uint64_t line; /* the first one that has the label */
    } unknown[MAX_LISTED_LABELS];
    size_t n_unknown_labels; /* one more than MAX_LISTED_LABELS: there are more */
};

/* A word goes up to a space or the end. */
static struct word {
    const char *text;
    size_t len;
} next_word(const char **at, const char *end)
{
    struct word word;

    while (*at < end && (**at == ' ' || **at == '\t')) {
        ++*at;
    }
    word.text = *at;
    while (*at < end && **at != ' ' && **at != '\t') {
        ++*at;
    }
    word.len = (size_t)(*at - word.text);
    return word;
}

static bool decode(uint8_t *bytes, struct word word)
{
    return word.len % 2 == 0 && hex_decode(bytes, word.text, word.len / 2);
}

/* Takes the prefix off a word that has it. */
static bool cut_prefix(struct word *word, const char *prefix)
{
    const size_t len = strlen(prefix);

    if (word->len < len || memcmp(word->text, prefix, len) != 0) {
        return false;
    }
    word->text += len;
    word->len -= len;
    return true;
}

/* Finds the kind that has this label, in capitals or not; N_KEY_LOG_KINDS if none has. */
static size_t label_kind(struct word label)
{
    enum secret_id id;
    unsigned number;

    if (secret_label_parse(label.text, label.len, &id, &number)) {
        return KEY_LOG_TLS13;
    }
    for (size_t kind = 0; kind < N_KEY_LOG_KINDS; kind++) {
        if (strlen(kinds[kind].label) == label.len &&
            strncasecmp(kinds[kind].label, label.text, label.len) == 0) {
            return kind;
        }
    }
    return N_KEY_LOG_KINDS;
}

/* Tells whether the label is in capitals, as programs write it. */
static bool is_in_capitals(struct word label)
{
    for (size_t i = 0; i < label.len; i++) {
        if (label.text[i] >= 'a' && label.text[i] <= 'z') {
            return false;
        }
    }
    return true;
}

static const char *take_fields(struct key_log_text *text, size_t kind, struct word label, struct word id,
    struct word secret, struct word more)
{
    struct key_log_entry entry = {
        .kind = (enum key_log_kind)kind, .id_len = id.len / 2, .origin = text->origin, .line = text->number};
    uint8_t *bytes;

    if (id.len == 0 || secret.len == 0) {
        return "the line ends before its secret";
    }
    if (entry.id_len < kinds[kind].min_id_len || entry.id_len > kinds[kind].max_id_len ||
        !decode(entry.id, id)) {
        return "what the secret belongs to is not hexadecimal or not as long as it should be";
    }
    if (secret.len % 2 != 0) {
        return "the secret has an odd number of digits: was the line cut off?";
    }
    if (secret.len < 2 * kinds[kind].min_len || secret.len > 2 * kinds[kind].max_len) {
        return "the secret is not as long as it should be";
    }
    bytes = key_log_room(text->log, secret.len / 2);
    if (!decode(bytes, secret)) {
        return "the secret is not hexadecimal";
    }
    if (more.len > 0 && more.text[0] != '#') {
        return "something stands behind the secret";
    }
    entry.secret = (struct lanekdf_bytes){bytes, secret.len / 2};
    if (kind == KEY_LOG_TLS13) {
        secret_label_parse(label.text, label.len, &entry.secret_id, &entry.number);
    }
    key_log_add(text->log, entry);
    text->n_entries++;
    return NULL;
}

/* Takes an entry that begins with one of the labels. */
static void take_entry(struct key_log_text *text, const char *at, const char *end)
{
    const struct word label = next_word(&at, end);
    struct word id = next_word(&at, end), secret = next_word(&at, end);
    size_t kind = label_kind(label);
    const char *wrong;

    text->n_lower_case += !is_in_capitals(label);
    if (kind == KEY_LOG_RSA && cut_prefix(&id, "Session-ID:") && cut_prefix(&secret, "Master-Key:")) {
        kind = KEY_LOG_SESSION;
    }
    wrong = take_fields(text, kind, label, id, secret, next_word(&at, end));
    if (wrong) {
        command_message("%s:%" PRIu64 ": %s: passed over", text->origin, text->number, wrong);
    }
}

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Tells whether an entry begins at a place inside a line, with a label, a space and a number. The space is
 * not looked for farther than labels go, since this is asked of many places of a line, which may be long. */
static bool is_entry(const char *at, const char *end)
{
    const size_t len = (size_t)(end - at);
    const char *space;

    if (!memchr("PpCcRrSsEe", *at, 10)) {
        return false;
    }
    space = memchr(at, ' ', len < SECRET_LABEL_LEN ? len : SECRET_LABEL_LEN);
    return space && label_kind((struct word){at, (size_t)(space - at)}) != N_KEY_LOG_KINDS &&
           end - space > 1 && (is_hex_digit(space[1]) || space[1] == 'S');
}

/* Tells whether a label may begin behind this character. It may behind a number, but not inside another
 * label. */
static bool ends_word(char c)
{
    return is_hex_digit(c) || !(c == '_' || (c >= 'A' && c <= 'Z'));
}

/* Finds the first entry that begins inside the line; the end if none does. */
static const char *find_entry(const char *at, const char *end)
{
    bool may_begin = true;

    while (at < end && !(may_begin && is_entry(at, end))) {
        may_begin = ends_word(*at++);
    }
    return at;
}

/* Labels that RFC 9850 does not have, as those of drafts of QUIC, are told by the word SECRET. */
static bool is_other_secret(struct word label)
{
    return memmem(label.text, label.len, "_SECRET", strlen("_SECRET"));
}

static bool is_hex_number(struct word word, size_t min_len)
{
    size_t n = 0;

    while (n < word.len && is_hex_digit(word.text[n])) {
        n++;
    }
    return n == word.len && n >= min_len;
}

/* Tells whether a word may be a label: letters, digits and what joins them. A hexadecimal number is none, and
 * neither is what is longer than labels are, since either may be a piece of a secret, which must not be
 * printed. */
static bool may_be_label(struct word word)
{
    size_t n = 0;

    while (n < word.len && (is_hex_digit(word.text[n]) || word.text[n] == '_' || word.text[n] == '-' ||
                               (word.text[n] >= 'G' && word.text[n] <= 'Z') ||
                               (word.text[n] >= 'g' && word.text[n] <= 'z'))) {
        n++;
    }
    return n == word.len && n < SECRET_LABEL_LEN && !is_hex_number(word, 0);
}

/* Notes a line that is an entry but for its label, which may be misspelt, or one that other programs know. */
static void note_unknown(struct key_log_text *text, struct word label, const char *at, const char *end)
{
    const struct word id = next_word(&at, end), secret = next_word(&at, end);
    struct unknown_label *unknown = text->unknown;

    if (!may_be_label(label) || !is_hex_number(id, 2 * KEY_LOG_RSA_ID_LEN) || !is_hex_number(secret, 1)) {
        return;
    }
    text->n_unknown++;
    for (size_t i = 0; i < text->n_unknown_labels && i < MAX_LISTED_LABELS; i++, unknown++) {
        if (strlen(unknown->label) == label.len && memcmp(unknown->label, label.text, label.len) == 0) {
            return;
        }
    }
    if (text->n_unknown_labels < MAX_LISTED_LABELS) {
        memcpy(unknown->label, label.text, label.len);
        unknown->line = text->number;
    }
    text->n_unknown_labels += text->n_unknown_labels <= MAX_LISTED_LABELS;
}

/* Takes a line, with something in front of its label or with several entries, as writers without a lock leave
 * it. */
static void take_line(struct key_log_text *text, const char *at, const char *end)
{
    const char *rest = at, *next;
    const struct word first = next_word(&rest, end);

    if (first.len == 0 || first.text[0] == '#') {
        return;
    }
    text->n_lines++;
    if (label_kind(first) != N_KEY_LOG_KINDS) {
        at = first.text;
    } else {
        text->n_other_secrets += is_other_secret(first);
        at = find_entry(at, end);
        text->n_prefixed += at < end && !is_other_secret(first);
        if (at == end) {
            note_unknown(text, first, rest, end);
        }
    }
    for (; at < end; at = next) {
        rest = at;
        next_word(&rest, end);
        next = find_entry(rest, end);
        take_entry(text, at, next);
        text->n_joined += next < end;
    }
}

/* Takes a line of a file in UTF-16, of which every other byte is zero. */
static void take_wide_line(struct key_log_text *text, const char *line, size_t len)
{
    char *narrow = memory_take(len + 1);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (line[i] != '\0' && line[i] != '\r' && line[i] != '\xff' && line[i] != '\xfe') {
            narrow[n++] = line[i];
        }
    }
    take_line(text, narrow, narrow + n);
    memory_give_back(narrow);
}

static void take_any_line(struct key_log_text *text, const char *line, size_t len)
{
    text->number++;
    if (text->is_utf16) {
        take_wide_line(text, line, len);
        return;
    }
    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\0')) {
        len--;
    }
    take_line(text, line, line + len);
}

/* Lists the labels that are not known, each with its first line; the caller frees the text. */
static struct text_buffer list_unknown(const struct key_log_text *text)
{
    struct text_buffer list = {0};

    for (size_t i = 0; i < text->n_unknown_labels && i < MAX_LISTED_LABELS; i++) {
        text_buffer_format(
            &list, "%s%s in line %" PRIu64, i > 0 ? ", " : "", text->unknown[i].label, text->unknown[i].line);
    }
    if (text->n_unknown_labels > MAX_LISTED_LABELS) {
        text_buffer_format(&list, ", and others");
    }
    return list;
}

/* Says what is remarkable about spellings, once for all lines. */
static void remark_on_spelling(const struct key_log_text *text)
{
    if (text->n_unknown > 0) {
        struct text_buffer list = list_unknown(text);
        command_message("%s: labels are misspelt or not known here (lines: %" PRIu64
                        "); such lines were passed over: %s",
            text->origin, text->n_unknown, list.text);
        text_buffer_free(&list);
    }
    if (text->is_utf16) {
        command_message(
            "%s: the key log is in UTF-16, as PowerShell's > writes it; it was read, but tshark does not "
            "take it",
            text->origin);
    }
    if (text->n_prefixed > 0) {
        command_message("%s: something stands in front of a label, as in a system's log (lines: %" PRIu64
                        "); such lines were read from the label on",
            text->origin, text->n_prefixed);
    }
    if (text->n_lower_case > 0) {
        command_message("%s: labels are in lower case (lines: %" PRIu64
                        "); they were read, but tshark does not take them",
            text->origin, text->n_lower_case);
    }
    if (text->n_joined > 0) {
        command_message("%s: an entry begins behind another one on the same line (times: %" PRIu64
                        "); both were read",
            text->origin, text->n_joined);
    }
}

static void remark_on_nothing(const struct key_log_text *text)
{
    struct text_buffer list = list_unknown(text);

    if (text->n_lines == 0) {
        command_message("%s: the key log is empty", text->origin);
    } else if (text->n_other_secrets == text->n_lines) {
        command_message(
            "%s: the key log has labels alone that RFC 9850 does not have, as drafts of QUIC had%s%s",
            text->origin, list.len > 0 ? ": " : "", list.len > 0 ? list.text : "");
    } else {
        command_message("%s: no line of it can be used (lines: %" PRIu64
                        "); a key log has lines of CLIENT_RANDOM, RSA, PMS_CLIENT_RANDOM or a label of RFC "
                        "9850, and two hexadecimal numbers",
            text->origin, text->n_lines);
    }
    text_buffer_free(&list);
}

static void remark(const struct key_log_text *text)
{
    if (text->n_entries == 0) {
        remark_on_nothing(text);
    } else {
        remark_on_spelling(text);
    }
}

/* Judges a file by the bytes that are read first. Returns whether it may be a key log. */
static bool take_start(struct key_log_text *text, const char *start, size_t len)
{
    const enum file_format format = file_format_find(start, len);
    const char *refusal = file_format_key_log_refusal(format);

    if (refusal) {
        command_message("%s: %s", text->origin, refusal);
    }
    text->is_utf16 = format == FORMAT_UTF16;
    return !refusal;
}

static bool take_file(struct key_log_text *text, struct input *input)
{
    enum input_event event;
    const char *line;
    size_t len;

    while ((event = input_next(input, &line, &len)) != INPUT_END) {
        if (event == INPUT_FILE && !take_start(text, line, len)) {
            return false;
        }
        if (event == INPUT_LINE) {
            take_any_line(text, line, len);
        } else if (event == INPUT_TOO_LONG || event == INPUT_NO_MEMORY) {
            text->number++;
            command_message("%s:%" PRIu64 ": %s: passed over", text->origin, text->number,
                event == INPUT_TOO_LONG ? "the line is longer than 64 MiB" : MEMORY_LINE_ERROR);
        }
    }
    return !input->failed;
}

bool key_log_read_file(struct key_log *log, const char *name)
{
    struct key_log_text text = {.log = log, .origin = key_log_keep(log, name)};
    char *file = memory_copy_text(name);
    struct input input;
    bool is_read;

    input_open(&input, &file, 1);
    is_read = take_file(&text, &input);
    input_close(&input);
    memory_give_back(file);
    if (is_read) {
        remark(&text);
    }
    return is_read;
}

void key_log_read_text(struct key_log *log, const char *origin, const char *start, size_t len)
{
    struct key_log_text text = {.log = log, .origin = key_log_keep(log, origin)};
    const char *const end = start + len;

    while (start < end) {
        const char *newline = memchr(start, '\n', (size_t)(end - start));
        const char *line_end = newline ? newline : end;
        take_any_line(&text, start, (size_t)(line_end - start));
        start = newline ? newline + 1 : end;
    }
    remark(&text);
}
