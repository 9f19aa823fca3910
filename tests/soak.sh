#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/soak.sh [DERIVATIONS]

Derives random jobs of all kinds, DERIVATIONS in all (default 100000000), and
compares every output with that of the reference, on every kernel that this CPU
can run and one job at a time. It takes a process for each core, and the time
of a coffee; LANEKDF_TEST_SEED repeats a run that failed, which is then that of
one process. The exit status is 1 if anything was wrong.
END
}

case ${1:-100000000} in
-h | --help) usage; exit 0 ;;
*[!0-9]* | 0) echo "soak.sh: DERIVATIONS is a number above 0; see --help" >&2; exit 2 ;;
esac
derivations=${1:-100000000}
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. cmake/packages.sh
need_packages g++ cmake make pkg-config libcmocka-dev libssl-dev python3
cores=$(nproc)
{
    cmake --preset release -DLANEKDF_TESTS=ON &&
        cmake --build --preset release --parallel "$cores" --target soak
} >build.log 2>&1 || { cat build.log; exit 2; }
rm -f build.log

folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
[[ -z ${LANEKDF_TEST_SEED:-} ]] || cores=1
pids=()
for ((i = 0; i < cores; i++)); do
    build/release/tests/soak $(((derivations + cores - 1) / cores)) >"$folder/$i" 2>&1 &
    pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
done
cat "$folder"/* | sort -u
exit $failed
