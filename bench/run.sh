#!/usr/bin/env bash
set -euo pipefail
export LC_ALL=C.UTF-8 # decimal points everywhere

usage() {
    cat <<'END'
Usage: bash bench/run.sh [--quick] [--out DIR] [--filter REGEX]
                         [--aws-lc FILE] [--ipsec-mb FOLDER]
       bash bench/run.sh --smoke [--aws-lc FILE] [--ipsec-mb FOLDER]

Measures how many TLS handshakes' keys per second lanekdf, OpenSSL and
intel-ipsec-mb derive on one core of this machine, SSL 3.0 to TLS 1.3 and QUIC,
at batch sizes from 1 to 10000, also with cold caches and on several threads.

Installs what is missing (Debian, Ubuntu), builds and runs. That takes three
to four minutes on an idle machine. Where other programs use the core it says
so and takes longer, but for no more than about twelve minutes, with fewer
samples then.

Prints tables and, last, a summary; writes results.json in Google Benchmark's
format, report.html, which needs nothing beside it, and its charts as SVG and
PNG. gnuplot draws them; without it the report has tables only. Two runs, of
two machines or of two versions, are compared with
    python3 bench/compare.py DIR DIR --picture compare.svg

  --quick         shorter and fewer samples: about a minute, less exact
  --out DIR       where the results go (default: build/bench)
  --filter REGEX  only the benchmarks whose name matches, for example
                  'handshake/tls12-sha256/.*/batch:(1|64)$'
  --aws-lc FILE   compares with AWS-LC, too: FILE is its libcrypto.so, which you
                  have built
  --ipsec-mb FOLDER
                  compares with one more version of intel-ipsec-mb: FOLDER has
                  its header and libIPSec_MB.so, or an include and a lib with
                  these
  --smoke         little more than a minute: checks that everything is there and
                  works; the figures mean nothing
  --help          this text
END
}

command="bash bench/run.sh${*:+ $(printf '%q ' "$@")}"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/bench
out=
filter=
aws_lc=
ipsec_mb=
mode=full
while [[ $# -gt 0 ]]; do
    # --out=DIR is --out DIR.
    [[ $1 != --*=* ]] || set -- "${1%%=*}" "${1#*=}" "${@:2}"
    case $1 in
    --quick | --smoke) mode=${1#--} ;;
    --out | --filter | --aws-lc | --ipsec-mb)
        [[ $# -ge 2 ]] || { echo "run.sh: $1 needs a value; see --help" >&2; exit 2; }
        case $1 in
        --out) out=$2 ;;
        --filter) filter=$2 ;;
        --aws-lc) aws_lc=$(realpath -e -- "$2") || exit 2 ;;
        --ipsec-mb) ipsec_mb=$(realpath -e -- "$2") || exit 2 ;;
        esac
        shift
        ;;
    -h | --help) usage; exit 0 ;;
    *) echo "run.sh: unknown option $1; see --help" >&2; exit 2 ;;
    esac
    shift
done

# Seconds per sample, samples per benchmark, the number of rounds, at most, in which disturbed samples are
# made up for, and the seconds after which a busy machine has to do with three samples. About 560 benchmarks
# run unless a filter asks for more: workloads that differ from the first one in their outputs only, TLS 1.3
# and QUIC run with lanekdf's own choice of kernels, and SHA-384, TLS 1.3 and QUIC run at every other batch
# size.
case $mode in
full) samples=(0.025 9 20 600) ;;
quick) samples=(0.004 5 20 120) ;;
smoke) samples=(0.0001 1 0 0) ;;
esac
shows_costs=false
if [[ -z $filter ]]; then
    filter=.
    shows_costs=true # of what a handshake takes beside the derivation
    # A leading minus stands for all benchmarks but these.
    left_out=(
        '^handshake/tls12-(sha256-(finished|resumed)/lanekdf-|sha384/.*/batch:(2|4|16|1024)$)'
        '^handshake/(tls13-[^m]|quic).*/batch:(2|4|16|1024)$'
        '^(handshake/(tls13|quic)|stage/).*/(lanekdf-|reference/)'
        '^stage/.*/(ipsec-mb|openssl-[a-z]*)/'
    )
    [[ $mode == smoke ]] || filter=-$(IFS='|'; echo "${left_out[*]}")
fi
if [[ -z $out ]]; then
    out=$build
    [[ $mode != smoke ]] || out=$build/smoke # so that real figures stay where they are
fi

. "$root/cmake/packages.sh"
of_use=('gnuplot-nox|gnuplot') # which draws the charts
[[ $(debian_architecture) != amd64 ]] || of_use+=(libipsec-mb-dev)
need_packages g++ cmake make libbenchmark-dev libssl-dev python3 -- "${of_use[@]}"

build_benchmark() {
    cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLANEKDF_CLI=OFF -DLANEKDF_TESTS=OFF \
        -DLANEKDF_BENCH=ON -DLANEKDF_BENCH_IPSEC_MB="$ipsec_mb" &&
        cmake --build "$build" --parallel --target lanekdf_bench_run
}

mkdir -p "$build" "$out"
echo "Building" >&2
if ! build_benchmark 2>&1 | progress_of_build Building >"$build/build.log"; then
    cat "$build/build.log" >&2
    exit 1
fi

# results.json appears under its name only when it is whole.
part=$out/results.json.part
trap 'rm -f "$part"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
case $mode in
full) time="three to four minutes" ;;
quick) time="about a minute" ;;
smoke) time= ;;
esac
[[ -z $time ]] || echo "Checking outputs, then measuring: $time on an idle machine" >&2
# The repetitions of all benchmarks run in random order: what disturbs the machine for a while then disturbs
# all rows alike, and medians ignore it. The program pins itself to a CPU.
"$build/bench/lanekdf_bench" --benchmark_filter="$filter" \
    --benchmark_min_time="${samples[0]}" --benchmark_repetitions="${samples[1]}" --rounds="${samples[2]}" \
    --limit="${samples[3]}" \
    --command="${command% }" ${aws_lc:+--aws-lc="$aws_lc"} \
    --benchmark_enable_random_interleaving=true --results="$part" >/dev/null
[[ -s $part ]] || exit 1 # the program has said that no benchmark has such a name
mv "$part" "$out/results.json"

if [[ $mode == smoke ]]; then
    "$build/bench/lanekdf_bench_limits"
    "$build/bench/lanekdf_bench_compressions"
    "$build/bench/lanekdf_bench_slices"
    "$build/bench/lanekdf_bench_costs" 0.1 >/dev/null
    bash "$root/bench/endtoend.sh" --smoke --out "$out" >/dev/null
    sed -n '/^skipped: /p' "$out/endtoend.txt"
    python3 -B "$root/bench/report.py" "$out/results.json" "$out"
    for test in table compare report gnuplot progress; do
        argument=
        [[ $test != progress ]] || argument=$build/bench/lanekdf_bench
        python3 -B "$root/bench/${test}_test.py" $argument 2>"$build/${test}_test.log" ||
            { cat "$build/${test}_test.log" >&2; exit 1; }
        sed -n '/^skipped: /p' "$build/${test}_test.log"
    done
    python3 -B "$root/bench/smoke_check.py" "$out/results.json"
else
    python3 -B "$root/bench/table.py" "$out/results.json"
    ! $shows_costs || { echo && "$build/bench/lanekdf_bench_costs"; }
    python3 -B "$root/bench/report.py" "$out/results.json" "$out"
    echo
    python3 -B "$root/bench/table.py" --summary "$out/results.json"
    echo
    echo "All figures: $out/results.json"
    echo "Report: $out/report.html"
fi
