#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/soak.sh [DERIVATIONS]
       bash tests/soak.sh --static FILE

Derives random jobs of all kinds, DERIVATIONS in all (default 100000000), on
all cores, one job at a time and on every kernel that this CPU can run, and
compares each with the answer of the reference, one in six of which libcrypto
confirms. Two cores take about six minutes. LANEKDF_TEST_SEED repeats a process
that failed. The exit status is 1 if anything was wrong.

  --static FILE  writes a statically linked executable instead, for a machine
                 with nothing but a kernel; there, it is FILE DERIVATIONS
END
}

die() {
    echo "soak.sh: $*" >&2
    exit 2
}

derivations=100000000 static=
case ${1:-} in
-h | --help) usage; exit 0 ;;
--static) static=${2:-}; [[ -n $static ]] || die "--static which file? See --help" ;;
'') ;;
*[!0-9]* | 0) die "DERIVATIONS is a number above 0; see --help" ;;
*) derivations=$1 ;;
esac
[[ -z $static || $static == /* ]] || static=$PWD/$static
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. cmake/packages.sh
need_packages g++ cmake make pkg-config libcmocka-dev libssl-dev python3

options=(--preset release -DLANEKDF_TESTS=ON) build=build/release
if [[ -n $static ]]; then
    build=build/static
    options+=(-B "$build" -DLANEKDF_CLI=OFF -DLANEKDF_BENCH=OFF -DLANEKDF_PROVIDER=OFF
        -DCMAKE_EXE_LINKER_FLAGS=-static -DOPENSSL_USE_STATIC_LIBS=ON)
fi
mkdir -p "$build"
{ cmake "${options[@]}" && cmake --build "$build" --parallel "$(nproc)" --target soak; } \
    >"$build/soak.log" 2>&1 || { cat "$build/soak.log"; die "the build failed"; }
if [[ -n $static ]]; then
    cp "$build/tests/soak" "$static"
else
    "$build/tests/soak" "$derivations"
fi
