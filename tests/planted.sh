#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/planted.sh [FAULT...]

Shows that the tools find what they are for. Each fault is planted by itself in
a copy of the tree, in build/planted, and the tool that must find it runs there
for two minutes or five million derivations at most. The exit status is 1 if a
fault is not found. The faults are

END
    each_fault describe
}

# each_fault FUNCTION: calls it for each fault with a name, what it is, the tool that must find it with its
# arguments, a file, and what sed does to the file.
each_fault() {
    "$1" label 'a flipped bit of a label' 'fuzz.sh 2 jobs' \
        engine/tls.c 's/TEXT("key expansion")/TEXT("jey expansion")/'
    "$1" constant 'a bound of a constant, one too many' 'fuzz.sh 2 formulas' \
        engine/graph.c 's/at - head < m->constant_len/at - head <= m->constant_len/'
    "$1" digits 'a bound of the reader, one too few' 'fuzz.sh 2 lines' \
        cli/io/hex.c 's/n >= 8; n -= 8, bytes += 8, digits/n >= 7; n -= 8, bytes += 8, digits/'
    "$1" id 'a length in a key log that is not checked' 'fuzz.sh 2 captures' \
        cli/captures/key_log_text.c 's/ || entry.id_len > kinds\[kind\].max_id_len ||/ ||/'
    "$1" sum 'one sum in 131,072 of one kernel' 'soak.sh 5000000' \
        simd/sha256_scalar.c 's/state\[i\] + change\[i\];/state[i] + change[i] + (change[7] >> 12 == i);/'
}

describe() { printf '  %-9s %-42s tests/%s\n' "$1" "$2" "$3"; }

die() {
    echo "planted.sh: $*" >&2
    exit 2
}

wanted=" $* " tree=build/planted failed=0 n=0
plant() {
    local name=$1 what=$2 file=$4 began=$SECONDS command status
    [[ -z ${wanted// /} || $wanted == *" $name "* ]] || return
    n=$((n + 1))
    sed "$5" "$file" >"$tree/$file"
    ! cmp -s "$file" "$tree/$file" || die "what $name changes is in no line of $file"
    read -ra command <<<"$3"
    (cd "$tree" && bash "tests/${command[0]}" "${command[@]:1}") >"$tree/$name.log" 2>&1
    status=$?
    cp "$file" "$tree/$file"
    if [[ $status -eq 1 ]]; then
        echo "$name: $what: found by tests/$3, with its build in $((SECONDS - began)) s"
    else
        echo "$name: $what: NOT FOUND by tests/$3, whose status is $status; see $tree/$name.log"
        failed=1
    fi
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage; exit 0; }
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
mkdir -p "$tree"
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$tree" || die "the tree could not be copied"
each_fault plant
[[ $n -gt 0 ]] || die "there is no such fault; see --help"
exit $failed
