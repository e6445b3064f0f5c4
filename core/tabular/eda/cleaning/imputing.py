"""Which filling recovers a column best: known cells are hidden, filled by each method and compared with the truth.

Cells are hidden in two ways: completely at random (MCAR), and more often where another number is high (MAR, a logistic
curve of its standardised ranks). Each method is fitted on the table with those cells missing. A number is scored by the
root of the mean squared error in standard deviations of the column's known values, a category by the share recovered;
methods are compared on the same hidden cells, with bootstrap intervals of the difference at a level shared among the
comparisons (Bonferroni).

Left out: gaps that depend on the lost value itself, which no known cell can stand for; multiple imputation. The best
filling of single cells is not the best for variances or correlations, which every one of these shrinks or stretches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.association import correlate
from core.datasets.fixes.wording import cut
from core.datasets.table import Table
from core.evaluation.intervals import bootstrap_interval
from core.hub.errors import DataError
from core.tabular.eda.cleaning.arrays import are_usable
from core.tabular.eda.cleaning.checks import check_numbers
from core.tabular.eda.cleaning.filling import fill_iteratively, fill_missing, fill_neighbours

Mechanism = Literal["MCAR", "MAR"]
Filler = Callable[[pd.DataFrame], pd.DataFrame]
HIDDEN_SHARE = 0.2
LEAST_KNOWN = 30
MAX_ROWS = 2_000  # drawn from a longer table, so that the answer is there in seconds
N_RESAMPLES = 1_000
STEEPNESS = 2.0  # of the MAR curve: the upper half of the driver loses about five times as many cells


@dataclass(frozen=True, slots=True)
class Recovery:
    """How well one method recovered the hidden cells of one column.

    Parameters
    ----------
    metric : str
        ``rmse`` in standard deviations (lower is better; 1 is no better than the mean) or ``accuracy`` (share 0–1).
    value, low, high : float
        With its 95% bootstrap interval over the hidden cells.
    verdict : str
        ``best``, or how it compares with the best on the same cells.
    """

    column: str
    mechanism: Mechanism
    driver: str
    method: str
    metric: Literal["rmse", "accuracy"]
    value: float
    low: float
    high: float
    n: int
    verdict: str


@dataclass(frozen=True, slots=True)
class ImputingComparison:
    """All recoveries, and a sentence for each column and mechanism."""

    recoveries: tuple[Recovery, ...]
    sentences: tuple[str, ...]
    notes: tuple[str, ...]


def compare_imputations(table: Table, columns: tuple[str, ...], seed: int = 0) -> ImputingComparison:
    """Hide known cells of each column and compare how well each method recovers them.

    Parameters
    ----------
    columns : tuple of str
        Number or category columns with at least 30 known values.
    seed : int
        Of the rows drawn, the cells hidden and the resamples.

    Raises
    ------
    DataError
        If a column is not there, is a date, has too few known values or does not vary.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> found = compare_imputations(load_table("iris"), ("petal_length",))
    >>> found.recoveries[0].mechanism, found.recoveries[0].method, found.recoveries[0].n
    ('MCAR', 'mean', 30)
    """
    if not columns:
        message = "0 columns were given; choose at least 1 to compare fillings for"
        raise DataError(message)
    rng = np.random.default_rng(seed)
    frame, notes = table.frame.reset_index(drop=True), []
    if len(frame) > MAX_ROWS:
        frame = frame.iloc[np.sort(rng.choice(len(frame), MAX_ROWS, replace=False))].reset_index(drop=True)
        notes.append(f"compared on {MAX_ROWS:,} of {len(table.frame):,} rows, drawn at random")
    recoveries: list[Recovery] = []
    sentences = []
    for column in columns:
        _check_column(table, frame, column)
        for mechanism, driver in _list_mechanisms(table, frame, column):
            hidden = _hide(frame, column, driver, rng)
            rows, sentence = _compare(table, frame, (column, mechanism, driver), hidden, seed)
            recoveries += rows
            sentences.append(sentence)
    return ImputingComparison(tuple(recoveries), tuple(sentences), tuple(notes))


def _check_column(table: Table, frame: pd.DataFrame, column: str) -> None:
    """Refuse a column whose cells cannot be hidden and scored."""
    table.with_target(column)
    known = frame[column].dropna()
    is_number = pd.api.types.is_numeric_dtype(known.dtype)
    is_text = known.dtype == object and all(isinstance(value, str) for value in known.unique())
    if not (is_number or is_text) or pd.api.types.is_bool_dtype(known.dtype):
        message = f"{cut(column)} holds {known.dtype} values; choose a number or category column"
        raise DataError(message)
    if len(known) < LEAST_KNOWN or (known == known.iloc[0]).all():
        message = f"{cut(column)} has {len(known)} known values; it must have at least {LEAST_KNOWN}, and two different"
        raise DataError(message)
    if is_number:
        check_numbers(column, known.to_numpy(dtype="float64"))


def _list_numbers(table: Table, frame: pd.DataFrame, column: str) -> list[str]:
    """List the other number columns that may tell of a column: no target, nothing set aside."""
    return [
        name
        for name in table.features
        if name != column
        and pd.api.types.is_numeric_dtype(frame[name].dtype)
        and are_usable(frame[name].to_numpy(dtype="float64", na_value=np.nan))
        and frame[name].min() != frame[name].max()
    ]


def _list_mechanisms(table: Table, frame: pd.DataFrame, column: str) -> list[tuple[Mechanism, str]]:
    """List the ways of hiding: at random, and by the number column that goes with it most."""
    numbers = _list_numbers(table, frame, column)
    if not numbers:
        return [("MCAR", "")]
    codes = frame[column] if pd.api.types.is_numeric_dtype(frame[column].dtype) else _codes(frame[column])
    values = codes.to_numpy(dtype="float64", na_value=np.nan)
    strength = {}
    for name in numbers:
        pair = np.column_stack([values, frame[name].to_numpy(dtype="float64", na_value=np.nan)])
        known = pair[~np.isnan(pair).any(axis=1)]
        strength[name] = abs(np.nan_to_num(correlate(known))) if len(known) > 2 else 0.0  # noqa: PLR2004 two points always lie on a line
    return [("MCAR", ""), ("MAR", max(strength, key=lambda name: strength[name]))]


def _codes(column: pd.Series) -> pd.Series:
    """Return categories as numbers, the commonest 0, missing as NaN."""
    order = {value: float(i) for i, value in enumerate(column.value_counts().index)}
    return column.map(order)


def _hide(frame: pd.DataFrame, column: str, driver: str, rng: np.random.Generator) -> NDArray[np.int64]:
    """Choose the rows whose known cell is hidden, in order."""
    known = np.flatnonzero(frame[column].notna().to_numpy())
    n_hidden = max(int(HIDDEN_SHARE * len(known)), 2)
    weights = np.ones(len(known))
    if driver:
        ranks = frame[driver].iloc[known].rank().to_numpy(dtype="float64", na_value=np.nan)
        middle = np.nan_to_num((ranks - np.nanmean(ranks)) / np.nanstd(ranks)) if np.nanstd(ranks) else 0 * ranks
        weights = 1 / (1 + np.exp(-STEEPNESS * middle))
    chosen = rng.choice(known, n_hidden, replace=False, p=weights / weights.sum())
    return np.sort(chosen)


def _list_methods(table: Table, frame: pd.DataFrame, column: str, seed: int) -> dict[str, Filler]:
    """List the fillings that a column can have, simplest first."""
    using = tuple(_list_numbers(table, frame, column))
    one = (column,)
    is_number = pd.api.types.is_numeric_dtype(frame[column].dtype)
    simple = ("mean", "median", "most frequent") if is_number else ("most frequent",)
    methods: dict[str, Filler] = {name: partial(fill_missing, columns=one, method=name) for name in simple}
    if using:
        methods["neighbours"] = partial(fill_neighbours, columns=one, using=using, n_neighbours=5)
    if using and is_number:
        methods["regression in turn"] = partial(fill_iteratively, columns=one, using=using, n_rounds=10, seed=seed)
    return methods


def _compare(
    table: Table, frame: pd.DataFrame, case: tuple[str, Mechanism, str], hidden: NDArray[np.int64], seed: int
) -> tuple[list[Recovery], str]:
    """Score every method on the hidden cells of one column, and say which is better."""
    column, mechanism, driver = case
    is_number = pd.api.types.is_numeric_dtype(frame[column].dtype)
    masked = frame.copy(deep=False)
    blank = pd.Series(data=False, index=frame.index)
    blank.iloc[hidden] = True
    masked[column] = frame[column].mask(blank)
    losses = {
        name: _measure(frame[column], fill(masked)[column], hidden)
        for name, fill in _list_methods(table, frame, column, seed).items()
    }
    score = _rmse if is_number else _accuracy
    values = {name: score(loss) for name, loss in losses.items()}
    best = min(values, key=lambda name: values[name] if is_number else -values[name])
    verdicts = _judge(losses, best, score, seed)
    rows = []
    for name, loss in losses.items():
        low, high = bootstrap_interval(score, (loss,), N_RESAMPLES, seed)
        metric: Literal["rmse", "accuracy"] = "rmse" if is_number else "accuracy"
        rows.append(
            Recovery(column, mechanism, driver, name, metric, values[name], low, high, len(hidden), verdicts[name])
        )
    return rows, _say(case, values, best, verdicts, is_number)


def _measure(truth: pd.Series, filled: pd.Series, hidden: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the squared error of each hidden cell in deviations, or 1 where a category is wrong, shape (n_hidden,)."""
    if pd.api.types.is_numeric_dtype(truth.dtype):
        values = truth.to_numpy(dtype="float64", na_value=np.nan)
        off = filled.to_numpy(dtype="float64", na_value=np.nan)[hidden] - values[hidden]
        return np.asarray((off / np.nanstd(values)) ** 2)
    return np.asarray(truth.iloc[hidden].to_numpy() != filled.iloc[hidden].to_numpy(), dtype=np.float64)


