#include "exports.h"
#include "hex.h"

#include <stdlib.h>
#include <string.h>

/* Exporters that run when every job of a handshake has run. */
enum { WAVE_EXPORTERS = 2, WAVE_TLS13_EXPORTERS = 4 };

/* The most bytes that a line may ask for by their number alone. Else a short line could take memory by the
 * gigabyte; answers that it has itself are bounded by its length. */
enum { MAX_ASKED_LEN = 4 * 1024 * 1024 };

static const struct {
    const char *name, *label;
    bool has_context; /* an empty one */
    size_t out_len;
    const char *tls13_label, *tls13_context; /* where it has others from TLS 1.3 on */
} named[] = {
    /* RFC 5216 section 2.3: MSK, then EMSK; RFC 9190 section 2.3, where the context is the type of EAP-TLS.
     */
    {"eap-tls", "client EAP encryption", false, 128, "EXPORTER_EAP_TLS_Key_Material", "\x0d"},
    /* RFC 5764 section 4.2, AES128_CM profiles. */
    {"dtls-srtp", "EXTRACTOR-dtls_srtp", false, 60, NULL, NULL},
    /* RFC 9266 section 2. */
    {"tls-exporter", "EXPORTER-Channel-Binding", true, 32, NULL, NULL},
};

static struct lanekdf_bytes text_bytes(const char *text, size_t len)
{
    return (struct lanekdf_bytes){(const uint8_t *)text, len};
}

static bool find_named(const char *name, size_t len, struct export_request *request)
{
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (strlen(named[i].name) == len && memcmp(named[i].name, name, len) == 0) {
            *request = (struct export_request){
                .label = text_bytes(named[i].label, strlen(named[i].label)),
                .has_context = named[i].has_context,
                .out_len = named[i].out_len,
            };
            if (named[i].tls13_label) {
                request->tls13_label = text_bytes(named[i].tls13_label, strlen(named[i].tls13_label));
                request->tls13_context = text_bytes(named[i].tls13_context, strlen(named[i].tls13_context));
            }
            return true;
        }
    }
    return false;
}

/* Digits become the bytes in front, which hex_decode() writes no further than it has read. */
static bool parse_context(char *digits, struct export_request *request)
{
    const size_t n = strlen(digits);

    request->has_context = true;
    request->context = text_bytes(digits, n / 2);
    return n % 2 == 0 && hex_decode((uint8_t *)digits, digits, n / 2);
}

static bool parse_len(const char *text, size_t *len)
{
    char *end;
    const unsigned long number = strtoul(text, &end, 10);

    *len = number;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && number > 0 && number <= LANEKDF_MAX_OUT;
}

bool export_parse(char *argument, struct export_request *request)
{
    char *len = strrchr(argument, ':'), *context;

    if (!len) {
        return find_named(argument, strlen(argument), request);
    }
    *len++ = '\0';
    if (find_named(argument, strlen(argument), request)) {
        return parse_len(len, &request->out_len);
    }
    *request = (struct export_request){0};
    context = strrchr(argument, ':');
    if (context) {
        *context++ = '\0';
    }
    request->label = text_bytes(argument, strlen(argument));
    return request->label.len > 0 && (!context || parse_context(context, request)) &&
           parse_len(len, &request->out_len);
}

/* One entry of the line's array. */
struct entry {
    struct line *line;
    size_t index;
};

static const struct json_value *member(const struct entry *entry, const char *name)
{
    return json_reader_member(entry->line->reader, FIELD_EXPORTERS, entry->index, name);
}

static bool fail(const struct entry *entry, const char *what)
{
    return line_fail(entry->line, "exporters[%zu]: %s", entry->index, what);
}

/* Reads bytes in hexadecimal that may be absent: *is_there says whether they are. */
static bool read_bytes(
    const struct entry *entry, const char *name, bool *is_there, struct lanekdf_bytes *bytes)
{
    const struct json_value *value = member(entry, name);

    *is_there = value != NULL;
    return !value || line_item_bytes(entry->line, FIELD_EXPORTERS, entry->index, value, bytes);
}

