#include "ceiling_kernel.h"

#include "ceiling.h"

/* Of two kernels, either of them NULL, the one whose known ceiling is lower. */
static const char *lower(const char *a, const char *b)
{
    if (!a || ceiling_cycles(a) <= 0) {
        return b;
    }
    return b && ceiling_cycles(b) > 0 && ceiling_cycles(b) < ceiling_cycles(a) ? b : a;
}

/* lanekdf_derive_one runs on kernels of one lane only. */
static const char *fastest_of_one_lane(enum lanekdf_hash hash)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    const char *fastest = NULL;
    double least = 0;
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        const double cost = lanekdf_kernel_cost(i, 1);
        if (kernel.state == LANEKDF_KERNEL_USABLE && kernel.lanes == 1 && impl_kernel_serves(&kernel, hash) &&
            (!fastest || cost < least)) {
            fastest = kernel.name;
            least = cost;
        }
    }
    return fastest;
}

/* The kernels that take n jobs in turn, by lanekdf's own choice. */
static const char *lowest_chosen(enum lanekdf_hash hash, size_t n)
{
    const char *lowest = NULL;
    for (size_t n_taken = 0; n > 0; n -= n_taken < n ? n_taken : n) {
        struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
        const size_t index = lanekdf_kernel_choice(hash, n, &n_taken);
        if (lanekdf_kernel_query(index, &kernel) != LANEKDF_OK || n_taken == 0) {
            break;
        }
        lowest = lower(lowest, kernel.name);
    }
    return lowest;
}

const char *ceiling_kernel_of(const struct impl *impl, const struct workload *workload, size_t n)
{
    const enum lanekdf_hash hash = (enum lanekdf_hash)workload->handshake.hash;
    if (!impl_is_lanekdf(impl) || hash == 0) {
        return NULL;
    }
    const char *kernel = impl->kernel ? impl->kernel->name
                         : n == 1     ? fastest_of_one_lane(hash)
                                      : lowest_chosen(hash, n);
    return kernel && ceiling_cycles(kernel) > 0 ? kernel : NULL;
}

const char *ceiling_kernel_lowest(enum lanekdf_hash hash)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    const char *lowest = NULL;
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (impl_kernel_serves(&kernel, hash)) {
            lowest = lower(lowest, kernel.name);
        }
    }
    return lowest && ceiling_cycles(lowest) > 0 ? lowest : NULL;
}
