/*
 * A gather loads its elements one after the other, and an interrupt may come between two of them: it goes on
 * afterwards. Whoever steps through instructions may see a gather twice, and counts it once.
 */
#ifndef GATHER_H
#define GATHER_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the instruction at this address is one: opcodes 0F 38 90 to 93, with an EVEX or a VEX prefix. */
static inline bool is_gather(const uint8_t *code)
{
    const bool has_evex = code[0] == 0x62 && (code[1] & 0x07) == 2,
               has_vex = code[0] == 0xc4 && (code[1] & 0x1f) == 2;
    const uint8_t opcode = has_evex ? code[4] : code[3];

    return (has_evex || has_vex) && opcode >= 0x90 && opcode <= 0x93;
}

#endif
