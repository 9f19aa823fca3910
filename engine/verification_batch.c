#include "verification_batch.h"

#include "kind.h"
#include "one.h"
#include "service.h"
#include "wipe.h"

static const struct start_candidates *all_candidates(void)
{
    return &start_once()->candidates;
}

/* A call. */
struct verified_batch {
    struct lanekdf_context *context;
    struct lanekdf_job *const *jobs;
    struct verify_call call;
};

/* ---- plans ---- */

/* What plans of the kernels that are in service begin with. */
static void begin_plans(struct lanekdf_context *c)
{
    c->withdrawn = service_withdrawn();
    c->families_without = service_families_without(all_candidates(), c->withdrawn);
    batch_forget_groups(&c->batch);
}

static void renew_plans(struct lanekdf_context *c)
{
    begin_plans(c);
    start_renew_plans(start_once(), &c->options.limits, c->withdrawn, &c->plans);
}

/* ---- deriving, with a note of what ran ---- */

_Static_assert(offsetof(struct batch, feed) == 0, "next_noted() finds the batch by its feed");

static int next_noted(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct batch *batch = (struct batch *)feed; /* of which it is the first member */
    struct lanekdf_context *c =
        (struct lanekdf_context *)((uint8_t *)batch - offsetof(struct lanekdf_context, batch));
    if (!batch_next(feed, cursor, task)) {
        return 0;
    }
    if (c->last_ran != c->batch.kernel) {
        c->last_ran = c->batch.kernel;
        c->ran |= service_bit(all_candidates(), c->last_ran);
    }
    return 1;
}

/* The kernels of one lane of a set of families. */
static uint32_t one_lane_kernels(const struct lanekdf_context *c, uint32_t families)
{
    uint32_t kernels = 0;
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        if (families >> family & 1) {
            kernels |= service_bit(all_candidates(), c->plans.one[family]);
        }
    }
    return kernels;
}

static size_t derive_by_kernels(struct verified_batch *v, size_t first, size_t end)
{
    struct lanekdf_context *c = v->context;
    c->ran = 0;
    c->last_ran = NULL;
    c->batch.feed.next = next_noted;
    const size_t n_failed = batch_derive(&c->batch, v->jobs + first, end - first);
    c->batch.feed.next = batch_next;
    wipe_batch_stack();
    c->ran |= one_lane_kernels(c, c->batch.evaluated);
    return n_failed;
}

/* Derives jobs of which some may have no kernel: one by one, those by the reference. */
static size_t derive_one_by_one(struct verified_batch *v, size_t first, size_t end)
{
    struct lanekdf_context *c = v->context;
    size_t n_failed = 0;
    c->ran = one_lane_kernels(c, ~c->families_without);
    for (size_t i = first; i < end; i++) {
        struct lanekdf_job *job = v->jobs[i];
        if (verify_needs_reference(job, v->call.legacy, c->families_without)) {
            verify_derive_by_reference(job, v->call.legacy);
        } else {
            one_derive(c->plans.one, v->call.legacy, job);
        }
        n_failed += job->status != LANEKDF_OK;
    }
    wipe_reference_stack();
    return n_failed;
}

static size_t derive(struct verified_batch *v, size_t first, size_t end)
{
    return v->context->families_without ? derive_one_by_one(v, first, end) : derive_by_kernels(v, first, end);
}

/* ---- which kernel was wrong ---- */

/* What a job that was wrong should be. */
struct wrong_job {
    size_t i;
    uint32_t families;
    struct verify_digest judged;
};

/* Whether the kernel gives the job wrong once more when it alone derives the jobs, as far as its family goes.
 * It need not: the plans of some kernels evaluate long messages on another one. */
static bool is_wrong_again(struct verified_batch *v, size_t first, size_t end, const struct wrong_job *wrong,
    const struct simd_kernel *kernel)
{
    struct plan_limits limits = v->context->options.limits;
    struct verify_digest again;
    limits.kernel = kernel;
    begin_plans(v->context);
    if (start_make_plans(start_once(), &limits, v->context->withdrawn, &v->context->plans) != LANEKDF_OK) {
        return false;
    }
    derive_by_kernels(v, first, end);
    verify_digest_outputs(&again, v->jobs[wrong->i]);
    const bool is_right = verify_is_same(&again, &wrong->judged);
    wipe(&again, sizeof(again));
    return !is_right && (v->context->ran & service_kernels(all_candidates(), wrong->families, 0)) ==
                            service_bit(all_candidates(), kernel);
}

