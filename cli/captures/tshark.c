#include "tshark.h"
#include "memory.h"
#include "text_buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/*
 * The filter lets pass the packets that have records of handshakes, whether or not tshark recognizes the
 * messages in them, but not those with application data alone, which most of a capture is. Its last three
 * terms show what there is in the place of TLS: QUIC; what either side of a TCP stream sends first; hellos on
 * ports that tshark takes for another protocol's.
 */
#define FILTER                                                                                               \
    "tls.record.content_type==20 or tls.record.content_type==22 or (tls and not tls.app_data) or "           \
    "dtls.record.content_type==20 or dtls.record.content_type==22 or (dtls and not dtls.app_data) or "       \
    "(tls.record.opaque_type==23 and tcp.seq<65536) or "                                                     \
    "quic or (tcp.seq==1 and tcp.len>0) or tcp.payload[0:2]==16:03 or "                                      \
    "udp.payload[0:2]==16:fe"

/* The reader of tshark's lines depends on these preferences, whatever the user's own are. */
static const char *const preferences[] = {
    "ip.defragment:TRUE",
    "ipv6.defragment:TRUE",
    "tcp.check_checksum:FALSE",
    "tcp.relative_sequence_numbers:TRUE",
    "tcp.desegment_tcp_streams:TRUE",
    "tcp.reassemble_out_of_order:TRUE",
    "tls.desegment_ssl_records:TRUE",
};

enum { N_PREFERENCES = sizeof(preferences) / sizeof(preferences[0]) };

/* The arguments of a call. */
struct arguments {
    const char **at; /* n of them and a NULL, with room for capacity */
    size_t n, capacity;
    struct text_buffer key_log; /* the value of the option that names the key log */
};

static void arguments_free(struct arguments *arguments)
{
    memory_give_back(arguments->at);
    text_buffer_free(&arguments->key_log);
}

static void add(struct arguments *arguments, const char *argument)
{
    if (arguments->n + 1 >= arguments->capacity) {
        arguments->capacity = 2 * arguments->capacity + 32;
        arguments->at = memory_resize(arguments->at, arguments->capacity * sizeof(*arguments->at));
    }
    arguments->at[arguments->n++] = argument;
    arguments->at[arguments->n] = NULL;
}

static void add_option(struct arguments *arguments, const char *option, const char *value)
{
    add(arguments, option);
    add(arguments, value);
}

/* A key log that is a pipe can be read once only, and this command has done that. */
static bool is_readable_again(const char *key_log)
{
    struct stat file;

    return stat(key_log, &file) == 0 && S_ISREG(file.st_mode);
}

static void make_arguments(
    struct arguments *arguments, const char *capture, const struct tshark_options *options)
{
    add(arguments, "tshark");
    add(arguments, "-n");
    add_option(arguments, "-r", capture ? capture : "-");
    for (size_t i = 0; i < N_PREFERENCES; i++) {
        add_option(arguments, "-o", preferences[i]);
    }
    if (options->key_log && is_readable_again(options->key_log)) {
        text_buffer_format(&arguments->key_log, "tls.keylog_file:%s", options->key_log);
        add_option(arguments, "-o", arguments->key_log.text);
    }
    for (size_t i = 0; i < options->n_decode_as; i++) {
        add_option(arguments, "-d", options->decode_as[i]);
    }
    add_option(arguments, "-Y", FILTER);
    add_option(arguments, "-T", "ek");
    add(arguments, "-x");
    add_option(arguments, "-J", "frame tcp tls udp dtls");
}

/* The ends of three pipes that become the child's standard input, output and error. */
struct pipes {
    int ends[3][2];
};

static void close_pipes(struct pipes *pipes)
{
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 2; k++) {
            if (pipes->ends[i][k] >= 0) {
                close(pipes->ends[i][k]);
            }
            pipes->ends[i][k] = -1;
        }
    }
}

