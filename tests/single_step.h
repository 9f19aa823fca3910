/*
 * Counts the instructions of a call, one by one. The CPU's trap flag stops this process after every
 * instruction, and a handler of SIGTRAP counts it where it stands. An instruction with a rep prefix stops
 * after each of its repetitions; the handler counts it once.
 *
 * There is one count at a time in a process, and no other thread may run during it.
 */
#ifndef SINGLE_STEP_H
#define SINGLE_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an instruction of this program stands for. */
struct step_count {
    uint32_t here;      /* how often it was executed */
    uint32_t elsewhere; /* instructions of shared libraries that were executed after it, before the next one
                         * of this program: if it calls memcpy(), those of memcpy() */
    bool is_left_out;   /* it is the first instruction of a function that runs without being counted; `here`
                         * says how often the function was called */
};

struct step_counts {
    uintptr_t start;       /* the address of the first byte of this program's code */
    size_t n;              /* the bytes of this code */
    struct step_count *at; /* n of them, by the offset of an instruction's first byte from `start` */
};

/* Counts of 0, in new memory. step_counts_free() frees it. */
struct step_counts step_counts_new(void);
void step_counts_free(struct step_counts *counts);

/* The function at this address of the program is to run at full speed. It need not follow any convention but
 * that its return address is on the stack. */
void step_counts_leave_out(struct step_counts *counts, uintptr_t function);

/* Adds the instructions that call(argument) executes, and a few of single_step() itself. The call runs but is
 * not counted where single_step_is_possible() says no. */
void single_step(void (*call)(void *), void *argument, struct step_counts *counts);

/* Whether the system lets this process step. */
bool single_step_is_possible(void);

/* Steps through code whose number of instructions is known. Returns NULL if the counts are right, and
 * otherwise says what is wrong with them. */
const char *single_step_defect(void);

#endif
