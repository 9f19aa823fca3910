#include "kernel_argument.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lanekdf.h"

/* NULL if the table has no kernel of this name. */
static const struct lanekdf_kernel *find(const char *name)
{
    static struct lanekdf_kernel kernel;

    for (size_t i = 0;; i++) {
        kernel.size = sizeof(kernel);
        if (lanekdf_kernel_query(i, &kernel) != LANEKDF_OK) {
            return NULL;
        }
        if (!strcmp(kernel.name, name)) {
            return &kernel;
        }
    }
}

static struct kernel_argument default_kernels(void)
{
    struct kernel_argument all = {.lanes = 1, .width = 64};
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};

    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        all.lanes = kernel.lanes > all.lanes ? kernel.lanes : all.lanes;
        all.width = kernel.vector_width > all.width ? kernel.vector_width : all.width;
    }
    return all;
}

struct kernel_argument kernel_argument(int argc, char **argv)
{
    struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};
    const struct lanekdf_kernel *kernel;
    int status;

    if (argc != 2) {
        fprintf(stderr, "usage: %s KERNEL|default|verified\n", argv[0]);
        exit(2);
    }
    options.verify_one_in = !strcmp(argv[1], "verified");
    if (!strcmp(argv[1], "default") || options.verify_one_in) {
        status = lanekdf_start(&options);
        if (status != LANEKDF_OK) {
            fprintf(stderr, "lanekdf_start: %s\n", lanekdf_status_text(status));
            exit(1);
        }
        struct kernel_argument all = default_kernels();
        all.is_verified = options.verify_one_in;
        return all;
    }
    options.kernel = argv[1];
    status = lanekdf_start(&options);
    kernel = find(argv[1]);
    if (!kernel) {
        fprintf(stderr, "no kernel %s\n", argv[1]);
        exit(1);
    }
    if (status == LANEKDF_ERROR_KERNEL && kernel->state == LANEKDF_KERNEL_UNSUPPORTED) {
        printf("skipped: %s needs %s, which this machine lacks\n", argv[1], kernel->missing);
        exit(EXIT_SKIPPED);
    }
    if (status != LANEKDF_OK || kernel->state != LANEKDF_KERNEL_USABLE) {
        fprintf(stderr, "%s: %s, state %u\n", argv[1], lanekdf_status_text(status), kernel->state);
        exit(1);
    }
    return (struct kernel_argument){argv[1], kernel->family, kernel->lanes, kernel->vector_width, false};
}