def _rmse(loss: NDArray[np.float64]) -> float:
    """Return the root of the mean squared error."""
    return float(np.sqrt(loss.mean()))


def _accuracy(loss: NDArray[np.float64]) -> float:
    """Return the share of cells recovered."""
    return float(1 - loss.mean())


def _judge(
    losses: dict[str, NDArray[np.float64]], best: str, score: Callable[[NDArray[np.float64]], float], seed: int
) -> dict[str, str]:
    """Compare every method with the best on the same cells."""
    others = [name for name in losses if name != best]
    verdicts = {best: "best"}
    for name in others:
        pair = (losses[name], losses[best])
        low, high = bootstrap_interval(
            lambda one, two: score(one) - score(two), pair, N_RESAMPLES, seed, 1 - 0.05 / len(others)
        )
        gap = score(pair[0]) - score(pair[1])
        words = "does not differ from the best" if low <= 0 <= high else "worse than the best"
        verdicts[name] = f"{words} (difference {gap:+.3f}, interval {low:+.3f} to {high:+.3f})"
    return verdicts


def _say(
    case: tuple[str, Mechanism, str], values: dict[str, float], best: str, verdicts: dict[str, str], is_number: bool
) -> str:
    """Say which method recovers a column better, or that they do not differ."""
    column, mechanism, driver = case
    how = "hidden at random" if mechanism == "MCAR" else f"hidden more often where {cut(driver)} is high"
    tied = [name for name in values if verdicts[name].startswith("does not")]
    worse = [name for name in values if verdicts[name].startswith("worse")]
    unit = "rmse {:.2f} deviations" if is_number else "accuracy {:.2f}"
    lead = f"{cut(column)}, {how}: {best} has {unit.format(values[best])}"
    parts = []
    if worse:
        parts.append("better than " + ", ".join(f"{name} ({values[name]:.2f})" for name in worse))
    if tied:
        parts.append(
            "not told apart from " + ", ".join(f"{name} ({values[name]:.2f}; they do not differ)" for name in tied)
        )
    return f"{lead}, {', and '.join(parts)}" if parts else f"{lead}; no other method applies"
