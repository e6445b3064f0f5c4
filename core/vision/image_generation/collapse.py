"""An alarm for mode collapse: a generator that draws few different pictures, however good each one looks.

Three things are counted on a set of samples and the classes a classifier sees in them:
classes    how many of the classes occur at all
diversity  mean distance of two samples of one class, over that of real pictures; the poorest class counts
twins      share of samples whose nearest other sample is nearer than nearly any two real pictures are
(the last is the birthday test of S. Arora and Y. Zhang 2018, arXiv:1706.08224, counted without a human eye).

The limits come from real pictures: hundreds of draws as large as the set of samples are measured in the same way, and
each limit is set so that all three together raise the alarm on at most the stated share of real draws. A generator is
never as varied as life, so diversity may fall short of the real limit by two fifths, and twins exceed it by a tenth of
the samples. Real pictures ring the alarm less often still than stated.

Precision and recall of T. Kynkäänniemi et al. 2019, arXiv:1904.06991, tell the same story without classes: the share
of samples that lie among real pictures, and the share of real pictures that lie among samples.

Left out: collapse onto modes finer than a class that still differ from each other as real pictures do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.image_generation.memorising import find_nearest

Features = NDArray[np.floating]
Labels = NDArray[np.integer]
FALSE_ALARMS = 0.01
N_DRAWS = 400
SLACK, TWIN_SLACK = 0.4, 0.1
TWIN_PERCENTILE = 1.0
N_NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Variety:
    """What is counted on one set.

    Parameters
    ----------
    classes : int
        Classes that occur.
    diversity : float
        Mean distance within the poorest class over that of real pictures; 1 is life, 0 one picture again and again.
    twins : float
        Share (0–1) of samples that nearly repeat another one.
    """

    classes: int
    diversity: float
    twins: float


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Where the alarm rings, for sets of ``n`` samples.

    Parameters
    ----------
    classes, diversity, twins
        Fewer classes, less diversity or more twins than this ring it.
    false_alarms : float
        Share of real draws of this size on which it would ring without the slack, at most.
    spread : array of shape (n_classes,)
        Mean distance within each class of real pictures.
    twin_distance : float
        Nearer than this, two samples are twins.
    """

    n: int
    classes: int
    diversity: float
    twins: float
    false_alarms: float
    spread: NDArray[np.float64]
    twin_distance: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """Whether the alarm rings, and why; ``reasons`` is empty where it does not."""

    variety: Variety
    reasons: tuple[str, ...]
    false_alarms: float

    @property
    def rings(self) -> bool:
        """Whether the samples have collapsed."""
        return bool(self.reasons)

    @property
    def sentence(self) -> str:
        """Say it in words."""
        if self.reasons:
            return f"Mode collapse: {'; '.join(self.reasons)}."
        return (
            f"No mode collapse: {self.variety.classes} classes, the least varied class has "
            f"{self.variety.diversity:.0%} of real diversity, {self.variety.twins:.1%} of samples have a twin "
            f"(false alarms on real pictures: at most {self.false_alarms:.0%})."
        )


def measure_variety(features: Features, labels: Labels, spread: Features, twin_distance: float) -> Variety:
    """Count classes, diversity and twins of one set.

    Parameters
    ----------
    features : array of shape (n, n_features)
    labels : int array of shape (n,)
        Classes that a classifier sees; a class of one sample says nothing about diversity.
    spread : array of shape (n_classes,)
        Mean distance within each class of real pictures.
    twin_distance : float
        See :class:`Limits`.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [5.0], [5.0]])
    >>> measure_variety(x, np.array([0, 0, 1, 1]), np.ones(2), 0.1)
    Variety(classes=2, diversity=0.0, twins=0.5)
    """
    present = np.unique(labels)
    ratios = [
        measure_spread(rows) / max(float(spread[label]), np.finfo(np.float64).tiny)
        for label in present
        if len(rows := features[labels == label]) > 1
    ]
    nearest = find_nearest(features, features, skip_self=True).distances[:, 0]
    return Variety(len(present), min(ratios, default=0.0), float((nearest < twin_distance).mean()))


def measure_spread(features: Features) -> float:
    """Return the mean distance between two different rows.

    Examples
    --------
    >>> measure_spread(np.array([[0.0], [1.0], [2.0]])).__round__(4)
    1.3333
    """
    x = np.asarray(features, dtype=np.float64)
    x = x - x.mean(axis=0)
    squares = (x**2).sum(axis=1)
    gaps = np.maximum(squares[:, None] + squares - 2 * (x @ x.T), 0.0)
    return float(np.sqrt(gaps[~np.eye(len(x), dtype=bool)]).mean())


