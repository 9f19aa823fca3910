/*
 * lanekdf as its users meet it: one job goes through lanekdf_derive_one, more jobs through a context. With a
 * forced kernel every job goes through a context, since lanekdf_derive_one knows kernels of one lane only.
 *
 * The jobs are filled in beforehand, because users keep them in their connections.
 */
#include "workload_jobs.h"
#include "peers_support.h"
#include "impl.h"

struct state {
    lanekdf_context *context;
    bool is_forced; /* to a kernel */
    struct workload_calls calls;
};

static lanekdf_context *new_context(const char *kernel)
{
    lanekdf_context *context;
    const struct lanekdf_options options = {
        .size = sizeof(options), .kernel = kernel, .legacy = LANEKDF_LEGACY_ALL};
    const int status = lanekdf_context_new(&context, &options);
    if (status != LANEKDF_OK) {
        peers_fail("lanekdf context on %s: %s", kernel ? kernel : "the default kernels",
            lanekdf_status_text(status));
    }
    return context;
}

/* The context of a kernel and a worker, made when it is asked for the first time: users have one per worker.
 */
static lanekdf_context *context_for(const struct lanekdf_kernel *kernel, unsigned worker)
{
    static struct kept_context {
        struct kept_context *next;
        const struct lanekdf_kernel *kernel;
        unsigned worker;
        lanekdf_context *context;
    } *first;
    struct kept_context *kept = first;
    while (kept && (kept->kernel != kernel || kept->worker != worker)) {
        kept = kept->next;
    }
    if (!kept) {
        kept = peers_alloc(sizeof(*kept));
        *kept = (struct kept_context){first, kernel, worker, new_context(kernel ? kernel->name : NULL)};
        first = kept;
    }
    return kept->context;
}

lanekdf_context *impl_lanekdf_context(const struct impl *impl, unsigned worker)
{
    return context_for(impl->kernel, worker);
}

static struct state *new_state(
    const struct impl *impl, const struct workload_batch *pool, struct workload_calls calls)
{
    struct state *state = peers_alloc(sizeof(*state));
    *state = (struct state){impl_lanekdf_context(impl, pool->worker), impl->kernel != NULL, calls};
    return state;
}

void *impl_lanekdf_prepare_joined(
    const struct workload_batch *const *pools, size_t n_pools, const uint8_t *part_of, size_t n)
{
    return new_state(&impl_lanekdf, pools[0], workload_joined_calls(pools, n_pools, part_of, n));
}

static void *prepare_pool(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)n_per_call;
    return new_state(impl, pool, workload_calls(pool));
}

static void *prepare_prfs(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)n_per_call;
    return new_state(impl, pool, workload_one_call(workload_prf_jobs(pool)));
}

/* Prepares the master secret of an exporter here, untimed: users prepare it once and export many times. */
static void use_prepared_secret(struct lanekdf_exporter *job)
{
    struct lanekdf_prepared_secret *prepared = peers_alloc(sizeof(*prepared));
    struct lanekdf_prepare prepare_job = {.job.kind = LANEKDF_KIND_PREPARE,
        .hash = job->hash,
        .secret = {job->master_secret, MASTER_LEN},
        .prepared = prepared};
    if (lanekdf_derive_one(&prepare_job.job) != LANEKDF_OK) {
        peers_fail("a secret cannot be prepared: %s", lanekdf_status_text(prepare_job.job.status));
    }
    job->master_secret = NULL;
    job->prepared_secret = prepared;
}

static void *prepare_exporters(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    struct lanekdf_job **jobs = workload_exporter_jobs(pool);
    (void)n_per_call;
    for (size_t i = 0; i < pool->n && pool->workload == &workload_exporter_prepared; i++) {
        use_prepared_secret((struct lanekdf_exporter *)jobs[i]);
    }
    return new_state(impl, pool, workload_one_call(jobs));
}

static void derive_call(const struct state *s, struct lanekdf_job *const *jobs, size_t n)
{
    if (n == 0) {
        return;
    }
    if (n == 1 && !s->is_forced) {
        const int status = lanekdf_derive_one(jobs[0]);
        if (status != LANEKDF_OK) {
            peers_fail("lanekdf_derive_one: %s", lanekdf_status_text(status));
        }
    } else if (lanekdf_context_derive(s->context, jobs, n) != 0) {
        peers_fail("lanekdf_context_derive: a job failed");
    }
}

static void derive_jobs(void *state, size_t first, size_t n)
{
    const struct state *s = state;
    for (size_t k = 0; k < s->calls.n; k++) {
        struct lanekdf_job *const *jobs;
        const size_t n_jobs = workload_call_window(&s->calls, k, first, n, &jobs);
        derive_call(s, jobs, n_jobs);
    }
}

const struct impl impl_lanekdf = {.name = "lanekdf",
    .description = "its own choice of kernels",
    .prepare = prepare_pool,
    .derive = derive_jobs};
const struct impl impl_lanekdf_prf = {.name = "lanekdf", .prepare = prepare_prfs, .derive = derive_jobs};
const struct impl impl_lanekdf_exporter = {
    .name = "lanekdf", .prepare = prepare_exporters, .derive = derive_jobs};
