#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/constant_time.sh [CALLS]

Looks for branches, addresses and times that depend on a secret, by every means
that there is, each of which must first find what is planted for it:

  traces           every kernel and all kinds of jobs, single-stepped twice
  MemorySanitizer  the kernels whose words are in general registers
  valgrind         every kernel whose instructions valgrind knows
  t-tests          whole calls, timed CALLS times each (default 1000000)

tests/run.sh has the first two. The exit status is 1 if anything was found.

On a machine with other load, single steps wait and times scatter. Traces and
t-tests run under the command that LANEKDF_TEST_UNDER has, which may be
"chrt -f 10 taskset -c 0".
END
}

case ${1:-1000000} in
-h | --help) usage; exit 0 ;;
*[!0-9]* | 0) echo "constant_time.sh: CALLS is a number; see --help" >&2; exit 2 ;;
esac
calls=${1:-1000000}
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. cmake/packages.sh
need_packages g++ cmake make pkg-config libcmocka-dev libssl-dev libsimdjson-dev python3 valgrind -- clang
clang=$(clang -dumpversion 2>/dev/null)
[[ -z $clang ]] || need_packages -- "libclang-rt-${clang%%.*}-dev"

failed=0
read -ra under <<<"${LANEKDF_TEST_UNDER:-}"
# check WHAT command...: prints the last line of what the command says
check() {
    local what=$1 text status
    shift
    text=$("$@" 2>&1)
    status=$?
    case $status in
    0) printf '%-46s passed: %s\n' "$what" "$(tail -n 1 <<<"$text")" ;;
    77) printf '%-46s skipped: %s\n' "$what" "$(sed -n 's/^skipped: //p' <<<"$text" | tail -n 1)" ;;
    *)
        echo "$text"
        printf '%-46s FAILED\n' "$what"
        failed=1
        ;;
    esac
}

build() {
    local preset=$1
    { cmake --preset "$preset" && cmake --build --preset "$preset" --parallel "$(nproc)" "${@:2}"; } \
        >/dev/null || exit 2
}

build release --target constant_time call_times
# The default and all kernels, each once: ctest has them for this program.
kernels=$(ctest --test-dir build/release --show-only | sed -n 's/.* constant_time\.//p')
[[ -n $kernels ]] || { echo "constant_time.sh: ctest has no kernels for constant_time" >&2; exit 2; }
for kernel in $kernels; do
    check "traces: $kernel" "${under[@]}" build/release/tests/constant_time "$kernel"
done
if echo 'int main(void) { return 0; }' | clang -fsanitize=memory -xc -o /dev/null - 2>/dev/null; then
    build memory
    for kernel in sha256_scalar sha512_scalar sha512_bmi2 md5_scalar sha1_scalar; do
        check "MemorySanitizer: $kernel" build/memory/tests/constant_time "$kernel"
    done
else
    echo "skipped: MemorySanitizer, since clang with its run-time library is not installed"
fi
for kernel in $kernels; do
    check "valgrind: $kernel" valgrind -q build/release/tests/constant_time "$kernel"
done
"${under[@]}" build/release/tests/call_times "$calls" || failed=1
exit $failed
