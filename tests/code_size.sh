#!/usr/bin/env bash
# Usage: tests/code_size.sh OBJECT...
#
# The objects are those of simd/. A kernel, with the functions that call its arithmetic, should fit into the
# CPU's cache of decoded instructions, since a batch spends most of its time there: it has less than 28 KB of
# code.
# Catches: a kernel that is unrolled beyond that, and runs at half its speed on some CPUs.
set -euo pipefail
limit=28672 status=0

declare -A bytes
for object in "$@"; do
    name=$(basename "$object") name=${name%%.*}
    [[ $name == sha* || $name == md5* ]] || continue
    text=$(size "$object" | awk 'NR == 2 { print $1 }')
    bytes[$name]=$((${bytes[$name]:-0} + text))
done
((${#bytes[@]} > 0)) || { echo "no kernel among the objects" >&2; exit 1; }
for name in "${!bytes[@]}"; do
    printf '%-24s %6d bytes\n' "$name" "${bytes[$name]}"
    ((bytes[$name] < limit)) || { echo "$name: more than $limit bytes of code" >&2; status=1; }
done
exit $status
