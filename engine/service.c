#include "service.h"

#include <stdatomic.h>

static _Atomic(uint32_t) withdrawn_kernels;
static _Atomic(uint64_t) counts[SERVICE_N_COUNTS];

uint32_t service_withdrawn(void)
{
    return atomic_load_explicit(&withdrawn_kernels, memory_order_acquire);
}

uint32_t service_withdraw(uint32_t kernels)
{
    const uint32_t found = kernels & ~atomic_fetch_or(&withdrawn_kernels, kernels);
    if (found) {
        start_one_renew();
    }
    return found;
}

uint32_t service_kernels(const struct start_candidates *candidates, uint32_t families, uint32_t withdrawn)
{
    uint32_t kernels = 0;
    for (size_t i = 0; i < candidates->n; i++) {
        const struct simd_candidate *c = &candidates->all[i];
        const bool is_one = families >> c->kernel->family & 1 && c->state == SIMD_USABLE;
        kernels |= (uint32_t)is_one << i;
    }
    return kernels & ~withdrawn;
}

/* For contexts a kernel of any number of lanes will do, and for one job the portable one at the least: a
 * family is without a kernel as soon as one of the two has none, since jobs go from one form to the other. */
static bool has_kernel_of_one_lane(
    const struct start_candidates *candidates, enum simd_family family, uint32_t withdrawn)
{
    static const struct plan_limits one_lane = {.one_lane = true};
    for (size_t i = 0; i < candidates->n; i++) {
        const struct simd_candidate *c = &candidates->all[i];
        if (c->kernel->family == family && !(withdrawn >> i & 1) && plan_allows(&one_lane, c)) {
            return true;
        }
    }
    return false;
}

uint32_t service_families_without(const struct start_candidates *candidates, uint32_t withdrawn)
{
    uint32_t families = 0;
    for (unsigned family = 0; withdrawn && family < SIMD_N_FAMILIES; family++) {
        if (!has_kernel_of_one_lane(candidates, (enum simd_family)family, withdrawn)) {
            families |= 1u << family;
        }
    }
    return families;
}

uint32_t service_bit(const struct start_candidates *candidates, const struct simd_kernel *kernel)
{
    size_t i = 0;
    while (i < candidates->n && candidates->all[i].kernel != kernel) {
        i++;
    }
    return i < candidates->n ? UINT32_C(1) << i : 0;
}

void service_limit(struct plan_limits *limits, const struct start_candidates *candidates, uint32_t withdrawn)
{
    const uint32_t without = service_families_without(candidates, withdrawn);
    if (limits->kernel && withdrawn & service_bit(candidates, limits->kernel)) {
        limits->kernel = NULL;
    }
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        if (without >> family & 1) {
            withdrawn &= ~service_bit(candidates, simd_scalar((enum simd_family)family));
        }
    }
    limits->withdrawn = withdrawn;
}

void service_count(enum service_count what)
{
    atomic_fetch_add_explicit(&counts[what], 1, memory_order_relaxed);
}

uint64_t service_counted(enum service_count what)
{
    return atomic_load_explicit(&counts[what], memory_order_relaxed);
}
