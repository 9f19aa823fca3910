#include "schedule.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

const char *const schedule_function_names[] = {
    [SCHEDULE_EXTRACT] = "HKDF-Extract",
    [SCHEDULE_DERIVE] = "Derive-Secret",
    [SCHEDULE_BINDER] = "HMAC",
    [SCHEDULE_FINISHED] = "HMAC",
    [SCHEDULE_UPDATE] = "HKDF-Expand-Label",
    [SCHEDULE_TICKET] = "HKDF-Expand-Label",
};

const char *schedule_label_prefix(uint32_t version)
{
    return version == LANEKDF_DTLS13 ? "dtls13" : "tls13 ";
}

const char *schedule_key_prefix(uint32_t version)
{
    return version == LANEKDF_QUIC_V1 ? "quic " : version == LANEKDF_QUIC_V2 ? "quicv2 " : "";
}

/* Compares an answer with what the line has: that of a field or, of one that holds several, of a label and a
 * member. */
static enum check check_of(
    const struct schedule *schedule, enum field field, const char *label, const char *member)
{
    const struct line *line = schedule->line;

    for (size_t i = 0; line && i < line->n_answers; i++) {
        const struct answer *answer = &line->answers[i];
        if (answer->field == field && answer->is_recorded && strlen(label) == answer->label.len &&
            (label[0] == '\0' || memcmp(label, answer->label.data, answer->label.len) == 0) &&
            strcmp(member, answer->member ? answer->member : "") == 0) {
            return answer_is_as_recorded(answer) ? CHECK_SAME : CHECK_DIFFERS;
        }
    }
    return CHECK_NONE;
}

/* Adds a step that gives as many bytes as the hash has. */
static struct schedule_step *add_step(struct schedule *schedule, enum schedule_function function,
    const char *output, const char *secret, const uint8_t *value)
{
    struct schedule_step *step = &schedule->steps[schedule->n_steps++];

    *step = (struct schedule_step){
        .function = function,
        .output = output,
        .secret = secret,
        .input = "",
        .label = "",
        .messages = "",
        .len = schedule->session->stage.hash_len,
        .value = schedule->line ? value : NULL,
        .is_secret = true,
    };
    return step;
}

/* Names the input of HKDF-Extract, which is zeros if the secret is absent. */
static const char *input_name(enum presence presence, const char *name)
{
    return presence == PRESENCE_THERE ? name : presence == PRESENCE_ABSENT ? "0" : "?";
}

static void add_extract(struct schedule *schedule, const char *output, const char *salt, const char *input,
    const uint8_t *value, enum field field)
{
    struct schedule_step *step = add_step(schedule, SCHEDULE_EXTRACT, output, salt, value);

    step->input = input;
    step->check = check_of(schedule, field, "", "");
}

static struct schedule_step *add_derive(struct schedule *schedule, const char *output, const char *secret,
    const char *label, const char *messages, size_t n_messages)
{
    struct schedule_step *step = add_step(schedule, SCHEDULE_DERIVE, output, secret, NULL);

    step->label = label;
    step->messages = messages;
    step->n_messages = n_messages;
    return step;
}

static void add_key(struct schedule *schedule, struct schedule_step *step, const struct tls13_secret *secret,
    const char *name, const char *label, struct lanekdf_bytes value)
{
    if (value.len > 0) {
        step->keys[step->n_keys++] = (struct schedule_key){
            .name = name,
            .label = label,
            .len = value.len,
            .value = schedule->line ? value.data : NULL,
            .check = check_of(schedule, FIELD_TRAFFIC_KEYS, secret->label, name),
        };
    }
}

/* The labels of the keys of each version. */
static const struct {
    uint32_t version;
    const char *key, *iv, *number_key, *number_name, *update;
} key_labels[] = {
    {LANEKDF_TLS13, "key", "iv", "", "", "traffic upd"},
    {LANEKDF_DTLS13, "key", "iv", "sn", "sn", "traffic upd"},
    {LANEKDF_QUIC_V1, "quic key", "quic iv", "quic hp", "hp", "quic ku"},
    {LANEKDF_QUIC_V2, "quicv2 key", "quicv2 iv", "quicv2 hp", "hp", "quicv2 ku"},
};

