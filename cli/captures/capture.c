#include "capture.h"
#include "candidates.h"
#include "command.h"
#include "connection.h"
#include "findings.h"
#include "handshake_message.h"
#include "hex.h"
#include "key_log_text.h"
#include "memory.h"
#include "quic_connection.h"
#include "session_line.h"
#include "tls13_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Handshakes in the order in which they were added. */
struct queue {
    struct handshake *first, **last;
};

struct capture {
    struct key_log *log;
    bool is_exporting; /* exporters of every session are asked for */
    json_reader *reader;
    struct connections *connections;
    struct quic_connections *quic_connections;
    struct resumption *resumption;
    struct findings findings; /* of the file that is being read */
    bool has_tls;             /* a file had TLS or DTLS to read */
    bool has_quic;            /* a file had QUIC to read */

    struct queue done;    /* handshakes that are complete */
    struct queue waiting; /* resumed handshakes whose secret nothing has had so far */
    bool has_ended;
    uint64_t n_since_retry; /* sessions that were settled since waiting handshakes were last tried */
    unsigned n_retries;
    bool is_last_try;

    struct candidates candidates;
    struct tls13_proof tls13_proof; /* of the last line, whose reason is in it */
    struct text_buffer line;
    uint64_t n_handshakes, n_faults, n_uncertain;
    char uncertain_reason[REASON_LEN]; /* why it cannot be told of the first of n_uncertain */
};

static void queue_add(struct queue *queue, struct handshake *handshake)
{
    handshake->next = NULL;
    *queue->last = handshake;
    queue->last = &handshake->next;
}

static struct handshake *queue_take(struct queue *queue)
{
    struct handshake *handshake = queue->first;

    if (handshake) {
        queue->first = handshake->next;
        queue->last = queue->first ? queue->last : &queue->first;
    }
    return handshake;
}

static void queue_free(struct queue *queue)
{
    struct handshake *handshake;

    while ((handshake = queue_take(queue))) {
        handshake_free(handshake);
    }
}

struct capture *capture_open(const char *key_log, bool is_exporting)
{
    struct capture *capture = memory_take(sizeof(*capture));

    capture->reader = json_reader_new(NULL, 0);
    if (!capture->reader) {
        command_die("no memory");
    }
    capture->done.last = &capture->done.first;
    capture->waiting.last = &capture->waiting.first;
    capture->connections = connections_new();
    capture->quic_connections = quic_connections_new();
    capture->resumption = resumption_new();
    capture->is_exporting = is_exporting;
    capture->log = key_log_new();
    if (key_log && !key_log_read_file(capture->log, key_log)) {
        capture_close(capture);
        return NULL;
    }
    return capture;
}

void capture_close(struct capture *capture)
{
    if (!capture) {
        return;
    }
    queue_free(&capture->done);
    queue_free(&capture->waiting);
    connections_free(capture->connections);
    quic_connections_free(capture->quic_connections);
    candidates_free(&capture->candidates);
    tls13_proof_free(&capture->tls13_proof);
    resumption_free(capture->resumption);
    text_buffer_free(&capture->line);
    json_reader_free(capture->reader);
    key_log_free(capture->log);
    findings_free(&capture->findings);
    memory_give_back(capture);
}

/* What numbers the stream of a handshake: the protocol below TLS. */
static const char *protocol_of(const struct handshake *handshake)
{
    return handshake->is_dtls || handshake->quic_version != 0 ? "udp" : "tcp";
}

/* Names a handshake on standard error, and says what is the matter. The text may name files, whose paths can
 * have any length. */
