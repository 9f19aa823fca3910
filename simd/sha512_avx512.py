#!/usr/bin/env python3
"""SHA-512 in rows of four lanes with AVX-512 (FIPS 180-4, section 4.1.3). sha2_avx512.py says how it works.

    sha512_avx512.py PARAMETERS.json OUTPUT.S

A round has 6 rotates, 4 ternary logic operations and 7 additions. A step of the schedule has 4 rotates, 2
shifts, 2 ternary logic operations and 3 additions. These are 80 x 17 + 64 x 11 = 2,064 operations, which take
64.5 cycles per compression at four per cycle (Zen 5), and 129 at two (Zen 4, Intel). Rotates are not the
limit. One stream alone is limited by latency, as sha256_avx512.py says.
"""
import sha2_avx512
from sha2_streams import SHA512, main

write = sha2_avx512.generator(SHA512, "sha512_avx512")

if __name__ == "__main__":
    main(write)
