#!/usr/bin/env bash
set -euo pipefail

usage() {
    cat <<'END'
Usage: bash tests/load_long.sh [--build DIR]

What lanekdf load promises and takes too long for tests/run.sh, about half an hour on
a machine that is shared: with ten million arrivals a run agrees with theory, the loop
itself costs little, searches agree with each other beside another process, and
holding handshakes back gains nothing. Figures are printed; docs/latency.md has them.

  --build DIR  where lanekdf is built (default: build/release)
END
}

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/release
case ${1:-} in
'') ;;
--build) build=${2:?--build needs a folder} ;;
--help)
    usage
    exit 0
    ;;
*)
    usage >&2
    exit 2
    ;;
esac
status=0
python3 -B "$root/tests/command_load.py" "$build/cli/lanekdf" Theory --long || status=1
python3 -B "$root/tests/load_long.py" "$build/cli/lanekdf" || status=1
exit $status