__attribute__((format(printf, 2, 0))) static void write_remark(
    const struct handshake *handshake, const char *format, va_list arguments)
{
    char random[2 * LANEKDF_RANDOM_LEN + 1] = "";
    struct text_buffer text = {0};

    text_buffer_vformat(&text, format, arguments);
    if (handshake->client_hello.is_there) {
        hex_encode(random, handshake->client_hello.random, LANEKDF_RANDOM_LEN);
    }
    command_message("%s: %s.stream %" PRIu64 "%s%s: %s", handshake->file, protocol_of(handshake),
        handshake->stream, random[0] != '\0' ? ", client_random " : "", random, text.text);
    text_buffer_free(&text);
}

/* Names a handshake, and counts it as a fault of the capture or of the key log. */
__attribute__((format(printf, 3, 4))) static void name(
    struct capture *capture, const struct handshake *handshake, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_remark(handshake, format, arguments);
    va_end(arguments);
    capture->n_faults++;
}

/* Names a handshake of which something should be known that is no fault. */
__attribute__((format(printf, 2, 3))) static void name_without_fault(
    const struct handshake *handshake, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_remark(handshake, format, arguments);
    va_end(arguments);
}

/* Bytes of what cut_text() writes, with a NUL. */
enum { CUT_TEXT_LEN = 128 };

/* Says, behind what is missing of a handshake, that packets were cut off, which may be why. Returns the text,
 * which is "" if none was. */
static const char *cut_text(const struct handshake *handshake, char text[CUT_TEXT_LEN])
{
    const struct cut_packet *cut = &handshake->cut;

    text[0] = '\0';
    if (cut->number != 0) {
        snprintf(text, CUT_TEXT_LEN,
            "; the snap length of the capture cut packet %" PRIu64 " to %" PRIu64 " of its %" PRIu64 " bytes",
            cut->number, cut->kept_len, cut->len);
    }
    return text;
}

static void take_handshakes(struct capture *capture, struct connection *connection)
{
    struct handshake *handshake;

    while ((handshake = connection_next(connection))) {
        capture->n_handshakes++;
        queue_add(&capture->done, handshake);
    }
}

void capture_begin_file(struct capture *capture, const char *file, bool is_recording)
{
    capture->findings = (struct findings){.file = file, .is_recording = is_recording};
}

void capture_end_file(struct capture *capture, bool is_whole)
{
    capture->has_tls = capture->has_tls || capture->findings.n_tls + capture->findings.n_dtls > 0;
    capture->has_quic = capture->has_quic || capture->findings.n_quic > 0;
    if (is_whole) {
        capture->n_faults += findings_tell(&capture->findings);
    }
    findings_free(&capture->findings);
}

const char *capture_take(
    struct capture *capture, const char *file, uint64_t number, const char *text, size_t len)
{
    struct json_packet json;
    struct packet packet;
    const char *error = json_reader_packet(capture->reader, text, len, &json);

    if (error || !json.is_packet) {
        capture->findings.has_lines = true;
        return error;
    }
    if (json.has_quic) {
        error = quic_connections_take(capture->quic_connections, &json, file,
            capture->findings.is_recording && json.number != 0 ? json.number : number);
    }
    if (!findings_take(&capture->findings, &json)) {
        return error;
    }
    if (capture->findings.is_recording && json.number != 0) {
        number = json.number; /* the user does not see tshark's lines, so the number of the packet is named */
    }
    error = packet_decode(&packet, &json, file, number);
    if (!error) {
        take_handshakes(capture, connections_take(capture->connections, &packet));
        packet_free(&packet);
    }
    return error;
}

static void name_late(struct capture *capture, const struct handshake *place)
{
    name(capture, place, "left out: the capture lacks its handshake, and has later packets alone%s",
        place->quic_version != 0 ? " (or the client came from another address before)" : "");
}

/* Names the connections of which the capture has nothing of a handshake. Where it has none of any connection,
 * capture_report() says so of all. */
