"""Rows that equal another row in every column.

Left out: rows that are nearly equal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

SLOT_BITS = 22  # of a hash: a quarter of a million rows or so share a slot of a million, 16 MB in all
MANY_ROWS = 100_000
N_FIRST = 3  # columns hashed before equal ones are looked for, which takes eight times as long as hashing


def find_repeated(frame: pd.DataFrame) -> np.ndarray:
    """Mark every row that equals an earlier one; missing equals missing.

    Columns are hashed one after the other and rows that are already alone are let go, so a table with a measured
    column is done after a few; what is left is compared exactly.

    Returns
    -------
    array of bool, shape (n_rows,)

    Examples
    --------
    >>> find_repeated(pd.DataFrame({"a": [1, 1, 2], "b": ["x", "x", "x"]})).tolist()
    [False, True, False]
    """
    rows, _ = find_twins(frame)
    marked = np.zeros(len(frame), dtype=bool)
    marked[rows] = frame.iloc[rows].duplicated().to_numpy()
    return marked


def find_twins(frame: pd.DataFrame, names: Sequence[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows that equal another row, but for a clash of 64-bit hashes.

    Parameters
    ----------
    names : sequence of str, optional
        The columns that are compared; all by default.

    Returns
    -------
    rows : array of int, shape (n_twins,)
        Their positions, in order.
    hashes : array of uint64, shape (n_twins,)
        Equal for equal rows.

    Examples
    --------
    >>> find_twins(pd.DataFrame({"a": [1, 2, 1], "b": ["x", "x", "x"]}))[0].tolist()
    [0, 2]
    """
    rows = np.arange(len(frame))
    hashes = np.zeros(len(frame), dtype="uint64")
    numbers_first = sorted(frame.columns if names is None else names, key=lambda name: frame[name].dtype.kind != "f")
    for place, name in enumerate(numbers_first, start=1):
        column = frame[name] if len(rows) == len(frame) else frame[name].iloc[rows]
        hashed = pd.util.hash_pandas_object(column, index=False).to_numpy()
        # 64-bit FNV prime: mixes the columns so that their order counts.
        hashes = hashes * np.uint64(1_099_511_628_211) + hashed
        if place < min(N_FIRST, len(numbers_first)):
            continue
        alike = _mark_alike(hashes)
        rows, hashes = rows[alike], hashes[alike]
        if not len(rows):
            break
    return rows, hashes


def _mark_alike(hashes: np.ndarray) -> np.ndarray:
    """Mark the hashes that stand more than once.

    Of many, those that have a slot to themselves are let go first, by their first bits: most rows are alone, and the
    others are looked up in a table that is small enough for the processor's cache.
    """
    if len(hashes) < MANY_ROWS:
        return np.asarray(pd.Series(hashes).duplicated(keep=False))
    slots = (hashes >> np.uint64(64 - SLOT_BITS)).astype(np.intp)
    rows = np.arange(len(hashes), dtype=np.int32)
    owner, shared = np.zeros(1 << SLOT_BITS, dtype=np.int32), np.zeros(1 << SLOT_BITS, dtype=bool)
    owner[slots] = rows
    shared[slots[owner[slots] != rows]] = True
    maybe = np.flatnonzero(shared[slots])
    alike = np.zeros(len(hashes), dtype=bool)
    alike[maybe] = pd.Series(hashes[maybe]).duplicated(keep=False).to_numpy()
    return alike
