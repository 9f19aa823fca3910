/*
 * The memory of simdjson and of the C++ library is that of the command, too: what they let go of, of a line
 * with secrets for one, is zeroed as everything else is. Each form of new and delete is here, since a
 * sanitizer has its own of each.
 */
#include "memory.h"

#include <new>

/* Nothing is thrown: a C++ library's own vectors and strings are small, and without memory for them the
 * command ends like everywhere else. */
void *operator new(std::size_t n)
{
    return memory_take(n);
}

void *operator new[](std::size_t n)
{
    return memory_take(n);
}

void *operator new(std::size_t n, const std::nothrow_t & /* unused */) noexcept
{
    return memory_try(n);
}

void *operator new[](std::size_t n, const std::nothrow_t & /* unused */) noexcept
{
    return memory_try(n);
}

void operator delete(void *block) noexcept
{
    memory_give_back(block);
}

void operator delete[](void *block) noexcept
{
    memory_give_back(block);
}

void operator delete(void *block, std::size_t /* unused */) noexcept
{
    memory_give_back(block);
}

void operator delete[](void *block, std::size_t /* unused */) noexcept
{
    memory_give_back(block);
}
