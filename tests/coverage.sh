#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/coverage.sh [REGEX]

Builds lanekdf with counters, runs the tests, or those whose names REGEX
matches, and prints for each folder how many of its lines and branches they
reached. build/coverage/unreached.txt has the lines that none reached, and those
of which some branches were never taken; docs/security.md says why there are
any. Assembler has no counters. A part of a test that counts instructions,
measures the stack or runs out of memory may fail, since counters need all of
these. The exit status is 1 if anything else fails, and 2 if the tests could not
be run.
END
}

die() {
    echo "coverage.sh: $*" >&2
    exit 2
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage; exit 0; }
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. cmake/packages.sh
need_packages gcc g++ cmake make pkg-config libcmocka-dev libssl-dev libsimdjson-dev python3 gcovr -- tshark

# Without optimisation the tests of the engine take twenty minutes for each kernel.
build=build/coverage
counters='-O1 --coverage -fprofile-update=atomic'
mkdir -p "$build"
{
    gcc -DBUILD_FOLDER="\"$PWD/$build\"" -c -o "$build/coverage_exit.o" tests/coverage_exit.c &&
        cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Debug -DLANEKDF_TESTS=ON -DLANEKDF_BENCH=OFF \
            -DCMAKE_C_FLAGS="$counters" -DCMAKE_CXX_FLAGS="$counters" \
            -DCMAKE_EXE_LINKER_FLAGS="-Wl,--wrap=_exit $PWD/$build/coverage_exit.o" &&
        cmake --build "$build" --parallel "$(nproc)"
} >"$build/build.log" 2>&1 || { tail -n 30 "$build/build.log"; die "the build failed"; }

# Left out are tests that single-step, that measure time or the stack, and that list symbols, which would find
# the counters; and those that look at sources alone or make builds of their own, which count nothing here.
unfit='^(constant_time|instruction_counts|nothing_left)\.'
unfit+='|^(wiped_stack|provider_constant_time|same_plans|plans|private_names)'
unfit+='|^(arrows|dialect|readme_examples|install|subdirectory|i386)'
# The parts of tests that counters disturb.
disturbed='verified_jobs test_choice_is_cheap|judge test_stack_after_stages'
disturbed+='|kernels\.[a-z0-9_]+ stack_is_what_it_says|command_memory Failing\.[a-z_]+'

# failures LOG: of each test that failed a line for each part that did, "TEST PART", and one more for a test
# that has no parts or ended before it had counted them
failures() {
    awk '
        function finish() {
            if (failed && !is_whole) print name, "as a whole, or before its end"
            failed = is_whole = 0
        }
        /^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
            finish()
            name = $4
            failed = /\*\*\*/ && !/\*\*\*(Skipped|Not Run \(Disabled\))/
        }
        failed && /^\[  FAILED  \] [a-z_]/ && !seen[name, $4]++ { print name, $4 }
        failed && /^(FAIL|ERROR): / && match($0, /\(__main__\.[A-Za-z0-9_]+/) {
            print name, substr($0, RSTART + 10, RLENGTH - 10) "." $2
        }
        / FAILED TEST\(S\)$|^FAILED \(/ { is_whole = 1 }
        END { finish() }' "$1"
}

find "$build" -name '*.gcda' -delete
rm -f "$build/Testing/Temporary/LastTestsFailed.log"
ctest --test-dir "$build" --no-tests=error --parallel "$(nproc)" --timeout 1800 --output-on-failure \
    ${1:+--tests-regex "$1"} --exclude-regex "$unfit" >"$build/tests.log" 2>&1
status=$?
# ctest ends with 8 where tests failed, and writes their names, or leaves no such file.
[[ $status -eq 0 || ($status -eq 8 && -s $build/Testing/Temporary/LastTestsFailed.log) ]] ||
    { tail -n 5 "$build/tests.log"; die "ctest ended with $status: $build/tests.log"; }
sed -n '/^[0-9]*% tests passed/p; /^The following tests FAILED/,/^Errors/p' "$build/tests.log"
failed=$(failures "$build/tests.log" | grep -vxE "$disturbed" | sed 's/^/FAILED: /')

gcovr --root . --filter '(engine|simd|provider|cli|load)/' --exclude-throw-branches \
    --exclude-unreachable-branches --json "$build/coverage.json" "$build" >"$build/gcovr.log" 2>&1 ||
    { tail -n 5 "$build/gcovr.log"; die "gcovr failed"; }
python3 - "$build/coverage.json" "$build/unreached.txt" <<'END' || die "gcovr wrote what this cannot read"
import collections, json, pathlib, sys

counts, unreached = collections.defaultdict(lambda: [0, 0, 0, 0]), []
for file in sorted(json.load(open(sys.argv[1]))["files"], key=lambda file: file["file"]):
    source = pathlib.Path(file["file"]).read_text().splitlines()
    for line in file["lines"]:
        if line["gcovr/noncode"]:
            continue
        branches = line["branches"]
        taken = sum(branch["count"] > 0 for branch in branches)
        folder = counts[file["file"].split("/")[0]]
        for i, count in enumerate((line["count"] > 0, 1, taken, len(branches))):
            folder[i] += count
        if not line["count"] or taken < len(branches):
            what = f"{taken} of {len(branches)} branches" if line["count"] else "not reached"
            unreached.append(f"{file['file']}:{line['line_number']}: {what}: "
                             f"{source[line['line_number'] - 1].strip()}")
print(f"{'':10}{'lines':>24}{'branches':>24}")
for name, (reached, lines, taken, branches) in sorted(counts.items()):
    print(f"{name:10}{reached:6} of {lines:5} ({100 * reached / lines:5.1f} %)"
          f"{taken:6} of {branches:5} ({100 * taken / branches:5.1f} %)")
pathlib.Path(sys.argv[2]).write_text("\n".join(unreached) + "\n")
END
[[ -z $failed ]] || { echo "$failed"; exit 1; }
