# shellcheck shell=bash
# Sourced by bench/run.sh and tests/run.sh: installs the Debian packages that they
# need and that are missing, or says what to type.

. "$(dirname "${BASH_SOURCE[0]}")/progress.sh"

# need_packages package...: returns when all are installed. Ends the script if they
# are not and cannot be installed from here. Does not touch apt if nothing is missing.
# What apt says is shown only if it fails.
need_packages() {
    if ! command -v dpkg-query apt-get >/dev/null; then
        echo "This is no Debian or Ubuntu. Needed here, under Debian's names: $*" >&2
        return
    fi

    local package missing=()
    for package; do
        # second letter of the status: installed, on hold or not
        [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ?i* ]] || missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0

    local as_root=()
    if [[ $(id -u) -ne 0 ]]; then
        if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }; then
            as_root=(sudo)
        else
            echo "Packages are missing. As root, type:" >&2
            echo "    apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
            exit 1
        fi
    fi

    echo "Installing ${missing[*]}" >&2
    local log apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
    log=$(mktemp)
    # The lists at hand may do, or a mirror may be away that is not needed.
    "${apt_get[@]}" update </dev/null >"$log" 2>&1 ||
        echo "apt-get update failed; trying with what is known" >&2
    if ! "${apt_get[@]}" install -y --no-install-recommends -o APT::Status-Fd=1 "${missing[@]}" \
        </dev/null 2>&1 | progress_of_apt >>"$log"; then
        cat "$log" >&2
        rm -f "$log"
        echo "apt-get could not install: ${missing[*]}" >&2
        exit 1
    fi
    rm -f "$log"
}

# The architecture under Debian's name, "" elsewhere: some packages exist for amd64 only.
debian_architecture() {
    dpkg --print-architecture 2>/dev/null || true
}
