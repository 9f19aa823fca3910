#include "load_sessions.h"

#include "command.h"
#include "input.h"
#include "load_connection.h"
#include "load_digest.h"
#include "peers_support.h"
#include "session.h"
#include "work.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_LEN = 1024 };

struct reading {
    const char *name;
    struct work work;
    struct mix_session *sessions; /* which the mix keeps */
    size_t n;
    struct load_digest digest;
};

__attribute__((format(printf, 3, 4))) static bool complain(
    const struct reading *reading, uint64_t line, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    command_message("load: --sessions %s: line %llu: %s", reading->name, (unsigned long long)line, text);
    return false;
}

/* --- a session --- */

static void copy_bytes(uint8_t *to, const uint8_t *from, size_t len)
{
    if (from && len > 0) {
        memcpy(to, from, len);
    }
}

/* In SSLv3 a Finished is a job of its own, which a handshake does not have. */
static void take_finished(struct mix_session *to, const struct session *session)
{
    for (size_t i = 0; i < 2 && session->version != LANEKDF_SSL3; i++) {
        const struct finished *finished = &session->finished[i];
        const size_t hash_len = lanekdf_hash_len(session->hash);
        if (!finished->is_wanted) {
            continue;
        }
        const uint8_t *verify_data = finished->message + session_header_len(session);
        if (finished->side == CLIENT) {
            to->class.handshake.client_finished = true;
            memcpy(to->inputs.client_finished_hash, finished->hash, hash_len);
            memcpy(to->answers.client_verify_data, verify_data, VERIFY_DATA_LEN);
        } else {
            to->class.handshake.server_finished = true;
            memcpy(to->inputs.server_finished_hash, finished->hash, hash_len);
            memcpy(to->answers.server_verify_data, verify_data, VERIFY_DATA_LEN);
        }
    }
}

static void take_secrets(struct mix_session *to, const struct session *session)
{
    const struct lanekdf_bytes *pms = &session->pms;
    if (!session->has_pms) {
        memcpy(to->inputs.known_master, session->master, MASTER_LEN);
        return;
    }
    to->class.handshake.pre_master_len = (uint16_t)pms->len;
    to->class.handshake.extended = session->is_extended;
    copy_bytes(to->inputs.pre_master, pms->data, pms->len < PRE_MASTER_LEN ? pms->len : PRE_MASTER_LEN);
    copy_bytes(to->long_pre_master, pms->data, pms->len);
    copy_bytes(to->inputs.session_hash, session->session_hash.data, session->session_hash.len);
    memcpy(to->answers.master, session->master, MASTER_LEN);
}

static void take_key_block(struct mix_session *to, const struct lanekdf_handshake *job, size_t len)
{
    to->class.handshake.mac_key_len = job->mac_key_len;
    to->class.handshake.enc_key_len = job->enc_key_len;
    to->class.handshake.fixed_iv_len = job->fixed_iv_len;
    to->class.handshake.final_key_len = job->final_key_len;
    copy_bytes(to->answers.key_block, job->key_block, len);
    if (job->final_key_len > 0) {
        memcpy(to->answers.final_keys, job->final_keys, 2u * (job->final_key_len + job->fixed_iv_len));
    }
}

