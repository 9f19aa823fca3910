#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/architectures.sh [--limit SECONDS] [NAME...]

Builds the library and its tests for other machines, and runs the tests there:

  i386      32-bit x86, by gcc -m32, on this CPU or, where the system runs no
            such programs, emulated
  aarch64   emulated, as the next two are
  riscv64
  s390x     the order of bytes is the other one (big-endian)
  musl      another C library, on this CPU

all of them, or those that are named. What is missing is installed: compilers
and qemu-user, and for each CPU a folder in build/architectures with its C
library, cmocka and OpenSSL. With musl there are neither of these two, and only
programs that need none of them run. Left out everywhere is what needs the
command, the provider, or nothing but sources. Where an emulator runs them,
tests repeat less.

A test that has not ended after SECONDS (900 if not given) is stopped, and named
as one that did not end. The exit status is 1 if a test fails or does not end,
and 77 if nothing could be tested.
END
}

die() {
    echo "architectures.sh: $*; see --help" >&2
    exit 2
}

names=(i386 aarch64 riscv64 s390x musl)
limit=900
[[ ${1:-} != -h && ${1:-} != --help ]] || { usage; exit 0; }
if [[ ${1:-} == --limit ]]; then
    limit=${2:-}
    [[ $limit =~ ^[1-9][0-9]*$ ]] || die "SECONDS is a number above 0"
    shift 2
fi
for name; do
    [[ " ${names[*]} " == *" $name "* ]] || die "no $name"
done
[[ $# -eq 0 ]] || names=("$@")

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
root=$PWD
. cmake/packages.sh
. tests/ctest_outcome.sh
compilers=()
for name in "${names[@]}"; do
    case $name in
    i386) compilers+=("gcc-$(gcc -dumpversion)-multilib") ;; # gcc-multilib would remove the cross compilers
    aarch64) compilers+=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross) ;;
    musl) compilers+=(musl-tools) ;;
    *) compilers+=("gcc-$name-linux-gnu" "libc6-dev-$name-cross") ;;
    esac
done
need_packages gcc cmake make pkg-config python3 -- mmdebstrap qemu-user "${compilers[@]}"

jobs=$(nproc)
n_passed=0 n_failed=0 n_stopped=0 n_skipped=0
# Of CPUs with one kernel of a family, the default is that kernel.
twice='^(engine|nothing_left|one_job|running_hmacs|constant_time)\.sha256_scalar$'
# Tests of sources, of what is installed, and of the size of x86's kernels.
not_here='^(arrows|dialect|readme_examples|install|subdirectory|private_names|code_size)$'

