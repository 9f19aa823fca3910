/* What lanekdf says of itself: its version, its statuses, its hashes and its kernels. */
#include "hash.h"
#include "published.h"
#include "service.h"
#include "start.h"
#include "struct_sizes.h"

#include <string.h>

#define QUOTED_(x) #x
#define QUOTED(x) QUOTED_(x)

const char *lanekdf_version_text(void)
{
    return QUOTED(LANEKDF_VERSION_MAJOR) "." QUOTED(LANEKDF_VERSION_MINOR) "." QUOTED(LANEKDF_VERSION_PATCH);
}

const char *lanekdf_status_text(int status)
{
    switch ((enum lanekdf_status)status) {
    case LANEKDF_OK:
        return "ok";
    case LANEKDF_ERROR_KIND:
        return "unknown kind of job";
    case LANEKDF_ERROR_NULL:
        return "a pointer is NULL";
    case LANEKDF_ERROR_LENGTH:
        return "a length is out of range, or no output is asked for";
    case LANEKDF_ERROR_OVERLAP:
        return "an output overlaps another buffer of the job";
    case LANEKDF_ERROR_RESERVED:
        return "reserved is not 0, or an unknown flag is set";
    case LANEKDF_ERROR_CONFLICT:
        return "inputs that exclude each other, or one of two is missing";
    case LANEKDF_ERROR_DISABLED:
        return "deprecated, and `legacy` of neither the job nor the options allows it";
    case LANEKDF_ERROR_LABEL:
        return "a label that TLS uses itself";
    case LANEKDF_ERROR_PREPARED:
        return "not a prepared secret, or one of another hash";
    case LANEKDF_ERROR_SECRET:
        return "a shared secret of zeros";
    case LANEKDF_ERROR_VERSION:
        return "unknown protocol version, or not one of this kind of job";
    case LANEKDF_ERROR_HASH:
        return "unknown hash, or not a hash of this kind of job or version";
    case LANEKDF_ERROR_INTERNAL:
        return "a limit of the library itself, please report it";
    case LANEKDF_ERROR_STATE:
        return "an HMAC that was never started, or is finished";
    case LANEKDF_ERROR_FAULT:
        return "two kernels gave other bytes than the reference: the machine computes wrong";
    case LANEKDF_ERROR_MEMORY:
        return "out of memory";
    case LANEKDF_ERROR_KERNEL:
        return "no such kernel, or it cannot be used here";
    case LANEKDF_ERROR_OPTIONS:
        return "options of an unknown size or value";
    case LANEKDF_ERROR_STARTED:
        return "already started with other options";
    case LANEKDF_ERROR_SUITE_UNKNOWN:
        return "unknown cipher suite";
    case LANEKDF_ERROR_SUITE_GREASE:
        return "GREASE (RFC 8701), not a cipher suite";
    case LANEKDF_ERROR_SUITE_SIGNALLING:
        return "a signalling value, not a cipher suite";
    case LANEKDF_ERROR_SUITE_TLS13:
        return "a cipher suite of TLS 1.3 with SM3, which is not served";
    case LANEKDF_ERROR_SUITE_GOST:
        return "a GOST cipher suite, which has a PRF of its own";
    case LANEKDF_ERROR_SUITE_VERSION:
        return "not a cipher suite of this protocol version";
    case LANEKDF_ERROR_GROUP:
        return "not a hybrid group that is known";
    }
    return "unknown status";
}

size_t lanekdf_hash_len(uint32_t hash)
{
    const struct hash *found = hash_find(hash);
    return found ? found->digest_bytes : 0;
}

const char *lanekdf_hash_name(uint32_t hash)
{
    const struct hash *found = hash_find(hash);
    return found ? found->name : NULL;
}

/* ---- what start-up found out ---- */

const char *lanekdf_cpu_text(void)
{
    return start_once()->cpu_text;
}

