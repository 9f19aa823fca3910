#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/threads.sh [CMAKE_OPTION...]

Builds the library, the command and the tests threads and start_up with
ThreadSanitizer in build/threads, and runs them: threads that start up at the
same time, publish the same programs, derive in contexts and one job at a time,
and take kernels out of service; and lanekdf load with four threads. The exit
status is 1 if a race is found or a test fails. -DCMAKE_C_COMPILER=clang
-DCMAKE_CXX_COMPILER=clang++ builds with clang.
END
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage; exit 0; }
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
{ cmake --preset threads "$@" &&
    cmake --build --preset threads --parallel "$(nproc)" --target threads start_up lanekdf; } >/dev/null ||
    exit 2
failed=0

# one NAME command...
one() {
    local name=$1 began
    began=$(date +%s)
    shift
    if "$@" >"build/threads/$name.log" 2>&1; then
        echo "$name: no race, $(($(date +%s) - began)) s"
    else
        cat "build/threads/$name.log"
        echo "FAILED: $name"
        failed=1
    fi
}

# A child has no thread of its parent's but the one that forked it, and leaks nothing.
export TSAN_OPTIONS='report_thread_leaks=0'
one threads build/threads/tests/threads
one start_up build/threads/tests/start_up
one load_threads python3 -B tests/load_threads.py build/threads/cli/lanekdf
exit $failed
