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
    N_KEY_LOG_KINDS
};

enum { KEY_LOG_RSA_ID_LEN = 8 };

struct key_log;

/*
 * Reads it whole. A line that is not as it should be is named on standard error and passed
 * over, and so is one that contradicts an earlier one; other labels, those of TLS 1.3 for
 * one, are passed over. NULL if the file cannot be read: that is said, too.
 */
struct key_log *key_log_read(const char *name);

/* Zeroes and frees; NULL is fine. */
void key_log_free(struct key_log *log);

/* The pre-master or master secret; NULL: it is not there. id is as long as its kind's. */
const struct lanekdf_bytes *key_log_find(
    const struct key_log *log, enum key_log_kind kind, const uint8_t *id);

#endif
