#include "run_context.h"

#include "ceiling.h"
#include "groups.h"
#include "kernel_bench.h"
#include "lanekdf.h"
#include "machine.h"
#include "packets.h"
#include "run_progress.h"

#include <benchmark/benchmark.h>

#include <cmath>

namespace
{

std::string version_of(impl_library_id id)
{
    const impl_library *libraries;
    impl_libraries(&libraries);
    const impl_library &library = libraries[id];
    return library.version ? library.version : std::string("missing (") + library.missing + ")";
}

std::string usable_kernels()
{
    std::string names;
    for (size_t i = 0; kernel_bench_name(i); i++) {
        names += (i == 0 ? "" : " ") + std::string(kernel_bench_name(i));
    }
    return names;
}

// The kernels that work on one job at a time.
std::string one_lane_kernels()
{
    std::string names;
    lanekdf_kernel kernel = {};
    kernel.size = sizeof(kernel);
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (kernel.state == LANEKDF_KERNEL_USABLE && kernel.lanes == 1) {
            names += (names.empty() ? "" : " ") + std::string(kernel.name);
        }
    }
    return names;
}

// Which kernel takes over from how many jobs on, as "1: one_kernel, 16: another".
std::string chosen_kernels(lanekdf_hash hash)
{
    std::string text, previous;
    for (const size_t n : batch_sizes()) {
        lanekdf_kernel kernel = {};
        kernel.size = sizeof(kernel);
        const size_t index = lanekdf_kernel_choice(hash, n, nullptr);
        if (lanekdf_kernel_query(index, &kernel) == LANEKDF_OK && previous != kernel.name) {
            previous = kernel.name;
            text += (text.empty() ? "" : ", ") + std::to_string(n) + ": " + previous;
        }
    }
    return text;
}

} // namespace

void add_run_context()
{
    benchmark::AddCustomContext("lanekdf", lanekdf_version_text());
    benchmark::AddCustomContext("cpu", machine_cpu());
    benchmark::AddCustomContext("cpu_features", lanekdf_cpu_text());
    benchmark::AddCustomContext("system", machine_system());
    benchmark::AddCustomContext("compiler", impl_compiler());
    benchmark::AddCustomContext("openssl", version_of(LIBRARY_OPENSSL));
    benchmark::AddCustomContext("aws_lc", version_of(LIBRARY_AWS_LC));
    benchmark::AddCustomContext("ipsec_mb", version_of(LIBRARY_IPSEC_MB));
    benchmark::AddCustomContext("ipsec_mb_named", version_of(LIBRARY_IPSEC_MB_NAMED));
    benchmark::AddCustomContext("kernels", usable_kernels());
    benchmark::AddCustomContext("one_lane_kernels", one_lane_kernels());
    benchmark::AddCustomContext("kernel_choice", chosen_kernels(LANEKDF_SHA256));
    benchmark::AddCustomContext("kernel_choice_sha384", chosen_kernels(LANEKDF_SHA384));
    std::vector<const workload *> all = {
        &workload_prf, &workload_exporter, &workload_exporter_prepared, &workload_quic_open};
    for (size_t w = 0; w < n_workloads; w++) {
        all.push_back(&workloads[w]);
    }
    for (size_t w = 0; w < n_connection_workloads; w++) {
        all.push_back(&connection_workloads[w]);
    }
    for (size_t w = 0; w < n_stage_workloads; w++) {
        all.push_back(&stage_workloads[w]);
    }
    for (const workload *w : all) {
        benchmark::AddCustomContext(std::string("workload/") + w->name, w->description);
    }
    std::string threads;
    for (const unsigned n : thread_counts()) {
        threads += (threads.empty() ? "" : " ") + std::to_string(n);
    }
    benchmark::AddCustomContext("thread_counts", threads);
}

void add_outcome_context(const Collector &collector)
{
    for (size_t i = 0; kernel_bench_name(i); i++) {
        benchmark::AddCustomContext(
            std::string("ceiling/") + kernel_bench_name(i), ceiling_text(kernel_bench_name(i)));
    }
    benchmark::AddCustomContext("repetitions_measured", std::to_string(collector.n_measured()));
    benchmark::AddCustomContext("repetitions_rejected", std::to_string(collector.n_rejected()));
    benchmark::AddCustomContext(
        "benchmarks_with_fewer_repetitions", std::to_string(collector.n_incomplete()));
    benchmark::AddCustomContext("benchmarks_without_repetitions", collector.without_any());
    benchmark::AddCustomContext("seconds", std::to_string(std::lround(progress_seconds())));
    benchmark::AddCustomContext("seconds_busy", std::to_string(std::lround(progress_busy_seconds())));
}
