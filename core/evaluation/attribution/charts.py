"""Charts of explanations: one row's effects, the way from base to answer, and all rows' effects at once.

Left out: charts of how far an explanation can be believed (``check_charts``); colours and layout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.attribution.overall import rank_columns
from core.evaluation.attribution.result import Attribution
from core.evaluation.metrics import open_sentence
from core.hub.charts import Chart, Mark, Role

MAX_SHOWN = 12
MAX_POINTS = 3_000
THIRDS = (1 / 3, 2 / 3)
REST, UNKNOWN = "all other columns", "where nothing is known"
LEAST_GAP = 1e-6
Show = Callable[[float], str]


def _show_plain(value: float) -> str:
    """Write a number with three digits, and a true minus."""
    return f"{value:.3g}".replace("-", "−")


def local_chart(
    attribution: Attribution, row: int = 0, texts: Mapping[str, str] | None = None, show: Show = _show_plain
) -> Chart:
    """Draw the effects on one row's answer as bars with error bars, the largest first.

    Parameters
    ----------
    texts : mapping of column to text, optional
        The row's values as they are written, to stand beside the columns' names.
    show : callable
        How an amount of the answer's unit is written.

    Examples
    --------
    >>> found = Attribution("SHAP", ("sex", "age"), np.array([[0.3, -0.1]]), 0.4, answers=np.array([0.6]))
    >>> local_chart(found, texts={"sex": "female"}).title
    'Sex female raises the answer most, by 0.3: it is 0.6, and 0.4 where nothing is known'
    """
    order, names = _pick_columns(attribution, row, texts)
    values = attribution.row(row)[order]
    low, high = (None if end is None else end[row, order] for end in (attribution.low, attribution.high))
    answer = _find_answer(attribution, row)
    title = f"No column moves the answer, {show(answer)}"
    if values[0] != 0:
        verb = "raises" if values[0] > 0 else "lowers"
        title = f"{open_sentence(names[0])} {verb} the answer most, by {show(abs(values[0]))}: it is {show(answer)}"
        if _adds_up(attribution, row):
            title += f", and {show(attribution.base)} {UNKNOWN}"
    marks = _split_by_sign(values, names, low, high)
    bars = ", 95% error bars" if low is not None else ""
    told = "; ".join(f"{name} {show(value)}" for name, value in zip(names, values, strict=True))
    return Chart(title, f"Effect on the answer, {attribution.method}{bars}", "", marks, alt=f"{title}. {told}.")


def path_chart(
    attribution: Attribution, row: int = 0, texts: Mapping[str, str] | None = None, show: Show = _show_plain
) -> Chart:
    """Draw the way from the base to one row's answer, a step for each column, the largest first.

    Examples
    --------
    >>> found = Attribution("SHAP", ("sex", "age"), np.array([[0.3, -0.1]]), 0.4, answers=np.array([0.6]))
    >>> chart = path_chart(found)
    >>> chart.title, chart.marks[0].x.round(1).tolist()
    ('From 0.4 to 0.6: sex moves the answer by 0.3, and 1 of 2 columns pulls the other way', [0.4, 0.7, 0.6])
    """
    order, names = _pick_columns(attribution, row, texts)
    values, answer = attribution.row(row), _find_answer(attribution, row)
    steps = list(values[order])
    labels = [UNKNOWN if _adds_up(attribution, row) else "start", *names]
    if len(order) < len(values):
        steps, labels = [*steps, float(values.sum() - values[order].sum())], [*labels, REST]
    path = attribution.base + np.concatenate([[0.0], np.cumsum(steps)])
    n_against = int((np.sign(values) == -np.sign(steps[0])).sum()) if steps[0] else 0
    title = f"From {show(attribution.base)} to {show(answer)}: {names[0]} moves the answer by {show(steps[0])}"
    if n_against:
        title += f", and {n_against} of {len(values)} columns {'pulls' if n_against == 1 else 'pull'} the other way"
    marks = [
        Mark("points", path, np.array(labels, dtype=object), "answer so far", size=10.0),
        Mark(
            "line", np.full(2, answer), np.array([labels[0], labels[-1]], dtype=object), "answer", "baseline", dash=True
        ),
    ]
    for place, step in enumerate(steps):
        role: Role = "good" if step > 0 else "bad"
        where = np.array([labels[place + 1]] * 2, dtype=object)
        marks.append(Mark("line", path[place : place + 2], where, role=role))
    told = "; ".join(f"{name} {show(value)}" for name, value in zip(labels[1:], steps, strict=True))
    return Chart(title, f"Answer, {attribution.method}", "", tuple(marks), alt=f"{title}. {told}.")


def importance_chart(attribution: Attribution, show: Show = _show_plain) -> Chart:
    """Draw the mean size of each column's effects over the explained rows.

    Examples
    --------
    >>> importance_chart(Attribution("SHAP", ("a", "b"), np.array([[0.1, -0.4], [0.1, 0.4]]), 0.0)).title
    'B moves an answer by 0.4 on average, more than any other of 2 columns'
    """
    found = rank_columns(attribution)
    shown, first = found.head(MAX_SHOWN), found.iloc[0]
    title = f"{open_sentence(first['column'])} moves an answer by {show(first['importance'])} on average"
    title += f", more than any other of {len(found)} columns" if len(found) > 1 else ""
    if len(found) > 1 and first["low"] <= found.loc[1:, "high"].max():
        second = found.loc[1, "column"]
        title = f"{open_sentence(first['column'])} moves an answer most on average, by {show(first['importance'])}; "
        title += f"{second} may as well"
    values, low, high = (shown[name].to_numpy(dtype=float) for name in ("importance", "low", "high"))
    known = bool(np.isfinite(low).all())
    names = shown["column"].to_numpy(dtype=object)
    mark = Mark("bars", values, names, low=low if known else None, high=high if known else None)
    label = f"Mean size of the effect, {attribution.method}"
    label += f", 95% interval over {attribution.n_rows} rows" if known else ""
    told = "; ".join(f"{name} {show(value)}" for name, value in zip(names, values, strict=True))
    return Chart(title, label, "", (mark,), alt=f"{title}. {told}.")


def strip_chart(attribution: Attribution, x: pd.DataFrame, seed: int = 0) -> Chart:
    """Draw every row's effects, a line of points for each column, coloured by thirds of a number's values.

    Parameters
    ----------
    x : DataFrame of shape (n_rows, n_columns)
        The explained rows. Where they are many they are thinned with the seed; each column keeps its extremes.

    Examples
    --------
    >>> x = pd.DataFrame({"age": np.arange(30.0)})
    >>> strip_chart(Attribution("SHAP", ("age",), 0.1 * x.to_numpy(), 0.0), x).title
    'High age goes with higher answers: correlation of value and effect +1.00'
    """
    found = rank_columns(attribution).head(MAX_SHOWN)
    names = found["column"].tolist()
    per_column = max(2, MAX_POINTS // len(names))
    rng = np.random.default_rng(seed)
    points = [_place_points(attribution, x, name, per_column, rng) for name in names]
    kinds: tuple[tuple[str, Role], ...] = (
        ("low value", "third"),
        ("middle value", "muted"),
        ("high value", "second"),
        ("a category or a gap", "main"),
    )
    marks = [_mark_zero(np.array(names, dtype=object))]
    for place, (label, role) in enumerate(kinds):
        effects = [each[0][each[1] == place] for each in points]
        where = np.repeat(np.array(names, dtype=object), [len(each) for each in effects])
        if len(where):
            marks.append(Mark("points", np.concatenate(effects), where, label, role, size=5.0))
    title = _say_strip(attribution, x, names[0])
    label = f"Effect on the answer, {attribution.method}, {attribution.n_rows} rows"
    told = "; ".join(f"{name} {_show_plain(size)}" for name, size in zip(names, found["importance"], strict=True))
    return Chart(title, label, "", tuple(marks), alt=f"{title}. Mean sizes: {told}.")


def _place_points(
    attribution: Attribution, x: pd.DataFrame, name: str, n_points: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return one column's effects and the third of its value (3 for what is no number), thinned."""
    effects = attribution.column(name)
    thirds = np.full(len(effects), 3)
    numbers = _read_numbers(x[name])
    known = np.isfinite(numbers)
    if known.any():
        thirds[known] = np.searchsorted(np.quantile(numbers[known], THIRDS), numbers[known], side="left")
    if len(effects) <= n_points:
        return effects, thirds
    kept = rng.choice(len(effects), n_points - 2, replace=False)
    kept = np.union1d(kept, [effects.argmin(), effects.argmax()])
    return effects[kept], thirds[kept]


