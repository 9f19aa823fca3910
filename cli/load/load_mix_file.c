#include "load_mix_file.h"

#include "command.h"
#include "input.h"
#include "json.h"
#include "load_digest.h"
#include "memory.h"
#include "suite.h"
#include "version.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum field { WEIGHT, VERSION, CIPHER_SUITE, EMS, RESUMED, FINISHED, PMS_LEN, EXPORTER, WORKLOAD, N_FIELDS };
static const char *const field_names[N_FIELDS] = {
    "weight", "version", "cipher_suite", "ems", "resumed", "finished", "pms_len", "exporter", "workload"};

struct reading {
    const char *name;
    uint64_t line;
    json_reader *reader;
    struct json_fields fields;
    struct mix_class *classes;
    size_t n;
    struct load_digest digest;
    char *text; /* the lines of all classes, as a JSON array without its end */
    size_t text_len;
};

/* --- fields --- */

/* Says what is wrong with the line. */
__attribute__((format(printf, 2, 3))) static bool complain(
    const struct reading *reading, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    command_message("load: --mix %s: line %llu: %s", reading->name, (unsigned long long)reading->line, text);
    return false;
}

static bool has(const struct reading *reading, enum field field)
{
    return json_fields_have(&reading->fields, field);
}

/* The text of a field, terminated, in room of `size` bytes. */
static bool take_text(const struct reading *reading, enum field field, char *text, size_t size)
{
    const struct json_value *value = json_reader_field(reading->reader, field);
    if (value->type != JSON_STRING || value->len >= size || memchr(value->string, '\0', value->len)) {
        return complain(reading, "\"%s\" is not a name", field_names[field]);
    }
    memcpy(text, value->string, value->len);
    text[value->len] = '\0';
    return true;
}

/* A truth value, false where the field is not there. */
static bool take_truth(const struct reading *reading, enum field field, bool *truth)
{
    *truth = false;
    if (!has(reading, field)) {
        return true;
    }
    const struct json_value *value = json_reader_field(reading->reader, field);
    if (value->type != JSON_BOOL) {
        return complain(reading, "\"%s\" is not true or false", field_names[field]);
    }
    *truth = value->boolean;
    return true;
}

/* Refuses the first of these fields that the line has: what the line asks for has no such field. */
static bool has_none_of(const struct reading *reading, const enum field *fields, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++) {
        if (has(reading, fields[i])) {
            return complain(reading, "%s has no \"%s\"", what, field_names[fields[i]]);
        }
    }
    return true;
}

