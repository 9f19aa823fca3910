#!/usr/bin/env bash
set -euo pipefail
export LC_ALL=C.UTF-8 # decimal points everywhere

usage() {
    cat <<'END'
Usage: bash bench/endtoend.sh [--quick] [--out DIR]

Measures what the provider for OpenSSL 3 saves on this machine: CPU time of whole TLS
handshakes by libssl, server and client in memory, with OpenSSL's own key derivation,
with lanekdf, and with a provider that hashes nothing, which is as far as any could get.
Then come the parts of one call and, where nginx is installed, CPU time of its worker for
each resumed handshake of a client on loopback, kernel and TCP included.

Installs what is missing (Debian, Ubuntu), builds and runs: three minutes on an idle
machine. Prints tables, and writes them to endtoend.txt.

  --quick         half a minute, less exact
  --out DIR       where endtoend.txt goes (default: build/bench)
  --help          this text
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/bench
out=$build
seconds=150
blocks=25
while [[ $# -gt 0 ]]; do
    case $1 in
    --quick) seconds=15 blocks=5 ;;
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
need_packages g++ cmake make pkg-config libssl-dev libbenchmark-dev

mkdir -p "$build" "$out"
if ! { cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLANEKDF_CLI=OFF -DLANEKDF_TESTS=OFF \
    -DLANEKDF_BENCH=ON -DLANEKDF_PROVIDER=ON &&
    cmake --build "$build" --parallel "$(nproc)" --target endtoend lanekdf_module lanekdf_bound; } \
    >"$build/endtoend_build.log" 2>&1; then
    cat "$build/endtoend_build.log" >&2
    exit 1
fi

# write_server NAME PORT FOLDER: a configuration of nginx
write_server() {
    cat >"$3/$1.conf" <<END
worker_processes 1;
pid $3/$1.pid;
error_log $3/$1.log;
events { worker_connections 64; }
http {
    access_log off;
    server {
        listen 127.0.0.1:$2 ssl;
        ssl_certificate $3/certificate.pem;
        ssl_certificate_key $3/key.pem;
        ssl_protocols TLSv1.2;
        return 204;
    }
}
END
}

# worker_time PID PORT: nanoseconds of CPU that the worker of this nginx takes for each handshake of a client
# that resumes for a second
worker_time() {
    local worker before after n
    worker=$(pgrep -P "$1")
    read -r before _ <"/proc/$worker/schedstat"
    n=$(openssl s_time -connect "127.0.0.1:$2" -reuse -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 -time 1 \
        2>/dev/null | sed -n 's/^\([0-9]*\) connections in [0-9]* real seconds.*/\1/p')
    read -r after _ <"/proc/$worker/schedstat"
    echo $(((after - before) / n))
}

# nginx_worker BLOCKS: two servers, one of them with lanekdf, take turns; each block gives a ratio, and the
# block in the middle is printed. lanekdf is switched on as docs/provider.md says.
nginx_worker() {
    local blocks=$1 block name folder
    local -A port=([openssl]=24643 [lanekdf]=24644) taken
    folder=$(mktemp -d)
    chmod 711 "$folder" # for workers of another user
    trap 'kill $(cat '"'$folder'"'/*.pid) 2>/dev/null; rm -rf '"'$folder'" EXIT
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
    sed -n '/^```ini$/,/^```$/p' "$root/docs/provider.md" | sed '/^```$/q' | grep -v '^```' \
        >"$folder/lanekdf.cnf"
    echo "module = $build/provider/lanekdf.so" >>"$folder/lanekdf.cnf"
    for name in openssl lanekdf; do
        write_server "$name" "${port[$name]}" "$folder"
    done
    nginx -c "$folder/openssl.conf"
    OPENSSL_CONF=$folder/lanekdf.cnf nginx -c "$folder/lanekdf.conf"
    sleep 0.5
    for ((block = 0; block < blocks; block++)); do
        for name in openssl lanekdf; do
            taken[$name]=$(worker_time "$(cat "$folder/$name.pid")" "${port[$name]}")
        done
        echo "$((1000 * taken[openssl] / taken[lanekdf])) ${taken[openssl]} ${taken[lanekdf]}"
    done | sort -n | sed -n "$((blocks / 2 + 1))p" | awk '{
        printf "\nnginx worker, TLS 1.2 by ticket, SHA-256: %.1f us, with lanekdf %.1f us, ratio %.2fx\n",
            $2 / 1000, $3 / 1000, $1 / 1000 }'
}

# One CPU, the last, so that what the two ends share is warm as in a server with a worker for each CPU.
on_one_cpu=()
if command -v taskset >/dev/null; then
    on_one_cpu=(taskset -c "$(($(nproc) - 1))")
fi
{
    sed -n 's/^model name[^:]*: /CPU: /p' /proc/cpuinfo | head -1
    "${on_one_cpu[@]}" "$build/bench/endtoend" "$build/provider/lanekdf.so" "$build/bench/lanekdf_bound.so" \
        "$seconds"
    if command -v nginx >/dev/null && command -v openssl >/dev/null && command -v pgrep >/dev/null; then
        nginx_worker "$blocks"
    else
        printf '\nnginx is not measured: it, openssl or pgrep is not installed\n'
    fi
} | tee "$out/endtoend.txt"
