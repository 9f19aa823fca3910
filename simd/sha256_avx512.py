#!/usr/bin/env python3
"""SHA-256 in rows of eight lanes with AVX-512 (FIPS 180-4, section 4.1.2). sha2_avx512.py says how it works.

    sha256_avx512.py PARAMETERS.json OUTPUT.S

A round has 6 rotates, 4 ternary logic operations and 7 additions. A step of the schedule has 4 rotates, 2
shifts, 2 ternary logic operations and 3 additions. These are 64 x 17 + 48 x 11 = 1,616 operations, which take
25.3 cycles per compression at four per cycle (Zen 5), and 50.5 at two (Zen 4, Intel). Rotates are not the
limit.

One stream alone is limited by latency. From one e to the next there are three rotates, of which two are
issued in a cycle, a ternary logic operation and an addition: on Zen 5, where most operations take 2 cycles,
these are 7 cycles, or 448 in all rounds. Its 1,680 operations take 420 cycles of four pipes, so that there is
little room to wait for anything else. The ends of an operation come on top.
"""
import sha2_avx512
from sha2_streams import SHA256, main

write = sha2_avx512.generator(SHA256, "sha256_avx512")

if __name__ == "__main__":
    main(write)