static void name_late_connections(struct capture *capture, struct queue *late)
{
    struct connection *connection = NULL;
    struct handshake *handshake;

    while ((connection = connections_next(capture->connections, connection))) {
        if (capture->n_handshakes > 0 && connection_remainder(connection) == REMAINDER_LATE) {
            const struct handshake place = connection_place(connection);
            name_late(capture, &place);
        }
    }
    while ((handshake = queue_take(late))) {
        if (capture->n_handshakes > 0) {
            name_late(capture, handshake);
        }
        handshake_free(handshake);
    }
}

void capture_end(struct capture *capture)
{
    struct queue late = {.last = &late.first}; /* connections of QUIC */
    struct connection *connection = NULL;
    struct handshake *handshake;
    char cut[CUT_TEXT_LEN];

    capture->has_ended = true;
    while ((handshake = quic_connections_next(capture->quic_connections))) {
        capture->n_handshakes += !handshake->is_late;
        queue_add(handshake->is_late ? &late : &capture->done, handshake);
    }
    while ((connection = connections_next(capture->connections, connection))) {
        const struct handshake place = connection_place(connection);
        connection_end(connection);
        take_handshakes(capture, connection);
        switch (connection_remainder(connection)) {
        case REMAINDER_NONE:
        case REMAINDER_LATE:
            break;
        case REMAINDER_HEADLESS:
            capture->n_handshakes++;
            name(capture, &place, "left out: the capture lacks its ClientHello and its ServerHello%s",
                cut_text(&place, cut));
            break;
        case REMAINDER_RENEGOTIATION:
            name(capture, &place,
                "left out: encrypted handshake messages follow the first handshake (a renegotiation), which "
                "tshark decrypts if it can read the key log itself: --key-log with a plain file, or, where "
                "tshark "
                "is run by hand, -o tls.keylog_file:LOG");
            break;
        }
    }
    name_late_connections(capture, &late);
}

/* Returns why this handshake cannot become a session, or NULL if it can. */
static const char *why_not(const struct handshake *handshake)
{
    if (handshake->is_unreadable) {
        return "its Initial packets cannot be opened without libcrypto";
    }
    if (!handshake->client_hello.is_there) {
        return "the capture lacks its ClientHello";
    }
    if (!handshake->server_hello.is_there) {
        return handshake->client_hello.offers_dtls13
                   ? "the capture lacks its ServerHello, and its ClientHello offers DTLS 1.3, which is not "
                     "served "
                     "in captures: its secrets and messages go into a line of tls13-session"
                   : "the capture lacks its ServerHello";
    }
    if (handshake->server_hello.version == DTLS13) {
        return "DTLS 1.3 is not served in captures: its secrets and messages go into a line of tls13-session";
    }
    if (handshake->server_hello.version != TLS13 && handshake_tls_version(handshake) == 0) {
        return "of a version that is not served";
    }
    return NULL;
}

/* Keeps the master secret for the handshakes that resume this one. */
static void keep_for_resumption(struct capture *capture, const struct handshake *handshake,
    const uint8_t master[LANEKDF_MASTER_SECRET_LEN])
{
    const struct items *flight = &handshake->flights[SERVER_SIDE];
    const size_t before_ticket = handshake_header_len(handshake) + 4 + 2; /* lifetime hint, length */

    resumption_add(capture->resumption, handshake->server_hello.session_id, master);
    for (size_t i = 0; i < flight->n; i++) {
        const struct item *item = &flight->at[i];
        if (item->kind == ITEM_MESSAGE && item->type == NEW_SESSION_TICKET &&
            item->bytes.len > before_ticket) {
            resumption_add(capture->resumption,
                (struct lanekdf_bytes){item->bytes.data + before_ticket, item->bytes.len - before_ticket},
                master);
        }
    }
    capture->n_since_retry++;
}

/* Says where a secret is from; the caller frees the text. */
static struct text_buffer source_text(const struct candidate *candidate)
{
    struct text_buffer text = {0};

    if (candidate->origin) {
        text_buffer_format(&text, "line %" PRIu64 " of %s", candidate->line, candidate->origin);
    } else {
        text_buffer_format(&text, "the resumed session");
    }
    return text;
}