static size_t labels_of(const struct schedule *schedule)
{
    size_t i = 0;

    while (key_labels[i].version != schedule->session->stage.version) {
        i++;
    }
    return i;
}

/* Gives a step the value of a secret that has a label in key logs, and its keys. */
static void take_secret(
    struct schedule *schedule, struct schedule_step *step, const struct tls13_secret *secret)
{
    const size_t labels = labels_of(schedule);

    step->value = schedule->line ? secret->value : NULL;
    step->is_recorded = schedule->line && secret->value && !secret->is_derived;
    step->check = check_of(schedule, FIELD_SECRETS, secret->label, "");
    step->writer = secret_is_of_client(secret->id) ? CLIENT : SERVER;
    memcpy(step->key_log, secret->label, sizeof(step->key_log));
    add_key(schedule, step, secret, "key", key_labels[labels].key, secret->key);
    add_key(schedule, step, secret, "iv", key_labels[labels].iv, secret->iv);
    add_key(schedule, step, secret, key_labels[labels].number_name, key_labels[labels].number_key,
        secret->number_key);
}

static const struct tls13_secret *secret_of(const struct schedule *schedule, enum secret_id id)
{
    return &schedule->session->secrets[id];
}

static void add_binder(struct schedule *schedule)
{
    static const char *const labels[] = {[LANEKDF_PSK_RESUMPTION] = "res binder",
        [LANEKDF_PSK_EXTERNAL] = "ext binder",
        [LANEKDF_PSK_IMPORTED] = "imp binder"};
    const struct tls13_session *session = schedule->session;
    struct schedule_step *step;

    if (schedule->line && !session->binder) {
        return;
    }
    add_derive(schedule, "binder_key", "early_secret",
        schedule->line ? labels[session->psk_kind] : "res binder\" | \"ext binder\" | \"imp binder", "", 0);
    step = add_step(schedule, SCHEDULE_BINDER, "binder", "binder_key", session->binder);
    step->messages = "ClientHello without binders";
    step->is_secret = false;
    step->check = check_of(schedule, FIELD_BINDER, "", "");
}

/* The early stage. Without a PSK its secret is a constant, and there is no early data. Of a schedule of which
 * it is unknown whether it has a PSK, those secrets are there that the line has. */
static void add_early(struct schedule *schedule)
{
    const struct tls13_session *session = schedule->session;

    add_extract(schedule, "early_secret", "0", input_name(schedule->psk, "PSK"), session->early_secret,
        FIELD_EARLY_SECRET);
    if (schedule->psk != PRESENCE_ABSENT) {
        add_binder(schedule);
        if (!schedule->line || secret_of(schedule, SECRET_CLIENT_EARLY)->value) {
            take_secret(schedule,
                add_derive(
                    schedule, "client_early_traffic_secret", "early_secret", "c e traffic", "ClientHello", 0),
                secret_of(schedule, SECRET_CLIENT_EARLY));
        }
        if (!schedule->line || secret_of(schedule, SECRET_EARLY_EXPORTER)->value) {
            take_secret(schedule,
                add_derive(schedule, "early_exporter_master_secret", "early_secret", "e exp master",
                    "ClientHello", 0),
                secret_of(schedule, SECRET_EARLY_EXPORTER));
        }
    }
}

static void add_salt(
    struct schedule *schedule, const char *output, const char *secret, const uint8_t *value, enum field field)
{
    struct schedule_step *step = add_derive(schedule, output, secret, "derived", "", 0);

    step->value = schedule->line ? value : NULL;
    step->check = field == N_FIELDS ? CHECK_NONE : check_of(schedule, field, "", "");
}

