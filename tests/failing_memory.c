/*
 * The command, linked so that a chosen one of its allocations fails, and that what it frees or leaves behind
 * is searched for secrets. tests/command_memory.py runs it.
 *
 * FAIL_AT=N       the allocation with this number fails, from 0; FAIL_FROM=N: and all behind it
 * WATCHED=HEX,... secrets: their bytes, and their digits as text
 * COUNT=1         says on standard error how many allocations there were
 * EACH=FOLDER     runs once for each line of FOLDER/plan, "at N" or "from N", which stands for the variables
 *                 above: the run I reads FOLDER/input through a pipe, and writes to FOLDER/I.out and I.err;
 *                 FOLDER/statuses gets a line for each run. The runs are forks of one process: to start the
 *                 program takes longer than a small run of it.
 *
 * Exit status 99, with a message, if a secret was found in memory that the command freed, or that it had at
 * its end, or in what it sorts: libc's qsort() may copy that to memory of its own, and does not zero it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lanekdf.h"

enum {
    MAX_BLOCKS = 1 << 16,
    MAX_NEEDLES = 32,
    MAX_NEEDLE_LEN = 256,
    MAX_PATH_LEN = 4096,
    MAX_SECONDS = 120,
    EXIT_FOUND = 99
};

struct block {
    const void *at;
    size_t len;
};

/* Needles are kept inverted, so that the search does not find them here. */
struct needle {
    uint8_t inverted[MAX_NEEDLE_LEN];
    size_t len;
};

static struct block blocks[MAX_BLOCKS]; /* those that are taken */
static size_t n_blocks, n_needles;
static struct needle needles[MAX_NEEDLES];
static long n_allocations, fail_at = -1, fail_from = -1;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t len);
void __real_free(void *block);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t len);
void __wrap_free(void *block);
void __wrap_qsort(void *base, size_t n, size_t size, int (*compare)(const void *a, const void *b));
void __real_qsort(void *base, size_t n, size_t size, int (*compare)(const void *a, const void *b));

static void give_up(const char *why)
{
    fprintf(stderr, "failing_memory: %s\n", why);
    _exit(EXIT_FOUND);
}

static void add_needle(const char *bytes, size_t len)
{
    struct needle *needle = &needles[n_needles++];

    if (n_needles > MAX_NEEDLES || len > MAX_NEEDLE_LEN) {
        give_up("too many secrets, or one that is too long");
    }
    needle->len = len;
    for (size_t i = 0; i < len; i++) {
        needle->inverted[i] = (uint8_t) ~(uint8_t)bytes[i];
    }
}

static void add_secret(const char *digits, size_t n_digits)
{
    char bytes[MAX_NEEDLE_LEN];

    add_needle(digits, n_digits);
    for (size_t i = 0; i < n_digits / 2 && i < sizeof(bytes); i++) {
        const char pair[] = {digits[2 * i], digits[2 * i + 1], '\0'};
        bytes[i] = (char)strtoul(pair, NULL, 16);
    }
    add_needle(bytes, n_digits / 2);
}

static long number(const char *name)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : -1;
}

static int must(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        _exit(EXIT_FOUND);
    }
    return result;
}

static int open_in(const char *folder, const char *name, int flags)
{
    char path[MAX_PATH_LEN];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return must(open(path, flags | O_CLOEXEC, 0600), path);
}

/* Standard input is a pipe, as it is where another program gives lines to the command: answers to lines of a
 * file may wait. */
static void become_run(int input, const char *folder, unsigned i)
{
    char name[32];

    must(dup2(input, STDIN_FILENO), "dup2");
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        snprintf(name, sizeof(name), "%u.%s", i, fd == STDOUT_FILENO ? "out" : "err");
        const int file = open_in(folder, name, O_WRONLY | O_CREAT);
        must(dup2(file, fd), "dup2");
        close(file);
    }
    signal(SIGPIPE, SIG_DFL);
    alarm(MAX_SECONDS);
}

/* A run need not read all of its input. */
static void feed(int output, int input)
{
    static char bytes[1 << 16];
    ssize_t n = 0;

    for (off_t at = 0; (n = pread(input, bytes, sizeof(bytes), at)) > 0; at += n) {
        for (ssize_t written = 0, more = 0; written < n; written += more) {
            more = write(output, bytes + written, (size_t)(n - written));
            if (more < 0) {
                return;
            }
        }
    }
}

/* Kernels are tested and measured once, and not by each fork. The options are those of the command, which
 * would not start with others. */
