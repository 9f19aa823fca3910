#include "fixture.h"

#include "peers_support.h"
#include "lane_fill.h"
#include "mixes.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace
{

constexpr size_t mix_population = 256; // handshakes, at least, that the batches of a mix are taken from

template <typename T> T *copied(const T *from, size_t n)
{
    const auto to = static_cast<T *>(peers_alloc(n * sizeof(T)));
    std::memcpy(static_cast<void *>(to), from, n * sizeof(T));
    return to;
}

} // namespace

Fixture::Fixture(const std::string &benchmark_name, const impl &implementation, const workload &w,
    size_t batch_size, unsigned worker)
    : name_(benchmark_name), implementation_(implementation), batch_size_(batch_size),
      output_len_(workload_output_len(&w))
{
    const size_t population = population_of(w, batch_size);
    const auto outputs = static_cast<uint8_t *>(peers_alloc(population * output_len_));
    for (size_t first = 0; first + batch_size <= population; first += batch_size) {
        workload_batch batch = workload_batch_of(&w, first, batch_size, outputs + first * output_len_);
        batch.worker = worker;
        if (worker != 0) {
            batch.handshakes = copied(batch.handshakes, batch_size);
            batch.inputs = copied(batch.inputs, batch_size);
        }
        const compressions needed = compressions_of_batch(&batch);
        windows_.push_back({batch, nullptr, static_cast<double>(compressions_total(&needed))});
    }
    // The batches are prepared when all of them are where they stay, since the states may point to them.
    for (Window &window : windows_) {
        window.state = implementation.prepare(&implementation, &window.batch);
    }
}

void Fixture::check(const std::vector<uint8_t> &expected)
{
    for (const Window &window : windows_) {
        const size_t bytes = batch_size_ * output_len_;
        const size_t first = static_cast<size_t>(&window - windows_.data()) * bytes;
        uint8_t *outputs = workload_batch_outputs(&window.batch);
        std::memset(outputs, 0, bytes);
        implementation_.derive(window.state);
        if (std::memcmp(outputs, &expected[first], bytes) != 0) {
            peers_fail("%s: wrong output", name_.c_str());
        }
    }
}

double Fixture::n_compressions(double n_calls) const
{
    double all = 0, rest = 0;
    const double n = static_cast<double>(windows_.size());
    const auto n_rest = static_cast<size_t>(std::fmod(n_calls, n));
    for (size_t i = 0; i < windows_.size(); i++) {
        all += windows_[i].n_needed;
        rest += i < n_rest ? windows_[(next_ + i) % windows_.size()].n_needed : 0;
    }
    return std::floor(n_calls / n) * all + rest;
}

std::vector<compressions> Fixture::calls() const
{
    std::vector<compressions> calls;
    for (const Window &window : windows_) {
        compressions of_batch[COMPRESSIONS_MAX_CALLS];
        const size_t n = compressions_of_calls(&window.batch, of_batch);
        calls.insert(calls.end(), of_batch, of_batch + n);
    }
    return calls;
}

double Fixture::lane_fill() const
{
    if (!impl_is_lanekdf(&implementation_) || !impl_lanekdf_context(&implementation_, &windows_[0].batch)) {
        return -1;
    }
    std::vector<workload_batch> batches;
    for (const Window &window : windows_) {
        batches.push_back(window.batch);
    }
    return ::lane_fill(&implementation_, batches.data(), batches.size());
}

std::string Fixture::label() const
{
    return implementation_.choice ? implementation_.choice(windows_[0].state) : "";
}

std::vector<uint8_t> expected_outputs(const impl &reference, const workload &w, size_t n)
{
    std::vector<uint8_t> outputs(n * workload_output_len(&w));
    const workload_batch batch = workload_batch_of(&w, 0, n, outputs.data());
    reference.derive(reference.prepare(&reference, &batch));
    return outputs;
}

size_t population_of(const workload &w, size_t batch_size)
{
    const size_t least = w.deal_connections ? static_cast<size_t>(STAGES_POPULATION)
                         : w.deal           ? mix_population
                                            : batch_size;
    return std::max(batch_size, least);
}
