/*
 * lanekdf as its users meet it: one job through lanekdf_derive_one, more through
 * a context. With a forced kernel everything goes through a context, as
 * lanekdf_derive_one knows one-lane kernels only.
 *
 * The jobs are filled in beforehand: they live in the caller's connections.
 */
#include "bench_jobs.h"
#include "ceiling.h"
#include "impl.h"

#include <string.h>

struct state {
    lanekdf_context *context; /* NULL: one job at a time */
    struct lanekdf_job **jobs;
    size_t n;
};

/* One context for each kernel and worker, as one per worker is what users have. */
static lanekdf_context *context_for(const char *kernel, unsigned worker)
{
    enum { MAX_CONTEXTS = 256 };
    static struct {
        const char *kernel;
        unsigned worker;
        lanekdf_context *context;
    } contexts[MAX_CONTEXTS];

    for (size_t i = 0; i < MAX_CONTEXTS; i++) {
        if (!contexts[i].context) {
            struct lanekdf_options options = {
                .size = sizeof(options), .kernel = kernel, .legacy = LANEKDF_LEGACY_ALL};
            int status = lanekdf_context_new(&contexts[i].context, &options);
            if (status != LANEKDF_OK) {
                workload_fail("lanekdf context on %s: %s", kernel ? kernel : "the default kernels",
                    lanekdf_status_text(status));
            }
            contexts[i].kernel = kernel;
            contexts[i].worker = worker;
        }
        if (contexts[i].worker == worker &&
            (contexts[i].kernel == kernel ||
                (contexts[i].kernel && kernel && strcmp(contexts[i].kernel, kernel) == 0))) {
            return contexts[i].context;
        }
    }
    workload_fail("more than %d kernels and workers", MAX_CONTEXTS);
}

lanekdf_context *impl_lanekdf_context(const struct impl *impl, const struct workload_batch *batch)
{
    return batch->n > 1 || impl->kernel ? context_for(impl->kernel, batch->worker) : NULL;
}

static struct state *new_state(const struct impl *impl, const struct workload_batch *batch)
{
    struct state *state = workload_alloc(sizeof(*state));
    state->n = batch->n;
    state->jobs = workload_alloc(batch->n * sizeof(*state->jobs));
    state->context = impl_lanekdf_context(impl, batch);
    return state;
}

static void *prepare(const struct impl *impl, const struct workload_batch *batch)
{
    struct state *state = new_state(impl, batch);
    struct lanekdf_handshake *jobs = bench_handshake_jobs(batch);
    for (size_t i = 0; i < batch->n; i++) {
        state->jobs[i] = &jobs[i].job;
    }
    return state;
}

static void *prepare_prf(const struct impl *impl, const struct workload_batch *batch)
{
    struct state *state = new_state(impl, batch);
    struct lanekdf_prf *jobs = bench_prf_jobs(batch);
    for (size_t i = 0; i < batch->n; i++) {
        state->jobs[i] = &jobs[i].job;
    }
    return state;
}

/* Secrets are prepared here: what is timed is the use of what was prepared long ago. */
static void use_prepared_secret(struct lanekdf_exporter *job)
{
    struct lanekdf_prepared_secret *prepared = workload_alloc(sizeof(*prepared));
    struct lanekdf_prepare prepare_job = {.job.kind = LANEKDF_KIND_PREPARE,
        .hash = job->hash,
        .secret = {job->master_secret, MASTER_LEN},
        .prepared = prepared};
    if (lanekdf_derive_one(&prepare_job.job) != LANEKDF_OK) {
        workload_fail("a secret cannot be prepared: %s", lanekdf_status_text(prepare_job.job.status));
    }
    job->master_secret = NULL;
    job->prepared_secret = prepared;
}

static void *prepare_exporter(const struct impl *impl, const struct workload_batch *batch)
{
    struct state *state = new_state(impl, batch);
    struct lanekdf_exporter *jobs = bench_exporter_jobs(batch);
    for (size_t i = 0; i < batch->n; i++) {
        if (batch->workload == &workload_exporter_prepared) {
            use_prepared_secret(&jobs[i]);
        }
        state->jobs[i] = &jobs[i].job;
    }
    return state;
}

static void run(void *state)
{
    struct state *s = state;
    if (!s->context) {
        int status = lanekdf_derive_one(s->jobs[0]);
        if (status != LANEKDF_OK) {
            workload_fail("lanekdf_derive_one: %s", lanekdf_status_text(status));
        }
    } else if (lanekdf_context_derive(s->context, s->jobs, s->n) != 0) {
        workload_fail("lanekdf_context_derive: a job failed");
    }
}

/* Of one lane: what lanekdf_derive_one runs on. */
static const char *fastest_one_lane(enum lanekdf_hash hash)
{
    static struct lanekdf_kernel kernel, best;
    double least = 0;
    kernel.size = sizeof(kernel);
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        double cost = lanekdf_kernel_cost(i, 1);
        if (kernel.state == LANEKDF_KERNEL_USABLE && kernel.lanes == 1 &&
            impl_kernel_serves(kernel.name, hash) && (least <= 0 || cost < least)) {
            least = cost;
            best = kernel;
        }
    }
    return best.name;
}

const char *impl_lanekdf_kernel(enum lanekdf_hash hash, size_t n)
{
    if (n == 1) {
        return fastest_one_lane(hash);
    }
    const char *lowest = NULL;
    for (size_t n_taken; n > 0; n -= n_taken < n ? n_taken : n) {
        struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
        size_t index = lanekdf_kernel_choice(hash, n, &n_taken);
        if (lanekdf_kernel_query(index, &kernel) != LANEKDF_OK || n_taken == 0) {
            break;
        }
        if (!lowest || ceiling_cycles(lowest) <= 0 ||
            (ceiling_cycles(kernel.name) > 0 && ceiling_cycles(kernel.name) < ceiling_cycles(lowest))) {
            lowest = kernel.name;
        }
    }
    return lowest;
}

const struct impl impl_lanekdf = {.name = "lanekdf", .prepare = prepare, .run = run};
const struct impl impl_lanekdf_prf = {.name = "lanekdf", .prepare = prepare_prf, .run = run};
const struct impl impl_lanekdf_exporter = {.name = "lanekdf", .prepare = prepare_exporter, .run = run};
