/* Two buffers overlap by overlap() if and only if some byte is in both: any addresses, any lengths. */
/* cbmc: --unwind 1 */
#include "overlap.h"
#include "cbmc.h"

int main(void)
{
    const size_t a = nondet_size(), a_len = nondet_size(), b = nondet_size(), b_len = nondet_size();

    ASSUME(a_len <= SIZE_MAX - a && b_len <= SIZE_MAX - b); /* a buffer does not go round the address space */
    const bool shares_byte = a_len && b_len && a < b + b_len && b < a + a_len;

    PROVE(overlap((const void *)a, a_len, (const void *)b, b_len) == shares_byte);
}
