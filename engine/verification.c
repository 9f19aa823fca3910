#include "verification.h"

#include <stdatomic.h>

#include "kind.h"
#include "one.h"
#include "reference.h"
#include "reference_hash.h"
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

/* Public bytes, mixed to a number. */
struct mixer {
    uint64_t mixed;
    size_t n_bytes;
};

enum { MIXED_PIECES = 8 };

/* Eight bytes of a buffer are enough: it has a random or a digest. A random may begin with the time and end
 * with a sign that all connections have, so that those from the ninth on are taken. */
static void mix(struct mixer *mixer, struct lanekdf_bytes bytes)
{
    uint64_t word = 0;
    if (bytes.len >= 2 * sizeof(word)) {
        memcpy(&word, bytes.data + sizeof(word), sizeof(word));
    } else if (bytes.len) { /* a piece of no bytes may be at NULL */
        memcpy(&word, bytes.data, bytes.len < sizeof(word) ? bytes.len : sizeof(word));
    }
    mixer->mixed = (mixer->mixed << 23 | mixer->mixed >> 41) + word;
    mixer->n_bytes += bytes.len < sizeof(word) ? bytes.len : sizeof(word);
}

/* Spreads every bit of a number over the high ones. */
static uint64_t spread(uint64_t x)
{
    x *= UINT64_C(0x9e3779b97f4a7c15);
    x ^= x >> 32;
    return x * UINT64_C(0x9e3779b97f4a7c15);
}

static struct mixer mix_public_bytes(const struct lanekdf_job *job)
{
    struct mixer mixer = {0};
    struct view view;
    view_begin(&view, VIEW_LISTS_PUBLIC);
    kinds_find(job->kind)->view(job, &view);
    for (unsigned i = 0; i < view.n_listed_inputs; i++) {
        mix(&mixer, view.inputs[i]);
    }
    for (size_t i = 0; view.are_pieces_public && i < view.message.n && i < MIXED_PIECES; i++) {
        mix(&mixer, view.message.list[i]);
    }
    return mixer;
}

__attribute__((noinline)) bool verify_chooses(const struct lanekdf_job *job, uint32_t one_in)
{
    enum { ENOUGH_BYTES = 8 };
    static _Atomic(uint32_t) n_others;
    const struct mixer mixer = mix_public_bytes(job);
    if (mixer.n_bytes < ENOUGH_BYTES) {
        return atomic_fetch_add_explicit(&n_others, 1, memory_order_relaxed) % one_in == 0;
    }
    return scaled(spread(mixer.mixed), one_in) == 0;
}

/* ---- what is compared ---- */

__attribute__((noinline)) void verify_digest_outputs(
    struct verify_digest *digest, const struct lanekdf_job *job)
{
    struct reference_hash hash;
    struct view view;
    view_begin(&view, VIEW_LISTS_OUTPUTS);
    kinds_find(job->kind)->view(job, &view);
    reference_hash_start(&hash, LANEKDF_SHA256);
    for (unsigned i = 0; i < view.n_listed_outputs; i++) {
        reference_hash_add(&hash, (struct lanekdf_bytes){view.outputs[i].data, view.outputs[i].len});
    }
    reference_hash_end(&hash, digest->bytes);
}

/* In constant time: no branch depends on where two digests differ. */
bool verify_is_same(const struct verify_digest *a, const struct verify_digest *b)
{
    uint8_t differs = 0;
    for (size_t i = 0; i < sizeof(a->bytes); i++) {
        differs |= a->bytes[i] ^ b->bytes[i];
    }
    return !differs;
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

/* verify_job() but for its wipes. Not inlined, so that its frame is below that of verify_job(). */
__attribute__((noinline)) static bool compare(
    struct opinions *o, struct verify_call *call, struct lanekdf_job *job, uint32_t ran)
{
    const struct simd_kernel *kernels[SIMD_N_FAMILIES];
    const uint32_t others = other_kernels(call, verify_families(job, call->legacy), ran, kernels);
    verify_digest_outputs(&o->first, job);
    if (others) {
        one_derive(kernels, call->legacy, job);
        verify_digest_outputs(&o->second, job);
        if (verify_is_same(&o->first, &o->second)) {
            return true;
        }
    }
    verify_derive_by_reference(job, call->legacy);
    verify_digest_outputs(&o->judged, job);
    if (others && !verify_is_same(&o->second, &o->judged)) {
        verify_withdraw(call, others);
    }
    return verify_is_same(&o->first, &o->judged);
}

bool verify_job(struct verify_call *call, struct lanekdf_job *job, uint32_t ran, struct verify_digest *judged)
{
    struct opinions o;
    service_count(SERVICE_VERIFIED);
    const bool is_right = compare(&o, call, job, ran);
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
    if (verify_job(call, job, kernels_of(start, families), &judged)) {
        return;
    }
    verify_withdraw(call, kernels_of(start, families));
    start = start_one_once();
    const bool by_kernels = derive_in_service(start, job);
    verify_digest_outputs(&again, job);
    if (!verify_is_same(&again, &judged)) {
        if (by_kernels) {
            verify_withdraw(call, kernels_of(start, families));
        }
        service_count(SERVICE_FAILED);
        kinds_fail_job(job, LANEKDF_ERROR_FAULT);
    }
    wipe(&judged, sizeof(judged));
    wipe(&again, sizeof(again));
}

int verify_derive_one(const struct start_one *start, struct lanekdf_job *job)
{
    const struct start_options *options = &start->options;
    struct verify_call call = {options->legacy, options->limits.max_vector_width, 0};
    if (start->status != LANEKDF_OK) {
        return kinds_fail_job(job, start->status);
    }
    const bool by_kernels = derive_in_service(start, job);
    if (by_kernels && job->status == LANEKDF_OK && options->verify.one_in &&
        verify_chooses(job, options->verify.one_in)) {
        verify_alone(start, &call, job);
        wipe_reference_stack();
    }
    simd_clear_registers();
    verify_report(&options->verify, call.faulty);
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
    for (size_t i = 0; i < candidates->n && options->on_fault; i++) {
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
