#!/usr/bin/env python3
"""SHA-256 in sixteen lanes with AVX-512 (FIPS 180-4, section 4.1.2): sha2_avx512_pipeline.py says how.

    sha256_avx512_x16.py PARAMETERS.json OUTPUT.S

Sixteen compressions take 64 x 17 + 48 x 11 = 1,616 operations (sha256_avx512.py), 25.3 cycles for each at
four per cycle. Of these, 576 are rotates and 96 are shifts. In the place of the bodies of computed words, a
digest and its padding have two bodies, in which words that are known save 59 operations. All bodies are
17 KB, those of a step 14 KB.
"""
import sha2_avx512_pipeline
from sha2_streams import SHA256, main
from sha256_words import PADDING

write = sha2_avx512_pipeline.generator(SHA256, "sha256_avx512_x16", PADDING)

if __name__ == "__main__":
    main(write)