/* Adds the Finished that the finished key of a traffic secret makes. */
static void add_finished(struct schedule *schedule, enum side side, const char *secret)
{
    const struct tls13_finished *finished = &schedule->session->finished[side];
    struct schedule_step *step =
        add_step(schedule, SCHEDULE_FINISHED, side == CLIENT ? "client verify_data" : "server verify_data",
            secret, finished->message ? finished->message + 4 : NULL);

    step->label = "finished";
    step->writer = side;
    step->messages = "all messages before";
    step->n_messages = finished->message ? finished->n_msgs : 0;
    step->is_secret = false;
    step->check = check_of(schedule, side == CLIENT ? FIELD_CLIENT_FINISHED : FIELD_SERVER_FINISHED, "", "");
}

static void add_handshake(struct schedule *schedule)
{
    const struct tls13_session *session = schedule->session;
    static const struct {
        enum secret_id id;
        const char *output, *label;
    } secrets[] = {
        {SECRET_CLIENT_HANDSHAKE, "client_handshake_traffic_secret", "c hs traffic"},
        {SECRET_SERVER_HANDSHAKE, "server_handshake_traffic_secret", "s hs traffic"},
    };

    add_extract(schedule, "handshake_secret", "handshake_salt", input_name(schedule->exchange, "(EC)DHE"),
        session->handshake_secret, FIELD_HANDSHAKE_SECRET);
    for (size_t i = 0; i < 2; i++) {
        take_secret(schedule,
            add_derive(schedule, secrets[i].output, "handshake_secret", secrets[i].label,
                "ClientHello..ServerHello", session->n_server_hello),
            secret_of(schedule, secrets[i].id));
        add_finished(schedule, i == 0 ? CLIENT : SERVER, secrets[i].output);
    }
}

/* Adds the last key update of a side that the line has. */
static void add_update(struct schedule *schedule, enum secret_id id)
{
    const struct tls13_session *session = schedule->session;
    const struct tls13_secret *last = NULL;
    struct schedule_step *step;

    for (size_t i = N_SECRETS; i < session->n_secrets; i++) {
        const struct tls13_secret *secret = &session->secrets[i];
        if (secret->id == id && (!last || secret->number > last->number)) {
            last = secret;
        }
    }
    if (last) {
        step = add_step(schedule, SCHEDULE_UPDATE,
            id == SECRET_CLIENT_TRAFFIC ? "client_application_traffic_secret_N"
                                        : "server_application_traffic_secret_N",
            id == SECRET_CLIENT_TRAFFIC ? "client_application_traffic_secret_0"
                                        : "server_application_traffic_secret_0",
            NULL);
        step->label = key_labels[labels_of(schedule)].update;
        take_secret(schedule, step, last);
    }
}

static void add_application(struct schedule *schedule)
{
    const struct tls13_session *session = schedule->session;
    const char *messages = "ClientHello..server Finished";
    const size_t n = session->n_server_finished;

    add_extract(schedule, "master_secret", "master_salt", "0", session->master_secret, FIELD_MASTER_SECRET);
    take_secret(schedule,
        add_derive(
            schedule, "client_application_traffic_secret_0", "master_secret", "c ap traffic", messages, n),
        secret_of(schedule, SECRET_CLIENT_TRAFFIC));
    add_update(schedule, SECRET_CLIENT_TRAFFIC);
    take_secret(schedule,
        add_derive(
            schedule, "server_application_traffic_secret_0", "master_secret", "s ap traffic", messages, n),
        secret_of(schedule, SECRET_SERVER_TRAFFIC));
    add_update(schedule, SECRET_SERVER_TRAFFIC);
    take_secret(schedule,
        add_derive(schedule, "exporter_master_secret", "master_secret", "exp master", messages, n),
        secret_of(schedule, SECRET_EXPORTER));
}

static void add_resumption(struct schedule *schedule)
{
    const struct tls13_session *session = schedule->session;
    struct schedule_step *step = add_derive(schedule, "resumption_master_secret", "master_secret",
        "res master", "ClientHello..client Finished",
        session->resumption_master_secret ? session->finished[CLIENT].n_msgs + 1 : 0);

    step->value = schedule->line ? session->resumption_master_secret : NULL;
    step->check = check_of(schedule, FIELD_RESUMPTION_MASTER_SECRET, "", "");
    if (!schedule->line || session->psks) {
        step = add_step(schedule, SCHEDULE_TICKET, "PSK of a ticket", "resumption_master_secret",
            session->n_tickets > 0 ? session->psks : NULL);
        step->label = "resumption";
        for (size_t i = 0; schedule->line && i < schedule->line->n_answers; i++) {
            const struct answer *answer = &schedule->line->answers[i];
            if (answer->field == FIELD_TICKETS && answer->is_recorded && step->check != CHECK_DIFFERS) {
                step->check = answer_is_as_recorded(answer) ? CHECK_SAME : CHECK_DIFFERS;
            }
        }
    }
}

