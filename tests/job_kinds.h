/*
 * What the tests know of each kind of job: a row for each kind, and in it every field that a caller sets.
 *
 * A new kind is a member of union any_job here, a row in job_kinds.c, and a job in constant_time.c, which
 * says so if there is none. From a row the tests make random jobs that are good (good_jobs.h) and random jobs
 * that are wrong in each field (wrong_jobs.h). The row also says which bytes are secret (secret_words.h),
 * which options must allow the job, and what is printed of a job that went wrong.
 */
#ifndef JOB_KINDS_H
#define JOB_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lanekdf.h"

/* A job of any kind. */
union any_job {
    struct lanekdf_job job;
    struct lanekdf_prf prf;
    struct lanekdf_handshake handshake;
    struct lanekdf_message_hash message_hash;
    struct lanekdf_hmac hmac;
    struct lanekdf_exporter exporter;
    struct lanekdf_finished finished;
    struct lanekdf_prepare prepare;
    struct lanekdf_ssl3_prf ssl3_prf;
    struct lanekdf_ssl3_finished ssl3_finished;
    struct lanekdf_hkdf hkdf;
    struct lanekdf_expand_label expand_label;
    struct lanekdf_tls13_early tls13_early;
    struct lanekdf_tls13_handshake tls13_handshake;
    struct lanekdf_tls13_finished tls13_finished;
    struct lanekdf_tls13_application tls13_application;
    struct lanekdf_tls13_resumption tls13_resumption;
    struct lanekdf_tls13_traffic tls13_traffic;
    struct lanekdf_tls13_exporter tls13_exporter;
    struct lanekdf_tls13_psk_import tls13_psk_import;
    struct lanekdf_ech_confirmation ech_confirmation;
    struct lanekdf_quic_initial quic_initial;
};

enum job_field_type {
    FIELD_NUMBER,       /* an unsigned number */
    FIELD_BITS,         /* an unsigned number, of which the bits of `max` may be set */
    FIELD_HASH,         /* enum lanekdf_hash */
    FIELD_VERSION,      /* one of stage_versions[], of which bit i of max allows number i */
    FIELD_BYTES,        /* struct lanekdf_bytes, of min to max bytes */
    FIELD_PIECES,       /* a list of struct lanekdf_bytes, of max bytes together */
    FIELD_LIST,         /* a list of struct lanekdf_bytes, each of max bytes at most */
    FIELD_FIXED,        /* the address of max bytes to read */
    FIELD_PREPARED,     /* the address of a prepared secret to read, in the place of the kind's secret */
    FIELD_OUT,          /* struct lanekdf_span, of min to max bytes */
    FIELD_FIXED_OUT,    /* the address of bytes to write */
    FIELD_PREPARED_OUT, /* the address of a prepared secret to write */
};

/* A min or a max of this value stands for the length of a digest of the job's hash, or of 255 digests. */
#define AS_DIGEST SIZE_MAX
#define AS_255_DIGESTS (SIZE_MAX - 1)

/* The versions that have a key schedule of stages. */
enum { N_STAGE_VERSIONS = 4, ANY_STAGE = 15, QUIC_STAGES = 12 };
extern const uint32_t stage_versions[N_STAGE_VERSIONS];

struct job_field {
    const char *name;
    enum job_field_type type;
    size_t offset, size;  /* of the member in its struct, bytes */
    size_t n_offset;      /* of the number of pieces */
    size_t min, max;      /* as the type says */
    bool is_secret;       /* the bytes must not be left anywhere */
    bool may_be_left_out; /* NULL or empty is no mistake */
};

/* Sets of enum lanekdf_legacy, of each of which a job needs one; a set without members asks for nothing. */
struct permits {
    uint32_t version, feature;
};

struct job_kind {
    const char *name; /* as in LANEKDF_KIND_<name> */
    uint32_t id;      /* enum lanekdf_kind */
    size_t size;      /* of its struct, bytes */
    uint32_t
        hashes;    /* the hashes that it may have, as bits 1 << enum lanekdf_hash; 0: it has no such field */
    uint32_t hash; /* of a kind that has no such field: the hash of all of its jobs */
    struct permits (*permits)(const union any_job *any);
    const struct job_field *fields;
    size_t n_fields;
};

/* All rows; their order has no meaning. */
extern const struct job_kind job_kinds[];
extern const size_t n_job_kinds;

/* The row of an id that has one; aborts for another. */
const struct job_kind *job_kind(uint32_t id);
/* Returns an id that no kind has, and that lies next to one that a kind has. */
uint32_t job_kind_unknown(void);

bool job_kind_takes_every_hash(const struct job_kind *kind);

/* The kind's only field of this type, of which it has one at most; NULL if it has none. */
const struct job_field *job_kind_field(const struct job_kind *kind, enum job_field_type type);
/* The field with the secret that a prepared one may take the place of; NULL if the kind has none. */
const struct job_field *job_kind_secret(const struct job_kind *kind);

/*
 * Fields. Each function finds a field in a job and returns what the field's type says. A pointer points into
 * the job, so that the caller may read or set the field.
 */
struct job_pieces {
    const struct lanekdf_bytes *list;
    size_t n;
};
size_t job_pieces_len(struct job_pieces pieces); /* bytes in all of them together */

uint64_t job_field_number(const union any_job *any, const struct job_field *field);
void job_field_set_number(union any_job *any, const struct job_field *field, uint64_t number);
struct lanekdf_bytes *job_field_bytes(union any_job *any, const struct job_field *field);
struct job_pieces job_field_pieces(union any_job *any, const struct job_field *field);
void job_field_set_pieces(union any_job *any, const struct job_field *field, struct job_pieces pieces);
const uint8_t **job_field_fixed(union any_job *any, const struct job_field *field);
const struct lanekdf_prepared_secret **job_field_prepared(union any_job *any, const struct job_field *field);
struct lanekdf_span *job_field_span(union any_job *any, const struct job_field *field);

/* These functions take outputs of every type alike: an output is the address of its bytes. */
bool job_field_is_output(const struct job_field *field);
uint8_t *job_field_output(union any_job *any, const struct job_field *field);
void job_field_set_output(union any_job *any, const struct job_field *field, void *data);

/* Whether the job has bytes or an address in the field. A field that is a number is always given. */
bool job_field_is_given(union any_job *any, const struct job_field *field);
/* The least and the largest number of bytes that the field of this job may have. */
size_t job_field_min(const union any_job *any, const struct job_field *field);
size_t job_field_max(const union any_job *any, const struct job_field *field);

/* Whether the job has bytes for the secret that a prepared one may take the place of. */
bool job_has_secret_bytes(union any_job *any);
/* The hash of a job (enum lanekdf_hash); 0 if its kind has no such field. */
uint32_t job_hash(const union any_job *any);
/* Whether kernels of this family ("sha512") take a part in the job. */
bool job_is_of_family(const union any_job *any, const char *family);
/* Whether a job that is good otherwise may be derived where `legacy` of the options is this. */
bool job_is_allowed(const union any_job *any, uint32_t legacy);
/* Prints every field that is given to stderr: its length or its number, and never its bytes. The lists of
 * pieces of a job that is not good are not read. */
void job_print(union any_job *any, bool is_good);

#endif