/* Reads the name of an exporter, which stands for its label and context. */
static bool read_name(const struct entry *entry, struct export_request *request)
{
    static const char *const others[] = {"label", "label_text", "context"};
    const struct json_value *name = member(entry, "name");

    if (name->type != JSON_STRING || !find_named(name->string, name->len, request)) {
        return fail(entry, "name: eap-tls, dtls-srtp or tls-exporter expected");
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (member(entry, others[i])) {
            return line_fail(entry->line, "exporters[%zu]: name and %s: name alone says label and context",
                entry->index, others[i]);
        }
    }
    return true;
}

static bool read_label(const struct entry *entry, struct export_request *request)
{
    const struct json_value *text;
    bool is_there;

    if (member(entry, "name")) {
        return read_name(entry, request);
    }
    if (!read_bytes(entry, "label", &is_there, &request->label)) {
        return false;
    }
    text = member(entry, "label_text");
    if (text && text->type != JSON_STRING) {
        return fail(entry, "label_text: a string expected");
    }
    if (text && is_there &&
        (text->len != request->label.len || memcmp(text->string, request->label.data, text->len) != 0)) {
        return fail(entry, "label and label_text contradict each other");
    }
    if (text) {
        request->label = text_bytes(line_text_copy(entry->line, text->string, text->len), text->len);
    }
    return request->label.len > 0 || fail(entry, "label, label_text or name is missing");
}

/* Reads the length of the output from both fields that may say it, which must agree with each other and,
 * where the entry has the answer, with that. A name says one of its own, which any other takes the place of.
 */
static bool read_out_len(const struct entry *entry, const struct lanekdf_bytes *recorded, size_t *len)
{
    static const char *const names[] = {"length", "out_len"};
    const char *sayer = NULL;

    if (recorded) {
        sayer = "out";
        *len = recorded->len;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct json_value *value = member(entry, names[i]);
        if (!value) {
            continue;
        }
        if (value->type != JSON_INTEGER) {
            return line_fail(
                entry->line, "exporters[%zu]: %s: a whole number expected", entry->index, names[i]);
        }
        if (sayer && value->integer != *len) {
            return line_fail(entry->line, "exporters[%zu]: %s and %s contradict each other", entry->index,
                sayer, names[i]);
        }
        sayer = names[i];
        *len = value->integer;
    }
    return (*len > 0 && *len <= LANEKDF_MAX_OUT) || fail(entry, "out_len is missing, or not 1 to 65535");
}

/* Reads an entry of the line. Where it has the answer, that is *out. */
static bool read_entry(
    const struct entry *entry, struct export_request *request, bool *is_recorded, struct lanekdf_bytes *out)
{
    bool has_context;

    *request = (struct export_request){0};
    if (!read_label(entry, request) || !read_bytes(entry, "context", &has_context, &request->context) ||
        !read_bytes(entry, "out", is_recorded, out)) {
        return false;
    }
    request->has_context |= has_context;
    return read_out_len(entry, *is_recorded ? out : NULL, &request->out_len);
}

/* A session that exporters are made of: one of the two. */
struct exporting {
    const struct session *session;
    const struct stage *stage; /* of TLS 1.3, with its exporter secret */
    const uint8_t *exporter_master_secret;
    struct exporter_jobs *jobs;
};

/* Adds the job; returns where its output will be. */
static uint8_t *add_job(
    struct line *line, const struct exporting *exporting, const struct export_request *request)
{
    const struct session *session = exporting->session;
    struct lanekdf_exporter *job = line_job(line, WAVE_EXPORTERS, LANEKDF_KIND_EXPORTER, sizeof(*job));

    job->hash = session->hash;
    job->flags = (session->is_extended ? (uint32_t)LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET : 0) |
                 (request->has_context ? (uint32_t)LANEKDF_EXPORTER_HAS_CONTEXT : 0);
    job->master_secret = session->master;
    job->client_random = session->client_random.data;
    job->server_random = session->server_random.data;
    job->label = request->label;
    job->context = request->context;
    job->out = (struct lanekdf_span){line_memory(line, request->out_len), request->out_len};
    exporting->jobs->at[exporting->jobs->n++] = &job->job;
    return job->out.data;
}

static uint8_t *add_tls13_job(
    struct line *line, const struct exporting *exporting, const struct export_request *request)
{
    struct lanekdf_tls13_exporter *job =
        line_job(line, WAVE_TLS13_EXPORTERS, LANEKDF_KIND_TLS13_EXPORTER, sizeof(*job));

