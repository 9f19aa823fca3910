/*
 * A client of servers that run beside one another, each with another variant of the derivation: what CPU time
 * a server's process takes for a connection that resumes, the kernel's part included. The client has the
 * variant of the server, because what hashes nothing is understood by itself alone.
 */
#include "endtoend.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CONNECTIONS = 100, MAX_BLOCKS = 501, SETTLE_US = 3000, PATIENCE_S = 10 };

/* Nanoseconds of CPU so far of a process with one thread. */
static double cpu_of(int pid)
{
    char path[64];
    unsigned long long ns = 0;
    snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
    FILE *file = fopen(path, "r");
    must(file && fscanf(file, "%llu", &ns) == 1, "reading a server's schedstat");
    fclose(file);
    return (double)ns;
}

static int connect_to(int port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const int no_delay = 1;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay)) == 0 &&
             setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
             connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0,
        "connecting to a server");
    return fd;
}

static void get_page(SSL *ssl)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char answer[4096];
    int n, n_all = 0;
    must(SSL_write(ssl, request, sizeof(request) - 1) == sizeof(request) - 1, "asking for a page");
    while ((n = SSL_read(ssl, answer, sizeof(answer))) > 0) {
        n_all += n;
    }
    must(n_all > 0, "getting a page");
}

/* One connection, which resumes the session, or is full if that is NULL. */
static void connect_once(SSL_CTX *ssl_ctx, int port, bool gets, SSL_SESSION *session)
{
    /* A client of TLS 1.3 does not use a session again once a new ticket has come, so it gets a copy. */
    SSL_SESSION *copy = session ? SSL_SESSION_dup(session) : NULL;
    SSL *ssl = SSL_new(ssl_ctx);
    const int fd = connect_to(port);
    must(ssl && SSL_set_fd(ssl, fd) == 1 && (!copy || SSL_set_session(ssl, copy) == 1) &&
             SSL_connect(ssl) == 1,
        "a handshake with a server");
    must(SSL_session_reused(ssl) == (session != NULL), "resumption by a server");
    if (gets) {
        get_page(ssl);
    } else {
        SSL_shutdown(ssl);
    }
    /* Without this the session would count as broken. */
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
    SSL_SESSION_free(copy);
    close(fd);
}

/* The time that the server takes for each of a block of connections. */
static double measure_block(SSL_CTX *ssl_ctx, const struct servers *servers, int v, SSL_SESSION *session)
{
    usleep(SETTLE_US); /* The server may still be closing what came before. */
    const double before = cpu_of(servers->pid[v]);
    for (int i = 0; i < CONNECTIONS; i++) {
        connect_once(ssl_ctx, servers->port[v], servers->gets, session);
    }
    usleep(SETTLE_US);
    return (cpu_of(servers->pid[v]) - before) / CONNECTIONS;
}

void measure_servers(const struct servers *servers, double seconds)
{
    static double taken[N_VARIANTS][MAX_BLOCKS], ratio[MAX_BLOCKS], bound[MAX_BLOCKS];
    const char *suite =
        servers->version == TLS1_3_VERSION ? "TLS_AES_128_GCM_SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256";
    SSL_CTX *ssl_ctx[N_VARIANTS];
    SSL_SESSION *session[N_VARIANTS];
    double medians[N_VARIANTS];
    size_t n = 0;
    for (int v = 0; v < N_VARIANTS; v++) {
        ssl_ctx[v] = new_client(libctx[v], servers->version, suite);
        /* A page, so that tickets of TLS 1.3 come. */
        connect_once(ssl_ctx[v], servers->port[v], true, NULL);
        must(last_session && SSL_SESSION_up_ref(last_session), "a session to resume");
        session[v] = last_session;
        (void)measure_block(ssl_ctx[v], servers, v, session[v]);
    }
    for (const double end = now_ns() + seconds * 1e9; n < MIN_SAMPLES || (now_ns() < end && n < MAX_BLOCKS);
         n++) {
        for (size_t i = 0; i < N_VARIANTS; i++) {
            const size_t v = (n + i) % N_VARIANTS;
            taken[v][n] = measure_block(ssl_ctx[v], servers, (int)v, session[v]);
        }
        ratio[n] = taken[OPENSSL][n] / taken[LANEKDF][n];
        bound[n] = taken[OPENSSL][n] / taken[BOUND][n];
    }
    for (int v = 0; v < N_VARIANTS; v++) {
        medians[v] = median(taken[v], n);
        SSL_SESSION_free(session[v]);
        SSL_CTX_free(ssl_ctx[v]);
    }
    print_costs(servers->title, "server", medians, median(ratio, n), median(bound, n));
}
