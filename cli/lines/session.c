/*
 * tls-session: a recorded connection. Its jobs run in these waves:
 *
 *   0  the session hash and the transcript hashes
 *   1  master secret, key block, and each Finished whose transcript is known
 *   2  the transcript hash of the second Finished, if the line lacks the first Finished, which it covers
 *   3  the second Finished in that case
 *
 * In SSLv3 a Finished is a job of its own that needs the master secret. Both run in wave 2, or, if the line
 * lacks the first, the second one in wave 3.
 */
#include "session.h"
#include "algorithms.h"
#include "exports.h"
#include "handshake_message.h"
#include "message_order.h"
#include "session_messages.h"
#include "spelling.h"
#include "suite.h"
#include "version.h"

#include <string.h>

enum { WAVE_HASHES, WAVE_HANDSHAKE, WAVE_SECOND_HASH, WAVE_SECOND_FINISHED };
enum { WAVE_SSL3_FINISHED = WAVE_SECOND_HASH, WAVE_SECOND_SSL3_FINISHED = WAVE_SECOND_FINISHED };

const char *const side_names[N_SIDES] = {"client", "server"};

static const enum field finished_fields[N_SIDES] = {FIELD_CLIENT_FINISHED, FIELD_SERVER_FINISHED};
static const enum field finished_msgs_fields[N_SIDES] = {
    FIELD_CLIENT_FINISHED_MSGS, FIELD_SERVER_FINISHED_MSGS};

static bool read_version(struct line *line, struct session *session)
{
    const char *text;
    uint32_t protocol;
    size_t len;

    if (!line_string(line, FIELD_VERSION, &text, &len)) {
        return false;
    }
    protocol = version_parse(text, len);
    session->version = version_of_derivations(protocol);
    session->protocol = (uint16_t)protocol;
    return session->version != 0 ||
           line_refuse(line, "version %s is not supported for tls-session%s", line_quoted(line, text, len),
               version_has_stages(protocol) ? ": tls13-session has it" : "");
}

/* Before TLS 1.2 the hash is MD5 and SHA-1 together. In TLS 1.2 the suite says the hash, and the line may say
 * the same one. */
static bool read_hash(struct line *line, struct session *session)
{
    if (session->version < LANEKDF_TLS12) {
        return line_hash_said(line, line->algorithm->hashes, FIELD_VERSION, LANEKDF_MD5_SHA1, &session->hash);
    }
    const uint32_t natural = session->suite ? suite_hash(session->suite, session->version) : 0;
    const unsigned hashes = line->algorithm->hashes;
    return line_hash_said(line, natural ? hashes : hashes & ~HASH_BIT(LANEKDF_MD5_SHA1), FIELD_CIPHER_SUITE,
        natural, &session->hash);
}

static bool read_secrets(struct line *line, struct session *session)
{
    bool has_pms = line_has(line, FIELD_PMS);

    if (line_has(line, FIELD_RESUMED) && !line_flag(line, FIELD_RESUMED, &session->is_resumed)) {
        return false;
    }
    if (has_pms && session->is_resumed) {
        return line_fail(line, "resumed and pms contradict each other: a resumed session starts from master");
    }
    if (has_pms && !line_has(line, FIELD_EMS)) {
        return line_fail(line,
            "ems is missing%s: true if both hellos have the extension extended_master_secret",
            line_hint(line, FIELD_EMS));
    }
    if (line_has(line, FIELD_EMS) && !line_flag(line, FIELD_EMS, &session->is_extended)) {
        return false;
    }
    session->has_recorded_master = line_has(line, FIELD_MASTER);
    if (session->has_recorded_master && !line_bytes(line, FIELD_MASTER, LANEKDF_MASTER_SECRET_LEN,
                                            LANEKDF_MASTER_SECRET_LEN, &session->recorded_master)) {
        return false;
    }
    session->has_pms = has_pms;
    if (session->has_pms) {
        return line_bytes(line, FIELD_PMS, 1, LANEKDF_MAX_SECRET, &session->pms);
    }
    if (!session->has_recorded_master) {
        return session->is_resumed
                   ? line_fail(line, "master is missing, from which a resumed session starts%s",
                         line_hint(line, FIELD_MASTER))
                   : line_fail_without_secret(line);
    }
    session->master = session->recorded_master.data;
    return true;
}

