"""What a prediction set promises, in numbers and words: on average over calibration sets, and for one of them.

The coverage of sets made from n calibration rows is itself random: it follows Beta(r, n + 1 - r) with
r = ⌈(n + 1) · coverage⌉ where no scores are tied (V. Vovk 2012, https://arxiv.org/abs/1209.2673, section 2), so its
mean is at least what was asked and a single run may fall below.

Left out: the thresholds themselves (``core.evaluation.conformal``).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from core.evaluation.conformal import ROUNDING, class_scores_to_sets
from core.evaluation.intervals import wilson_interval
from core.evaluation.labels import encode_labels
from core.tabular.iris.model import Model

TAILS = (0.025, 0.975)


def coverage_range(n_rows: int, coverage: float) -> tuple[float, float]:
    """Return the ends between which lies the coverage of 95% of all calibration sets of this size.

    Parameters
    ----------
    n_rows : int
        Calibration rows of one class.
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
    DataFrame of shape (n_classes, 5)
        Class, Calibration rows, Range of one calibration, Test rows, Held in the set.
    """
    codes = encode_labels(model.held_out.y, model.schema.classes)
    sets = class_scores_to_sets(model.held_out.probabilities[name], model.thresholds[name])
    held = sets[np.arange(len(codes)), codes]
    lines = []
    for place, label in enumerate(model.schema.classes):
        n_rows, n_held = int((codes == place).sum()), int(held[codes == place].sum())
        n_calibration = model.source.class_calibration.get(label, 0)
        low, high = coverage_range(n_calibration, model.recipe.coverage)
        lines.append(
            {
                "Class": label,
                "Calibration rows": n_calibration,
                "Range of one calibration": f"{low:.1%} to {high:.1%}" if low < 1 else "in every set",
                "Test rows": n_rows,
                "Held in the set": _write_share(n_held, n_rows),
            }
        )
    return pd.DataFrame(lines)


def _write_share(n_held: int, n_rows: int) -> str:
    """Write a share with its Wilson interval."""
    if not n_rows:
        return "–"
    low, high = wilson_interval(n_held, n_rows)
    return f"{n_held / n_rows:.1%} ({low:.1%} to {high:.1%})"


def describe_promise(model: Model) -> str:
    """Say what the sets of the best model promise, and what a single calibration of this run's size may give."""
    asked, counts = model.recipe.coverage, model.source.class_calibration
    n_least = min(counts.values())
    low, high = coverage_range(n_least, asked)
    single = (
        f"with the {n_least} calibration rows of the smallest class, one calibration in twenty lies outside "
        f"{low:.1%} to {high:.1%}"
        if low < 1
        else f"a class with as few as {n_least} calibration rows is put into every set"
    )
    return (
        f"Each class has a threshold of its own, so sets hold the true class in at least {asked:.0%} of new rows of "
        f"every class like these, on average over calibration sets; {single}."
    )
