"""Rows that equal another row in every column.

Left out: rows that are nearly equal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

SLOT_BITS = 21  # of a hash: 8 MB of slots, which the processor's cache holds
MANY_ROWS = 100_000
BLOCK = 32_768  # rows
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
        hashes *= np.uint64(1_099_511_628_211)  # 64-bit FNV prime: mixes the columns so that their order counts
        _add_hashes(column, hashes)
        if place < min(N_FIRST, len(numbers_first)):
            continue
        alike = _mark_alike(hashes)
        rows, hashes = rows[alike], hashes[alike]
        if not len(rows):
            break
    return rows, hashes


def _add_hashes(column: pd.Series, hashes: np.ndarray) -> None:
    """Add the hash of each cell; numbers in blocks that stay in the processor's cache."""
    if column.dtype.kind != "f" or not isinstance(column.dtype, np.dtype):
        hashes += pd.util.hash_pandas_object(column, index=False).to_numpy()
        return
    values = column.to_numpy()
    for start in range(0, len(values), BLOCK):
        hashes[start : start + BLOCK] += pd.util.hash_array(values[start : start + BLOCK])


def _mark_alike(hashes: np.ndarray) -> np.ndarray:
    """Mark the hashes that stand more than once.

    Of many, each takes the slot of its first bits, the last of several keeps it, and whoever lost it is compared with
    that one: equal ones are found so, and what is left, a fifth or so, does it again among itself.
    """
    if len(hashes) < MANY_ROWS:
        return np.asarray(pd.Series(hashes).duplicated(keep=False))
    alike = np.zeros(len(hashes), dtype=bool)
    owner = np.empty(1 << SLOT_BITS, dtype=np.int32)
    rows, own = np.arange(len(hashes), dtype=np.int32), hashes
    while len(rows):
        slots = (own >> np.uint64(64 - SLOT_BITS)).astype(np.intp)
        owner[slots] = rows
        keepers = owner[slots]
        lost = np.flatnonzero(keepers != rows)
        rows, keepers, own = rows[lost], keepers[lost], own[lost]
        is_same = hashes[keepers] == own
        alike[rows[is_same]] = alike[keepers[is_same]] = True
        rows, own = rows[~is_same], own[~is_same]
    return alike