def _read_numbers(column: pd.Series) -> NDArray[np.float64]:
    """Return a column's numbers, NaN for what is none."""
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return np.full(len(column), np.nan)
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def _say_strip(attribution: Attribution, x: pd.DataFrame, name: str) -> str:
    """Say which way the most important column works."""
    effects = attribution.column(name)
    numbers = _read_numbers(x[name])
    known = np.isfinite(numbers)
    if known.sum() > 2 and np.ptp(numbers[known]) > 0 and np.ptp(effects[known]) > 0:  # noqa: PLR2004 two make a line
        r = float(np.corrcoef(numbers[known], effects[known])[0, 1])
        side = "higher" if r > 0 else "lower"
        return f"High {name} goes with {side} answers: correlation of value and effect {r:+.2f}".replace("-", "−")
    ends = _show_plain(float(effects.min())), _show_plain(float(effects.max()))
    return f"{open_sentence(name)} matters most: its effects reach from {ends[0]} to {ends[1]}"


def _pick_columns(
    attribution: Attribution, row: int, texts: Mapping[str, str] | None
) -> tuple[NDArray[np.intp], list[str]]:
    """Return the places of a row's largest effects and their names with the row's values."""
    order = attribution.order[row, :MAX_SHOWN]
    said = texts or {}
    columns = [attribution.columns[place] for place in order]
    return order, [f"{name} {said[name]}" if name in said else name for name in columns]


