#!/usr/bin/env bash
# Usage: tests/provider_module.sh PATH/TO/lanekdf.so
#
# What servers load: its tables of addresses are read-only and bound when it is loaded, its stack holds no
# code, it exports its entry alone, and it asks for nothing that OpenSSL 3.0.0 does not have.
#
# Catches: an option that a change of the build has taken away; a function of a later OpenSSL, with which the
# module is passed over in silence where that one is missing; a symbol that another library could bind to.
# Exit status 77: readelf or nm is missing.
set -euo pipefail
export LC_ALL=C
module=$1

. "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
need readelf nm
headers=$(readelf -lW "$module") dynamic=$(readelf -dW "$module")
expect 'RELRO: a segment is read-only after relocation' "$headers" '^ *GNU_RELRO'
expect 'BIND_NOW: all symbols are bound at the start' "$dynamic" '\(FLAGS_1\).*NOW'
expect 'NODELETE: it stays in memory to the end' "$dynamic" '\(FLAGS_1\).*NODELETE'
expect 'the stack holds no code' "$headers" '^ *GNU_STACK .* RW +0x'

exported=$(nm -D --defined-only "$module" | sed 's/.* //')
[[ $exported == OSSL_provider_init ]] || { echo "FAILED: it exports $exported"; failed=1; }
later=$(nm -D --undefined-only --with-symbol-versions "$module" |
    sed -n '/@OPENSSL_3\.0\.0$/!s/.* \(.*@OPENSSL_\)/\1/p')
[[ -z $later ]] || { echo "FAILED: OpenSSL 3.0.0 does not have: $later"; failed=1; }
[[ $failed -eq 0 ]] || exit 1
echo "the module asks for OpenSSL 3.0.0 and exports its entry alone"
