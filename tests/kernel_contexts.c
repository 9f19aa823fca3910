#include "kernel_contexts.h"

#include <stdio.h>

#include "must.h"

size_t kernel_contexts_new(lanekdf_context *contexts[KERNEL_CONTEXTS_MAX])
{
    struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    size_t n = 0;

    must(lanekdf_start(&options) == LANEKDF_OK, "lanekdf_start");
    must(lanekdf_context_new(&contexts[n++], &options) == LANEKDF_OK, "lanekdf_context_new");
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (kernel.state != LANEKDF_KERNEL_USABLE) {
            printf("skipped: %s, which is not usable on this CPU\n", kernel.name);
            continue;
        }
        options.kernel = kernel.name;
        must(n < KERNEL_CONTEXTS_MAX, "raise KERNEL_CONTEXTS_MAX");
        must(lanekdf_context_new(&contexts[n++], &options) == LANEKDF_OK, kernel.name);
    }
    return n;
}