static bool read_messages(struct line *line, struct session *session)
{
    session->has_handshake = line_has(line, FIELD_HANDSHAKE);
    return !session->has_handshake || line_bytes_array(line, FIELD_HANDSHAKE, 0, SIZE_MAX,
                                          LANEKDF_MAX_PIECES / 2, &session->messages, &session->n_messages);
}

/* Reads how many messages a hash covers, which the line has as a number. */
static bool read_n_messages(struct line *line, enum field field, const struct session *session, size_t *n)
{
    if (!line_number(line, field, SIZE_MAX, n)) {
        return false;
    }
    return *n <= session->n_messages || line_fail(line, "%s: %zu, but there are %zu handshake messages",
                                            field_names[field], *n, session->n_messages);
}

/* Adds a job that hashes n pieces of the transcript, and returns where the hash will be. */
static uint8_t *hash_job(struct line *line, unsigned wave, const struct session *session,
    const struct lanekdf_bytes *pieces, size_t n)
{
    struct lanekdf_message_hash *job = line_job(line, wave, LANEKDF_KIND_HASH, sizeof(*job));
    const size_t len = lanekdf_hash_len(session->hash);

    job->hash = session->hash;
    job->message = pieces;
    job->n_message = n;
    job->out = (struct lanekdf_span){line_memory(line, len), len};
    return job->out.data;
}

/* The session hash covers the messages up to and with ClientKeyExchange. The line may say how many these are.
 */
static bool count_session_hash_messages(struct line *line, struct session *session)
{
    if (line_has(line, FIELD_SESSION_HASH_MSGS)) {
        return read_n_messages(line, FIELD_SESSION_HASH_MSGS, session, &session->session_hash_msgs);
    }
    for (size_t i = 0; i < session->n_messages; i++) {
        if (session->messages[i].len > 0 && session->messages[i].data[0] == CLIENT_KEY_EXCHANGE) {
            session->session_hash_msgs = i + 1;
        }
    }
    return true;
}

/* Adds the job of the session hash. Recorders write the session hash down even where the master secret does
 * not come from it, so a line that has one gets the job, too. */
static bool add_session_hash(struct line *line, struct session *session)
{
    const size_t len = lanekdf_hash_len(session->hash);

    if (session->version == LANEKDF_SSL3 && session->is_extended) {
        return line_fail(line, "ems: SSLv3 has no extended master secret");
    }
    if (session->is_resumed || !(session->is_extended || line_has(line, FIELD_SESSION_HASH))) {
        return true;
    }
    if (session->has_handshake && !count_session_hash_messages(line, session)) {
        return false;
    }
    if (!message_order_check_session_hash(line, session)) {
        return false;
    }
    if (session->session_hash_msgs > 0) {
        uint8_t *hash = hash_job(line, WAVE_HASHES, session, session->messages, session->session_hash_msgs);
        session->session_hash = (struct lanekdf_bytes){hash, len};
        return line_answer(line, FIELD_SESSION_HASH, hash, len);
    }
    if (session->is_extended && session->has_pms) {
        line_use(line, FIELD_SESSION_HASH); /* which is an input of this line */
        return line_bytes(line, FIELD_SESSION_HASH, len, len, &session->session_hash);
    }
    return true;
}

