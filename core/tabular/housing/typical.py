"""What a house that one knows little of is taken to have: the median or the most frequent value among houses like it.

"Like it" is the neighbourhood, or where another column says more, that one: the garage's finish among houses with as
many places in the garage. Nothing is filled in silently: whoever asks is told which columns were.

Left out: guessing one missing column from several others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

KEY = "neighborhood"
KEYS: Mapping[str, str] = {
    "ms_subclass": "house_style",
    "totrms_abvgrd": "bedroom_abvgr",
    "garage_type": "garage_cars",
    "garage_finish": "garage_cars",
    "garage_cond": "garage_cars",
    "bsmt_cond": "bsmt_exposure",
    "bsmtfin_type_2": "bsmtfin_type_1",
    "sale_type": "sale_condition",
    "pool_qc": "pool_area",
    "mas_vnr_area": "mas_vnr_type",
}
"""Columns that another one says more of than the neighbourhood does."""
LEAST_ALIKE = 10
"""Houses alike from which they speak for themselves; else all houses do."""
Value = float | str


@dataclass(frozen=True, slots=True)
class Typical:
    """Typical values: of each column by the level of its key, and of all rows under the empty key."""

    middles: Mapping[str, Mapping[str, Value]]


def make_typical(x: pd.DataFrame, names: Iterable[str] | None = None) -> Typical:
    """Measure what is typical on training rows.

    Parameters
    ----------
    names : iterable of str, optional
        The columns to measure; all when it is not given.

    Examples
    --------
    >>> found = make_typical(pd.DataFrame({"lot_area": [1.0, 2.0, 9.0], "neighborhood": ["a", "a", "b"]}))
    >>> found.middles["lot_area"]
    {'': 2.0}
    """
    return Typical({str(name): _measure(x, str(name)) for name in (x.columns if names is None else names)})


def _measure(x: pd.DataFrame, name: str) -> dict[str, Value]:
    """Measure one column, over all rows and for each level of its key that has enough rows."""
    found = {"": _middle(x[name])}
    key = KEYS.get(name, KEY)
    if key in x.columns and key != name:
        for level, part in x[name].groupby(x[key]):
            if len(part) >= LEAST_ALIKE and part.notna().any():
                found[_name_level(level)] = _middle(part)
    return found


def _middle(values: pd.Series) -> Value:
    """Return the median of numbers, or the most frequent name (by name where level)."""
    known = values.dropna()
    if values.dtype != object:
        return float(known.median()) if len(known) else float("nan")
    counts = known.value_counts()
    return min(counts.index[counts == counts.max()]) if len(counts) else "missing"


def _name_level(level: object) -> str:
    """Write a key's level as text."""
    return f"{level:g}" if isinstance(level, float) else str(level)


def fill_typical(
    known: Mapping[str, np.ndarray], names: list[str], typical: Typical
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Add the columns that are not there, each row's by its own neighbourhood or key.

    Parameters
    ----------
    known : mapping of column to array of shape (n_rows,)
        The columns that were given.
    names : list of str
        All columns that a model needs, in order.

    Returns
    -------
    (all columns in order, names of those that were filled in)

    Examples
    --------
    >>> table = pd.DataFrame({"lot_area": [1.0, 2.0, 9.0], "neighborhood": ["a", "a", "b"]})
    >>> given = {"neighborhood": np.array(["a"], dtype=object)}
    >>> columns, filled = fill_typical(given, ["neighborhood", "lot_area"], make_typical(table))
    >>> columns["lot_area"].tolist(), filled
    ([2.0], ('lot_area',))
    """
    filled = tuple(name for name in names if name not in known)
    columns = dict(known)
    nobody = np.full(len(next(iter(known.values()))), "", dtype=object)
    for name in filled:
        found = typical.middles[name]
        keys = columns.get(KEYS.get(name, KEY), nobody)
        values = [found.get(_name_level(level), found[""]) for level in keys.tolist()]
        columns[name] = np.array(values, dtype=object if isinstance(found[""], str) else float)
    return {name: columns[name] for name in names}, filled
