#!/usr/bin/env bash
set -euo pipefail
export LC_ALL=C.UTF-8 # decimal points everywhere

usage() {
    cat <<'END'
Usage: bash bench/run.sh [--quick] [--out DIR] [--filter REGEX]
       bash bench/run.sh --smoke

Measures how many TLS handshakes' keys per second lanekdf, OpenSSL and
intel-ipsec-mb derive on one core of this machine, at batch sizes from 1 to 1024.
Installs what is missing (Debian, Ubuntu), builds, runs for about two minutes,
prints a table and writes results.json in Google Benchmark's format.

  --quick         shorter and fewer samples: under 40 seconds, less exact
  --out DIR       where results.json goes (default: build/bench)
  --filter REGEX  only the benchmarks whose name matches, for example
                  'handshake/tls12-sha256/.*/batch:(1|64)$'
  --smoke         a few seconds: checks that everything is there and works; the
                  figures mean nothing
  --help          this text
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/bench
out=
filter=.
mode=full
while [[ $# -gt 0 ]]; do
    case $1 in
    --quick | --smoke) mode=${1#--} ;;
    --out | --filter)
        [[ $# -ge 2 ]] || { echo "run.sh: $1 needs a value; see --help" >&2; exit 2; }
        if [[ $1 == --out ]]; then out=$2; else filter=$2; fi
        shift
        ;;
    -h | --help) usage; exit 0 ;;
    *) echo "run.sh: unknown option $1; see --help" >&2; exit 2 ;;
    esac
    shift
done

# Seconds per sample, samples per benchmark. About 240 benchmarks run.
case $mode in
full) samples=(0.03 9) ;;
quick) samples=(0.01 5) ;;
smoke) samples=(0.0001 1) ;;
esac
if [[ -z $out ]]; then
    out=$build
    [[ $mode != smoke ]] || out=$build/smoke # leaves real figures alone
fi

. "$root/cmake/packages.sh"
packages=(g++ cmake make libbenchmark-dev libssl-dev python3)
[[ $(debian_architecture) != amd64 ]] || packages+=(libipsec-mb-dev)
need_packages "${packages[@]}"

mkdir -p "$build" "$out"
echo "Building" >&2
if ! { cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLANEKDF_CLI=OFF -DLANEKDF_TESTS=OFF \
        -DLANEKDF_BENCH=ON && cmake --build "$build" --target lanekdf_bench --parallel; } >"$build/build.log" 2>&1; then
    cat "$build/build.log" >&2
    exit 1
fi

# On one CPU, the last one that this process may use: the first serves most interrupts.
pin=()
if command -v taskset >/dev/null; then
    cpus=$(taskset -cp $$)
    pin=(taskset -c "${cpus##*[ ,-]}")
fi

# results.json appears when it is whole.
part=$out/results.json.part
trap 'rm -f "$part"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
case $mode in
full) echo "Measuring, about two minutes" >&2 ;;
quick) echo "Measuring, half a minute" >&2 ;;
esac
# Repetitions of all benchmarks in random order: what disturbs the machine for a
# while disturbs all rows alike, and medians ignore it.
"${pin[@]}" "$build/bench/lanekdf_bench" --benchmark_filter="$filter" \
    --benchmark_min_time="${samples[0]}" --benchmark_repetitions="${samples[1]}" \
    --benchmark_enable_random_interleaving=true \
    --benchmark_out="$part" --benchmark_out_format=json >/dev/null
[[ -s $part ]] || exit 1 # no benchmark has such a name; it has said so
mv "$part" "$out/results.json"

if [[ $mode == smoke ]]; then
    python3 "$root/bench/table_test.py" 2>"$build/table_test.log" || { cat "$build/table_test.log" >&2; exit 1; }
    python3 "$root/bench/table.py" "$out/results.json" >/dev/null
    python3 "$root/bench/smoke_check.py" "$out/results.json"
else
    python3 "$root/bench/table.py" "$out/results.json"
    echo
    echo "All figures: $out/results.json"
fi
