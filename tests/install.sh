#!/bin/bash
# Usage: tests/install.sh BUILD_DIR
#
# Installs BUILD_DIR to a temporary place, moves that elsewhere, and uses it from there as
# an outside program does.
set -euo pipefail
export LC_ALL=C

build=$(cd "$1" && pwd)
tests=$(cd "$(dirname "$0")" && pwd)

cached() { sed -n "s/^$1:[^=]*=//p" "$build/CMakeCache.txt"; }
CC=$(cached CMAKE_C_COMPILER)
CXX=$(cached CMAKE_CXX_COMPILER)
CXX=${CXX:-c++}
warnings="-Wall -Wextra -Wpedantic -Werror"
# What was built for link-time optimisation can be linked in no other way.
ipo=$(cached CMAKE_INTERPROCEDURAL_OPTIMIZATION)
[ "$ipo" = ON ] && lto=-flto || lto=

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
check() { echo "- $*"; }
fail() { echo "FAILED: $*"; exit 1; }

check "installs"
cmake --install "$build" --prefix "$temp/first" > "$temp/log" || { cat "$temp/log"; fail "cmake --install"; }
mv "$temp/first" "$temp/moved to"
prefix="$temp/moved to"
lib=$(dirname "$(find "$prefix" -name 'liblanekdf.a')")
cd "$temp"

check "the header alone, as C11 and as C++"
headers=lanekdf.h
[ "$(cached LANEKDF_PROVIDER)" != ON ] || headers+=" lanekdf_provider.h"
[ "$(ls "$prefix/include" | paste -sd' ')" = "$headers" ] || fail "other headers than $headers"
echo '#include <lanekdf.h>' > header.c
$CC -std=c11 $warnings -I"$prefix/include" -fsyntax-only header.c
for standard in c++11 c++20; do
    $CXX -x c++ -std=$standard $warnings -I"$prefix/include" -fsyntax-only header.c
done

check "the shared library exports what tests/exports.txt lists, and no more"
nm -D --defined-only "$lib/liblanekdf.so" | awk '{print $3}' | sort > exported.txt
diff "$tests/exports.txt" exported.txt || fail "other dynamic symbols than tests/exports.txt has"

check "it needs libc alone, and no executable stack"
readelf -d "$lib/liblanekdf.so" > dynamic.txt
needed=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' dynamic.txt)
[ -z "${needed/libc.so.6/}" ] || fail "needs" $needed
grep -q 'SONAME.*\[liblanekdf\.so\.[0-9]*\]' dynamic.txt || fail "no SONAME"
if grep -q TEXTREL dynamic.txt; then fail "text relocations"; fi
readelf -lW "$lib/liblanekdf.so" | grep GNU_STACK | grep -q ' RW  ' || fail "executable stack"

if [ "$(cached LANEKDF_PROVIDER)" = ON ]; then
    check "the module for OpenSSL exports its entry alone, and needs libcrypto and libc alone"
    module=$(find "$prefix" -path '*/ossl-modules/lanekdf.so')
    [ "$(nm -D --defined-only "$module" | awk '{print $3}')" = OSSL_provider_init ] || fail "other symbols"
    if nm -D --undefined-only "$module" | grep lanekdf; then fail "looks for these in the process"; fi
    needed=$(readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | paste -sd' ')
    [[ $needed =~ ^libc\.so\.6\ libcrypto\.so\.[0-9]+$ ]] || fail "needs $needed"
    readelf -d "$module" | grep -q 'FLAGS_1.*NOW' || fail "binds functions lazily"
fi

if [ "$(cached LANEKDF_CLI)" = ON ]; then
    check "the command runs, with nothing of the build tree"
    "$prefix/bin/lanekdf" --version
    if readelf -d "$prefix/bin/lanekdf" | grep -E 'RPATH|RUNPATH'; then fail "has a run path"; fi
fi

check "nothing that was installed says where it was built, and only .pc files where it was installed"
if grep -rl --include='*.cmake' --include='*.pc' -e "$build" "$prefix"; then fail "those do"; fi
if grep -rl --include='*.cmake' -e "$temp" "$prefix"; then fail "those do"; fi
export PKG_CONFIG_PATH="$lib/pkgconfig"
cflags=$(pkg-config --cflags lanekdf)
[ "${cflags% }" = "-I$temp/first/include" ] || fail "pkg-config --cflags says $cflags"
for pc in "$lib"/pkgconfig/*.pc; do
    grep -qx "prefix=$temp/first" "$pc" || fail "$pc has another prefix"
done

# With --define-prefix pkg-config goes by the place that all was moved to. It quotes what the shell would
# split, and eval reads the quotes.
flags() { pkg-config --define-prefix "$@" lanekdf; }
# found_by_loader PROGRAM: prints where the loader finds the library by itself. Where lanekdf is installed as
# README.md says, the loader knows that place, and takes the library from it.
found_by_loader() {
    ldd "$1" | sed -n 's|.*liblanekdf[^ ]* => \(/[^ ]*\).*|\1|p' | grep -vF "$temp/" || true
}
mkdir examples && cp "$tests"/example_*.c examples
for example in one batch tls13; do
    check "pkg-config, example_$example: as C and as C++, shared and static"
    source=examples/example_$example.c
    eval "$CC -std=c11 $warnings -c $source -o example.o $(flags --cflags)"
    eval "$CXX -x c++ -std=c++11 $warnings -c $source -o example_cxx.o $(flags --cflags)"
    for object in example.o example_cxx.o; do
        eval "$CC $object -o shared $(flags --libs)"
        elsewhere=$(found_by_loader shared)
        if [ -z "$elsewhere" ]; then
            if ./shared 2>log; then fail "it found the library without being told where it is"; fi
            grep -q 'cannot open shared object' log || fail "another message than the one of README.md"
        fi
        LD_LIBRARY_PATH="$lib" ./shared
        eval "$CC $lto $object -o static -Wl,-Bstatic $(flags --static --libs) -Wl,-Bdynamic"
        ./static
        if readelf -d static | grep -q lanekdf; then fail "not linked statically"; fi
    done
done
[ -z "$elsewhere" ] || echo "skipped: a program that misses the library, as the loader finds $elsewhere"
check "pkg-config: a run path, and a program that is static as a whole"
eval "$CC example.o -o shared $(flags --libs) -Wl,-rpath,'$lib'"
./shared
eval "$CC $lto -static example.o -o static $(flags --static --libs)"
./static

check "find_package(lanekdf): lanekdf::shared and lanekdf::static"
cat > examples/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(outside C)
find_package(lanekdf 0.1 REQUIRED)
foreach(kind shared static)
  add_executable(${kind} example_batch.c)
  target_link_libraries(${kind} PRIVATE lanekdf::${kind})
endforeach()
END
{
    cmake -S examples -B outside -DCMAKE_C_COMPILER="$CC" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_INTERPROCEDURAL_OPTIMIZATION="$ipo" -DCMAKE_POLICY_DEFAULT_CMP0069=NEW &&
        cmake --build outside
} > log 2>&1 || { cat log; fail "find_package"; }
outside/shared
outside/static
if readelf -d outside/static | grep -q lanekdf; then fail "not linked statically"; fi
