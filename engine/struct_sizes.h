/*
 * The sizes that the structs of lanekdf.h which carry their size have had so far, in bytes. A program
 * brings the struct of the release that it was compiled with. So a size that is taken away here stops old
 * programs, and a size that is not here is that of a newer library, or of no library at all.
 */
#ifndef ENGINE_STRUCT_SIZES_H
#define ENGINE_STRUCT_SIZES_H

#include <stdbool.h>

#include "lanekdf.h"

static inline bool is_size_of_options(size_t size)
{
    const size_t before_verify_one_in = offsetof(struct lanekdf_options, verify_one_in);
    return size == sizeof(struct lanekdf_options) || size == before_verify_one_in;
}

static inline bool is_size_of_kernel(size_t size)
{
    const size_t before_family = offsetof(struct lanekdf_kernel, family);
    return size == sizeof(struct lanekdf_kernel) || size == before_family;
}

static inline bool is_size_of_programs(size_t size)
{
    return size == sizeof(struct lanekdf_programs);
}

static inline bool is_size_of_verification(size_t size)
{
    return size == sizeof(struct lanekdf_verification);
}

#endif
