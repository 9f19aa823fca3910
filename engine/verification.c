#include "verification.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "kind.h"
#include "one.h"
#include "reference.h"
#include "service.h"
#include "start.h"
#include "wipe.h"

/* What verifies has started. */
static const struct start_candidates *all_candidates(void)
{
    return &start_once()->candidates;
}

/* ---- which jobs ---- */

/* A number from 0 to n - 1, of 32 random bits. */
static uint32_t scaled(uint64_t random, uint32_t n)
{
    return (uint32_t)((random >> 32) * n >> 32);
}

static uint64_t next_random(uint64_t random)
{
    return random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* that of MMIX */
}

/* The time, which an observer of the jobs that take twice as long may learn; of an address he must not. */
uint64_t verify_seed(void)
{
    const int saved_errno = errno;
    struct timespec now = {0, 0};
    (void)timespec_get(&now, TIME_UTC);
    errno = saved_errno;
    return next_random(next_random((uint64_t)now.tv_sec) + (uint64_t)now.tv_nsec);
}

void verify_sampler_begin(struct verify_sampler *sampler, uint32_t one_in, uint64_t seed)
{
    sampler->random = next_random(seed);
    sampler->place = scaled(sampler->random, one_in);
    sampler->next = sampler->place;
}

void verify_sampler_step(struct verify_sampler *sampler, uint32_t one_in)
{
    const uint32_t place = sampler->place;
    sampler->random = next_random(sampler->random);
    sampler->place = scaled(sampler->random, one_in);
    sampler->next += (uint64_t)one_in - place + sampler->place;
}

/*
 * Jobs that come alone are counted. One count for all threads would cost each of them a cache line that
 * another one has written, and there are no thread-locals here. But a thread has a stack: the page of a frame
 * gives each thread a count of its own, as good as always, since the golden ratio puts pages at equal
 * distances far from each other. Threads that share a count lose some of it, and time.
 */
enum { COUNT_BITS = 9, STACK_PAGE_BITS = 12 };
static struct {
    _Alignas(64) _Atomic(uint32_t) n;
} counts[1 << COUNT_BITS];
#define GOLDEN_RATIO UINT64_C(0x9e3779b97f4a7c15)

/* Spreads every bit of a number over the high ones. */
static uint64_t spread(uint64_t x)
{
    x *= GOLDEN_RATIO;
    return (x ^ x >> 32) * GOLDEN_RATIO;
}

bool verify_chooses(const struct verify_options *options)
{
    const uint64_t page = (uintptr_t)__builtin_frame_address(0) >> STACK_PAGE_BITS;
    const uint64_t place = page * GOLDEN_RATIO >> (64 - COUNT_BITS);
    const uint32_t n = atomic_load_explicit(&counts[place].n, memory_order_relaxed);
    atomic_store_explicit(&counts[place].n, n + 1, memory_order_relaxed);
    return scaled(spread(options->seed + (place << 32 | n)), options->one_in) == 0;
}

/* ---- what is compared ---- */

static uint64_t rotated(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

/* Faults do not choose what they do, so that a digest need not stand against an adversary. A step is a
 * bijection of the digest, and of the word as well. */
static void digest_word(struct verify_digest *digest, uint64_t word)
{
    digest->words[0] = rotated(digest->words[0] + word, 29) ^ digest->words[1];
    digest->words[1] = rotated(digest->words[1] + digest->words[0], 41);
}

static void digest_output(struct verify_digest *digest, const struct lanekdf_span *output)
{
    size_t i = 0;
    uint64_t word = 0;
    for (; output->len - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, output->data + i, sizeof(word));
        digest_word(digest, word);
    }
    word = 0;
    memcpy(&word, output->data + i, output->len - i);
    digest_word(digest, word);
}

__attribute__((noinline)) void verify_digest_outputs(
    struct verify_digest *digest, const struct lanekdf_job *job)
{
    struct view view;
    view_begin(&view, VIEW_LISTS_OUTPUTS);
    kinds_find(job->kind)->view(job, &view);
    *digest = (struct verify_digest){{0, 1}};
    for (unsigned i = 0; i < view.n_listed_outputs; i++) {
        digest_output(digest, &view.outputs[i]);
    }
}

