/* What lanekdf bench measures: who derives which workload, in calls of how many. */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "bench.h"
#include "fixture.h"
#include "handshake_costs.h"
#include "slices.h"

enum { BENCH_MAX_CHOSEN = 64 };

struct bench_row {
    const struct workload *workload;
    const struct impl *impl;
    size_t batch_size;
    struct fixture *fixture;
    struct slices_item item; /* the whole pool of the fixture */
};

struct bench_plan {
    double seconds;
    const struct workload *workloads[BENCH_MAX_CHOSEN];
    size_t n_workloads;
    size_t batch_sizes[BENCH_MAX_CHOSEN];
    size_t n_batch_sizes;
    struct bench_row *rows; /* by workloads, then by implementations, then by sizes */
    size_t n_rows;
    bool has_costs; /* of handshakes beside their derivation, too: in the usual plan alone */
    struct handshake_cost *costs;
    size_t n_costs;
    struct slices_outcome outcome; /* of bench_plan_measure() */
};

/* Workload i of those that can be asked for; NULL behind the last. */
const struct workload *bench_workload(size_t i);

/* Implementation i of those that can be asked for; NULL behind the last. Of those that have one name, for
 * handshakes and for connections, it is the one for handshakes. */
const struct impl *bench_implementation(size_t i);

/* Whether the implementation is measured with the workload if none is named. */
bool bench_is_usual(const struct impl *impl, const struct workload *workload);

/* Finds out what is asked for. Returns false if something cannot be served, which was printed. */
bool bench_plan_choose(struct bench_plan *plan, const struct bench_request *request);

/* Prepares all rows, compares what they derive with the reference, and measures them. */
void bench_plan_measure(struct bench_plan *plan);

/* The row of an implementation with a size of a call; NULL: it is not in the plan. */
const struct bench_row *bench_plan_find(
    const struct bench_plan *plan, const struct workload *workload, const char *impl, size_t batch_size);

/* What was measured: items per second, and nanoseconds of one. */
double bench_row_rate(const struct bench_row *row);
double bench_row_ns(const struct bench_row *row);

/* How near to the floor (floor.h) it is; 0: nothing is known of the core. */
double bench_row_percent_of_floor(const struct bench_row *row);

/* Whether the row is of lanekdf kept to one kernel. */
static inline bool bench_row_has_kernel(const struct bench_row *row)
{
    return row->impl->kernel;
}

/* Print a plan that was measured. The result is false if JSON could not be written, which was said. */
void bench_text_put(const struct bench_plan *plan);
bool bench_json_put(const struct bench_plan *plan);

/* Print what can be asked for. */
void bench_text_put_list(void);
bool bench_json_put_list(void);

#endif