static void start_library(void)
{
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};

    if (lanekdf_start(&options) != LANEKDF_OK) {
        give_up("the library does not start");
    }
    n_allocations = 0;
}

/* Returns in each run, a process of its own, and not in the process that forks them. No stream of stdio is
 * open: at its end a run would set back the place in a file that it shares with the others. */
static void fork_runs(const char *folder)
{
    static char plan[1 << 16];
    const int input = open_in(folder, "input", O_RDONLY), plan_file = open_in(folder, "plan", O_RDONLY),
              statuses = open_in(folder, "statuses", O_WRONLY | O_CREAT);
    const ssize_t plan_len = must((int)read(plan_file, plan, sizeof(plan)), "plan");
    unsigned i = 0;

    if ((size_t)plan_len == sizeof(plan)) {
        give_up("the plan is too long");
    }
    start_library();
    signal(SIGPIPE, SIG_IGN);
    for (char *line = strtok(plan, "\n"); line; line = strtok(NULL, "\n"), i++) {
        int ends[2], status = 0;

        must(pipe2(ends, O_CLOEXEC), "pipe2");
        const pid_t run = must(fork(), "fork");
        if (run == 0) {
            *(strncmp(line, "at ", 3) == 0 ? &fail_at : &fail_from) = strtol(strchr(line, ' '), NULL, 10);
            close(ends[1]);
            become_run(ends[0], folder, i);
            return;
        }
        close(ends[0]);
        feed(ends[1], input);
        close(ends[1]);
        must(waitpid(run, &status, 0), "waitpid");
        dprintf(statuses, "%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
    }
    _exit(0);
}

__attribute__((constructor)) static void begin(void)
{
    const char *watched = getenv("WATCHED"), *folder = getenv("EACH");

    fail_at = number("FAIL_AT");
    fail_from = number("FAIL_FROM");
    while (watched && *watched != '\0') {
        const size_t len = strcspn(watched, ",");
        add_secret(watched, len);
        watched += len + (watched[len] == ',');
    }
    if (folder) {
        fork_runs(folder);
    }
}

static bool fails(void)
{
    const long i = n_allocations++;

    return i == fail_at || (fail_from >= 0 && i >= fail_from);
}

static void *note(void *at, size_t len)
{
    if (at) {
        if (n_blocks == MAX_BLOCKS) {
            give_up("too many blocks");
        }
        blocks[n_blocks++] = (struct block){at, len};
    }
    return at;
}

static void search(const void *from, size_t n, const char *where)
{
    for (size_t k = 0; k < n_needles; k++) {
        uint8_t needle[MAX_NEEDLE_LEN]; /* on the stack, which is not searched */

        for (size_t i = 0; i < needles[k].len; i++) {
            needle[i] = (uint8_t)~needles[k].inverted[i];
        }
        if (n >= needles[k].len && memmem(from, n, needle, needles[k].len)) {
            give_up(where);
        }
    }
}

/* Searches a block that is about to be freed, and forgets it. Blocks of libraries were not noted. */
static void forget(const void *at, const char *where)
{
    for (size_t i = n_blocks; i-- > 0;) {
        if (blocks[i].at == at) {
            search(at, blocks[i].len, where);
            blocks[i] = blocks[--n_blocks];
            return;
        }
    }
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : note(__real_malloc(n), n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : note(__real_calloc(n, size), n * size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    return fails() ? NULL : note(__real_aligned_alloc(alignment, n), n);
}

void *__wrap_mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    if (fails()) {
        return MAP_FAILED;
    }
    at = __real_mmap(at, len, protection, flags, fd, offset);
    if (at != MAP_FAILED) {
        note(at, len);
    }
    return at;
}

/* Pages go back to the system, which zeroes them before anybody else has them. */
int __wrap_munmap(void *at, size_t len)
{
    for (size_t i = 0; i < n_blocks; i++) {
        if (blocks[i].at == at) {
            blocks[i] = blocks[--n_blocks];
            break;
        }
    }
    return __real_munmap(at, len);
}

void __wrap_free(void *block)
{
    forget(block, "a secret is in memory that was freed");
    __real_free(block);
}

void __wrap_qsort(void *base, size_t n, size_t size, int (*compare)(const void *a, const void *b))
{
    search(base, n * size, "a secret is sorted");
    __real_qsort(base, n, size, compare);
}

__attribute__((destructor)) static void end(void)
{
    for (size_t i = 0; i < n_blocks; i++) {
        search(blocks[i].at, blocks[i].len, "a secret is in memory at the end");
    }
    if (getenv("COUNT")) {
        fprintf(stderr, "%ld allocations\n", n_allocations);
    }
}
