"""Words of SHA-256 that the generators of kernels compute with (FIPS 180-4, sections 4.1.2 and 4.2.2)."""

M32 = 0xffffffff

# W[8] to W[15] of a block that begins with a digest, if the message is one block and this digest.
PADDING = dict.fromkeys(range(8, 16), 0) | {8: 0x80000000, 15: 768}


def ror(x, n):
    return (x >> n | x << 32 - n) & M32


def sigma0(x):
    return ror(x, 7) ^ ror(x, 18) ^ x >> 3


def sigma1(x):
    return ror(x, 17) ^ ror(x, 19) ^ x >> 10


def round_constant(prime):
    """The first 32 bits of the fractional part of its cube root."""
    root, bit = 0, 1 << 34
    while bit:
        if (root | bit) ** 3 <= prime << 96:
            root |= bit
        bit >>= 1
    return root & M32


K = [round_constant(n) for n in range(2, 54) if all(n % d for d in range(2, n))]  # K[0] to K[15]
