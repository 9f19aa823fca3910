#!/usr/bin/env bash
# Usage: bash tests/i386.sh [OPTIONS]
#
# Builds the library for 32-bit x86, with these options for gcc in the place of -O2, and runs i386.c.
# Exits with 77 if the compiler has no libraries for it (Debian: gcc-multilib or, with cross compilers beside
# it, gcc-12-multilib and so on, which leaves /usr/include/asm out).
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

machine='-m32 -idirafter /usr/include/x86_64-linux-gnu'
program=$'#include <errno.h>\nint main(void) { return 0; }'
# shellcheck disable=SC2086
if ! gcc $machine -xc -o "$temp/program" - <<<"$program" 2>/dev/null; then
    echo "skipped: gcc -m32 links no program here"
    exit 77
fi
if ! "$temp/program" 2>/dev/null; then
    echo "skipped: this system runs no 32-bit programs"
    exit 77
fi
options=${1--O2}
cmake -S "$root" -B "$temp/build" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER=gcc \
    -DCMAKE_C_FLAGS="$machine $options" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=i686 \
    -DLANEKDF_CLI=OFF -DLANEKDF_BENCH=OFF -DLANEKDF_TESTS=OFF -DLANEKDF_PROVIDER=OFF >"$temp/log" 2>&1 &&
    cmake --build "$temp/build" --parallel "$(nproc)" >>"$temp/log" 2>&1 || { cat "$temp/log"; exit 1; }
# shellcheck disable=SC2086
gcc $machine $options -I "$root/engine" "$root/tests/i386.c" "$temp/build/engine/liblanekdf.a" \
    -o "$temp/program"
"$temp/program"
