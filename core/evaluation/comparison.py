"""Whether one model is really better than another, said in words.

Method: C. Nadeau and Y. Bengio 2003, https://doi.org/10.1023/A:1024068626366 (folds share training rows, so the plain
t-test finds differences that are not there; their correction widens it by n_test / n_train); Q. McNemar 1947, exact;
S. Holm 1979 for several comparisons. Folds that all differ by the same amount do not prove that there is no spread: one
row more or less in one fold is then taken for it, a variance of (1 / n_test)² / n_folds.

Left out: Bayesian comparisons with a region of practical equivalence. The best model is chosen by the same folds that
it is compared on, which favours it a little; held-out rows decide what is reported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.evaluation.intervals import wilson_interval
from core.evaluation.metrics import open_sentence
from core.evaluation.multiplicity import holm

ALPHA = 0.05
LEVEL = 0.95
SMALLEST_P = 0.001
TWO_DECIMALS = 0.095
Unit = Literal["points", "share"]


@dataclass(frozen=True, slots=True)
class Test:
    """A test's statistic, its two-sided p-value, and the 95% interval of the difference."""

    __test__ = False  # not a test case, whatever its name

    statistic: float
    p: float
    low: float
    high: float
    difference: float = 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model against the best.

    Parameters
    ----------
    model, best : str
    difference, low, high : float
        How far the best is ahead (negative when it is behind), in the score's own unit, with a 95% interval.
    p, p_adjusted : float
        Before and after Holm's correction for all comparisons made together.
    differs : bool
        Whether ``p_adjusted`` is under 0.05.
    sentence : str
        The finding in plain words.
    """

    model: str
    best: str
    difference: float
    low: float
    high: float
    p: float
    p_adjusted: float
    differs: bool
    sentence: str


def corrected_t_test(differences: Sequence[float] | np.ndarray, n_train: float, n_test: float) -> Test:
    """Test whether the mean difference over the folds of a (repeated) cross-validation is zero.

    Parameters
    ----------
    differences : array of shape (n_folds,)
        Score of one model minus score of the other, fold by fold.
    n_train, n_test : float
        Rows trained on and tested on in a fold (their mean when folds differ); ``n_test=0`` gives the plain t-test.

    Returns
    -------
    Test
        Differences that are all zero give p 1 and an interval without width. Those that are all the same other value
        are taken to vary by one row in one fold.

    Raises
    ------
    ValueError
        If there are fewer than two folds, or a difference is not finite.

    Examples
    --------
    >>> test = corrected_t_test([0.02, 0.04, 0.0, 0.03, 0.01], n_train=80, n_test=20)
    >>> round(test.statistic, 4), round(test.p, 4)
    (1.8856, 0.1324)
    """
    from scipy.stats import t

    values = np.asarray(differences, dtype=np.float64)
    if values.size < 2 or not np.isfinite(values).all():  # noqa: PLR2004 a spread needs two folds
        message = "differences must be at least two finite numbers"
        raise ValueError(message)
    mean = float(values.mean())
    variance = float(values.var(ddof=1))
    if is_constant(values):
        variance = 1 / (n_test**2 * values.size) if mean and n_test else 0.0
    error = math.sqrt((1 / values.size + n_test / n_train) * variance)
    if error == 0:
        statistic = math.copysign(math.inf, mean) if mean else 0.0
        return Test(statistic, 0.0 if mean else 1.0, mean, mean, mean)
    degrees = values.size - 1
    reach = float(t.ppf((1 + LEVEL) / 2, degrees)) * error
    return Test(mean / error, float(2 * t.sf(abs(mean / error), degrees)), mean - reach, mean + reach, mean)


def is_constant(values: np.ndarray) -> bool:
    """Tell whether folds all have one value, up to rounding.

    Examples
    --------
    >>> is_constant(np.array([0.1 + 0.2, 0.3])), is_constant(np.array([0.3, 0.31]))
    (True, False)
    """
    rounding = 4 * float(np.finfo(np.float64).eps) * max(1.0, float(np.abs(values).max()))
    return float(np.ptp(values)) <= rounding


def mcnemar_test(right_a: Sequence[bool] | np.ndarray, right_b: Sequence[bool] | np.ndarray) -> Test:
    """Test exactly whether two models are right equally often on the same rows.

    Parameters
    ----------
    right_a, right_b : array of bool of shape (n,)
        Whether each model is right on each row.

    Returns
    -------
    Test
        ``statistic`` counts the rows that only the first has right. The interval of the difference in accuracy is
        Clopper and Pearson's, of the rows on which they disagree, so that it leaves out 0 exactly when p is under 0.05.

    Raises
    ------
    ValueError
        If the two differ in length or are empty.

    Examples
    --------
    >>> a, b = np.array([1] * 8 + [0] * 1 + [1] * 11, bool), np.array([0] * 8 + [1] * 1 + [1] * 11, bool)
    >>> test = mcnemar_test(a, b)
    >>> test.statistic, round(test.p, 4), round(test.difference, 2)
    (8.0, 0.0391, 0.35)
    """
    from scipy.stats import binomtest

    a, b = np.asarray(right_a, dtype=bool), np.asarray(right_b, dtype=bool)
    if a.shape != b.shape or a.ndim != 1 or a.size == 0:
        message = f"right_a has shape {a.shape} and right_b {b.shape}; they must be equal, of at least one row"
        raise ValueError(message)
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    unequal = only_a + only_b
    if unequal == 0:
        # never seen to disagree: as many rows as this could still hide that share of disagreements
        reach = wilson_interval(0, a.size)[1]
        return Test(0.0, 1.0, -reach, reach, 0.0)
    test = binomtest(only_a, unequal)
    interval = test.proportion_ci(LEVEL, method="exact")
    low, high = ((2 * float(end) - 1) * unequal / a.size for end in (interval.low, interval.high))
    return Test(float(only_a), float(test.pvalue), low, high, (only_a - only_b) / a.size)


def compare_all(
    fold_scores: Mapping[str, np.ndarray],
    n_train: float,
    n_test: float,
    best: str | None = None,
    *,
    lower_is_better: bool = False,
    unit: Unit = "points",
) -> tuple[Comparison, ...]:
    """Compare every model with the best by the corrected t-test, adjusted by Holm.

    Parameters
    ----------
    fold_scores : mapping of model to array of shape (n_folds,)
        The same folds in the same order for each.
    n_train, n_test : float
        Mean rows of a fold.
    best : str, optional
        By default the model with the best mean.
    unit : str
        ``points`` shows shares as percentage points in the sentence, ``share`` as they are.

    Returns
    -------
    tuple of Comparison
        One per other model, in the order given.

    Raises
    ------
    ValueError
        If ``best`` is not among the models, or they were scored on different numbers of folds.

    Examples
    --------
    >>> folds = {"LDA": np.array([0.98, 0.96, 1.0, 0.97]), "tree": np.array([0.95, 0.97, 0.98, 0.94])}
    >>> compare_all(folds, n_train=120, n_test=40)[0].sentence
    'Tree and LDA do not differ measurably: 1.8 points, 95% interval −2.9 to 6.4, p = 0.31'
    """
    scores = {name: np.asarray(values, dtype=np.float64) for name, values in fold_scores.items()}
    sign = -1.0 if lower_is_better else 1.0
    leader = best or max(scores, key=lambda name: float(sign * scores[name].mean()))
    if leader not in scores or len({values.shape for values in scores.values()}) != 1:
        message = f"best is {leader!r}; it must be one of the models, all scored on the same folds"
        raise ValueError(message)
    others = [name for name in scores if name != leader]
    tests = [corrected_t_test(sign * (scores[leader] - scores[name]), n_train, n_test) for name in others]
    adjusted = holm([test.p for test in tests])
    return tuple(
        _compare(name, leader, test, float(p), unit, len(others))
        for name, test, p in zip(others, tests, adjusted, strict=True)
    )


def _compare(model: str, best: str, test: Test, p_adjusted: float, unit: Unit, n_compared: int) -> Comparison:
    """Put a test into words."""
    differs = p_adjusted < ALPHA
    if test.difference == 0 and test.low == test.high:
        words = f"{model} and {best} have the same score in every fold"
    else:
        better, worse = (best, model) if test.difference > 0 else (model, best)
        allowed = f" once {n_compared} comparisons are allowed for" if test.p < ALPHA else ""
        verdict = f"{better} is better than {worse}" if differs else f"{model} and {best} do not differ measurably"
        ends = (test.difference, test.low, test.high)
        if differs and test.difference < 0:  # the named best is behind: tell it from the side of the better one
            ends = (-test.difference, -test.high, -test.low)
        ahead, low, high = (show_difference(end, unit) for end in ends)
        points = " points" if unit == "points" else ""
        words = (
            f"{verdict}{'' if differs else allowed}: {ahead}{points}, "
            f"95% interval {low} to {high}, {show_p(p_adjusted)}"
        )
    return Comparison(
        model, best, test.difference, test.low, test.high, test.p, p_adjusted, differs, open_sentence(words)
    )


def show_difference(value: float, unit: Unit = "points") -> str:
    """Write a difference with a true minus sign, as percentage points or as it is.

    Examples
    --------
    >>> show_difference(-0.0124), show_difference(0.0124, "share")
    ('−1.2', '0.012')
    """
    text = f"{100 * value:.1f}" if unit == "points" else f"{value:.3f}"
    return f"−{text[1:]}" if text.startswith("-") and float(text) else text.lstrip("-")


def show_p(p: float) -> str:
    """Write a p-value to two digits, never as 0.

    Examples
    --------
    >>> show_p(0.613), show_p(0.0312), show_p(0.0004)
    ('p = 0.61', 'p = 0.031', 'p < 0.001')
    """
    if p < SMALLEST_P:
        return f"p < {SMALLEST_P}"
    return f"p = {p:.2f}" if p >= TWO_DECIMALS else f"p = {p:.2g}"
