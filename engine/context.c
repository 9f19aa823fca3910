/* Contexts: the memory to derive batches in, and the public calls on it. */
#define _GNU_SOURCE /* MADV_DONTDUMP, MAP_ANONYMOUS */
#include "context.h"

#include <errno.h>
#include <sys/mman.h>

#include "wipe.h"

/* ---- layout ---- */

/* An odd number of cache lines: a stride that is a power of two would put every lane
 * into the same few sets of the cache. */
static size_t odd_lines(size_t bytes)
{
    return ((bytes + 63) / 64 | 1) * 64;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

struct layout {
    size_t rows, digests, scratch, banks, bank_stride, size; /* bytes, from the beginning */
    size_t row_stride;
};

/* What a family may use: the kernels that its plan chooses, and the one for evaluations. */
static int is_used(const struct plans *plans, const struct simd_kernel *kernel)
{
    const struct plan *plan = &plans->many[kernel->family];
    int used = kernel == plan->throughput_kernel || kernel == plans->one[kernel->family];
    for (unsigned n = 1; n <= PLAN_MAX_JOBS; n++) {
        used |= kernel == plan->choices[n].kernel;
    }
    return used;
}

static struct layout plan_layout(const struct plans *plans)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    size_t lanes = 1, tasks = 1, scratch = 0, bank = 0;
    for (size_t i = 0; i < n; i++) {
        const struct simd_kernel *kernel = candidates[i].kernel;
        if (!is_used(plans, kernel)) {
            continue;
        }
        lanes = most(lanes, kernel->lanes);
        tasks = most(tasks, kernel->tasks_in_flight);
        scratch = most(scratch, kernel->scratch_bytes);
        bank = most(bank, program_max_slots(kernel->family) * simd_slot_bytes(kernel));
    }
    struct layout l = {.row_stride = odd_lines(BATCH_ROW_BYTES), .bank_stride = odd_lines(bank)};
    l.rows = odd_lines(sizeof(struct lanekdf_context));
    l.digests = l.rows + lanes * l.row_stride;
    l.scratch = l.digests + odd_lines(lanes * (size_t)BATCH_DIGEST_BYTES);
    l.banks = l.scratch + odd_lines(scratch);
    l.size = (l.banks + tasks * l.bank_stride + 4095) / 4096 * 4096;
    return l;
}

static void lay_out(struct lanekdf_context *context, const struct layout *l)
{
    uint8_t *memory = (uint8_t *)context;
    struct batch *b = &context->batch;
    b->feed.next = batch_next;
    b->plans = context->plans.many;
    b->one_lane = context->plans.one;
    for (unsigned i = CONTEXT_N_RECORDS; i-- > 0;) {
        context->records[i].next = b->free;
        b->free = &context->records[i];
    }
    b->groups = context->groups;
    b->rows = memory + l->rows;
    b->row_stride = l->row_stride;
    b->digests = memory + l->digests;
    b->scratch = memory + l->scratch;
    b->work = &context->work;
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT && l->banks + (i + 1) * l->bank_stride <= l->size;
         i++) {
        b->cursors[i].bank = memory + l->banks + i * l->bank_stride;
    }
}

/* ---- public ---- */

int lanekdf_context_new(lanekdf_context **context, const struct lanekdf_options *options)
{
    struct plans plans;
    const struct start *start = start_once();
    struct plan_limits limits = start->limits;
    uint32_t legacy = start->legacy;
    *context = NULL;
    int status = options ? start_read_options(options, &limits, &legacy) : start->status;
    if (status == LANEKDF_OK) {
        status = start_make_plans(&limits, &plans);
    }
    if (status != LANEKDF_OK) {
        return status;
    }
    const struct layout layout = plan_layout(&plans);
    const int saved_errno = errno;
    void *memory = mmap(NULL, layout.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        errno = saved_errno;
        return LANEKDF_ERROR_MEMORY;
    }
    /* Where the system's limits allow; a context works without. */
    (void)mlock(memory, layout.size);
#ifdef MADV_DONTDUMP
    (void)madvise(memory, layout.size, MADV_DONTDUMP);
#endif
    errno = saved_errno;
    struct lanekdf_context *c = memory;
    c->size = layout.size;
    c->plans = plans;
    c->batch.legacy = legacy;
    lay_out(c, &layout);
    *context = c;
    return LANEKDF_OK;
}

void lanekdf_context_free(lanekdf_context *context)
{
    if (!context) {
        return;
    }
    const size_t size = context->size;
    const int saved_errno = errno;
    wipe(context, size);
    munmap(context, size);
    errno = saved_errno;
}

size_t lanekdf_context_derive(lanekdf_context *context, struct lanekdf_job *const *jobs, size_t n_jobs)
{
    const size_t n_failed = batch_derive(&context->batch, jobs, n_jobs);
    wipe_stack();
    simd_clear_registers();
    return n_failed;
}
