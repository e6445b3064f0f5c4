"""Which columns a model leans on: how much accuracy falls when one column's values are shuffled among the rows.

Permutation importance (Breiman 2001, doi:10.1023/A:1010933404324; for any model Fisher, Rudin and Dominici 2019,
arXiv:1801.01489), measured on rows that were not trained on. Columns that stand in for one another share their
importance: each alone can be shuffled at little cost. Intervals are over the rows: each row's loss is averaged over
the shuffles, and Student's t bounds its mean over the rows. An interval over the shuffles alone would hold only their
noise, which more shuffles shrink to nothing, and would call columns of pure noise important.

Left out: shuffling within groups; drop-and-refit importance, which costs a fit for each column.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.intervals import t_interval
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError

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
