#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "load_run.h"

#include "peers_support.h"

#include <math.h>
#include <pthread.h>
#include <time.h>

const double load_percentiles[LOAD_N_PERCENTILES] = {50, 90, [LOAD_P99] = 99, 99.9, 99.99};

struct load_run {
    const struct load_settings *settings;
    const struct fleet *fleet;
    struct crew *crew;
    struct loop *(*loops)[LOAD_MAX_ENGINES]; /* of each worker */
    struct tally **tallies;                  /* of each worker, for a slice */
    struct tally *sum;                       /* of all of them */
    uint64_t random;                         /* for the order of slices */
    load_run_slice_done *slice_done;         /* NULL: nobody watches */
    void *watcher;
};

static size_t engine_number(const struct load_run *run, const struct load_engine *engine)
{
    return (size_t)(engine - run->settings->engines);
}

/* --- preparing --- */

/* On the work clock the threads are not pinned: a shared machine then finds them a CPU that is free, and no
 * time passes while they move. */
static struct crew *new_crew(const struct load_settings *settings)
{
    return crew_new(settings->n_threads, settings->loop.has_real_clock);
}

/* What implementations prepare is for one thread at a time. The memory is touched first by the thread that
 * works with it. The lock outlives the run: others go on waiting for it where one thread ends the program,
 * and the memory of the run is zeroed. */
static void prepare_worker(void *argument, unsigned worker)
{
    static pthread_mutex_t preparing = PTHREAD_MUTEX_INITIALIZER;
    struct load_run *run = argument;
    const struct load_settings *settings = run->settings;
    pthread_mutex_lock(&preparing);
    struct pool *pool = pool_new(&settings->mix, worker);
    struct around_memory *memory = around_memory_new();
    run->tallies[worker] = peers_alloc(sizeof(struct tally));
    for (size_t i = 0; i < settings->n_engines; i++) {
        run->loops[worker][i] =
            loop_new(&settings->loop, &settings->arrivals, &settings->engines[i], pool, memory);
    }
    pthread_mutex_unlock(&preparing);
}

struct load_run *load_run_new(const struct load_settings *settings, const struct fleet *fleet)
{
    struct load_run *run = peers_alloc(sizeof(*run));
    *run = (struct load_run){.settings = settings,
        .fleet = fleet,
        .crew = new_crew(settings),
        .loops = peers_alloc(settings->n_threads * sizeof(*run->loops)),
        .tallies = peers_alloc(settings->n_threads * sizeof(*run->tallies)),
        .sum = peers_alloc(sizeof(*run->sum))};
    around_calibrate();
    crew_do(run->crew, prepare_worker, run);
    return run;
}

void load_run_free(struct load_run *run)
{
    crew_free(run->crew);
    for (unsigned i = 0; i < run->settings->n_threads; i++) {
        peers_free(run->tallies[i]);
    }
    peers_free(run->tallies);
    peers_free(run->sum);
    peers_free(run->loops);
    peers_free(run);
}

void load_run_watch(struct load_run *run, load_run_slice_done *slice_done, void *state)
{
    run->slice_done = slice_done;
    run->watcher = state;
}

/* --- things that all workers do --- */

struct task {
    struct load_run *run;
    size_t engine;
    const struct loop_slice *slice;
    double *capacities; /* of each worker */
};

static void measure_capacity(void *argument, unsigned worker)
{
    const struct task *task = argument;
    struct load_run *run = task->run;
    task->capacities[worker] = loop_capacity(run->loops[worker][task->engine], run->tallies[worker]);
}

double load_run_capacity(struct load_run *run, const struct load_engine *engine)
{
    const unsigned n = run->settings->n_threads;
    struct task task = {.run = run,
        .engine = engine_number(run, engine),
        .capacities = peers_alloc(n * sizeof(*task.capacities))};
    double sum = 0;
    crew_do(run->crew, measure_capacity, &task);
    for (unsigned i = 0; i < n; i++) {
        sum += task.capacities[i];
    }
    peers_free(task.capacities);
    return run->fleet->mean(sum);
}

double load_run_call_ns(const struct load_run *run, const struct load_engine *engine)
{
    return run->fleet->mean(loop_call_ns(run->loops[0][engine_number(run, engine)]));
}

static void run_slice(void *argument, unsigned worker)
{
    const struct task *task = argument;
    struct loop_slice slice = *task->slice;
    uint64_t seed = slice.seed + worker;
    slice.seed = peers_random(&seed);
    slice.stream = task->run->fleet->number * task->run->settings->n_threads + worker;
    tally_clear(task->run->tallies[worker]);
    loop_run(task->run->loops[worker][task->engine], &slice, task->run->tallies[worker]);
}

