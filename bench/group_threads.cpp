// These benchmarks run several threads, each pinned to a CPU of its own and with a context of its own.
//
// False sharing: the threads share nothing that changes. A context has pages of its own; jobs, outputs and
// copies of the inputs lie in cache lines that belong to one thread.
//
// First touch: each thread makes all of these itself, on its CPU, so that they are in memory that is near to
// it on machines where that matters.
#include "affinity.h"
#include "groups.h"
#include "repetition.h"

#include <mutex>

namespace
{

constexpr size_t batch_size = 256;

// The fixture of a thread, which the thread itself makes when it comes here first.
fixture *fixture_of(std::vector<fixture *> &fixtures, const std::string &name, unsigned thread)
{
    static std::mutex one_at_a_time; // since making a fixture fills tables that all threads read
    const std::lock_guard<std::mutex> lock(one_at_a_time);
    if (!fixtures[thread]) {
        fixtures[thread] = checked_fixture(name, impl_lanekdf, workloads[0], batch_size, thread + 1);
    }
    return fixtures[thread];
}

void time_thread(benchmark::State &state, std::vector<fixture *> &fixtures, const std::string &name)
{
    const auto thread = static_cast<unsigned>(state.thread_index());
    affinity_pin(thread);
    fixture *fixture = fixture_of(fixtures, name, thread);
    const auto n_calls = static_cast<double>(state.max_iterations);
    fixture_derive_next(fixture);
    auto n_left = state.max_iterations;
    Repetition repetition(state, name);
    // Google Benchmark makes the threads wait for each other before the loop and behind it: neither counts.
    for (auto _ : state) {
        if (n_left == state.max_iterations) {
            repetition.start();
        }
        fixture_derive_next(fixture);
        benchmark::ClobberMemory();
        if (--n_left == 0) {
            repetition.stop();
        }
    }
    repetition.finish(n_calls * static_cast<double>(batch_size), fixture_n_compressions(fixture, n_calls));
    if (thread == 0) {
        state.SetLabel(fixture_label(fixture));
    }
}

} // namespace

void add_thread_group()
{
    const auto fixtures = new std::vector<fixture *>(affinity_n_cpus());
    const std::string name = std::string("handshake/") + workloads[0].name + "/" + impl_lanekdf.name +
                             "/batch:" + std::to_string(batch_size);
    std::vector<handshake_outputs> outputs(batch_size);
    const workload_batch batch = workload_batch_of(&workloads[0], 0, batch_size, outputs.data());
    const FloorOf floor_of_a_thread = {{compressions_of_batch(&batch)}, ""};
    for (const unsigned n : thread_counts()) {
        floors()[name + "/threads:" + std::to_string(n)] = floor_of_a_thread;
        benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State &state) {
            time_thread(state, *fixtures, name);
        })->Threads(static_cast<int>(n));
    }
}
