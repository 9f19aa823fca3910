/* copy_bytes() and copy_secret() copy n bytes and touch no others: any bytes, and every n from 0 to 70, which
 * has every case of both. (From 65 bytes on both are memcpy().) */
/* cbmc: --unwind 73 --object-bits 12 */
#include "copy.h"
#include "cbmc.h"

enum { MAX = 70 };

int main(void)
{
    static uint8_t from[MAX], to[MAX + 2];

    for (size_t n = 0; n <= MAX; n++) {
        uint8_t before = nondet_u8(), behind = nondet_u8();

        for (size_t i = 0; i < n; i++) {
            from[MAX - n + i] = nondet_u8();
        }
        to[0] = before;
        to[n + 1] = behind;
        /* The bytes to read end with their object, so that CBMC sees what is read behind them. */
        if (nondet_bool()) {
            copy_bytes(to + 1, from + MAX - n, n);
        } else {
            copy_secret(to + 1, from + MAX - n, n);
        }
        for (size_t i = 0; i < n; i++) {
            PROVE(to[1 + i] == from[MAX - n + i]);
        }
        PROVE(to[0] == before && to[n + 1] == behind);
    }
}