    job->hash = exporting->stage->hash;
    job->version = exporting->stage->version;
    job->exporter_master_secret = exporting->exporter_master_secret;
    job->label = request->label;
    job->context = request->context;
    job->out = (struct lanekdf_span){line_memory(line, request->out_len), request->out_len};
    exporting->jobs->at[exporting->jobs->n++] = &job->job;
    return job->out.data;
}

static void add_export(struct line *line, const struct exporting *exporting,
    const struct export_request *requested, const struct lanekdf_bytes *recorded)
{
    struct export_request request = *requested;

    if (exporting->stage && request.tls13_label.len > 0) {
        request.label = request.tls13_label;
        request.context = request.tls13_context;
        request.has_context = true;
    }
    line_answer_one(line, (struct answer){.field = FIELD_EXPORTERS,
                              .label = request.label,
                              .has_context = request.has_context,
                              .context = request.context,
                              .derived = {exporting->stage ? add_tls13_job(line, exporting, &request)
                                                           : add_job(line, exporting, &request),
                                  request.out_len},
                              .is_recorded = recorded != NULL,
                              .recorded = recorded ? *recorded : (struct lanekdf_bytes){0}});
}

/* Adds what the line asks for; why_none says why the session has no exporters, or is NULL. */
static bool add_entries(struct line *line, const struct exporting *exporting, const char *why_none)
{
    const struct json_value *items;
    struct export_request request;
    struct lanekdf_bytes out;
    size_t n, asked_len = 0;
    bool is_recorded;

    if (!line_has(line, FIELD_EXPORTERS)) {
        return true;
    }
    if (!line_array(line, FIELD_EXPORTERS, &items, &n)) {
        return false;
    }
    if (why_none) {
        return line_fail(line, "exporters: %s", why_none);
    }
    for (size_t i = 0; i < n; i++) {
        if (!read_entry(&(struct entry){line, i}, &request, &is_recorded, &out)) {
            return false;
        }
        asked_len += is_recorded ? 0 : request.out_len;
        if (asked_len > MAX_ASKED_LEN) {
            return fail(&(struct entry){line, i}, "more than 4 MiB of exporters");
        }
        add_export(line, exporting, &request, is_recorded ? &out : NULL);
    }
    return true;
}

/* Makes room for the list of all jobs. */
static bool take_room(struct line *line, const struct exporting *exporting)
{
    const struct json_value *items;
    size_t n = 0;

    if (line_has(line, FIELD_EXPORTERS) && !line_array(line, FIELD_EXPORTERS, &items, &n)) {
        return false;
    }
    exporting->jobs->at = arena_take(line->arena, (n + line->n_exports) * sizeof(*exporting->jobs->at));
    return true;
}

/* Adds what the line and --export ask for. An option concerns every session, so that one without exporters
 * loses nothing else. */
static bool add_all(struct line *line, const struct exporting *exporting, const char *why_none)
{
    if (!take_room(line, exporting) || !add_entries(line, exporting, why_none)) {
        return false;
    }
    if (why_none) {
        if (line->n_exports > 0) {
            line_warn(line, "exporters: %s", why_none);
        }
        return true;
    }
    for (size_t i = 0; i < line->n_exports; i++) {
        add_export(line, exporting, &line->exports[i], NULL);
    }
    return true;
}

bool exports_add(struct line *line, const struct session *session, struct exporter_jobs *jobs)
{
    const struct exporting exporting = {.session = session, .jobs = jobs};

    if (!add_all(line, &exporting, session->version == LANEKDF_SSL3 ? "SSLv3 has none" : NULL)) {
        return false;
    }
    if (session->version != LANEKDF_SSL3 && !session->is_extended &&
        (line->n_exports > 0 || line_has(line, FIELD_EXPORTERS))) {
        line_warn(line,
            "exporters: without the extended master secret another connection may have the same ones "
            "(RFC 7627 section 5.4)");
    }
    return true;
}

bool exports_add_tls13(struct line *line, const struct stage *stage, const uint8_t *exporter_master_secret,
    struct exporter_jobs *jobs)
{
    const struct exporting exporting = {
        .stage = stage, .exporter_master_secret = exporter_master_secret, .jobs = jobs};

    return add_all(line, &exporting, exporter_master_secret ? NULL : "EXPORTER_SECRET is not known");
}
