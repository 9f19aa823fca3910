#include "repetition.h"

#include "core_clock.h"
#include "issue_rate.h"
#include "run_progress.h"

#include <algorithm>
#include <atomic>
#include <limits>

namespace counter
{
const char core_ghz[] = "core_ghz";
const char compressions[] = "compressions";
const char ns_per_compression[] = "ns_per_compression";
const char cycles_per_compression[] = "cycles_per_compression";
const char percent_of_floor[] = "percent_of_floor";
const char lane_fill[] = "lane_fill";
const char ns_per_call[] = "ns_per_call";
const char probe[] = "probe";
} // namespace counter

namespace
{

benchmark::Counter mean_of_threads(double value)
{
    return benchmark::Counter(value, benchmark::Counter::kAvgThreads);
}

// The probe is per core cycle where the clock is known, since changes of the clock are no disturbance.
double probe_now(double ghz)
{
    const double per_ns = issue_rate_probe();
    return ghz > 0 ? per_ns / ghz : per_ns;
}

// Where a disturbance is there already, this waits for its end, for a limited time, instead of measuring what
// would be rejected. Each wait in vain halves the limit, since on a machine that stays busy waiting would
// only make the run longer, and each that ends in calm doubles it again. Returns the last probe.
double probe_when_calm(double ghz)
{
    constexpr double calm = 0.96, least_limit_ns = 0.5e6, most_limit_ns = 40e6;
    static std::atomic<double> highest{0}, limit_ns{most_limit_ns};
    const double begin = core_clock_ns();
    double probe = probe_now(ghz);
    if (Repetition::waits && probe < calm * highest) {
        const double end = begin + limit_ns;
        while (probe < calm * highest && core_clock_ns() < end) {
            probe = probe_now(core_clock_ghz());
        }
        const bool in_vain = probe < calm * highest;
        limit_ns = std::clamp(limit_ns * (in_vain ? 0.5 : 2), least_limit_ns, most_limit_ns);
        progress_add_busy(core_clock_ns() - begin);
    }
    if (probe > highest) {
        highest = probe;
    }
    return probe;
}

} // namespace

bool Repetition::waits = false;
double Repetition::deadline_ns = std::numeric_limits<double>::infinity();
size_t Repetition::n_least = 0;

Repetition::Repetition(benchmark::State &state, const std::string &name)
    : state_(state), name_(name + "/threads:" + std::to_string(state.threads()))
{
    if (core_clock_ns() > deadline_ns && progress_counted(name_) >= n_least) {
        is_too_late_ = true;
        state.SkipWithError("no time is left");
        return;
    }
    probe_ = probe_when_calm(core_clock_ghz());
    ghz_ = core_clock_ghz();
    start();
}

void Repetition::start()
{
    wall_begin_ = core_clock_ns();
    cpu_begin_ = core_clock_cpu_ns();
}

void Repetition::stop()
{
    cpu_ns_ = core_clock_cpu_ns() - cpu_begin_;
    wall_ns_ = core_clock_ns() - wall_begin_;
}

void Repetition::take_counters()
{
    if (wall_ns_ <= 0) {
        stop();
    }
    const double ghz = core_clock_ghz();
    probe_ = std::min(probe_, probe_now(ghz));
    ghz_ = (ghz_ + ghz) / 2;
    // A thread that waits for a CPU does not work beside the other threads.
    if (state_.threads() > 1) {
        probe_ *= std::min(1.0, cpu_ns_ / wall_ns_);
    }
    if (state_.thread_index() == 0) {
        progress_add_busy(wall_ns_ - cpu_ns_);
        progress_count(name_, state_.max_iterations);
    }
    state_.counters[counter::probe] = mean_of_threads(probe_);
    if (ghz_ > 0) {
        state_.counters[counter::core_ghz] = mean_of_threads(ghz_);
    }
}

void Repetition::add_compressions(double ns, double n_compressions)
{
    state_.counters[counter::ns_per_compression] = mean_of_threads(ns / n_compressions);
    if (ghz_ > 0) {
        state_.counters[counter::cycles_per_compression] = mean_of_threads(ns * ghz_ / n_compressions);
    }
}

void Repetition::finish(double n_items, double n_compressions)
{
    if (is_too_late_) {
        return;
    }
    take_counters();
    add_compressions(cpu_ns_, n_compressions);
    state_.counters[counter::compressions] = mean_of_threads(n_compressions / n_items);
    // Google Benchmark would divide by the CPU time of all threads together. What the threads do together is
    // the sum of what each does in its own time, and that sum is what Google Benchmark makes of counters.
    state_.counters["items_per_second"] = 1e9 * n_items / (state_.threads() > 1 ? wall_ns_ : cpu_ns_);
}

void Repetition::finish_with(double ns_per_item, double compressions_per_item)
{
    if (is_too_late_) {
        return;
    }
    take_counters();
    add_compressions(ns_per_item, compressions_per_item);
    state_.counters[counter::compressions] = compressions_per_item;
    state_.counters[counter::ns_per_call] = ns_per_item;
    state_.counters["items_per_second"] = 1e9 / ns_per_item;
}
