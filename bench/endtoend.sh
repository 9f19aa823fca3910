#!/usr/bin/env bash
set -euo pipefail
export LC_ALL=C.UTF-8 # decimal points everywhere

usage() {
    cat <<'END'
Usage: bash bench/endtoend.sh [--quick] [--out DIR]

Measures what the provider for OpenSSL 3 saves on this machine: CPU time of whole TLS
handshakes by libssl, server and client in memory, with OpenSSL's own key derivation,
with lanekdf, and with a provider that hashes nothing, which is as far as any could get.
Last come the parts of one call.

Installs what is missing (Debian, Ubuntu), builds and runs: three minutes on an idle
machine. Prints tables, and writes them to endtoend.txt.

  --quick         half a minute, less exact
  --out DIR       where endtoend.txt goes (default: build/bench)
  --help          this text
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/bench
out=$build
seconds=150
while [[ $# -gt 0 ]]; do
    case $1 in
    --quick) seconds=15 ;;
    --out)
        [[ $# -ge 2 ]] || { echo "endtoend.sh: --out needs a value; see --help" >&2; exit 2; }
        out=$2
        shift
        ;;
    -h | --help) usage; exit 0 ;;
    *) echo "endtoend.sh: unknown option $1; see --help" >&2; exit 2 ;;
    esac
    shift
done

. "$root/cmake/packages.sh"
need_packages g++ cmake make pkg-config libssl-dev libbenchmark-dev

mkdir -p "$build" "$out"
if ! { cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLANEKDF_CLI=OFF -DLANEKDF_TESTS=OFF \
    -DLANEKDF_BENCH=ON -DLANEKDF_PROVIDER=ON &&
    cmake --build "$build" --parallel "$(nproc)" --target endtoend lanekdf_module lanekdf_bound; } \
    >"$build/endtoend_build.log" 2>&1; then
    cat "$build/endtoend_build.log" >&2
    exit 1
fi

# One CPU, the last, so that what the two ends share is warm as in a server with a worker for each CPU.
on_one_cpu=()
if command -v taskset >/dev/null; then
    on_one_cpu=(taskset -c "$(($(nproc) - 1))")
fi
{
    sed -n 's/^model name[^:]*: /CPU: /p' /proc/cpuinfo | head -1
    "${on_one_cpu[@]}" "$build/bench/endtoend" "$build/provider/lanekdf.so" "$build/bench/lanekdf_bound.so" \
        "$seconds"
} | tee "$out/endtoend.txt"
