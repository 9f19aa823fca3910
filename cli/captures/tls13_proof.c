#include "tls13_proof.h"
#include "handshake_message.h"
#include "memory.h"
#include "quic_packet.h"
#include "quic_stream.h"
#include "record_ciphers.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_HEADER_LEN = 5, NONCE_LEN = 12, MAX_RECORD_LEN = 16384 + 256, MAX_HASH_LEN = 64 };
enum { CONTENT_HANDSHAKE = 22, CONTENT_APPLICATION_DATA = 23, MAX_KEY_LEN = 32 };

/* What is known of a handshake while its records are being opened. */
struct opening {
    struct tls13_proof *proof;
    const struct handshake *handshake;
    const struct lanekdf_suite *suite;
    uint32_t version, hash; /* version: enum lanekdf_version */
    size_t key_len;
    bool is_cipher_absent;
    size_t n_sealed, n_opened;
    size_t n_refused, n_unreached;    /* of n_sealed, as the same members of candidates */
    size_t n_behind[N_CAPTURE_SIDES]; /* of n_refused, those that come behind the side's handshake */
    bool has_early_packets;           /* of QUIC: there are 0-RTT packets */
};

/* The messages that one side's encrypted records hold, up to its Finished. */
struct side_messages {
    struct lanekdf_bytes messages[64];
    size_t n;
    bool is_finished; /* the last one is Finished */
    bool has_gap;     /* bytes of the side are missing, of which records before that Finished may have been */
    uint8_t *bytes;   /* of these messages */
    size_t n_bytes, n_cut, capacity;
};

