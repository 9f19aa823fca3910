#include "bench_plan.h"

#include "affinity.h"
#include "command.h"
#include "core_clock.h"
#include "peers_support.h"
#include "quoted_word.h"
#include "spelling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const usual_workloads[] = {"tls12-sha256,tls12-sha384,tls13-sha256,quic-initial"};
static const char *const usual_batch_sizes[] = {"1,256"};
static const char usual_seconds[] = "60";

/* --- lists --- */

/* Calls take() for each name of a list, between whose names are commas. Returns false when take() does. */
static bool for_each_name(const struct bench_list *list,
    bool (*take)(struct bench_plan *, const char *, size_t), struct bench_plan *plan)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *name = list->entries[i];
        for (;;) {
            const size_t len = strcspn(name, ",");
            if (!take(plan, name, len)) {
                return false;
            }
            if (name[len] == '\0') {
                break;
            }
            name += len + 1;
        }
    }
    return true;
}

/* The list, or the usual one where it is empty. */
static struct bench_list or_usual(struct bench_list list, const char *const *usual, size_t n_usual)
{
    return list.n > 0 ? list : (struct bench_list){usual, n_usual};
}

static bool is_name(const char *name, size_t len, const char *whole)
{
    return strlen(whole) == len && memcmp(name, whole, len) == 0;
}

static void complain_of_unknown(const char *what, const char *name, size_t len, const char *near)
{
    char room[QUOTED_WORD_ROOM];
    const char *quoted = quoted_word(room, name, &len);

    command_message("bench: unknown %s %.*s%s%s%s (lanekdf bench --list has them all)", what, (int)len,
        quoted, near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
}

/* --- workloads --- */

const struct workload *bench_workload(size_t i)
{
    if (i < n_workloads) {
        return &workloads[i];
    }
    i -= n_workloads;
    if (i < n_connection_workloads) {
        return &connection_workloads[i];
    }
    i -= n_connection_workloads;
    return i < n_stage_workloads ? &stage_workloads[i] : NULL;
}

static bool add_workload(struct bench_plan *plan, const struct workload *workload)
{
    for (size_t i = 0; i < plan->n_workloads; i++) {
        if (plan->workloads[i] == workload) {
            return true;
        }
    }
    if (plan->n_workloads == BENCH_MAX_CHOSEN) {
        command_message("bench: at most %d workloads", BENCH_MAX_CHOSEN);
        return false;
    }
    plan->workloads[plan->n_workloads++] = workload;
    return true;
}

static bool take_workload(struct bench_plan *plan, const char *name, size_t len)
{
    const char *near = NULL;
    const bool is_all = is_name(name, len, "all");
    for (size_t i = 0; bench_workload(i); i++) {
        const char *const known = bench_workload(i)->name;
        if (is_name(name, len, known)) {
            return add_workload(plan, bench_workload(i));
        }
        if (is_all && !add_workload(plan, bench_workload(i))) {
            return false;
        }
        near = !near && spelling_is_near(name, len, known) ? known : near;
    }
    if (!is_all) {
        complain_of_unknown("workload", name, len, near);
    }
    return is_all;
}

/* --- sizes of a call, and the time --- */

static bool take_batch_size(struct bench_plan *plan, const char *name, size_t len)
{
    char *end;
    const unsigned long size = strtoul(name, &end, 10);
    if (len == 0 || end != name + len || name[0] < '0' || name[0] > '9' || size == 0 || size > MAX_BATCH) {
        char room[QUOTED_WORD_ROOM];
        const char *quoted = quoted_word(room, name, &len);
        command_message(
            "bench: --batch %.*s: not a number of handshakes from 1 to %d", (int)len, quoted, MAX_BATCH);
        return false;
    }
    for (size_t i = 0; i < plan->n_batch_sizes; i++) {
        if (plan->batch_sizes[i] == size) {
            return true;
        }
    }
    if (plan->n_batch_sizes == BENCH_MAX_CHOSEN) {
        command_message("bench: at most %d batch sizes", BENCH_MAX_CHOSEN);
        return false;
    }
    plan->batch_sizes[plan->n_batch_sizes++] = size;
    return true;
}

static bool take_seconds(struct bench_plan *plan, const char *text)
{
    enum { MOST = 86400 };
    char *end;
    plan->seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(plan->seconds > 0 && plan->seconds <= MOST)) {
        char room[QUOTED_WORD_ROOM];
        command_message("bench: --seconds %s: not a number of seconds, which is more than 0 and at most %d",
            quoted_text(room, text), MOST);
        return false;
    }
    return true;
}

/* --- implementations --- */

/* What is not usual is told by its name: uses of OpenSSL that are slower than its best, and the judge. */
bool bench_is_usual(const struct impl *impl, const struct workload *workload)
{
    if (impl->kernel) {
        return !workload_has_connections(workload) && !workload_is_mix(workload);
    }
    return strcmp(impl->name, "openssl-parameters") != 0 && strcmp(impl->name, "openssl-libssl") != 0 &&
           strcmp(impl->name, "reference") != 0;
}

static bool is_in_list(const struct bench_list *list, const char *whole)
{
    for (size_t i = 0; i < list->n; i++) {
        for (const char *name = list->entries[i]; name;
             name = strchr(name, ',') ? strchr(name, ',') + 1 : NULL) {
            if (is_name(name, strcspn(name, ","), whole)) {
                return true;
            }
        }
    }
    return false;
}