/* In constant time: no branch depends on where two digests differ. */
bool verify_is_same(const struct verify_digest *a, const struct verify_digest *b)
{
    return !((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1]));
}

/* ---- by whom ---- */

static uint32_t families_of(const struct record *r)
{
    return 1u << r->hashes[0]->family | (r->hashes[1] ? 1u << r->hashes[1]->family : 0);
}

/* Not inlined, nor are the functions below that need much stack: LANEKDF_ONE_STACK has no room for that
 * beside a derivation. */
__attribute__((noinline)) uint32_t verify_families(struct lanekdf_job *job, uint32_t legacy)
{
    struct record record;
    record.has_secrets = false;
    const int status = kinds_begin_job(job, &record, legacy);
    return status == LANEKDF_OK ? families_of(&record) : 0;
}

bool verify_needs_reference(struct lanekdf_job *job, uint32_t legacy, uint32_t families_without)
{
    return families_without && (verify_families(job, legacy) & families_without);
}

__attribute__((noinline)) int verify_derive_by_reference(struct lanekdf_job *job, uint32_t legacy)
{
    struct record record;
    const int status = kinds_begin_job(job, &record, legacy);
    if (status == LANEKDF_OK) {
        reference_derive(job);
        job->status = LANEKDF_OK;
    }
    wipe_reference_stack();
    return status;
}

/* The kernels that have an instruction set in common with one of these, of the same family, and these. */
static uint32_t alike(uint32_t kernels)
{
    const struct start_candidates *const candidates = all_candidates();
    uint32_t found = kernels;
    for (size_t i = 0; i < candidates->n; i++) {
        for (size_t k = 0; k < candidates->n; k++) {
            const struct simd_kernel *a = candidates->all[i].kernel, *b = candidates->all[k].kernel;
            if (kernels >> k & 1 && a->family == b->family && a->features & b->features) {
                found |= UINT32_C(1) << i;
            }
        }
    }
    return found;
}

/* The kernels of one lane for a second derivation, by family. Returns the set of them, or 0 if a family has
 * none that is of another instruction set than all that ran. */
static uint32_t other_kernels(const struct verify_call *call, uint32_t families, uint32_t ran,
    const struct simd_kernel *kernels[SIMD_N_FAMILIES])
{
    const struct start_candidates *const candidates = all_candidates();
    const struct plan_limits limits = {.max_vector_width = call->max_vector_width,
        .one_lane = true,
        .withdrawn = service_withdrawn() | alike(ran)};
    uint32_t found = 0;
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        kernels[family] = NULL;
        if (families >> family & 1) {
            kernels[family] = plan_one_job(candidates->all, candidates->n, (enum simd_family)family, &limits);
            if (!kernels[family]) {
                return 0;
            }
            found |= service_bit(all_candidates(), kernels[family]);
        }
    }
    return found;
}

/* ---- one job ---- */

/* The digests of what the two derivations of a job gave, and of what the reference says. */
struct opinions {
    struct verify_digest first, second, judged;
};

void verify_withdraw(struct verify_call *call, uint32_t kernels)
{
    call->faulty |= service_withdraw(kernels);
}

/* verify_job() but for its wipes. Not inlined, so that its frame is below that of verify_job(). Returns 1 or
 * 0, and no bool: above the eight bits of a bool a register may keep a part of the digests that it was made
 * of, which the wipe would save on the stack. */
__attribute__((noinline)) static uint32_t compare(
    struct opinions *o, struct verify_call *call, struct lanekdf_job *job, uint32_t families, uint32_t ran)
{
    const struct simd_kernel *kernels[SIMD_N_FAMILIES];
    const uint32_t others = other_kernels(call, families, ran, kernels);
    verify_digest_outputs(&o->first, job);
    if (others) {
        one_derive(kernels, call->legacy, job);
        verify_digest_outputs(&o->second, job);
        if (verify_is_same(&o->first, &o->second)) {
            return 1;
        }
    }
    verify_derive_by_reference(job, call->legacy);
    verify_digest_outputs(&o->judged, job);
    if (others && !verify_is_same(&o->second, &o->judged)) {
        verify_withdraw(call, others);
    }
    return verify_is_same(&o->first, &o->judged) ? 1 : 0;
}

