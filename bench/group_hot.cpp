// Batches in a loop: all that they use stays in the caches.
#include "groups.h"
#include "sample.h"

namespace
{

void time_batch(benchmark::State &state, Fixture &fixture, double lane_fill)
{
    const auto n_runs = static_cast<double>(state.max_iterations);
    fixture.run(); // others have been here since the last time
    const double n_compressions = fixture.compressions(n_runs);
    Sample sample(state, fixture.name);
    for (auto _ : state) {
        fixture.run();
        benchmark::ClobberMemory();
    }
    sample.finish(n_runs * static_cast<double>(fixture.batch_size), n_compressions);
    if (lane_fill >= 0) {
        state.counters[counter::lane_fill] = lane_fill;
    }
    state.SetLabel(fixture.label());
}

void add(const std::string &name, const impl &i, const workload &w, size_t n)
{
    const auto fixture = new Fixture(name, i, w, n);
    fixture->check(expected_of(w));
    const double lane_fill = w.deal ? fixture->lane_fill() : -1;
    ceiling_kernels()[name] = ceiling_kernel_name(i, w, n);
    benchmark::RegisterBenchmark(
        name.c_str(), [=](benchmark::State &state) { time_batch(state, *fixture, lane_fill); });
}

// Growth beyond any window of the engine is shown with lanekdf's own choice.
std::vector<size_t> sizes_for(const impl &i, const workload &w)
{
    if (w.handshake.hash == 0) {
        return {MAX_BATCH};
    }
    std::vector<size_t> sizes = batch_sizes();
    if (i.name == std::string(impl_lanekdf.name) && (&w == &workloads[0] || w.deal)) {
        sizes.push_back(MAX_BATCH);
    }
    return sizes;
}

} // namespace

void add_hot_group()
{
    const impl *impls;
    size_t n_impls = impl_handshake_table(&impls);
    for (size_t w = 0; w < n_workloads; w++) {
        for (size_t i = 0; i < n_impls; i++) {
            if (!impl_serves(&impls[i], &workloads[w])) {
                continue;
            }
            for (const size_t n : sizes_for(impls[i], workloads[w])) {
                add(std::string("handshake/") + workloads[w].name + "/" + impls[i].name +
                        "/batch:" + std::to_string(n),
                    impls[i], workloads[w], n);
            }
        }
    }
    n_impls = impl_prf_table(&impls);
    for (size_t i = 0; i < n_impls; i++) {
        add(std::string("prf/") + impls[i].name + "/out:48/batch:1", impls[i], workload_prf, 1);
    }
    for (const workload *w : {&workload_exporter, &workload_exporter_prepared}) {
        for (const size_t n : {1, 8, 64}) {
            add(std::string(w->name) + "/lanekdf/out:32/batch:" + std::to_string(n), impl_lanekdf_exporter,
                *w, n);
        }
    }
}
