// The benchmark program. run.sh runs it as users do; the program takes Google Benchmark's own options, and
//
//   --results=FILE  writes the accepted repetitions, in Google Benchmark's format
//   --command=TEXT  says what the user typed, for the context of the results
//   --aws-lc=FILE   compares with AWS-LC, too, whose libcrypto this is
//   --limit=SECONDS after so much time, with the checks before it, a benchmark that has three repetitions
//                   gets no more of them; 0, the default: there is no limit
//   --rounds=N      rejects disturbed repetitions, and makes up for them in at most N more rounds
//                   (default 20), which together take no longer than the first one, nor longer than two
//                   minutes; 0 rejects nothing
//
// groups.h says which benchmarks there are. items_per_second is handshakes per second, or calls of the PRF or
// of a kernel, or operations in a row; repetition.h names the other counters.
#include "affinity.h"
#include "peers_support.h"
#include "collector.h"
#include "core_clock.h"
#include "groups.h"
#include "impl.h"
#include "issue_rate.h"
#include "lanekdf.h"
#include "latency.h"
#include "run_progress.h"
#include "run_context.h"
#include "repetition.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <regex>

namespace
{

struct Options {
    std::string results, command, aws_lc;
    int rounds = 20;
    double limit_seconds = 0;
};

// Takes the options of this program out of the arguments.
Options take_options(std::vector<std::string> &arguments)
{
    Options options;
    std::vector<std::string> others;
    for (const std::string &argument : arguments) {
        const std::string value = argument.substr(argument.find('=') + 1);
        if (argument.rfind("--results=", 0) == 0) {
            options.results = value;
        } else if (argument.rfind("--command=", 0) == 0) {
            options.command = value;
        } else if (argument.rfind("--aws-lc=", 0) == 0) {
            options.aws_lc = value;
        } else if (argument.rfind("--limit=", 0) == 0) {
            options.limit_seconds = std::atof(value.c_str());
        } else if (argument.rfind("--rounds=", 0) == 0) {
            options.rounds = std::atoi(value.c_str());
        } else {
            others.push_back(argument);
        }
    }
    arguments = others;
    return options;
}

// Google Benchmark before 1.8 refuses a unit behind --benchmark_min_time=0.5, and later versions complain if
// there is none. This program takes seconds without a unit, whatever the version.
void add_units(std::vector<std::string> &arguments)
{
#ifdef BENCH_MIN_TIME_HAS_UNIT
    for (std::string &argument : arguments) {
        if (argument.rfind("--benchmark_min_time=", 0) == 0 &&
            std::isdigit(static_cast<uint8_t>(argument.back()))) {
            argument += 's';
        }
    }
#else
    (void)arguments;
#endif
}

// Returns false if there is an argument that Google Benchmark does not know. The arguments are never freed,
// because Google Benchmark keeps pointers to them.
bool initialize(const std::vector<std::string> &arguments)
{
    const auto kept = new std::vector<std::string>(arguments);
    std::vector<char *> pointers;
    for (std::string &argument : *kept) {
        pointers.push_back(&argument[0]);
    }
    int n = static_cast<int>(pointers.size());
    pointers.push_back(nullptr);
    benchmark::Initialize(&n, pointers.data());
    return !benchmark::ReportUnrecognizedArguments(n, pointers.data());
}

// A library that the program was built to compare with, and that is missing now, would be missing in all
// tables.
void must_have_libraries()
{
    const impl_library *libraries;
    const size_t n = impl_libraries(&libraries);
    for (size_t i = LIBRARY_NONE + 1; i < n; i++) {
        if (libraries[i].is_built_in && !libraries[i].version) {
            peers_fail("%s: %s", libraries[i].name, libraries[i].missing);
        }
    }
}

// What floors are made of. It is measured again and again, since a disturbance may spoil it at one time.
void measure_core()
{
    issue_rate_measure();
    latency_measure();
}

// Which benchmarks run. A leading minus stands for all but those that match, as in Google Benchmark.
struct Filter {
    bool is_negative;
    std::regex pattern;

