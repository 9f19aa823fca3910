#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/threads.sh [CMAKE_OPTION...]

Builds the library and the tests threads and start_up with ThreadSanitizer in
build/threads, and runs them: threads that start up at the same time, publish
the same programs, derive in contexts and one job at a time, and take kernels
out of service. The exit status is 1 if a race is found or a test fails.
-DCMAKE_C_COMPILER=clang builds with clang.
END
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage; exit 0; }
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
cmake --preset threads "$@" >/dev/null && cmake --build --preset threads --parallel "$(nproc)" >/dev/null ||
    exit 2
failed=0
for test in threads start_up; do
    began=$(date +%s)
    # A child has no thread of its parent's but the one that forked it, and leaks nothing.
    if TSAN_OPTIONS='report_thread_leaks=0' "build/threads/tests/$test" >"build/threads/$test.log" 2>&1; then
        echo "$test: no race, $(($(date +%s) - began)) s"
    else
        cat "build/threads/$test.log"
        echo "FAILED: $test"
        failed=1
    fi
done
exit $failed