def _split_by_sign(
    values: NDArray[np.float64],
    names: list[str],
    low: NDArray[np.float64] | None,
    high: NDArray[np.float64] | None,
) -> tuple[Mark, ...]:
    """Make a mark of the effects that raise the answer and one of those that lower it, after a line at zero."""
    where = np.array(names, dtype=object)
    kinds: tuple[tuple[str, Role, NDArray[np.bool_]], ...] = (
        ("raises", "good", values >= 0),
        ("lowers", "bad", values < 0),
    )
    bars = (
        Mark(
            "bars",
            values[there],
            where[there],
            label,
            role,
            low=None if low is None else low[there],
            high=None if high is None else high[there],
        )
        for label, role, there in kinds
        if there.any()
    )
    return _mark_zero(where), *bars


def _mark_zero(names: NDArray[np.object_]) -> Mark:
    """Make a line at zero along all names; as the first mark it also keeps them in their order."""
    return Mark("line", np.zeros(len(names)), names, role="muted")


def _find_answer(attribution: Attribution, row: int) -> float:
    """Return a row's answer, or what its effects add up to where it is not known."""
    return float((attribution.sums if attribution.answers is None else attribution.answers)[row])


def _adds_up(attribution: Attribution, row: int) -> bool:
    """Tell whether base and effects add up to the answer, so that the base is the answer with nothing known."""
    return bool(
        abs(attribution.sums[row] - _find_answer(attribution, row)) < LEAST_GAP * max(1.0, abs(attribution.base))
    )
