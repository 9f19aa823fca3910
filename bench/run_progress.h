// Tells a user on standard error how much is done and how long the rest will take: on a terminal in one line
// that changes, elsewhere in a line now and then.
#ifndef RUN_PROGRESS_H
#define RUN_PROGRESS_H

#include <cstddef>
#include <cstdint>
#include <string>

// Begins a part of the run that has so many repetitions, most of which are left out after so many seconds; 0:
// the part has no limit.
void progress_begin(const std::string &part, size_t n_repetitions, double limit_seconds = 0);

// A repetition has ended. It counts once for good if it has as many iterations as the last one of this
// benchmark: Google Benchmark looks for a number of iterations first, in runs that are no repetitions.
void progress_count(const std::string &name, int64_t n_iterations);

// How many repetitions of this benchmark have been counted in this part.
size_t progress_counted(const std::string &name);

// Nanoseconds in which other programs had the core, or in which a repetition waited for them to leave it.
// Where they are a good part of all, the user is told once that the machine is busy.
void progress_add_busy(double ns);

// Ends the part, and leaves no line behind on a terminal.
void progress_end();

// Prints a line of its own.
void progress_say(const std::string &line);

// Since the program began: all time, and what was added as busy.
double progress_seconds();
double progress_busy_seconds();

// Seconds as people say them: "45 s", "2 min 10 s".
std::string progress_duration(double seconds);

#endif
