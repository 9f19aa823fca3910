# shellcheck shell=bash
# Sourced by scripts that run ctest, with --output-junit tests.xml in the folder of the build: what came of
# such a run.

# ctest_number BUILD ATTRIBUTE: a number that ctest counted: tests, failures, skipped or disabled
ctest_number() {
    local value
    value=$(grep -A8 -m1 '<testsuite' "$1/tests.xml" | tr '\n' ' ' |
        sed -nE "s/.*[[:space:]]$2=\"([0-9]+)\".*/\1/p")
    echo "${value:-0}"
}

# ctest_reasons BUILD: why tests, or parts of them, were skipped, a line for each reason. The log has all that
# tests print; tests.xml has the first bytes of it.
ctest_reasons() {
    sed -n 's/^\(\[ *\)*\(skipped: .*\)/\2/p' "$1/Testing/Temporary/LastTest.log" | sort -u
}

# ctest_n_partly BUILD: how many tests passed and left out a part. Of a test that was skipped as a whole the
# log says that it passed, and tests.xml that it did not run.
ctest_n_partly() {
    awk '
        FNR == NR {
            if (/<testcase / && !/ status="run"/ && match($0, / name="[^"]*"/)) {
                did_not_run[substr($0, RSTART + 7, RLENGTH - 8)] = 1
            }
            next
        }
        /^[0-9]+\/[0-9]+ Testing: / { name = $3; left_out = 0 }
        /^(\[ *)*skipped: / { left_out = 1 }
        /^Test Passed\.$/ && left_out && !(name in did_not_run) { n++ }
        END { print n + 0 }' "$1/tests.xml" "$1/Testing/Temporary/LastTest.log"
}
