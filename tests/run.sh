#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/run.sh [--quick]

Installs what is missing (Debian, Ubuntu), builds lanekdf with every compiler
that is installed and under AddressSanitizer and UndefinedBehaviorSanitizer,
and runs the tests in each build and a smoke of the benchmark. The first build
runs all tests. The others leave out what would only be repeated there:
clang's build the scripts that test the command, and the engine on each kernel
by name, as kernels have their rounds in assembler; that with sanitizers the
scripts that mostly wait for tshark or compare documents, and the search for
secrets on each kernel; both leave out the published vectors on each kernel by
name, the tests that read nothing but sources, and the longest, which one build
answers for all. That with sanitizers also mutates the inputs that are kept for
the fuzzers, for a minute of CPU. Last it prints how many passed, failed and
were skipped, and how many of those that passed left out a part; the exit status
is 0 only if none failed.

  --quick   the release build alone
  --help    this text

To repeat random tests with the numbers that failed, set LANEKDF_TEST_SEED as
they say.
END
}

quick=false
while [[ $# -gt 0 ]]; do
    case $1 in
    --quick) quick=true ;;
    -h | --help) usage; exit 0 ;;
    *) echo "run.sh: unknown option $1; see --help" >&2; exit 2 ;;
    esac
    shift
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
. cmake/packages.sh
. tests/ctest_outcome.sh
# The tests and the benchmark go on without the others, and say what they skip.
needed=(g++ cmake make pkg-config libcmocka-dev libssl-dev libsimdjson-dev python3)
others=('clang-format-16|clang-format' tshark ccache)
if ! $quick; then
    needed+=(libbenchmark-dev)
    others+=(clang "gnuplot-nox|gnuplot" libopenmpi-dev openmpi-bin)
    [[ $(debian_architecture) != amd64 ]] || others+=(libipsec-mb-dev)
fi
need_packages "${needed[@]}" -- "${others[@]}"
# The run-time library of clang's sanitizers has the version of clang in its name.
clang=$(clang -dumpversion 2>/dev/null)
[[ -z $clang ]] || $quick || need_packages -- "libclang-rt-${clang%%.*}-dev"

# What was compiled before, with the same compiler and from the same text, is not compiled again: neither in
# another run of this script nor in the tests that build the project themselves, in folders with new names.
# So paths count from the folder of the build, and not from the root; and the locale, in which tests differ
# from this script, does not count. CMake reads the variables where a folder is new, and the options where it
# is not.
launchers=()
if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
    export CCACHE_BASEDIR=/ CCACHE_SLOPPINESS=locale
    launchers=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi

jobs=$(nproc)
passed=0 failed=0 skipped=0 partly=0 failures=()