static bool read_finished_order(struct line *line, struct session *session)
{
    const struct json_value *items;
    size_t n_items;

    if (!line_array(line, FIELD_FINISHED_ORDER, &items, &n_items)) {
        return false;
    }
    for (size_t i = 0; n_items == 2 && i < 2; i++) {
        const struct json_value *item = &items[i];
        for (unsigned side = 0; side < N_SIDES; side++) {
            if (item->type == JSON_STRING && item->len == 6 &&
                memcmp(item->string, side_names[side], 6) == 0) {
                session->finished[i].side = (enum side)side;
                session->finished[i].is_wanted = true;
            }
        }
    }
    return (session->finished[0].is_wanted && session->finished[1].is_wanted &&
               session->finished[0].side != session->finished[1].side) ||
           line_fail(line, "finished_order: client and server expected, in their order");
}

size_t session_header_len(const struct session *session)
{
    return version_is_dtls(session->protocol) ? (size_t)DTLS_MESSAGE_HEADER_LEN : (size_t)MESSAGE_HEADER_LEN;
}

static size_t finished_len(const struct session *session)
{
    return session_header_len(session) + session_verify_len(session);
}

/* Whether a message is a Finished and whole. Its verify_data may be wrong all the same. */
static bool is_whole_finished(const struct session *session, struct lanekdf_bytes message)
{
    const size_t len = session_verify_len(session);

    return message.len == finished_len(session) && message.data[0] == FINISHED && message.data[1] == 0 &&
           message.data[2] == 0 && message.data[3] == len;
}

/* Finds out which Finished the line has the transcript of. */
static bool read_finished(struct line *line, struct session *session)
{
    if (!session->has_handshake || !line_has(line, FIELD_FINISHED_ORDER)) {
        return true;
    }
    if (!read_finished_order(line, session)) {
        return false;
    }
    session->has_finished_order = true;
    for (size_t i = 0; i < 2; i++) {
        struct finished *finished = &session->finished[i];
        enum field msgs_field = finished_msgs_fields[finished->side];

        finished->is_recorded = line_has(line, finished_fields[finished->side]);
        if (finished->is_recorded &&
            !line_bytes(line, finished_fields[finished->side], 0, SIZE_MAX, &finished->recorded)) {
            return false;
        }
        /* The second Finished is not made of what is no message, but of the first as it is derived. */
        finished->is_recorded = finished->is_recorded && is_whole_finished(session, finished->recorded);
        finished->is_wanted = line_has(line, msgs_field);
        if (finished->is_wanted && !read_n_messages(line, msgs_field, session, &finished->n_msgs)) {
            return false;
        }
    }
    /* The second Finished covers the first, so there is none without it. */
    session->finished[1].is_wanted = session->finished[1].is_wanted && session->finished[0].is_wanted;
    if (session->finished[1].is_wanted && session->finished[1].n_msgs < session->finished[0].n_msgs) {
        return line_fail(line, "the second Finished covers fewer messages than the first");
    }
    return true;
}

/* Whether the side's messages before its Finished may end with one of this type. */
static bool is_last_before_finished(enum side side, unsigned type)
{
    return side == CLIENT ? type == CLIENT_HELLO || type == CERTIFICATE_VERIFY ||
                                type == CLIENT_KEY_EXCHANGE || type == NEXT_PROTOCOL
                          : type == SERVER_HELLO || type == SERVER_HELLO_DONE || type == NEW_SESSION_TICKET;
}

/* In DTLS each side numbers its messages (message_seq): Finished has the number behind that of the side's
 * last. */
static uint16_t finished_number(const struct session *session, const struct finished *finished)
{
    for (size_t i = finished->n_msgs; i-- > 0;) {
        const struct lanekdf_bytes *message = &session->messages[i];
        if (message->len >= DTLS_MESSAGE_HEADER_LEN &&
            is_last_before_finished(finished->side, message->data[0])) {
            return (uint16_t)((message->data[4] << 8 | message->data[5]) + 1);
        }
    }
    return 0;
}

static uint8_t *finished_message(
    struct line *line, const struct session *session, const struct finished *finished)
{
    const uint8_t len = (uint8_t)session_verify_len(session);
    const uint16_t number = finished_number(session, finished);
    const uint8_t header[MAX_MESSAGE_HEADER_LEN] = {
        FINISHED, 0, 0, len, (uint8_t)(number >> 8), (uint8_t)number, 0, 0, 0, 0, 0, len};

