#!/usr/bin/env bash
# Usage: tests/hardening.sh PATH/TO/lanekdf BUILD_TYPE
#
# The protections of the command that its build asks compiler and linker for, as they are in the program: it
# may lie anywhere (PIE), its tables of addresses are read-only once it runs (RELRO, BIND_NOW), its stack has
# no code and cannot jump over a guard page, and functions of the C library check the lengths of buffers.
#
# Whether there is control-flow enforcement (CET) is up to whoever builds, with -fcf-protection=full, which
# the compilers of some distributions have by default: every object has to say that it is fit for it, or the
# whole program is not. The compiler says so of C; here the files in assembler are built that way, put
# together, and asked.
#
# Catches: an option that a change of the build, or a part linked in, has taken away; a file in assembler that
# lacks the note of CET, has a function that an indirect call may not reach, or one at which backtraces end.
# Exit status 77: readelf is missing.
set -euo pipefail
export LC_ALL=C
program=$1 build_type=$2

. "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
need readelf objdump nm
headers=$(readelf -hlW "$program") dynamic=$(readelf -dW "$program")
is_sanitized=false
! grep -q __asan_init <<<"$(nm "$program")" || is_sanitized=true

if $is_sanitized; then
    echo "skipped: with AddressSanitizer the program lies at a fixed place; PIE is looked for in other builds"
else
    expect 'PIE: the program is position-independent' "$headers" '^ *Type: +DYN'
fi
expect 'RELRO: a segment is read-only after relocation' "$headers" '^ *GNU_RELRO'
expect 'BIND_NOW: all symbols are bound at start' "$dynamic" '\(FLAGS_1\).*NOW'
expect 'the stack holds no code' "$headers" '^ *GNU_STACK .* RW +0x'
if [[ $build_type != Debug ]] && ! $is_sanitized; then
    expect 'fortified functions of the C library' "$(nm -D "$program")" ' __[a-z]+_chk'
fi
# A function with a large frame touches each page of it in turn.
if [[ $(uname -m) == x86_64 ]] && ! $is_sanitized; then
    expect 'stack-clash protection' "$(objdump -d --no-show-raw-insn "$program")" 'sub +\$0x1000,%rsp'
fi

build=$(dirname "$program")/..
assembler=("$(dirname "${BASH_SOURCE[0]}")"/../simd/*.S "$build"/simd/*.S)
if [[ $(uname -m) == x86_64 ]]; then
    [[ ${#assembler[@]} -ge 9 ]] || { echo "FAILED: files in assembler are not where they were"; exit 1; }
    folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
    cc -fcf-protection=full -r -nostdlib -o "$folder/assembler.o" "${assembler[@]}"
    expect 'CET: files in assembler have its note' "$(readelf -nW "$folder/assembler.o")" 'IBT, SHSTK'
    functions=$(nm "$folder/assembler.o" | grep -c ' T ')
    fit=$(objdump -d --no-show-raw-insn "$folder/assembler.o" | grep -A1 '>:$' | grep -c endbr64)
    [[ $functions -gt 0 && $functions -eq $fit ]] ||
        { echo "FAILED: CET: $fit of $functions functions in assembler begin with endbr64"; failed=1; }
    # simd/sha512_bmi2_pairs.inc says why its functions have none.
    described=$(readelf --debug-dump=frames "$folder/assembler.o" 2>/dev/null | grep -c ' FDE ')
    # The distance from the caller's frame changes with each of these instructions, and not behind several.
    for file in "${assembler[@]}"; do
        awk -v file="$(basename "$file")" '
            moves && !/\.cfi_adjust_cfa_offset/ {
                print "FAILED: " file ": " line " has no line of CFI"
                bad = 1
            }
            { moves = /^ *(push|pop|save|restore) / || /^ *(add|sub|and) rsp,/; line = $0 }
            /^ *(save|restore) / { moves = 0 } # the macros have it
            END { exit bad }' "$file" || failed=1
    done
    pairs='sha512_bmi2_(avx2_compress_block|avx2_blocks|avx512vl_blocks)'
    without=$(nm "$folder/assembler.o" | grep -cE " T $pairs\$")
    [[ $((described + without)) -eq $functions ]] ||
        { echo "FAILED: $described of $functions functions in assembler say where callers are"; failed=1; }
fi
[[ $failed -eq 0 ]] || exit 1
echo "the command has all protections that its build asks for"
