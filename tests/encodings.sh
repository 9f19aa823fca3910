#!/usr/bin/env bash
# Usage: tests/encodings.sh PATH/TO/library-or-program
#
# The instructions of SHA-NI have no encoding of AVX. Some CPUs (Redwood Cove) take hundreds of cycles for
# each change between the two encodings as long as anything is in the upper part of a vector register. So a
# function that has both begins its rounds with those parts cleared: vzeroupper stands before the first one.
#
# Catches: a kernel whose rounds take forty times as long on such a CPU, which no other one would show.
# Exit status 77: objdump or readelf is missing, or there is no SHA-NI in this build.
set -euo pipefail
export LC_ALL=C

. "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
need readelf objdump
functions=$(readelf -sW "$1" | awk '$4 == "FUNC" { print $8 }')
found=$(objdump -d --no-show-raw-insn "$1" | awk -v list="$functions" '
    BEGIN { split(list, names, "\n"); for (i in names) is_function["<" names[i] ">:"] = 1 }
    function check() { if (has_rounds && has_avx) print was_cleared ? "cleared" : "FAILED:", name }
    /^[0-9a-f]+ <.*>:$/ && $2 in is_function {
        check(); name = $2; has_rounds = has_avx = is_cleared = was_cleared = 0; next
    }
    /\tvzeroupper/ { is_cleared = 1; next }
    /\tsha256rnds2/ { if (!has_rounds) was_cleared = is_cleared; has_rounds = 1 }
    /\tv[a-z]/ { has_avx = 1 }
    END { check() }')
[[ -n $found ]] || { echo "skipped: no function has SHA-NI beside AVX"; exit 77; }
echo "$found"
! grep -q '^FAILED' <<<"$found"
