/* Runs a call on a stack of its own, and shows what it leaves there and in registers, and how deep it went.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBE_STACK_BYTES = 256 << 10, PROBE_FILL = 0xa5, PROBE_MAX_GENERAL = 18 };

struct probe {
    const uint8_t *stack; /* PROBE_STACK_BYTES; all of it is dead after the call */
    size_t depth;         /* how many bytes of the stack the call has written to, at most */
    /* As the call left them: the vector registers, 32 of 64 bytes at most; the general ones that a function
     * need not preserve, in 8 bytes each; the low halves of these once more, side by side. */
    uint8_t registers[32 * 64 + PROBE_MAX_GENERAL * 12];
    size_t registers_len; /* bytes of registers; 0 on a machine whose registers cannot be read */
};

/* The call begins with cleared registers and a stack full of PROBE_FILL. Under AddressSanitizer, whose frames
 * are larger and stand elsewhere, it runs on the caller's own stack, and probe->stack is NULL. */
void probe_call(struct probe *probe, void (*function)(void *argument), void *argument);

/* Leaves 16 bytes in a vector register, as a planted defect. False if the machine has none that the probe can
 * read. */
bool probe_load_register(const uint8_t bytes[16]);

/* The same of 8 bytes in a general register, or in two of 32 bits. */
bool probe_load_general_register(const uint8_t bytes[8]);

#endif
