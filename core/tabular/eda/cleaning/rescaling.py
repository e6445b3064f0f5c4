"""The operation that puts number columns on another scale, with scikit-learn's scalers; missing values stay missing.

Power is I.-K. Yeo and R. A. Johnson 2000, https://doi.org/10.1093/biomet/87.4.954, its exponent by maximum likelihood.

Left out: what a scale does to a column (``scaling``); scaling for a model, which is fitted on training rows only.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.tabular.eda.cleaning.arrays import gather_numbers


def scale_columns(frame: pd.DataFrame, columns: tuple[str, ...], method: str) -> pd.DataFrame:
    """Put columns on another scale, as float64.

    Parameters
    ----------
    method : str
        ``standard`` (mean 0, deviation 1), ``min-max`` (0 to 1), ``robust`` (median 0, middle half 1 wide), ``power``
        (Yeo–Johnson, then standard) or ``log1p`` (the logarithm of 1 plus the value).

    Examples
    --------
    >>> scale_columns(pd.DataFrame({"a": [10.0, 20.0, 30.0]}), ("a",), "min-max")["a"].tolist()
    [0.0, 0.5, 1.0]
    """
    from sklearn.preprocessing import MinMaxScaler, PowerTransformer, RobustScaler, StandardScaler
    from threadpoolctl import threadpool_limits

    values = gather_numbers(frame, columns)
    makers = {"standard": StandardScaler, "min-max": MinMaxScaler, "robust": RobustScaler, "power": PowerTransformer}
    with np.errstate(all="ignore"), threadpool_limits(1):
        scaled = np.log1p(values) if method == "log1p" else makers[method]().fit_transform(values)
    changed = frame.copy(deep=False)
    for i, name in enumerate(columns):
        changed[name] = scaled[:, i]
    return changed
