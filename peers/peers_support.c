#define _GNU_SOURCE /* program_invocation_short_name, explicit_bzero */
#include "peers_support.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64 };

/* What stands in a line of its own before each block: its neighbours in the list of all blocks, and the
 * length of what follows. Nobody reads it while anything is measured. */
struct block {
    struct block *next, *before;
    size_t len;
};
_Static_assert(sizeof(struct block) <= LINE, "a line has room for what stands before a block");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *first;

void *peers_alloc(size_t bytes)
{
    /* One line more than it takes: prefetchers fetch lines in pairs. */
    const size_t len = (bytes + LINE - 1) / LINE * LINE + LINE;
    struct block *block = aligned_alloc(LINE, LINE + len);
    if (!block) {
        peers_fail("no memory for %zu bytes", bytes);
    }
    memset(block, 0, LINE + len);
    block->len = len;
    pthread_mutex_lock(&lock);
    block->next = first;
    if (first) {
        first->before = block;
    }
    first = block;
    pthread_mutex_unlock(&lock);
    return (uint8_t *)block + LINE;
}

void peers_free(void *memory)
{
    if (!memory) {
        return;
    }
    struct block *block = (struct block *)((uint8_t *)memory - LINE);
    pthread_mutex_lock(&lock);
    if (block->next) {
        block->next->before = block->before;
    }
    *(block->before ? &block->before->next : &first) = block->next;
    pthread_mutex_unlock(&lock);
    explicit_bzero(memory, block->len);
    free(block);
}

/* The lock is left alone, since nobody takes blocks any more. Other threads wait for work or for a lock: none
 * that is at work takes memory, without which the program would end beside them. */
void peers_wipe(void)
{
    for (struct block *block = first; block; block = block->next) {
        explicit_bzero((uint8_t *)block + LINE, block->len);
    }
}

static struct kept_object {
    struct kept_object *next;
    void (*release)(void *object);
    void *object;
} *objects;

static void release_objects(void)
{
    for (; objects; objects = objects->next) {
        objects->release(objects->object);
    }
}

/* Functions of atexit() are called in reverse order, so that this one comes before those of libraries that
 * were there already. */
void peers_at_exit(void (*release)(void *object), void *object)
{
    struct kept_object *kept = peers_alloc(sizeof(*kept));
    if (!objects && atexit(release_objects) != 0) {
        peers_fail("nothing can be done at the end of the program");
    }
    *kept = (struct kept_object){objects, release, object};
    objects = kept;
}

uint64_t peers_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

const char *peers_number(char text[PEERS_MAX_NUMBER], double number)
{
    char digits[PEERS_MAX_NUMBER];
    size_t n = (size_t)snprintf(digits, sizeof(digits), "%.0f", number < 1e18 ? number : 1e18), len = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            text[len++] = ',';
        }
        text[len++] = digits[i];
    }
    text[len] = '\0';
    return text;
}

__attribute__((noreturn, format(printf, 1, 2))) static void print_and_exit(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static peers_end *end_program = print_and_exit;

void peers_end_with(peers_end *end)
{
    end_program = end;
}

void peers_fail(const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    end_program("%s", message);
    abort();
}
