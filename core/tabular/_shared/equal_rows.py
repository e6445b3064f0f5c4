"""Numbers for rows, equal where the rows are.

Left out: whether equal rows are copies or cases that look alike, which each project decides by what it knows of them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def number_rows(x: pd.DataFrame) -> np.ndarray:
    """Give rows that are equal in every column one number, shape (n_rows,), counted from 0 as they first occur.

    Missing equals missing.

    Examples
    --------
    >>> number_rows(pd.DataFrame({"a": [1, 2, 1], "b": ["u", "v", "u"]})).tolist()
    [0, 1, 0]
    """
    codes = pd.DataFrame({name: pd.factorize(x[name], use_na_sentinel=False)[0] for name in x.columns})
    return np.asarray(pd.factorize(pd.util.hash_pandas_object(codes, index=False))[0])
