#!/usr/bin/env bash
# README.md shows three examples, tests/example_one.c, example_batch.c and example_tls13.c, which the build
# compiles and ctest runs.
# Catches: an example in README.md that is not what was compiled and run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# block N: the Nth block of C in README.md
block() {
    awk -v n="$1" '/^```c$/ { inside = 1; seen++; next } /^```$/ { inside = 0 } inside && seen == n' README.md
}

failed=0
diff tests/example_one.c <(block 1) || failed=1
diff tests/example_batch.c <(block 2) || failed=1
diff tests/example_tls13.c <(block 3) || failed=1
if [[ $(grep -c '^```c$' README.md) -ne 3 ]]; then
    echo "README.md has another number of C examples than three: add the new one here"
    failed=1
fi
[[ $failed -ne 0 ]] || echo "README.md shows what is compiled and run"
exit $failed
