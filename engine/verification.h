/*
 * Verification in service: of the jobs that succeed, one in so many is derived a second time, on a kernel of
 * another instruction set, and what both gave is compared. The reference (reference.h) decides where the two
 * differ, and takes the place of the second kernel where there is none. A kernel that was wrong is taken out
 * of service (service.h), and the jobs of the call are derived again on the next one.
 *
 * The second derivation writes to the same outputs, which the caller looks at only after the call. So outputs
 * of any length take no memory: what stays of the first derivation is a digest of its outputs.
 */
#ifndef ENGINE_VERIFICATION_H
#define ENGINE_VERIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lanekdf.h"

struct start_one;

/* What the options of start-up or of a context ask for. */
struct verify_options {
    uint32_t one_in; /* 0: nothing is verified */
    uint64_t seed;   /* of the choice among jobs that come alone */
    void (*on_fault)(void *user, const struct lanekdf_fault *fault);
    void *user;
};

/* Which jobs of a context are verified: of each one_in jobs in a row one, at a place that changes from one to
 * the next, so that batches which are alike have other jobs verified each time. */
struct verify_sampler {
    uint64_t random;
    uint64_t next;  /* how many jobs come before the next one that is verified */
    uint32_t place; /* of that one among its one_in jobs */
};

/* A seed for what follows, another one at each call. */
uint64_t verify_seed(void);

void verify_sampler_begin(struct verify_sampler *sampler, uint32_t one_in, uint64_t seed);

/* Goes on to the next job that is verified. */
void verify_sampler_step(struct verify_sampler *sampler, uint32_t one_in);

/* Whether a job that comes alone is verified: any job, with a probability of 1 in one_in. Nothing of the job
 * decides it, so that a job which repeats is verified in its turn, and nobody who sends jobs chooses. */
bool verify_chooses(const struct verify_options *options);

/* A public call that verifies. */
struct verify_call {
    uint32_t legacy;           /* enum lanekdf_legacy: what jobs without a permission of their own may use */
    uint32_t max_vector_width; /* bits, of kernels for second derivations; 0: any */
    uint32_t faulty;           /* the kernels that the call has taken out of service */
};

/* The families of the hashes of a job, which must be a good one. */
uint32_t verify_families(struct lanekdf_job *job, uint32_t legacy);

/* A digest of all outputs of a job: two that differ in one word have other digests, and others as good as
 * always. It depends on secrets, and whoever has one wipes it. */
struct verify_digest {
    uint64_t words[2];
};
void verify_digest_outputs(struct verify_digest *digest, const struct lanekdf_job *job);
bool verify_is_same(const struct verify_digest *a, const struct verify_digest *b);

/*
 * Verifies a job of hashes of these families that was derived, on a kernel or several of the set `ran`.
 * Returns whether its outputs are right. If not, they are those of the reference, and *judged is their
 * digest, which the caller wipes. A kernel that was wrong in the second derivation is taken out of service.
 */
bool verify_job(struct verify_call *call, struct lanekdf_job *job, uint32_t families, uint32_t ran,
    struct verify_digest *judged);

/* Takes kernels out of service in this call. */
void verify_withdraw(struct verify_call *call, uint32_t kernels);

/* Derives a job by the reference, as lanekdf_derive_one would. Returns its status. */
int verify_derive_by_reference(struct lanekdf_job *job, uint32_t legacy);

/* Whether the reference is all that is left for the job. Of a bad job the answer is no. */
bool verify_needs_reference(struct lanekdf_job *job, uint32_t legacy, uint32_t families_without);

/* Tells the callback of each kernel of a set, which may be empty, after all secrets of the call are wiped. */
void verify_report(const struct verify_options *options, uint32_t kernels);

/* What lanekdf_derive_one does when start_one.is_plain is false. */
int verify_derive_one(const struct start_one *start, struct lanekdf_job *job);

#endif