static int open_pipes(struct pipes *pipes)
{
    memset(pipes, -1, sizeof(*pipes));
    for (size_t i = 0; i < 3; i++) {
        if (pipe2(pipes->ends[i], O_CLOEXEC) < 0) {
            int error = errno;
            close_pipes(pipes);
            return error;
        }
    }
    return 0;
}

static int child_end(const struct pipes *pipes, int i)
{
    return pipes->ends[i][i != STDIN_FILENO];
}

/* Takes an end out of the pipes, so that it stays open. */
static int keep_end(struct pipes *pipes, int i)
{
    int *end = &pipes->ends[i][i == STDIN_FILENO], kept = *end;

    *end = -1;
    return kept;
}

/* The command ignores SIGPIPE, and tshark must not inherit that: it would not notice that nobody reads its
 * lines. */
static int spawn(pid_t *pid, const struct pipes *pipes, const struct arguments *arguments)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    int error;

    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
        posix_spawn_file_actions_adddup2(&actions, child_end(pipes, i), i);
    }
    error = posix_spawnp(
        pid, arguments->at[0], &actions, &attributes, (char *const *)(uintptr_t)arguments->at, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int tshark_start(struct tshark *tshark, const char *capture, const struct tshark_options *options)
{
    struct arguments arguments = {0};
    struct pipes pipes;
    int error = open_pipes(&pipes);

    if (error != 0) {
        return error;
    }
    make_arguments(&arguments, capture, options);
    error = spawn(&tshark->pid, &pipes, &arguments);
    arguments_free(&arguments);
    if (error == 0) {
        tshark->in = capture ? -1 : keep_end(&pipes, STDIN_FILENO);
        tshark->out = keep_end(&pipes, STDOUT_FILENO);
        tshark->error = keep_end(&pipes, STDERR_FILENO);
        tshark->n_said = 0;
        if (tshark->in >= 0) {
            fcntl(tshark->in, F_SETFL, O_NONBLOCK);
        }
    }
    close_pipes(&pipes);
    return error;
}

void tshark_listen(struct tshark *tshark)
{
    char dropped[4096];
    const size_t room = sizeof(tshark->said) - 1 - tshark->n_said;
    char *to = room > 0 ? tshark->said + tshark->n_said : dropped;
    const ssize_t n = read(tshark->error, to, room > 0 ? room : sizeof(dropped));

    if (n > 0 && room > 0) {
        tshark->n_said += (size_t)n;
    } else if (n == 0 || (n < 0 && errno != EINTR)) {
        close(tshark->error);
        tshark->error = -1;
    }
}

void tshark_end_input(struct tshark *tshark)
{
    if (tshark->in >= 0) {
        close(tshark->in);
        tshark->in = -1;
    }
}

/* Finds the first line of tshark's standard error that is about the capture, as a string; "" if there is
 * none. */
static char *first_line(struct tshark *tshark)
{
    char *line = tshark->said, *end;

    tshark->said[tshark->n_said] = '\0';
    while (strncmp(line, "Running as user", 15) == 0 && strchr(line, '\n')) {
        line = strchr(line, '\n') + 1;
    }
    end = strchr(line, '\n');
    if (end) {
        *end = '\0';
    }
    return strncmp(line, "tshark: ", 8) == 0 ? line + 8 : line;
}

const char *tshark_end(struct tshark *tshark, bool is_read_to_end)
{
    int status = 0;
    char *line;

    tshark_end_input(tshark);
    close(tshark->out);
    if (!is_read_to_end) {
        kill(tshark->pid, SIGTERM);
    }
    while (tshark->error >= 0) {
        tshark_listen(tshark);
    }
    while (waitpid(tshark->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!is_read_to_end || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        return NULL;
    }
    line = first_line(tshark);
    if (line[0] == '\0') {
        snprintf(tshark->said, sizeof(tshark->said),
            WIFEXITED(status) ? "exit status %d" : "ended by signal %d",
            WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
        return tshark->said;
    }
    return line;
}
