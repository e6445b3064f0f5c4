"""Bicubic resampling of pictures of any size, down with antialiasing and up, by one rule for both directions.

Keys's kernel with a = -0.5 (R. G. Keys 1981, https://doi.org/10.1109/TASSP.1981.1163711). On the way down the kernel is
widened by the factor, so that detail finer than the new pixels is averaged away and not folded into false patterns;
at a border the weights that fall outside are dropped and the others divided by their sum. Pillow's ``BICUBIC`` is the
same rule, and the outside reference of the test.

Left out: other kernels, rotation, and gamma (pixel values are averaged as they are stored, as is usual).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError

Floats = NDArray[np.float32]
KEYS_A = -0.5
REACH = 2.0  # pixels to each side that the kernel spans before it is widened


def weigh_neighbours(n_in: int, n_out: int) -> tuple[NDArray[np.intp], Floats]:
    """Find which pixels each new pixel is made of, and their weights.

    Parameters
    ----------
    n_in, n_out : int
        Pixels of a row before and after, at least 1.

    Returns
    -------
    places : int array of shape (n_out, n_taps)
        Positions in 0 to ``n_in - 1``.
    weights : array of shape (n_out, n_taps)
        Each row sums to 1.

    Examples
    --------
    >>> places, weights = weigh_neighbours(4, 2)
    >>> places[1, 1:5].tolist(), weights[1, 1:5].astype(float).round(4).tolist()
    ([0, 1, 2, 3], [-0.0372, 0.1198, 0.4587, 0.4587])
    """
    scale = n_in / n_out
    widening = max(scale, 1.0)
    reach = REACH * widening
    centres = (np.arange(n_out) + 0.5) * scale
    first = np.floor(centres - reach + 0.5).astype(np.intp)
    places = first[:, None] + np.arange(int(np.ceil(2 * reach)) + 1)
    weights = _keys((places + 0.5 - centres[:, None]) / widening)
    weights[(places < 0) | (places >= n_in)] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    return np.clip(places, 0, n_in - 1), weights.astype(np.float32)


def _keys(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate the cubic convolution kernel."""
    d = np.abs(distance)
    near = ((KEYS_A + 2) * d - (KEYS_A + 3)) * d * d + 1
    far = KEYS_A * (((d - 5) * d + 8) * d - 4)
    return np.where(d < 1, near, np.where(d < REACH, far, 0.0))


def resize(pictures: NDArray[np.generic], height: int, width: int) -> Floats:
    """Resize pictures by the bicubic rule; values may overshoot the range of the input a little.

    Parameters
    ----------
    pictures : array of shape (n, height, width, n_channels)
    height, width : int
        The new size in pixels, at least 1.

    Returns
    -------
    float array of shape (n, height, width, n_channels)
        In the units of the input.

    Raises
    ------
    DataError
        If the new size is less than one pixel.

    Examples
    --------
    >>> step = np.array([0.0, 0.0, 8.0, 8.0]).reshape(1, 1, 4, 1)
    >>> resize(step, 1, 8).ravel().astype(float).round(2).tolist()
    [0.0, -0.18, -0.55, 1.62, 6.38, 8.55, 8.18, 8.0]
    """
    if min(height, width) < 1:
        message = f"the new size is {width} × {height} pixels; it must be at least 1 × 1"
        raise DataError(message)
    return _resize_axis(_resize_axis(pictures.astype(np.float32), height, 1), width, 2)


def _resize_axis(x: Floats, n_out: int, axis: int) -> Floats:
    """Resize along rows (axis 1) or columns (axis 2)."""
    if x.shape[axis] == n_out:
        return x
    places, weights = weigh_neighbours(x.shape[axis], n_out)
    shape = (1, n_out, 1, 1) if axis == 1 else (1, 1, n_out, 1)
    total: Floats | None = None
    for place, weight in zip(places.T, weights.T, strict=True):
        part = np.take(x, place, axis=axis) * weight.reshape(shape)
        total = part if total is None else total + part
    return x if total is None else total


def shrink(pictures: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Make small pictures of large ones: bicubic with antialiasing, rounded to whole values as a stored picture is.

    Parameters
    ----------
    pictures : array of shape (n, height, width, n_channels), 0 to 255
    factor : int
        How many times smaller; height and width must be multiples of it.

    Raises
    ------
    DataError
        If the size is not a multiple of the factor.

    Examples
    --------
    >>> shrink(np.full((1, 8, 8, 3), 90, np.uint8), 4).shape
    (1, 2, 2, 3)
    """
    _, height, width, _ = pictures.shape
    if height % factor or width % factor:
        message = f"the picture is {width} × {height} pixels; both must be multiples of {factor}, so crop it first"
        raise DataError(message)
    return to_pixels(resize(pictures, height // factor, width // factor))


def enlarge(pictures: NDArray[np.generic], factor: int) -> Floats:
    """Enlarge pictures by the bicubic rule alone: the baseline, and what the network adds its detail to.

    Examples
    --------
    >>> enlarge(np.full((1, 2, 3, 1), 7, np.uint8), 2).shape
    (1, 4, 6, 1)
    """
    return resize(pictures, pictures.shape[1] * factor, pictures.shape[2] * factor)


def to_pixels(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Round to whole pixel values and clip to 0 to 255.

    Examples
    --------
    >>> to_pixels(np.array([-3.0, 12.4, 300.0])).tolist()
    [0, 12, 255]
    """
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
