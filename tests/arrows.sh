#!/usr/bin/env bash
# Usage: tests/arrows.sh [FOLDER]
#
# The arrows between the parts of FOLDER (default: this tree), as includes and file names show them. The build
# enforces most arrows with private include folders; this test says which line is wrong.
#
#   cli, load, bench, peers, provider, tests -> lanekdf.h        engine -> simd.h        simd -> nothing
#
# Catches: an include that points the wrong way, a library that a part must not need, a file name that is not
# unique or not in snake_case.
set -euo pipefail
export LC_ALL=C
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

failed=0
fail() {
    echo "FAILED: $1"
    sed 's/^/    /' <<<"$2"
    failed=1
}

files=$(find . \( -path './.*' -o -path './build*' -o -name __pycache__ \) -prune -o -type f -print |
    sed 's|^\./||' | sort)

# includes FOLDER: the headers that its sources include, as file:line:"header" or file:line:<header>
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

# headers FOLDER: the names of its headers
headers() {
    grep -E "^$1/.*\.h$" <<<"$files" | sed 's|.*/||' | tr '\n' ' '
}

only simd ''
only engine 'simd.h'
only cli "lanekdf.h $(headers peers) $(headers load)"
# room ROOM SEEN...: a folder of the command sees lanekdf.h, its own headers and those of the rooms named; and
# bench those of the peers, load and load_mpi those and the headers of the folder load.
room() {
    local seen allowed=lanekdf.h
    for seen in "${@:2}"; do
        allowed+=" $(headers "cli/$seen")"
    done
    [[ $1 != bench && $1 != load* ]] || allowed+=" $(headers peers)"
    [[ $1 != load* ]] || allowed+=" $(headers load)"
    only "cli/$1" "$allowed"
}
room io
room ciphers
room lines io ciphers
room captures io ciphers lines
room explain io lines
room bench io lines
room load io lines
room load_mpi io load
room commands io lines captures explain bench load
rooms='io|ciphers|lines|captures|explain|bench|load|load_mpi|commands'
wrong=$(grep -E '^cli/' <<<"$files" |
    grep -vE "^cli/(($rooms)/|(CMakeLists\.txt|install_command\.sh|lanekdf(|_load|_vectors)\.[15]\.scd)\$)" ||
    true)
[[ -z $wrong ]] || fail "the command's sources are in its rooms" "$wrong"
only provider 'lanekdf.h'
only peers 'lanekdf.h simd.h sample_program.h reference.h context.h'
only bench "lanekdf.h $(headers peers)"
only load "lanekdf.h $(headers peers)"
# Tests look into the engine and the kernels, never into the programs built on them.
only tests "lanekdf.h lanekdf_provider.h $(headers engine) $(headers simd)"

for folder in simd engine cli load provider peers bench tests; do
    wrong=$(includes $folder | grep '"[^"]*/' || true)
    [[ -z $wrong ]] || fail "$folder: a quoted include names a file, not a path" "$wrong"
done

# The library needs nothing but libc and the compiler's own headers.
libc='assert|cet|cpuid|errno|immintrin|inttypes|limits|pthread|sched|stdalign|stdarg|stdatomic|stdbool|stddef'
libc+='|stdint|stdio|stdlib|string|sys/auxv|sys/mman|time|unistd'
for folder in simd engine; do
    wrong=$(includes $folder | grep '<' | grep -vE ":<($libc)\.h>$" || true)
    [[ -z $wrong ]] || fail "$folder includes nothing beyond libc and its own" "$wrong"
done
wrong=$(includes provider | grep '<' | grep -vE ":<($libc|openssl/[a-z_]+)\.h>$" || true)
[[ -z $wrong ]] || fail "the provider includes nothing beyond libc, libcrypto and its own" "$wrong"
wrong=$(includes engine | grep '^engine/lanekdf\.h:' | grep -vE '<(stddef|stdint)\.h>$' || true)
[[ -z $wrong ]] || fail "lanekdf.h stands alone" "$wrong"
wrong=$(includes cli | grep -E '<(openssl|benchmark|cmocka|ipsec-mb|intel-ipsec-mb)' |
    grep -v '^cli/ciphers/record_ciphers_libcrypto\.c:' || true)
[[ -z $wrong ]] ||
    fail "the command uses libcrypto for recorded records, and no other library of tests and benches" "$wrong"

# Nothing but the program that is there for it needs MPI.
wrong=$(for folder in simd engine cli load provider peers bench tests; do includes $folder; done |
    grep '<mpi\.h>' | grep -v '^cli/load_mpi/mpi_fleet\.c:' || true)
[[ -z $wrong ]] || fail "cli/load_mpi/mpi_fleet.c alone uses MPI" "$wrong"

# Vectors keep the names that they have in their sources; documents and CMake's files have names of their own.
names=$(grep -vE '^tests/vectors/|\.cmake(\.in)?$|(^|/)CMake[A-Za-z]*\.(txt|json)$' <<<"$files" |
    grep -vE '(^|/)((README|LICENSE|CHANGELOG|CONTRIBUTING|SECURITY)(\.md)?|run\.sh)$')
wrong=$(sed 's|.*/||' <<<"$names" | sort | uniq -d)
[[ -z $wrong ]] ||
    fail "file names are unique in the tree" "$(grep -E "/($(paste -sd'|' <<<"$wrong"))$" <<<"$names")"
wrong=$(grep -vE '(^|/)[a-z0-9]+(_[a-z0-9]+)*(\.[a-z0-9]+|\.S)*$' <<<"$names" || true)
[[ -z $wrong ]] || fail "file names are snake_case" "$wrong"

[[ $failed -ne 0 ]] || echo "all arrows point the right way"
exit $failed
