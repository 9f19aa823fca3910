/*
 * Tries the secrets that a key log has for a handshake of TLS 1.3 on the records of the capture, each of
 * which opens under the right keys only. What is in the records of the handshake becomes its transcript.
 */
#ifndef TLS13_PROOF_H
#define TLS13_PROOF_H

#include "captured_handshake.h"
#include "verdict.h"

enum { TLS13_REASON_LEN = 128 };

/* A secret of the key log, and how it fared. */
struct tls13_candidate {
    const struct key_log_entry *entry;
    unsigned number;            /* of its label, or as it was found out */
    bool has_keys;              /* it has the right length, and the cipher is there */
    uint8_t keys[32 + 12 + 32]; /* key, IV and, of QUIC, the key of header protection */
    uint32_t n_updates;         /* of QUIC: key updates before the last packet that opened */
    size_t n_opened;            /* records that opened under its keys */
    size_t n_refused;           /* records of its side that opened neither under these nor under other keys */
    size_t n_unreached;         /* records of its side whose number was not found behind a gap */
    bool has_wrong_length;      /* it makes keys of a connection, and is not as long as the suite's hash */
    bool is_mislabelled;        /* a record opens under its keys that cannot be under those of its label */
    bool is_left_out; /* these; or it does not fit, contradicts another one, or its place is untold */
    bool is_unproven; /* a traffic secret that is not left out, though no record tells whether it fits: none
                       * is there that might be under its keys, or a gap precedes all that are */
    bool is_repeated; /* an earlier candidate is the same secret */
};

struct tls13_proof {
    struct tls13_candidate *candidates;
    size_t n_candidates;
    enum verdict verdict;
    char reason[TLS13_REASON_LEN]; /* why the secrets do not fit, why that cannot be told, or which fit not */
    char remark[TLS13_REASON_LEN]; /* beside secrets that fit: what no record tells; "": nothing */

    /* The transcript, if nothing of it is missing: n_server messages precede the server's Finished, n_client
     * the client's. A HelloRetryRequest makes the first message one of its own. */
    struct lanekdf_bytes *messages;
    size_t n_messages, n_server, n_client;
    size_t n_hellos; /* the first messages, to ServerHello, which are there even if others are missing */
    const struct lanekdf_bytes *first_client_hello; /* before a HelloRetryRequest; NULL: there was none */
    char missing[TLS13_REASON_LEN];                 /* what is missing; "": the transcript is whole */
    char lacking[TLS13_REASON_LEN]; /* secrets before or behind the handshake that records are under, and
                                     * which the key log has not; "": none */

    uint8_t *bytes; /* the memory of decrypted messages */
    size_t n_bytes;
};

/* Fills in the proof, which the caller frees. The entries are those of the handshake's client_random. */
void tls13_proof_make(struct tls13_proof *proof, const struct handshake *handshake,
    const struct lanekdf_suite *suite, const struct key_log_entry *entries, size_t n_entries);

enum { TLS13_MAX_SECRET = 64 };

/* Makes the secret of a candidate of QUIC after so many key updates, as long as the candidate's. Key logs do
 * not have it. Returns false if it cannot be made. */
bool tls13_candidate_update(const struct tls13_candidate *candidate, const struct lanekdf_suite *suite,
    uint32_t version, uint32_t n_updates, uint8_t secret[TLS13_MAX_SECRET]);

/* Zeroes the proof and frees its memory. */
void tls13_proof_free(struct tls13_proof *proof);

#endif
