/*
 * Runs a call on a stack of its own and shows what it leaves there and in the vector
 * registers, and how deep it went.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBE_STACK_BYTES = 256 << 10, PROBE_FILL = 0xa5 };

struct probe {
    const uint8_t *stack;       /* PROBE_STACK_BYTES; all of it is dead now */
    size_t depth;               /* bytes of it that were written to, below the call */
    uint8_t registers[32 * 64]; /* as the call left them: 32 of 64 bytes, 16 of 32 or 16 of 16 */
    size_t registers_len;       /* bytes of them; 0: none known on this machine */
};

/* Cleared registers and a stack full of PROBE_FILL before the call. Under
 * AddressSanitizer on the caller's own stack, and probe->stack is NULL: frames there are
 * larger and stand elsewhere. */
void probe_call(struct probe *probe, void (*function)(void *argument), void *argument);

/* For planted defects: 16 bytes into a vector register. False if there is none. */
bool probe_load_register(const uint8_t bytes[16]);

#endif
