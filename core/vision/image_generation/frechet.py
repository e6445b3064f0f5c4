"""The Fréchet distance between two sets of pictures, in the features of a classifier, beside what real pictures reach.

Each set becomes a Gaussian fitted to its features; the squared Fréchet (2-Wasserstein) distance of two Gaussians has a
closed form: ``|m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁C₂)^½)`` (D. C. Dowson and B. V. Landau 1982, as used by M. Heusel et al.
2017, arXiv:1706.08500). The trace of the square root is taken as a sum of singular values of ``C₁^½ C₂^½``, which are
never negative, so that sets with fewer pictures than features give no complex numbers.

Fewer pictures give a larger distance also where nothing differs (M. Chong and D. Forsyth 2020, arXiv:1911.07023).
So the figure to read is the ratio to the floor: training pictures, as many as there are generated ones, against the
same test pictures. ``extrapolate_frechet`` shows the bias by itself: the distance on a line in 1/n down to n = ∞.

Left out: Inception features, which no package ships; figures here compare with each other, not with published ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError

Features = NDArray[np.floating]
Embed = Callable[[NDArray[np.uint8]], Features]
"""Features (n, n_features) of pictures (n, height, width, n_channels), 0 to 255."""

N_GROUPS = 10
LEAST_PICTURES = 20


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """A Gaussian fitted to features.

    Parameters
    ----------
    mean : array of shape (n_features,)
    covariance : array of shape (n_features, n_features)
    n : int
        Pictures it was fitted to.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    n: int

    def find_root(self) -> NDArray[np.float64]:
        """Return R of shape (n_features, n_features) with ``R Rᵀ`` the covariance."""
        values, directions = np.linalg.eigh(self.covariance)
        # Rounding leaves variances of -1e-17 where a direction does not vary at all.
        return np.asarray(directions * np.sqrt(np.maximum(values, 0.0)))


@dataclass(frozen=True, slots=True)
class FrechetScore:
    """How far generated pictures are from real ones, in units of how far real ones are from each other.

    Parameters
    ----------
    distance, floor, ratio : (float, float, float)
        Value and 95% interval: generated against test, training against test, and the first over the second.
    n, n_reference : int
        Pictures on each first side, and test pictures.
    """

    distance: tuple[float, float, float]
    floor: tuple[float, float, float]
    ratio: tuple[float, float, float]
    n: int
    n_reference: int

    @property
    def sentence(self) -> str:
        """Say it in words."""
        value, low, high = self.ratio
        return (
            f"Generated pictures are {value:.2f} times as far from the test set as training pictures are "
            f"(95% interval {low:.2f} to {high:.2f}; {self.n:,} pictures each)."
        )


def fit_gaussian(features: Features) -> Gaussian:
    """Fit a Gaussian to features.

    Parameters
    ----------
    features : array of shape (n, n_features)
        n at least 20, all finite.

    Raises
    ------
    DataError
        If there are too few pictures or a feature is not a number.

    Examples
    --------
    >>> found = fit_gaussian(np.arange(40.0).reshape(20, 2))
    >>> found.mean.tolist(), float(found.covariance[0, 0])
    ([19.0, 20.0], 140.0)
    """
    x = np.asarray(features, dtype=np.float64)
    if x.ndim != 2 or len(x) < LEAST_PICTURES:  # noqa: PLR2004 pictures by features
        message = f"the features have shape {x.shape}; a fit needs at least {LEAST_PICTURES} pictures by features"
        raise DataError(message)
    if not np.isfinite(x).all():
        message = "a feature is not a finite number; check the pictures and the network"
        raise DataError(message)
    return _from_sums(len(x), x.sum(axis=0), x.T @ x)


def _from_sums(n: int, total: NDArray[np.float64], products: NDArray[np.float64]) -> Gaussian:
    """Fit a Gaussian from the sum of rows and the sum of their outer products."""
    mean = total / n
    return Gaussian(mean, (products - n * np.outer(mean, mean)) / (n - 1), n)


def frechet_distance(first: Gaussian, second: Gaussian) -> float:
    """Return the squared Fréchet distance of two Gaussians, at least 0.

    Raises
    ------
    ValueError
        If they have different numbers of features.

    Examples
    --------
    >>> narrow, wide = Gaussian(np.zeros(1), np.eye(1), 50), Gaussian(np.full(1, 3.0), 4 * np.eye(1), 50)
    >>> frechet_distance(narrow, wide)
    10.0
    """
    if first.mean.shape != second.mean.shape:
        message = f"one set has {first.mean.size} features and the other {second.mean.size}"
        raise ValueError(message)
    # tr (C₁C₂)^½ is the sum of singular values of R₁ᵀR₂, whichever roots are taken.
    overlap = np.linalg.svd(first.find_root().T @ second.find_root(), compute_uv=False).sum()
    gap = first.mean - second.mean
    distance = gap @ gap + np.trace(first.covariance) + np.trace(second.covariance) - 2 * overlap
    return max(float(distance), 0.0)


