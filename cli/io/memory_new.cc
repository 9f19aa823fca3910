/*
 * The memory of simdjson and of the C++ library is that of the command, too: what they let go of, of a line
 * with secrets for one, is zeroed as everything else is. Each form of new and delete is here, since a
 * sanitizer has its own of each.
 */
#include "memory.h"

#include <new>

namespace
{

void *take(std::size_t n)
{
    void *block = memory_try(n);

    if (block == nullptr && memory_new_throws) {
        throw std::bad_alloc();
    }
    if (block == nullptr) {
        memory_give_up();
    }
    return block;
}

} // namespace

bool memory_new_throws;

void *operator new(std::size_t n)
{
    return take(n);
}

void *operator new[](std::size_t n)
{
    return take(n);
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
