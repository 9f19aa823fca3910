#!/usr/bin/env bash
# code_size.sh OBJECT...: the objects of simd/. What stands between two calls of a kernel's
# arithmetic should stay in the operation cache with it: a kernel and its driver, all that
# a batch runs most of its time in, are under 28 KB.
# Catches: a kernel unrolled beyond that, which runs at half speed on some CPUs.
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
