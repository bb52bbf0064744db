"""The library's random numbers in numpy: the same words as include/tinyres/random/philox.hpp, for whole arrays."""

import numpy as np

# Purpose of include/tinyres/random/philox.hpp.
INITIALISATION, DROPOUT, SHUFFLE, AUGMENTATION, SYNTHETIC_IMAGE = 1, 2, 3, 4, 5

_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


def philox(key: tuple, counter: tuple) -> list:
    """Philox4x32-10. `key`: two, `counter`: four numbers below 2^32 or arrays of them (one shape); four arrays."""
    k0, k1 = key
    c0, c1, c2, c3 = np.broadcast_arrays(*(np.asarray(c, np.uint64) for c in counter))
    for _ in range(10):
        product0, product1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = ((product1 >> _32) ^ c1 ^ np.uint64(k0), product1 & _LOW,
                          (product0 >> _32) ^ c3 ^ np.uint64(k1), product0 & _LOW)
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return [c0, c1, c2, c3]


def random_words(count: int, seed: int, purpose: int, major: int = 0, minor: int = 0) -> np.ndarray:
    """random_word({seed, purpose, major, minor}, 0 ... count - 1)."""
    block = np.arange((count + 3) // 4, dtype=np.uint64)
    words = philox((seed & 0xFFFFFFFF, seed >> 32), (block & _LOW, block >> _32, major, minor | purpose << 28))
    return np.stack(words, axis=1).reshape(-1)[:count]


def symmetric_uniform(count: int, seed: int, purpose: int, major: int = 0, minor: int = 0) -> np.ndarray:
    """2 * to_uniform(word) - 1 in double; exact in float, too."""
    return (random_words(count, seed, purpose, major, minor) >> np.uint64(8)) * 2.0**-23 - 1.0
