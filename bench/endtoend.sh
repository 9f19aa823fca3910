#!/usr/bin/env bash
set -euo pipefail
export LC_ALL=C.UTF-8 # decimal points everywhere

usage() {
    cat <<'END'
Usage: bash bench/endtoend.sh [--quick | --smoke] [--out DIR]

Measures what the provider for OpenSSL 3 saves on this machine. First the CPU
time of whole TLS handshakes by libssl, server and client in memory: with
OpenSSL's own key derivation, with lanekdf, and with a provider that hashes
nothing, which is as far as any could get, the bound. Then the records of CBC
suites. Then the CPU time of nginx and of HAProxy for each connection of a
client on loopback that resumes, kernel and TCP included. Last the parts of one
call.

Installs what is missing (Debian, Ubuntu), builds, and runs for two and a half
minutes on an idle machine. nginx and HAProxy are not installed, because Debian
would start them as services; one that is missing is reported as skipped. One
that starts, but not with the module, is reported at once, and makes the exit
status 1. Prints tables, and writes them to endtoend.txt.

  --quick         runs for less than a minute, less exactly
  --smoke         runs for some seconds: shows that all of it works, and no more
  --out DIR       where endtoend.txt goes (default: build/bench)
  --help          this text
END
}

command="bash bench/endtoend.sh${*:+ $(printf '%q ' "$@")}"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/bench
out=$build
# Seconds in memory, seconds for each row of a server, samples of a call.
in_memory=80 per_server=20 calls=10000
while [[ $# -gt 0 ]]; do
    # --out=DIR is --out DIR.
    [[ $1 != --*=* ]] || set -- "${1%%=*}" "${1#*=}" "${@:2}"
    case $1 in
    --quick) in_memory=10 per_server=3 calls=2000 ;;
    --smoke) in_memory=1 per_server=1 calls=100 ;;
    --out)
        [[ $# -ge 2 ]] || { echo "endtoend.sh: --out needs a value; see --help" >&2; exit 2; }
        out=$2
        shift
        ;;
    -h | --help) usage; exit 0 ;;
    *) echo "endtoend.sh: unknown option $1; see --help" >&2; exit 2 ;;
    esac
    shift
done

. "$root/cmake/packages.sh"
need_packages g++ cmake make pkg-config libssl-dev libbenchmark-dev openssl procps python3

mkdir -p "$build" "$out"
if [[ ! -w $build || (-e $build/CMakeCache.txt && ! -w $build/CMakeCache.txt) ]]; then
    echo "endtoend.sh: $build belongs to another user, root perhaps: remove it" >&2
    exit 1
fi
echo "Building" >&2
if ! { cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLANEKDF_CLI=OFF -DLANEKDF_TESTS=OFF \
    -DLANEKDF_BENCH=ON -DLANEKDF_PROVIDER=ON &&
    cmake --build "$build" --parallel "$(nproc)" --target endtoend; } 2>&1 |
    progress_of_build Building >"$build/endtoend_build.log"; then
    cat "$build/endtoend_build.log" >&2
    exit 1
fi

# Of a user who is not root, Debian leaves the folder of servers out.
PATH=$PATH:/usr/sbin

# Servers and client run on one CPU, the last that this script was given, which they then keep warm and at one
# speed.
cpus=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
on_one_cpu=(taskset -c "${cpus##*[-,]}")
if ! "${on_one_cpu[@]}" true; then
    echo "endtoend.sh: servers and client are not kept on one CPU" >&2
    on_one_cpu=()
fi

measure() {
    "${on_one_cpu[@]}" "$build/bench/endtoend" \
        "$build/provider/lanekdf.so" "$build/bench/lanekdf_bound.so" "$@"
}

# ---- servers ----

variants=(openssl lanekdf bound)
folder=
n_failed=0

