#include "wipe.h"

#include "lanekdf.h"

/* Through a pointer that the compiler must load: it can neither see that the bytes are
 * dead nor spell out the stores, and the C library's memset is the fastest there is. */
static void *(*const volatile set_memory)(void *, int, size_t) = memset;

/* A frame of its own, where the callees of the caller had theirs. */
__attribute__((noinline)) void wipe_stack(void)
{
    unsigned char dead[WIPE_STACK_BYTES];
    set_memory(dead, 0, sizeof(dead));
}

void lanekdf_prepared_secret_clear(struct lanekdf_prepared_secret *prepared)
{
    if (prepared) {
        wipe(prepared, sizeof(*prepared));
    }
}