static void tell_contradiction(struct capture *capture, const struct handshake *handshake, enum choice choice,
    const struct candidate *chosen, const struct candidate *other)
{
    struct text_buffer a = source_text(chosen), b = source_text(other);

    if (choice == CHOICE_UNCERTAIN) {
        name(capture, handshake,
            "left out: %s and %s give different secrets, and which one fits cannot be told: %s", a.text,
            b.text, chosen->proof.reason);
    } else if (chosen->proof.verdict == VERDICT_FITS) {
        command_message("%s and %s give different secrets for %s.stream %" PRIu64 " of %s: %s fits", a.text,
            b.text, protocol_of(handshake), handshake->stream, handshake->file, a.text);
    }
    text_buffer_free(&a);
    text_buffer_free(&b);
}

/* Names a handshake without a secret, or without one that serves, and says why. */
static void leave_out_without_secret(
    struct capture *capture, const struct handshake *handshake, const struct transcript *transcript)
{
    char cut[CUT_TEXT_LEN];

    if (capture->candidates.n > 0) {
        name(capture, handshake, "left out: %s, and the extended master secret depends on it%s",
            transcript->missing, cut_text(handshake, cut));
    } else if (transcript->is_abbreviated) {
        name(capture, handshake,
            "left out: the key log lacks its secret, and the capture the handshake of the session that it "
            "resumes");
    } else {
        name(capture, handshake, "left out: the key log lacks its secret");
    }
}

static void put_line(struct capture *capture, const struct handshake *handshake,
    const struct transcript *transcript, const struct candidate *chosen, struct capture_line *line)
{
    text_buffer_clear(&capture->line);
    session_line_put(&capture->line, handshake, transcript, &capture->candidates, chosen);
    *line = (struct capture_line){
        .file = handshake->file,
        .number = handshake->number,
        .text = capture->line.text,
        .len = capture->line.len,
        .verdict = chosen->proof.verdict,
        .reason = chosen->proof.reason,
        .remark = "",
    };
}

/* Says what the line lacks. */
static void tell_faults(struct capture *capture, const struct handshake *handshake,
    const struct transcript *transcript, const struct candidate *chosen)
{
    char cut[CUT_TEXT_LEN];

    if (transcript->missing[0] != '\0') {
        name(capture, handshake, "incomplete: %s%s", transcript->missing, cut_text(handshake, cut));
    } else if (chosen->proof.is_transcript_wrong) {
        name(capture, handshake, "incomplete: its Finished covers other messages than the capture has");
    } else if (chosen->proof.verdict == VERDICT_FITS &&
               (chosen->proof.is_refused[0] || chosen->proof.is_refused[1])) {
        name(capture, handshake, "damaged: the %s's Finished does not decrypt, though the other side's does",
            transcript->finished[chosen->proof.is_refused[1]].side == CLIENT_SIDE ? "client" : "server");
    }
    if (chosen->proof.verdict == VERDICT_CANNOT_TELL && capture->n_uncertain++ == 0) {
        memcpy(capture->uncertain_reason, chosen->proof.reason, sizeof(capture->uncertain_reason));
    }
}

/* Makes a line of the secret that fits. Returns whether there is one. */
static bool make_line_of_fitting_secret(struct capture *capture, const struct handshake *handshake,
    const struct transcript *transcript, const struct lanekdf_suite *suite, struct capture_line *line)
{
    struct candidates *candidates = &capture->candidates;
    const struct candidate *chosen, *other;
    enum choice choice;

    candidates_try(candidates, handshake, transcript, suite);
    choice = candidates_choose(candidates, &chosen, &other);
    if (other) {
        tell_contradiction(capture, handshake, choice, chosen, other);
    }
    if (choice == CHOICE_UNCERTAIN) {
        return false;
    }
    if (choice == CHOICE_NONE && transcript->missing[0] != '\0') {
        leave_out_without_secret(capture, handshake, transcript);
        return false;
    }
    if (choice == CHOICE_NONE) { /* the line will say what is wrong with its suite */
        chosen = &candidates->at[0];
    } else {
        tell_faults(capture, handshake, transcript, chosen);
        if (chosen->proof.verdict != VERDICT_DOES_NOT_FIT) {
            keep_for_resumption(capture, handshake, chosen->proof.master);
        }
    }
    put_line(capture, handshake, transcript, chosen, line);
    return true;
}

