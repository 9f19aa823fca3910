/*
 * How many instructions the library spends outside the rounds of its kernels: on checks, groups, staging, the
 * walk of a kernel through its programs, results and wiping. Unlike a time, such a count has no noise. The
 * test counts single jobs by lanekdf_derive_one and batches of 256, compares the counts with limits, and
 * prints which functions the instructions are in.
 *
 *     instruction_counts KERNEL              the workloads that have a limit on this kernel
 *     instruction_counts KERNEL WORKLOAD     one workload, in any build and without a limit
 *     instruction_counts KERNEL all
 *
 * Catches: a change to the engine, or to a kernel around its rounds, that costs a few percent, which nobody
 * sees in a measurement of time.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counted_jobs.h"
#include "kernel_argument.h"
#include "must.h"
#include "own_functions.h"
#include "single_step.h"

/* ---- workloads ---- */

#define AES_128_GCM .enc_key = 16, .fixed_iv = 4
#define AES_256_GCM .enc_key = 32, .fixed_iv = 4
#define EXTENDED .is_extended = true
#define BOTH_FINISHED .has_client_finished = true, .has_server_finished = true

#define HANDSHAKE                                                                                            \
    {                                                                                                        \
        TLS12_HANDSHAKE                                                                                      \
    }
/* What a server derives of a connection of TLS 1.3, in five calls. */
#define FULL_HANDSHAKE                                                                                       \
    {                                                                                                        \
        TLS13_HANDSHAKE, TLS13_FINISHED, TLS13_APPLICATION, TLS13_FINISHED, TLS13_RESUMPTION                 \
    }

#define SHA256 "sha256", LANEKDF_SHA256
#define SHA384 "sha512", LANEKDF_SHA384

/*
 * Limits are on the instructions outside the rounds, per job, and hold for every kernel that the workload is
 * meant for: of one lane if it has one job, of several lanes if it has many. Some kernels have a lower limit
 * of their own (kernel_limits). Limits are 2 % above what the compiler that gives more, of gcc 12 and clang
 * 14, gives today: a change that gives fewer lowers them. That of the mix is 4 % above, since it depends on
 * measured costs which of its groups are merged. A goal is what a limit is to become; the kernel of sixteen
 * lanes is below those of batches.
 */
static const struct workload {
    const char *name;
    const char *family; /* of kernels */
    uint16_t hash;
    uint16_t n_jobs;           /* of each call; 1: by lanekdf_derive_one */
    uint16_t limit, goal;      /* 0: none */
    uint8_t stages[MAX_CALLS]; /* enum counted_stage */
    struct lengths lengths;    /* of TLS12_HANDSHAKE */
} workloads[] = {
    {"one", SHA256, 1, 1339, 0, HANDSHAKE, {.pre_master = 48, AES_128_GCM}},
    {"one-extended", SHA256, 1, 1302, 0, HANDSHAKE, {.pre_master = 48, AES_128_GCM, EXTENDED}},
    {"one-finished", SHA256, 1, 1773, 0, HANDSHAKE, {.pre_master = 48, AES_128_GCM, BOTH_FINISHED}},
    {"one-resumed", SHA256, 1, 1560, 0, HANDSHAKE, {AES_128_GCM, BOTH_FINISHED}},
    {"one-sha384", SHA384, 1, 3444, 0, HANDSHAKE, {.pre_master = 48, AES_256_GCM}},
    {"one-exporter", SHA256, 1, 0, 0, {TLS12_EXPORTER}, {0}},
    {"one-exporter-prepared", SHA256, 1, 1560, 0, {TLS12_PREPARED_EXPORTER}, {0}},
    {"one-prf", SHA256, 1, 0, 0, {TLS12_PRF}, {0}},
    {"one-tls13-early", SHA256, 1, 1334, 0, {TLS13_EARLY}, {0}},
    {"one-tls13-handshake", SHA256, 1, 1855, 0, {TLS13_HANDSHAKE}, {0}},
    {"one-tls13-finished", SHA256, 1, 923, 0, {TLS13_FINISHED}, {0}},
    {"one-tls13-application", SHA256, 1, 1562, 0, {TLS13_APPLICATION}, {0}},
    {"one-tls13-resumption", SHA256, 1, 1108, 0, {TLS13_RESUMPTION}, {0}},
    {"one-tls13-ticket", SHA256, 1, 1670, 0, {TLS13_TICKET}, {0}},
    {"one-tls13-traffic", SHA256, 1, 1036, 0, {TLS13_TRAFFIC}, {0}},
    {"one-tls13-exporter", SHA256, 1, 1539, 0, {TLS13_EXPORTER}, {0}},
    {"one-quic-initial", SHA256, 1, 1512, 0, {QUIC_INITIAL}, {0}},
    {"one-tls13", SHA256, 1, 6312, 0, FULL_HANDSHAKE, {0}},
    {"one-tls13-sha384", SHA384, 1, 0, 0, FULL_HANDSHAKE, {0}},
    {"two", SHA256, 2, 0, 0, HANDSHAKE, {.pre_master = 48, AES_128_GCM}},
    {"uniform", SHA256, 256, 660, 450, HANDSHAKE, {.pre_master = 48, AES_128_GCM}},
    {"extended", SHA256, 256, 0, 0, HANDSHAKE, {.pre_master = 48, AES_128_GCM, EXTENDED}},
    {"finished", SHA256, 256, 0, 0, HANDSHAKE, {.pre_master = 48, AES_128_GCM, BOTH_FINISHED}},
    {"resumed", SHA256, 256, 0, 0, HANDSHAKE, {AES_128_GCM, BOTH_FINISHED}},
    {"mix", SHA256, 256, 1402, 900, {TLS12_MIX}, {0}},
    {"sha384", SHA384, 256, 1080, 0, HANDSHAKE, {.pre_master = 48, AES_256_GCM}},
    {"exporter", SHA256, 256, 0, 0, {TLS12_EXPORTER}, {0}},
    {"exporter-prepared", SHA256, 256, 790, 0, {TLS12_PREPARED_EXPORTER}, {0}},
    {"prf", SHA256, 256, 0, 0, {TLS12_PRF}, {0}},
    {"tls13-exporter", SHA256, 256, 0, 0, {TLS13_EXPORTER}, {0}},
    {"tls13", SHA256, 256, 3085, 0, FULL_HANDSHAKE, {0}},
    {"tls13-sha384", SHA384, 256, 4346, 0, FULL_HANDSHAKE, {0}},
};
enum { N_WORKLOADS = sizeof(workloads) / sizeof(*workloads) };

