"""How far explanations change when the model is fitted again on bootstraps of its training rows.

A reason that another sample of the same people would not have given is a reason about the sample. Order is compared by
Kendall's coefficient of concordance W (M. Kendall and B. Babington Smith 1939, https://doi.org/10.1214/aoms/1177732186),
corrected for ties.

Left out: the fits themselves, which a project does; changes of the data other than resampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.attribution.agreement import measure_mean, rank_sizes
from core.evaluation.attribution.result import Attribution, stack_values
from core.evaluation.leaderboard import Measure
from core.hub.errors import DataError

N_REFITS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """How far refits of a model explain the same rows alike; means over rows have 95% intervals.

    Parameters
    ----------
    columns : DataFrame
        column, effect (mean size over rows and refits), spread (standard deviation over refits, root mean square over
        rows), same_sign (mean share of refits that give a row's more frequent sign), largest effect first.
    concordance : Measure
        Kendall's W of the columns' order by size of effect: 1 where all refits agree, near 0 where none do.
    rank : Measure
        Mean Spearman correlation of two refits, (R W − 1) / (R − 1).
    other_first : Measure
        Share of refits whose largest reason is not the row's most frequent one.
    changed_rows : float
        Share of rows whose largest reason is not the same in all refits; it grows with their number.
    """

    method: str
    n_rows: int
    n_refits: int
    columns: pd.DataFrame
    concordance: Measure
    rank: Measure
    other_first: Measure
    changed_rows: float


def draw_refits(
    n_rows: int, n_refits: int = N_REFITS, seed: int = 0, groups: NDArray[np.object_] | None = None
) -> tuple[NDArray[np.intp], ...]:
    """Draw the rows of each refit: a bootstrap of the training rows, or of whole groups of them.

    Parameters
    ----------
    n_rows : int
        Training rows.
    groups : array of shape (n_rows,), optional
        Rows of one group are drawn together.

    Returns
    -------
    tuple of int arrays
        Places of the training rows of each refit, drawn with replacement.

    Raises
    ------
    DataError
        If there are fewer than two rows.

    Examples
    --------
    >>> [len(rows) for rows in draw_refits(100, n_refits=2)]
    [100, 100]
    """
    if n_rows < 2:  # noqa: PLR2004 one row has one bootstrap
        message = f"the number of training rows is {n_rows}; a bootstrap needs at least 2"
        raise DataError(message)
    rng = np.random.default_rng(seed)
    if groups is None:
        return tuple(rng.integers(0, n_rows, n_rows) for _ in range(n_refits))
    codes, names = pd.factorize(groups, use_na_sentinel=False)
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    picks = [rng.integers(0, len(names), len(names)) for _ in range(n_refits)]
    return tuple(np.concatenate([members[group] for group in pick]) for pick in picks)


def measure_stability(attributions: Sequence[Attribution]) -> Stability:
    """Measure how far explanations of the same rows by refits of a model agree.

    Parameters
    ----------
    attributions : sequence of Attribution
        One for each refit, at least 3, of the same rows and columns by the same method.

    Raises
    ------
    DataError
        If there are too few, or they explain other rows or columns.

    Examples
    --------
    >>> refits = [Attribution("x", ("a", "b"), np.array([[2.0 + i, 1.0]]), 0.0) for i in range(3)]
    >>> found = measure_stability(refits)
    >>> found.concordance.value, found.changed_rows, found.columns["spread"].round(2).tolist()
    (1.0, 0.0, [1.0, 0.0])
    """
    values = stack_values(attributions)  # (n_refits, n_rows, n_columns)
    concordance = _find_concordance(values)
    n_refits = len(values)
    firsts = np.abs(values).argmax(axis=2)  # (n_refits, n_rows)
    n_columns = values.shape[2]
    counts = np.stack([np.bincount(firsts[:, row], minlength=n_columns) for row in range(values.shape[1])])
    other = 1 - counts.max(axis=1) / n_refits
    return Stability(
        attributions[0].method,
        attributions[0].n_rows,
        n_refits,
        _describe_columns(attributions[0].columns, values),
        concordance=measure_mean(concordance, 0.0),
        rank=measure_mean((n_refits * concordance - 1) / (n_refits - 1), -1.0),
        other_first=measure_mean(other, 0.0),
        changed_rows=float(np.mean(other > 0)),
    )


def _describe_columns(columns: tuple[str, ...], values: NDArray[np.float64]) -> pd.DataFrame:
    """Describe each column over refits and rows, largest effect first."""
    up, down = (values > 0).mean(axis=0), (values < 0).mean(axis=0)
    frame = pd.DataFrame(
        {
            "column": list(columns),
            "effect": np.abs(values).mean(axis=(0, 1)),
            "spread": np.sqrt(values.var(axis=0, ddof=1).mean(axis=0)),
            "same_sign": np.maximum(np.maximum(up, down), 1 - up - down).mean(axis=0),
        }
    )
    return frame.sort_values(["effect", "column"], ascending=[False, True], ignore_index=True)


def _find_concordance(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Kendall's W of each row, corrected for ties; NaN where no refit orders the columns."""
    ranks = rank_sizes(values)
    n_refits, _, n_columns = ranks.shape
    totals = ranks.sum(axis=0)
    square = ((totals - totals.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    # Ranks with ties vary less than 1..n do; the most that W could be shrinks by as much.
    most = n_refits * ((ranks - (n_columns + 1) / 2) ** 2).sum(axis=(0, 2))
    return np.asarray(np.divide(square, most, out=np.full(len(square), np.nan), where=most > 0))


def say_stability(stability: Stability) -> str:
    """Say in a sentence how stable the reasons are.

    Examples
    --------
    >>> refits = [Attribution("SHAP", ("a", "b"), np.array([[2.0 + i, 1.0]]), 0.0) for i in range(3)]
    >>> say_stability(measure_stability(refits))
    'Over 3 refits the largest reason stays the same in 100% of 1 row; Kendall’s W is 1.00.'
    """
    rows = "row" if stability.n_rows == 1 else "rows"
    return (
        f"Over {stability.n_refits} refits the largest reason stays the same in {1 - stability.changed_rows:.0%} of "
        f"{stability.n_rows} {rows}; Kendall’s W is {stability.concordance.value:.2f}."
    )
