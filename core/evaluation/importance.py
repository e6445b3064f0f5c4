"""Which columns a model leans on: how much accuracy falls when one column's values are shuffled among the rows.

Permutation importance (Breiman 2001, doi:10.1023/A:1010933404324; for any model Fisher, Rudin and Dominici 2019,
arXiv:1801.01489), measured on rows that were not trained on. Columns that stand in for one another share their
importance: each alone can be shuffled at little cost. Intervals are over the rows: each row's loss is averaged over
the shuffles, and Student's t bounds its mean over the rows. An interval over the shuffles alone would hold only their
noise, which more shuffles shrink to nothing, and would call columns of pure noise important.

Columns that stand in for one another may be shuffled together instead (:func:`permute_together`), a number's loss being
its absolute error: then what none of them alone can show is seen.

Left out: shuffling within groups of rows; drop-and-refit importance, which costs a fit for each column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.intervals import t_interval
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.hub.scores import show_number

MAX_ROWS = 500
MAX_SHOWN = 20


class Predictor(Protocol):
    """Anything that names a class for each row of a frame, as a fitted scikit-learn pipeline does."""

    def predict(self, x: pd.DataFrame) -> NDArray[np.object_]:
        """Return the class of each row, shape (n_rows,)."""


def permutation_importance(
    model: Predictor, x: pd.DataFrame, y: NDArray[np.object_], n_repeats: int = 20, seed: int = 0
) -> pd.DataFrame:
    """Measure how much a model's accuracy falls when each column is shuffled.

    Parameters
    ----------
    x : DataFrame of shape (n_rows, n_features)
        Rows that the model was not trained on; more than 500 are sampled with the seed.
    y : array of shape (n_rows,)
        Their true classes.
    n_repeats : int
        Shuffles of each column; more steady the fall, but cannot make up for few rows.

    Returns
    -------
    DataFrame of shape (n_features, 4)
        column, fall (of accuracy, mean over the shuffles), low and high (95% interval over the rows), largest
        fall first.

    Raises
    ------
    DataError
        If there are fewer than two rows.

    Examples
    --------
    >>> class Sign:
    ...     def predict(self, x):
    ...         return np.where(x["signal"] > 0, "up", "down")
    >>> x = pd.DataFrame({"noise": np.arange(40.0), "signal": np.tile([-1.0, 1.0], 20)})
    >>> found = permutation_importance(Sign(), x, np.tile(["down", "up"], 20))
    >>> found["column"].tolist(), found["fall"].round(3).tolist()
    (['signal', 'noise'], [0.49, 0.0])
    """
    if len(x) < 2:  # noqa: PLR2004 one row has nothing to be shuffled with
        message = f"the number of rows to shuffle is {len(x)}; at least 2 are needed"
        raise DataError(message)
    rng = np.random.default_rng(seed)
    if len(x) > MAX_ROWS:
        kept = np.sort(rng.choice(len(x), MAX_ROWS, replace=False))
        x, y = x.iloc[kept], y[kept]
    before = np.asarray(model.predict(x) == y)
    lines = [(str(name), *_measure_column(model, x, y, str(name), (before, n_repeats, rng))) for name in x.columns]
    frame = pd.DataFrame(lines, columns=["column", "fall", "low", "high"])
    return frame.sort_values(["fall", "column"], ascending=[False, True], ignore_index=True)


def _measure_column(
    model: Predictor,
    x: pd.DataFrame,
    y: NDArray[np.object_],
    name: str,
    how: tuple[NDArray[np.bool_], int, np.random.Generator],
) -> tuple[float, float, float]:
    """Shuffle one column many times, ask the model once about all copies, and bound the mean fall over the rows."""
    right_before, n_repeats, rng = how
    copies = pd.concat([x] * n_repeats, ignore_index=True)
    orders = np.concatenate([rng.permutation(len(x)) for _ in range(n_repeats)])
    copies[name] = x[name].to_numpy()[orders]
    right = (model.predict(copies) == np.tile(y, n_repeats)).reshape(n_repeats, len(x))
    falls = right_before - right.mean(axis=0)  # of each row
    low, high = t_interval(falls)
    return float(falls.mean()), low, high


def group_correlated(x: pd.DataFrame, least: float = 0.7) -> dict[str, tuple[str, ...]]:
    """Group columns that go together: chains of rank correlations of at least ``least``; a category stands alone.

    Parameters
    ----------
    least : float
        Absolute rank correlation, 0–1; raising it splits groups.

    Returns
    -------
    dict of name to columns
        The name is that of the group's columns, joined by "+".

    Examples
    --------
    >>> a = np.arange(20.0)
    >>> list(group_correlated(pd.DataFrame({"a": a, "b": a**3, "c": np.tile([0.0, 1.0], 10), "d": ["x"] * 20})))
    ['a + b', 'c', 'd']
    """
    numbers = [str(name) for name in x.columns if pd.api.types.is_numeric_dtype(x[name])]
    strength = x[numbers].rank().corr().abs().fillna(0.0).to_numpy() >= least
    label = {name: place for place, name in enumerate(numbers)}
    for row, column in np.argwhere(strength):
        first, second = label[numbers[row]], label[numbers[column]]
        label = {name: min(first, second) if place in {first, second} else place for name, place in label.items()}
    groups: dict[object, list[str]] = {}
    for name in map(str, x.columns):
        groups.setdefault(label.get(name, name), []).append(name)
    return {" + ".join(names): tuple(names) for names in groups.values()}


def permute_together(
    ask: Callable[[pd.DataFrame], NDArray[np.float64]],
    x: pd.DataFrame,
    y: NDArray[np.float64],
    groups: Mapping[str, Sequence[str]],
    n_repeats: int = 5,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure how much the absolute error of a number grows when columns are shuffled, those of a group together.

    Parameters
    ----------
    ask : callable
        ``ask(rows) -> (n_rows,)`` answers.
    x, y : DataFrame of shape (n_rows, n_columns), array of shape (n_rows,)
        Rows that the model was not trained on; more than 500 are sampled with the seed.
    groups : mapping of name to columns
        As :func:`group_correlated` gives them, or by meaning.

    Returns
    -------
    DataFrame of shape (n_groups, 4)
        group, rise (of the absolute error, mean over the shuffles), low and high (95% interval over the rows), largest
        rise first.

    Raises
    ------
    DataError
        If there are fewer than two rows.

    Examples
    --------
    >>> x = pd.DataFrame({"a": np.arange(40.0), "b": np.arange(40.0), "c": np.tile([0.0, 1.0], 20)})
    >>> groups = {"a + b": ("a", "b"), "c": ("c",)}
    >>> found = permute_together(lambda rows: rows["a"] + rows["b"], x, 2 * np.arange(40.0), groups)
    >>> found["group"].tolist(), bool(found["low"][0] > 0), float(found["rise"][1])
    (['a + b', 'c'], True, 0.0)
    """
    if len(x) < 2:  # noqa: PLR2004 one row has nothing to be shuffled with
        message = f"the number of rows to shuffle is {len(x)}; at least 2 are needed"
        raise DataError(message)
    rng = np.random.default_rng(seed)
    if len(x) > MAX_ROWS:
        kept = np.sort(rng.choice(len(x), MAX_ROWS, replace=False))
        x, y = x.iloc[kept], y[kept]
    before, lines = np.abs(np.asarray(ask(x)) - y), []
    copies = pd.concat([x] * n_repeats, ignore_index=True)
    for name, columns in groups.items():
        order = np.concatenate([rng.permutation(len(x)) for _ in range(n_repeats)])
        shuffled = copies.assign(**{column: x[column].to_numpy()[order] for column in columns})
        errors = np.abs(np.asarray(ask(shuffled)) - np.tile(y, n_repeats)).reshape(n_repeats, len(x))
        rises = errors.mean(axis=0) - before
        lines.append((name, float(rises.mean()), *t_interval(rises)))
    frame = pd.DataFrame(lines, columns=["group", "rise", "low", "high"])
    return frame.sort_values(["rise", "group"], ascending=[False, True], ignore_index=True)


