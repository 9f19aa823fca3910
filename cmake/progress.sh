# shellcheck shell=bash
# Sourced by packages.sh and, with it, by bench/run.sh: tells a user on standard error how much
# of something is done and how long the rest will take, on a terminal in one line that changes,
# elsewhere in a line now and then.

progress_seconds_between_lines=15

# duration SECONDS: as people say it
duration() {
    if [[ $1 -lt 60 ]]; then
        echo "$1 s"
    else
        echo "$(($1 / 60)) min $(($1 % 60)) s"
    fi
}

# progress_begin TITLE
progress_begin() {
    progress_title=$1 progress_began=$SECONDS progress_shown=$SECONDS progress_last=-1
}

# progress_at PERCENT: what make does in parallel ends in another order than it has numbers, and what is done
# stays done, so that a smaller number than before is not shown.
progress_at() {
    local line="$progress_title: $1 %" seconds=$((SECONDS - progress_began))
    if [[ -t 2 ]]; then
        [[ $1 -gt $progress_last ]] || return 0
    elif [[ $1 -lt $progress_last ]]; then
        return 0
    elif [[ $((SECONDS - progress_shown)) -lt $progress_seconds_between_lines ]]; then
        return 0
    fi
    # Of the first few percent nothing follows for the others.
    [[ $1 -lt 5 || $1 -ge 100 ]] || line+=", $(duration $((seconds * (100 - $1) / $1))) left"
    if [[ -t 2 ]]; then
        printf '\r\033[K%s' "$line" >&2
    else
        echo "$line" >&2
    fi
    progress_last=$1 progress_shown=$SECONDS
}

# Leaves no line behind on a terminal.
progress_end() {
    [[ ! -t 2 ]] || printf '\r\033[K' >&2
}

# progress_of_build TITLE: reads what make or ninja prints, and passes it on
progress_of_build() {
    local line
    progress_begin "$1"
    while IFS= read -r line; do
        printf '%s\n' "$line"
        if [[ $line =~ ^\[\ *([0-9]+)%\] ]]; then
            progress_at "${BASH_REMATCH[1]}"
        elif [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
            progress_at $((100 * BASH_REMATCH[1] / BASH_REMATCH[2]))
        fi
    done
    progress_end
}

# progress_of_apt: reads what apt-get prints with APT::Status-Fd=1, and passes on what is not about progress
progress_of_apt() {
    local line part previous=
    while IFS= read -r line; do
        if [[ $line =~ ^(dlstatus|pmstatus):[^:]*:([0-9]+) ]]; then
            part=Downloading
            [[ ${BASH_REMATCH[1]} != pmstatus ]] || part=Installing
            [[ $part == "$previous" ]] || progress_begin "$part"
            previous=$part
            progress_at "${BASH_REMATCH[2]}"
        else
            printf '%s\n' "$line"
        fi
    done
    progress_end
}
