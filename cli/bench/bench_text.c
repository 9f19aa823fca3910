/* The table of lanekdf bench, for people: 80 columns, two sizes of a call beside each other. */
#include "bench_plan.h"

#include "machine.h"
#include "peers_support.h"
#include "text_row.h"

#include <stdio.h>
#include <string.h>

/* Columns. */
enum { NAME_WIDTH = 25, RATE_WIDTH = 11, TIMES_WIDTH = 9, FLOOR_WIDTH = 7, SIZES_ABREAST = 2 };
enum { MISSING_COLUMN = 12 };
enum { BLOCK_WIDTH = RATE_WIDTH + TIMES_WIDTH + FLOOR_WIDTH };

static void put_libraries(void)
{
    const struct impl_library *libraries;
    const size_t n = impl_libraries(&libraries);
    for (size_t i = LIBRARY_NONE + 1; i < n; i++) {
        if (libraries[i].version) {
            printf("%s: %s\n", libraries[i].name, libraries[i].version);
        }
    }
}

static void put_head(const struct bench_plan *plan)
{
    printf("lanekdf %s on %s\n", lanekdf_version_text(), machine_cpu());
    put_libraries();
    printf("One thread, %.0f seconds", plan->outcome.seconds);
    if (plan->outcome.core_ghz > 0) {
        printf(", core clock %.2f GHz", plan->outcome.core_ghz);
    }
    printf("\n");
}

/* --- one workload --- */

/* "one at a time", or how many in a call. */
static const char *size_text(size_t batch_size)
{
    static char text[32];
    if (batch_size == 1) {
        return "one at a time";
    }
    snprintf(text, sizeof(text), "%zu in a call", batch_size);
    return text;
}

static void put_sizes(const size_t *sizes, size_t n)
{
    printf("%*s", NAME_WIDTH, "");
    for (size_t i = 0; i < n; i++) {
        printf("%*s", BLOCK_WIDTH, size_text(sizes[i]));
    }
    printf("\n%*s", NAME_WIDTH, "");
    for (size_t i = 0; i < n; i++) {
        printf("%*s%*s%*s", RATE_WIDTH, "per second", TIMES_WIDTH, "lanekdf", FLOOR_WIDTH, "floor");
    }
    printf("\n");
}

/* A row of which hardly a slice was undisturbed is marked. */
static void put_result(const struct bench_plan *plan, const struct bench_row *row)
{
    char number[PEERS_MAX_NUMBER], rate[PEERS_MAX_NUMBER + 1], times[32] = "", floor[32] = "";
    const struct bench_row *own = bench_plan_find(plan, row->workload, impl_lanekdf.name, row->batch_size);
    const double percent = bench_row_percent_of_floor(row);
    snprintf(rate, sizeof(rate), "%s%s", row->item.n_undisturbed < SLICES_LEAST ? "~" : "",
        peers_number(number, bench_row_rate(row)));
    if (own && own != row) {
        snprintf(times, sizeof(times), "%.2fx", bench_row_rate(own) / bench_row_rate(row));
    }
    if (percent > 0) {
        snprintf(floor, sizeof(floor), "%.0f %%", percent);
    }
    printf("%*s%*s%*s", RATE_WIDTH, rate, TIMES_WIDTH, times, FLOOR_WIDTH, floor);
}

/* The results of one implementation in the order of sizes; `row` is the first of them. */
static void put_row(
    const struct bench_plan *plan, const struct bench_row *row, const size_t *sizes, size_t n_sizes)
{
    if (bench_row_has_kernel(row)) {
        printf("    %-*s", NAME_WIDTH - 4, row->impl->kernel->name);
    } else {
        printf("  %-*s", NAME_WIDTH - 2, row->impl->name);
    }
    for (size_t i = 0; i < n_sizes; i++) {
        put_result(plan, bench_plan_find(plan, row->workload, row->impl->name, sizes[i]));
    }
    printf("\n");
}

/* Rows of peers, or those of lanekdf kept to one kernel. */
static void put_rows(const struct bench_plan *plan, const struct workload *workload, bool of_kernels,
    const size_t *sizes, size_t n_sizes)
{
    bool is_first = true;
    for (size_t i = 0; i < plan->n_rows; i++) {
        const struct bench_row *row = &plan->rows[i];
        if (row->workload == workload && row->batch_size == sizes[0] &&
            bench_row_has_kernel(row) == of_kernels) {
            if (of_kernels && is_first) {
                printf("  lanekdf kept to a kernel\n");
            }
            is_first = false;
            put_row(plan, row, sizes, n_sizes);
        }
    }
}

static bool has_rows(const struct bench_plan *plan, const struct workload *workload)
{
    for (size_t i = 0; i < plan->n_rows; i++) {
        if (plan->rows[i].workload == workload) {
            return true;
        }
    }
    return false;
}

static void put_workload(const struct bench_plan *plan, const struct workload *workload)
{
    printf("\n");
    text_row_put(workload->name, strlen(workload->name) + 4, workload->description);
    for (size_t first = 0; first < plan->n_batch_sizes; first += SIZES_ABREAST) {
        const size_t n_left = plan->n_batch_sizes - first;
        const size_t n = n_left < SIZES_ABREAST ? n_left : SIZES_ABREAST;
        put_sizes(&plan->batch_sizes[first], n);
        put_rows(plan, workload, false, &plan->batch_sizes[first], n);
        put_rows(plan, workload, true, &plan->batch_sizes[first], n);
    }
}

/* --- what is to be known about the figures --- */

