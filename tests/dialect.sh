#!/usr/bin/env bash
# Usage: tests/dialect.sh [FOLDER]
#
# The dialect of CONTRIBUTING.md, as far as a tool can see it, in the tree of FOLDER (default: this one).
# clang-format 16 or later judges the layout, grep the rest.
# Catches: a file that was not formatted, and a second way to write what is written everywhere in one way.
# Exit status 77: there is no such clang-format, and the rest is right.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

failed=0
# refuse RULE LINES: the lines that break the rule, if there are any
refuse() {
    [[ -n $2 ]] || return 0
    echo "FAILED: $1"
    sed 's/^/    /' <<<"$2"
    failed=1
}

# files REGEX: the files of the tree with such names, without what was built and without data
files() {
    find . \( -path './.*' -o -path './build*' -o -name __pycache__ -o -name golden \) -prune -o \
        -type f -print | sed 's|^\./||' | grep -E "$1" | sort
}

c=$(files '\.(c|h|cc|cpp)$')

# in_c REGEX: file:line:text of the lines of C and C++ that match, comments left out
in_c() { grep -nHE "$1" $c | grep -vE '^[^:]*:[0-9]*: *(/?\*|//)' || true; }

refuse 'sizeof has parentheses: sizeof(x)' "$(in_c '\bsizeof +[^( ][^/]*$')"
refuse '== NULL stands nowhere: if (!p)' "$(in_c '== *NULL\b|\bNULL *(==|!=)')"
refuse '!= NULL makes a truth value of a pointer, and stands in no condition: if (p)' \
    "$(in_c '!= NULL( (&&|\|\||\?)|\) \{)|(&&|\|\|) [^(),;=]*!= NULL')"

# A new kind must not be taken for another one in silence: a default says on its line why it may take any.
refuse 'a switch over kinds has no default, or one that says why it may take a new kind' "$(
    awk '/switch \(.*kind\) \{/ { inside = 1 } /^}/ { inside = 0 }
        inside && /default:$/ { print FILENAME ":" FNR ":" $0 }' $c
)"

# wide_lines FILE...: lines of more than 110 columns. Tables may be wider: what stands between "clang-format off"
# and "on", rows of Markdown, pictures and lines with an address.
wide_lines() {
    local file
    for file in $(grep -lE '^.{111}' "$@"); do
        sed '/clang-format off/,/clang-format on/s/.*//' "$file" | grep -nE '^.{111}' |
            grep -vE '://|^[0-9]*:(\||!\[)' | sed "s|^|$file:|" || true
    done
}
refuse 'a line has 110 columns at most' \
    "$(wide_lines $(files '\.(c|h|S|cc|cpp|inc|py|sh|md|scd|cmake)$|(^|/)CMakeLists\.txt$'))"

[[ $failed -eq 0 ]] || exit 1

# The name without a version is that of an older one in Debian 12.
for formatter in clang-format-16 clang-format clang-format-{17..30} ''; do
    version=$("$formatter" --version 2>/dev/null | sed -nE 's/.*version ([0-9]+).*/\1/p') || true
    [[ ${version:-0} -lt 16 ]] || break
done
if [[ -z $formatter ]]; then
    echo "skipped: there is no clang-format 16 or later; what grep sees is right"
    exit 77
fi
if ! "$formatter" --dry-run -Werror $c 2>&1 | head -100; then
    echo "FAILED: that is not the layout of .clang-format; $formatter -i FILE... makes it"
    exit 1
fi
echo "one dialect in $(wc -w <<<"$c") files of C and C++"
