/* The RSA pre-master secret is the message if the block is 00 02 PS 00 M, with PS of 8 bytes or more without
 * a zero and M of 48 bytes, and else random, and always has the version in front: blocks of 59 to 64 bytes,
 * any bytes. */
/* cbmc: --unwind 66 engine/pre_master.c */
#include "cbmc.h"
#include "lanekdf.h"
#include "nothing_wiped.h"

enum { MAX = 64 };

int main(void)
{
    uint8_t in[MAX], random[LANEKDF_PRE_MASTER_RANDOM_LEN], out[LANEKDF_PRE_MASTER_RSA_LEN];
    const size_t len = nondet_size(), i = nondet_size();
    const uint16_t version = nondet_u16();

    ASSUME(len >= 59 && len <= MAX && i >= 2 && i < LANEKDF_PRE_MASTER_RSA_LEN);
    const uint8_t *block = in + MAX - len;
    bool is_good = block[0] == 0 && block[1] == 2 && block[len - 49] == 0;
    for (size_t k = 2; k < len - 49; k++) {
        is_good = is_good && block[k] != 0;
    }
    PROVE(lanekdf_pre_master_rsa((struct lanekdf_bytes){block, len}, version, random, out) == LANEKDF_OK);
    PROVE(out[0] == version >> 8 && out[1] == (version & 0xff));
    PROVE(out[i] == (is_good ? block[len - 48 + i] : random[i - 2]));
}