static void fill_steps(struct schedule *schedule)
{
    const struct tls13_session *session = schedule->session;

    add_early(schedule);
    add_salt(schedule, "handshake_salt", "early_secret", session->handshake_salt, FIELD_HANDSHAKE_SALT);
    add_handshake(schedule);
    add_salt(schedule, "master_salt", "handshake_secret", NULL, N_FIELDS);
    add_application(schedule);
    add_resumption(schedule);
}

/* A line whose secrets are derived says what they are made of. Of other lines a whole ServerHello says it;
 * one that has neither extension is none of TLS 1.3, and tells nothing. */
static enum presence presence_of(
    const struct tls13_session *session, bool is_in_line, bool is_in_server_hello)
{
    const bool is_told = session->has_server_hello && (session->is_with_psk || session->is_with_key_share);

    if (is_in_line || (is_told && is_in_server_hello)) {
        return PRESENCE_THERE;
    }
    return is_told || session->has_handshake ? PRESENCE_ABSENT : PRESENCE_UNKNOWN;
}

void schedule_of_session(struct schedule *schedule, const struct line *line)
{
    const struct tls13_session *session = line->tls13_session;

    *schedule = (struct schedule){
        .line = line,
        .session = session,
        .suite = session->suite,
        .psk = presence_of(session, session->has_psk, session->is_with_psk),
        .exchange = presence_of(session, session->shared_secret.len > 0, session->is_with_key_share),
        .warning = line->warning,
    };
    fill_steps(schedule);
}

/* Gives a secret of a suite's schedule keys of the suite's lengths, without bytes to show. */
static void describe_keys(struct tls13_session *session, struct tls13_secret *secret)
{
    static const uint8_t nothing[1];
    const bool has_number_key = session->stage.version != LANEKDF_TLS13;

    if (secret_is_traffic(secret->id)) {
        secret->key = (struct lanekdf_bytes){nothing, session->stage.key_len};
        secret->iv = (struct lanekdf_bytes){nothing, session->stage.iv_len};
        secret->number_key =
            (struct lanekdf_bytes){nothing, has_number_key ? (size_t)session->stage.key_len : 0};
    }
}

int schedule_of_suite(struct schedule *schedule, const struct lanekdf_suite *suite, uint32_t version,
    bool has_psk, struct arena *arena)
{
    struct tls13_session *session = arena_take_zero(arena, sizeof(*session));
    struct lanekdf_tls13_traffic job = {.job.kind = LANEKDF_KIND_TLS13_TRAFFIC};
    const int status = lanekdf_tls13_set_suite(&job.job, version, suite);

    if (status != LANEKDF_OK) {
        return status;
    }
    session->stage = (struct stage){
        version, job.hash, lanekdf_hash_len(job.hash), job.key_len, job.iv_len, FIELD_CIPHER_SUITE};
    session->suite = suite;
    session->suite_name = suite->name;
    session->group = "";
    session->secrets = arena_take_zero(arena, N_SECRETS * sizeof(*session->secrets));
    session->n_secrets = N_SECRETS;
    for (int id = 0; id < N_SECRETS; id++) {
        session->secrets[id].id = (enum secret_id)id;
        secret_label_write((enum secret_id)id, 0, session->secrets[id].label);
        describe_keys(session, &session->secrets[id]);
    }
    *schedule = (struct schedule){.session = session,
        .suite = suite,
        .psk = has_psk ? PRESENCE_THERE : PRESENCE_ABSENT,
        .exchange = PRESENCE_THERE};
    fill_steps(schedule);
    return LANEKDF_OK;
}
