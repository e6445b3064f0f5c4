"""What a prediction set promises, in numbers and words: on average over calibration sets, and for one of them.

Where no class is rare, one threshold serves all: n is then every calibration row, and a class by itself may be held
less often. Where one is, each class has a threshold from its own rows (label-conditional or Mondrian, the same paper).

The coverage of sets made from n calibration rows is itself random: it follows Beta(r, n + 1 - r) with
r = ⌈(n + 1) · coverage⌉ where no scores are tied (V. Vovk 2012, https://arxiv.org/abs/1209.2673, section 2), so its
mean is at least what was asked and a single run may fall below. No such range is given where equal rows were
drawn together, as rows are then no separate draws, or where scores are tied at a threshold, as coverage is then larger.

Left out: the quantiles themselves, and why tied scores are not broken by lot (``core.evaluation.conformal``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.evaluation.conformal import (
    ROUNDING,
    class_scores_to_sets,
    fit_class_thresholds,
    fit_threshold,
    true_class_scores,
)
from core.evaluation.intervals import wilson_interval
from core.evaluation.labels import encode_labels
from core.tabular.iris.model import Model, choose_guarantee
from core.tabular.iris.recipe import BASELINE, Recipe

TAILS = (0.025, 0.975)


def fit_limits(y: object, probabilities: np.ndarray, coverage: float, guarantee: str) -> np.ndarray:
    """Find the largest ``1 - probability`` at which each class stays in a set, shape (n_classes,).

    Parameters
    ----------
    y : array of int of shape (n,)
        Class numbers of the calibration rows.
    probabilities : array of shape (n, n_classes)
        What a model says of them.
    coverage : float
        Promise in 0–1.
    guarantee : str
        ``overall``: one threshold, the same for all; ``each class``: from the rows of each class.

    Examples
    --------
    >>> shares = np.repeat([[0.9, 0.1], [0.4, 0.6]], 10, axis=0)
    >>> y = np.repeat([0, 1], 10)
    >>> [fit_limits(y, shares, 0.9, whose).round(3).tolist() for whose in ("overall", "each class")]
    [[0.4, 0.4], [0.1, 0.4]]
    """
    scores, n_classes = true_class_scores(y, probabilities), probabilities.shape[1]
    if guarantee == "overall":
        return np.full(n_classes, fit_threshold(scores, coverage))
    return fit_class_thresholds(scores, y, n_classes, coverage)


def count_ties(y: np.ndarray, probabilities: np.ndarray, limits: np.ndarray, guarantee: str) -> int:
    """Count the calibration rows whose score lies at a threshold: the most at any one, 0 where none is finite.

    Parameters
    ----------
    y, probabilities, guarantee
        As :func:`fit_limits` got them.
    limits : array of shape (n_classes,)
        What it found.

    Examples
    --------
    >>> shares, y = np.repeat([[0.9, 0.1], [0.4, 0.6]], 10, axis=0), np.repeat([0, 1], 10)
    >>> count_ties(y, shares, fit_limits(y, shares, 0.9, "overall"), "overall")
    10
    """
    at_limit = np.abs(true_class_scores(y, probabilities) - limits[y]) <= ROUNDING
    counts = np.bincount(y[at_limit], minlength=1)
    return int(counts.sum() if guarantee == "overall" else counts.max())


def coverage_range(n_rows: int, coverage: float) -> tuple[float, float]:
    """Return the ends between which lies the coverage of 95% of all calibration sets of this size.

    Parameters
    ----------
    n_rows : int
        Calibration rows of all classes, or of one class that has its own threshold.
    coverage : float
        What is promised on average, in 0–1.

    Returns
    -------
    tuple of float
        (1, 1) for too few rows for the promise: then the class is in every set.

    Examples
    --------
    >>> [round(end, 3) for end in coverage_range(10, 0.9)], coverage_range(8, 0.9)
    ([0.692, 0.997], (1.0, 1.0))
    """
    from scipy.stats import beta

    rank = math.ceil((n_rows + 1) * coverage - ROUNDING)
    if rank > n_rows:
        return 1.0, 1.0
    low, high = beta.ppf(TAILS, rank, n_rows + 1 - rank)
    return float(low), float(high)


def least_shares(model: Model, name: str) -> dict[str, float | None]:
    """Return the share from which each class is in a model's sets; None for a class that is in all of them."""
    limits = zip(model.schema.classes, model.thresholds[name], strict=True)
    return {label: max(0.0, 1 - float(limit)) if math.isfinite(limit) else None for label, limit in limits}


