"""How alike two pictures are: peak signal-to-noise ratio and structural similarity.

PSNR is the squared error on a logarithmic scale: 1 dB more is a fifth less of it. SSIM compares means, spreads and
correlation in small windows (Z. Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861), with the flat window of 7
by 7 pixels that scikit-image takes by default; it is the outside reference of the test.

Left out: measures learnt from what people see.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError

Pixels = NDArray[np.generic]
PEAK = 255.0
HIGHEST_DB = 100.0
WINDOW = 7
STEADY_1, STEADY_2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue (ITU-R BT.601); they sum to 1."""


def to_luminance(pictures: Pixels) -> NDArray[np.float32]:
    """Return the brightness of each pixel, shape (n, height, width, 1); grey pictures keep their values.

    Examples
    --------
    >>> to_luminance(np.array([255, 0, 0], np.uint8).reshape(1, 1, 1, 3)).ravel().astype(float).round(3).tolist()
    [76.245]
    """
    x = pictures.astype(np.float32)
    return x if x.shape[-1] == 1 else np.asarray(x @ np.array(LUMINANCE, np.float32), np.float32)[..., None]


def measure_psnr(pictures: Pixels, originals: Pixels) -> NDArray[np.float64]:
    """Measure each picture's peak signal-to-noise ratio.

    Parameters
    ----------
    pictures, originals : arrays of shape (n, height, width, n_channels), 0 to 255

    Returns
    -------
    array of shape (n,)
        Decibels, higher is better; 100 where the two are equal.

    Raises
    ------
    DataError
        If the shapes differ.

    Examples
    --------
    >>> measure_psnr(np.full((1, 8, 8, 1), 10), np.full((1, 8, 8, 1), 20)).round(2).tolist()
    [28.13]
    """
    a, b = _check_pair(pictures, originals)
    errors = ((a - b) ** 2).mean(axis=(1, 2, 3))
    least = PEAK**2 / 10 ** (HIGHEST_DB / 10)
    return np.asarray(10 * np.log10(PEAK**2 / np.maximum(errors, least)))


def measure_ssim(pictures: Pixels, originals: Pixels) -> NDArray[np.float64]:
    """Measure each picture's structural similarity, the mean over its windows and channels.

    Parameters
    ----------
    pictures, originals : arrays of shape (n, height, width, n_channels), 0 to 255
        Both sides at least 7 pixels.

    Returns
    -------
    array of shape (n,)
        At most 1, which equal pictures have.

    Raises
    ------
    DataError
        If the shapes differ or a picture is smaller than a window.

    Examples
    --------
    >>> ramp = np.arange(64.0).reshape(1, 8, 8, 1)
    >>> measure_ssim(ramp, ramp).tolist(), measure_ssim(ramp[:, ::-1], ramp).round(3).tolist()
    ([1.0], [-0.749])
    """
    a, b = _check_pair(pictures, originals)
    if min(a.shape[1:3]) < WINDOW:
        message = f"the picture is {a.shape[2]} × {a.shape[1]} pixels; SSIM needs at least {WINDOW} × {WINDOW}"
        raise DataError(message)
    mean_a, mean_b = _average(a), _average(b)
    # Sample (co)variances of a window: n / (n - 1) times the mean product less the product of means.
    scale = WINDOW**2 / (WINDOW**2 - 1)
    spread_a, spread_b = scale * (_average(a * a) - mean_a**2), scale * (_average(b * b) - mean_b**2)
    together = scale * (_average(a * b) - mean_a * mean_b)
    top = (2 * mean_a * mean_b + STEADY_1) * (2 * together + STEADY_2)
    bottom = (mean_a**2 + mean_b**2 + STEADY_1) * (spread_a + spread_b + STEADY_2)
    return np.asarray((top / bottom).mean(axis=(1, 2, 3)))


def _check_pair(pictures: Pixels, originals: Pixels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Refuse pictures that cannot be compared pixel by pixel."""
    if pictures.shape != originals.shape:
        message = f"the pictures have shapes {pictures.shape} and {originals.shape}; they must be the same"
        raise DataError(message)
    return pictures.astype(np.float64), originals.astype(np.float64)


def _average(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average each window that lies wholly inside the picture, by running sums along both axes."""
    for axis in (1, 2):
        sums = np.cumsum(x, axis=axis)
        last = np.take(sums, range(WINDOW - 1, x.shape[axis]), axis=axis)
        before = np.take(sums, range(x.shape[axis] - WINDOW), axis=axis)
        first = np.zeros_like(np.take(sums, [0], axis=axis))
        x = (last - np.concatenate([first, before], axis=axis)) / WINDOW
    return x