# shellcheck disable=SC2317 # called by trap
stop_servers() {
    local file
    for file in "$folder"/*.pid; do
        [[ ! -s $file ]] || kill "$(<"$file")" 2>/dev/null || true
    done
    rm -rf "$folder"
}

# shown FIRST LAST: the lines of docs/provider.md between the first one that matches FIRST and the next that
# matches LAST
shown() {
    local lines
    lines=$(sed -n "/$1/,/$2/p" "$root/docs/provider.md" | sed "1d; /$2/,\$d")
    [[ -n $lines ]] || { echo "endtoend.sh: docs/provider.md has nothing from '$1' to '$2'" >&2; return 1; }
    echo "$lines"
}

# A folder with a certificate, a folder of modules for each variant, and docs/provider.md's configuration.
prepare_servers() {
    folder=$(mktemp -d)
    trap stop_servers EXIT
    chmod 711 "$folder" # for workers of another user
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
    cat "$folder/certificate.pem" "$folder/key.pem" >"$folder/both.pem"
    mkdir "$folder/lanekdf" "$folder/bound"
    ln -s "$build/provider/lanekdf.so" "$folder/lanekdf/lanekdf.so"
    ln -s "$build/bench/lanekdf_bound.so" "$folder/bound/lanekdf.so"
    shown "openssl\.cnf .*<<'END'\$" '^END$' >"$folder/openssl.cnf"
}

# wait_until COMMAND...: repeats the command until it succeeds, for ten seconds
wait_until() {
    local try
    for ((try = 0; try < 200; try++)); do
        ! "$@" 2>/dev/null || return 0
        sleep 0.05
    done
    return 1
}

# shellcheck disable=SC2317 # called by wait_until
listens() { (: <"/dev/tcp/127.0.0.1/$1"); }

# worker_of NAME: prints the process ID of the worker whose master wrote NAME.pid
# shellcheck disable=SC2317 # called by wait_until
worker_of() { pgrep -P "$(<"$folder/$1.pid")"; }

# start_nginx VARIANT PORT: prints the process ID of the worker
start_nginx() {
    cat >"$folder/nginx_$1.conf" <<END
worker_processes 1;
pid $folder/nginx_$1.pid;
error_log $folder/nginx_$1.log;
events { worker_connections 64; }
http {
    access_log off;
    server {
        listen 127.0.0.1:$2 ssl;
        ssl_certificate $folder/certificate.pem;
        ssl_certificate_key $folder/key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        return 204;
    }
}
END
    local settings=()
    [[ $1 == openssl ]] || settings=("OPENSSL_CONF=$folder/openssl.cnf" "OPENSSL_MODULES=$folder/$1")
    "${on_one_cpu[@]}" env "${settings[@]}" nginx -c "$folder/nginx_$1.conf" &&
        wait_until listens "$2" && wait_until worker_of "nginx_$1"
}

# start_haproxy VARIANT PORT: prints the process ID
start_haproxy() {
    {
        if [[ $1 == openssl ]]; then echo global; else shown '^```haproxy$' '^```$'; fi
        echo "    nbthread 1"
        if [[ $(id -u) -eq 0 ]] && id haproxy >/dev/null 2>&1; then
            printf '    user haproxy\n    group haproxy\n'
        fi
        cat <<END
defaults
    mode http
    timeout client 10s
    timeout server 10s
    timeout connect 10s
frontend tls
    bind 127.0.0.1:$2 ssl crt $folder/both.pem
    http-request return status 204
END
    } >"$folder/haproxy_$1.cfg"
    "${on_one_cpu[@]}" env "OPENSSL_MODULES=$folder/$1" haproxy -D -q -f "$folder/haproxy_$1.cfg" \
        -p "$folder/haproxy_$1.pid" 2>"$folder/haproxy_$1.log" && wait_until listens "$2" &&
        cat "$folder/haproxy_$1.pid"
}

# free_port: prints a port of loopback on which nothing listens
free_port() {
    python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

# runs PID VARIANT: the process runs, and the module of its variant is in its memory
runs() {
    [[ -r /proc/$1/schedstat ]] && { [[ $2 == openssl ]] || grep -q '/lanekdf[a-z_]*\.so$' "/proc/$1/maps"; }
}

# measure_server NAME COMMAND [TITLE VERSION close|get]...: starts one server of each variant, side by side,
# and prints a row for each of the cases that follow. That a server starts by itself and not with a module is
# a failure of the module.
measure_server() {
    local name=$1 start=$2 port variant pid servers=()
    shift 2
    for variant in "${variants[@]}"; do
        port=$(free_port)
        if ! pid=$("$start" "$variant" "$port") || ! runs "$pid" "$variant"; then
            if [[ $variant == openssl ]]; then
                echo "skipped: $name does not start here"
            else
                echo "FAILED: $name starts here, but not with the module named $variant" >&2
                n_failed=$((n_failed + 1))
            fi
            cat "$folder"/*"_$variant.log" >&2 2>/dev/null || true
            return 0
        fi
        servers+=("$port" "$pid")
    done
    while [[ $# -gt 0 ]]; do
        measure servers "$name, $1" "$2" "$3" "$per_server" "${servers[@]}"
        shift 3
    done
}

measure_servers() {
    printf '\nServers on loopback: us of a process for each connection, which resumes\n'
    prepare_servers
    if command -v nginx >/dev/null; then
        nginx -v 2>&1
        measure_server nginx start_nginx 'TLS 1.2 by ticket' 1.2 close 'TLS 1.3, GET' 1.3 get
    else
        echo "skipped: nginx is not installed"
    fi
    if command -v haproxy >/dev/null; then
        haproxy -v | sed -n 1p # which reads all: haproxy would be stopped by a signal if nobody did
        measure_server HAProxy start_haproxy 'TLS 1.2 by ticket' 1.2 close
    else
        echo "skipped: HAProxy is not installed"
    fi
}

echo "Measuring" >&2
{
    echo "${command% }"
    sed -n 's/^model name[^:]*: /CPU: /p' /proc/cpuinfo | head -1
    measure memory "$in_memory"
    measure_servers
    measure calls "$calls"
    cat <<'END'

ratio: CPU of OpenSSL alone against that with lanekdf; bound: against that with
a provider which hashes nothing; saved: of the CPU that could be saved at all.
Medians; the variants take turns, connection by connection (servers: by
hundreds, and ratio and bound are medians of their ratios).
END
    [[ $n_failed -eq 0 ]]
} | tee "$out/endtoend.txt"
echo "Tables: $out/endtoend.txt" >&2
