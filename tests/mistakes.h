/* The mistakes that a job can have (wrong_jobs.h): those of a field, by its type, and those of a kind. */
#ifndef MISTAKES_H
#define MISTAKES_H

#include "job_case.h"

/* A good job in which something is about to go wrong. */
struct mistake_site {
    struct job_case *job_case;
    struct guarded_memory *memory;
    const struct job_kind *kind;
    const struct job_field *field; /* NULL: the mistake is not of one field */
};

struct mistake {
    const char *name;
    int32_t status; /* that the job must fail with */
    enum outputs_of_failure outputs_of_failure;
    /* Makes the mistake. Returns false if this job cannot have it; another job is tried then. */
    bool (*make)(struct mistake_site *site);
};

struct field_mistake {
    enum job_field_type type;
    /* Whether a field of this kind can have the mistake; NULL: every field of the type can. */
    bool (*is_one)(const struct job_kind *kind, const struct job_field *field);
    struct mistake mistake;
};
extern const struct field_mistake field_mistakes[];
extern const size_t n_field_mistakes;

enum { ANY_KIND = 0 };
struct kind_mistake {
    uint32_t kind; /* enum lanekdf_kind, or ANY_KIND */
    struct mistake mistake;
};
extern const struct kind_mistake kind_mistakes[];
extern const size_t n_kind_mistakes;
/* The same for stages of TLS 1.3, DTLS 1.3 and QUIC, and for HKDF (stage_mistakes.c). */
extern const struct kind_mistake stage_mistakes[];
extern const size_t n_stage_mistakes;

/* Moves an output of the job so that it shares at least one byte with the len bytes at `with`, which come
 * from take_room(). The caller may not write to these bytes afterwards. */
void overlap_with(struct mistake_site *site, const struct job_field *output, const void *with, size_t len);
/* Takes len bytes, with room around them for an output that overlaps them. */
void *take_room(struct mistake_site *site, const struct job_field *output, size_t len);
/* Chooses an output that the job wants, other than `but`; NULL if there is none. */
const struct job_field *any_other_output(struct mistake_site *site, const struct job_field *but);

#endif
