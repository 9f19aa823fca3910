#define _GNU_SOURCE
#include "single_step.h"

#include <stdlib.h>

#include "must.h"

/* The linker defines these symbols; their addresses are the ends of the program's code. */
extern const char __executable_start[], etext[];

struct step_counts step_counts_new(void)
{
    struct step_counts counts = {.start = (uintptr_t)__executable_start};
    counts.n = (uintptr_t)etext - counts.start;
    counts.at = calloc(counts.n, sizeof(*counts.at));
    must(counts.at, "no memory for counts");
    return counts;
}

void step_counts_free(struct step_counts *counts)
{
    free(counts->at);
    counts->at = NULL;
}

void step_counts_leave_out(struct step_counts *counts, uintptr_t function)
{
    must(function - counts->start < counts->n, "a function is not in the code of this program");
    counts->at[function - counts->start].is_left_out = true;
}

#if defined(__linux__) && defined(__x86_64__)

#include <signal.h>
#include <ucontext.h>

#include "gather.h"

enum { TRAP_FLAG = 0x100 };

/* A function that is left out returns to this instruction, which stops the process again. */
extern const uint8_t single_step_again[];
__asm__(".text\nsingle_step_again: int3");

static struct step_counts *current;
static uintptr_t previous;       /* the address of the last instruction */
static struct step_count *place; /* the last instruction of this program */
static uintptr_t return_address; /* of a function that is left out, while it runs */

/* Whether the instruction is a string operation with a rep prefix. */
static bool is_repeated(const uint8_t *code)
{
    bool has_rep = false;
    for (;; code++) {
        if (*code == 0xf2 || *code == 0xf3) {
            has_rep = true;
        } else if (*code != 0x66 && *code != 0x67 && (*code & 0xf0) != 0x40) { /* operand size, REX */
            break;
        }
    }
    return has_rep && ((*code >= 0xa4 && *code <= 0xa7) || (*code >= 0xaa && *code <= 0xaf));
}

/* Counts the instruction that comes next. If it is the first one of a function that is left out, stepping
 * ends until the function returns. */
static void step(greg_t *registers)
{
    const uintptr_t address = (uintptr_t)registers[REG_RIP];

    if (address == previous &&
        (is_repeated((const uint8_t *)address) || is_gather((const uint8_t *)address))) {
        return;
    }
    previous = address;
    if (address - current->start >= current->n) {
        place->elsewhere++;
        return;
    }
    place = &current->at[address - current->start];
    place->here++;
    if (place->is_left_out) {
        uintptr_t *top = (uintptr_t *)registers[REG_RSP];
        return_address = *top;
        *top = (uintptr_t)single_step_again;
        registers[REG_EFL] &= ~TRAP_FLAG;
    }
}

/* Whether the last instruction was the int3 that ends single_step(). Only the instructions tell: a virtual
 * machine may report another reason for a trap than it had (si_code), when the process was interrupted. */
static bool is_at_end(void)
{
    return *(const uint8_t *)previous == 0xcc;
}

/* Where the process does not step, an int3 has stopped it: the first one of single_step(), or that of
 * single_step_again. Both turn stepping on, and the last int3 of single_step() turns it off. */
static void on_trap(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)signal;
    (void)info;
    if (!(registers[REG_EFL] & TRAP_FLAG)) {
        registers[REG_EFL] |= TRAP_FLAG;
        if ((uintptr_t)registers[REG_RIP] == (uintptr_t)single_step_again + 1) {
            registers[REG_RIP] = (greg_t)return_address;
        }
    } else if (is_at_end()) {
        registers[REG_EFL] &= ~TRAP_FLAG;
        return;
    }
    step(registers);
}

void single_step(void (*call)(void *), void *argument, struct step_counts *counts)
{
    static uint8_t stack[1 << 16]; /* the frame of a signal has room for all vector registers */
    const stack_t handlers_stack = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK}, old_action;
    stack_t old_stack;

    current = counts;
    must(sigaltstack(&handlers_stack, &old_stack) == 0, "sigaltstack");
    must(sigaction(SIGTRAP, &action, &old_action) == 0, "sigaction");
    __asm__ volatile("int3" : : : "memory");
    call(argument);
    __asm__ volatile("int3" : : : "memory");
    must(sigaction(SIGTRAP, &old_action, NULL) == 0, "sigaction");
    must(sigaltstack(&old_stack, NULL) == 0, "sigaltstack");
}

/* ---- a call whose number of instructions is known ---- */

struct known {
    uint64_t n_loops, n_bytes;
    uint8_t bytes[100];
};

/* The first statement executes 2 * n_loops instructions, and the second one executes one. */
static void known_call(void *argument)
{
    struct known *known = argument;
    uint64_t n_loops = known->n_loops, n_bytes = known->n_bytes;
    uint8_t *to = known->bytes;

    __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(n_loops) : : "cc");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n_bytes) : "a"(0) : "memory");
}

/* The compiler does not see which function this is, and cannot put it into its caller. */
static void (*volatile known_function)(void *) = known_call;

static uint64_t count_known(uint64_t n_loops, uint64_t n_bytes, bool is_left_out)
{
    struct known known = {.n_loops = n_loops, .n_bytes = n_bytes};
    struct step_counts counts = step_counts_new();
    uint64_t total = 0;

    if (is_left_out) {
        step_counts_leave_out(&counts, (uintptr_t)known_call);
    }
    single_step(known_function, &known, &counts);
    for (size_t i = 0; i < counts.n; i++) {
        total += counts.at[i].here + (uint64_t)counts.at[i].elsewhere;
    }
    step_counts_free(&counts);
    return total;
}

/* Where the trap flag has no effect, int3 still has one, and one instruction is counted. */
bool single_step_is_possible(void)
{
    return count_known(1, 1, false) > 1;
}

const char *single_step_defect(void)
{
    const uint64_t n = count_known(1, 1, false), n_without = count_known(1, 1, true);

    if (count_known(51, 1, false) != n + 100) {
        return "a loop has another number of instructions than it has";
    }
    if (count_known(1, 100, false) != n) {
        return "an instruction with a rep prefix counts more than once";
    }
    if (n_without + 3 > n || count_known(51, 1, true) != n_without) {
        return "a function that is left out is counted";
    }
    return NULL;
}

#else

void single_step(void (*call)(void *), void *argument, struct step_counts *counts)
{
    (void)counts;
    call(argument);
}

bool single_step_is_possible(void)
{
    return false;
}

const char *single_step_defect(void)
{
    return NULL;
}

#endif
