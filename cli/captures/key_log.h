/*
 * A key log, the file that SSLKEYLOGFILE names: one secret a line.
 */
#ifndef KEY_LOG_H
#define KEY_LOG_H

#include "lanekdf.h"

/* Whose secret it is. */
enum key_log_kind {
    KEY_LOG_MASTER,     /* of the handshake with this client_random, 32 bytes: CLIENT_RANDOM */
    KEY_LOG_PRE_MASTER, /* of the same: PMS_CLIENT_RANDOM */
    KEY_LOG_RSA,        /* whose encrypted pre-master secret begins with these 8 bytes: RSA */
    KEY_LOG_SESSION,    /* of the session with this ID, 1 to 32 bytes: RSA Session-ID:... Master-Key:... */
    N_KEY_LOG_KINDS
};

enum { KEY_LOG_RSA_ID_LEN = 8, KEY_LOG_MAX_ID_LEN = 32 };

struct key_log_entry {
    enum key_log_kind kind;
    size_t id_len;
    uint8_t id[KEY_LOG_MAX_ID_LEN]; /* zeroes behind a short one */
    struct lanekdf_bytes secret;    /* a pre-master or master secret */
    uint64_t line;
};

struct key_log;

/*
 * Reads it whole. A line that is not as it should be is named on standard error and passed over; other
 * labels, those of TLS 1.3 for one, are passed over. NULL if the file cannot be read: that is said, too.
 */
struct key_log *key_log_read(const char *name);

/* Zeroes and frees; NULL is fine. */
void key_log_free(struct key_log *log);

/* The file's name. */
const char *key_log_name(const struct key_log *log);

/* The entries of this kind and id, *n of them: secrets that differ, in the order of their lines. */
const struct key_log_entry *key_log_find(
    const struct key_log *log, enum key_log_kind kind, const uint8_t *id, size_t id_len, size_t *n);

#endif
