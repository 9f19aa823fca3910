// The benchmark: every workload on every implementation at every batch size, single
// PRF calls, and kernels by themselves. run.sh is the way to run it all; this
// program takes Google Benchmark's own options.
//
// Names: handshake/<workload>/<impl>/batch:<n>, prf/<impl>/out:48/batch:1,
// kernel/<kernel>/tasks:<n>. items_per_second is handshakes (PRF calls) per second.
#include "core_clock.h"
#include "impl.h"
#include "kernel_bench.h"
#include "lanekdf.h"

#include <benchmark/benchmark.h>

#include <cctype>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace
{

constexpr size_t batch_sizes[] = {1, 2, 4, 8, 16, 64, 256, MAX_BATCH};
constexpr size_t task_counts[] = {1, 2, 3, 4, 8};

// What surrounds a sample: every benchmark's loop runs between its construction and
// finish(). Here is the place for what has to be looked at right before and after,
// so that a sample can be judged.
class Sample
{
  public:
    Sample(benchmark::State &state, const std::string &name) : state_(state)
    {
        if (isatty(STDERR_FILENO)) // it takes minutes: show that it is alive
            std::fprintf(
                stderr, "\r\033[K%5.0f s  %s\r", (core_clock_ns() - program_begin) * 1e-9, name.c_str());
        ghz = core_clock_ghz();
        ns = core_clock_cpu_ns();
    }

    void finish()
    {
        ns = core_clock_cpu_ns() - ns;
        ghz = (ghz + core_clock_ghz()) / 2;
        if (ghz > 0)
            state_.counters["core_ghz"] = ghz;
    }

    double ns;  // CPU time of the loop
    double ghz; // mean core clock; 0 if unknown

  private:
    benchmark::State &state_;
    static const double program_begin;
};
const double Sample::program_begin = core_clock_ns();

// One implementation with one batch, ready to run. Never freed: it is used until the
// program ends.
struct Fixture {
    std::string name; // the benchmark's
    const impl &implementation;
    batch work = {};
    void *state;

    Fixture(const std::string &n, const impl &i, const workload &w, size_t batch_size)
        : name(n), implementation(i)
    {
        work.workload = &w;
        work.n = batch_size;
        work.sessions = workload_sessions();
        work.keys = static_cast<session_keys *>(workload_alloc(batch_size * sizeof(session_keys)));
        state = i.prepare(&i, &work);
    }

    void run() const { implementation.run(state); }

    // Derives the batch afresh and compares each byte with what the reference got.
    void check(const session_keys *expected) const
    {
        std::memset(work.keys, 0, work.n * sizeof(session_keys));
        run();
        if (std::memcmp(work.keys, expected, work.n * sizeof(session_keys)) != 0)
            workload_fail("%s: wrong output", name.c_str());
    }
};

void time_batch(benchmark::State &state, const Fixture &fixture)
{
    Sample sample(state, fixture.name);
    for (auto _ : state) {
        fixture.run();
        benchmark::ClobberMemory();
    }
    sample.finish();
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(fixture.work.n));
    if (fixture.implementation.choice != nullptr)
        state.SetLabel(fixture.implementation.choice(fixture.state));
}

void time_kernel(benchmark::State &state, const std::string &name, kernel_bench *bench)
{
    Sample sample(state, name);
    for (auto _ : state) {
        kernel_bench_run(bench);
        benchmark::ClobberMemory();
    }
    sample.finish();
    const double compressions =
        static_cast<double>(state.iterations()) * static_cast<double>(kernel_bench_compressions(bench));
    state.counters["ns_per_compression"] = sample.ns / compressions;
    if (sample.ghz > 0)
        state.counters["cycles_per_compression"] = sample.ns * sample.ghz / compressions;
}

// What the reference derives for this workload, MAX_BATCH of them.
const session_keys *expected_keys(const impl &reference, const workload &w)
{
    const auto fixture = new Fixture(reference.name, reference, w, MAX_BATCH);
    fixture->run();
    return fixture->work.keys;
}

// Prepares, checks and registers. Everything is checked before anything is timed.
void add_batch(
    const std::string &name, const impl &i, const workload &w, size_t n, const session_keys *expected)
{
    const auto fixture = new Fixture(name, i, w, n);
    fixture->check(expected);
    benchmark::RegisterBenchmark(
        name.c_str(), [fixture](benchmark::State &state) { time_batch(state, *fixture); });
}

void add_handshakes()
{
    const impl *impls;
    const size_t n_impls = impl_handshake_table(&impls);
    for (size_t w = 0; w < n_workloads; w++) {
        const session_keys *expected = expected_keys(impl_reference, workloads[w]);
        for (size_t i = 0; i < n_impls; i++)
            for (const size_t n : batch_sizes)
                add_batch(std::string("handshake/") + workloads[w].name + "/" + impls[i].name +
                              "/batch:" + std::to_string(n),
                    impls[i], workloads[w], n, expected);
    }
}

void add_prfs()
{
    const impl *impls;
    const size_t n_impls = impl_prf_table(&impls);
    const session_keys *expected = expected_keys(impl_reference_prf, workload_prf);
    for (size_t i = 0; i < n_impls; i++)
        add_batch(
            std::string("prf/") + impls[i].name + "/out:48/batch:1", impls[i], workload_prf, 1, expected);
}