    return memcpy(line_memory(line, finished_len(session)), header, session_header_len(session));
}

static struct lanekdf_handshake *handshake_job(
    struct line *line, unsigned wave, const struct session *session)
{
    struct lanekdf_handshake *job = line_job(line, wave, LANEKDF_KIND_HANDSHAKE, sizeof(*job));

    job->version = session->version;
    job->hash = (uint16_t)session->hash;
    return job;
}

/* Finds the transcript that Finished i covers: of the second Finished also the first. Returns how many pieces
 * it has. */
static size_t transcript(
    struct line *line, const struct session *session, size_t i, const struct lanekdf_bytes **transcript)
{
    const struct finished *first = &session->finished[0], *finished = &session->finished[i];
    struct lanekdf_bytes *pieces;

    *transcript = session->messages;
    if (i == 0) {
        return first->n_msgs;
    }
    pieces = arena_take(line->arena, (finished->n_msgs + 1) * sizeof(*pieces));
    memcpy(pieces, session->messages, first->n_msgs * sizeof(*pieces));
    pieces[first->n_msgs] =
        first->is_recorded ? first->recorded : (struct lanekdf_bytes){first->message, finished_len(session)};
    memcpy(pieces + first->n_msgs + 1, session->messages + first->n_msgs,
        (finished->n_msgs - first->n_msgs) * sizeof(*pieces));
    *transcript = pieces;
    return finished->n_msgs + 1;
}

/* In TLS a Finished is a PRF over the hash of the transcript. It is an output of the handshake's job, unless
 * its transcript (is_late) has a Finished that this job derives. */
static void add_tls_finished(struct line *line, const struct session *session, struct finished *finished,
    const struct lanekdf_bytes *pieces, size_t n_pieces, bool is_late, struct lanekdf_handshake *handshake)
{
    struct lanekdf_handshake *job = handshake;
    struct lanekdf_bytes hash;

    finished->hash = hash_job(line, is_late ? WAVE_SECOND_HASH : WAVE_HASHES, session, pieces, n_pieces);
    if (is_late) {
        job = handshake_job(line, WAVE_SECOND_FINISHED, session);
        job->known_master_secret = session->master;
    }
    hash = (struct lanekdf_bytes){finished->hash, lanekdf_hash_len(session->hash)};
    if (finished->side == CLIENT) {
        job->client_finished_hash = hash;
        job->client_verify_data = finished->message + session_header_len(session);
    } else {
        job->server_finished_hash = hash;
        job->server_verify_data = finished->message + session_header_len(session);
    }
}

/* In SSLv3 a Finished consists of hashes over the transcript and the master secret. */
static void add_ssl3_finished(struct line *line, const struct session *session, struct finished *finished,
    const struct lanekdf_bytes *pieces, size_t n_pieces, bool is_late)
{
    struct lanekdf_ssl3_finished *job = line_job(line,
        is_late ? WAVE_SECOND_SSL3_FINISHED : WAVE_SSL3_FINISHED, LANEKDF_KIND_SSL3_FINISHED, sizeof(*job));

    job->sender = finished->side == SERVER;
    job->master_secret = session->master;
    job->handshake_messages = pieces;
    job->n_handshake_messages = n_pieces;
    job->out = finished->message + session_header_len(session);
}

static bool add_finished(
    struct line *line, struct session *session, size_t i, struct lanekdf_handshake *handshake)
{
    struct finished *finished = &session->finished[i];
    const bool is_late = i == 1 && !session->finished[0].is_recorded;
    const struct lanekdf_bytes *pieces;
    size_t n_pieces;

    if (!finished->is_wanted) {
        return true;
    }
    n_pieces = transcript(line, session, i, &pieces);
    finished->message = finished_message(line, session, finished);
    if (session->version == LANEKDF_SSL3) {
        add_ssl3_finished(line, session, finished, pieces, n_pieces, is_late);
    } else {
        add_tls_finished(line, session, finished, pieces, n_pieces, is_late, handshake);
    }
    return line_answer(line, finished_fields[finished->side], finished->message, finished_len(session));
}

