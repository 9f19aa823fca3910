/* Runs a call on a stack of its own, and shows what it leaves there and in the vector registers, and how deep
 * it went. */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBE_STACK_BYTES = 256 << 10, PROBE_FILL = 0xa5 };

struct probe {
    const uint8_t *stack;       /* PROBE_STACK_BYTES; all of it is dead after the call */
    size_t depth;               /* how many bytes of the stack the call has written to, at most */
    uint8_t registers[32 * 64]; /* as the call left them: 32 of 64 bytes, 16 of 32 or 16 of 16 */
    size_t registers_len;       /* bytes of registers; 0 on a machine whose registers cannot be read */
};

/* The call begins with cleared registers and a stack full of PROBE_FILL. Under AddressSanitizer, whose frames
 * are larger and stand elsewhere, it runs on the caller's own stack, and probe->stack is NULL. */
void probe_call(struct probe *probe, void (*function)(void *argument), void *argument);

/* Leaves 16 bytes in a vector register, as a planted defect. False if the machine has none that the probe can
 * read. */
bool probe_load_register(const uint8_t bytes[16]);

#endif
