#include "proof.h"
#include "handshake_message.h"
#include "memory.h"
#include "protected_record.h"

#include <stdio.h>
#include <string.h>

enum { MAX_KEY_BLOCK_LEN = 2 * (64 + 32 + 16), MAX_FINAL_KEYS_LEN = 2 * (16 + 16), MAX_HASH_LEN = 64 };
/* The most bytes of a record that is opened. One with Finished is shorter, whatever the cipher and its
 * padding. */
enum { MAX_SEALED_LEN = 1024 };

/* A handshake with the keys that one secret gives it, which the proof then tries on what was recorded. */
struct keyed_handshake {
    const struct handshake *handshake;
    const struct transcript *transcript;
    const struct lanekdf_suite *suite;
    struct lanekdf_handshake keys;
    uint8_t key_block[MAX_KEY_BLOCK_LEN], final_keys[MAX_FINAL_KEYS_LEN];
    struct proof *proof;
};

static bool hash_messages(
    const struct keyed_handshake *keyed, const struct lanekdf_bytes *messages, size_t n, uint8_t *out)
{
    struct lanekdf_message_hash job = {
        .job = {.kind = LANEKDF_KIND_HASH, .legacy = LANEKDF_LEGACY_ALL},
        .hash = keyed->keys.hash,
        .message = messages,
        .n_message = n,
        .out = {out, lanekdf_hash_len(keyed->keys.hash)},
    };

    return lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

static bool derive_keys(struct keyed_handshake *keyed, const struct secret *secret)
{
    const struct server_hello *hello = &keyed->handshake->server_hello;
    struct lanekdf_handshake *keys = &keyed->keys;
    uint8_t hash[MAX_HASH_LEN];
    const char *objection; /* is not told here: the line, once it is derived, warns of it */

    keys->job = (struct lanekdf_job){.kind = LANEKDF_KIND_HANDSHAKE, .legacy = LANEKDF_LEGACY_ALL};
    if (lanekdf_handshake_set_recorded_suite(
            keys, handshake_tls_version(keyed->handshake), keyed->suite, &objection) != LANEKDF_OK) {
        return false;
    }
    if (!secret->is_pre_master) {
        keys->known_master_secret = secret->bytes.data;
    } else {
        keys->pre_master_secret = secret->bytes;
        if (hello->is_extended) {
            if (keyed->transcript->n_session_hash == 0 ||
                !hash_messages(keyed, keyed->transcript->messages, keyed->transcript->n_session_hash, hash)) {
                return false;
            }
            keys->session_hash = (struct lanekdf_bytes){hash, lanekdf_hash_len(keys->hash)};
        }
    }
    keys->client_random = keyed->handshake->client_hello.random;
    keys->server_random = hello->random;
    keys->master_secret = keyed->proof->master;
    keys->key_block = keyed->key_block;
    keys->final_keys = keys->final_key_len > 0 ? keyed->final_keys : NULL;
    return lanekdf_derive_one(&keys->job) == LANEKDF_OK;
}

static struct lanekdf_bytes key(const struct keyed_handshake *keyed, int side, enum lanekdf_purpose purpose)
{
    struct lanekdf_span span = lanekdf_handshake_write_key(
        &keyed->keys, side == CLIENT_SIDE ? LANEKDF_CLIENT : LANEKDF_SERVER, purpose);

    return (struct lanekdf_bytes){span.data, span.len};
}

/* Opens the record of the Finished number i. If its content is a Finished, the proof keeps that message. */
static enum cipher_status open_finished(struct keyed_handshake *keyed, size_t i)
{
    const struct transcript_finished *finished = &keyed->transcript->finished[i];
    const struct server_hello *hello = &keyed->handshake->server_hello;
    const struct record_protection protection = {
        .suite = keyed->suite,
        .version = handshake_tls_version(keyed->handshake),
        .is_dtls = keyed->handshake->is_dtls,
        .is_etm = hello->is_etm,
        .has_truncated_mac = hello->has_truncated_mac,
        .mac_key = key(keyed, finished->side, LANEKDF_MAC_KEY),
        .key = key(keyed, finished->side, LANEKDF_KEY),
        .iv = key(keyed, finished->side, LANEKDF_IV),
    };
    uint8_t plain[MAX_SEALED_LEN];
    size_t len;
    enum cipher_status status;

    if (finished->sealed.len > sizeof(plain)) {
        return CIPHER_REFUSED;
    }
    status = record_open(&protection, finished->sealed, plain, &len);
    if (status == CIPHER_DONE && len > 0 && len <= MAX_FINISHED_LEN && plain[0] == FINISHED &&
        !hello->is_compressed) {
        memcpy(keyed->proof->finished_bytes[i], plain, len);
        keyed->proof->finished[i] = (struct lanekdf_bytes){keyed->proof->finished_bytes[i], len};
    }
    explicit_bzero(plain, sizeof(plain));
    return status;
}

static size_t verify_len(const struct keyed_handshake *keyed)
{
    return keyed->keys.version == LANEKDF_SSL3 ? (size_t)LANEKDF_SSL3_FINISHED_LEN
                                               : (size_t)LANEKDF_VERIFY_DATA_LEN;
}

static bool derive_tls_finished(const struct keyed_handshake *keyed, int side,
    const struct lanekdf_bytes *messages, size_t n, uint8_t *verify_data)
{
    uint8_t hash[MAX_HASH_LEN];
    struct lanekdf_bytes covered = {hash, lanekdf_hash_len(keyed->keys.hash)};
    struct lanekdf_finished job = {
        .job = {.kind = LANEKDF_KIND_FINISHED, .legacy = LANEKDF_LEGACY_ALL},
        .hash = keyed->keys.hash,
        .master_secret = keyed->proof->master,
    };

    if (side == CLIENT_SIDE) {
        job.client_finished_hash = covered;
        job.client_verify_data = verify_data;
    } else {
        job.server_finished_hash = covered;
        job.server_verify_data = verify_data;
    }
    return hash_messages(keyed, messages, n, hash) && lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

static bool derive_ssl3_finished(const struct keyed_handshake *keyed, int side,
    const struct lanekdf_bytes *messages, size_t n, uint8_t *verify_data)
{
    struct lanekdf_ssl3_finished job = {
        .job = {.kind = LANEKDF_KIND_SSL3_FINISHED, .legacy = LANEKDF_LEGACY_ALL},
        .sender = side == SERVER_SIDE,
        .master_secret = keyed->proof->master,
        .handshake_messages = messages,
        .n_handshake_messages = n,
        .out = verify_data,
    };

    return lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

static bool derive_finished(const struct keyed_handshake *keyed, int side,
    const struct lanekdf_bytes *messages, size_t n, uint8_t *verify_data)
{
    return keyed->keys.version == LANEKDF_SSL3 ? derive_ssl3_finished(keyed, side, messages, n, verify_data)
                                               : derive_tls_finished(keyed, side, messages, n, verify_data);
}

/* The message_seq that a side's Finished has in DTLS: one more than that of the side's message before it. */
static uint16_t finished_number(const struct keyed_handshake *keyed, int side)
{
    const struct items *flight = &keyed->handshake->flights[side];
    uint16_t number = 0;

    for (size_t i = 0; i < flight->n && keyed->handshake->is_dtls; i++) {
        const struct item *item = &flight->at[i];
        if (item->kind == ITEM_MESSAGE && item->type != FINISHED) {
            number = (uint16_t)((item->bytes.data[4] << 8 | item->bytes.data[5]) + 1);
        }
    }
    return number;
}

/* Derives the first Finished in `message`, where the recorded one cannot be had: the second Finished covers
 * it. */
static struct lanekdf_bytes derive_first_finished(
    const struct keyed_handshake *keyed, uint8_t message[MAX_FINISHED_LEN])
{
    const struct transcript_finished *finished = &keyed->transcript->finished[0];
    const size_t header_len = handshake_header_len(keyed->handshake);
    const uint8_t len = (uint8_t)verify_len(keyed);
    const uint16_t number = finished_number(keyed, finished->side);
    const uint8_t header[MAX_MESSAGE_HEADER_LEN] = {
        FINISHED, 0, 0, len, (uint8_t)(number >> 8), (uint8_t)number, 0, 0, 0, 0, 0, len};

    memcpy(message, header, header_len);
    return derive_finished(
               keyed, finished->side, keyed->transcript->messages, finished->n_messages, message + header_len)
               ? (struct lanekdf_bytes){message, header_len + len}
               : (struct lanekdf_bytes){0};
}

/* Lists the messages that the Finished number i covers. The second Finished covers the first one, too. */
static size_t covered_messages(
    const struct keyed_handshake *keyed, size_t i, struct lanekdf_bytes first, struct lanekdf_bytes *covered)
{
    const struct transcript *transcript = keyed->transcript;
    size_t n = 0;

    for (size_t m = 0; m <= transcript->finished[i].n_messages; m++) {
        if (i == 1 && m == transcript->finished[0].n_messages) {
            covered[n++] = first;
        }
        if (m < transcript->finished[i].n_messages) {
            covered[n++] = transcript->messages[m];
        }
    }
    return n;
}

enum comparison { CANNOT_COMPARE, IS_EQUAL, IS_DIFFERENT };

/* Compares the recorded Finished number i with the one that follows from the transcript and the keys. */
static enum comparison compare_finished(const struct keyed_handshake *keyed, size_t i)
{
    const struct transcript_finished *finished = &keyed->transcript->finished[i];
    const struct lanekdf_bytes recorded = keyed->proof->finished[i];
    const size_t header_len = handshake_header_len(keyed->handshake);
    struct lanekdf_bytes first = keyed->proof->finished[0], *covered;
    uint8_t verify_data[LANEKDF_SSL3_FINISHED_LEN], message[MAX_FINISHED_LEN];
    enum comparison comparison = CANNOT_COMPARE;
    bool is_derived;
    size_t n;

    if (!finished->is_known || recorded.len == 0) {
        return CANNOT_COMPARE;
    }
    if (first.len == 0) {
        first = derive_first_finished(keyed, message);
    }
    covered = memory_take((finished->n_messages + 1) * sizeof(*covered));
    n = covered_messages(keyed, i, first, covered);
    is_derived = first.len > 0 && derive_finished(keyed, finished->side, covered, n, verify_data);
    if (is_derived) {
        comparison = recorded.len == header_len + verify_len(keyed) &&
                             memcmp(recorded.data + header_len, verify_data, verify_len(keyed)) == 0
                         ? IS_EQUAL
                         : IS_DIFFERENT;
    }
    memory_give_back(covered);
    explicit_bzero(verify_data, sizeof(verify_data));
    explicit_bzero(message, sizeof(message));
    return comparison;
}

static void decide(struct proof *proof, enum verdict verdict, const char *reason)
{
    proof->verdict = verdict;
    snprintf(proof->reason, sizeof(proof->reason), "%s", reason);
}

/* The cipher's name is the end of the suite's: TLS_RSA_WITH_RC4_128_SHA. */
static void cannot_decrypt(struct proof *proof, const struct lanekdf_suite *suite)
{
    const char *with = strstr(suite->name, "_WITH_");

    proof->verdict = VERDICT_CANNOT_TELL;
    snprintf(proof->reason, sizeof(proof->reason), "%s%s%s", cipher_absent_before,
        with ? with + strlen("_WITH_") : suite->name, cipher_absent_behind);
}

static void judge(struct keyed_handshake *keyed)
{
    struct proof *proof = keyed->proof;
    size_t n_opened = 0, n_refused = 0, n_absent = 0, n_equal = 0, n_different = 0;

    for (size_t i = 0; i < 2; i++) {
        const struct transcript_finished *finished = &keyed->transcript->finished[i];
        enum cipher_status status = finished->sealed.len > 0 ? open_finished(keyed, i) : CIPHER_ABSENT;
        n_opened += status == CIPHER_DONE;
        n_refused += status == CIPHER_REFUSED;
        proof->is_refused[i] = status == CIPHER_REFUSED;
        n_absent += status == CIPHER_ABSENT && finished->sealed.len > 0;
        if (proof->finished[i].len == 0 && status != CIPHER_REFUSED) {
            proof->finished[i] = finished->recorded;
        }
    }
    for (size_t i = 0; i < 2; i++) {
        enum comparison comparison = compare_finished(keyed, i);
        n_equal += comparison == IS_EQUAL;
        n_different += comparison == IS_DIFFERENT;
    }
    proof->is_transcript_wrong =
        n_opened + n_equal > 0 && (n_different > 0 || (n_equal == 0 && n_refused > 0));
    if (n_opened > 0 || n_equal > 0) {
        decide(proof, VERDICT_FITS, "");
    } else if (n_refused > 0) {
        decide(proof, VERDICT_DOES_NOT_FIT,
            "the recorded Finished does not decrypt under the keys that it gives");
    } else if (n_different > 0) {
        decide(proof, VERDICT_DOES_NOT_FIT, "the recorded Finished is not the one that it gives");
    } else if (n_absent > 0) {
        cannot_decrypt(proof, keyed->suite);
    } else {
        decide(proof, VERDICT_CANNOT_TELL, "the capture has no encrypted Finished of this handshake");
    }
}

bool proof_try(struct proof *proof, const struct handshake *handshake, const struct transcript *transcript,
    const struct lanekdf_suite *suite, const struct secret *secret)
{
    struct keyed_handshake keyed = {
        .handshake = handshake, .transcript = transcript, .suite = suite, .proof = proof};
    bool ok;

    *proof = (struct proof){0};
    ok = derive_keys(&keyed, secret);
    if (ok) {
        judge(&keyed);
    }
    explicit_bzero(&keyed, sizeof(keyed));
    return ok;
}
