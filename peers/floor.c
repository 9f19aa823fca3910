#include "floor.h"

#include "ceiling.h"
#include "impl.h"

#include <string.h>

static double least_of_hash(enum lanekdf_hash hash, size_t n, size_t path, const char *only)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    double least = 0;
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (!impl_kernel_serves(&kernel, hash) || (only && strcmp(kernel.name, only) != 0)) {
            continue;
        }
        const double cycles = ceiling_of_call(kernel.name, n, path);
        if (cycles > 0 && (least == 0 || cycles < least)) {
            least = cycles;
        }
    }
    return least;
}

double floor_cycles(const struct compressions *call, const char *kernel)
{
    double sum = 0;
    for (int hash = 0; hash < COMPRESSIONS_N_HASHES; hash++) {
        if (call->of[hash].n == 0) {
            continue;
        }
        const double cycles =
            least_of_hash((enum lanekdf_hash)hash, call->of[hash].n, call->of[hash].path, kernel);
        if (cycles == 0) {
            return 0;
        }
        sum += cycles;
    }
    return sum;
}
