// These benchmarks make one call at a time, with caches displaced in between, as an event loop does. The time
// is that of the call alone.
#include "displace.h"
#include "groups.h"
#include "repetition.h"

#include <algorithm>

namespace
{

constexpr int calls_at_once = 16; // in each iteration, so that the shortest repetition has as many

// The mean of the middle half. The clock goes in steps too coarse for a median, and interruptions are at one
// end of the values.
double middle_mean(std::vector<double> &values)
{
    std::sort(values.begin(), values.end());
    const size_t quarter = values.size() / 4;
    double sum = 0;
    for (size_t i = quarter; i < values.size() - quarter; i++) {
        sum += values[i];
    }
    return sum / static_cast<double>(values.size() - 2 * quarter);
}

void time_cold_calls(benchmark::State &state, fixture &fixture)
{
    std::vector<double> ticks;
    ticks.reserve(static_cast<size_t>(state.max_iterations) * calls_at_once);
    const double overhead = displace_ticks_overhead();
    Repetition repetition(state, fixture.name);
    for (auto _ : state) {
        for (int i = 0; i < calls_at_once; i++) {
            displace_caches();
            const uint64_t begin = displace_ticks();
            fixture_derive_next(&fixture);
            ticks.push_back(static_cast<double>(displace_ticks() - begin));
        }
    }
    repetition.finish_with(
        (middle_mean(ticks) - overhead) / displace_ticks_per_ns(), fixture_n_compressions(&fixture, 1));
    state.SetLabel(fixture_label(&fixture));
}

void add_cold(const std::string &name, const impl &implementation, const workload &w)
{
    fixture *fixture = checked_fixture(name, implementation, w, 1);
    floors()[name] = floor_of(*fixture);
    benchmark::RegisterBenchmark(
        name.c_str(), [=](benchmark::State &state) { time_cold_calls(state, *fixture); });
}

// Compared cold are OpenSSL, AWS-LC, lanekdf by itself, and lanekdf on each kernel that works on one job at a
// time.
bool is_compared_cold(const impl &implementation)
{
    if (impl_is_lanekdf(&implementation)) {
        return !implementation.kernel || implementation.kernel->lanes == 1;
    }
    return &implementation == &impl_openssl || &implementation == &impl_openssl_schedule ||
           &implementation == &impl_aws_lc;
}

void add_cold_workload(const workload &w, size_t (*table_of)(const impl *const **table))
{
    const impl *const *impls;
    const size_t n_impls = table_of(&impls);
    for (size_t i = 0; i < n_impls && !workload_is_mix(&w); i++) {
        if (impl_serves(impls[i], &w) && is_compared_cold(*impls[i])) {
            add_cold(
                std::string("handshake/") + w.name + "-cold/" + impls[i]->name + "/batch:1", *impls[i], w);
        }
    }
}

} // namespace

void add_cold_group()
{
    displace_caches(); // the first call takes longer than all others
    for (size_t w = 0; w < n_workloads; w++) {
        add_cold_workload(workloads[w], impl_handshake_table);
    }
    for (size_t w = 0; w < n_connection_workloads; w++) {
        add_cold_workload(connection_workloads[w], impl_connection_table);
    }
    const impl *const *impls;
    const size_t n_impls = impl_prf_table(&impls);
    for (size_t i = 0; i < n_impls; i++) {
        if (is_compared_cold(*impls[i])) {
            add_cold(std::string("prf-cold/") + impls[i]->name + "/out:48/batch:1", *impls[i], workload_prf);
        }
    }
}
