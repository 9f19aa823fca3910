# shellcheck shell=bash disable=SC2034
# Sourced by tests that look at what a program or a library is made of.

# need PROGRAM...: ends the test, as skipped, where one of these is missing
need() {
    local program
    for program; do
        command -v "$program" >/dev/null || { echo "skipped: $program is not installed"; exit 77; }
    done
}

failed=0
# expect WHAT TEXT REGEX: the text has a line that matches, or the test has failed, and goes on
expect() {
    grep -qE "$3" <<<"$2" && return
    echo "FAILED: $1"
    failed=1
}