/* Takes what was derived of a line, which has a session, and what was recorded, which is the same. */
static bool take_session(struct reading *reading, const struct line *line)
{
    const struct session *session = line->session;
    struct mix_session *to = &reading->sessions[reading->n];
    const size_t key_block_len = lanekdf_handshake_key_block_len(session->job);
    if (session->has_pms && (session->pms.len == 0 || session->pms.len > RECORDED_MAX_PRE_MASTER_LEN)) {
        return complain(reading, line->number, "a pre-master secret of %zu bytes: 1 to %d are taken",
            session->pms.len, RECORDED_MAX_PRE_MASTER_LEN);
    }
    if (key_block_len > MAX_KEY_BLOCK_LEN) {
        return complain(reading, line->number, "a key block of %zu bytes: at most %d are taken",
            key_block_len, MAX_KEY_BLOCK_LEN);
    }
    const char *wrong = load_connection_count_exporters(&session->exporter_jobs, &to->recorded);
    if (wrong) {
        return complain(reading, line->number, "%s", wrong);
    }
    memset(&to->answers, MIX_POISON, sizeof(to->answers));
    memset(to->recorded_answers, MIX_POISON, sizeof(to->recorded_answers));
    to->class.handshake.version = session->version;
    to->class.handshake.hash = (uint8_t)session->hash;
    memcpy(to->inputs.client_random, session->client_random.data, RANDOM_LEN);
    memcpy(to->inputs.server_random, session->server_random.data, RANDOM_LEN);
    take_secrets(to, session);
    take_key_block(to, session->job, key_block_len);
    take_finished(to, session);
    load_connection_take_exporters(&session->exporter_jobs, to);
    reading->n++;
    return true;
}

static bool take_connection(struct reading *reading, const struct line *line)
{
    const char *wrong = load_connection_take(line->tls13_session, &reading->sessions[reading->n]);
    reading->n += !wrong;
    return !wrong || complain(reading, line->number, "%s", wrong);
}

/* --- the file --- */

static bool take_line(struct reading *reading, const struct line *line)
{
    if (line->error) {
        return complain(reading, line->number, "%s", line->error);
    }
    if (!line->session && !line->tls13_session) {
        return complain(reading, line->number, "alg %s is no session", line->algorithm->name);
    }
    if (!line_is_as_recorded(line)) {
        return complain(reading, line->number,
            "another answer than is derived from its inputs: lanekdf verify says which");
    }
    return line->session ? take_session(reading, line) : take_connection(reading, line);
}

static bool take_batch(struct reading *reading)
{
    bool is_good = true;
    work_derive(&reading->work);
    for (size_t i = 0; i < reading->work.n_lines && is_good; i++) {
        is_good = take_line(reading, &reading->work.lines[i]);
    }
    work_reset(&reading->work);
    return is_good;
}

/* Blank lines count, so that endless ones end. */
enum { MAX_LINES = 100000 };

static bool add_line(void *owner, uint64_t number, const char *text, size_t len)
{
    struct reading *reading = owner;
    if (!text) {
        return complain(reading, number, "too long");
    }
    if (number > MAX_LINES) {
        return complain(reading, number, "one line too many: sessions have at most %d", MAX_LINES);
    }
    if (len == 0) {
        return true;
    }
    if (reading->n + reading->work.n_lines == MIX_MAX_SESSIONS) {
        return complain(reading, number, "at most %d sessions", MIX_MAX_SESSIONS);
    }
    load_digest_add(&reading->digest, text, len);
    work_add(&reading->work, reading->name, number, text, len);
    return !work_is_full(&reading->work) || take_batch(reading);
}

/* Recorded secrets are in the sessions, in the pools of all threads, and in what engines prepare: in memory
 * of peers_alloc(), which lives as long as the program, however that ends. */
bool load_sessions_read(const char *name, struct mix *mix)
{
    static char contents[LOAD_DIGEST_MAX_TEXT]; /* which the mix keeps */
    if (atexit(peers_wipe) != 0) {
        command_message("load: --sessions %s: their secrets could not be wiped in the end", name);
        return false;
    }
    struct reading reading = {
        .name = name, .sessions = peers_alloc(MIX_MAX_SESSIONS * sizeof(struct mix_session))};
    if (!work_open(&reading.work, BATCH_LEN)) {
        return false;
    }
    const bool is_read = input_take_lines(name, add_line, &reading) && take_batch(&reading);
    work_close(&reading.work);
    const char *wrong = !is_read         ? NULL
                        : reading.n == 0 ? "no sessions"
                                         : mix_of_sessions(name, reading.sessions, reading.n, mix);
    if (wrong) {
        command_message("load: --sessions %s: %s", name, wrong);
    }
    mix->contents = load_digest_text(&reading.digest, contents);
    return is_read && !wrong;
}