def rise_chart(found: pd.DataFrame, unit: str = "") -> Chart:
    """Draw how much the error grows for each group, the 20 largest.

    Parameters
    ----------
    found : DataFrame
        As :func:`permute_together` returns it.

    Examples
    --------
    >>> frame = pd.DataFrame({"group": ["size"], "rise": [30.0], "low": [20.0], "high": [40.0]})
    >>> rise_chart(frame, "$").title
    'Shuffling size adds $30 to the mean error'
    """
    shown, first = found.head(MAX_SHOWN), found.iloc[0]
    amount = show_number(float(first["rise"]))
    amount = f"${amount}" if unit == "$" else f"{amount} {unit}".strip()
    title = f"Shuffling {first['group']} adds {amount} to the mean error"
    values, low, high = (shown[name].to_numpy(dtype=float) for name in ("rise", "low", "high"))
    mark = Mark("bars", values, shown["group"].to_numpy(dtype=object), low=low, high=high)
    told = "; ".join(f"{row.group} {row.rise:.4g}" for row in shown.itertuples())
    label = f"Rise of the absolute error, 95% interval{f' ({unit})' if unit else ''}"
    return Chart(title, label, "", (mark,), alt=f"{title}. {told}.")


def importance_chart(found: pd.DataFrame, n_rows: int) -> Chart:
    """Draw the fall of each column, the 20 largest.

    Parameters
    ----------
    found : DataFrame
        As :func:`permutation_importance` returns it.
    n_rows : int
        Rows that were asked about, at most 500.

    Examples
    --------
    >>> frame = pd.DataFrame({"column": ["a", "b"], "fall": [0.4, 0.0], "low": [0.3, -0.01], "high": [0.5, 0.01]})
    >>> importance_chart(frame, 30).title
    'Shuffling a costs 40 points of accuracy; 1 of 2 columns can be shuffled at no measurable cost'
    """
    shown = found.head(MAX_SHOWN)
    n_idle = int((found["low"] <= 0).sum())
    first = found.iloc[0]
    title = f"Shuffling {first['column']} costs {100 * first['fall']:.0f} points of accuracy"
    if n_idle == len(found):
        title = "No single column can be told from noise: shuffling any one costs no measurable accuracy"
    elif n_idle:
        title += f"; {n_idle} of {len(found)} columns can be shuffled at no measurable cost"
    values, low, high = (shown[name].to_numpy(dtype=float) for name in ("fall", "low", "high"))
    mark = Mark("bars", values, shown["column"].to_numpy(dtype=object), low=low, high=high)
    told = "; ".join(f"{row.column} {row.fall:.3f}" for row in shown.itertuples())
    return Chart(
        title,
        f"Fall of accuracy, 95% interval over {n_rows} held-out rows",
        "",
        (mark,),
        alt=f"{title}. {told}.",
    )
