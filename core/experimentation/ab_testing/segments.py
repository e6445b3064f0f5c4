"""The effect by segment, with intervals that hold together, and whether the segments differ at all.

Looking at ten segments finds something in one by chance, so intervals are Bonferroni's and p-values Holm's. Cochran's Q
asks first whether the effects differ more than chance. Simpson's paradox, where the whole shows one direction and every
segment the other, is looked for and named.

Method: S. Holm 1979; W. G. Cochran 1954, https://doi.org/10.2307/3001616.

Left out: segments found by search over many columns; those need fresh data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.multiplicity import holm
from core.experimentation.ab_testing.estimates import Verdict, make_verdict, summarise
from core.hub.errors import DataError

LEAST_IN_ARM, MAX_SEGMENTS = 10, 20


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: units of each arm, the effect with its corrected interval, and Holm's p-value."""

    name: str
    n_first: int
    n_second: int
    verdict: Verdict
    adjusted_p_value: float


@dataclass(frozen=True, slots=True)
class Segments:
    """Effects by segment.

    Parameters
    ----------
    q, q_p_value : float
        Cochran's Q and its p-value: small says that the effects differ.
    is_paradox : bool
        Whether the whole points one way and every segment the other.
    skipped : tuple of str
        Segments with too few units in an arm.
    """

    column: str
    rows: tuple[Segment, ...]
    q: float
    q_p_value: float
    is_paradox: bool
    skipped: tuple[str, ...]
    sentence: str


def compare_segments(
    column: str, labels: np.ndarray, y: np.ndarray, is_first: np.ndarray, level: float = 0.95
) -> Segments:
    """Estimate the effect in each segment by the normal with Welch's error.

    Parameters
    ----------
    labels : array of shape (n_units,)
        Each unit's segment; missing ones are left out.

    Raises
    ------
    DataError
        If there are over 20 segments, or under two that are large enough and vary.

    Examples
    --------
    >>> labels = np.repeat(["old", "new"], 200); first = np.arange(400) % 2 == 0
    >>> y = np.arange(400) % 7 + first * (labels == "new")
    >>> found = compare_segments("age", labels, y.astype(float), first)
    >>> [(row.name, round(row.verdict.effect, 1) + 0) for row in found.rows], found.q_p_value < 0.05
    ([('new', 1.0), ('old', 0.0)], True)
    """
    found = pd.Series(labels, dtype=object)
    names = sorted({str(name) for name in found.dropna().unique()})
    if not 2 <= len(names) <= MAX_SEGMENTS:  # noqa: PLR2004 two can differ
        message = f"{column} has {len(names)} segments; choose a column with 2 to {MAX_SEGMENTS}"
        raise DataError(message)
    inside = {name: ((found.astype(str) == name) & found.notna()).to_numpy() for name in names}
    kept = {name: mask for name, mask in inside.items() if _is_large(y, is_first, mask)}
    if len(kept) < 2:  # noqa: PLR2004 two can differ
        message = f"fewer than two segments of {column} have {LEAST_IN_ARM} units that vary in each arm; choose another"
        raise DataError(message)
    verdicts = {name: _compare(y, is_first, mask, 1 - (1 - level) / len(kept)) for name, mask in kept.items()}
    adjusted = holm([each.p_value for each in verdicts.values()])
    rows = tuple(
        Segment(name, int((mask & is_first).sum()), int((mask & ~is_first).sum()), verdicts[name], float(p_value))
        for (name, mask), p_value in zip(kept.items(), adjusted, strict=True)
    )
    return _conclude(column, rows, float(y[is_first].mean() - y[~is_first].mean()), tuple(set(names) - set(kept)))


def _is_large(y: np.ndarray, is_first: np.ndarray, mask: np.ndarray) -> bool:
    """Tell whether a segment has enough units in both arms, and values that vary."""
    arms = y[mask & is_first], y[mask & ~is_first]
    return all(len(arm) >= LEAST_IN_ARM for arm in arms) and any(np.ptp(arm) > 0 for arm in arms)


def _compare(y: np.ndarray, is_first: np.ndarray, mask: np.ndarray, level: float) -> Verdict:
    """Compare the arms within a segment."""
    first, second = summarise(y[mask & is_first]), summarise(y[mask & ~is_first])
    error = math.sqrt(first.squared_error + second.squared_error)
    return make_verdict("z", first.mean - second.mean, error, level=level)


def _conclude(column: str, rows: tuple[Segment, ...], whole: float, skipped: tuple[str, ...]) -> Segments:
    """Weigh the segments against one another and against the whole."""
    from scipy.special import chdtrc

    effects = np.array([row.verdict.effect for row in rows])
    weights = np.array([row.verdict.error for row in rows]) ** -2.0
    q = float((weights * (effects - weights @ effects / weights.sum()) ** 2).sum())
    p_value = float(chdtrc(len(rows) - 1, q))
    is_paradox = bool(whole * effects.min() < 0 and whole * effects.max() < 0)
    if is_paradox:
        text = (
            f"The whole points one way and every segment of {column} the other (Simpson's paradox): the arms hold the "
            "segments in different shares."
        )
    elif p_value < 0.05:  # noqa: PLR2004 the usual level
        text = f"The effect differs between the segments of {column} (Cochran's Q, p = {p_value:.2g})."
    else:
        text = f"Nothing shows that the effect differs between segments of {column} (Cochran's Q, p = {p_value:.2g})."
    return Segments(column, rows, q, p_value, is_paradox, tuple(sorted(skipped)), text)
