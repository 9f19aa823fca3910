#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/fuzz.sh MINUTES [TARGET...]

Builds the targets of libFuzzer with AddressSanitizer and
UndefinedBehaviorSanitizer (clang; Debian, Ubuntu: installs what is missing),
and lets them run for MINUTES altogether, one on each core. The targets are

  jobs       jobs of all kinds, good and wrong, in a batch and one by one,
             judged by the reference and by libcrypto
  formulas   formulas, compiled and evaluated, judged by the reference
  lines      lines of JSON for derive, verify and explain
  captures   key logs and captures

A target begins with the inputs of tests/fuzz/corpus and, of lines and
captures, with examples and recordings of this project; what it finds beyond is
kept in build/fuzz/corpus. An input that fails is written to
build/fuzz/failures, and the target with this input as its argument repeats the
failure. The exit status is 1 if there is one.

To add to tests/fuzz/corpus what the last runs found, as few inputs as cover
the same code:  bash tests/fuzz.sh --keep
The tests of every build run these (fuzz_jobs and so on), without a fuzzer, and
the build named sanitize mutates them for a minute of CPU.
END
}

all_targets=(jobs formulas lines captures)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
build=build/fuzz found=build/fuzz/corpus kept=build/fuzz/kept seeds=build/fuzz/seeds corpus=tests/fuzz/corpus

die() {
    echo "fuzz.sh: $*" >&2
    exit 2
}

target() { echo "$build/tests/fuzz/fuzz_$1"; }

# unpack NAME: the inputs that are kept, each in a file
unpack() {
    rm -rf "${kept:?}/$1"
    mkdir -p "$kept/$1"
    [[ ! -r $corpus/$1.txt ]] || python3 tests/fuzz/corpus.py unpack "$corpus/$1.txt" "$kept/$1"
}

# keep: the smallest set of inputs, of those that are kept and those that were found, that covers what all of
# them cover, apart from how often each place is reached. Long inputs are not worth their place.
keep() {
    local name from
    for name in "${all_targets[@]}"; do
        [[ -x $(target "$name") ]] || die "there is no build yet: run it for some minutes first"
        unpack "$name"
        from=("$kept/$name" "$found/$name")
        [[ ! -d $seeds/$name ]] || from+=("$seeds/$name")
        rm -rf "$build/merged"
        mkdir -p "$build/merged" "$found/$name" "$corpus"
        "$(target "$name")" -merge=1 -use_counters=0 -max_len=4096 "$build/merged" "${from[@]}" \
            2>"$build/merge.log" || die "merging $name failed; see $build/merge.log"
        python3 tests/fuzz/corpus.py pack "$build/merged" "$corpus/$name.txt"
        echo "$name: $(wc -l <"$corpus/$name.txt") inputs, $(wc -c <"$corpus/$name.txt") bytes"
    done
}

minutes= targets=()
while [[ $# -gt 0 ]]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --keep) keep; exit ;;
    -*) die "unknown option $1; see --help" ;;
    *[!0-9]*) targets+=("$1") ;;
    *) [[ -z $minutes ]] || die "MINUTES twice: $minutes and $1"; minutes=$1 ;;
    esac
    shift
done
[[ -n $minutes && $minutes -gt 0 ]] || die "for how many minutes? See --help"
[[ ${#targets[@]} -gt 0 ]] || targets=("${all_targets[@]}")
for name in "${targets[@]}"; do
    [[ " ${all_targets[*]} " == *" $name "* ]] || die "there is no target $name; see --help"
done

. cmake/packages.sh
need_packages g++ cmake make pkg-config libcmocka-dev libssl-dev libsimdjson-dev python3 clang
clang=$(clang -dumpversion)
need_packages "libclang-rt-${clang%%.*}-dev"
cores=$(nproc)
mkdir -p "$build"
{ cmake --preset fuzz && cmake --build --preset fuzz --parallel "$cores"; } >build/fuzz.log 2>&1 ||
    { cat build/fuzz.log; die "the build failed"; }

# run NAME SECONDS: one target
run() {
    local name=$1 from=("$found/$1")
    mkdir -p "$found/$name" "$build/failures"
    unpack "$name"
    from+=("$kept/$name")
    [[ ! -d $seeds/$name ]] || from+=("$seeds/$name")
    "$(target "$name")" -max_total_time="$2" -max_len=65536 -timeout=60 -rss_limit_mb=4096 \
        -artifact_prefix="$build/failures/$name-" -print_final_stats=1 "${from[@]}" >"$build/$name.log" 2>&1
}

python3 tests/fuzz/make_seeds.py "$seeds" || die "the seeds could not be made"
seconds=$((minutes * 60 * cores / ${#targets[@]}))
[[ $cores -le ${#targets[@]} ]] || seconds=$((minutes * 60))
failed=0
declare -A pids
for name in "${targets[@]}"; do
    while [[ $(jobs -rp | wc -l) -ge $cores ]]; do
        wait -n || true
    done
    run "$name" "$seconds" &
    pids[$name]=$!
done
for name in "${targets[@]}"; do
    if wait "${pids[$name]}"; then
        sed -nE 's/^stat::number_of_executed_units: *//p' "$build/$name.log" |
            xargs printf '%-10s %s runs, none failed\n' "$name"
    else
        printf '%-10s FAILED: %s\n' "$name" \
            "$(grep -m1 -E 'ERROR:|runtime error:|cannot go on|differs|SUMMARY' "$build/$name.log")"
        tail -40 "$build/$name.log"
        failed=1
    fi
done
exit $failed
