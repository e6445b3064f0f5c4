"""Whether a generator draws or remembers: the nearest real picture of each sample, in pixels and in features.

A test picture was never shown to the generator, so its distance to the nearest training picture says how near an
honest new picture comes. Samples are judged against those distances: the share nearer than the test set's first
percentile should be about 1%. A single copy is found by itself: it is far nearer to one training picture than to the
next nine (after N. Carlini et al. 2023, arXiv:2301.13188, section 4). Of 3,000 Fashion-MNIST test pictures three are
found so, and are near-copies of training pictures indeed.

Distances are Euclidean. They come from products of matrices in chunks, and the few nearest candidates are then
measured again in double precision, so that a copy is at distance 0 and not at a rounding error.

Left out: copies that were turned or mirrored, and copies of a part of a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import wilson_interval
from core.hub.errors import DataError

Rows = NDArray[np.generic]
CHUNK_MB = 64
N_SPARE = 3
N_NEIGHBOURS = 10
COPY_RATIO = 1 / 3
FIRST_PERCENTILE = 1.0
MAX_TEST = 2_000
Space = Literal["pixels", "features"]


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The nearest rows of a reference set.

    Parameters
    ----------
    places : int array of shape (n, k)
        Positions in the reference, nearest first.
    distances : array of shape (n, k)
        Euclidean, in the unit of the rows.
    """

    places: NDArray[np.int64]
    distances: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Memorising:
    """How near samples come to training pictures, beside how near test pictures come.

    Parameters
    ----------
    space : str
        ``pixels`` or ``features``.
    places : int array of shape (n,)
        The nearest training picture of each sample.
    distances, own : arrays of shape (n,) and (n_test,)
        Of samples, and of test pictures.
    limit : float
        First percentile of ``own``.
    share_below : (float, float, float)
        Share of samples nearer than the limit, with its 95% Wilson interval; 0.01 is what test pictures have.
    ratios : array of shape (n,)
        Distance of each sample to the nearest training picture over its mean distance to the next nine.
    copies : int array
        Samples with a ratio under a third, the surest first.
    """

    space: Space
    places: NDArray[np.int64]
    distances: NDArray[np.float64]
    own: NDArray[np.float64]
    limit: float
    share_below: tuple[float, float, float]
    ratios: NDArray[np.float64]
    copies: NDArray[np.int64]

    @property
    def percentile(self) -> float:
        """The samples' own first percentile, to be held against ``limit``."""
        return float(np.percentile(self.distances, FIRST_PERCENTILE))

    @property
    def memorised(self) -> bool:
        """Whether more samples lie below the limit than test pictures do, beyond chance, or one is a copy."""
        return self.share_below[1] > FIRST_PERCENTILE / 100 or len(self.copies) > 0

    @property
    def sentence(self) -> str:
        """Say it in words."""
        share, low, high = self.share_below
        tail = (
            f"{share:.1%} of {len(self.distances):,} samples are nearer to a training picture in {self.space} than the "
            f"test set's first percentile, {self.limit:.3g} (95% interval {low:.1%} to {high:.1%}; test pictures: 1%)"
        )
        if len(self.copies):
            named = f"{len(self.copies)} of the samples {'is a copy' if len(self.copies) == 1 else 'are copies'}"
            return f"{named} of a training picture: look at the pairs. {tail}."
        return f"{'Signs of memorising' if self.memorised else 'No sign of memorising'}: {tail}."


