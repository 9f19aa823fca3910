#!/usr/bin/env bash
set -euo pipefail

usage() {
    cat <<'END'
Usage: bash cli/install_command.sh [--prefix DIR] [--build DIR]

Builds the command lanekdf and installs it with its manual pages and the script of
its report: DIR/bin/lanekdf, DIR/share/man, DIR/share/lanekdf. Installs what is
missing for that (Debian, Ubuntu), or says what to type.

  --prefix DIR  default: /usr/local for root, else ~/.local
  --build DIR   where to build (default: build/command)
  --help        this text
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/command
if [[ $(id -u) -eq 0 ]]; then
    prefix=/usr/local
else
    prefix=${HOME:?is not set: choose a folder with --prefix}/.local
fi
while [[ $# -gt 0 ]]; do
    # --prefix=DIR is --prefix DIR.
    [[ $1 != --*=* ]] || set -- "${1%%=*}" "${1#*=}" "${@:2}"
    case $1 in
    --prefix | --build)
        [[ $# -ge 2 && -n $2 ]] || { echo "install_command.sh: $1 needs a folder; see --help" >&2; exit 2; }
        case $1 in
        --prefix) prefix=$(realpath -m -- "$2") ;;
        --build) build=$(realpath -m -- "$2") ;;
        esac
        shift
        ;;
    -h | --help) usage; exit 0 ;;
    *) echo "install_command.sh: unknown option $1; see --help" >&2; exit 2 ;;
    esac
    shift
done

# Whoever may not write there learns it before anything is built.
mkdir -p "$prefix/bin" 2>/dev/null || true
if [[ ! -w $prefix/bin ]]; then
    echo "install_command.sh: $prefix/bin cannot be written to: be root, or choose another --prefix" >&2
    exit 1
fi

. "$root/cmake/packages.sh"
# Without libcrypto the command cannot try secrets on what was recorded, without scdoc there are no manual
# pages, and without tshark it reads no captures.
need_packages g++ cmake make python3 libsimdjson-dev -- libssl-dev scdoc tshark

mkdir -p "$build"
echo "Building" >&2
if ! {
    cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" \
        -DLANEKDF_TESTS=OFF -DLANEKDF_BENCH=OFF -DLANEKDF_PROVIDER=OFF -DLANEKDF_MPI=OFF &&
        cmake --build "$build" --parallel "$(nproc)" &&
        cmake --install "$build" --component command
} >"$build/build.log" 2>&1; then
    cat "$build/build.log" >&2
    exit 1
fi

"$prefix/bin/lanekdf" --version
echo "Installed: $prefix/bin/lanekdf"
if [[ ! -e $prefix/share/man/man1/lanekdf.1 ]]; then
    echo "Without manual pages, since scdoc is not installed; lanekdf help serves, too"
elif command -v man >/dev/null; then
    echo "Manual pages: man lanekdf, man lanekdf-load, man lanekdf-vectors"
else
    echo "Manual pages: in $prefix/share/man; what shows them is in the package man-db"
fi
command -v tshark >/dev/null || echo "It reads no captures until tshark is installed"
case :$PATH: in
*":$prefix/bin:"*) ;;
*) printf 'Not on PATH yet: type\n    export PATH=%q:$PATH\n' "$prefix/bin" ;;
esac
