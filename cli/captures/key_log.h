/*
 * The secrets that key logs gave, by what they belong to; key_log_text.c reads their text.
 */
#ifndef KEY_LOG_H
#define KEY_LOG_H

#include "lanekdf.h"
#include "secret_label.h"

/* What the secret of an entry belongs to. */
enum key_log_kind {
    KEY_LOG_MASTER,     /* of the handshake with this client_random, 32 bytes: CLIENT_RANDOM */
    KEY_LOG_PRE_MASTER, /* of the handshake with this client_random: PMS_CLIENT_RANDOM */
    KEY_LOG_RSA,     /* of the handshake whose encrypted pre-master secret begins with these 8 bytes: RSA */
    KEY_LOG_SESSION, /* of the session with this ID, 1 to 32 bytes: RSA Session-ID:... Master-Key:... */
    KEY_LOG_TLS13,   /* of the handshake with this client_random, one of several: the labels of RFC 9850 */
    N_KEY_LOG_KINDS
};

enum { KEY_LOG_RSA_ID_LEN = 8, KEY_LOG_MAX_ID_LEN = 32 };

/* The most secrets of one kind and id that are kept, and their bytes together, which are those of the longest
 * secret. Each is tried on each connection of that id, so a key log and a capture that are forged could keep
 * the command busy for years. */
enum { KEY_LOG_MAX_SECRETS = 256, KEY_LOG_MAX_SECRETS_LEN = LANEKDF_MAX_SECRET };

struct key_log_entry {
    enum key_log_kind kind;
    size_t id_len;
    uint8_t id[KEY_LOG_MAX_ID_LEN]; /* zeroes behind a short one */
    struct lanekdf_bytes secret;    /* a pre-master or master secret, or what the label says */
    enum secret_id secret_id;       /* of KEY_LOG_TLS13: the label, and its number */
    unsigned number;
    const char *origin; /* the text that the entry is from, and its line there */
    uint64_t line;
    size_t order; /* of the entries as they were added */
};

struct key_log;

struct key_log *key_log_new(void);

/* Zeroes the key log and frees it; NULL is fine. */
void key_log_free(struct key_log *log);

/* Adds an entry, and numbers it. Its origin must come from key_log_keep(), and its secret from
 * key_log_room(). */
void key_log_add(struct key_log *log, struct key_log_entry entry);

/* Returns memory for n bytes of a secret, which lives as long as the key log. */
uint8_t *key_log_room(struct key_log *log, size_t n);

/* Returns a copy of a name, which lives as long as the key log. */
const char *key_log_keep(struct key_log *log, const char *name);

/* Finds the *n entries of this kind and id, whose secrets differ, in the order in which they were added. They
 * are valid until another entry is added or looked for. */
const struct key_log_entry *key_log_find(
    struct key_log *log, enum key_log_kind kind, const uint8_t *id, size_t id_len, size_t *n);

#endif
