/*
 * tls13-session: a recorded connection of TLS 1.3. Either it has what the key exchange gave, a shared secret,
 * a PSK or both, and every secret is derived; or it has the secrets of a key log. Its jobs run in these
 * waves:
 *
 *   0  transcript hashes
 *   1  the early stage, which gives the salt of the next one; keys of secrets that the line has
 *   2  the handshake stage
 *   3  the application stage, the resumption stage, and both Finished
 *   4  key updates and exporters; the hash of a transcript with a Finished that wave 3 makes
 *   5  the resumption stage in that case
 */
#include "tls13_session.h"
#include "algorithms.h"
#include "exports.h"
#include "named_group.h"
#include "handshake_message.h"
#include "message_order.h"
#include "message_reader.h"
#include "suite.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

enum { WAVE_HASHES, WAVE_EARLY, WAVE_HANDSHAKE, WAVE_APPLICATION, WAVE_UPDATES, WAVE_LATE_RESUMPTION };

enum {
    EXTENSION_PRE_SHARED_KEY = 41,
    EXTENSION_EARLY_DATA = 42,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_KEY_SHARE = 51
};

/* An entry of the line's `secrets` or `traffic_keys`, which an answer uses. */
struct recorded {
    enum secret_id id;
    unsigned number;
    enum lanekdf_purpose purpose; /* of traffic_keys */
    struct lanekdf_bytes bytes;
    bool is_used;
};

struct records {
    struct recorded *at;
    size_t n;
    struct lanekdf_bytes unknown; /* the first label that is none of a secret; empty: all are */
};

struct reading {
    struct line *line;
    struct tls13_session *session;
    struct records secrets, keys;
};

/* Finds an entry, and says that it is used. */
static const struct recorded *find(
    struct records *records, enum secret_id id, unsigned number, enum lanekdf_purpose purpose)
{
    for (size_t i = 0; i < records->n; i++) {
        struct recorded *recorded = &records->at[i];
        if (recorded->id == id && recorded->number == number && recorded->purpose == purpose) {
            recorded->is_used = true;
            return recorded;
        }
    }
    return NULL;
}

static bool is_member(const struct json_entry *entry, const char *name)
{
    return entry->member && strlen(name) == entry->member_len &&
           memcmp(entry->member, name, entry->member_len) == 0;
}

/* Finds out which key a member of an entry of traffic_keys is. */
static bool read_purpose(const struct json_entry *entry, enum lanekdf_purpose *purpose)
{
    static const struct {
        const char *name;
        enum lanekdf_purpose purpose;
    } members[] = {{"key", LANEKDF_KEY}, {"iv", LANEKDF_IV}, {"sn", LANEKDF_NUMBER_KEY},
        {"hp", LANEKDF_NUMBER_KEY}, {"number_key", LANEKDF_NUMBER_KEY}};

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (is_member(entry, members[i].name)) {
            *purpose = members[i].purpose;
            return true;
        }
    }
    return false;
}

/* Reads one entry. What has another label than RFC 9850 gives is no answer of this kind of line, and verify
 * says that it cannot be checked; what Encrypted ClientHello logs is known to be none. */
static bool read_recorded(
    struct line *line, enum field field, const struct json_entry *entry, struct records *records)
{
    struct recorded *recorded = &records->at[records->n];
    const bool has_keys = field == FIELD_TRAFFIC_KEYS;

    *recorded = (struct recorded){.purpose = LANEKDF_KEY};
    if (!secret_label_parse(entry->key, entry->key_len, &recorded->id, &recorded->number) ||
        recorded->number == SECRET_NUMBER_UNTOLD || (has_keys && !read_purpose(entry, &recorded->purpose))) {
        if (!records->unknown.data) {
            records->unknown = (struct lanekdf_bytes){
                (const uint8_t *)line_text_copy(line, entry->key, entry->key_len), entry->key_len};
        }
        line_leave_unchecked(line, field, entry->key, entry->key_len);
        return true;
    }
    if (recorded->id >= N_SECRETS) {
        return true;
    }
    if (find(records, recorded->id, recorded->number, recorded->purpose)) {
        return line_fail(line, "%s: %s is there twice", field_names[field],
            line_quoted_key(line, entry->key, entry->key_len));
    }
    records->n++;
    return line_entry_bytes(line, field, entry, &recorded->bytes);
}

/* Reads all entries of a field that may be absent. */
static bool read_records(struct line *line, enum field field, struct records *records)
{
    const struct json_entry *entries;
    size_t n;

    if (!line_has(line, field)) {
        return true;
    }
    line_use(line, field);
    if (!line_object(line, field, &entries, &n)) {
        return false;
    }
    records->at = arena_take_zero(line->arena, n * sizeof(*records->at));
    for (size_t i = 0; i < n; i++) {
        if (!read_recorded(line, field, &entries[i], records)) {
            return false;
        }
    }
    for (size_t i = 0; i < records->n; i++) {
        records->at[i].is_used = false;
    }
    return true;
}

/* The body of a message, behind its header. */
static struct message_reader body_of(struct lanekdf_bytes message)
{
    return message.len < MESSAGE_HEADER_LEN ? (struct message_reader){.is_broken = true}
                                            : (struct message_reader){message.data + MESSAGE_HEADER_LEN,
                                                  message.len - MESSAGE_HEADER_LEN, false};
}