void add_kernels()
{
    for (size_t i = 0; kernel_bench_name(i) != nullptr; i++)
        for (const size_t n : task_counts) {
            kernel_bench *bench = kernel_bench_new(i, n);
            const std::string name =
                "kernel/" + std::string(kernel_bench_name(i)) + "/tasks:" + std::to_string(n);
            benchmark::RegisterBenchmark(
                name.c_str(), [=](benchmark::State &state) { time_kernel(state, name, bench); });
        }
}

// --- what the figures belong to: goes into the context of results.json ---

std::string cpu_model()
{
    std::ifstream file("/proc/cpuinfo");
    std::string line, model = "unknown CPU", family, number;
    const auto value = [&line]() { return line.substr(line.find(':') + 2); };
    while (std::getline(file, line) && !line.empty()) { // the first CPU's lines
        if (line.rfind("model name", 0) == 0)
            model = value();
        else if (line.rfind("cpu family", 0) == 0)
            family = value();
        else if (line.rfind("model\t", 0) == 0)
            number = value();
    }
    return family.empty() ? model : model + " (family " + family + ", model " + number + ")";
}

std::string usable_kernels()
{
    std::string names;
    for (size_t i = 0; kernel_bench_name(i) != nullptr; i++)
        names += (i == 0 ? "" : " ") + std::string(kernel_bench_name(i));
    return names;
}

// "1: one_kernel, 16: another" says which kernel takes over from how many jobs on.
std::string chosen_kernels()
{
    std::string text, previous;
    for (const size_t n : batch_sizes) {
        lanekdf_kernel kernel = {};
        kernel.size = sizeof kernel;
        const size_t index = lanekdf_kernel_choice(LANEKDF_SHA256, n, nullptr);
        if (lanekdf_kernel_query(index, &kernel) == LANEKDF_OK && previous != kernel.name) {
            previous = kernel.name;
            text += (text.empty() ? "" : ", ") + std::to_string(n) + ": " + previous;
        }
    }
    return text;
}

void add_context()
{
    benchmark::AddCustomContext("lanekdf", lanekdf_version_text());
    benchmark::AddCustomContext("cpu", cpu_model());
    benchmark::AddCustomContext("cpu_features", lanekdf_cpu_text());
    benchmark::AddCustomContext("compiler", impl_compiler());
    benchmark::AddCustomContext("openssl", impl_openssl_version());
    benchmark::AddCustomContext("ipsec_mb", impl_ipsec_mb_version());
    benchmark::AddCustomContext("kernels", usable_kernels());
    benchmark::AddCustomContext("kernel_choice", chosen_kernels());
    for (size_t w = 0; w < n_workloads; w++)
        benchmark::AddCustomContext(std::string("workload/") + workloads[w].name, workloads[w].description);
    benchmark::AddCustomContext("workload/prf", workload_prf.description);
}

// Google Benchmark's own report, for who runs this program by hand. Its warning that
// it was built without NDEBUG, as Debian does, is left out: it does not concern the
// figures, because the timed loop is compiled here, into this program.
class Reporter : public benchmark::ConsoleReporter
{
    bool ReportContext(const Context &context) override
    {
        std::ostringstream notes;
        SetErrorStream(&notes);
        const bool ok = ConsoleReporter::ReportContext(context);
        SetErrorStream(&std::cerr);
        std::istringstream lines(notes.str());
        for (std::string line; std::getline(lines, line);) {
            const bool is_warning = line.find("WARNING") != std::string::npos;
            if ((is_warning || isatty(STDOUT_FILENO)) && line.find("Library was built as DEBUG") == line.npos)
                std::cerr << line << '\n';
        }
        return ok;
    }
};

// Google Benchmark before 1.8 refuses a unit behind --benchmark_min_time=0.5, later
// ones complain if there is none. Here seconds without a unit suit all.
std::vector<std::string> with_units(int argc, char **argv)
{
    std::vector<std::string> arguments(argv, argv + argc);
#ifdef BENCH_MIN_TIME_HAS_UNIT
    for (std::string &argument : arguments)
        if (argument.rfind("--benchmark_min_time=", 0) == 0 &&
            std::isdigit(static_cast<uint8_t>(argument.back())))
            argument += 's';
#endif
    return arguments;
}

} // namespace

int main(int argc, char **argv)
{
    const int status = lanekdf_start(nullptr);
    if (status != LANEKDF_OK)
        workload_fail("lanekdf: %s", lanekdf_status_text(status));
    std::vector<std::string> arguments = with_units(argc, argv);
    std::vector<char *> pointers;
    for (std::string &argument : arguments)
        pointers.push_back(&argument[0]);
    pointers.push_back(nullptr);
    benchmark::Initialize(&argc, pointers.data());
    if (benchmark::ReportUnrecognizedArguments(argc, pointers.data()))
        return 1;
    add_context();
    add_handshakes();
    add_prfs();
    add_kernels();
    Reporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    if (isatty(STDERR_FILENO))
        std::fprintf(stderr, "\r\033[K");
    benchmark::Shutdown();
}
