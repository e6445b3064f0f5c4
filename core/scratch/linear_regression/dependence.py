"""Columns that say the same: which column those before it already make up, and how, in plain words.

Method: Gram and Schmidt, each column twice (L. Giraud et al. 2005, doi:10.1007/s00211-005-0615-4).

Left out: columns that nearly say the same, which ``diagnostics`` measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.scratch.linear_regression.least_squares import find_center, has_intercept, solve_qr

SHARE_LEFT = 1e-12
"""A column is called dependent when less than this share of its length is not explained by the columns before it."""
SHARE_OF_PART = 1e-8  # a column takes part in a combination when it makes up more than this share of it
MOST_NAMES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Dependence:
    """A column that the columns before it already make up.

    Parameters
    ----------
    column : int
        Its position.
    parts : tuple of (int, float)
        The columns that make it up, each with its factor; empty for a column of zeros.
    """

    column: int
    parts: tuple[tuple[int, float], ...]


def find_dependent(x: np.ndarray, share_left: float = SHARE_LEFT) -> tuple[Dependence, ...]:
    """Find the columns that those before them already make up, to rounding.

    Parameters
    ----------
    x : float array of shape (n_rows, n_columns)
        Beside a first column of ones the others are measured from their means, so that a large offset hides nothing.
    share_left : float
        Share of a column's length that must be its own.

    Examples
    --------
    >>> x = np.array([[1.0, 1.0, 3.0], [1.0, 2.0, 5.0], [1.0, 4.0, 9.0], [1.0, 5.0, 11.0]])
    >>> [(each.column, [(place, round(factor, 6)) for place, factor in each.parts]) for each in find_dependent(x)]
    [(2, [(0, 1.0), (1, 2.0)])]
    """
    center = np.zeros(x.shape[1])
    if has_intercept(x):
        center[1:] = find_center(x[:, 1:])
        x = x - center
    lengths = np.linalg.norm(x, axis=0)
    kept: list[int] = []
    basis = np.empty((len(x), min(x.shape)))
    found = []
    for column in range(x.shape[1]):
        rest = x[:, column] / (lengths[column] or 1.0)
        for _ in range(2):  # once more, for what rounding left of the columns before (Gram and Schmidt, twice)
            known = basis[:, : len(kept)]
            rest = rest - known @ (known.T @ rest)
        left = float(np.linalg.norm(rest))
        if lengths[column] > 0 and left > share_left and len(kept) < basis.shape[1]:
            basis[:, len(kept)] = rest / left
            kept.append(column)
        else:
            parts = _find_parts(x, lengths, kept, column)
            found.append(Dependence(column, _add_offset(parts, center, column)))
    return tuple(found)


def _add_offset(parts: tuple[tuple[int, float], ...], center: np.ndarray, column: int) -> tuple[tuple[int, float], ...]:
    """Turn parts of columns measured from their means into parts of the columns, the intercept's first."""
    if not center.any():
        return parts
    others = [(place, factor) for place, factor in parts if place]
    terms = np.array([center[column], *(-factor * center[place] for place, factor in others)])
    offset = float(terms.sum() + sum(factor for place, factor in parts if not place))
    # What is left of means that cancel is rounding, and no offset.
    return ((0, offset), *others) if abs(offset) > SHARE_OF_PART * np.abs(terms).max() else tuple(others)


def _find_parts(x: np.ndarray, lengths: np.ndarray, kept: list[int], column: int) -> tuple[tuple[int, float], ...]:
    """Say which kept columns make up a column, and with which factors."""
    if not lengths[column] > 0:
        return ()
    factors = solve_qr(x[:, kept] / lengths[kept], x[:, column] / lengths[column])
    pairs = zip(kept, factors, strict=True)
    return tuple(
        (place, float(factor * lengths[column] / lengths[place]))
        for place, factor in pairs
        if abs(factor) > SHARE_OF_PART
    )


def describe_dependent(found: Dependence, names: Sequence[str]) -> str:
    """Say of a dependent column what it repeats.

    Parameters
    ----------
    names : sequence of str
        Of all columns; the intercept is called ``1``.

    Examples
    --------
    >>> describe_dependent(Dependence(2, ((1, 1.0),)), ("1", "height", "height_cm"))
    'height_cm repeats height and is not fitted'
    >>> describe_dependent(Dependence(2, ((0, 3.0), (1, 2.54))), ("1", "inches", "cm"))
    'cm is 3 + 2.54 × inches and is not fitted'
    >>> describe_dependent(Dependence(3, ((1, 1.0), (2, 1.0))), ("1", "city = a", "city = b", "region = c"))
    '“region = c” is “city = a” + “city = b” and is not fitted'
    """
    name = _quote(names[found.column])
    if not found.parts:
        return f"{name} is zero in every row and is not fitted"
    if len(found.parts) == 1 and found.parts[0][0] == 0 and names[0] == "1":
        return f"{name} has one value in every row and is not fitted"
    if len(found.parts) == 1 and np.isclose(found.parts[0][1], 1.0, rtol=1e-9):
        return f"{name} repeats {_quote(names[found.parts[0][0]])} and is not fitted"
    terms = [_write_part(place, factor, names) for place, factor in found.parts]
    if len(terms) > MOST_NAMES:
        terms = [*terms[:MOST_NAMES], f"{len(terms) - MOST_NAMES} more"]
    return f"{name} is {' + '.join(terms).replace('+ -', '- ')} and is not fitted"


def _write_part(place: int, factor: float, names: Sequence[str]) -> str:
    """Write one column of a combination with its factor; the intercept is its factor alone."""
    if place == 0 and names[0] == "1":
        return f"{factor:.4g}"
    name = _quote(names[place])
    return name if np.isclose(factor, 1.0, rtol=1e-9) else f"{factor:.4g} × {name}"


def _quote(name: str) -> str:
    """Put a name that holds an equals sign, such as that of a level, between quotes."""
    return f"“{name}”" if " = " in name else name
