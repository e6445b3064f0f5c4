"""How well a model does on rows whose truth is not known yet, from its own probabilities.

Confidence-based performance estimation (CBPE), as NannyML describes it in public
(https://nannyml.readthedocs.io/en/stable/how_it_works/performance_estimation.html; J. Bialek, W. Kuberski,
N. Perrakis and A. Bifet 2024, arXiv:2407.08649, "PAPE" for the sequel): a row with probability p of the class is p of a
row of the class and 1 - p of another, so expected hits and mistakes, and every score made of them, can be added up
without labels. The ROC area is that of the expected curve. Probabilities must hold, so they are calibrated first, by
isotonic regression on rows whose truth is known, where that makes them truer.

What it can see: rows that became harder or easier because *which* rows come has changed (covariate shift). What it
cannot: that the same rows now behave otherwise (concept drift); then it errs and does not notice.

The interval is of sampling alone: labels are drawn from the probabilities, again and again, and scored. It holds as
long as the probabilities do.

Left out: weighting the calibration by how likely a row is under the new conditions (PAPE); scores of more than two
classes; chunks by time, whose limits NannyML sets at three standard deviations of the reference's chunks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.labels import check_codes
from core.evaluation.leaderboard import Measure
from core.evaluation.splits import make_folds
from core.hub.errors import DataError

N_DRAWS, LEVEL = 500, 0.95
N_FOLDS, N_BINS = 3, 10
BLOCK_CELLS = 4_000_000
"""Rows × draws that are worked on at once: some 100 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A rising step curve from a stated probability to how often it came true.

    Parameters
    ----------
    stated, observed : array of shape (n_steps,)
        Rising; between two steps the curve is a straight line.
    """

    stated: np.ndarray
    observed: np.ndarray

    def apply(self, share: object) -> np.ndarray:
        """Return calibrated probabilities, shape (n_rows,)."""
        return np.asarray(np.interp(np.asarray(share, dtype=float), self.stated, self.observed))


@dataclass(frozen=True, slots=True)
class Estimate:
    """Scores that are expected of rows without labels, each with its 95% sampling interval.

    Parameters
    ----------
    accuracy, precision, recall : Measure
        Of choosing every row from the threshold on; NaN where none is chosen.
    share : Measure
        Share of the rows that is of the class.
    """

    roc_auc: Measure
    accuracy: Measure
    precision: Measure
    recall: Measure
    share: Measure
    n_rows: int


def fit_calibration(y: object, share: object) -> Calibration:
    """Learn from rows with labels how often a stated probability comes true, by isotonic regression.

    Parameters
    ----------
    y : bool array of shape (n_rows,)
    share : array of shape (n_rows,)
        Probabilities of rows that the model was not trained on.

    Examples
    --------
    >>> curve = fit_calibration([0, 1, 0, 1], [0.1, 0.1, 0.9, 0.9])
    >>> curve.apply([0.1, 0.5]).tolist()
    [0.5, 0.5]
    """
    from sklearn.isotonic import IsotonicRegression

    codes, shares = check_codes(np.asarray(y).astype(int), 2), _check_share(share)
    found = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(shares, codes)
    return Calibration(np.asarray(found.X_thresholds_), np.asarray(found.y_thresholds_))


def calibrate_where_needed(y: object, share: object, seed: int = 0) -> Calibration | None:
    """Learn a calibration only if it makes probabilities of held-out rows truer in every fold; None if it does not.

    NannyML too calibrates only where it is needed, and is quicker to find that it is.

    Parameters
    ----------
    y : bool array of shape (n_rows,)
        At least six rows of each kind.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> share = rng.random(3000)
    >>> calibrate_where_needed(rng.random(3000) < share, share) is None
    True
    >>> calibrate_where_needed(rng.random(3000) < share**3, share) is None
    False
    """
    codes, shares = check_codes(np.asarray(y).astype(int), 2), _check_share(share)
    for fold in make_folds(codes, N_FOLDS, 1, seed):
        curve = fit_calibration(codes[fold.train], shares[fold.train])
        truth, stated = codes[fold.test], shares[fold.test]
        if _measure_gap(truth, curve.apply(stated)) >= _measure_gap(truth, stated):
            return None
    return fit_calibration(codes, shares)


def _measure_gap(truth: np.ndarray, stated: np.ndarray) -> float:
    """Return the calibration error over bins of equally many rows, which do not thin out where few rows are."""
    bins = np.array_split(np.argsort(stated, kind="stable"), N_BINS)
    return float(sum(abs((truth[rows] - stated[rows]).sum()) for rows in bins if len(rows)) / len(truth))


def estimate_auc(
    share: object, calibration: Calibration | None = None, n_draws: int = N_DRAWS, seed: int = 0
) -> Measure:
    """Estimate the ROC area of probabilities without labels; see :func:`estimate_performance`.

    Examples
    --------
    >>> round(estimate_auc(np.linspace(0, 1, 1001)).value, 3)
    0.834
    """
    return estimate_performance(share, calibration=calibration, n_draws=n_draws, seed=seed).roc_auc


def estimate_performance(
    share: object, threshold: float = 0.5, calibration: Calibration | None = None, n_draws: int = N_DRAWS, seed: int = 0
) -> Estimate:
    """Estimate a model's scores on rows whose truth is not known.

    Parameters
    ----------
    share : array of shape (n_rows,)
        Probabilities of the class, 0–1.
    threshold : float
        Rows from this stated probability on are chosen.
    calibration : Calibration, optional
        From rows with labels; None takes the probabilities at their word.
    n_draws : int
        Draws of labels behind the interval.

    Raises
    ------
    DataError
        If there are fewer than two rows, or a probability lies outside 0–1.

    Examples
    --------
    >>> found = estimate_performance([0.9, 0.8, 0.3, 0.1])
    >>> round(found.accuracy.value, 3), round(found.precision.value, 3), round(found.recall.value, 3)
    (0.825, 0.85, 0.81)
    """
    stated = _check_share(share)
    held = stated if calibration is None else calibration.apply(stated)
    order = np.argsort(stated, kind="stable")
    stated, held = stated[order], held[order]
    value = _score(held[None, :], stated, threshold)
    rng, at_once = np.random.default_rng(seed), max(1, BLOCK_CELLS // len(stated))
    drawn: list[dict[str, np.ndarray]] = []
    for start in range(0, n_draws, at_once):
        labels = rng.random((min(at_once, n_draws - start), len(held))) < held
        drawn.append(_score(labels.astype(float), stated, threshold))
    spans = {name: _bound(float(value[name][0]), np.concatenate([each[name] for each in drawn])) for name in value}
    return Estimate(**spans, n_rows=len(stated))


def _check_share(share: object) -> np.ndarray:
    """Return probabilities as an array, or say why they are none."""
    shares = np.asarray(share, dtype=float)
    if shares.ndim != 1 or len(shares) < 2:  # noqa: PLR2004 - one row has no rank
        message = f"the probabilities have shape {shares.shape}; give one column of at least 2 rows"
        raise DataError(message)
    if not ((shares >= 0) & (shares <= 1)).all():
        message = "a probability lies outside 0 to 1 or is missing; give shares of one"
        raise DataError(message)
    return shares


def _score(labels: np.ndarray, stated: np.ndarray, threshold: float) -> dict[str, np.ndarray]:
    """Score rows of labels, which may be parts of one, shape (n_draws, n_rows); rows are in rising order."""
    chosen = stated >= threshold
    n_class, n_rows = labels.sum(axis=1), labels.shape[1]
    hits = labels[:, chosen].sum(axis=1)
    right = hits + (1 - labels[:, ~chosen]).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "roc_auc": _rank(labels, stated),
            "accuracy": right / n_rows,
            "precision": hits / chosen.sum(),
            "recall": hits / n_class,
            "share": n_class / n_rows,
        }


def _rank(labels: np.ndarray, stated: np.ndarray) -> np.ndarray:
    """Return the area under each expected ROC curve: pairs in the right order, those of equal probability half."""
    starts = np.flatnonzero(np.r_[True, stated[1:] != stated[:-1]])
    hits = np.add.reduceat(labels, starts, axis=1)
    others = np.add.reduceat(1 - labels, starts, axis=1)
    below = np.cumsum(others, axis=1) - others / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((hits * below).sum(axis=1) / (hits.sum(axis=1) * others.sum(axis=1)))


def _bound(value: float, drawn: np.ndarray) -> Measure:
    """Put a score between the percentiles of its draws; NaN where it is not defined."""
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not len(known):
        return Measure(value, np.nan, np.nan)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Measure(value, min(float(low), value), max(float(high), value))
