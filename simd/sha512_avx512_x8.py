#!/usr/bin/env python3
"""SHA-512 in eight lanes with AVX-512 (FIPS 180-4, section 4.1.3): sha2_avx512_pipeline.py says how.

    sha512_avx512_x8.py PARAMETERS.json OUTPUT.S

Eight compressions take 80 x 17 + 64 x 11 = 2,064 operations (sha512_avx512.py), 64.5 cycles for each at four
per cycle.
"""
import sha2_avx512_pipeline
from sha2_streams import SHA512, main

write = sha2_avx512_pipeline.generator(SHA512, "sha512_avx512_x8")

if __name__ == "__main__":
    main(write)