def score_frechet(
    generated: Features, train: Features, test: Features, n_groups: int = N_GROUPS, seed: int = 0
) -> FrechetScore:
    """Score generated pictures against test ones, with training pictures as the floor at the same sample size.

    Parameters
    ----------
    generated, train, test : arrays of shape (n, n_features)
        Features of generated, training and test pictures; as many of the first two are drawn as the smaller one has.
    n_groups : int
        Groups of the jackknife behind the intervals; raising it steadies their width.

    Raises
    ------
    DataError
        If there are too few pictures.

    Notes
    -----
    Resampling with replacement repeats pictures and so adds to the distance; leaving out one group at a time does not
    (delete-a-group jackknife, P. Kott 2001). The spread of logarithms over groups of each set gives the interval.
    """
    rng = np.random.default_rng(seed)
    n = min(len(generated), len(train))
    sets = [_Groups.make(_draw(rows, n, rng), n_groups) for rows in (generated, train)]
    reference = _Groups.make(_draw(test, len(test), rng), n_groups)
    whole = [each.fit() for each in (*sets, reference)]
    values = np.log([_positive(frechet_distance(whole[place], whole[2])) for place in (0, 1)])
    own = [
        np.log([_positive(frechet_distance(sets[place].fit(left), whole[2])) for left in range(n_groups)])
        for place in (0, 1)
    ]
    shared = np.log(
        [[_positive(frechet_distance(whole[place], reference.fit(left))) for left in range(n_groups)]
         for place in (0, 1)]
    )  # fmt: skip
    return FrechetScore(
        _bound(values[0], (own[0], shared[0])),
        _bound(values[1], (own[1], shared[1])),
        _bound(values[0] - values[1], (own[0], own[1], shared[0] - shared[1])),
        n,
        len(test),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Sums of each group of pictures, so that a fit without one of them is a subtraction."""

    counts: NDArray[np.int64]
    totals: NDArray[np.float64]
    products: tuple[NDArray[np.float64], ...]

    @classmethod
    def make(cls, features: NDArray[np.float64], n_groups: int) -> _Groups:
        """Split rows into groups."""
        fit_gaussian(features)
        parts = np.array_split(features, n_groups)
        counts = np.array([len(part) for part in parts])
        return cls(counts, np.stack([part.sum(axis=0) for part in parts]), tuple(part.T @ part for part in parts))

    def fit(self, left: int | None = None) -> Gaussian:
        """Fit all groups, or all but one."""
        kept = [place for place in range(len(self.counts)) if place != left]
        products = np.sum([self.products[place] for place in kept], axis=0)
        return _from_sums(int(self.counts[kept].sum()), self.totals[kept].sum(axis=0), products)


def _draw(rows: Features, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw n rows without repeats, in random order, so that groups hold every class."""
    x = np.asarray(rows, dtype=np.float64)
    if len(x) < LEAST_PICTURES:
        message = f"there are {len(x)} pictures; the Fréchet distance needs at least {LEAST_PICTURES}"
        raise DataError(message)
    return x[rng.permutation(len(x))[:n]]


def _positive(distance: float) -> float:
    """Keep a logarithm defined where two sets are the same."""
    return max(distance, np.finfo(np.float64).tiny)


def _bound(value: float, spreads: Sequence[NDArray[np.float64]]) -> tuple[float, float, float]:
    """Return a value and its interval from the jackknife spreads of its logarithm."""
    from scipy.stats import t

    n_groups = len(spreads[0])
    variance = sum(float((n_groups - 1) ** 2 / n_groups * each.var(ddof=1)) for each in spreads)
    half = float(t.ppf(0.975, n_groups - 1)) * np.sqrt(variance)
    return float(np.exp(value)), float(np.exp(value - half)), float(np.exp(value + half))


def extrapolate_frechet(
    generated: Features, reference: Features, sizes: Sequence[int] = (), n_draws: int = 5, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float64], float]:
    """Follow the distance over sample sizes and extend the line in 1/n to an endless sample.

    Parameters
    ----------
    sizes : sequence of int
        Sample sizes; by default five, evenly spaced in 1/n from a fifth of the generated pictures to all.
    n_draws : int
        Samples averaged at each size.

    Returns
    -------
    sizes : array of shape (n_sizes,)
    distances : array of shape (n_sizes,)
    endless : float
        The line's value at 1/n = 0; the bias of the reference's own size remains in it. It may lie a little below 0.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> _, along, endless = extrapolate_frechet(rng.normal(size=(2000, 5)), rng.normal(size=(2000, 5)))
    >>> bool(along[0] > along[-1] > endless)
    True
    """
    rng = np.random.default_rng(seed)
    n = len(generated)
    chosen = np.asarray(sizes or np.unique(np.rint(1 / np.linspace(5 / n, 1 / n, 5))), dtype=np.int64)
    aim = fit_gaussian(reference)
    means = [
        np.mean([frechet_distance(fit_gaussian(_draw(generated, int(size), rng)), aim) for _ in range(n_draws)])
        for size in chosen
    ]
    _, endless = np.polyfit(1 / chosen, means, 1)
    return chosen, np.asarray(means, dtype=np.float64), float(endless)
