/*
 * What OpenSSL's users save with lanekdf's provider. endtoend.sh runs this program, and starts servers for
 * it.
 *
 * usage: endtoend MODULE BOUND_MODULE memory SECONDS
 *        endtoend MODULE BOUND_MODULE calls SAMPLES
 *        endtoend MODULE BOUND_MODULE servers TITLE 1.2|1.3 close|get SECONDS PORT PID PORT PID PORT PID
 *
 * The three servers derive with OpenSSL alone, with MODULE, and with BOUND_MODULE.
 */
#include "endtoend.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lanekdf.h"

enum { N_BEFORE_SERVERS = 8 };

static struct servers read_servers(char **argv)
{
    struct servers servers = {.title = argv[4],
        .version = strcmp(argv[5], "1.3") == 0 ? TLS1_3_VERSION : TLS1_2_VERSION,
        .gets = strcmp(argv[6], "get") == 0};
    for (int v = 0; v < N_VARIANTS; v++) {
        servers.port[v] = atoi(argv[N_BEFORE_SERVERS + 2 * v]);
        servers.pid[v] = atoi(argv[N_BEFORE_SERVERS + 2 * v + 1]);
    }
    return servers;
}

int main(int argc, char **argv)
{
    must(argc >= 5, "reading the arguments");
    const char *what = argv[3];
    load_variants(argv[1], argv[2]);
    if (strcmp(what, "memory") == 0) {
        printf("%s\nlanekdf %s, CPU: %s\n", OpenSSL_version(OPENSSL_VERSION), lanekdf_version_text(),
            lanekdf_cpu_text());
        measure_memory(strtod(argv[4], NULL));
    } else if (strcmp(what, "calls") == 0) {
        const size_t n = strtoul(argv[4], NULL, 10);
        must(n > 0 && n <= MAX_SAMPLES, "reading the number of samples");
        measure_calls(n);
    } else {
        must(strcmp(what, "servers") == 0 && argc == N_BEFORE_SERVERS + 2 * N_VARIANTS,
            "reading the arguments");
        const struct servers servers = read_servers(argv);
        measure_servers(&servers, strtod(argv[7], NULL));
    }
    free_variants();
    return 0;
}
