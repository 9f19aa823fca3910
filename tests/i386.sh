#!/usr/bin/env bash
# Usage: bash tests/i386.sh [OPTIONS]
#
# Builds the library for 32-bit x86, with these options for gcc in the place of -O2, and runs i386.c.
# Exits with 77 if the compiler has no libraries for it (Debian: gcc-multilib).
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

if ! echo 'int main(void) { return 0; }' | gcc -m32 -xc -o "$temp/program" - 2>/dev/null; then
    echo "skipped: gcc -m32 links no program here"
    exit 77
fi
options=${1--O2}
cmake -S "$root" -B "$temp/build" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER=gcc \
    -DCMAKE_C_FLAGS="-m32 $options" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=i686 \
    -DLANEKDF_CLI=OFF -DLANEKDF_BENCH=OFF -DLANEKDF_TESTS=OFF -DLANEKDF_PROVIDER=OFF >"$temp/log" 2>&1 &&
    cmake --build "$temp/build" --parallel "$(nproc)" >>"$temp/log" 2>&1 || { cat "$temp/log"; exit 1; }
# shellcheck disable=SC2086
gcc -m32 $options -I "$root/engine" "$root/tests/i386.c" "$temp/build/engine/liblanekdf.a" -o "$temp/program"
"$temp/program"
