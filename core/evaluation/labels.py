"""Class labels as whole numbers, and the checks that every score, curve and set makes of its arguments.

Left out: missing labels (a row without its class is dropped before any split), and several classes for one row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.hub.errors import DataError

SUM_TOLERANCE = 1e-3  # probabilities kept as float32 sum to 1 within about 1e-6; rounded ones within 1e-3


def encode_labels(y: object, classes: Sequence[object]) -> np.ndarray:
    """Turn each row's class into its place in ``classes``.

    Parameters
    ----------
    y : array of shape (n,)
        Class labels, of the same type as ``classes``.
    classes : sequence of length n_classes
        Every class once, in the order of the probability columns.

    Returns
    -------
    array of int of shape (n,)
        0 to n_classes − 1.

    Raises
    ------
    DataError
        If a row holds no class, or one that is not among ``classes``.

    Examples
    --------
    >>> encode_labels(["b", "a", "b"], ("a", "b")).tolist()
    [1, 0, 1]
    """
    labels = np.asarray(y, dtype=object)
    codes = pd.Index(list(classes), dtype=object).get_indexer(pd.Index(labels))
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        known = ", ".join(str(name) for name in list(classes)[:10])
        message = f"row {row + 1} has class {str(labels[row])[:60]!r}; it must be one of {known}"
        raise DataError(message)
    return np.asarray(codes, dtype=np.int64)


def check_probabilities(probabilities: object, n_rows: int, n_classes: int) -> np.ndarray:
    """Return probabilities as float64 after checking their shape, range and sums.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
        Each in 0–1, each row summing to 1.

    Raises
    ------
    ValueError
        If the shape differs, a value is not finite or negative, or a row does not sum to 1.

    Examples
    --------
    >>> check_probabilities([[0.25, 0.75]], 1, 2)
    array([[0.25, 0.75]])
    """
    table = np.asarray(probabilities, dtype=np.float64)
    if table.shape != (n_rows, n_classes) or n_rows == 0:
        message = f"probabilities have shape {table.shape}; it must be ({n_rows}, {n_classes}) with at least one row"
        raise ValueError(message)
    sound = np.isfinite(table).all() and (table >= -SUM_TOLERANCE).all()
    if not sound or (np.abs(table.sum(axis=1) - 1) > SUM_TOLERANCE).any():
        message = "each row of probabilities must be finite, at least 0 and sum to 1"
        raise ValueError(message)
    return np.clip(table, 0.0, 1.0)


def check_codes(y: object, n_classes: int) -> np.ndarray:
    """Return class numbers as int64 after checking that they are 0 to n_classes − 1.

    Raises
    ------
    ValueError
        If they are not whole numbers in range; :func:`encode_labels` makes them from labels.

    Examples
    --------
    >>> check_codes([0, 2, 1], 3).tolist()
    [0, 2, 1]
    """
    codes = np.asarray(y)
    if codes.ndim != 1 or codes.dtype.kind not in "iu" or ((codes < 0) | (codes >= n_classes)).any():
        message = f"y must be class numbers 0 to {n_classes - 1}; encode_labels makes them from labels"
        raise ValueError(message)
    return codes.astype(np.int64)


def one_hot(codes: np.ndarray, n_classes: int) -> np.ndarray:
    """Write class numbers as rows of zeros with a single one, shape (n, n_classes).

    Examples
    --------
    >>> one_hot(np.array([1, 0]), 3).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    return np.asarray(np.eye(n_classes)[codes])
