// One call at a time, with caches displaced in between: what an event loop sees. Only the
// call itself counts.
#include "displace.h"
#include "groups.h"
#include "lanekdf.h"
#include "sample.h"

#include <algorithm>

namespace
{

constexpr int calls_at_once = 16; // however short a sample is: these it has

// The mean of the middle half: the clock goes in steps too coarse for a median, and
// interruptions are at one end.
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

void time_cold(benchmark::State &state, Fixture &fixture)
{
    std::vector<double> ticks;
    ticks.reserve(static_cast<size_t>(state.max_iterations) * calls_at_once);
    const double overhead = displace_ticks_overhead();
    Sample sample(state, fixture.name);
    for (auto _ : state) {
        for (int i = 0; i < calls_at_once; i++) {
            displace_caches();
            const uint64_t begin = displace_ticks();
            fixture.run();
            ticks.push_back(static_cast<double>(displace_ticks() - begin));
        }
    }
    sample.finish_with((middle_mean(ticks) - overhead) / displace_ticks_per_ns(), fixture.compressions(1));
    state.SetLabel(fixture.label());
}

void add(const std::string &name, const impl &i, const workload &w)
{
    const auto fixture = new Fixture(name, i, w, 1);
    fixture->check(expected_of(w));
    ceiling_kernels()[name] = ceiling_kernel_name(i, w, 1);
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State &state) { time_cold(state, *fixture); });
}

// lanekdf, also on each kernel that works on one job at a time, and OpenSSL.
bool is_compared_cold(const impl &i)
{
    if (i.name == std::string(impl_lanekdf.name) || i.name == std::string(impl_openssl.name)) {
        return true;
    }
    lanekdf_kernel kernel = {};
    kernel.size = sizeof(kernel);
    for (size_t k = 0; i.kernel && lanekdf_kernel_query(k, &kernel) == LANEKDF_OK; k++) {
        if (std::string(i.kernel) == kernel.name) {
            return kernel.lanes == 1;
        }
    }
    return false;
}

} // namespace

void add_cold_group()
{
    displace_caches(); // the first time takes longer
    const impl *impls;
    size_t n_impls = impl_handshake_table(&impls);
    for (size_t w = 0; w < n_workloads; w++) {
        for (size_t i = 0; i < n_impls && !workloads[w].deal; i++) {
            if (impl_serves(&impls[i], &workloads[w]) && is_compared_cold(impls[i])) {
                add(std::string("handshake/") + workloads[w].name + "-cold/" + impls[i].name + "/batch:1",
                    impls[i], workloads[w]);
            }
        }
    }
    n_impls = impl_prf_table(&impls);
    for (size_t i = 0; i < n_impls; i++) {
        if (is_compared_cold(impls[i])) {
            add(std::string("prf-cold/") + impls[i].name + "/out:48/batch:1", impls[i], workload_prf);
        }
    }
}