static const struct {
    const char *kernel, *workload;
    uint16_t limit;
} kernel_limits[] = {
    {"sha256_shani", "two", 1208},
    {"sha256_avx512_x1", "mix", 2165},
    {"sha256_avx512_x16", "uniform", 391},
    {"sha256_avx512_x16", "mix", 892},
    {"sha256_avx512_x16", "exporter-prepared", 622},
    {"sha256_avx512", "uniform", 522},
    {"sha256_avx512", "mix", 1172},
    {"sha256_shani_avx512vl", "uniform", 723},
    {"sha256_shani_avx512vl", "mix", 1254},
    {"sha512_avx512_x8", "sha384", 518},
    {"sha512_avx512_x8", "tls13-sha384", 2686},
    {"sha512_avx512", "sha384", 804},
    {"sha512_avx512", "tls13-sha384", 3809},
};

/* The limit that a workload has on this kernel alone; 0: none. */
static unsigned own_limit(const struct workload *workload, const struct kernel_argument *kernel)
{
    for (size_t i = 0; i < sizeof(kernel_limits) / sizeof(*kernel_limits); i++) {
        if (kernel->name && strcmp(kernel_limits[i].kernel, kernel->name) == 0 &&
            strcmp(kernel_limits[i].workload, workload->name) == 0) {
            return kernel_limits[i].limit;
        }
    }
    return 0;
}

/* The limit of a workload on a kernel. */
static unsigned limit_of(const struct workload *workload, const struct kernel_argument *kernel)
{
    const unsigned own = own_limit(workload, kernel);

    return own ? own : workload->limit;
}

/* ---- functions ---- */

/* The name as it is in the source: in objects it may have the prefix of the library, and behind a dot what a
 * compiler appends to the names of copies. */
static const char *plain_name(const struct own_function *function, char name[64])
{
    static const char prefix[] = "lanekdf_";
    const char *from = function->name;

    from += strncmp(from, prefix, sizeof(prefix) - 1) ? 0 : sizeof(prefix) - 1;
    snprintf(name, 64, "%.*s", (int)strcspn(from, "."), from);
    return name;
}

/* Whether the function compresses, and does little else. A new kernel whose function has another name than
 * one that ends with _compress, and perhaps a number, puts it here: its instructions would count as outside.
 */
static bool is_rounds(const struct own_function *function)
{
    static const char *const others[] = {"sha256_shani_groups", "sha256_shani_avx512vl_message",
        "sha256_shani_avx512vl_message_alone", "sha256_shani_avx512vl_digest",
        "sha256_shani_avx512vl_digest_alone", "sha256_shani_avx512vl_padded", "sha256_shani_avx512vl_rounds",
        "sha256_avx512_x16_begin", "sha256_avx512_x16_steps", "sha256_avx512_x16_end",
        "sha512_avx512_x8_begin", "sha512_avx512_x8_steps", "sha512_avx512_x8_end",
        "sha512_bmi2_avx512vl_compress_block", "sha512_bmi2_avx2_compress_block"};
    char buffer[64];
    const char *name = plain_name(function, buffer), *compress = strstr(name, "_compress");

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (!strcmp(name, others[i])) {
            return true;
        }
    }
    return compress && !compress[strlen("_compress") + strspn(compress + strlen("_compress"), "0123456789")];
}

