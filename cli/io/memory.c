#include "memory.h"
#include "command.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A block of so many bytes has pages of its own. To zero them, if most were never written, would take longer
 * than what they were taken for; the system does not hand them on as they are. */
enum { LARGE_LEN = 384 * 1024 };

/* What stands before each block: its neighbours in the list of all blocks, and its length. */
struct block {
    struct block *next, *before;
    size_t len;
    max_align_t bytes[];
};

static struct block *first;

/* Where the attempt began that goes on; NULL: none does. */
static jmp_buf *attempt;

static void *take_pages(size_t n)
{
    void *pages = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return pages != MAP_FAILED ? pages : NULL;
}

void *memory_try(size_t n)
{
    struct block *block = NULL;

    if (n <= SIZE_MAX - sizeof(*block)) {
        block = n < LARGE_LEN ? calloc(1, sizeof(*block) + n) : take_pages(sizeof(*block) + n);
    }
    if (!block) {
        return NULL;
    }
    block->len = n;
    block->next = first;
    if (first) {
        first->before = block;
    }
    first = block;
    return block->bytes;
}

void *memory_take(size_t n)
{
    void *block = memory_try(n);

    if (!block) {
        memory_give_up();
    }
    return block;
}

bool memory_attempt(void (*act)(void *owner), void *owner)
{
    jmp_buf start;

    if (setjmp(start) != 0) {
        attempt = NULL;
        return false;
    }
    attempt = &start;
    act(owner);
    attempt = NULL;
    return true;
}

void memory_give_up(void)
{
    if (attempt) {
        longjmp(*attempt, 1);
    }
    command_die("no memory");
}

static struct block *block_of(void *bytes)
{
    return (struct block *)((char *)bytes - offsetof(struct block, bytes));
}

/* A realloc() that moves a block would leave its bytes behind in memory that is free. */
void *memory_resize(void *block, size_t n)
{
    void *larger = memory_take(n);

    if (block) {
        const size_t len = block_of(block)->len;
        memcpy(larger, block, len < n ? len : n);
    }
    memory_give_back(block);
    return larger;
}

char *memory_copy_text(const char *text)
{
    const size_t size = strlen(text) + 1;

    return memcpy(memory_take(size), text, size);
}

void memory_give_back(void *bytes)
{
    struct block *block;

    if (!bytes) {
        return;
    }
    block = block_of(bytes);
    if (block->next) {
        block->next->before = block->before;
    }
    *(block->before ? &block->before->next : &first) = block->next;
    if (block->len < LARGE_LEN) {
        explicit_bzero(block->bytes, block->len);
        free(block);
    } else {
        munmap(block, sizeof(*block) + block->len);
    }
}

/* Lets go of the whole pages of a block, which are zeroes if anybody still reads them, and zeroes the rest.
 * The block stays, because another thread may be at work in it. */
static void wipe_pages(struct block *block)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = sizeof(*block) + block->len;
    char *pages = (char *)block + page;
    const size_t n_kept = size % page;

    if (madvise(pages, size - page - n_kept, MADV_DONTNEED) != 0) {
        explicit_bzero(block->bytes, block->len);
        return;
    }
    explicit_bzero(block->bytes, page - sizeof(*block));
    explicit_bzero((char *)block + size - n_kept, n_kept);
}

void memory_wipe(void)
{
    for (struct block *block = first; block; block = block->next) {
        if (block->len < LARGE_LEN) {
            explicit_bzero(block->bytes, block->len);
        } else {
            wipe_pages(block);
        }
    }
}
