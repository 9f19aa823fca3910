/* The functions of this program, static ones among them, as its file names them. */
#ifndef OWN_FUNCTIONS_H
#define OWN_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

struct own_function {
    uintptr_t address;
    size_t n; /* bytes of code */
    const char *name;
    const char *file; /* that it was compiled from: "prf.c"; NULL if the function is not static */
};

/* All functions, in the order of their addresses. Returns their number, or 0 if the program was stripped.
 * They are valid as long as the process lives. */
size_t own_functions(const struct own_function **functions);

/* The function whose code has this address, or NULL. */
const struct own_function *own_function_at(uintptr_t address);

#endif