/* Whether the function belongs to the test itself. */
static bool is_of_the_test(const struct own_function *function)
{
    static const char *const names[] = {"call_derive_one", "call_derive", "single_step"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (!strcmp(function->name, names[i])) {
            return true;
        }
    }
    return false;
}

/* ---- the calls that are counted ---- */

static lanekdf_context *context;
static volatile size_t n_failed;

static void call_derive_one(void *counted)
{
    struct counted_jobs *jobs = counted;
    for (size_t i = 0; i < jobs->n_calls; i++) {
        n_failed += lanekdf_derive_one(jobs->jobs[i][0]) != LANEKDF_OK;
    }
}

static void call_derive(void *counted)
{
    struct counted_jobs *jobs = counted;
    for (size_t i = 0; i < jobs->n_calls; i++) {
        n_failed += lanekdf_context_derive(context, jobs->jobs[i], jobs->n_jobs);
    }
}

/* Counts a call whose programs are compiled and whose memory is touched, since earlier calls had jobs of the
 * same shapes. Their inputs and outputs had other addresses. */
static struct step_counts count_steps(const struct workload *workload)
{
    static struct counted_jobs earlier, counted;
    void (*call)(void *) = workload->n_jobs == 1 ? call_derive_one : call_derive;
    struct step_counts counts = step_counts_new();
    const struct own_function *functions;
    const size_t n_functions = own_functions(&functions);

    for (size_t i = 0; i < n_functions; i++) {
        if (is_rounds(&functions[i])) {
            step_counts_leave_out(&counts, functions[i].address);
        }
    }
    counted_jobs_make(&earlier, workload->stages, workload->n_jobs, workload->hash, &workload->lengths, 1);
    counted_jobs_make(&counted, workload->stages, workload->n_jobs, workload->hash, &workload->lengths, 2);
    for (int i = 0; i < 3; i++) {
        call(&earlier);
    }
    single_step(call, &counted, &counts);
    must(n_failed == 0, "a job failed");
    return counts;
}

/* ---- the table of a workload ---- */

struct row {
    const struct own_function *function; /* NULL: code without a name */
    uint64_t n;           /* instructions, those of libraries that the function called included */
    uint64_t n_elsewhere; /* the latter alone */
    uint64_t n_calls_of_rounds;
};

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return (x->n < y->n) - (x->n > y->n);
}

static void add_count(struct row *row, const struct step_count *count)
{
    if (count->is_left_out) {
        row->n_calls_of_rounds += count->here;
    } else if (!row->function || !is_of_the_test(row->function)) {
        row->n += count->here + (uint64_t)count->elsewhere;
        row->n_elsewhere += count->elsewhere;
    }
}

/* Makes a row for each function, and one more for code without a name. Returns their number. */
static size_t make_rows(const struct step_counts *counts, struct row **rows)
{
    const struct own_function *functions;
    const size_t n = own_functions(&functions);

    *rows = calloc(n + 1, sizeof(**rows));
    must(*rows, "no memory for a table");
    for (size_t i = 0; i < n; i++) {
        (*rows)[i].function = &functions[i];
    }
    for (size_t i = 0; i < counts->n; i++) {
        if (counts->at[i].here) {
            const struct own_function *function = own_function_at(counts->start + i);
            add_count(&(*rows)[function ? (size_t)(function - functions) : n], &counts->at[i]);
        }
    }
    qsort(*rows, n + 1, sizeof(**rows), compare_rows);
    return n + 1;
}

static void print_row(const struct row *row, double n_jobs)
{
    const struct own_function *function = row->function;

    printf("%10.1f  %s", (double)row->n / n_jobs, function ? function->name : "code without a name");
    if (function && function->file) {
        printf(", %s", function->file);
    }
    if (row->n_elsewhere) {
        printf(", %.1f of them in libraries that it calls", (double)row->n_elsewhere / n_jobs);
    }
    puts("");
}

static void print_rows(const struct row *rows, size_t n_rows, double n_jobs)
{
    enum { MAX_PRINTED = 40 };

    for (size_t i = 0; i < n_rows && i < MAX_PRINTED && rows[i].n; i++) {
        print_row(&rows[i], n_jobs);
    }
    for (size_t i = 0; i < n_rows; i++) {
        if (rows[i].n_calls_of_rounds) {
            printf("  %s is called %.2f times\n", rows[i].function->name,
                (double)rows[i].n_calls_of_rounds / n_jobs);
        }
    }
}

