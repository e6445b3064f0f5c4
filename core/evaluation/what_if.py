"""What if one column of one case were different: the answer along a column, and the single changes that turn it.

The line along a column is an individual conditional expectation (A. Goldstein et al. 2015, arXiv:1309.6392) of the one
case that was asked about. Changes are counterfactuals of one column (S. Wachter, B. Mittelstadt and C. Russell 2017,
arXiv:1711.00399), looked for among values that training saw, nearest first, so that no change leads into the unknown.

Left out: changes of several columns at once; whether a change can be made, and what it would cause in other columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.attribution.composing import ask_rows
from core.evaluation.attribution.result import Ask
from core.evaluation.metrics import open_sentence
from core.evaluation.seen import SeenColumn, find_seen
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError, RecipeError

Side = Literal["above", "below"]
MIDDLE = (0.05, 0.95)

__all__ = ["Change", "SeenColumn", "find_changes", "find_seen", "vary_chart", "vary_column"]


@dataclass(frozen=True, slots=True)
class Change:
    """One column's change that moves the answer across a threshold.

    Parameters
    ----------
    distance : float
        0–1: share of the seen rows that a number passes over, or that do not hold the new level.
    """

    column: str
    before: object
    after: object
    answer_before: float
    answer_after: float
    distance: float


def vary_column(ask: Ask, case: pd.DataFrame, column: str, values: Sequence[object] | np.ndarray) -> np.ndarray:
    """Answer one case with each of several values in one column.

    Parameters
    ----------
    ask : callable
        From rows of the original columns to (n_rows,) numbers.
    case : DataFrame of shape (1, n_columns)
    values : sequence of shape (n_values,)

    Returns
    -------
    array of shape (n_values,)

    Raises
    ------
    DataError
        If the case is not one row, lacks the column, there are no values, or an answer is not a finite number.

    Examples
    --------
    >>> case = pd.DataFrame({"age": [30.0], "fare": [5.0]})
    >>> vary_column(lambda rows: rows["age"] + rows["fare"], case, "age", [1.0, 2.0]).tolist()
    [6.0, 7.0]
    """
    _check_case(case, [column])
    if len(values) == 0:
        message = f"the number of values of {column} is 0; give at least 1"
        raise DataError(message)
    return ask_rows(ask, _repeat_case(case, column, values))


def find_changes(
    ask: Ask, case: pd.DataFrame, fields: Sequence[SeenColumn], wanted: float = 0.5, side: Side | None = None
) -> tuple[Change, ...]:
    """Find the nearest change of each single column that moves an answer across a threshold.

    Parameters
    ----------
    ask : callable
        From rows of the original columns to (n_rows,) numbers.
    case : DataFrame of shape (1, n_columns)
    fields : sequence of SeenColumn
        Columns that may change, with their seen values (:func:`find_seen`); leave out what cannot change.
    wanted : float
        The threshold; a wanted answer is at least it (``above``) or less than it (``below``).
    side : str, optional
        Where the answer is wanted; the other side than the case's own where it is not given.

    Returns
    -------
    tuple of Change
        At most one a column, nearest first; empty where no single seen value does it.

    Raises
    ------
    DataError
        If the case is not one row or lacks a column, or an answer is not a finite number.
    RecipeError
        If the answer is on the wanted side already.

    Examples
    --------
    >>> seen = find_seen(pd.DataFrame({"age": np.arange(100.0), "sex": ["m", "f"] * 50}))
    >>> case = pd.DataFrame({"age": [30.0], "sex": ["m"]})
    >>> found = find_changes(lambda rows: rows["age"] / 100, case, seen, wanted=0.5)
    >>> [(change.column, change.after, round(change.distance, 2)) for change in found]
    [('age', 50.0, 0.2)]
    """
    _check_case(case, [field.name for field in fields])
    before = float(ask_rows(ask, case)[0])
    is_above = before >= wanted
    target = side or ("below" if is_above else "above")
    if (target == "above") == is_above:
        message = f"the answer is {before:.3g}, which is {target} {wanted:g} already; ask for the other side"
        raise RecipeError(message)
    tried = [_list_tries(field, case[field.name].iloc[0]) for field in fields]
    parts = [_repeat_case(case, field.name, values) for field, (values, _) in zip(fields, tried, strict=True)]
    parts = [part for part in parts if len(part)]
    answers = ask_rows(ask, pd.concat(parts, ignore_index=True)) if parts else np.zeros(0)
    found, start = [], 0
    for field, (values, distances) in zip(fields, tried, strict=True):
        own = answers[start : start + len(values)]
        start += len(values)
        crossed = np.flatnonzero((own >= wanted) != is_above)
        if len(crossed):
            best = crossed[np.argmin(distances[crossed])]
            now = case[field.name].iloc[0]
            found.append(
                Change(field.name, now, _to_plain(values[best]), before, float(own[best]), float(distances[best]))
            )
    return tuple(sorted(found, key=lambda change: (change.distance, change.column)))


def _to_plain(value: object) -> object:
    """Return a value as Python's own, so that it can be written as it stands."""
    return value.item() if isinstance(value, np.generic) else value


def _list_tries(field: SeenColumn, now: object) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """List the seen values other than the case's own, and how far each is from it."""
    other = np.array([value != now for value in field.grid], dtype=bool)
    values = np.asarray(field.grid)[other]
    if not field.is_number:
        return values, 1 - field.shares[other]
    if pd.isna(now):  # type: ignore[call-overload]  # of one value
        return values, np.abs(field.shares[other] - 0.5)  # a gap is taken for a middling value
    place = float(np.interp(float(now), field.grid.astype(np.float64), field.shares))  # type: ignore[arg-type]
    return values, np.abs(field.shares[other] - place)