/* Whether the handshake may find its secret in one that comes later. */
static bool may_wait(const struct capture *capture, const struct transcript *transcript)
{
    return transcript->is_abbreviated && capture->candidates.n == 0 && !capture->is_last_try;
}

/* Names a secret of the key log that is not in the line, by the line of the log that has it. */
static void tell_left_out(struct capture *capture, const struct handshake *handshake,
    const struct lanekdf_suite *suite, const struct tls13_candidate *candidate)
{
    const struct key_log_entry *entry = candidate->entry;
    char label[SECRET_LABEL_LEN], cut[CUT_TEXT_LEN];

    secret_label_write(entry->secret_id, entry->number, label);
    if (candidate->has_wrong_length) {
        name(capture, handshake,
            "%s in line %" PRIu64 " of %s is left out: it has %zu bytes, and secrets of %s have %zu", label,
            entry->line, entry->origin, entry->secret.len, suite->name, lanekdf_hash_len(suite->hash));
        return;
    }
    if (candidate->is_mislabelled) {
        name(capture, handshake,
            "%s in line %" PRIu64 " of %s is left out: under its keys open records of another stage, so that "
            "its label is wrong",
            label, entry->line, entry->origin);
        return;
    }
    if (candidate->number == SECRET_NUMBER_UNTOLD) {
        name(capture, handshake,
            "%s in line %" PRIu64 " of %s is left out: it follows from no secret of its side in the key log",
            label, entry->line, entry->origin);
        return;
    }
    if (secret_is_exporter(entry->secret_id)) {
        name(capture, handshake,
            "%s in line %" PRIu64 " of %s is left out: the key log has another one, and no record can tell "
            "which one is right",
            label, entry->line, entry->origin);
        return;
    }
    name(capture, handshake, "%s in line %" PRIu64 " of %s is left out: no %s opens under its keys%s", label,
        entry->line, entry->origin, handshake->quic_version != 0 ? "packet" : "record",
        cut_text(handshake, cut));
}

/* Names a secret of the key log of which nobody can tell whether it fits, though it is in the line. */
static void tell_unproven(
    struct capture *capture, const struct handshake *handshake, const struct tls13_candidate *candidate)
{
    const struct key_log_entry *entry = candidate->entry;
    char label[SECRET_LABEL_LEN], cut[CUT_TEXT_LEN];

    secret_label_write(entry->secret_id, entry->number, label);
    if (candidate->n_unreached == 0) {
        name(capture, handshake,
            "whether %s in line %" PRIu64 " of %s fits cannot be told: tshark shows no %s that might be "
            "under its keys%s",
            label, entry->line, entry->origin, handshake->quic_version != 0 ? "packet" : "record",
            cut_text(handshake, cut));
        return;
    }
    name(capture, handshake,
        "whether %s in line %" PRIu64 " of %s fits cannot be told: the capture has a gap before the records "
        "that might be under its keys%s",
        label, entry->line, entry->origin, cut_text(handshake, cut));
}

/* Says where exporters are made of a secret that nothing proves. Every session with exporters is one, so that
 * this is no fault. */
