"""I don't know: telling pictures of none of the classes from those of one.

Four scores, higher for what is stranger:

energy    minus the log of the summed exponentials of the logits: no class answers loudly (Liu et al. 2020,
          arXiv:2010.03759)
distance  Mahalanobis distance to the nearest class (Lee et al. 2018, arXiv:1807.03888)
outside   the part of the embedding outside the directions in which known pictures vary, scaled to the logits, plus the
          energy (virtual-logit matching, Wang et al. 2022, arXiv:2203.10807)
both      the distance, scaled to the logits in the same way, plus the energy

A score becomes a p-value by its rank among known pictures that the score was not fitted to (split conformal): of known
pictures a tenth fall under 0.1, whatever the network. Refused is what falls under ``Unknown.limit``, set so low that at
most 5% of known pictures are lost with 95% confidence in the draw of those that are ranked against. ``both`` is the
default: of the sets of ``unknown_sets.CHOOSE`` it refuses most with the two networks on clothes, while the energy alone
is slightly better with that on CIFAR-10 (0.447 against 0.404); the sets that are reported had no part in it.

Left out: training a network on outliers; gradients of the input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError, DataError

Array = NDArray[np.float32]
Numbers = NDArray[np.float64]
Method = Literal["energy", "distance", "outside", "both"]
MOST_LOST, CONFIDENCE = 0.05, 0.95
"""Of known pictures at most so many are refused, and how sure that is."""
KEPT_SHARE = 0.25
"""Directions kept of an embedding: between an eighth and a quarter the sets of ``CHOOSE`` are refused equally well."""
SHRINKAGE = 0.1
LEAST_ROWS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A fitted score and the ranks it is read against; arrays only.

    Parameters
    ----------
    centres : array of shape (n_centres, d)
        One centre, or where the distance counts one a class.
    directions : array of shape (d, k)
        Principal directions, or where the distance counts the whitening matrix; k is 0 for ``energy``.
    weights : array of shape (3,)
        Of the part outside the directions, of the distance, and of the energy.
    ranks : array of shape (n,)
        Sorted scores of known pictures that nothing was fitted to.
    """

    centres: Array
    directions: Array
    weights: Numbers
    ranks: Numbers

    def score(self, embeddings: NDArray[Any], logits: NDArray[Any]) -> Numbers:
        """Score how strange each picture is, shape (n,); raises DataError where shapes do not fit."""
        x, z = _check(embeddings, logits, self.centres.shape[1])
        score = self.weights[2] * find_energy(z)
        if self.weights[0]:
            score = score + self.weights[0] * measure_outside(x - self.centres[0], self.directions)
        if self.weights[1]:
            score = score + self.weights[1] * measure_distance(x, self.centres, self.directions)
        return np.asarray(score)

    def p_value(self, embeddings: NDArray[Any], logits: NDArray[Any]) -> Numbers:
        """Say how usual each picture is.

        Parameters
        ----------
        embeddings : array of shape (n, d)
        logits : array of shape (n, n_classes)

        Returns
        -------
        array of shape (n,)
            Share of known pictures at least as strange, from 1 / (m + 1) to 1. Under ``limit`` is refused.

        Raises
        ------
        DataError
            If the arrays do not fit the fitted ones or hold a value that is not finite.
        """
        scores = self.score(embeddings, logits)
        stranger = len(self.ranks) - np.searchsorted(self.ranks, scores, side="left")
        return np.asarray((1 + stranger) / (len(self.ranks) + 1))

    def refuses(self, embeddings: NDArray[Any], logits: NDArray[Any]) -> NDArray[np.bool_]:
        """Say which pictures are none of the classes, shape (n,)."""
        return self.p_value(embeddings, logits) < self.limit

    @property
    def limit(self) -> float:
        """Under which p-value a picture is refused (``find_limit``)."""
        return find_limit(len(self.ranks))


