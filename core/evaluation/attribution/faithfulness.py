"""Whether an explanation names the columns that the answer hangs on: replace them one after another, and watch.

Deletion (V. Petsiuk, A. Das and K. Saenko 2018, arXiv:1806.07421): the columns take a background row's values in the
order of the size of their effects, and after each the mean distance of the answer from what it was is taken. An
explanation is faithful where the answer moves early: the area under its curve is larger than that of random orders.
The reverse order, least first, stands beside them as the other end.

Distances are averaged over background rows before anything else, so that effects of unlike sign cannot cancel.

Left out: fitting the model again without the columns (ROAR), which asks about the data and not about this model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.attribution.composing import Composer
from core.evaluation.attribution.result import Ask, Attribution
from core.evaluation.intervals import bootstrap_interval, t_interval
from core.evaluation.leaderboard import Measure
from core.hub.errors import DataError

N_RANDOM = 10
MAX_DRAWS = 30
"""Background rows that are drawn from; more change the curves little."""
LEAST_MOVE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """How far the answer has moved after each replaced column, as a share of the move when all are replaced.

    Parameters
    ----------
    moved, low, high : array of shape (n_columns + 1,)
        Mean over rows, 0 before the first column and 1 after the last, and its 95% interval over rows (NaN where
        there is one row).
    answer : array of shape (n_columns + 1,)
        Mean answer over rows and background rows.
    area : Measure
        Under ``moved`` against the share of columns replaced, in 0–1; larger is earlier.
    """

    moved: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    answer: NDArray[np.float64]
    area: Measure


@dataclass(frozen=True, slots=True, eq=False)
class Deletion:
    """Deletion by an explanation's order, by random orders and by the reverse order.

    Parameters
    ----------
    gain : Measure
        Area of the explanation's order less that of random orders of the same rows; above 0 is faithful.
    """

    method: str
    n_rows: int
    chosen: Curve
    random: Curve
    reverse: Curve
    gain: Measure


def delete_columns(
    ask: Ask,
    x: pd.DataFrame,
    background: pd.DataFrame,
    attribution: Attribution,
    seed: int = 0,
    n_random: int = N_RANDOM,
) -> Deletion:
    """Replace columns in the order of an explanation's effects and measure how early the answer moves.

    Parameters
    ----------
    ask : callable
        From rows of the original columns to (n_rows,) numbers.
    x : DataFrame of shape (n_rows, n_columns)
        The rows that ``attribution`` explains, at least 1; an interval needs 2, and 50 say something.
    background : DataFrame of shape (n_background, any)
        Rows to take values from; more than 30 are sampled with the seed.
    n_random : int
        Random orders of each row; more make their curve steadier and cost in proportion.

    Raises
    ------
    DataError
        If the explanation is of other rows or columns, the background lacks a column, or the answer stays the same when
        all columns are replaced.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, background = (pd.DataFrame(rng.normal(size=(20, 3)), columns=list("abc")) for _ in range(2))
    >>> by_hand = Attribution("by hand", ("a", "b", "c"), np.tile([3.0, 2.0, 1.0], (20, 1)), 0.0)
    >>> found = delete_columns(lambda rows: rows["a"].to_numpy(), x, background, by_hand)
    >>> found.chosen.moved.round(6).tolist(), found.reverse.moved.round(6).tolist()
    ([0.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0])
    """
    _check_explained(x, attribution)
    rng = np.random.default_rng(seed)
    if len(background) > MAX_DRAWS:
        background = background.iloc[np.sort(rng.choice(len(background), MAX_DRAWS, replace=False))]
    composer = Composer(ask, x, background)
    found = [_follow_case(composer, case, attribution.order[case], (rng, n_random)) for case in range(len(x))]
    moved, answers = (np.stack([each[place] for each in found]) for place in (0, 1))  # (n_rows, 3, n_columns + 1)
    if moved[:, 0, -1].mean() < LEAST_MOVE:
        message = "the answer stays the same when every column is replaced; explain a model that uses its columns"
        raise DataError(message)
    chosen, by_chance, reverse = (_make_curve(moved[:, place], answers[:, place]) for place in range(3))
    areas = [_find_areas(moved[:, place]) for place in range(2)]
    gain = _measure_ratio(areas[0] - areas[1], moved[:, 0, -1])
    return Deletion(attribution.method, len(x), chosen, by_chance, reverse, gain)


def _check_explained(x: pd.DataFrame, attribution: Attribution) -> None:
    """Refuse an explanation of other rows or columns."""
    columns = tuple(str(name) for name in x.columns)
    if columns != attribution.columns or len(x) != attribution.n_rows:
        message = (
            f"the explanation is of {attribution.n_rows} rows of {', '.join(attribution.columns)}, the table has "
            f"{len(x)} rows of {', '.join(columns)}; explain these rows"
        )
        raise DataError(message)


def _follow_case(
    composer: Composer, case: int, order: NDArray[np.intp], how: tuple[np.random.Generator, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Follow one case by its order, by random ones (averaged) and by the reverse: moves, answers (3, n_columns + 1)."""
    rng, n_random = how
    n_columns = len(order)
    orders = np.stack([order, order[::-1], *(rng.permutation(n_columns) for _ in range(n_random))])
    ranks = np.argsort(orders, axis=1)  # the step at which each column is replaced
    kept = ranks[:, None, :] >= np.arange(n_columns + 1)[:, None]  # (n_orders, n_columns + 1, n_columns)
    values = composer.answer(case, kept.reshape(-1, n_columns)).reshape(-1, len(orders), n_columns + 1)
    moved, answers = np.abs(values - values[:, :, :1]).mean(axis=0), values.mean(axis=0)
    return tuple(np.stack([each[0], each[2:].mean(axis=0), each[1]]) for each in (moved, answers))  # type: ignore[return-value]  # two of them


def _find_areas(moved: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area under each row's moves against the share of columns replaced, shape (n_rows,)."""
    return np.asarray(np.trapezoid(moved, dx=1 / (moved.shape[1] - 1), axis=1))


def _make_curve(moved: NDArray[np.float64], answers: NDArray[np.float64]) -> Curve:
    """Average the rows' moves, as shares of the mean move when all columns are replaced."""
    shares = moved / moved[:, -1].mean()
    ends = np.full((2, moved.shape[1]), np.nan)
    if len(moved) > 1:
        ends = np.array([t_interval(column) for column in shares.T]).T
    area = _measure_ratio(_find_areas(moved), moved[:, -1])
    return Curve(shares.mean(axis=0), ends[0], ends[1], answers.mean(axis=0), area)


def _measure_ratio(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> Measure:
    """Measure the ratio of two means, with a bootstrap interval over the rows; NaN ends where there is one row."""
    value = float(parts.sum() / wholes.sum())
    if len(parts) < 2:  # noqa: PLR2004 an interval needs two
        return Measure(value, np.nan, np.nan)
    low, high = bootstrap_interval(_divide_sums, (parts, wholes))
    return Measure(value, low, high)


def _divide_sums(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> float:
    """Divide two sums; not defined where no row moves."""
    total = float(wholes.sum())
    return float(parts.sum() / total) if total > 0 else np.nan
