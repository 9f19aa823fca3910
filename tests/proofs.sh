#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'END'
Usage: bash tests/proofs.sh [NAME...]

Proves with CBMC (Debian 13: the package cbmc) what the files of tests/proofs
say in their first lines, all of them or those that are named, and prints what
each took. The exit status is 1 if a proof fails, and 77 without CBMC.
END
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage; exit 0; }
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. cmake/packages.sh
need_packages gcc -- cbmc
if ! command -v cbmc >/dev/null; then
    echo "skipped: cbmc is not installed; Debian has it from version 13 on"
    exit 77
fi

if [[ $# -eq 0 ]]; then
    set -- tests/proofs/prove_*.c
    set -- "${@##*/}"
fi
failed=0
for name in "$@"; do
    file=tests/proofs/${name%.c}.c
    [[ -r $file ]] || { echo "proofs.sh: there is no $file" >&2; exit 2; }
    read -ra options <<<"$(sed -nE 's|^/\* cbmc: (.*) \*/$|\1|p' "$file")"
    began=$(date +%s)
    if text=$(cbmc -I engine -I simd -I tests/proofs --unwinding-assertions --no-standard-checks \
        --bounds-check --pointer-check --pointer-primitive-check --div-by-zero-check --signed-overflow-check \
        --undefined-shift-check "${options[@]}" "$file" 2>&1); then
        n=$(sed -nE 's/^\*\* 0 of ([0-9]+) failed.*/\1/p' <<<"$text")
        printf '%-24s proved: %s properties, %s s\n' "${name%.c}" "$n" $(($(date +%s) - began))
    else
        grep -E 'FAILURE|error|\*\* ' <<<"$text" | head -20
        printf '%-24s FAILED\n' "${name%.c}"
        failed=1
    fi
done
exit $failed