static bool add_handshake(struct line *line, struct session *session)
{
    struct lanekdf_handshake *job = handshake_job(line, WAVE_HANDSHAKE, session);
    uint8_t *master = line_memory(line, LANEKDF_MASTER_SECRET_LEN);

    session->job = job;
    job->client_random = session->client_random.data;
    job->server_random = session->server_random.data;
    job->master_secret = master;
    if (session->has_pms) {
        job->pre_master_secret = session->pms;
        if (session->is_extended) {
            job->session_hash = session->session_hash;
        }
        session->master = master;
        if (!line_answer(line, FIELD_MASTER, master, LANEKDF_MASTER_SECRET_LEN)) {
            return false;
        }
    } else {
        job->known_master_secret = session->recorded_master.data;
        line_repeat(line, FIELD_MASTER, master, LANEKDF_MASTER_SECRET_LEN);
    }
    session->has_key_block = session->suite || line_has_any(line, FIELD_LIST(KEY_BLOCK_LEN_FIELDS));
    if (session->has_key_block && (!key_block_plan(line, session->version, session->suite, &session->block) ||
                                      !key_block_fill(line, &session->block, job))) {
        return false;
    }
    return add_finished(line, session, 0, job) && add_finished(line, session, 1, job);
}

/* Reads the name of the cipher, which must be that of the suite if the line names one. */
static bool read_cipher(struct line *line, struct session *session)
{
    return line_text(line, FIELD_CIPHER, &session->cipher) &&
           (!session->named_suite || suite_may_have_cipher(session->named_suite, session->cipher) ||
               line_fail(line, "cipher and %s contradict each other: %s, %s",
                   field_names[session_suite_field(session)],
                   line_quoted_key(line, session->cipher, strlen(session->cipher)),
                   session->named_suite->name));
}

/* Reads the hash of the MAC, which must be that of the suite if the line names one. */
static bool read_mac_hash(struct line *line, struct session *session)
{
    const struct lanekdf_suite *suite = session->named_suite;
    const char *text;

    if (!line_text(line, FIELD_MAC_HASH, &text)) {
        return false;
    }
    session->mac_hash = text;
    return !suite || text[0] == '\0' ||
           (suite->mac != 0 && spelling_is_same(text, strlen(text), lanekdf_hash_name(suite->mac))) ||
           line_fail(line, "mac_hash and %s contradict each other: %s has %s",
               field_names[session_suite_field(session)], suite->name,
               suite->mac != 0 ? lanekdf_hash_name(suite->mac) : "no MAC");
}

/* Reads what explain shows and no derivation needs. */
static bool read_names(struct line *line, struct session *session)
{
    session->has_etm = line_has(line, FIELD_ETM);
    if (session->has_etm && !line_flag(line, FIELD_ETM, &session->is_etm)) {
        return false;
    }
    session->named_suite = session->suite;
    if (!line_suite_name(line, &session->named_suite, &session->suite_name)) {
        return false;
    }
    if (session->suite) {
        session->suite_name = session->suite->name;
    }
    return read_cipher(line, session) && read_mac_hash(line, session);
}

bool session_fill(struct line *line)
{
    struct session *session = arena_take_zero(line->arena, sizeof(*session));

    line->session = session;
    return read_version(line, session) && line_suite(line, &session->suite) && read_hash(line, session) &&
           line_bytes(
               line, FIELD_CLIENT_RANDOM, LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, &session->client_random) &&
           line_bytes(
               line, FIELD_SERVER_RANDOM, LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, &session->server_random) &&
           read_secrets(line, session) && read_names(line, session) && read_messages(line, session) &&
           message_order_check_whole(line, session) && add_session_hash(line, session) &&
           read_finished(line, session) && session_check_messages(line, session) &&
           add_handshake(line, session) && exports_add(line, session, &session->exporter_jobs);
}
