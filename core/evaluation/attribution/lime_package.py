"""LIME on the original columns: the weights of a line fitted around one row, by ``lime.lime_tabular``.

The method is that of M. Ribeiro, S. Singh and C. Guestrin 2016 (arXiv:1602.04938). Every column is handed to the
package as a category: a number becomes its quarter of the background's values, a gap a group of its own, a category its
level. A column's effect is then how much being in the case's own group, and not in another, moves the answer. A number
drawn in a group is one of the background's values there, so that the model is asked about values that exist.

The package gives no error bars; the weighted ridge that it fits is fitted again here on resamples of its draws.

Left out: the package's own draws inside a quarter, which are normal and know no gaps; its choice of a few columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.attribution.composing import Composer
from core.evaluation.attribution.result import LEVEL, Ask, Attribution
from core.evaluation.intervals import draw_weights
from core.hub.errors import DataError

N_SAMPLES, LEAST_SAMPLES = 2_000, 100
N_RESAMPLES = 100
WIDTH = 0.75
"""Of the kernel, in units of the root of the number of columns: the package's default."""
QUARTERS = (0.25, 0.5, 0.75)
DISCRETISATION = "numbers by quarters of the background, gaps and levels as they are"
"""How columns were grouped, as a page says it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """The group of each background row and each case in each column, and the codes that a group may take."""

    background: NDArray[np.int64]
    cases: NDArray[np.int64]
    members: tuple[dict[int, NDArray[np.int64]], ...]


def lime_values(
    ask: Ask, x: pd.DataFrame, background: pd.DataFrame, seed: int = 0, n_samples: int = N_SAMPLES
) -> Attribution:
    """Explain each row by the weights of a line fitted around it.

    Parameters
    ----------
    ask : callable
        From rows of the original columns to (n_rows,) numbers.
    x : DataFrame of shape (n_rows, n_columns)
        Rows to explain.
    background : DataFrame of shape (n_background, any)
        Rows whose values are drawn, column by column.
    seed : int
        Of the draws and of the error bars, the same for each row.
    n_samples : int
        Draws for each row, at least 100; raising it narrows the error bars.

    Returns
    -------
    Attribution
        ``base`` is the line's answer with no column in the case's group, averaged over the rows; the effects are
        local and need not add up. Error bars are a 95% bootstrap of the draws, and hold no more than their noise.

    Raises
    ------
    DataError
        If there are no rows, too few draws, the background lacks a column, or an answer is not a finite number.

    Examples
    --------
    >>> background = pd.DataFrame({"a": np.arange(40.0), "b": ["y", "n"] * 20})
    >>> found = lime_values(lambda rows: 2.0 * (rows["b"] == "y"), background.head(1), background)
    >>> found.values.round(1).tolist()
    [[0.0, 2.0]]
    """
    if n_samples < LEAST_SAMPLES:
        message = f"the number of draws is {n_samples}; it must be at least {LEAST_SAMPLES}"
        raise DataError(message)
    composer = Composer(ask, x, background)
    groups = _group_columns(composer, x, background)
    lines = [_explain_case(composer, groups, case, n_samples, seed) for case in range(composer.n_rows)]
    values, low, high = (np.stack([line[place] for line in lines]) for place in range(3))
    base = float(np.mean([line[3] for line in lines]))
    return Attribution("LIME", composer.columns, values, base, low, high, composer.ask_codes(composer.codes))


def _explain_case(
    composer: Composer, groups: _Groups, case: int, n_samples: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
    """Explain one case: weights, their low and high ends, and the line's intercept."""
    from lime.lime_tabular import LimeTabularExplainer

    n_columns = len(composer.columns)
    seen: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []

    def answer(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        own = drawn.astype(np.int64)
        answers = composer.ask_codes(_draw_members(composer, groups, case, own, seed))
        seen.append((own, answers))
        return answers

    explainer = LimeTabularExplainer(
        groups.background.astype(np.float64),
        mode="regression",
        feature_names=list(composer.columns),
        categorical_features=list(range(n_columns)),
        kernel_width=WIDTH * np.sqrt(n_columns),
        feature_selection="none",
        discretize_continuous=False,
        random_state=seed,
    )
    row = groups.cases[case].astype(np.float64)
    found = explainer.explain_instance(row, answer, num_features=n_columns, num_samples=n_samples)
    weights = dict(found.local_exp[1])
    values = np.array([float(weights[j]) for j in range(n_columns)])
    own, answers = seen[0]
    low, high = _bound_weights(own == groups.cases[case], answers, seed)
    return values, np.minimum(low, values), np.maximum(high, values), float(found.intercept[1])


def _draw_members(
    composer: Composer, groups: _Groups, case: int, drawn: NDArray[np.int64], seed: int
) -> NDArray[np.int64]:
    """Draw a value of the background for each drawn group; the first row is the case itself."""
    rng = np.random.default_rng(seed)
    codes = np.empty_like(drawn)
    for j, members in enumerate(groups.members):
        places = rng.random(len(drawn))
        for group in np.unique(drawn[:, j]):
            there = drawn[:, j] == group
            choices = members.get(int(group), composer.codes[[case], j])
            codes[there, j] = choices[(places[there] * len(choices)).astype(np.int64)]
    codes[0] = composer.codes[case]
    return codes


def _group_columns(composer: Composer, x: pd.DataFrame, background: pd.DataFrame) -> _Groups:
    """Group the values of every column: quarters of a number, levels of anything else."""
    pairs = [
        _group_column(background[name], x[name], composer.background_codes[:, j], composer.codes[:, j])
        for j, name in enumerate(x.columns)
    ]
    members = []
    for j, (own, _) in enumerate(pairs):
        members.append({int(group): composer.background_codes[own == group, j] for group in np.unique(own)})
    return _Groups(np.stack([p[0] for p in pairs], 1), np.stack([p[1] for p in pairs], 1), tuple(members))


def _group_column(
    background: pd.Series, x: pd.Series, background_codes: NDArray[np.int64], codes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the groups of one column's background values and cases; a gap of a number is group 0."""
    is_number = pd.api.types.is_numeric_dtype(background) and not pd.api.types.is_bool_dtype(background)
    known = background.dropna()
    if not is_number or known.empty:
        return background_codes, codes
    edges = np.unique(np.quantile(known.to_numpy(dtype=np.float64), QUARTERS))
    sides = (values.to_numpy(dtype=np.float64, na_value=np.nan) for values in (background, x))
    low, high = (np.where(np.isnan(side), 0, 1 + np.searchsorted(edges, side)) for side in sides)
    return low, high


def _bound_weights(
    same: NDArray[np.bool_], answers: NDArray[np.float64], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bound the weights by fitting the line again on resamples of the draws."""
    counts = draw_weights(len(same), N_RESAMPLES, np.random.default_rng(seed))
    fits = np.stack([fit_line(same, answers, count)[1] for count in counts])
    low, high = np.quantile(fits, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def fit_line(
    same: NDArray[np.bool_], answers: NDArray[np.float64], counts: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Fit the line that LIME fits: a ridge of penalty 1, weighted by nearness to the case.

    Parameters
    ----------
    same : bool array of shape (n_samples, n_columns)
        Whether each draw is in the case's group in each column.
    answers : array of shape (n_samples,)
    counts : array of shape (n_samples,)
        How often each draw counts.

    Returns
    -------
    (intercept, weights of shape (n_columns,))

    Examples
    --------
    >>> same = np.array([[True], [False]] * 500)
    >>> intercept, weights = fit_line(same, 3.0 * same[:, 0] + 1.0, np.ones(1000))
    >>> round(float(weights[0]), 2)
    2.98
    """
    n_columns = same.shape[1]
    distance = (~same).sum(axis=1)  # squared, of rows of zeros and ones
    near = counts * np.sqrt(np.exp(-distance / (WIDTH**2 * n_columns)))
    design = np.column_stack([np.ones(len(same)), same])
    penalty = np.diag([0.0, *np.ones(n_columns)])
    line = np.linalg.solve(design.T * near @ design + penalty, design.T @ (near * answers))
    return float(line[0]), line[1:]