@lru_cache(maxsize=32)
def find_limit(n: int) -> float:
    """Find the p-value under which to refuse so that at most 5% of known pictures are lost, with 95% confidence.

    Refusing what is stranger than the k-th strangest of n known pictures loses a share that is Beta(k, n + 1 - k)
    distributed over draws of the n; k is the largest for which 95% of draws lose no more than 5%.

    Parameters
    ----------
    n : int
        Known pictures to rank against; under 59 nothing is refused, as nothing can be promised.

    Examples
    --------
    >>> round(find_limit(2_500), 4), find_limit(59) * 60, find_limit(20) * 21
    (0.0432, 2.0, 1.0)

    References
    ----------
    Wilks 1941, Determination of sample sizes for setting tolerance limits; Vovk 2012, arXiv:1209.2673.
    """
    from scipy.special import bdtr

    k = np.arange(1, n + 1)
    return float(1 + np.count_nonzero(bdtr(k - 1, n, MOST_LOST) <= 1 - CONFIDENCE)) / (n + 1)


def find_energy(logits: NDArray[Any]) -> Numbers:
    """Return minus the log of the summed exponentials, shape (n,): higher where no class answers.

    Examples
    --------
    >>> find_energy(np.array([[9.0, 0.0], [0.5, 0.0]])).round(2).tolist()
    [-9.0, -0.97]
    """
    z = np.asarray(logits, dtype=np.float64)
    highest = z.max(axis=1)
    return np.asarray(-(highest + np.log(np.exp(z - highest[:, None]).sum(axis=1))))


def measure_outside(x: NDArray[Any], directions: NDArray[Any]) -> Numbers:
    """Return the length of what is left of each row when its part along orthonormal directions is taken away.

    Examples
    --------
    >>> measure_outside(np.array([[3.0, 4.0]]), np.array([[1.0], [0.0]])).tolist()
    [4.0]
    """
    inside = np.asarray(x, dtype=np.float64) @ directions
    return np.asarray(np.sqrt(np.maximum((np.asarray(x, np.float64) ** 2).sum(axis=1) - (inside**2).sum(axis=1), 0.0)))


def measure_distance(x: NDArray[Any], centres: NDArray[Any], whitening: NDArray[Any]) -> Numbers:
    """Return the Mahalanobis distance of each row to its nearest centre, shape (n,)."""
    rows, middle = x @ whitening, centres @ whitening
    squares = (rows**2).sum(axis=1)[:, None] - 2 * rows @ middle.T + (middle**2).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares.min(axis=1), 0.0)))


