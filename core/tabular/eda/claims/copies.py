"""Rows that copy another one, told from rows that are equal because few values are possible.

Tests treat rows as independent, and a row entered twice counts twice: of tables of noise with a third of their rows
repeated, half showed a false association. Rows may also be equal by chance, where columns have few values, and these
count each. Two signs tell them apart: how many pairs would be equal if the columns were independent, and how many pairs
differ in one column only, which are more than the equal ones where equality is a matter of chance.

Left out: copies that differ in an identifier, and copies that were changed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MAX_CHANCE = 0.05  # equal pairs that chance may bring, for each one there is
MAX_NEAR = 0.5  # pairs that differ in one column, for each equal one


def drop_copies(frame: pd.DataFrame, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the rows without those that copy an earlier one of them; all of them where chance explains the copies.

    Parameters
    ----------
    rows : array of int, shape (n,)
        Positions in the table, in order.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0.1, 5.3, 0.2, 7.7, 0.1], "y": [3.4, 1.8, 3.5, 9.9, 3.4], "z": [9, 4, 6, 3, 9]})
    >>> drop_copies(frame, np.arange(5)).tolist(), drop_copies(frame > 5, np.arange(5)).tolist()
    ([0, 1, 2, 3], [0, 1, 2, 3, 4])
    """
    columns = [pd.factorize(frame[name].iloc[rows], use_na_sentinel=False)[0] for name in frame.columns]
    hashes = [pd.util.hash_array(codes.astype(np.uint64) + (place << 32)) for place, codes in enumerate(columns)]
    whole = np.asarray(np.sum(hashes, axis=0, dtype=np.uint64))
    repeated = pd.Series(whole).duplicated().to_numpy()
    n_equal = _count_pairs(whole)
    if not n_equal:
        return rows
    n_pairs = len(rows) * (len(rows) - 1) / 2
    by_chance = n_pairs * float(np.prod([_count_pairs(codes) / n_pairs for codes in columns]))
    n_near = sum(_count_pairs(whole - own) - n_equal for own in hashes)
    return rows if by_chance > MAX_CHANCE * n_equal or n_near > MAX_NEAR * n_equal else rows[~repeated]


def _count_pairs(values: NDArray[np.generic]) -> float:
    """Count the pairs of equal values."""
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1)).sum() / 2)
