/*
 * The labels that key logs have for the secrets of TLS 1.3 (RFC 9850), and so the lines of recorded sessions.
 */
#ifndef SECRET_LABEL_H
#define SECRET_LABEL_H

#include <stdbool.h>
#include <stddef.h>

enum secret_id {
    SECRET_CLIENT_EARLY,
    SECRET_EARLY_EXPORTER,
    SECRET_CLIENT_HANDSHAKE,
    SECRET_SERVER_HANDSHAKE,
    SECRET_CLIENT_TRAFFIC, /* with a number: 0, and one more for each key update */
    SECRET_SERVER_TRAFFIC,
    SECRET_EXPORTER,
    N_SECRETS,
    SECRET_ECH_SECRET = N_SECRETS, /* of Encrypted ClientHello, from which no key of a connection is made */
    SECRET_ECH_CONFIG
};

/* The most key updates of a session that are followed. OpenSSL's key logs have N in the place of every number
 * but 0. */
enum { MAX_SECRET_NUMBER = 1000, SECRET_NUMBER_UNTOLD = 1001 };

/* Bytes of a label, with a NUL. */
enum { SECRET_LABEL_LEN = 40 };

/* Finds out which secret a label means; *number is 0 unless the label has another. Returns false if it is
 * none of them. */
bool secret_label_parse(const char *label, size_t len, enum secret_id *id, unsigned *number);

/* Finds the label of a secret that a label which is none may be meant for, and writes it: of
 * CLIENT_TRAFFIC_SECRET_ and its like that of the first secret. Returns false if there is none, or if the
 * number alone is wrong. */
bool secret_label_near(const char *label, size_t len, char near[SECRET_LABEL_LEN]);

/* Writes the label of one of the N_SECRETS. */
void secret_label_write(enum secret_id id, unsigned number, char label[SECRET_LABEL_LEN]);

/* Whether the secret has keys of its own, and whether these are the client's. */
static inline bool secret_is_traffic(enum secret_id id)
{
    return id < N_SECRETS && id != SECRET_EARLY_EXPORTER && id != SECRET_EXPORTER;
}

/* Whether exporters are made of the secret, and no keys. */
static inline bool secret_is_exporter(enum secret_id id)
{
    return id == SECRET_EARLY_EXPORTER || id == SECRET_EXPORTER;
}

static inline bool secret_is_of_client(enum secret_id id)
{
    return id != SECRET_SERVER_HANDSHAKE && id != SECRET_SERVER_TRAFFIC;
}

#endif
