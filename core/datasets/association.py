"""How a table's columns go together: with the classes (eta squared), with a number and with each other (r).

Eta squared, the share of a number's variance that lies between groups, is Fisher's correlation ratio (1925,
*Statistical Methods for Research Workers*, ch. VII). Pearson's r inside the classes is taken after each row lost the
mean of its class: it can have the other sign than r over all rows (Simpson 1951,
doi:10.1111/j.2517-6161.1951.tb00088.x).

Left out: tests of significance; association between two categories.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.table import Table
from core.hub.errors import DataError

MAX_CLASSES = 8
OTHERS = "others"


def rank_columns(table: Table, by: str) -> tuple[tuple[str, float], ...]:
    """Order the number columns by how much of their spread lies between the classes, most first.

    Returns
    -------
    tuple of (column, eta squared)
        Eta squared is 0 to 1; 0 for a column without spread.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> [(name, round(eta, 3)) for name, eta in rank_columns(load_table("iris"), "species")][:2]
    [('petal_length', 0.941), ('petal_width', 0.929)]
    """
    groups = make_groups(table, by)
    found = [(name, share_between(table.numbers(name), groups)) for name in find_numbers(table)]
    return tuple(sorted(found, key=lambda pair: -pair[1]))


def rank_partners(table: Table, target: str) -> tuple[tuple[str, float], ...]:
    """Order the number columns by how closely each goes with a number in a straight line, |r|, closest first.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> [(name, round(r, 3)) for name, r in rank_partners(load_table("diabetes"), "progression")][:2]
    [('bmi', 0.586), ('log_triglycerides', 0.566)]
    """
    aim = table.numbers(target)
    found = []
    for name in find_numbers(table.with_target(target)):
        pair = np.column_stack([table.numbers(name), aim])
        known = pair[np.isfinite(pair).all(axis=1)]
        found.append((name, abs(correlate(known)) if len(known) > 1 else 0.0))
    return tuple(sorted(found, key=lambda each: -np.nan_to_num(each[1])))


def find_numbers(table: Table) -> list[str]:
    """List the number columns that are neither the target nor ignored."""
    return [name for name in table.features if table.kinds[name] == "number"]


def share_between(values: NDArray[np.float64], groups: NDArray[np.object_]) -> float:
    """Return eta squared: the share of a number's variance that lies between groups.

    Parameters
    ----------
    values : array of shape (n,)
        What is missing or infinite is left out.
    groups : array of shape (n,)
        Group of each value; None is left out.

    Returns
    -------
    float
        0 (the groups have one mean) to 1 (each group has one value).

    Examples
    --------
    >>> share_between(np.array([1.0, 1.0, 3.0, 3.0]), np.array(["a", "a", "b", "b"], dtype=object))
    1.0
    """
    known = np.isfinite(values) & np.array([group is not None for group in groups], dtype=bool)
    total = float(((values[known] - values[known].mean()) ** 2).sum()) if known.any() else 0.0
    if total == 0:
        return 0.0
    centre = values[known].mean()
    own = [values[known & (groups == name)] for name in order_groups(groups)]
    between = float(sum(len(part) * (part.mean() - centre) ** 2 for part in own if len(part)))
    return min(between / total, 1.0)


def check_column(table: Table, column: str) -> None:
    """Refuse a column that is not there or is empty."""
    if column not in table.frame.columns or table.frame[column].isna().all():
        message = f"there is no column {column!r} with values; the columns are {', '.join(table.frame.columns[:10])}"
        raise DataError(message)


def make_groups(table: Table, by: str | None) -> NDArray[np.object_]:
    """Return the class of each row as text, shape (n_rows,): None where it is missing, one name for the rarest classes.

    Raises
    ------
    DataError
        If there is no such column, or it is empty.
    """
    if by is None:
        return np.full(len(table.frame), "", dtype=object)
    check_column(table, by)
    names = table.frame[by].astype(object).map(str, na_action="ignore")
    common = names.value_counts().index[: MAX_CLASSES if names.nunique() <= MAX_CLASSES else MAX_CLASSES - 1]
    kept = names.where(names.isin(common) | names.isna(), OTHERS)
    return np.array([None if pd.isna(name) else name for name in kept], dtype=object)


def order_groups(groups: NDArray[np.object_]) -> list[str]:
    """List the groups in the order of their names, as every chart of a project colours them.

    Examples
    --------
    >>> order_groups(np.array(["b", None, "others", "a"], dtype=object))
    ['a', 'b', 'others']
    """
    return sorted({str(name) for name in groups if name is not None}, key=lambda name: (name == OTHERS, name))


def centre_groups(values: NDArray[np.float64], groups: NDArray[np.object_]) -> NDArray[np.float64]:
    """Take the mean of its class off each row, so that only what varies inside the classes is left.

    Parameters
    ----------
    values : array of shape (n, n_columns)
        Without gaps.

    Returns
    -------
    array of shape (n_known, n_columns)
        Rows without a class are left out.

    Examples
    --------
    >>> centre_groups(np.array([[1.0], [3.0], [7.0]]), np.array(["a", "a", "b"], dtype=object)).ravel().tolist()
    [-1.0, 1.0, 0.0]
    """
    own = [values[groups == name] for name in order_groups(groups)]
    return np.concatenate([part - part.mean(axis=0) for part in own])


def correlate(values: NDArray[np.float64]) -> float:
    """Return Pearson's r of two columns, shape (n, 2); NaN where one does not vary.

    Examples
    --------
    >>> round(correlate(np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 4.0]])), 3)
    0.982
    """
    if (values.std(axis=0) == 0).any():
        return float("nan")
    return float(np.asarray(np.corrcoef(values.T))[0, 1])