/* Returns the instructions outside the rounds, for each job. */
static double count_outside(const struct workload *workload)
{
    const double n_jobs = (double)workload->n_jobs;
    struct step_counts counts = count_steps(workload);
    struct row *rows;
    const size_t n_rows = make_rows(&counts, &rows);
    uint64_t n = 0, n_calls_of_rounds = 0;

    for (size_t i = 0; i < n_rows; i++) {
        n += rows[i].n;
        n_calls_of_rounds += rows[i].n_calls_of_rounds;
    }
    printf("\n%s, %u: %.1f instructions outside the rounds for each job\n", workload->name, workload->n_jobs,
        (double)n / n_jobs);
    print_rows(rows, n_rows, n_jobs);
    must(n_calls_of_rounds > 0, "is_rounds() does not know the kernel's functions");
    free(rows);
    step_counts_free(&counts);
    return (double)n / n_jobs;
}

/* ---- what is counted ---- */

/* Whether lanekdf_derive_one runs on another kernel though this one has one lane: it has limits of its own.
 */
static bool takes_batches_alone(const struct kernel_argument *kernel)
{
    bool has_limit = false;

    for (size_t i = 0; i < N_WORKLOADS; i++) {
        has_limit |= own_limit(&workloads[i], kernel) > 0;
    }
    return has_limit && kernel->lanes == 1;
}

/* Whether the name stands for the workload, or, if it is NULL, whether the workload has a limit. */
static bool is_wanted(const struct workload *workload, const char *name, const struct kernel_argument *kernel)
{
    if (kernel->family && strcmp(kernel->family, workload->family)) {
        return false;
    }
    if (name) {
        return !strcmp(name, "all") || !strcmp(name, workload->name);
    }
    if (takes_batches_alone(kernel)) {
        return own_limit(workload, kernel) > 0;
    }
    return workload->limit && (kernel->lanes == 1) == (workload->n_jobs == 1);
}

static bool is_within_limit(const struct workload *workload, const struct kernel_argument *kernel, double n)
{
    const unsigned limit = limit_of(workload, kernel);
    printf("  the limit is %u", limit);
    if (workload->goal) {
        printf(", the goal %u", workload->goal);
    }
    puts(n <= limit ? "" : ": FAILED");
    return n <= limit;
}

/* Returns whether all workloads are within their limits. */
static bool count_all(const char *name, const struct kernel_argument *kernel)
{
    bool is_right = true, is_known = false;

    for (size_t i = 0; i < N_WORKLOADS; i++) {
        if (is_wanted(&workloads[i], name, kernel)) {
            const double n = count_outside(&workloads[i]);
            is_right &= name || is_within_limit(&workloads[i], kernel, n);
            is_known = true;
        }
    }
    must(is_known, "no workload of this name has a limit or runs on this kernel");
    return is_right;
}

/* Why nothing can be counted here, or NULL. */
static const char *why_skipped(bool has_limits)
{
    const struct own_function *functions;

#if defined(HAS_LIMITS)
    const bool is_release = !UNDER_ASAN;
#else
    const bool is_release = false;
#endif
    if (has_limits && !is_release) {
        return "the limits are for a release build";
    }
    if (!single_step_is_possible()) {
        return "this system does not step through instructions";
    }
    return own_functions(&functions) ? NULL : "this program has no table of symbols";
}

/*
 * How many instructions memset() and memcpy() of glibc take depends on the width of the vectors that glibc
 * prefers on this CPU, so limits on one CPU would not hold on another. The program runs itself again with
 * vectors of 32 bytes, which every CPU with AVX2 has, and with one bound for rep stosb.
 */
static void take_functions_of_all_cpus(char **argv)
{
    const char *const variable = "GLIBC_TUNABLES";

    if (!getenv(variable)) {
        setenv(variable, "glibc.cpu.hwcaps=-AVX512VL:glibc.cpu.x86_rep_stosb_threshold=2048", 1);
        execv("/proc/self/exe", argv);
    }
}

int main(int argc, char **argv)
{
    take_functions_of_all_cpus(argv);
    const char *name = argc == 3 ? argv[2] : NULL, *reason = why_skipped(!name);

    if (reason) {
        printf("skipped: %s\n", reason);
        return EXIT_SKIPPED;
    }
    const struct kernel_argument kernel = kernel_argument(name ? 2 : argc, argv);
    must(!single_step_defect(), single_step_defect());
    must(lanekdf_context_new(&context, NULL) == LANEKDF_OK, "lanekdf_context_new");
    const bool is_right = count_all(name, &kernel);
    lanekdf_context_free(context);
    return !is_right;
}