def list_coverage(model: Model, name: str) -> pd.DataFrame:
    """List for each class how often a model's sets held it on the test rows, beside what one calibration may give.

    Returns
    -------
    DataFrame of shape (n_classes, 5), with a last row for all classes where they share a threshold
        Class, Calibration rows, Range of one calibration (of what has a threshold, where it is known), Test rows, Held
        in the set.
    """
    codes = encode_labels(model.held_out.y, model.schema.classes)
    sets = class_scores_to_sets(model.held_out.probabilities[name], model.thresholds[name])
    held = sets[np.arange(len(codes)), codes]
    counts = model.source.class_calibration
    parts = [(label, codes == place, counts.get(label, 0)) for place, label in enumerate(model.schema.classes)]
    whole = ("all classes", np.ones(len(codes), dtype=bool), sum(counts.values()))
    is_overall = model.guarantee == "overall"
    lines = [
        {
            "Class": label,
            "Calibration rows": n_calibration,
            "Range of one calibration": "–"
            if is_overall and label != whole[0]
            else _write_range(model, name, n_calibration),
            "Test rows": int(rows.sum()),
            "Held in the set": _write_share(int(held[rows].sum()), int(rows.sum())),
        }
        for label, rows, n_calibration in (*parts, *([whole] if is_overall else ()))
    ]
    return pd.DataFrame(lines)


def _write_range(model: Model, name: str, n_rows: int) -> str:
    """Write between which ends a single calibration of this size lies, where that is known."""
    low, high = coverage_range(n_rows, model.recipe.coverage)
    if low == 1:
        return "in every set"
    return "not known" if _find_doubt(model, name) else f"{low:.1%} to {high:.1%}"


def _find_doubt(model: Model, name: str) -> str:
    """Say why the range of a single calibration does not hold for a model; empty where it does."""
    n_tied = model.source.n_tied.get(name, 0)
    if model.source.is_grouped:
        return "rows of equal features were drawn together"
    return f"{n_tied} calibration scores are tied at a threshold" if n_tied > 1 else ""


def _write_share(n_held: int, n_rows: int) -> str:
    """Write a share with its Wilson interval."""
    if not n_rows:
        return "–"
    low, high = wilson_interval(n_held, n_rows)
    return f"{n_held / n_rows:.1%} ({low:.1%} to {high:.1%})"


def describe_guarantee(recipe: Recipe, y: np.ndarray) -> str:
    """Say in a sentence over which rows the sets keep their promise, and why.

    Parameters
    ----------
    y : array of shape (n_train,)
        Classes of the training rows.

    Examples
    --------
    >>> describe_guarantee(Recipe(), np.array(["a"] * 95 + ["b"] * 5))[:73]
    'Each class has a threshold of its own, as b is rare (5.0% of rows), so se'
    """
    names, counts = np.unique(y, return_counts=True)
    is_asked, asked = recipe.guarantee != "auto", f"{recipe.coverage:.0%}"
    if choose_guarantee(recipe.guarantee, y) == "overall":
        why = "as asked" if is_asked else "as none of them is rare"
        return (
            f"One threshold serves all classes, {why}, so sets hold the true class in at least {asked} of all new rows "
            "like these, on average over calibration sets; a class by itself may be held less often."
        )
    why = "as asked" if is_asked else f"as {names[counts.argmin()]} is rare ({counts.min() / counts.sum():.1%} of rows)"
    return (
        f"Each class has a threshold of its own, {why}, so sets hold the true class in at least {asked} of new rows of "
        "every class like these, on average over calibration sets."
    )


def describe_ties_at_zero(thresholds: Mapping[str, np.ndarray], classes: tuple[str, ...]) -> tuple[str, ...]:
    """Say which models put a class into every set, having given it a share of 0 too often where it was the true one.

    Parameters
    ----------
    thresholds : mapping of str to array of shape (n_classes,)
        Of each model; the baseline is passed over.

    Examples
    --------
    >>> describe_ties_at_zero({"decision tree": np.array([0.2, 1.0])}, ("a", "b"))
    ('Every set of decision tree holds b: too many calibration rows got a share of 0 for their true class.',)
    """
    found = []
    for name, limits in thresholds.items():
        full = [label for label, limit in zip(classes, limits, strict=True) if 1 - ROUNDING <= limit < math.inf]
        if full and name != BASELINE:
            what = "every class" if len(full) == len(classes) else ", ".join(full)
            found.append(
                f"Every set of {name} holds {what}: too many calibration rows got a share of 0 for their true class."
            )
    return tuple(found)


def describe_promise(model: Model) -> str:
    """Say what the best model's sets promise, and what a single calibration of this run's size may give."""
    counts = model.source.class_calibration.values()
    is_overall = model.guarantee == "overall"
    n_rows = sum(counts) if is_overall else min(counts)
    low, high = coverage_range(n_rows, model.recipe.coverage)
    whose = "" if is_overall else " of the smallest class"
    doubt = _find_doubt(model, model.best)
    if low == 1:
        few = "all classes are" if is_overall else "such a class is"
        single = f"With {n_rows} calibration rows{whose}, too few, {few} put into every set."
    elif doubt:
        single = f"How far a single calibration may be off is not known, as {doubt}."
    else:
        ends = f"{low:.1%} to {high:.1%}"
        single = f"With the {n_rows} calibration rows{whose}, one calibration in twenty lies outside {ends}."
    return f"{describe_guarantee(model.recipe, model.labels)} {single}"
