/* Contexts: how their memory is laid out, and the public calls on them. */
#define _GNU_SOURCE /* MADV_DONTDUMP, MAP_ANONYMOUS */
#include "context.h"

#include <errno.h>
#include <sys/mman.h>

#include "few.h"
#include "service.h"
#include "verification_batch.h"
#include "wipe.h"

/* ---- layout ---- */

/* The bytes, rounded up to an odd number of cache lines: a stride that is a power of two would put every lane
 * into the same few sets of the cache. */
static size_t odd_lines(size_t bytes)
{
    return ((bytes + 63) / 64 | 1) * 64;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Places the banks of all cursors, of so many bytes each, from `end` on, and returns the end of the last one.
 * Kernels of one lane have the most tasks in flight, and hardly fill the first bank. So the banks of cursors
 * that no other kernel has, which are those from n_wide on, lie in the rest of it as far as there is room: no
 * other kernel runs meanwhile, and where another one comes next, use_kernel() forgets the constants. */
static size_t place_banks(
    struct context_layout *l, const size_t banks[SIMD_MAX_TASKS_IN_FLIGHT], unsigned n_wide, size_t end)
{
    const size_t one_lane = odd_lines(PROGRAM_MAX_SLOT_BYTES + LANE_SLACK),
                 first_end = end + odd_lines(banks[0]);
    size_t rest = end + one_lane;
    l->banks[0] = end;
    end = first_end;
    for (unsigned i = 1; i < SIMD_MAX_TASKS_IN_FLIGHT; i++) {
        if (i >= n_wide && rest + one_lane <= first_end) {
            l->banks[i] = rest;
            rest += one_lane;
        } else {
            l->banks[i] = end;
            end += odd_lines(banks[i]);
        }
    }
    return end;
}

/* Room for the most that any kernel takes, whether the plans have it or not: when some are taken out of
 * service, others take their place. Kernels of many lanes have few tasks in flight, so that the banks of the
 * last cursors are smaller. */
static struct context_layout make_layout(const struct start_candidates *candidates)
{
    size_t lanes = 1, scratch = 0, banks[SIMD_MAX_TASKS_IN_FLIGHT] = {0};
    unsigned n_wide = 0;
    for (size_t i = 0; i < candidates->n; i++) {
        const struct simd_kernel *kernel = candidates->all[i].kernel;
        if (candidates->all[i].state != SIMD_USABLE) {
            continue;
        }
        lanes = most(lanes, kernel->lanes);
        scratch = most(scratch, kernel->scratch_bytes);
        if (kernel->lanes > 1 && kernel->tasks_in_flight > n_wide) {
            n_wide = kernel->tasks_in_flight;
        }
        for (size_t task = 0; task < kernel->tasks_in_flight; task++) {
            banks[task] =
                most(banks[task], program_max_slots(kernel->family) * simd_slot_bytes(kernel) + LANE_SLACK);
        }
    }
    struct context_layout l = {.row_stride = odd_lines(BATCH_ROW_BYTES)};
    l.rows = odd_lines(sizeof(struct lanekdf_context));
    l.digests = l.rows + lanes * l.row_stride;
    l.scratch = l.digests + odd_lines(lanes * (size_t)BATCH_DIGEST_BYTES);
    const size_t end = place_banks(&l, banks, n_wide, l.scratch + odd_lines(scratch));
    l.size = (end + CONTEXT_PAGE_BYTES - 1) / CONTEXT_PAGE_BYTES * CONTEXT_PAGE_BYTES;
    return l;
}

/* Gives the batch its parts of the memory, which is all zero so far. */
static void lay_out(struct lanekdf_context *context)
{
    const struct context_layout *const l = &context->layout;
    uint8_t *memory = (uint8_t *)context;
    struct batch *b = &context->batch;
    b->feed.next = batch_next;
    b->legacy = context->options.legacy;
    b->plans[BATCH_UNIFORM] = b->plans[BATCH_SEVERAL] = context->plans.many[PLAN_UNIFORM];
    b->plans[BATCH_MIXED] = context->plans.many[PLAN_MIXED];
    b->one_lane = context->plans.one;
    for (unsigned i = CONTEXT_N_RECORDS; i-- > 0;) {
        context->records[i].next = b->free;
        b->free = &context->records[i];
    }
    b->groups = context->groups;
    b->routes = &context->routes;
    routes_begin(b->routes);
    b->rows = memory + l->rows;
    b->row_stride = l->row_stride;
    b->digests = memory + l->digests;
    b->scratch = memory + l->scratch;
    b->work = &context->work;
    for (size_t i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT; i++) {
        b->cursors[i].bank = memory + l->banks[i];
    }
}

/* ---- memory ---- */

/* Keeps memory out of the swap file and out of core dumps, and its secrets out of forked children, as far as
 * the system knows how and its limits and filters allow. What it refuses is done without. */
static void protect(struct lanekdf_context *context, size_t size)
{
    (void)mlock(context, size);
#ifdef MADV_DONTDUMP
    (void)madvise(context, size, MADV_DONTDUMP);
#endif
#ifdef MADV_WIPEONFORK
    (void)madvise(&context->batch, size - offsetof(struct lanekdf_context, batch), MADV_WIPEONFORK);
#endif
}

/* Zeroed memory. NULL: there is none. errno is left as it was. */
static struct lanekdf_context *allocate(size_t size)
{
    const int saved_errno = errno;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) {
        protect(memory, size);
    }
    errno = saved_errno;
    return memory == MAP_FAILED ? NULL : memory;
}