heading() { printf '\n== %s (after %d min %02d s)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

# one NAME command...: a step that counts as one test
one() {
    local name=$1
    shift
    heading "$name"
    if "$@"; then
        passed=$((passed + 1))
    else
        echo "FAILED: $name"
        failed=$((failed + 1))
        failures+=("$name")
    fi
}

# skip NAME WHY: a step that this machine lacks something for counts as skipped
skip() {
    heading "$1"
    echo "skipped: $2"
    skipped=$((skipped + 1))
}

# test_build NAME LABELS cmake-argument...: configures, builds and tests in build/NAME. Tests with a label
# that matches LABELS are left out; if LABELS is empty, all run.
test_build() {
    local name=$1 build=build/$1 labels=$2 n n_failed n_skipped status
    shift 2
    heading "$name: build"
    mkdir -p "$build"
    if ! {
        cmake "$@" -B "$build" -DLANEKDF_BENCH=OFF "${launchers[@]}" &&
            cmake --build "$build" --parallel "$jobs"
    } >"$build/build.log" 2>&1; then
        cat "$build/build.log"
        echo "FAILED: the build of $name"
        failed=$((failed + 1))
        failures+=("$name: build")
        return
    fi
    grep -E 'warning:' "$build/build.log"

    heading "$name: tests"
    if [[ -n $labels ]]; then
        n=$(ctest --test-dir "$build" --show-only --label-regex "$labels" | sed -n 's/^Total Tests: //p')
        echo "$n tests are left to the build named release: those with a label that matches $labels"
    fi
    rm -f "$build/tests.xml"
    ctest --test-dir "$build" --no-tests=error --output-on-failure --parallel "$jobs" --timeout 900 \
        ${labels:+--label-exclude "$labels"} --output-junit tests.xml
    status=$?
    ctest_reasons "$build"
    n=$(ctest_number "$build" tests) n_failed=$(ctest_number "$build" failures)
    n_skipped=$(($(ctest_number "$build" skipped) + $(ctest_number "$build" disabled)))
    partly=$((partly + $(ctest_n_partly "$build")))
    # An exit status that no failure in the list explains counts as one failure more.
    [[ $status -eq 0 || $n_failed -gt 0 ]] || n_failed=1 n=$((n + 1))
    passed=$((passed + n - n_failed - n_skipped))
    failed=$((failed + n_failed)) skipped=$((skipped + n_skipped))
    while read -r test; do
        failures+=("$name: $test")
    done < <(sed -nE 's/.*<testcase name="([^"]*)".*status="fail".*/\1/p' "$build/tests.xml")
}

# MemorySanitizer follows poisoned secrets through the engine and those kernels that have their words in
# general registers; ctest traces the other kernels. 77: this CPU lacks what the kernel needs.
constant_time() {
    cmake --preset memory >/dev/null && cmake --build --preset memory --parallel "$jobs" >/dev/null || return
    for kernel in sha256_scalar sha512_scalar sha512_bmi2 md5_scalar sha1_scalar; do
        build/memory/tests/constant_time $kernel 2>build/memory/planted.log || [[ $? -eq 77 ]] || return
    done
}

# The smoke runs in the background: this waits for its end, and prints what it said.
benchmark_smoke() {
    local status=0
    wait "$smoke_id" || status=$?
    smoke_id=
    cat "$smoke_log"
    return $status
}

if $quick; then
    echo "One build and its tests follow: about five minutes on two cores"
else
    echo "Three builds with their tests and three steps more follow: up to half an hour on two cores"
fi
test_build release '' --preset release
if ! $quick; then
    if command -v clang >/dev/null && command -v clang++ >/dev/null; then
        test_build clang '^(command|sources|long|each_kernel|vectors)$' --preset release \
            -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DLANEKDF_WERROR=ON
    else
        skip "clang: build and tests" "clang is not installed"
    fi
    if [[ -r /proc/self/maps ]]; then
        test_build sanitize '^(tshark|sources|long|left_behind|vectors|documents)$' --preset sanitize
    else
        skip "sanitize: build and tests" "AddressSanitizer needs /proc, which is not mounted"
    fi
    # The smoke of the benchmark keeps one core busy, and the two steps in front of its result the other.
    smoke_log=$(mktemp)
    bash bench/run.sh --smoke >"$smoke_log" 2>&1 &
    smoke_id=$!
    trap '[[ -z $smoke_id ]] || kill "$smoke_id"; rm -f "$smoke_log"' EXIT
    one "the wipe of the stack in small code" bash tests/wipe_builds.sh \
        '^gcc -Os -fomit-frame-pointer -fno-stack-protector$'
    if echo 'int main(void){return 0;}' | clang -fsanitize=memory -xc -o /dev/null - 2>/dev/null; then
        one "constant time under MemorySanitizer" constant_time
    else
        skip "constant time under MemorySanitizer" "clang with its run-time library is not installed"
    fi
    command -v gnuplot >/dev/null || skip "pictures of the benchmark" "gnuplot is not installed"
    one "benchmark smoke" benchmark_smoke
fi

echo
for failure in "${failures[@]}"; do
    echo "FAILED: $failure"
done
echo "$passed passed, $failed failed, $skipped skipped; of those that passed, $partly left out a part"
[[ $failed -eq 0 ]]
