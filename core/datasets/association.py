"""How a table's columns go together: with the classes (eta squared), with a number and with each other (r).

Eta squared, the share of a number's variance that lies between groups, is Fisher's correlation ratio (1925,
*Statistical Methods for Research Workers*, ch. VII). Pearson's r inside the classes is taken after each row lost the
mean of its class: it can have the other sign than r over all rows (Simpson 1951,
doi:10.1111/j.2517-6161.1951.tb00088.x).

Left out: tests of significance; association between two categories.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.table import Table
from core.datasets.tally import code_values
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
    return share_between_codes(values, pd.factorize(groups)[0])


def share_between_codes(values: NDArray[np.float64], codes: NDArray[np.intp]) -> float:
    """Return eta squared as :func:`share_between` does, of groups given by number from 0, −1 where there is none.

    Examples
    --------
    >>> share_between_codes(np.array([1e300, 1e300, 3e300, 3e300]), np.array([0, 0, 1, 1]))
    1.0
    """
    known = np.isfinite(values) & (codes >= 0)
    if not known.any():
        return 0.0
    rest, own = _shrink(values[known]), codes[known]
    rest = rest - rest.mean()
    sizes = np.bincount(own)
    means = np.bincount(own, rest) / np.maximum(sizes, 1)
    between, within = float((sizes * means**2).sum()), float(((rest - means[own]) ** 2).sum())
    return between / (between + within) if between + within else 0.0


def _shrink(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide columns by their largest size, so that no square is beyond the largest number."""
    sizes = np.abs(values).max(axis=0)
    return np.asarray(values / np.where(sizes > 0, sizes, 1.0), dtype=np.float64)


def check_column(table: Table, column: str) -> None:
    """Refuse a column that is not there or is empty."""
    if column not in table.frame.columns or not table.frame[column].notna().any():
        message = f"there is no column {column!r} with values; the columns are {', '.join(table.frame.columns[:10])}"
        raise DataError(message)


def make_groups(table: Table, by: str | None) -> NDArray[np.object_]:
    """Return the class of each row as text, shape (n_rows,): None where it is missing, one name for the rarest classes.

    Raises
    ------
    DataError
        If there is no such column, or it is empty.
    """
    groups = find_groups(table, by)
    return np.array([*groups.names, None], dtype=object)[groups.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The classes of a table's rows.

    Parameters
    ----------
    names : tuple of str
        In the order of :func:`order_groups`.
    codes : array of int, shape (n_rows,)
        Place of each row's class among the names, −1 where it is missing.
    """

    names: tuple[str, ...]
    codes: NDArray[np.intp]


_KEPT: WeakKeyDictionary[Table, dict[str | None, Groups]] = WeakKeyDictionary()


def find_groups(table: Table, by: str | None) -> Groups:
    """Return the class of each row by number, as :func:`make_groups` does by name; worked out once a table.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> groups = find_groups(load_table("iris"), "species")
    >>> groups.names, groups.codes[[0, 149]].tolist()
    (('setosa', 'versicolor', 'virginica'), [0, 2])
    """
    kept = _KEPT.setdefault(table, {})
    if by not in kept:
        kept[by] = _find_groups(table, by)
    return kept[by]


def _find_groups(table: Table, by: str | None) -> Groups:
    """Find the classes and their order by name; the rarest share a name where there are too many."""
    if by is None:
        return Groups(("",), np.zeros(len(table.frame), dtype=np.intp))
    check_column(table, by)
    codes, values = code_values(table.frame[by])
    own, texts = pd.factorize(np.array([str(value) for value in values], dtype=object))
    counts = pd.Series(np.bincount(own[codes[codes >= 0]], minlength=len(texts)), index=texts)
    n_kept = MAX_CLASSES if len(texts) <= MAX_CLASSES else MAX_CLASSES - 1
    common = frozenset(counts.sort_values(ascending=False).index[:n_kept])
    shown = [text if text in common else OTHERS for text in texts]
    names = order_groups(np.array(shown, dtype=object))
    places = np.array([names.index(text) for text in shown], dtype=np.intp)[own]
    return Groups(tuple(names), np.append(places, -1)[codes])


def cross_levels(column: pd.Series, groups: Groups, names: pd.Index) -> pd.DataFrame:
    """Count the rows of each level and class; levels without a name of their own are counted together."""
    codes, values = code_values(column)
    known = (codes >= 0) & (groups.codes >= 0)
    n_classes = len(groups.names)
    cells = np.bincount(codes[known] * n_classes + groups.codes[known], minlength=len(values) * n_classes)
    shown = [str(value) if str(value) in names else OTHERS for value in values]
    counts = pd.DataFrame(cells.reshape(len(values), n_classes), index=shown, columns=list(groups.names))
    return counts.groupby(level=0).sum().reindex(names, fill_value=0)


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


def centre_codes(values: NDArray[np.float64], codes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Take the mean of its class off each row as :func:`centre_groups` does, in the order of the rows.

    Examples
    --------
    >>> centre_codes(np.array([[1.0], [7.0], [3.0]]), np.array([0, 1, 0])).ravel().tolist()
    [-1.0, 0.0, 1.0]
    """
    known, own = values[codes >= 0], codes[codes >= 0]
    sizes = np.maximum(np.bincount(own), 1)
    means = [(np.bincount(own, column) / sizes)[own] for column in known.T]
    return np.asarray(known - np.stack(means, axis=1), dtype=np.float64)


def correlate(values: NDArray[np.float64]) -> float:
    """Return Pearson's r of two columns, shape (n, 2); NaN where one does not vary.

    Examples
    --------
    >>> round(correlate(np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 4.0]])), 3)
    0.982
    """
    x, y = (np.ascontiguousarray(column) for column in values.T)
    if x.max() == x.min() or y.max() == y.min():
        return float("nan")
    return float(np.corrcoef(_shrink(x), _shrink(y))[0, 1])
