/*
 * Runs a target of the fuzzers without a fuzzer:
 *
 *   fuzz_TARGET CORPUS                        each input that is kept, once
 *   fuzz_TARGET --mutate SECONDS CORPUS FILE  new inputs, made of those (mutate.h), for SECONDS of CPU
 *   fuzz_TARGET --input FILE                  one input
 *
 * The number of an input of the corpus is printed before it runs, so that the last number is that of a crash.
 * A new input stands in FILE while it runs, and stays there if it fails; the seed that is printed makes the
 * same inputs again, in the same order.
 *
 * Catches: what a fuzzer has found before and has come back, in builds and with compilers that no fuzzer has;
 * and what lies a few changes away from that.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "corpus.h"
#include "fuzz_rng.h"
#include "mutate.h"
#include "must.h"

enum {
    MAX_WAIT = 60,   /* seconds that one input may take */
    MAX_FILE = 65536 /* bytes, as many as tests/fuzz.sh lets an input have */
};

static void run(const uint8_t *bytes, size_t len)
{
    struct fuzz_input input = fuzz_input_of(bytes, len);

    LLVMFuzzerTestOneInput(input.bytes, input.len);
    free(input.bytes);
}

static int run_corpus(const char *path)
{
    struct corpus corpus = corpus_read(path);

    for (size_t i = 0; i < corpus.n; i++) {
        fprintf(stderr, "input %zu\n", i + 1);
        LLVMFuzzerTestOneInput(corpus.inputs[i].bytes, corpus.inputs[i].len);
    }
    corpus_free(&corpus);
    return 0;
}

static int run_file(const char *path)
{
    static uint8_t bytes[MAX_FILE + 1];
    FILE *file = fopen(path, "rb");

    must(file, "a file that can be read");
    const size_t len = fread(bytes, 1, sizeof(bytes), file);
    must(len <= MAX_FILE, "a file of at most 65536 bytes");
    run(bytes, len);
    fclose(file);
    return 0;
}

/* The seed of this run: rng.h has it for other tests, but here its numbers come from inputs. */
static uint64_t seed_of_run(void)
{
    const char *text = getenv("LANEKDF_TEST_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : 0;

    must(text || getrandom(&seed, sizeof(seed), 0) == sizeof(seed), "a seed");
    return seed;
}

static double cpu_seconds(void)
{
    struct timespec now;

    must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0, "the time");
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Writes the input to a file that is open, so that it is there whatever ends this process. */
static void keep(int file, const struct mutant *mutant)
{
    must(ftruncate(file, 0) == 0, "an empty file");
    must(pwrite(file, mutant->bytes, mutant->len, 0) == (ssize_t)mutant->len, "a file that can be written");
}

/* Runs new inputs. What they print goes to a file that is emptied before each, since thousands of inputs
 * print thousands of messages. */
static void run_mutants(const struct corpus *corpus, uint64_t seed, double seconds, int file, int messages)
{
    static struct mutant mutant;
    const double begin = cpu_seconds();
    const int standard_error = dup(STDERR_FILENO);
    size_t n = 0;

    must(standard_error >= 0 && dup2(messages, STDERR_FILENO) >= 0, "a place for messages");
    while (cpu_seconds() - begin < seconds) {
        struct rng rng = rng_from(seed + ++n * UINT64_C(0xd1342543de82ef95));

        mutate(&mutant, corpus, &rng);
        keep(file, &mutant);
        must(ftruncate(messages, 0) == 0, "an empty file");
        alarm(MAX_WAIT);
        run(mutant.bytes, mutant.len);
    }
    alarm(0);
    dprintf(standard_error, "%zu new inputs in %.1f s of CPU, none failed\n", n, cpu_seconds() - begin);
}

static void print_file(int file)
{
    char text[4096];
    ssize_t n;

    must(lseek(file, 0, SEEK_SET) == 0, "the begin of a file");
    while ((n = read(file, text, sizeof(text))) > 0) {
        fwrite(text, 1, (size_t)n, stderr);
    }
}

static int mutate_corpus(const char *program, double seconds, const char *corpus_path, const char *path)
{
    struct corpus corpus = corpus_read(corpus_path);
    const uint64_t seed = seed_of_run();
    char messages_path[4096];
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int messages, status;
    pid_t child;

    snprintf(messages_path, sizeof(messages_path), "%s.messages", path);
    messages = open(messages_path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    must(file >= 0 && messages >= 0, "files that can be written");
    fprintf(stderr, "LANEKDF_TEST_SEED=0x%016" PRIx64 "\n", seed);
    child = child_begin();
    if (child == 0) {
        run_mutants(&corpus, seed, seconds, file, messages);
        exit(0);
    }
    status = child_status(child);
    if (status) {
        print_file(messages);
        fprintf(stderr,
            "%s\nFAILED; to repeat: %s --input %s\nor all of it with LANEKDF_TEST_SEED=0x%016" PRIx64 "\n",
            WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "", program, path, seed);
    } else {
        unlink(path);
        unlink(messages_path);
    }
    corpus_free(&corpus);
    return status ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        return run_corpus(argv[1]);
    }
    if (argc == 3 && strcmp(argv[1], "--input") == 0) {
        return run_file(argv[2]);
    }
    must(argc == 5 && strcmp(argv[1], "--mutate") == 0,
        "usage: fuzz_TARGET CORPUS, --input FILE or --mutate SECONDS CORPUS FILE");
    return mutate_corpus(argv[0], strtod(argv[2], NULL), argv[3], argv[4]);
}