static uint32_t kernel_state(const struct start *start, size_t index)
{
    const struct simd_candidate *candidate = &start->candidates.all[index];
    if (service_withdrawn() >> index & 1) {
        return LANEKDF_KERNEL_WITHDRAWN;
    }
    switch (candidate->state) {
    case SIMD_UNSUPPORTED:
        return LANEKDF_KERNEL_UNSUPPORTED;
    case SIMD_FAULTY:
        return LANEKDF_KERNEL_FAULTY;
    case SIMD_UNTESTED: /* not after start_once() */
    case SIMD_USABLE:
        break;
    }
    return plan_allows(&start->one.options.limits, candidate) ? LANEKDF_KERNEL_USABLE
                                                              : LANEKDF_KERNEL_EXCLUDED;
}

int lanekdf_kernel_query(size_t index, struct lanekdf_kernel *kernel)
{
    const struct start *start = start_once();
    const struct simd_candidate *const candidates = start->candidates.all;
    const size_t n = start->candidates.n;
    if (!is_size_of_kernel(kernel->size)) {
        return LANEKDF_ERROR_OPTIONS;
    }
    if (index >= n) {
        return LANEKDF_ERROR_LENGTH;
    }
    const struct simd_kernel *k = candidates[index].kernel;
    const struct lanekdf_kernel found = {.size = kernel->size,
        .name = k->name,
        .description = k->description,
        .missing = start->missing_texts[index],
        .state = kernel_state(start, index),
        .lanes = k->lanes,
        .vector_width = k->vector_width,
        .block_len = 16 * (uint32_t)simd_word_bytes(k->family),
        .family = simd_family_name(k->family)};
    memcpy(kernel, &found, kernel->size);
    return LANEKDF_OK;
}

int lanekdf_programs_query(struct lanekdf_programs *programs)
{
    struct published_counts counts;
    if (!is_size_of_programs(programs->size)) {
        return LANEKDF_ERROR_OPTIONS;
    }
    (void)start_once();
    published_count(&counts);
    const struct lanekdf_programs found = {.size = programs->size,
        .n_programs = counts.n,
        .max_programs = counts.max,
        .n_long = counts.n_long,
        .max_long = counts.max_long};
    memcpy(programs, &found, programs->size);
    return LANEKDF_OK;
}

double lanekdf_kernel_cost(size_t index, size_t n_jobs)
{
    const struct start_candidates *const candidates = &start_once()->candidates;
    if (index >= candidates->n || candidates->all[index].state != SIMD_USABLE || !n_jobs) {
        return 0;
    }
    return plan_cost(&candidates->all[index], n_jobs);
}

size_t lanekdf_kernel_choice(enum lanekdf_hash hash, size_t n_jobs, size_t *n_taken)
{
    const struct start *start = start_once();
    const struct hash *h = hash_find(hash);
    if (start->one.status != LANEKDF_OK || !h || !n_jobs) {
        return (size_t)-1;
    }
    const uint32_t withdrawn = service_withdrawn();
    const struct plan *plan = &start->plans.many[PLAN_UNIFORM][h->family];
    struct plan left;
    if (withdrawn) {
        struct plan_limits limits = start->one.options.limits;
        service_limit(&limits, &start->candidates, withdrawn);
        if (service_families_without(&start->candidates, withdrawn) >> h->family & 1 ||
            !plan_make(&left, start->candidates.all, start->candidates.n, h->family, &limits, PLAN_UNIFORM)) {
            return (size_t)-1;
        }
        plan = &left;
    }
    const size_t i = plan_index(n_jobs);
    if (n_taken) {
        *n_taken = plan->choices[i].n_jobs;
    }
    for (size_t k = 0; k < start->candidates.n; k++) {
        if (start->candidates.all[k].kernel == plan->choices[i].kernel) {
            return k;
        }
    }
    return (size_t)-1;
}

int lanekdf_verification_query(struct lanekdf_verification *verification)
{
    if (!is_size_of_verification(verification->size)) {
        return LANEKDF_ERROR_OPTIONS;
    }
    uint32_t n_withdrawn = 0;
    for (uint32_t left = service_withdrawn(); left; left &= left - 1) {
        n_withdrawn++;
    }
    const struct lanekdf_verification found = {.size = verification->size,
        .n_verified = service_counted(SERVICE_VERIFIED),
        .n_wrong = service_counted(SERVICE_WRONG),
        .n_failed = service_counted(SERVICE_FAILED),
        .n_withdrawn = n_withdrawn};
    memcpy(verification, &found, verification->size);
    return LANEKDF_OK;
}