heading() { printf '\n== %s (after %d min %02d s)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

skip() {
    echo "skipped: $1: $2"
    n_skipped=$((n_skipped + 1))
}

fail() {
    echo "FAILED: $1"
    n_failed=$((n_failed + 1))
}

# libraries FOLDER ARCHITECTURE: makes a folder with the libraries of an architecture, under Debian's name.
# All architectures are in the stable release of Debian, if not in the one that runs here.
libraries() {
    local folder=$1 mirror
    [[ ! -e $folder/complete ]] || return 0
    rm -rf "$folder"
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    mmdebstrap --quiet --arch="$2" --variant=extract --include=libc6-dev,libssl-dev,libcmocka-dev stable \
        "$folder" "${mirror%/}" || return
    # As in a whole system: programs look for the loader of their libraries in /lib or /lib64.
    for lib in lib lib64; do
        [[ -e $folder/$lib || ! -d $folder/usr/$lib ]] || ln -s "usr/$lib" "$folder/$lib"
    done
    touch "$folder/complete"
}

# configure BUILD cmake-argument...
configure() {
    local build=$1
    shift
    cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLANEKDF_WERROR=ON -DLANEKDF_CLI=OFF \
        -DLANEKDF_BENCH=OFF -DLANEKDF_PROVIDER=OFF "$@"
}

# test_cpu NAME DEBIAN_ARCHITECTURE TRIPLET COMPILER cmake-argument...: without EMULATOR, on this CPU.
test_cpu() {
    local name=$1 architecture=$2 triplet=$3 compiler=$4 folder=$root/build/architectures/$1
    local libraries build log link
    shift 4
    libraries=$folder/libraries build=$folder/build log=$folder/log link="-L$libraries/usr/lib/$triplet"
    heading "$name"
    mkdir -p "$folder"
    if [[ ! -e $($compiler -print-libgcc-file-name 2>"$log") ]]; then
        skip "$name" "$compiler is not installed for it"
        return
    fi
    if ! libraries "$libraries" "$architecture" >"$log" 2>&1; then
        skip "$name" "no libraries for it could be had: $(tail -n 1 "$log")"
        return
    fi
    if [[ -n $EMULATOR ]]; then
        command -v "${EMULATOR%%;*}" >/dev/null || { skip "$name" "$EMULATOR is not installed"; return; }
        set -- "$@" "-DCMAKE_CROSSCOMPILING_EMULATOR=$EMULATOR;-L;$libraries"
    fi
    # The system here may have libraries of this CPU, too, which a loader would take first.
    if [[ $compiler == 'gcc -m32' ]]; then
        link+=" -Wl,--dynamic-linker=$(echo "$libraries/usr/lib/$triplet"/ld-linux*.so.*)"
        link+=" -Wl,--disable-new-dtags,-rpath,$libraries/usr/lib/$triplet"
    fi
    if ! {
        export PKG_CONFIG_SYSROOT_DIR=$libraries
        export PKG_CONFIG_LIBDIR=$libraries/usr/lib/$triplet/pkgconfig:$libraries/usr/share/pkgconfig
        configure "$build" -DCMAKE_C_COMPILER="${compiler%% *}" -DCMAKE_SYSTEM_NAME=Linux \
            -DCMAKE_SYSTEM_PROCESSOR="$name" -DCMAKE_LIBRARY_ARCHITECTURE="$triplet" \
            -DCMAKE_SYSROOT="$libraries" -DCMAKE_FIND_ROOT_PATH="$libraries" \
            -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER -DCMAKE_EXE_LINKER_FLAGS="$link" \
            -DCMAKE_SHARED_LINKER_FLAGS="-L$libraries/usr/lib/$triplet" "$@" &&
            cmake --build "$build" --parallel "$jobs"
    } >"$log" 2>&1; then
        grep -E 'error|undefined' "$log" || tail -n 20 "$log"
        fail "$name: the build"
        return
    fi
    run_tests "$name" "$build"
}

# run_tests NAME BUILD: with the reasons of what the tests skip, and the names of those that did not end.
run_tests() {
    local name=$1 build=$2 n n_bad n_late n_left
    rm -f "$build/tests.xml"
    ctest --test-dir "$build" --no-tests=error --output-on-failure --parallel "$jobs" --timeout "$limit" \
        --exclude-regex "$twice|$not_here" --output-junit tests.xml | tee "$build/tests.log"
    ctest_reasons "$build"
    sed -nE "s/^[[:space:]]*[0-9]+ - (.*) \(Timeout\).*/not ended after $limit s: \1/p" "$build/tests.log"
    n=$(ctest_number "$build" tests) n_bad=$(ctest_number "$build" failures)
    n_left=$(($(ctest_number "$build" skipped) + $(ctest_number "$build" disabled)))
    n_late=$(grep -cE '^[[:space:]]*[0-9]+ - .* \(Timeout\)' "$build/tests.log")
    [[ $n -gt 0 ]] || n=1 n_bad=1
    n_bad=$((n_bad - n_late)) n=$((n - n_late))
    echo "$name: $((n - n_bad - n_left)) passed, $n_bad failed, $n_late did not end, $n_left skipped"
    n_passed=$((n_passed + n - n_bad - n_left)) n_stopped=$((n_stopped + n_late))
    n_failed=$((n_failed + n_bad)) n_skipped=$((n_skipped + n_left))
}

# runs_i386: whether the system here runs 32-bit programs.
runs_i386() {
    local program status
    program=$(mktemp)
    gcc -m32 -nostdlib -static -xc -o "$program" - 2>/dev/null \
        <<<'void _start(void) { __asm__ volatile("int $0x80" : : "a"(1), "b"(0)); }' && "$program" 2>/dev/null
    status=$?
    rm -f "$program"
    return $status
}

# check NAME command...: one program with musl. 77: the program says why it skips.
check() {
    local text status
    text=$(timeout "$limit" "${@:2}" 2>&1)
    status=$?
    case $status in
    0)
        echo "passed: $1"
        n_passed=$((n_passed + 1))
        ;;
    124)
        echo "not ended after $limit s: $1"
        n_stopped=$((n_stopped + 1))
        ;;
    77) skip "$1" "$(sed -n 's/^skipped: //p' <<<"$text" | tail -n 1)" ;;
    *)
        echo "$text"
        fail "$1"
        ;;
    esac
}