def _repeat_case(case: pd.DataFrame, column: str, values: Sequence[object] | np.ndarray) -> pd.DataFrame:
    """Repeat a case with each of several values in one column, in the column's own kind where it holds them."""
    rows = case.loc[case.index.repeat(len(values))].reset_index(drop=True)
    kind = case[column].dtype
    new = pd.Series(np.asarray(values, dtype=object), dtype=object)
    if isinstance(kind, pd.CategoricalDtype):
        kind = pd.CategoricalDtype(kind.categories.union(pd.Index(new.dropna().unique()), sort=False))
    elif kind.kind in "iub":
        kind = new.infer_objects().dtype  # a fraction may stand in for a whole number
    elif pd.api.types.is_object_dtype(kind):
        return rows.assign(**{column: new})
    return rows.assign(**{column: new.astype(kind)})


def _check_case(case: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse what is not one row with the columns."""
    if len(case) != 1:
        message = f"the case has {len(case)} rows; it must have 1"
        raise DataError(message)
    absent = [name for name in columns if name not in case.columns]
    if absent:
        message = f"the case lacks {', '.join(absent)}; it has {', '.join(map(str, case.columns))}"
        raise DataError(message)


def vary_chart(
    ask: Ask,
    case: pd.DataFrame,
    seen: SeenColumn,
    threshold: float | None = None,
    labels: Mapping[str, str] | None = None,
) -> Chart:
    """Draw the answer of one case along one column, over the values that training saw.

    Parameters
    ----------
    seen : SeenColumn
        The column with its seen values; the middle 90% of the seen rows are marked.
    threshold : float, optional
        Drawn as a dashed line.
    labels : mapping, optional
        ``answer`` names the answer, with its unit.

    Raises
    ------
    DataError
        If the case is not one row, lacks the column, or an answer is not a finite number.

    Examples
    --------
    >>> seen, = find_seen(pd.DataFrame({"age": np.arange(100.0)}))
    >>> chart = vary_chart(lambda rows: rows["age"] / 100, pd.DataFrame({"age": [30.0]}), seen, threshold=0.5)
    >>> chart.title
    'Age alone moves the answer between 0 and 0.99; now it is 0.3, and it crosses 0.5 at about 49.5'
    """
    answers = vary_column(ask, case, seen.name, seen.grid)
    now, here = case[seen.name].iloc[0], float(ask_rows(ask, case)[0])
    answer = (labels or {}).get("answer", "Answer")
    title = f"{open_sentence(seen.name)} alone moves the answer between {answers.min():.3g} and "
    title += f"{answers.max():.3g}; now it is {here:.3g}{_say_crossing(seen, answers, threshold)}"
    marks = _mark_seen(seen, answers)
    where = _show_axis(seen)[[0, -1]]
    if threshold is not None:
        marks.append(Mark("line", where, np.full(2, threshold), "threshold", "baseline", dash=True))
    if not pd.isna(now):
        place = np.array([float(now)]) if seen.is_number else np.array([str(now)], dtype=object)
        marks.append(Mark("points", place, np.array([here]), "this case", "second", size=13.0))
    shown = zip(_show_axis(seen)[:: max(1, len(answers) // 8)], answers[:: max(1, len(answers) // 8)], strict=True)
    told = "; ".join(f"{value} {answer:.3g}" for value, answer in shown)
    return Chart(title, seen.name, answer, tuple(marks), alt=f"{title}. {told}.")


def _show_axis(seen: SeenColumn) -> np.ndarray:
    """Return the seen values as an axis takes them: numbers, or names."""
    if seen.is_number:
        return seen.grid.astype(np.float64)
    return np.array([str(value) for value in seen.grid], dtype=object)


def _mark_seen(seen: SeenColumn, answers: np.ndarray) -> list[Mark]:
    """Draw the answers, and mark where the middle 90% of the seen rows lie or how many hold each level."""
    axis = _show_axis(seen)
    if not seen.is_number:
        said = tuple(f"{share:.0%} of seen rows" for share in seen.shares)
        return [Mark("points", axis, answers, "answer with this level", "main", size=10.0, text=said)]
    common = (seen.shares >= MIDDLE[0]) & (np.concatenate([[0.0], seen.shares[:-1]]) <= MIDDLE[1])
    said = tuple(f"{share:.0%} of seen rows at or below" for share in seen.shares)
    line = Mark("line", axis, answers, "answer", "muted", text=said)
    inside = Mark("points", axis[common], answers[common], "middle 90% of seen rows", "main", size=6.0)
    return [line, inside]


def _say_crossing(seen: SeenColumn, answers: np.ndarray, threshold: float | None) -> str:
    """Say where a number's answer first crosses the threshold, and whether it does at all."""
    if threshold is None:
        return ""
    above = answers >= threshold
    if above.all() or not above.any():
        return f", and no seen value takes it across {threshold:g}"
    if not seen.is_number:
        return f", and {int(above.sum())} of {len(above)} levels take it to {threshold:g} or more"
    place = int(np.flatnonzero(np.diff(above.astype(int)))[0])
    middle = float(seen.grid[place : place + 2].astype(np.float64).mean())
    return f", and it crosses {threshold:g} at about {middle:.3g}"
