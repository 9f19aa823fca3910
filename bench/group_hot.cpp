// These benchmarks derive batches in a loop, so that all that the batches use stays in the caches.
#include "groups.h"
#include "packets.h"
#include "repetition.h"

namespace
{

void time_batches(benchmark::State &state, fixture &fixture, double lane_fill)
{
    const auto n_calls = static_cast<double>(state.max_iterations);
    fixture_derive_next(&fixture); // since other benchmarks have been in the caches
    const double n_compressions = fixture_n_compressions(&fixture, n_calls);
    Repetition repetition(state, fixture.name);
    for (auto _ : state) {
        fixture_derive_next(&fixture);
        benchmark::ClobberMemory();
    }
    repetition.finish(n_calls * static_cast<double>(fixture.batch_size), n_compressions);
    if (lane_fill >= 0) {
        state.counters[counter::lane_fill] = lane_fill;
    }
    state.SetLabel(fixture_label(&fixture));
}

void add_hot(const std::string &name, const impl &implementation, const workload &w, size_t batch_size)
{
    fixture *fixture = checked_fixture(name, implementation, w, batch_size);
    const double lane_fill = workload_is_mix(&w) ? fixture_lane_fill(fixture) : -1;
    // Nothing is known of the floor of a cipher.
    floors()[name] = &w == &workload_quic_open ? FloorOf{} : floor_of(*fixture);
    benchmark::RegisterBenchmark(
        name.c_str(), [=](benchmark::State &state) { time_batches(state, *fixture, lane_fill); });
}

// Batches that are larger than any window of the engine are measured with lanekdf's own choice of kernels
// only. OpenSSL has no batches, so that its slower uses are measured one connection at a time.
std::vector<size_t> sizes_for(const impl &implementation, const workload &w)
{
    if (&implementation == &impl_openssl_parameters_schedule ||
        &implementation == &impl_openssl_libssl_schedule) {
        return {1};
    }
    if (workload_has_connections(&w)) {
        return batch_sizes();
    }
    if (w.handshake.hash == 0) {
        return {MAX_BATCH};
    }
    std::vector<size_t> sizes = batch_sizes();
    if (impl_is_lanekdf(&implementation) && !implementation.kernel && (&w == &workloads[0] || w.deal)) {
        sizes.push_back(MAX_BATCH);
    }
    return sizes;
}

// Registers a workload with all implementations of its table that serve it.
void add_handshakes(const workload &w, size_t (*table_of)(const impl *const **table))
{
    const impl *const *impls;
    const size_t n_impls = table_of(&impls);
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

// Registers a stage by itself, without the single kernels.
void add_stage(const workload &w)
{
    const impl *const *impls;
    const size_t n_impls = impl_connection_table(&impls);
    for (size_t i = 0; i < n_impls; i++) {
        for (const size_t n : few_batch_sizes()) {
            if (!impls[i]->kernel && n <= sizes_for(*impls[i], w).back()) {
                add_hot(std::string("stage/") + w.name + "/" + impls[i]->name + "/batch:" + std::to_string(n),
                    *impls[i], w, n);
            }
        }
    }
}

} // namespace

void add_hot_group()
{
    for (size_t w = 0; w < n_workloads; w++) {
        add_handshakes(workloads[w], impl_handshake_table);
    }
    for (size_t w = 0; w < n_connection_workloads; w++) {
        add_handshakes(connection_workloads[w], impl_connection_table);
    }
    for (size_t w = 0; w < n_stage_workloads; w++) {
        add_stage(stage_workloads[w]);
    }
    const impl *const *impls;
    size_t n_impls = packets_table(&impls);
    for (size_t i = 0; i < n_impls; i++) {
        for (const size_t n : few_batch_sizes()) {
            add_hot(
                std::string(workload_quic_open.name) + "/" + impls[i]->name + "/batch:" + std::to_string(n),
                *impls[i], workload_quic_open, n);
        }
    }
    n_impls = impl_prf_table(&impls);
    for (size_t i = 0; i < n_impls; i++) {
        add_hot(std::string("prf/") + impls[i]->name + "/out:48/batch:1", *impls[i], workload_prf, 1);
    }
    for (const workload *w : {&workload_exporter, &workload_exporter_prepared}) {
        for (const size_t n : few_batch_sizes()) {
            add_hot(std::string(w->name) + "/lanekdf/out:32/batch:" + std::to_string(n),
                impl_lanekdf_exporter, *w, n);
        }
    }
}
