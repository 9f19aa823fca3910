/* A Diffie-Hellman secret loses its leading zeros and nothing else, whatever its bytes are: lengths of 1 to 9
 * bytes, which take all rounds of four, and no byte is read or written outside of the two buffers. */
/* cbmc: --unwind 11 engine/pre_master.c */
#include "cbmc.h"
#include "lanekdf.h"
#include "nothing_wiped.h"

enum { MAX = 9 };

int main(void)
{
    uint8_t in[MAX], out[MAX];
    const size_t len = nondet_size(), i = nondet_size();
    size_t n_zeros = 0;

    ASSUME(len >= 1 && len <= MAX);
    const uint8_t *secret = in + MAX - len;
    struct lanekdf_span pre_master_secret = {out + MAX - len, len};
    while (n_zeros < len && secret[n_zeros] == 0) {
        n_zeros++;
    }
    const int status = lanekdf_pre_master_dh((struct lanekdf_bytes){secret, len}, &pre_master_secret);

    PROVE(pre_master_secret.len == len - n_zeros);
    PROVE((status == LANEKDF_OK) == (n_zeros < len));
    ASSUME(i < pre_master_secret.len);
    PROVE(pre_master_secret.data[i] == secret[n_zeros + i]);
}
