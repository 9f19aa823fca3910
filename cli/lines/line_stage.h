/*
 * What the lines of stages of the key schedule of TLS 1.3, DTLS 1.3 and QUIC have in common: a version, a
 * hash, the lengths of keys, and blocks of keys.
 */
#ifndef LINE_STAGE_H
#define LINE_STAGE_H

#include "line.h"

struct stage {
    uint32_t version; /* enum lanekdf_version */
    uint32_t hash;
    size_t hash_len;
    uint8_t key_len, iv_len; /* both 0: the line asks for no keys */
    enum field sayer;        /* which says these two, if they are known: a suite, or a cipher */
};

/* Reads the version, the hash, and what the suite says of the lengths; the line may lack a suite. */
bool stage_read(struct line *line, struct stage *stage);

/* The same where the version is read and the suite, which this field names, is known, or NULL. */
bool stage_read_with_suite(
    struct line *line, struct stage *stage, enum field sayer, const struct lanekdf_suite *suite);

/* Reads the version from `protocol` or `version`; a line that has neither is of TLS 1.3. */
bool stage_read_version(struct line *line, uint32_t *version);

/* The fields that name the keys of one block. */
struct block_fields {
    enum field key, iv, number_key, finished_key; /* N_FIELDS: none of that name */
};

extern const struct block_fields early_block, client_block, server_block;

/* Reads the lengths of keys, which answers of the line in either of two blocks, key_len and iv_len, and the
 * suite say: those that are there must agree. */
bool stage_read_key_lengths(
    struct line *line, struct stage *stage, const struct block_fields *one, const struct block_fields *other);

/* Reads a field of as many bytes as the hash has. */
bool stage_bytes(struct line *line, const struct stage *stage, enum field field, const uint8_t **bytes);

/* Makes room for an output of as many bytes as the hash has, and makes it an answer. */
bool stage_answer(struct line *line, const struct stage *stage, enum field field, uint8_t **out);

/* Makes room for the block of a job that has its lengths. */
uint8_t *stage_block(const struct line *line, const struct lanekdf_job *job);

/* Makes the keys of the block that the job has for this role answers. */
bool stage_answer_block(struct line *line, const struct lanekdf_job *job, enum lanekdf_role role,
    const struct block_fields *fields);

/* Adds a job that makes Derive-Secret(secret, "derived", "") in this wave; without a secret, of the early
 * secret of a connection without a PSK. Returns where it will be. */
const uint8_t *stage_derived_salt(
    struct line *line, unsigned wave, const struct stage *stage, const uint8_t *secret);

/* A secret that the schedule takes or, where there is none, as many zeros as the hash has bytes. */
struct lanekdf_bytes stage_secret_or_zeros(const struct stage *stage, struct lanekdf_bytes secret);

/* Adds a job that makes HKDF-Extract(salt, input) in this wave. Returns where the result will be. */
const uint8_t *stage_extract(struct line *line, unsigned wave, const struct stage *stage,
    struct lanekdf_bytes salt, struct lanekdf_bytes input);

/* Adds a job that hashes n pieces in this wave. Returns where the hash will be. */
const uint8_t *stage_hash(struct line *line, unsigned wave, const struct stage *stage,
    const struct lanekdf_bytes *pieces, size_t n);

/* As many zeros as the longest hash has bytes. */
extern const uint8_t stage_zeros[64];

/* Reads what makes the PSK, from binder_label or psk_kind, which must agree if both are there. */
bool stage_read_psk_kind(struct line *line, uint16_t *kind);

#endif