static bool is_same(struct lanekdf_bytes a, struct lanekdf_bytes b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool is_type(struct lanekdf_bytes message, unsigned type)
{
    return message.len > 0 && message.data[0] == type;
}

/* Reads a ServerHello up to its extensions; *suite is the id of its suite. */
static struct message_reader read_server_hello(struct lanekdf_bytes message, uint16_t *suite)
{
    struct message_reader reader = body_of(message);

    message_read_bytes(&reader, 2 + LANEKDF_RANDOM_LEN);
    message_read_vector(&reader, 1); /* session ID */
    *suite = (uint16_t)message_read_number(&reader, 2);
    message_read_number(&reader, 1); /* compression */
    return reader;
}

static bool offers_early_data(const struct tls13_session *session)
{
    struct message_reader reader;
    struct lanekdf_bytes body;

    if (!session->client_hello) {
        return false;
    }
    reader = body_of(*session->client_hello);
    message_read_bytes(&reader, 2 + LANEKDF_RANDOM_LEN);
    message_read_vector(&reader, 1); /* session ID */
    if (session->stage.version == LANEKDF_DTLS13) {
        message_read_vector(&reader, 1); /* the cookie */
    }
    message_read_vector(&reader, 2); /* suites */
    message_read_vector(&reader, 1); /* compression */
    return message_find_extension(reader, EXTENSION_EARLY_DATA, &body);
}

/* Finds an extension of the ServerHello and its body; false if either is not there. */
static bool find_of_server(const struct tls13_session *session, unsigned wanted, struct lanekdf_bytes *body)
{
    uint16_t suite;

    return session->n_server_hello > 0 &&
           message_find_extension(
               read_server_hello(session->messages[session->n_server_hello - 1], &suite), wanted, body);
}

static bool server_has(const struct tls13_session *session, unsigned extension)
{
    struct lanekdf_bytes body;

    return find_of_server(session, extension, &body);
}

/* Whether there is a ServerHello that can be read to its end. A HelloRetryRequest does not say yet what goes
 * into the secrets. */
static bool has_server_hello(const struct tls13_session *session)
{
    struct message_reader reader;
    struct lanekdf_bytes message;
    uint16_t suite;

    if (session->n_server_hello == 0) {
        return false;
    }
    message = session->messages[session->n_server_hello - 1];
    reader = read_server_hello(message, &suite);
    return reader.left > 0 && message_ends_with_extensions(reader) &&
           !message_is_hello_retry_request(message, MESSAGE_HEADER_LEN);
}

/* A transcript hash reaches to a message that is found by its type: the last ServerHello, as a
 * HelloRetryRequest is one, too, and the first Finished, which is the server's. */
static void find_messages(struct tls13_session *session)
{
    for (size_t i = 0; i < session->n_messages; i++) {
        if (is_type(session->messages[i], SERVER_HELLO)) {
            session->n_server_hello = i + 1;
        }
        if (is_type(session->messages[i], FINISHED)) {
            session->n_server_finished = i + 1;
            return;
        }
    }
}

static bool read_first_client_hello(struct reading *reading)
{
    struct lanekdf_bytes *hello = arena_take(reading->line->arena, sizeof(*hello));

    reading->session->client_hello = hello;
    return line_bytes(reading->line, FIELD_FIRST_CLIENT_HELLO, 0, SIZE_MAX, hello);
}

static bool read_messages(struct reading *reading)
{
    struct tls13_session *session = reading->session;

    if (line_has(reading->line, FIELD_HANDSHAKE) &&
        !line_bytes_array(reading->line, FIELD_HANDSHAKE, 0, SIZE_MAX, LANEKDF_MAX_PIECES / 2,
            &session->messages, &session->n_messages)) {
        return false;
    }
    find_messages(session);
    /* After a HelloRetryRequest the transcript begins with a hash of the first ClientHello, RFC 8446 section
     * 4.4.1. */
    if (line_has(reading->line, FIELD_FIRST_CLIENT_HELLO)) {
        return read_first_client_hello(reading);
    }
    if (session->n_messages > 0 && is_type(session->messages[0], CLIENT_HELLO)) {
        session->client_hello = &session->messages[0];
    }
    return true;
}

/* Reads the id of the suite in ServerHello; false if there is none that can be read. */
static bool read_suite_of_server(const struct tls13_session *session, uint16_t *id)
{
    return session->n_server_hello > 0 &&
           !read_server_hello(session->messages[session->n_server_hello - 1], id).is_broken;
}

/* Finds the suite: the line may name it, and ServerHello has its id. Both together have to agree, or keys of
 * another suite's lengths would come out. */
static bool read_suite(struct reading *reading)
{
    struct tls13_session *session = reading->session;
    struct line *line = reading->line;
    uint16_t id = 0;
    const bool has_id = read_suite_of_server(session, &id);
    enum field sayer = line_has(line, FIELD_CIPHER_SUITE) ? FIELD_CIPHER_SUITE : FIELD_CIPHER_SUITE_NAME;

    if (!line_text(line, FIELD_GROUP, &session->group) || !line_suite(line, &session->suite) ||
        !line_suite_name(line, &session->suite, &session->suite_name)) {
        return false;
    }
    if (!session->suite && has_id) {
        sayer = FIELD_HANDSHAKE;
        lanekdf_suite_find(id, &session->suite);
    }
    if (session->suite) {
        session->suite_name = session->suite->name;
    }
    return stage_read_with_suite(line, &session->stage, sayer, session->suite) &&
           (!session->suite || !has_id || session->suite->id == id ||
               line_fail(line, "%s and the ServerHello of handshake contradict each other: %04x, %04x",
                   field_names[sayer], session->suite->id, id));
}

/* Checks the version against that of ServerHello, whose labels and keys are others in DTLS. */
static bool check_version(struct reading *reading)
{
    const uint32_t version = reading->session->stage.version;
    const unsigned of_hellos = version == LANEKDF_DTLS13 ? 0xfefc : 0x0304;
    const enum field sayer = line_has(reading->line, FIELD_PROTOCOL) ? FIELD_PROTOCOL : FIELD_VERSION;
    struct lanekdf_bytes body;

    return !find_of_server(reading->session, EXTENSION_SUPPORTED_VERSIONS, &body) || body.len != 2 ||
           (unsigned)(body.data[0] << 8 | body.data[1]) == of_hellos ||
           line_fail(reading->line, "%s and the ServerHello of handshake contradict each other: %s, %02x%02x",
               field_names[sayer], version_name(version), body.data[0], body.data[1]);
}

/* The group is for people, but is in ServerHello, too. "none" is that of a handshake without (EC)DHE. A name
 * that is not known says nothing. */
static bool check_group(struct reading *reading)
{
    const struct tls13_session *session = reading->session;
    const char *group = session->group;
    struct lanekdf_bytes share = {0};
    const bool has_share = find_of_server(session, EXTENSION_KEY_SHARE, &share);
    unsigned id, chosen = share.len >= 2 ? (unsigned)(share.data[0] << 8 | share.data[1]) : 0;

    if (!session->has_server_hello || group[0] == '\0' || !named_group_parse(group, &id)) {
        return true;
    }
    return (has_share ? id == chosen : id == 0) ||
           line_fail(reading->line, "group and the ServerHello of handshake contradict each other: %s, %04x",
               line_quoted_key(reading->line, group, strlen(group)), chosen);
}

/* Checks where a Finished stands in the handshake. Its bytes in a field are an answer, which verify compares;
 * other secrets are made of those in the handshake, and so are compared, too, where there is no field. */
static bool check_finished(
    struct line *line, const struct tls13_session *session, enum field field, enum field msgs, size_t place)
{
    struct lanekdf_bytes message;
    size_t n_msgs = place;

    if (place >= session->n_messages || !is_type(session->messages[place], FINISHED)) {
        return true;
    }
    if (line_has(line, msgs) && !line_number(line, msgs, SIZE_MAX, &n_msgs)) {
        return false;
    }
    if (n_msgs != place) {
        return line_fail(line, "%s and the Finished of handshake contradict each other: %zu, %zu",
            field_names[msgs], n_msgs, place);
    }
    if (!line_has(line, field)) {
        return true;
    }
    if (!line_bytes(line, field, 0, SIZE_MAX, &message)) {
        return false;
    }
    if (!is_same(message, session->messages[place])) {
        line_warn(line,
            "%s and the Finished of handshake contradict each other, and secrets are made of the "
            "latter",
            field_names[field]);
    }
    return true;
}

/* Finds the client's Finished, which follows the server's; n_messages if it is not there. */
static size_t client_finished_place(const struct tls13_session *session)
{
    size_t place = session->n_server_finished;

    while (place < session->n_messages && !is_type(session->messages[place], FINISHED)) {
        place++;
    }
    return place;
}

/* Checks the ClientHello before a HelloRetryRequest against its hash, with which the transcript begins (RFC
 * 8446 section 4.4.1). */
static bool check_first_client_hello(struct reading *reading)
{
    const struct tls13_session *session = reading->session;
    uint8_t digest[LANEKDF_MAX_HASH_LEN];
    struct lanekdf_message_hash job = {.job.kind = LANEKDF_KIND_HASH,
        .hash = session->stage.hash,
        .message = session->client_hello,
        .n_message = 1,
        .out = {digest, lanekdf_hash_len(session->stage.hash)}};

    if (!line_has(reading->line, FIELD_FIRST_CLIENT_HELLO) || session->n_messages == 0 ||
        !is_type(session->messages[0], MESSAGE_HASH)) {
        return true;
    }
    return (lanekdf_derive_one(&job.job) == LANEKDF_OK &&
               session->messages[0].len == MESSAGE_HEADER_LEN + job.out.len &&
               memcmp(session->messages[0].data + MESSAGE_HEADER_LEN, digest, job.out.len) == 0) ||
           line_fail(
               reading->line, "first_client_hello and the message_hash of handshake contradict each other");
}

/* Checks what the messages say as well as other fields. */
static bool check_messages(struct reading *reading)
{
    const struct tls13_session *session = reading->session;
    struct line *line = reading->line;

    if (session->has_server_hello && line_has(line, FIELD_SHARED_SECRET) && !session->is_with_key_share) {
        return line_fail(line,
            "shared_secret and the ServerHello of handshake contradict each other: it has no "
            "key_share");
    }
    return check_version(reading) && check_group(reading) && check_first_client_hello(reading) &&
           message_order_check_tls13(line, session) &&
           (session->n_server_finished == 0 ||
               (check_finished(line, session, FIELD_SERVER_FINISHED, FIELD_SERVER_FINISHED_MSGS,
                    session->n_server_finished - 1) &&
                   check_finished(line, session, FIELD_CLIENT_FINISHED, FIELD_CLIENT_FINISHED_MSGS,
                       client_finished_place(session))));
}

/* The lengths of keys are those that the line gives, then the suite's, then those of recorded keys. */
static bool read_lengths(struct reading *reading)
{
    static const struct block_fields none = {N_FIELDS, N_FIELDS, N_FIELDS, N_FIELDS};
    struct stage *stage = &reading->session->stage;

    if (!stage_read_key_lengths(reading->line, stage, &none, &none)) {
        return false;
    }
    for (size_t i = 0; i < reading->keys.n; i++) {
        const struct recorded *recorded = &reading->keys.at[i];
        const size_t len = recorded->bytes.len;
        if (recorded->purpose == LANEKDF_IV ? stage->iv_len == 0 : stage->key_len == 0) {
            *(recorded->purpose == LANEKDF_IV ? &stage->iv_len : &stage->key_len) =
                (uint8_t)(len <= UINT8_MAX ? len : 0);
        }
    }
    if ((stage->key_len == 0) != (stage->iv_len == 0)) {
        return line_fail(
            reading->line, "the lengths of the keys are missing: key_len and iv_len, or cipher_suite");
    }
    return true;
}

/* Makes it the line's error that none of its secrets can be used, and names the label that is wrong. A line
 * that has nothing else would have no answer, which nobody could tell from one that asks for none. Returns
 * false. */
static bool fail_without_usable_secret(const struct reading *reading)
{
    struct line *line = reading->line;
    const struct lanekdf_bytes unknown = reading->secrets.unknown;
    const char *label = (const char *)unknown.data;
    char near[SECRET_LABEL_LEN];

    if (!label) {
        return line_fail(line, "secrets: none is there that keys or exporters are made of");
    }
    if (secret_label_near(label, unknown.len, near)) {
        return line_fail(line, "secrets: none can be used: the line has %s; did you mean \"%s\"?",
            line_quoted(line, label, unknown.len), near);
    }
    return line_fail(line, "secrets: none can be used: %s is no label of a secret of TLS 1.3",
        line_quoted(line, label, unknown.len));
}

/* Decides what is derived from what. A PSK that the server did not choose is none of the handshake's. */
static bool read_secrets(struct reading *reading)
{
    struct tls13_session *session = reading->session;
    struct line *line = reading->line;
    const bool has_shared_secret = line_has(line, FIELD_SHARED_SECRET), has_psk = line_has(line, FIELD_PSK);
    const bool is_answered = session->n_server_hello > 0;
    const bool with_psk = server_has(session, EXTENSION_PRE_SHARED_KEY);
    const bool with_key_share = server_has(session, EXTENSION_KEY_SHARE);

    session->is_with_psk = with_psk;
    session->is_with_key_share = with_key_share;
    session->has_server_hello = has_server_hello(session);
    if ((has_shared_secret &&
            !line_bytes(line, FIELD_SHARED_SECRET, 1, LANEKDF_MAX_SECRET, &session->shared_secret)) ||
        (has_psk && !line_bytes(line, FIELD_PSK, 1, LANEKDF_MAX_SECRET, &session->psk)) ||
        (has_psk && line_has(line, FIELD_BINDER_HASH) && !stage_read_psk_kind(line, &session->psk_kind))) {
        return false;
    }
    if (has_shared_secret && is_answered && with_psk && !has_psk) {
        return line_fail(
            line, "psk is missing%s: ServerHello has pre_shared_key", line_hint(line, FIELD_PSK));
    }
    if (!has_shared_secret && !has_psk && !line_has(line, FIELD_SECRETS)) {
        return line_fail(line, "neither shared_secret, nor psk, nor secrets is there%s",
            line_hint(line, FIELD_SHARED_SECRET));
    }
    if (!has_shared_secret && !has_psk && reading->secrets.n == 0) {
        return fail_without_usable_secret(reading);
    }
    session->has_early = has_psk;
    session->has_psk = has_psk && (!is_answered || with_psk);
    session->has_binder = has_psk && line_has(line, FIELD_BINDER_HASH);
    session->has_handshake = has_shared_secret || (session->has_psk && is_answered && !with_key_share);
    if (!session->has_handshake && !line_has(line, FIELD_SECRETS) && is_answered) {
        return line_fail(line, "shared_secret is missing%s: ServerHello has key_share",
            line_hint(line, FIELD_SHARED_SECRET));
    }
    return true;
}

static struct tls13_secret *secret_of(const struct tls13_session *session, enum secret_id id)
{
    return &session->secrets[id];
}

static void add_secret(struct tls13_session *session, enum secret_id id, unsigned number)
{
    struct tls13_secret *secret = &session->secrets[session->n_secrets++];

    secret->id = id;
    secret->number = number;
    secret_label_write(id, number, secret->label);
}

/* Lists the secrets that there may be: those of every connection, and those after key updates that the line
 * names. */
static void list_secrets(struct reading *reading)
{
    struct tls13_session *session = reading->session;
    const struct records *records = &reading->secrets;

    session->secrets =
        arena_take_zero(reading->line->arena, (N_SECRETS + records->n) * sizeof(*session->secrets));
    for (int id = 0; id < N_SECRETS; id++) {
        add_secret(session, (enum secret_id)id, 0);
    }
    for (size_t i = 0; i < records->n; i++) {
        if (records->at[i].number > 0) {
            add_secret(session, records->at[i].id, records->at[i].number);
        }
    }
    for (size_t i = 0; i < session->n_secrets; i++) {
        struct tls13_secret *secret = &session->secrets[i];
        const struct recorded *recorded = find(&reading->secrets, secret->id, secret->number, LANEKDF_KEY);
        if (recorded) {
            secret->recorded = recorded->bytes;
        }
    }
}

static bool check_recorded_lengths(struct reading *reading)
{
    const struct tls13_session *session = reading->session;

    for (size_t i = 0; i < session->n_secrets; i++) {
        const struct tls13_secret *secret = &session->secrets[i];
        if (secret->recorded.data && secret->recorded.len != session->stage.hash_len) {
            return line_fail(reading->line, "secrets: %s: %zu bytes, must be %zu", secret->label,
                secret->recorded.len, session->stage.hash_len);
        }
    }
    return true;
}

static uint8_t *output(const struct reading *reading)
{
    return line_memory(reading->line, reading->session->stage.hash_len);
}

/* Makes an output of a stage the value of a secret. */
static uint8_t *derive_secret(const struct reading *reading, enum secret_id id)
{
    struct tls13_secret *secret = secret_of(reading->session, id);
    uint8_t *value = output(reading);

    secret->value = value;
    secret->is_derived = true;
    return value;
}

static struct lanekdf_bytes bytes_of(struct lanekdf_span span)
{
    return (struct lanekdf_bytes){span.data, span.len};
}

static void take_keys(struct tls13_secret *secret, const struct lanekdf_job *job, enum lanekdf_role role)
{
    secret->key = bytes_of(lanekdf_tls13_write_key(job, role, LANEKDF_KEY));
    secret->iv = bytes_of(lanekdf_tls13_write_key(job, role, LANEKDF_IV));
    secret->number_key = bytes_of(lanekdf_tls13_write_key(job, role, LANEKDF_NUMBER_KEY));
}

static const uint8_t *transcript_hash(const struct reading *reading, size_t n)
{
    return stage_hash(reading->line, WAVE_HASHES, &reading->session->stage, reading->session->messages, n);
}

/* The secrets of early data, if ClientHello offers some or the line has them. */
static void add_early_secrets(struct reading *reading, struct lanekdf_tls13_early *job)
{
    struct tls13_session *session = reading->session;

    if (!session->client_hello ||
        !(offers_early_data(session) || secret_of(session, SECRET_CLIENT_EARLY)->recorded.data ||
            secret_of(session, SECRET_EARLY_EXPORTER)->recorded.data)) {
        return;
    }
    job->client_hello_hash =
        stage_hash(reading->line, WAVE_HASHES, &session->stage, session->client_hello, 1);
    job->client_early_traffic_secret = derive_secret(reading, SECRET_CLIENT_EARLY);
    job->early_exporter_master_secret = derive_secret(reading, SECRET_EARLY_EXPORTER);
    if (session->stage.key_len > 0) {
        job->key_len = session->stage.key_len;
        job->iv_len = session->stage.iv_len;
        job->client_early_keys = stage_block(reading->line, &job->job);
        take_keys(secret_of(session, SECRET_CLIENT_EARLY), &job->job, LANEKDF_CLIENT);
    }
}

static bool add_early(struct reading *reading)
{
    struct tls13_session *session = reading->session;
    struct lanekdf_tls13_early *job =
        line_job(reading->line, WAVE_EARLY, LANEKDF_KIND_TLS13_EARLY, sizeof(*job));

    session->early_job = job;
    job->hash = session->stage.hash;
    job->version = session->stage.version;
    job->psk = session->psk;
    job->psk_kind = session->psk_kind;
    job->early_secret = output(reading);
    session->early_secret = job->early_secret;
    if (session->has_binder) {
        job->binder = output(reading);
        session->binder = job->binder;
        if (!stage_bytes(reading->line, &session->stage, FIELD_BINDER_HASH, &job->binder_hash)) {
            return false;
        }
    }
    if (session->has_psk) {
        job->handshake_salt = output(reading);
        session->handshake_salt = job->handshake_salt;
    }
    add_early_secrets(reading, job);
    return true;
}

static void add_handshake(struct reading *reading)
{
    struct tls13_session *session = reading->session;
    struct lanekdf_tls13_handshake *job =
        line_job(reading->line, WAVE_HANDSHAKE, LANEKDF_KIND_TLS13_HANDSHAKE, sizeof(*job));
    const struct stage *stage = &session->stage;

    session->handshake_job = job;
    /* Without a PSK the engine has the salt as a constant. The line shows it nevertheless. */
    if (session->handshake_salt) {
        job->handshake_salt = session->handshake_salt;
    } else {
        session->handshake_salt = stage_derived_salt(reading->line, WAVE_EARLY, stage, NULL);
    }
    job->hash = stage->hash;
    job->version = stage->version;
    job->key_len = stage->key_len;
    job->iv_len = stage->iv_len;
    job->shared_secret[0] = session->shared_secret;
    job->master_secret = output(reading);
    session->master_secret = job->master_secret;
    session->handshake_secret = stage_extract(reading->line, WAVE_HANDSHAKE, stage,
        (struct lanekdf_bytes){session->handshake_salt, stage->hash_len},
        stage_secret_or_zeros(stage, session->shared_secret));
    if (session->n_server_hello == 0) {
        return;
    }
    job->transcript_hash = transcript_hash(reading, session->n_server_hello);
    job->client_handshake_traffic_secret = derive_secret(reading, SECRET_CLIENT_HANDSHAKE);
    job->server_handshake_traffic_secret = derive_secret(reading, SECRET_SERVER_HANDSHAKE);
    job->client_keys = stage_block(reading->line, &job->job);
    job->server_keys = stage_block(reading->line, &job->job);
    take_keys(secret_of(session, SECRET_CLIENT_HANDSHAKE), &job->job, LANEKDF_CLIENT);
    take_keys(secret_of(session, SECRET_SERVER_HANDSHAKE), &job->job, LANEKDF_SERVER);
    session->finished[CLIENT].key =
        lanekdf_tls13_write_key(&job->job, LANEKDF_CLIENT, LANEKDF_FINISHED_KEY).data;
    session->finished[SERVER].key =
        lanekdf_tls13_write_key(&job->job, LANEKDF_SERVER, LANEKDF_FINISHED_KEY).data;
}

static void add_application(struct reading *reading)
{
    struct tls13_session *session = reading->session;
    struct lanekdf_tls13_application *job;

    if (session->n_server_finished == 0) {
        return;
    }
    job = line_job(reading->line, WAVE_APPLICATION, LANEKDF_KIND_TLS13_APPLICATION, sizeof(*job));
    session->application_job = job;
    job->hash = session->stage.hash;
    job->version = session->stage.version;
    job->key_len = session->stage.key_len;
    job->iv_len = session->stage.iv_len;
    job->master_secret = session->master_secret;
    job->transcript_hash = transcript_hash(reading, session->n_server_finished);
    job->client_application_traffic_secret = derive_secret(reading, SECRET_CLIENT_TRAFFIC);
    job->server_application_traffic_secret = derive_secret(reading, SECRET_SERVER_TRAFFIC);
    job->exporter_master_secret = derive_secret(reading, SECRET_EXPORTER);
    if (job->key_len > 0) {
        job->client_keys = stage_block(reading->line, &job->job);
        job->server_keys = stage_block(reading->line, &job->job);
        take_keys(secret_of(session, SECRET_CLIENT_TRAFFIC), &job->job, LANEKDF_CLIENT);
        take_keys(secret_of(session, SECRET_SERVER_TRAFFIC), &job->job, LANEKDF_SERVER);
    }
}

static struct lanekdf_tls13_traffic *traffic_job(
    struct reading *reading, unsigned wave, const uint8_t *secret, unsigned n_updates)
{
    struct lanekdf_tls13_traffic *job =
        line_job(reading->line, wave, LANEKDF_KIND_TLS13_TRAFFIC, sizeof(*job));

    job->hash = reading->session->stage.hash;
    job->version = reading->session->stage.version;
    job->key_len = reading->session->stage.key_len;
    job->iv_len = reading->session->stage.iv_len;
    job->traffic_secret = secret;
    job->n_updates = n_updates;
    if (job->key_len > 0) {
        job->keys = stage_block(reading->line, &job->job);
    }
    return job;
}

/* A secret that the line has and nothing derives gives its keys, and a handshake secret its finished key. */
static void use_recorded(struct reading *reading, struct tls13_secret *secret)
{
    const struct stage *stage = &reading->session->stage;
    const enum side side = secret_is_of_client(secret->id) ? CLIENT : SERVER;

    secret->value = secret->recorded.data;
    if (secret_is_traffic(secret->id) && stage->key_len > 0) {
        take_keys(secret, &traffic_job(reading, WAVE_EARLY, secret->value, 0)->job, LANEKDF_CLIENT);
        if (secret->number > 0 && stage->version != LANEKDF_DTLS13) {
            secret->number_key = (struct lanekdf_bytes){0}; /* QUIC keeps that of the first secret */
        }
    }
    if (secret->id == SECRET_CLIENT_HANDSHAKE || secret->id == SECRET_SERVER_HANDSHAKE) {
        struct lanekdf_expand_label *job =
            line_job(reading->line, WAVE_EARLY, LANEKDF_KIND_EXPAND_LABEL, sizeof(*job));
        job->hash = stage->hash;
        job->version = stage->version;
        job->secret = secret->recorded;
        job->n_labels = 1;
        job->labels[0] = (struct lanekdf_label){
            .label = {(const uint8_t *)"finished", 8}, .out = {output(reading), stage->hash_len}};
        reading->session->finished[side].key = job->labels[0].out.data;
    }
}

/* Returns the secret of the fewest key updates before this one that is known, or NULL. */
static const struct tls13_secret *earlier_secret(
    const struct tls13_session *session, const struct tls13_secret *later)
{
    const struct tls13_secret *earliest = NULL;

    for (size_t i = 0; i < session->n_secrets; i++) {
        const struct tls13_secret *secret = &session->secrets[i];
        if (secret->id == later->id && secret->number < later->number &&
            (secret->value || (secret->recorded.data && secret->number > 0)) &&
            (!earliest || secret->number < earliest->number)) {
            earliest = secret;
        }
    }
    return earliest;
}

/* Adds what key updates give, from the first secret of that side which is known. */
static void add_updates(struct reading *reading)
{
    struct tls13_session *session = reading->session;

    for (size_t i = N_SECRETS; i < session->n_secrets; i++) {
        struct tls13_secret *secret = &session->secrets[i];
        const struct tls13_secret *earlier = earlier_secret(session, secret);
        struct lanekdf_tls13_traffic *job;
        if (!earlier) {
            use_recorded(reading, secret);
            continue;
        }
        job = traffic_job(reading, WAVE_UPDATES, earlier->value ? earlier->value : earlier->recorded.data,
            secret->number - earlier->number);
        job->next_secret = output(reading);
        secret->value = job->next_secret;
        secret->is_derived = true;
        secret->update_job = job;
        take_keys(secret, &job->job, LANEKDF_CLIENT);
    }
}

/* Adds the job of verify_data, and the message around it. */
static bool add_finished(struct reading *reading, enum side side, enum field msgs, enum field message)
{
    struct tls13_session *session = reading->session;
    struct tls13_finished *finished = &session->finished[side];
    const uint8_t header[MESSAGE_HEADER_LEN] = {FINISHED, 0, 0, (uint8_t)session->stage.hash_len};
    struct lanekdf_tls13_finished *job;

    if (line_has(reading->line, message) &&
        !line_bytes(reading->line, message, 0, SIZE_MAX, &finished->recorded)) {
        return false;
    }
    if (line_has(reading->line, msgs)) {
        if (!line_number(reading->line, msgs, SIZE_MAX, &finished->n_msgs)) {
            return false;
        }
        if (finished->n_msgs > session->n_messages) {
            return line_fail(reading->line, "%s: %zu, but there are %zu handshake messages",
                field_names[msgs], finished->n_msgs, session->n_messages);
        }
        finished->is_known = finished->n_msgs > 0;
    } else if (side == SERVER && session->n_server_finished > 0) {
        finished->n_msgs = session->n_server_finished - 1;
        finished->is_known = true;
    }
    if (!finished->key || !finished->is_known) {
        return true;
    }
    finished->message = line_memory(reading->line, MESSAGE_HEADER_LEN + session->stage.hash_len);
    memcpy(finished->message, header, MESSAGE_HEADER_LEN);
    job = line_job(reading->line, WAVE_APPLICATION, LANEKDF_KIND_TLS13_FINISHED, sizeof(*job));
    finished->job = job;
    job->hash = session->stage.hash;
    job->finished_key = finished->key;
    job->transcript_hash = transcript_hash(reading, finished->n_msgs);
    job->verify_data = finished->message + MESSAGE_HEADER_LEN;
    return true;
}

/* The transcript of the resumption stage ends with the client's Finished, which is the next message, or in a
 * field of its own, or derived. */
static const uint8_t *resumption_hash(struct reading *reading, unsigned *wave)
{
    const struct tls13_session *session = reading->session;
    const struct tls13_finished *finished = &session->finished[CLIENT];
    struct lanekdf_bytes *pieces;

    *wave = WAVE_APPLICATION;
    if (finished->n_msgs < session->n_messages && is_type(session->messages[finished->n_msgs], FINISHED)) {
        return transcript_hash(reading, finished->n_msgs + 1);
    }
    pieces = arena_take(reading->line->arena, (finished->n_msgs + 1) * sizeof(*pieces));
    memcpy(pieces, session->messages, finished->n_msgs * sizeof(*pieces));
    if (finished->recorded.data) {
        pieces[finished->n_msgs] = finished->recorded;
        return stage_hash(reading->line, WAVE_HASHES, &session->stage, pieces, finished->n_msgs + 1);
    }
    pieces[finished->n_msgs] =
        (struct lanekdf_bytes){finished->message, MESSAGE_HEADER_LEN + session->stage.hash_len};
    *wave = WAVE_LATE_RESUMPTION;
    return stage_hash(reading->line, WAVE_UPDATES, &session->stage, pieces, finished->n_msgs + 1);
}

/* Reads a member of a ticket, which must be there unless it is an answer. */
static bool read_ticket(
    struct line *line, size_t index, const char *name, bool *is_there, struct lanekdf_bytes *bytes)
{
    const struct json_value *value = json_reader_member(line->reader, FIELD_TICKETS, index, name);

    *is_there = value != NULL;
    return !value || line_item_bytes(line, FIELD_TICKETS, index, value, bytes);
}

static bool read_nonces(struct reading *reading)
{
    struct tls13_session *session = reading->session;
    const struct json_value *items;
    bool is_there;

    if (!line_array(reading->line, FIELD_TICKETS, &items, &session->n_tickets)) {
        return false;
    }
    if (session->n_tickets > LANEKDF_MAX_PIECES) {
        return line_fail(reading->line, "tickets: %zu are too many", session->n_tickets);
    }
    session->nonces = arena_take(reading->line->arena, session->n_tickets * sizeof(*session->nonces));
    for (size_t i = 0; i < session->n_tickets; i++) {
        if (!read_ticket(reading->line, i, "nonce", &is_there, &session->nonces[i])) {
            return false;
        }
        if (!is_there || session->nonces[i].len > UINT8_MAX) {
            return line_fail(
                reading->line, "tickets[%zu]: a nonce of at most %d bytes expected", i, UINT8_MAX);
        }
    }
    return true;
}

static bool add_resumption(struct reading *reading)
{
    struct tls13_session *session = reading->session;
    struct lanekdf_tls13_resumption *job;
    const uint8_t *hash;
    uint8_t *psks;
    unsigned wave;

    if (!session->has_handshake || !session->finished[CLIENT].message) {
        return true;
    }
    hash = resumption_hash(reading, &wave);
    job = line_job(reading->line, wave, LANEKDF_KIND_TLS13_RESUMPTION, sizeof(*job));
    session->resumption_job = job;
    job->hash = session->stage.hash;
    job->version = session->stage.version;
    job->master_secret = session->master_secret;
    job->transcript_hash = hash;
    job->resumption_master_secret = output(reading);
    session->resumption_master_secret = job->resumption_master_secret;
    if (!line_has(reading->line, FIELD_TICKETS)) {
        return true;
    }
    if (!read_nonces(reading)) {
        return false;
    }
    psks = line_memory(reading->line, session->n_tickets * session->stage.hash_len);
    session->psks = psks;
    job->nonces = session->nonces;
    job->n_nonces = session->n_tickets;
    job->psks = session->n_tickets > 0 ? psks : NULL;
    return true;
}

static bool add_jobs(struct reading *reading)
{
    struct tls13_session *session = reading->session;

    if (session->has_early && !add_early(reading)) {
        return false;
    }
    if (session->has_handshake) {
        add_handshake(reading);
        add_application(reading);
    }
    for (int id = 0; id < N_SECRETS; id++) {
        struct tls13_secret *secret = secret_of(session, (enum secret_id)id);
        if (!secret->is_derived && secret->recorded.data) {
            use_recorded(reading, secret);
        }
    }
    add_updates(reading);
    return add_finished(reading, SERVER, FIELD_SERVER_FINISHED_MSGS, FIELD_SERVER_FINISHED) &&
           add_finished(reading, CLIENT, FIELD_CLIENT_FINISHED_MSGS, FIELD_CLIENT_FINISHED) &&
           add_resumption(reading);
}

static bool answer_secret(const struct reading *reading, enum field field, const uint8_t *value)
{
    return !value || line_answer(reading->line, field, value, reading->session->stage.hash_len);
}

static struct lanekdf_bytes label_of(const struct tls13_secret *secret)
{
    return (struct lanekdf_bytes){(const uint8_t *)secret->label, strlen(secret->label)};
}

static void answer_secrets(const struct reading *reading)
{
    const struct tls13_session *session = reading->session;

    for (size_t i = 0; i < session->n_secrets; i++) {
        const struct tls13_secret *secret = &session->secrets[i];
        if (secret->value) {
            line_answer_one(reading->line, (struct answer){.field = FIELD_SECRETS,
                                               .label = label_of(secret),
                                               .derived = {secret->value, session->stage.hash_len},
                                               .is_recorded = secret->is_derived && secret->recorded.data,
                                               .recorded = secret->recorded});
        }
    }
}

static void answer_key(struct reading *reading, const struct tls13_secret *secret,
    enum lanekdf_purpose purpose, const char *member, struct lanekdf_bytes key)
{
    const struct recorded *recorded;

    if (key.len == 0) {
        return;
    }
    recorded = find(&reading->keys, secret->id, secret->number, purpose);
    line_answer_one(reading->line, (struct answer){.field = FIELD_TRAFFIC_KEYS,
                                       .label = label_of(secret),
                                       .member = member,
                                       .derived = key,
                                       .is_recorded = recorded != NULL,
                                       .recorded = recorded ? recorded->bytes : (struct lanekdf_bytes){0}});
}

static void answer_keys(struct reading *reading)
{
    const struct tls13_session *session = reading->session;

    for (size_t i = 0; i < session->n_secrets; i++) {
        const struct tls13_secret *secret = &session->secrets[i];
        answer_key(reading, secret, LANEKDF_KEY, "key", secret->key);
        answer_key(reading, secret, LANEKDF_IV, "iv", secret->iv);
        answer_key(reading, secret, LANEKDF_NUMBER_KEY,
            session->stage.version == LANEKDF_DTLS13 ? "sn" : "hp", secret->number_key);
    }
    for (size_t i = 0; i < reading->keys.n; i++) {
        const struct recorded *recorded = &reading->keys.at[i];
        char label[SECRET_LABEL_LEN];
        if (!recorded->is_used) {
            secret_label_write(recorded->id, recorded->number, label);
            line_leave_unchecked(reading->line, FIELD_TRAFFIC_KEYS, label, strlen(label));
        }
    }
}

/* A Finished that has no field of its own is compared with that of the handshake, if it is there. */
static bool answer_finished(const struct reading *reading, enum side side, enum field key, enum field message)
{
    const struct tls13_session *session = reading->session;
    const struct tls13_finished *finished = &session->finished[side];
    const size_t len = MESSAGE_HEADER_LEN + session->stage.hash_len;

    if (!answer_secret(reading, key, finished->key)) {
        return false;
    }
    if (!finished->message || line_has(reading->line, message) || finished->n_msgs >= session->n_messages ||
        !is_type(session->messages[finished->n_msgs], FINISHED)) {
        return !finished->message || line_answer(reading->line, message, finished->message, len);
    }
    line_answer_one(reading->line, (struct answer){.field = message,
                                       .derived = {finished->message, len},
                                       .is_recorded = true,
                                       .recorded = session->messages[finished->n_msgs]});
    return true;
}

static bool answer_tickets(const struct reading *reading)
{
    const struct tls13_session *session = reading->session;
    const size_t len = session->stage.hash_len;

    if (session->psks) {
        line_use(reading->line, FIELD_TICKETS);
    }
    for (size_t i = 0; session->psks && i < session->n_tickets; i++) {
        struct answer answer = {
            .field = FIELD_TICKETS, .label = session->nonces[i], .derived = {session->psks + i * len, len}};
        if (!read_ticket(reading->line, i, "psk", &answer.is_recorded, &answer.recorded)) {
            return false;
        }
        line_answer_one(reading->line, answer);
    }
    return true;
}

/* Answers come in the order of the schedule, those of one field together. */
static bool add_answers(struct reading *reading)
{
    const struct tls13_session *session = reading->session;

    if (!answer_secret(reading, FIELD_EARLY_SECRET, session->early_secret) ||
        !answer_secret(reading, FIELD_BINDER, session->binder) ||
        !answer_secret(reading, FIELD_HANDSHAKE_SALT, session->handshake_salt) ||
        !answer_secret(reading, FIELD_HANDSHAKE_SECRET, session->handshake_secret) ||
        !answer_secret(reading, FIELD_MASTER_SECRET, session->master_secret)) {
        return false;
    }
    answer_secrets(reading);
    answer_keys(reading);
    return answer_finished(reading, SERVER, FIELD_SERVER_FINISHED_KEY, FIELD_SERVER_FINISHED) &&
           answer_finished(reading, CLIENT, FIELD_CLIENT_FINISHED_KEY, FIELD_CLIENT_FINISHED) &&
           answer_secret(reading, FIELD_RESUMPTION_MASTER_SECRET, session->resumption_master_secret) &&
           answer_tickets(reading);
}

bool tls13_session_fill(struct line *line)
{
    struct tls13_session *session = arena_take_zero(line->arena, sizeof(*session));
    struct reading reading = {.line = line, .session = session};

    line->tls13_session = session;
    if (!stage_read_version(line, &session->stage.version) || !read_messages(&reading) ||
        !read_suite(&reading) || !read_records(line, FIELD_SECRETS, &reading.secrets) ||
        !read_records(line, FIELD_TRAFFIC_KEYS, &reading.keys) || !read_lengths(&reading) ||
        !read_secrets(&reading) || !check_messages(&reading)) {
        return false;
    }
    list_secrets(&reading);
    return check_recorded_lengths(&reading) && add_jobs(&reading) && add_answers(&reading) &&
           exports_add_tls13(
               line, &session->stage, secret_of(session, SECRET_EXPORTER)->value, &session->exporter_jobs);
}
