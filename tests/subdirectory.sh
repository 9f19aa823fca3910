#!/usr/bin/env bash
# Usage: tests/subdirectory.sh CC NM LIBRARY
#
# Builds lanekdf with the compiler CC as a part of another project, with add_subdirectory, and with
# FetchContent, link-time optimisation and small code. The other project's program has functions of its own
# under all the names that NM shows in the static LIBRARY, without their prefix (namesakes.c).
set -euo pipefail
export LC_ALL=C

CC=$1 nm=$2 library=$3
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
cd "$temp"

names=$("$nm" --extern-only --defined-only "$library" | sed -n 's/.* lanekdf_//p')
for name in sha256_k wipe_frames; do
    grep -qx $name <<<"$names" || { echo "FAILED: no $name in $library"; exit 1; }
done
{
    echo 'extern const char *namesake_called;'
    for name in $names; do
        echo "void $name(void); void $name(void) { namesake_called = \"$name\"; }"
    done
} >functions.c

cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(outside C)
if(FETCH)
  include(FetchContent)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT CMAKE_INTERPROCEDURAL_OPTIMIZATION OUTPUT why_not LANGUAGES C)
  FetchContent_Declare(lanekdf SOURCE_DIR ${TESTS}/..)
  FetchContent_MakeAvailable(lanekdf)
else()
  add_subdirectory(${TESTS}/.. lanekdf)
endif()
foreach(kind static shared)
  add_executable(${kind} functions.c ${TESTS}/namesakes.c ${TESTS}/probe.c)
  target_include_directories(${kind} PRIVATE ${TESTS})
  target_link_libraries(${kind} PRIVATE lanekdf::${kind})
endforeach()
END

# build NAME cmake-argument...
build() {
    local name=$1
    shift
    echo "- $name: $*"
    {
        cmake -S . -B "$name" -DCMAKE_C_COMPILER="$CC" -DTESTS="$tests" "$@" &&
            cmake --build "$name" --parallel 2
    } >log 2>&1 || { cat log; echo "FAILED: the build with $name"; exit 1; }
    "$name/static"
    "$name/shared"
}

# What the names of functions are, and which flags the other project gives, is the same without optimisation,
# which is half of the time of this build. Kernels have theirs in each.
build add_subdirectory -DCMAKE_C_FLAGS_RELEASE=-O0
build FetchContent -DFETCH=ON -DCMAKE_BUILD_TYPE=MinSizeRel