static bool has_name(const struct impl *const *impls, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(impls[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

const struct impl *bench_implementation(size_t i)
{
    const struct impl *const *impls, *const *others;
    const size_t n = impl_handshake_table(&impls), n_others = impl_connection_table(&others);
    if (i < n) {
        return impls[i];
    }
    i -= n;
    for (size_t k = 0; k < n_others; k++) {
        if (!has_name(impls, n, others[k]->name) && i-- == 0) {
            return others[k];
        }
    }
    return NULL;
}

static bool is_implementation(struct bench_plan *plan, const char *name, size_t len)
{
    const char *near = NULL;
    (void)plan;
    for (size_t i = 0; bench_implementation(i); i++) {
        const char *const known = bench_implementation(i)->name;
        if (is_name(name, len, known)) {
            return true;
        }
        near = !near && spelling_is_near(name, len, known) ? known : near;
    }
    complain_of_unknown("implementation", name, len, near);
    return false;
}

static void add_rows(struct bench_plan *plan, const struct workload *workload, const struct impl *impl)
{
    for (size_t i = 0; i < plan->n_batch_sizes; i++) {
        plan->rows[plan->n_rows++] =
            (struct bench_row){.workload = workload, .impl = impl, .batch_size = plan->batch_sizes[i]};
    }
}

/* Makes rows of what can derive the chosen workloads. Returns false if nothing can. */
static bool choose_rows(struct bench_plan *plan, const struct bench_list *implementations)
{
    size_t n_most = 0;
    for (size_t w = 0; w < plan->n_workloads; w++) {
        const struct impl *const *impls;
        n_most += impl_table(plan->workloads[w], &impls);
    }
    plan->rows = peers_alloc(n_most * plan->n_batch_sizes * sizeof(*plan->rows));
    for (size_t w = 0; w < plan->n_workloads; w++) {
        const struct impl *const *impls;
        const size_t n = impl_table(plan->workloads[w], &impls);
        for (size_t i = 0; i < n; i++) {
            if (impl_serves(impls[i], plan->workloads[w]) &&
                (implementations->n > 0 ? is_in_list(implementations, impls[i]->name)
                                        : bench_is_usual(impls[i], plan->workloads[w]))) {
                add_rows(plan, plan->workloads[w], impls[i]);
            }
        }
    }
    if (plan->n_rows == 0) {
        command_message("bench: none of these implementations derives any of these workloads");
    }
    return plan->n_rows > 0;
}

bool bench_plan_choose(struct bench_plan *plan, const struct bench_request *request)
{
    const struct bench_list chosen = or_usual(request->workloads, usual_workloads, 1);
    const struct bench_list sizes = or_usual(request->batch_sizes, usual_batch_sizes, 1);
    *plan = (struct bench_plan){0};
    if (!take_seconds(plan, request->seconds ? request->seconds : usual_seconds) ||
        !for_each_name(&chosen, take_workload, plan) || !for_each_name(&sizes, take_batch_size, plan) ||
        !for_each_name(&request->implementations, is_implementation, plan) ||
        !choose_rows(plan, &request->implementations)) {
        return false;
    }
    plan->has_costs = request->workloads.n == 0 && request->implementations.n == 0;
    return true;
}

/* --- measuring --- */

static double seconds_to_measure;

static void show_progress(double passed)
{
    static int last = -1;
    if ((int)passed != last && isatty(STDERR_FILENO)) {
        last = (int)passed;
        fprintf(stderr, "\rMeasuring, %d of %.0f seconds\033[K", last, seconds_to_measure);
    }
}

static void end_progress(void)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K");
    }
}

static void run_pool(void *state)
{
    fixture_derive_pool(state);
}

static void prepare_row(struct bench_row *row)
{
    const char format[] = "%s, %s, batch %zu";
    const int len = snprintf(NULL, 0, format, row->workload->name, row->impl->name, row->batch_size);
    char *name = peers_alloc((size_t)len + 1); /* for as long as the fixture, which is never freed */
    snprintf(name, (size_t)len + 1, format, row->workload->name, row->impl->name, row->batch_size);
    row->fixture = fixture_new(name, row->impl, row->workload, row->batch_size, 0);
    fixture_check(row->fixture);
    row->item = (struct slices_item){.run = run_pool, .state = row->fixture};
}

void bench_plan_measure(struct bench_plan *plan)
{
    affinity_pin(0);
    for (size_t i = 0; i < plan->n_rows; i++) {
        prepare_row(&plan->rows[i]);
    }
    if (plan->has_costs) {
        plan->n_costs = handshake_costs_new(&plan->costs);
    }
    struct slices_item **items = peers_alloc((plan->n_rows + plan->n_costs) * sizeof(*items));
    for (size_t i = 0; i < plan->n_rows; i++) {
        items[i] = &plan->rows[i].item;
    }
    for (size_t i = 0; i < plan->n_costs; i++) {
        items[plan->n_rows + i] = &plan->costs[i].item;
    }
    seconds_to_measure = plan->seconds;
    plan->outcome = slices_measure(items, plan->n_rows + plan->n_costs, plan->seconds, show_progress);
    peers_free(items);
    end_progress();
}

/* --- results --- */

const struct bench_row *bench_plan_find(
    const struct bench_plan *plan, const struct workload *workload, const char *impl, size_t batch_size)
{
    for (size_t i = 0; i < plan->n_rows; i++) {
        const struct bench_row *row = &plan->rows[i];
        if (row->workload == workload && row->batch_size == batch_size &&
            strcmp(row->impl->name, impl) == 0) {
            return row;
        }
    }
    return NULL;
}

double bench_row_ns(const struct bench_row *row)
{
    return row->item.ns / (double)row->fixture->pool.n;
}

double bench_row_rate(const struct bench_row *row)
{
    return 1e9 / bench_row_ns(row);
}

double bench_row_percent_of_floor(const struct bench_row *row)
{
    return row->item.cycles > 0 ? 100 * fixture_floor_cycles(row->fixture) / row->item.cycles : 0;
}
