#include "fixture.h"

#include "lane_fill.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace
{

constexpr size_t mix_population = 256; // handshakes, at least, that batches of a mix are taken from

template <typename T> T *copied(const T *from, size_t n)
{
    const auto to = static_cast<T *>(workload_alloc(n * sizeof(T)));
    std::memcpy(static_cast<void *>(to), from, n * sizeof(T));
    return to;
}

} // namespace

Fixture::Fixture(const std::string &n, const impl &i, const workload &w, size_t size, unsigned worker)
    : name(n), implementation(i), batch_size(size)
{
    const size_t population = w.deal ? std::max(size, mix_population) : size;
    const auto outputs =
        static_cast<handshake_outputs *>(workload_alloc(population * sizeof(handshake_outputs)));
    for (size_t first = 0; first + size <= population; first += size) {
        workload_batch batch = workload_batch_of(&w, first, size, outputs + first);
        batch.worker = worker;
        if (worker != 0) {
            batch.handshakes = copied(batch.handshakes, size);
            batch.inputs = copied(batch.inputs, size);
        }
        windows_.push_back({batch, nullptr, static_cast<double>(workload_batch_compressions(&batch))});
    }
    for (Window &window : windows_) { // they stay where they are now
        window.state = i.prepare(&i, &window.batch);
    }
}

void Fixture::check(const std::vector<handshake_outputs> &expected)
{
    for (const Window &window : windows_) {
        const size_t bytes = batch_size * sizeof(handshake_outputs);
        const size_t first = static_cast<size_t>(&window - windows_.data()) * batch_size;
        std::memset(window.batch.outputs, 0, bytes);
        implementation.run(window.state);
        if (std::memcmp(window.batch.outputs, &expected[first], bytes) != 0) {
            workload_fail("%s: wrong output", name.c_str());
        }
    }
}

double Fixture::compressions(double n_runs) const
{
    double all = 0, rest = 0;
    const double n = static_cast<double>(windows_.size());
    const auto n_rest = static_cast<size_t>(std::fmod(n_runs, n));
    for (size_t i = 0; i < windows_.size(); i++) {
        all += windows_[i].compressions;
        rest += i < n_rest ? windows_[(next_ + i) % windows_.size()].compressions : 0;
    }
    return std::floor(n_runs / n) * all + rest;
}

double Fixture::lane_fill() const
{
    const bool is_lanekdf =
        std::strncmp(implementation.name, impl_lanekdf.name, std::strlen(impl_lanekdf.name)) == 0;
    if (!is_lanekdf || (batch_size == 1 && !implementation.kernel)) {
        return -1;
    }
    std::vector<workload_batch> batches;
    for (const Window &window : windows_) {
        batches.push_back(window.batch);
    }
    return ::lane_fill(&implementation, batches.data(), batches.size());
}

std::string Fixture::label() const
{
    if (implementation.choice) {
        return implementation.choice(windows_[0].state);
    }
    const char *kernel = impl_ceiling_kernel(&implementation, windows_[0].batch.workload, batch_size);
    return kernel ? kernel : "";
}

std::vector<handshake_outputs> expected_outputs(const impl &reference, const workload &w)
{
    std::vector<handshake_outputs> outputs(MAX_BATCH);
    const workload_batch batch = workload_batch_of(&w, 0, MAX_BATCH, outputs.data());
    reference.run(reference.prepare(&reference, &batch));
    return outputs;
}
