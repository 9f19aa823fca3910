#!/usr/bin/env bash
# Usage: tests/installed_command.sh BUILD_DIR
#
# Builds and installs the command as its documents say, with the compilers of BUILD_DIR, and uses it from
# where it was installed. Catches: a command or a manual page that does not arrive, or brings along what it
# needs not; a missing package that is not named.
set -euo pipefail
export LC_ALL=C

outer=$(cd "$1" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# It lies beside BUILD_DIR, from where the sources have the same relative paths: so what the compiler made of
# them there is found in its cache, if it has one.
temp=$(mktemp -d "$outer.XXXXXX")
trap 'rm -rf "$temp"' EXIT
check() { echo "- $*"; }
fail() { echo "FAILED: $*"; exit 1; }

cached() { sed -n "s/^$1:[^=]*=//p" "$outer/CMakeCache.txt"; }
CC=$(cached CMAKE_C_COMPILER) CXX=$(cached CMAKE_CXX_COMPILER)
CMAKE_C_COMPILER_LAUNCHER=$(cached CMAKE_C_COMPILER_LAUNCHER)
CMAKE_CXX_COMPILER_LAUNCHER=$(cached CMAKE_CXX_COMPILER_LAUNCHER)
export CC CXX CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER

# A test installs no packages: these stand in front of the system's, and say what is missing.
mkdir "$temp/bin"
printf '#!/bin/sh\nfor word; do [ "$word" != "$MISSING" ] || exit 1; done\nprintf "ii \\n"\n' \
    >"$temp/bin/dpkg-query"
printf '#!/bin/sh\necho "apt-get $*" >&2\nexit 1\n' >"$temp/bin/apt-get"
cp "$temp/bin/apt-get" "$temp/bin/apt-cache"
printf '#!/bin/sh\nexit 1\n' >"$temp/bin/sudo"
printf '#!/bin/sh\n[ "$*" = -u ] && echo 1000\n' >"$temp/bin/id"
chmod +x "$temp"/bin/*
export PATH=$temp/bin:$PATH MISSING=none
prefix="$temp/a prefix"
install_command() { bash "$root/cli/install_command.sh" --prefix "$prefix" --build "$temp" "$@"; }

check "a missing package is named, and nothing is built"
if MISSING=libsimdjson-dev install_command >"$temp/log" 2>&1 </dev/null; then fail "it went on"; fi
grep -q 'apt-get install --no-install-recommends libsimdjson-dev$' "$temp/log" || fail "$(cat "$temp/log")"
[[ ! -e $temp/CMakeCache.txt ]] || fail "it built something"

check "a folder that cannot be written to is named"
: >"$temp/file"
if install_command --prefix "$temp/file/x" >"$temp/log" 2>&1; then fail "it went on"; fi
grep -q "$temp/file/x/bin cannot be written to" "$temp/log" || fail "$(cat "$temp/log")"

check "mistakes"
for mistake in --nonsense --prefix; do
    if install_command $mistake >"$temp/log" 2>&1; then fail "$mistake passes"; fi
    grep -q -- "install_command.sh: .*$mistake.*--help" "$temp/log" || fail "$(cat "$temp/log")"
done

check "CMake names the package of simdjson"
if cmake -S "$root" -B "$temp/without" -DCMAKE_DISABLE_FIND_PACKAGE_simdjson=ON -DLANEKDF_TESTS=OFF \
    -DLANEKDF_BENCH=OFF >"$temp/log" 2>&1; then
    fail "CMake goes on without simdjson"
fi
for name in libsimdjson-dev simdjson-devel Debian Fedora LANEKDF_CLI=OFF; do
    grep -q -- "$name" "$temp/log" || fail "CMake does not say $name: $(cat "$temp/log")"
done

check "it installs the command, its manual pages, and the script of its report, and nothing else"
install_command >"$temp/log" 2>&1 || { cat "$temp/log"; fail "install_command.sh"; }
files=$(cd "$prefix" && find . -type f | LC_ALL=C sort | paste -sd' ')
pages="./share/man/man1/lanekdf-load.1 ./share/man/man1/lanekdf.1 ./share/man/man5/lanekdf-vectors.5"
command -v scdoc >/dev/null || { echo "skipped: manual pages, as scdoc is not installed"; pages=; }
report=$(printf ' ./share/lanekdf/%s.py' drawing gnuplot load_charts load_report load_results report_page)
[[ $files == "./bin/lanekdf$report${pages:+ $pages}" ]] || fail "it installed $files"
grep -q "export PATH=.*/a\\\\ prefix/bin:" "$temp/log" || fail "it does not tell PATH: $(cat "$temp/log")"

check "the command runs from there, and no words are said about a PATH that has it"
digest=$(echo -n abc | "$prefix/bin/lanekdf" kdf hash --hash sha256 --msg file:-)
[[ $digest == ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad ]] || fail "it prints $digest"
"$prefix/bin/lanekdf" load --engine fixed:1us --rate 20% --samples 1000 --report "$temp/report" \
    >"$temp/log" 2>&1 || fail "it writes no report of its load: $(cat "$temp/log")"
grep -q '</table>' "$temp/report/report.html" || fail "the report of its load has no table"
PATH=$PATH:$prefix/bin install_command >"$temp/log" 2>&1
if grep -q "Not on PATH" "$temp/log"; then fail "$(cat "$temp/log")"; fi
for page in $pages; do
    [[ $(head -c 3000 "$prefix/$page" | grep -c '^\.TH') -eq 1 ]] || fail "$page is no manual page"
done