/* Finds the kernels that gave a job wrong. Where several ran, each derives the jobs once more. If none of
 * them is wrong again, nobody can tell which one was, and none is trusted any more. */
static uint32_t find_faulty(struct verified_batch *v, size_t first, size_t end, const struct wrong_job *wrong)
{
    const struct start_candidates *const candidates = all_candidates();
    const uint32_t ran = v->context->ran & service_kernels(all_candidates(), wrong->families, 0);
    uint32_t faulty = 0;
    for (size_t i = 0; i < candidates->n && ran & (ran - 1) && !v->context->families_without; i++) {
        if (ran >> i & 1 && is_wrong_again(v, first, end, wrong, candidates->all[i].kernel)) {
            faulty |= UINT32_C(1) << i;
        }
    }
    return faulty ? faulty : ran;
}

/* ---- the whole ---- */

/* Whether job i, which the sampler has chosen, is as the reference would have it. */
static bool is_right(struct verified_batch *v, size_t i, struct wrong_job *wrong)
{
    struct lanekdf_context *c = v->context;
    struct lanekdf_job *job = v->jobs[i];
    if (job->status != LANEKDF_OK) {
        return true;
    }
    wrong->i = i;
    wrong->families = verify_families(job, v->call.legacy);
    return wrong->families & c->families_without ||
           verify_job(&v->call, job, wrong->families, c->ran, &wrong->judged);
}

/* Verifies those of the jobs that the sampler chooses, which were derived. Returns false if one is wrong. */
static bool are_right(struct verified_batch *v, size_t first, size_t end, struct wrong_job *wrong)
{
    const uint32_t one_in = v->context->options.verify.one_in;
    struct verify_sampler sampler = v->context->sampler;
    for (; one_in && sampler.next < end; verify_sampler_step(&sampler, one_in)) {
        if (sampler.next >= first && !is_right(v, (size_t)sampler.next, wrong)) {
            return false;
        }
    }
    return true;
}

/* Derives and verifies jobs. If one is wrong, all are derived again on other kernels. If one is wrong even
 * then (is_again), it fails, and the others are derived again. That comes to an end, since each time fewer
 * kernels are left, and the reference is not verified. */
static size_t derive_and_verify(struct verified_batch *v, size_t first, size_t end, bool is_again)
{
    struct wrong_job wrong;
    const size_t n_failed = derive(v, first, end);
    if (are_right(v, first, end, &wrong)) {
        return n_failed;
    }
    verify_withdraw(&v->call, find_faulty(v, first, end, &wrong));
    wipe(&wrong.judged, sizeof(wrong.judged));
    renew_plans(v->context);
    if (!is_again) {
        return derive_and_verify(v, first, end, true);
    }
    service_count(SERVICE_FAILED);
    kinds_fail_job(v->jobs[wrong.i], LANEKDF_ERROR_FAULT);
    return 1 + derive_and_verify(v, first, wrong.i, true) + derive_and_verify(v, wrong.i + 1, end, true);
}

size_t verify_derive_batch(struct lanekdf_context *c, struct lanekdf_job *const *jobs, size_t n_jobs)
{
    const struct start_options *options = &c->options;
    struct verified_batch v = {c, jobs, {options->legacy, options->limits.max_vector_width, 0}};
    const uint32_t one_in = options->verify.one_in;
    if (c->withdrawn != service_withdrawn()) {
        renew_plans(c);
    }
    const size_t n_failed = derive_and_verify(&v, 0, n_jobs, false);
    while (one_in && c->sampler.next < n_jobs) {
        verify_sampler_step(&c->sampler, one_in);
    }
    c->sampler.next -= one_in ? n_jobs : 0;
    wipe_reference_stack();
    simd_clear_registers();
    verify_report(&options->verify, v.call.faulty);
    return n_failed;
}