static void release(void *memory, size_t size)
{
    const int saved_errno = errno;
    wipe(memory, size);
    munmap(memory, size);
    errno = saved_errno;
}

/* ---- public ---- */

int lanekdf_context_new(lanekdf_context **context, const struct lanekdf_options *options)
{
    struct plans plans;
    const struct start *start = start_once();
    struct start_options wanted = start->one.options;
    *context = NULL;
    int status = start->one.status;
    if (options && status != LANEKDF_ERROR_MEMORY) {
        status = start_read_options(start, options, &wanted);
    }
    const uint32_t withdrawn = service_withdrawn();
    if (status == LANEKDF_OK) {
        status = start_make_plans(start, &wanted.limits, withdrawn, &plans);
    }
    if (status != LANEKDF_OK) {
        return status;
    }
    const struct context_layout layout = make_layout(&start->candidates);
    struct lanekdf_context *c = allocate(layout.size);
    if (!c) {
        return LANEKDF_ERROR_MEMORY;
    }
    c->size = layout.size;
    c->layout = layout;
    c->plans = plans;
    c->options = wanted;
    c->withdrawn = withdrawn;
    c->families_without = service_families_without(&start->candidates, withdrawn);
    if (wanted.verify.one_in) {
        verify_sampler_begin(&c->sampler, wanted.verify.one_in, verify_seed());
    }
    lay_out(c);
    *context = c;
    return LANEKDF_OK;
}

void lanekdf_context_free(lanekdf_context *context)
{
    if (context) {
        release(context, context->size);
    }
}

/* In a forked child the memory of its parent's context is zero from the batch on. Locks are not inherited. */
__attribute__((noinline, cold)) static void begin_in_child(struct lanekdf_context *context)
{
    const int saved_errno = errno;
    protect(context, context->size);
    errno = saved_errno;
    start_renew_plans(start_once(), &context->options.limits, context->withdrawn, &context->plans);
    lay_out(context);
}

/* Whether a call goes through verification_batch.c: it has a job that the sampler chooses, or kernels were
 * taken out of service. Of a call that has none the sampler takes note. */
static bool has_to_verify(struct lanekdf_context *context, size_t n_jobs)
{
    struct verify_sampler *sampler = &context->sampler;
    if (context->families_without | (context->withdrawn ^ service_withdrawn())) {
        return true;
    }
    if (context->options.verify.one_in) {
        if (sampler->next < n_jobs) {
            return true;
        }
        sampler->next -= n_jobs;
    }
    return false;
}

size_t lanekdf_context_derive(lanekdf_context *context, struct lanekdf_job *const *jobs, size_t n_jobs)
{
    if (!n_jobs) { /* jobs may be NULL, behind which C has no address, not even that of a batch's end */
        return 0;
    }
    if (!context->batch.feed.next) {
        begin_in_child(context);
    }
    if (has_to_verify(context, n_jobs)) {
        return verify_derive_batch(context, jobs, n_jobs);
    }
    size_t n_failed;
    const bool are_few = n_jobs <= context->plans.most_one_by_one && n_jobs <= BATCH_MAX_FEW;
    if (n_jobs == 1 && are_few) {
        one_derive_in(&context->one, context->plans.one, context->options.legacy, *jobs);
        n_failed = (*jobs)->status != LANEKDF_OK;
    } else {
        const bool went_one_by_one = are_few && few_derive(&context->batch, jobs, n_jobs, &n_failed);
        if (!went_one_by_one) {
            n_failed = batch_derive(&context->batch, jobs, n_jobs);
        }
        if (went_one_by_one && !context->batch.evaluated) {
            wipe_program_stack();
        } else {
            wipe_batch_stack();
        }
    }
    simd_clear_registers();
    return n_failed;
}
