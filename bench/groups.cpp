#include "groups.h"

#include "affinity.h"
#include "floor.h"

const std::vector<size_t> &batch_sizes()
{
    static const std::vector<size_t> sizes = {1, 2, 4, 8, 16, 64, 256, 1024};
    return sizes;
}

const std::vector<size_t> &few_batch_sizes()
{
    static const std::vector<size_t> sizes = {1, 8, 64};
    return sizes;
}

// Powers of two, and all CPUs.
std::vector<unsigned> thread_counts()
{
    std::vector<unsigned> counts;
    for (unsigned n = 1; n < affinity_n_cpus(); n *= 2) {
        counts.push_back(n);
    }
    counts.push_back(affinity_n_cpus());
    return counts;
}

double FloorOf::cycles_per_compression() const
{
    double cycles = 0, n = 0;
    for (const compressions &call : calls) {
        const double floor = floor_cycles(&call, kernel.empty() ? nullptr : kernel.c_str());
        if (floor <= 0) {
            return 0;
        }
        cycles += floor;
        n += static_cast<double>(compressions_total(&call));
    }
    return n > 0 ? cycles / n : 0;
}

std::map<std::string, FloorOf> &floors()
{
    static std::map<std::string, FloorOf> all;
    return all;
}

FloorOf floor_of(const Fixture &fixture, const impl &implementation)
{
    return {fixture.calls(), implementation.kernel ? implementation.kernel->name : ""};
}

// Connections are in no batch that is larger than the largest of batch_sizes(), or than the population of
// their mix.
static size_t n_expected(const workload &w)
{
    return workload_has_connections(&w) ? population_of(w, batch_sizes().back())
                                        : static_cast<size_t>(MAX_BATCH);
}

const std::vector<uint8_t> &expected_of(const workload &w)
{
    static std::map<const workload *, std::vector<uint8_t>> known;
    auto found = known.find(&w);
    if (found == known.end()) {
        const bool is_exporter = &w == &workload_exporter || &w == &workload_exporter_prepared;
        const impl &judge = &w == &workload_prf ? impl_reference_prf
                            : is_exporter       ? impl_reference_exporter
                                                : impl_reference;
        found = known.emplace(&w, expected_outputs(judge, w, n_expected(w))).first;
    }
    return found->second;
}