def fit_unknown(
    embeddings: NDArray[Any],
    logits: NDArray[Any],
    labels: NDArray[np.integer[Any]],
    calibration: tuple[NDArray[Any], NDArray[Any]] | None = None,
    *,
    method: Method = "both",
    seed: int = 0,
) -> Unknown:
    """Learn what known pictures look like to the network.

    Parameters
    ----------
    embeddings : array of shape (n, d)
        What the network's last layer reads, of known pictures; n at least 40.
    logits : array of shape (n, n_classes)
        Its answers.
    labels : array of shape (n,)
        Their classes; every class counts equally in what is usual.
    calibration : (embeddings, logits), optional
        Known pictures that the network did not learn from, to rank against. Without them a random half of the rows is
        kept aside for it.
    method : str
        Which score.
    seed : int
        Of that half.

    Raises
    ------
    DataError
        If rows are too few, shapes differ, or a value is not finite.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> known = rng.normal(0, 1, (400, 8)) * np.array([5, 5, 1, 1, 1, 1, 1, 1])
    >>> gate = fit_unknown(known, known[:, :2], np.arange(400) % 2)
    >>> odd = np.array([[0, 0, 9, 9, 9, 0, 0, 0.0]])
    >>> bool(gate.p_value(odd, odd[:, :2])[0] < gate.limit), bool(gate.p_value(known, known[:, :2]).mean() > 0.4)
    (True, True)

    References
    ----------
    Split conformal p-values: Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World.
    """
    x, z = _check(embeddings, logits, None)
    y = np.asarray(labels)
    if len(x) < LEAST_ROWS or y.shape != (len(x),):
        message = f"there are {len(x)} rows and {y.size} labels; give at least {LEAST_ROWS} rows with a label each"
        raise DataError(message)
    if calibration is None:
        order = np.random.default_rng(seed).permutation(len(x))
        aside, rows = np.sort(order[: len(x) // 2]), np.sort(order[len(x) // 2 :])
        calibration = (x[aside], z[aside])
        x, z, y = x[rows], z[rows], y[rows]
    fitted = _fit_score(x, z, y, method)
    ranks = np.sort(fitted.score(*calibration))
    return Unknown(fitted.centres, fitted.directions, fitted.weights, ranks)


def _fit_score(x: Numbers, z: Numbers, y: NDArray[np.integer[Any]], method: Method) -> Unknown:
    """Fit centres and directions; ranks are still empty."""
    classes = np.unique(y)
    means = np.stack([x[y == each].mean(axis=0) for each in classes])
    centre, none = means.mean(axis=0, keepdims=True), np.empty(0)
    width = x.shape[1]
    if method == "energy":
        return Unknown(_small(centre), np.empty((width, 0), np.float32), np.array([0.0, 0.0, 1.0]), none)
    if method in {"distance", "both"}:
        away = x - means[np.searchsorted(classes, y)]
        spread = away.T @ away / len(away)
        spread += SHRINKAGE * np.trace(spread) / width * np.eye(width)
        variances, axes = np.linalg.eigh(spread)
        whitening = _small(axes / np.sqrt(variances))
        if method == "distance":
            return Unknown(_small(means), whitening, np.array([0.0, 1.0, 0.0]), none)
        scale = _find_scale(z, measure_distance(x, means, whitening))
        return Unknown(_small(means), whitening, np.array([0.0, scale, 1.0]), none)
    away = x - centre
    _, axes = np.linalg.eigh(away.T @ away / len(away))
    kept = _small(axes[:, width - max(1, round(KEPT_SHARE * width)) :])
    outside = measure_outside(away, kept)
    return Unknown(_small(centre), kept, np.array([_find_scale(z, outside), 0.0, 1.0]), none)


def _find_scale(z: Numbers, lengths: Numbers) -> float:
    """Find by what to multiply lengths so that they speak as loudly as a known picture's strongest class."""
    return float(np.abs(z.max(axis=1)).mean() / max(float(lengths.mean()), 1e-9))


def unknown_to_arrays(unknown: Unknown) -> dict[str, NDArray[Any]]:
    """Give the arrays by name, for ``numpy.savez``."""
    return {each.name: getattr(unknown, each.name) for each in fields(unknown)}


def unknown_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Unknown:
    """Build it back from :func:`unknown_to_arrays`.

    Raises
    ------
    ArtifactError
        If an array is missing.
    """
    lacking = [each.name for each in fields(Unknown) if each.name not in arrays]
    if lacking:
        message = f"what tells unknown pictures apart lacks {', '.join(lacking)}; train the model again"
        raise ArtifactError(message)
    return Unknown(**{each.name: np.asarray(arrays[each.name]) for each in fields(Unknown)})


def _check(embeddings: NDArray[Any], logits: NDArray[Any], width: int | None) -> tuple[Numbers, Numbers]:
    """Return both as float64 tables of as many rows."""
    x, z = np.asarray(embeddings, dtype=np.float64), np.asarray(logits, dtype=np.float64)
    if x.ndim != 2 or z.ndim != 2 or len(x) != len(z) or (width is not None and x.shape[1] != width):  # noqa: PLR2004 tables
        message = f"embeddings are {x.shape} and logits {z.shape}; they must be tables of as many rows"
        message += f", {width} columns wide" if width is not None else ""
        raise DataError(message)
    if not (np.isfinite(x).all() and np.isfinite(z).all()):
        message = "embeddings or logits hold a value that is not finite; train the network again"
        raise DataError(message)
    return x, z


def _small(values: NDArray[Any]) -> Array:
    return np.asarray(values, dtype=np.float32)
