// These benchmarks run kernels by themselves, without an engine around them.
#include "groups.h"
#include "kernel_bench.h"
#include "repetition.h"

namespace
{

constexpr size_t task_counts[] = {1, 2, 3, 4, 8};

void time_kernel(benchmark::State &state, const std::string &name, kernel_bench *bench, double items_per_call)
{
    const double n_calls = static_cast<double>(state.max_iterations);
    kernel_bench_run(bench);
    Repetition repetition(state, name);
    for (auto _ : state) {
        kernel_bench_run(bench);
        benchmark::ClobberMemory();
    }
    const compressions one_call = kernel_bench_compressions(bench);
    repetition.finish(n_calls * items_per_call, n_calls * static_cast<double>(compressions_total(&one_call)));
}

void add_kernel(
    const std::string &name, const std::string &kernel, kernel_bench *bench, double items_per_call)
{
    floors()[name] = {{kernel_bench_compressions(bench)}, kernel};
    benchmark::RegisterBenchmark(
        name.c_str(), [=](benchmark::State &state) { time_kernel(state, name, bench, items_per_call); });
}

} // namespace

void add_kernel_group()
{
    for (size_t i = 0; kernel_bench_name(i); i++) {
        const std::string kernel = kernel_bench_name(i);
        for (const size_t n : task_counts) {
            add_kernel("kernel/" + kernel + "/tasks:" + std::to_string(n), kernel, kernel_bench_new(i, n), 1);
        }
        kernel_bench *chain = kernel_bench_new_chain(i);
        add_kernel("step/" + kernel, kernel, chain, static_cast<double>(kernel_bench_n_ops(chain)));
    }
}
