"""CUPED: take out of the metric what was known of each unit before it was assigned.

``adjusted = y − θ · (x − mean of x)`` has the same expected difference between the arms and a variance smaller by the
squared correlation of y and x. θ is fitted on both arms together, as published; the effect leaks into it by chance
imbalance only, which biases the estimate by one part in n. It holds only for what was measured before assignment: a
covariate that the treatment has already moved takes the effect out with it.

Method: A. Deng, Y. Xu, R. Kohavi and T. Walker 2013, https://doi.org/10.1145/2433396.2433413.

Left out: covariates learnt by a model (CUPAC): its prediction is one covariate like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.experimentation.ab_testing.estimates import Sided, Summary, Verdict, summarise
from core.experimentation.ab_testing.means import welch_test
from core.hub.errors import DataError

BALANCE_LEVEL = 0.001
"""A covariate that differs more than chance does once in a thousand trials is taken as measured after assignment."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A comparison after adjustment.

    Parameters
    ----------
    verdict : Verdict
        Welch's t of the adjusted values.
    weights : tuple of float
        θ of each covariate.
    reduction : float
        Share (0–1) of the metric's variance that was taken out.
    plain_effect : float
        The difference before adjustment.
    n_filled : int
        Values of a covariate that were missing and took its mean.
    """

    verdict: Verdict
    covariates: tuple[str, ...]
    weights: tuple[float, ...]
    reduction: float
    plain_effect: float
    n_filled: int = 0

    @property
    def correlation(self) -> float:
        """Correlation of the metric with what the covariates say of it."""
        return float(np.sqrt(max(self.reduction, 0.0)))


def adjust(
    y: np.ndarray,
    is_first: np.ndarray,
    covariates: np.ndarray,
    names: tuple[str, ...],
    level: float = 0.95,
    sided: Sided = "two-sided",
) -> Adjusted:
    """Compare two arms after taking out what the covariates know.

    Parameters
    ----------
    y : float array of shape (n_units,)
    is_first : bool array of shape (n_units,)
    covariates : float array of shape (n_units, n_covariates)
        Measured before assignment; a missing value takes the column's mean, which costs power but not truth.
    names : tuple of str
        One for each column.

    Raises
    ------
    DataError
        If a covariate differs between the arms as nothing known before assignment would, or has one value.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(2000, 1)); first = np.arange(2000) % 2 == 0
    >>> y = 0.8 * x[:, 0] + 0.6 * rng.normal(size=2000) + 0.1 * first
    >>> found = adjust(y, first, x, ("before",))
    >>> round(found.reduction, 2), round(found.weights[0], 1)
    (0.64, 0.8)
    """
    x, n_filled = fill_means(np.asarray(covariates, dtype=np.float64).reshape(len(y), -1))
    for name, column in zip(names, x.T, strict=True):
        check_before(name, column, is_first, BALANCE_LEVEL / len(names))
    centred = x - x.mean(axis=0)
    weights = np.linalg.lstsq(centred, y - y.mean(), rcond=None)[0]
    adjusted = y - centred @ weights
    # Every fitted weight uses up a degree of freedom, as in a regression.
    cost = max(len(y) - 2, 1) / max(len(y) - 2 - len(names), 1)
    arms = [_scale(summarise(adjusted[arm]), cost) for arm in (is_first, ~is_first)]
    verdict = welch_test(arms[0], arms[1], level, sided)
    reduction = 1 - float(adjusted.var() / y.var())
    plain = float(y[is_first].mean() - y[~is_first].mean())
    return Adjusted(verdict, names, tuple(map(float, weights)), reduction, plain, n_filled)


def _scale(arm: Summary, factor: float) -> Summary:
    """Multiply an arm's variance."""
    return Summary(arm.n, arm.mean, arm.variance * factor)


def fill_means(x: np.ndarray) -> tuple[np.ndarray, int]:
    """Put each column's mean where it is missing; return the columns and how many were filled.

    Raises
    ------
    DataError
        If a column has no value at all, or an infinite one.

    Examples
    --------
    >>> filled, count = fill_means(np.array([[1.0], [np.nan], [3.0]]))
    >>> filled[:, 0].tolist(), count
    ([1.0, 2.0, 3.0], 1)
    """
    missing = np.isnan(x)
    if missing.all(axis=0).any() or np.isinf(x).any():
        message = "a covariate has no value or an infinite one; leave it out"
        raise DataError(message)
    return np.where(missing, np.nanmean(x, axis=0), x), int(missing.sum())


def check_before(name: str, x: np.ndarray, is_first: np.ndarray, level: float = BALANCE_LEVEL) -> Verdict:
    """Refuse a covariate that the arms differ in, since chance would not have made them differ before assignment.

    Raises
    ------
    DataError
        If its means differ at ``level``, or it has one value.

    Examples
    --------
    >>> x = np.arange(200.0) % 20
    >>> round(check_before("score", x, np.arange(200) % 3 == 0).p_value, 2) > 0.5
    True
    """
    arms = summarise(x[is_first]), summarise(x[~is_first])
    if not any(arm.variance for arm in arms):
        message = f"{name} has one value in each arm; leave it out of the covariates"
        raise DataError(message)
    found = welch_test(*arms)
    if found.p_value < level:
        message = (
            f"{name} differs between the arms (p = {found.p_value:.2g}), as nothing measured before assignment would; "
            "it was measured after, or the arms were not drawn by lot: leave it out"
        )
        raise DataError(message)
    return found