def find_nearest(queries: Rows, reference: Rows, k: int = 1, *, skip_self: bool = False) -> Nearest:
    """Find the k nearest reference rows of each query.

    Parameters
    ----------
    queries, reference : arrays of shape (n, ...) and (n_reference, ...)
        Pictures or features; all axes but the first are one row.
    k : int
        1 to the number of reference rows.
    skip_self : bool
        Whether the two are the same rows, none of which is its own neighbour.

    Raises
    ------
    DataError
        If the rows have different lengths, or the reference is too small.

    Examples
    --------
    >>> found = find_nearest(np.array([[0.0], [9.0]]), np.array([[1.0], [7.0], [8.5]]))
    >>> found.places.ravel().tolist(), found.distances.ravel().tolist()
    ([0, 2], [1.0, 0.5])
    """
    x, y = _flatten(queries), _flatten(reference)
    most = len(y) - int(skip_self)
    if x.shape[1] != y.shape[1] or not 1 <= k <= most:
        message = (
            f"rows of {x.shape[1]} values cannot find {k} nearest among {most} rows of {y.shape[1]}; "
            "give pictures of one size, and enough of them"
        )
        raise DataError(message)
    middle = y.mean(axis=0)
    x, y = x - middle, y - middle  # nearer to 0 the products round less
    squares = np.einsum("ij,ij->i", y, y)
    n_candidates = min(most, k + N_SPARE)  # rounding may change places next to the last
    step = max(1, CHUNK_MB * 250_000 // len(y))
    parts = [
        _find_in_chunk(x[start : start + step], y, squares, n_candidates, start if skip_self else None)
        for start in range(0, len(x), step)
    ]
    candidates = np.concatenate(parts) if parts else np.zeros((0, n_candidates), np.int64)
    return _measure_again(x, y, candidates, k)


def _flatten(rows: Rows) -> NDArray[np.float32]:
    """Make each picture one row."""
    return np.asarray(rows).reshape(len(rows), -1).astype(np.float32)


def _find_in_chunk(
    x: NDArray[np.float32], y: NDArray[np.float32], squares: NDArray[np.float32], k: int, own: int | None
) -> NDArray[np.int64]:
    """Find candidates of some queries; |x|² is the same for all of a query and left out."""
    gaps = squares - 2 * (x @ y.T)
    if own is not None:
        rows = np.arange(len(x))
        gaps[rows, rows + own] = np.inf
    return np.asarray(np.argpartition(gaps, k - 1, axis=1)[:, :k], dtype=np.int64)


def _measure_again(x: NDArray[np.float32], y: NDArray[np.float32], candidates: NDArray[np.int64], k: int) -> Nearest:
    """Measure each candidate in double precision and keep the k nearest."""
    exact = np.stack([np.linalg.norm(x.astype(np.float64) - y[column], axis=1) for column in candidates.T], axis=1)
    order = np.argsort(exact, axis=1, kind="stable")[:, :k]
    return Nearest(np.take_along_axis(candidates, order, axis=1), np.take_along_axis(exact, order, axis=1))


def score_memorising(
    generated: NDArray[np.uint8],
    train: NDArray[np.uint8],
    test: NDArray[np.uint8],
    embed: Callable[[NDArray[np.uint8]], NDArray[np.floating]] | None = None,
    n_test: int = MAX_TEST,
    seed: int = 0,
) -> Memorising:
    """Judge samples by their distance to the nearest training picture.

    Parameters
    ----------
    generated, train, test : arrays of shape (n, height, width, n_channels), 0 to 255
    embed : callable, optional
        Features of pictures; without it the pictures are compared pixel by pixel, scaled to 0 to 1.
    n_test : int
        Test pictures that set the limit, drawn by ``seed``.

    Raises
    ------
    DataError
        If there are fewer than 100 test pictures, whose first percentile would say nothing.
    """
    least, k = 100, min(N_NEIGHBOURS, len(train))
    rows = np.random.default_rng(seed).permutation(len(test))[:n_test]
    if len(rows) < least:
        message = f"there are {len(rows)} test pictures; a first percentile needs at least {least}"
        raise DataError(message)
    make_rows = _scale if embed is None else embed
    known = make_rows(train)
    found, own = (find_nearest(make_rows(each), known, k) for each in (generated, test[np.sort(rows)]))
    return judge_distances("pixels" if embed is None else "features", found, own.distances[:, 0])


def judge_distances(space: Space, found: Nearest, own: NDArray[np.float64]) -> Memorising:
    """Judge distances that are already known; see :func:`score_memorising`.

    Examples
    --------
    >>> samples = Nearest(np.zeros((3, 2), np.int64), np.array([[5.0, 6.0], [0.1, 6.0], [7.0, 7.0]]))
    >>> judge_distances("pixels", samples, np.linspace(2, 9, 200)).copies.tolist()
    [1]
    """
    distances = found.distances[:, 0]
    limit = float(np.percentile(own, FIRST_PERCENTILE))
    n_below = int((distances < limit).sum())
    others = found.distances[:, 1:].mean(axis=1) if found.distances.shape[1] > 1 else distances
    ratios = np.divide(distances, others, out=np.zeros_like(distances), where=others > 0)
    order = np.argsort(ratios, kind="stable")
    span = (n_below / len(distances), *wilson_interval(n_below, len(distances)))
    return Memorising(space, found.places[:, 0], distances, own, limit, span, ratios, order[ratios[order] < COPY_RATIO])


def _scale(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale pixels to 0 to 1."""
    return np.asarray(pictures / np.float32(255), np.float32)
