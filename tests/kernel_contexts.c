#include "kernel_contexts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "must.h"

/* Whether the kernel is the only one of its family, so that the engine has no choice. */
static bool is_the_only_one(const struct lanekdf_kernel *kernel)
{
    struct lanekdf_kernel other = {.size = sizeof(other)};
    size_t n = 0;

    for (size_t i = 0; lanekdf_kernel_query(i, &other) == LANEKDF_OK; i++) {
        n += strcmp(other.family, kernel->family) == 0;
    }
    return n == 1;
}

size_t kernel_contexts_new(struct kernel_context contexts[KERNEL_CONTEXTS_MAX])
{
    struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    size_t n = 0;

    must(lanekdf_start(&options) == LANEKDF_OK, "lanekdf_start");
    contexts[n].family = NULL;
    must(lanekdf_context_new(&contexts[n++].context, &options) == LANEKDF_OK, "lanekdf_context_new");
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (kernel.state != LANEKDF_KERNEL_USABLE || is_the_only_one(&kernel)) {
            continue;
        }
        options.kernel = kernel.name;
        must(n < KERNEL_CONTEXTS_MAX, "raise KERNEL_CONTEXTS_MAX");
        contexts[n].family = kernel.family;
        must(lanekdf_context_new(&contexts[n++].context, &options) == LANEKDF_OK, kernel.name);
    }
    return n;
}

void kernel_contexts_say_what_is_skipped(void)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};

    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (kernel.state != LANEKDF_KERNEL_USABLE) {
            printf("skipped: %s, which is not usable on this CPU\n", kernel.name);
        }
    }
}
