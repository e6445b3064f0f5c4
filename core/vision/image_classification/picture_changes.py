"""Pictures made worse in one way: noise, blur, rotation, light, contrast, shifts, covered parts, JPEG.

Method: the manner of Hendrycks & Dietterich 2019, arXiv:1903.12261, on our own kinds of change.

Left out: changes made against a network on purpose; how models fare under them (``robustness``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError

Images = NDArray[np.uint8]
STRENGTHS: Mapping[str, tuple[float, ...]] = {
    "noise": (0.05, 0.1, 0.2),
    "blur": (0.6, 1.0, 1.6),
    "rotation": (10, 20, 40),
    "brightness": (-0.3, -0.15, 0.15, 0.3),
    "contrast": (0.25, 0.5, 0.75),
    "shift": (1, 3, 5),
    "occlusion": (6, 10, 14),
    "jpeg": (50, 20, 5),
}
"""Strengths of each change, in its unit."""
UNITS: Mapping[str, str] = {
    "noise": "standard deviation, white is 1",
    "blur": "standard deviation in pixels",
    "rotation": "degrees, half of them either way",
    "brightness": "added, white is 1",
    "contrast": "share that is left",
    "shift": "pixels, in a random direction",
    "occlusion": "side of a grey square in pixels",
    "jpeg": "quality",
}


def change_pictures(images: Images, change: str, strength: float, seed: int = 0) -> Images:
    """Make pictures worse in one way.

    Parameters
    ----------
    images : uint8 array of shape (n, height, width, n_channels)
    change : str
        One of ``STRENGTHS``.
    strength : float
        In the unit of ``UNITS``.
    seed : int
        Of noise, directions and places; the same gives the same pictures.

    Raises
    ------
    DataError
        If the change is not known.

    Examples
    --------
    >>> change_pictures(np.full((1, 4, 4, 1), 100, np.uint8), "contrast", 0.5)[0, 0, 0].tolist()
    [100]
    >>> change_pictures(np.full((1, 4, 4, 1), 100, np.uint8), "brightness", 0.2)[0, 0, 0].tolist()
    [151]
    """
    if change not in _CHANGES:
        message = f"change is {change!r}; it must be one of {', '.join(_CHANGES)}"
        raise DataError(message)
    rng = np.random.default_rng((seed, sum(change.encode())))
    changed = _CHANGES[change](np.asarray(images), strength, rng)
    return np.asarray(np.clip(np.rint(changed), 0, 255), dtype=np.uint8)


def _add_noise(images: Images, strength: float, rng: np.random.Generator) -> NDArray[Any]:
    return images + rng.normal(0, 255 * strength, images.shape)


def _blur(images: Images, strength: float, _rng: np.random.Generator) -> NDArray[Any]:
    import cv2

    blurred = [cv2.GaussianBlur(each, (0, 0), strength) for each in images]
    return np.stack(blurred).reshape(images.shape)


def _rotate(images: Images, strength: float, rng: np.random.Generator) -> NDArray[Any]:
    import cv2

    _, height, width, _ = images.shape
    middle = ((width - 1) / 2, (height - 1) / 2)
    angles = strength * rng.choice([-1.0, 1.0], len(images))
    border = cv2.BORDER_CONSTANT if images.shape[3] == 1 else cv2.BORDER_REFLECT
    turned = [
        cv2.warpAffine(image, cv2.getRotationMatrix2D(middle, angle, 1.0), (width, height), borderMode=border)
        for image, angle in zip(images, angles.tolist(), strict=True)
    ]
    return np.stack(turned).reshape(images.shape)


def _brighten(images: Images, strength: float, _rng: np.random.Generator) -> NDArray[Any]:
    return images + 255.0 * strength


def _flatten(images: Images, strength: float, _rng: np.random.Generator) -> NDArray[Any]:
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    return np.asarray(mean + strength * (images - mean))


def _shift(images: Images, strength: float, rng: np.random.Generator) -> NDArray[Any]:
    pixels = int(strength)
    mode = "constant" if images.shape[3] == 1 else "reflect"
    padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)), mode=mode)  # type: ignore[call-overload]
    _, height, width, _ = images.shape
    moves = np.array([(0, 1), (1, 0), (1, 2), (2, 1)])[rng.integers(0, 4, len(images))] * pixels
    return np.stack(
        [each[row : row + height, column : column + width] for each, (row, column) in zip(padded, moves, strict=True)]
    )


def _cover(images: Images, strength: float, rng: np.random.Generator) -> NDArray[Any]:
    side = int(strength)
    _, height, width, _ = images.shape
    corners = rng.integers(0, [height - side + 1, width - side + 1], (len(images), 2))
    covered = images.copy()
    for image, (row, column) in zip(covered, corners, strict=True):
        image[row : row + side, column : column + side] = 128
    return covered


def _compress(images: Images, strength: float, _rng: np.random.Generator) -> NDArray[Any]:
    import cv2

    grey = images.shape[3] == 1
    kind = cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR
    found: list[Any] = [
        cv2.imdecode(cv2.imencode(".jpg", each, [cv2.IMWRITE_JPEG_QUALITY, int(strength)])[1], kind) for each in images
    ]
    return np.stack(found).reshape(images.shape)


_CHANGES: Mapping[str, Callable[[Images, float, np.random.Generator], NDArray[Any]]] = {
    "noise": _add_noise,
    "blur": _blur,
    "rotation": _rotate,
    "brightness": _brighten,
    "contrast": _flatten,
    "shift": _shift,
    "occlusion": _cover,
    "jpeg": _compress,
}
