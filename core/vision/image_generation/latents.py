"""The space of codes: walks, interpolation and arithmetic, each picture beside its nearest real one.

A code is drawn from a normal distribution, so codes lie near a sphere of radius ``√n_numbers``. A straight line between
two of them passes through its inside, where codes are rare and pictures pale; the arc on the sphere does not
(T. White 2016, "Sampling generative networks", arXiv:1609.04468). Styles, which a mapping network has made of codes,
have no such sphere, and straight lines are right for them (Karras et al. 2019). Arithmetic is that of Radford et al.
2016, arXiv:1511.06434: the mean code of each group, since single codes are too noisy.

Everything works on plain arrays and on a callable that draws pictures of codes, whatever network is behind it.

Left out: finding the code of a given picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.image_generation.memorising import find_nearest

Codes = NDArray[np.floating]
Images = NDArray[np.uint8]
Sample = Callable[[NDArray[np.float32]], Images]
"""Pictures (n, height, width, n_channels), 0 to 255, of codes (n, n_numbers)."""
Path = Literal["linear", "spherical"]
PARALLEL = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """Pictures along a path, each beside the nearest real one.

    Parameters
    ----------
    codes : array of shape (n, n_numbers)
    images : array of shape (n, height, width, n_channels)
    nearest : array of the same shape
        The nearest real picture of each, in pixels.
    places : int array of shape (n,)
        Its position among the real pictures.
    distances : array of shape (n,)
        Euclidean, pixels scaled to 0 to 1.
    """

    codes: NDArray[np.float32]
    images: Images
    nearest: Images
    places: NDArray[np.int64]
    distances: NDArray[np.float64]


def interpolate(first: Codes, second: Codes, n_steps: int, path: Path = "spherical") -> NDArray[np.float32]:
    """Go from one code to another, both ends included.

    Parameters
    ----------
    first, second : arrays of shape (n_numbers,)
    n_steps : int
        At least 2.
    path : str
        ``linear`` or ``spherical``; the arc between parallel codes is the straight line.

    Returns
    -------
    array of shape (n_steps, n_numbers)

    Raises
    ------
    DataError
        If the codes have different lengths, or there are fewer than 2 steps.

    Examples
    --------
    >>> interpolate(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 3).astype(float).round(4).tolist()
    [[1.0, 0.0], [0.7071, 0.7071], [0.0, 1.0]]
    >>> interpolate(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 3, "linear")[1].tolist()
    [0.5, 0.5]
    """
    a, b = (np.asarray(each, dtype=np.float64).ravel() for each in (first, second))
    if a.shape != b.shape or n_steps < 2:  # noqa: PLR2004 two ends
        message = f"codes of {a.size} and {b.size} numbers in {n_steps} steps; give two of one length and at least 2"
        raise DataError(message)
    share = np.linspace(0.0, 1.0, n_steps)[:, None]
    weight_a, weight_b = (1 - share, share) if path == "linear" else _weigh_arc(a, b, share)
    return np.asarray(weight_a * a + weight_b * b, dtype=np.float32)


def _weigh_arc(
    a: NDArray[np.float64], b: NDArray[np.float64], share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights of both ends along the arc (K. Shoemake 1985)."""
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    if lengths == 0:
        return 1 - share, share
    angle = np.arccos(np.clip(a @ b / lengths, -1.0, 1.0))
    sine = np.sin(angle)
    # Opposite codes have no one arc between them; like parallel ones they are joined by the line.
    if sine < PARALLEL:
        return 1 - share, share
    return np.sin((1 - share) * angle) / sine, np.sin(share * angle) / sine


def walk(n_numbers: int, n_stops: int, n_frames: int, seed: int, path: Path = "spherical") -> NDArray[np.float32]:
    """Walk in a circle through codes drawn by a seed; the last frame leads back to the first.

    Parameters
    ----------
    n_numbers : int
        Length of a code.
    n_stops, n_frames : int
        Drawn codes, at least 2, and frames from each to the next.

    Returns
    -------
    array of shape (n_stops * n_frames, n_numbers)

    Examples
    --------
    >>> walk(8, 3, 4, seed=0).shape
    (12, 8)
    """
    stops = np.random.default_rng(seed).normal(size=(n_stops, n_numbers))
    legs = [interpolate(stop, stops[(place + 1) % n_stops], n_frames + 1, path)[:-1]
            for place, stop in enumerate(stops)]  # fmt: skip
    return np.concatenate(legs)


def combine(plus: Sequence[Codes], minus: Sequence[Codes] = (), length: float | None = None) -> NDArray[np.float32]:
    """Add and subtract the mean codes of groups: smiling woman − woman + man.

    Parameters
    ----------
    plus, minus : sequences of arrays of shape (n_numbers,) or (n, n_numbers)
        A group counts as its mean.
    length : float, optional
        Length to which the result is brought, such as ``√n_numbers``; the mean of a group is much shorter than a code.

    Returns
    -------
    array of shape (n_numbers,)

    Raises
    ------
    DataError
        If nothing is added, or the codes have different lengths.

    Examples
    --------
    >>> combine([np.array([2.0, 1.0]), np.array([0.0, 3.0])], [np.array([[1.0, 0.0], [1.0, 2.0]])]).tolist()
    [1.0, 3.0]
    """
    groups = [np.atleast_2d(np.asarray(each, dtype=np.float64)).mean(axis=0) for each in (*plus, *minus)]
    if not plus or len({each.size for each in groups}) > 1:
        message = "arithmetic needs at least one code to add, and codes of one length; choose them again"
        raise DataError(message)
    signs = np.repeat([1.0, -1.0], [len(plus), len(minus)])
    found = signs @ np.stack(groups)
    norm = float(np.linalg.norm(found))
    return np.asarray(found * (length / norm if length and norm else 1.0), dtype=np.float32)


def draw_strip(sample: Sample, codes: Codes, real: Images) -> Strip:
    """Draw the pictures of codes and find the nearest real picture of each.

    Parameters
    ----------
    sample : callable
        Draws pictures of codes.
    codes : array of shape (n, n_numbers)
    real : array of shape (n_real, height, width, n_channels), 0 to 255
        Usually the training pictures.
    """
    rows = np.asarray(codes, dtype=np.float32)
    images = sample(rows)
    found = find_nearest(images, real)
    places = found.places[:, 0]
    return Strip(rows, images, real[places], places, found.distances[:, 0] / 255)


def measure_smoothness(images: Images) -> NDArray[np.float64]:
    """Measure how far each picture of a path is from the one before it; jumps stand out.

    Returns
    -------
    array of shape (n - 1,)
        Euclidean, pixels scaled to 0 to 1.

    Examples
    --------
    >>> measure_smoothness(np.array([0, 0, 255], np.uint8).reshape(3, 1, 1, 1)).tolist()
    [0.0, 1.0]
    """
    rows = images.reshape(len(images), -1).astype(np.float64) / 255
    return np.asarray(np.linalg.norm(np.diff(rows, axis=0), axis=1))
