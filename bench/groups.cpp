#include "groups.h"

#include "affinity.h"
#include "floor.h"

fixture *checked_fixture(const std::string &name, const impl &implementation, const workload &w,
    size_t batch_size, unsigned worker)
{
    const auto kept_name = new std::string(name); // for as long as the fixture, which is never freed
    fixture *checked = fixture_new(kept_name->c_str(), &implementation, &w, batch_size, worker);
    fixture_check(checked);
    return checked;
}

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

FloorOf floor_of(const fixture &fixture)
{
    const compressions *calls;
    const size_t n = fixture_calls(&fixture, &calls);
    return {{calls, calls + n}, fixture.impl->kernel ? fixture.impl->kernel->name : ""};
}