# The published answers, by the engine and by the reference; the examples; and that no branch and no address
# depends on a secret, copies of the C library among them.
test_musl() {
    local folder=$root/build/architectures/musl library name
    library=$folder/build/engine/liblanekdf.a
    heading musl
    mkdir -p "$folder"
    command -v musl-gcc >/dev/null || { skip musl "musl-gcc is not installed"; return; }
    if ! {
        configure "$folder/build" -DCMAKE_C_COMPILER=musl-gcc -DLANEKDF_TESTS=OFF &&
            cmake --build "$folder/build" --parallel "$jobs" &&
            compile_musl judge_lines job_kinds.c rng.c &&
            compile_musl constant_time job_kinds.c kernel_argument.c rng.c &&
            compile_musl example_one && compile_musl example_batch && compile_musl example_tls13
    } >"$folder/log" 2>&1; then
        grep -E 'error|undefined' "$folder/log" || tail -n 20 "$folder/log"
        fail "musl: the build"
        return
    fi
    for name in reference engine; do
        check "judge_vectors.$name" python3 tests/judge_vectors.py $name "$folder/judge_lines"
    done
    for name in example_one example_batch example_tls13; do
        check $name "$folder/$name"
    done
    check constant_time.default "$folder/constant_time" default
}

# compile_musl PROGRAM SOURCE...: the program of tests/PROGRAM.c, with these other files, in folder.
compile_musl() {
    local program=$1 sources=("${@/#/tests/}")
    sources[0]=tests/$program.c
    musl-gcc -O2 -fno-omit-frame-pointer -include cmake/private_names.h -I engine -I simd "${sources[@]}" \
        "$library" -o "$folder/$program"
}

for name in "${names[@]}"; do
    case $name in
    i386)
        emulator=
        if ! runs_i386; then
            emulator='qemu-i386;-cpu;max'
            export LANEKDF_TEST_EMULATED=1
        fi
        EMULATOR=$emulator test_cpu i386 i386 i386-linux-gnu 'gcc -m32' -DCMAKE_C_FLAGS=-m32
        unset LANEKDF_TEST_EMULATED
        ;;
    aarch64)
        EMULATOR=qemu-aarch64 LANEKDF_TEST_EMULATED=1 test_cpu aarch64 arm64 aarch64-linux-gnu \
            aarch64-linux-gnu-gcc ;;
    musl) test_musl ;;
    *)
        EMULATOR=qemu-$name LANEKDF_TEST_EMULATED=1 test_cpu "$name" "$name" "$name-linux-gnu" \
            "$name-linux-gnu-gcc" ;;
    esac
done
echo
echo "$n_passed passed, $n_failed failed, $n_stopped did not end, $n_skipped skipped," \
    "in $((SECONDS / 60)) min $((SECONDS % 60)) s"
[[ $((n_failed + n_stopped)) -eq 0 ]] || exit 1
[[ $n_passed -gt 0 ]] || exit 77