/* A number as it stands in the line, since the reader gives only integers. */
static bool take_weight(struct reading *reading, double *weight)
{
    char copy[64];
    size_t len;
    *weight = 1;
    if (!has(reading, WEIGHT)) {
        return true;
    }
    const enum json_type type = json_reader_field(reading->reader, WEIGHT)->type;
    const char *text =
        type == JSON_INTEGER || type == JSON_NUMBER ? json_reader_text(reading->reader, WEIGHT, &len) : NULL;
    if (!text || len >= sizeof(copy)) {
        return complain(reading, "\"weight\" is not a number");
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    *weight = strtod(copy, NULL);
    if (isinf(*weight)) {
        return complain(reading, "\"weight\" is beyond all numbers");
    }
    return *weight >= 0 || complain(reading, "\"weight\" is less than 0");
}

/* --- handshakes up to TLS 1.2 --- */

static bool take_finished(const struct reading *reading, struct handshake *handshake)
{
    char text[16] = "none";
    if (has(reading, FINISHED) && !take_text(reading, FINISHED, text, sizeof(text))) {
        return false;
    }
    handshake->client_finished = strcmp(text, "client") == 0 || strcmp(text, "both") == 0;
    handshake->server_finished = strcmp(text, "server") == 0 || strcmp(text, "both") == 0;
    return handshake->client_finished || handshake->server_finished || strcmp(text, "none") == 0 ||
           complain(reading, "\"finished\" is not none, client, server or both");
}

static bool take_pre_master(const struct reading *reading, struct handshake *handshake)
{
    bool is_resumed;
    if (!take_truth(reading, RESUMED, &is_resumed)) {
        return false;
    }
    handshake->pre_master_len = is_resumed ? 0 : PRE_MASTER_LEN;
    if (!has(reading, PMS_LEN)) {
        return true;
    }
    const struct json_value *value = json_reader_field(reading->reader, PMS_LEN);
    if (is_resumed || value->type != JSON_INTEGER || value->integer == 0 ||
        value->integer > MAX_PRE_MASTER_LEN) {
        return complain(reading,
            "\"pms_len\" is a number of bytes from 1 to %d, of a handshake that is not resumed",
            MAX_PRE_MASTER_LEN);
    }
    handshake->pre_master_len = (uint16_t)value->integer;
    return true;
}

/* The bytes of keying material, of any version that has exporters. */
static bool take_exporter_len(const struct reading *reading, uint16_t *len)
{
    enum { MOST = MAX_KEYING_MATERIAL_LEN };
    _Static_assert(
        (int)MOST <= (int)MAX_KEY_BLOCK_LEN, "keying material of TLS 1.2 has room where a key block does");
    static const enum field others[] = {EMS, RESUMED, FINISHED, PMS_LEN};
    const struct json_value *value = json_reader_field(reading->reader, EXPORTER);
    if (!has_none_of(reading, others, sizeof(others) / sizeof(*others), "an exporter")) {
        return false;
    }
    if (value->type != JSON_INTEGER || value->integer == 0 || value->integer > MOST) {
        return complain(reading, "\"exporter\" is a number of bytes from 1 to %d", MOST);
    }
    *len = (uint16_t)value->integer;
    return true;
}

static bool take_exporter(const struct reading *reading, uint32_t version, struct handshake *handshake)
{
    uint16_t len;
    if (handshake->version == LANEKDF_SSL3) {
        return complain(reading, "%s has no exporters", version_name(version));
    }
    if (!take_exporter_len(reading, &len)) {
        return false;
    }
    *handshake =
        (struct handshake){.version = handshake->version, .hash = handshake->hash, .exporter_len = len};
    return true;
}

/* SSLv3 has no extensions, and its Finished is another job than that of a handshake. */
static bool is_of_version(const struct reading *reading, uint32_t version, const struct handshake *handshake)
{
    const bool has_finished = handshake->client_finished || handshake->server_finished;
    if (handshake->version != LANEKDF_SSL3 || (!handshake->extended && !has_finished)) {
        return true;
    }
    return complain(reading, "\"%s\": %s has none here", field_names[handshake->extended ? EMS : FINISHED],
        version_name(version));
}

static bool take_handshake(const struct reading *reading, uint32_t version, const struct lanekdf_suite *suite,
    struct handshake *handshake)
{
    struct lanekdf_handshake job = {0};
    if (lanekdf_handshake_set_suite(&job, (uint16_t)version_of_derivations(version), suite) != LANEKDF_OK) {
        return complain(reading, "%s is not for %s", suite->name, version_name(version));
    }
    *handshake = (struct handshake){.version = job.version,
        .hash = (uint8_t)job.hash,
        .mac_key_len = job.mac_key_len,
        .enc_key_len = job.enc_key_len,
        .fixed_iv_len = job.fixed_iv_len,
        .final_key_len = job.final_key_len};
    if (has(reading, EXPORTER)) {
        return take_exporter(reading, version, handshake);
    }
    return take_finished(reading, handshake) && take_pre_master(reading, handshake) &&
           take_truth(reading, EMS, &handshake->extended) && is_of_version(reading, version, handshake);
}

/* --- versions with stages --- */

/* Of TLS 1.3 and what is made of it the exporter alone is a class of its own. */
static bool take_stage(const struct reading *reading, uint32_t version, const struct lanekdf_suite *suite,
    struct connection *connection)
{
    uint16_t len;
    if (!has(reading, EXPORTER)) {
        return complain(reading,
            "%s: its stages are classes by \"workload\", and its exporters by \"exporter\"",
            version_name(version));
    }
    if (suite->min_version != LANEKDF_TLS13) {
        return complain(reading, "%s is not for %s", suite->name, version_name(version));
    }
    if (!take_exporter_len(reading, &len)) {
        return false;
    }
    *connection = (struct connection){
        .version = version, .stages = 1 << STAGE_EXPORTER, .hash = (uint8_t)suite->hash, .exporter_len = len};
    return true;
}

/* --- whole workloads as classes --- */

/* A stage or a connection, or a handshake, of which all items are alike: as the benchmark has it. */
static bool take_workload(const struct reading *reading, struct mix_class *class)
{
    static const enum field others[] = {VERSION, CIPHER_SUITE, EMS, RESUMED, FINISHED, PMS_LEN, EXPORTER};
    char name[64];
    if (!has_none_of(reading, others, sizeof(others) / sizeof(*others), "a class by \"workload\"") ||
        !take_text(reading, WORKLOAD, name, sizeof(name))) {
        return false;
    }
    const struct workload *workload = workload_find(name);
    if (!workload || workload_is_mix(workload)) {
        return complain(
            reading, "\"workload\" %s: lanekdf load --list has them all, and a mix is no class", name);
    }
    class->handshake = workload->handshake;
    class->connection = workload->connection;
    return true;
}

static bool take_session(const struct reading *reading, struct mix_class *class)
{
    char version_text[32] = "TLS1.2", suite_text[96];
    const struct lanekdf_suite *suite;
    if (!has(reading, CIPHER_SUITE)) {
        return complain(reading, "neither \"cipher_suite\" nor \"workload\"");
    }
    if ((has(reading, VERSION) && !take_text(reading, VERSION, version_text, sizeof(version_text))) ||
        !take_text(reading, CIPHER_SUITE, suite_text, sizeof(suite_text))) {
        return false;
    }
    const uint32_t version = version_parse(version_text, strlen(version_text));
    if (version == 0) {
        return complain(reading, "unknown version %s", version_text);
    }
    if (suite_parse(suite_text, &suite) != LANEKDF_OK) {
        return complain(reading, "unknown cipher suite %s", suite_text);
    }
    if (version_has_stages(version)) {
        return take_stage(reading, version, suite, &class->connection);
    }
    return take_handshake(reading, version, suite, &class->handshake);
}

/* --- the file --- */

static bool take_class(struct reading *reading)
{
    struct mix_class *class = &reading->classes[reading->n];
    if (reading->n == MIX_MAX_CLASSES) {
        return complain(reading, "at most %d classes", MIX_MAX_CLASSES);
    }
    *class = (struct mix_class){0};
    reading->n++;
    return take_weight(reading, &class->weight) &&
           (has(reading, WORKLOAD) ? take_workload(reading, class) : take_session(reading, class));
}

/* Keeps a line of a class, for whoever asks later what was in the file. */
static void keep_line(struct reading *reading, const char *line, size_t len)
{
    const size_t size = reading->text_len + 1 + len + sizeof("]");
    reading->text = memory_resize(reading->text, size);
    reading->text[reading->text_len] = reading->text_len == 0 ? '[' : ',';
    memcpy(reading->text + reading->text_len + 1, line, len);
    reading->text_len += 1 + len;
    load_digest_add(&reading->digest, line, len);
}

/* Blank lines count, so that endless ones end. */
enum { MAX_LINES = 100000 };

static bool take_line(void *owner, uint64_t number, const char *line, size_t len)
{
    struct reading *reading = owner;
    size_t unknown_len;
    reading->line = number;
    if (!line) {
        return complain(reading, "too long");
    }
    if (number > MAX_LINES) {
        return complain(reading, "one line too many: a file of classes has at most %d", MAX_LINES);
    }
    if (len == 0) {
        return true;
    }
    const char *wrong = json_reader_parse(reading->reader, line, len, &reading->fields);
    if (wrong) {
        return complain(reading, "%s", wrong);
    }
    const char *unknown = json_reader_unknown(reading->reader, 0, &unknown_len);
    if (unknown) {
        return complain(reading, "unknown field \"%.*s\"", (int)unknown_len, unknown);
    }
    keep_line(reading, line, len);
    return take_class(reading);
}

bool load_mix_file_read(const char *name, struct mix *mix)
{
    static struct mix_class classes[MIX_MAX_CLASSES]; /* which the mix keeps, as it does the texts */
    static char contents[LOAD_DIGEST_MAX_TEXT];
    struct reading reading = {
        .name = name, .reader = json_reader_new(field_names, N_FIELDS), .classes = classes};
    if (!reading.reader) {
        command_die("load: no memory to read %s", name);
    }
    const bool is_mix = input_take_lines(name, take_line, &reading);
    json_reader_free(reading.reader);
    const char *wrong = !is_mix          ? NULL
                        : reading.n == 0 ? "no classes"
                                         : mix_of_classes(name, classes, reading.n, mix);
    if (wrong) {
        command_message("load: --mix %s: %s", name, wrong);
    }
    if (!is_mix || wrong) {
        memory_give_back(reading.text);
        return false;
    }
    strcpy(reading.text + reading.text_len, "]");
    mix->classes = reading.text;
    mix->contents = load_digest_text(&reading.digest, contents);
    return true;
}
