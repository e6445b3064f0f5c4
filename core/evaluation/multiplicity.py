"""p-values of tests that are made together, adjusted for how many they are.

Holm (1979) bounds the chance of even one false finding: for a handful of comparisons that each must hold. Benjamini
and Hochberg (1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x) bound the share of the findings that are false:
for a search over many tests.

Left out: dependence between tests beyond what Benjamini and Hochberg allow (positive regression dependence).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def holm(p_values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values so that the chance of even one false finding stays under alpha.

    Returns
    -------
    array of shape (n,)
        In the order given, never under the value itself, at most 1.

    References
    ----------
    S. Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6:65–70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.005]).round(3).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)), 1.0)
    return adjusted


def benjamini_hochberg(p_values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values so that, of the findings under a level, at most that share is false on average.

    Returns
    -------
    array of shape (n,)
        In the order given, never under the value itself, at most 1.

    References
    ----------
    Y. Benjamini and Y. Hochberg 1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x, as the step-up rule.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    adjusted = np.empty_like(values)
    ranks = np.arange(len(values), 0, -1)
    adjusted[order] = np.minimum(np.minimum.accumulate(values[order] * len(values) / ranks), 1.0)
    return adjusted
