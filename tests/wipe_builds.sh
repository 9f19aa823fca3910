#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/wipe_builds.sh [PATTERN]

Where a compiler lays its frames out in another way, other bytes lie next to
what is wiped. So the library is built with gcc and clang, with every level of
optimisation and with link-time optimisation, with and without frame pointers
and stack protector; and in each build nothing_left looks for secrets on the
dead stack, and wiped_stack for frames that are not within what is wiped.

A build has the name of its compiler and options, as
"gcc -Os -fomit-frame-pointer -fno-stack-protector". With a PATTERN, a regular
expression, those that it matches are tested, on the default kernel and the
portable one alone. The exit status is 0 only if none failed, and 2 if the
PATTERN matches no name.
END
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage; exit 0; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pattern=${1-}
tests='^(nothing_left\.|wiped_stack)'
[[ -z $pattern ]] || tests='^(nothing_left\.(default|sha256_scalar)|wiped_stack)$'
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
n_passed=0 n_failed=0 n_skipped=0

skip() {
    echo "skipped: $1: $2"
    n_skipped=$((n_skipped + 1))
}

# test_build COMPILER OPTIONS
test_build() {
    local compiler=$1 options=$2 tests=$tests build=$temp/build archiver=()
    rm -rf "$build"
    if [[ $options == *-flto* ]]; then
        if ! echo 'int main(void) { return 0; }' | $compiler -flto -xc -o "$temp/lto" - 2>/dev/null; then
            skip "$compiler $options" "no linker here takes the objects of $compiler -flto"
            return
        fi
        tests=${tests/|wiped_stack/} # in which the linker replaces functions, unless they are inlined
        [[ $compiler != gcc ]] || archiver=(-DCMAKE_AR="$(command -v gcc-ar)" \
            -DCMAKE_RANLIB="$(command -v gcc-ranlib)")
        [[ $compiler != clang ]] || archiver=(-DCMAKE_AR="$(command -v llvm-ar || command -v llvm-ar-14)" \
            -DCMAKE_RANLIB="$(command -v llvm-ranlib || command -v llvm-ranlib-14)")
    fi
    if ! {
        cmake -S "$root" -B "$build" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=None \
            -DCMAKE_C_FLAGS="$options" -DLANEKDF_CLI=OFF -DLANEKDF_BENCH=OFF -DLANEKDF_PROVIDER=OFF \
            "${archiver[@]}" && cmake --build "$build" --parallel "$(nproc)" --target nothing_left wiped_stack
    } >"$temp/log" 2>&1; then
        tail -n 30 "$temp/log"
        echo "FAILED: $compiler $options: build"
        n_failed=$((n_failed + 1))
    elif ctest --test-dir "$build" --no-tests=error --output-on-failure --parallel "$(nproc)" -R "$tests" \
        >"$temp/log" 2>&1; then
        echo "passed: $compiler $options"
        n_passed=$((n_passed + 1))
    else
        grep -E 'eight bytes|down,|Failed|\[ +ERROR' "$temp/log"
        echo "FAILED: $compiler $options"
        n_failed=$((n_failed + 1))
    fi
}

for compiler in gcc clang; do
    for level in -O0 -Os -O2 -O3 '-O2 -flto'; do
        for frames in -fomit-frame-pointer -fno-omit-frame-pointer; do
            for protector in -fno-stack-protector -fstack-protector-all; do
                options="$level $frames $protector"
                [[ "$compiler $options" =~ $pattern ]] || continue
                if command -v $compiler >/dev/null; then
                    test_build $compiler "$options"
                else
                    skip "$compiler $options" "$compiler is not installed"
                fi
            done
        done
    done
done
if [[ $((n_passed + n_failed + n_skipped)) -eq 0 ]]; then
    echo "wipe_builds.sh: no build has a name that matches $pattern; see --help" >&2
    exit 2
fi
echo "$n_passed builds passed, $n_failed failed, $n_skipped skipped"
[[ $n_failed -eq 0 && $n_passed -gt 0 ]]