static void tell_unproven_exporter(const struct handshake *handshake, const struct tls13_proof *proof)
{
    for (size_t i = 0; i < proof->n_candidates; i++) {
        const struct tls13_candidate *candidate = &proof->candidates[i];
        if (candidate->entry->secret_id == SECRET_EXPORTER && !candidate->is_left_out &&
            !candidate->is_repeated) {
            name_without_fault(handshake,
                "its exporters are made of EXPORTER_SECRET in line %" PRIu64
                " of %s, of which it cannot be told whether it fits: nothing is encrypted under it",
                candidate->entry->line, candidate->entry->origin);
        }
    }
}

/* Names the secrets of the key log that are not in the line, and says what the line lacks. */
static void tell_tls13_faults(struct capture *capture, const struct handshake *handshake,
    const struct lanekdf_suite *suite, const struct tls13_proof *proof)
{
    char cut[CUT_TEXT_LEN];

    for (size_t i = 0; i < proof->n_candidates; i++) {
        if (proof->candidates[i].is_left_out) {
            tell_left_out(capture, handshake, suite, &proof->candidates[i]);
        } else if (proof->candidates[i].is_unproven && proof->verdict == VERDICT_FITS) {
            tell_unproven(capture, handshake, &proof->candidates[i]);
        }
    }
    if (capture->is_exporting && proof->verdict != VERDICT_DOES_NOT_FIT) {
        tell_unproven_exporter(handshake, proof);
    }
    if (proof->missing[0] != '\0' && proof->verdict == VERDICT_FITS) {
        name(capture, handshake, "incomplete: %s%s", proof->missing, cut_text(handshake, cut));
    }
    if (proof->lacking[0] != '\0' && proof->verdict == VERDICT_FITS) {
        name(capture, handshake, "incomplete: %s", proof->lacking);
    }
    if (proof->verdict == VERDICT_CANNOT_TELL && capture->n_uncertain++ == 0) {
        snprintf(capture->uncertain_reason, sizeof(capture->uncertain_reason), "%s", proof->reason);
    }
}

/* Whether there is a secret from which keys of a connection are made: those of Encrypted ClientHello are
 * none. */
static bool has_secret(const struct key_log_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (entries[i].secret_id < N_SECRETS) {
            return true;
        }
    }
    return false;
}

/* Whether a secret goes into the line: none does where the secrets of each label contradict each other. */
static bool has_usable_secret(const struct tls13_proof *proof)
{
    for (size_t i = 0; i < proof->n_candidates; i++) {
        if (proof->candidates[i].entry->secret_id < N_SECRETS && !proof->candidates[i].is_left_out) {
            return true;
        }
    }
    return false;
}

static bool has_secret_of_right_length(const struct tls13_proof *proof)
{
    for (size_t i = 0; i < proof->n_candidates; i++) {
        if (proof->candidates[i].entry->secret_id < N_SECRETS && !proof->candidates[i].has_wrong_length) {
            return true;
        }
    }
    return false;
}

/* Makes a line of a handshake of TLS 1.3, or names it. */
static bool make_tls13_line(
    struct capture *capture, const struct handshake *handshake, struct capture_line *line)
{
    const struct lanekdf_suite *suite;
    const struct key_log_entry *entries;
    struct tls13_proof *proof = &capture->tls13_proof;
    size_t n;

    entries =
        key_log_find(capture->log, KEY_LOG_TLS13, handshake->client_hello.random, LANEKDF_RANDOM_LEN, &n);
    if (!has_secret(entries, n)) {
        name(capture, handshake,
            n == 0 ? "left out: the key log lacks its secrets"
                   : "left out: the key log has the secret of its Encrypted ClientHello "
                     "alone, which the secrets of the connection are not filed under");
        return false;
    }
    if (lanekdf_suite_find(handshake->server_hello.suite, &suite) != LANEKDF_OK ||
        suite->min_version != TLS13) {
        name(capture, handshake, "left out: %04x is no cipher suite of TLS 1.3 that is served",
            handshake->server_hello.suite);
        return false;
    }
    tls13_proof_free(proof);
    tls13_proof_make(proof, handshake, suite, entries, n);
    tell_tls13_faults(capture, handshake, suite, proof);
    if (!has_secret_of_right_length(proof)) {
        name(capture, handshake,
            "left out: the key log has no secret of the length that its cipher suite asks for");
        return false;
    }
    if (!has_usable_secret(proof)) {
        name(capture, handshake, "left out: none of its secrets in the key log can be used");
        return false;
    }
    text_buffer_clear(&capture->line);
    tls13_line_put(&capture->line, handshake, proof);
    *line = (struct capture_line){
        .file = handshake->file,
        .number = handshake->number,
        .text = capture->line.text,
        .len = capture->line.len,
        .verdict = proof->verdict,
        .reason = proof->reason,
        .remark = proof->remark,
    };
    return true;
}

