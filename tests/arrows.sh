#!/usr/bin/env bash
# The arrows between the parts, as includes and file names show them; the build enforces
# most of this with private include folders, and this says which line is wrong.
#
#   cli, bench, tests -> lanekdf.h        engine -> simd.h        simd -> nothing
set -euo pipefail
export LC_ALL=C
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

failed=0
fail() {
    echo "FAILED: $1"
    sed 's/^/    /' <<<"$2"
    failed=1
}

files=$(find . \( -path './.*' -o -path './build*' -o -name __pycache__ \) -prune -o -type f -print | sed 's|^\./||' | sort)

# includes FOLDER: what its sources include, as file:line:"header" or file:line:<header>
includes() {
    grep -nHE '^[[:space:]]*#[[:space:]]*include' $(grep -E "^$1/.*\.(c|h|S|cc|cpp|hpp)$" <<<"$files") |
        sed -E 's|^([^:]+:[0-9]+):[^"<]*(["<][^">]*[">]).*|\1:\2|'
}

# only FOLDER 'header...': quoted includes are headers of the folder itself or these
only() {
    local folder=$1 own others wrong
    own=$(grep "^$folder/" <<<"$files" | sed 's|.*/||')
    others=$(tr ' ' '\n' <<<"$2")
    wrong=$(includes "$folder" | grep '"' | awk -F'"' -v allowed="$own"$'\n'"$others" '
        BEGIN { n = split(allowed, list, "\n"); for (i = 1; i <= n; i++) is[list[i]] = 1 }
        !($2 in is)' || true)
    [[ -z $wrong ]] || fail "$folder may include its own headers and: ${2:-no others}" "$wrong"
}

only simd ''
only engine 'simd.h'
only cli 'lanekdf.h'
# room ROOM SEEN...: a folder of the command sees lanekdf.h, its own headers and those of the rooms named.
room() {
    local seen allowed=lanekdf.h
    for seen in "${@:2}"; do
        allowed+=" $(grep -E "^cli/$seen/.*\.h$" <<<"$files" | sed 's|.*/||' | tr '\n' ' ')"
    done
    only "cli/$1" "$allowed"
}
room io
room lines io
room captures io lines
room explain io lines
room commands io lines captures explain
wrong=$(grep -E '^cli/' <<<"$files" | grep -vE '^cli/(io|lines|captures|explain|commands)/|^cli/(CMakeLists\.txt|lanekdf\.1\.scd)$' || true)
[[ -z $wrong ]] || fail "the command's sources are in its rooms" "$wrong"
only bench 'lanekdf.h simd.h sample_program.h reference.h context.h'
# Tests look into the engine and the kernels, never into the programs built on them.
only tests "lanekdf.h $(grep -E '^(engine|simd)/.*\.h$' <<<"$files" | sed 's|.*/||' | tr '\n' ' ')"

for folder in simd engine cli bench tests; do
    wrong=$(includes $folder | grep '"[^"]*/' || true)
    [[ -z $wrong ]] || fail "$folder: a quoted include names a file, not a path" "$wrong"
done

# The library needs nothing but libc and the compiler's own headers.
libc='assert|cet|cpuid|errno|immintrin|inttypes|limits|pthread|sched|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|sys/auxv|sys/mman|time|unistd'
for folder in simd engine; do
    wrong=$(includes $folder | grep '<' | grep -vE ":<($libc)\.h>$" || true)
    [[ -z $wrong ]] || fail "$folder includes nothing beyond libc and its own" "$wrong"
done
wrong=$(includes engine | grep '^engine/lanekdf\.h:' | grep -vE '<(stddef|stdint)\.h>$' || true)
[[ -z $wrong ]] || fail "lanekdf.h stands alone" "$wrong"
wrong=$(includes cli | grep -E '<(openssl|benchmark|cmocka|ipsec-mb|intel-ipsec-mb)' |
    grep -v '^cli/captures/record_ciphers_libcrypto\.c:' || true)
[[ -z $wrong ]] || fail "of the libraries of the tests and benches, the command uses libcrypto for recorded records" "$wrong"

# Names. The vectors keep those of their sources; documents and CMake's files have theirs.
names=$(grep -vE '^tests/vectors/|(^|/)(README|LICENSE|CHANGELOG|CONTRIBUTING)(\.md)?$|(^|/)run\.sh$|\.cmake(\.in)?$|(^|/)CMake[A-Za-z]*\.(txt|json)$' \
    <<<"$files")
wrong=$(sed 's|.*/||' <<<"$names" | sort | uniq -d)
[[ -z $wrong ]] || fail "file names are unique in the tree" "$(grep -E "/($(paste -sd'|' <<<"$wrong"))$" <<<"$names")"
wrong=$(grep -vE '(^|/)[a-z0-9]+(_[a-z0-9]+)*(\.[a-z0-9]+|\.S)*$' <<<"$names" || true)
[[ -z $wrong ]] || fail "file names are snake_case" "$wrong"

[[ $failed -ne 0 ]] || echo "all arrows point the right way"
exit $failed