static bool derive_keys(struct opening *opening, struct tls13_candidate *candidate)
{
    struct lanekdf_tls13_traffic job = {
        .job.kind = LANEKDF_KIND_TLS13_TRAFFIC,
        .traffic_secret = candidate->entry->secret.data,
        .keys = candidate->keys,
    };

    if (!(secret_is_traffic(candidate->entry->secret_id) ||
            secret_is_exporter(candidate->entry->secret_id)) ||
        lanekdf_tls13_set_suite(&job.job, opening->version, opening->suite) != LANEKDF_OK ||
        job.iv_len != NONCE_LEN || job.key_len > MAX_KEY_LEN || candidate->has_wrong_length) {
        return false;
    }
    opening->key_len = job.key_len;
    return lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

/* Opens a record of this number; plain has room for MAX_RECORD_LEN bytes. */
static bool open_record(struct opening *opening, const struct tls13_candidate *candidate, uint64_t number,
    struct lanekdf_bytes record, uint8_t *plain)
{
    const struct lanekdf_bytes key = {candidate->keys, opening->key_len};
    const struct lanekdf_bytes body = {record.data + RECORD_HEADER_LEN, record.len - RECORD_HEADER_LEN};
    uint8_t nonce[NONCE_LEN];
    enum cipher_status status;

    memcpy(nonce, candidate->keys + opening->key_len, NONCE_LEN);
    for (size_t i = 0; i < sizeof(number); i++) {
        nonce[NONCE_LEN - 1 - i] ^= (uint8_t)(number >> 8 * i);
    }
    status = cipher_open(opening->suite->cipher, key, nonce,
        (struct lanekdf_bytes){record.data, RECORD_HEADER_LEN}, body, opening->suite->tag_len, plain);
    opening->is_cipher_absent = opening->is_cipher_absent || status == CIPHER_ABSENT;
    return status == CIPHER_DONE;
}

static bool is_of_side(const struct tls13_candidate *candidate, int side)
{
    return candidate->has_keys && secret_is_traffic(candidate->entry->secret_id) &&
           secret_is_of_client(candidate->entry->secret_id) == (side == CLIENT_SIDE);
}

/* A gap may have had so many records at most, or it is passed over as one that nothing can be said behind: a
 * segment that was lost has fewer, however short they are. */
enum { MAX_LOST = 256 };
/* What all tries behind the gaps of one side may cost, in bytes that are decrypted, and what one costs beside
 * its bytes: captures and key logs may be forged to have a gap before each record, and many secrets. */
enum { MAX_SEARCH_LEN = 16 << 20, TRY_LEN = 4096 };

/* The state of one side while its records are opened in their order: under which secret, and how many have
 * been. */
struct epoch {
    struct tls13_candidate *current; /* NULL: no record has opened yet */
    uint64_t number;                 /* of the next record, if none is missing before it */
    uint64_t n_lost;                 /* how many may be missing before it, at most; 0: no gap is there */
    size_t search_len;               /* what the tries behind gaps have cost */
    size_t n_refused;                /* records that did not open */
    bool is_broken; /* a record did not open, or is missing, since the last that opened or since the first */
};

/* What a record holds, without the zeros behind it (RFC 8446 section 5.2): the last byte is its type. */
static size_t content_len(const uint8_t *plain, size_t len)
{
    while (len > 0 && plain[len - 1] == 0) {
        len--;
    }
    return len;
}

static bool is_of_handshake(enum secret_id id)
{
    return id == SECRET_CLIENT_HANDSHAKE || id == SECRET_SERVER_HANDSHAKE;
}

/* Whether the first record under a secret may hold this (RFC 8446 sections 4 and 4.6): content of this type
 * that begins with a message of this type. A client that is asked for its certificate later sends it, and
 * Finished, behind the handshake. Clients have EncryptedExtensions, too, where they send application settings
 * (draft-vvv-tls-alps). Of messages that are not known nothing is known. */
static bool may_begin_with(enum secret_id id, bool is_finished, unsigned content, unsigned message)
{
    if (content != CONTENT_HANDSHAKE) {
        return content != CONTENT_APPLICATION_DATA || !is_of_handshake(id);
    }
    switch (message) {
    case END_OF_EARLY_DATA:
        return id == SECRET_CLIENT_EARLY;
    case ENCRYPTED_EXTENSIONS:
        return is_of_handshake(id);
    case NEW_SESSION_TICKET:
    case KEY_UPDATE:
        return id == SECRET_CLIENT_TRAFFIC || id == SECRET_SERVER_TRAFFIC;
    case CERTIFICATE:
    case COMPRESSED_CERTIFICATE:
    case CERTIFICATE_VERIFY:
    case FINISHED:
        return is_of_handshake(id) || (id == SECRET_CLIENT_TRAFFIC && is_finished);
    default:
        return true;
    }
}

/* The place of a secret among those of its side, each of which has records. */
static unsigned place_of(const struct tls13_candidate *candidate)
{
    const enum secret_id id = candidate->entry->secret_id;

    return id == SECRET_CLIENT_EARLY ? 0 : is_of_handshake(id) ? 1 : 2 + candidate->number;
}

/* Whether the first record of a secret may come at this point of its side. */
static bool may_follow(const struct epoch *epoch, const struct tls13_candidate *candidate)
{
    const unsigned place = place_of(candidate);

    if (candidate->number == SECRET_NUMBER_UNTOLD) {
        return true;
    }
    if (epoch->current) {
        const unsigned before = place_of(epoch->current);
        return epoch->is_broken ? place > before : place == before + 1;
    }
    return epoch->is_broken ? place > 0 || epoch->n_refused == 0 : place <= 1;
}

/* Whether a secret has the label under which the key log has it: its records open under any. Their content
 * and their order tell. The record is the first that opens under the secret, and n before it are missing. */
static bool has_right_label(const struct epoch *epoch, const struct side_messages *messages,
    const struct tls13_candidate *candidate, uint64_t n, const uint8_t *plain, size_t len)
{
    const enum secret_id id = candidate->entry->secret_id;
    const unsigned content = len > 0 ? plain[len - 1] : 0;

    /* Behind missing records of the same secret, this one may begin with a part of a message. */
    const unsigned message = n > 0 || len < 2 ? UINT_MAX : plain[0];

    return secret_is_traffic(id) && may_follow(epoch, candidate) &&
           may_begin_with(id, messages->is_finished, content, message);
}

/* How a record fared. REFUSED: under no secret that the key log has for the side. UNREACHED: it may have any
 * number, as too much is missing before it to try them all. */
enum opened { OPENED, REFUSED, UNREACHED };

/* Whether a secret is tried on the records of a side. An exporter secret has none, and one that opens some
 * all the same is a traffic secret under a wrong label, of either side. */
static bool is_tried(const struct tls13_candidate *candidate, int side)
{
    return candidate->n_opened == 0 && !candidate->is_mislabelled &&
           (is_of_side(candidate, side) ||
               (candidate->has_keys && secret_is_exporter(candidate->entry->secret_id)));
}

/* Opens the next record of a side, before which n are missing: under the secret of the one before, or as one
 * of the first under another secret, of which no record has opened so far. */
static bool open_behind(struct opening *opening, int side, struct epoch *epoch,
    const struct side_messages *messages, uint64_t n, struct lanekdf_bytes record, uint8_t *plain)
{
    const size_t len = record.len - RECORD_HEADER_LEN - opening->suite->tag_len;

    if (epoch->current && open_record(opening, epoch->current, epoch->number + n, record, plain)) {
        epoch->number += n + 1;
        return true;
    }
    for (size_t i = 0; i < opening->proof->n_candidates; i++) {
        struct tls13_candidate *candidate = &opening->proof->candidates[i];
        if (is_tried(candidate, side)) {
            epoch->search_len += n > 0 ? record.len + TRY_LEN : 0;
            if (!open_record(opening, candidate, n, record, plain)) {
                continue;
            }
            if (has_right_label(epoch, messages, candidate, n, plain, content_len(plain, len))) {
                epoch->current = candidate;
                epoch->number = n + 1;
                return true;
            }
            candidate->is_mislabelled = true;
        }
    }
    return false;
}

/* Opens the next record of a side. Behind a gap its number is not known, and the least that opens it is the
 * right one: no record opens under another number. Sets how many records are missing before it. */
static enum opened open_next(struct opening *opening, int side, struct epoch *epoch,
    const struct side_messages *messages, struct lanekdf_bytes record, uint8_t *plain, uint64_t *n_missing)
{
    const uint64_t n_lost = epoch->n_lost < MAX_LOST ? epoch->n_lost : MAX_LOST;

    for (uint64_t n = 0; n == 0 || (n <= n_lost && epoch->search_len < MAX_SEARCH_LEN); n++) {
        epoch->search_len += n > 0 ? record.len + TRY_LEN : 0;
        if (open_behind(opening, side, epoch, messages, n, record, plain)) {
            epoch->n_lost = 0;
            epoch->is_broken = false;
            *n_missing = n;
            return OPENED;
        }
    }
    epoch->n_refused++;
    epoch->is_broken = true;
    if (epoch->n_lost == 0) {
        return REFUSED;
    }
    /* Of the records behind the gap this one is missing, too, before the next. */
    epoch->n_lost++;
    return n_lost < MAX_LOST && epoch->search_len < MAX_SEARCH_LEN ? REFUSED : UNREACHED;
}

/* Notes that a record does not open, for every secret of its side. */
static void refuse(struct opening *opening, int side, enum opened opened)
{
    opening->n_refused += opened == REFUSED;
    opening->n_unreached += opened == UNREACHED;
    for (size_t i = 0; i < opening->proof->n_candidates; i++) {
        struct tls13_candidate *candidate = &opening->proof->candidates[i];
        candidate->n_refused += is_of_side(candidate, side) && opened == REFUSED;
        candidate->n_unreached += is_of_side(candidate, side) && opened == UNREACHED;
    }
}

/* Cuts the messages that are whole. */
static void cut_messages(struct side_messages *messages)
{
    while (!messages->is_finished && messages->n_bytes - messages->n_cut >= MESSAGE_HEADER_LEN &&
           messages->n < sizeof(messages->messages) / sizeof(messages->messages[0])) {
        const uint8_t *at = messages->bytes + messages->n_cut;
        const size_t len = MESSAGE_HEADER_LEN + ((size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]);
        if (len > messages->n_bytes - messages->n_cut) {
            return;
        }
        messages->messages[messages->n++] = (struct lanekdf_bytes){at, len};
        messages->is_finished = at[0] == FINISHED;
        messages->n_cut += len;
    }
}

/* Takes the content of a record. */
static void take_content(struct side_messages *messages, enum secret_id id, const uint8_t *plain, size_t len)
{
    len = content_len(plain, len);
    if (len == 0 || plain[len - 1] != CONTENT_HANDSHAKE || messages->is_finished || messages->has_gap ||
        id == SECRET_CLIENT_TRAFFIC || id == SECRET_SERVER_TRAFFIC) {
        return;
    }
    memcpy(messages->bytes + messages->n_bytes, plain, len - 1);
    messages->n_bytes += len - 1;
    cut_messages(messages);
}

/* Takes a gap: of so many bytes each record has a header, a tag and the type of its content at least. */
static void take_gap(const struct opening *opening, struct epoch *epoch, const struct item *gap)
{
    epoch->n_lost += gap->n_missing / (RECORD_HEADER_LEN + (size_t)opening->suite->tag_len + 1);
    epoch->is_broken = true;
}

/* Opens a record of a side, and takes what is in it. */
static void take_sealed(struct opening *opening, int side, struct epoch *epoch, struct lanekdf_bytes record,
    uint8_t *plain, struct side_messages *messages)
{
    const bool is_behind_gap = epoch->n_lost > 0;
    uint64_t n_missing = 0;
    const enum opened opened = open_next(opening, side, epoch, messages, record, plain, &n_missing);

    opening->n_sealed++;
    if (opened != OPENED) {
        messages->has_gap = messages->has_gap || (is_behind_gap && !messages->is_finished);
        opening->n_behind[side] += opened == REFUSED && messages->is_finished;
        refuse(opening, side, opened);
        return;
    }
    opening->n_opened++;
    epoch->current->n_opened++;
    /* Behind a record that is missing no message begins where the one before ended. Early data has no
     * messages but the last one. */
    if (is_behind_gap && !messages->is_finished) {
        const enum secret_id id = epoch->current->entry->secret_id;
        messages->has_gap = messages->has_gap || id == SECRET_CLIENT_TRAFFIC || id == SECRET_SERVER_TRAFFIC ||
                            (id != SECRET_CLIENT_EARLY && n_missing > 0);
    }
    take_content(messages, epoch->current->entry->secret_id, plain,
        record.len - RECORD_HEADER_LEN - opening->suite->tag_len);
}

static void open_side(struct opening *opening, int side, struct side_messages *messages)
{
    const struct items *items = &opening->handshake->flights[side];
    struct epoch epoch = {0};
    uint8_t plain[MAX_RECORD_LEN];

    for (size_t i = 0; i < items->n; i++) {
        const struct lanekdf_bytes record = items->at[i].bytes;
        if (items->at[i].kind == ITEM_GAP) {
            take_gap(opening, &epoch, &items->at[i]);
        } else if (items->at[i].kind == ITEM_SEALED &&
                   record.len >= RECORD_HEADER_LEN + (size_t)opening->suite->tag_len &&
                   record.len <= sizeof(plain)) {
            take_sealed(opening, side, &epoch, record, plain, messages);
        }
    }
    explicit_bzero(plain, sizeof(plain));
}

/* The keys of a candidate after so many updates: key and IV. */
static bool derive_updated(const struct opening *opening, const struct tls13_candidate *candidate,
    uint32_t n_updates, uint8_t keys[MAX_KEY_LEN + NONCE_LEN])
{
    struct lanekdf_tls13_traffic job = {
        .job.kind = LANEKDF_KIND_TLS13_TRAFFIC,
        .n_updates = n_updates,
        .traffic_secret = candidate->entry->secret.data,
        .keys = keys,
    };

    if (n_updates == 0) {
        memcpy(keys, candidate->keys, opening->key_len + NONCE_LEN);
        return true;
    }
    return lanekdf_tls13_set_suite(&job.job, opening->version, opening->suite) == LANEKDF_OK &&
           lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

/* Tries a packet of QUIC on one candidate: under the keys in use, and under those of the next key update. The
 * key of header protection stays that of the first secret (RFC 9001 section 6). */
static bool open_packet(struct opening *opening, struct tls13_candidate *candidate,
    const struct quic_packet *packet, uint64_t *largest, uint8_t *plain, size_t *len)
{
    const size_t key_len = opening->key_len;
    uint8_t keys[MAX_KEY_LEN + NONCE_LEN];
    const struct quic_keys quic_keys = {opening->suite->cipher, {keys, key_len}, {keys + key_len, NONCE_LEN},
        {candidate->keys + key_len + NONCE_LEN, key_len}, opening->suite->tag_len};
    bool is_open = false;

    for (uint32_t more = 0; more <= (packet->type == QUIC_1RTT) && !is_open; more++) {
        enum quic_opened opened;
        if (!derive_updated(opening, candidate, candidate->n_updates + more, keys)) {
            break;
        }
        opened = quic_packet_open(packet, &quic_keys, largest, plain, len);
        opening->is_cipher_absent = opening->is_cipher_absent || opened == QUIC_CIPHER_ABSENT;
        is_open = opened == QUIC_OPENED;
        candidate->n_updates += is_open ? more : 0;
    }
    explicit_bzero(keys, sizeof(keys));
    return is_open;
}

/* Whether packets of this type have the candidate's keys. */
static bool is_of_type(const struct tls13_candidate *candidate, enum quic_type type)
{
    const enum secret_id id = candidate->entry->secret_id;

    return type == QUIC_0RTT ? id == SECRET_CLIENT_EARLY
           : type == QUIC_HANDSHAKE
               ? id == SECRET_CLIENT_HANDSHAKE || id == SECRET_SERVER_HANDSHAKE
               : (id == SECRET_CLIENT_TRAFFIC || id == SECRET_SERVER_TRAFFIC) && candidate->number == 0;
}

/* Opens a packet, and adds what a packet of the handshake has in CRYPTO frames to the stream. */
static void take_packet(
    struct opening *opening, int side, const struct item *item, uint64_t *largest, struct quic_stream *stream)
{
    const struct quic_packet packet = {
        .type = (enum quic_type)item->type, .bytes = item->bytes, .number_at = (size_t)item->n_missing};
    uint8_t *plain = memory_take(item->bytes.len + 1);
    struct lanekdf_bytes left, bytes;
    uint64_t offset;
    size_t len = 0;

    opening->n_sealed++;
    opening->n_behind[side] += packet.type == QUIC_1RTT;
    opening->has_early_packets = opening->has_early_packets || packet.type == QUIC_0RTT;
    for (size_t i = 0; i < opening->proof->n_candidates; i++) {
        struct tls13_candidate *candidate = &opening->proof->candidates[i];
        if (!is_of_side(candidate, side) || !is_of_type(candidate, packet.type)) {
            continue;
        }
        if (!open_packet(opening, candidate, &packet, largest, plain, &len)) {
            candidate->n_refused++;
            continue;
        }
        candidate->n_opened++;
        opening->n_opened++;
        opening->n_behind[side] -= packet.type == QUIC_1RTT;
        left = (struct lanekdf_bytes){plain, len};
        while (packet.type == QUIC_HANDSHAKE && quic_crypto_next(&left, &offset, &bytes)) {
            quic_stream_add(stream, offset, bytes);
        }
        break;
    }
    memory_give_back(plain);
}

/* Opens the packets of one side of QUIC, and takes the messages up to its Finished. */
static void open_quic_side(struct opening *opening, int side, struct side_messages *messages)
{
    const struct items *items = &opening->handshake->flights[side];
    struct quic_stream stream = {0};
    struct lanekdf_bytes message;
    uint64_t largest[QUIC_OTHER + 1] = {0};

    for (size_t i = 0; i < items->n; i++) {
        if (items->at[i].kind == ITEM_SEALED) {
            /* Packets of 0-RTT and 1-RTT are numbered together (RFC 9000 section 12.3). */
            const unsigned space = items->at[i].type == QUIC_0RTT ? (unsigned)QUIC_1RTT : items->at[i].type;
            take_packet(opening, side, &items->at[i], &largest[space], &stream);
        }
    }
    while (!messages->is_finished && quic_stream_message(&stream, &message) &&
           message.len <= messages->capacity - messages->n_bytes) {
        memcpy(messages->bytes + messages->n_bytes, message.data, message.len);
        messages->n_bytes += message.len;
        cut_messages(messages);
    }
    quic_stream_free(&stream);
}

__attribute__((format(printf, 2, 3))) static void say(char text[TLS13_REASON_LEN], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, TLS13_REASON_LEN, format, arguments);
    va_end(arguments);
}

static bool is_hello(const struct item *item, unsigned type)
{
    return item->kind == ITEM_MESSAGE && !item->is_decrypted && item->type == type;
}

/* Finds hello number `which` of a side; NULL if it is not there. */
static const struct lanekdf_bytes *find_hello(const struct opening *opening, int side, size_t which)
{
    const struct items *items = &opening->handshake->flights[side];

    for (size_t i = 0; i < items->n; i++) {
        if (is_hello(&items->at[i], side == CLIENT_SIDE ? CLIENT_HELLO : SERVER_HELLO) && which-- == 0) {
            return &items->at[i].bytes;
        }
    }
    return NULL;
}

static bool hash_messages(
    const struct opening *opening, const struct lanekdf_bytes *messages, size_t n, uint8_t *out)
{
    struct lanekdf_message_hash job = {
        .job.kind = LANEKDF_KIND_HASH,
        .hash = opening->hash,
        .message = messages,
        .n_message = n,
        .out = {out, lanekdf_hash_len(opening->hash)},
    };

    return lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

static void add_message(struct tls13_proof *proof, struct lanekdf_bytes message)
{
    proof->messages[proof->n_messages++] = message;
}

/* Adds the hellos. After a HelloRetryRequest a message with the hash of the first ClientHello stands in its
 * place, RFC 8446 section 4.4.1. Returns whether all are there. */
static bool add_hellos(struct opening *opening, uint8_t message_hash[MESSAGE_HEADER_LEN + MAX_HASH_LEN])
{
    struct tls13_proof *proof = opening->proof;
    const struct lanekdf_bytes *client = find_hello(opening, CLIENT_SIDE, 0);
    const struct lanekdf_bytes *server = find_hello(opening, SERVER_SIDE, 0);
    const size_t hash_len = lanekdf_hash_len(opening->hash);

    if (!client || !server) {
        return false;
    }
    if (!message_is_hello_retry_request(*server, MESSAGE_HEADER_LEN)) {
        add_message(proof, *client);
        add_message(proof, *server);
        return true;
    }
    proof->first_client_hello = client;
    memcpy(message_hash, (const uint8_t[]){MESSAGE_HASH, 0, 0, (uint8_t)hash_len}, MESSAGE_HEADER_LEN);
    if (!hash_messages(opening, client, 1, message_hash + MESSAGE_HEADER_LEN)) {
        return false;
    }
    add_message(proof, (struct lanekdf_bytes){message_hash, MESSAGE_HEADER_LEN + hash_len});
    add_message(proof, *server);
    client = find_hello(opening, CLIENT_SIDE, 1);
    server = find_hello(opening, SERVER_SIDE, 1);
    if (client && server) {
        add_message(proof, *client);
        add_message(proof, *server);
    }
    return client && server;
}

/* Makes verify_data of a side from its handshake secret. */
static bool derive_finished(const struct opening *opening, const struct tls13_candidate *candidate,
    size_t n_messages, uint8_t *verify_data)
{
    const size_t hash_len = lanekdf_hash_len(opening->hash);
    uint8_t key[MAX_HASH_LEN], hash[MAX_HASH_LEN];
    struct lanekdf_expand_label expand = {
        .job.kind = LANEKDF_KIND_EXPAND_LABEL,
        .hash = opening->hash,
        .version = opening->version,
        .secret = candidate->entry->secret,
        .n_labels = 1,
        .labels[0] = {.label = {(const uint8_t *)"finished", 8}, .out = {key, hash_len}},
    };
    struct lanekdf_tls13_finished job = {
        .job.kind = LANEKDF_KIND_TLS13_FINISHED,
        .hash = opening->hash,
        .finished_key = key,
        .transcript_hash = hash,
        .verify_data = verify_data,
    };
    const bool is_derived = hash_messages(opening, opening->proof->messages, n_messages, hash) &&
                            lanekdf_derive_one(&expand.job) == LANEKDF_OK &&
                            lanekdf_derive_one(&job.job) == LANEKDF_OK;

    explicit_bzero(key, sizeof(key));
    return is_derived;
}

/* Whether a side's Finished is the one that follows from the messages before it. The record that it was in
 * has opened, so that it is that side's: what may be wrong or missing are other messages, hellos for one,
 * which are not encrypted. */
static bool is_right_finished(const struct opening *opening, enum secret_id id, size_t n_messages)
{
    const struct tls13_proof *proof = opening->proof;
    const struct lanekdf_bytes finished = proof->messages[n_messages];
    const size_t hash_len = lanekdf_hash_len(opening->hash);
    uint8_t verify_data[MAX_HASH_LEN];
    bool is_right = false;

    for (size_t i = 0; i < proof->n_candidates && !is_right; i++) {
        const struct tls13_candidate *candidate = &proof->candidates[i];
        is_right = candidate->n_opened > 0 && candidate->entry->secret_id == id &&
                   derive_finished(opening, candidate, n_messages, verify_data) &&
                   finished.len == MESSAGE_HEADER_LEN + hash_len &&
                   memcmp(finished.data + MESSAGE_HEADER_LEN, verify_data, hash_len) == 0;
    }
    explicit_bzero(verify_data, sizeof(verify_data));
    return is_right;
}

static bool has_secret(const struct tls13_proof *proof, enum secret_id id)
{
    for (size_t i = 0; i < proof->n_candidates; i++) {
        if (proof->candidates[i].entry->secret_id == id) {
            return true;
        }
    }
    return false;
}

/* Says why a Finished is not there: the key log may lack the secret that the Finished is encrypted under, or
 * the capture bytes. */
static void say_no_finished(const struct opening *opening, const struct side_messages sides[N_CAPTURE_SIDES])
{
    const bool has_server_finished = sides[SERVER_SIDE].is_finished;
    struct tls13_proof *proof = opening->proof;
    const bool has_client = has_secret(proof, SECRET_CLIENT_HANDSHAKE),
               has_server = has_secret(proof, SECRET_SERVER_HANDSHAKE);

    if (!has_client && !has_server) {
        say(proof->missing,
            "the key log has neither CLIENT_HANDSHAKE_TRAFFIC_SECRET nor SERVER_HANDSHAKE_TRAFFIC_SECRET");
    } else if (has_server_finished ? !has_client : !has_server) {
        say(proof->missing, "the key log has no %s_HANDSHAKE_TRAFFIC_SECRET",
            has_server_finished ? "CLIENT" : "SERVER");
    } else if (sides[has_server_finished ? CLIENT_SIDE : SERVER_SIDE].has_gap) {
        say(proof->missing, "the %s's encrypted records have a gap before its Finished, or in its place",
            has_server_finished ? "client" : "server");
    } else {
        say(proof->missing, "no %s with the %s's Finished could be opened",
            opening->handshake->quic_version != 0 ? "packet" : "record",
            has_server_finished ? "client" : "server");
    }
}

/* Whether records of a side are under none of the secrets that the key log has, though others opened under
 * these: the log lacks a secret behind a key update, or the records are damaged. Where a secret is left out,
 * that is said and may be the reason. QUIC needs no key log for its key updates. */
static bool lacks_later(const struct opening *opening, int side, enum secret_id id)
{
    const struct tls13_proof *proof = opening->proof;
    bool has_opened = false;

    for (size_t i = 0; i < proof->n_candidates; i++) {
        const struct tls13_candidate *candidate = &proof->candidates[i];
        if (candidate->entry->secret_id == id && candidate->is_left_out) {
            return false;
        }
        has_opened = has_opened || (candidate->entry->secret_id == id && candidate->n_opened > 0);
    }
    return has_opened && opening->n_behind[side] > 0 && opening->handshake->quic_version == 0;
}

/* Says which secrets of the two sides the key log lacks that records behind the handshake are under, or
 * packets before it. */
static void say_lacking(const struct opening *opening)
{
    struct tls13_proof *proof = opening->proof;
    const bool lacks_client = opening->n_behind[CLIENT_SIDE] > 0 && !has_secret(proof, SECRET_CLIENT_TRAFFIC),
               lacks_server = opening->n_behind[SERVER_SIDE] > 0 && !has_secret(proof, SECRET_SERVER_TRAFFIC),
               lacks_client_later = lacks_later(opening, CLIENT_SIDE, SECRET_CLIENT_TRAFFIC),
               lacks_server_later = lacks_later(opening, SERVER_SIDE, SECRET_SERVER_TRAFFIC);

    if (lacks_client && lacks_server) {
        say(proof->lacking, "the key log has neither CLIENT_TRAFFIC_SECRET_0 nor SERVER_TRAFFIC_SECRET_0");
    } else if (lacks_client || lacks_server) {
        say(proof->lacking, "the key log has no %s_TRAFFIC_SECRET_0", lacks_client ? "CLIENT" : "SERVER");
    } else if (lacks_client_later || lacks_server_later) {
        say(proof->lacking,
            "later records of the %s's open under none of its logged secrets, as behind a key update",
            lacks_client_later ? "client" : "server");
    } else if (opening->has_early_packets && !has_secret(proof, SECRET_CLIENT_EARLY)) {
        say(proof->lacking, "the key log has no CLIENT_EARLY_TRAFFIC_SECRET");
    }
}

/* Puts the messages into their order, or says what is missing. */
static void make_transcript(struct opening *opening, const struct side_messages sides[N_CAPTURE_SIDES],
    uint8_t message_hash[MESSAGE_HEADER_LEN + MAX_HASH_LEN])
{
    struct tls13_proof *proof = opening->proof;
    const struct side_messages *client = &sides[CLIENT_SIDE], *server = &sides[SERVER_SIDE];
    const bool has_hellos = add_hellos(opening, message_hash);

    proof->n_hellos = has_hellos ? proof->n_messages : 0;
    if (proof->verdict != VERDICT_FITS) {
        say(proof->missing, "its records were not opened");
        return;
    }
    if (!has_hellos) {
        say(proof->missing, "the capture lacks a hello behind HelloRetryRequest");
        return;
    }
    if (!server->is_finished || !client->is_finished) {
        say_no_finished(opening, sides);
        return;
    }
    for (size_t i = 0; i < server->n; i++) {
        add_message(proof, server->messages[i]);
    }
    proof->n_server = proof->n_messages - 1;
    for (size_t i = 0; i < client->n; i++) {
        add_message(proof, client->messages[i]);
    }
    proof->n_client = proof->n_messages - 1;
    if (!is_right_finished(opening, SECRET_SERVER_HANDSHAKE, proof->n_server)) {
        say(proof->missing, "the server's Finished covers other messages than the capture has");
        proof->n_hellos = 0; /* the hellos, which are not encrypted, may be what is wrong */
    } else if (!is_right_finished(opening, SECRET_CLIENT_HANDSHAKE, proof->n_client)) {
        say(proof->missing, "the client's Finished covers other messages than those that could be read");
    }
}

static bool is_same_secret(struct lanekdf_bytes a, struct lanekdf_bytes b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* Whether two secrets have one label and contradict each other. */
static bool is_rival(const struct tls13_candidate *a, const struct tls13_candidate *b)
{
    return a->entry->secret_id == b->entry->secret_id && a->number == b->number &&
           !is_same_secret(a->entry->secret, b->entry->secret);
}

/* Leaves out secrets that do not fit. Such a secret has not the length of the suite's hash; or it has another
 * label than its own; or no record of its side opens under it, though records are left; or another one has
 * the same label, and that one fits or nobody can tell; or its place among the key updates is untold. A
 * secret of a wrong length contradicts none. A traffic secret stays, unproven, if no record is left that
 * might be under its keys, or if all that are come behind a gap of too many bytes. */
static void choose(struct opening *opening)
{
    struct tls13_proof *proof = opening->proof;

    for (size_t i = 0; i < proof->n_candidates; i++) {
        struct tls13_candidate *candidate = &proof->candidates[i];
        const bool is_exporter = secret_is_exporter(candidate->entry->secret_id);
        bool has_rival = false, is_repeated = false;
        for (size_t k = 0; k < proof->n_candidates; k++) {
            const struct tls13_candidate *other = &proof->candidates[k];
            has_rival = has_rival || (is_rival(candidate, other) && !other->has_wrong_length);
            candidate->is_mislabelled = candidate->is_mislabelled ||
                                        (is_exporter && other->n_opened > 0 &&
                                            is_same_secret(candidate->entry->secret, other->entry->secret));
            is_repeated =
                is_repeated || (k < i && other->entry->secret_id == candidate->entry->secret_id &&
                                   other->number == candidate->number && !is_rival(candidate, other));
        }
        candidate->is_repeated = is_repeated;
        candidate->is_left_out = candidate->has_wrong_length || candidate->is_mislabelled ||
                                 candidate->number == SECRET_NUMBER_UNTOLD ||
                                 (candidate->n_opened == 0 && !is_repeated &&
                                     (has_rival || (opening->n_opened > 0 && candidate->n_refused > 0)));
        candidate->is_unproven = secret_is_traffic(candidate->entry->secret_id) && candidate->n_opened == 0 &&
                                 !is_repeated && !candidate->is_left_out;
    }
}

/* What finding out whether secrets follow from each other by key updates may cost for one connection, in
 * steps: as much as finding out their numbers. A key log may be forged to have many that do not. */
enum { MAX_PROOF_STEPS = 4 * KEY_LOG_MAX_SECRETS };

/* Whether the later one of two secrets of one label follows from the earlier one by key updates. */
static bool follows(const struct opening *opening, const struct tls13_candidate *earlier,
    const struct tls13_candidate *later, size_t *n_steps)
{
    const uint32_t n_updates = later->number - earlier->number;
    uint8_t secret[TLS13_MAX_SECRET];
    bool is_it;

    if (n_updates == 0 || *n_steps + n_updates > MAX_PROOF_STEPS) {
        return false;
    }
    *n_steps += n_updates;
    is_it = tls13_candidate_update(earlier, opening->suite, opening->version, n_updates, secret) &&
            is_same_secret((struct lanekdf_bytes){secret, earlier->entry->secret.len}, later->entry->secret);
    explicit_bzero(secret, sizeof(secret));
    return is_it;
}

static bool is_proven(const struct tls13_candidate *candidate)
{
    return candidate->n_opened > 0 ||
           (secret_is_traffic(candidate->entry->secret_id) && !candidate->is_unproven &&
               !candidate->is_left_out && !candidate->is_repeated);
}

/* A secret without a record is proven nevertheless if it follows by key updates from one that opens records,
 * or if such a one follows from it: of a long connection the first records alone are kept, which would
 * leave every later secret in doubt. The candidates of one label stand together, in the order of their
 * numbers. */
static void prove_by_updates(struct opening *opening)
{
    struct tls13_candidate *const at = opening->proof->candidates;
    const size_t n = opening->proof->n_candidates;
    const struct tls13_candidate *known = NULL;
    size_t n_steps = 0;

    for (size_t i = 0; i < n; i++) {
        if (at[i].is_unproven && known && known->entry->secret_id == at[i].entry->secret_id) {
            at[i].is_unproven = !follows(opening, known, &at[i], &n_steps);
        }
        known = is_proven(&at[i]) ? &at[i] : known;
    }
    known = NULL;
    for (size_t i = n; i-- > 0;) {
        if (at[i].is_unproven && known && known->entry->secret_id == at[i].entry->secret_id) {
            at[i].is_unproven = !follows(opening, &at[i], known, &n_steps);
        }
        known = is_proven(&at[i]) ? &at[i] : known;
    }
}

/* Gives its number to a candidate that is this secret, n updates behind the first one. */
static void set_number(
    struct tls13_proof *proof, const struct key_log_entry *first, struct lanekdf_bytes secret, uint32_t n)
{
    for (size_t i = 0; i < proof->n_candidates; i++) {
        struct tls13_candidate *candidate = &proof->candidates[i];
        if (candidate->number == SECRET_NUMBER_UNTOLD && candidate->entry->secret_id == first->secret_id &&
            is_same_secret(candidate->entry->secret, secret)) {
            candidate->number = n;
        }
    }
}

static bool has_untold(const struct tls13_proof *proof, enum secret_id id)
{
    for (size_t i = 0; i < proof->n_candidates; i++) {
        if (proof->candidates[i].number == SECRET_NUMBER_UNTOLD &&
            proof->candidates[i].entry->secret_id == id) {
            return true;
        }
    }
    return false;
}

/* Finds out how many key updates precede secrets whose labels do not tell, from the first secret of their
 * side that the key log has. */
static void find_numbers(struct opening *opening)
{
    /* As many steps for one connection are enough for all updates that a key log can have behind four first
     * secrets. A log may be forged to have a hundred first ones. */
    enum { MAX_STEPS = 4 * KEY_LOG_MAX_SECRETS };
    struct tls13_proof *proof = opening->proof;
    const size_t len = lanekdf_hash_len(opening->hash);
    size_t n_steps = 0;
    uint8_t secret[MAX_HASH_LEN], next[MAX_HASH_LEN];
    struct lanekdf_tls13_traffic job = {
        .job.kind = LANEKDF_KIND_TLS13_TRAFFIC,
        .hash = opening->hash,
        .version = opening->version,
        .n_updates = 1,
        .traffic_secret = secret,
        .next_secret = next,
    };

    for (size_t i = 0; i < proof->n_candidates; i++) {
        const struct key_log_entry *first = proof->candidates[i].entry;
        if (first->number != 0 || first->secret.len != len || !has_untold(proof, first->secret_id)) {
            continue;
        }
        memcpy(secret, first->secret.data, len);
        for (uint32_t n = 1;
             n <= proof->n_candidates && n_steps++ < MAX_STEPS && lanekdf_derive_one(&job.job) == LANEKDF_OK;
             n++) {
            set_number(proof, first, (struct lanekdf_bytes){next, len}, n);
            memcpy(secret, next, len);
        }
    }
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(next, sizeof(next));
}

static void judge(struct opening *opening)
{
    struct tls13_proof *proof = opening->proof;
    size_t n_traffic = 0, n_with_keys = 0, n_mislabelled = 0;

    for (size_t i = 0; i < proof->n_candidates; i++) {
        n_mislabelled += proof->candidates[i].is_mislabelled;
        n_traffic += secret_is_traffic(proof->candidates[i].entry->secret_id) &&
                     !proof->candidates[i].has_wrong_length;
        n_with_keys +=
            proof->candidates[i].has_keys && secret_is_traffic(proof->candidates[i].entry->secret_id);
    }
    proof->verdict = VERDICT_CANNOT_TELL;
    if (opening->n_opened > 0) {
        proof->verdict = VERDICT_FITS;
    } else if (n_traffic == 0) {
        say(proof->reason, "the key log has no traffic secret that could be tried");
    } else if (opening->is_cipher_absent || (opening->suite->cipher != 0 && n_with_keys == 0)) {
        say(proof->reason, "%s%s%s", cipher_absent_before, opening->suite->name, cipher_absent_behind);
    } else if (opening->n_sealed == 0) {
        say(proof->reason, "the capture has no encrypted record of this handshake");
    } else if (opening->n_unreached > 0 && opening->n_refused == 0) {
        say(proof->reason, "the capture has a gap before each encrypted record of this handshake");
    } else if (n_mislabelled > 0) {
        proof->verdict = VERDICT_DOES_NOT_FIT;
        say(proof->reason, "under its keys open records of another stage, so that its label is wrong");
    } else {
        proof->verdict = VERDICT_DOES_NOT_FIT;
        say(proof->reason, "no recorded %s opens under the keys that it gives",
            opening->handshake->quic_version != 0 ? "packet" : "record");
    }
}

/* The order of labels: by secret, then by number. */
static int compare_labels(const void *a, const void *b)
{
    const struct tls13_candidate *x = a, *y = b;

    return x->entry->secret_id != y->entry->secret_id ? (x->entry->secret_id < y->entry->secret_id ? -1 : 1)
           : x->number != y->number                   ? (x->number < y->number ? -1 : 1)
           : x->entry->order < y->entry->order        ? -1
                                                      : x->entry->order > y->entry->order;
}

/* Where some secrets fit, says how many others are left out, and of how many it cannot be told. Nothing that
 * is recorded is made of exporter secrets, which is no fault of a capture, but has to be said. */
static void count_left_out(struct tls13_proof *proof)
{
    size_t n = 0, n_left_out = 0, n_unproven = 0, n_exporters = 0;

    for (size_t i = 0; i < proof->n_candidates; i++) {
        n += proof->candidates[i].entry->secret_id < N_SECRETS;
        n_left_out += proof->candidates[i].is_left_out;
        n_unproven += proof->candidates[i].is_unproven;
        n_exporters += secret_is_exporter(proof->candidates[i].entry->secret_id) &&
                       !proof->candidates[i].is_left_out && !proof->candidates[i].is_repeated;
    }
    if (proof->verdict != VERDICT_FITS) {
        return;
    }
    if (n_left_out > 0 && n_unproven > 0) {
        say(proof->reason, "%zu of %zu logged secrets %s left out, and of %zu it cannot be told", n_left_out,
            n, n_left_out == 1 ? "is" : "are", n_unproven);
    } else if (n_left_out > 0) {
        say(proof->reason, "%zu of %zu logged secrets %s left out", n_left_out, n,
            n_left_out == 1 ? "is" : "are");
    } else if (n_unproven > 0) {
        say(proof->reason, "of %zu of %zu logged secrets it cannot be told", n_unproven, n);
    }
    if (n_exporters > 0) {
        say(proof->remark, "its exporter %s cannot be checked", n_exporters == 1 ? "secret" : "secrets");
    }
}

/* Bytes of all encrypted records of a side, which are more than those of the messages in them. */
static size_t sealed_len(const struct items *items)
{
    size_t len = 0;

    for (size_t i = 0; i < items->n; i++) {
        len += items->at[i].kind == ITEM_SEALED ? items->at[i].bytes.len : 0;
    }
    return len;
}

void tls13_proof_make(struct tls13_proof *proof, const struct handshake *handshake,
    const struct lanekdf_suite *suite, const struct key_log_entry *entries, size_t n_entries)
{
    struct opening opening = {.proof = proof,
        .handshake = handshake,
        .suite = suite,
        .version = handshake->quic_version != 0 ? handshake->quic_version : (uint32_t)LANEKDF_TLS13,
        .hash = suite->hash};
    void (*open_any_side)(struct opening *, int, struct side_messages *) =
        handshake->quic_version != 0 ? open_quic_side : open_side;
    const size_t client_len = sealed_len(&handshake->flights[CLIENT_SIDE]),
                 server_len = sealed_len(&handshake->flights[SERVER_SIDE]);
    struct side_messages sides[N_CAPTURE_SIDES] = {{.n = 0}};

    *proof = (struct tls13_proof){
        .candidates = memory_take(n_entries * sizeof(*proof->candidates)),
        .n_candidates = n_entries,
        .n_bytes = client_len + server_len + MESSAGE_HEADER_LEN + MAX_HASH_LEN,
    };
    proof->bytes = memory_take(proof->n_bytes);
    proof->messages = memory_take((4 + 2 * 64) * sizeof(*proof->messages));
    sides[CLIENT_SIDE].bytes = proof->bytes;
    sides[CLIENT_SIDE].capacity = client_len;
    sides[SERVER_SIDE].bytes = proof->bytes + client_len;
    sides[SERVER_SIDE].capacity = server_len;
    for (size_t i = 0; i < n_entries; i++) {
        proof->candidates[i].entry = &entries[i];
        proof->candidates[i].number = entries[i].number;
        proof->candidates[i].has_wrong_length =
            entries[i].secret_id < N_SECRETS && entries[i].secret.len != lanekdf_hash_len(opening.hash);
    }
    find_numbers(&opening);
    /* Keys are derived behind qsort(), which may copy what it sorts to memory that nobody zeroes. */
    qsort(proof->candidates, n_entries, sizeof(*proof->candidates), compare_labels);
    for (size_t i = 0; i < n_entries; i++) {
        proof->candidates[i].has_keys = derive_keys(&opening, &proof->candidates[i]);
    }
    open_any_side(&opening, SERVER_SIDE, &sides[SERVER_SIDE]);
    open_any_side(&opening, CLIENT_SIDE, &sides[CLIENT_SIDE]);
    judge(&opening);
    choose(&opening);
    prove_by_updates(&opening);
    count_left_out(proof);
    say_lacking(&opening);
    make_transcript(&opening, sides, proof->bytes + client_len + server_len);
}

bool tls13_candidate_update(const struct tls13_candidate *candidate, const struct lanekdf_suite *suite,
    uint32_t version, uint32_t n_updates, uint8_t secret[TLS13_MAX_SECRET])
{
    struct lanekdf_tls13_traffic job = {
        .job.kind = LANEKDF_KIND_TLS13_TRAFFIC,
        .n_updates = n_updates,
        .traffic_secret = candidate->entry->secret.data,
        .next_secret = secret,
    };

    return lanekdf_tls13_set_suite(&job.job, version, suite) == LANEKDF_OK &&
           candidate->entry->secret.len == lanekdf_hash_len(job.hash) &&
           lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

void tls13_proof_free(struct tls13_proof *proof)
{
    memory_give_back(proof->candidates);
    memory_give_back(proof->bytes);
    memory_give_back(proof->messages);
    *proof = (struct tls13_proof){0};
}