static double seconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The slice of each worker has its share of the rate and of the handshakes. */
static struct loop_slice share_of(const struct loop_slice *slice, unsigned n_threads, unsigned n_processes)
{
    struct loop_slice share = *slice;
    share.per_second /= n_threads;
    share.n_streams = n_threads * n_processes;
    share.n_all = slice->n_counted * n_processes;
    share.n_warm_up = (slice->n_warm_up + n_threads - 1) / n_threads;
    share.n_counted = (slice->n_counted + n_threads - 1) / n_threads;
    return share;
}

/* What the slice of a number of threads found out. */
static struct load_slice found_of(const struct tally *tally, unsigned n_threads)
{
    struct load_slice found = {.rate = tally_rate(tally, n_threads)};
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        found.ns[i] = histogram_percentile(&tally->latency, load_percentiles[i]);
    }
    return found;
}

/* The sum of all processes is there when the last of them is done. A slice lasts until then, so that the
 * times of a point overlap in all processes, and the next slice begins in all together. */
void load_run_slice(
    struct load_run *run, struct load_point *point, const struct loop_slice *slice, struct tally *all)
{
    const unsigned n = run->settings->n_threads;
    const struct loop_slice share = share_of(slice, n, run->fleet->n);
    struct task task = {.run = run, .engine = engine_number(run, point->engine), .slice = &share};
    point->begin = point->n_slices == 0 ? seconds_now() : point->begin;
    crew_do(run->crew, run_slice, &task);

    tally_clear(all);
    for (unsigned i = 0; i < n; i++) {
        tally_add(all, run->tallies[i]);
    }
    if (point->n_slices < LOAD_MAX_SLICES) {
        point->slices[point->n_slices++] = found_of(all, n);
    }
    tally_add(&point->tally, all);
    run->fleet->add(all);
    point->end = seconds_now();
    if (run->slice_done) {
        const struct load_slice found = found_of(all, n * run->fleet->n);
        run->slice_done(run->watcher, point, &found);
    }
}

/* --- all points --- */

/* The slice of this number: the same arrivals for all points, which follow those of the slice before. A tenth
 * more comes first, and does not count: of a pattern without chance the last ones that counted before. */
static struct loop_slice slice_of(const struct load_run *run, const struct load_point *point, size_t number)
{
    const struct load_settings *settings = run->settings;
    const size_t n_counted = (size_t)((settings->n_samples + settings->n_slices - 1) / settings->n_slices);
    return (struct loop_slice){.per_second = point->per_second,
        .seed = settings->seed * 1000003 + number * 1009,
        .number = number,
        .n_warm_up = n_counted / 10,
        .n_counted = n_counted};
}

static void shuffle(size_t *order, size_t n, uint64_t *random)
{
    for (size_t i = n; i > 1; i--) {
        const size_t k = (size_t)(peers_random(random) % i), other = order[k];
        order[k] = order[i - 1];
        order[i - 1] = other;
    }
}

void load_run_points(struct load_run *run, struct load_point *points, size_t n_points)
{
    const size_t n_slices = run->settings->n_slices;
    size_t *order = peers_alloc(n_points * sizeof(*order));
    for (size_t i = 0; i < n_points; i++) {
        order[i] = i;
    }
    for (size_t number = 0; number < n_slices; number++) {
        shuffle(order, n_points, &run->random);
        for (size_t i = 0; i < n_points; i++) {
            struct load_point *point = &points[order[i]];
            const struct loop_slice slice = slice_of(run, point, number);
            load_run_slice(run, point, &slice, run->sum);
        }
    }
    peers_free(order);
}

/* --- verification --- */

static void verify_all(void *argument, unsigned worker)
{
    const struct task *task = argument;
    tally_clear(task->run->tallies[worker]);
    for (size_t i = 0; i < task->run->settings->n_engines; i++) {
        loop_verify_all(task->run->loops[worker][i], task->run->tallies[worker]);
    }
}

uint64_t load_run_verify(struct load_run *run, uint64_t *n_verified)
{
    struct task task = {.run = run};
    uint64_t n_wrong = 0;
    *n_verified = 0;
    crew_do(run->crew, verify_all, &task);
    for (unsigned i = 0; i < run->settings->n_threads; i++) {
        n_wrong += run->tallies[i]->n_wrong;
        *n_verified += run->tallies[i]->n_verified;
    }
    return n_wrong;
}

/* --- precision --- */

double load_point_precision(const struct load_point *point, size_t percentile)
{
    /* Student's t for 95 % and n - 1 slices beside the mean, from n = 3 on; beyond the table the last one. */
    static const double t[] = {4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14};
    enum { LEAST = 3, N_T = sizeof(t) / sizeof(*t) };
    const size_t n = point->n_slices;
    double sum = 0, sum_of_squares = 0;
    if (n < LEAST) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        sum += point->slices[i].ns[percentile];
    }
    for (size_t i = 0; i < n; i++) {
        const double distance = point->slices[i].ns[percentile] - sum / (double)n;
        sum_of_squares += distance * distance;
    }
    const double factor = t[n - LEAST < N_T ? n - LEAST : N_T - 1];
    return factor * sqrt(sum_of_squares / (double)(n - 1) / (double)n);
}
