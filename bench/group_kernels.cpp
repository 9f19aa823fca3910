// These benchmarks run kernels by themselves, without an engine around them.
#include "groups.h"
#include "kernel_bench.h"
#include "repetition.h"

namespace
{

constexpr size_t task_counts[] = {1, 2, 3, 4, 8};

void time_kernel(benchmark::State &state, const std::string &name, kernel_bench *bench)
{
    const double n_calls = static_cast<double>(state.max_iterations);
    kernel_bench_run(bench);
    Repetition repetition(state, name);
    for (auto _ : state) {
        kernel_bench_run(bench);
        benchmark::ClobberMemory();
    }
    repetition.finish(n_calls, n_calls * static_cast<double>(kernel_bench_compressions(bench)));
}

} // namespace

void add_kernel_group()
{
    for (size_t i = 0; kernel_bench_name(i); i++) {
        for (const size_t n : task_counts) {
            kernel_bench *bench = kernel_bench_new(i, n);
            const std::string name =
                "kernel/" + std::string(kernel_bench_name(i)) + "/tasks:" + std::to_string(n);
            ceiling_kernels()[name] = kernel_bench_name(i);
            benchmark::RegisterBenchmark(
                name.c_str(), [=](benchmark::State &state) { time_kernel(state, name, bench); });
        }
    }
}
