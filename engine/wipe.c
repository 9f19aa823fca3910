#include "wipe.h"

#include "lanekdf.h"

/* memset(), through a pointer that the compiler has to load. So it cannot see that the bytes are dead, nor
 * write out the stores itself: the C library's memset is faster. */
static void *(*const volatile set_memory)(void *, int, size_t) = memset;

/* Not inlined, so that its frame lies where the callees of the caller had theirs. */
__attribute__((noinline)) void wipe_frames(void)
{
    unsigned char dead[WIPE_STACK_BYTES];
    set_memory(dead, 0, sizeof(dead));
}

__attribute__((noinline)) void wipe_batch_frames(void)
{
    unsigned char dead[WIPE_BATCH_BYTES];
    set_memory(dead, 0, sizeof(dead));
}

void lanekdf_prepared_secret_clear(struct lanekdf_prepared_secret *prepared)
{
    if (prepared) {
        wipe(prepared, sizeof(*prepared));
    }
}
