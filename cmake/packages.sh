# shellcheck shell=bash
# Sourced by bench/run.sh and tests/run.sh: installs the Debian packages that they
# need and that are missing, or says what to type.

. "$(dirname "${BASH_SOURCE[0]}")/progress.sh"

# need_packages package... [-- package...]: returns when those in front of the -- are installed. Ends the
# script if they are not and cannot be installed from here. Those behind it are installed if they can be, and
# else a sentence says that the script does without. Of NAME|OTHER the first that apt knows is meant. Does not
# touch apt if nothing is missing. What apt says is shown only if it fails.
need_packages() {
    local package needed=() wanted=() list=needed
    if ! command -v dpkg-query apt-get >/dev/null; then
        echo "This is no Debian or Ubuntu. Under Debian's names, these are needed: ${*/#--/; of use are:}" >&2
        return
    fi

    for package; do
        if [[ $package == -- ]]; then
            list=wanted
        elif ! any_is_installed "$package" && [[ $list == needed ]]; then
            needed+=("$package")
        elif ! any_is_installed "$package"; then
            wanted+=("$package")
        fi
    done
    [[ ${#needed[@]} -gt 0 || ${#wanted[@]} -gt 0 ]] || return 0

    local as_root=()
    if [[ $(id -u) -ne 0 ]]; then
        if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }; then
            as_root=(sudo)
        elif [[ ${#needed[@]} -gt 0 ]]; then
            echo "Packages are missing. As root, type:" >&2
            echo "    apt-get update && apt-get install --no-install-recommends ${needed[*]}" >&2
            [[ ${#wanted[@]} -eq 0 ]] || echo "These are of use, too: $(known "${wanted[@]}")" >&2
            exit 1
        else
            do_without "${wanted[@]}"
            echo "As root, to have them, too:" >&2
            echo "    apt-get update && apt-get install --no-install-recommends $(known "${wanted[@]}")" >&2
            return
        fi
    fi

    # The lists at hand may do, or a mirror may be away that is not needed.
    apt_get update </dev/null >/dev/null 2>&1 ||
        echo "apt-get update failed; trying with what is known" >&2
    if [[ ${#needed[@]} -gt 0 ]] && ! install_packages "${needed[@]}"; then
        echo "apt-get could not install: ${needed[*]}" >&2
        exit 1
    fi
    [[ ${#wanted[@]} -eq 0 ]] || install_packages $(known "${wanted[@]}") || do_without "${wanted[@]}"
}

# any_is_installed NAME|OTHER...
any_is_installed() {
    local package
    for package in ${1//|/ }; do
        # second letter of the status: installed, on hold or not
        [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) != ?i* ]] || return 0
    done
    return 1
}

# known NAME|OTHER...: of each the first that apt knows, else the last
known() {
    local names package found=()
    for names; do
        for package in ${names//|/ }; do
            ! apt-cache show "$package" >/dev/null 2>&1 || break
        done
        found+=("$package")
    done
    echo "${found[*]}"
}

do_without() {
    echo "Going on without these packages, which cannot be installed from here: $(known "$@")" >&2
}

# With the as_root of need_packages.
apt_get() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
        -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@"
}

install_packages() {
    local log status=0
    echo "Installing $*" >&2
    log=$(mktemp)
    if ! apt_get install -y --no-install-recommends -o APT::Status-Fd=1 "$@" </dev/null 2>&1 |
        progress_of_apt >>"$log"; then
        cat "$log" >&2
        status=1
    fi
    rm -f "$log"
    return $status
}

# The architecture under Debian's name, "" elsewhere: some packages exist for amd64 only.
debian_architecture() {
    dpkg --print-architecture 2>/dev/null || true
}
