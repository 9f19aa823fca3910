/* What lanekdf bench measured, as one object of JSON. */
#include "bench_plan.h"

#include "lanekdf.h"
#include "machine.h"
#include "output.h"

#include <string.h>
#include <unistd.h>

static void put_string(struct output *out, const char *before, const char *name, const char *value)
{
    output_format(out, "%s\"%s\":", before, name);
    output_json_string(out, value, strlen(value));
}

static void put_libraries(struct output *out)
{
    const struct impl_library *libraries;
    const size_t n = impl_libraries(&libraries);
    output_text(out, ",\"libraries\":[");
    for (size_t i = LIBRARY_NONE + 1; i < n; i++) {
        put_string(out, i > LIBRARY_NONE + 1 ? ",{" : "{", "name", libraries[i].name);
        if (libraries[i].version) {
            put_string(out, ",", "version", libraries[i].version);
        } else {
            put_string(out, ",", "missing", libraries[i].missing);
        }
        output_text(out, "}");
    }
    output_text(out, "]");
}

static void put_machine(struct output *out)
{
    put_string(out, "{", "lanekdf", lanekdf_version_text());
    put_string(out, ",", "compiler", impl_compiler());
    put_string(out, ",", "cpu", machine_cpu());
    put_string(out, ",", "cpu_features", lanekdf_cpu_text());
    put_string(out, ",", "system", machine_system());
    put_libraries(out);
}

static void put_workload(struct output *out, const struct workload *workload, bool is_first)
{
    put_string(out, is_first ? "{" : ",{", "name", workload->name);
    put_string(out, ",", "description", workload->description);
    output_text(out, "}");
}

/* --- what was measured --- */

static void put_outcome(struct output *out, const struct slices_outcome *outcome)
{
    output_format(out, ",\"seconds\":%.1f,\"slices\":%zu,\"disturbed_slices\":%zu", outcome->seconds,
        outcome->n_slices, outcome->n_disturbed);
    if (outcome->core_ghz > 0) {
        output_format(out, ",\"core_ghz\":%.3f", outcome->core_ghz);
    }
}

static void put_item(struct output *out, const struct slices_item *item)
{
    output_format(out, ",\"spread\":%.4f,\"slices\":%zu,\"undisturbed_slices\":%zu", item->spread,
        item->n_slices, item->n_undisturbed);
}

static void put_row(struct output *out, const struct bench_row *row, bool is_first)
{
    const double percent = bench_row_percent_of_floor(row);
    put_string(out, is_first ? "{" : ",{", "workload", row->workload->name);
    put_string(out, ",", "implementation", row->impl->name);
    output_format(out, ",\"batch\":%zu,\"per_second\":%.0f,\"ns\":%.2f", row->batch_size, bench_row_rate(row),
        bench_row_ns(row));
    if (percent > 0) {
        output_format(out, ",\"percent_of_floor\":%.1f", percent);
    }
    put_item(out, &row->item);
    if (row->impl->choice) {
        put_string(out, ",", "choice", fixture_label(row->fixture));
    }
    output_text(out, "}");
}

static void put_cost(struct output *out, const struct handshake_cost *cost, bool is_first)
{
    put_string(out, is_first ? "{" : ",{", "name", cost->name);
    put_string(out, ",", "what", cost->what);
    output_format(out, ",\"microseconds\":%.3f", handshake_cost_us(cost));
    put_item(out, &cost->item);
    output_text(out, "}");
}

bool bench_json_put(const struct bench_plan *plan)
{
    struct output out;
    output_open(&out, STDOUT_FILENO);
    put_machine(&out);
    put_outcome(&out, &plan->outcome);
    output_text(&out, ",\"workloads\":[");
    for (size_t i = 0; i < plan->n_workloads; i++) {
        put_workload(&out, plan->workloads[i], i == 0);
    }
    output_text(&out, "],\"results\":[");
    for (size_t i = 0; i < plan->n_rows; i++) {
        put_row(&out, &plan->rows[i], i == 0);
    }
    output_text(&out, "]");
    if (plan->has_costs) {
        output_text(&out, ",\"costs\":[");
        for (size_t i = 0; i < plan->n_costs; i++) {
            put_cost(&out, &plan->costs[i], i == 0);
        }
        output_text(&out, "]");
    }
    output_text(&out, "}\n");
    return output_close(&out);
}

/* --- what can be asked for --- */

static void put_implementation(struct output *out, const struct impl *impl, bool is_first)
{
    const struct impl_library *libraries;
    impl_libraries(&libraries);
    put_string(out, is_first ? "{" : ",{", "name", impl->name);
    put_string(out, ",", "description", impl->description);
    if (impl->library != LIBRARY_NONE) {
        put_string(out, ",", "library", libraries[impl->library].name);
    }
    output_text(out, "}");
}

bool bench_json_put_list(void)
{
    struct output out;
    output_open(&out, STDOUT_FILENO);
    put_machine(&out);
    output_text(&out, ",\"implementations\":[");
    for (size_t i = 0; bench_implementation(i); i++) {
        put_implementation(&out, bench_implementation(i), i == 0);
    }
    output_text(&out, "],\"workloads\":[");
    for (size_t i = 0; bench_workload(i); i++) {
        put_workload(&out, bench_workload(i), i == 0);
    }
    output_text(&out, "]}\n");
    return output_close(&out);
}
