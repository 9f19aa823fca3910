#include "own_functions.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "must.h"

static struct own_function *sorted;
static size_t n_sorted;

/* The file of this program. It stays mapped, because names point into it. */
static const uint8_t *map_own_file(void)
{
    const int file = open("/proc/self/exe", O_RDONLY);
    struct stat status;

    must(file >= 0 && fstat(file, &status) == 0, "the program's own file cannot be opened");
    const void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    must(bytes != MAP_FAILED, "the program's own file cannot be mapped");
    close(file);
    return bytes;
}

/* Adds the functions of a symbol table. In such a table, a symbol with the name of a file stands before the
 * static symbols of that file; and the symbols that are not static come behind all others. */
static void add_symbols(const ElfW(Sym) * symbols, size_t n, const char *names)
{
    const char *file = NULL;

    sorted = calloc(n, sizeof(*sorted));
    must(sorted, "no memory for the symbol table");
    for (size_t i = 0; i < n; i++) {
        const ElfW(Sym) *symbol = &symbols[i];
        const char *name = names + symbol->st_name;
        if (ELF64_ST_TYPE(symbol->st_info) == STT_FILE) {
            file = *name ? name : NULL; /* the linker puts its own symbols behind one without a name */
        } else if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_size) {
            const bool is_static = ELF64_ST_BIND(symbol->st_info) == STB_LOCAL;
            sorted[n_sorted++] =
                (struct own_function){symbol->st_value, symbol->st_size, name, is_static ? file : NULL};
        }
    }
}

static int compare_addresses(const void *a, const void *b)
{
    const uintptr_t x = ((const struct own_function *)a)->address;
    const uintptr_t y = ((const struct own_function *)b)->address;
    return (x > y) - (x < y);
}

/* The file has addresses as if the program were loaded at 0; this function, whose address is known, says
 * where it was loaded. */
static void relocate(void)
{
    uintptr_t distance = 0;

    for (size_t i = 0; i < n_sorted; i++) {
        if (!strcmp(sorted[i].name, "own_functions")) {
            distance = (uintptr_t)own_functions - sorted[i].address;
        }
    }
    for (size_t i = 0; i < n_sorted; i++) {
        sorted[i].address += distance;
    }
}

static void read_own_file(void)
{
    const uint8_t *bytes = map_own_file();
    const ElfW(Ehdr) *header = (const void *)bytes;
    const ElfW(Shdr) *sections = (const void *)(bytes + header->e_shoff);

    for (size_t i = 0; i < header->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB) {
            add_symbols((const void *)(bytes + sections[i].sh_offset),
                sections[i].sh_size / sizeof(ElfW(Sym)),
                (const char *)bytes + sections[sections[i].sh_link].sh_offset);
        }
    }
    relocate();
    qsort(sorted, n_sorted, sizeof(*sorted), compare_addresses);
}

size_t own_functions(const struct own_function **functions)
{
    if (!sorted) {
        read_own_file();
    }
    *functions = sorted;
    return n_sorted;
}

const struct own_function *own_function_at(uintptr_t address)
{
    const struct own_function *functions;
    size_t low = 0, high = own_functions(&functions);

    while (low < high) { /* the function, if there is one, is among low .. high - 1 */
        const size_t middle = low + (high - low) / 2;
        if (address < functions[middle].address) {
            high = middle;
        } else if (address - functions[middle].address >= functions[middle].n) {
            low = middle + 1;
        } else {
            return &functions[middle];
        }
    }
    return NULL;
}