/* Makes a line of a handshake, or names it, or keeps it for later. The function owns the handshake from then
 * on. */
static bool make_line(struct capture *capture, struct handshake *handshake, struct capture_line *line)
{
    const char *why = why_not(handshake);
    const struct lanekdf_suite *suite = NULL;
    struct transcript transcript;
    char cut[CUT_TEXT_LEN];
    bool is_there = false;

    if (why) {
        name(capture, handshake, "left out: %s%s", why, cut_text(handshake, cut));
        handshake_free(handshake);
        return false;
    }
    if (handshake->server_hello.version == TLS13) {
        is_there = make_tls13_line(capture, handshake, line);
        handshake_free(handshake);
        return is_there;
    }
    lanekdf_suite_find(handshake->server_hello.suite, &suite);
    transcript_read(&transcript, handshake, suite);
    candidates_find(
        &capture->candidates, capture->log, capture->resumption, handshake, transcript.is_abbreviated);
    if (may_wait(capture, &transcript)) {
        queue_add(&capture->waiting, handshake);
        transcript_free(&transcript);
        return false;
    }
    if (capture->candidates.n == 0) {
        leave_out_without_secret(capture, handshake, &transcript);
    } else {
        is_there = make_line_of_fitting_secret(capture, handshake, &transcript, suite, line);
    }
    transcript_free(&transcript);
    handshake_free(handshake);
    return is_there;
}

/* At the end of the capture, the handshakes that wait are tried again as long as other sessions were settled
 * since: any of these may be the one that a waiting handshake resumes. In the order of time one more try
 * settles all; a capture may be forged so that each try settles a single one. */
static void retry_waiting(struct capture *capture)
{
    enum { MAX_RETRIES = 64 };

    if (capture->has_ended && !capture->done.first && capture->waiting.first) {
        capture->done = capture->waiting;
        capture->waiting = (struct queue){.last = &capture->waiting.first};
        capture->is_last_try = capture->n_since_retry == 0 || ++capture->n_retries == MAX_RETRIES;
        capture->n_since_retry = 0;
    }
}

bool capture_next(struct capture *capture, struct capture_line *line)
{
    struct handshake *handshake;

    for (;;) {
        retry_waiting(capture);
        handshake = queue_take(&capture->done);
        if (!handshake) {
            return false;
        }
        if (make_line(capture, handshake, line)) {
            return true;
        }
    }
}

bool capture_report(struct capture *capture)
{
    if (capture->has_tls && capture->n_handshakes == 0) {
        command_message(
            "no handshake: there are TLS records, but the capture began after the handshake, or a filter "
            "left the handshake out");
        capture->n_faults++;
    } else if (capture->has_quic && capture->n_handshakes == 0) {
        command_message("no handshake: there are packets of QUIC, but the capture began after the handshake");
        capture->n_faults++;
    }
    if (capture->n_uncertain > 0) {
        command_message("of %" PRIu64 " sessions it cannot be told whether the secret fits: %s",
            capture->n_uncertain, capture->uncertain_reason);
    }
    return capture->n_faults == 0;
}

struct key_log *capture_key_log(struct capture *capture)
{
    return capture->log;
}