def find_limits(
    features: Features,
    labels: Labels,
    n: int,
    false_alarms: float = FALSE_ALARMS,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Limits:
    """Set the limits by drawing sets of real pictures.

    Parameters
    ----------
    features, labels : arrays of shape (n_real, n_features) and (n_real,)
        Real pictures; at least ``2 n``.
    n : int
        Samples of the sets that will be judged, at least 20.
    false_alarms : float
        Wanted share of alarms on real draws, over all three counts.
    n_draws : int
        Draws; the limits resolve ``1 / (n_draws + 1)``.

    Raises
    ------
    DataError
        If there are too few real pictures, or too few draws for so rare a false alarm.
    """
    least, n_counts = 20, 3
    if n < least or len(features) < 2 * n:
        message = f"{n} samples and {len(features)} real pictures; give at least {least} samples and twice as many real"
        raise DataError(message)
    if n_draws + 1 < n_counts / false_alarms:
        message = f"{n_draws} draws cannot show {false_alarms:.1%} false alarms; draw {n_counts / false_alarms:.0f}"
        raise DataError(message)
    rng = np.random.default_rng(seed)
    x = np.asarray(features, dtype=np.float32)
    spread, twin_distance = _learn_real(x, labels, n, rng)
    draws = [rng.choice(len(x), n, replace=False) for _ in range(n_draws)]
    found = [measure_variety(x[rows], labels[rows], spread, twin_distance) for rows in draws]
    # A third of the false alarms for each count; the k-th worst draw is a limit that new draws pass as rarely.
    k = max(int((n_draws + 1) * false_alarms / n_counts), 1) - 1
    diversity = sorted(each.diversity for each in found)[k]
    twins = sorted((each.twins for each in found), reverse=True)[k]
    return Limits(
        n, sorted(each.classes for each in found)[k], diversity * (1 - SLACK), twins + TWIN_SLACK,
        false_alarms, spread, twin_distance,
    )  # fmt: skip


def _learn_real(
    x: NDArray[np.float32], labels: Labels, n: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], float]:
    """Measure the spread of each class, and how near the nearest two of n real pictures come."""
    most = 500
    spread = np.zeros(int(labels.max()) + 1)
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))[:most]
        spread[label] = measure_spread(x[rows])
    nearest = np.concatenate(
        [find_nearest(x[rows], x[rows], skip_self=True).distances[:, 0]
         for rows in (rng.choice(len(x), n, replace=False) for _ in range(10))]
    )  # fmt: skip
    return spread, float(np.percentile(nearest, TWIN_PERCENTILE))


def check_collapse(features: Features, labels: Labels, limits: Limits) -> Alarm:
    """Ring where a set of samples is less varied than the limits allow.

    Parameters
    ----------
    features, labels : arrays of shape (limits.n, n_features) and (limits.n,)
        Of samples; exactly as many as the limits were set for.

    Raises
    ------
    DataError
        If the number of samples is another: limits move with it.
    """
    if len(features) != limits.n:
        message = f"there are {len(features)} samples; these limits are for {limits.n}"
        raise DataError(message)
    found = measure_variety(features, labels, limits.spread, limits.twin_distance)
    tests = (
        (found.classes < limits.classes, f"only {found.classes} classes occur (limit {limits.classes})"),
        (
            found.diversity < limits.diversity,
            f"samples of one class differ {found.diversity:.0%} as much as real ones (limit {limits.diversity:.0%})",
        ),
        (found.twins > limits.twins, f"{found.twins:.0%} of samples nearly repeat another (limit {limits.twins:.0%})"),
    )
    return Alarm(found, tuple(reason for rings, reason in tests if rings), limits.false_alarms)


def score_precision_recall(generated: Features, real: Features, k: int = N_NEIGHBOURS) -> tuple[float, float]:
    """Return the shares of samples among real pictures and of real pictures among samples.

    A row lies among others when it is nearer to one of them than that one's k-th nearest neighbour of its own set.

    Parameters
    ----------
    generated, real : arrays of shape (n, n_features)
        Best of one size, as both shares move with it.
    k : int
        Raising it raises both shares.

    Examples
    --------
    >>> line = np.arange(10.0)[:, None]
    >>> score_precision_recall(line[:5], line)
    (1.0, 0.8)
    """
    return _share_among(generated, real, k), _share_among(real, generated, k)


def _share_among(rows: Features, others: Features, k: int) -> float:
    """Return the share of rows inside the ball of at least one other."""
    reach = find_nearest(others, others, k, skip_self=True).distances[:, -1]
    x, y = (np.asarray(each, dtype=np.float64) for each in (rows, others))
    squares = (y**2).sum(axis=1)
    inside = 0
    for part in np.array_split(x, max(1, len(x) * len(y) // 4_000_000)):
        gaps = np.maximum((part**2).sum(axis=1)[:, None] + squares - 2 * part @ y.T, 0.0)
        inside += int((np.sqrt(gaps) <= reach).any(axis=1).sum())
    return inside / len(x)