static void put_notes(const struct bench_plan *plan)
{
    const struct slices_outcome *outcome = &plan->outcome;
    const double disturbed = 100 * (double)outcome->n_disturbed / (double)outcome->n_slices;
    const struct impl_library *libraries;
    impl_libraries(&libraries);
    printf("\nlanekdf: so many times as fast as the row. floor: the least time that this core\n"
           "could take, on the best of lanekdf's kernels or on the one named, in percent of\n"
           "the time that the row takes.\n");
    if (!libraries[LIBRARY_OPENSSL].version || !libraries[LIBRARY_IPSEC_MB].version) {
        printf("Missing:\n");
    }
    for (size_t i = LIBRARY_OPENSSL; i <= LIBRARY_IPSEC_MB; i++) {
        if (!libraries[i].version) {
            text_row_put(libraries[i].name, MISSING_COLUMN, libraries[i].missing);
        }
    }
    if (disturbed >= 5) {
        printf("The machine was busy with something else in %.0f %% of the slices of time that were\n"
               "measured. They do not count, except where there are too few others (~).\n",
            disturbed);
    }
}

/* --- the summary --- */

/* The columns of peers: an implementation, or the fastest of a library's. */
static const struct summary_peer {
    const char *title, *impl;
    enum impl_library_id library;
    int width;
} summary_peers[] = {
    {"OpenSSL", "openssl", LIBRARY_NONE, 9},
    {"composed", "libcrypto-composed", LIBRARY_NONE, 10},
    {"ipsec-mb", NULL, LIBRARY_IPSEC_MB, 10},
};
enum { N_SUMMARY_PEERS = sizeof(summary_peers) / sizeof(*summary_peers) };

/* The row of a peer beside one of lanekdf; NULL: it was not measured. */
static const struct bench_row *peer_of(
    const struct bench_plan *plan, const struct bench_row *own, const struct summary_peer *peer)
{
    const struct bench_row *fastest = NULL;
    if (peer->impl) {
        return bench_plan_find(plan, own->workload, peer->impl, own->batch_size);
    }
    for (size_t i = 0; i < plan->n_rows; i++) {
        const struct bench_row *row = &plan->rows[i];
        if (row->workload == own->workload && row->batch_size == own->batch_size &&
            row->impl->library == peer->library &&
            (!fastest || bench_row_rate(row) > bench_row_rate(fastest))) {
            fastest = row;
        }
    }
    return fastest;
}

static void put_summary_head(void)
{
    printf("\n%-35s%10s", "lanekdf; x: so many times as fast", "per second");
    for (size_t i = 0; i < N_SUMMARY_PEERS; i++) {
        printf("%*s", summary_peers[i].width, summary_peers[i].title);
    }
    printf("%6s\n", "floor");
}

static void put_summary_row(const struct bench_plan *plan, const struct bench_row *own, const char *name)
{
    const double percent = bench_row_percent_of_floor(own);
    char rate[PEERS_MAX_NUMBER];
    printf("%-21s%14s%10s", name, size_text(own->batch_size), peers_number(rate, bench_row_rate(own)));
    for (size_t i = 0; i < N_SUMMARY_PEERS; i++) {
        const struct bench_row *peer = peer_of(plan, own, &summary_peers[i]);
        char text[32] = "";
        if (peer) {
            snprintf(text, sizeof(text), "%.1fx", bench_row_rate(own) / bench_row_rate(peer));
        }
        printf("%*s", summary_peers[i].width, text);
    }
    if (percent > 0) {
        printf("%4.0f %%", percent);
    }
    printf("\n");
}

/* The rows of lanekdf itself. */
static void put_summary(const struct bench_plan *plan)
{
    const struct workload *last = NULL;
    for (size_t i = 0; i < plan->n_rows; i++) {
        const struct bench_row *row = &plan->rows[i];
        if (row->impl == &impl_lanekdf) {
            if (!last) {
                put_summary_head();
            }
            put_summary_row(plan, row, row->workload != last ? row->workload->name : "");
            last = row->workload;
        }
    }
    if (last) {
        printf("composed: libcrypto-composed, HKDF made of SHA256_Transform of libcrypto and the\n"
               "like, without its EVP functions. ipsec-mb: the faster of its rows.\n");
    }
}

void bench_text_put(const struct bench_plan *plan)
{
    put_head(plan);
    for (size_t i = 0; i < plan->n_workloads; i++) {
        if (has_rows(plan, plan->workloads[i])) {
            put_workload(plan, plan->workloads[i]);
        }
    }
    if (plan->has_costs) {
        printf("\n");
        handshake_costs_print(stdout, plan->costs, plan->n_costs);
    }
    put_notes(plan);
    put_summary(plan);
}

/* --- what can be asked for --- */

void bench_text_put_list(void)
{
    enum { INDENT = 34 };
    const struct impl_library *libraries;
    const size_t n = impl_libraries(&libraries);
    printf("Libraries that this build compares with\n");
    for (size_t i = LIBRARY_NONE + 1; i < n; i++) {
        if (libraries[i].version) {
            text_row_put(libraries[i].name, INDENT, libraries[i].version);
        }
    }
    printf("\nLibraries that are missing\n");
    for (size_t i = LIBRARY_NONE + 1; i < n; i++) {
        if (!libraries[i].version) {
            text_row_put(libraries[i].name, INDENT, libraries[i].missing);
        }
    }
    printf("\nImplementations, for --implementation\n");
    for (size_t i = 0; bench_implementation(i); i++) {
        text_row_put(bench_implementation(i)->name, INDENT, bench_implementation(i)->description);
    }
    printf("\nWorkloads, for --workload\n");
    for (size_t i = 0; bench_workload(i); i++) {
        text_row_put(bench_workload(i)->name, INDENT, bench_workload(i)->description);
    }
}
