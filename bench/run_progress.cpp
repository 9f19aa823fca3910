#include "run_progress.h"

#include "core_clock.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <map>
#include <unistd.h>

namespace
{

constexpr double seconds_between_lines = 15, seconds_between_changes = 0.2;
constexpr double busy_share = 0.25, busy_after_seconds = 5; // when the machine is called busy

struct Counted {
    int64_t n_iterations;
    size_t n;
};

struct Part {
    std::string title;
    size_t n_total = 0, n_done = 0;
    double begin = 0, shown = 0, limit = 0;
    std::map<std::string, Counted> counted;
};

const double program_begin = core_clock_ns();
std::atomic<double> busy_ns{0};
bool busy_was_said = false;
Part part;

bool is_terminal()
{
    static const bool is = isatty(STDERR_FILENO) != 0;
    return is;
}

void say_if_busy()
{
    const double all = progress_seconds(), busy = progress_busy_seconds();
    if (busy_was_said || all < busy_after_seconds || busy < busy_share * all) {
        return;
    }
    busy_was_said = true;
    progress_say("This machine is busy: other programs took " + progress_duration(busy) + " of " +
                 progress_duration(all) + ", so all takes longer.");
}

// The share of the part that is done: of its repetitions or, if that is more, of its time.
double share_done(double elapsed)
{
    double share = 0;
    if (part.n_total > 0) {
        share = static_cast<double>(part.n_done) / static_cast<double>(part.n_total);
    }
    // Beyond the limit a few repetitions are left that nobody can count before.
    if (part.limit > 0) {
        share = std::max(share, std::min(0.99, elapsed / part.limit));
    }
    return std::min(1.0, share);
}

void show()
{
    const double now = progress_seconds(), elapsed = now - part.begin, share = share_done(elapsed);
    std::string line = part.title + ": " + std::to_string(static_cast<int>(100 * share)) + " %";
    // Of the first few repetitions nothing follows for the others.
    if (share >= 0.02 && share < 0.99) {
        line += ", " + progress_duration(elapsed * (1 - share) / share) + " left";
    }
    std::fprintf(stderr, is_terminal() ? "\r\033[K%s" : "%s\n", line.c_str());
    part.shown = now;
}

} // namespace

void progress_begin(const std::string &title, size_t n_repetitions, double limit_seconds)
{
    part = {};
    part.title = title;
    part.n_total = n_repetitions;
    part.limit = limit_seconds;
    part.begin = part.shown = progress_seconds();
}

void progress_count(const std::string &name, int64_t n_iterations)
{
    Counted &counted = part.counted.insert({name, {n_iterations, 0}}).first->second;
    if (counted.n_iterations != n_iterations) {
        part.n_done -= counted.n;
        counted = {n_iterations, 0};
    }
    counted.n++;
    part.n_done++;
    say_if_busy();
    if (progress_seconds() - part.shown >=
        (is_terminal() ? seconds_between_changes : seconds_between_lines)) {
        show();
    }
}

size_t progress_counted(const std::string &name)
{
    const auto found = part.counted.find(name);
    return found == part.counted.end() ? 0 : found->second.n;
}

void progress_add_busy(double ns)
{
    busy_ns = busy_ns + std::max(0.0, ns);
}

void progress_end()
{
    if (is_terminal()) {
        std::fprintf(stderr, "\r\033[K");
    }
}

void progress_say(const std::string &line)
{
    progress_end();
    std::fprintf(stderr, "%s\n", line.c_str());
}

double progress_seconds()
{
    return (core_clock_ns() - program_begin) * 1e-9;
}

double progress_busy_seconds()
{
    return busy_ns * 1e-9;
}

std::string progress_duration(double seconds)
{
    const auto whole = static_cast<int64_t>(std::llround(seconds));
    return whole < 60 ? std::to_string(whole) + " s"
                      : std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
}
