"""Buckets by hash: where a unit lies between 0 and 1 follows from a salt and the unit alone, on any machine, for ever.

FNV-1a, 32 bits (G. Fowler, L. C. Noll and K.-P. Vo, http://www.isthe.com/chongo/tech/comp/fnv/), made into buckets as
GrowthBook describes it (https://docs.growthbook.io/lib/build-your-own): version 2 hashes the hash's digits once more,
so that two salts give independent buckets; version 1 is kept to read what older programs assigned.

Texts are hashed as UTF-8, which for ASCII is the published algorithm.

Left out: other hashes, and secrecy: whoever knows the salt knows every bucket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

OFFSET, PRIME = 2_166_136_261, 16_777_619
Version = Literal[1, 2]
BUCKETS: dict[int, int] = {1: 1_000, 2: 10_000}
"""Buckets of each version: the finest step of a weight."""
BLOCK = 65_536
"""Units hashed at a time: their letters then stay in the processor's cache."""
_DIGITS = tuple(10**place for place in range(9, -1, -1))


def hash_text(text: str) -> int:
    """Return the FNV-1a hash of a text, 32 bits.

    Examples
    --------
    >>> hex(hash_text("")), hex(hash_text("a")), hex(hash_text("foobar"))
    ('0x811c9dc5', '0xe40c292c', '0xbf9cf968')
    """
    state = OFFSET
    for byte in text.encode():
        state = (state ^ byte) * PRIME & 0xFFFFFFFF
    return state


def find_bucket(salt: str, unit: str, version: Version = 2) -> float:
    """Return the bucket (0 ≤ bucket < 1) of one unit.

    Parameters
    ----------
    salt : str
        Of the experiment, or of its layer; another salt gives an independent bucket.
    version : int
        2, or 1 for what older programs assigned.

    Examples
    --------
    >>> find_bucket("seed", "a"), find_bucket("", "a", version=1)
    (0.0505, 0.22)
    """
    n_buckets = BUCKETS[version]
    if version == 1:
        return hash_text(unit + salt) % n_buckets / n_buckets
    return hash_text(str(hash_text(salt + unit))) % n_buckets / n_buckets


def find_buckets(salt: str, units: Sequence[str], version: Version = 2) -> np.ndarray:
    """Return the buckets of many units at once, as :func:`find_bucket` gives them one by one.

    Returns
    -------
    float array of shape (n_units,)

    Examples
    --------
    >>> find_buckets("foo", ["ab", "def"]).tolist()
    [0.2575, 0.2019]
    """
    found = np.empty(len(units), dtype=np.float64)
    before, after = (salt.encode(), b"") if version == 2 else (b"", salt.encode())  # noqa: PLR2004 - the version
    for start in range(0, len(units), BLOCK):
        block = [unit.encode() for unit in units[start : start + BLOCK]]
        state = _hash_block(block, before, after)
        if version == 2:  # noqa: PLR2004 - the version
            state = _hash_digits(state)
        found[start : start + BLOCK] = state % BUCKETS[version] / BUCKETS[version]
    return found


def _step(state: np.ndarray, byte: np.ndarray | int) -> np.ndarray:
    """Take in one byte of every text; 32-bit numbers wrap by themselves."""
    return np.asarray((state ^ np.asarray(byte, dtype=np.uint32)) * np.uint32(PRIME))


def _hash_block(block: list[bytes], before: bytes, after: bytes) -> np.ndarray:
    """Hash texts of different lengths together, letter by letter, each with bytes before and after it."""
    lengths = np.fromiter(map(len, block), dtype=np.int64, count=len(block))
    width = max(1, int(lengths.max()))
    letters = np.array(block, dtype=f"S{width}").view(np.uint8).reshape(len(block), width)
    state = np.full(len(block), OFFSET, dtype=np.uint32)
    for byte in before:
        state = _step(state, byte)
    for place in range(int(lengths.max())):
        state = np.where(lengths > place, _step(state, letters[:, place]), state)
    for byte in after:
        state = _step(state, byte)
    return state


def _hash_digits(numbers: np.ndarray) -> np.ndarray:
    """Hash the decimal digits of numbers, without leading zeros."""
    state = np.full(len(numbers), OFFSET, dtype=np.uint32)
    for power in _DIGITS:
        digit = numbers // np.uint32(power) % np.uint32(10) + np.uint32(48)  # 48 is the letter 0
        state = np.where((numbers >= power) | (power == 1), _step(state, digit), state)
    return state
