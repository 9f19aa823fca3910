/*
 * A job and what it must come to. Good ones are made in good_jobs.h, wrong ones in wrong_jobs.h;
 * run_and_compare.h derives them.
 */
#ifndef JOB_CASE_H
#define JOB_CASE_H

#include "guarded_memory.h"
#include "job_kinds.h"

enum { JOB_CASE_MAX_OUTPUTS = 8 }; /* a handshake has 6; a wrong one has two places for some of them */

/* What becomes of the outputs of a job that fails. EITHER: where the length of an input or of an output is
 * absurd, it cannot be said whether an output lies in an input. */
enum outputs_of_failure { OUTPUTS_ZEROED, OUTPUTS_LEFT, OUTPUTS_EITHER };

struct job_case {
    union any_job *any;
    const char *name; /* of the kind, or of the mistake */
    int32_t status;   /* that the job must have afterwards */
    enum outputs_of_failure outputs_of_failure;
    struct lanekdf_bytes prepared_from; /* the bytes that the job's prepared secret was made of */
    struct lanekdf_span outputs[JOB_CASE_MAX_OUTPUTS];
    size_t n_outputs;
};

/* A job of zeros in memory of its own, of which nothing is expected yet. */
struct job_case job_case_new(uint32_t kind, struct guarded_memory *memory);

/* Take random bytes for an input. */
const uint8_t *take_input(struct guarded_memory *memory, size_t len);
struct lanekdf_bytes take_bytes(struct guarded_memory *memory, size_t len);
/* Takes random bytes, cut into n pieces at random places. Pieces may be empty. */
struct job_pieces take_pieces(struct guarded_memory *memory, size_t len, size_t n);

/* Take room for an output. A case lists all of its outputs, so that the right bytes can be expected in each.
 */
struct lanekdf_span take_output(struct job_case *job_case, struct guarded_memory *memory, size_t len);
struct lanekdf_prepared_secret *take_prepared_output(
    struct job_case *job_case, struct guarded_memory *memory);
void add_output(struct job_case *job_case, struct lanekdf_span out);
/* Takes the output at this address off the list: its bytes must not change. */
void forget_output(struct job_case *job_case, const uint8_t *data);

/* Takes a prepared secret, which the engine makes in a call of its own. */
struct lanekdf_prepared_secret *take_prepared(
    struct guarded_memory *memory, uint32_t hash, struct lanekdf_bytes secret);
/* Replaces the secret of the job, which is bytes, by a prepared secret made of them. */
void prepare_secret(struct job_case *job_case, struct guarded_memory *memory);

/* Makes a good job, which may be one that is not allowed, ready to be derived again. Its outputs get other
 * bytes than they had at first, so that one which is partly written differs from what the reference wrote. */
void job_case_again(struct job_case *job_case);

/* Returns the job with bytes in the place of a prepared secret, since judges cannot read those of the engine.
 */
union any_job job_case_of_bytes(const struct job_case *job_case);

#endif