bool verify_job(struct verify_call *call, struct lanekdf_job *job, uint32_t families, uint32_t ran,
    struct verify_digest *judged)
{
    struct opinions o;
    service_count(SERVICE_VERIFIED);
    const uint32_t is_right = compare(&o, call, job, families, ran);
    if (!is_right) {
        service_count(SERVICE_WRONG);
        *judged = o.judged;
    }
    wipe(&o, sizeof(o));
    wipe_reference_stack();
    return is_right;
}

/* ---- a job that comes alone ---- */

/* Derives a job on the kernels that are in service, or by the reference. Returns false if that did. */
static bool derive_in_service(const struct start_one *start, struct lanekdf_job *job)
{
    const uint32_t legacy = start->options.legacy;
    if (verify_needs_reference(job, legacy, start->families_without)) {
        verify_derive_by_reference(job, legacy);
        return false;
    }
    one_derive(start->kernels, legacy, job);
    return true;
}

static uint32_t kernels_of(const struct start_one *start, uint32_t families)
{
    uint32_t kernels = 0;
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        if (families >> family & 1) {
            kernels |= service_bit(all_candidates(), start->kernels[family]);
        }
    }
    return kernels;
}

/* Verifies a job that was derived on the kernels of `start`, and derives it again if it was wrong: on those
 * that are then in service. */
__attribute__((noinline)) static void verify_alone(
    const struct start_one *start, struct verify_call *call, struct lanekdf_job *job)
{
    const uint32_t families = verify_families(job, call->legacy);
    struct verify_digest judged, again;
    if (verify_job(call, job, families, kernels_of(start, families), &judged)) {
        return;
    }
    verify_withdraw(call, kernels_of(start, families));
    struct start_one others;
    start_one_in_service(&others);
    const bool by_kernels = derive_in_service(&others, job);
    verify_digest_outputs(&again, job);
    if (!verify_is_same(&again, &judged)) {
        if (by_kernels) {
            verify_withdraw(call, kernels_of(&others, families));
        }
        service_count(SERVICE_FAILED);
        kinds_fail_job(job, LANEKDF_ERROR_FAULT);
    }
    wipe(&judged, sizeof(judged));
    wipe(&again, sizeof(again));
}

/* Verifies a job that was derived, and does what is left to do in the call. Not inlined, so that a job that
 * is not chosen takes none of its time. */
__attribute__((noinline)) static void verify_chosen(const struct start_one *start, struct lanekdf_job *job)
{
    const struct start_options *options = &start->options;
    struct verify_call call = {options->legacy, options->limits.max_vector_width, 0};
    verify_alone(start, &call, job);
    wipe_reference_stack();
    simd_clear_registers();
    verify_report(&options->verify, call.faulty);
}

int verify_derive_one(const struct start_one *start, struct lanekdf_job *job)
{
    if (start->status != LANEKDF_OK) {
        return kinds_fail_job(job, start->status);
    }
    const bool by_kernels = derive_in_service(start, job), asked = start->options.verify.one_in != 0;
    if (asked && by_kernels && job->status == LANEKDF_OK && verify_chooses(&start->options.verify)) {
        verify_chosen(start, job);
    } else {
        simd_clear_registers();
    }
    return job->status;
}

/* ---- the callback ---- */

static uint32_t count_bits(uint32_t set)
{
    uint32_t n = 0;
    for (; set; set &= set - 1) {
        n++;
    }
    return n;
}

void verify_report(const struct verify_options *options, uint32_t kernels)
{
    const struct start_candidates *const candidates = all_candidates();
    for (size_t i = 0; kernels >> i && options->on_fault; i++) {
        if (kernels >> i & 1) {
            const enum simd_family family = candidates->all[i].kernel->family;
            const uint32_t withdrawn = service_withdrawn();
            const struct lanekdf_fault fault = {.size = sizeof(fault),
                .kernel = candidates->all[i].kernel->name,
                .family = simd_family_name(family),
                .n_left = count_bits(service_kernels(all_candidates(), 1u << family, withdrawn)),
                .n_withdrawn = count_bits(withdrawn)};
            options->on_fault(options->user, &fault);
        }
    }
}
