#include "wipe.h"

/* A frame of its own, where the callees of the caller had theirs. */
__attribute__((noinline)) void wipe_stack(void)
{
    unsigned char dead[WIPE_STACK_BYTES];
    wipe(dead, sizeof dead);
}
