#!/usr/bin/env bash
set -uo pipefail
export LC_ALL=C

usage() {
    cat <<'END'
Usage: bash tests/analyze.sh [gcc|clang]

Looks for errors in simd, engine, provider, load and cli without running them,
with the static analyzers of gcc (-fanalyzer, C alone) and clang.

A finding is printed unless tests/analyze_answers.txt has it, where each stands
behind the reason why it is none, and then the exit status is 1. An answer to what
an analyzer that ran did not find is printed, too: some findings depend on the
version of a library, whose headers the analyzer reads.
END
}

die() {
    echo "analyze.sh: $*" >&2
    exit 2
}

case ${1:-} in
-h | --help) usage; exit 0 ;;
'') tools=(gcc clang) ;;
gcc | clang) tools=("$1") ;;
*) die "no analyzer $1; see --help" ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. cmake/packages.sh
need_packages gcc g++ cmake make pkg-config libssl-dev libsimdjson-dev python3 "${tools[@]}"
build=build/analyze
mkdir -p "$build"
cmake --preset debug -B "$build" -DLANEKDF_TESTS=OFF -DLANEKDF_BENCH=OFF -DLANEKDF_PROVIDER=ON \
    >"$build/configure.log" 2>&1 || { cat "$build/configure.log"; die "the build could not be configured"; }

# Lines "FILE OPTION...", as xargs reads them: files with the options that they are compiled with, but for
# warnings.
python3 - "$build/compile_commands.json" >"$build/files" <<'END' || die "no files"
import json, os, shlex, sys

for entry in json.load(open(sys.argv[1])):
    file = os.path.relpath(entry["file"])
    if file.endswith((".c", ".cc")) and file.split("/")[0] in ("simd", "engine", "provider", "load", "cli"):
        words = shlex.split(entry["command"])[1:]
        for option in "-o", "-c":
            at = words.index(option)
            del words[at:at + 2]
        print(shlex.join([file] + [word for word in words if word != "-g" and not word.startswith("-W")]))
END

# analyze TOOL FILE OPTION...: what the tool says of a file
analyze() {
    local tool=$1 file=$2
    shift 2
    if [[ $tool == clang ]]; then
        clang "$@" -w --analyze --analyzer-output text "$file"
    elif [[ $file == *.c ]]; then
        gcc "$@" -O2 -fanalyzer -fdiagnostics-plain-output -c -o /dev/null "$file"
    fi || echo "$file:0:0: warning: $tool failed"
}
export -f analyze

# findings TOOL: sorted lines "TOOL FILE: WHAT", without the numbers of lines, which change
findings() {
    xargs -a "$build/files" -P "$(nproc)" -L 1 bash -c 'analyze "$@" 2>&1' analyze "$1" >"$build/$1.log"
    sed -nE "s|^$PWD/||; s/^([^: ]+):[0-9]+:[0-9]+: warning: /$1 \1: /p" "$build/$1.log" | sort -u
}

failed=0
for tool in "${tools[@]}"; do
    began=$SECONDS
    findings "$tool" >"$build/found"
    grep "^$tool " tests/analyze_answers.txt | sort -u >"$build/answered"
    comm -23 "$build/found" "$build/answered" | sed 's/^/NEW: /' | grep . && failed=1
    comm -13 "$build/found" "$build/answered" | sed 's/^/NOT FOUND HERE: /'
    echo "$("$tool" --version | head -1): $(wc -l <"$build/files") files in $((SECONDS - began)) s," \
        "$(wc -l <"$build/found") findings, $(comm -12 "$build/found" "$build/answered" | wc -l) answered"
done
exit $failed