    bool lets_through(const std::string &name) const
    {
        return std::regex_search(name, pattern) != is_negative;
    }
};

// Ends the program if the filter is no regular expression: Google Benchmark would say so after the checks.
Filter filter_of_arguments()
{
    const std::string filter = benchmark::GetBenchmarkFilter();
    const bool is_negative = !filter.empty() && filter[0] == '-';
    try {
        return {is_negative, std::regex(is_negative ? filter.substr(1) : filter, std::regex::extended)};
    } catch (const std::regex_error &error) {
        peers_fail("--benchmark_filter=%s: %s", filter.c_str(), error.what());
    }
}

// The number of repetitions that these arguments ask for, of all benchmarks that run.
size_t n_repetitions(const std::vector<std::string> &arguments, const Filter &filter)
{
    size_t n = 1;
    for (const std::string &argument : arguments) {
        if (argument.rfind("--benchmark_repetitions=", 0) == 0) {
            n = std::strtoul(argument.c_str() + argument.find('=') + 1, nullptr, 10);
        }
    }
    size_t n_benchmarks = 0;
    for (const auto &known : floors()) {
        n_benchmarks += filter.lets_through(known.first);
    }
    return n * n_benchmarks;
}

// Runs everything once; then, for a limited time, the benchmarks that lack repetitions because some were
// disturbed.
void run_rounds(Collector &collector, const std::vector<std::string> &arguments, const Filter &filter,
    const Options &options)
{
    const int rounds = options.rounds;
    constexpr double most_ns = 120e9;
    constexpr size_t n_for_verdict = 3; // compare.py says nothing of fewer
    const double begin = core_clock_ns();
    progress_add_busy(progress_seconds() * 1e9 - core_clock_cpu_ns()); // while outputs were checked
    measure_core();
    double left = 0;
    if (options.limit_seconds > 0) {
        left = std::max(1.0, options.limit_seconds - progress_seconds());
        Repetition::deadline_ns = core_clock_ns() + 1e9 * left;
        Repetition::n_least = n_for_verdict;
    }
    progress_begin("Measuring", n_repetitions(arguments, filter), left);
    const size_t n_run = benchmark::RunSpecifiedBenchmarks(&collector);
    progress_end();
    measure_core();
    collector.judge(rounds > 0);
    const double limit_ns = std::min(core_clock_ns() - begin, most_ns);
    Repetition::deadline_ns = core_clock_ns() + limit_ns;
    Repetition::n_least = 0;
    if (collector.n_rejected() > 0) {
        progress_say(
            std::to_string(collector.n_rejected()) + " of " + std::to_string(collector.n_measured()) +
            " repetitions were disturbed, and are made again: " + progress_duration(limit_ns * 1e-9) +
            " at most");
    }
    for (int round = 0; round < rounds && n_run > 0 && core_clock_ns() < Repetition::deadline_ns; round++) {
        size_t n_most, n_names;
        const std::string names = collector.incomplete(&n_most, &n_names);
        if (names.empty()) {
            return;
        }
        std::vector<std::string> again = arguments; // the last one of an option counts
        again.push_back("--benchmark_repetitions=" + std::to_string(n_most));
        initialize(again);
        progress_begin("Repeating, round " + std::to_string(round + 1), n_most * n_names,
            (Repetition::deadline_ns - core_clock_ns()) * 1e-9);
        benchmark::RunSpecifiedBenchmarks(&collector, names);
        progress_end();
        measure_core();
        collector.judge(true);
    }
}

} // namespace

int main(int argc, char **argv)
{
    std::vector<std::string> arguments(argv, argv + argc);
    const Options options = take_options(arguments);
    add_units(arguments);
    if (!initialize(arguments)) {
        return 1;
    }
    const Filter filter = filter_of_arguments();
    const int status = lanekdf_start(nullptr);
    if (status != LANEKDF_OK) {
        peers_fail("lanekdf: %s", lanekdf_status_text(status));
    }
    if (!options.aws_lc.empty()) {
        impl_aws_lc_load(options.aws_lc.c_str());
    }
    must_have_libraries();
    affinity_pin(0);
    add_run_context();
    if (!options.command.empty()) {
        benchmark::AddCustomContext("command", options.command);
    }
    add_hot_group();
    add_cold_group();
    add_thread_group();
    add_kernel_group();
    Repetition::waits = options.rounds > 0;
    Collector collector;
    run_rounds(collector, arguments, filter, options);
    add_outcome_context(collector);
    if (!options.results.empty() && !collector.empty() && !collector.write(options.results)) {
        peers_fail("cannot write %s", options.results.c_str());
    }
    benchmark::Shutdown();
}
