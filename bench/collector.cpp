#include "collector.h"

#include "groups.h"
#include "repetition.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>
#include <unistd.h>

namespace
{

// The share of a high probe that a repetition has to reach. Probes without a disturbance agree to half a
// percent, and a neighbour takes a third.
constexpr double tolerated = 0.97;

double value_of(const benchmark::BenchmarkReporter::Run &run, const char *name)
{
    const auto found = run.counters.find(name);
    return found == run.counters.end() ? 0 : found->second.value;
}

// A regular expression that matches this name alone.
std::string quoted(const std::string &name)
{
    std::string text;
    for (const char c : name) {
        if (std::string("+.()[]*?^$|\\").find(c) != std::string::npos) {
            text += '\\';
        }
        text += c;
    }
    return text;
}

} // namespace

// Google Benchmark warns that it was built without NDEBUG, as Debian builds it. The warning is left out,
// because it does not concern the figures: the timed loop is compiled here, into this program.
bool Collector::ReportContext(const Context &context)
{
    std::ostringstream notes;
    SetErrorStream(&notes);
    const bool ok = ConsoleReporter::ReportContext(context);
    SetErrorStream(&std::cerr);
    std::istringstream lines(notes.str());
    for (std::string line; std::getline(lines, line);) {
        const bool is_warning = line.find("WARNING") != std::string::npos;
        if ((is_warning || isatty(STDOUT_FILENO)) && line.find("Library was built as DEBUG") == line.npos) {
            std::cerr << line << '\n';
        }
    }
    return ok;
}

Collector::Benchmark &Collector::benchmark_of(const Run &run)
{
    const std::string name = run.benchmark_name();
    for (Benchmark &benchmark : benchmarks_) {
        if (benchmark.name == name) {
            return benchmark;
        }
    }
    benchmarks_.push_back({name, {}, {}, static_cast<size_t>(run.repetitions), run.family_index});
    return benchmarks_.back();
}

void Collector::ReportRuns(const std::vector<Run> &runs)
{
    for (const Run &run : runs) {
        // Without a probe the repetition came too late, and did nothing.
        if (run.run_type == Run::RT_Iteration && value_of(run, counter::probe) > 0) {
            benchmark_of(run).unjudged.push_back(run);
            probes_.push_back(value_of(run, counter::probe));
            n_measured_++;
        }
    }
    ConsoleReporter::ReportRuns(runs);
}

void Collector::judge(bool may_reject)
{
    if (probes_.empty()) {
        return;
    }
    // The highest probe may be an error of the clock, so that the highest tenth is left out.
    const size_t place = probes_.size() * 9 / 10;
    std::nth_element(probes_.begin(), probes_.begin() + static_cast<std::ptrdiff_t>(place), probes_.end());
    const double least = tolerated * probes_[place];
    for (Benchmark &benchmark : benchmarks_) {
        for (const Run &run : benchmark.unjudged) {
            if (may_reject && value_of(run, counter::probe) < least) {
                n_rejected_++;
            } else if (benchmark.accepted.size() < benchmark.n_wanted) {
                benchmark.accepted.push_back(run);
            }
        }
        benchmark.unjudged.clear();
    }
}

std::string Collector::incomplete(size_t *n_most, size_t *n_names) const
{
    std::string names;
    *n_most = *n_names = 0;
    for (const Benchmark &benchmark : benchmarks_) {
        if (benchmark.accepted.size() < benchmark.n_wanted) {
            names += (names.empty() ? "^(" : "|") + quoted(benchmark.name);
            *n_most = std::max(*n_most, benchmark.n_wanted - benchmark.accepted.size());
            ++*n_names;
        }
    }
    return names.empty() ? "" : names + ")$";
}

size_t Collector::n_incomplete() const
{
    return static_cast<size_t>(std::count_if(benchmarks_.begin(), benchmarks_.end(),
        [](const Benchmark &benchmark) { return benchmark.accepted.size() < benchmark.n_wanted; }));
}

std::string Collector::without_any() const
{
    std::string names;
    for (const Benchmark &benchmark : benchmarks_) {
        if (benchmark.accepted.empty()) {
            names += (names.empty() ? "" : " ") + benchmark.name;
        }
    }
    return names;
}

// Adds what is known only when all repetitions of a benchmark are there.
void Collector::complete(Benchmark &benchmark)
{
    const double floor = floors().at(benchmark.name).cycles_per_compression();
    for (size_t i = 0; i < benchmark.accepted.size(); i++) {
        Run &run = benchmark.accepted[i];
        run.family_index = benchmark.order;
        run.per_family_instance_index = 0;
        run.repetition_index = static_cast<int64_t>(i);
        run.repetitions = static_cast<int64_t>(benchmark.accepted.size());
        const double cycles = value_of(run, counter::cycles_per_compression);
        if (floor > 0 && cycles > 0) {
            run.counters[counter::percent_of_floor] = 100 * floor / cycles;
        }
        const double ns = value_of(run, counter::ns_per_call);
        // Where the calls were timed one by one, Google Benchmark's times are those of the whole loop.
        if (ns > 0) {
            run.real_accumulated_time = run.cpu_accumulated_time =
                1e-9 * ns * static_cast<double>(run.iterations);
        }
    }
}

bool Collector::write(const std::string &path)
{
    std::ofstream file(path);
    benchmark::JSONReporter json;
    json.SetOutputStream(&file);
    json.ReportContext(Context());
    std::sort(benchmarks_.begin(), benchmarks_.end(),
        [](const Benchmark &a, const Benchmark &b) { return a.order < b.order; });
    for (Benchmark &benchmark : benchmarks_) {
        complete(benchmark);
        if (!benchmark.accepted.empty()) {
            json.ReportRuns(benchmark.accepted);
        }
    }
    json.Finalize();
    file.close();
    return !file.fail();
}
