#!/usr/bin/env bash
# Usage: tests/private_names.sh NM LIBRARY LIST
#
# NM shows that every global symbol of the static LIBRARY begins with lanekdf_, so that no name of a user's
# program can be the same, and that LIST, the header which sees to it, lists nothing else.
# Catches: a function without a line there; a line that outlived its function.
set -euo pipefail
export LC_ALL=C
nm=$1 library=$2 list=$3
failed=0

symbols=$("$nm" --extern-only --defined-only "$library" | awk 'NF == 3 { print $3 }' |
    grep -v '^__' | # the compiler's own, for sanitizers and coverage
    sort -u)
grep -qxE "lanekdf_(derive_one|provider_init)" <<<"$symbols" ||
    { echo "FAILED: $nm shows no symbols of $library"; exit 1; }

for symbol in $(grep -v '^lanekdf_' <<<"$symbols"); do
    echo "FAILED: $symbol is global and has no prefix. Make it static, or add to $list:"
    echo "#define $symbol lanekdf_$symbol"
    failed=1
done

# Elsewhere than on x86-64 most kernels are not built.
if grep -qxE 'lanekdf_(sha256_shani|provider_init)' <<<"$symbols"; then
    for line in $(sed -n 's/^#define \([a-z].*\) \(.*\)/\1=\2/p' "$list"); do
        if [[ ${line#*=} != "lanekdf_${line%=*}" ]] || ! grep -qx "${line#*=}" <<<"$symbols"; then
            echo "FAILED: $list: the library has no symbol ${line#*=} of ${line%=*}"
            failed=1
        fi
    done
fi
exit $failed
