"""Whether models differ on the very answers that they gave to held-out rows: paired, row by row.

Every row was answered once, by models that did not learn from it, so two models are compared on the same rows. That
tells smaller differences than a t-test over five folds does, but it takes the fitted models as they are: how much they
would differ had they learnt from other rows is left out, and the corrected t-test is what holds that
(``core.evaluation.comparison``). Both belong side by side.

Errors are compared by a paired bootstrap of the rows; ROC areas by the placements of E. DeLong, D. DeLong and D.
Clarke-Pearson 1988 (doi:10.2307/2531595), in each fold, as shares of different folds are of different models.

Left out: adjusting for the number of comparisons; each interval is at 95% by itself.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.evaluation.intervals import draw_weights

N_RESAMPLES, ENDS, NORMAL_95 = 1_000, (0.025, 0.975), 1.959963984540054
COLUMNS = ["model", "difference", "low", "high"]


def compare_errors(misses: Mapping[str, np.ndarray], best: str, seed: int = 0) -> pd.DataFrame:
    """Subtract the best model's root mean squared error from that of every other.

    Parameters
    ----------
    misses : mapping of model to float array of shape (n_rows,)
        Of the same rows, each answered by models that did not learn from it.

    Returns
    -------
    DataFrame of shape (n_models - 1, 4)
        model, difference (above 0 where the best misses less), low and high, the nearest model first.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=400)
    >>> compare_errors({"a": rows, "b": 1.5 * rows}, "a").round(2).to_numpy().tolist()
    [['b', 0.5, 0.46, 0.54]]
    """
    names = list(misses)
    squares = np.column_stack([np.asarray(misses[name], dtype=float) ** 2 for name in names])
    weights = draw_weights(len(squares), N_RESAMPLES, np.random.default_rng(seed)) / len(squares)
    drawn, whole, place = np.sqrt(weights @ squares), np.sqrt(squares.mean(axis=0)), names.index(best)
    rows = []
    for at in (each for each in range(len(names)) if each != place):
        low, high = np.quantile(drawn[:, at] - drawn[:, place], ENDS)
        rows.append((names[at], float(whole[at] - whole[place]), float(low), float(high)))
    return _order(rows)


def compare_areas(y: np.ndarray, shares: Mapping[str, np.ndarray], fold: np.ndarray, best: str) -> pd.DataFrame:
    """Subtract every other model's mean ROC area over the folds from that of the best.

    Parameters
    ----------
    y : bool array of shape (n_rows,)
    shares : mapping of model to float array of shape (n_rows,)
    fold : int array of shape (n_rows,)

    Returns
    -------
    DataFrame of shape (n_models - 1, 4)
        As :func:`compare_errors` gives it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y, fold = rng.random(400) < 0.5, np.arange(400) % 2
    >>> close, far = (y + noise * rng.normal(size=400) for noise in (0.5, 2.0))
    >>> compare_areas(y, {"close": close, "far": far}, fold, "close").round(2).to_numpy().tolist()
    [['far', 0.26, 0.21, 0.32]]
    """
    rows = []
    for name in (each for each in shares if each != best):
        found = [_compare_two(y[fold == at], shares[best][fold == at], shares[name][fold == at])
                 for at in np.unique(fold)]  # fmt: skip
        means, variances = (np.array(each) for each in zip(*found, strict=True))
        difference, reach = float(means.mean()), NORMAL_95 * float(np.sqrt(variances.sum())) / len(means)
        rows.append((name, difference, difference - reach, difference + reach))
    return _order(rows)


def _order(rows: list[tuple[str, float, float, float]]) -> pd.DataFrame:
    """Lay differences out as a table, the model nearest to the best first."""
    return pd.DataFrame(sorted(rows, key=operator.itemgetter(1)), columns=COLUMNS)


def _compare_two(y: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Return the difference of two ROC areas of the same rows, and its variance."""
    (yes, no), (other_yes, other_no) = (_place_rows(y, share) for share in (first, second))
    on_yes, on_no = yes - other_yes, no - other_no
    return float(on_yes.mean()), float(on_yes.var(ddof=1) / len(on_yes) + on_no.var(ddof=1) / len(on_no))


def _place_rows(y: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return of each row of the class how many others it outranks (ties half), and of each other by how many."""
    from scipy.stats import rankdata

    ranks, yes, no = rankdata(share), y.astype(bool), ~y.astype(bool)
    above = (ranks[yes] - rankdata(share[yes])) / no.sum()
    below = 1 - (ranks[no] - rankdata(share[no])) / yes.sum()
    return np.asarray(above), np.asarray(below)
