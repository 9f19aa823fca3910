// These benchmarks derive batches in a loop, so that all that the batches use stays in the caches.
#include "groups.h"
#include "repetition.h"

namespace
{

void time_batches(benchmark::State &state, Fixture &fixture, double lane_fill)
{
    const auto n_calls = static_cast<double>(state.max_iterations);
    fixture.derive_next(); // since other benchmarks have been in the caches
    const double n_compressions = fixture.n_compressions(n_calls);
    Repetition repetition(state, fixture.name());
    for (auto _ : state) {
        fixture.derive_next();
        benchmark::ClobberMemory();
    }
    repetition.finish(n_calls * static_cast<double>(fixture.batch_size()), n_compressions);
    if (lane_fill >= 0) {
        state.counters[counter::lane_fill] = lane_fill;
    }
    state.SetLabel(fixture.label());
}

void add_hot(const std::string &name, const impl &implementation, const workload &w, size_t batch_size)
{
    const auto fixture = new Fixture(name, implementation, w, batch_size);
    fixture->check(expected_of(w));
    const double lane_fill = w.deal ? fixture->lane_fill() : -1;
    floors()[name] = floor_of(*fixture, implementation);
    benchmark::RegisterBenchmark(
        name.c_str(), [=](benchmark::State &state) { time_batches(state, *fixture, lane_fill); });
}

// Batches that are larger than any window of the engine are measured with lanekdf's own choice of kernels
// only.
std::vector<size_t> sizes_for(const impl &implementation, const workload &w)
{
    if (w.handshake.hash == 0) {
        return {MAX_BATCH};
    }
    std::vector<size_t> sizes = batch_sizes();
    if (impl_is_lanekdf(&implementation) && !implementation.kernel && (&w == &workloads[0] || w.deal)) {
        sizes.push_back(MAX_BATCH);
    }
    return sizes;
}

void add_handshakes(const workload &w)
{
    const impl *const *impls;
    const size_t n_impls = impl_handshake_table(&impls);
    for (size_t i = 0; i < n_impls; i++) {
        if (!impl_serves(impls[i], &w)) {
            continue;
        }
        for (const size_t n : sizes_for(*impls[i], w)) {
            add_hot(std::string("handshake/") + w.name + "/" + impls[i]->name + "/batch:" + std::to_string(n),
                *impls[i], w, n);
        }
    }
}

} // namespace

void add_hot_group()
{
    for (size_t w = 0; w < n_workloads; w++) {
        add_handshakes(workloads[w]);
    }
    const impl *const *impls;
    const size_t n_impls = impl_prf_table(&impls);
    for (size_t i = 0; i < n_impls; i++) {
        add_hot(std::string("prf/") + impls[i]->name + "/out:48/batch:1", *impls[i], workload_prf, 1);
    }
    for (const workload *w : {&workload_exporter, &workload_exporter_prepared}) {
        for (const size_t n : {1, 8, 64}) {
            add_hot(std::string(w->name) + "/lanekdf/out:32/batch:" + std::to_string(n),
                impl_lanekdf_exporter, *w, n);
        }
    }
}
